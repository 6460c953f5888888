//! Checks of what was not timed, because its base is the same program or cannot be measured.

use super::GateInput;
use super::relative::IDENTICAL;
use super::sides::{Base, Sides};
use super::targets::{Untimed, bare_check};
use crate::compare::NotComparable;
use crate::diagnostic::{Code, Diagnostic};
use crate::verdict::{Check, Limit, VerdictKind};

pub(super) fn judge_all(input: GateInput<'_>, untimed: &[Untimed<'_>]) -> Vec<Check> {
    untimed
        .iter()
        .flat_map(|one| {
            (one.limits.iter()).map(move |(budget, limit)| judge(input, one, *budget, limit))
        })
        .collect()
}

fn judge(input: GateInput<'_>, untimed: &Untimed<'_>, budget: usize, limit: &Limit) -> Check {
    let check = |verdict| {
        let (id, metric) = (untimed.id.clone(), untimed.metric.clone());
        bare_check(input, id, metric, limit.clone(), budget, verdict)
    };
    let is_relative = matches!(limit, Limit::Slower(_));
    match untimed.base {
        // What is not touched cannot break a limit: whether it held before is the business of who measured it then.
        Base::Identical => {
            let mut check = check(VerdictKind::Unchanged);
            check.notes.push(IDENTICAL.to_owned());
            if !is_relative {
                check
                    .notes
                    .push("its value was not measured in this run".to_owned());
            }
            check
        }
        Base::Unusable(why) if is_relative => {
            let mut check = check(VerdictKind::NotComparable);
            check.not_comparable = Some(NotComparable::BaseUnusable {
                why: why.to_owned(),
            });
            check
        }
        Base::Unusable(_) | Base::Measured | Base::None => {
            let mut check = check(VerdictKind::Missing);
            check
                .notes
                .push("listed by the tool, and never measured".to_owned());
            check
        }
    }
}

/// Suites without a base to compare with, by name.
pub(super) fn unusable_bases(
    input: GateInput<'_>,
    sides: &Sides<'_>,
    findings: &mut Vec<Diagnostic>,
) {
    for suite in &input.run.suites {
        let Base::Unusable(why) = sides.base(&suite.name) else {
            continue;
        };
        let mut finding = Diagnostic::warning(
            Code::BaseNotMeasured,
            format!(
                "suite `{}` is not compared: its base could not be measured",
                suite.name
            ),
        )
        .with_help("absolute budgets (`max`, `min`) hold without a base");
        finding.notes = why.lines().take(20).map(str::to_owned).collect();
        findings.push(finding);
    }
}
