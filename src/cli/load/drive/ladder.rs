//! Ctrl-C while a workload runs: first drain, then cut, then end at once.

use crate::cli::terminal::write_stderr;
use crate::load::{Control, Level};
use crate::workload::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Between two looks at the flag.
const EVERY: Duration = Duration::from_millis(25);

/// Watches for signals until it is dropped.
pub(super) struct Ladder {
    over: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Ladder {
    /// # Errors
    /// Handlers or the thread cannot be had.
    pub(super) fn set(control: &Arc<Control>) -> io::Result<Self> {
        let (signalled, last) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicBool::new(false)),
        );
        for signal in [SIGINT, SIGTERM] {
            // In this order: the handler that ends the process must not see what the same signal sets.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&last))?;
            signal_hook::flag::register(signal, Arc::clone(&signalled))?;
        }
        let over = Arc::new(AtomicBool::new(false));
        let (control, until) = (Arc::clone(control), Arc::clone(&over));
        let watcher = thread::Builder::new()
            .name("ctrl-c".to_owned())
            .spawn(move || {
                let mut seen = 0_u32;
                while !until.load(Ordering::Relaxed) {
                    if signalled.swap(false, Ordering::Relaxed) {
                        seen += 1;
                        step(seen, &control);
                        last.store(seen >= 2, Ordering::Relaxed);
                    }
                    thread::sleep(EVERY);
                }
            })?;
        Ok(Self {
            over,
            watcher: Some(watcher),
        })
    }
}

/// What a signal does, by how many there were.
fn step(seen: u32, control: &Control) {
    let (level, said) = match seen {
        1 => (
            Level::Drain,
            "\ntollgate: no new calls; those under way end, then the report. Ctrl-C again cuts them\n",
        ),
        _ => (
            Level::Cut,
            "\ntollgate: connections are cut; Ctrl-C again ends at once, without a report\n",
        ),
    };
    control.stop(level, Stop::Interrupted);
    write_stderr(said);
}

impl Drop for Ladder {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            // It only ends; a panic in it has been printed already.
            let _ended = watcher.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_drain_first_and_then_cut() {
        let control = Control::default();
        assert_eq!(control.level(), Level::Run);
        step(1, &control);
        assert_eq!(control.level(), Level::Drain);
        step(2, &control);
        assert_eq!(control.level(), Level::Cut);
        step(3, &control);
        assert_eq!(control.level(), Level::Cut);
        assert_eq!(control.reason(), Some(Stop::Interrupted));
    }
}
