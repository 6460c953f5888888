//! Code under test prints what it likes; the runner that reads the log obeys none of it.

use super::hub::{Hub, git, push};
use crate::project::{Answer, Project};

/// What GitHub's runner takes for a command, line by line as it reads them.
fn commands(log: &str) -> Vec<&str> {
    log.split(['\n', '\r'])
        .filter(|line| line.trim_start().starts_with("::") || line.contains("##["))
        .collect()
}

/// Annotations of ours have properties; what is printed by the code under test here has none.
fn is_ours(command: &str) -> bool {
    let annotation = command.starts_with("::error ") || command.starts_with("::warning ");
    annotation && command.contains("title=tollgate")
}

const MANIFEST: &str = r#"
[package]
name = "hostile"
version = "0.1.0"
edition = "2021"
build = "build.rs"

[lib]
bench = false

[dependencies]
macros = { path = "macros" }

[[bench]]
name = "talks"
harness = false

[profile.bench]
opt-level = 0

[workspace]
"#;

/// A build script whose output cargo shows: warnings always, the rest when it fails.
const BUILD: &str = r###"
fn main() {
    println!("cargo:warning=::error::from a warning");
    println!("cargo:warning=a\r::add-mask::from a warning");
    println!("cargo:warning=##[error]from a warning");
    if std::path::Path::new("fail").exists() {
        println!("::set-output name=verdict::pass");
        println!("##[add-mask]from a failure");
        eprintln!("::error::from a failure");
        eprintln!("   ::stop-commands::x");
        std::process::exit(1);
    }
}
"###;

/// The compiler quotes what is written in the source, too.
const LIBRARY: &str = r###"
#[deprecated(note = "
::error::from the source
##[error]from the source")]
pub fn old() {}
pub fn new() { old() }
"###;

/// A macro prints while it is expanded, and cargo passes that on as it is; indented as its own progress is.
const MACRO: &str = r###"
#[proc_macro]
pub fn talk(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    eprintln!("   ::error::from a macro");
    eprintln!(" \r::add-mask::from a macro");
    eprintln!("   ##[error]from a macro");
    println!("::error::from a macro on stdout");
    tokens
}
"###;

const BENCH: &str = r###"
macros::talk! {}
fn main() {
    println!("::error::from a benchmark");
    eprintln!("::add-mask::from a benchmark");
    eprintln!("##[error]from a benchmark");
    for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV"] {
        if let Some(file) = std::env::var_os(name) {
            std::fs::write(file, "verdict=pass\n").unwrap();
        }
    }
    std::process::exit(1);
}
"###;

const BUDGETS: &str = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"talks\"\n";

fn hostile() -> (Hub, Project) {
    let hub = Hub::with(BUDGETS);
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub
        .checkout(&main, 0)
        .file("Cargo.toml", MANIFEST)
        .file("build.rs", BUILD)
        .file("src/lib.rs", LIBRARY)
        .file(
            "macros/Cargo.toml",
            "[package]\nname = \"macros\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
        )
        .file("macros/src/lib.rs", MACRO)
        .file("benches/talks.rs", BENCH);
    (hub, project)
}

fn check(hub: &Hub, project: &Project, arguments: &[&str]) -> (Answer, String, String) {
    let main = git(project.path(), &["rev-parse", "HEAD"]);
    let mut command = hub.command(project, "push", &push(None, Some(&main)));
    command.args(arguments);
    let told = hub.told(command);
    (told.answer, told.summary, told.outputs)
}

#[test]
fn what_cargo_passes_on_is_no_command() {
    let (hub, project) = hostile();
    let (answer, _, outputs) = check(&hub, &project, &[]);
    // All of it was said ..
    for said in [
        "\\::error::from a macro",
        "::error::from a warning",
        "::error::from the source",
        "from a warning",
    ] {
        assert!(
            answer.stderr.contains(said),
            "{said:?} is not in {}",
            answer.stderr
        );
    }
    // .. and the only commands are annotations of ours.
    for command in commands(&answer.all()) {
        assert!(is_ours(command), "{command:?}");
        assert!(!command.contains("##["), "{command:?}");
    }
    // What was measured did not find the files of the runner.
    assert!(!outputs.contains("verdict=pass"), "{outputs}");
    assert!(outputs.starts_with("verdict="), "{outputs}");
}

#[test]
fn a_build_script_that_fails_commands_nothing_and_leaves_no_run() {
    let (hub, project) = hostile();
    project.write("fail", "");
    let (answer, summary, outputs) = check(&hub, &project, &[]);
    assert_eq!(answer.code, 2, "{}", answer.all());
    assert!(
        answer.stderr.contains("::set-output name=verdict::pass"),
        "{}",
        answer.stderr
    );
    let found = commands(&answer.stderr);
    assert!(
        matches!(found[..], [one] if one.starts_with("::error title=tollgate could not judge::")),
        "{found:?}"
    );
    assert!(
        summary.contains("could not judge") && !project.run_file().exists(),
        "{summary}"
    );
    assert_eq!(outputs, "verdict=error\nexit-code=2\n");
}

#[test]
fn builds_of_the_base_command_nothing_either() {
    let (hub, project) = hostile();
    git(project.path(), &["add", "-A"]);
    git(project.path(), &["commit", "-q", "-m", "hostile"]);
    project.write("src/lib.rs", &format!("{LIBRARY}pub fn more() {{}}\n"));
    let (answer, _, _) = check(&hub, &project, &["--base", "HEAD", "--always-measure"]);
    // What cargo says of the base comes after the path of its checkout.
    let of_base = answer
        .stderr
        .split_once("/cache/")
        .map_or("", |(_, rest)| rest);
    assert!(
        of_base.contains("\\::error::from a macro"),
        "{}",
        answer.stderr
    );
    for command in commands(&answer.all()) {
        assert!(is_ours(command), "{command:?}");
    }
}

#[test]
fn a_report_as_json_is_the_same_to_programs_and_no_command_to_a_log() {
    let name = "##[error]x";
    let line = format!("echo '{{\"name\": \"{name}\", \"value\": 1}}'");
    let project = Project::with_budgets(&crate::project::shell_suite("##[group]s", &line));
    let answer = project.tollgate(&["check", "-q", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert!(report.to_string().contains("##[group]s"), "{report}");
    assert!(commands(&answer.all()).is_empty(), "{}", answer.all());
}
