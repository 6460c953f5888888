//! What an answer that is not a success says. Its text is GitHub's, or that of whatever stands between: foreign.

use super::Answer;
use crate::report::safe_name;
use serde::Deserialize;
use std::time::Duration;

/// Characters of a foreign text that are shown.
const SHOWN: usize = 200;
/// Fields of a 422 that are shown.
const FIELDS: usize = 5;

/// The common form of GitHub's errors.
#[derive(Deserialize)]
struct Problem {
    message: Option<String>,
    // Objects mostly, sometimes plain strings: read by hand, so that a new form spoils nothing.
    errors: Option<serde_json::Value>,
}

fn problem(body: &[u8]) -> Option<Problem> {
    serde_json::from_slice(body).ok()
}

/// What an answer says of itself, in one short and harmless line; `None` if it says nothing.
#[must_use]
pub fn said(body: &[u8]) -> Option<String> {
    if let Some(Problem {
        message: Some(message),
        ..
    }) = problem(body)
    {
        return Some(short(&message));
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        None
    } else if text.starts_with('<') {
        Some("an HTML page".to_owned())
    } else if text.starts_with(['{', '[']) {
        None
    } else {
        Some(short(text))
    }
}

/// The start of a foreign text, on one line, harmless in a terminal and in a log.
fn short(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = words.chars().take(SHOWN).collect();
    if shown.len() < words.len() {
        shown.push('…');
    }
    safe_name(&shown)
}

/// How long to wait where the answer means "too many requests": `Some(None)` if it does not say. `None` if it means
/// something else.
pub(super) fn asked_to_wait(answer: &Answer<'_>, now: u64) -> Option<Option<Duration>> {
    let limited = match answer.status {
        429 => true,
        // The last request that was allowed may be one that lacks a permission: the message decides.
        403 => {
            !names_permission(answer.body)
                && (answer.retry_after.is_some()
                    || answer.remaining.map(str::trim) == Some("0")
                    || names_limit(answer.body))
        }
        422 => names_haste(answer.body),
        _ => false,
    };
    let now = answer.date.and_then(http_date).unwrap_or(now);
    limited.then(|| {
        let told = answer.retry_after.map(|text| retry_after(text, now));
        let reset = || match answer.remaining.map(str::trim) {
            Some("0") => answer.reset.and_then(|text| until(text, now)),
            _ => None,
        };
        // A header that cannot be read counts as one that is not there.
        told.flatten().or_else(reset)
    })
}

fn retry_after(text: &str, now: u64) -> Option<Duration> {
    seconds(text)
        .or_else(|| Some(http_date(text)?.saturating_sub(now)))
        .map(Duration::from_secs)
}

/// One second later than the reset: both clocks count whole seconds.
fn until(reset: &str, now: u64) -> Option<Duration> {
    let seconds = seconds(reset)?.saturating_sub(now).saturating_add(1);
    Some(Duration::from_secs(seconds))
}

/// Digits; more of them than fit are a very long time.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<u64> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let time = parser.parse_timestamp(text.trim()).ok()?;
    u64::try_from(time.as_second()).ok()
}

/// "Resource not accessible by integration", "... by personal access token".
pub(super) fn names_permission(body: &[u8]) -> bool {
    mentions(body, &["not accessible by"])
}

fn names_limit(body: &[u8]) -> bool {
    mentions(
        body,
        &[
            "secondary rate limit",
            "rate limit exceeded",
            "abuse detection",
        ],
    )
}

/// Content that is created too quickly is refused as if it were not valid.
fn names_haste(body: &[u8]) -> bool {
    mentions(body, &["submitted too quickly"])
}

fn mentions(body: &[u8], words: &[&str]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    words.iter().any(|words| text.contains(words))
}

/// What a 422 says of each field.
pub(super) fn fields(body: &[u8]) -> Vec<String> {
    let Some(serde_json::Value::Array(errors)) = problem(body).and_then(|problem| problem.errors)
    else {
        return Vec::new();
    };
    errors.iter().take(FIELDS).filter_map(field).collect()
}

fn field(error: &serde_json::Value) -> Option<String> {
    if let Some(text) = error.as_str() {
        return Some(short(text));
    }
    let get = |key: &str| error.get(key).and_then(serde_json::Value::as_str);
    let what = get("message").or_else(|| get("code"));
    match (get("field"), what) {
        (Some(field), Some(what)) => Some(format!("{}: {}", short(field), short(what))),
        (Some(text), None) | (None, Some(text)) => Some(short(text)),
        (None, None) => None,
    }
}
