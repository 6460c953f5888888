//! The line that is drawn while a workload runs.

use crate::load::{Snapshot, Stage};
use crate::units::{Unit, format_duration, format_value};
use crate::workload::record::ProcessSample;
use crate::workload::{Model, Workload};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// Between two drawings: numbers that change faster are not read.
const EVERY: Duration = Duration::from_millis(250);

/// A line on stderr, or nothing.
pub(super) struct Live {
    bar: Option<ProgressBar>,
    drawn: Option<Instant>,
    total: Duration,
    is_open: bool,
}

impl Live {
    /// Draws only where somebody watches.
    pub(super) fn new(workload: &Workload, watched: bool) -> Self {
        let bar = watched.then(|| {
            let bar = ProgressBar::new_spinner();
            // A template of our own making that cannot fail to parse; if it ever does, the default is fine.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            drawn: None,
            total: workload.duration(),
            is_open: matches!(workload.model, Model::Open(_)),
        }
    }

    /// Draws, unless that was done just now. The snapshot is taken only when it is drawn: it holds a histogram.
    pub(super) fn tell(&mut self, stage: Stage<'_>, snapshot: impl FnOnce() -> Snapshot) {
        let Some(bar) = &self.bar else {
            return;
        };
        let now = Instant::now();
        if self
            .drawn
            .is_some_and(|last| now.duration_since(last) < EVERY)
        {
            return;
        }
        self.drawn = Some(now);
        bar.set_message(match stage {
            Stage::Starting => "waiting for the target to be ready".to_owned(),
            Stage::Stopping => "calls are over, stopping the target".to_owned(),
            Stage::Driving(sample) => line(&snapshot(), sample, self.total, self.is_open),
        });
        bar.tick();
    }

    /// Writes a line above the one that is drawn.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Most important first: a narrow terminal cuts the end.
fn line(
    snapshot: &Snapshot,
    sample: Option<&ProcessSample>,
    total: Duration,
    is_open: bool,
) -> String {
    let seconds = |time: Duration| format_duration(Duration::from_secs(time.as_secs()));
    let level = if is_open {
        format!("{}/s due", number(snapshot.intended.round()))
    } else {
        format!("{} users", number(snapshot.intended.round()))
    };
    let mut parts = vec![
        format!("{}/{}", seconds(snapshot.at), seconds(total)),
        level,
        format!("{} calls", number(float(snapshot.calls))),
    ];
    if let Some(last) = snapshot.recent.last() {
        parts.push(format!("{}/s", number(float(last.calls))));
    }
    parts.push(format!("{} failed", number(float(snapshot.failed))));
    if let Some(p99) = snapshot.response.quantile(0.99) {
        parts.push(format!(
            "p99 {}",
            format_value(float(p99), &Unit::Nanoseconds)
        ));
    }
    if snapshot.dropped > 0 {
        parts.push(format!("{} dropped", number(float(snapshot.dropped))));
    }
    if snapshot.late > 0 {
        parts.push(format!("{} late", number(float(snapshot.late))));
    }
    if let Some(sample) = sample {
        parts.push(format!(
            "RSS {}",
            format_value(float(sample.rss), &Unit::Bytes)
        ));
    }
    parts.join("  ")
}

fn number(value: f64) -> String {
    format_value(value, &Unit::Count)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts, sizes and nanoseconds are shown in four digits"
)]
const fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Histogram;
    use crate::workload::record::Second;

    #[test]
    fn a_line_says_how_far_it_is_and_how_it_goes() {
        let mut response = Histogram::new();
        response.record_n(12_300_000, 2_409);
        let mut snapshot = Snapshot {
            at: Duration::from_millis(12_345),
            calls: 2_412,
            failed: 3,
            recent: vec![
                Second::default(),
                Second {
                    calls: 201,
                    failed: 0,
                },
            ],
            in_flight: 2,
            intended: 200.0,
            late: 0,
            dropped: 0,
            response,
        };
        let sample = ProcessSample {
            rss: 34 << 20,
            ..ProcessSample::default()
        };
        let total = Duration::from_secs(30);
        assert_eq!(
            line(&snapshot, Some(&sample), total, true),
            "12 s/30 s  200/s due  2_412 calls  201/s  3 failed  p99 12.30 ms  RSS 34.00 MiB"
        );
        (snapshot.late, snapshot.dropped) = (7, 9);
        assert_eq!(
            line(&snapshot, None, total, false),
            "12 s/30 s  200 users  2_412 calls  201/s  3 failed  p99 12.30 ms  9 dropped  7 late"
        );
        assert_eq!(
            line(&Snapshot::default(), None, total, false),
            "0 s/30 s  0 users  0 calls  0 failed"
        );
    }

    #[test]
    fn numbers_that_are_none_do_not_break_the_line() {
        let snapshot = Snapshot {
            intended: f64::NAN,
            ..Snapshot::default()
        };
        assert!(line(&snapshot, None, Duration::MAX, false).contains("n/a users"));
    }
}
