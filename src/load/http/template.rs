//! Text with places for values: `/users/{id}?page={random}`.
//!
//! Taken apart once, when the workload is read; what has no places is built once and costs nothing a call.

use super::super::Call;
use std::collections::BTreeMap;

/// What a call knows besides what was captured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// Number of the user.
    pub(super) user: u64,
    /// The call.
    pub(super) call: Call,
    /// Captured values, by slot.
    pub(super) slots: &'a [Option<Box<str>>],
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Stands as it is.
    Text(String),
    /// A captured value.
    Slot(usize),
    /// Number of the user.
    User,
    /// Number of the user's flow.
    Iteration,
    /// Number of the flow in the run.
    Call,
    /// A seeded number.
    Random,
}

/// How values are written into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// As they are: into bodies, of which only their author knows the language, and into headers, which are checked whole.
    Plain,
    /// Percent-encoded but for the unreserved characters of RFC 3986: a value is one piece of a path or query, whatever it holds.
    Path,
}

/// A text that was taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

/// A place for a value that nobody gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown(pub(super) String);

impl Template {
    /// Takes `text` apart. `{{` is a brace; so is one that is not followed by a name and `}`, as in JSON.
    ///
    /// # Errors
    /// A name that is neither known to all calls nor in `slots`.
    pub(super) fn parse(
        text: &str,
        payload: &str,
        slots: &BTreeMap<String, usize>,
    ) -> Result<Self, Unknown> {
        let mut template = Self { pieces: Vec::new() };
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            template.text(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('{') {
                template.text("{");
                rest = after;
            } else if let Some((name, after)) = place(rest) {
                rest = after;
                match name {
                    "payload" => template.text(payload),
                    "user" => template.pieces.push(Piece::User),
                    "iteration" => template.pieces.push(Piece::Iteration),
                    "call" => template.pieces.push(Piece::Call),
                    "random" => template.pieces.push(Piece::Random),
                    _ => match slots.get(name) {
                        Some(slot) => template.pieces.push(Piece::Slot(*slot)),
                        None => return Err(Unknown(name.to_owned())),
                    },
                }
            } else {
                template.text("{");
            }
        }
        template.text(rest);
        Ok(template)
    }

    /// The text, where it has no places.
    pub(super) fn fixed(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with its values; `None` where one of them was never captured.
    pub(super) fn fill(&self, known: Known<'_>, writing: Writing) -> Option<String> {
        let mut out = String::with_capacity(64);
        for piece in &self.pieces {
            let number = match piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Slot(slot) => {
                    let value = known.slots.get(*slot)?.as_deref()?;
                    match writing {
                        Writing::Plain => out.push_str(value),
                        Writing::Path => encode(value, &mut out),
                    }
                    continue;
                }
                Piece::User => known.user,
                Piece::Iteration => known.call.iteration,
                Piece::Call => known.call.number,
                Piece::Random => known.call.random,
            };
            out.push_str(&number.to_string());
        }
        Some(out)
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }
}

/// A name and what comes after its brace, where `rest` begins with both.
fn place(rest: &str) -> Option<(&str, &str)> {
    let (name, after) = rest.split_once('}')?;
    let mut bytes = name.bytes();
    let first = bytes.next()?;
    let good = (first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    good.then_some((name, after))
}

/// Writes `value` so that it is one piece of a path or query.
fn encode(value: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Text of `bytes` bytes that every format takes as it is.
pub(super) fn payload(bytes: u64) -> Option<String> {
    const TEXT: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let length = usize::try_from(bytes).ok()?;
    Some(
        TEXT.iter()
            .cycle()
            .take(length)
            .map(|byte| char::from(*byte))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call = Call {
        flow: 0,
        step: 0,
        iteration: 3,
        number: 17,
        random: 42,
    };

    fn parse(text: &str) -> Result<Template, Unknown> {
        Template::parse(text, "PAY", &BTreeMap::from([("id".to_owned(), 0)]))
    }

    fn fill(text: &str, id: Option<&str>, writing: Writing) -> Option<String> {
        let slots = [id.map(Box::from)];
        let known = Known {
            user: 5,
            call: CALL,
            slots: &slots,
        };
        parse(text).expect("names are known").fill(known, writing)
    }

    #[test]
    fn every_name_is_filled_in() {
        let text = "{user}/{iteration}/{call}/{random}/{payload}/{id}";
        let filled = fill(text, Some("x"), Writing::Plain);
        assert_eq!(filled.as_deref(), Some("5/3/17/42/PAY/x"));
    }

    #[test]
    fn braces_of_json_are_braces() {
        for text in [
            r#"{"a": {"b": []}}"#,
            "{}",
            "{",
            "a{",
            "{ id }",
            "{1}",
            "{id",
            "{}}",
        ] {
            assert_eq!(parse(text).expect("no names").fixed(), Some(text), "{text}");
        }
    }

    #[test]
    fn a_double_brace_is_one() {
        assert_eq!(parse("{{id}").expect("no names").fixed(), Some("{id}"));
        let filled = fill("{{{id}}", Some("7"), Writing::Plain);
        assert_eq!(filled.as_deref(), Some("{7}"));
    }

    #[test]
    fn a_payload_is_no_place_at_run_time() {
        assert_eq!(parse("a{payload}b").expect("known").fixed(), Some("aPAYb"));
        assert_eq!(parse("").expect("nothing").fixed(), Some(""));
    }

    #[test]
    fn a_name_that_nobody_gives_is_refused() {
        assert_eq!(parse("/{token}"), Err(Unknown("token".to_owned())));
    }

    #[test]
    fn a_value_that_was_not_captured_fills_nothing() {
        assert_eq!(fill("/{id}", None, Writing::Path), None);
    }

    #[test]
    fn a_value_cannot_leave_its_place_in_a_path() {
        let filled = fill("/{id}/x", Some("../a?b#c %\r\n\u{e9}"), Writing::Path);
        assert_eq!(
            filled.as_deref(),
            Some("/..%2Fa%3Fb%23c%20%25%0D%0A%C3%A9/x")
        );
    }

    #[test]
    fn a_payload_has_its_length() {
        assert_eq!(payload(0).as_deref(), Some(""));
        assert_eq!(payload(1000).map(|text| text.len()), Some(1000));
    }
}
