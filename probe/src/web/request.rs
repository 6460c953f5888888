//! One request from its start to its one end.

#[cfg(feature = "record")]
mod on {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use http::{Method, StatusCode};

    use crate::clock;
    use crate::instrument::record_ticks;
    use crate::snapshot::Outcome;
    use crate::tracker;
    use crate::web::site::{self, Site};

    /// How long the answer took, for people who look at the network view of a browser.
    const RESPONSE_TIME: HeaderName = HeaderName::from_static("x-response-time");

    /// What a wrapper says of its requests.
    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Options {
        header: bool,
    }

    impl Options {
        /// Nothing but the record.
        pub(crate) const NONE: Self = Self { header: false };

        pub(crate) fn response_time_header(self, on: bool) -> Self {
            Self { header: on }
        }
    }

    /// A request that has started. It ends once: by an answer, by a panic, or by being dropped.
    #[derive(Debug)]
    pub(crate) struct Request {
        running: Option<Running>,
    }

    #[derive(Clone, Copy, Debug)]
    struct Running {
        site: Site,
        started: u64,
        row: u8,
        header: bool,
    }

    impl Request {
        /// Reads the clock, unless the probe is off. `site` is only asked for then.
        #[inline]
        pub(crate) fn start(
            site: impl FnOnce() -> Site,
            method: &Method,
            options: Options,
        ) -> Self {
            let running = crate::enabled().then(|| Running {
                site: site(),
                row: site::row(method),
                header: options.header,
                started: clock::ticks(),
            });
            Self { running }
        }

        /// Whether it has neither ended nor been started with the probe off.
        #[inline]
        pub(crate) fn runs(&self) -> bool {
            self.running.is_some()
        }

        /// It was answered: with a response of this status, or with an error that carries none. Returns how long it took
        /// if the response should say so.
        #[inline]
        pub(crate) fn answered(&mut self, status: Option<StatusCode>) -> Option<Took> {
            let header = self.running.is_some_and(|running| running.header);
            let outcome = match status {
                Some(status) if !status.is_server_error() => Outcome::Completed,
                _ => Outcome::Failed,
            };
            let ticks = self.end(status, outcome)?;
            header.then_some(Took(ticks))
        }

        #[cold]
        pub(super) fn panicked(&mut self) {
            self.end(None, Outcome::Panicked);
        }

        #[inline]
        fn end(&mut self, status: Option<StatusCode>, outcome: Outcome) -> Option<u64> {
            let running = self.running.take()?;
            let ticks = clock::ticks().saturating_sub(running.started);
            record_ticks(running.site.series(running.row, status), ticks, outcome);
            if ticks >= tracker::slow() || matches!(outcome, Outcome::Failed | Outcome::Panicked) {
                tell(running, status, ticks, outcome);
            }
            Some(ticks)
        }
    }

    /// What failed or was slow, to the tracker of the process if there is one.
    #[cold]
    fn tell(running: Running, status: Option<StatusCode>, ticks: u64, outcome: Outcome) {
        if let Some(tracker) = tracker::installed() {
            let site = running.site;
            site.describe(running.row, status, |route, method, status| {
                tracker.request_told([route, method, status], outcome, ticks);
            });
        }
    }

    impl Drop for Request {
        #[inline]
        fn drop(&mut self) {
            if self.running.is_some() {
                self.end(None, Outcome::Cancelled);
            }
        }
    }

    /// Ticks that a request took.
    #[derive(Debug)]
    pub(crate) struct Took(u64);

    impl Took {
        /// Writes the header, unless the application has set one itself.
        pub(crate) fn tell(self, headers: &mut HeaderMap) {
            let took = clock::to_duration(self.0);
            let text = format!("{}.{:03}ms", took.as_millis(), took.as_micros() % 1000);
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.entry(RESPONSE_TIME).or_insert(value);
            }
        }
    }
}

#[cfg(feature = "record")]
pub(super) use on::{Options, Request, Took};

#[cfg(not(feature = "record"))]
mod off {
    use http::{HeaderMap, Method, StatusCode};

    use crate::web::site::Site;

    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Options;

    impl Options {
        pub(crate) const NONE: Self = Self;

        pub(crate) fn response_time_header(self, _: bool) -> Self {
            self
        }
    }

    /// Nothing takes time that is not measured.
    #[derive(Debug)]
    pub(crate) enum Took {}

    impl Took {
        pub(crate) fn tell(self, _: &mut HeaderMap) {
            match self {}
        }
    }

    #[derive(Debug)]
    pub(crate) struct Request;

    impl Request {
        #[inline]
        pub(crate) fn start(_: impl FnOnce() -> Site, _: &Method, _: Options) -> Self {
            Self
        }
        #[inline]
        pub(crate) fn runs(&self) -> bool {
            false
        }
        #[inline]
        pub(crate) fn answered(&mut self, _: Option<StatusCode>) -> Option<Took> {
            None
        }
        #[inline]
        pub(super) fn panicked(&mut self) {}
    }
}

#[cfg(not(feature = "record"))]
pub(super) use off::{Options, Request, Took};

/// Ends the request as panicked when the call of the handler, or a poll of its future, unwinds.
///
/// Not left to `Drop` of the request and `std::thread::panicking`: a layer that catches the panic drops the future later,
/// when the thread no longer panics, and a future that is dropped because its neighbour panicked did not panic itself.
pub(super) struct Unwinding<'a>(&'a mut Request);

impl<'a> Unwinding<'a> {
    #[inline]
    pub(super) fn watch(request: &'a mut Request) -> Self {
        Self(request)
    }

    /// It came back.
    #[inline]
    pub(super) fn returned(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unwinding<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.panicked();
    }
}
