//! Real targets: this test binary itself, started again as a server, and shells.

use super::*;
use crate::collect::observe::processes;
use crate::workload::record::Second;
use crate::workload::scenario::{Closed, Endpoint, Safety, TargetProcess, UserStage};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Instant;

/// The target: a server for one connection after the other, as `TARGET_MODE` says. Not a test where that is not set.
#[test]
fn target_process() {
    let Ok(mode) = std::env::var("TARGET_MODE") else {
        return;
    };
    let port: u16 = std::env::var("TARGET_PORT").unwrap().parse().unwrap();
    if mode == "in use" {
        say("Error: Address already in use (os error 98)\n");
        std::process::exit(1);
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    say("listening\n");
    let status = if mode == "500" { "500 Oh No" } else { "200 OK" };
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut request = [0; 4096];
        let count = stream.read(&mut request).unwrap();
        if request[..count].starts_with(b"GET /die ") {
            say("dying now\n");
            std::process::exit(7);
        }
        let answer =
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
        stream.write_all(answer.as_bytes()).unwrap();
    }
}

fn say(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// How long the tests wait for what must come: never reached unless something is broken.
const LONG: Duration = Duration::from_secs(60);

struct Bench {
    directory: tempfile::TempDir,
    workload: Workload,
    control: Control,
}

impl Bench {
    fn command(argv: &[&str], mode: &str) -> Self {
        let process = TargetProcess {
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            environment: vec![
                ("TARGET_MODE".to_owned(), mode.to_owned()),
                ("TARGET_PORT".to_owned(), "{port}".to_owned()),
            ],
            directory: None,
            ready: "http://127.0.0.1:{port}/health".to_owned(),
            ready_within: LONG,
            stop_within: LONG,
        };
        Self::of(What::Start(process))
    }

    /// A server; `before` is done by a shell that then becomes it.
    fn server(mode: &str, before: &str) -> Self {
        let exe = std::env::current_exe().unwrap();
        let script = format!(
            "{before}\nexec '{}' --exact load::run::tests::target_process --nocapture --test-threads=1",
            exe.display()
        );
        Self::command(&["sh", "-c", &script], mode)
    }

    fn of(target: What) -> Self {
        let stage = UserStage {
            users: 1,
            over: Duration::from_secs(1),
        };
        Self {
            directory: tempfile::tempdir().unwrap(),
            workload: Workload {
                name: "api".to_owned(),
                preset: None,
                target,
                model: crate::workload::Model::Closed(Closed {
                    start: 1,
                    stages: vec![stage],
                    calls_per_user: None,
                    delay: Duration::ZERO,
                }),
                warm_up: Duration::ZERO,
                endpoints: vec![Endpoint {
                    name: "health".to_owned(),
                }],
                flows: Vec::new(),
                protocol: Default::default(),
                network: Default::default(),
                timeout: Duration::from_secs(1),
                body_limit: 1 << 20,
                threads: None,
                safety: Safety::default(),
                observe: Duration::from_millis(50),
                windows: Vec::new(),
            },
            control: Control::default(),
        }
    }

    fn process(&mut self) -> &mut TargetProcess {
        match &mut self.workload.target {
            What::Start(process) => process,
            other => panic!("{other:?}"),
        }
    }

    fn setting(&self) -> Setting {
        Setting {
            root: self.directory.path().to_owned(),
            environment: Vec::new(),
            seed: 1,
            remote: Vec::new(),
            logs: self.directory.path().join("logs"),
            started: "2026-01-02T03:04:05Z".to_owned(),
        }
    }

    fn run(
        &self,
        drive: impl FnOnce(&str) -> Result<Driven, LoadError> + Send,
    ) -> Result<Record, LoadError> {
        let result = run_with(
            &self.workload,
            &self.setting(),
            &self.control,
            &mut |_| {},
            drive,
        );
        self.nothing_is_left();
        result
    }

    /// No process whose environment or working directory is of this bench, and no file but kept logs.
    fn nothing_is_left(&self) {
        none_is_left_in(self.directory.path());
    }

    fn logs(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.directory.path().join("logs")) else {
            return Vec::new();
        };
        (entries.map(|entry| entry.unwrap().path()))
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }
}

/// No process works there.
fn none_is_left_in(directory: &Path) {
    let place = directory.canonicalize().unwrap();
    let ours = |pid: &u32| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&place))
    };
    let left: Vec<u32> = processes().into_iter().filter(ours).collect();
    assert_eq!(left, [] as [u32; 0], "processes are left");
}

fn get(origin: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(origin.strip_prefix("http://").unwrap()).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn nothing(_origin: &str) -> Result<Driven, LoadError> {
    Ok(Driven::default())
}

fn must_not(_origin: &str) -> Result<Driven, LoadError> {
    panic!("driven though it was not ready")
}

/// Until the run is stopped.
fn until_stopped(control: &Control) {
    let start = Instant::now();
    while control.level() == Level::Run {
        assert!(start.elapsed() < LONG, "nobody stopped it");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_target_is_started_driven_and_stopped_and_leaves_nothing() {
    let bench = Bench::server("serve", "");
    let record = bench
        .run(|origin| {
            assert!(get(origin, "/").ends_with("ok"));
            nothing(origin)
        })
        .unwrap();
    assert_eq!(record.ended, Ended::Completed);
    assert!(
        record.target.starts_with("http://127.0.0.1:"),
        "{}",
        record.target
    );
    assert!(record.cold_start.unwrap() > Duration::ZERO);
    assert_eq!((record.log, bench.logs()), (None, vec![]));
    let socket = record.target.strip_prefix("http://").unwrap();
    assert!(TcpStream::connect(socket).is_err(), "its socket is left");
}

#[test]
fn a_target_that_dies_at_once_is_told_with_its_last_words() {
    let bench = Bench::command(
        &["sh", "-c", "echo '\x1b[31mno config\x1b[0m' >&2; exit 3"],
        "",
    );
    let error = bench.run(must_not).unwrap_err().to_string();
    assert!(
        error.contains("ended with exit status 3 before it was ready"),
        "{error}"
    );
    assert!(error.contains("\n    no config\n"), "{error}");
    assert!(
        error.contains("logs/api-2026-01-02T03_04_05Z.log"),
        "{error}"
    );
    assert_eq!(bench.logs(), ["\x1b[31mno config\x1b[0m\n"]);
}

#[test]
fn a_target_that_cannot_be_started_is_an_error_without_a_log() {
    let bench = Bench::command(&["no-such-server", "{port}"], "");
    let error = bench.run(must_not).unwrap_err().to_string();
    assert_eq!(
        error,
        "failed to start no-such-server: no such program in PATH"
    );
    assert!(bench.logs().is_empty());
}

#[test]
fn a_target_that_is_never_ready_is_told_and_ended() {
    for (argv, said) in [
        (&["sh", "-c", "echo waiting; sleep 600"], "not connected"),
        (
            &[
                "sh",
                "-c",
                "trap '' TERM; echo waiting; while :; do sleep 1; done",
            ],
            "not connected",
        ),
    ] {
        let mut bench = Bench::command(argv, "");
        bench.process().ready_within = Duration::from_millis(300);
        bench.process().stop_within = Duration::from_millis(200);
        let error = bench.run(must_not).unwrap_err().to_string();
        assert!(error.contains("was not ready within 300 ms"), "{error}");
        assert!(
            error.contains(said) && error.contains("\n    waiting\n"),
            "{error}"
        );
        assert_eq!(bench.logs(), ["waiting\n"]);
    }
}

#[test]
fn a_target_that_answers_500_for_ever_is_not_ready() {
    let mut bench = Bench::server("500", "");
    bench.process().ready_within = Duration::from_secs(1);
    let error = bench.run(must_not).unwrap_err().to_string();
    assert!(error.contains("it answers with status 500"), "{error}");
    assert!(error.contains("listening"), "{error}");
}

#[test]
fn a_port_that_another_took_is_not_the_end() {
    // The first start finds its port in use, the second does not.
    let bench = Bench::server(
        "serve",
        "[ -e tried ] || { touch tried; echo 'bind: Address already in use' >&2; exit 98; }",
    );
    let record = bench.run(nothing).unwrap();
    assert_eq!(record.ended, Ended::Completed);
    // And three times is enough.
    let bench = Bench::server("in use", "echo x >>tried");
    let error = bench.run(must_not).unwrap_err().to_string();
    assert!(error.contains("Address already in use"), "{error}");
    let tried = std::fs::read_to_string(bench.directory.path().join("tried")).unwrap();
    assert_eq!(tried, "x\nx\nx\n");
}

#[test]
fn who_listens_there_already_is_not_taken_for_the_target() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut bench = Bench::command(&["touch", "started"], "");
    bench.process().environment.clear();
    bench.process().ready = format!("http://{}/", other.local_addr().unwrap());
    let error = bench.run(must_not).unwrap_err().to_string();
    assert!(
        error.contains("listens at") && error.contains("already"),
        "{error}"
    );
    assert!(!bench.directory.path().join("started").exists());
}

#[test]
fn a_target_that_dies_in_the_middle_stops_the_run_at_once_with_its_status() {
    let bench = Bench::server("serve", "");
    let record = bench
        .run(|origin| {
            assert_eq!(get(origin, "/die"), "");
            until_stopped(&bench.control);
            assert_eq!(bench.control.level(), Level::Cut);
            nothing(origin)
        })
        .unwrap();
    let status = "exit status 7".to_owned();
    assert_eq!(record.ended, Ended::Stopped(Stop::TargetDied { status }));
    let log = std::fs::read_to_string(Path::new(&record.log.unwrap())).unwrap();
    assert!(log.contains("dying now"), "{log}");
}

#[test]
fn a_target_that_ignores_sigterm_is_killed_and_its_log_is_kept() {
    let mut bench = Bench::server("serve", "trap '' TERM");
    bench.process().stop_within = Duration::from_millis(200);
    let record = bench.run(nothing).unwrap();
    assert_eq!(record.ended, Ended::Completed);
    assert!(record.log.is_some());
}

#[test]
fn what_a_target_started_ends_with_it_wherever_it_went() {
    for before in [
        "sleep 600 &",
        "sh -c 'trap \"\" TERM; sleep 600 & wait' &",
        // In a session of its own, and with a parent that is gone.
        "setsid sleep 600 &",
        "sh -c 'setsid sh -c \"trap : TERM; sleep 600 & while :; do wait; done\" &'",
    ] {
        let mut bench = Bench::server("serve", before);
        bench.process().stop_within = Duration::from_millis(300);
        let record = bench.run(nothing).unwrap();
        assert_eq!(record.ended, Ended::Completed, "{before}");
    }
}

#[test]
fn ctrl_c_before_the_target_is_ready_starts_no_calls_and_leaves_nothing() {
    let bench = Bench::command(&["sh", "-c", "touch started; sleep 600"], "");
    let started = bench.directory.path().join("started");
    let mut tell = |stage: Stage<'_>| {
        assert_eq!(stage, Stage::Starting);
        if started.exists() {
            bench.control.stop(Level::Drain, Stop::Interrupted);
        }
    };
    let result = run_with(
        &bench.workload,
        &bench.setting(),
        &bench.control,
        &mut tell,
        must_not,
    );
    assert!(matches!(result, Err(LoadError::Interrupted)), "{result:?}");
    bench.nothing_is_left();
    assert!(bench.logs().is_empty());
}

#[test]
fn ctrl_c_while_driving_gives_a_partial_record() {
    let bench = Bench::server("serve", "");
    let record = bench
        .run(|_origin| {
            bench.control.stop(Level::Drain, Stop::Interrupted);
            Ok(Driven {
                seconds: vec![Second {
                    calls: 5,
                    failed: 0,
                }],
                ..Driven::default()
            })
        })
        .unwrap();
    assert_eq!(record.ended, Ended::Stopped(Stop::Interrupted));
    assert_eq!(record.driven.seconds.len(), 1);
    assert_eq!(record.log, None);
}

#[test]
fn a_generator_that_fails_or_panics_leaves_no_target() {
    let bench = Bench::server("serve", "");
    let error = bench.run(|_| Err(LoadError::Unusable("no timers".to_owned())));
    assert_eq!(error.unwrap_err().to_string(), "no timers");
    let error = bench.run(|_| panic!("on purpose")).unwrap_err().to_string();
    assert!(error.contains("the generator panicked"), "{error}");
}

#[test]
fn a_panic_of_the_caller_leaves_no_target() {
    let bench = Bench::server("serve", "");
    let mut tell = |stage: Stage<'_>| {
        assert!(!matches!(stage, Stage::Driving(_)), "on purpose");
    };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run_with(
            &bench.workload,
            &bench.setting(),
            &bench.control,
            &mut tell,
            |origin| {
                until_stopped(&bench.control);
                nothing(origin)
            },
        )
    }));
    assert!(result.is_err());
    bench.nothing_is_left();
}

#[test]
fn many_failed_calls_keep_the_log() {
    let bench = Bench::server("serve", "");
    for (failed, kept) in [(0, false), (1, true)] {
        let seconds = vec![Second { calls: 100, failed }];
        let driven = Driven {
            seconds,
            ..Driven::default()
        };
        let record = bench.run(|_| Ok(driven)).unwrap();
        assert_eq!(record.log.is_some(), kept, "{failed}");
    }
}

#[test]
fn a_running_target_must_be_of_this_machine() {
    let bench = Bench::of(What::Running {
        origin: "http://192.0.2.1:80".to_owned(),
    });
    let error = bench.run(must_not).unwrap_err();
    assert!(
        matches!(&error, LoadError::NotLoopback { host } if host == "192.0.2.1"),
        "{error}"
    );
    let bench = Bench::of(What::Running {
        origin: "http://localhost:80".to_owned(),
    });
    let record = bench.run(nothing).unwrap();
    assert_eq!(record.target, "http://localhost:80");
    assert_eq!((record.cold_start, record.process), (None, None));
}

/// A run that goes on until something stops it.
fn stopped(bench: &Bench, publish: impl Fn(u64) -> crate::load::Snapshot + Send + Sync) -> Record {
    bench
        .run(|origin| {
            let start = Instant::now();
            let mut second = 0;
            while bench.control.level() == Level::Run {
                assert!(start.elapsed() < LONG, "nobody stopped it");
                second += 1;
                bench.control.publish(publish(second));
                std::thread::sleep(Duration::from_millis(20));
            }
            nothing(origin)
        })
        .unwrap()
}

fn idle(_second: u64) -> crate::load::Snapshot {
    crate::load::Snapshot::default()
}

#[test]
fn memory_of_the_whole_tree_stops_a_run() {
    let mut bench = Bench::server(
        "serve",
        "(head -c 90000000 /dev/zero; sleep 600) | tail -c 80000000 >/dev/null &",
    );
    bench.workload.safety.memory = Some(70_000_000);
    // It may hold that much before it is ready, or after.
    let result = run_with(
        &bench.workload,
        &bench.setting(),
        &bench.control,
        &mut |_| {},
        |origin| {
            until_stopped(&bench.control);
            nothing(origin)
        },
    );
    bench.nothing_is_left();
    match result {
        Ok(record) => {
            assert!(
                matches!(&record.ended, Ended::Stopped(Stop::Memory { used, limit: 70_000_000 }) if *used > 70_000_000),
                "{:?}",
                record.ended
            );
            assert!(record.process.unwrap().peak_rss > 70_000_000);
            assert!(record.log.is_some());
        }
        Err(error) => assert!(
            error.to_string().contains("of memory, more than"),
            "{error}"
        ),
    }
}

#[test]
fn too_many_errors_stop_a_run() {
    let mut bench = Bench::server("serve", "");
    bench.workload.safety.error_rate = Some(0.05);
    bench.workload.safety.error_window = Duration::from_secs(10);
    let record = stopped(&bench, |second| crate::load::Snapshot {
        at: Duration::from_secs(second),
        calls: 100 * second,
        failed: 6 * second,
        ..Default::default()
    });
    assert!(
        matches!(record.ended, Ended::Stopped(Stop::ErrorRate { .. })),
        "{record:?}"
    );
    assert!(record.log.is_some());
}

#[test]
fn caps_of_calls_time_and_disk_stop_a_run() {
    let mut bench = Bench::server("serve", "");
    bench.workload.safety.requests = Some(500);
    let record = stopped(&bench, |second| crate::load::Snapshot {
        at: Duration::from_secs(second),
        calls: 100 * second,
        ..Default::default()
    });
    assert_eq!(record.ended, Ended::Stopped(Stop::Requests { limit: 500 }));
    assert_eq!(record.log, None);

    // Time counts from the start of the target, which must have been ready before.
    let mut bench = Bench::of(What::Running {
        origin: "http://127.0.0.1:9".to_owned(),
    });
    let limit = Duration::from_millis(300);
    bench.workload.safety.time = Some(limit);
    let record = stopped(&bench, idle);
    assert_eq!(record.ended, Ended::Stopped(Stop::Time { limit }));

    let mut bench = Bench::of(What::Running {
        origin: "http://127.0.0.1:9".to_owned(),
    });
    bench.workload.safety.disk = Some(u64::MAX);
    let record = stopped(&bench, idle);
    assert!(
        matches!(record.ended, Ended::Stopped(Stop::Disk { .. })),
        "{record:?}"
    );
}

#[test]
fn a_limit_before_the_target_is_ready_is_an_error_with_its_log() {
    let mut bench = Bench::command(&["sh", "-c", "echo working; sleep 600"], "");
    bench.workload.safety.time = Some(Duration::from_millis(300));
    let error = bench.run(must_not).unwrap_err().to_string();
    assert!(
        error.contains("stopped before it was ready: the 300 ms that `safety` allows are over"),
        "{error}"
    );
    assert!(error.contains("\n    working\n"), "{error}");
}

#[test]
fn a_run_that_does_not_drain_is_cut() {
    let mut bench = Bench::of(What::Running {
        origin: "http://127.0.0.1:9".to_owned(),
    });
    bench.workload.safety.disk = Some(u64::MAX);
    let record = bench
        .run(|origin| {
            let start = Instant::now();
            while bench.control.level() != Level::Cut {
                assert!(start.elapsed() < LONG, "nobody cut it");
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(start.elapsed() >= crate::workload::safety::SHORT_GRACE);
            nothing(origin)
        })
        .unwrap();
    assert!(
        matches!(record.ended, Ended::Stopped(Stop::Disk { .. })),
        "{record:?}"
    );
}

#[test]
fn the_second_ctrl_c_does_not_wait_for_a_target_that_takes_its_time() {
    // `stop_within` is a minute.
    let bench = Bench::server("serve", "trap '' TERM");
    let start = Instant::now();
    let mut tell = |stage: Stage<'_>| match stage {
        Stage::Stopping => bench.control.stop(Level::Cut, Stop::Interrupted),
        Stage::Driving(_) => bench.control.stop(Level::Drain, Stop::Interrupted),
        Stage::Starting => {}
    };
    let record = run_with(
        &bench.workload,
        &bench.setting(),
        &bench.control,
        &mut tell,
        |origin| {
            until_stopped(&bench.control);
            nothing(origin)
        },
    )
    .unwrap();
    bench.nothing_is_left();
    assert_eq!(record.ended, Ended::Stopped(Stop::Interrupted));
    // Its whole time to stop is as long as these tests wait for anything.
    assert!(start.elapsed() < LONG);
    assert_eq!(record.log, None);
}

#[test]
fn the_processes_of_a_target_stand_in_the_record() {
    let bench = Bench::server("serve", "sleep 600 &");
    let record = bench
        .run(|origin| {
            for _ in 0..20 {
                get(origin, "/");
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(Driven {
                window: Duration::from_millis(200),
                ..Driven::default()
            })
        })
        .unwrap();
    let process = record.process.unwrap();
    let most = process.samples.iter().map(|sample| sample.processes).max();
    assert_eq!(most, Some(2));
    assert!(
        process.peak_rss
            >= process
                .samples
                .iter()
                .map(|sample| sample.rss)
                .max()
                .unwrap()
    );
    assert!(process.own_cost.unwrap() > 0.0);
}

/// A tollgate in the middle of a run, as `RUN_STAGE` says; not a test where that is not set.
#[test]
fn runner_process() {
    let Ok(stage) = std::env::var("RUN_STAGE") else {
        return;
    };
    let place = std::path::PathBuf::from(std::env::var_os("RUN_PLACE").unwrap());
    let there = |name: &str| std::fs::write(place.join(name), "").unwrap();
    let started = "touch ../there; setsid sleep 600 &";
    let mut bench = match stage.as_str() {
        "starting" => Bench::command(&["sh", "-c", &format!("{started} sleep 600")], ""),
        "stopping" => Bench::server("serve", "setsid sleep 600 & trap '' TERM"),
        _ => Bench::server("serve", "setsid sleep 600 &"),
    };
    bench.directory = tempfile::tempdir_in(&place).unwrap();
    let control = Arc::new(Control::default());
    let _ladder = crate::load::Ladder::new(&control, |_said| {}).unwrap();
    let mut tell = |now: Stage<'_>| {
        if now == Stage::Stopping && stage == "stopping" {
            there("there");
        }
    };
    let result = run_with(
        &bench.workload,
        &bench.setting(),
        &control,
        &mut tell,
        |origin| {
            if stage == "stopping" {
                return nothing(origin);
            }
            there("there");
            until_stopped(&control);
            // What does not even end when it is cut.
            if stage == "stubborn" {
                loop {
                    std::thread::sleep(LONG);
                }
            }
            nothing(origin)
        },
    );
    match stage.as_str() {
        "starting" => assert!(matches!(result, Err(LoadError::Interrupted)), "{result:?}"),
        _ => assert_eq!(result.unwrap().ended, Ended::Stopped(Stop::Interrupted)),
    }
}

#[test]
fn ctrl_c_at_each_stage_leaves_nothing() {
    for (stage, presses, code) in [
        ("starting", 1, 0),
        ("driving", 1, 0),
        ("stubborn", 3, 130),
        ("stopping", 2, 0),
    ] {
        let place = tempfile::tempdir().unwrap();
        let mut runner = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "load::run::tests::runner_process", "--nocapture"])
            .env("RUN_STAGE", stage)
            .env("RUN_PLACE", place.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !place.path().join("there").exists() {
            assert!(start.elapsed() < LONG, "{stage}: it does not get there");
            std::thread::sleep(Duration::from_millis(5));
        }
        let pid = rustix::process::Pid::from_child(&runner);
        for _press in 0..presses {
            // Two signals at once are one.
            std::thread::sleep(Duration::from_millis(300));
            rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        }
        let status = runner.wait().unwrap();
        assert_eq!(status.code(), Some(code), "{stage}");
        none_is_left_in(place.path());
    }
}
