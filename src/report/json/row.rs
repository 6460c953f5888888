//! One row of the report for programs.

use crate::budget::{Enforcement, Unresolved};
use crate::compare::{AbsoluteEstimate, Comparison, Method, NotComparable, OverheadStanding};
use crate::measurement::Metric;
use crate::report::model::{Row, WaiverLine};
use crate::units::{Change, Quantity};
use crate::verdict::{Limit, Standing, VerdictKind};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct RowView<'a> {
    suite: &'a str,
    benchmark: &'a str,
    metric: Option<&'a Metric>,
    verdict: VerdictKind,
    standing: Standing,
    fails: bool,
    severity: Enforcement,
    unresolved: Unresolved,
    limit: Option<LimitView<'a>>,
    budget: Option<BudgetView<'a>>,
    change: Option<ChangeView>,
    value: Option<ValueView>,
    overhead: Option<OverheadView<'a>>,
    waiver: Option<WaiverView<'a>>,
    not_comparable: Option<ReasonView<'a>>,
    notes: &'a [String],
    next_step: Option<&'a str>,
    reproduce: Option<&'a str>,
}

#[derive(Serialize)]
struct LimitView<'a> {
    kind: &'static str,
    value: Option<f64>,
    unit: &'a str,
    /// Of overhead claims: the second limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    absolute: Option<AmountView<'a>>,
}

#[derive(Serialize)]
struct AmountView<'a> {
    value: Option<f64>,
    unit: &'a str,
}

#[derive(Serialize)]
struct OverheadView<'a> {
    standing: OverheadStanding,
    statement: Option<&'a str>,
    off: Option<f64>,
    on: Option<f64>,
    relative: BoundsView,
    absolute: BoundsView,
    pairs: u32,
    more_pairs: Option<u32>,
}

#[derive(Serialize)]
struct BoundsView {
    estimate: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Serialize)]
struct WaiverView<'a> {
    slower: Option<f64>,
    max: Option<AmountView<'a>>,
    until: &'a str,
    reason: &'a str,
    issue: Option<&'a str>,
    file: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct BudgetView<'a> {
    bench: &'a str,
    file: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct ChangeView {
    method: Method,
    base: Option<f64>,
    candidate: Option<f64>,
    effect: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    level: Option<f64>,
    pass_low: Option<f64>,
    pass_high: Option<f64>,
    detectable: Option<f64>,
    base_n: u32,
    candidate_n: u32,
    more_pairs: Option<u32>,
}

#[derive(Serialize)]
struct ValueView {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    n: u32,
}

#[derive(Serialize)]
struct ReasonView<'a> {
    #[serde(flatten)]
    why: &'a NotComparable,
    text: &'a str,
    remedy: Option<&'a str>,
}

impl<'a> RowView<'a> {
    pub(super) fn of(row: &'a Row) -> Self {
        Self {
            suite: &row.benchmark.suite,
            benchmark: &row.benchmark.name,
            metric: row.metric.as_ref(),
            verdict: row.verdict,
            standing: row.standing(),
            fails: row.fails(),
            severity: row.severity,
            unresolved: row.unresolved,
            limit: LimitView::of(&row.limit),
            budget: row.budget.as_ref().map(|budget| BudgetView {
                bench: &budget.bench,
                file: &budget.file,
                line: budget.line,
            }),
            change: row.comparison.as_ref().map(ChangeView::of),
            value: row.absolute.as_ref().map(ValueView::of),
            overhead: OverheadView::of(row),
            waiver: row.waiver.as_ref().map(WaiverView::of),
            not_comparable: (row.not_comparable.as_ref().zip(row.reason.as_ref())).map(
                |(why, reason)| ReasonView {
                    why,
                    text: &reason.text,
                    remedy: reason.remedy,
                },
            ),
            notes: &row.notes,
            next_step: row.next_step.as_deref(),
            reproduce: row.reproduce.as_deref(),
        }
    }
}

impl<'a> LimitView<'a> {
    fn of(limit: &'a Limit) -> Option<Self> {
        let (kind, value, unit, absolute) = match limit {
            Limit::Slower(tolerance) => ("slower", fraction(*tolerance), "ratio", None),
            Limit::Max(quantity) => ("max", finite(quantity.value), quantity.unit.name(), None),
            Limit::Min(quantity) => ("min", finite(quantity.value), quantity.unit.name(), None),
            Limit::Overhead {
                relative, absolute, ..
            } => (
                "overhead",
                fraction(*relative),
                "ratio",
                absolute.as_ref().map(AmountView::of),
            ),
            Limit::None => return None,
        };
        Some(Self {
            kind,
            value,
            unit,
            absolute,
        })
    }
}

impl ChangeView {
    fn of(comparison: &Comparison) -> Self {
        Self {
            method: comparison.method,
            base: finite(comparison.base),
            candidate: finite(comparison.candidate),
            effect: fraction(comparison.effect),
            low: fraction(comparison.interval.low),
            high: fraction(comparison.interval.high),
            level: finite(comparison.fail_level),
            pass_low: fraction(comparison.pass_interval.low),
            pass_high: fraction(comparison.pass_interval.high),
            detectable: fraction(comparison.detectable),
            base_n: comparison.base_n,
            candidate_n: comparison.candidate_n,
            more_pairs: comparison.more_pairs,
        }
    }
}

impl<'a> AmountView<'a> {
    fn of(quantity: &'a Quantity) -> Self {
        Self {
            value: finite(quantity.value),
            unit: quantity.unit.name(),
        }
    }
}

impl<'a> OverheadView<'a> {
    fn of(row: &'a Row) -> Option<Self> {
        let overhead = row.overhead.as_ref()?;
        let (relative, absolute) = (overhead.relative, overhead.absolute);
        Some(Self {
            standing: overhead.standing,
            statement: row.statement.as_deref(),
            off: finite(overhead.off),
            on: finite(overhead.on),
            relative: BoundsView {
                estimate: fraction(relative.estimate),
                low: fraction(relative.low),
                high: fraction(relative.high),
            },
            absolute: BoundsView {
                estimate: finite(absolute.estimate),
                low: finite(absolute.low),
                high: finite(absolute.high),
            },
            pairs: overhead.pairs,
            more_pairs: overhead.more_pairs,
        })
    }
}

impl<'a> WaiverView<'a> {
    fn of(waiver: &'a WaiverLine) -> Self {
        Self {
            slower: waiver.slower.and_then(fraction),
            max: waiver.max.as_ref().map(AmountView::of),
            until: &waiver.until,
            reason: &waiver.reason,
            issue: waiver.issue.as_deref(),
            file: &waiver.file,
            line: waiver.line,
        }
    }
}

impl ValueView {
    fn of(estimate: &AbsoluteEstimate) -> Self {
        Self {
            value: finite(estimate.value),
            low: finite(estimate.low),
            high: finite(estimate.high),
            n: estimate.n,
        }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// candidate / base - 1. An unbounded side is `null`, also the lower one, whose fraction would be -1.
pub(super) fn fraction(change: Change) -> Option<f64> {
    finite(change.log()).and_then(|_| finite(change.fraction()))
}
