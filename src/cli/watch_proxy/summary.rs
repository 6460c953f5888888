//! What a watched server's clients did, for people and for programs.

use crate::load::proxy::Watch;
use crate::report::safe_name;
use crate::units::format_duration;
use crate::workload::runaway::{Finding, Seen};
use std::fmt::Write as _;
use std::time::Duration;

/// Rows that are shown; JSON has all.
const ROWS: usize = 20;

/// Version of the JSON.
const FORMAT: u32 = 1;

/// One finding.
pub(super) fn line(found: &Finding) -> String {
    let endpoint = safe_name(&found.endpoint);
    match &found.client {
        Some(client) => format!("{} calls {endpoint}: {found}", safe_name(client)),
        None => format!("{endpoint}: {found}"),
    }
}

pub(super) fn text(watch: &Watch) -> String {
    let tracker = &watch.tracker;
    let seen = tracker.seen();
    let mut out = String::new();
    let mut say = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    let time = format_duration(watch.time);
    if tracker.calls() == 0 {
        say(format!(
            "No calls in {time}: nothing can be said. Did clients call the proxy's address?"
        ));
        return out;
    }
    say(format!("{} in {time}", counted(tracker.calls(), "call")));
    for row in seen.iter().take(ROWS) {
        let median = row.median.map_or("-".to_owned(), format_duration);
        say(format!(
            "  {} calls {}: {}, {:.1}/s, median interval {median}",
            safe_name(&row.client),
            safe_name(&row.endpoint),
            counted(row.calls, "time"),
            rate(row),
        ));
    }
    if seen.len() > ROWS {
        say(format!(
            "  and {} more clients and endpoints: --json has them all",
            seen.len() - ROWS
        ));
    }
    if tracker.evicted() > 0 {
        say(format!(
            "  {} clients and endpoints were forgotten to stay within bounds; what they did later counts from zero",
            tracker.evicted()
        ));
    }
    if watch.unanswered > 0 {
        let problem = watch.last_problem.as_deref().unwrap_or_default();
        say(format!(
            "The server did not answer {}, at last: {}",
            counted(watch.unanswered, "call"),
            safe_name(problem)
        ));
    }
    if watch.refused > 0 {
        say(format!(
            "{} upgrades (WebSockets) were refused: the proxy passes plain HTTP only",
            watch.refused
        ));
    }
    match tracker.findings() {
        [] => say("Nobody calls far too often.".to_owned()),
        findings => {
            say(format!("Far too often: {}", findings.len()));
            findings
                .iter()
                .for_each(|found| say(format!("  {}", line(found))));
        }
    }
    if tracker.untold() > 0 {
        say(format!(
            "  and more: {} calls showed something else that is not kept",
            tracker.untold()
        ));
    }
    out
}

/// `1 call`, `2 calls`.
fn counted(count: u64, one: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{count} {one}{many}")
}

/// Calls per second between the first and the last.
fn rate(seen: &Seen) -> f64 {
    let span = (seen.last - seen.first).as_secs_f64();
    if span > 0.0 {
        (seen.calls - 1) as f64 / span
    } else {
        0.0
    }
}

/// # Errors
/// From writing JSON, which is only out of memory.
pub(super) fn json(upstream: &str, watch: &Watch) -> serde_json::Result<String> {
    let tracker = &watch.tracker;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let clients: Vec<_> = tracker
        .seen()
        .iter()
        .map(|row| {
            serde_json::json!({
                "client": row.client, "endpoint": row.endpoint, "calls": row.calls, "per_second": rate(row),
                "first_ms": ms(row.first), "last_ms": ms(row.last), "median_interval_ms": row.median.map(ms),
            })
        })
        .collect();
    let findings: Vec<_> = tracker
        .findings()
        .iter()
        .map(|found| {
            serde_json::json!({
                "class": found.class.word(), "client": found.client, "endpoint": found.endpoint, "calls": found.calls,
                "from_ms": ms(found.from), "to_ms": ms(found.to), "span_ms": ms(found.span), "interval_ms": ms(found.observed),
                "expected_interval_ms": ms(found.expected), "times": found.times, "clients": found.clients,
                "text": found.to_string(),
            })
        })
        .collect();
    let mut out = String::new();
    let document = serde_json::json!({
        "format": "tollgate-watch-proxy", "version": FORMAT, "upstream": upstream, "seconds": watch.time.as_secs_f64(),
        "calls": tracker.calls(), "forgotten": tracker.evicted(), "findings_not_kept": tracker.untold(),
        "unanswered": watch.unanswered, "refused_upgrades": watch.refused,
        "clients": clients, "findings": findings,
    });
    let text = serde_json::to_string_pretty(&document)?;
    // Writing into a string cannot fail.
    let _infallible = writeln!(out, "{text}");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::runaway::{Declared, Tracker};

    fn watch() -> Watch {
        let mut tracker = Tracker::new(vec![Declared::parse("* = 2 s").unwrap()]);
        for n in 0..200 {
            tracker.record(
                Duration::from_millis(50 * n),
                "\u{1b}[31m::error::x",
                "GET /poll",
            );
        }
        tracker.record(Duration::from_secs(11), "10.0.0.1", "GET /<script>");
        Watch {
            tracker,
            time: Duration::from_secs(12),
            unanswered: 1,
            refused: 2,
            last_problem: Some("connection\nclosed".to_owned()),
        }
    }

    #[test]
    fn a_summary_says_who_calls_what_and_hostile_names_command_nothing() {
        insta::assert_snapshot!(text(&watch()));
    }

    #[test]
    fn without_a_call_nothing_is_said_to_be_well() {
        let watch = Watch {
            tracker: Tracker::new(Vec::new()),
            ..watch()
        };
        let text = text(&watch);
        assert!(
            text.starts_with("No calls in 12 s") && !text.contains("Nobody"),
            "{text}"
        );
    }

    #[test]
    fn json_has_everything() {
        let text = json("http://127.0.0.1:1", &watch()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["calls"], 201);
        assert_eq!(value["findings"][0]["class"], "runaway");
        assert_eq!(value["findings"][0]["interval_ms"], 50.0);
        assert_eq!(value["clients"].as_array().unwrap().len(), 2);
        assert_eq!(value["clients"][0]["per_second"], 20.0);
    }
}
