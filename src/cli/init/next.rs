//! What the user has to change by hand, as text. Pure.

use super::{FoundBench, Surroundings, Tool};
use crate::report::safe_name;
use std::collections::BTreeSet;

/// Numbered steps to `cargo bench` being the gate.
#[must_use]
pub fn next_steps(targets: &[FoundBench], surroundings: &Surroundings) -> String {
    let mut steps = Vec::new();
    for package in packages(targets, surroundings) {
        if let Some(step) = manifest_step(package, targets, surroundings) {
            steps.push(step);
        }
    }
    let gate_exists = targets.iter().any(|target| target.tool == Tool::Gate);
    if !gate_exists {
        steps.push(format!(
            "benches/gate.rs of package `{}`:\n\n    //! What plain `cargo bench` runs.\n    \
             tollgate::bench_main!();\n",
            safe_name(&surroundings.gate_package)
        ));
    }
    steps.push(
        "read budgets.toml, add a `max` where you know what is fast enough, and run the gate:\n\n    \
         cargo bench\n"
            .to_owned(),
    );
    steps.push(
        "relative limits have nothing to compare with yet. Accept this run, and more of them until the \
         report asks for no more jobs:\n\n    tollgate baseline accept --reason \"first baseline\"\n"
            .to_owned(),
    );
    let mut text = String::from("Next:\n");
    for (at, step) in steps.iter().enumerate() {
        text.push_str(&format!("\n{}. {step}", at + 1));
    }
    text
}

/// The package of the gate first.
fn packages<'a>(targets: &'a [FoundBench], surroundings: &'a Surroundings) -> Vec<&'a str> {
    let gate = surroundings.gate_package.as_str();
    let others: BTreeSet<&str> = targets
        .iter()
        .map(|target| target.package.as_str())
        .chain(surroundings.libraries.iter().map(String::as_str))
        .chain(
            surroundings
                .binaries
                .iter()
                .map(|(package, _)| package.as_str()),
        )
        .filter(|package| *package != gate)
        .collect();
    std::iter::once(gate).chain(others).collect()
}

/// Changes to one manifest; `None` where it is as it should be.
fn manifest_step(
    package: &str,
    targets: &[FoundBench],
    surroundings: &Surroundings,
) -> Option<String> {
    let mut sections = Vec::new();
    let gate_exists = targets.iter().any(|target| target.tool == Tool::Gate);
    if package == surroundings.gate_package && !gate_exists {
        sections.push(format!(
            "[dev-dependencies]\ntollgate = {{ path = \"..\", default-features = false }}  # where its source is, version {}",
            env!("CARGO_PKG_VERSION")
        ));
        sections.push("[[bench]]\nname = \"gate\"\nharness = false".to_owned());
    }
    for target in targets
        .iter()
        .filter(|target| target.package == package && target.tool != Tool::Gate)
    {
        let needs_main = target.tool.suite().is_some() && target.harness;
        if !target.runs_by_default && !needs_main {
            continue;
        }
        let mut section = format!("[[bench]]\nname = \"{}\"", safe_name(&target.bench));
        if needs_main || !target.harness {
            section.push_str("\nharness = false");
        }
        section.push_str("\nbench = false       # plain `cargo bench` runs the gate alone");
        sections.push(section);
    }
    if surroundings.libraries.iter().any(|name| name == package) {
        sections.push(
            "[lib]\nbench = false       # else `cargo bench` starts the unit tests as well"
                .to_owned(),
        );
    }
    for (_, binary) in surroundings
        .binaries
        .iter()
        .filter(|(owner, _)| owner == package)
    {
        sections.push(format!(
            "[[bin]]\nname = \"{}\"\nbench = false",
            safe_name(binary)
        ));
    }
    if sections.is_empty() {
        return None;
    }
    let indented: Vec<String> = sections
        .join("\n\n")
        .lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("    {line}")
            }
        })
        .collect();
    Some(format!(
        "Cargo.toml of package `{}`; sections that are there already get the missing keys:\n\n{}\n",
        safe_name(package),
        indented.join("\n")
    ))
}
