//! Findings about the workspace and its baselines. Pure.

use super::{
    BaselineFacts, BaselineRules, ManifestFacts, PackageFacts, ProfileFacts, RepositoryFacts,
};
use crate::diagnostic::{Code, Diagnostic};

/// Tools that bring their own `main`, which libtest's takes the place of.
const OWN_MAIN: [&str; 2] = ["criterion", "divan"];

pub(super) fn examine_manifest(facts: &ManifestFacts) -> Vec<Diagnostic> {
    let mut findings = examine_profile(&facts.path, &facts.bench_profile);
    for package in &facts.packages {
        findings.extend(examine_package(package));
    }
    findings
}

fn examine_profile(path: &str, profile: &ProfileFacts) -> Vec<Diagnostic> {
    let finding = |what: &str, spoils: &str, remedy: &str| {
        Diagnostic::warning(
            Code::BadSetup,
            format!("{path}: benches are built with `{what}`"),
        )
        .with_note(spoils)
        .with_help(format!("{path}: set `{remedy}` under `[profile.bench]`"))
    };
    let mut findings = Vec::new();
    if profile.debug_assertions == Some(true) {
        findings.push(finding(
            "debug-assertions = true",
            "checks are measured that users do not run",
            "debug-assertions = false",
        ));
    }
    if let Some(level @ ("0" | "1")) = profile.opt_level.as_deref() {
        findings.push(finding(
            &format!("opt-level = {level}"),
            "what is slow without optimisation tells nothing about what is slow with it",
            "opt-level = 3",
        ));
    }
    if profile.overflow_checks == Some(true) {
        findings.push(finding(
            "overflow-checks = true",
            "arithmetic has branches that a release does not have, unless you ship with these checks",
            "overflow-checks = false",
        ));
    }
    if profile.incremental == Some(true) {
        findings.push(finding(
            "incremental = true",
            "what is inlined and where code lies depends on what was built before",
            "incremental = false",
        ));
    }
    findings
}

fn examine_package(package: &PackageFacts) -> Vec<Diagnostic> {
    let PackageFacts { name, manifest, .. } = package;
    let mut findings = Vec::new();
    if package.lib_bench {
        findings.push(
            Diagnostic::warning(
                Code::BadSetup,
                format!("plain `cargo bench` starts the unit tests of the library `{name}`"),
            )
            .with_note("libtest refuses arguments that are meant for benches, and ends `cargo bench` before they run")
            .with_help(format!("{manifest}: set `bench = false` under `[lib]`")),
        );
    }
    for bin in &package.bin_benches {
        findings.push(
            Diagnostic::warning(
                Code::BadSetup,
                format!("plain `cargo bench` starts the unit tests of the binary `{bin}` of `{name}`"),
            )
            .with_note("libtest refuses arguments that are meant for benches, and ends `cargo bench` before they run")
            .with_help(format!(
                "{manifest}: set `bench = false` under the `[[bin]]` of name `{bin}`"
            )),
        );
    }
    let tools: Vec<&str> = OWN_MAIN
        .into_iter()
        .filter(|own| package.tools.iter().any(|tool| tool == own))
        .collect();
    if !tools.is_empty() {
        for bench in &package.libtest_benches {
            findings.push(
                Diagnostic::warning(
                    Code::BadSetup,
                    format!("the bench target `{bench}` of `{name}` has no `harness = false`"),
                )
                .with_note(format!(
                    "libtest's `main` takes the place of that of {}: the target runs and measures nothing",
                    tools.join(" or ")
                ))
                .with_help(format!(
                    "{manifest}: set `harness = false` under the `[[bench]]` of name `{bench}`"
                )),
            );
        }
    }
    findings
}

pub(super) fn examine_repository(facts: &RepositoryFacts) -> Option<Diagnostic> {
    if let Some(obstacle) = &facts.obstacle {
        let (what, remedy) = obstacle.rsplit_once("; ").unwrap_or((
            obstacle,
            "say what to compare with by `--base` or `--baseline`",
        ));
        let message = "`tollgate check` finds nothing to compare with in this job";
        return Some(
            Diagnostic::warning(Code::BadSetup, message)
                .with_note(what)
                .with_help(remedy),
        );
    }
    // In a job as much is fetched as it takes, or the obstacle says so.
    (facts.shallow == Some(true)).then(|| {
        Diagnostic::note(Code::BadSetup, "history was cut off when this was cloned")
            .with_note("`--base` finds only the commits that were fetched, and `merge-base` may find none")
            .with_help("`git fetch --unshallow` fetches the rest, in GitHub Actions `fetch-depth: 0` of actions/checkout")
    })
}

pub(super) fn examine_baselines(
    baselines: &[BaselineFacts],
    rules: BaselineRules,
) -> Vec<Diagnostic> {
    baselines
        .iter()
        .filter_map(|baseline| examine_baseline(baseline, rules))
        .collect()
}

/// The first reason why nothing can be compared; the others show when it is gone.
fn examine_baseline(facts: &BaselineFacts, rules: BaselineRules) -> Option<Diagnostic> {
    const ABSOLUTE: &str =
        "relative budgets cannot be judged against it; `max` and `min` hold all the same";
    const ACCEPT: &str = "run `tollgate check` and `tollgate baseline accept --reason ..` in jobs of the main branch";
    let suite = &facts.suite;
    let Some(class) = &facts.this_class else {
        let message = match facts.other_classes {
            0 => format!("suite `{suite}` has no baseline"),
            others => format!(
                "suite `{suite}` has no baseline of this machine class, but of {others} other{}",
                if others == 1 { "" } else { "s" }
            ),
        };
        return Some(
            Diagnostic::warning(Code::NoBaseline, message)
                .with_note(ABSOLUTE)
                .with_help(ACCEPT),
        );
    };
    let message = if class.jobs_of_this_rustc == 0 && class.jobs > 0 {
        format!("the baseline of suite `{suite}` was made by another rustc")
    } else if class.jobs_of_this_rustc < rules.jobs_needed {
        format!(
            "the baseline of suite `{suite}` has {} of the {} jobs of this rustc that it takes",
            class.jobs_of_this_rustc, rules.jobs_needed
        )
    } else {
        match class.newest_age_days.filter(|days| days.is_finite()) {
            None => format!("the baseline of suite `{suite}` does not say when its newest job was"),
            Some(days) if days <= rules.stale_after_days => return None,
            Some(days) => format!(
                "the baseline of suite `{suite}` is stale: its newest job is {:.0} days old, the limit is {:.0}",
                days.ceil(),
                rules.stale_after_days
            ),
        }
    };
    Some(
        Diagnostic::warning(Code::BaselineNotComparable, message)
            .with_note(ABSOLUTE)
            .with_help(ACCEPT),
    )
}
