//! Who wants to be told, and telling them.
//!
//! Each subscriber has a bounded inbox. [`Subscribers::publish`] only puts things there; [`Subscribers::deliver`] runs
//! the callbacks, on the thread that calls it and outside of every lock. While one thread runs a callback, its
//! subscriber is taken: others pass it by, so a callback never runs twice at once, one that blocks holds up nobody but
//! its own thread, and one that calls `deliver` again finds itself taken instead of waiting for itself.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::Counter;

/// Things that wait for one subscriber; beyond that the oldest is dropped.
pub(crate) const INBOX: usize = 256;

static PANICS: Counter =
    Counter::new("probe_callback_panics_total").help("Callbacks of the application that panicked");
static DROPPED: Counter = Counter::new("probe_notices_dropped_total")
    .help("Notices that were dropped because their subscriber did not keep up");

type Callback<T> = Box<dyn FnMut(&T) + Send>;

/// The subscribers to one kind of thing.
pub(crate) struct Subscribers<T> {
    list: Mutex<Vec<Arc<Subscriber<T>>>>,
}

struct Subscriber<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    /// Absent while it runs, and after the end.
    callback: Option<Callback<T>>,
    inbox: VecDeque<Arc<T>>,
    ended: bool,
}

impl<T> Default for Subscribers<T> {
    fn default() -> Self {
        Self {
            list: Mutex::default(),
        }
    }
}

/// A panic of the application leaves our plain data as it is: nothing of ours is half-done when foreign code runs.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Send + Sync + 'static> Subscribers<T> {
    pub(crate) fn subscribe(&self, callback: impl FnMut(&T) + Send + 'static) -> Subscription {
        let subscriber = Arc::new(Subscriber {
            state: Mutex::new(State {
                callback: Some(Box::new(callback)),
                inbox: VecDeque::new(),
                ended: false,
            }),
        });
        let ends = Arc::downgrade(&subscriber);
        let mut list = lock(&self.list);
        list.retain(|s| !lock(&s.state).ended);
        list.push(subscriber);
        Subscription { ends: Some(ends) }
    }

    /// Whether anybody would hear.
    pub(crate) fn any(&self) -> bool {
        lock(&self.list).iter().any(|s| !lock(&s.state).ended)
    }

    /// Puts it into every inbox. Runs nothing.
    pub(crate) fn publish(&self, thing: &Arc<T>) {
        for subscriber in lock(&self.list).iter() {
            let mut state = lock(&subscriber.state);
            if state.ended {
                continue;
            }
            let late = (state.inbox.len() >= INBOX).then(|| state.inbox.pop_front());
            state.inbox.push_back(Arc::clone(thing));
            drop(state);
            if late.is_some() {
                DROPPED.increment();
            }
        }
    }

    /// Runs the callbacks for everything in the inboxes.
    pub(crate) fn deliver(&self) {
        let open: Vec<_> = {
            let mut list = lock(&self.list);
            list.retain(|s| !lock(&s.state).ended);
            list.clone()
        };
        for subscriber in open {
            subscriber.drain();
        }
    }
}

impl<T> Subscriber<T> {
    fn drain(&self) {
        let Some(mut callback) = lock(&self.state).callback.take() else {
            return;
        };
        // Bounded, or a callback that causes what it is told of would never return.
        for _ in 0..INBOX {
            let next = {
                let mut state = lock(&self.state);
                if state.ended {
                    None
                } else {
                    state.inbox.pop_front()
                }
            };
            let Some(next) = next else { break };
            if panics(|| callback(&next)) {
                PANICS.increment();
            }
        }
        let mut state = lock(&self.state);
        if state.ended {
            drop(state);
            dispose(callback);
        } else {
            state.callback = Some(callback);
        }
    }
}

/// Runs foreign code; whether it panicked.
fn panics(work: impl FnOnce()) -> bool {
    // What the callback has captured may be half-done after a panic; it is the callback that meets it again.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(()) => false,
        Err(payload) => {
            // The payload is foreign too, and may panic when it is dropped; then that second one is left alone.
            if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                std::mem::forget(second);
            }
            true
        }
    }
}

/// What a callback has captured is dropped as carefully as it is run.
fn dispose<T>(callback: Callback<T>) {
    if panics(|| drop(callback)) {
        PANICS.increment();
    }
}

trait End: Send + Sync {
    fn end(&self);
}

impl<T: Send + Sync> End for Subscriber<T> {
    fn end(&self) {
        let (callback, inbox) = {
            let mut state = lock(&self.state);
            state.ended = true;
            (state.callback.take(), std::mem::take(&mut state.inbox))
        };
        drop(inbox);
        if let Some(callback) = callback {
            dispose(callback);
        }
    }
}

/// Ends the subscription when it is dropped. A call of the callback that has begun goes on; none begins afterwards,
/// unless another thread was just about to.
#[must_use = "the subscription ends when this is dropped"]
pub struct Subscription {
    ends: Option<Weak<dyn End>>,
}

impl Subscription {
    /// Ends it now; the same as dropping.
    pub fn unsubscribe(self) {
        drop(self);
    }

    /// Lets it last as long as what it listens to.
    pub fn keep(mut self) {
        self.ends = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(subscriber) = self.ends.take().and_then(|weak| weak.upgrade()) {
            subscriber.end();
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("kept", &self.ends.is_none())
            .finish()
    }
}

impl<T> std::fmt::Debug for Subscribers<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscribers")
            .field("count", &lock(&self.list).len())
            .finish()
    }
}

#[cfg(test)]
mod tests;
