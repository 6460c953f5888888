use super::*;
use crate::compare::{Interval, Method};
use crate::units::Change;

const FLOOR: f64 = 0.02;
const TOLERANCE: f64 = 0.05;

/// What the rules look at, on the log scale.
#[derive(Clone, Copy)]
struct Seen {
    effect: f64,
    fail: (f64, f64),
    pass: (f64, f64),
}

fn judged(seen: Seen, better: Better) -> VerdictKind {
    let interval = |(low, high)| Interval {
        low: Change::from_log(low),
        high: Change::from_log(high),
    };
    let comparison = Comparison {
        method: Method::Baseline,
        base: 1.0,
        candidate: 1.0,
        effect: Change::from_log(seen.effect),
        interval: interval(seen.fail),
        pass_interval: interval(seen.pass),
        fail_level: 0.05,
        detectable: Change::from_log(TOLERANCE),
        base_n: 8,
        candidate_n: 8,
        more_pairs: None,
    };
    let zone = Zone {
        floor: Change::from_log(FLOOR),
        tolerance: Change::from_log(TOLERANCE),
    };
    judge_relative(&comparison, zone, better)
}

fn lower(effect: f64, fail: (f64, f64), pass: (f64, f64)) -> VerdictKind {
    judged(Seen { effect, fail, pass }, Better::Lower)
}

#[test]
fn a_regression_is_beyond_the_floor_for_sure_and_beyond_the_tolerance_by_estimate() {
    let wide = (0.0, 0.2);
    assert_eq!(
        lower(0.08, (0.021, 0.2), wide),
        VerdictKind::Regressed,
        "both hold"
    );
    assert_eq!(
        lower(0.08, (FLOOR, 0.2), wide),
        VerdictKind::Inconclusive,
        "at the floor is not beyond it"
    );
    assert_eq!(
        lower(TOLERANCE, (0.021, 0.2), wide),
        VerdictKind::Inconclusive,
        "at the tolerance is not beyond it"
    );
}

#[test]
fn an_improvement_is_the_mirror_of_a_regression() {
    let wide = (-0.2, 0.0);
    assert_eq!(lower(-0.08, (-0.2, -0.021), wide), VerdictKind::Improved);
    assert_eq!(
        lower(-0.08, (-0.2, -FLOOR), wide),
        VerdictKind::NotSlower,
        "at the floor"
    );
    assert_eq!(
        lower(-0.08, (-0.2, 0.01), wide),
        VerdictKind::NotSlower,
        "an interval that reaches over zero claims no change"
    );
    assert_eq!(
        lower(-TOLERANCE, (-0.2, -0.021), wide),
        VerdictKind::NotSlower,
        "at the tolerance"
    );
}

#[test]
fn unchanged_excludes_the_tolerance_on_both_sides() {
    let fail = (-0.2, 0.2);
    assert_eq!(lower(0.0, fail, (-0.049, 0.049)), VerdictKind::Unchanged);
    assert_eq!(
        lower(0.0, fail, (-0.03, 0.03)),
        VerdictKind::Unchanged,
        "also where zero is inside"
    );
    assert_eq!(
        lower(0.0, fail, (-TOLERANCE, 0.049)),
        VerdictKind::NotSlower,
        "the lower end touches"
    );
    assert_eq!(
        lower(0.0, fail, (-0.049, TOLERANCE)),
        VerdictKind::Inconclusive,
        "the upper end touches"
    );
    assert_eq!(lower(0.0, fail, (-0.3, 0.3)), VerdictKind::Inconclusive);
}

#[test]
fn a_sure_change_inside_the_tolerance_is_unchanged() {
    assert_eq!(
        lower(0.03, (0.025, 0.035), (0.026, 0.034)),
        VerdictKind::Unchanged
    );
}

#[test]
fn for_throughput_up_is_good_by_the_same_rules() {
    let rising = Seen {
        effect: 0.08,
        fail: (0.03, 0.2),
        pass: (0.04, 0.15),
    };
    let falling = Seen {
        effect: -0.08,
        fail: (-0.2, -0.03),
        pass: (-0.15, -0.04),
    };
    // Sure not to be worse by the tolerance, while it may be better.
    let one_sided = Seen {
        effect: 0.03,
        fail: (-0.1, 0.2),
        pass: (-0.01, 0.15),
    };
    for (seen, for_lower, for_higher) in [
        (rising, VerdictKind::Regressed, VerdictKind::Improved),
        (falling, VerdictKind::Improved, VerdictKind::Regressed),
        (one_sided, VerdictKind::Inconclusive, VerdictKind::NotSlower),
    ] {
        assert_eq!(judged(seen, Better::Lower), for_lower);
        assert_eq!(judged(seen, Better::Higher), for_higher);
    }
}

#[test]
fn an_interval_without_bounds_decides_nothing() {
    let unbounded = (f64::NEG_INFINITY, f64::INFINITY);
    for better in [Better::Lower, Better::Higher] {
        for effect in [-1.0, 0.0, 1.0, f64::INFINITY, f64::NEG_INFINITY] {
            let seen = Seen {
                effect,
                fail: unbounded,
                pass: unbounded,
            };
            assert_eq!(
                judged(seen, better),
                VerdictKind::Inconclusive,
                "{effect} {better:?}"
            );
        }
    }
}

#[test]
fn an_infinite_change_is_judged_like_any_other() {
    let up = (f64::INFINITY, f64::INFINITY);
    let down = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    assert_eq!(lower(f64::INFINITY, up, up), VerdictKind::Regressed);
    assert_eq!(lower(f64::NEG_INFINITY, down, down), VerdictKind::Improved);
}

#[test]
fn any_nan_is_invalid_and_never_a_pass() {
    let good = Seen {
        effect: 0.0,
        fail: (-0.01, 0.01),
        pass: (-0.01, 0.01),
    };
    assert_eq!(judged(good, Better::Lower), VerdictKind::Unchanged);
    let spoils: [fn(&mut Seen); 5] = [
        |seen| seen.effect = f64::NAN,
        |seen| seen.fail.0 = f64::NAN,
        |seen| seen.fail.1 = f64::NAN,
        |seen| seen.pass.0 = f64::NAN,
        |seen| seen.pass.1 = f64::NAN,
    ];
    for (index, spoil) in spoils.iter().enumerate() {
        let mut seen = good;
        spoil(&mut seen);
        for better in [Better::Lower, Better::Higher] {
            assert_eq!(
                judged(seen, better),
                VerdictKind::Invalid,
                "number {index}, {better:?}"
            );
        }
    }
}

fn absolute(low: f64, high: f64, allowed: Allowed) -> VerdictKind {
    let estimate = AbsoluteEstimate {
        value: 10.0,
        low,
        high,
        n: 8,
    };
    judge_absolute(&estimate, 10.0, allowed)
}

#[test]
fn a_ceiling_may_be_reached_and_not_passed() {
    let ceiling = |low, high| absolute(low, high, Allowed::AtMost);
    assert_eq!(ceiling(9.0, 10.0), VerdictKind::WithinBudget);
    assert_eq!(ceiling(10.0, 10.0), VerdictKind::WithinBudget);
    assert_eq!(ceiling(10.0, 11.0), VerdictKind::Inconclusive);
    assert_eq!(ceiling(9.0, 11.0), VerdictKind::Inconclusive);
    assert_eq!(ceiling(10.5, 11.0), VerdictKind::OverBudget);
    assert_eq!(
        ceiling(f64::NEG_INFINITY, f64::INFINITY),
        VerdictKind::Inconclusive
    );
}

#[test]
fn a_floor_may_be_reached_and_not_missed() {
    let floor = |low, high| absolute(low, high, Allowed::AtLeast);
    assert_eq!(floor(10.0, 11.0), VerdictKind::WithinBudget);
    assert_eq!(floor(10.0, 10.0), VerdictKind::WithinBudget);
    assert_eq!(floor(9.0, 10.0), VerdictKind::Inconclusive);
    assert_eq!(floor(9.0, 11.0), VerdictKind::Inconclusive);
    assert_eq!(floor(9.0, 9.5), VerdictKind::OverBudget);
    assert_eq!(
        floor(f64::NEG_INFINITY, f64::INFINITY),
        VerdictKind::Inconclusive
    );
}

#[test]
fn an_absolute_check_with_nan_is_invalid_whichever_number_it_is() {
    let good = AbsoluteEstimate {
        value: 1.0,
        low: 1.0,
        high: 1.0,
        n: 8,
    };
    for allowed in [Allowed::AtMost, Allowed::AtLeast] {
        assert_eq!(
            judge_absolute(&good, 1.0, allowed),
            VerdictKind::WithinBudget
        );
        for (estimate, limit) in [
            (
                AbsoluteEstimate {
                    value: f64::NAN,
                    ..good
                },
                1.0,
            ),
            (
                AbsoluteEstimate {
                    low: f64::NAN,
                    ..good
                },
                1.0,
            ),
            (
                AbsoluteEstimate {
                    high: f64::NAN,
                    ..good
                },
                1.0,
            ),
            (good, f64::NAN),
        ] {
            assert_eq!(
                judge_absolute(&estimate, limit, allowed),
                VerdictKind::Invalid,
                "{estimate:?} {limit}"
            );
        }
    }
}
