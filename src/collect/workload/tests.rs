use super::*;
use crate::measurement::{Evidence, Metric};
use crate::units::Unit;
use crate::workload::Outcome;
use crate::workload::fixtures::{endpoint, record, usual, workload};
use crate::workload::record::{Ended, Stop};
use std::sync::atomic::{AtomicU32, Ordering};

fn driver(stand_in: StandIn) -> Driver {
    Driver {
        stand_in: Some(stand_in),
        ..Driver::new(
            Arc::new(workload(Vec::new())),
            PathBuf::from("/"),
            PathBuf::from("/nowhere"),
        )
    }
}

fn failure(stand_in: StandIn) -> (FailureKind, String) {
    match measure(&driver(stand_in), &Interrupt::default()).unwrap_err() {
        CollectError::Failed { kind, detail } => (kind, detail),
        CollectError::Interrupted => panic!("interrupted"),
    }
}

#[test]
fn a_run_tells_the_benchmarks_that_were_listed() {
    let driver = driver(|_, _| Ok(usual()));
    let measured = measure(&driver, &Interrupt::default()).unwrap();
    let told: Vec<String> = measured.into_iter().map(|(name, _)| name).collect();
    assert_eq!(list(&driver)[0].benchmarks, told);
    assert_eq!(list(&driver).len(), 1);
}

#[test]
fn what_cannot_be_judged_is_a_failure_by_its_kind() {
    let (kind, detail) =
        failure(|_, _| Ok(record(vec![endpoint("health", 0, &[(Outcome::Status, 7)])])));
    assert_eq!(kind, FailureKind::NoData);
    assert_eq!(detail, "none of 7 calls went well: 7 unexpected status");
    let (kind, detail) = failure(|_, _| {
        let mut record = usual();
        record.ended = Ended::Stopped(Stop::TargetDied {
            status: "exit status 3".to_owned(),
        });
        record.log = Some("/logs/api.log".to_owned());
        Ok(record)
    });
    assert_eq!(kind, FailureKind::Crashed);
    assert_eq!(
        detail,
        "the target ended while it was driven: exit status 3\nthe target's log: /logs/api.log"
    );
}

#[test]
fn a_run_that_ctrl_c_cut_is_no_failure() {
    let stopped = measure(
        &driver(|_, interrupt| {
            interrupt.flag().store(true, Ordering::Relaxed);
            let mut record = usual();
            record.ended = Ended::Stopped(Stop::TargetDied {
                status: "signal 2".to_owned(),
            });
            Ok(record)
        }),
        &Interrupt::default(),
    );
    assert!(matches!(stopped, Err(CollectError::Interrupted)));
    let before = Interrupt::default();
    before.flag().store(true, Ordering::Relaxed);
    let never = measure(&driver(|_, _| panic!("it was run")), &before);
    assert!(matches!(never, Err(CollectError::Interrupted)));
}

#[test]
fn the_target_is_told_where_to_leave_its_probe_record_and_what_it_leaves_is_of_the_process() {
    let driver = driver(|driver, _| {
        let (name, place) = driver.environment.last().unwrap();
        assert_eq!(name, "TOLLGATE_PROBE_RECORD");
        assert!(!PathBuf::from(place).exists());
        Ok(usual())
    });
    measure(&driver, &Interrupt::default()).unwrap();
    let queue = Metric::lower("queue/value", Unit::Count);
    let measured = told(&usual(), &driver.workload, || {
        Ok(vec![(queue.clone(), Evidence::Value(3.0))])
    })
    .unwrap();
    let (name, process) = measured.last().unwrap();
    assert_eq!(name, PROCESS);
    assert_eq!(process.last().unwrap().0, queue);
}

#[test]
fn the_longest_run_has_every_time_limit_in_it() {
    // 30 s to be ready, 10 s of schedule, two steps of 10 s, 5 s to stop, 30 s for the rest.
    let driver = driver(|_, _| Ok(usual()));
    assert_eq!(driver.longest(), Duration::from_secs(95));
}

#[cfg(feature = "workload")]
mod with_load {
    use super::super::carry_out::{attended, failed};
    use super::*;
    use crate::load::{Control, Level, LoadError};

    /// Waits until the switch is thrown, as an engine does.
    fn cut(control: &Control) -> Option<Stop> {
        while control.level() < Level::Cut {
            std::thread::sleep(Duration::from_millis(1));
        }
        control.reason()
    }

    #[test]
    fn ctrl_c_cuts_a_run() {
        let (control, interrupt) = (Control::default(), Interrupt::default());
        interrupt.flag().store(true, Ordering::Relaxed);
        let hour = Duration::from_secs(3_600);
        let stop = attended(&control, &interrupt, hour, || cut(&control)).unwrap();
        assert_eq!(stop, Some(Stop::Interrupted));
    }

    #[test]
    fn what_hangs_is_cut() {
        let (control, interrupt) = (Control::default(), Interrupt::default());
        let limit = Duration::from_millis(1);
        let stop = attended(&control, &interrupt, limit, || cut(&control)).unwrap();
        assert_eq!(stop, Some(Stop::Time { limit }));
    }

    #[test]
    fn what_ends_by_itself_is_left_alone() {
        let (control, interrupt) = (Control::default(), Interrupt::default());
        let hour = Duration::from_secs(3_600);
        assert_eq!(attended(&control, &interrupt, hour, || 7).unwrap(), 7);
        assert_eq!(control.reason(), None);
    }

    #[test]
    fn a_generator_that_cannot_work_is_no_failure_of_the_target() {
        let kind = |error: LoadError| match failed(&error) {
            CollectError::Failed { kind, .. } => Some(kind),
            CollectError::Interrupted => None,
        };
        let generator = LoadError::Generator {
            what: "opening sockets".to_owned(),
            source: std::io::Error::other("too many"),
        };
        assert_eq!(kind(generator), Some(FailureKind::Invalid));
        let target = LoadError::Target {
            problem: "never ready".to_owned(),
        };
        assert_eq!(kind(target), Some(FailureKind::NotStarted));
        assert_eq!(kind(LoadError::Interrupted), None);
    }
}

#[test]
fn a_run_whose_generator_did_not_keep_up_is_made_again_and_counted() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let driver = driver(|_, _| {
        let mut record = usual();
        if RUNS.fetch_add(1, Ordering::Relaxed) < 2 {
            record.driven.generator.late = record.driven.generator.due;
        }
        Ok(record)
    });
    let measured = measure(&driver, &Interrupt::default()).unwrap();
    assert_eq!(RUNS.load(Ordering::Relaxed), 3);
    let all = &measured.iter().find(|(name, _)| name == ALL).unwrap().1;
    let invalid = all
        .iter()
        .find(|(metric, _)| metric.name == INVALID_RUNS)
        .unwrap();
    assert_eq!(invalid.1, Evidence::Value(2.0));
}

#[test]
fn a_generator_that_never_keeps_up_is_invalid_after_three_runs() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let (kind, detail) = failure(|_, _| {
        RUNS.fetch_add(1, Ordering::Relaxed);
        let mut record = usual();
        record.driven.generator.late = record.driven.generator.due;
        Ok(record)
    });
    assert_eq!(kind, FailureKind::Invalid);
    assert!(detail.contains("began more than 1 ms late"), "{detail}");
    assert_eq!(RUNS.load(Ordering::Relaxed), TRIES);
}

#[test]
fn what_is_the_targets_fault_is_not_tried_again() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let (kind, _) = failure(|_, _| {
        RUNS.fetch_add(1, Ordering::Relaxed);
        let failed = [(Outcome::Status, 7)];
        Ok(record(vec![endpoint("health", 0, &failed)]))
    });
    assert_eq!(kind, FailureKind::NoData);
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
}
