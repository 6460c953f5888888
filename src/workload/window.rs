//! The worst percentile of any sliding window, second by second, with memory for one window.

use super::scenario::Window;
use crate::measurement::Histogram;
use std::collections::VecDeque;
use std::time::Duration;

/// Times of one second: upper ends of buckets and counts, as [`Histogram::buckets`] gives them.
pub type SecondOfTimes = Box<[(u64, u64)]>;

/// A percentile over the last seconds, and the worst that it ever was.
///
/// Windows move in steps of a second and are whole: until one length has passed there is none, and windows that would begin
/// before `after` do not count. A run that is shorter than its window has one, over all that there was.
#[derive(Debug, Clone)]
pub struct Sliding {
    quantile: f64,
    length: usize,
    /// Seconds that do not count yet.
    ignored: u64,
    ring: VecDeque<SecondOfTimes>,
    sum: Histogram,
    worst: Option<f64>,
    whole: bool,
}

impl Sliding {
    /// For a window of a workload.
    #[must_use]
    pub fn new(window: &Window) -> Self {
        Self {
            quantile: window.quantile,
            length: usize::try_from(seconds_up(window.length))
                .unwrap_or(usize::MAX)
                .max(1),
            ignored: seconds_up(window.after),
            ring: VecDeque::new(),
            sum: Histogram::new(),
            worst: None,
            whole: false,
        }
    }

    /// Takes the next second of the measured part, with or without calls; gives the percentile (nanoseconds) of the window that
    /// ends with it, where that is whole, counts, and had calls.
    pub fn push(&mut self, second: SecondOfTimes) -> Option<f64> {
        if self.ignored > 0 {
            self.ignored -= 1;
            return None;
        }
        if self.ring.len() == self.length {
            for (value, count) in self.ring.pop_front().unwrap_or_default() {
                self.sum.take_away(value, count);
            }
        }
        for (value, count) in &second {
            self.sum.record_n(*value, *count);
        }
        self.ring.push_back(second);
        if self.ring.len() < self.length {
            return None;
        }
        self.whole = true;
        let value = self.sum.quantile(self.quantile)? as f64;
        self.worst = Some(self.worst.map_or(value, |worst| worst.max(value)));
        Some(value)
    }

    /// The worst so far, nanoseconds; `None` where no window had calls.
    #[must_use]
    pub fn worst(&self) -> Option<f64> {
        if self.whole {
            self.worst
        } else {
            self.sum.quantile(self.quantile).map(|value| value as f64)
        }
    }
}

fn seconds_up(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// `p99@30s of login`: a window by its metric and endpoint.
#[must_use]
pub fn name(window: &Window, endpoint: Option<&str>) -> String {
    // 0.999 * 100 is not 99.9 in binary; six digits are more than anybody writes.
    let percent = (window.quantile * 1e8).round() / 1e6;
    let length = seconds_up(window.length);
    format!("p{percent}@{length}s of {}", endpoint.unwrap_or(super::ALL))
}

#[cfg(test)]
mod tests;
