//! Models and stops in words, for records and messages.

use crate::units::{Unit, format_duration, format_value};
use crate::workload::scenario::Arrivals;
use crate::workload::{Model, Stop};

/// All of it: `closed: 50 users, delay 100 ms`, `open: 100/s to 500/s in 10 s, poisson, at most 1000 at once`.
pub(super) fn model(model: &Model) -> String {
    match model {
        Model::Closed(closed) => {
            let start = (closed.start, ());
            let stages = (closed.stages.iter()).map(|stage| ((stage.users, ()), stage.over));
            let mut text = format!(
                "closed: {}",
                course(start, stages, &|(users, ())| users.to_string(), " users")
            );
            if let Some(calls) = closed.calls_per_user {
                text.push_str(&format!(", {calls} calls a user"));
            }
            match closed.delay {
                delay if delay.is_zero() => text.push_str(", no delay"),
                delay => text.push_str(&format!(", delay {}", format_duration(delay))),
            }
            text
        }
        Model::Open(open) => {
            let stages = open.stages.iter().map(|stage| (stage.rate, stage.over));
            let arrivals = match open.arrivals {
                Arrivals::Constant => "constant",
                Arrivals::Poisson => "poisson",
            };
            let rates = course(open.start, stages, &|rate| format!("{rate}/s"), "");
            let comma = if rates.contains(' ') { "," } else { "" };
            let most = open.max_in_flight;
            format!("open: {rates}{comma} {arrivals}, at most {most} at once")
        }
    }
}

/// Why something was stopped.
pub(super) fn stop(stop: &Stop) -> String {
    let bytes = |bytes: u64| format_value(bytes as f64, &Unit::Bytes);
    let percent = |share: f64| format_value(share, &Unit::Ratio);
    let time = |nanoseconds: f64| format_value(nanoseconds, &Unit::Nanoseconds);
    match stop {
        Stop::Interrupted => "interrupted".to_owned(),
        Stop::Memory { used, limit } => format!(
            "its processes hold {} of memory, more than the {} that `safety` allows",
            bytes(*used),
            bytes(*limit)
        ),
        Stop::ErrorRate { share, limit } => format!(
            "{} of the calls failed, more than the {} that `safety` allows",
            percent(*share),
            percent(*limit)
        ),
        Stop::Requests { limit } => format!("the {limit} calls that `safety` allows were made"),
        Stop::Time { limit } => {
            format!(
                "the {} that `safety` allows are over",
                format_duration(*limit)
            )
        }
        Stop::Disk { free, limit } => format!(
            "only {} of disk are free, and `safety` keeps {}",
            bytes(*free),
            bytes(*limit)
        ),
        Stop::Window { what, value, limit } => {
            format!("{what} was {}, above {}", time(*value), time(*limit))
        }
        Stop::TargetDied { status } => format!("the target ended with {status}"),
    }
}

/// `50 users`, where nothing changes; `0 to 50 users in 10 s, 50 users for 1 min` where it does.
fn course<T: PartialEq + Copy>(
    start: T,
    stages: impl Iterator<Item = (T, std::time::Duration)>,
    show: &dyn Fn(T) -> String,
    unit: &str,
) -> String {
    let mut now = start;
    let mut changes = false;
    let mut parts = Vec::new();
    for (next, over) in stages {
        if over.is_zero() {
            now = next;
            continue;
        }
        let over = format_duration(over);
        changes |= next != now;
        parts.push(if next == now {
            format!("{}{unit} for {over}", show(next))
        } else {
            format!("{} to {}{unit} in {over}", show(now), show(next))
        });
        now = next;
    }
    match parts.as_slice() {
        [one] if !changes => one
            .split_once(" for ")
            .map_or_else(|| one.clone(), |(held, _)| held.to_owned()),
        _ => parts.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::scenario::{Closed, Open, RateStage, UserStage};
    use std::time::Duration;

    #[test]
    fn a_model_says_all_of_itself() {
        let closed = |start, stages: &[(u32, u64)], calls_per_user, delay| {
            model(&Model::Closed(Closed {
                start,
                stages: (stages.iter())
                    .map(|&(users, over)| UserStage {
                        users,
                        over: Duration::from_secs(over),
                    })
                    .collect(),
                calls_per_user,
                delay: Duration::from_millis(delay),
            }))
        };
        let open = |start, stages: &[(f64, u64)], arrivals| {
            model(&Model::Open(Open {
                arrivals,
                start,
                stages: (stages.iter())
                    .map(|&(rate, over)| RateStage {
                        rate,
                        over: Duration::from_secs(over),
                    })
                    .collect(),
                max_in_flight: 1000,
            }))
        };
        let all = [
            closed(50, &[(50, 30)], None, 100),
            closed(0, &[(50, 10), (50, 30), (0, 5)], Some(20), 0),
            closed(1, &[(9, 0), (9, 30)], None, 0),
            open(200.0, &[(200.0, 30)], Arrivals::Constant),
            open(0.5, &[(500.0, 10), (500.0, 60)], Arrivals::Poisson),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        closed: 50 users, delay 100 ms
        closed: 0 to 50 users in 10 s, 50 users for 30 s, 50 to 0 users in 5 s, 20 calls a user, no delay
        closed: 9 users, no delay
        open: 200/s constant, at most 1000 at once
        open: 0.5/s to 500/s in 10 s, 500/s for 1 min, poisson, at most 1000 at once
        ");
    }
}
