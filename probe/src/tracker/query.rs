//! Queries to a database or another service.

use std::borrow::Cow;
use std::time::Duration;

use super::Tracker;
use super::error::{ErrorEvent, Source};
use super::families::{QUERIES, QUERY};
use super::request::ended_unfinished;
use super::running::{Ran, Running};
use super::sanitise::name_of;
use crate::alert::Event;
use crate::snapshot::Outcome;

/// A running query. Counts exactly once: when it is finished, or else when it is dropped, as cancelled or panicked.
#[derive(Debug)]
#[must_use = "a query that is dropped at once counts as cancelled"]
pub struct QuerySpan<'a> {
    tracker: &'a Tracker,
    name: Cow<'a, str>,
    running: Option<Running>,
}

impl QuerySpan<'_> {
    /// It came back, with success or without.
    pub fn finish(mut self, success: bool) {
        self.end(if success {
            Outcome::Completed
        } else {
            Outcome::Failed
        });
    }

    /// Ends it without counting it.
    pub fn discard(mut self) {
        self.running = None;
    }

    fn end(&mut self, outcome: Outcome) {
        let Some(running) = self.running.take() else {
            return;
        };
        self.tracker.query_ended(&self.name, outcome, running.end());
    }
}

impl Drop for QuerySpan<'_> {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.end(ended_unfinished());
        }
    }
}

impl Tracker {
    /// Starts the clock of a query. `name` may be a name or the whole statement: it goes through [`sanitise_query`](super::sanitise_query),
    /// which costs about as much as reading it; a plain name (words, dots, colons, slashes) is not even copied.
    pub fn query<'a>(&'a self, name: &'a str) -> QuerySpan<'a> {
        let name = if crate::enabled() {
            name_of(name)
        } else {
            Cow::Borrowed("")
        };
        QuerySpan {
            tracker: self,
            name,
            running: self.start_clock(),
        }
    }

    /// Runs a query and times it; `Err` counts as failed, a panic as panicked.
    ///
    /// ```
    /// # use tollgate_probe::tracker::Tracker;
    /// # let tracker = Tracker::builder().build()?;
    /// let rows = tracker.time_query("SELECT name FROM users WHERE id = 7", || Ok::<_, String>(vec!["Ada"]));
    /// assert_eq!(rows, Ok(vec!["Ada"]));
    /// # Ok::<(), tollgate_probe::tracker::BadSettings>(())
    /// ```
    ///
    /// # Errors
    /// What `work` returned.
    pub fn time_query<R, E>(
        &self,
        name: &str,
        work: impl FnOnce() -> Result<R, E>,
    ) -> Result<R, E> {
        let span = self.query(name);
        let result = work();
        span.finish(result.is_ok());
        result
    }

    /// As [`time_query`](Self::time_query), for a future: from its first poll until it is ready. Dropped before that, it
    /// counts as cancelled.
    ///
    /// # Errors
    /// What the future returned.
    pub async fn query_timed<R, E>(
        &self,
        name: &str,
        work: impl Future<Output = Result<R, E>>,
    ) -> Result<R, E> {
        let span = self.query(name);
        let result = work.await;
        span.finish(result.is_ok());
        result
    }

    /// Counts a query that was measured elsewhere.
    pub fn record_query(&self, name: &str, success: bool, duration: Duration) {
        let Some(weight) = self.weight() else { return };
        let outcome = if success {
            Outcome::Completed
        } else {
            Outcome::Failed
        };
        self.query_ended(&name_of(name), outcome, Ran::measured(duration, weight));
    }

    fn query_ended(&self, name: &str, outcome: Outcome, ran: Ran) {
        if ran.weight > 0 {
            ran.record(QUERY.get([name]), outcome);
        }
        if ran.is_from(self.slow_query()) {
            self.alerts().note(Event {
                family: QUERIES,
                labels: vec![("query", name.to_owned())],
                value: ran.seconds(),
            });
        }
        if matches!(outcome, Outcome::Failed | Outcome::Panicked) {
            self.report(|| ErrorEvent {
                source: Source::Query,
                name: name.to_owned(),
                detail: String::new(),
                outcome,
                seconds: ran.known_seconds(),
            });
        }
    }
}
