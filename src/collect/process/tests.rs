use super::*;
use crate::collect::process::sys::high_water_mark;
use std::os::unix::process::ExitStatusExt as _;

fn shell(script: &str) -> Invocation {
    Invocation {
        program: "sh".into(),
        arguments: vec!["-c".into(), script.into()],
        directory: "/".into(),
        environment: Vec::new(),
        environment_removed: Vec::new(),
        timeout: Duration::from_secs(120),
    }
}

fn finish(script: &str) -> Finished {
    run(&shell(script), &Interrupt::default()).unwrap()
}

#[test]
fn output_and_exit_status_come_back() {
    let finished = finish("printf out; printf err >&2; exit 3");
    assert_eq!(finished.stdout, b"out");
    assert_eq!(finished.stderr, b"err");
    assert_eq!(finished.status.code(), Some(3));
    assert_eq!(describe_status(finished.status), "exit status 3");
    assert!(!finished.truncated);
    assert!(finished.wall > Duration::ZERO);
    assert!(finished.peak_rss > 0);
}

#[test]
fn output_that_is_not_utf8_is_kept_as_it_is() {
    assert_eq!(finish(r"printf '\377\000\376'").stdout, b"\xff\0\xfe");
}

#[test]
fn stdin_is_empty() {
    assert_eq!(finish("cat; echo done").stdout, b"done\n");
}

#[test]
fn a_signal_is_named() {
    let finished = finish("kill -SEGV $$");
    assert_eq!(finished.status.signal(), Some(libc::SIGSEGV));
    assert_eq!(
        describe_status(finished.status),
        "signal 11 (segmentation fault)"
    );
}

#[test]
fn the_environment_is_inherited_extended_and_reduced() {
    let mut invocation = shell("echo ${PATH:+path} ${ADDED} ${HOME:-homeless}");
    invocation.environment = vec![("ADDED".into(), "added".into())];
    invocation.environment_removed = vec!["HOME".into()];
    let finished = run(&invocation, &Interrupt::default()).unwrap();
    assert_eq!(finished.stdout, b"path added homeless\n");
}

#[test]
fn a_relative_program_starts_at_the_working_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/bin/sh", directory.path().join("own-shell")).unwrap();
    let mut invocation = shell("pwd -P");
    invocation.program = "./own-shell".into();
    invocation.directory = directory.path().canonicalize().unwrap();
    let finished = run(&invocation, &Interrupt::default()).unwrap();
    assert_eq!(
        String::from_utf8(finished.stdout).unwrap().trim_end(),
        invocation.directory.to_str().unwrap()
    );
}

#[test]
fn what_is_missing_is_named() {
    let message = |program: &str, directory: &str| {
        let invocation = Invocation {
            program: program.into(),
            directory: directory.into(),
            ..shell("")
        };
        let error = run(&invocation, &Interrupt::default()).unwrap_err();
        assert!(
            matches!(&error, ProcessError::NotStarted { source, .. } if source.kind() == io::ErrorKind::NotFound)
        );
        error.to_string()
    };
    insta::assert_snapshot!(
        [
            message("no-such-program", "/"),
            message("target/no-such-bench", "/"),
            message("sh", "/no/such/directory"),
        ]
        .join("\n"),
        @r"
    failed to start no-such-program: no such program in PATH
    failed to start target/no-such-bench: /target/no-such-bench does not exist
    failed to start sh: its working directory /no/such/directory does not exist
    "
    );
}

#[test]
fn a_file_that_is_no_program_is_not_started() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    let invocation = Invocation {
        program: script.clone(),
        ..shell("")
    };
    let error = run(&invocation, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, ProcessError::NotStarted { .. }), "{error}");

    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let error = run(&invocation, &Interrupt::default()).unwrap_err();
    assert!(error.to_string().contains("interpreter"), "{error}");
}

#[test]
fn a_hanging_child_is_killed_at_its_limit_with_what_it_said() {
    let mut invocation = shell("echo working >&2; sleep 600");
    invocation.timeout = Duration::from_millis(300);
    let error = run(&invocation, &Interrupt::default()).unwrap_err();
    match error {
        ProcessError::TimedOut { limit, stderr_tail } => {
            assert_eq!(limit, invocation.timeout);
            assert_eq!(stderr_tail, "working");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_child_that_ignores_sigterm_is_killed_with_its_children() {
    let directory = tempfile::tempdir().unwrap();
    let pids = directory.path().join("pids");
    let mut invocation = shell("trap '' TERM INT HUP; sleep 600 & echo $$ $! >pids; wait");
    invocation.directory = directory.path().to_owned();
    invocation.timeout = Duration::from_millis(300);
    let error = run(&invocation, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, ProcessError::TimedOut { .. }), "{error}");
    assert_all_end(&std::fs::read_to_string(pids).unwrap());
}

#[test]
fn a_limit_of_zero_kills_at_once() {
    let mut invocation = shell("sleep 600");
    invocation.timeout = Duration::ZERO;
    let error = run(&invocation, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, ProcessError::TimedOut { .. }), "{error}");
}

#[test]
fn a_limit_beyond_the_clock_is_none() {
    let mut invocation = shell("echo fine");
    invocation.timeout = Duration::MAX;
    let finished = run(&invocation, &Interrupt::default()).unwrap();
    assert_eq!(finished.stdout, b"fine\n");
}

#[test]
fn a_grandchild_in_the_background_is_not_waited_for_and_not_left() {
    let finished = finish("sleep 600 & echo $!");
    assert!(finished.status.success());
    assert!(finished.wall < Duration::from_secs(300));
    assert_all_end(&String::from_utf8(finished.stdout).unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn a_grandchild_in_a_session_of_its_own_cannot_hold_us() {
    // It keeps our pipes open and is beyond the reach of a kill of the group.
    let finished = finish("setsid sh -c 'echo $$; exec sleep 600' & sleep 0.3; echo end");
    let text = String::from_utf8(finished.stdout).unwrap();
    let (pid, end) = text.split_once('\n').unwrap();
    assert_eq!(end, "end\n");
    assert!(finished.wall < Duration::from_secs(300));
    assert!(finish(&format!("kill -KILL {pid}")).status.success());
}

#[test]
fn output_beyond_the_limit_is_dropped_and_does_not_block() {
    let finished = finish("head -c 100000000 /dev/zero; printf end >&2");
    assert!(finished.status.success());
    assert_eq!(finished.stdout.len(), OUTPUT_LIMIT);
    assert_eq!(finished.stderr, b"end");
    assert!(finished.truncated);
}

#[test]
fn output_of_exactly_the_limit_is_not_cut() {
    let finished = finish(&format!("head -c {OUTPUT_LIMIT} /dev/zero"));
    assert_eq!(finished.stdout.len(), OUTPUT_LIMIT);
    assert!(!finished.truncated);
}

#[test]
fn an_interrupt_set_before_starts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut invocation = shell("touch started");
    invocation.directory = directory.path().to_owned();
    let interrupt = Interrupt::default();
    interrupt.flag().store(true, Ordering::Relaxed);
    let error = run(&invocation, &interrupt).unwrap_err();
    assert!(matches!(error, ProcessError::Interrupted), "{error}");
    assert!(!directory.path().join("started").exists());
}

#[test]
fn an_interrupt_while_running_kills() {
    let directory = tempfile::tempdir().unwrap();
    let pids = directory.path().join("pids");
    let mut invocation = shell("sleep 600 & echo $$ $! >pids.new; mv pids.new pids; wait");
    invocation.directory = directory.path().to_owned();
    let interrupt = Interrupt::default();
    let flag = interrupt.flag();
    let watched = pids.clone();
    let presser = thread::spawn(move || {
        while !watched.exists() {
            thread::yield_now();
        }
        flag.store(true, Ordering::Relaxed);
    });
    let error = run(&invocation, &interrupt).unwrap_err();
    presser.join().unwrap();
    assert!(matches!(error, ProcessError::Interrupted), "{error}");
    assert_all_end(&std::fs::read_to_string(pids).unwrap());
}

#[test]
fn no_zombie_is_left() {
    let finished = finish("echo $$");
    let pid = String::from_utf8(finished.stdout).unwrap();
    // Reaped: the id is unknown, not merely dead.
    assert!(!finish(&format!("kill -0 {pid}")).status.success());
}

#[test]
fn cpu_time_of_waited_grandchildren_counts() {
    let finished = finish("sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; exit 0");
    assert!(finished.user > Duration::from_millis(5), "{finished:?}");
}

#[test]
fn peak_rss_is_that_of_the_largest_process() {
    // `tail -c` holds what it will print. That a small child shows less is tested through the command line: here
    // the floor is whatever other tests hold at the moment.
    let large = finish("head -c 60000000 /dev/zero | tail -c 50000000 >/dev/null");
    assert!(large.peak_rss > 45 * 1024 * 1024, "{}", large.peak_rss);
}

#[test]
fn the_high_water_mark_is_read_or_unknown() {
    let status = "Name:\ttollgate\nVmPeak:\t  9000 kB\nVmHWM:\t    5120 kB\nVmRSS:\t 4000 kB\n";
    assert_eq!(high_water_mark(status), Some(5120 * 1024));
    for text in [
        "",
        "VmHWM:",
        "VmHWM: kB",
        "VmHWM: -1 kB",
        "VmHWM: NaN kB",
        "VmHWM: 5120 MB",
        "VmHWM: 18446744073709551615 kB",
        "Name: VmHWM: 1 kB",
    ] {
        assert_eq!(high_water_mark(text), None, "{text}");
    }
}

#[test]
fn a_tail_is_the_last_lines_that_say_something() {
    assert_eq!(tail(b"one\ntwo\n\n  \nthree\n\n", 2), "two\nthree");
    assert_eq!(tail(b"one", 5), "one");
    assert_eq!(tail(b"one\ntwo", 0), "");
    assert_eq!(tail(b"", 5), "");
    assert_eq!(tail(b"\n\n\n", 5), "");
}

#[test]
fn a_tail_cannot_reach_the_terminal() {
    assert_eq!(
        tail(b"\x1b[31mred\x1b[0m \x1b]0;title\x07end", 1),
        "red end"
    );
    assert_eq!(tail(b"10%\r50%\r100%\r\n", 1), "100%");
    assert_eq!(tail(b"a\0b\x08c\xff", 1), "a\u{fffd}b\u{fffd}c\u{fffd}");
    assert_eq!(tail("a\u{202e}b\tc".as_bytes(), 1), "a\u{fffd}b c");
    assert_eq!(tail(b"open \x1b[31", 1), "open");
}

#[test]
fn a_tail_is_short() {
    let line = tail(&vec![b'x'; 10_000_000], 3);
    assert_eq!(line.chars().count(), 241);
    assert!(line.ends_with('…'));
}

/// The processes are killed, but reaping the orphans is the business of init: gone or a zombie will do.
fn assert_all_end(pids: &str) {
    assert!(!pids.trim().is_empty());
    for pid in pids.split_whitespace() {
        let alive = || {
            let finished = finish(&format!("ps -o stat= -p {pid}"));
            let state = String::from_utf8(finished.stdout).unwrap();
            !state.trim().is_empty() && !state.trim().starts_with('Z')
        };
        while alive() {
            thread::yield_now();
        }
    }
}
