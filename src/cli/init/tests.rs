use super::*;
use proptest::prelude::*;

fn bench(package: &str, name: &str, tool: Tool) -> FoundBench {
    FoundBench {
        package: package.to_owned(),
        bench: name.to_owned(),
        tool,
        harness: false,
        runs_by_default: true,
        features: Vec::new(),
    }
}

fn parsed(text: &str) -> toml::Table {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn project() -> Vec<FoundBench> {
    vec![
        bench("parser", "parse", Tool::Criterion),
        FoundBench {
            features: vec!["simd".to_owned()],
            ..bench("printer", "print", Tool::Divan)
        },
        bench("parser", "old", Tool::Libtest),
        bench("parser", "cachegrind", Tool::Gungraun),
        bench("parser", "own", Tool::Unknown),
        bench("parser", "gate", Tool::Gate),
    ]
}

#[test]
fn a_project_gets_a_suite_and_a_budget_for_each_known_target() {
    let text = propose(&project());
    let table = parsed(&text);
    let suites = table["suite"].as_array().unwrap();
    assert_eq!(suites.len(), 2);
    assert_eq!(suites[1]["features"][0].as_str(), Some("simd"));
    assert_eq!(table["budget"].as_array().unwrap().len(), 2);
    insta::assert_snapshot!("project", text);
}

#[test]
fn the_proposal_passes_its_own_validation() {
    let hostile = FoundBench {
        features: vec!["a\"b".to_owned(), "simd".to_owned()],
        ..bench("größe", "a[b]*{c}\\\"d", Tool::Divan)
    };
    for targets in [project(), Vec::new(), vec![hostile]] {
        let text = propose(&targets);
        let budgets = crate::budget::Budgets::parse(BUDGETS_FILE, &text)
            .unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"));
        let known = targets
            .iter()
            .filter(|target| target.tool.suite().is_some());
        assert_eq!(budgets.suites.len(), known.clone().count());
        assert_eq!(budgets.budgets.len(), known.count());
        for (suite, budget) in budgets.suites.iter().zip(&budgets.budgets) {
            let id = crate::measurement::BenchmarkId::new(&suite.name, "group/one");
            assert!(budget.covers(&id), "{text}");
            let other = crate::measurement::BenchmarkId::new("other", "group/one");
            assert!(!budget.covers(&other), "{text}");
        }
        assert_eq!(budgets.defaults, crate::budget::Defaults::default());
    }
}

#[test]
fn nothing_found_is_said_and_still_a_valid_file() {
    let text = propose(&[]);
    assert!(text.contains("No criterion or divan bench target was found"));
    assert_eq!(parsed(&text)["version"].as_integer(), Some(1));
}

#[test]
fn targets_of_one_name_in_two_packages_name_their_package() {
    let text = propose(&[
        bench("a", "speed", Tool::Criterion),
        bench("b", "speed", Tool::Divan),
        bench("c", "a-speed", Tool::Divan),
    ]);
    let table = parsed(&text);
    let names: Vec<_> = table["suite"]
        .as_array()
        .unwrap()
        .iter()
        .map(|suite| {
            (
                suite["name"].as_str().unwrap(),
                suite.get("package").and_then(toml::Value::as_str),
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            ("a-speed", Some("a")),
            ("b-speed", Some("b")),
            ("a-speed-2", None)
        ]
    );
}

#[test]
fn what_measures_is_read_from_the_source_first() {
    for (source, dependencies, tool) in [
        ("criterion_main!(benches);", &["divan"][..], Tool::Criterion),
        (
            "fn main() { divan::main(); }",
            &["criterion", "divan"],
            Tool::Divan,
        ),
        ("use gungraun::prelude::*;", &[], Tool::Gungraun),
        (
            "#[bench]\nfn x(b: &mut Bencher) {}",
            &["criterion"],
            Tool::Libtest,
        ),
        ("tollgate::bench_main!();", &["criterion"], Tool::Gate),
        (
            "// divan::main()\nmod all;",
            &["criterion"],
            Tool::Criterion,
        ),
        ("", &["divan"], Tool::Divan),
        ("", &["divan", "criterion"], Tool::Unknown),
        ("fn main() {}", &[], Tool::Unknown),
    ] {
        assert_eq!(tool_of(source, dependencies), tool, "{source}");
    }
}

#[test]
fn the_next_steps_name_every_change() {
    let mut targets = project();
    targets.retain(|target| target.tool != Tool::Gate);
    targets[0].harness = true;
    targets[1].runs_by_default = false;
    let surroundings = Surroundings {
        gate_package: "parser".to_owned(),
        libraries: vec!["parser".to_owned()],
        binaries: vec![("printer".to_owned(), "prn".to_owned())],
    };
    insta::assert_snapshot!("next_steps", next_steps(&targets, &surroundings));
}

#[test]
fn a_project_that_is_ready_is_only_told_to_run() {
    let mut gate = bench("a", "gate", Tool::Gate);
    gate.runs_by_default = true;
    let mut target = bench("a", "speed", Tool::Divan);
    target.runs_by_default = false;
    let surroundings = Surroundings {
        gate_package: "a".to_owned(),
        ..Surroundings::default()
    };
    let text = next_steps(&[gate, target], &surroundings);
    assert!(
        !text.contains("Cargo.toml") && !text.contains("gate.rs"),
        "{text}"
    );
    assert!(text.contains("1. read budgets.toml"));
}

/// A package with a criterion bench, as far as `cargo metadata` without dependencies looks.
fn cargo_project() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    std::fs::create_dir_all(root.join("benches")).unwrap();
    std::fs::create_dir_all(root.join("src")).unwrap();
    std::fs::write(root.join("src/lib.rs"), "").unwrap();
    std::fs::write(
        root.join("benches/speed.rs"),
        "criterion::criterion_main!(b);",
    )
    .unwrap();
    std::fs::write(
        root.join("Cargo.toml"),
        "[package]\nname = \"shop\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [[bench]]\nname = \"speed\"\nharness = false\n\n[workspace]\n",
    )
    .unwrap();
    directory
}

fn init(root: &Path, force: bool, print: bool) -> Result<String, InitError> {
    let mut out = Vec::new();
    run(
        &Options {
            directory: root.to_owned(),
            force,
            print,
            ci: None,
        },
        &mut out,
    )?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn a_file_is_written_once_and_replaced_by_force_only() {
    let directory = cargo_project();
    let path = directory.path().join(BUDGETS_FILE);
    let said = init(directory.path(), false, false).unwrap();
    assert!(said.contains("with 1 suite\n"), "{said}");
    assert!(said.contains("tollgate::bench_main!();"), "{said}");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("bench = \"speed\""), "{written}");

    std::fs::write(&path, "mine").unwrap();
    let error = init(directory.path(), false, false).unwrap_err();
    assert!(matches!(error, InitError::Exists { .. }), "{error}");
    assert!(error.to_string().contains("budgets.toml"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");

    init(directory.path(), true, false).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
    let left: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with(".budgets"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn print_writes_nothing_to_disk() {
    let directory = cargo_project();
    let said = init(directory.path(), false, true).unwrap();
    parsed(&said);
    assert!(!directory.path().join(BUDGETS_FILE).exists());
}

#[test]
fn a_project_that_cargo_cannot_read_is_an_error_that_names_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("Cargo.toml"), "[package").unwrap();
    let error = init(directory.path(), false, false).unwrap_err();
    assert!(matches!(error, InitError::Project(_)));
    let path = directory.path().display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
    assert!(!directory.path().join(BUDGETS_FILE).exists());
}

#[test]
fn without_a_project_there_is_a_file_to_put_commands_into() {
    let directory = tempfile::tempdir().unwrap();
    init(directory.path(), false, false).unwrap();
    parsed(&std::fs::read_to_string(directory.path().join(BUDGETS_FILE)).unwrap());
}

fn any_tool() -> impl Strategy<Value = Tool> {
    proptest::sample::select(vec![
        Tool::Criterion,
        Tool::Divan,
        Tool::Libtest,
        Tool::Gungraun,
        Tool::Unknown,
    ])
}

proptest! {
    #[test]
    fn any_names_give_toml_that_says_the_same(
        names in proptest::collection::vec((any::<String>(), any::<String>(), any_tool()), 0..6),
    ) {
        let targets: Vec<FoundBench> = names
            .iter()
            .map(|(package, name, tool)| FoundBench {
                features: vec![package.clone()],
                ..bench(package, name, *tool)
            })
            .collect();
        let table = parsed(&propose(&targets));
        let known: Vec<&FoundBench> =
            targets.iter().filter(|target| target.tool.suite().is_some()).collect();
        let suites = table.get("suite").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        prop_assert_eq!(suites.len(), known.len());
        let mut seen = std::collections::BTreeSet::new();
        for (suite, target) in suites.iter().zip(known) {
            prop_assert_eq!(suite["bench"].as_str(), Some(target.bench.as_str()));
            prop_assert_eq!(suite["features"][0].as_str(), Some(target.package.as_str()));
            prop_assert!(seen.insert(suite["name"].as_str().unwrap_or_default().to_owned()));
        }
    }
}
