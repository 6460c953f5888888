//! One value of budgets.toml: of the right kind, in range, or a mistake that shows how to write it.

mod amounts;
mod calls;
mod claims;

pub(super) use calls::{FLOW, PORT};

use super::NameGlob;
use super::keys::{self, Key, Kind, MOST_PERCENT};
use super::mistakes::{Mistakes, did_you_mean, quoted};
use super::raw::{self, Section};
use crate::diagnostic::Code;
use crate::units::{self, Quantity, format_duration};
use crate::workload::scenario::Capture;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

/// What was written, by [`Kind`].
pub(super) enum Value {
    Text(String),
    /// A fraction: 0.03 is three percent.
    Percent(f64),
    Time(Duration),
    Quantity(Quantity),
    Whole(u32),
    Flag(bool),
    Word(&'static str),
    Glob(NameGlob),
    Globs(Vec<NameGlob>),
    Names(Vec<String>),
    Argv(Vec<String>),
    Line(String),
    Pairs(Vec<(String, String)>),
    Date(jiff::civil::Date),
    Table(Box<Section>),
    Large(u64),
    Number(f64),
    Tables(Vec<Section>),
    Statuses(Vec<u16>),
    Json(Vec<(String, serde_json::Value)>),
    Captures(Vec<Capture>),
}

/// Why a value is refused.
struct Refusal {
    code: Code,
    /// Where, if not the whole value.
    span: Option<Range<usize>>,
    /// What is wrong; follows the name of the key.
    message: String,
    label: String,
    note: Option<String>,
    help: Option<String>,
}

impl Refusal {
    fn new(message: impl Into<String>, label: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code: Code::InvalidValue,
            span: None,
            message: message.into(),
            label: label.into(),
            note: None,
            help: None,
        })
    }

    fn wrong_type(expected: &str, found: &DeValue<'_>) -> Box<Self> {
        Self::new(
            format!("must be {expected}"),
            format!("this is {}", type_name(found)),
        )
    }

    fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    fn note(mut self: Box<Self>, note: impl Into<String>) -> Box<Self> {
        self.note = Some(note.into());
        self
    }

    fn at(mut self: Box<Self>, span: Range<usize>) -> Box<Self> {
        self.span = Some(span);
        self
    }
}

/// Reads the value of a key; a wrong one becomes a mistake and `None`.
pub(super) fn read(
    key: &Key,
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes,
) -> Option<Value> {
    if let (Some(keys), DeValue::Table(table)) = (key.kind.table(), value.get_ref()) {
        let title = format!("`{}`", key.name);
        let section = raw::section(&title, table, value.span(), &[keys], mistakes);
        return Some(Value::Table(Box::new(section)));
    }
    if let Some((title, keys)) = key.kind.tables() {
        return raw::list(key, title, keys, value, mistakes).map(Value::Tables);
    }
    match convert(key.kind, value) {
        Ok(value) => Some(value),
        Err(refusal) => {
            let span = refusal.span.unwrap_or_else(|| value.span());
            let message = format!("`{}` {}", key.name, refusal.message);
            let mut mistake = mistakes.mistake(refusal.code, span, message, refusal.label);
            mistake.notes.push(key.note());
            mistake.notes.extend(refusal.note);
            let help = refusal
                .help
                .unwrap_or_else(|| format!("write for example `{} = {}`", key.name, key.example));
            mistakes.push(mistake.with_help(help));
            None
        }
    }
}

fn convert(kind: Kind, value: &Spanned<DeValue<'_>>) -> Result<Value, Box<Refusal>> {
    let found = value.get_ref();
    match kind {
        Kind::Text => text(found).map(Value::Text),
        Kind::CargoName => cargo_name(found).map(Value::Text),
        Kind::Percent => percent(found).map(Value::Percent),
        Kind::Time { least_ms, most_ms } => {
            let least = Duration::from_millis(least_ms);
            let most = Duration::from_millis(most_ms);
            time(found, least, most).map(Value::Time)
        }
        Kind::Quantity => quantity(found).map(Value::Quantity),
        Kind::Whole { least, most, why } => whole(found, least, most, why).map(Value::Whole),
        Kind::Flag => found
            .as_bool()
            .map(Value::Flag)
            .ok_or_else(|| Refusal::wrong_type("`true` or `false`, without quotes", found)),
        Kind::Word(words) => word(found, words).map(Value::Word),
        Kind::Tool => tool(found).map(Value::Word),
        Kind::Glob => glob(found).map(Value::Glob),
        Kind::Globs => elements(found, "an array of globs", glob).and_then(|globs| {
            if globs.is_empty() {
                let message = "lists nothing, so that nothing would be measured";
                return Err(Refusal::new(message, "an empty list")
                    .help("leave the key out to measure all benchmarks of the suite"));
            }
            Ok(Value::Globs(globs))
        }),
        Kind::CargoNames => elements(found, "an array of names", cargo_name).map(Value::Names),
        Kind::Command => command(found),
        Kind::Directory => directory(found).map(Value::Text),
        Kind::BenchName => claims::bench_name(found).map(Value::Text),
        Kind::Variant if found.is_str() => claims::bench_name(found).map(Value::Text),
        Kind::Variant => Err(claims::neither_name_nor_table(found)),
        Kind::Limits => Err(Refusal::wrong_type("a table of limits", found)),
        Kind::Environment => claims::environment(found).map(Value::Pairs),
        Kind::Arguments => arguments(found, "an array of texts").map(Value::Argv),
        Kind::Date => claims::date(found).map(Value::Date),
        Kind::Reason => claims::reason(found).map(Value::Text),
        Kind::Revision => claims::revision(found).map(Value::Text),
        Kind::Relinks => claims::relinks(found).map(Value::Whole),
        Kind::Slug => claims::slug(found).map(Value::Text),
        _ => of_workload(kind, found),
    }
}

/// Kinds that only workloads have.
fn of_workload(kind: Kind, found: &DeValue<'_>) -> Result<Value, Box<Refusal>> {
    match kind {
        Kind::Large { least, most } => amounts::large(found, least, most).map(Value::Large),
        Kind::Size { least, most } => amounts::size(found, least, most).map(Value::Large),
        Kind::Bandwidth { least, most } => amounts::bandwidth(found, least, most).map(Value::Large),
        Kind::Rate => amounts::rate(found).map(Value::Number),
        Kind::Share => amounts::share(found).map(Value::Percent),
        Kind::Seconds { least } => amounts::seconds(found, least).map(Value::Time),
        Kind::Percentile => amounts::percentile(found).map(Value::Number),
        Kind::TargetCommand => calls::target_command(found).map(Value::Argv),
        Kind::ReadyUrl => calls::ready_url(found).map(Value::Text),
        Kind::Origin => calls::origin(found).map(Value::Text),
        Kind::EndpointName => calls::endpoint_name(found).map(Value::Text),
        Kind::Method => calls::method(found).map(Value::Text),
        Kind::UrlPath => calls::url_path(found).map(Value::Text),
        Kind::Headers => calls::headers(found).map(Value::Pairs),
        Kind::Body => calls::body(found).map(Value::Text),
        Kind::Statuses => calls::statuses(found).map(Value::Statuses),
        Kind::JsonValues => calls::json_values(found).map(Value::Json),
        Kind::Pointers => calls::pointers(found).map(Value::Names),
        Kind::Captures => calls::captures(found).map(Value::Captures),
        _ => Err(Refusal::wrong_type("a table", found)),
    }
}

fn string<'v>(found: &'v DeValue<'_>, expected: &str) -> Result<&'v str, Box<Refusal>> {
    found
        .as_str()
        .ok_or_else(|| Refusal::wrong_type(expected, found))
}

fn text(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let text = string(found, "text in quotes")?;
    if text.is_empty() {
        return Err(Refusal::new("must not be empty", "empty"));
    }
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        return Err(Refusal::new(
            format!("must not hold the control character U+{:04X}", u32::from(c)),
            "has a control character",
        ));
    }
    Ok(text.to_owned())
}

/// These become arguments of cargo, so that a leading `-` would turn a name into an option.
fn cargo_name(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let name = text(found)?;
    if name.starts_with('-') || name.contains([' ', ',']) {
        return Err(Refusal::new(
            format!("cannot be {}, which is no name in cargo", quoted(&name)),
            "not a name in cargo",
        ));
    }
    Ok(name)
}

fn percent(found: &DeValue<'_>) -> Result<f64, Box<Refusal>> {
    let text = string(found, "a percentage in quotes")?;
    let fraction = units::parse_percent(text)
        .map_err(|error| Refusal::new(format!("is wrong: {error}"), "not a percentage"))?;
    if fraction <= 0.0 {
        return Err(Refusal::new(
            "must be above 0%: noise alone would break a limit of nothing",
            "not above 0%",
        ));
    }
    if fraction > MOST_PERCENT / 100.0 {
        return Err(Refusal::new(
            format!("must be at most {MOST_PERCENT}%: a larger one would hide everything"),
            "too large",
        )
        .help("leave the budget out, or give an absolute `max`"));
    }
    Ok(fraction)
}

fn time(found: &DeValue<'_>, least: Duration, most: Duration) -> Result<Duration, Box<Refusal>> {
    let text = string(found, "a duration in quotes")?;
    let duration = units::parse_duration(text)
        .map_err(|error| Refusal::new(format!("is wrong: {error}"), "not a duration"))?;
    if duration < least || duration > most {
        let (least, most) = (format_duration(least), format_duration(most));
        return Err(Refusal::new(
            format!("must be from {least} to {most}"),
            "out of range",
        ));
    }
    Ok(duration)
}

fn quantity(found: &DeValue<'_>) -> Result<Quantity, Box<Refusal>> {
    let text = match found {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => integer_text(number),
        DeValue::Float(number) => number.as_str().to_owned(),
        _ => {
            let expected = "a number with its unit in quotes, or a bare count";
            return Err(Refusal::wrong_type(expected, found));
        }
    };
    units::parse_quantity(&text)
        .map_err(|error| Refusal::new(format!("is wrong: {error}"), "not a quantity"))
}

fn whole(
    found: &DeValue<'_>,
    least: u32,
    most: u32,
    why: Option<&'static str>,
) -> Result<u32, Box<Refusal>> {
    let expected = format!("a whole number from {least} to {most}");
    let DeValue::Integer(number) = found else {
        return Err(Refusal::wrong_type(&expected, found));
    };
    let number = integer_text(number).parse::<i64>().ok();
    if let Some(number) = number.and_then(|number| u32::try_from(number).ok())
        && (least..=most).contains(&number)
    {
        return Ok(number);
    }
    let is_small = number.is_some_and(|number| number < i64::from(least));
    let mut refusal = Refusal::new(format!("must be {expected}"), "out of range");
    refusal.note = why.filter(|_| is_small).map(str::to_owned);
    Err(refusal)
}

fn word(found: &DeValue<'_>, words: &'static [&'static str]) -> Result<&'static str, Box<Refusal>> {
    let listed = listed(words);
    let given = string(found, &format!("one of {listed}"))?;
    if let Some(word) = words.iter().find(|word| **word == given) {
        return Ok(word);
    }
    let help = did_you_mean(given, words.iter().copied()).map_or_else(
        || format!("one of {listed}"),
        |word| format!("did you mean \"{word}\"?"),
    );
    let message = format!("cannot be {}", quoted(given));
    Err(Refusal::new(message, format!("not one of {listed}")).help(help))
}

fn tool(found: &DeValue<'_>) -> Result<&'static str, Box<Refusal>> {
    match found.as_str() {
        Some("workload") => Err(Refusal::new(
            "cannot be `workload`: a workload is a table of its own",
            "not a tool of suites",
        )
        .help("write [[workload]] in place of [[suite]]")),
        Some(tool) if keys::LATER_TOOLS.contains(&tool) => {
            let mut refusal = Refusal::new(
                format!("cannot be `{tool}` yet, which is reserved for a later version"),
                "not supported yet",
            )
            .help(format!("today one of {}", listed(keys::TOOLS)));
            refusal.code = Code::NotSupportedYet;
            Err(refusal)
        }
        _ => word(found, keys::TOOLS),
    }
}

fn listed(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("\"{word}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

fn glob(found: &DeValue<'_>) -> Result<NameGlob, Box<Refusal>> {
    let text = string(found, "a glob in quotes")?;
    NameGlob::new(text)
        .map_err(|problem| Refusal::new(format!("is not a glob: {problem}"), "not a glob"))
}

/// An array, each element read by `one`; the first wrong one is pointed at.
fn elements<T>(
    found: &DeValue<'_>,
    expected: &str,
    one: impl Fn(&DeValue<'_>) -> Result<T, Box<Refusal>>,
) -> Result<Vec<T>, Box<Refusal>> {
    let DeValue::Array(array) = found else {
        return Err(Refusal::wrong_type(expected, found));
    };
    array
        .iter()
        .map(|element| one(element.get_ref()).map_err(|refusal| refusal.at(element.span())))
        .collect()
}

/// What a process can be given as one argument.
fn argument(found: &DeValue<'_>, expected: &str) -> Result<String, Box<Refusal>> {
    let text = string(found, expected)?;
    if text.contains('\0') {
        return Err(Refusal::new(
            "must not hold the character U+0000",
            "no program can be given this",
        ));
    }
    Ok(text.to_owned())
}

fn arguments(found: &DeValue<'_>, expected: &str) -> Result<Vec<String>, Box<Refusal>> {
    elements(found, expected, |element| argument(element, expected))
}

fn command(found: &DeValue<'_>) -> Result<Value, Box<Refusal>> {
    let expected = "an array of program and arguments";
    if found.is_str() {
        let line = argument(found, expected)?;
        if line.trim().is_empty() {
            return Err(Refusal::new("must not be empty", "empty"));
        }
        return Ok(Value::Line(line));
    }
    let argv = arguments(found, expected)?;
    match argv.first() {
        None => Err(Refusal::new("must name a program", "an empty list")),
        Some(program) if program.is_empty() => {
            Err(Refusal::new("must name a program", "the first is empty"))
        }
        Some(_) => Ok(Value::Argv(argv)),
    }
}

fn directory(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let path = text(found)?;
    // `\` and a drive are looked for by hand: the file must mean the same on every machine.
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if Path::new(&path).has_root() || path.starts_with('\\') || has_drive {
        return Err(Refusal::new(
            "must be relative to budgets.toml: an absolute one exists on one machine only",
            "absolute",
        ));
    }
    Ok(path)
}

/// As decimal digits, whatever the radix; unchanged where it does not fit.
pub(super) fn integer_text(number: &DeInteger<'_>) -> String {
    let text = number.as_str();
    if number.radix() == 10 {
        return text.to_owned();
    }
    u64::from_str_radix(text, number.radix())
        .map_or_else(|_| number.to_string(), |number| number.to_string())
}

/// With its article.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text in quotes",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with decimals",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
