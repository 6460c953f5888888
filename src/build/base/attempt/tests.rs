use super::*;
use std::sync::atomic::Ordering;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn reason(script: &str) -> String {
    match attempt(shell(script), &Interrupt::default()).unwrap() {
        Attempt::Failed(reason) => reason,
        made => panic!("{made:?}"),
    }
}

#[test]
fn a_failure_shows_what_was_said_from_the_error_on() {
    assert_eq!(
        reason("echo 'warning: x' >&2; echo 'error: no such\n  Caused by: y' >&2; exit 101"),
        "error: no such\n  Caused by: y"
    );
    assert_eq!(reason("echo odd >&2; exit 3"), "odd");
    assert_eq!(reason("exit 3"), "cargo ended with exit status: 3");
    assert!(reason("kill -9 $$").contains("signal: 9"));
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let long = reason("printf 'error: '; exit 1");
    assert_eq!(long, "cargo ended with exit status: 1");
    let long = reason(
        "printf 'error: ' >&2; i=0; while [ $i -lt 900 ]; do printf 'ééééé' >&2; i=$((i+1)); done; exit 1",
    );
    assert_eq!(long.chars().count(), LONGEST + 2);
    assert!(long.ends_with("é.."));
}

#[test]
fn what_is_no_message_of_cargo_is_passed_over() {
    let made = attempt(
        shell("echo; echo '{'; echo '{\"reason\":\"other\"}'; printf '\\377\\n{\"reason\"'"),
        &Interrupt::default(),
    );
    let Attempt::Built { artifacts, linked } = made.unwrap() else {
        panic!();
    };
    assert!(artifacts.is_empty() && linked.is_empty());
}

#[test]
fn ctrl_c_ends_whatever_cargo_started() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let interrupt = Interrupt::default();
    let flag = interrupt.flag();
    let script = format!("sh -c 'echo ready > {0}; sleep 600' & wait", fifo.display());
    // The grandchild is there when somebody has written to the pipe.
    let ready = std::thread::spawn(move || {
        std::fs::read_to_string(fifo).unwrap();
        flag.store(true, Ordering::Relaxed);
    });
    let error = attempt(shell(&script), &interrupt).unwrap_err();
    assert!(matches!(error, BuildError::Interrupted), "{error}");
    ready.join().unwrap();
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let command = Command::new("/nowhere/cargo");
    let error = attempt(command, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, BuildError::NotStarted { .. }), "{error}");
}
