//! How much of a change is none, where nobody says.

use crate::units::Change;
use crate::workload::metrics::quantile_of;

/// Of percentiles up to this one.
const BODY: f64 = 0.95;

/// Tolerance of a metric that scatters by its nature more than a mean of a benchmark does: 10 % of response times up to p95
/// and of their mean, 15 % of percentiles above and of the maximum. `None` for all others, for which `[defaults]` speaks.
///
/// From simulations of run-level judging: with 1,000 calls a run and runs that differ by 5 %, a tail that is 10 % longer is seen
/// by 20 pairs in nearly all cases, and at p99 in two of three with few calls.
#[must_use]
pub fn usual_tolerance(metric: &str) -> Option<Change> {
    let fraction = match (metric, quantile_of(metric)) {
        ("mean" | "service-mean", _) => 0.10,
        ("max" | "service-max", _) => 0.15,
        (_, Some(share)) if share <= BODY => 0.10,
        (_, Some(_)) => 0.15,
        (_, None) => return None,
    };
    Some(Change::from_fraction(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_have_more_room_than_bodies_and_other_metrics_have_none_of_their_own() {
        for (metric, percent) in [
            ("p50", Some(10.0)),
            ("p95", Some(10.0)),
            ("service-p95", Some(10.0)),
            ("mean", Some(10.0)),
            ("p99", Some(15.0)),
            ("p99.9", Some(15.0)),
            ("p99@30s", Some(15.0)),
            ("p95@30s", Some(10.0)),
            ("max", Some(15.0)),
            ("throughput", None),
            ("error-rate", None),
            ("time", None),
            ("queue/p99", None),
            ("response-time", None),
        ] {
            let found = usual_tolerance(metric).map(|change| 100.0 * change.fraction());
            assert_eq!(
                found.map(|percent| percent.round() as i64),
                percent.map(|percent: f64| percent as i64),
                "{metric}"
            );
        }
    }
}
