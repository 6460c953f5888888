//! From text to TOML: limits of size, and every mistake of syntax.

use super::mistakes::Mistakes;
use super::{Budgets, raw, validate};
use crate::diagnostic::{Code, Diagnostic};
use std::ops::Range;
use toml::de::DeTable;

/// Far above any file that people write; keeps time and memory in bounds for any that they do not.
pub(crate) const LARGEST: usize = 1024 * 1024;

pub(super) fn parse(file: &str, text: &str) -> Result<Budgets, Vec<Diagnostic>> {
    if text.len() > LARGEST {
        let message = format!(
            "{file} has {} bytes; at most {LARGEST} are read",
            text.len()
        );
        return Err(vec![
            Diagnostic::error(Code::InvalidValue, message)
                .with_help("is this a budgets.toml of tollgate?"),
        ]);
    }
    let mut mistakes = Mistakes::new(file, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let Some(spoilt) = syntax(&errors, text, &mut mistakes) else {
        return Err(mistakes.into_sorted());
    };
    let mut later = Mistakes::new(file, text);
    let budgets =
        raw::read(root.get_ref(), &mut later).map(|raw| validate::validate(&raw, &mut later));
    mistakes.append_outside(later, &spoilt);
    match budgets {
        Some(budgets) if mistakes.is_empty() => Ok(budgets),
        _ => Err(mistakes.into_sorted()),
    }
}

/// Reports what is not TOML, one mistake a line, and says which lines it spoilt.
///
/// `None`: the rest of the file cannot be trusted, for example because the header of a table is broken and its
/// keys would be taken for those of another. After a doubled key or forgotten quotes it can be read on.
fn syntax(
    errors: &[toml::de::Error],
    text: &str,
    mistakes: &mut Mistakes,
) -> Option<Vec<Range<usize>>> {
    let mut spoilt: Vec<Range<usize>> = Vec::new();
    let mut can_go_on = true;
    let mut found: Vec<_> = errors
        .iter()
        .map(|error| (error.span().unwrap_or(text.len()..text.len()), error))
        .collect();
    found.sort_by_key(|(span, _)| span.start);
    for (span, error) in found {
        let message = error.message();
        let is_double = message == "duplicate key";
        let is_unquoted = message.starts_with("string values must be quoted") && !span.is_empty();
        can_go_on &= is_double || is_unquoted;
        let start = text.floor_char_boundary(span.start);
        if spoilt.last().is_some_and(|line| start <= line.end) {
            continue;
        }
        let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = text[start..].find('\n').map_or(text.len(), |at| start + at);
        spoilt.push(from..to);
        let mistake = if is_double {
            mistakes
                .mistake(Code::TomlSyntax, span, message, "is there already")
                .with_help("keep one of them")
        } else if is_unquoted {
            let value = text.get(span.clone()).unwrap_or_default();
            mistakes
                .mistake(Code::TomlSyntax, span, "text must be quoted", "no quotes")
                .with_help(format!("write \"{}\"", value.trim()))
        } else {
            mistakes.mistake(
                Code::TomlSyntax,
                span,
                format!("not TOML: {message}"),
                "here",
            )
        };
        mistakes.push(if can_go_on {
            mistake
        } else {
            mistake.with_note("the rest of the file is looked into once this is TOML")
        });
    }
    can_go_on.then_some(spoilt)
}
