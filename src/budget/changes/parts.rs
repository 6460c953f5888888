//! Changes of everything but the budgets themselves.

use super::{Effect, Found, named, percent, quantity};
use crate::budget::{Budgets, GithubSettings, NameGlob, Overhead, Suite, Variant, Waiver};
use crate::units::format_duration;
use std::collections::BTreeMap;

/// A side of a claim, as one would write it.
fn variant(variant: &Variant) -> String {
    let mut text = format!("`{}`", variant.bench);
    for (name, value) in &variant.environment {
        text.push_str(&format!(" {name}={value}"));
    }
    for argument in &variant.arguments {
        text.push_str(&format!(" {argument}"));
    }
    text
}

pub(super) fn overheads(base: &Budgets, candidate: &Budgets, found: &mut Found) {
    let by_name = |budgets: &'_ Budgets| -> BTreeMap<String, Overhead> {
        (budgets.overheads.iter())
            .map(|claim| (claim.name.clone(), claim.clone()))
            .collect()
    };
    let (before, after) = (by_name(base), by_name(candidate));
    for (name, from) in &before {
        let what = format!("overhead `{name}`");
        let Some(to) = after.get(name) else {
            found.push(Effect::Loosened, format!("{what} removed"));
            continue;
        };
        found.limit(
            &format!("{what} relative"),
            percent(Some(from.relative)),
            percent(Some(to.relative)),
            Effect::Loosened,
        );
        found.limit(
            &format!("{what} absolute"),
            quantity(from.absolute.as_ref()),
            quantity(to.absolute.as_ref()),
            Effect::Loosened,
        );
        found.severity(&what, from.severity, to.severity);
        found.unresolved(&what, from.unresolved, to.unresolved);
        for (side, from, to) in [("on", &from.on, &to.on), ("off", &from.off, &to.off)] {
            if from != to {
                let (from, to) = (variant(from), variant(to));
                found.push(Effect::Unclear, format!("{what} {side} {from} -> {to}"));
            }
        }
        if from.metric != to.metric {
            let (from, to) = (&from.metric, &to.metric);
            found.push(Effect::Unclear, format!("{what} metric {from} -> {to}"));
        }
        if from.alternating != to.alternating {
            let (from, to) = (from.alternating, to.alternating);
            found.push(
                Effect::Unclear,
                format!("{what} alternating {from} -> {to}"),
            );
        }
        if from.pairs != to.pairs {
            let (from, to) = (from.pairs, to.pairs);
            found.push(Effect::Unclear, format!("{what} pairs {from} -> {to}"));
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        found.push(Effect::Tightened, format!("overhead `{name}` added"));
    }
}

/// Whatever excuses more loosens: a later date, a higher ceiling, a new waiver.
pub(super) fn waivers(base: &Budgets, candidate: &Budgets, found: &mut Found) {
    let find = |waivers: &[Waiver], one: &Waiver| {
        (waivers.iter())
            .find(|other| other.bench == one.bench && other.metric == one.metric)
            .cloned()
    };
    for from in &base.waivers {
        let what = format!("waiver of {}", named(&from.bench, &from.metric));
        let Some(to) = find(&candidate.waivers, from) else {
            found.push(Effect::Tightened, format!("{what} removed"));
            continue;
        };
        ceiling(
            &what,
            "slower",
            percent(from.slower),
            percent(to.slower),
            found,
        );
        ceiling(
            &what,
            "max",
            quantity(from.max.as_ref()),
            quantity(to.max.as_ref()),
            found,
        );
        let until = |waiver: &Waiver| Some((waiver.until, waiver.until.to_string()));
        ceiling(&what, "until", until(from), until(&to), found);
    }
    for waiver in &candidate.waivers {
        if find(&base.waivers, waiver).is_none() {
            let what = named(&waiver.bench, &waiver.metric);
            let (until, reason) = (waiver.until, &waiver.reason);
            found.push(
                Effect::Loosened,
                format!("waiver of {what} until {until} added: {reason}"),
            );
        }
    }
}

/// Of a waiver, none excuses nothing.
fn ceiling<T: PartialOrd>(
    waiver: &str,
    key: &str,
    from: Option<(T, String)>,
    to: Option<(T, String)>,
    found: &mut Found,
) {
    let what = format!("{waiver} {key}");
    match (from, to) {
        (None, Some((_, to))) => found.push(Effect::Loosened, format!("{what} none -> {to}")),
        (Some((_, from)), None) => found.push(Effect::Tightened, format!("{what} {from} -> none")),
        (from, to) => found.limit(&what, from, to, Effect::Loosened),
    }
}

pub(super) fn suites(base: &Budgets, candidate: &Budgets, found: &mut Found) {
    for from in &base.suites {
        let what = format!("suite `{}`", from.name);
        let Some(to) = candidate.suite(&from.name) else {
            found.push(Effect::Loosened, format!("{what} removed"));
            continue;
        };
        let globs = |suite: &Suite| -> Vec<String> { suite.only.iter().map(text_of).collect() };
        let changed: Vec<&str> = [
            ("what is run", from.source != to.source),
            ("`only`", globs(from) != globs(to)),
            ("`invocations`", from.invocations != to.invocations),
            ("`timeout`", from.timeout != to.timeout),
        ]
        .into_iter()
        .filter_map(|(key, differs)| differs.then_some(key))
        .collect();
        if !changed.is_empty() {
            found.push(Effect::Unclear, format!("{what}: {}", changed.join(", ")));
        }
    }
    for suite in &candidate.suites {
        if base.suite(&suite.name).is_none() {
            found.push(Effect::Tightened, format!("suite `{}` added", suite.name));
        }
    }
}

fn text_of(glob: &NameGlob) -> String {
    glob.as_str().to_owned()
}

/// `[defaults]` of what is not said in budgets, `[anchor]`, `[layout]`.
pub(super) fn settings(base: &Budgets, candidate: &Budgets, found: &mut Found) {
    let (from, to) = (&base.defaults, &candidate.defaults);
    for (key, from, to) in [
        ("time", from.time, to.time),
        ("timeout", from.timeout, to.timeout),
    ] {
        if from != to {
            let (from, to) = (format_duration(from), format_duration(to));
            found.push(Effect::Unclear, format!("[defaults] {key} {from} -> {to}"));
        }
    }
    if from.invocations != to.invocations {
        let (from, to) = (from.invocations, to.invocations);
        found.push(
            Effect::Unclear,
            format!("[defaults] invocations {from} -> {to}"),
        );
    }
    // Of budgets it shows in each of them; failures and what has no budget take it from here.
    found.severity("[defaults]", from.severity, to.severity);
    found.unresolved("[defaults]", from.unresolved, to.unresolved);
    match (&base.anchor, &candidate.anchor) {
        (Some(from), Some(to)) => {
            if from.revision != to.revision {
                let (from, to) = (&from.revision, &to.revision);
                // A newer one forgives what came before it.
                found.push(
                    Effect::Loosened,
                    format!("[anchor] revision `{from}` -> `{to}`"),
                );
            }
            found.limit(
                "[anchor] slower",
                percent(Some(from.slower)),
                percent(Some(to.slower)),
                Effect::Loosened,
            );
        }
        (Some(_), None) => found.push(Effect::Loosened, "[anchor] removed"),
        (None, Some(_)) => found.push(Effect::Tightened, "[anchor] added"),
        (None, None) => {}
    }
    let (from, to) = (base.layout.relinks, candidate.layout.relinks);
    if from != to {
        found.push(Effect::Unclear, format!("[layout] relinks {from} -> {to}"));
    }
    github(&base.github, &candidate.github, found);
}

/// What is posted fails nothing; who reads less should know it all the same.
fn github(from: &GithubSettings, to: &GithubSettings, found: &mut Found) {
    if from.comment != to.comment {
        let (from, to) = (from.comment.as_str(), to.comment.as_str());
        found.push(Effect::Unclear, format!("[github] comment {from} -> {to}"));
    }
    if from.key != to.key {
        found.push(
            Effect::Unclear,
            format!("[github] key {} -> {}", from.key, to.key),
        );
    }
}
