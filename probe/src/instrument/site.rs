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

    /// A clock that is started once and stopped once; it stands still when the probe was off at its start.
    #[derive(Debug)]
    pub(crate) enum Stopwatch {
        /// Not started yet.
        Waiting,
        /// Since these ticks.
        Running(u64),
        Stopped,
    }

    impl Stopwatch {
        /// Reads the clock.
        #[inline]
        pub(crate) fn start() -> Self {
            if crate::enabled() {
                Self::Running(crate::clock::ticks())
            } else {
                Self::Stopped
            }
        }

        #[inline]
        pub(crate) const fn waiting() -> Self {
            Self::Waiting
        }

        #[inline]
        pub(crate) fn start_if_waiting(&mut self) {
            if matches!(self, Self::Waiting) {
                *self = Self::start();
            }
        }

        #[inline]
        pub(crate) fn runs(&self) -> bool {
            matches!(self, Self::Running(_))
        }

        /// Ticks since the start, once.
        #[inline]
        pub(crate) fn stop(&mut self) -> Option<u64> {
            match std::mem::replace(self, Self::Stopped) {
                Self::Running(started) => Some(crate::clock::ticks().saturating_sub(started)),
                Self::Waiting | Self::Stopped => None,
            }
        }

        /// Ticks since the start or the last lap, with one reading of the clock.
        #[inline]
        pub(crate) fn lap(&mut self) -> Option<u64> {
            let Self::Running(last) = *self else {
                return None;
            };
            let now = crate::clock::ticks();
            *self = Self::Running(now);
            Some(now.saturating_sub(last))
        }
    }
}

#[cfg(feature = "record")]
pub(crate) use on::{Bound, Site, Stopwatch};

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

    #[derive(Debug)]
    pub(crate) struct Stopwatch;

    impl Stopwatch {
        #[inline]
        pub(crate) fn start() -> Self {
            Self
        }
        #[inline]
        pub(crate) const fn waiting() -> Self {
            Self
        }
        #[inline]
        pub(crate) fn start_if_waiting(&mut self) {}
        #[inline]
        pub(crate) fn runs(&self) -> bool {
            false
        }
        #[inline]
        pub(crate) fn stop(&mut self) -> Option<u64> {
            None
        }
        #[inline]
        pub(crate) fn lap(&mut self) -> Option<u64> {
            None
        }
    }
}

#[cfg(not(feature = "record"))]
pub(crate) use off::{Bound, Site, Stopwatch};
