//! Waiting for a moment, more exactly than a timer wheel of 1 ms can.
//!
//! Each thread of the generator has one timer of the operating system in its reactor (Linux: `timerfd`, of high resolution
//! and without slack) and a heap of those who wait. Elsewhere it is tokio's timer: late by up to 1 to 2 ms, which the record
//! then tells as lateness.

#[cfg(not(target_os = "linux"))]
mod coarse;
#[cfg(all(test, target_os = "linux"))]
mod coarse;
#[cfg(target_os = "linux")]
mod fine;
#[cfg(test)]
mod tests;

#[cfg(not(target_os = "linux"))]
use coarse::Timer;
#[cfg(target_os = "linux")]
use fine::Timer;

use std::cell::{Cell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// One thread's timer and those who wait for it.
#[derive(Debug)]
pub(super) struct Pacer {
    timer: Timer,
    waiting: RefCell<BinaryHeap<Reverse<Waiting>>>,
    /// What the timer is set to.
    armed: Cell<Option<Instant>>,
    /// Order among those who wait for the same moment.
    sequence: Cell<u64>,
    released: Cell<bool>,
    failure: RefCell<Option<io::Error>>,
}

#[derive(Debug)]
struct Waiting {
    at: Instant,
    sequence: u64,
    waker: Waker,
}

impl Waiting {
    fn key(&self) -> (Instant, u64) {
        (self.at, self.sequence)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Pacer {
    /// In the context of a runtime with I/O and time.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            timer: Timer::new()?,
            waiting: RefCell::default(),
            armed: Cell::default(),
            sequence: Cell::default(),
            released: Cell::default(),
            failure: RefCell::default(),
        })
    }

    /// Waits for a moment; comes back at once where it has passed, or when everybody is [released](Pacer::release).
    pub(super) fn until(self: &Rc<Self>, at: Instant) -> Until {
        Until {
            pacer: Rc::clone(self),
            at,
            waker: None,
        }
    }

    /// Wakes those who wait, as their moments come. Never ends by itself; must be polled for anybody to be woken.
    pub(super) async fn run(self: Rc<Self>) {
        loop {
            if let Err(error) = self.timer.wait().await {
                self.fail(error);
                return;
            }
            self.armed.set(None);
            self.wake_due(Instant::now());
        }
    }

    /// Wakes those whose moment has come, and sets the timer for the next.
    pub(super) fn wake_due(&self, now: Instant) {
        let mut waiting = self.waiting.borrow_mut();
        while let Some(Reverse(first)) = waiting.peek()
            && first.at <= now
        {
            if let Some(Reverse(first)) = waiting.pop() {
                first.waker.wake();
            }
        }
        if let Some(Reverse(first)) = waiting.peek() {
            self.arm(first.at, now);
        }
    }

    /// Lets everybody go, now and from now on.
    pub(super) fn release(&self) {
        self.released.set(true);
        for Reverse(waiting) in self.waiting.take() {
            waiting.waker.wake();
        }
    }

    /// Why the timer cannot be used any more.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.failure.take()
    }

    fn arm(&self, at: Instant, now: Instant) {
        if self.armed.get().is_some_and(|armed| armed <= at) {
            return;
        }
        match self.timer.set(at, now) {
            Ok(()) => self.armed.set(Some(at)),
            Err(error) => self.fail(error),
        }
    }

    /// A timer that cannot be set must not leave anybody waiting for ever.
    fn fail(&self, error: io::Error) {
        self.failure.borrow_mut().get_or_insert(error);
        self.released.set(true);
    }

    fn wait(&self, at: Instant, now: Instant, waker: &Waker) {
        let sequence = self.sequence.get();
        self.sequence.set(sequence + 1);
        self.waiting.borrow_mut().push(Reverse(Waiting {
            at,
            sequence,
            waker: waker.clone(),
        }));
        self.arm(at, now);
    }
}

/// See [`Pacer::until`].
#[derive(Debug)]
pub(super) struct Until {
    pacer: Rc<Pacer>,
    at: Instant,
    waker: Option<Waker>,
}

impl Future for Until {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        if self.at <= now || self.pacer.released.get() {
            return Poll::Ready(());
        }
        let waker = context.waker();
        if !(self.waker.as_ref()).is_some_and(|known| known.will_wake(waker)) {
            self.pacer.wait(self.at, now, waker);
            self.waker = Some(waker.clone());
            if self.pacer.released.get() {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}
