//! Measuring a command as a whole: wall and CPU time, peak memory, exit status.
//!
//! What is measured includes starting the process (fork, exec, dynamic linking) and writing its output into a
//! pipe that is read all the time. Output is not judged and only kept to explain failures.
//!
//! `peak-rss` is that of the largest process among the command and the children it waited for. On Linux it
//! cannot be lower than [`peak_rss_floor`](super::process::peak_rss_floor), tollgate's own size at the start: for
//! a command smaller than that it is an upper bound, against which `max` still holds, but changes do not show.

use super::process::{self, Finished, Interrupt, Invocation, describe_status, tail};
use super::{CollectError, Measured, probe};
use crate::budget::CommandSource;
use crate::measurement::{Evidence, FailureKind, Metric};
use crate::units::Unit;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Lines of output that explain a failure.
const TAIL_LINES: usize = 10;

/// A command and where it runs.
#[derive(Debug, Clone)]
pub struct Program {
    /// As configured.
    pub source: CommandSource,
    /// Directory of budgets.toml, in the checkout of the side that is measured.
    pub root: PathBuf,
    /// Added to the inherited environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// Runs the command once.
///
/// Gives `time`, `user-time`, `system-time`, `cpu-time` (user + system) in nanoseconds and `peak-rss` in bytes.
/// If the program links `tollgate-probe` and leaves a record where `TOLLGATE_PROBE_RECORD` says, its series follow as metrics.
/// A program given with a slash is looked up from the command's directory, else in `PATH`.
///
/// # Errors
/// The command could not be started, ran into `timeout`, ended by a signal or with another exit status than
/// expected, or left a record that cannot be read; or Ctrl-C.
pub fn measure(
    program: &Program,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Measured, CollectError> {
    let place = probe::Place::new()?;
    let mut invocation = invocation(program, timeout)?;
    invocation.environment.push(place.variable());
    let finished = process::run(&invocation, interrupt)?;
    let source = &program.source;
    if finished.status.code() == Some(source.exit_status) {
        let mut measured = measured(&finished);
        measured.extend(place.read()?);
        Ok(measured)
    } else {
        Err(CollectError::Failed {
            kind: FailureKind::Crashed,
            detail: describe_failure(source, &finished),
        })
    }
}

/// Runs the unmeasured invocations that the source asks for.
///
/// # Errors
/// As [`measure`], at the first that fails.
pub fn warm_up(
    program: &Program,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<(), CollectError> {
    for _ in 0..program.source.warm_up {
        measure(program, timeout, interrupt)?;
    }
    Ok(())
}

fn invocation(of: &Program, timeout: Duration) -> Result<Invocation, CollectError> {
    let source = &of.source;
    let (program, arguments) = match source.argv.split_first() {
        Some(_) if source.shell => ("sh".into(), vec!["-c".into(), source.argv.join(" ").into()]),
        Some((program, arguments)) if !program.is_empty() => {
            (program.into(), arguments.iter().map(Into::into).collect())
        }
        _ => {
            return Err(CollectError::Failed {
                kind: FailureKind::NotStarted,
                detail: format!(
                    "the command of {:?} names no program: give `command` in budgets.toml",
                    source.benchmark
                ),
            });
        }
    };
    Ok(Invocation {
        program,
        arguments,
        directory: match &source.directory {
            Some(directory) => of.root.join(directory),
            None => of.root.clone(),
        },
        environment: of.environment.clone(),
        environment_removed: Vec::new(),
        timeout,
    })
}

fn measured(finished: &Finished) -> Measured {
    let time = |name: &str, duration: Duration| {
        (
            Metric::lower(name, Unit::Nanoseconds),
            Evidence::Value(nanoseconds(duration)),
        )
    };
    vec![
        (Metric::time(), Evidence::Value(nanoseconds(finished.wall))),
        time("user-time", finished.user),
        time("system-time", finished.system),
        time("cpu-time", finished.user.saturating_add(finished.system)),
        (
            Metric::lower("peak-rss", Unit::Bytes),
            Evidence::Value(finished.peak_rss as f64),
        ),
    ]
}

/// Exact below 2^53 ns, which is 104 days.
fn nanoseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

fn describe_failure(source: &CommandSource, finished: &Finished) -> String {
    let mut detail = format!(
        "{} instead of exit status {}",
        describe_status(finished.status),
        source.exit_status
    );
    for (name, output) in [("stderr", &finished.stderr), ("stdout", &finished.stdout)] {
        let lines = tail(output, TAIL_LINES);
        if !lines.is_empty() {
            detail.push_str(&format!("; last lines of {name}:\n{lines}"));
            return detail;
        }
    }
    detail.push_str("; it printed nothing");
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::path::Path;

    fn at(source: &CommandSource, root: &Path) -> Program {
        Program {
            source: source.clone(),
            root: root.to_owned(),
            environment: Vec::new(),
        }
    }

    const LIMIT: Duration = Duration::from_secs(120);

    fn source(argv: &[&str]) -> CommandSource {
        CommandSource {
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            shell: false,
            benchmark: "run".to_owned(),
            warm_up: 0,
            exit_status: 0,
            directory: None,
        }
    }

    fn shell(script: &str) -> CommandSource {
        CommandSource {
            shell: true,
            ..source(&[script])
        }
    }

    fn run(source: &CommandSource) -> Result<Measured, CollectError> {
        measure(&at(source, Path::new("/")), LIMIT, &Interrupt::default())
    }

    fn failure(source: &CommandSource) -> (FailureKind, String) {
        match run(source).unwrap_err() {
            CollectError::Failed { kind, detail } => (kind, detail),
            CollectError::Interrupted => panic!("interrupted"),
        }
    }

    fn value(measured: &Measured, name: &str) -> f64 {
        let (_, evidence) = measured
            .iter()
            .find(|(metric, _)| metric.name == name)
            .unwrap();
        match evidence {
            Evidence::Value(value) => *value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_command_has_five_metrics_and_time_is_first() {
        let measured = run(&source(&["true"])).unwrap();
        let shown: Vec<String> = measured
            .iter()
            .map(|(metric, _)| format!("{} {}", metric.name, metric.unit))
            .collect();
        assert_eq!(
            shown.join(", "),
            "time ns, user-time ns, system-time ns, cpu-time ns, peak-rss bytes"
        );
        assert!(value(&measured, "time") > 0.0);
        assert!(value(&measured, "peak-rss") > 0.0);
    }

    #[test]
    fn cpu_time_is_user_and_system_time() {
        let measured = measured(&Finished {
            status: std::os::unix::process::ExitStatusExt::from_raw(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
            truncated: false,
            wall: Duration::from_secs(3),
            user: Duration::from_micros(250),
            system: Duration::from_micros(50),
            peak_rss: 1 << 30,
        });
        let shown: Vec<f64> = measured
            .iter()
            .map(|(metric, _)| value(&measured, &metric.name))
            .collect();
        assert_eq!(
            shown,
            [3e9, 250_000.0, 50_000.0, 300_000.0, 1_073_741_824.0]
        );
    }

    #[test]
    fn without_a_shell_nothing_is_expanded() {
        let listing = source(&["test", "$HOME", "=", "$(echo $HOME)"]);
        assert_eq!(failure(&listing).0, FailureKind::Crashed);
        assert!(run(&shell("test \"$HOME\" = \"$(echo $HOME)\"")).is_ok());
    }

    #[test]
    fn the_expected_exit_status_is_success() {
        let three = CommandSource {
            exit_status: 3,
            ..shell("exit 3")
        };
        assert!(run(&three).is_ok());
        let zero = CommandSource {
            exit_status: 3,
            ..shell("exit 0")
        };
        assert_eq!(
            failure(&zero).1,
            "exit status 0 instead of exit status 3; it printed nothing"
        );
    }

    #[test]
    fn a_failure_shows_what_was_printed() {
        let (kind, detail) = failure(&shell("echo working; echo '\x1b[31mbroken' >&2; exit 7"));
        assert_eq!(kind, FailureKind::Crashed);
        assert_eq!(
            detail,
            "exit status 7 instead of exit status 0; last lines of stderr:\nbroken"
        );
        let (_, detail) = failure(&shell("echo working; kill -SEGV $$"));
        assert_eq!(
            detail,
            "signal 11 (segmentation fault) instead of exit status 0; last lines of stdout:\nworking"
        );
    }

    #[test]
    fn a_missing_program_is_named() {
        let (kind, detail) = failure(&source(&["no-such-program", "x"]));
        assert_eq!(kind, FailureKind::NotStarted);
        assert!(detail.contains("no-such-program"), "{detail}");
        let (kind, detail) = failure(&source(&[]));
        assert_eq!(kind, FailureKind::NotStarted);
        assert!(detail.contains("names no program"), "{detail}");
        assert_eq!(failure(&source(&[""])).0, FailureKind::NotStarted);
    }

    #[test]
    fn a_program_with_a_slash_is_found_from_its_directory() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("inner")).unwrap();
        std::os::unix::fs::symlink("/bin/sh", root.path().join("inner/shell")).unwrap();
        let inner = CommandSource {
            directory: Some("inner".to_owned()),
            ..source(&["./shell", "-c", "test -L shell"])
        };
        measure(&at(&inner, root.path()), LIMIT, &Interrupt::default()).unwrap();
    }

    #[test]
    fn a_hanging_command_is_a_time_out_with_what_it_said() {
        let hanging = shell("echo stuck >&2; sleep 600");
        let limit = Duration::from_millis(300);
        let error =
            measure(&at(&hanging, Path::new("/")), limit, &Interrupt::default()).unwrap_err();
        match error {
            CollectError::Failed { kind, detail } => {
                assert_eq!(kind, FailureKind::TimedOut);
                assert_eq!(detail, "killed after its time limit of 300 ms\nstuck");
            }
            CollectError::Interrupted => panic!("interrupted"),
        }
    }

    #[test]
    fn an_interrupt_is_not_a_failure_of_the_command() {
        let interrupt = Interrupt::default();
        interrupt
            .flag()
            .store(true, std::sync::atomic::Ordering::Relaxed);
        let error =
            measure(&at(&source(&["true"]), Path::new("/")), LIMIT, &interrupt).unwrap_err();
        assert!(matches!(error, CollectError::Interrupted));
    }

    #[test]
    fn warming_up_runs_as_often_as_asked() {
        let root = tempfile::tempdir().unwrap();
        let counting = CommandSource {
            warm_up: 3,
            ..shell("echo x >>count")
        };
        warm_up(&at(&counting, root.path()), LIMIT, &Interrupt::default()).unwrap();
        let count = std::fs::read_to_string(root.path().join("count")).unwrap();
        assert_eq!(count, "x\nx\nx\n");
        let failing = CommandSource {
            warm_up: 1,
            ..shell("exit 1")
        };
        assert!(warm_up(&at(&failing, root.path()), LIMIT, &Interrupt::default()).is_err());
    }
}
