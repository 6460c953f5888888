//! Values that only claims, waivers and the anchor have: exact names, dates, revisions, variants of a process.

use super::{Refusal, string, text, type_name};
use crate::budget::mistakes::quoted;
use crate::publish::Key;
use toml::de::DeValue;

/// One benchmark, exactly. What names many would excuse, or pair, benchmarks that nobody has looked at.
pub(super) fn bench_name(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let name = text(found)?;
    if name.contains(['*', '?']) {
        return Err(Refusal::new(
            "must be the exact name of one benchmark, and not a glob",
            "a glob",
        )
        .note("a glob would speak of benchmarks that nobody has looked at, and of those that are written later")
        .help("write one table for each benchmark; `tollgate check --list` shows the names"));
    }
    match name.split_once('/') {
        Some((suite, benchmark)) if !suite.is_empty() && !benchmark.is_empty() => Ok(name),
        _ => Err(Refusal::new(
            format!("must be `suite/benchmark`, and is {}", quoted(&name)),
            "not suite/benchmark",
        )
        .help("`tollgate check --list` shows the names")),
    }
}

/// Says something: more than white space.
pub(super) fn reason(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let reason = text(found)?;
    if reason.trim().is_empty() {
        return Err(Refusal::new("must not be empty", "nothing but spaces"));
    }
    Ok(reason)
}

pub(super) fn date(found: &DeValue<'_>) -> Result<jiff::civil::Date, Box<Refusal>> {
    let expected = "a date without quotes";
    let Some(written) = found.as_datetime() else {
        return Err(Refusal::wrong_type(expected, found));
    };
    let (Some(date), None) = (written.date, written.time) else {
        return Err(Refusal::new(
            format!("must be {expected} and without a time"),
            "has a time",
        ));
    };
    let number = |number: u8| i8::try_from(number).unwrap_or(i8::MAX);
    let year = i16::try_from(date.year).unwrap_or(i16::MAX);
    jiff::civil::Date::new(year, number(date.month), number(date.day))
        .map_err(|error| Refusal::new(format!("is no day: {error}"), "not in the calendar"))
}

/// What git is asked for: a leading `-` would turn it into an option, and a range is not one revision.
pub(super) fn revision(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let revision = text(found)?;
    let is_range = revision.contains("..");
    if is_range || revision.starts_with('-') || revision.contains(char::is_whitespace) {
        return Err(Refusal::new(
            format!("cannot be {}, which is not one revision", quoted(&revision)),
            "not a tag, branch or commit",
        ));
    }
    Ok(revision)
}

/// Layouts a side. With the layout as the unit, fewer than 12 cannot reach the level of a job of any size.
pub(super) fn relinks(found: &DeValue<'_>) -> Result<u32, Box<Refusal>> {
    let expected = "0 (off), or a whole number from 12 to 200";
    let DeValue::Integer(number) = found else {
        return Err(Refusal::wrong_type(expected, found));
    };
    let number = super::integer_text(number).parse::<u32>().ok();
    match number {
        Some(number @ (0 | 12..=200)) => Ok(number),
        Some(1..12) => Err(Refusal::new(format!("must be {expected}"), "too few")
            .note("where layouts repeat, the layout is what is counted: with fewer than 12 no change can be claimed at the level of a job")),
        _ => Err(Refusal::new(format!("must be {expected}"), "out of range")),
    }
}

/// A name that is safe in the first line of a comment.
pub(super) fn slug(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let slug = text(found)?;
    match slug.parse::<Key>() {
        Ok(_) => Ok(slug),
        Err(error) => Err(
            Refusal::new(format!("cannot be {}", quoted(&slug)), "not a key")
                .note(error.to_string()),
        ),
    }
}

/// `{ NAME = "value" }`, in the order of the file.
pub(super) fn environment(found: &DeValue<'_>) -> Result<Vec<(String, String)>, Box<Refusal>> {
    let DeValue::Table(table) = found else {
        return Err(Refusal::wrong_type("a table of texts", found));
    };
    let mut variables = Vec::new();
    for (name, value) in table {
        let key: &str = name.get_ref();
        if key.is_empty() || key.contains(['=', '\0']) {
            return Err(Refusal::new(
                format!("has a variable {}, which no process can have", quoted(key)),
                "not a name of a variable",
            )
            .at(name.span()));
        }
        let text = string(value.get_ref(), "a table of texts in quotes")
            .map_err(|refusal| refusal.at(value.span()))?;
        if text.contains('\0') {
            return Err(Refusal::new(
                "must not hold the character U+0000",
                "no process can be given this",
            )
            .at(value.span()));
        }
        variables.push((key.to_owned(), text.to_owned()));
    }
    // The order of the file says nothing: two tables of the same variables are the same.
    variables.sort();
    Ok(variables)
}

/// Where a table may stand in place of a name.
pub(super) fn neither_name_nor_table(found: &DeValue<'_>) -> Box<Refusal> {
    Refusal::new(
        "must be the name of a benchmark, or a table with `bench`",
        format!("this is {}", type_name(found)),
    )
    .help("write for example \"suite/benchmark\", or { bench = \"suite/benchmark\", env = { PROBE = \"1\" } }")
}
