//! Where an instrument lives in the program, and which series it stands for.
//!
//! Both types here answer one question on the hot path: *may I record, and where?* Without the feature `record` the
//! answer is a constant no, the types have no size, and everything behind them is removed by the compiler.

use crate::snapshot::{Kind, Outcome, Unit};

/// What an application says of an instrument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desc {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: Unit,
    pub(crate) kind: Kind,
    pub(crate) labels: &'static [(&'static str, &'static str)],
}

#[cfg(feature = "record")]
mod on {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use super::{Desc, Outcome, Unit};
    use crate::registry::{GLOBAL, SeriesId, Space};

    /// No series yet.
    const UNREGISTERED: u32 = u32::MAX;

    /// A static instrument: its description, and its series once it has been used.
    #[derive(Debug)]
    pub(crate) struct Site {
        pub(crate) desc: Desc,
        words: [AtomicU32; 4],
    }

    impl Site {
        pub(crate) const fn new(desc: Desc) -> Self {
            Self {
                desc,
                words: [const { AtomicU32::new(UNREGISTERED) }; 4],
            }
        }

        pub(crate) const fn help(mut self, help: &'static str) -> Self {
            self.desc.help = help;
            self
        }

        pub(crate) const fn labels(
            mut self,
            labels: &'static [(&'static str, &'static str)],
        ) -> Self {
            self.desc.labels = labels;
            self
        }

        pub(crate) const fn unit(mut self, unit: Unit) -> Self {
            self.desc.unit = unit;
            self
        }

        pub(crate) fn bind(&'static self) -> Bound {
            let space = Space::of(self.desc.kind);
            let series = GLOBAL.register_static(&self.desc, Outcome::Completed);
            Bound {
                space,
                series: series.unwrap_or_else(|once| once),
            }
        }

        /// The series to record to; `None` when switched off.
        #[inline]
        pub(crate) fn live(&'static self) -> Option<u32> {
            self.live_as(Outcome::Completed)
        }

        #[inline]
        pub(crate) fn live_as(&'static self, outcome: Outcome) -> Option<u32> {
            if !crate::enabled() {
                return None;
            }
            let mut id = self.words[outcome as usize].load(Relaxed);
            if id == UNREGISTERED {
                id = self.register(outcome);
            }
            (!GLOBAL.is_muted(Space::of(self.desc.kind), id)).then_some(id)
        }

        #[cold]
        fn register(&'static self, outcome: Outcome) -> u32 {
            match GLOBAL.register_static(&self.desc, outcome) {
                Ok(series) => {
                    self.words[outcome as usize].store(series.id, Relaxed);
                    series.id
                }
                Err(once) => once.id,
            }
        }
    }

    /// One series, found through a family or bound from a static instrument.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Bound {
        pub(crate) space: Space,
        pub(crate) series: SeriesId,
    }

    impl Bound {
        #[inline]
        pub(crate) fn live(self) -> Option<u32> {
            self.live_as(Outcome::Completed)
        }

        /// The series of the same labels for another outcome.
        #[inline]
        pub(crate) fn live_as(self, outcome: Outcome) -> Option<u32> {
            if !crate::enabled() {
                return None;
            }
            GLOBAL.live_as(self.space, self.series, outcome)
        }
    }
}

#[cfg(feature = "record")]
pub(crate) use on::{Bound, Site};

#[cfg(not(feature = "record"))]
mod off {
    use super::{Desc, Outcome, Unit};

    #[derive(Debug)]
    pub(crate) struct Site;

    impl Site {
        pub(crate) const fn new(_: Desc) -> Self {
            Self
        }
        pub(crate) const fn help(self, _: &'static str) -> Self {
            self
        }
        pub(crate) const fn labels(self, _: &'static [(&'static str, &'static str)]) -> Self {
            self
        }
        pub(crate) const fn unit(self, _: Unit) -> Self {
            self
        }
        pub(crate) fn bind(&'static self) -> Bound {
            Bound
        }
        #[inline]
        pub(crate) fn live(&'static self) -> Option<u32> {
            None
        }
        #[inline]
        pub(crate) fn live_as(&'static self, _: Outcome) -> Option<u32> {
            None
        }
    }

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Bound;

    impl Bound {
        #[inline]
        pub(crate) fn live(self) -> Option<u32> {
            None
        }
        #[inline]
        pub(crate) fn live_as(self, _: Outcome) -> Option<u32> {
            None
        }
    }
}

#[cfg(not(feature = "record"))]
pub(crate) use off::{Bound, Site};
