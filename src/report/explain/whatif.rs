//! What other levels, tolerances and limits would say of the same numbers.

use super::judged::{Material, Own, Setting, verdict};
use super::lines::{DIM, INDENT, Lines, PLAIN, cells, interval};
use super::rule::size;
use crate::compare::{
    self, NotComparable, Overhead, OverheadLimits, OverheadStanding, Pair, overhead,
    speaks_for_itself,
};
use crate::measurement::{Better, Metric};
use crate::units::{Change, format_value};
use crate::verdict::{ALPHA, Allowed, BETA, Limit, judge_absolute};

/// Levels that are tried.
const ALPHAS: [f64; 3] = [0.01, ALPHA, 0.10];

/// Tolerances that are tried, as fractions.
const TOLERANCES: [f64; 3] = [0.03, 0.05, 0.10];

/// What the user wants to be tried as well.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Extra {
    /// Family-wise level, above 0 and below 0.5.
    pub(super) alpha: Option<f64>,
    pub(super) tolerance: Option<Change>,
}

/// What other levels and tolerances would say of the same numbers.
pub(super) fn relative(
    material: &Material<'_>,
    own: Own,
    extra: Extra,
    better: Better,
    lines: &mut Lines,
) {
    if let Err(reason) = material.compare(own.setting.levels, own.setting.zone) {
        let nothing = format!("nothing to try: {}", reason.describe());
        lines.prose(INDENT, PLAIN, &nothing);
        return;
    }
    let counted = match material {
        Material::Pairs { .. } => "pairs",
        Material::Jobs { .. } => "runs",
    };
    let mut rows = vec![cells(["alpha", "tolerance", counted, "change", "verdict"])];
    let mut row = |alpha: f64, setting: Setting, is_own: bool| {
        let compared = material.compare(setting.levels, setting.zone);
        let (pairs, change, said) = match compared {
            Ok(comparison) => (
                comparison.candidate_n.to_string(),
                format!("{} {}", comparison.effect, interval(comparison.interval)),
                verdict(&comparison, setting.zone, better)
                    .as_str()
                    .to_owned(),
            ),
            Err(reason) => ("-".to_owned(), "-".to_owned(), cannot(&reason)),
        };
        let mark = mark(is_own);
        rows.push(vec![
            alpha.to_string(),
            size(setting.zone.tolerance),
            pairs,
            change,
            format!("{said}{mark}"),
        ]);
    };
    for alpha in levels(extra.alpha) {
        let is_own = own.is_gates && alpha.total_cmp(&ALPHA).is_eq();
        row(alpha, own.setting.at_alpha(alpha), is_own);
    }
    for tolerance in tolerances(own.setting.zone.tolerance, extra.tolerance) {
        row(ALPHA, own.setting.with_tolerance(tolerance), false);
    }
    lines.table(&[true, true, true, true, false], &rows);
    let note = if own.is_gates {
        "< is the setting of the gate. These are the rules on these numbers alone; what the gate knows of the rest of the \
         run (waivers, a disturbed machine) is not in them."
    } else {
        "The gate did not judge these numbers; this is what its rules say of them, for a check that stands alone."
    };
    lines.prose(INDENT, DIM, note);
}

fn cannot(reason: &NotComparable) -> String {
    format!("cannot tell: {}", reason.describe())
}

/// Both bounds of an overhead claim beside their limits.
pub(super) fn overhead_bounds(
    numbers: &Overhead,
    limits: OverheadLimits,
    metric: &Metric,
    lines: &mut Lines,
) {
    let value = |value: f64| format_value(value, &metric.unit);
    let absolute = limits.absolute.map_or_else(|| "-".to_owned(), value);
    let rows = [
        cells(["bound", "lower", "estimate", "upper", "limit"]),
        vec![
            "relative".to_owned(),
            numbers.relative.low.to_string(),
            numbers.relative.estimate.to_string(),
            numbers.relative.high.to_string(),
            size(limits.relative),
        ],
        vec![
            "absolute".to_owned(),
            value(numbers.absolute.low),
            value(numbers.absolute.estimate),
            value(numbers.absolute.high),
            absolute,
        ],
    ];
    lines.table(&[false, true, true, true, true], &rows);
}

/// What other levels and relative limits would say of an overhead claim.
pub(super) fn overhead_claim(
    pairs: &[Pair],
    limits: OverheadLimits,
    extra: Extra,
    lines: &mut Lines,
) {
    let own = limits.relative;
    let mut rows = vec![cells(["level", "relative limit", "upper bound", "verdict"])];
    let mut row = |level: f64, relative: Change, is_own: bool| {
        let limits = OverheadLimits { relative, ..limits };
        let (high, said) = match overhead(pairs, limits, level) {
            Ok(found) => (found.relative.high.to_string(), standing(found.standing)),
            Err(reason) => ("-".to_owned(), cannot(&reason)),
        };
        let said = format!("{said}{}", mark(is_own));
        rows.push(vec![level.to_string(), size(relative), high, said]);
    };
    for level in levels(extra.alpha) {
        row(level, own, level.total_cmp(&BETA).is_eq());
    }
    for limit in tolerances(own, extra.tolerance) {
        row(BETA, limit, false);
    }
    lines.table(&[true, true, true, false], &rows);
}

fn standing(standing: OverheadStanding) -> String {
    match standing {
        OverheadStanding::Proven => "proven",
        OverheadStanding::NotProven => "not-proven",
        OverheadStanding::Violated => "violated",
        OverheadStanding::InvalidDesign => "invalid",
    }
    .to_owned()
}

/// What other levels would say of a ceiling or floor.
pub(super) fn absolute(
    values: &[f64],
    limit: &Limit,
    alpha: Option<f64>,
    metric: &Metric,
    lines: &mut Lines,
) {
    let (limit, allowed) = match limit {
        Limit::Max(limit) => (limit, Allowed::AtMost),
        Limit::Min(limit) => (limit, Allowed::AtLeast),
        Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => return,
    };
    let mut rows = vec![cells(["level", "interval", "verdict"])];
    for level in levels(alpha) {
        let estimate = compare::absolute(values, level, speaks_for_itself(metric));
        let mark = mark(level.total_cmp(&BETA).is_eq());
        let (interval, said) = estimate.map_or(("-".to_owned(), "invalid"), |estimate| {
            let bound = |bound: f64| format_value(bound, &metric.unit);
            (
                format!("[{}, {}]", bound(estimate.low), bound(estimate.high)),
                judge_absolute(&estimate, limit.value, allowed).as_str(),
            )
        });
        rows.push(vec![level.to_string(), interval, format!("{said}{mark}")]);
    }
    lines.table(&[true, true, false], &rows);
}

/// The levels that are tried, smallest first.
fn levels(extra: Option<f64>) -> Vec<f64> {
    let mut levels: Vec<f64> = ALPHAS.into_iter().chain(extra).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    levels
}

/// The tolerances that are tried beside `own`, smallest first.
fn tolerances(own: Change, extra: Option<Change>) -> Vec<Change> {
    let mut tolerances: Vec<Change> = (TOLERANCES.map(Change::from_fraction).into_iter())
        .chain(extra)
        .filter(|tolerance| size(*tolerance) != size(own))
        .collect();
    tolerances.sort_by(|a, b| a.log().total_cmp(&b.log()));
    tolerances.dedup_by(|a, b| size(*a) == size(*b));
    tolerances
}

/// Behind the row that is the gate's own.
const fn mark(is_own: bool) -> &'static str {
    if is_own { " <" } else { "" }
}
