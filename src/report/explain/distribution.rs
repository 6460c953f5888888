//! All calls of each side together, where invocations are histograms.

use super::evidence::Names;
use super::lines::{DIM, INDENT, Lines, cells};
use crate::measurement::{BenchmarkId, Evidence, Histogram, Metric, Run, Side};
use crate::units::{Unit, format_value};

/// The percentiles of all calls of a side. Merging is exact to the width of a bucket; but calls of one run share its luck, so
/// nothing is concluded from them: what is judged are the runs.
pub(super) fn pooled(
    run: &Run,
    id: &BenchmarkId,
    metric: &Metric,
    two_sided: bool,
    names: Names,
    lines: &mut Lines,
) {
    let mut rows = vec![cells(["side", "p50", "p90", "p99", "max", "calls"])];
    let mut damaged = 0;
    for (side, name) in [(Side::Base, names.base), (Side::Candidate, names.candidate)] {
        if side == Side::Base && !two_sided {
            continue;
        }
        let mut all = Histogram::new();
        for evidence in evidence_of(run, id, metric, side) {
            if let Evidence::Histogram(one) = evidence {
                match one.histogram() {
                    Ok(histogram) => all.add(&histogram),
                    Err(_) => damaged += 1,
                }
            }
        }
        if all.is_empty() {
            continue;
        }
        let time = |value: Option<u64>| {
            value.map_or_else(
                || "-".to_owned(),
                |value| format_value(value as f64, &metric.unit),
            )
        };
        let mut row = vec![name.to_owned()];
        row.extend([0.5, 0.9, 0.99].map(|share| time(all.quantile(share))));
        row.push(time(all.max()));
        row.push(format_value(all.len() as f64, &Unit::Count));
        rows.push(row);
    }
    if damaged > 0 {
        let text = format!("{damaged} histograms could not be read and are left out");
        lines.prose(INDENT, DIM, &text);
    }
    if rows.len() > 1 {
        lines.heading("All calls together");
        lines.table(&[false, true, true, true, true, true], &rows);
        let text = "reported, not tested: calls of one run are not independent, runs are judged";
        lines.prose(INDENT, DIM, text);
    }
}

fn evidence_of<'a>(
    run: &'a Run,
    id: &'a BenchmarkId,
    metric: &'a Metric,
    side: Side,
) -> impl Iterator<Item = &'a Evidence> {
    (run.benchmarks.iter())
        .filter(move |benchmark| benchmark.id == *id)
        .flat_map(|benchmark| &benchmark.series)
        .filter(move |series| series.metric == *metric)
        .flat_map(|series| &series.observations)
        .filter(move |observation| observation.side == side)
        .map(|observation| &observation.evidence)
}
