//! Our numbers against those of other programs: `tests/oracle/make_oracle.py` says which and how.

use super::testing::assert_near;
use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    signed_rank_counts: Vec<Counts>,
    hodges_lehmann: Vec<Centred>,
    student: Vec<Student>,
    normal: Vec<NormalQuantile>,
    clopper_pearson: Vec<ClopperPearson>,
    binomial_upper_tail: Vec<Tail>,
    describe: Vec<Described>,
    prediction: Vec<Predicted>,
    holm: Vec<Adjusted>,
    ashman: Vec<Cut>,
}

#[derive(Deserialize)]
struct Cut {
    values: Vec<f64>,
    below: usize,
    d: f64,
}

#[derive(Deserialize)]
struct Counts {
    n: usize,
    counts: Vec<f64>,
}

#[derive(Deserialize)]
struct Centred {
    values: Vec<f64>,
    estimate: f64,
    intervals: Vec<IntervalCase>,
    tests: Vec<TestCase>,
}

#[derive(Deserialize)]
struct IntervalCase {
    level: f64,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Deserialize)]
struct TestCase {
    centre: f64,
    greater: f64,
    less: f64,
}

#[derive(Deserialize)]
struct Student {
    p: f64,
    df: f64,
    quantile: f64,
}

#[derive(Deserialize)]
struct NormalQuantile {
    p: f64,
    quantile: f64,
}

#[derive(Deserialize)]
struct ClopperPearson {
    k: u64,
    n: u64,
    confidence: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Tail {
    k: u64,
    n: u64,
    p: f64,
    tail: f64,
}

#[derive(Deserialize)]
struct Described {
    values: Vec<f64>,
    mean: f64,
    trimmed: f64,
    median: f64,
    mad: f64,
    sd: Option<f64>,
    quantiles: Vec<QuantileCase>,
}

#[derive(Deserialize)]
struct QuantileCase {
    p: f64,
    value: f64,
}

#[derive(Deserialize)]
struct Predicted {
    values: Vec<f64>,
    level: f64,
    centre: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Adjusted {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("../../tests/oracle/statistics.json")).unwrap()
}

#[test]
#[expect(clippy::float_cmp, reason = "dyadic fractions are exact")]
fn the_signed_rank_law_is_that_of_full_enumeration() {
    let cases = oracle().signed_rank_counts;
    assert_eq!(cases.len(), 12);
    for Counts { n, counts } in cases {
        let all = 2f64.powi(n as i32);
        let mut sum = 0.0;
        for (t, count) in counts.iter().enumerate() {
            sum += count;
            assert_eq!(lower_tail(n, t), sum / all, "n {n}, t {t}");
        }
    }
}

#[test]
fn centres_intervals_and_tests_are_those_of_scipy() {
    for case in oracle().hodges_lehmann {
        let mut walsh = WalshAverages::of(&case.values).unwrap();
        assert_near(walsh.centre(), case.estimate, 1e-12);
        for IntervalCase { level, low, high } in case.intervals {
            let bounds = walsh.bounds(level);
            let n = case.values.len();
            assert_eq!(
                bounds.low.is_finite(),
                low.is_some(),
                "n {n}, level {level}"
            );
            assert_eq!(
                bounds.high.is_finite(),
                high.is_some(),
                "n {n}, level {level}"
            );
            if let (Some(low), Some(high)) = (low, high) {
                assert_near(bounds.low, low, 1e-12);
                assert_near(bounds.high, high, 1e-12);
            }
        }
        for test in case.tests {
            assert_near(walsh.p_above(test.centre), test.greater, 1e-12);
            assert_near(walsh.p_below(test.centre), test.less, 1e-12);
        }
    }
}

#[test]
fn quantiles_are_those_of_scipy() {
    for Student { p, df, quantile } in oracle().student {
        // One degree of freedom at 1e-7 is 3 million standard deviations out; nobody decides there.
        let tolerance = if df < 2.0 { 2e-6 } else { 1e-7 };
        assert_near(student_quantile(p, df).unwrap(), quantile, tolerance);
    }
    for NormalQuantile { p, quantile } in oracle().normal {
        assert_near(normal_quantile(p).unwrap(), quantile, 1e-9);
    }
}

#[test]
fn binomial_intervals_and_tails_are_those_of_scipy() {
    for case in oracle().clopper_pearson {
        let (low, high) = clopper_pearson(case.k, case.n, case.confidence).unwrap();
        assert_near(low, case.low, 1e-9);
        assert_near(high, case.high, 1e-9);
    }
    for Tail { k, n, p, tail } in oracle().binomial_upper_tail {
        assert_near(binomial_upper_tail(k, n, p).unwrap(), tail, 1e-10);
    }
}

#[test]
fn descriptions_are_those_of_numpy_and_scipy() {
    for case in oracle().describe {
        let values = &case.values;
        assert_near(mean(values).unwrap(), case.mean, 1e-12);
        assert_near(trimmed_mean(values, 0.2).unwrap(), case.trimmed, 1e-12);
        assert_near(median(values).unwrap(), case.median, 1e-12);
        assert_near(median_deviation(values).unwrap(), case.mad, 1e-12);
        match case.sd {
            Some(expected) => assert_near(sd(values).unwrap(), expected, 1e-12),
            None => assert_eq!(sd(values), None),
        }
        for QuantileCase { p, value } in case.quantiles {
            assert_near(quantile(values, p).unwrap(), value, 1e-12);
        }
    }
}

#[test]
fn prediction_intervals_are_those_of_statsmodels() {
    for case in oracle().prediction {
        let prediction = predict(&case.values).unwrap();
        let half_width = prediction.half_width(case.level);
        assert_near(prediction.centre, case.centre, 1e-12);
        assert_near(prediction.centre - half_width, case.low, 1e-9);
        assert_near(prediction.centre + half_width, case.high, 1e-9);
    }
}

#[test]
fn holm_is_that_of_statsmodels() {
    for Adjusted { p, adjusted } in oracle().holm {
        for (ours, theirs) in holm(&p).unwrap().into_iter().zip(adjusted) {
            assert_near(ours, theirs, 1e-12);
        }
    }
}

#[test]
fn the_best_cut_is_that_of_trying_all() {
    let oracle = oracle();
    assert!(oracle.ashman.len() >= 4);
    for case in oracle.ashman {
        let mut values = case.values;
        values.sort_unstable_by(f64::total_cmp);
        let (kept, below, d) = bimodal::best_cut(&values).unwrap();
        assert_eq!(below, case.below, "of {}", kept.len());
        assert_near(d, case.d, 1e-9);
    }
}
