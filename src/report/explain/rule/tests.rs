use super::*;
use crate::compare::{Interval, Method, NotComparable, OverheadBounds};
use crate::report::samples::{absolute as sample, check, percent};
use crate::units::{Quantity, Unit};

fn zone() -> Zone {
    Zone {
        floor: percent(2.0),
        tolerance: percent(5.0),
    }
}

/// Estimate, fail interval, pass interval in percent.
fn comparison([effect, low, high, pass_low, pass_high]: [f64; 5]) -> Comparison {
    let interval = |low, high| Interval {
        low: percent(low),
        high: percent(high),
    };
    Comparison {
        method: Method::Paired,
        base: 100.0,
        candidate: 100.0,
        effect: percent(effect),
        interval: interval(low, high),
        pass_interval: interval(pass_low, pass_high),
        fail_level: 0.01,
        detectable: percent(6.0),
        base_n: 12,
        candidate_n: 12,
        more_pairs: None,
    }
}

fn why(numbers: [f64; 5], better: Better) -> String {
    let comparison = comparison(numbers);
    let verdict = crate::verdict::judge_relative(&comparison, zone(), better);
    let why = relative(verdict, &comparison, zone(), better);
    format!("{}: {why}", verdict.as_str())
}

#[test]
fn every_relative_rule_is_said_with_its_numbers() {
    let said = [
        why([8.0, 6.1, 9.9, 6.5, 9.5], Better::Lower),
        why([-8.0, -9.9, -6.1, -9.5, -6.5], Better::Lower),
        why([0.5, -2.0, 3.0, -1.0, 2.0], Better::Lower),
        why([-4.0, -9.0, 1.0, -8.0, -1.0], Better::Lower),
        why([3.0, -2.0, 9.0, -1.0, 8.0], Better::Lower),
        why([4.0, 2.5, 9.0, 2.7, 8.0], Better::Lower),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    regressed: the lower bound +6.1% lies above +2.0% (the floor), and the estimate +8.0% lies above +5.0% (the tolerance)
    improved: the upper bound -6.1% lies below -2.0% (the floor), and the estimate -8.0% lies below -4.8% (the tolerance)
    unchanged: the interval at the pass level, [-1.0%, +2.0%], lies within the tolerance of 5.0% on both sides
    not-slower: the upper bound at the pass level -1.0% lies below +5.0% (the tolerance); the other side is open, it may be better by more than that
    inconclusive: neither a regression (the lower bound -2.0% does not lie above +2.0% (the floor); the estimate +3.0% does not lie above +5.0% (the tolerance)) nor a pass (the upper bound at the pass level +8.0% does not lie below +5.0% (the tolerance))
    inconclusive: neither a regression (the lower bound +2.5% lies above +2.0% (the floor); the estimate +4.0% does not lie above +5.0% (the tolerance)) nor a pass (the upper bound at the pass level +8.0% does not lie below +5.0% (the tolerance))
    ");
}

#[test]
fn where_more_is_better_the_bounds_change_places_and_keep_their_signs() {
    let said = [
        why([-8.0, -9.9, -6.1, -9.5, -6.5], Better::Higher),
        why([8.0, 6.1, 9.9, 6.5, 9.5], Better::Higher),
        why([4.0, -1.0, 9.0, 0.0, 8.0], Better::Higher),
        why([-3.0, -9.0, 2.0, -8.0, 1.0], Better::Higher),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    regressed: the upper bound -6.1% lies below -2.0% (the floor), and the estimate -8.0% lies below -4.8% (the tolerance)
    improved: the lower bound +6.1% lies above +2.0% (the floor), and the estimate +8.0% lies above +5.0% (the tolerance)
    not-slower: the lower bound at the pass level 0.0% lies above -4.8% (the tolerance); the other side is open, it may be better by more than that
    inconclusive: neither a regression (the upper bound +2.0% does not lie below -2.0% (the floor); the estimate -3.0% does not lie below -4.8% (the tolerance)) nor a pass (the lower bound at the pass level -8.0% does not lie above -4.8% (the tolerance))
    ");
}

#[test]
fn unbounded_intervals_are_said_as_such() {
    let mut unbounded = comparison([8.0, 0.0, 0.0, 0.0, 0.0]);
    unbounded.interval = Interval::UNBOUNDED;
    unbounded.pass_interval = Interval::UNBOUNDED;
    let why = relative(VerdictKind::Inconclusive, &unbounded, zone(), Better::Lower);
    assert!(
        why.contains("the lower bound -∞ does not lie above +2.0%"),
        "{why}"
    );
    assert!(why.contains("the estimate +8.0% lies above +5.0%"), "{why}");
}

#[test]
fn ceilings_and_floors_name_the_interval() {
    let said = [
        sample("a", VerdictKind::OverBudget, [300.0, 290.0, 310.0, 250.0]),
        sample("a", VerdictKind::WithinBudget, [200.0, 190.0, 210.0, 250.0]),
        sample(
            "a",
            VerdictKind::Inconclusive,
            [250.0, f64::NEG_INFINITY, 260.0, 250.0],
        ),
    ]
    .map(|check| other(&check).unwrap());
    insta::assert_snapshot!(said.join("\n"), @r"
    the whole interval [290.0 ns, 310.0 ns] lies above max 250.0 ns
    the whole interval [190.0 ns, 210.0 ns] lies below max 250.0 ns, or on it
    the interval [-∞, 260.0 ns] has max 250.0 ns inside, so either may be true
    ");
    let mut least = sample("a", VerdictKind::OverBudget, [10.0, 9.0, 11.0, 0.0]);
    least.limit = Limit::Min(Quantity {
        value: 20.0,
        unit: Unit::Nanoseconds,
    });
    assert_eq!(
        other(&least).unwrap(),
        "the whole interval [9.000 ns, 11.00 ns] lies below min 20.00 ns"
    );
}

#[test]
fn overhead_claims_name_the_bound_that_decides() {
    let claim = |standing, [low, high]: [f64; 2], [low_ms, high_ms]: [f64; 2]| {
        let limit = Limit::Overhead {
            claim: 0,
            relative: percent(1.0),
            absolute: Some(Quantity {
                value: 5e6,
                unit: Unit::Nanoseconds,
            }),
        };
        let mut check = check("tollgate/overhead", "probe", limit, VerdictKind::Proven);
        check.overhead = Some(Overhead {
            standing,
            off: 1e8,
            on: 1e8,
            relative: OverheadBounds {
                estimate: percent(0.2),
                low: percent(low),
                high: percent(high),
            },
            absolute: OverheadBounds {
                estimate: 2e5,
                low: low_ms * 1e6,
                high: high_ms * 1e6,
            },
            pairs: 24,
            more_pairs: None,
        });
        other(&check).unwrap()
    };
    let said = [
        claim(OverheadStanding::Proven, [-0.2, 0.6], [-0.2, 0.6]),
        claim(OverheadStanding::NotProven, [-0.2, 1.8], [-0.2, 1.8]),
        claim(OverheadStanding::Violated, [1.2, 2.2], [1.0, 2.0]),
        claim(OverheadStanding::InvalidDesign, [-9.0, -3.0], [-9.0, -3.0]),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    the upper bound +0.60% lies below the limit 1.0%, and the upper bound 600.0 µs lies below the limit 5.000 ms
    the upper bound +1.8% does not lie below the limit 1.0%, and the upper bound 1.800 ms lies below the limit 5.000 ms
    the lower bound +1.2% lies above the limit 1.0%
    switched on it is surely faster (upper bound -3.0%), so something else differs between the two
    ");
}

#[test]
fn what_cannot_be_compared_says_why_and_what_to_do() {
    let skipped = crate::report::samples::skipped("a", NotComparable::NoBaseline);
    let said = other(&skipped).unwrap();
    assert!(said.starts_with("there is no baseline for this machine class; record jobs"));
    let nothing = check("s", "a", Limit::None, VerdictKind::Missing);
    assert_eq!(other(&nothing), None);
}
