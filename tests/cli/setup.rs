use crate::project::{Project, shell_suite};

#[test]
fn doctor_looks_at_the_machine_where_there_is_no_project() {
    Project::new()
        .tollgate(&["doctor"])
        .expect(0)
        .says("no budgets.toml here: `tollgate init` writes one");
}

/// A cargo project whose `cargo bench` would start unit tests, and a bench without its own `main`.
fn careless() -> Project {
    Project::new()
        .file(
            "Cargo.toml",
            "[package]\nname = \"careless\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
             [[bench]]\nname = \"speed\"\n[profile.bench]\nopt-level = 0\n[workspace]\n",
        )
        .file("src/lib.rs", "pub fn one() -> u32 { 1 }\n")
        .file("benches/speed.rs", "fn main() {}\n")
}

#[test]
fn doctor_names_what_spoils_a_cargo_project_with_the_line_to_write() {
    let suite = shell_suite("s", "true");
    careless()
        .file("budgets.toml", &format!("version = 1\n{suite}"))
        .tollgate(&["doctor"])
        .expect(0)
        .says("benches are built with `opt-level = 0`")
        .says("Cargo.toml: set `opt-level = 3` under `[profile.bench]`")
        .says("starts the unit tests of the library `careless`")
        .says("set `bench = false` under `[lib]`")
        .says("suite `s` has no baseline");
}

#[test]
fn doctor_says_no_more_of_what_was_put_right() {
    let project = careless();
    let manifest = std::fs::read_to_string(project.path().join("Cargo.toml")).unwrap();
    project.write(
        "Cargo.toml",
        &manifest
            .replace("opt-level = 0", "opt-level = 3")
            .replace("[[bench]]", "[lib]\nbench = false\n[[bench]]"),
    );
    let answer = project.tollgate(&["doctor"]).expect(0);
    for gone in ["opt-level", "unit tests of the library"] {
        assert!(!answer.all().contains(gone), "{gone}: {}", answer.all());
    }
}

#[test]
fn doctor_could_not_look_where_budgets_or_manifest_are_broken() {
    Project::with_budgets("[[sweet]]\nname = \"s\"\n")
        .tollgate(&["doctor"])
        .expect(2)
        .says("sweet");
    Project::new()
        .file("Cargo.toml", "[package\n")
        .tollgate(&["doctor"])
        .expect(2)
        .says("Cargo.toml");
}

#[test]
fn doctor_counts_the_jobs_of_a_baseline_of_another_machine() {
    let project = Project::with_budgets(&shell_suite("s", "true")).file(
        "run.json",
        &crate::project::outside_run(20, "s", &[("run", 500.0)]),
    );
    project
        .tollgate(&[
            "baseline", "accept", "--run", "run.json", "--author", "Ada", "--reason", "first",
        ])
        .expect(0);
    project
        .tollgate(&["doctor"])
        .expect(0)
        .says("suite `s` has no baseline of this machine class, but of 1 other");
}

#[test]
fn init_serves_a_directory_of_programs_alone() {
    let project = Project::new();
    project
        .tollgate(&["init"])
        .expect(0)
        .says("with 0 suites")
        .says("tollgate check");
    let proposed = std::fs::read_to_string(project.path().join("budgets.toml")).unwrap();
    assert!(proposed.contains("tool = \"command\""), "{proposed}");
    project.tollgate(&["init"]).expect(2).says("--force");
}

#[test]
fn doctor_does_not_blame_a_compiler_that_commands_do_not_have() {
    let project = Project::with_budgets(&format!(
        "{}[[budget]]\nbench = \"s/*\"\nmax = \"1 min\"\n",
        shell_suite("s", "true")
    ));
    project.tollgate(&["check"]).expect(0);
    project
        .tollgate(&["baseline", "accept", "--author", "Ada", "--reason", "first"])
        .expect(0);
    project
        .tollgate(&["doctor"])
        .expect(0)
        .says("has 1 of the 8 jobs");
}

const PINNED: &str = "OWNER/REPO@0123456789abcdef0123456789abcdef01234567";

#[test]
fn init_writes_workflows_beside_budgets_that_are_there() {
    let budgets = format!("version = 1\n{}", shell_suite("s", "true"));
    let project = Project::new().file("budgets.toml", &budgets);
    std::fs::create_dir(project.path().join(".git")).unwrap();
    let init = ["init", "--ci", "github", "--action", PINNED];
    project
        .tollgate(&init)
        .expect(0)
        .says("wrote ")
        .says("Merge both into the default branch");
    let read = |name: &str| std::fs::read_to_string(project.path().join(name)).unwrap();
    for name in ["tollgate.yml", "tollgate-comment.yml"] {
        let text = read(&format!(".github/workflows/{name}"));
        assert!(text.contains(&format!("uses: {PINNED}\n")), "{text}");
    }
    assert_eq!(read("budgets.toml"), budgets);
    project.tollgate(&init).expect(2).says("--force");
}

#[test]
fn init_refuses_an_action_that_is_missing_or_can_be_moved() {
    let project = Project::new();
    project
        .tollgate(&["init", "--ci", "github"])
        .expect(2)
        .says("There is no default")
        .says("--action OWNER/REPO@<the 40 hex digits of a commit>");
    project
        .tollgate(&["init", "--ci", "github", "--action", "OWNER/REPO@v1"])
        .expect(2)
        .says("can be moved to other code")
        .says("git ls-remote https://github.com/OWNER/REPO v1");
    project
        .tollgate(&["init", "--action", PINNED])
        .expect(2)
        .says("--ci");
    assert_eq!(std::fs::read_dir(project.path()).unwrap().count(), 0);
}
