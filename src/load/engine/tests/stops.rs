use super::*;
use crate::load::{Level, LoadError, in_process_with};
use crate::workload::scenario::Window;
use crate::workload::{Ended, Stop, honesty};
use std::thread;

/// Drives in another thread, and stops it once so many calls have begun.
fn stopped<F: AsyncFn(Call) -> Reply + Send + Sync + 'static>(
    workload: Workload,
    subject: &Arc<Scripted<F>>,
    calls: usize,
    level: Level,
) -> Driven {
    let control = Arc::new(Control::default());
    let handle = {
        let (subject, control) = (Arc::clone(subject), Arc::clone(&control));
        thread::spawn(move || drive(&subject, &Arc::new(workload), 1, &control).unwrap())
    };
    while subject.calls.lock().unwrap().len() < calls {
        thread::sleep(MS);
    }
    control.stop(level, Stop::Interrupted);
    let driven = handle.join().unwrap();
    assert_eq!(subject.alive.load(Ordering::SeqCst), 0, "tasks are left");
    driven
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn drain_begins_nothing_new_and_waits_for_what_is_under_way() {
    for workload in [
        open(200.0, HOUR),
        closed(20, 5 * MS, HOUR),
        closed(20, Duration::ZERO, HOUR),
    ] {
        let subject = scripted(async |_: Call| {
            let sent = Instant::now();
            tokio::time::sleep(30 * MS).await;
            reply(sent, Instant::now(), Outcome::Ok)
        });
        let driven = stopped(workload, &subject, 40, Level::Drain);
        let begun = subject.calls.lock().unwrap().len() as u64;
        assert_eq!(
            driven.endpoints[0].outcomes[&Outcome::Ok],
            begun,
            "all ended, and are counted"
        );
        assert!(driven.window < HOUR / 10 && !driven.window.is_zero());
    }
}

#[test]
fn a_run_that_is_stopped_before_it_begins_makes_no_call() {
    for workload in [open(1_000.0, HOUR), closed(20, Duration::ZERO, HOUR)] {
        let subject = scripted(at_once);
        let control = Arc::new(Control::default());
        control.stop(Level::Drain, Stop::Interrupted);
        drive(&subject, &Arc::new(workload), 1, &control).unwrap();
        assert!(subject.calls.lock().unwrap().is_empty());
    }
}

#[test]
fn cut_drops_what_is_under_way_and_leaves_nothing() {
    for workload in [open(200.0, HOUR), closed(20, 5 * MS, HOUR)] {
        let subject = scripted(async |_: Call| std::future::pending().await);
        let driven = stopped(workload, &subject, 10, Level::Cut);
        assert!(driven.endpoints[0].outcomes.is_empty());
    }
}

#[test]
fn a_subject_that_panics_ends_the_run_with_an_error_that_says_so() {
    let subject = scripted(async |call: Call| {
        assert!(call.number < 20, "the cache is poisoned");
        at_once(call).await
    });
    for workload in [
        open(500.0, HOUR),
        closed(4, 5 * MS, HOUR),
        closed(4, Duration::ZERO, HOUR),
    ] {
        let result = drive(&subject, &Arc::new(workload), 1, &Arc::default());
        let Err(LoadError::Panicked { message }) = result else {
            panic!("{result:?}");
        };
        assert!(message.contains("the cache is poisoned"), "{message}");
        assert_eq!(subject.alive.load(Ordering::SeqCst), 0, "tasks are left");
    }
}

#[test]
fn a_subject_that_never_comes_back_does_not_keep_the_run() {
    let workload = Workload {
        timeout: 10 * MS,
        ..closed(2, 10 * MS, 50 * MS)
    };
    let subject = scripted(async |_: Call| std::future::pending().await);
    let result = drive(&subject, &Arc::new(workload), 1, &Arc::default());
    let problem = result.unwrap_err().to_string();
    assert!(
        problem.contains("does not keep the time limit"),
        "{problem}"
    );
    assert_eq!(subject.alive.load(Ordering::SeqCst), 0, "tasks are left");
}

#[test]
fn arrivals_beyond_those_in_flight_are_dropped_and_counted() {
    let mut workload = open(100.0, 200 * MS);
    let Model::Open(open) = &mut workload.model else {
        unreachable!()
    };
    open.max_in_flight = 3;
    workload.timeout = Duration::from_secs(1);
    // Given up after a second: long after the last arrival.
    let record = in_process_with(&workload, 1, &Arc::default(), async |_| {
        std::future::pending::<()>().await;
    });
    let driven = record.unwrap().driven;
    assert_eq!((driven.generator.due, driven.generator.dropped), (20, 17));
    assert_eq!(driven.endpoints[0].outcomes[&Outcome::TimedOut], 3);
    let problems = honesty::problems(&driven);
    assert!(
        problems
            .iter()
            .any(|problem| problem.contains("17 of 20 arrivals")),
        "{problems:?}"
    );
}

#[test]
fn as_many_calls_as_are_allowed_are_made_and_not_one_more() {
    for threads in [1, 2] {
        for mut workload in [closed(8, Duration::ZERO, HOUR), open(2_000.0, HOUR)] {
            workload.threads = Some(threads);
            workload.safety.requests = Some(300);
            let control = Arc::new(Control::default());
            let record = in_process_with(&workload, 1, &control, async |_| {
                tokio::time::sleep(MS).await;
            });
            let record = record.unwrap();
            let calls = record.driven.endpoints[0].judged.response.len();
            if threads == 1 {
                assert_eq!(calls, 300);
            } else {
                assert!((236..=300).contains(&calls), "{calls}");
            }
            assert_eq!(record.ended, Ended::Stopped(Stop::Requests { limit: 300 }));
            // Rates are over what there was, not over what was planned.
            assert!(
                record.driven.window < HOUR / 10,
                "{:?}",
                record.driven.window
            );
        }
    }
}

#[test]
fn a_window_above_its_limit_stops_the_run_and_is_in_the_record() {
    let mut workload = open(200.0, HOUR);
    workload.windows = [None, Some(0), Some(0)]
        .map(|endpoint| Window {
            endpoint,
            quantile: 0.9,
            length: Duration::from_secs(1),
            after: Duration::ZERO,
            abort_above: endpoint.map(|_| 5e6),
        })
        .into();
    workload.windows[2].abort_above = None;
    let subject = scripted(async |_: Call| {
        let sent = Instant::now();
        reply(sent, sent + 20 * MS, Outcome::Ok)
    });
    let control = Arc::new(Control::default());
    let driven = drive(&subject, &Arc::new(workload), 1, &control).unwrap();
    let Some(Stop::Window { what, value, limit }) = control.reason() else {
        panic!("{:?}", control.reason());
    };
    assert_eq!((what.as_str(), limit), ("p90@1s of calls", 5e6));
    assert!(value >= 20e6);
    assert!(
        driven
            .windows
            .iter()
            .all(|worst| worst.is_some_and(|worst| worst >= value))
    );
    let snapshot = control.snapshot();
    assert_eq!(snapshot.calls, subject.calls.lock().unwrap().len() as u64);
    assert!(!snapshot.recent.is_empty());
    assert_eq!(snapshot.response.len(), snapshot.calls);
}

#[test]
fn a_generator_that_is_kept_busy_says_that_it_was_late() {
    let mut workload = open(500.0, 300 * MS);
    workload.threads = Some(1);
    let record = in_process_with(&workload, 1, &Arc::default(), async |_| {
        thread::sleep(4 * MS);
    });
    let driven = record.unwrap().driven;
    assert_eq!(driven.generator.due, 150);
    assert!(driven.generator.late > 100, "{}", driven.generator.late);
    assert!(!honesty::problems(&driven).is_empty());
}

#[test]
fn what_cannot_be_driven_is_refused_by_what_is_wrong() {
    let mut all = vec![
        open(1.0, Duration::ZERO),
        open(1.0, Duration::MAX),
        closed(0, MS, HOUR),
    ];
    all.push(Workload {
        warm_up: HOUR,
        ..closed(1, MS, HOUR)
    });
    let mut long = closed(1, MS, Duration::MAX);
    if let Model::Closed(closed) = &mut long.model {
        closed.stages.push(closed.stages[0]);
    }
    all.push(long);
    let mut once = open(1.0, HOUR);
    once.flows[0].once = true;
    all.push(once);
    let mut astray = closed(1, MS, HOUR);
    astray.flows[0].steps[0].endpoint = 7;
    all.push(astray);
    all.push(Workload {
        flows: Vec::new(),
        ..closed(1, MS, HOUR)
    });
    let told: Vec<String> = (all.into_iter())
        .map(|workload| {
            drive(&scripted(at_once), &Arc::new(workload), 1, &Arc::default())
                .unwrap_err()
                .to_string()
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    workload `calls`: its schedule takes no time
    workload `calls`: its schedule takes longer than a year
    workload `calls`: it has no users
    workload `calls`: its warm-up takes all of its schedule
    workload `calls`: its schedule takes longer than a year
    workload `calls`: all flows are done once, which leaves nothing for arrivals to do
    workload `calls`: a step is of an endpoint that it does not have
    workload `calls`: it has no flows
    "#);
}
