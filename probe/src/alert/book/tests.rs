use super::*;

const CLEAR: u64 = 30;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn finding(key: &str, level: Level) -> Finding {
    Finding {
        key: key.into(),
        level,
        category: "test".into(),
        message: format!("{key} is wrong"),
        value: 2.0,
        limit: 1.0,
        labels: vec![("route".into(), "/a".into())],
    }
}

fn book() -> Book {
    Book::new(Rules {
        clear_after: at(CLEAR),
        rate: RateLimit {
            burst: 2,
            per: at(1000),
        },
    })
}

/// What was told: key, and whether it had ended.
fn told(notices: &Notices) -> Vec<(&str, bool)> {
    notices
        .iter()
        .map(|a| (&*a.key, a.ended.is_some()))
        .collect()
}

fn settle(book: &mut Book, seconds: u64, keys: &[&str]) -> Notices {
    let met: Vec<_> = keys.iter().map(|k| finding(k, Level::Warning)).collect();
    book.settle(at(seconds), "test", &met, &[])
}

#[test]
fn a_condition_raises_once_and_ends_when_it_has_not_been_met_for_a_while() {
    let mut book = book();
    assert_eq!(told(&settle(&mut book, 10, &["a"])), [("a", false)]);
    assert_eq!(told(&settle(&mut book, 20, &["a"])), []);
    assert_eq!(told(&settle(&mut book, 20 + CLEAR - 1, &[])), []);
    assert_eq!(book.active().len(), 1);
    assert_eq!(told(&settle(&mut book, 20 + CLEAR, &[])), [("a", true)]);
    let alert = book.history().next().unwrap();
    assert_eq!(
        (alert.raised, alert.last_met, alert.times),
        (at(10), at(20), 2)
    );
    assert_eq!(
        alert.ended,
        Some(Ended {
            at: at(20 + CLEAR),
            by_hand: false
        })
    );
    assert!(book.active().is_empty());
}

#[test]
fn a_value_that_hovers_around_its_limit_is_one_alert() {
    let mut book = book();
    let notices: usize = (0..100)
        .map(|i| settle(&mut book, i * 10, if i % 2 == 0 { &["a"] } else { &[] }).len())
        .sum();
    assert_eq!((notices, book.history().count()), (1, 1));
}

#[test]
fn past_the_rate_limit_alerts_are_on_and_silent_and_so_is_their_end() {
    let mut book = book();
    let mut all = Vec::new();
    for round in 0..4 {
        all.extend(settle(&mut book, round * 100, &["a"]));
        all.extend(settle(&mut book, round * 100 + CLEAR, &[]));
    }
    assert_eq!(
        told(&all),
        [("a", false), ("a", true), ("a", false), ("a", true)]
    );
    let history: Vec<_> = book
        .history()
        .map(|a| (a.told, a.ended.is_some()))
        .collect();
    assert_eq!(
        history,
        [(true, true), (true, true), (false, true), (false, true)]
    );
    settle(&mut book, 500, &["a", "b"]);
    assert_eq!(
        book.active().iter().map(|a| a.told).collect::<Vec<_>>(),
        [false, true],
        "each has its own limit"
    );
}

#[test]
fn an_alert_that_lasts_is_told_as_soon_as_the_rate_limit_allows_and_so_is_its_end() {
    let mut book = book();
    for round in 0..2 {
        settle(&mut book, round * 100, &["a"]);
        settle(&mut book, round * 100 + CLEAR, &[]);
    }
    // The burst of two is spent, and one more is allowed a thousand seconds after the first.
    for seconds in [200, 500, 999] {
        assert_eq!(told(&settle(&mut book, seconds, &["a"])), []);
        assert!(!book.active()[0].told);
    }
    assert_eq!(told(&settle(&mut book, 1000, &["a"])), [("a", false)]);
    assert!(book.active()[0].told);
    assert_eq!(told(&settle(&mut book, 5000, &["a"])), [], "told once");
    assert_eq!(
        told(&settle(&mut book, 5000 + CLEAR, &[])),
        [("a", true)],
        "the end of what was told is told"
    );
}

#[test]
fn a_refused_escalation_is_told_later_even_if_it_has_got_better_and_only_once() {
    let mut book = Book::new(Rules {
        clear_after: at(CLEAR),
        rate: RateLimit {
            burst: 1,
            per: at(100),
        },
    });
    let mut raise = |seconds, level| {
        let notice = book.raise(at(seconds), "test", &finding("a", level)).1;
        notice.map(|alert| alert.level)
    };
    assert_eq!(raise(0, Level::Warning), Some(Level::Warning));
    assert_eq!(raise(10, Level::Critical), None);
    assert_eq!(raise(99, Level::Critical), None);
    assert_eq!(raise(100, Level::Warning), Some(Level::Critical));
    assert_eq!(raise(900, Level::Critical), None);
}

#[test]
fn an_alert_that_is_raised_anew_is_told_anew() {
    let mut book = book();
    settle(&mut book, 0, &["a"]);
    settle(&mut book, CLEAR, &[]);
    assert_eq!(told(&settle(&mut book, 5000, &["a"])), [("a", false)]);
}

#[test]
fn the_latest_value_has_the_labels_that_it_was_found_with() {
    let mut book = book();
    let mut other = finding("a", Level::Warning);
    book.raise(at(0), "test", &other);
    other.value = 9.0;
    other.labels = vec![("route".into(), "/b".into())];
    book.raise(at(1), "test", &other);
    let alert = &book.active()[0];
    assert_eq!((alert.value, &*alert.first_labels[0].1), (2.0, "/a"));
    assert_eq!((alert.latest, &*alert.labels[0].1), (9.0, "/b"));
    other.labels.clear();
    book.raise(at(2), "test", &other);
    assert!(book.active()[0].labels.is_empty());
}

#[test]
fn sources_do_not_end_each_others_alerts() {
    let mut book = book();
    settle(&mut book, 0, &["a"]);
    let other = book.settle(at(1000), "other", &[finding("a", Level::Info)], &[]);
    assert_eq!(told(&other), [("a", false)]);
    assert_eq!(book.active().len(), 2);
}

#[test]
fn what_is_kept_is_not_over() {
    let mut book = book();
    settle(&mut book, 0, &["a"]);
    for seconds in [100, 200] {
        assert!(
            book.settle(at(seconds), "test", &[], &["a".into()])
                .is_empty()
        );
    }
    assert_eq!(told(&settle(&mut book, 200 + CLEAR, &[])), [("a", true)]);
}

#[test]
fn by_hand_it_ends_at_once_and_is_raised_again_if_it_is_still_met() {
    let mut book = book();
    settle(&mut book, 0, &["a"]);
    let id = book.active()[0].id;
    let ended = Ended {
        at: at(1),
        by_hand: true,
    };
    let notice = book.end(id, ended).unwrap().unwrap();
    assert_eq!(notice.ended, Some(ended));
    assert_eq!(book.end(id, ended), None, "it is not on any more");
    assert_eq!(told(&settle(&mut book, 2, &["a"])), [("a", false)]);
    assert_ne!(book.active()[0].id, id);
}

#[test]
fn getting_worse_is_told_and_getting_better_is_not() {
    let mut book = book();
    for (level, heard) in [
        (Level::Warning, true),
        (Level::Critical, true),
        (Level::Info, false),
    ] {
        let notice = book.raise(at(0), "test", &finding("a", level)).1;
        assert_eq!(notice.is_some(), heard, "{level:?}");
    }
    assert_eq!(book.active()[0].level, Level::Critical);
}

#[test]
fn the_last_1000_are_remembered_and_an_end_is_found_among_them() {
    let mut book = book();
    for i in 0..HISTORY as u64 + 500 {
        settle(&mut book, i * 100, &["a"]);
        settle(&mut book, i * 100 + CLEAR, &[]);
    }
    let ids: Vec<_> = book.history().map(|a| a.id).collect();
    assert_eq!(ids, (500..1500).collect::<Vec<_>>());
    assert!(book.history().all(|a| a.ended.is_some()));
}

#[test]
fn an_alert_that_outlives_its_place_in_the_history_ends_all_the_same() {
    let mut book = book();
    book.raise(at(0), "long", &finding("old", Level::Error));
    for i in 0..HISTORY as u64 {
        settle(&mut book, i * 100, &["a"]);
        settle(&mut book, i * 100 + CLEAR, &[]);
    }
    assert!(book.history().all(|a| &*a.key == "a"));
    let id = book.active()[0].id;
    assert!(
        book.end(
            id,
            Ended {
                at: at(9),
                by_hand: true
            }
        )
        .is_some()
    );
    assert_eq!(book.history().count(), HISTORY);
    assert!(
        book.history().all(|a| &*a.key == "a"),
        "it does not come back"
    );
}

#[test]
fn a_flood_of_conditions_finds_no_room_beside_1024_that_are_met() {
    let mut book = book();
    for i in 0..CONDITIONS + 100 {
        book.raise(at(0), "flood", &finding(&i.to_string(), Level::Info));
    }
    assert_eq!((book.states.len(), book.refused()), (CONDITIONS, 100));
    assert!(book.history().count() <= HISTORY);
}

#[test]
fn conditions_that_are_over_make_room() {
    let mut book = book();
    for i in 0..CONDITIONS * 3 {
        let id = book
            .raise(at(0), "flood", &finding(&i.to_string(), Level::Info))
            .0
            .unwrap();
        book.end(
            id,
            Ended {
                at: at(0),
                by_hand: true,
            },
        );
    }
    assert_eq!((book.states.len(), book.refused()), (CONDITIONS, 0));
}

#[test]
fn texts_of_megabytes_are_clipped_at_a_whole_character() {
    let long = "\u{202e}é\0\n".repeat(100_000);
    let mut book = book();
    let mut hostile = finding(&long, Level::Info);
    hostile.message.clone_from(&long);
    hostile.category.clone_from(&long);
    hostile.labels = vec![("route".into(), long.clone())];
    book.raise(at(0), "test", &hostile);
    book.raise(at(1), "test", &hostile);
    let active = book.active();
    let alert = &active[0];
    assert_eq!((active.len(), alert.times), (1, 2));
    for text in [
        &alert.key,
        &alert.message,
        &alert.category,
        &alert.labels[0].1,
    ] {
        assert!(text.len() <= TEXT && text.len() > TEXT - 4 && long.starts_with(&**text));
    }
}

#[test]
fn a_clock_that_jumps_and_comes_back_neither_holds_an_alert_forever_nor_panics() {
    let mut book = book();
    book.settle(Duration::MAX, "test", &[finding("a", Level::Info)], &[]);
    assert!(settle(&mut book, 5, &[]).is_empty());
    assert_eq!(told(&settle(&mut book, 5 + CLEAR, &[])), [("a", true)]);
}

#[test]
fn without_waiting_an_alert_ends_at_the_first_look_that_does_not_find_it() {
    let mut book = Book::new(Rules {
        clear_after: Duration::ZERO,
        rate: RateLimit::default(),
    });
    settle(&mut book, 1, &["a", "b"]);
    settle(&mut book, 1, &["a"]);
    let on: Vec<_> = book.active().into_iter().map(|a| a.key).collect();
    assert_eq!(on.iter().map(|k| &**k).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn the_worst_is_listed_first() {
    let mut book = book();
    for (key, level) in [
        ("i", Level::Info),
        ("c", Level::Critical),
        ("w", Level::Warning),
        ("d", Level::Critical),
    ] {
        book.raise(at(0), "test", &finding(key, level));
    }
    let keys: Vec<_> = book
        .active()
        .into_iter()
        .map(|a| a.key.to_string())
        .collect();
    assert_eq!(keys, ["c", "d", "w", "i"]);
}
