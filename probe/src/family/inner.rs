//! What a family holds: its description, and its place in the registry once it has been used. Nothing without the
//! feature `record`.

#[cfg(feature = "record")]
mod on {
    use std::sync::OnceLock;

    use crate::instrument::site::Bound;
    use crate::registry::{CAP, Core, GLOBAL, Identity, SeriesId, Space, Want, last_resort};
    use crate::snapshot::{Kind, Unit};

    pub(crate) use crate::registry::MOST_LABELS;

    #[derive(Debug)]
    pub(crate) struct Inner<const N: usize> {
        name: &'static str,
        help: &'static str,
        names: [&'static str; N],
        kind: Kind,
        unit: Unit,
        cap: u32,
        core: OnceLock<&'static Core>,
    }

    impl<const N: usize> Inner<N> {
        pub(crate) const fn new(
            name: &'static str,
            names: [&'static str; N],
            kind: Kind,
            unit: Unit,
        ) -> Self {
            Self {
                name,
                help: "",
                names,
                kind,
                unit,
                cap: CAP,
                core: OnceLock::new(),
            }
        }

        pub(crate) const fn help(&mut self, help: &'static str) {
            self.help = help;
        }

        pub(crate) const fn unit(&mut self, unit: Unit) {
            self.unit = unit;
        }

        pub(crate) const fn cap(&mut self, cap: u32) {
            self.cap = cap;
        }

        #[inline]
        pub(crate) fn get(&'static self, labels: &[&str; N]) -> Bound {
            let series = match self.core.get() {
                Some(core) => GLOBAL.find(core, labels),
                None => self.first(|core| GLOBAL.find(core, labels)),
            };
            self.bound(series)
        }

        pub(crate) fn reserve(&'static self, labels: &[&str; N]) -> Bound {
            self.bound(self.first(|core| GLOBAL.register(core, labels, Want::PINNED)))
        }

        #[inline]
        fn bound(&self, series: SeriesId) -> Bound {
            Bound {
                space: Space::of(self.kind),
                series,
            }
        }

        #[cold]
        #[inline(never)]
        fn first(&'static self, then: impl FnOnce(&'static Core) -> SeriesId) -> SeriesId {
            let identity = Identity {
                name: self.name,
                help: self.help,
                kind: self.kind,
                unit: self.unit,
                names: &self.names,
                cap: self.cap,
            };
            match GLOBAL.family(&identity) {
                // Of several threads that come here at once all have the same family.
                Some(core) => then(self.core.get_or_init(|| core)),
                None => last_resort(self.kind, self.unit),
            }
        }
    }
}

#[cfg(feature = "record")]
pub(crate) use on::{Inner, MOST_LABELS};

#[cfg(not(feature = "record"))]
mod off {
    use crate::instrument::site::Bound;
    use crate::snapshot::{Kind, Unit};

    pub(crate) const MOST_LABELS: usize = 8;

    #[derive(Debug)]
    pub(crate) struct Inner<const N: usize>;

    impl<const N: usize> Inner<N> {
        pub(crate) const fn new(_: &'static str, _: [&'static str; N], _: Kind, _: Unit) -> Self {
            Self
        }
        pub(crate) const fn help(&mut self, _: &'static str) {}
        pub(crate) const fn unit(&mut self, _: Unit) {}
        pub(crate) const fn cap(&mut self, _: u32) {}
        #[inline]
        pub(crate) fn get(&'static self, _: &[&str; N]) -> Bound {
            Bound
        }
        #[inline]
        pub(crate) fn reserve(&'static self, _: &[&str; N]) -> Bound {
            Bound
        }
    }
}

#[cfg(not(feature = "record"))]
pub(crate) use off::{Inner, MOST_LABELS};
