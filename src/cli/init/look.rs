//! What there is: bench targets, and what measures in them.

use super::{FoundBench, Surroundings, Tool};
use crate::build::{Bench, Package, Project};

/// The bench targets of a project, and what else of it matters.
pub(super) fn look_at(project: &Project) -> (Vec<FoundBench>, Surroundings) {
    let found = project
        .packages
        .iter()
        .flat_map(|package| {
            package
                .benches
                .iter()
                .map(|bench| found(package, bench, &source_of(bench)))
        })
        .collect();
    let gate_package = project
        .packages
        .iter()
        .find(|package| package.directory == project.root)
        .or_else(|| {
            project
                .packages
                .iter()
                .find(|package| !package.benches.is_empty())
        })
        .or_else(|| project.packages.first())
        .map_or_else(String::new, |package| package.name.clone());
    let surroundings = Surroundings {
        gate_package,
        libraries: project
            .packages
            .iter()
            .filter(|package| package.lib_bench == Some(true))
            .map(|package| package.name.clone())
            .collect(),
        binaries: project
            .packages
            .iter()
            .flat_map(|package| {
                package
                    .bin_benches
                    .iter()
                    .map(|binary| (package.name.clone(), binary.clone()))
            })
            .collect(),
    };
    (found, surroundings)
}

/// The text of the target; empty where it cannot be read, for then the dependencies have to tell.
fn source_of(bench: &Bench) -> String {
    std::fs::read_to_string(&bench.source).unwrap_or_default()
}

fn found(package: &Package, bench: &Bench, source: &str) -> FoundBench {
    let dependencies: Vec<&str> = package
        .tools
        .iter()
        .map(|dependency| dependency.tool.as_str())
        .collect();
    FoundBench {
        package: package.name.clone(),
        bench: bench.name.clone(),
        tool: tool_of(source, &dependencies),
        harness: bench.harness,
        runs_by_default: bench.runs_by_default,
        features: bench.required_features.clone(),
    }
}

/// What measures in a target: what its main source mentions, else the only tool that its package depends on.
#[must_use]
pub fn tool_of(source: &str, dependencies: &[&str]) -> Tool {
    const SIGNS: [(&str, Tool); 9] = [
        ("tollgate::bench_main!", Tool::Gate),
        ("criterion_main!", Tool::Criterion),
        ("criterion_group!", Tool::Criterion),
        ("divan::main", Tool::Divan),
        ("divan::bench", Tool::Divan),
        ("gungraun::", Tool::Gungraun),
        ("iai_callgrind::", Tool::Gungraun),
        ("#[bench]", Tool::Libtest),
        ("test::Bencher", Tool::Libtest),
    ];
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let mentioned = SIGNS
        .iter()
        .find(|(sign, _)| code.iter().any(|line| line.contains(sign)));
    if let Some((_, tool)) = mentioned {
        return *tool;
    }
    match dependencies {
        ["criterion"] => Tool::Criterion,
        ["divan"] => Tool::Divan,
        ["gungraun" | "iai-callgrind"] => Tool::Gungraun,
        _ => Tool::Unknown,
    }
}
