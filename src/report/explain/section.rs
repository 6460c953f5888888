//! One metric: its verdicts, its rounds, and what stands behind them.

use super::evidence::{Evidence, Names};
use super::judged::{Material, Own, Setting, alone, floors, setting};
use super::lines::{DIM, INDENT, Lines, PLAIN};
use super::plot::Plot;
use super::scale::{FLOOR, TOLERANCE};
use super::{ExplainInput, Extra, Judged, distribution, looks, rule, said, values, whatif};
use crate::compare::{Method, OverheadLimits, added, raised, repeats_exactly};
use crate::measurement::{Metric, OVERHEAD};
use crate::report::cells;
use crate::units::{Change, format_value};
use crate::verdict::Limit;

/// Values that may differ before counts are drawn like times.
const DISTINCT: usize = 8;

const SIDES: Names = Names {
    base: "base",
    candidate: "candidate",
    short: "cand",
};

/// An overhead claim measures one revision twice.
const SWITCH: Names = Names {
    base: "off",
    candidate: "on",
    short: "on",
};

/// Everything about one metric.
pub(super) fn section(
    input: ExplainInput<'_>,
    metric: &Metric,
    checks: &[Judged<'_>],
    lines: &mut Lines,
) {
    let evidence = Evidence::of(input.run, input.benchmark, metric);
    let material = if evidence.two_sided {
        Material::Pairs {
            pairs: raised(&evidence.pairs(), added(metric)).into_owned(),
            exact: repeats_exactly(metric),
        }
    } else {
        let candidate = evidence.candidates();
        Material::jobs(
            input.run,
            input.baselines,
            input.benchmark,
            metric,
            candidate,
        )
    };
    let family = (input.gate.checks.iter())
        .filter(|check| matches!(check.limit, Limit::Slower(_)))
        .count();
    let floors = floors(input.run, input.benchmark, metric);
    let found = |(check, _): &Judged<'_>| {
        let Limit::Slower(tolerance) = check.limit else {
            return None;
        };
        setting(
            &material,
            check.comparison.as_ref()?,
            tolerance,
            &floors,
            family,
        )
    };
    if checks.is_empty() {
        lines.heading(&format!("[{}] no budget speaks of it", metric.name));
    }
    let settings: Vec<Option<Setting>> = checks.iter().map(found).collect();
    for (judged, setting) in checks.iter().zip(&settings) {
        said::verdict(judged, setting.as_ref(), lines);
    }
    let context = Context {
        input,
        metric,
        evidence: &evidence,
        material: &material,
        floors: &floors,
    };
    context.rounds(checks, &settings, lines);
    distribution::pooled(
        input.run,
        input.benchmark,
        metric,
        evidence.two_sided,
        context.names(),
        lines,
    );
    context.baseline(checks, &settings, lines);
    if checks.is_empty() && evidence.two_sided && input.benchmark.suite != OVERHEAD {
        let own = Own {
            setting: alone(input.budgets.defaults.tolerance, &floors),
            is_gates: false,
        };
        context.unjudged(own, lines);
    }
    for (judged, setting) in checks.iter().zip(&settings) {
        context.behind(judged, *setting, lines);
    }
}

struct Context<'a> {
    input: ExplainInput<'a>,
    metric: &'a Metric,
    evidence: &'a Evidence<'a>,
    material: &'a Material<'a>,
    floors: &'a [f64],
}

impl Context<'_> {
    fn extra(&self) -> Extra {
        Extra {
            alpha: self.input.alpha,
            tolerance: self.input.tolerance,
        }
    }

    fn names(&self) -> Names {
        if self.input.benchmark.suite == OVERHEAD {
            SWITCH
        } else {
            SIDES
        }
    }

    /// The limits that are marked on the scale: those of the checks, else of the default tolerance.
    fn limits(&self, checks: &[Judged<'_>], settings: &[Option<Setting>]) -> Vec<(f64, char)> {
        let mut limits = Vec::new();
        for setting in settings.iter().flatten() {
            limits.push((setting.zone.floor.log(), FLOOR));
        }
        for (check, _) in checks {
            match &check.limit {
                Limit::Slower(limit)
                | Limit::Overhead {
                    relative: limit, ..
                } => {
                    limits.push((limit.log(), TOLERANCE));
                }
                Limit::Max(_) | Limit::Min(_) | Limit::None => {}
            }
        }
        limits
    }

    fn rounds(&self, checks: &[Judged<'_>], settings: &[Option<Setting>], lines: &mut Lines) {
        lines.heading("Rounds");
        if self.evidence.rounds.is_empty() {
            lines.prose(INDENT, PLAIN, "nothing was recorded");
            return;
        }
        if repeats_exactly(self.metric) && self.few_values() {
            values::values(self.evidence, self.metric, self.names(), lines);
            values::dropped(self.evidence, self.names(), lines);
            return;
        }
        let pairs = self.evidence.pairs().len();
        let used = (checks.iter())
            .filter_map(|(check, _)| check.comparison.as_ref())
            .filter(|comparison| is_paired(comparison.method))
            .map(|comparison| comparison.base_n)
            .max()
            .filter(|used| (*used as usize) < pairs);
        let reference = (checks.iter())
            .filter_map(|(check, _)| check.comparison.as_ref())
            .map(|comparison| comparison.base)
            .chain(crate::stats::median(&self.evidence.candidates()))
            .next()
            .unwrap_or(f64::NAN);
        let limits = self.limits(checks, settings);
        let legend = self.legend(&limits, reference);
        Plot {
            evidence: self.evidence,
            metric: self.metric,
            names: self.names(),
            limits,
            reference,
            used,
        }
        .draw(lines);
        values::dropped(self.evidence, self.names(), lines);
        lines.prose(INDENT, DIM, &legend);
    }

    fn legend(&self, limits: &[(f64, char)], reference: f64) -> String {
        let against = if self.evidence.two_sided {
            let names = self.names();
            format!("change = {} over {}", names.candidate, names.base)
        } else {
            let reference = format_value(reference, &self.metric.unit);
            format!("change = against {reference}")
        };
        let mut parts = vec![against];
        let tolerance = if self.input.benchmark.suite == OVERHEAD {
            "the limit"
        } else {
            "the tolerance"
        };
        for (mark, name) in [(FLOOR, "the floor"), (TOLERANCE, tolerance)] {
            let mut sizes: Vec<String> = (limits.iter())
                .filter(|(limit, of)| *of == mark && *limit > 0.0)
                .map(|(limit, _)| rule::size(Change::from_log(*limit)))
                .collect();
            sizes.dedup();
            if !sizes.is_empty() {
                parts.push(format!("{mark} {name} {}", sizes.join(", ")));
            }
        }
        parts.join("; ")
    }

    fn few_values(&self) -> bool {
        let mut bits: Vec<u64> = (self.evidence.rounds.iter())
            .flat_map(|round| [round.base, round.candidate])
            .filter_map(|value| value.number().map(f64::to_bits))
            .collect();
        bits.sort_unstable();
        bits.dedup();
        bits.len() <= DISTINCT
    }

    /// The jobs that predicted this one.
    fn baseline(&self, checks: &[Judged<'_>], settings: &[Option<Setting>], lines: &mut Lines) {
        let expected = (checks.iter())
            .filter_map(|(check, _)| check.comparison.as_ref())
            .find(|comparison| comparison.method == Method::Baseline)
            .map(|comparison| comparison.base);
        if let (Some(expected), Material::Jobs { jobs, .. }) = (expected, self.material) {
            lines.heading("Jobs of the baseline");
            let limits = self.limits(checks, settings);
            values::baseline_jobs(jobs, expected, self.metric, &limits, lines);
        }
    }

    /// What no budget speaks of: as it would be judged alone with the default tolerance.
    fn unjudged(&self, own: Own, lines: &mut Lines) {
        let compared = self.material.compare(own.setting.levels, own.setting.zone);
        lines.heading("Looks, with the default tolerance");
        looks::looks(
            self.material,
            own,
            compared.as_ref().ok(),
            self.metric.better,
            lines,
        );
        lines.heading("What if");
        whatif::relative(self.material, own, self.extra(), self.metric.better, lines);
    }

    /// What stands behind one check.
    fn behind(&self, (check, row): &Judged<'_>, found: Option<Setting>, lines: &mut Lines) {
        let name = cells::limit(row);
        match &check.limit {
            Limit::Slower(tolerance) => {
                let own = Own {
                    setting: found.unwrap_or_else(|| alone(*tolerance, self.floors)),
                    is_gates: found.is_some(),
                };
                if let Material::Pairs { pairs, .. } = self.material {
                    let by_looks = (check.comparison.as_ref())
                        .is_none_or(|comparison| is_paired(comparison.method));
                    if !pairs.is_empty() && by_looks {
                        lines.heading(&format!("Looks ({name})"));
                        let decided = check.comparison.as_ref().filter(|_| own.is_gates);
                        let better = self.metric.better;
                        looks::looks(self.material, own, decided, better, lines);
                    }
                }
                if self.evidence.rounds.is_empty() {
                    return said::sensitivity(check, row, lines);
                }
                lines.heading(&format!("What if ({name})"));
                let better = self.metric.better;
                whatif::relative(self.material, own, self.extra(), better, lines);
            }
            Limit::Max(_) | Limit::Min(_) => {
                lines.heading(&format!("What if ({name})"));
                let values = self.evidence.candidates();
                whatif::absolute(&values, &check.limit, self.input.alpha, self.metric, lines);
            }
            Limit::Overhead {
                relative, absolute, ..
            } => {
                let limits = OverheadLimits {
                    relative: *relative,
                    absolute: absolute.as_ref().map(|limit| limit.value),
                };
                if let Some(numbers) = &check.overhead {
                    lines.heading(&format!("Bounds ({name})"));
                    whatif::overhead_bounds(numbers, limits, self.metric, lines);
                }
                lines.heading(&format!("What if ({name})"));
                whatif::overhead_claim(&self.evidence.pairs(), limits, self.extra(), lines);
            }
            Limit::None => {}
        }
        said::sensitivity(check, row, lines);
    }
}

const fn is_paired(method: Method) -> bool {
    matches!(
        method,
        Method::Paired | Method::PairedByLayout | Method::Pooled
    )
}
