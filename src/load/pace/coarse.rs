//! tokio's timer, where there is no better one in the reactor.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::Instant;
use tokio::time::{Sleep, sleep_until};

#[derive(Debug)]
pub(super) struct Timer {
    sleep: RefCell<Pin<Box<Sleep>>>,
    set: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Timer {
    #[expect(clippy::unnecessary_wraps, reason = "the other timer can fail")]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            sleep: RefCell::new(Box::pin(sleep_until(Instant::now().into()))),
            set: Cell::new(false),
            waker: RefCell::default(),
        })
    }

    /// Replaces what it was set to before.
    #[expect(clippy::unnecessary_wraps, reason = "the other timer can fail")]
    pub(super) fn set(&self, at: Instant, _now: Instant) -> io::Result<()> {
        self.sleep.borrow_mut().as_mut().reset(at.into());
        self.set.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    /// Until it has run out.
    pub(super) async fn wait(&self) -> io::Result<()> {
        poll_fn(|context| {
            if self.set.get() && self.sleep.borrow_mut().as_mut().poll(context).is_ready() {
                self.set.set(false);
                return Poll::Ready(Ok(()));
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}
