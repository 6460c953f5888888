use super::*;

#[test]
fn a_muted_family_records_nothing_until_it_is_unmuted() {
    let world = world();
    let family = world.counter("db_rows", &["t"]);
    let handle = world.registry.find(family, &["users"]);
    assert!(world.add(handle));
    world.registry.mute("db_*", true);
    assert!(!world.add(handle));
    assert!(!world.add(world.registry.find(family, &["users"])));
    assert!(!world.add(world.registry.find(family, &["new while muted"])));
    world.registry.mute("db_rows", false);
    assert!(world.add(handle));
    world.hit(family, &["new while muted"]);
    assert_eq!(world.sum("db_rows"), 3);
}

#[test]
fn families_that_come_later_are_muted_too() {
    let world = world();
    world.registry.mute("db_*", true);
    let family = world.counter("db_rows", &["t"]);
    assert!(!world.add(world.registry.find(family, &["users"])));
    let other = world.counter("cache", &["t"]);
    world.hit(other, &["users"]);
}

#[test]
fn overflow_series_and_outcomes_are_muted_with_their_family() {
    let world = world();
    let family = world.timer("db_seconds", &["t"], 1);
    world.time(family, &["a"], 1, Outcome::Failed);
    world.time(family, &["b"], 1, Outcome::Failed);
    let (known, refused) = (
        world.registry.find(family, &["a"]),
        world.registry.find(family, &["c"]),
    );
    world.registry.mute("db_seconds", true);
    for outcome in Outcome::ALL {
        for handle in [known, refused] {
            assert_eq!(
                world.registry.live_as(Space::Histograms, handle, outcome),
                None
            );
        }
    }
    world.registry.mute("*", false);
    for outcome in Outcome::ALL {
        for handle in [known, refused] {
            assert!(
                world
                    .registry
                    .live_as(Space::Histograms, handle, outcome)
                    .is_some()
            );
        }
    }
}

#[test]
fn a_static_instrument_is_muted_by_its_number() {
    let world = world();
    let desc = crate::instrument::site::Desc {
        name: "hits",
        help: "",
        unit: Unit::None,
        kind: Kind::Counter,
        labels: &[],
        sampling: crate::instrument::sampling::Sampling::ALL,
    };
    let series = world
        .registry
        .register_static(&desc, Outcome::Completed)
        .unwrap();
    assert!(!world.registry.is_muted(Space::Cells, series.id));
    world.registry.mute("hits", true);
    assert!(world.registry.is_muted(Space::Cells, series.id));
}
