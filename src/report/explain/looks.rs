//! Every look of a paired comparison.

use super::judged::{Material, Own, Setting};
use super::lines::{DIM, INDENT, Lines, cells, interval};
use super::rule::size;
use crate::compare::{Comparison, Decision};
use crate::measurement::Better;
use crate::verdict::ALPHA;

/// Every look, and which of them the verdict was made at.
pub(super) fn looks(
    material: &Material<'_>,
    own: Own,
    decided: Option<&Comparison>,
    better: Better,
    lines: &mut Lines,
) {
    let looks = material.looks(own.setting.levels, own.setting.zone);
    let mut rows = vec![cells([
        "pairs",
        "estimate",
        "fail interval",
        "pass interval",
        "says",
    ])];
    for look in &looks {
        let says = match (look.decision, better) {
            (None, _) => "nothing yet",
            (Some(Decision::Same), _) => "the same",
            (Some(Decision::More), Better::Lower) | (Some(Decision::Less), Better::Higher) => {
                "worse"
            }
            (Some(Decision::Less), Better::Lower) | (Some(Decision::More), Better::Higher) => {
                "better"
            }
        };
        let here = decided.is_some_and(|comparison| comparison.base_n == look.n);
        rows.push(vec![
            look.n.to_string(),
            look.effect.to_string(),
            interval(look.interval),
            interval(look.pass_interval),
            if here {
                format!("{says} <")
            } else {
                says.to_owned()
            },
        ]);
    }
    lines.table(&[true, true, true, true, false], &rows);
    let decision = decided.map(|comparison| {
        let at = comparison.base_n;
        let earlier = (looks.iter()).any(|look| look.n < at && look.decision.is_some());
        let look = looks.iter().find(|look| look.n == at);
        match look.map(|look| look.decision) {
            Some(Some(_)) if earlier => format!(
                "decided at {at} pairs (<); an earlier look that said `the same` did not count, because it could not have \
                 seen twice the tolerance"
            ),
            Some(Some(_)) => format!("decided at {at} pairs (<); later looks change nothing"),
            Some(None) => format!("no look decided; the verdict is that of the last, {at} pairs (<)"),
            None => "the verdict was not made at one of these looks".to_owned(),
        }
    });
    let Setting { levels, zone } = own.setting;
    let of_job = if own.is_gates {
        format!("for this check (of {ALPHA} for the job)")
    } else {
        "as for a check that stands alone".to_owned()
    };
    let levels = format!(
        "fail level {} {of_job}, pass level {}; floor {}, tolerance {}",
        level(levels.fail),
        level(levels.pass),
        size(zone.floor),
        size(zone.tolerance)
    );
    for sentence in decision.iter().chain([&levels]) {
        lines.prose(INDENT, DIM, sentence);
    }
}

/// Three digits.
fn level(level: f64) -> String {
    if level >= 0.001 {
        let text = format!("{level:.4}");
        text.trim_end_matches('0').to_owned()
    } else {
        format!("{level:.2e}")
    }
}
