//! Where an instrument lives in the program, and which series it stands for.
//!
//! Both types here answer one question on the hot path: *may I record, and where?* Without the feature `record` the
//! answer is a constant no, the types have no size, and everything behind them is removed by the compiler.

use crate::instrument::sampling::Sampling;
use crate::snapshot::{Kind, Outcome, Unit};

/// What an application says of an instrument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desc {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: Unit,
    pub(crate) kind: Kind,
    pub(crate) labels: &'static [(&'static str, &'static str)],
    pub(crate) sampling: Sampling,
}

#[cfg(feature = "record")]
mod on {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use super::{Desc, Outcome, Sampling, Unit};
    use crate::registry::{GLOBAL, SeriesId, Space};
    use crate::switch;

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

        pub(crate) const fn sampling(mut self, sampling: Sampling) -> Self {
            self.desc.sampling = sampling;
            self
        }

        pub(crate) const fn sampled(&self) -> Sampling {
            self.desc.sampling
        }

        pub(crate) fn bind(&'static self) -> Bound {
            let series = GLOBAL.register_static(&self.desc, Outcome::Completed);
            Bound {
                series: series.unwrap_or_else(|once| once),
                sampling: self.desc.sampling,
            }
        }

        /// The cell of a counter or gauge to record to; `None` when switched off.
        #[inline]
        pub(crate) fn cell(&'static self) -> Option<u32> {
            self.place(Space::Cells, Outcome::Completed)
        }

        /// The histogram to record to, for this outcome; `None` when switched off.
        #[inline]
        pub(crate) fn histogram(&'static self, outcome: Outcome) -> Option<u32> {
            self.place(Space::Histograms, outcome)
        }

        #[inline]
        fn place(&'static self, space: Space, outcome: Outcome) -> Option<u32> {
            let mode = switch::mode();
            if mode == switch::OFF {
                return None;
            }
            let mut id = self.words[outcome as usize].load(Relaxed);
            if id == UNREGISTERED {
                id = self.register(outcome);
            }
            if mode == switch::FILTERED && GLOBAL.is_muted(space, id) {
                return None;
            }
            Some(id)
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
        pub(crate) series: SeriesId,
        pub(crate) sampling: Sampling,
    }

    impl Bound {
        pub(crate) const fn sampled(self) -> Sampling {
            self.sampling
        }

        /// The cell of a counter or gauge to record to; `None` when switched off.
        #[inline]
        pub(crate) fn cell(self) -> Option<u32> {
            if !crate::enabled() {
                return None;
            }
            GLOBAL.live(Space::Cells, self.series)
        }

        /// The histogram to record to, of the same labels for this outcome; `None` when switched off.
        #[inline]
        pub(crate) fn histogram(self, outcome: Outcome) -> Option<u32> {
            if !crate::enabled() {
                return None;
            }
            GLOBAL.live_as(Space::Histograms, self.series, outcome)
        }

        /// Whether the series still is that of these labels, and not muted: a kept handle may be older than its series.
        #[cfg(feature = "metrics")]
        pub(crate) fn is_live(self, kind: super::Kind) -> bool {
            GLOBAL.is_live(Space::of(kind), self.series)
        }
    }

    /// A clock that is started once and stopped once; it stands still when the probe was off at its start.
    #[derive(Debug)]
    pub(crate) enum Stopwatch {
        /// Not started yet.
        Waiting(Sampling),
        /// Since these ticks, for so many calls.
        Running {
            since: u64,
            weight: u16,
        },
        Stopped,
    }

    impl Stopwatch {
        /// Reads the clock, if this call is to be timed.
        #[inline]
        pub(crate) fn start(sampling: Sampling) -> Self {
            if !crate::enabled() {
                return Self::Stopped;
            }
            match sampling.weight() {
                Some(weight) => Self::Running {
                    since: crate::clock::ticks(),
                    weight,
                },
                None => Self::Stopped,
            }
        }

        #[inline]
        pub(crate) const fn waiting(sampling: Sampling) -> Self {
            Self::Waiting(sampling)
        }

        #[inline]
        pub(crate) fn start_if_waiting(&mut self) {
            if let Self::Waiting(sampling) = *self {
                *self = Self::start(sampling);
            }
        }

        #[inline]
        pub(crate) fn runs(&self) -> bool {
            matches!(self, Self::Running { .. })
        }

        /// Ticks since the start, and how many calls they stand for; once.
        #[inline]
        pub(crate) fn stop(&mut self) -> Option<(u64, u16)> {
            match std::mem::replace(self, Self::Stopped) {
                Self::Running { since, weight } => {
                    Some((crate::clock::ticks().saturating_sub(since), weight))
                }
                Self::Waiting(_) | Self::Stopped => None,
            }
        }

        /// Ends it without reading the clock.
        pub(crate) fn discard(&mut self) {
            *self = Self::Stopped;
        }

        /// Ticks since the start or the last lap, with one reading of the clock.
        #[inline]
        pub(crate) fn lap(&mut self) -> Option<u64> {
            let Self::Running {
                since: last,
                weight,
            } = *self
            else {
                return None;
            };
            let now = crate::clock::ticks();
            *self = Self::Running { since: now, weight };
            Some(now.saturating_sub(last))
        }
    }
}

#[cfg(feature = "record")]
pub(crate) use on::{Bound, Site, Stopwatch};

#[cfg(not(feature = "record"))]
mod off {
    use super::{Desc, Outcome, Sampling, Unit};

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
        pub(crate) const fn sampling(self, _: Sampling) -> Self {
            self
        }
        pub(crate) const fn sampled(&self) -> Sampling {
            Sampling::ALL
        }
        pub(crate) fn bind(&'static self) -> Bound {
            Bound
        }
        #[inline]
        pub(crate) fn cell(&'static self) -> Option<u32> {
            None
        }
        #[inline]
        pub(crate) fn histogram(&'static self, _: Outcome) -> Option<u32> {
            None
        }
    }

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Bound;

    impl Bound {
        pub(crate) const fn sampled(self) -> Sampling {
            Sampling::ALL
        }
        #[inline]
        pub(crate) fn cell(self) -> Option<u32> {
            None
        }
        #[inline]
        pub(crate) fn histogram(self, _: Outcome) -> Option<u32> {
            None
        }
        #[cfg(feature = "metrics")]
        pub(crate) fn is_live(self, _: super::Kind) -> bool {
            true
        }
    }

    #[derive(Debug)]
    pub(crate) struct Stopwatch;

    impl Stopwatch {
        #[inline]
        pub(crate) fn start(_: Sampling) -> Self {
            Self
        }
        #[inline]
        pub(crate) const fn waiting(_: Sampling) -> Self {
            Self
        }
        pub(crate) fn discard(&mut self) {}
        #[inline]
        pub(crate) fn start_if_waiting(&mut self) {}
        #[inline]
        pub(crate) fn runs(&self) -> bool {
            false
        }
        #[inline]
        pub(crate) fn stop(&mut self) -> Option<(u64, u16)> {
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
