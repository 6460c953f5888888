//! From a judged run to the report.

use super::cost::Costs;
use super::model::{
    BudgetLine, Finding, Machine, Meta, Report, Row, Sensitivity, SkippedGroup, SuiteSides,
    WaiverLine,
};
use super::{headline, rows};
use crate::budget::{Budgets, Waiver};
use crate::compare::{Method, NotComparable};
use crate::diagnostic::{Diagnostic, Place};
use crate::measurement::{Environment, OVERHEAD, Run};
use crate::units::Change;
use crate::verdict::{Gate, Limit, Standing, VerdictKind};
use std::collections::{BTreeMap, HashMap};
use std::mem::Discriminant;
use std::sync::Arc;
use std::time::Duration;

impl Report {
    /// Gathers what is worth saying. Takes time in proportion to the run and the checks.
    #[must_use]
    pub fn build(run: &Run, budgets: &Budgets, gate: &Gate, meta: &Meta) -> Self {
        let mut lines = Lines::default();
        let budget_lines: Vec<BudgetLine> = budgets
            .budgets
            .iter()
            .map(|budget| BudgetLine {
                bench: budget.bench.as_str().to_owned(),
                file: budget.place.file.clone(),
                line: lines.locate(&budget.place).0,
            })
            .collect();
        let waivers: Vec<WaiverLine> = (budgets.waivers.iter())
            .map(|waiver| waiver_line(waiver, &mut lines))
            .collect();
        let sides = sides(run);
        let context = rows::Context {
            run,
            budget_lines: &budget_lines,
            waivers: &waivers,
            failures: rows::failures_by_benchmark(&run.failures),
            is_paired: run.header.base.is_some() || !sides.is_empty(),
            costs: rows::wants_more_pairs(gate).then(|| Costs::of(run)),
        };
        let rows: Vec<Row> = gate
            .checks
            .iter()
            .map(|check| rows::row(check, &context))
            .collect();
        let mut findings: Vec<Finding> = gate
            .findings
            .iter()
            .map(|diagnostic| finding(diagnostic, &mut lines))
            .collect();
        // Worst first: renderers that lack room leave out the end.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let mut counts = BTreeMap::new();
        for row in &rows {
            *counts.entry(row.verdict).or_insert(0) += 1;
        }
        Self {
            version: meta.version.clone(),
            run_file: meta.run_file.clone(),
            headline: headline::headline(gate.exit, gate.accounting, &rows, run.header.partial),
            exit: gate.exit,
            accounting: gate.accounting,
            counts,
            skipped: skipped_groups(&rows),
            rows,
            findings,
            machine: machine(&run.environment),
            candidate: run.header.candidate.clone(),
            base: run.header.base.clone(),
            sides,
            purpose: run.header.purpose,
            attempts: u32::try_from(run.header.attempts.len())
                .unwrap_or(u32::MAX)
                .max(1),
            false_alarms: gate.false_alarms,
            sensitivity: sensitivity(gate),
            seed: run.header.seed.clone(),
            started: run.header.started.clone(),
            took: took(run.header.took_ms),
            rounds: rounds(run),
            partial: run.header.partial,
        }
    }
}

fn waiver_line(waiver: &Waiver, lines: &mut Lines) -> WaiverLine {
    WaiverLine {
        slower: waiver.slower,
        max: waiver.max.clone(),
        until: waiver.until.to_string(),
        reason: waiver.reason.clone(),
        issue: waiver.issue.clone(),
        file: waiver.place.file.clone(),
        line: lines.locate(&waiver.place).0,
    }
}

fn sides(run: &Run) -> Vec<SuiteSides> {
    (run.suites.iter())
        .filter(|suite| suite.name != OVERHEAD)
        .filter_map(|suite| {
            Some(SuiteSides {
                suite: suite.name.clone(),
                base: suite.base.clone()?,
                layouts: suite.layouts,
                layouts_missing: suite.layouts_missing.clone(),
            })
        })
        .collect()
}

/// Over what was compared in pairs; of two limits on one metric, what the stricter one could see.
fn sensitivity(gate: &Gate) -> Option<Sensitivity> {
    let mut seen: BTreeMap<_, f64> = BTreeMap::new();
    for check in &gate.checks {
        if let (Some(comparison), Limit::Slower(_)) = (&check.comparison, &check.limit)
            && !matches!(comparison.method, Method::Baseline | Method::Exact)
        {
            let size = comparison.detectable.log();
            let metric = check.metric.as_ref().map(|metric| &metric.name);
            let known = seen.entry((&check.benchmark, metric)).or_insert(size);
            *known = known.min(size);
        }
    }
    let mut sizes: Vec<f64> = seen.into_values().filter(|size| !size.is_nan()).collect();
    sizes.sort_by(f64::total_cmp);
    Some(Sensitivity {
        // Of an even number the larger of the two in the middle: nobody is promised more than half.
        median: Change::from_log(*sizes.get(sizes.len() / 2)?),
        worst: Change::from_log(*sizes.last()?),
        benchmarks: u32::try_from(sizes.len()).unwrap_or(u32::MAX),
    })
}

/// What tells reasons apart: numbers within a reason do not.
type Kind = (VerdictKind, Option<Discriminant<NotComparable>>);

fn skipped_groups(rows: &[Row]) -> Vec<SkippedGroup> {
    struct Group {
        group: SkippedGroup,
        wordings: std::collections::HashSet<String>,
    }
    let mut index: HashMap<Kind, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for row in rows
        .iter()
        .filter(|row| row.standing() == Standing::Skipped && !row.is_notable())
    {
        let why = row.not_comparable.as_ref();
        let wording = match (&row.reason, &row.limit) {
            (Some(reason), _) => reason.text.clone(),
            (None, Limit::None) => "no budget covers them".to_owned(),
            (None, _) => "no reason was recorded".to_owned(),
        };
        let at = *index
            .entry((row.verdict, why.map(std::mem::discriminant)))
            .or_insert_with(|| {
                groups.push(Group {
                    group: SkippedGroup {
                        verdict: row.verdict,
                        checks: 0,
                        reason: wording.clone(),
                        similar: 0,
                        remedy: row.reason.as_ref().and_then(|reason| reason.remedy),
                    },
                    wordings: std::collections::HashSet::new(),
                });
                groups.len() - 1
            });
        groups[at].group.checks += 1;
        groups[at].wordings.insert(wording);
    }
    groups
        .into_iter()
        .map(
            |Group {
                 mut group,
                 wordings,
             }| {
                group.similar = u32::try_from(wordings.len() - 1).unwrap_or(u32::MAX);
                group
            },
        )
        .collect()
}

fn finding(diagnostic: &Diagnostic, lines: &mut Lines) -> Finding {
    let position = diagnostic.place.as_ref().map(|place| lines.locate(place));
    Finding {
        code: diagnostic.code,
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
        file: diagnostic.place.as_ref().map(|place| place.file.clone()),
        line: position.map(|(line, _)| line),
        column: position.map(|(_, column)| column),
        notes: diagnostic.notes.clone(),
        help: diagnostic.help.clone(),
    }
}

fn machine(environment: &Environment) -> Machine {
    Machine {
        cpu: environment.cpu.name.clone(),
        cores: environment.cpu.cores,
        hypervisor: environment.hypervisor.clone(),
        os: environment.os.clone(),
        kernel: environment.kernel.clone(),
        arch: environment.arch.clone(),
        rustc: environment.toolchain.rustc.clone(),
    }
}

/// Nothing for a run that does not say, or says nonsense.
fn took(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1e3)
        .ok()
        .filter(|took| !took.is_zero())
}

fn rounds(run: &Run) -> u32 {
    run.benchmarks
        .iter()
        .flat_map(|benchmark| &benchmark.series)
        .flat_map(|series| &series.observations)
        .map(|observation| observation.invocation.saturating_add(1))
        .max()
        .unwrap_or(0)
}

/// Line starts of each source, found once: thousands of places may lie in one file.
#[derive(Default)]
struct Lines {
    starts: HashMap<*const u8, Vec<usize>>,
}

impl Lines {
    /// Line and column from 1, as [`Place::line_column`] gives them.
    fn locate(&mut self, place: &Place) -> (usize, usize) {
        let source = &place.source;
        let starts = self
            .starts
            .entry(Arc::as_ptr(source).cast::<u8>())
            .or_insert_with(|| {
                std::iter::once(0)
                    .chain(source.match_indices('\n').map(|(at, _)| at + 1))
                    .collect()
            });
        let at = source.floor_char_boundary(place.span.start.min(source.len()));
        let line = starts.partition_point(|start| *start <= at);
        let start = starts[line - 1];
        (line, source[start..at].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nonsense_durations_are_unknown() {
        for milliseconds in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(took(milliseconds), None, "{milliseconds}");
        }
        assert_eq!(took(1500.0), Some(Duration::from_millis(1500)));
    }

    proptest! {
        #[test]
        fn places_are_located_as_the_place_itself_says(text in "[a日\n]{0,40}", start in 0usize..60) {
            let place = Place {
                file: "budgets.toml".to_owned(),
                source: Arc::from(text.as_str()),
                span: start..start,
                label: String::new(),
            };
            prop_assert_eq!(Lines::default().locate(&place), place.line_column());
        }
    }
}
