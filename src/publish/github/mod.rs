//! Edge: GitHub's REST API. Requests and answers; what to say and to whom is decided in [`publish`](super).
//!
//! ```text
//! carry (a Post into requests) -> calls (one function an operation) -> client (tries, token) -> transport (octocrab)
//! ```
//!
//! octocrab's own convenience is not used: its models refuse a page for one deleted account, its `update_comment` sends
//! another verb than GitHub documents, its retries create comments twice, and errors of its models lack the headers
//! that say how long to wait. What remains are connections, encryption and time limits.

mod address;
mod calls;
mod carry;
mod client;
mod failure;
mod token;
mod transport;
mod wire;

pub use address::{ApiUrl, ApiUrlError};
pub use calls::{Artifact, DownloadError};
pub use carry::{Checked, Commented, Job, Published, publish};
pub use client::{Client, Settings, StartError};
pub use failure::Failure;
pub use token::{Token, TokenError};
pub use transport::Timeouts;

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Waits; tests wait without waiting.
pub type Wait = Box<dyn Fn(Duration)>;
/// A number in [0, 1) by chance.
pub type Chance = Box<dyn Fn() -> f64>;
/// Seconds since 1970.
pub type Clock = Box<dyn Fn() -> u64>;

/// Waits by sleeping.
#[must_use]
pub fn sleeping() -> Wait {
    Box::new(std::thread::sleep)
}

/// Numbers that differ between jobs that start together: the seed of every new hash map, which the system gives.
fn random() -> Chance {
    Box::new(|| {
        let bits = RandomState::new().hash_one(0u8) >> 32;
        f64::from(u32::try_from(bits).unwrap_or(0)) / 4_294_967_296.0
    })
}

fn system_clock() -> Clock {
    Box::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    })
}
