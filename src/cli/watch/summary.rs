//! What was seen, for people.

use super::limits::{Finding, mean_cpu, per_minute};
use super::{Ended, Watched};
use crate::collect::observe::Look;
use crate::collect::process::describe_status;
use crate::units::{Unit, format_duration, format_value};
use crate::workload::leak::{Leak, Shape};
use crate::workload::record::ProcessSample;
use std::time::Duration;

/// CPU time over time between two looks, of one core; `None` where no time lies between them.
pub(super) fn cpu_share(before: &ProcessSample, after: &ProcessSample) -> Option<f64> {
    let time = after.at.checked_sub(before.at)?.as_secs_f64();
    let cpu = after.cpu.saturating_sub(before.cpu).as_secs_f64();
    (time > 0.0).then(|| cpu / time)
}

/// The whole block.
pub(super) fn text(watched: &Watched, leak: Option<&Leak>, findings: &[Finding]) -> String {
    let looks = watched.series.looks();
    let mut text = format!("{}\n", heading(watched, &looks));
    if let (Some(first), Some(last)) = (looks.first(), looks.last()) {
        for (name, told) in rows(watched, &looks, &first.sample, &last.sample) {
            text.push_str(&format!("  {name:<10} {told}\n"));
        }
        text.push_str(&format!("  {:<10} {}\n", "leak", leaking(leak)));
        text.push_str(&format!("  {:<10} {}\n", "watching", own(watched)));
    }
    for finding in findings {
        let limit = finding.show(finding.limit);
        text.push_str(&match finding.value {
            None => format!(
                "unknown  {}: too little was seen to tell whether it is at most {limit}; watch for longer\n",
                finding.name()
            ),
            Some(value) => {
                let (word, than) = match finding.is_broken() {
                    true => ("broken ", "more than"),
                    false => ("ok     ", "at most"),
                };
                format!("{word}  {}: {}, {than} {limit}\n", finding.name(), finding.show(value))
            }
        });
    }
    text
}

fn heading(watched: &Watched, looks: &[Look]) -> String {
    let seen = looks.last().map_or(Duration::ZERO, |look| look.sample.at);
    let how = match &watched.ended {
        Ended::InTime => String::new(),
        Ended::Interrupted => {
            format!(" of {}, ended by Ctrl-C", format_duration(watched.length))
        }
        Ended::Gone(None) => ", until it ended".to_owned(),
        Ended::Gone(Some(status)) => format!(", until it ended with {}", describe_status(*status)),
    };
    format!(
        "watched {} for {}{how}: {} looks, every {}",
        watched.name,
        format_duration(seen),
        watched.series.count(),
        format_duration(watched.every)
    )
}

fn rows(
    watched: &Watched,
    looks: &[Look],
    first: &ProcessSample,
    last: &ProcessSample,
) -> Vec<(&'static str, String)> {
    let bytes = |bytes: u64| format_value(bytes as f64, &Unit::Bytes);
    let share = |share: f64| format_value(share, &Unit::Ratio);
    let mut rows = Vec::new();
    let highest = (looks.windows(2))
        .filter_map(|two| cpu_share(&two[0].sample, &two[1].sample))
        .fold(None, |most: Option<f64>, next| {
            Some(most.map_or(next, |most| most.max(next)))
        });
    rows.push((
        "CPU",
        match (mean_cpu(&watched.series), highest) {
            (Some(mean), Some(highest)) => format!(
                "{} of a core, {} at most between two looks; {} since its start",
                share(mean),
                share(highest),
                format_duration(last.cpu)
            ),
            _ => format!("{} since its start", format_duration(last.cpu)),
        },
    ));
    rows.push((
        "RSS",
        format!(
            "{} at the end, {} at the beginning, {} at most",
            bytes(last.rss),
            bytes(first.rss),
            bytes(watched.series.peak_rss())
        ),
    ));
    if let Some(pss) = looks.iter().rev().find_map(|look| look.sample.pss) {
        rows.push(("PSS", format!("{} when it was last read", bytes(pss))));
    }
    let most = looks
        .iter()
        .map(|look| look.sample.processes)
        .max()
        .unwrap_or(0);
    rows.push((
        "processes",
        format!("{most} at most, {} at the end", last.processes),
    ));
    rows.push((
        "threads",
        format!(
            "{} at most, {} at the end",
            watched.series.peak_threads(),
            last.threads
        ),
    ));
    rows.push((
        "files",
        match (watched.series.peak_fds(), last.fds) {
            (Some(peak), Some(last)) => format!("{peak} open at most, {last} at the end"),
            _ => "may not be seen".to_owned(),
        },
    ));
    rows.push((
        "storage",
        match (last.read, last.written) {
            (Some(read), Some(written)) => format!(
                "{} read, {} written",
                bytes(read.saturating_sub(first.read.unwrap_or(read))),
                bytes(written.saturating_sub(first.written.unwrap_or(written)))
            ),
            _ => "may not be seen".to_owned(),
        },
    ));
    if let Some(lag) = lag(looks) {
        rows.push(("lag", lag));
    }
    rows
}

/// How long main threads waited for a CPU.
fn lag(looks: &[Look]) -> Option<String> {
    let (first, last) = (looks.first()?, looks.last()?);
    let time = last.sample.at.checked_sub(first.sample.at)?.as_secs_f64();
    let waited = last.waited?.saturating_sub(first.waited?);
    (time > 0.0).then(|| {
        let share = waited.as_secs_f64() / time;
        format!(
            "main threads waited {} for a CPU, {} of the time",
            format_duration(waited),
            format_value(share, &Unit::Ratio)
        )
    })
}

fn leaking(leak: Option<&Leak>) -> String {
    let Some(leak) = leak else {
        return "cannot be told: there are no looks after the warm-up".to_owned();
    };
    let growth = format!(
        "{} (between {} and {})",
        per_minute(leak.slope),
        per_minute(leak.low),
        per_minute(leak.high)
    );
    match leak.shape {
        Shape::TooShort => "cannot be told: too few looks, or too short a time".to_owned(),
        Shape::Level => "none: its memory stays where it is".to_owned(),
        Shape::Plateau => "none: its memory grew, and stopped".to_owned(),
        Shape::Rising => format!("its memory grows by {growth}, to the end"),
    }
}

fn own(watched: &Watched) -> String {
    let cpu = watched.own_cpu.map_or_else(
        || "unknown CPU".to_owned(),
        |cpu| format!("{} of a core", format_value(cpu, &Unit::Ratio)),
    );
    let memory = watched.own_memory.map_or_else(String::new, |memory| {
        format!(" and {}", format_value(memory as f64, &Unit::Bytes))
    });
    format!("took {cpu}{memory} itself")
}
