//! A model in words, for records and reports.

use crate::units::format_duration;
use crate::workload::Model;
use crate::workload::scenario::Arrivals;

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
            format!(
                "open: {} {arrivals}, at most {} at once",
                course(open.start, stages, &|rate| format!("{rate}/s"), ""),
                open.max_in_flight
            )
        }
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
    let mut parts = Vec::new();
    for (next, over) in stages {
        if over.is_zero() {
            now = next;
            continue;
        }
        let over = format_duration(over);
        parts.push(if next == now {
            format!("{}{unit} for {over}", show(next))
        } else {
            format!("{} to {}{unit} in {over}", show(now), show(next))
        });
        now = next;
    }
    match parts.as_slice() {
        [one] if now == start => one
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
        closed: 9 users for 30 s, no delay
        open: 200/s constant, at most 1000 at once
        open: 0.5/s to 500/s in 10 s, 500/s for 1 min poisson, at most 1000 at once
        ");
    }
}
