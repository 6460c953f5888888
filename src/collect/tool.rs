//! What the collectors of cargo bench targets share: starting the executable, and saying what went wrong.

use super::process::{self, Finished, Interrupt, Invocation, describe_status, tail};
use super::{CollectError, Measured};
use crate::build::BuiltBench;
use crate::measurement::FailureKind;
use std::ffi::OsString;
use std::time::Duration;

/// Lines of output that explain a failure.
const TAIL_LINES: usize = 12;

/// What is started together: the smallest set of benchmarks that the tool can run in a process of its own.
///
/// For criterion a unit is one benchmark, and two where a claim says that they alternate. divan cannot choose among the thread counts of a benchmark, so its unit
/// is one function with one argument, and has a benchmark for each thread count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The exact name that the tool's filter takes; of two benchmarks of criterion what they are called together.
    pub filter: String,
    /// Names of the benchmarks that an invocation measures, in the tool's order; not empty.
    pub benchmarks: Vec<String>,
}

/// One start of a bench executable.
pub(super) struct Start<'a> {
    pub(super) tool: &'static str,
    pub(super) built: &'a BuiltBench,
    pub(super) arguments: Vec<OsString>,
    /// Set besides what `cargo bench` sets.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// Inherited variables that would change what is measured.
    pub(super) removed: Vec<OsString>,
    pub(super) timeout: Duration,
}

impl Start<'_> {
    /// Runs the executable to a good end.
    pub(super) fn run(self, interrupt: &Interrupt) -> Result<Finished, CollectError> {
        let built = self.built;
        if built.harness {
            return Err(unreadable(format!(
                "bench target `{bench}` of package `{package}` runs under libtest, which {tool} does not work with: add `harness = false` to its [[bench]]",
                bench = built.target.bench,
                package = built.package,
                tool = self.tool,
            )));
        }
        let mut environment = built.environment.clone();
        environment.extend(self.environment);
        let finished = process::run(
            &Invocation {
                program: built.executable.clone(),
                arguments: self.arguments,
                directory: built.directory.clone(),
                environment,
                environment_removed: self.removed,
                timeout: self.timeout,
            },
            interrupt,
        )?;
        if !finished.status.success() {
            return Err(failed(self.tool, &finished));
        }
        if finished.truncated {
            return Err(unreadable(format!(
                "it printed more than {} MiB, of which the rest was dropped: let the benchmark print less",
                process::OUTPUT_LIMIT >> 20
            )));
        }
        Ok(finished)
    }
}

/// A bad end: either the benchmark's fault, or the executable does not know our flags and is no bench of `tool`.
fn failed(tool: &str, finished: &Finished) -> CollectError {
    let stderr = String::from_utf8_lossy(&finished.stderr);
    if is_usage_error(&stderr) {
        return unreadable(format!(
            "it does not take {tool}'s arguments: is `tool` of this suite right, and has its [[bench]] `harness = false`?\n{}",
            tail(&finished.stderr, TAIL_LINES)
        ));
    }
    let mut detail = describe_status(finished.status);
    if let Some(message) = first_panic(&stderr) {
        detail.push_str(&format!("; {message}"));
    } else {
        for (name, output) in [("stderr", &finished.stderr), ("stdout", &finished.stdout)] {
            let lines = tail(output, TAIL_LINES);
            if !lines.is_empty() {
                detail.push_str(&format!("; last lines of {name}:\n{lines}"));
                break;
            }
        }
    }
    CollectError::Failed {
        kind: FailureKind::Crashed,
        detail,
    }
}

/// The first panic's place and message. A backtrace, and the panics that it brings about, come after it.
fn first_panic(stderr: &str) -> Option<String> {
    let mut lines = stderr
        .lines()
        .skip_while(|line| !(line.starts_with("thread '") && line.contains(" panicked at ")));
    let place = lines.next()?;
    let message: Vec<&str> = lines
        .take_while(|line| !line.starts_with("stack backtrace:") && !line.starts_with("note: "))
        .take(TAIL_LINES)
        .collect();
    let text = format!("{place}\n{}", message.join("\n"));
    Some(tail(text.trim_end().as_bytes(), TAIL_LINES))
}

/// clap's and libtest's (getopts) first words on an unknown argument.
fn is_usage_error(stderr: &str) -> bool {
    stderr.lines().any(|line| {
        line.starts_with("error: unexpected argument")
            || line.starts_with("error: Found argument")
            || line.starts_with("error: Unrecognized option")
    })
}

pub(super) fn unreadable(detail: impl Into<String>) -> CollectError {
    CollectError::Failed {
        kind: FailureKind::Unreadable,
        detail: detail.into(),
    }
}

pub(super) fn silent(detail: impl Into<String>) -> CollectError {
    CollectError::Failed {
        kind: FailureKind::Silent,
        detail: detail.into(),
    }
}

/// What an executable says about each benchmark of a unit.
pub type UnitMeasured = Vec<(String, Measured)>;

/// A duration as the tools take it: seconds with a decimal point, exact to the nanosecond.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{}.{:09}", duration.as_secs(), duration.subsec_nanos())
}

/// Reads `NAME: benchmark` lines, as `--list --format terse` prints them, in their order.
///
/// Names may hold newlines and `: benchmark` in their midst, so the output is cut at `: benchmark` before
/// a newline and nowhere else. What a program prints on stdout before its list becomes part of the first name, with
/// a newline between; what it prints after the list is an error.
///
/// # Errors
/// The text does not end with the line of a benchmark, or lists tests as libtest does.
pub fn parse_terse(stdout: &str) -> Result<Vec<String>, String> {
    const END: &str = ": benchmark";
    if stdout.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut names: Vec<String> = stdout.split(": benchmark\n").map(str::to_owned).collect();
    let Some(rest) = names.pop() else {
        return Ok(Vec::new());
    };
    if rest.is_empty() {
        return Ok(names);
    }
    let last = rest.lines().last().unwrap_or_default();
    if names.is_empty() && rest.lines().any(|line| line.ends_with(": test")) {
        return Err(format!(
            "it lists tests (`{}`) as libtest does: its [[bench]] needs `harness = false`",
            shortened(last)
        ));
    }
    Err(format!(
        "its list of benchmarks ends with `{}` instead of a line `NAME{END}`: it was cut off, or something else was printed",
        shortened(last)
    ))
}

/// The names in a terse list. `nothing` runs the program so that it lists nothing, which is only needed where a name holds
/// a newline, or the program prints more than its list.
pub(super) fn names(
    printed: &str,
    nothing: impl FnOnce() -> Result<String, CollectError>,
) -> Result<Vec<String>, CollectError> {
    let problem = match parse_terse(printed) {
        Ok(names) if !names.iter().any(|name| name.contains('\n')) => return Ok(names),
        Ok(_) => None,
        Err(problem) => Some(problem),
    };
    let list = without_noise(printed, &nothing()?).map_err(unreadable)?;
    let names = parse_terse(&list).map_err(unreadable)?;
    match problem {
        // Whatever it is asked, it prints the same: it does not list benchmarks at all.
        Some(problem) if names.is_empty() => Err(unreadable(problem)),
        _ => Ok(names),
    }
}

/// Takes out of a list what the program prints on stdout besides it: `noise` is its output when asked to list nothing.
///
/// # Errors
/// The noise is not all in the list, so that it cannot be told from names.
pub(super) fn without_noise(list: &str, noise: &str) -> Result<String, String> {
    let mut expected = noise.split_inclusive('\n').peekable();
    let mut kept = String::with_capacity(list.len());
    for line in list.split_inclusive('\n') {
        if expected.next_if_eq(&line).is_none() {
            kept.push_str(line);
        }
    }
    match expected.next() {
        None => Ok(kept),
        Some(line) => Err(format!(
            "it prints changing text on stdout while it lists its benchmarks (`{}`): print to stderr instead",
            shortened(line.trim_end())
        )),
    }
}

/// Text of another program, short enough for a message.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push_str("..");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_cut_at_the_end_of_lines_only() {
        let names = [
            "a",
            "ends: benchmark",
            "new\nline",
            " spaces ",
            "α|\"'`",
            "",
        ];
        let printed: String = names
            .iter()
            .map(|name| format!("{name}: benchmark\n"))
            .collect();
        assert_eq!(parse_terse(&printed).unwrap(), names);
    }

    #[test]
    fn nothing_is_no_benchmark() {
        assert_eq!(parse_terse("").unwrap(), Vec::<String>::new());
        assert_eq!(parse_terse("\n").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_list_that_was_cut_is_an_error_at_every_byte_inside_of_a_line() {
        let whole = "first: benchmark\nsecond: benchmark\n";
        for end in 1..whole.len() {
            let cut = parse_terse(&whole[..end]);
            if end == "first: benchmark\n".len() {
                assert_eq!(cut.unwrap(), ["first"]);
            } else {
                assert!(cut.is_err(), "{end}");
            }
        }
    }

    #[test]
    fn a_list_of_tests_names_the_missing_key() {
        let problem = parse_terse("tests::one: test\n").unwrap_err();
        assert!(problem.contains("harness = false"), "{problem}");
    }

    #[test]
    fn foreign_output_is_quoted_shortly() {
        let problem = parse_terse(&"x".repeat(2_000_000)).unwrap_err();
        assert!(problem.len() < 300);
        assert!(problem.contains("xxx"));
    }

    #[test]
    fn arguments_that_are_not_understood_are_told_from_crashes() {
        for stderr in [
            "error: Unrecognized option: 'sample-count'\n",
            "error: unexpected argument '--format' found\n\nUsage: ..",
            "error: Found argument '--exact' which wasn't expected",
        ] {
            assert!(is_usage_error(stderr), "{stderr}");
        }
        assert!(!is_usage_error(
            "thread 'main' panicked: error: unexpected argument"
        ));
    }

    #[test]
    fn what_a_program_prints_besides_its_list_is_taken_out() {
        let list = "loading\na: benchmark\nnew\nline: benchmark\ndone\n";
        assert_eq!(
            without_noise(list, "loading\ndone\n").unwrap(),
            "a: benchmark\nnew\nline: benchmark\n"
        );
        assert_eq!(without_noise(list, "").unwrap(), list);
        let problem = without_noise(list, "took 5 ms\n").unwrap_err();
        assert!(problem.contains("`took 5 ms`"), "{problem}");
    }

    #[test]
    fn the_first_panic_explains_a_crash() {
        let stderr = "noise\nthread 'main' (1) panicked at benches/a.rs:1:2:\non purpose\nstack backtrace:\n 0: x\nthread 'main' panicked at b:\nanother";
        assert_eq!(
            first_panic(stderr).unwrap(),
            "thread 'main' (1) panicked at benches/a.rs:1:2:\non purpose"
        );
        assert_eq!(first_panic("error: out of memory"), None);
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!(seconds(Duration::from_millis(50)), "0.050000000");
        assert_eq!(seconds(Duration::from_nanos(1)), "0.000000001");
        assert_eq!(seconds(Duration::from_secs(61)), "61.000000000");
    }

    proptest! {
        #[test]
        fn any_names_come_back(names in proptest::collection::vec("[^\u{0}]{0,40}", 1..20)) {
            prop_assume!(names.iter().all(|name| !name.contains(": benchmark\n")));
            // One newline alone, from an empty name, is not this format's business.
            let printed: String = names.iter().map(|name| format!("{name}: benchmark\n")).collect();
            prop_assert_eq!(parse_terse(&printed).unwrap(), names);
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = parse_terse(&text);
        }
    }
}
