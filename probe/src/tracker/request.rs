//! Requests.

use std::time::Duration;

use super::Tracker;
use super::error::{ErrorEvent, Source};
use super::families::{REQUEST, REQUESTS};
use super::running::{Ran, Running};
use crate::alert::{Event, clip};
use crate::snapshot::Outcome;

/// The `status` of requests that ended without a response.
pub const NO_STATUS: &str = "none";

/// A running request. Counts exactly once: when it is finished, or else when it is dropped, then as panicked if the
/// thread panics and as cancelled if not (servers drop a request when its client has gone).
#[derive(Debug)]
#[must_use = "a request that is dropped at once counts as cancelled"]
pub struct RequestSpan<'a> {
    tracker: &'a Tracker,
    route: &'a str,
    method: &'static str,
    running: Option<Running>,
}

impl RequestSpan<'_> {
    /// It was answered, with this status. From 500 on it counts as failed.
    pub fn finish(mut self, status: u16) {
        let outcome = if status < 500 {
            Outcome::Completed
        } else {
            Outcome::Failed
        };
        self.end(Some(status), outcome);
    }

    /// Ends it without counting it.
    pub fn discard(mut self) {
        self.running = None;
    }

    fn end(&mut self, status: Option<u16>, outcome: Outcome) {
        let Some(running) = self.running.take() else {
            return;
        };
        self.tracker
            .request_ended(self.route, self.method, status, outcome, running.end());
    }
}

impl Drop for RequestSpan<'_> {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.end(None, ended_unfinished());
        }
    }
}

/// How something ended that nobody finished.
pub(super) fn ended_unfinished() -> Outcome {
    if std::thread::panicking() {
        Outcome::Panicked
    } else {
        Outcome::Cancelled
    }
}

impl Tracker {
    /// Starts the clock of a request. `route` is the template that matched (`/users/{id}`), not the path: paths are as
    /// many as clients like, and routes beyond the family's room are one. `method` may be any text; what is no method of
    /// HTTP counts as `other`.
    ///
    /// ```
    /// # use tollgate_probe::tracker::Tracker;
    /// # fn answer() -> u16 { 200 }
    /// # let tracker = Tracker::builder().build()?;
    /// let request = tracker.request("/users/{id}", "GET");
    /// let status = answer();
    /// request.finish(status);
    /// # Ok::<(), tollgate_probe::tracker::BadSettings>(())
    /// ```
    #[inline]
    pub fn request<'a>(&'a self, route: &'a str, method: &str) -> RequestSpan<'a> {
        RequestSpan {
            tracker: self,
            route,
            method: method_word(method),
            running: self.start_clock(),
        }
    }

    /// Counts a request that was measured elsewhere.
    pub fn record_request(&self, route: &str, method: &str, status: u16, duration: Duration) {
        let Some(weight) = self.weight() else { return };
        let outcome = if status < 500 {
            Outcome::Completed
        } else {
            Outcome::Failed
        };
        let ran = Ran::measured(duration, weight);
        self.request_ended(route, method_word(method), Some(status), outcome, ran);
    }

    fn request_ended(
        &self,
        route: &str,
        method: &'static str,
        status: Option<u16>,
        outcome: Outcome,
        ran: Ran,
    ) {
        let mut digits = [0; 3];
        let status = status_word(status, &mut digits);
        if ran.weight > 0 {
            ran.record(REQUEST.get([route, method, status]), outcome);
        }
        self.tell_request([route, method, status], outcome, ran);
    }

    /// A request that a wrapper of the web server has timed and recorded in the same family.
    #[cfg(all(feature = "record", feature = "tower"))]
    pub(crate) fn request_told(&self, labels: [&str; 3], outcome: Outcome, ticks: u64) {
        self.tell_request(labels, outcome, Ran::recorded(ticks));
    }

    /// Single requests that are slow go to the alerts, those that failed to whoever listens.
    #[inline]
    fn tell_request(&self, [route, method, status]: [&str; 3], outcome: Outcome, ran: Ran) {
        let route = clip(route);
        if ran.is_from(self.slow_request()) {
            self.alerts().note(Event {
                family: REQUESTS,
                labels: vec![
                    ("route", route.to_owned()),
                    ("method", method.into()),
                    ("status", status.into()),
                ],
                value: ran.seconds(),
            });
        }
        if matches!(outcome, Outcome::Failed | Outcome::Panicked) {
            self.report(|| ErrorEvent {
                source: Source::Request,
                name: format!("{method} {route}"),
                detail: status.into(),
                outcome,
                seconds: ran.known_seconds(),
            });
        }
    }
}

/// The methods of RFC 9110 and PATCH of RFC 5789, as they are written there; a client may send any other word.
fn method_word(method: &str) -> &'static str {
    const METHODS: [&str; 9] = [
        "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ];
    METHODS
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// Registered codes (IANA, HTTP Status Code Registry) by themselves, all others by their class: a family does not have
/// 500 series a route because somebody passes on whatever a backend answers.
fn status_word(status: Option<u16>, digits: &mut [u8; 3]) -> &str {
    match status {
        None => NO_STATUS,
        Some(
            code @ (100..=104
            | 200..=208
            | 226
            | 300..=305
            | 307
            | 308
            | 400..=418
            | 421..=426
            | 428
            | 429
            | 431
            | 451
            | 500..=508
            | 510
            | 511),
        ) => {
            *digits = [code / 100, code / 10 % 10, code % 10].map(|digit| b'0' + digit as u8);
            std::str::from_utf8(digits).unwrap_or(NO_STATUS)
        }
        Some(100..=199) => "1xx",
        Some(200..=299) => "2xx",
        Some(300..=399) => "3xx",
        Some(400..=499) => "4xx",
        Some(500..=599) => "5xx",
        Some(_) => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_ones_or_other() {
        assert_eq!(method_word("GET"), "GET");
        for hostile in ["", "get", "GET ", "GET\r\nX: y", "\u{202e}TEG", "BREW"] {
            assert_eq!(method_word(hostile), "other", "{hostile:?}");
        }
        assert_eq!(method_word(&"G".repeat(1 << 20)), "other");
    }

    #[test]
    fn every_status_is_itself_or_its_class() {
        let word = |code| status_word(Some(code), &mut [0; 3]).to_owned();
        assert_eq!([200, 404, 418, 511].map(word), ["200", "404", "418", "511"]);
        assert_eq!(
            [199, 299, 306, 499, 599].map(word),
            ["1xx", "2xx", "3xx", "4xx", "5xx"]
        );
        assert_eq!([0, 99, 600, u16::MAX].map(word), ["other"; 4]);
        assert_eq!(status_word(None, &mut [0; 3]), "none");
        let words: std::collections::BTreeSet<_> = (0..=u16::MAX).map(word).collect();
        assert!(words.len() < 80, "{}", words.len());
    }
}
