//! Budgets on percentiles that a run can never have calls enough for.

use crate::budget::mistakes::{Mistakes, quoted};
use crate::budget::raw::Section;
use crate::budget::value::FLOW;
use crate::budget::{Source, Suite};
use crate::diagnostic::Code;
use crate::units::{Unit, format_value};
use crate::workload::calls::{self, Of};
use crate::workload::{ALL, PROCESS, Workload};

/// Whether the budget's glob matches a benchmark of a workload.
pub(in crate::budget::validate) fn is_spoken_of(section: &Section, suites: &[Suite]) -> bool {
    let Some(glob) = section.glob("bench") else {
        return false;
    };
    workloads(suites).any(|workload| {
        let times = timed(workload).map(|(name, _)| name);
        times
            .chain([PROCESS.to_owned()])
            .any(|name| glob.matches(&format!("{}/{name}", workload.name)))
    })
}

/// Whether the suite of this name is a workload.
pub(in crate::budget::validate) fn is_one(suite: &str, suites: &[Suite]) -> bool {
    workloads(suites).any(|workload| workload.name == suite)
}

fn workloads(suites: &[Suite]) -> impl Iterator<Item = &Workload> {
    suites.iter().filter_map(|suite| match &suite.source {
        Source::Workload(workload) => Some(&**workload),
        _ => None,
    })
}

/// The benchmarks that have percentiles.
fn timed(workload: &Workload) -> impl Iterator<Item = (String, Of)> {
    let endpoints = workload.endpoints.iter().enumerate();
    let flows = workload.flows.iter().enumerate();
    [(ALL.to_owned(), Of::All)]
        .into_iter()
        .chain(endpoints.map(|(index, endpoint)| (endpoint.name.clone(), Of::Endpoint(index))))
        .chain(
            flows
                .filter(|(_, flow)| flow.steps.len() > 1)
                .map(|(index, flow)| (format!("{FLOW}{}", flow.name), Of::Flow(index))),
        )
}

/// A percentile of too few calls says how the last one went. Refused where no benchmark of a workload that the budget speaks
/// of can have enough; where some cannot, the run tells which.
pub(in crate::budget::validate) fn has_calls_enough(
    section: &Section,
    metric: &str,
    suites: &[Suite],
    mistakes: &mut Mistakes,
) {
    let (Some(percentile), Some(glob)) = (calls::percentile(metric), section.glob("bench")) else {
        return;
    };
    let needed = calls::needed(percentile.quantile);
    #[expect(clippy::cast_precision_loss, reason = "compared with a bound")]
    let wanted = needed as f64;
    let mut most: Option<(f64, String)> = None;
    for workload in workloads(suites) {
        for (name, of) in timed(workload) {
            let id = format!("{}/{name}", workload.name);
            if !glob.matches(&id) {
                continue;
            }
            match calls::most(workload, of, percentile.window) {
                Some(bound) if bound < wanted => {
                    if most.as_ref().is_none_or(|(most, _)| bound > *most) {
                        most = Some((bound, id));
                    }
                }
                _ => return,
            }
        }
    }
    let Some((bound, id)) = most else {
        return;
    };
    let count = |number: f64| format_value(number, &Unit::Count);
    let within = if percentile.window.is_some() {
        "any window"
    } else {
        "a run"
    };
    let message = format!(
        "`{metric}` of {} cannot be told: it needs {} calls, and {within} has at most {}",
        quoted(&id),
        count(wanted),
        count(bound.floor())
    );
    let share = quoted(metric).replace('`', "");
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                section.span_of("metric"),
                message,
                "too few calls",
            )
            .with_note(format!(
                "20 calls must lie beyond a percentile: 20 / (1 - p) in all, {} for {share}",
                count(wanted)
            ))
            .with_help(format!(
                "{}, or budget a lower percentile{}",
                "make the workload longer or larger",
                lower(bound)
            )),
    );
}

/// What so many calls are enough for.
fn lower(bound: f64) -> String {
    [
        ("p99", 2_000.0),
        ("p95", 400.0),
        ("p90", 200.0),
        ("p50", 40.0),
    ]
    .iter()
    .find(|(_, calls)| *calls <= bound)
    .map_or_else(
        || " or the `mean`".to_owned(),
        |(name, _)| format!(": `{name}`"),
    )
}
