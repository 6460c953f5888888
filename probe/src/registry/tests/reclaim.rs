use super::super::place::Want;
use super::*;

/// A family with room for 10, filled and refused, with `busy` looked up often in every epoch.
fn crowded(world: &World) -> &'static Core {
    let family = world.family("hits", Kind::Counter, &["user"], 10);
    world.hit(family, &["busy"]);
    for n in 0..20 {
        world.hit(family, &[&format!("rare {n}")]);
    }
    family
}

fn use_often(world: &World, family: &'static Core) {
    for _ in 0..5 {
        world.hit(family, &["busy"]);
        world.hit(family, &["somebody refused"]);
    }
}

#[test]
fn rare_label_sets_make_room_and_no_count_is_lost() {
    let world = world();
    let family = crowded(&world);
    let mut total = 21;
    assert_eq!(world.sum("hits"), total);
    for minute in 1..=2 {
        use_often(&world, family);
        total += 10;
        world.epoch(minute);
        assert_eq!(world.sum("hits"), total, "after minute {minute}");
    }
    assert_eq!(world.own("probe_reclaimed_total"), 9);
    assert_eq!(
        world.shown("hits").series.len(),
        11,
        "still shown for an epoch"
    );
    use_often(&world, family);
    total += 10;
    world.epoch(3);
    assert_eq!(world.sum("hits"), total);
    let shown = world.counts("hits");
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0], (vec!["busy".to_owned()], 16));
    // There is room now, and the new owners of old numbers start from zero.
    for n in 0..9 {
        world.hit(family, &[&format!("late {n}")]);
    }
    total += 9;
    let shown = world.counts("hits");
    assert_eq!(shown.len(), 11);
    assert!(
        shown
            .iter()
            .filter(|(l, _)| l[0].starts_with("late"))
            .all(|(_, n)| *n == 1)
    );
    assert_eq!(world.sum("hits"), total);
}

#[test]
fn with_room_for_all_nothing_is_reclaimed() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["user"], 10);
    for n in 0..10 {
        world.hit(family, &[&n.to_string()]);
    }
    for minute in 1..20 {
        world.epoch(minute);
    }
    assert_eq!(world.shown("hits").series.len(), 10);
    assert_eq!(world.own("probe_reclaimed_total"), 0);
}

#[test]
fn a_handle_that_is_kept_over_a_reclaim_records_to_the_overflow_series() {
    let world = world();
    let family = crowded(&world);
    let kept = world.registry.find(family, &["rare 3"]);
    for minute in 1..=2 {
        use_often(&world, family);
        world.epoch(minute);
    }
    assert!(!world.registry.is_live(Space::Cells, kept));
    let before = world.sum("hits");
    assert!(world.add(kept));
    assert_eq!(world.sum("hits"), before + 1);
    let overflow = |world: &World| {
        let shown = world.shown("hits");
        let found = shown
            .series
            .iter()
            .find(|s| s.overflow)
            .map(|s| number(&s.value));
        found.unwrap()
    };
    let held = overflow(&world);
    use_often(&world, family);
    world.epoch(3);
    for n in 0..9 {
        world.hit(family, &[&format!("new owner {n}")]);
    }
    let held_now = overflow(&world);
    assert!(held_now > held);
    assert!(world.add(kept), "also when its number has a new owner");
    assert_eq!(overflow(&world), held_now + 1);
}

#[test]
fn a_handle_that_is_used_often_keeps_its_series_without_lookups() {
    let world = world();
    let family = crowded(&world);
    let kept = world.registry.find(family, &["rare 3"]);
    for minute in 1..=5 {
        use_often(&world, family);
        for _ in 0..10 {
            assert!(world.add(kept));
        }
        world.epoch(minute);
    }
    assert!(world.registry.is_live(Space::Cells, kept));
    assert_eq!(world.own("probe_reclaimed_total"), 8);
}

#[test]
fn reserved_label_sets_and_the_overflow_series_are_never_reclaimed() {
    let world = world();
    let family = crowded(&world);
    world.registry.register(family, &["rare 3"], Want::PINNED);
    for minute in 1..=6 {
        use_often(&world, family);
        world.epoch(minute);
    }
    let shown = world.counts("hits");
    assert!(
        shown.iter().any(|(l, n)| l[0] == "rare 3" && *n == 1),
        "{shown:?}"
    );
    assert!(world.shown("hits").series.iter().any(|s| s.overflow));
}

#[test]
fn a_gauge_keeps_its_place_until_it_is_zero() {
    let world = world();
    let family = world.family("in_flight", Kind::Gauge, &["user"], 2);
    let zero = world.registry.find(family, &["zero"]);
    let one = world.registry.find(family, &["one"]);
    assert!(world.add(one));
    for minute in 1..=4 {
        world.registry.find(family, &["refused"]);
        world.epoch(minute);
    }
    assert!(!world.registry.is_live(Space::Cells, zero));
    assert!(world.registry.is_live(Space::Cells, one));
    assert_eq!(world.sum("in_flight"), 1);
}

#[test]
fn a_record_that_was_on_its_way_is_not_lost() {
    let world = world();
    let family = crowded(&world);
    let id = world.registry.find(family, &["rare 3"]).id;
    for minute in 1..=2 {
        use_often(&world, family);
        world.epoch(minute);
    }
    // A thread that had asked before the reclaim writes now.
    *world.held.cells.lock().unwrap().entry(id).or_default() += 5;
    let total = world.sum("hits");
    use_often(&world, family);
    world.epoch(3);
    assert_eq!(world.sum("hits"), total + 10);
}

#[test]
fn outcomes_go_with_their_label_set_and_are_folded_by_outcome() {
    let world = world();
    let family = world.timer("query_seconds", &["op"], 2);
    world.time(family, &["rare"], 1000, Outcome::Completed);
    world.time(family, &["rare"], 2000, Outcome::Failed);
    let rare = world.registry.find(family, &["rare"]);
    for minute in 1..=3 {
        for _ in 0..5 {
            world.time(family, &["busy"], 10, Outcome::Completed);
            world.time(family, &["refused"], 20, Outcome::Completed);
        }
        world.epoch(minute);
    }
    let shown = world.shown("query_seconds");
    let failed: Vec<_> = shown
        .series
        .iter()
        .filter(|s| s.outcome == Outcome::Failed)
        .collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].overflow);
    let Value::Distribution(distribution) = &failed[0].value else {
        panic!("a timer");
    };
    assert_eq!(distribution.sum, 2000);
    assert_eq!(distribution.buckets, [(bucket::index(2000) as u16, 1)]);
    assert_eq!(world.sum("query_seconds"), 32);
    // The new owner of the numbers has nothing of it, by no outcome.
    world.time(family, &["new"], 1, Outcome::Failed);
    let shown = world.shown("query_seconds");
    let new = shown.series.iter().filter(|s| labels(s) == ["new"]);
    let counts: Vec<_> = new.map(|s| (s.outcome, number(&s.value))).collect();
    assert_eq!(counts, [(Outcome::Completed, 0), (Outcome::Failed, 1)]);
    let late = world
        .registry
        .live_as(Space::Histograms, rare, Outcome::Failed);
    let overflow = family.overflow().unwrap();
    assert_eq!(
        late,
        Some(
            world
                .registry
                .sibling(Space::Histograms, overflow, Outcome::Failed)
                .id
        )
    );
}

#[test]
fn nothing_is_folded_while_somebody_walks() {
    let world = world();
    let family = crowded(&world);
    for minute in 1..=2 {
        use_often(&world, family);
        world.epoch(minute);
    }
    let total = world.sum("hits");
    let (mut seen, mut minute) = (0, 3);
    world.registry.for_each(&mut |family, series| {
        world.epoch(minute);
        minute += 1;
        if &*family.name == "hits" {
            seen += number(&world.registry.value_of(family, series, 1e-9));
        }
    });
    assert_eq!(seen, total);
}

#[test]
fn a_clock_that_goes_back_or_stands_still_is_harmless() {
    let world = world();
    let family = crowded(&world);
    for minute in [1, 1, 0, 1, 0] {
        use_often(&world, family);
        world.epoch(minute);
    }
    assert_eq!(world.own("probe_reclaimed_total"), 0);
    world.registry.upkeep(Duration::MAX);
    world.registry.upkeep(Duration::ZERO);
    assert_eq!(world.own("probe_reclaimed_total"), 9);
}

#[test]
fn numbers_and_memory_stay_bounded_over_many_epochs_of_flood() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["user"], 50);
    let mut high = 0;
    let epochs = size(60, 8) as u64;
    let sets = size(200, 60);
    for minute in 1..=epochs {
        for n in 0..sets {
            world.hit(
                family,
                &[&format!("{minute} {n} {}", "long text ".repeat(n % 12))],
            );
        }
        world.epoch(minute);
        if minute == 6 {
            high = world.registry.bytes();
        }
    }
    assert_eq!(world.sum("hits"), epochs * sets as u64);
    assert!(world.own("probe_reclaimed_total") > 50);
    assert!(
        world.registry.bytes() <= high + 20_000,
        "{} {high}",
        world.registry.bytes()
    );
    let records = world.registry.locked(|s| s.records(Space::Cells).len());
    assert!(records.unwrap() <= 51, "{records:?}");
}
