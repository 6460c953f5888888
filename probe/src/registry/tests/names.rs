use super::super::place::Want;
use super::*;
use crate::instrument::site::Desc;

#[test]
fn equal_labels_are_one_series_and_others_are_not() {
    let world = world();
    let family = world.counter("hits", &["tier", "zone"]);
    for labels in [["a", "b"], ["a", "b"], ["b", "a"], ["ab", ""], ["", "ab"]] {
        world.hit(family, &labels);
    }
    let text = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    assert_eq!(
        world.counts("hits"),
        [
            (text("a", "b"), 2),
            (text("b", "a"), 1),
            (text("ab", ""), 1),
            (text("", "ab"), 1),
        ]
    );
}

#[test]
fn two_families_of_one_identity_are_one() {
    let world = world();
    let one = world.counter("hits", &["tier"]);
    let other = world.counter("hits", &["tier"]);
    assert!(std::ptr::eq(one, other));
    assert_eq!(world.own("probe_conflicts_total"), 0);
}

#[test]
fn a_name_with_another_kind_unit_or_labels_is_kept_apart_and_counted() {
    let world = world();
    world.hit(world.counter("hits", &["tier"]), &["a"]);
    world.hit(world.counter("hits", &["zone"]), &["b"]);
    let gauge = world.family("hits", Kind::Gauge, &["tier"], CAP);
    assert!(world.add_n(world.registry.find(gauge, &["c"]), 7));
    let again = world.counter("hits", &["zone"]);
    world.hit(again, &["b"]);
    assert_eq!(world.sum("hits"), 1);
    assert_eq!(world.sum("hits_conflict_2"), 2);
    assert_eq!(world.shown("hits_conflict_3").kind, Kind::Gauge);
    assert_eq!(world.sum("hits_conflict_3"), 7);
    assert_eq!(world.own("probe_conflicts_total"), 2);
}

#[test]
fn a_family_that_really_has_the_suffixed_name_is_not_taken_for_the_other() {
    let world = world();
    let real = world.counter("hits_conflict_2", &[]);
    let first = world.counter("hits", &[]);
    let second = world.counter("hits", &["tier"]);
    assert_eq!(&*second.meta.name, "hits_conflict_3");
    assert!(!std::ptr::eq(real, second) && !std::ptr::eq(first, second));
}

#[test]
fn the_names_of_the_probe_itself_are_taken() {
    let world = world();
    let family = world.counter("probe_overflow_total", &["family"]);
    assert_eq!(&*family.meta.name, "probe_overflow_total_conflict_2");
}

#[test]
fn a_static_instrument_and_a_family_meet_in_one_series() {
    let world = world();
    let desc = Desc {
        name: "hits",
        help: "Hits.",
        unit: Unit::None,
        kind: Kind::Counter,
        labels: &[("tier", "memory")],
        sampling: crate::instrument::sampling::Sampling::ALL,
    };
    let fixed = world.registry.register_static(&desc, Outcome::Completed);
    let found = world
        .registry
        .find(world.counter("hits", &["tier"]), &["memory"]);
    assert_eq!(fixed, Ok(found));
    assert_eq!(&*world.shown("hits").help, "Hits.");
}

#[test]
fn outcomes_are_series_of_the_same_labels() {
    let world = world();
    let family = world.timer("query_seconds", &["op"], CAP);
    world.time(family, &["select"], 10, Outcome::Completed);
    for _ in 0..3 {
        world.time(family, &["select"], 20, Outcome::Failed);
    }
    world.time(family, &["select"], 30, Outcome::Panicked);
    let shown = world.shown("query_seconds");
    let all: Vec<_> = shown
        .series
        .iter()
        .map(|s| (labels(s).join(","), s.outcome, number(&s.value)))
        .collect();
    let select = || "select".to_owned();
    assert_eq!(
        all,
        [
            (select(), Outcome::Completed, 1),
            (select(), Outcome::Failed, 3),
            (select(), Outcome::Panicked, 1),
        ]
    );
}

#[test]
fn a_family_without_labels_has_one_series() {
    let world = world();
    let family = world.family("starts", Kind::Counter, &[], 0);
    world.hit(family, &[]);
    world.hit(family, &[]);
    assert_eq!(world.counts("starts"), [(vec![], 2)]);
}

#[test]
fn reserved_labels_have_a_series_beyond_the_cap() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["route"], 1);
    world.hit(family, &["/a"]);
    world.registry.register(family, &["/b"], Want::PINNED);
    world.hit(family, &["/b"]);
    world.hit(family, &["/c"]);
    let shown = world.shown("hits");
    let overflow: Vec<_> = shown
        .series
        .iter()
        .map(|s| (labels(s).join(""), s.overflow))
        .collect();
    let expected = [("/a", false), ("/b", false), ("(other)", true)];
    assert_eq!(overflow, expected.map(|(l, o)| (l.to_owned(), o)));
}

#[test]
fn a_label_set_that_reads_like_the_overflow_series_is_that_series() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["route"], 1);
    world.hit(family, &["(other)"]);
    world.hit(family, &["/a"]);
    world.hit(family, &["/b"]);
    assert_eq!(
        world.counts("hits"),
        [(vec!["(other)".to_owned()], 3)],
        "it took the only place"
    );
    assert!(world.shown("hits").series[0].overflow);
}

#[test]
fn a_walk_visits_more_series_than_one_batch_in_order() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["n"], 2000);
    let many = size(700, 300);
    for n in 0..many {
        world.hit(family, &[&n.to_string()]);
    }
    let shown = world.counts("hits");
    assert_eq!(shown.len(), many);
    for (n, (labels, count)) in shown.iter().enumerate() {
        assert_eq!((labels[0].as_str(), *count), (n.to_string().as_str(), 1));
    }
}

#[test]
fn a_visit_may_register_and_walk_itself() {
    let world = world();
    let family = world.counter("hits", &["n"]);
    world.hit(family, &["0"]);
    let mut visits = 0;
    world.registry.for_each(&mut |_, _| {
        visits += 1;
        world.registry.find(family, &[&visits.to_string()]);
        assert!(!world.registry.families().is_empty());
    });
    assert!(visits > 0);
}

#[test]
fn a_visit_that_panics_leaves_the_registry_usable() {
    let world = world();
    let family = world.counter("hits", &["n"]);
    world.hit(family, &["0"]);
    let visit = || world.registry.for_each(&mut |_, _| panic!("of a visitor"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(visit)).is_err());
    world.hit(family, &["0"]);
    assert_eq!(world.sum("hits"), 2);
    assert_eq!(world.registry.locked(|state| state.walks), Some(0));
}

#[test]
fn a_registration_within_a_registration_overflows_and_does_not_wait() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["n"], 1);
    world.hit(family, &["0"]);
    let inner = world.registry.locked(|_| {
        world.hit(family, &["0"]);
        world.registry.find(family, &["1"])
    });
    let inner = inner.unwrap();
    assert!(world.add(inner));
    assert_eq!(world.sum("hits"), 2);
    assert_eq!(world.sum("probe_unplaced_counters"), 1);
    assert_eq!(world.own("probe_reentrant_registrations_total"), 1);
    assert_eq!(world.own("probe_overflow_total"), 1);
}

#[test]
fn an_untouched_registry_shows_nothing() {
    assert_eq!(world().registry.families(), []);
}
