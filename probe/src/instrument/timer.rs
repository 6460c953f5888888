//! Timers: histograms of durations.

use std::time::Duration;

use crate::clock;
use crate::instrument::histogram::record;
use crate::instrument::sampling::Sampling;
use crate::instrument::site::Stopwatch;
use crate::instrument::{Timed, static_instrument};
use crate::snapshot::{Kind, Outcome, Unit};

static_instrument!(
    /// A distribution of durations. It records clock ticks, and its snapshot is in seconds.
    ///
    /// ```
    /// use tollgate_probe::Timer;
    /// static PARSE: Timer = Timer::new("parse_seconds");
    /// let words = PARSE.time(|| "a b c".split(' ').count());
    /// ```
    Timer, BoundTimer, Kind::Histogram, Unit::Seconds
);

impl Timer {
    /// Times one call of `n` on average, chosen by chance, and counts it `n` times: counts, means and quantiles stay right
    /// on average, and most calls cost a nanosecond or two. Durations that are [recorded](Timer::record) are not sampled, nor are laps.
    ///
    /// # Panics
    /// If `n` is not a power of two; in a static, the compiler says so.
    #[must_use]
    pub const fn one_in(self, n: u16) -> Self {
        Self {
            site: self.site.sampling(Sampling::one_in(n)),
        }
    }
}

mod sealed {
    pub trait Sealed: Copy {
        fn live_as(self, outcome: crate::snapshot::Outcome) -> Option<u32>;
        #[expect(private_interfaces, reason = "sealed")]
        fn sampling(self) -> crate::instrument::sampling::Sampling;
    }
}

/// Something whose duration can be recorded: a `&'static` [`Timer`] or a [`BoundTimer`].
pub trait TimerSeries: sealed::Sealed {}

macro_rules! timer {
    ($type:ident, $this:ty, $field:ident) => {
        impl sealed::Sealed for $this {
            #[inline]
            fn live_as(self, outcome: Outcome) -> Option<u32> {
                self.$field.histogram(outcome)
            }

            #[inline]
            #[expect(private_interfaces, reason = "sealed")]
            fn sampling(self) -> Sampling {
                self.$field.sampled()
            }
        }

        impl TimerSeries for $this {}

        impl $type {
            /// Adds one duration that was measured elsewhere.
            #[inline]
            pub fn record(self: $this, duration: Duration) {
                self.record_as(duration, Outcome::Completed);
            }

            /// Adds one duration that was measured elsewhere, with how it ended.
            #[inline]
            pub fn record_as(self: $this, duration: Duration, outcome: Outcome) {
                record(
                    self.$field.histogram(outcome),
                    clock::from_duration(duration),
                    1,
                );
            }

            /// Starts the clock; the returned guard records when it is dropped.
            #[inline]
            #[must_use = "the span ends when it is dropped"]
            pub fn start(self: $this) -> Span<$this> {
                Span::start(self)
            }

            /// Runs `work` and records how long it took; a panic is recorded as [`Outcome::Panicked`].
            #[inline]
            pub fn time<R>(self: $this, work: impl FnOnce() -> R) -> R {
                let span = self.start();
                let result = work();
                span.finish(Outcome::Completed);
                result
            }

            /// As [`time`](Self::time), and an `Err` is recorded as [`Outcome::Failed`].
            ///
            /// # Errors
            /// What `work` returned.
            #[inline]
            pub fn time_result<R, E>(
                self: $this,
                work: impl FnOnce() -> Result<R, E>,
            ) -> Result<R, E> {
                let span = self.start();
                let result = work();
                span.finish(if result.is_ok() {
                    Outcome::Completed
                } else {
                    Outcome::Failed
                });
                result
            }

            /// Wraps a future: the time from its first poll until it is ready. Dropped before that, it counts as
            /// [`Outcome::Cancelled`].
            pub fn timed<F: Future>(self: $this, future: F) -> Timed<$this, F> {
                Timed::new(self, future)
            }
        }
    };
}

timer!(Timer, &'static Timer, site);
timer!(BoundTimer, BoundTimer, series);

/// Adds one duration in ticks, for adapters that know the series only at the end.
#[cfg(all(feature = "record", any(feature = "tower", feature = "tracing")))]
#[inline]
pub(crate) fn record_ticks(series: BoundTimer, ticks: u64, outcome: Outcome) {
    record(series.series.histogram(outcome), ticks, 1);
}

/// A running clock. Records when it ends: by [`finish`](Span::finish), or when it is dropped.
#[derive(Debug)]
pub struct Span<S: TimerSeries> {
    series: S,
    watch: Stopwatch,
}

impl<S: TimerSeries> Span<S> {
    #[inline]
    fn start(series: S) -> Self {
        Self {
            series,
            watch: Stopwatch::start(series.sampling()),
        }
    }

    /// Ends it with this outcome.
    #[inline]
    pub fn finish(mut self, outcome: Outcome) {
        self.end(outcome);
    }

    /// Ends it without recording.
    pub fn discard(mut self) {
        self.watch.discard();
    }

    #[inline]
    fn end(&mut self, outcome: Outcome) {
        if let Some((ticks, weight)) = self.watch.stop() {
            record(self.series.live_as(outcome), ticks, weight);
        }
    }
}

impl<S: TimerSeries> Drop for Span<S> {
    #[inline]
    fn drop(&mut self) {
        if self.watch.runs() {
            let outcome = if std::thread::panicking() {
                Outcome::Panicked
            } else {
                Outcome::Completed
            };
            self.end(outcome);
        }
    }
}
