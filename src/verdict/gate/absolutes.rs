//! The checks against `max` and `min`: of the candidate alone, on any machine.

use super::GateInput;
use super::targets::{Target, check_of};
use crate::units::{Quantity, Unit};
use crate::verdict::{Allowed, Check, Limit, VerdictKind, judge_absolute};

/// The checks against `max` and `min`.
pub(super) fn judge_all(input: GateInput<'_>, targets: &[Target<'_>]) -> Vec<Check> {
    let mut checks = Vec::new();
    for target in targets {
        for (budget, about) in &target.limits {
            let (limit, allowed) = match about {
                Limit::Max(limit) => (limit, Allowed::AtMost),
                Limit::Min(limit) => (limit, Allowed::AtLeast),
                Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => continue,
            };
            checks.push(judge_one(input, target, *budget, limit, allowed));
        }
    }
    checks
}

fn judge_one(
    input: GateInput<'_>,
    target: &Target<'_>,
    budget: usize,
    limit: &Quantity,
    allowed: Allowed,
) -> Check {
    let about = match allowed {
        Allowed::AtMost => Limit::Max(limit.clone()),
        Allowed::AtLeast => Limit::Min(limit.clone()),
    };
    let unit = &target.series.metric.unit;
    let mut notes = Vec::new();
    let verdict = match target.estimate {
        _ if target.is_short() => VerdictKind::Invalid,
        None => {
            notes.push("no usable observation".to_owned());
            VerdictKind::Invalid
        }
        Some(_) if limit.unit != *unit && limit.unit != Unit::Count => {
            notes.push(format!(
                "the budget is in {}, the metric in {unit}",
                limit.unit
            ));
            VerdictKind::Invalid
        }
        Some(estimate) => {
            let verdict = judge_absolute(&estimate, limit.value, allowed);
            if verdict == VerdictKind::Inconclusive && estimate.low.is_infinite() {
                notes.push(format!(
                    "{} of the 5 invocations that an interval needs",
                    estimate.n
                ));
            }
            verdict
        }
    };
    let mut check = check_of(input, target, about, budget, verdict);
    check.notes.extend(notes);
    check
}
