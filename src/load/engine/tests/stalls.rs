//! Coordinated omission. A target with rate r (calls a second by schedule) that stalls for S in a run of T:
//!
//! The calls that are *intended* during the stall, r S of them (a share of S / T), wait for its end: evenly from 0 to S. So a
//! response time of x S or more is that of (1 - x) r S calls, and the quantile at 1 - S / (2 T) is S / 2.
//! In service time an open run shows the same calls, as all of them are sent; paced users, who wait for an answer before they
//! send again, show one call each, and users without a pace show one call each in either.

use super::*;
use crate::measurement::Histogram;
use std::sync::OnceLock;

const RUN: Duration = Duration::from_millis(1_500);
const STALL: Duration = Duration::from_millis(300);

/// Answers at once but for one stall, from 500 ms after the first call. Both ends of a call are exact.
fn stalling(work: Duration) -> Arc<Scripted<impl AsyncFn(Call) -> Reply + Send + Sync + 'static>> {
    let first = Arc::new(OnceLock::new());
    scripted(async move |_: Call| {
        let sent = Instant::now();
        let from = *first.get_or_init(|| sent) + 500 * MS;
        let until = from + STALL;
        if (from..until).contains(&sent) {
            tokio::time::sleep_until(until.into()).await;
            return reply(sent, until, Outcome::Ok);
        }
        if !work.is_zero() {
            tokio::time::sleep(work).await;
        }
        reply(sent, sent + work, Outcome::Ok)
    })
}

fn at_least(histogram: &Histogram, time: Duration) -> u64 {
    let buckets = histogram.buckets();
    let slow = buckets.filter(|(value, _)| u128::from(*value) >= time.as_nanos());
    slow.map(|(_, count)| count).sum()
}

#[test]
fn a_stall_shows_in_the_response_time_of_an_open_run() {
    let driven = run(&open(1_000.0, RUN), &stalling(Duration::ZERO));
    let times = &driven.endpoints[0].judged;
    assert_eq!(times.response.len(), 1_500);
    // Intended in the first half of the stall: 150; one is lost to its edges. More only where this machine itself stalls.
    assert!(at_least(&times.response, STALL / 2) >= 149);
    assert!(at_least(&times.response, STALL * 9 / 10) >= 29);
    assert!(times.response.quantile(0.9).unwrap() as f64 >= 0.99 * 150e6);
    // All of them are sent in the stall, as long as this machine is not late itself; and none takes longer than it is waited for.
    assert!(at_least(&times.service, STALL / 2) <= at_least(&times.response, STALL / 2));
    assert_eq!(driven.generator.dropped, 0);
}

#[test]
fn a_stall_shows_in_the_response_time_of_paced_users_and_hardly_in_their_service_time() {
    let driven = run(&closed(5, 5 * MS, RUN), &stalling(Duration::ZERO));
    let times = &driven.endpoints[0].judged;
    // r = 1000 / s. Each user may lose one at each edge.
    assert!(at_least(&times.response, STALL / 2) >= 140);
    assert!(times.response.quantile(0.91).unwrap() as f64 >= 0.8 * 150e6);
    assert!(at_least(&times.service, MS) <= 5, "only what was in flight");
    // The target's fault: users were busy. What the generator adds by itself is no more than this machine is slow.
    assert!(at_least(&driven.generator.lateness, STALL / 2) < 30);
}

#[test]
fn a_stall_does_not_show_where_users_have_no_pace() {
    let driven = run(&closed(5, Duration::ZERO, RUN), &stalling(MS));
    let times = &driven.endpoints[0].judged;
    let slow = at_least(&times.response, STALL / 2);
    // With a pace of the 1 to 2 ms that a call takes it would be several hundred.
    assert!((1..40).contains(&slow), "{slow}");
    assert!(at_least(&times.service, STALL / 2) <= 5);
}

#[test]
fn what_paced_users_had_not_begun_at_the_end_is_due() {
    // The stall lasts to the end: nobody comes back before it.
    let driven = run(&closed(4, 10 * MS, 700 * MS), &stalling(Duration::ZERO));
    assert_eq!(driven.generator.due, 4 * 70);
    let made = driven.endpoints[0].judged.response.len();
    // 51 each, and a few more where the first call of all was late.
    assert!(made <= 4 * 60, "{made}");
}
