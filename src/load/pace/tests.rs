use super::*;
use crate::measurement::Histogram;
use std::time::Duration;
use tokio::task::{LocalSet, spawn_local};

fn in_local<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, future)
}

fn running() -> Rc<Pacer> {
    let pacer = Rc::new(Pacer::new().unwrap());
    spawn_local(Rc::clone(&pacer).run());
    pacer
}

#[test]
fn those_who_wait_go_in_the_order_of_their_moments_and_never_early() {
    in_local(async {
        let pacer = running();
        let start = Instant::now();
        let order = Rc::new(RefCell::new(Vec::new()));
        // The earliest comes last, when the timer is set to later ones already.
        let tasks: Vec<_> = [30, 20, 25, 5]
            .into_iter()
            .map(|millis| {
                let (pacer, order) = (Rc::clone(&pacer), Rc::clone(&order));
                spawn_local(async move {
                    let at = start + Duration::from_millis(millis);
                    pacer.until(at).await;
                    assert!(Instant::now() >= at);
                    order.borrow_mut().push(millis);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.borrow(), [5, 20, 25, 30]);
    });
}

#[test]
fn a_moment_that_has_passed_is_not_waited_for() {
    in_local(async {
        let pacer = Rc::new(Pacer::new().unwrap());
        // Nobody runs it: this would wait for ever.
        pacer.until(Instant::now()).await;
    });
}

#[test]
fn release_lets_everybody_go_at_once_and_from_then_on() {
    in_local(async {
        let pacer = running();
        let far = Instant::now() + Duration::from_secs(3_600);
        let tasks: Vec<_> = (0..50).map(|_| spawn_local(pacer.until(far))).collect();
        tokio::task::yield_now().await;
        pacer.release();
        for task in tasks {
            task.await.unwrap();
        }
        pacer.until(far).await;
    });
}

#[test]
fn the_timer_of_other_systems_runs_out_too_and_can_be_set_to_earlier() {
    in_local(async {
        let timer = Rc::new(coarse::Timer::new().unwrap());
        let now = Instant::now();
        timer.set(now + Duration::from_secs(3_600), now).unwrap();
        let waiting = Rc::clone(&timer);
        let task = spawn_local(async move { waiting.wait().await.unwrap() });
        tokio::task::yield_now().await;
        timer.set(now + Duration::from_millis(2), now).unwrap();
        task.await.unwrap();
        assert!(now.elapsed() >= Duration::from_millis(2));
    });
}

/// Prints how late 2,000 starts a second are here and with tokio's timer, in alternation.
#[test]
#[ignore = "a measurement: cargo test --release --lib lateness_beside -- --ignored --nocapture"]
#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "its result")]
fn lateness_beside_tokios_timer() {
    let (mut ours, mut theirs) = (Histogram::new(), Histogram::new());
    in_local(async {
        let pacer = running();
        for round in 0..10 {
            let start = Instant::now();
            for k in 0..2_000_u32 {
                let at = start + k * Duration::from_micros(500);
                if round % 2 == 0 {
                    pacer.until(at).await;
                } else {
                    tokio::time::sleep_until(at.into()).await;
                }
                let late = Instant::now().saturating_duration_since(at).as_nanos() as u64;
                if round % 2 == 0 {
                    ours.record(late);
                } else {
                    theirs.record(late);
                }
            }
        }
    });
    for (name, histogram) in [("pacer", ours), ("tokio", theirs)] {
        let at = |share| histogram.quantile(share).unwrap() as f64 / 1e3;
        println!(
            "{name}: late by p50 {:.0} us, p90 {:.0} us, p99 {:.0} us, p99.9 {:.0} us",
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999)
        );
    }
}
