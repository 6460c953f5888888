//! The gate as a cargo bench target: what `cargo bench` runs in a project with a `gate` target.

use super::check::{self, CheckArgs};
use super::terminal::{Terminal, When};
use super::{config, finish, hidden, usage};
use clap::Parser;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Options of libtest that cargo or people pass to every bench target, and whether a value follows.
const LIBTEST: &[(&str, bool)] = &[
    ("--bench", false),
    ("--test", false),
    ("--nocapture", false),
    ("--no-capture", false),
    ("--show-output", false),
    ("--include-ignored", false),
    ("--ignored", false),
    ("--exact", false),
    ("--force-run-in-process", false),
    ("--exclude-should-panic", false),
    ("--report-time", false),
    ("--ensure-time", false),
    ("--test-threads", true),
    ("--skip", true),
    ("--logfile", true),
    ("-Z", true),
];

#[derive(Debug, Parser)]
#[command(
    name = "gate",
    about = "The performance gate of this project: builds, measures and judges its benches"
)]
struct GateArguments {
    #[command(flatten)]
    check: CheckArgs,
    /// When to use colour.
    #[arg(long, value_enum, default_value = "auto")]
    color: When,
    /// Measure only benchmarks whose name contains this.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
}

/// The `main` of a gate target; use it through [`bench_main!`](crate::bench_main).
///
/// Under `cargo bench` it is `tollgate check`, in GitHub Actions too: against the committed baselines unless its
/// arguments say otherwise, and its report goes to the log alone. A program that is started like any other bench should do
/// there what it does at home; what belongs to the job is done by `tollgate check`. Under `cargo test --benches` it only reads budgets.toml, so that a
/// mistake there shows without measuring. Flags of libtest are accepted and have no effect.
#[must_use]
pub fn bench_main(manifest_directory: &str) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(code) = hidden(&arguments) {
        return code;
    }
    if arguments.iter().any(|argument| argument == "--list") && !wants_bench(&arguments) {
        // A test runner asks for tests; the gate has none.
        return ExitCode::SUCCESS;
    }
    if smoke_only(&arguments) {
        return smoke(Path::new(manifest_directory));
    }
    let parsed = match GateArguments::try_parse_from(without_libtest(arguments)) {
        Ok(parsed) => parsed,
        Err(error) => {
            return usage(&error);
        }
    };
    let terminal = Terminal::new(parsed.color);
    let mut check = parsed.check;
    check.directory = Some(manifest_directory.into());
    check
        .only
        .extend(parsed.filters.iter().map(|filter| containing(filter)));
    finish(check::run(&check, &terminal, &mut |_| {}), &terminal)
}

/// The glob of all names with this text in it: what cargo passes is a substring, not a glob.
fn containing(filter: &str) -> String {
    let literal: String = filter
        .chars()
        .flat_map(|c| {
            let special = "*?[]{}\\!".contains(c).then_some('\\');
            special.into_iter().chain([c])
        })
        .collect();
    format!("*{literal}*")
}

fn wants_bench(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "--bench")
}

/// Whether cargo started a bench target as a test: `cargo bench` passes `--bench`, `cargo test` does not.
#[must_use]
pub fn smoke_only(arguments: &[OsString]) -> bool {
    !wants_bench(arguments) || arguments.iter().any(|argument| argument == "--test")
}

fn smoke(directory: &Path) -> ExitCode {
    let terminal = Terminal::new(When::Auto);
    match config::load(None, directory) {
        Ok(config) => {
            terminal.error(&format!(
                "gate: budgets.toml is valid ({} suites, {} budgets); `cargo bench` measures\n",
                config.budgets.suites.len(),
                config.budgets.budgets.len()
            ));
            ExitCode::SUCCESS
        }
        Err(error) => finish(Err(error), &terminal),
    }
}

fn without_libtest(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        let name = text.split('=').next().unwrap_or_default();
        match LIBTEST.iter().find(|(flag, _)| *flag == name) {
            Some((_, true)) if !text.contains('=') => {
                arguments.next();
            }
            Some(_) => {}
            None => kept.push(argument),
        }
    }
    kept
}

/// The whole of `benches/gate.rs`: a `main` that makes plain `cargo bench` the gate of this project.
///
/// ```no_run
/// tollgate::bench_main!();
/// ```
#[macro_export]
macro_rules! bench_main {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::cli::bench_main(env!("CARGO_MANIFEST_DIR"))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::NameGlob;

    fn os(arguments: &[&str]) -> Vec<OsString> {
        arguments.iter().map(OsString::from).collect()
    }

    #[test]
    fn flags_of_libtest_are_dropped_with_their_values() {
        let kept = without_libtest(os(&[
            "gate",
            "--bench",
            "--test-threads",
            "1",
            "--skip=x",
            "-v",
            "name",
        ]));
        assert_eq!(kept, os(&["gate", "-v", "name"]));
    }

    #[test]
    fn a_filter_is_text_that_a_name_contains_whatever_a_glob_would_make_of_it() {
        for filter in [
            "parse",
            "",
            "a*b",
            "a?",
            "[x]",
            "{a,b}",
            "back\\slash",
            "!no",
            "α | \"b\"",
            "a]}b",
        ] {
            let glob = NameGlob::new(&containing(filter)).unwrap();
            assert!(glob.matches(filter), "{filter}");
            assert!(
                glob.matches(&format!("suite/before {filter} after")),
                "{filter}"
            );
        }
        let glob = |filter| NameGlob::new(&containing(filter)).unwrap();
        assert!(!glob("a*b").matches("suite/axb"));
        assert!(!glob("a?").matches("suite/ab"));
        assert!(!glob("[x]").matches("suite/x"));
        assert!(!glob("{a,b}").matches("suite/a"));
    }

    #[test]
    fn what_cargo_bench_passes_is_understood_and_a_misspelt_option_is_not_a_filter() {
        let parsed =
            |arguments: &[&str]| GateArguments::try_parse_from(without_libtest(os(arguments)));
        let gate = parsed(&["gate", "parse", "--bench", "--nocapture", "json", "-Z=x"]).unwrap();
        assert_eq!(gate.filters, ["parse", "json"]);
        assert!(parsed(&["gate", "--bench", "--vrebose"]).is_err());
    }

    /// The gate measures for minutes; what a test can start of it is what it does before.
    #[test]
    fn started_as_a_test_it_reads_the_budgets_of_its_package() {
        let directory = tempfile::tempdir().unwrap();
        let succeeds =
            || format!("{:?}", smoke(directory.path())) == format!("{:?}", ExitCode::SUCCESS);
        let write =
            |text: &str| std::fs::write(directory.path().join("budgets.toml"), text).unwrap();
        write("version = 1\n[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n");
        assert!(succeeds());
        write("version = 1\n[[sweet]]\nname = \"s\"\n");
        assert!(!succeeds());
    }

    #[test]
    fn only_cargo_bench_measures() {
        assert!(smoke_only(&os(&["gate"])));
        assert!(smoke_only(&os(&["gate", "--bench", "--test"])));
        assert!(!smoke_only(&os(&["gate", "--bench"])));
    }
}
