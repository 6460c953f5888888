use super::*;

#[test]
fn a_flood_of_values_ends_in_the_overflow_series_and_in_no_memory() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["user"], 100);
    let many = size(100_000, 300);
    for n in 0..150 {
        world.hit(family, &[&n.to_string()]);
    }
    let full = world.registry.bytes();
    for n in 150..many {
        world.hit(family, &[&n.to_string()]);
    }
    assert_eq!(
        world.registry.bytes(),
        full,
        "refused label sets leave nothing"
    );
    assert_eq!(world.sum("hits"), many as u64);
    let shown = world.shown("hits");
    assert_eq!(shown.series.len(), 101);
    let overflow: Vec<_> = shown.series.iter().filter(|s| s.overflow).collect();
    assert_eq!(overflow.len(), 1);
    assert_eq!(number(&overflow[0].value), many as u64 - 100);
    assert_eq!(
        world.counts("probe_overflow_total"),
        [(vec!["hits".to_owned()], many as u64 - 100)]
    );
}

#[test]
fn ten_thousand_series_take_little_memory() {
    let world = world();
    let family = world.family(
        "hits",
        Kind::Counter,
        &["route", "method", "status"],
        10_000,
    );
    let many = size(10_000, 100);
    for n in 0..many {
        let route = format!("/api/users/{n}/posts");
        world.hit(family, &[&route, "GET", "200"]);
    }
    assert_eq!(world.shown("hits").series.len(), many);
    // 600 bytes each at most, shared texts counted as if they were not; and the first chunks.
    assert!(
        world.registry.bytes() < 600 * many + 120_000,
        "{}",
        world.registry.bytes()
    );
}

#[test]
fn without_numbers_new_families_share_one_series_of_their_kind() {
    let world = world_of(Limits {
        cells: 64,
        histograms: 32,
        families: 4096,
    });
    for n in 0..200 {
        let family = world.counter(&format!("family_{n}"), &["x"]);
        world.hit(family, &["a"]);
        world.hit(family, &["a"]);
        world.hit(family, &["b"]);
    }
    let families = world.registry.families();
    let counted = families
        .iter()
        .filter(|f| f.name.starts_with("family_") || &*f.name == "probe_unplaced_counters");
    let sum: u64 = counted
        .flat_map(|f| &f.series)
        .map(|s| number(&s.value))
        .sum();
    assert_eq!(sum, 600);
    let last = world.shown("probe_unplaced_counters");
    assert!(last.series[0].overflow);
    assert!(number(&last.series[0].value) > 400);
}

#[test]
fn without_numbers_outcomes_go_to_the_overflow_series_or_the_last_resort() {
    let world = world_of(Limits {
        cells: 16,
        histograms: 16,
        families: 4096,
    });
    let family = world.timer("query_seconds", &["op"], CAP);
    for n in 0..20 {
        for outcome in Outcome::ALL {
            world.time(family, &[&n.to_string()], 5, outcome);
        }
    }
    let total = world.sum("query_seconds") + world.sum("probe_unplaced_timers");
    assert_eq!(total, 80);
    let refused = world.own("probe_overflow_total");
    world.time(family, &["0"], 5, Outcome::Failed);
    world.time(family, &["0"], 5, Outcome::Failed);
    assert!(
        world.own("probe_overflow_total") <= refused + 1,
        "a refused outcome is remembered"
    );
}

#[test]
fn kinds_of_last_resort_do_not_mix() {
    let world = world_of(Limits {
        cells: 0,
        histograms: 0,
        families: 4096,
    });
    let counter = world.counter("c", &[]);
    world.hit(counter, &[]);
    let gauge = world.family("g", Kind::Gauge, &[], CAP);
    assert!(world.add_n(world.registry.find(gauge, &[]), 5));
    let timer = world.timer("t", &[], CAP);
    world.time(timer, &[], 9, Outcome::Completed);
    world.time(timer, &[], 9, Outcome::Failed);
    assert_eq!(world.sum("probe_unplaced_counters"), 1);
    assert_eq!(world.sum("probe_unplaced_gauges"), 5);
    assert_eq!(world.sum("probe_unplaced_timers"), 2);
    assert_eq!(world.shown("probe_unplaced_timers").unit, Unit::Seconds);
}

#[test]
fn a_flood_of_families_ends_in_the_last_resort() {
    let world = world_of(Limits {
        families: 10,
        ..Limits::ALL
    });
    let cores: Vec<_> = (0..100)
        .map(|n| world.counter(&format!("f{n}"), &["x"]))
        .collect();
    for core in &cores {
        world.hit(core, &["a"]);
    }
    assert_eq!(world.sum("probe_unplaced_counters"), 90);
    assert!(std::ptr::eq(cores[50], cores[99]));
}
