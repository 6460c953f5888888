//! Texts with placeholders: `{name}` in paths, header values and bodies.
//!
//! `{` begins a placeholder where a name and `}` follow it, and is a brace otherwise, so that JSON needs no escaping. `{{` is
//! always one brace.

/// Names that tollgate fills in: number of the user, number of the user's flow, number of the flow in the run, a seeded number,
/// text of as many bytes as the payload.
pub const GIVEN: [&str; 5] = ["user", "iteration", "call", "random", "payload"];

/// The one of [`GIVEN`] that stands for the payload.
pub const PAYLOAD: &str = "payload";

/// A longer one is no name that somebody wrote.
const LONGEST: usize = 64;

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'t> {
    /// As it stands.
    Text(&'t str),
    /// To be filled in.
    Name(&'t str),
}

/// Whether a value may be called so: an ASCII letter or `_`, then letters, digits, `_` and `-`, at most 64 in all.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= LONGEST && is_placeholder(text)
}

fn is_placeholder(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.starts_with(first) && text.chars().all(other)
}

/// The parts of a text, in order; no empty texts.
#[must_use]
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut push = |text| {
        if !matches!(text, Part::Text("")) {
            parts.push(text);
        }
    };
    // Where the text begins that was not handed out yet, and where to look on.
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find('{') {
        let open = at + found;
        let after = &text[open + 1..];
        if after.starts_with('{') {
            push(Part::Text(&text[from..=open]));
            from = open + 2;
            at = from;
        } else if let Some((name, _)) = after
            .split_once('}')
            .filter(|(name, _)| is_placeholder(name))
        {
            push(Part::Text(&text[from..open]));
            push(Part::Name(name));
            from = open + name.len() + 2;
            at = from;
        } else {
            at = open + 1;
        }
    }
    push(Part::Text(&text[from..]));
    parts
}

/// The names in a text, in order.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Name(name) => Some(name),
        Part::Text(_) => None,
    })
}

/// What a text has besides names.
pub fn literals(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Name(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::Part::{Name, Text};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_needs_no_escaping() {
        assert_eq!(
            parts(r#"{"a":{"user":"{user}"},"b":{}}"#),
            [
                Text(r#"{"a":{"user":""#),
                Name("user"),
                Text(r#""},"b":{}}"#)
            ]
        );
    }

    #[test]
    fn a_doubled_brace_is_one_brace() {
        assert_eq!(parts("{{user}"), [Text("{"), Text("user}")]);
        assert_eq!(parts("a{{{id}}}"), [Text("a{"), Name("id"), Text("}}")]);
    }

    #[test]
    fn what_is_no_name_is_text() {
        for text in ["", "{", "{}", "{ user }", "{1}", "{ä}", "{a", "}", "{-a}"] {
            let whole = if text.is_empty() {
                vec![]
            } else {
                vec![Text(text)]
            };
            assert_eq!(parts(text), whole);
        }
    }

    #[test]
    fn a_name_that_is_too_long_stands_for_nothing_that_could_be_captured() {
        let long = "a".repeat(65);
        assert_eq!(parts(&format!("{{{long}}}")), [Name(&long)]);
        assert!(!is_name(&long) && is_name(&long[1..]));
    }

    #[test]
    fn names_and_literals_are_the_parts() {
        let text = "/items/{id}?by={user-name}&x={id}";
        assert_eq!(names(text).collect::<Vec<_>>(), ["id", "user-name", "id"]);
        assert_eq!(
            literals(text).collect::<Vec<_>>(),
            ["/items/", "?by=", "&x="]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[{}a-c1\"ä -]{0,40}") {
            let again: String = parts(&text)
                .into_iter()
                .map(|part| match part {
                    Text(text) => text.replace('{', "{{"),
                    Name(name) => format!("{{{name}}}"),
                })
                .collect();
            // Written with every brace doubled it means the same.
            let filled = |text: &str| -> String {
                parts(text).into_iter().map(|part| match part {
                    Text(text) => text.to_owned(),
                    Name(name) => format!("<{name}>"),
                }).collect()
            };
            prop_assert_eq!(filled(&again), filled(&text));
        }
    }
}
