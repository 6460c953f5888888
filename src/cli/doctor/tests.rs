use super::*;
use crate::diagnostic::{Code, Severity};
use crate::measurement::{Cpu, Load};
use crate::units::{Unit, format_value};

/// A quiet Linux machine with everything as it should be.
fn good_machine() -> MachineFacts {
    MachineFacts {
        environment: Environment {
            cpu: Cpu {
                cores: Some(4),
                ..Cpu::default()
            },
            os: "linux".to_owned(),
            governor: Some("performance".to_owned()),
            turbo: Some(false),
            load_before: Some(Load {
                one_minute: 0.2,
                runnable: Some(0),
            }),
            steal: Some(0.0),
            ..Environment::default()
        },
        swap_used: Some(0),
        address_randomisation: Some(true),
        peak_rss_floor: None,
    }
}

/// What is found when one fact is changed, as text.
fn found(change: impl FnOnce(&mut MachineFacts)) -> String {
    let mut machine = good_machine();
    change(&mut machine);
    show(&examine(&DoctorFacts {
        machine,
        ..DoctorFacts::default()
    }))
}

fn show(findings: &[Diagnostic]) -> String {
    findings
        .iter()
        .map(|finding| {
            assert!(!finding.notes.is_empty(), "{}", finding.message);
            assert!(finding.help.is_some(), "{}", finding.message);
            assert!(finding.severity < Severity::Error);
            assert!(!finding.message.ends_with('.'));
            format!(
                "{}[{}]: {}",
                finding.severity, finding.code, finding.message
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_checkout_that_nothing_can_be_compared_in_is_named_with_its_remedy() {
    let found = |repository| {
        examine(&DoctorFacts {
            machine: good_machine(),
            repository,
            ..DoctorFacts::default()
        })
    };
    assert!(found(RepositoryFacts::default()).is_empty());
    let shallow = found(RepositoryFacts {
        shallow: Some(true),
        obstacle: None,
    });
    assert!(
        show(&shallow).starts_with("note[bad-setup]: history was cut off"),
        "{shallow:?}"
    );
    let obstacle = found(RepositoryFacts {
        shallow: Some(true),
        obstacle: Some("it was not fetched; set `fetch-depth: 2`".to_owned()),
    });
    assert!(
        show(&obstacle).starts_with("warning[bad-setup]: `tollgate check` finds nothing"),
        "{obstacle:?}"
    );
    assert_eq!(obstacle[0].help.as_deref(), Some("set `fetch-depth: 2`"));
}

#[test]
fn a_good_machine_without_a_project_has_no_findings() {
    assert_eq!(found(|_| {}), "");
}

#[test]
fn what_is_unknown_is_not_a_finding() {
    let mut machine = MachineFacts::default();
    machine.environment.os = "linux".to_owned();
    let facts = DoctorFacts {
        machine,
        ..DoctorFacts::default()
    };
    assert_eq!(examine(&facts), []);
}

#[test]
fn each_disturbance_of_the_machine_is_found_alone() {
    let all = [
        found(|facts| facts.environment.os = "macos".to_owned()),
        found(|facts| facts.environment.governor = Some("powersave".to_owned())),
        found(|facts| facts.environment.turbo = Some(true)),
        found(|facts| facts.environment.load_before.as_mut().unwrap().one_minute = 2.1),
        found(|facts| facts.environment.steal = Some(0.034))
            .replace(&format_value(0.034, &Unit::Ratio), "{share}"),
        found(|facts| facts.environment.cpu.cores = Some(1)),
        found(|facts| facts.environment.cpu_quota = Some(1.5)),
        found(|facts| facts.environment.hypervisor = Some("kvm, docker".to_owned())),
        found(|facts| facts.swap_used = Some(5 << 20)).replace(&mebibytes(5.0), "{size}"),
        found(|facts| facts.address_randomisation = Some(false)),
        found(|facts| facts.peak_rss_floor = Some(3 << 20)).replace(&mebibytes(3.0), "{size}"),
    ];
    // How quantities are written is the business of `units`.
    insta::assert_snapshot!(all.join("\n"), @r"
    note[bad-setup]: this system is `macos`, not Linux
    warning[bad-setup]: the frequency governor is `powersave`, not `performance`
    note[bad-setup]: turbo is on
    warning[disturbed-machine]: the machine is busy: a load of 2.1 on 4 cores
    warning[disturbed-machine]: the hypervisor takes away {share} of the CPU time
    warning[bad-setup]: there is only one core
    warning[bad-setup]: the control group may use 1.5 of 4 cores
    note[bad-setup]: this is a virtual machine or container (kvm, docker)
    note[bad-setup]: {size} of swap are in use
    warning[bad-setup]: address space randomisation is off
    note[bad-setup]: peak-rss of a command cannot show less than {size}
    ");
}

fn mebibytes(count: f64) -> String {
    format_value(count * 1024.0 * 1024.0, &Unit::Bytes)
}

#[test]
fn thresholds_belong_to_the_good_side() {
    assert_eq!(
        found(|facts| facts.environment.load_before.as_mut().unwrap().one_minute = 2.0),
        ""
    );
    assert_eq!(found(|facts| facts.environment.steal = Some(0.01)), "");
    assert_eq!(found(|facts| facts.environment.cpu_quota = Some(4.0)), "");
}

#[test]
fn numbers_that_are_none_are_not_judged() {
    for number in [f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(
            found(|facts| {
                facts.environment.steal = Some(number);
                facts.environment.load_before.as_mut().unwrap().one_minute = number;
            }),
            ""
        );
    }
    for number in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        assert_eq!(
            found(|facts| facts.environment.cpu_quota = Some(number)),
            ""
        );
    }
}

fn found_in(manifest: ManifestFacts) -> Vec<Diagnostic> {
    let facts = DoctorFacts {
        machine: good_machine(),
        manifest: Some(manifest),
        ..DoctorFacts::default()
    };
    examine(&facts)
}

fn project() -> ManifestFacts {
    ManifestFacts {
        path: "Cargo.toml".to_owned(),
        bench_profile: ProfileFacts::default(),
        packages: vec![PackageFacts {
            name: "app".to_owned(),
            manifest: "app/Cargo.toml".to_owned(),
            tools: vec!["criterion".to_owned()],
            ..PackageFacts::default()
        }],
    }
}

#[test]
fn a_good_project_has_no_findings() {
    assert_eq!(found_in(project()), []);
}

#[test]
fn each_mistake_of_the_project_is_found_with_its_file() {
    let mut manifest = project();
    manifest.bench_profile = ProfileFacts {
        opt_level: Some("1".to_owned()),
        debug_assertions: Some(true),
        overflow_checks: Some(true),
        incremental: Some(true),
    };
    manifest.packages[0].lib_bench = true;
    manifest.packages[0].bin_benches = vec!["tool".to_owned()];
    manifest.packages[0].libtest_benches = vec!["fast".to_owned()];
    let findings = found_in(manifest);
    insta::assert_snapshot!(show(&findings), @r"
    warning[bad-setup]: Cargo.toml: benches are built with `debug-assertions = true`
    warning[bad-setup]: Cargo.toml: benches are built with `opt-level = 1`
    warning[bad-setup]: Cargo.toml: benches are built with `overflow-checks = true`
    warning[bad-setup]: Cargo.toml: benches are built with `incremental = true`
    warning[bad-setup]: plain `cargo bench` starts the unit tests of the library `app`
    warning[bad-setup]: plain `cargo bench` starts the unit tests of the binary `tool` of `app`
    warning[bad-setup]: the bench target `fast` of `app` has no `harness = false`
    ");
    for finding in &findings {
        assert!(
            finding
                .help
                .as_deref()
                .unwrap()
                .contains("Cargo.toml: set `")
        );
    }
}

#[test]
fn a_libtest_bench_is_right_where_no_tool_brings_a_main() {
    let mut manifest = project();
    manifest.packages[0].tools = vec!["libtest".to_owned()];
    manifest.packages[0].libtest_benches = vec!["nightly".to_owned()];
    assert_eq!(found_in(manifest), []);
}

#[test]
fn optimisation_for_size_is_a_choice() {
    for level in ["2", "3", "s", "z"] {
        let mut manifest = project();
        manifest.bench_profile.opt_level = Some(level.to_owned());
        assert_eq!(found_in(manifest), [], "{level}");
    }
}

#[test]
fn the_bench_profile_inherits_from_release() {
    let read = |text: &str| ProfileFacts::from_manifest(text).unwrap();
    assert_eq!(read(""), ProfileFacts::default());
    assert_eq!(read("profile = 3"), ProfileFacts::default());
    assert_eq!(
        read("[profile.dev]\nincremental = true\nopt-level = 0"),
        ProfileFacts::default()
    );
    assert_eq!(
        read(
            "[profile.release]\nopt-level = 's'\ndebug-assertions = true\noverflow-checks = true\n\
             [profile.bench]\nopt-level = 1\ndebug-assertions = false\nincremental = true"
        ),
        ProfileFacts {
            opt_level: Some("1".to_owned()),
            debug_assertions: Some(false),
            overflow_checks: Some(true),
            incremental: Some(true),
        }
    );
    assert_eq!(
        read("[profile.bench]\nopt-level = true\nincremental = 'yes'"),
        ProfileFacts::default()
    );
    let error = ProfileFacts::from_manifest("[profile.bench\n").unwrap_err();
    assert!(error.contains("line 1"), "{error}");
}

fn found_of(this_class: Option<ClassFacts>, other_classes: usize) -> String {
    let facts = DoctorFacts {
        machine: good_machine(),
        baselines: vec![BaselineFacts {
            suite: "parse".to_owned(),
            this_class,
            other_classes,
        }],
        ..DoctorFacts::default()
    };
    show(&examine(&facts))
}

fn class(jobs: usize, jobs_of_this_rustc: usize, age: Option<f64>) -> Option<ClassFacts> {
    Some(ClassFacts {
        jobs,
        jobs_of_this_rustc,
        newest_age_days: age,
    })
}

#[test]
fn a_baseline_that_cannot_be_used_is_found_with_its_reason() {
    let all = [
        found_of(None, 0),
        found_of(None, 1),
        found_of(None, 3),
        found_of(class(0, 0, None), 0),
        found_of(class(20, 0, Some(1.0)), 0),
        found_of(class(20, 7, Some(1.0)), 0),
        found_of(class(20, 8, None), 0),
        found_of(class(20, 8, Some(f64::NAN)), 0),
        found_of(class(20, 8, Some(60.5)), 0),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
    warning[no-baseline]: suite `parse` has no baseline
    warning[no-baseline]: suite `parse` has no baseline of this machine class, but of 1 other
    warning[no-baseline]: suite `parse` has no baseline of this machine class, but of 3 others
    warning[baseline-not-comparable]: the baseline of suite `parse` has 0 of the 8 jobs of this rustc that it takes
    warning[baseline-not-comparable]: the baseline of suite `parse` was made by another rustc
    warning[baseline-not-comparable]: the baseline of suite `parse` has 7 of the 8 jobs of this rustc that it takes
    warning[baseline-not-comparable]: the baseline of suite `parse` does not say when its newest job was
    warning[baseline-not-comparable]: the baseline of suite `parse` does not say when its newest job was
    warning[baseline-not-comparable]: the baseline of suite `parse` is stale: its newest job is 61 days old, the limit is 60
    ");
}

#[test]
fn a_young_baseline_of_enough_jobs_is_no_finding() {
    assert_eq!(found_of(class(8, 8, Some(60.0)), 3), "");
    assert_eq!(found_of(class(50, 9, Some(0.0)), 0), "");
}

#[test]
fn this_machine_can_be_examined() {
    let machine = observe_machine(Toolchain::default(), true);
    assert_eq!(machine.environment.os, std::env::consts::OS);
    if let Some(steal) = machine.environment.steal {
        assert!((0.0..=1.0).contains(&steal), "{steal}");
    }
    let findings = examine(&DoctorFacts {
        machine,
        ..DoctorFacts::default()
    });
    for finding in findings {
        assert!(matches!(
            finding.code,
            Code::BadSetup | Code::DisturbedMachine
        ));
    }
}
