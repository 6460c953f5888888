use super::*;
use crate::workload::scenario::{
    Arrivals as Spacing, Closed, Flow, Open, RateStage, UserStage, Workload,
};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn open(start: f64, stages: &[(f64, u64)], arrivals: Spacing) -> Open {
    Open {
        arrivals,
        start,
        stages: stages
            .iter()
            .map(|(rate, millis)| RateStage {
                rate: *rate,
                over: Duration::from_millis(*millis),
            })
            .collect(),
        max_in_flight: 100,
    }
}

fn closed(start: u32, stages: &[(u32, u64)], delay: u64) -> Closed {
    Closed {
        start,
        stages: stages
            .iter()
            .map(|(users, millis)| UserStage {
                users: *users,
                over: Duration::from_millis(*millis),
            })
            .collect(),
        calls_per_user: None,
        delay: Duration::from_millis(delay),
    }
}

fn times(open: &Open) -> Vec<Duration> {
    Arrivals::new(open, 1, Shard::WHOLE)
        .map(|arrival| arrival.at)
        .collect()
}

#[test]
fn a_constant_rate_has_exactly_its_calls_and_no_drift_after_a_day() {
    let open = open(200.0, &[(200.0, 86_400_000)], Spacing::Constant);
    let last = Arrivals::new(&open, 1, Shard::WHOLE).last().unwrap();
    assert_eq!(last.number, 200 * 86_400 - 1);
    let exact = Duration::from_secs(86_400) - Duration::from_millis(5);
    assert!(
        last.at.abs_diff(exact) <= Duration::from_nanos(1),
        "{:?}",
        last.at
    );
}

#[test]
fn a_ramp_from_nothing_has_the_area_of_its_triangle() {
    let open = open(0.0, &[(100.0, 2_000)], Spacing::Constant);
    let times = times(&open);
    assert_eq!(times.len(), 100);
    // 25 t^2 = 25 at one second.
    assert_eq!(times[25], SECOND);
    assert_eq!(times[0], Duration::ZERO);
}

#[test]
fn a_pause_is_silent_and_what_follows_begins_on_time() {
    let stages = [
        (10.0, 1_000),
        (0.0, 0),
        (0.0, 3_000),
        (10.0, 0),
        (10.0, 1_000),
    ];
    let times = times(&open(10.0, &stages, Spacing::Constant));
    assert_eq!(times.len(), 20);
    assert!(times[9] < SECOND);
    assert_eq!(times[10], 4 * SECOND);
}

#[test]
fn hostile_rates_count_as_nothing() {
    for rate in [f64::NAN, f64::INFINITY, -5.0, 0.0] {
        assert_eq!(times(&open(rate, &[(rate, 1_000)], Spacing::Constant)), []);
        assert_eq!(times(&open(rate, &[(rate, 1_000)], Spacing::Poisson)), []);
    }
    assert_eq!(times(&open(5.0, &[], Spacing::Constant)), []);
    // More than can be numbered: the first ones come at once, nothing overflows.
    let huge = open(1e300, &[(1e300, 1_000)], Spacing::Constant);
    assert_eq!(
        Arrivals::new(&huge, 1, Shard::WHOLE).take(1000).count(),
        1000
    );
}

#[test]
fn poisson_arrivals_have_mean_and_variance_of_their_rate() {
    let open = open(1_000.0, &[(1_000.0, 100_000)], Spacing::Poisson);
    let mut counts = vec![0_u32; 1_000];
    for at in times(&open) {
        counts[(at.as_millis() / 100) as usize] += 1;
    }
    let mean = f64::from(counts.iter().sum::<u32>()) / 1e3;
    let variance = counts
        .iter()
        .map(|n| (f64::from(*n) - mean).powi(2))
        .sum::<f64>()
        / 1e3;
    // 100 a window: standard errors 0.32 of the mean and 4.5 of the variance.
    assert!((mean - 100.0).abs() < 1.5, "{mean}");
    assert!((variance - 100.0).abs() < 22.0, "{variance}");
}

#[test]
fn another_seed_gives_other_arrivals_and_the_same_seed_the_same() {
    let open = open(50.0, &[(50.0, 2_000)], Spacing::Poisson);
    let of = |seed| Arrivals::new(&open, seed, Shard::WHOLE).collect::<Vec<_>>();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

prop_compose! {
    fn any_open()(
        start in 0.0..500.0_f64,
        stages in prop::collection::vec((prop_oneof![Just(0.0), 0.0..500.0_f64], 0..2_000_u64), 1..6),
        poisson in any::<bool>(),
    ) -> Open {
        open(start, &stages, if poisson { Spacing::Poisson } else { Spacing::Constant })
    }
}

proptest! {
    #[test]
    fn the_parts_of_a_schedule_are_exactly_the_whole(open in any_open(), of in 1..9_u64, seed in any::<u64>()) {
        let whole: Vec<Arrival> = Arrivals::new(&open, seed, Shard::WHOLE).collect();
        let mut parts: Vec<Arrival> = (0..of)
            .flat_map(|index| Arrivals::new(&open, seed, Shard { index, of }))
            .collect();
        parts.sort_by_key(|arrival| arrival.number);
        prop_assert_eq!(&whole, &parts);
        prop_assert!(whole.iter().enumerate().all(|(k, arrival)| arrival.number == k as u64));
        prop_assert!(whole.is_sorted_by_key(|arrival| arrival.at));
        prop_assert!(whole.last().is_none_or(|last| last.at < open.stages.iter().map(|s| s.over).sum()));
    }

    #[test]
    fn constant_arrivals_in_any_window_are_the_integral_of_the_rate_to_one(
        open in any_open(), a in 0..12_000_u64, b in 0..12_000_u64,
    ) {
        let open = Open { arrivals: Spacing::Constant, ..open };
        let curve = RateCurve::new(&open);
        let (a, b) = (Duration::from_millis(a.min(b)), Duration::from_millis(a.max(b)));
        let count = times(&open).iter().filter(|at| (a..b).contains(*at)).count() as f64;
        let area = curve.integral(b) - curve.integral(a);
        prop_assert!((count - area).abs() <= 1.0 + 1e-6, "{count} {area}");
    }

    #[test]
    fn users_who_are_there_are_as_many_as_the_level_says(
        start in 0..20_u32,
        stages in prop::collection::vec((0..20_u32, 0..3_000_u64), 1..6),
        at in 0..10_000_u64,
    ) {
        let closed = closed(start, &stages, 0);
        let at = Duration::from_millis(at) + Duration::from_nanos(37);
        let there = (0..most_users(&closed))
            .filter(|user| stays(&closed, *user).iter().any(|stay| stay.from <= at && at < stay.until))
            .count();
        let level = users_at(&closed, at) as usize;
        // Crossings are rounded to a nanosecond.
        prop_assert!(there.abs_diff(level) <= 1, "{there} {level}");
        prop_assert!(stays(&closed, most_users(&closed)).is_empty());
    }

    #[test]
    fn a_user_on_time_keeps_its_pace_exactly(
        start in 1..10_u32, user in 0..10_u32, millis in 1..500_u64, delay in 1..50_u64,
    ) {
        let closed = closed(start, &[(start, millis)], delay);
        let mut pace = Pace::new(&closed, user, Duration::ZERO);
        let mut now = Duration::ZERO;
        let mut starts = Vec::new();
        while let Some(due) = pace.next(now) {
            starts.push(due);
            now = now.max(due);
        }
        if user < start {
            let first = Duration::from_nanos(delay * 1_000_000 * u64::from(user) / u64::from(start));
            let end = Duration::from_millis(millis);
            let expected = (0..).map(|i| first + i * closed.delay).take_while(|due| *due < end);
            prop_assert_eq!(starts, expected.collect::<Vec<_>>());
        } else {
            prop_assert!(starts.is_empty());
        }
        prop_assert_eq!(pace.missed(), 0);
    }

    #[test]
    fn flows_that_a_user_did_and_missed_are_those_of_its_pace(
        millis in 1..500_u64, delay in 1..50_u64, service in 0..200_u64, warm_up in 0..600_u64,
    ) {
        let closed = closed(1, &[(1, millis)], delay);
        let warm_up = Duration::from_millis(warm_up);
        let mut pace = Pace::new(&closed, 0, warm_up);
        let mut now = Duration::ZERO;
        let mut counted = 0;
        while let Some(due) = pace.next(now) {
            counted += u64::from(due >= warm_up);
            now = now.max(due) + Duration::from_millis(service);
        }
        let all = (0..millis).step_by(delay as usize);
        let due = all.filter(|at| Duration::from_millis(*at) >= warm_up).count() as u64;
        prop_assert_eq!(counted + pace.missed(), due);
    }
}

#[test]
fn users_of_the_start_are_spread_over_the_first_delay_and_those_of_a_jump_come_at_once() {
    let first =
        |closed: &Closed, user| Pace::new(closed, user, Duration::ZERO).next(Duration::ZERO);
    let spread = closed(4, &[(4, 10_000)], 100);
    let starts: Vec<_> = (0..4)
        .map(|user| first(&spread, user).unwrap().as_millis())
        .collect();
    assert_eq!(starts, [0, 25, 50, 75]);
    let storm = closed(0, &[(4, 0), (4, 10_000)], 100);
    assert!((0..4).all(|user| first(&storm, user) == Some(Duration::ZERO)));
    let ramp = closed(0, &[(4, 1_000), (4, 1_000)], 100);
    let starts: Vec<_> = (0..4)
        .map(|user| first(&ramp, user).unwrap().as_millis())
        .collect();
    assert_eq!(starts, [0, 250, 500, 750]);
}

#[test]
fn a_ramp_down_sends_the_last_comers_home_first_and_they_come_back() {
    let closed = closed(2, &[(0, 1_000), (2, 1_000)], 0);
    let ends = |user| {
        stays(&closed, user)
            .iter()
            .map(|s| (s.from.as_millis(), s.until.as_millis()))
            .collect::<Vec<_>>()
    };
    assert_eq!(ends(1), [(0, 500), (1_500, 2_000)]);
    assert_eq!(ends(0), [(0, 2_000)]);
}

#[test]
fn without_a_delay_the_next_is_due_when_the_last_has_ended() {
    let closed = closed(1, &[(1, 1_000)], 0);
    let mut pace = Pace::new(&closed, 0, Duration::ZERO);
    assert_eq!(pace.next(Duration::ZERO), Some(Duration::ZERO));
    assert_eq!(
        pace.next(Duration::from_millis(7)),
        Some(Duration::from_millis(7))
    );
    assert_eq!(pace.next(SECOND), None);
    assert_eq!(pace.missed(), 0);
}

fn flows(weights: &[u32]) -> Vec<Flow> {
    let flow = Workload::in_process("x", 1, SECOND, SECOND).flows.remove(0);
    weights
        .iter()
        .map(|weight| Flow {
            weight: *weight,
            ..flow.clone()
        })
        .collect()
}

#[test]
fn weights_are_met_exactly_over_every_cycle_in_a_changing_order() {
    let flows = flows(&[4, 2, 6]);
    let mut mix = Mix::new(&flows, 5, 0);
    let cycles: Vec<Vec<usize>> = (0..100_u64)
        .map(|cycle| {
            (0..6)
                .map(|place| mix.choose(cycle * 6 + place).unwrap())
                .collect()
        })
        .collect();
    for cycle in &cycles {
        let count = |flow| cycle.iter().filter(|chosen| **chosen == flow).count();
        assert_eq!((count(0), count(1), count(2)), (2, 1, 3));
    }
    assert!(cycles.windows(2).filter(|pair| pair[0] == pair[1]).count() < 10);
}

#[test]
fn a_part_of_the_arrivals_takes_the_same_flows_as_the_whole() {
    for weights in [vec![3, 1], vec![100_000, 1, 7]] {
        let flows = flows(&weights);
        let choose = |positions: &mut dyn Iterator<Item = u64>| {
            let mut mix = Mix::new(&flows, 9, 0);
            positions
                .map(|k| mix.choose(k).unwrap())
                .collect::<Vec<_>>()
        };
        let whole = choose(&mut (0..600));
        let third = choose(&mut (1..600).step_by(3));
        let expected: Vec<usize> = whole.into_iter().skip(1).step_by(3).collect();
        assert_eq!(third, expected);
    }
}

#[test]
fn flows_that_are_done_once_are_never_chosen() {
    let mut flows = flows(&[1, 5]);
    flows[1].once = true;
    let mut mix = Mix::new(&flows, 1, 1);
    assert!((0..50).all(|k| mix.choose(k) == Some(0)));
    flows[0].once = true;
    assert_eq!(Mix::new(&flows, 1, 1).choose(0), None);
}

#[test]
fn large_weights_are_met_on_average() {
    let flows = flows(&[3_000, 1_001]);
    let mut mix = Mix::new(&flows, 2, 0);
    let first = (0..40_010).filter(|k| mix.choose(*k) == Some(0)).count();
    // Binomial with p = 0.7498: standard deviation 87.
    assert!(first.abs_diff(30_000) < 450, "{first}");
}

#[test]
fn shares_add_up_and_differ_by_one_at_most() {
    for total in [0, 1, 7, 1_000] {
        let shares: Vec<u64> = (0..3)
            .map(|index| Shard { index, of: 3 }.share(total))
            .collect();
        assert_eq!(shares.iter().sum::<u64>(), total);
        assert!(shares[0] - shares[2] <= 1);
    }
}

#[test]
fn a_model_says_all_of_itself() {
    use crate::workload::Model;
    let mut users = closed(50, &[(50, 30_000)], 100);
    users.calls_per_user = Some(100);
    insta::assert_snapshot!(words(&Model::Closed(users)), @"closed: 50 users for 30s, delay 100ms, at most 100 flows each");
    let ramp = closed(0, &[(10, 0), (50, 5_000), (50, 1_500)], 0);
    insta::assert_snapshot!(words(&Model::Closed(ramp)), @"closed: at once 10 users, 10 to 50 users in 5s, 50 users for 1.5s, no delay");
    let rate = open(0.5, &[(200.0, 10_000), (200.0, 20_000)], Spacing::Poisson);
    insta::assert_snapshot!(words(&Model::Open(rate)), @"open: 0.5 to 200/s in 10s, 200/s for 20s, Poisson, at most 100 in flight");
}
