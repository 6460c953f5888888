//! The scores as Markdown. Pure.

use crate::data::Recording;
use crate::rules::{Budget, Rule};
use crate::tally::{Count, Estimates, RuleScore, Verdicts, estimates, verdicts};
use std::collections::BTreeMap;
use tollgate::stats::clopper_pearson;

/// Confidence of the intervals of all shares.
const CONFIDENCE: f64 = 0.95;

/// Budgets whose verdicts are listed: tolerance, floor.
const BUDGETS: [(f64, f64); 4] = [(0.05, 0.02), (0.05, 0.01), (0.03, 0.02), (0.03, 0.01)];

/// Checks of a job.
const CHECKS: [u32; 3] = [1, 20, 100];

/// What was injected, as the head of a column.
fn percent_of(slowdown: u32) -> String {
    format!("+{} %", f64::from(slowdown) / 10.0)
}

/// `15 % (8.0 to 25)`: the share and its exact interval.
fn share(hits: u64, all: u64) -> String {
    match clopper_pearson(hits, all, CONFIDENCE) {
        Some((low, high)) => format!(
            "{} % ({} to {})",
            percent(hits as f64 / all as f64),
            percent(low),
            percent(high)
        ),
        None => not_judged(),
    }
}

/// One decimal below 10 %, none for nothing and everything.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 9.95 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    }
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn head(cells: &[String]) -> String {
    let line: Vec<&str> = cells
        .iter()
        .enumerate()
        .map(|(at, _)| if at == 0 { "---" } else { "--:" })
        .collect();
    format!("{}|{}|\n", row(cells), line.join("|"))
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Everything that was injected in this recording, smallest first.
fn slowdowns(recording: &Recording) -> Vec<u32> {
    let comparisons = recording.jobs.iter().flat_map(|job| &job.comparisons);
    let mut all: Vec<u32> = comparisons
        .map(|comparison| comparison.slowdown)
        .filter(|&slowdown| slowdown > 0)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The rows of one rule in the first two tables.
pub(crate) struct RuleRows {
    /// False alarms and cost.
    pub(crate) alarms: String,
    /// Detection.
    pub(crate) power: String,
}

impl RuleRows {
    /// Scores the rule.
    pub(crate) fn of(rule: &Rule, recording: &Recording) -> Self {
        let score = RuleScore::of(rule, recording);
        let unchanged = score.unchanged();
        let any = |count: Count| share(count.slower + count.faster, count.judged);
        let alarms = row(&[
            rule.name.to_owned(),
            unchanged.judged.to_string(),
            any(unchanged),
            share(unchanged.slower, unchanged.judged),
            any(score.quiet),
            any(score.disturbed),
            score
                .processes()
                .map_or_else(not_judged, |mean| format!("{mean:.0}")),
            score
                .seconds()
                .map_or_else(not_judged, |mean| format!("{mean:.2}")),
        ]);
        let mut power = vec![rule.name.to_owned()];
        power.extend(slowdowns(recording).iter().map(|slowdown| {
            let count = score.injected.get(slowdown).copied().unwrap_or_default();
            share(count.slower, count.judged)
        }));
        Self {
            alarms,
            power: row(&power),
        }
    }
}

/// All tables.
pub(crate) fn tables(recording: &Recording, rules: &[Rule]) -> String {
    let rows: Vec<RuleRows> = rules
        .iter()
        .map(|rule| RuleRows::of(rule, recording))
        .collect();
    let slowdowns = slowdowns(recording);
    let mut power_head = cells(["rule"]);
    power_head.extend(slowdowns.iter().copied().map(percent_of));
    let mut text = title(recording) + &facts(recording);
    text.push_str("\n#### Nothing changed: false alarms\n\n");
    text.push_str(&head(&cells([
        "rule",
        "compared",
        "any change claimed",
        "\"slower\" claimed",
        "any, without neighbour",
        "any, with neighbour",
        "processes",
        "seconds",
    ])));
    text.extend(rows.iter().map(|rows| rows.alarms.as_str()));
    text.push_str("\n#### Slower by a known amount: how often \"slower\" was claimed\n\n");
    text.push_str(&head(&power_head));
    text.extend(rows.iter().map(|rows| rows.power.as_str()));
    text.push_str(&budgets(recording, &slowdowns));
    text.push_str(&checked(recording));
    text
}

/// What another recording adds: our verdicts and the estimates.
pub(crate) fn more_estimates(recording: &Recording) -> String {
    let verdicts = budgets(recording, &slowdowns(recording));
    [
        title(recording),
        facts(recording),
        verdicts,
        checked(recording),
    ]
    .concat()
}

fn title(recording: &Recording) -> String {
    let copies = if recording.header.fresh_copies {
        "each pair"
    } else {
        "each job"
    };
    format!("\n### The program copied anew for {copies}\n\n")
}

fn facts(recording: &Recording) -> String {
    let header = &recording.header;
    let disturbed = recording
        .jobs
        .iter()
        .filter(|job| job.neighbours > 0)
        .count();
    let loads: Vec<f64> = recording.jobs.iter().filter_map(|job| job.load).collect();
    let steals: Vec<f64> = recording.jobs.iter().filter_map(|job| job.steal).collect();
    let range = |values: &[f64], factor: f64| {
        if values.is_empty() {
            return "unknown".to_owned();
        }
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{:.1} to {:.1}", factor * low, factor * high)
    };
    let seconds: f64 = recording.jobs.iter().map(|job| job.seconds).sum();
    format!(
        "Recorded {} on {}, {} cores, {}, hypervisor {}. {} jobs in {:.0} minutes, {disturbed} of them disturbed by the \
         recorder's own neighbour. Load average of the last minute: {}. CPU time stolen by the hypervisor, in percent: {}.\n",
        header.date,
        header.machine.cpu,
        header.machine.cores,
        header.machine.kernel,
        header.machine.hypervisor.as_deref().unwrap_or("none"),
        recording.jobs.len(),
        seconds / 60.0,
        range(&loads, 1.0),
        range(&steals, 100.0),
    )
}

/// Verdicts of tollgate for each budget and what was injected.
fn budgets(recording: &Recording, slowdowns: &[u32]) -> String {
    let mut text = "\n#### Verdicts of tollgate\n\nIn each cell: regressed / improved / unchanged / not-slower / inconclusive, \
                    then the pairs that it took on average.\n\n"
        .to_owned();
    let mut columns = cells(["budget, floor", "checks in the job", "unchanged"]);
    columns.extend(slowdowns.iter().copied().map(percent_of));
    text.push_str(&head(&columns));
    for (tolerance, floor) in BUDGETS {
        for checks in CHECKS {
            let counts = verdicts(recording, Budget::new(tolerance, floor, checks));
            let mut cells = vec![
                format!("+{:.0} %, {:.0} %", 100.0 * tolerance, 100.0 * floor),
                checks.to_string(),
            ];
            let injected = std::iter::once(&0).chain(slowdowns);
            cells.extend(
                injected.map(|slowdown| counts.get(slowdown).map_or_else(not_judged, verdict_cell)),
            );
            text.push_str(&row(&cells));
        }
    }
    text
}

fn verdict_cell(counts: &Verdicts) -> String {
    format!(
        "{}/{}/{}/{}/{}, {:.0}",
        counts.regressed,
        counts.improved,
        counts.unchanged,
        counts.not_slower,
        counts.inconclusive,
        counts.pairs as f64 / counts.judged as f64
    )
}

fn not_judged() -> String {
    "not judged".to_owned()
}

/// Whether what was injected arrived, and whether intervals hold it.
fn checked(recording: &Recording) -> String {
    let mut text = "\n#### Estimates over all pairs against what was injected\n\n".to_owned();
    text.push_str(&head(&cells([
        "kernel",
        "injected",
        "compared",
        "median estimate",
        "5 to 95 % of the estimates",
        "95 % intervals that hold it",
        "scatter, in standard errors",
    ])));
    let mut sums: BTreeMap<usize, Estimates> = BTreeMap::new();
    for ((kernel, slowdown), estimates) in estimates(recording) {
        let signed = |p: f64| format!("{:+.2}", 100.0 * estimates.quantile(p));
        text.push_str(&row(&[
            recording.header.kernels[kernel].name.clone(),
            percent_of(slowdown),
            estimates.len().to_string(),
            format!("{} %", signed(0.5)),
            format!("{} to {} %", signed(0.05), signed(0.95)),
            format!("{} of {}", estimates.covered, estimates.len()),
            format!("{:.1}", estimates.scatter()),
        ]));
        sums.entry(kernel).or_default().add(&estimates);
    }
    for (kernel, sum) in sums {
        text.push_str(&row(&[
            recording.header.kernels[kernel].name.clone(),
            "all".to_owned(),
            sum.len().to_string(),
            String::new(),
            String::new(),
            share(sum.covered, sum.len()),
            format!("{:.1}", sum.scatter()),
        ]));
    }
    text
}

#[cfg(test)]
mod tests;
