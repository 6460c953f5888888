//! A model in words.

use crate::workload::Model;
use crate::workload::scenario::{Arrivals, Closed, Open};
use std::time::Duration;

/// The model in words that say all of it: `closed: 50 users, delay 100 ms, 30 s`, `open: 200/s constant, 30 s`. With ramps:
/// `open: 0/s to 500/s in 10 s, 500/s for 20 s, Poisson`.
#[must_use]
pub fn words(model: &Model) -> String {
    match model {
        Model::Closed(closed) => closed_words(closed),
        Model::Open(open) => open_words(open),
    }
}

fn closed_words(closed: &Closed) -> String {
    let stages = closed
        .stages
        .iter()
        .map(|stage| (f64::from(stage.users), stage.over));
    let mut text = format!(
        "closed: {}",
        levels(f64::from(closed.start), stages, " users")
    );
    if closed.delay.is_zero() {
        text.push_str(", no delay");
    } else {
        text.push_str(&format!(", delay {}", time(closed.delay)));
    }
    if let Some(calls) = closed.calls_per_user {
        text.push_str(&format!(", at most {calls} flows each"));
    }
    text
}

fn open_words(open: &Open) -> String {
    let stages = open.stages.iter().map(|stage| (stage.rate, stage.over));
    let spacing = match open.arrivals {
        Arrivals::Constant => "constant",
        Arrivals::Poisson => "Poisson",
    };
    format!(
        "open: {}, {spacing}, at most {} in flight",
        levels(open.start, stages, "/s"),
        open.max_in_flight
    )
}

fn levels(start: f64, stages: impl Iterator<Item = (f64, Duration)>, unit: &str) -> String {
    let mut level = start;
    let mut parts = Vec::new();
    for (next, over) in stages {
        let moves = (next - level).abs() > 0.0;
        if over.is_zero() {
            if moves {
                parts.push(format!("at once {next}{unit}"));
            }
        } else if moves {
            parts.push(format!("{level} to {next}{unit} in {}", time(over)));
        } else {
            parts.push(format!("{level}{unit} for {}", time(over)));
        }
        level = next;
    }
    parts.join(", ")
}

fn time(duration: Duration) -> String {
    format!("{duration:?}")
}
