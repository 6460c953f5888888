use super::*;
use crate::snapshot::{FamilySnapshot, Outcome, Value};

crate::labels! {
    enum Op { Select => "select", Insert => "insert", Delete => "delete" }
}

/// Names are unique to a test: all meet in the one registry of the process.
fn shown(name: &str) -> FamilySnapshot {
    let families = crate::snapshot().families;
    let found = families.into_iter().find(|family| &*family.name == name);
    found.unwrap_or_else(|| panic!("no family {name}"))
}

fn counts(name: &str) -> Vec<(String, u64)> {
    let series = shown(name).series.into_iter().map(|series| {
        let Value::Counter(count) = series.value else {
            panic!("a counter");
        };
        (series.labels.join("|"), count)
    });
    series.collect()
}

fn texts<L: Labels>(labels: L) -> String {
    labels.texts()[..L::ARITY].join("|")
}

#[test]
fn combinations_have_an_index_each() {
    let ops = [Op::Select, Op::Insert, Op::Delete];
    let mut seen = std::collections::BTreeMap::new();
    for op in ops {
        for flag in [false, true] {
            for level in 0..5 {
                let labels = (op, flag, Small::<5>(level));
                let known = seen.insert(Labels::index(labels), texts(labels));
                assert_eq!(known, None);
            }
        }
    }
    assert_eq!(seen.len(), <(Op, bool, Small<5>)>::COUNT);
    assert_eq!(seen.keys().max(), Some(&29));
    assert_eq!(seen[&0], "select|false|0");
    assert_eq!(seen[&29], "delete|true|4");
    assert_eq!(
        texts((Op::Insert, true, true, Small::<2>(1))),
        "insert|true|true|1"
    );
}

#[test]
fn small_numbers_are_decimal_and_stop_at_the_largest() {
    for number in 0..=255_u8 {
        let small = Small::<256>(number);
        assert_eq!(Small::<256>::text(Label::index(small)), number.to_string());
    }
    assert_eq!(texts(Small::<6>(200)), "5");
    assert_eq!(Small::<6>::text(1000), "");
    assert_eq!(Op::text(3), "");
}

#[test]
fn an_enum_family_counts_by_combination() {
    static FAMILY: EnumFamily<Counter, (Op, bool)> =
        EnumFamily::new("test_enum_total", &["op", "cached"]);
    for _ in 0..3 {
        FAMILY.get((Op::Delete, false)).increment();
        FAMILY.get((Op::Select, true)).add(2);
    }
    let expected = [("delete|false", 3), ("select|true", 6)];
    assert_eq!(
        counts("test_enum_total"),
        expected.map(|(l, n)| (l.to_owned(), n))
    );
}

#[test]
fn a_label_that_lies_about_its_index_is_still_counted_by_its_text() {
    #[derive(Clone, Copy)]
    struct Liar;
    impl Label for Liar {
        const COUNT: usize = 1;
        fn index(self) -> usize {
            usize::MAX
        }
        fn text(_: usize) -> &'static str {
            "lie"
        }
    }
    static FAMILY: EnumFamily<Counter, Liar> = EnumFamily::new("test_liar_total", &["x"]);
    FAMILY.get(Liar).increment();
    FAMILY.get(Liar).increment();
    assert_eq!(counts("test_liar_total"), [("lie".to_owned(), 2)]);
}

#[test]
fn equal_static_text_at_two_addresses_is_one_series() {
    static FAMILY: StaticFamily<Counter, 2> = StaticFamily::new("test_static_total", ["a", "b"]);
    static TEXT: &str = "one two one";
    let (first, last) = (&TEXT[..3], &TEXT[8..]);
    assert_ne!(first.as_ptr(), last.as_ptr());
    for _ in 0..2 {
        FAMILY.get([first, "x"]).increment();
        FAMILY.get([last, "x"]).increment();
    }
    assert_eq!(counts("test_static_total"), [("one|x".to_owned(), 4)]);
}

#[test]
fn static_text_at_one_address_with_two_lengths_is_two_series() {
    static FAMILY: StaticFamily<Counter, 1> = StaticFamily::new("test_prefix_total", ["a"]);
    static TEXT: &str = "prefixed";
    for _ in 0..2 {
        FAMILY.get([&TEXT[..6]]).increment();
        FAMILY.get([TEXT]).increment();
        FAMILY.get([&TEXT[..0]]).increment();
        FAMILY.get([""]).increment();
    }
    let expected = [("prefix", 2), ("prefixed", 2), ("", 4)];
    assert_eq!(
        counts("test_prefix_total"),
        expected.map(|(l, n)| (l.to_owned(), n))
    );
}

#[test]
fn more_static_texts_than_are_remembered_are_found_by_content() {
    static FAMILY: StaticFamily<Counter, 1> = StaticFamily::new("test_many_total", ["a"]);
    let many = if cfg!(miri) { 20 } else { 5000 };
    let text: &'static str = Box::leak("ab".repeat(many).into_boxed_str());
    for _ in 0..2 {
        for at in 0..many {
            FAMILY.get([&text[2 * at..2 * at + 2]]).increment();
        }
    }
    assert_eq!(
        counts("test_many_total"),
        [("ab".to_owned(), 2 * many as u64)]
    );
}

#[test]
fn families_of_one_name_are_one_whatever_their_lookup() {
    static BY_ENUM: EnumFamily<Counter, Op> = EnumFamily::new("test_same_total", &["op"]);
    static BY_ADDRESS: StaticFamily<Counter, 1> = StaticFamily::new("test_same_total", ["op"]);
    static BY_TEXT: Family<Counter, 1> = Family::new("test_same_total", ["op"]).help("Queries.");
    static FIXED: Counter = Counter::new("test_same_total").labels(&[("op", "insert")]);
    BY_ENUM.get(Op::Insert).increment();
    BY_ADDRESS.get(["insert"]).increment();
    BY_TEXT.get([["in", "sert"].concat().as_str()]).increment();
    FIXED.increment();
    assert_eq!(counts("test_same_total"), [("insert".to_owned(), 4)]);
    assert_eq!(&*shown("test_same_total").help, "Queries.");
}

#[test]
fn a_bound_timer_counts_every_outcome() {
    static FAMILY: Family<Timer, 1> = Family::new("test_outcomes_seconds", ["op"]);
    let timer = FAMILY.get(["x"]);
    for outcome in Outcome::ALL {
        timer.record_as(std::time::Duration::from_millis(1), outcome);
    }
    let series = shown("test_outcomes_seconds").series;
    let outcomes: Vec<_> = series.iter().map(|series| series.outcome).collect();
    assert_eq!(outcomes, Outcome::ALL);
}

#[test]
fn muting_reaches_every_way_to_record() {
    static BY_ENUM: EnumFamily<Counter, Op> = EnumFamily::new("test_muted_total", &["op"]);
    static FIXED: Counter = Counter::new("test_muted_total").labels(&[("op", "insert")]);
    let bound = FIXED.bind();
    FIXED.increment();
    crate::mute("test_muted_*");
    FIXED.increment();
    bound.increment();
    BY_ENUM.get(Op::Insert).increment();
    assert_eq!(counts("test_muted_total")[0].1, 1);
    crate::unmute("test_muted_total");
    FIXED.increment();
    bound.increment();
    BY_ENUM.get(Op::Insert).increment();
    assert_eq!(counts("test_muted_total")[0].1, 4);
}

#[test]
fn threads_that_meet_at_a_new_family_count_exactly() {
    static BY_ENUM: EnumFamily<Counter, (Op, bool)> =
        EnumFamily::new("test_threads_enum_total", &["op", "b"]);
    static BY_ADDRESS: StaticFamily<Counter, 1> =
        StaticFamily::new("test_threads_static_total", ["op"]);
    let rounds = if cfg!(miri) { 5 } else { 500 };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for round in 0..rounds {
                    let op = [Op::Select, Op::Insert, Op::Delete][round % 3];
                    BY_ENUM.get((op, round % 2 == 0)).increment();
                    BY_ADDRESS.get([["a", "b", "c"][round % 3]]).increment();
                }
            });
        }
    });
    for name in ["test_threads_enum_total", "test_threads_static_total"] {
        let sum: u64 = counts(name).iter().map(|(_, n)| n).sum();
        assert_eq!(sum, 8 * rounds as u64);
    }
}

#[test]
fn a_sampled_timer_counts_as_many_as_there_were_on_average() {
    static SAMPLED: crate::Family<Timer, 1> =
        crate::Family::new("sampled_seconds", ["k"]).one_in(16);
    let timer = SAMPLED.get(["a"]);
    for _ in 0..160_000 {
        timer.time(|| ());
    }
    let snapshot = crate::snapshot();
    let series = &snapshot.family("sampled_seconds").unwrap().series[0];
    let crate::snapshot::Value::Distribution(values) = &series.value else {
        panic!("not a distribution: {series:?}");
    };
    // Each of 10,000 stands for 16; four standard deviations of a binomial.
    assert_eq!(values.count() % 16, 0);
    assert!(
        values.count().abs_diff(160_000) < 16 * 4 * 97,
        "{}",
        values.count()
    );
}
