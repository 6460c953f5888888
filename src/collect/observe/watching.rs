//! A thread that looks at a tree of processes at a steady pace.

use super::series::Series;
use super::tree::{Look, Root, Tree};
use crate::collect::process::ProcessId;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Looks are no closer together than this: the kernel counts CPU time in steps of this size.
const CLOSEST: Duration = Duration::from_millis(10);

/// A thread that watches. Dropped, it ends.
#[derive(Debug)]
pub struct Watching {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    start: Instant,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    over: bool,
    series: Series,
    latest: Option<Look>,
    members: Vec<ProcessId>,
    own: Option<Duration>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// Over time.
    pub series: Series,
    /// CPU time of the watching thread over wall time; `None` where the system does not say.
    pub own_cost: Option<f64>,
}

impl Watching {
    /// Begins to look, now and then every so often.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start(root: &Root, every: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let start = Instant::now();
        let (tree, held) = (Tree::new(root), Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("watch processes".to_owned())
            .spawn(move || watch(tree, &held, start, every.max(CLOSEST)))?;
        Ok(Self {
            shared,
            thread: Some(thread),
            start,
        })
    }

    /// When it began: samples tell their time from here.
    #[must_use]
    pub const fn since(&self) -> Instant {
        self.start
    }

    /// The newest look.
    #[must_use]
    pub fn latest(&self) -> Option<Look> {
        self.shared.state().latest
    }

    /// Those that ran at the newest look.
    #[must_use]
    pub fn members(&self) -> Vec<ProcessId> {
        self.shared.state().members.clone()
    }

    /// Whether nothing is left to be watched.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.shared.state().over
    }

    /// A last look, and the end.
    #[must_use]
    pub fn finish(mut self) -> Seen {
        self.end();
        let wall = self.start.elapsed().as_secs_f64();
        let state = self.shared.state();
        Seen {
            series: state.series.clone(),
            own_cost: (state.own)
                .filter(|_| wall > 0.0)
                .map(|own| own.as_secs_f64() / wall),
        }
    }

    fn end(&mut self) {
        self.shared.state().stop = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            // It does nothing that panics; if it did, what was seen until then is what there is.
            let _ended: std::thread::Result<()> = thread.join();
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.end();
    }
}

fn watch(mut tree: Tree, shared: &Shared, start: Instant, every: Duration) {
    let mut due = start;
    loop {
        let at = start.elapsed();
        let look = tree.look(at);
        let own = own_cpu();
        let members = tree.members();
        let mut state = shared.state();
        state.own = own;
        state.members = members;
        match look {
            Some(look) => {
                state.series.push(look);
                state.latest = Some(look);
            }
            None => state.over = true,
        }
        if state.stop {
            return;
        }
        // By the clock, not from the end of the last look; what was missed is not made up for.
        let now = Instant::now();
        while due <= now {
            match due.checked_add(every) {
                Some(next) => due = next,
                None => return,
            }
            if now.saturating_duration_since(due) > every * 16 {
                due = now;
            }
        }
        while !state.stop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = (shared.wake)
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// CPU time of the calling thread.
#[must_use]
pub fn own_cpu() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
    Some(Duration::new(seconds, nanoseconds))
}
