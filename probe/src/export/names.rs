//! Which names families and labels have in an exposition.
//!
//! An application may call a family anything; an exposition takes letters, digits, `_` and `:`, and no name twice. The
//! rules, in this order:
//!
//! 1. Every other character becomes `_`, and a leading digit gets one in front. A name over 200 bytes is cut and ends with a
//!    fingerprint of the whole.
//! 2. Values in seconds or bytes end with `_seconds` or `_bytes`, counters with `_total` after that: OpenMetrics demands
//!    it, and a series has the same name in both formats.
//! 3. If one of the names that the family would then use (`_bucket`, `_sum`, `_created` .. included) is taken by a family
//!    that stands before it, a word goes in front of the unit: the kind, where the other is of another kind, the
//!    labels, where it is of the same; and if that is taken too, a fingerprint of name, kind, unit and labels.
//!
//! Snapshots list families by first use, so a name never changes while a process lives. Nothing is merged: two
//! families that only look alike after rule 1 are two.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::clip::{clip, fingerprint};
use crate::snapshot::{FamilySnapshot, Kind, Snapshot, Unit};

/// Longest name before units and suffixes, bytes.
const LONGEST: usize = 200;

/// Names of one family.
pub(super) struct Names {
    /// Of the metric family, without `_total`.
    pub(super) base: String,
    /// Of the gauge family of its quantiles.
    pub(super) quantiles: String,
    /// Of its labels, in order, all different.
    pub(super) labels: Vec<String>,
}

/// Names of all families, in order.
pub(super) fn of(snapshot: &Snapshot) -> Vec<Names> {
    let mut taken = HashMap::new();
    snapshot
        .families
        .iter()
        .map(|family| name(family, &mut taken))
        .collect()
}

fn name(family: &FamilySnapshot, taken: &mut HashMap<String, Kind>) -> Names {
    let unit = match family.unit {
        Unit::None => "",
        Unit::Seconds => "_seconds",
        Unit::Bytes => "_bytes",
    };
    let valid = metric_name(&family.name);
    let mut stem = valid.as_str();
    if family.kind == Kind::Counter {
        stem = stem.strip_suffix("_total").unwrap_or(stem);
    }
    stem = stem.strip_suffix(unit).unwrap_or(stem);
    // `seconds`, `_total` and the like: nothing would be left in front.
    if stem.is_empty() {
        stem = "_";
    }
    let labels = label_names(family);

    let mut word = String::new();
    let mut attempt = 0_u32;
    loop {
        let base = format!("{stem}{word}{unit}");
        let quantiles = format!("{stem}{word}_quantile{unit}");
        let claimed: Vec<String> = claims(family.kind, &base, &quantiles);
        let Some(holder) = claimed.iter().find_map(|name| taken.get(name)).copied() else {
            taken.extend(claimed.into_iter().map(|name| (name, family.kind)));
            return Names {
                base,
                quantiles,
                labels,
            };
        };
        word = match attempt {
            0 if holder != family.kind => format!("_{}", kind_word(family.kind)),
            0 if !labels.is_empty() => format!("_by_{}", clip_name(&labels.join("_"))),
            _ => format!("_{:08x}", identity(family, attempt) >> 32),
        };
        attempt += 1;
    }
}

/// Every name that the family's lines begin with.
fn claims(kind: Kind, base: &str, quantiles: &str) -> Vec<String> {
    let suffixes: &[&str] = match kind {
        Kind::Counter => &["", "_total", "_created"],
        Kind::Gauge | Kind::FloatGauge => &[""],
        Kind::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
    };
    let mut names: Vec<String> = suffixes
        .iter()
        .map(|suffix| format!("{base}{suffix}"))
        .collect();
    if kind == Kind::Histogram {
        names.push(quantiles.to_owned());
    }
    names
}

/// The word of a kind.
pub(super) const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge | Kind::FloatGauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

fn identity(family: &FamilySnapshot, attempt: u32) -> u64 {
    let attempt = attempt.to_string();
    let facts = [
        &*family.name,
        kind_word(family.kind),
        unit_word(family.unit),
        &attempt,
    ];
    fingerprint(
        facts
            .into_iter()
            .chain(family.label_names.iter().map(|name| &**name)),
    )
}

/// The word of a unit; empty for plain numbers.
pub(super) const fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "",
        Unit::Seconds => "seconds",
        Unit::Bytes => "bytes",
    }
}

fn metric_name(name: &str) -> String {
    clip_name(&valid(name, |c| c == ':'))
}

/// `~` is no character of names.
fn clip_name(name: &str) -> String {
    clip(name, LONGEST).replace('~', "_")
}

fn valid(name: &str, also: impl Fn(char) -> bool) -> String {
    let mut valid = String::with_capacity(name.len() + 1);
    for (at, c) in name.chars().enumerate() {
        if at == 0 && c.is_ascii_digit() {
            valid.push('_');
        }
        valid.push(if c.is_ascii_alphanumeric() || c == '_' || also(c) {
            c
        } else {
            '_'
        });
    }
    if valid.is_empty() {
        valid.push('_');
    }
    valid
}

/// Names of the labels: valid, none that the exporter itself writes, none reserved by a leading `__`, none twice.
pub(super) fn label_names(family: &FamilySnapshot) -> Vec<String> {
    let own: &[&str] = match family.kind {
        Kind::Histogram => &["le", "outcome", "quantile", "window", "overflow"],
        Kind::Counter | Kind::Gauge | Kind::FloatGauge => &["overflow"],
    };
    let mut names: Vec<String> = Vec::with_capacity(family.label_names.len());
    for name in family.label_names.iter() {
        let mut label = clip_name(&valid(name, |_| false));
        if label.starts_with("__") {
            label.insert_str(0, "label");
        }
        if own.contains(&label.as_str()) {
            label.push('_');
        }
        let stem = label.len();
        let mut number = 2_u32;
        while names.contains(&label) {
            label.truncate(stem);
            // Writing to a string cannot fail.
            if write!(label, "_{number}").is_err() {
                break;
            }
            number += 1;
        }
        names.push(label);
    }
    names
}

#[cfg(test)]
mod tests;
