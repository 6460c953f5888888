//! What is read last: what to do, what was not enforced, how to reproduce, where it was measured.

use super::Frame;
use super::rows::Lines;
use super::safe::{MOST_BACKTICKS, block, fenced, longest_run, own, quote, short};
use super::top::plural_of;
use crate::diagnostic::Severity;
use crate::measurement::Purpose;
use crate::report::cells;
use crate::report::claims::{waived, waived_text};
use crate::report::model::{Finding, Report, Row};
use crate::report::phrases::{
    false_alarm_text, finding_text, identical_text, layouts_text, sensitivity_text, skipped_text,
};
use crate::report::reproduce::{ANCHOR, Command};
use crate::report::text::plural;
use crate::units::format_duration;
use crate::verdict::VerdictKind;
use std::collections::{BTreeMap, HashMap};

/// Excuses and unproven claims that are listed; more are counted.
const LISTED: usize = 10;
/// Rows that a text is said of by name.
const NAMED: usize = 3;
/// Columns of a text in a list.
const TEXT_COLUMNS: usize = 300;
/// Columns of a command, where it is broken over lines.
const COMMAND_COLUMNS: usize = 96;
/// Bytes of a command that anybody would paste.
const COMMAND_BYTES: usize = 2_000;

/// Opens a fold. The blank line lets Markdown begin again.
pub(super) fn fold(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{body}\n</details>\n\n")
}

/// What is excused and what is claimed and not proven: never folded away, because somebody answers for it.
pub(super) fn said_aloud(report: &Report) -> Option<String> {
    let excused = waived(&report.rows).map(|(row, waiver)| (row, waived_text(row, waiver)));
    let claimed = (report.rows.iter())
        .filter(|row| row.verdict != VerdictKind::Proven)
        .filter_map(|row| Some((row, row.statement.clone()?)));
    let mut lines = String::new();
    let mut all = excused.chain(claimed);
    for (row, text) in all.by_ref().take(LISTED) {
        lines.push_str(&format!(
            "- {}: {}\n",
            quote(&cells::name(row), 100),
            quote(&text, TEXT_COLUMNS)
        ));
    }
    let more = all.count();
    if more > 0 {
        lines.push_str(&format!(
            "- and {} in the JSON report\n",
            plural_of(more, "more")
        ));
    }
    (!lines.is_empty()).then(|| lines + "\n")
}

/// The command that measures the first broken row again, on any machine that has the repository.
pub(super) fn reproduce(report: &Report, loud: &Lines<'_>, frame: &Frame<'_>) -> Option<String> {
    let row = loud.rows.iter().find(|row| row.reproduce.is_some())?;
    let mut body = String::new();
    let own = report.base.as_ref().filter(|base| is_commit(&base.commit));
    let command = match own {
        _ if report.purpose == Purpose::Anchor => {
            Command::against(ANCHOR, &row.benchmark, &report.seed)
        }
        // The commits that a fork's run names are its own word, and may be of code that nobody has looked at: what a
        // reader is told to check out and start is the head that GitHub names, and the base that their own clone has.
        Some(_) if frame.from_fork => {
            if let Some(head) = frame.head.filter(|head| is_commit(head)) {
                body.push_str(&format!("git fetch origin\ngit fetch origin {head}\n"));
                body.push_str(&format!("git switch --detach {head}\n"));
            }
            Command::against("merge-base", &row.benchmark, &report.seed)
        }
        Some(base) => {
            let (base, candidate) = (&base.commit, &report.candidate);
            let is_merge = frame.head.is_some_and(|head| head != candidate.commit);
            if is_merge && !candidate.dirty && is_commit(&candidate.commit) {
                let merge = &candidate.commit;
                body.push_str(&format!("git fetch origin {base} {merge}\n"));
                body.push_str(&format!("git switch --detach {merge}\n"));
            } else {
                body.push_str(&format!("git fetch origin {base}\n"));
            }
            Command::new(&row.benchmark, report.base.as_ref(), &report.seed)
        }
        None => Command::new(&row.benchmark, report.base.as_ref(), &report.seed),
    };
    let lines = command.lines(COMMAND_COLUMNS);
    for line in lines {
        body.push_str(&line);
        body.push('\n');
    }
    if body.len() > COMMAND_BYTES || longest_run(&body) > MOST_BACKTICKS {
        return None;
    }
    Some(fold(
        "Reproduce the first broken row on your machine",
        &fenced("sh", &body),
    ))
}

/// Notes and next steps of the rows that a reader must see. What is said of several rows is said once.
pub(super) fn advice(loud: &Lines<'_>) -> Option<String> {
    let mut index: HashMap<&str, usize> = HashMap::new();
    let mut said: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in &loud.rows {
        for text in row.notes.iter().chain(&row.next_step) {
            let at = *index.entry(text).or_insert_with(|| {
                said.push((text, Vec::new()));
                said.len() - 1
            });
            said[at].1.push(row);
        }
    }
    if said.is_empty() {
        return None;
    }
    let body = block(said.iter(), |(text, rows)| {
        let mut names: Vec<String> = (rows.iter().take(NAMED))
            .map(|row| short(&cells::name(row), 60))
            .collect();
        let more = rows.len().saturating_sub(NAMED);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        format!("{}: {text}", names.join(", "))
    });
    Some(fold("What to do", &body))
}

/// Checks that said nothing, by reason.
pub(super) fn not_enforced(report: &Report) -> Option<String> {
    let checks: u32 = (report.skipped.iter())
        .map(|group| group.checks)
        .fold(0, u32::saturating_add);
    if report.skipped.is_empty() {
        return None;
    }
    let lines = (report.skipped.iter())
        .flat_map(|group| [Some((group, false)), group.remedy.map(|_| (group, true))])
        .flatten();
    let body = block(lines, |(group, is_remedy)| match skipped_text(group) {
        (_, Some(remedy)) if is_remedy => format!("  help: {remedy}"),
        (text, _) => text,
    });
    Some(fold(
        &format!("Not enforced: {}", plural(checks, "check")),
        &body,
    ))
}

/// Claims that hold, in the words that were proven.
pub(super) fn proven(report: &Report) -> Option<String> {
    let mut proven = (report.rows.iter())
        .filter(|row| row.verdict == VerdictKind::Proven)
        .filter_map(|row| Some((row, row.statement.as_ref()?)))
        .peekable();
    proven.peek()?;
    let count = proven.clone().count();
    let summary = format!("Proven: {}", plural_of(count, "claim"));
    let body = block(proven, |(row, text)| {
        format!("{}: {text}", short(&cells::name(row), 100))
    });
    Some(fold(&summary, &body))
}

/// Everything that was found, with what to do about it.
pub(super) fn findings(report: &Report) -> Option<String> {
    let counted = |severity, one: &str| {
        let count = (report.findings.iter())
            .filter(|finding| finding.severity == severity)
            .count();
        (count > 0).then(|| plural_of(count, one))
    };
    let counts: Vec<String> = [
        counted(Severity::Error, "error"),
        counted(Severity::Warning, "warning"),
        counted(Severity::Note, "note"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if counts.is_empty() {
        return None;
    }
    enum Line<'a> {
        Finding(&'a Finding),
        Note(&'a str),
        Help(&'a str),
    }
    let lines = report.findings.iter().flat_map(|finding| {
        let notes = finding.notes.iter().map(|note| Line::Note(note));
        let help = finding.help.iter().map(|help| Line::Help(help));
        std::iter::once(Line::Finding(finding))
            .chain(notes)
            .chain(help)
    });
    let body = block(lines, |line| match line {
        Line::Finding(finding) => finding_text(finding),
        Line::Note(note) => format!("  note: {note}"),
        Line::Help(help) => format!("  help: {help}"),
    });
    let summary = format!("Findings: {}", counts.join(", "));
    Some(fold(&summary, &body))
}

/// How sure the answer can be, and where it was found. Small, at the end.
pub(super) fn footer(report: &Report) -> String {
    let mut out = String::new();
    let sure: Vec<String> = [
        sensitivity_text(report),
        false_alarm_text(report),
        identical_text(report)
            .map(|_| "suites of identical machine code were not timed".to_owned()),
    ]
    .into_iter()
    .flatten()
    .map(|text| own(&sentence(&text)))
    .collect();
    if !sure.is_empty() {
        out.push_str(&format!("{}<br>", sure.join(" ")));
    }
    out.push_str(&origin(report).join(" · "));
    format!("<sub>{out}</sub>\n")
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

/// Facts of the job. Numbers are tollgate's own; what a file says stands in code spans.
fn origin(report: &Report) -> Vec<String> {
    let mut facts = vec![quote(&report.machine.line(), 160)];
    if report.rounds > 0 {
        facts.push(plural(report.rounds, "round"));
    }
    if report.attempts > 1 {
        facts.push(format!("{} attempts, judged together", report.attempts));
    }
    facts.extend(layouts_text(report));
    if !report.seed.is_empty() {
        facts.push(format!("seed {}", quote(&report.seed, 40)));
    }
    if !report.started.is_empty() {
        facts.push(quote(&to_the_second(&report.started), 40));
    }
    if let Some(took) = report.took {
        facts.push(format!("took {}", format_duration(took)));
    }
    match report.purpose {
        Purpose::Check => {}
        Purpose::Anchor => facts.push("drift since the anchor".to_owned()),
        Purpose::Calibrate | Purpose::Prove => facts.push("not a check".to_owned()),
    }
    if !report.version.is_empty() {
        facts.push(format!("tollgate {}", quote(&report.version, 40)));
    }
    facts.push(format!("exit {}", report.exit.code()));
    facts
}

/// `470 unchanged, 8 within-budget, 3 new`: what is in a fold.
pub(super) fn kinds(rows: &[&Row]) -> String {
    let mut counts: BTreeMap<VerdictKind, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.verdict).or_insert(0) += 1;
    }
    let mut counts: Vec<(VerdictKind, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let texts: Vec<String> = (counts.iter())
        .map(|(kind, count)| format!("{count} {}", kind.as_str()))
        .collect();
    texts.join(", ")
}

/// A whole commit id, as git writes it.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Without the part of a second: nobody looks for a run by nanoseconds.
fn to_the_second(started: &str) -> String {
    let Some((seconds, rest)) = started.split_once('.') else {
        return started.to_owned();
    };
    let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{seconds}{zone}")
}
