//! What is odd about the values behind a row: it changes no verdict, and a reader must know it.

use super::pairs::Pairs;
use crate::compare::{coarse_clock, repeats_exactly};
use crate::measurement::Metric;
use crate::stats;
use crate::units::format_value;
use crate::verdict::VerdictKind;

/// What is odd about the values behind a row that is looked at: two modes, a clock that is too coarse.
pub(super) fn about_the_values(
    metric: &Metric,
    verdict: VerdictKind,
    pairs: &Pairs,
) -> Vec<String> {
    let is_looked_at = matches!(
        verdict,
        VerdictKind::Regressed | VerdictKind::Improved | VerdictKind::Inconclusive
    );
    if !is_looked_at || repeats_exactly(metric) {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let base: Vec<f64> = pairs.usable.iter().map(|pair| pair.base).collect();
    let candidate: Vec<f64> = pairs.usable.iter().map(|pair| pair.candidate).collect();
    for (name, values) in [("base", base), ("candidate", candidate)] {
        if let Some(modes) = stats::bimodal(&values) {
            notes.push(format!(
                "invocations of the {name} have two modes: about {} and {} ({:.0}% of them)",
                format_value(modes.low, &metric.unit),
                format_value(modes.high, &metric.unit),
                100.0 * modes.share_high
            ));
        }
    }
    if coarse_clock(&pairs.usable) {
        notes.push(
            "the clock is too coarse for this metric: most values are equal to others; measure more work at once"
                .to_owned(),
        );
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Pair;

    fn pairs(values: impl Iterator<Item = (f64, f64)>) -> Pairs {
        let usable: Vec<Pair> = values
            .map(|(base, candidate)| Pair::plain(base, candidate))
            .collect();
        Pairs {
            rounds: usable.len(),
            usable,
        }
    }

    /// Numbers around 1 that are all different, without a pattern.
    fn wobble(i: u32) -> f64 {
        1.0 + 0.01 * (f64::from(i * 37 % 41) / 41.0 - 0.5)
    }

    #[test]
    fn two_modes_of_a_side_are_named_where_somebody_looks() {
        let two = pairs((0..40).map(|i| {
            let mode = if i * 7 % 10 < 5 { 100.0 } else { 140.0 };
            (100.0 * wobble(i), mode * wobble(i + 3))
        }));
        let notes = about_the_values(&Metric::time(), VerdictKind::Inconclusive, &two);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(
            notes[0].contains("of the candidate have two modes"),
            "{notes:?}"
        );
        assert!(about_the_values(&Metric::time(), VerdictKind::Unchanged, &two).is_empty());
        let one = pairs((0..40).map(|i| (100.0 * wobble(i), 140.0 * wobble(i + 3))));
        let notes = about_the_values(&Metric::time(), VerdictKind::Regressed, &one);
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn a_clock_of_few_steps_is_named_and_counts_have_no_clock() {
        let coarse = pairs((0..12).map(|i| (f64::from(100 + i % 3), f64::from(110 + i % 2))));
        let notes = about_the_values(&Metric::time(), VerdictKind::Regressed, &coarse);
        assert!(
            notes.iter().any(|note| note.contains("too coarse")),
            "{notes:?}"
        );
        let count = Metric::lower("allocations", crate::units::Unit::Count);
        assert!(about_the_values(&count, VerdictKind::Regressed, &coarse).is_empty());
    }
}
