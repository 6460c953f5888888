use super::*;
use crate::load::engine::gather::Gather;
use crate::load::worker::{Tally, Timing, Work};
use crate::measurement::Histogram;
use crate::workload::scenario::{Check, Endpoint, Flow};
use crate::workload::schedule::Draws;

#[test]
fn an_open_run_makes_exactly_the_calls_of_its_schedule() {
    let mut workload = open(500.0, 600 * MS);
    workload.warm_up = 200 * MS;
    let driven = run(&workload, &scripted(at_once));
    assert_eq!(driven.window, 400 * MS);
    assert_eq!((driven.generator.due, driven.generator.dropped), (200, 0));
    assert_eq!(driven.endpoints[0].judged.response.len(), 200);
    assert_eq!(driven.endpoints[0].outcomes[&Outcome::Ok], 200);
    assert_eq!(
        driven
            .seconds
            .iter()
            .map(|second| second.calls)
            .sum::<u64>(),
        200
    );
    assert_eq!(driven.generator.lateness.len(), 200);
    assert!(driven.generator.cpu.is_some());
}

#[test]
fn paced_users_make_exactly_the_calls_of_their_pace() {
    let driven = run(&closed(8, 10 * MS, 300 * MS), &scripted(at_once));
    assert_eq!(driven.generator.due, 8 * 30);
    // Those that a user had not begun at the end are due, and not made.
    let made = driven.endpoints[0].judged.service.len();
    assert!((120..=240).contains(&made), "{made}");
}

#[test]
fn percentiles_are_those_of_the_script_to_the_width_of_a_bucket() {
    let subject = scripted(async |call: Call| {
        let sent = Instant::now();
        // Log-uniform from 0.1 ms to 100 ms, by the number that follows from seed and arrival.
        let share = call.random as f64 / u64::MAX as f64;
        let took = Duration::from_secs_f64(1e-4 * 1000_f64.powf(share));
        reply(sent, sent + took, Outcome::Ok)
    });
    let driven = run(&open(2_000.0, 500 * MS), &subject);
    let mut exact: Vec<f64> = (subject.calls.lock().unwrap().iter())
        .map(|(_, call)| 1e5 * 1000_f64.powf(call.random as f64 / u64::MAX as f64))
        .collect();
    exact.sort_by(f64::total_cmp);
    assert_eq!(exact.len(), 1_000);
    let service = &driven.endpoints[0].judged.service;
    for share in [0.5, 0.9, 0.95, 0.99, 0.999] {
        let told = service.quantile(share).unwrap() as f64;
        let truth = exact[(share * 1000.0).ceil() as usize - 1];
        assert!(
            (told / truth - 1.0).abs() < 1.1e-3,
            "{share}: {told} {truth}"
        );
    }
    // Sampling error of the script itself: the median of a log-uniform is 3.16 ms.
    let median = service.quantile(0.5).unwrap() as f64;
    assert!((2.3e6..4.3e6).contains(&median), "{median}");
}

#[test]
fn the_same_seed_makes_the_same_calls() {
    let of = |seed| {
        let subject = scripted(at_once);
        let workload = Arc::new(two_endpoints(open(1_000.0, 100 * MS)));
        drive(&subject, &workload, seed, &Arc::default()).unwrap();
        let mut calls: Vec<(usize, u64)> = (subject.calls.lock().unwrap().iter())
            .map(|(_, call)| (call.flow, call.random))
            .collect();
        calls.sort_unstable();
        calls
    };
    assert_eq!(of(3), of(3));
    assert_ne!(of(3), of(4));
    assert_eq!(of(3).iter().filter(|(flow, _)| *flow == 0).count(), 75);
}

/// `a` three times as often as `b`.
fn two_endpoints(mut workload: Workload) -> Workload {
    workload.endpoints = ["a", "b"]
        .map(|name| Endpoint {
            name: name.to_owned(),
        })
        .into();
    let flow = workload.flows.remove(0);
    let flow = |index: usize, weight| {
        let mut flow = Flow {
            weight,
            ..flow.clone()
        };
        flow.steps[0].endpoint = index;
        flow
    };
    workload.flows = vec![flow(0, 3), flow(1, 1)];
    workload
}

#[test]
fn logins_come_first_and_again_until_they_succeed_and_a_failed_step_ends_its_flow() {
    let mut workload = two_endpoints(closed(2, 5 * MS, 400 * MS));
    workload.flows[0].once = true;
    let step = workload.flows[1].steps[0].clone();
    workload.flows[1].steps = vec![step.clone(), step.clone(), step];
    let Model::Closed(closed) = &mut workload.model else {
        unreachable!()
    };
    closed.calls_per_user = Some(3);
    let subject = scripted(async |call: Call| {
        let now = Instant::now();
        // The first login fails, and the second step of the second flow.
        let fails = call.iteration == 0 || (call.step == 1 && call.iteration == 3);
        let outcome = if fails { Outcome::Status } else { Outcome::Ok };
        reply(now, now, outcome)
    });
    let driven = run(&workload, &subject);
    let calls = subject.calls.lock().unwrap();
    for user in 0..2 {
        let of: Vec<(usize, usize, u64)> = (calls.iter().filter(|(number, _)| *number == user))
            .map(|(_, call)| (call.flow, call.step, call.iteration))
            .collect();
        assert_eq!(
            of,
            [
                (0, 0, 0),
                (0, 0, 1),
                (1, 0, 2),
                (1, 1, 2),
                (1, 2, 2),
                (1, 0, 3),
                (1, 1, 3),
                (1, 0, 4),
                (1, 1, 4),
                (1, 2, 4)
            ]
        );
    }
    let flow = &driven.flows[0];
    assert_eq!(
        (driven.flows.len(), flow.times.response.len(), flow.failed),
        (1, 4, 2)
    );
    assert_eq!(driven.endpoints[0].outcomes[&Outcome::Status], 2);
    // All were done long before the schedule's end: the window is what they took.
    assert!(driven.window < 400 * MS, "{:?}", driven.window);
    let mut numbers: Vec<u64> = calls.iter().map(|(_, call)| call.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 10, "one number a flow");
}

#[test]
fn later_steps_are_due_when_the_one_before_has_ended() {
    let mut workload = closed(1, 100 * MS, 100 * MS);
    let step = workload.flows[0].steps[0].clone();
    workload.flows[0].steps = vec![step.clone(), step];
    let subject = scripted(async |_: Call| {
        let sent = Instant::now();
        reply(sent, sent + 20 * MS, Outcome::Ok)
    });
    let driven = run(&workload, &subject);
    // The second was sent before the first had "ended", and is timed from there: at most 20 ms.
    let response = &driven.endpoints[0].judged.response;
    assert_eq!(response.len(), 2);
    assert!(response.quantile(0.5).unwrap() <= 20_050_000);
    assert_eq!(driven.flows[0].times.response.len(), 1);
}

#[test]
fn what_counts_in_percentiles_are_good_calls_and_those_that_were_given_up() {
    let workload = Workload {
        timeout: 50 * MS,
        ..open(100.0, 100 * MS)
    };
    let subject = scripted(async |call: Call| {
        let sent = Instant::now();
        match call.number % 10 {
            0 => reply(sent, sent + 49 * MS, Outcome::TimedOut),
            1 => reply(sent, sent, Outcome::Refused),
            _ => reply(sent, sent + MS, Outcome::Ok),
        }
    });
    let endpoint = run(&workload, &subject).endpoints.remove(0);
    assert_eq!(endpoint.outcomes.values().sum::<u64>(), 10);
    assert_eq!(endpoint.judged.service.len(), 9);
    let limit = endpoint.judged.service.max().unwrap();
    assert!((50_000_000..=50_050_000).contains(&limit), "{limit}");
    assert!(endpoint.judged.response.max() >= Some(50_000_000));
    assert_eq!(endpoint.classes[&Class::None].response.len(), 2);
    assert_eq!(endpoint.classes[&Class::Success].response.len(), 8);
}

fn timing(response: u64, second: u64) -> Timing {
    Timing {
        response: Duration::from_nanos(response),
        second,
        counted: Some(second),
    }
}

/// A call of about 5 ms, with a tail.
fn any_reply(draws: &mut Draws, base: Instant) -> (Reply, u64) {
    let spread = draws.exponential() + draws.exponential() + draws.exponential();
    let took = (5e6 * (0.4 * spread).exp() / 3.0) as u64;
    let outcome = match draws.below(50) {
        0 => Outcome::TimedOut,
        1 => Outcome::Status,
        _ => Outcome::Ok,
    };
    let mut reply = reply(base, base + Duration::from_nanos(took), outcome);
    reply.first_byte = Some(Duration::from_nanos(took / 2));
    reply.failed_check = (outcome == Outcome::Status).then_some(1);
    reply.bytes_received = draws.below(1_000);
    (reply, took)
}

#[test]
fn the_parts_of_threads_together_are_the_whole_bit_for_bit() {
    let mut workload = two_endpoints(open(100.0, Duration::from_secs(5)));
    workload.flows[0].steps[0].checks = vec![
        Check::Status(vec![200]),
        Check::BodyContains("a".to_owned()),
    ];
    let workload = Arc::new(workload);
    let base = Instant::now();
    let merged = |threads: usize| {
        let mut draws = Draws::new(11, 0);
        let mut tallies: Vec<Tally> = (0..threads).map(|_| Tally::new(&workload)).collect();
        for k in 0..20_000_u64 {
            let (reply, took) = any_reply(&mut draws, base);
            let tally = &mut tallies[k as usize % threads];
            tally.begun(Duration::from_nanos(took / 100));
            tally.call((k % 2) as usize, 3, timing(took + 777, k / 4_000), &reply);
            tally.flow(
                1,
                (k % 3 > 0).then_some((Duration::from_nanos(took), Duration::from_nanos(took))),
            );
        }
        let works = tallies.into_iter().map(|tally| Work {
            tally,
            ..Work::default()
        });
        let mut driven = Gather::new(&workload, base).finish(works.collect(), &Control::default());
        driven.generator.threads = 0;
        driven.generator.rss = None;
        driven
    };
    let whole = merged(1);
    assert_eq!(whole.seconds.len(), 5);
    assert_eq!(
        whole.endpoints[0].failed_checks.keys().collect::<Vec<_>>(),
        [&4]
    );
    for threads in [2, 3, 7] {
        assert_eq!(merged(threads), whole);
    }
    let all: u64 = whole
        .endpoints
        .iter()
        .flat_map(|endpoint| endpoint.outcomes.values())
        .sum();
    assert_eq!(all, 20_000);
}

fn bytes(times: &crate::workload::record::Times) -> usize {
    times.response.memory() + times.service.memory()
}

#[test]
fn ten_minutes_of_calls_take_no_more_memory_than_one() {
    let workload = two_endpoints(open(2_000.0, Duration::from_secs(600)));
    let (mut tally, mut draws) = (Tally::new(&workload), Draws::new(5, 0));
    let base = Instant::now();
    let mut after = Vec::new();
    for k in 0..1_200_000_u64 {
        let (reply, took) = any_reply(&mut draws, base);
        tally.call((k % 2) as usize, 0, timing(took, k / 2_000), &reply);
        if k % 2_000 == 1_999 {
            // What is published leaves the thread.
            assert_eq!(std::mem::take(&mut tally.live).calls, 2_000);
        }
        if k == 119_999 || k == 1_199_999 {
            let endpoints = tally.endpoints.iter();
            after.push(
                endpoints
                    .flat_map(|endpoint| endpoint.judged.values())
                    .map(bytes)
                    .sum::<usize>(),
            );
        }
    }
    // Ten times the calls reach a little further into the tail, and that is all.
    assert!(after[1] < after[0] * 5 / 4, "{after:?}");
    assert!(after[1] < 400 << 10, "{after:?}");
    assert_eq!(tally.seconds.len(), 600);
}

#[test]
fn seconds_beyond_a_day_are_not_told_one_by_one() {
    let workload = open(1.0, Duration::from_secs(1));
    let mut tally = Tally::new(&workload);
    let (reply, _) = any_reply(&mut Draws::new(1, 0), Instant::now());
    for second in [0, 86_399, 86_400, u64::MAX] {
        tally.call(0, 0, timing(1_000, second), &reply);
    }
    assert_eq!(tally.seconds.len(), 86_400);
    assert_eq!(tally.endpoints[0].judged[&Class::Success].response.len(), 4);
}

#[test]
fn a_record_of_twenty_endpoints_takes_less_than_five_megabytes() {
    let mut workload = open(100.0, Duration::from_secs(60));
    workload.endpoints = (0..20)
        .map(|index| Endpoint {
            name: index.to_string(),
        })
        .collect();
    let workload = Arc::new(workload);
    let (mut tally, mut draws) = (Tally::new(&workload), Draws::new(5, 0));
    let base = Instant::now();
    for k in 0..400_000_u64 {
        let (reply, took) = any_reply(&mut draws, base);
        tally.call(
            (k % 20) as usize,
            0,
            timing(took + draws.below(took), 0),
            &reply,
        );
    }
    let thread: usize = (tally.endpoints.iter())
        .flat_map(|endpoint| endpoint.judged.values().chain(endpoint.others.values()))
        .map(bytes)
        .sum();
    let driven = Gather::new(&workload, base).finish(
        vec![Work {
            tally,
            ..Work::default()
        }],
        &Control::default(),
    );
    let record: usize = (driven.endpoints.iter())
        .map(|endpoint| {
            bytes(&endpoint.judged) + endpoint.classes.values().map(bytes).sum::<usize>()
        })
        .sum();
    assert!(
        thread < 5_000_000 && record < 5_000_000,
        "{thread} {record}"
    );
    // And whatever the times are: at most so much for one histogram.
    let mut hostile = Histogram::new();
    for _ in 0..300_000 {
        hostile.record(draws.next() >> draws.below(64));
    }
    assert!(hostile.memory() * 80 < 12_000_000);
}
