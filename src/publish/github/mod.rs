//! Edge: GitHub's REST API. Requests and answers; what to say and to whom is decided in [`publish`](super).

use super::retry;
use std::time::Duration;

/// Waits; tests wait without waiting.
pub type Wait = Box<dyn Fn(Duration)>;

/// How long one request may take at most.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How much patience there is in all.
#[must_use]
pub fn patience() -> retry::Budget {
    retry::Budget::default()
}

/// Waits by sleeping.
#[must_use]
pub fn sleeping() -> Wait {
    Box::new(std::thread::sleep)
}
