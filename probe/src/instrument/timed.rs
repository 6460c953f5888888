//! A future that is timed.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::clock;
use crate::instrument::TimerSeries;
use crate::instrument::histogram::record;
use crate::snapshot::Outcome;

/// See [`TimerSeries::timed`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Timed<S: TimerSeries, F> {
    future: F,
    series: S,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    New,
    Running(u64),
    Done,
}

impl<S: TimerSeries, F> Timed<S, F> {
    pub(crate) fn new(series: S, future: F) -> Self {
        Self {
            future,
            series,
            state: State::New,
        }
    }
}

impl<S: TimerSeries, F> Timed<S, F> {
    fn end(series: S, state: &mut State, outcome: Outcome) {
        if let State::Running(started) = std::mem::replace(state, State::Done) {
            record(
                series.live_as(outcome),
                clock::ticks().saturating_sub(started),
                1,
            );
        }
    }
}

impl<S: TimerSeries, F: Future> Future for Timed<S, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        #[expect(
            unsafe_code,
            reason = "projection to the wrapped future without a dependency"
        )]
        // SAFETY: `future` is structurally pinned: it is never moved out of `self`, `Drop` below only reads the other
        // fields, there is no other access to it, and the type has no `Unpin` of its own. The others are not pinned.
        let (future, series, state) = unsafe {
            let this = self.get_unchecked_mut();
            (
                Pin::new_unchecked(&mut this.future),
                this.series,
                &mut this.state,
            )
        };
        if matches!(state, State::New) {
            *state = if crate::enabled() {
                State::Running(clock::ticks())
            } else {
                State::Done
            };
        }
        let ready = future.poll(context);
        if ready.is_ready() {
            Self::end(series, state, Outcome::Completed);
        }
        ready
    }
}

impl<S: TimerSeries, F> Drop for Timed<S, F> {
    fn drop(&mut self) {
        let outcome = if std::thread::panicking() {
            Outcome::Panicked
        } else {
            Outcome::Cancelled
        };
        Self::end(self.series, &mut self.state, outcome);
    }
}
