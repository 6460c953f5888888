//! What the users of one thread share: counts of their connections.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Counts of one subject on one thread.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Open now.
    pub(super) open: Cell<u64>,
    /// Opened in all.
    pub(super) opened: Cell<u64>,
}

thread_local! {
    static SHARDS: RefCell<Vec<(u64, Rc<Shard>)>> = const { RefCell::new(Vec::new()) };
}

/// The shard of a subject on this thread; kept until the thread ends, as counts are asked for after the last user is gone.
pub(super) fn of(subject: u64) -> Rc<Shard> {
    SHARDS.with_borrow_mut(|shards| {
        if let Some((_, shard)) = shards.iter().find(|(number, _)| *number == subject) {
            return Rc::clone(shard);
        }
        let shard = Rc::new(Shard::default());
        shards.push((subject, Rc::clone(&shard)));
        shard
    })
}

/// A connection as long as it is open.
#[derive(Debug)]
pub(super) struct Open(Rc<Shard>);

impl Open {
    pub(super) fn new(shard: &Rc<Shard>) -> Self {
        shard.open.set(shard.open.get() + 1);
        shard.opened.set(shard.opened.get() + 1);
        Self(Rc::clone(shard))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
    }
}
