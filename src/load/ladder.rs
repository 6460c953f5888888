//! What Ctrl-C does to a run: the first press lets it drain, the second cuts its connections, the third ends the target and
//! tollgate at once.

use super::{Control, Level};
use crate::collect::process::kill_all;
use crate::workload::Stop;
use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::{pipe, unregister};
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Exit code of who was interrupted: 128 and the number of the signal.
pub const INTERRUPTED: u8 = 130;

/// Listens to Ctrl-C and SIGTERM as long as it lives. Afterwards they do nothing.
#[derive(Debug)]
pub struct Ladder {
    signals: Vec<SigId>,
    presses: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Ladder {
    /// Begins to listen. Each press but the last is explained to `say`.
    ///
    /// # Errors
    /// No thread or socket can be had, or signals cannot be listened to.
    pub fn new(
        control: &Arc<Control>,
        mut say: impl FnMut(&'static str) + Send + 'static,
    ) -> io::Result<Self> {
        let control = Arc::clone(control);
        let mut count = 0_u32;
        Self::with(move || {
            count += 1;
            match count {
                1 => say(
                    "no new calls; those under way end, then the report. Ctrl-C again cuts them",
                ),
                2 => say("connections are cut; Ctrl-C again ends at once, without a report"),
                _ => {}
            }
            if step(&control, count) {
                kill_all();
                std::process::exit(i32::from(INTERRUPTED));
            }
        })
    }

    /// Does something at every press, on a thread of its own: an ordinary one, where anything is allowed.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(mut press: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let (mut listener, presses) = UnixStream::pair()?;
        let thread = std::thread::Builder::new()
            .name("ctrl-c".to_owned())
            .spawn(move || {
                let mut byte = [0];
                loop {
                    match listener.read(&mut byte) {
                        Ok(0) => return,
                        Ok(_) => press(),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(_closed) => return,
                    }
                }
            })?;
        let mut ladder = Self {
            signals: Vec::new(),
            presses,
            thread: Some(thread),
        };
        for signal in [SIGINT, SIGTERM] {
            let end = ladder.presses.try_clone()?;
            ladder.signals.push(pipe::register(signal, end)?);
        }
        Ok(ladder)
    }
}

impl Drop for Ladder {
    fn drop(&mut self) {
        for signal in self.signals.drain(..) {
            unregister(signal);
        }
        // Wakes the thread; where it cannot be, the socket is gone and so is the thread.
        let _woken: io::Result<()> = self.presses.shutdown(std::net::Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ended: std::thread::Result<()> = thread.join();
        }
    }
}

/// The `count`th press, from 1; whether it is time to leave at once.
fn step(control: &Control, count: u32) -> bool {
    match count {
        1 => control.stop(Level::Drain, Stop::Interrupted),
        2 => control.stop(Level::Cut, Stop::Interrupted),
        _ => return true,
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_press_is_a_step_further_down() {
        let control = Control::default();
        assert!(!step(&control, 1));
        assert_eq!(control.level(), Level::Drain);
        assert!(!step(&control, 2));
        assert_eq!(control.level(), Level::Cut);
        assert_eq!(control.reason(), Some(Stop::Interrupted));
        assert!(step(&control, 3));
    }

    #[test]
    fn a_reason_that_came_first_stays() {
        let control = Control::default();
        let limit = std::time::Duration::ZERO;
        control.stop(Level::Drain, Stop::Time { limit });
        assert!(!step(&control, 1));
        assert_eq!(control.reason(), Some(Stop::Time { limit }));
    }

    #[test]
    fn signals_are_presses_until_it_is_dropped() {
        let (sender, presses) = std::sync::mpsc::channel();
        let ladder = Ladder::with(move || sender.send(()).unwrap()).unwrap();
        for signal in [SIGINT, SIGTERM, SIGINT] {
            signal_hook::low_level::raise(signal).unwrap();
            presses
                .recv_timeout(std::time::Duration::from_secs(60))
                .unwrap();
        }
        drop(ladder);
        assert!(presses.recv().is_err());
    }
}
