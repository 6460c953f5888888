//! Whether an answer is what it must be, and what is kept of it.

use super::origin::Origin;
use crate::workload::record::Outcome;
use crate::workload::scenario::{CaptureFrom, Check, Step};
use http::header::LOCATION;
use http::{HeaderMap, HeaderName, StatusCode};
use memchr::memmem::Finder;
use serde_json::Value;
use std::collections::BTreeMap;

/// Bytes of a value that is kept for later calls. Ten thousand users keep theirs at once.
const CAPTURED: usize = 64 * 1024;

/// Checks and captures of a step.
#[derive(Debug)]
pub(super) struct Expected {
    checks: Vec<Kind>,
    captures: Vec<(usize, From)>,
    status: bool,
    json: bool,
    /// Whether the body must be kept until it is whole; otherwise it is only counted.
    pub(super) body: bool,
}

#[derive(Debug)]
enum Kind {
    Status(Vec<u16>),
    Contains(Box<Finder<'static>>),
    Json {
        pointer: String,
        value: Option<Value>,
    },
}

#[derive(Debug)]
enum From {
    Json(String),
    Header(HeaderName),
}

impl Expected {
    pub(super) fn new(step: &Step, slots: &BTreeMap<String, usize>) -> Result<Self, String> {
        let mut expected = Self {
            checks: Vec::with_capacity(step.checks.len()),
            captures: Vec::with_capacity(step.captures.len()),
            status: false,
            json: false,
            body: false,
        };
        for check in &step.checks {
            expected.checks.push(match check {
                Check::Status(list) => {
                    expected.status = true;
                    Kind::Status(list.clone())
                }
                Check::BodyContains(text) => {
                    expected.body = true;
                    Kind::Contains(Box::new(Finder::new(text).into_owned()))
                }
                Check::Json { pointer, value } => {
                    expected.json = true;
                    Kind::Json {
                        pointer: pointer.clone(),
                        value: value.clone(),
                    }
                }
            });
        }
        for capture in &step.captures {
            let slot = slots
                .get(&capture.name)
                .copied()
                .ok_or_else(|| format!("`{}` has no slot", capture.name.escape_debug()))?;
            let from = match &capture.from {
                CaptureFrom::Json(pointer) => {
                    expected.json = true;
                    From::Json(pointer.clone())
                }
                CaptureFrom::Header(name) => From::Header(
                    HeaderName::from_bytes(name.as_bytes())
                        .map_err(|_| format!("`{}` is no header", name.escape_debug()))?,
                ),
            };
            expected.captures.push((slot, from));
        }
        expected.body |= expected.json;
        Ok(expected)
    }

    /// Judges a whole answer; values go to `slots` only where all is well. With the check that failed, by its place.
    pub(super) fn judge(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        origin: &Origin,
        slots: &mut [Option<Box<str>>],
    ) -> (Outcome, Option<u32>) {
        if !self.status {
            // Who names the statuses that are right knows where a redirect leads; all others are told.
            let outside = || {
                headers
                    .get(LOCATION)
                    .is_some_and(|location| origin.leaves(location.as_bytes()))
            };
            if status.is_redirection() && outside() {
                return (Outcome::RedirectOutside, None);
            }
            if status.as_u16() >= 400 {
                return (Outcome::Status, None);
            }
        }
        let mut parsed = None;
        // A wrong status explains a wrong body, so it is told first, wherever it stands.
        for statuses in [true, false] {
            for (place, check) in (0_u32..).zip(&self.checks) {
                let (good, outcome) = match check {
                    Kind::Status(list) if statuses => {
                        (list.contains(&status.as_u16()), Outcome::Status)
                    }
                    Kind::Contains(finder) if !statuses => {
                        (finder.find(body).is_some(), Outcome::Check)
                    }
                    Kind::Json { pointer, value } if !statuses => {
                        let found = at(&mut parsed, body, pointer);
                        let good = match value {
                            Some(value) => found.is_some_and(|found| same(found, value)),
                            None => found.is_some_and(|found| !found.is_null()),
                        };
                        (good, Outcome::Check)
                    }
                    _ => continue,
                };
                if !good {
                    return (outcome, Some(place));
                }
            }
        }
        if self.capture(headers, body, &mut parsed, slots) {
            (Outcome::Ok, None)
        } else {
            (Outcome::Check, None)
        }
    }

    fn capture(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        parsed: &mut Option<Value>,
        slots: &mut [Option<Box<str>>],
    ) -> bool {
        let mut values = Vec::new();
        for (slot, from) in &self.captures {
            let value = match from {
                From::Json(pointer) => at(parsed, body, pointer).and_then(|value| match value {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    Value::Bool(truth) => Some(truth.to_string()),
                    Value::Null | Value::Array(_) | Value::Object(_) => None,
                }),
                From::Header(name) => headers
                    .get(name)
                    .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
                    .map(str::to_owned),
            };
            match value {
                Some(value) if value.len() <= CAPTURED => values.push((*slot, value)),
                _ => return false,
            }
        }
        for (slot, value) in values {
            if let Some(place) = slots.get_mut(slot) {
                *place = Some(value.into_boxed_str());
            }
        }
        true
    }
}

/// What the pointer leads to in the body, which is parsed once. A body that is no JSON leads nowhere: it stands as null.
fn at<'a>(parsed: &'a mut Option<Value>, body: &[u8], pointer: &str) -> Option<&'a Value> {
    parsed
        .get_or_insert_with(|| serde_json::from_slice(body).unwrap_or(Value::Null))
        .pointer(pointer)
}

/// Equal, with numbers by what they are worth: `1` is `1.0`.
fn same(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            found == expected
                || (!(integer(found) && integer(expected)) && found.as_f64() == expected.as_f64())
        }
        _ => found == expected,
    }
}

fn integer(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64()
}
