//! What went wrong, for an error tracker.

use std::sync::Arc;

use super::Tracker;
use crate::alert::{Subscription, clip};
use crate::snapshot::Outcome;

/// One thing that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorEvent {
    /// What it was.
    pub source: Source,
    /// Method and route, sanitised query, or name of the event: hostile text.
    pub name: String,
    /// Status of a request, category of an event, the message of what the application reports: hostile text.
    pub detail: String,
    /// Failed or panicked.
    pub outcome: Outcome,
    /// How long it took, where that is known.
    pub seconds: Option<f64>,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A request: status 500 or above, or a panic.
    Request,
    /// A query that was not successful, or panicked.
    Query,
    /// A timed event that was not successful.
    Event,
    /// Something that the application reported.
    Application,
}

impl Tracker {
    /// Has this called with each thing that fails, at the next [`upkeep`](Self::upkeep), never inside the request.
    /// Of more than 256 that wait, the oldest are dropped, and counted in `probe_notices_dropped_total`. Without
    /// subscribers nothing is kept.
    ///
    /// Requests that handlers wrapped in `web::probed` or `web::probed_by_path` answer are told to the tracker of the
    /// process, the [installed](super::install) one, and to no other. Those of a `ProbeService` or `ProbeLayer` are not:
    /// a handler inside would have told of them already.
    pub fn on_error(&self, callback: impl FnMut(&ErrorEvent) + Send + 'static) -> Subscription {
        self.errors.subscribe(callback)
    }

    /// Tells [`on_error`](Self::on_error) of something that only the application sees.
    pub fn error(&self, name: &str, message: &str) {
        if crate::enabled() {
            self.report(|| ErrorEvent {
                source: Source::Application,
                name: clip(name).to_owned(),
                detail: clip(message).to_owned(),
                outcome: Outcome::Failed,
                seconds: None,
            });
        }
    }

    #[cold]
    pub(super) fn report(&self, event: impl FnOnce() -> ErrorEvent) {
        if self.errors.any() {
            self.errors.publish(&Arc::new(event()));
        }
    }
}
