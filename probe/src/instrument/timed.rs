//! A future that is timed.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::instrument::TimerSeries;
use crate::instrument::histogram::record;
use crate::instrument::site::Stopwatch;
use crate::snapshot::Outcome;

/// See [`Timer::timed`](crate::Timer::timed).
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Timed<S: TimerSeries, F> {
    // Dropped in this order: the work ends, then its time.
    future: F,
    time: Time<S>,
}

/// The clock of one future; records once.
#[derive(Debug)]
struct Time<S: TimerSeries> {
    series: S,
    watch: Stopwatch,
}

impl<S: TimerSeries> Time<S> {
    #[inline]
    fn end(&mut self, outcome: Outcome) {
        if let Some((ticks, weight)) = self.watch.stop() {
            record(self.series.live_as(outcome), ticks, weight);
        }
    }
}

impl<S: TimerSeries> Drop for Time<S> {
    #[inline]
    fn drop(&mut self) {
        self.end(Outcome::Cancelled);
    }
}

/// Ends the time as panicked when a poll unwinds. Asking `std::thread::panicking` when the future is dropped would be wrong
/// twice: whoever catches the panic drops it later, and a future that is dropped by another one's panic was cancelled.
struct Unwinding<'a, S: TimerSeries>(&'a mut Time<S>);

impl<S: TimerSeries> Drop for Unwinding<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.0.end(Outcome::Panicked);
    }
}

impl<S: TimerSeries, F> Timed<S, F> {
    #[inline]
    pub(crate) fn new(series: S, future: F) -> Self {
        Self {
            future,
            time: Time {
                series,
                watch: Stopwatch::waiting(series.sampling()),
            },
        }
    }
}

impl<S: TimerSeries, F: Future> Future for Timed<S, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        #[expect(
            unsafe_code,
            reason = "projection to the wrapped future without a dependency"
        )]
        // SAFETY: `future` is structurally pinned: nothing here moves it out of `self`, `Timed` has no `Drop` that could,
        // and it is only `Unpin` if `F` is and `S`, which is `Copy`. `time` is never pinned.
        let (future, time) = unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.future), &mut this.time)
        };
        time.watch.start_if_waiting();
        let unwinding = Unwinding(&mut *time);
        let polled = future.poll(context);
        std::mem::forget(unwinding);
        if polled.is_ready() {
            time.end(Outcome::Completed);
        }
        polled
    }
}
