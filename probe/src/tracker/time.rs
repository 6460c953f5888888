//! The system's clock, for those who do not bring their own time.

use std::time::{Duration, Instant};

/// A moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(Instant);

impl Time {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    pub(super) fn seconds(self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}
