//! Against figures that NumPy computed from the same samples; `tests/oracle/make_quantiles.py` wrote them.

use super::*;

const ORACLE: &str = include_str!("../../../tests/oracle/quantiles.txt");

struct Sample {
    name: &'static str,
    distribution: Distribution,
    values: Vec<u64>,
    facts: Vec<Vec<&'static str>>,
}

fn samples() -> Vec<Sample> {
    let mut samples = Vec::<Sample>::new();
    for line in ORACLE.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words[..] {
            ["sample", name, scale] => samples.push(Sample {
                name,
                distribution: Distribution::from_steps(scale.parse().unwrap(), []),
                values: Vec::new(),
                facts: Vec::new(),
            }),
            ["values", ..] => {
                let sample = samples.last_mut().unwrap();
                sample.values = words[1..].iter().map(|v| v.parse().unwrap()).collect();
                let scale = sample.distribution.scale;
                sample.distribution = Distribution::from_steps(scale, sample.values.clone());
            }
            ["#", ..] => {}
            _ => samples.last_mut().unwrap().facts.push(words),
        }
    }
    assert_eq!(samples.len(), 6);
    samples
}

/// Facts of one kind, with their numbers.
fn facts<'a>(sample: &'a Sample, kind: &'a str) -> impl Iterator<Item = (f64, f64)> + 'a {
    let of_kind = sample.facts.iter().filter(move |f| f[0] == kind);
    of_kind.map(|f| {
        let last = f[f.len() - 1].parse().unwrap();
        (f[1].parse().unwrap(), last)
    })
}

#[test]
fn every_quantile_is_within_one_64th_of_the_exact_one() {
    for sample in samples() {
        let mut checked = 0;
        for (q, exact) in facts(&sample, "quantile") {
            let ours = sample.distribution.quantile(q).unwrap();
            let error = (ours - exact).abs();
            // The factor is the rounding of the two products with the scale.
            assert!(
                error <= exact / 64.0 * (1.0 + 1e-12),
                "{} q {q}: {ours} for {exact}",
                sample.name
            );
            checked += 1;
        }
        assert_eq!(checked, 12);
        let extremes = [0.0, 1.0].map(|q| sample.distribution.quantile(q));
        assert_eq!(
            extremes,
            [sample.distribution.min(), sample.distribution.max()]
        );
    }
}

#[test]
fn sum_and_mean_are_exact() {
    for sample in samples() {
        let sum: u128 = sample.facts.iter().find(|f| f[0] == "sum").unwrap()[1]
            .parse()
            .unwrap();
        assert_eq!(sample.distribution.sum, sum);
        let (mean, _) = facts(&sample, "mean").next().unwrap();
        let ours = sample.distribution.mean().unwrap();
        assert!(
            (ours / mean - 1.0).abs() < 1e-14,
            "{}: {ours} {mean}",
            sample.name
        );
    }
}

#[test]
fn counts_up_to_the_end_of_a_bucket_are_exact() {
    for sample in samples() {
        let n = sample.distribution.count();
        assert_eq!(n, sample.values.len() as u64);
        for (edge, below) in facts(&sample, "upto") {
            let edge = edge * sample.distribution.scale;
            assert_eq!(
                sample.distribution.fold(&[edge]),
                [below as u64],
                "{}",
                sample.name
            );
            assert_eq!(sample.distribution.count_above(edge), n - below as u64);
        }
    }
}
