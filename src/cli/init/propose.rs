//! The proposed budgets.toml. Pure.

use super::{FoundBench, Tool};
use crate::report::glob_escape;
use std::collections::BTreeSet;

const HEAD: &str = r#"# Performance budgets, read by tollgate. A key that it does not know is an error.
version = 1

[defaults]
tolerance = "5%"        # smallest slowdown that fails, where a budget gives no limit of its own
severity = "error"      # "warn": a broken budget is shown and does not fail
unresolved = "warn"     # "fail": what could not be decided fails too (exit code 3)
time = "8 min"          # for measuring everything, builds not counted
invocations = 10        # fresh processes for each benchmark, at least 5
"#;

const COMMAND: &str = r#"
# A program that is run as a whole is a suite as well:
#
# [[suite]]
# name = "cli"
# tool = "command"
# command = ["target/release/tool", "--input", "large.txt"]
#
# [[budget]]
# bench = "cli/*"
# metric = "peak-rss"
# max = "100 MiB"
"#;

/// A commented budgets.toml with a suite and a budget for each target that tollgate can measure.
///
/// Relative limits need a baseline of the machine or another revision to compare with; absolute ones are
/// left to the user, because only the user knows what is fast enough.
#[must_use]
pub fn propose(targets: &[FoundBench]) -> String {
    let mut text = String::from(HEAD);
    let mut names = BTreeSet::new();
    for target in targets {
        if let Some(tool) = target.tool.suite() {
            text.push_str(&suite(target, tool, targets, &mut names));
        }
    }
    let left_out: Vec<String> = targets.iter().filter_map(left_out).collect();
    if !left_out.is_empty() {
        text.push_str("\n# Not measured yet:\n");
        for line in left_out {
            text.push_str(&format!("# - {}\n", comment(&line)));
        }
    }
    if names.is_empty() {
        text.push_str("\n# No criterion or divan bench target was found.\n");
    }
    text.push_str(COMMAND);
    text
}

fn suite(
    target: &FoundBench,
    tool: &str,
    targets: &[FoundBench],
    names: &mut BTreeSet<String>,
) -> String {
    let ambiguous = targets
        .iter()
        .any(|other| other.bench == target.bench && other.package != target.package);
    let name = unique_name(target, ambiguous, names);
    let mut lines = vec![
        String::new(),
        format!(
            "# {tool} bench target `{}` of package `{}`",
            comment(&target.bench),
            comment(&target.package)
        ),
        "[[suite]]".to_owned(),
        format!("name = {}", string(&name)),
        format!("tool = {}", string(tool)),
        format!("bench = {}", string(&target.bench)),
    ];
    if ambiguous {
        lines.push(format!("package = {}", string(&target.package)));
    }
    if !target.features.is_empty() {
        let features: Vec<String> = target
            .features
            .iter()
            .map(|feature| string(feature))
            .collect();
        lines.push(format!("features = [{}]", features.join(", ")));
    }
    lines.extend([
        String::new(),
        "[[budget]]".to_owned(),
        format!(
            "bench = {}    # `*` is any text, slashes too",
            string(&format!("{}/*", glob_escape(&name)))
        ),
        "metric = \"time\"".to_owned(),
        "slower = \"5%\"         # against the base revision or a baseline of this machine class"
            .to_owned(),
        "# max = \"250 us\"      # absolute ceiling: holds on any machine, needs no baseline"
            .to_owned(),
        String::new(),
    ]);
    lines.join("\n")
}

/// Suite names are unique and without `/`.
fn unique_name(target: &FoundBench, ambiguous: bool, names: &mut BTreeSet<String>) -> String {
    let plain = if ambiguous {
        format!("{}-{}", target.package, target.bench)
    } else {
        target.bench.clone()
    }
    .replace('/', "-");
    let mut name = plain.clone();
    let mut number = 2;
    while !names.insert(name.clone()) {
        name = format!("{plain}-{number}");
        number += 1;
    }
    name
}

fn left_out(target: &FoundBench) -> Option<String> {
    let why = match target.tool {
        Tool::Criterion | Tool::Divan | Tool::Gate => return None,
        Tool::Libtest => "libtest `#[bench]` functions are not supported yet",
        Tool::Gungraun => "gungraun is not supported yet",
        Tool::Unknown => "neither criterion nor divan was recognised in it",
    };
    Some(format!(
        "bench target `{}` of package `{}`: {why}",
        target.bench, target.package
    ))
}

/// A TOML basic string.
fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Comments end at the end of the line and hold no control characters.
fn comment(text: &str) -> String {
    crate::report::safe_name(text)
}
