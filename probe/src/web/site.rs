//! The series of each route, found without a lock.
//!
//! What a request touches is one row: that of its route and method, with the eight most usual statuses resolved.
//! Everything else about a route lies elsewhere. Routes are interned: the same template is the same site however many
//! wrappers name it, so that building routers again and again, as axum does, takes neither memory nor series.

#[cfg(feature = "record")]
mod on {
    use std::sync::{Mutex, OnceLock, PoisonError};

    use http::{Method, StatusCode};

    use crate::web::NO_STATUS;
    use crate::{BoundTimer, Family, Timer};

    /// Methods that have a row of their own, and one row for all others.
    const METHODS: usize = 10;

    /// Row of a method.
    #[inline]
    pub(crate) fn row(method: &Method) -> u8 {
        match *method {
            Method::GET => 0,
            Method::POST => 1,
            Method::PUT => 2,
            Method::DELETE => 3,
            Method::PATCH => 4,
            Method::HEAD => 5,
            Method::OPTIONS => 6,
            Method::CONNECT => 7,
            Method::TRACE => 8,
            // A client can send any word here.
            _ => 9,
        }
    }

    /// Label of a row.
    fn word(row: u8) -> &'static str {
        const WORDS: [&str; METHODS] = [
            "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "other",
        ];
        WORDS[usize::from(row).min(METHODS - 1)]
    }

    /// Calls `with` with the label of a status. There are about 60 registered codes; the other 840 share five words.
    fn label<R>(status: Option<StatusCode>, with: impl FnOnce(&str) -> R) -> R {
        match status {
            None => with(NO_STATUS),
            Some(status) if status.canonical_reason().is_some() => with(status.as_str()),
            Some(status) => with(match status.as_u16() / 100 {
                1 => "1xx",
                2 => "2xx",
                3 => "3xx",
                4 => "4xx",
                5 => "5xx",
                _ => "other",
            }),
        }
    }

    /// Slots of the table of routes; a power of two.
    const SLOTS: usize = 4096;
    /// Routes that are told apart; the table is never fuller than three quarters.
    pub(crate) const ROUTES: usize = SLOTS / 4 * 3;
    /// What routes past [`ROUTES`] are called together.
    pub(crate) const OVERFLOW: &str = "other routes";

    /// The usual statuses of one route and method; the four that most requests end with are on the first line.
    #[derive(Debug, Default)]
    #[repr(align(64))]
    struct Row([OnceLock<BoundTimer>; 8]);

    /// Place in a [`Row`].
    #[inline]
    fn place(status: Option<StatusCode>) -> Option<usize> {
        Some(match status?.as_u16() {
            200 => 0,
            201 => 1,
            204 => 2,
            304 => 3,
            400 => 4,
            401 => 5,
            404 => 6,
            500 => 7,
            _ => return None,
        })
    }

    #[derive(Debug)]
    struct Routes {
        rows: [Row; METHODS],
        route: Box<str>,
        family: &'static Family<Timer, 3>,
        told: bool,
    }

    /// One route in one family. Lives as long as the program.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Site(&'static Routes);

    impl Site {
        /// The series of a request that ended. A status outside the row costs a look-up in the family.
        #[inline]
        pub(crate) fn series(self, row: u8, status: Option<StatusCode>) -> BoundTimer {
            let known = place(status).and_then(|at| self.0.rows.get(usize::from(row))?.0.get(at));
            match known {
                Some(slot) => match slot.get() {
                    Some(series) => *series,
                    None => *slot.get_or_init(|| self.reserve(row, status)),
                },
                None => self.find(row, status),
            }
        }

        /// Calls `with` with the route, the method and the status as the labels have them, if requests of this site are
        /// those of routes and not of whole services.
        #[cold]
        pub(crate) fn describe(
            self,
            row: u8,
            status: Option<StatusCode>,
            with: impl FnOnce(&str, &'static str, &str),
        ) {
            if self.0.told {
                label(status, |status| with(&self.0.route, word(row), status));
            }
        }

        #[cfg(test)]
        pub(crate) fn is(self, other: Self) -> bool {
            std::ptr::eq(self.0, other.0)
        }

        /// Never reclaimed, because it is kept here. Bounded by the routes, methods and statuses of the application.
        #[cold]
        fn reserve(self, row: u8, status: Option<StatusCode>) -> BoundTimer {
            label(status, |status| {
                let labels = [&self.0.route, word(row), status];
                self.0.family.reserve(labels)
            })
        }

        #[cold]
        fn find(self, row: u8, status: Option<StatusCode>) -> BoundTimer {
            label(status, |status| {
                self.0.family.get([&self.0.route, word(row), status])
            })
        }
    }

    /// All routes of one family: open addressing, insert only. Reading takes no lock.
    #[derive(Debug)]
    pub(crate) struct Sites {
        family: &'static Family<Timer, 3>,
        /// Whether the tracker is told of single requests.
        told: bool,
        slots: [OnceLock<Site>; SLOTS],
        /// How many routes there are; also the right to add one.
        count: Mutex<usize>,
        overflow: OnceLock<Site>,
    }

    impl Sites {
        pub(crate) const fn new(family: &'static Family<Timer, 3>) -> Self {
            Self {
                family,
                told: false,
                slots: [const { OnceLock::new() }; SLOTS],
                count: Mutex::new(0),
                overflow: OnceLock::new(),
            }
        }

        /// Whose single requests the tracker is told of.
        #[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "only routes are"))]
        pub(crate) const fn told(mut self) -> Self {
            self.told = true;
            self
        }

        /// The site of a route. `route` is text of the application, so the hash needs no secret.
        #[inline]
        pub(crate) fn get(&'static self, route: &str) -> Site {
            match self.look(route) {
                Ok(site) => site,
                Err(_) => self.add(route),
            }
        }

        /// The site, or the free slot where the search ended.
        #[inline]
        fn look(&'static self, route: &str) -> Result<Site, Option<&'static OnceLock<Site>>> {
            let first = hash(route);
            for step in 0..SLOTS {
                let slot = &self.slots[first.wrapping_add(step) % SLOTS];
                match slot.get() {
                    Some(site) if *site.0.route == *route => return Ok(*site),
                    Some(_) => {}
                    None => return Err(Some(slot)),
                }
            }
            Err(None)
        }

        #[cold]
        fn add(&'static self, route: &str) -> Site {
            let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
            // Another thread may have added it while this one waited.
            match self.look(route) {
                Ok(site) => site,
                Err(Some(slot)) if *count < ROUTES => {
                    *count += 1;
                    *slot.get_or_init(|| self.leak(route))
                }
                Err(_) => *self.overflow.get_or_init(|| self.leak(OVERFLOW)),
            }
        }

        /// At most [`ROUTES`] + 1 times in the life of the program.
        fn leak(&'static self, route: &str) -> Site {
            Site(Box::leak(Box::new(Routes {
                rows: Default::default(),
                route: route.into(),
                family: self.family,
                told: self.told,
            })))
        }
    }

    /// Eight bytes a step: templates are short and are looked up once a request where the path names them.
    #[inline]
    fn hash(text: &str) -> usize {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut hash = text.len() as u64;
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        for word in words {
            hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
            hash ^= hash >> 32;
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash = (hash ^ u64::from_le_bytes(last)).wrapping_mul(FACTOR);
        (hash >> 32) as usize
    }
}

#[cfg(feature = "record")]
pub(super) use on::{Site, Sites, row};

#[cfg(not(feature = "record"))]
mod off {
    use crate::{Family, Timer};

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Site;

    #[derive(Debug)]
    pub(crate) struct Sites;

    impl Sites {
        pub(crate) const fn new(_: &'static Family<Timer, 3>) -> Self {
            Self
        }
        #[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "only routes are"))]
        pub(crate) const fn told(self) -> Self {
            self
        }
        #[inline]
        pub(crate) fn get(&'static self, _: &str) -> Site {
            Site
        }
    }
}

#[cfg(not(feature = "record"))]
pub(super) use off::{Site, Sites};

#[cfg(all(test, feature = "record"))]
mod tests;
