//! Lets one task drive a call and the connection below it, without waking itself.
//!
//! The usual way gives every connection a task of its own, and every answer then goes through the scheduler twice. Here both
//! are polled in turn by the user's task. What they say to each other would wake that task although it runs; the gate tells
//! such calls from those that come while it sleeps. Figures: `examples/compare_load`.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Nobody polls: a call wakes the task.
const ASLEEP: u8 = 0;
/// The task polls: a call only says that it should poll again.
const POLLING: u8 = 1;
/// There was a call since.
const CALLED: u8 = 2;

/// Turns before others get their turn; a call and its connection need two or three.
const TURNS: u32 = 8;

#[derive(Debug)]
struct State {
    now: AtomicU8,
    task: Mutex<Waker>,
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // One swap decides: whoever finds ASLEEP wakes the task, and whoever finds POLLING is seen when that turn ends.
        if self.now.swap(CALLED, Ordering::AcqRel) == ASLEEP {
            self.task
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .wake_by_ref();
        }
    }
}

/// One for each user.
#[derive(Debug)]
pub(super) struct Gate {
    state: Arc<State>,
    waker: Waker,
}

impl Gate {
    /// For a task that is not known yet.
    pub(super) fn new() -> Self {
        let state = Arc::new(State {
            now: AtomicU8::new(CALLED),
            task: Mutex::new(Waker::noop().clone()),
        });
        let waker = Waker::from(Arc::clone(&state));
        Self { state, waker }
    }

    /// Polls `below`, then `above`, until `above` is ready or both wait for something outside. `below` is not polled after its
    /// end.
    pub(super) fn poll<A: Future, B: Future + Unpin>(
        &self,
        cx: &mut Context<'_>,
        below: &mut Option<B>,
        mut above: Pin<&mut A>,
    ) -> Poll<A::Output> {
        {
            let mut task = self
                .state
                .task
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if !task.will_wake(cx.waker()) {
                task.clone_from(cx.waker());
            }
        }
        let mut inner = Context::from_waker(&self.waker);
        for _ in 0..TURNS {
            self.state.now.store(POLLING, Ordering::Release);
            if let Some(future) = below
                && Pin::new(future).poll(&mut inner).is_ready()
            {
                *below = None;
            }
            if let Poll::Ready(output) = above.as_mut().poll(&mut inner) {
                return Poll::Ready(output);
            }
            let quiet = self.state.now.compare_exchange(
                POLLING,
                ASLEEP,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            if quiet.is_ok() {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::AtomicU32;

    #[derive(Default)]
    struct Counter(AtomicU32);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn counted() -> (Arc<Counter>, Waker) {
        let counter = Arc::new(Counter::default());
        (Arc::clone(&counter), Waker::from(counter))
    }

    #[test]
    fn calls_while_it_polls_are_turns_and_wake_nobody() {
        let (counter, waker) = counted();
        let turns = Cell::new(0);
        let mut below = Some(Box::pin(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })));
        let above = pin!(poll_fn(|_| {
            turns.set(turns.get() + 1);
            if turns.get() == 3 {
                Poll::Ready(7)
            } else {
                Poll::Pending
            }
        }));
        let polled = Gate::new().poll(&mut Context::from_waker(&waker), &mut below, above);
        assert_eq!(polled, Poll::Ready(7));
        assert_eq!(counter.0.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_call_while_it_sleeps_wakes_the_newest_task_once() {
        let kept = Cell::new(None);
        let gate = Gate::new();
        let mut below: Option<Pin<Box<dyn Future<Output = ()>>>> = None;
        let mut above = pin!(poll_fn(|cx| {
            kept.set(Some(cx.waker().clone()));
            Poll::<()>::Pending
        }));
        let (old, old_waker) = counted();
        let (new, new_waker) = counted();
        for waker in [&old_waker, &new_waker] {
            let polled = gate.poll(&mut Context::from_waker(waker), &mut below, above.as_mut());
            assert_eq!(polled, Poll::Pending);
        }
        let inner = kept.take().expect("it was polled");
        inner.wake_by_ref();
        inner.wake_by_ref();
        assert_eq!(old.0.load(Ordering::SeqCst), 0);
        assert_eq!(new.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_calls_without_end_lets_others_have_their_turn() {
        let (counter, waker) = counted();
        let turns = Cell::new(0);
        let mut below: Option<Pin<Box<dyn Future<Output = ()>>>> = None;
        let above = pin!(poll_fn(|cx| {
            turns.set(turns.get() + 1);
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
        let polled = Gate::new().poll(&mut Context::from_waker(&waker), &mut below, above);
        assert_eq!(polled, Poll::Pending);
        assert_eq!(turns.get(), TURNS);
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
    }
}
