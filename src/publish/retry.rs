//! When a request is sent again, and how long to wait before. Time and chance come in as arguments.

use std::time::Duration;

/// What is left of the patience of one `tollgate comment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Waiting in all, over all requests.
    pub waiting: Duration,
    /// Tries of one request at most.
    pub tries: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            waiting: Duration::from_secs(120),
            tries: 4,
        }
    }
}
