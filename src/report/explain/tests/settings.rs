//! What is shown as the gate's own setting gives the gate's own verdict. A rule that changes there and not here ends these.

use super::*;
use crate::compare::repeats_exactly;
use crate::measurement::Better;
use crate::report::explain::evidence::Evidence as Rounds;
use crate::report::explain::judged::{Material, floors, setting, verdict};
use crate::verdict::{Limit, VerdictKind};
use std::collections::BTreeSet;

/// Finds the setting of every relative check, and judges at it again.
fn verdicts(run: &Run, budgets: &Budgets, baselines: &[Baseline]) -> BTreeSet<VerdictKind> {
    let gate = gate(run, budgets, baselines);
    let relative = || (gate.checks.iter()).filter(|check| matches!(check.limit, Limit::Slower(_)));
    let family = relative().count();
    let mut seen = BTreeSet::new();
    for check in relative() {
        let (Some(metric), Some(wanted), Limit::Slower(tolerance)) =
            (&check.metric, &check.comparison, &check.limit)
        else {
            continue;
        };
        let rounds = Rounds::of(run, &check.benchmark, metric);
        let material = if rounds.two_sided {
            Material::Pairs {
                pairs: rounds.pairs(),
                exact: repeats_exactly(metric),
            }
        } else {
            let values = rounds.candidates();
            Material::jobs(run, baselines, &check.benchmark, metric, values)
        };
        let floors = floors(run, &check.benchmark, metric);
        let found = setting(&material, wanted, *tolerance, &floors, family)
            .unwrap_or_else(|| panic!("{} is not reproduced", check.benchmark));
        let again = material
            .compare(found.levels, found.zone)
            .expect("compared");
        assert_eq!(verdict(&again, found.zone, metric.better), check.verdict);
        assert_eq!(verdict(wanted, found.zone, metric.better), check.verdict);
        seen.insert(check.verdict);
    }
    seen
}

#[test]
fn every_paired_verdict_is_reproduced_at_the_setting_that_is_found() {
    let mut run = empty_run();
    let mut noise = Noise::new(1);
    for at in 0..60u32 {
        let factor = 0.85 + 0.005 * f64::from(at);
        let scatter = [0.01, 0.06, 0.2][at as usize % 3];
        let pairs = noise.pairs([8, 13, 27, 44][at as usize % 4], factor, scatter);
        let metric = if at % 5 == 0 {
            Metric::higher("rate", crate::units::Unit::PerSecond)
        } else {
            Metric::time()
        };
        add(&mut run, &format!("b{at}"), metric, &pairs);
    }
    assert!(
        run.benchmarks
            .iter()
            .any(|benchmark| { benchmark.series[0].metric.better == Better::Higher })
    );
    let rate = format!("{SLOWER}[[budget]]\nbench = \"s/*\"\nmetric = \"rate\"\nslower = \"5%\"\n");
    let seen = verdicts(&run, &budgets(&rate), &[]);
    for kind in [
        VerdictKind::Regressed,
        VerdictKind::Improved,
        VerdictKind::Unchanged,
        VerdictKind::Inconclusive,
    ] {
        assert!(seen.contains(&kind), "{kind:?} in {seen:?}");
    }
}

#[test]
fn exact_comparisons_are_reproduced_without_a_floor() {
    let mut run = empty_run();
    let counts = || Metric::lower("allocations", crate::units::Unit::Count);
    add(&mut run, "more", counts(), &[(100.0, 101.0); 3]);
    add(&mut run, "same", counts(), &[(100.0, 100.0); 3]);
    let rule = SLOWER.replace(
        "slower = \"5%\"",
        "metric = \"allocations\"\nslower = \"0.5%\"",
    );
    let seen = verdicts(&run, &budgets(&rule), &[]);
    let expected = [VerdictKind::Regressed, VerdictKind::Unchanged];
    assert_eq!(seen, expected.into_iter().collect());
}

#[test]
fn verdicts_against_a_baseline_are_reproduced() {
    let mut run = empty_run();
    let mut noise = Noise::new(3);
    for (at, factor) in [0.7, 1.0, 1.03, 1.06, 1.5].into_iter().enumerate() {
        let pairs = noise.pairs(10, factor, 0.01);
        add(&mut run, &format!("b{at}"), Metric::time(), &pairs);
    }
    let run = one_sided(run);
    let mut seen = BTreeSet::new();
    // Jobs that agree, and jobs that differ so much that nothing may be called unchanged.
    for between in [0.01, 0.1] {
        let baseline = baseline_of(&run, between);
        seen.extend(verdicts(&run, &budgets(SLOWER), &[baseline]));
    }
    for kind in [
        VerdictKind::Regressed,
        VerdictKind::Improved,
        VerdictKind::Unchanged,
        VerdictKind::Inconclusive,
    ] {
        assert!(seen.contains(&kind), "{kind:?} in {seen:?}");
    }
}

#[test]
fn a_comparison_that_the_pairs_do_not_give_has_no_setting() {
    let mut run = empty_run();
    add(
        &mut run,
        "a",
        Metric::time(),
        &Noise::new(1).pairs(12, 1.1, 0.02),
    );
    let budgets = budgets(SLOWER);
    let mut gate = gate(&run, &budgets, &[]);
    if let Some(comparison) = &mut gate.checks[0].comparison {
        comparison.effect = crate::units::Change::from_fraction(0.5);
    }
    let id = BenchmarkId::new("s", "a");
    let text = explained_as(&run, &budgets, &[], &gate, &id, page(80));
    assert!(
        text.contains("do not give this comparison by themselves"),
        "{text}"
    );
}
