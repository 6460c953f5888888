//! A project that is not ours, with real criterion and divan benches.
//!
//! Dependencies come from this workspace's lock file and are built once into a directory that stays between
//! runs of the tests, so that only the first run waits for them.

use crate::project::{Answer, Project};
use std::path::Path;

const MANIFEST: &str = r#"
[package]
name = "foreign"
version = "0.3.0"
edition = "2021"

[lib]
bench = false

[dev-dependencies]
criterion = { version = "0.8", default-features = false, features = ["cargo_bench_support"] }
divan = "0.1.21"

[[bench]]
name = "with_criterion"
harness = false

[[bench]]
name = "with_divan"
harness = false

[profile.bench]
opt-level = 1
debug = false

[workspace]
"#;

const CRITERION: &str = r#"
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use std::hint::black_box;

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("sum of/squares");
    for n in [100u64, 1000] {
        group.bench_with_input(BenchmarkId::new("plain", n), &n, |b, &n| b.iter(|| foreign::squares(black_box(n))));
    }
    group.finish();
    c.bench_function("odd | \"name\" α", |b| b.iter(|| foreign::squares(black_box(10))));
}
criterion_group!(all, benches);
criterion_main!(all);
"#;

const DIVAN: &str = r#"
#[global_allocator]
static ALLOC: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = [10, 1000])]
fn boxes(n: u64) -> Vec<u64> {
    (0..n).collect()
}

#[divan::bench]
fn squares() -> u64 {
    foreign::squares(divan::black_box(50))
}
"#;

fn foreign() -> Project {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    Project::new()
        .file("Cargo.toml", MANIFEST)
        .file("Cargo.lock", &lock.unwrap())
        .file(
            "src/lib.rs",
            "pub fn squares(n: u64) -> u64 { (0..n).map(|i| std::hint::black_box(i * i)).sum() }\n",
        )
        .file("benches/with_criterion.rs", CRITERION)
        .file("benches/with_divan.rs", DIVAN)
}

fn tollgate(project: &Project, arguments: &[&str]) -> Answer {
    Answer::of(
        project
            .command(arguments)
            .env("CARGO_NET_OFFLINE", "true")
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign"),
            )
            .output()
            .unwrap(),
    )
}

#[test]
fn init_list_and_check_work_on_a_foreign_project() {
    let project = foreign();
    tollgate(&project, &["init"]).expect(0).says("budgets.toml");
    let listed = tollgate(&project, &["check", "--list"]).expect(0).stdout;
    for name in [
        "with_criterion/sum of/squares/plain/100",
        "with_criterion/sum of/squares/plain/1000",
        "with_criterion/odd | \"name\" α",
        "with_divan/boxes/10",
        "with_divan/boxes/1000",
        "with_divan/squares",
    ] {
        assert!(
            listed.lines().any(|line| line == name),
            "{name} is not in\n{listed}"
        );
    }
    project.write(
        "budgets.toml",
        r#"
version = 1
[defaults]
invocations = 5
[[suite]]
name = "c"
tool = "criterion"
bench = "with_criterion"
measure = "20 ms"
warm-up = "5 ms"
[[suite]]
name = "d"
tool = "divan"
bench = "with_divan"
measure = "20 ms"
[[budget]]
bench = "*"
max = "10 s"
[[budget]]
bench = "d/boxes/*"
metric = "allocations"
max = 1
[[budget]]
bench = "c/odd*"
slower = "5%"
max = "10 s"
"#,
    );
    let answer = tollgate(&project, &["check", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    // Six ceilings on time, two on allocations; one relative budget without a baseline.
    assert_eq!(report["accounting"]["enforced"], 8, "{}", answer.stderr);
    assert_eq!(report["accounting"]["skipped"], 1);

    // The second time cargo has nothing to build, and a budget that cannot hold is broken.
    let text = std::fs::read_to_string(project.path().join("budgets.toml")).unwrap();
    project.write("budgets.toml", &text.replace("max = 1\n", "max = 0\n"));
    tollgate(&project, &["check", "--only", "d/boxes/*"])
        .expect(1)
        .says("allocations");
}

#[test]
fn a_bench_target_that_does_not_exist_is_named_with_those_that_do() {
    let project = foreign().file(
        "budgets.toml",
        "version = 1\n[[suite]]\nname = \"c\"\ntool = \"criterion\"\nbench = \"with_criterian\"\n\
         [[suite]]\nname = \"d\"\ntool = \"divan\"\nbench = \"with_divan\"\npackage = \"tired\"\n",
    );
    tollgate(&project, &["check"])
        .expect(2)
        .says("budgets.toml:3:8")
        .says("with_criterian")
        .says("with_divan")
        .says("budgets.toml:7:8")
        .says("no package `tired`");
}

#[test]
fn a_project_that_does_not_build_is_an_error_and_no_verdict() {
    let project = foreign().file("src/lib.rs", "pub fn squares(n: u64) -> u64 { nonsense }\n").file(
        "budgets.toml",
        "version = 1\n[[suite]]\nname = \"c\"\ntool = \"criterion\"\nbench = \"with_criterion\"\n",
    );
    tollgate(&project, &["check"]).expect(2).says("nonsense");
}
