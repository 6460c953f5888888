//! budgets.toml as written, with spans: known keys with values of the right kind, and every mistake of shape.
//!
//! What the values mean together is `validate`'s business.

mod version;

use super::NameGlob;
use super::keys::{self, Absent, Key};
use super::mistakes::{Mistakes, did_you_mean, quoted};
use super::value::{self, Value, type_name};
use crate::diagnostic::Code;
use crate::units::Quantity;
use crate::workload::scenario::Capture;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The whole file.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) defaults: Option<Section>,
    pub(super) suites: Vec<Section>,
    pub(super) workloads: Vec<Section>,
    pub(super) budgets: Vec<Section>,
    pub(super) overheads: Vec<Section>,
    pub(super) waivers: Vec<Section>,
    pub(super) anchor: Option<Section>,
    pub(super) layout: Option<Section>,
    pub(super) github: Option<Section>,
}

/// One table of the file.
pub(super) struct Section {
    /// Of its header, or of the whole inline table.
    pub(super) span: Range<usize>,
    fields: BTreeMap<&'static str, Field>,
    /// Keys that are there under a name that is not theirs; that has been said.
    misspelt: Vec<&'static str>,
}

/// One key of a table.
pub(super) struct Field {
    /// Of the value.
    pub(super) span: Range<usize>,
    /// None where it is wrong; that has been said then.
    value: Option<Value>,
}

macro_rules! getters {
    ($($name:ident: $variant:ident => $type:ty,)*) => {
        $(
            /// The value of a key, if it is there and right.
            pub(super) fn $name(&self, key: &str) -> Option<&$type> {
                match self.fields.get(key)?.value.as_ref()? {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }
        )*
    };
}

impl Section {
    getters! {
        text: Text => String,
        percent: Percent => f64,
        time: Time => Duration,
        quantity: Quantity => Quantity,
        whole: Whole => u32,
        flag: Flag => bool,
        word: Word => &'static str,
        glob: Glob => NameGlob,
        globs: Globs => Vec<NameGlob>,
        names: Names => Vec<String>,
        argv: Argv => Vec<String>,
        line: Line => String,
        pairs: Pairs => Vec<(String, String)>,
        date: Date => jiff::civil::Date,
        table: Table => Box<Section>,
        large: Large => u64,
        number: Number => f64,
        tables: Tables => Vec<Section>,
        statuses: Statuses => Vec<u16>,
        json: Json => Vec<(String, serde_json::Value)>,
        captures: Captures => Vec<Capture>,
    }

    /// Whether a key is there, right or wrong.
    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// Whether a key is there, or was meant to be.
    pub(super) fn was_meant(&self, key: &str) -> bool {
        self.has(key) || self.misspelt.contains(&key)
    }

    /// Where the value of a key stands, or the table where there is no such key.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        self.fields
            .get(key)
            .map_or_else(|| self.span.clone(), |field| field.span.clone())
    }
}

/// Reads the tables of the file. `None`: of another version, so that nothing more can be said.
pub(super) fn read(root: &DeTable<'_>, mistakes: &mut Mistakes) -> Option<Raw> {
    if !version::is_of_this_version(root, mistakes) {
        return None;
    }
    let mut raw = Raw::default();
    for (key, value) in root {
        let name: &str = key.get_ref();
        if name == "version" {
            continue;
        }
        let Some((title, repeated, known)) = table_of(name) else {
            unknown_table(name, key.span(), mistakes);
            continue;
        };
        for (table, span) in tables(name, repeated, key.span(), value, mistakes) {
            if name == "suite" {
                raw.suites.push(suite(table, span, mistakes));
                continue;
            }
            let section = section(title, table, span, &[known], mistakes);
            match name {
                "workload" => raw.workloads.push(section),
                "budget" => raw.budgets.push(section),
                "overhead" => raw.overheads.push(section),
                "waiver" => raw.waivers.push(section),
                "anchor" => raw.anchor = Some(section),
                "layout" => raw.layout = Some(section),
                "github" => raw.github = Some(section),
                _ => raw.defaults = Some(section),
            }
        }
    }
    Some(raw)
}

/// How a table is written, whether once or often, and its keys.
fn table_of(name: &str) -> Option<(&'static str, bool, &'static [Key])> {
    Some(match name {
        "defaults" => ("[defaults]", false, keys::DEFAULTS),
        "suite" => ("[[suite]]", true, keys::SUITE),
        "workload" => ("[[workload]]", true, keys::WORKLOAD),
        "budget" => ("[[budget]]", true, keys::BUDGET),
        "overhead" => ("[[overhead]]", true, keys::OVERHEAD),
        "waiver" => ("[[waiver]]", true, keys::WAIVER),
        "anchor" => ("[anchor]", false, keys::ANCHOR),
        "layout" => ("[layout]", false, keys::LAYOUT),
        "github" => ("[github]", false, keys::GITHUB),
        _ => return None,
    })
}

/// The tables behind `[name]` or `[[name]]`; one in the wrong brackets is read all the same.
fn tables<'t, 'i>(
    name: &str,
    repeated: bool,
    key: Range<usize>,
    value: &'t Spanned<DeValue<'i>>,
    mistakes: &mut Mistakes,
) -> Vec<(&'t DeTable<'i>, Range<usize>)> {
    let written = if repeated {
        format!("[[{name}]]")
    } else {
        format!("[{name}]")
    };
    let mut wrong = |span: Range<usize>, value: &DeValue<'_>| {
        let message = format!("`{name}` must be written as `{written}`");
        let label = format!("this is {}", type_name(value));
        let help = if repeated {
            format!("write `{written}` above the keys, once for each {name}")
        } else {
            format!("write `{written}` above the keys, once")
        };
        mistakes.push(
            mistakes
                .mistake(Code::InvalidValue, span, message, label)
                .with_help(help),
        );
    };
    match value.get_ref() {
        DeValue::Table(table) => {
            if repeated {
                wrong(key, value.get_ref());
            }
            vec![(table, value.span())]
        }
        DeValue::Array(array) => {
            if !repeated {
                wrong(key, value.get_ref());
            }
            let mut found = Vec::with_capacity(array.len());
            for element in array.iter() {
                match element.get_ref() {
                    DeValue::Table(table) => found.push((table, element.span())),
                    other => wrong(element.span(), other),
                }
            }
            found
        }
        other => {
            wrong(value.span(), other);
            Vec::new()
        }
    }
}

/// The tables behind a key that holds a list of them; `None` where something else stands there.
pub(super) fn list(
    key: &Key,
    title: &str,
    known: &'static [Key],
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes,
) -> Option<Vec<Section>> {
    let mut wrong = |span: Range<usize>, value: &DeValue<'_>| {
        let (message, help) = if title.starts_with("[[") {
            (
                format!("`{}` must be written as `{title}`", key.name),
                format!("write `{title}` above the keys, once for each {}", key.name),
            )
        } else {
            (
                format!("`{}` must be an array of tables", key.name),
                format!("write for example `{} = {}`", key.name, key.example),
            )
        };
        let label = format!("this is {}", type_name(value));
        mistakes.push(
            mistakes
                .mistake(Code::InvalidValue, span, message, label)
                .with_note(key.note())
                .with_help(help),
        );
    };
    let DeValue::Array(array) = value.get_ref() else {
        wrong(value.span(), value.get_ref());
        return None;
    };
    let mut tables = Vec::with_capacity(array.len());
    for element in array.iter() {
        match element.get_ref() {
            DeValue::Table(table) => tables.push((table, element.span())),
            other => wrong(element.span(), other),
        }
    }
    Some(
        tables
            .into_iter()
            .map(|(table, span)| section(title, table, span, &[known], mistakes))
            .collect(),
    )
}

fn unknown_table(name: &str, span: Range<usize>, mistakes: &mut Mistakes) {
    let known = || keys::TOP.iter().map(|(name, _)| *name);
    let message = format!("unknown key {} at the top of the file", quoted(name));
    let mistake = mistakes.mistake(Code::UnknownKey, span, message, "not a key of budgets.toml");
    mistakes.push(match did_you_mean(name, known()) {
        Some(word) => mistake.with_help(format!("did you mean `{word}`?")),
        None => mistake.with_note(format!("known keys: {}", listed(known()))),
    });
}

/// A suite knows the keys of its tool. Without a usable tool only the common ones are looked into.
fn suite(table: &DeTable<'_>, span: Range<usize>, mistakes: &mut Mistakes) -> Section {
    let tool = table.get("tool").and_then(|tool| tool.get_ref().as_str());
    let of_tool: Option<&[Key]> = match tool {
        Some("criterion" | "divan") => Some(keys::TARGET),
        Some("command") => Some(keys::COMMAND),
        Some("system") => Some(&[]),
        _ => None,
    };
    let known = &[keys::SUITE, of_tool.unwrap_or_default()];
    let mut strange = Vec::new();
    let section = read_section("[[suite]]", table, span, known, &mut strange, mistakes);
    for (name, key) in strange {
        let has = |keys: &[Key]| keys.iter().any(|key| key.name == name);
        let home = match (has(keys::TARGET), has(keys::COMMAND)) {
            (true, true) => Some("criterion, divan and command suites"),
            (true, false) => Some("criterion and divan suites"),
            (false, true) => Some("command suites"),
            (false, false) => None,
        };
        match (home, of_tool, tool) {
            (Some(home), Some(_), Some(tool)) => {
                let message =
                    format!("`{name}` belongs to {home}; the tool of this suite is {tool}");
                let label = format!("not a key of {tool} suites");
                mistakes.push(mistakes.mistake(Code::UnknownKey, key, message, label));
            }
            // Without a tool nobody can say whether a tool's key is right.
            (Some(_), ..) => {}
            (None, Some(_), _) => unknown_key("[[suite]]", &name, key, known, mistakes),
            (None, None, _) => {
                let all = &[keys::SUITE, keys::TARGET, keys::COMMAND];
                unknown_key("[[suite]]", &name, key, all, mistakes);
            }
        }
    }
    section
}

/// Reads a table of known keys; the unknown ones become mistakes.
pub(super) fn section(
    title: &str,
    table: &DeTable<'_>,
    span: Range<usize>,
    known: &[&'static [Key]],
    mistakes: &mut Mistakes,
) -> Section {
    let mut strange = Vec::new();
    let section = read_section(title, table, span, known, &mut strange, mistakes);
    for (name, key) in strange {
        unknown_key(title, &name, key, known, mistakes);
    }
    section
}

/// Reads the known keys, reports the missing ones, and hands back the unknown ones.
fn read_section(
    title: &str,
    table: &DeTable<'_>,
    span: Range<usize>,
    known: &[&'static [Key]],
    strange: &mut Vec<(String, Range<usize>)>,
    mistakes: &mut Mistakes,
) -> Section {
    let mut fields = BTreeMap::new();
    for (written, value) in table {
        let name: &str = written.get_ref();
        let Some(key) = known.iter().copied().flatten().find(|key| key.name == name) else {
            strange.push((name.to_owned(), written.span()));
            continue;
        };
        let field = Field {
            span: value.span(),
            value: value::read(key, value, mistakes),
        };
        fields.insert(key.name, field);
    }
    // `bnch` is one mistake, not a missing `bench` too.
    let names = || known.iter().copied().flatten().map(|key| key.name);
    let misspelt: Vec<&'static str> = strange
        .iter()
        .filter_map(|(name, _)| did_you_mean(name, names()))
        .collect();
    for key in known.iter().copied().flatten() {
        let is_there = fields.contains_key(key.name) || misspelt.contains(&key.name);
        if matches!(key.default, Absent::Required) && !is_there {
            let article = if title.starts_with("[[") { "a " } else { "" };
            let message = format!("{article}{title} needs `{}`", key.name);
            let label = format!("`{}` is missing", key.name);
            mistakes.push(
                mistakes
                    .mistake(Code::MissingKey, span.clone(), message, label)
                    .with_note(key.note())
                    .with_help(format!("add for example `{} = {}`", key.name, key.example)),
            );
        }
    }
    Section {
        span,
        fields,
        misspelt,
    }
}

fn unknown_key(
    title: &str,
    name: &str,
    span: Range<usize>,
    known: &[&'static [Key]],
    mistakes: &mut Mistakes,
) {
    let names = || known.iter().copied().flatten().map(|key| key.name);
    let message = format!("unknown key {} in {title}", quoted(name));
    let mistake = mistakes.mistake(
        Code::UnknownKey,
        span,
        message,
        format!("not a key of {title}"),
    );
    mistakes.push(match did_you_mean(name, names()) {
        Some(word) => mistake.with_help(format!("did you mean `{word}`?")),
        None => mistake.with_note(format!("known keys: {}", listed(names()))),
    });
}

fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
