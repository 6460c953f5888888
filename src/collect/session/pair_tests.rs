//! Sessions with two sides, with real processes.

use super::tests::{Said, options};
use super::*;
use crate::budget::{Budgets, Source};
use crate::collect::command::Program;
use crate::collect::fake::Fake;
use crate::collect::suite::{Counterpart, Layouts, Relink};
use crate::collect::workload::Driver;
use crate::measurement::{BaseSide, Evidence, OVERHEAD};
use crate::workload::fixtures::{endpoint, record, workload};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// Suites whose command is a shell line; `work` says which.
fn budgets(line: &str) -> Budgets {
    let text = format!(
        "version = 1\n[[suite]]\nname = \"s\"\ntool = \"command\"\nshell = true\nwarm-up = 0\ncommand = '''{line}'''\n"
    );
    Budgets::parse("budgets.toml", &text).unwrap()
}

fn runner(budgets: &Budgets, root: &Path) -> Runner {
    let Source::Command(source) = &budgets.suites[0].source else {
        panic!("another suite");
    };
    Runner::Command(Program {
        source: source.clone(),
        root: root.to_owned(),
        environment: Vec::new(),
    })
}

fn counterpart(runner: Runner) -> Option<Counterpart> {
    Some(Counterpart::Measured {
        runner: Box::new(runner),
        layouts: Layouts::AsLinked(Some("no linker".to_owned())),
    })
}

struct Outcomes {
    run: Run,
    said: Said,
    judged_at: Vec<usize>,
}

/// Measures; `open` says at each judgement whether to go on.
fn measure_pairs(
    ready: &[Ready<'_>],
    claims: &[Overhead],
    options: &SessionOptions,
    beginning: Beginning,
    open: impl Fn(usize) -> bool,
) -> Outcomes {
    let mut said = Said::default();
    let judged_at = RefCell::new(Vec::new());
    let run = measure(
        ready,
        claims,
        options,
        beginning,
        &Interrupt::default(),
        Hooks {
            judge: &|run| {
                let pairs = observations(run, Side::Base).len();
                judged_at.borrow_mut().push(pairs);
                let ids = run.benchmarks.iter().map(|record| record.id.clone());
                Open {
                    benchmarks: ids.filter(|_| open(pairs)).collect(),
                    canary: false,
                }
            },
            save: &mut |_| {},
            progress: &mut said,
        },
    );
    Outcomes {
        run,
        said,
        judged_at: judged_at.into_inner(),
    }
}

/// Rounds and orders of a side of the first benchmark's first metric.
fn observations(run: &Run, side: Side) -> Vec<(u32, u32)> {
    run.benchmarks
        .first()
        .and_then(|record| record.series.first())
        .map(|series| {
            let of_side = series.observations.iter().filter(|one| one.side == side);
            of_side.map(|one| (one.invocation, one.order)).collect()
        })
        .unwrap_or_default()
}

#[test]
fn both_sides_of_a_round_of_a_workload_have_one_seed_and_rounds_have_others() {
    let root = tempfile::tempdir().unwrap();
    let budgets = budgets("true");
    let runner = Runner::Workload(Driver {
        // As many calls as the seed says, more or less.
        stand_in: Some(|driver, _| {
            let calls = 100 + driver.seed % 1_000;
            Ok(record(vec![
                endpoint("health", calls, &[]),
                endpoint("login", 1, &[]),
            ]))
        }),
        ..Driver::new(
            Arc::new(workload(Vec::new())),
            root.path().to_owned(),
            root.path().to_owned(),
        )
    });
    let mut ready = Ready::alone(&budgets.suites[0], runner.clone(), None);
    ready.base = counterpart(runner);
    let run = measure_pairs(
        &[ready],
        &[],
        &options(root.path(), &[]),
        Beginning::default(),
        |_| false,
    )
    .run;
    let all = run
        .benchmarks
        .iter()
        .find(|one| one.id.name == "all")
        .unwrap();
    let requests = all
        .series
        .iter()
        .find(|one| one.metric.name == "requests")
        .unwrap();
    let of = |side: Side| -> BTreeMap<u32, u64> {
        let of_side = requests.observations.iter().filter(|one| one.side == side);
        of_side
            .map(|one| match one.evidence {
                Evidence::Value(calls) => (one.invocation, calls as u64),
                _ => panic!("{:?}", one.evidence),
            })
            .collect()
    };
    assert_eq!(of(Side::Base).len(), 8);
    assert_eq!(of(Side::Base), of(Side::Candidate));
    let distinct: BTreeSet<u64> = of(Side::Base).into_values().collect();
    assert!(distinct.len() > 5, "{distinct:?}");
}

#[test]
fn both_sides_run_in_both_orders_until_they_are_decided() {
    let root = tempfile::tempdir().unwrap();
    let budgets = budgets("true");
    let runner = runner(&budgets, root.path());
    let mut ready = Ready::alone(&budgets.suites[0], runner.clone(), None);
    ready.base = counterpart(runner);
    let outcomes = measure_pairs(
        &[ready],
        &[],
        &options(root.path(), &[]),
        Beginning::default(),
        |pairs| pairs < 12,
    );
    assert_eq!(outcomes.judged_at, [8, 12]);
    let (base, candidate) = (
        observations(&outcomes.run, Side::Base),
        observations(&outcomes.run, Side::Candidate),
    );
    assert_eq!((base.len(), candidate.len()), (12, 12));
    let rounds: Vec<u32> = base.iter().map(|(round, _)| *round).collect();
    assert_eq!(rounds, (0..12).collect::<Vec<_>>());
    let base_first = base
        .iter()
        .zip(&candidate)
        .filter(|((_, base), (_, candidate))| base < candidate)
        .count();
    assert!((1..12).contains(&base_first), "{base_first}");
    let suite = &outcomes.run.suites[0];
    assert_eq!(suite.base, Some(BaseSide::Measured));
    assert_eq!(suite.layouts, 0);
    assert_eq!(suite.layouts_missing.as_deref(), Some("no linker"));
    assert!(!outcomes.run.header.partial);
}

#[test]
fn each_process_has_room_of_its_own_in_its_environment() {
    let root = tempfile::tempdir().unwrap();
    let budgets = budgets("echo ${#TOLLGATE_PADDING} >> sizes");
    let runner = runner(&budgets, root.path());
    let mut ready = Ready::alone(&budgets.suites[0], runner.clone(), None);
    ready.base = counterpart(runner);
    measure_pairs(
        &[ready],
        &[],
        &options(root.path(), &[]),
        Beginning::default(),
        |_| false,
    );
    let sizes = std::fs::read_to_string(root.path().join("sizes")).unwrap();
    let sizes: Vec<usize> = sizes.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(sizes.len(), 16);
    assert!(sizes.iter().all(|&size| size < crate::plan::PADDING_BELOW));
    let distinct: BTreeSet<&usize> = sizes.iter().collect();
    assert!(distinct.len() > 12, "{sizes:?}");
}

#[test]
fn a_side_that_fails_drops_the_pair_and_is_recorded_with_its_side() {
    let root = tempfile::tempdir().unwrap();
    let good = budgets("true");
    let bad = budgets("echo no >&2; exit 7");
    let mut ready = Ready::alone(&good.suites[0], runner(&bad, root.path()), None);
    ready.base = counterpart(runner(&good, root.path()));
    let outcomes = measure_pairs(
        &[ready],
        &[],
        &options(root.path(), &[]),
        Beginning::default(),
        |_| false,
    );
    let failures: Vec<Side> = outcomes
        .run
        .failures
        .iter()
        .filter(|failure| failure.suite == "s")
        .map(|failure| failure.side)
        .collect();
    assert_eq!(failures, [Side::Candidate, Side::Candidate]);
    // The base ran beside it, as a witness.
    assert_eq!(observations(&outcomes.run, Side::Base).len(), 2);
    assert!(
        outcomes
            .said
            .0
            .iter()
            .any(|line| line.contains("s/run crashed"))
    );
}

#[test]
fn where_the_base_need_not_or_cannot_be_run_only_absolute_limits_are_measured() {
    let root = tempfile::tempdir().unwrap();
    let budgets = budgets("true");
    for (base, recorded) in [
        (Counterpart::Identical, BaseSide::Identical),
        (
            Counterpart::NotComparable("it does not build".to_owned()),
            BaseSide::NotComparable {
                why: "it does not build".to_owned(),
            },
        ),
    ] {
        let mut ready = Ready::alone(&budgets.suites[0], runner(&budgets, root.path()), None);
        ready.base = Some(base);
        let mut options = options(root.path(), &[]);
        let measured = |options: &SessionOptions| {
            measure_pairs(
                std::slice::from_ref(&ready),
                &[],
                options,
                Beginning::default(),
                |_| false,
            )
            .run
        };
        let run = measured(&options);
        assert!(run.benchmarks.is_empty());
        assert_eq!(run.suites[0].base.as_ref(), Some(&recorded));
        assert_eq!(run.suites[0].listed, ["run"]);
        options.absolute = vec![NameGlob::new("s/*").unwrap()];
        let run = measured(&options);
        assert_eq!(observations(&run, Side::Candidate).len(), 5);
        assert!(observations(&run, Side::Base).is_empty());
    }
}

#[test]
fn a_claim_runs_both_variants_of_one_program() {
    let root = tempfile::tempdir().unwrap();
    let text = r#"version = 1
[[suite]]
name = "s"
tool = "command"
warm-up = 0
command = ["sh", "-c", 'echo "$PROBE-$1" >> seen', "sh"]

[[overhead]]
name = "probe"
on = { bench = "s/run", env = { PROBE = "1" }, args = ["x"] }
off = { bench = "s/run", env = { PROBE = "0" } }
pairs = 12
"#;
    let budgets = Budgets::parse("budgets.toml", text).unwrap();
    let ready = Ready::alone(&budgets.suites[0], runner(&budgets, root.path()), None);
    let outcomes = measure_pairs(
        &[ready],
        &budgets.overheads,
        &options(root.path(), &[]),
        Beginning::default(),
        |_| true,
    );
    let claim = outcomes
        .run
        .benchmarks
        .iter()
        .find(|record| record.id == BenchmarkId::new(OVERHEAD, "probe"))
        .unwrap();
    for side in [Side::Base, Side::Candidate] {
        let of_side = claim.series[0].observations.iter();
        assert_eq!(of_side.filter(|one| one.side == side).count(), 12);
    }
    let seen = std::fs::read_to_string(root.path().join("seen")).unwrap();
    let count = |what: &str| seen.lines().filter(|line| *line == what).count();
    assert_eq!(count("1-x"), 12);
    assert_eq!(count("0-"), 12);
    // The benchmark itself is measured too, without either.
    assert_eq!(count("-"), 5);
}

/// A criterion bench with two sides; `more` is run when it measures.
fn alternating(more: &str) -> Fake {
    Fake::new(&format!(
        r#"
        case "$*" in *--list*) printf 'on: benchmark\noff: benchmark\n'; exit 0;; esac
        for last; do :; done
        case "$last" in *'|'*) ;; *) exit 0;; esac
        echo "$TOLLGATE_SEED" >> "$PWD/seen"
        {more}
        for id in on off; do
            mkdir -p "$CRITERION_HOME/$id/new"
            printf '{{"full_id":"%s"}}' "$id" > "$CRITERION_HOME/$id/new/benchmark.json"
            printf '{{"iters":[1.0],"times":[%s]}}' "${{#id}}" > "$CRITERION_HOME/$id/new/sample.json"
        done"#
    ))
}

/// Rounds in which a side of the claim failed.
fn failed(run: &Run, side: Side) -> BTreeSet<u32> {
    (run.failures.iter())
        .filter(|failure| failure.suite == OVERHEAD && failure.side == side)
        .map(|failure| failure.invocation)
        .collect()
}

/// What was measured, and the seeds of all processes that were started.
fn alternated(fake: &Fake) -> (Run, Vec<String>) {
    let text = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"criterion\"\nbench = \"b\"\n\
                [[overhead]]\nname = \"probe\"\non = \"s/on\"\noff = \"s/off\"\npairs = 12\nalternating = true\n";
    let budgets = Budgets::parse("budgets.toml", text).unwrap();
    let ready = Ready::alone(
        &budgets.suites[0],
        Runner::Criterion(fake.built.clone()),
        None,
    );
    let options = options(fake.path(), &["tollgate/overhead/*"]);
    let run = measure_pairs(
        &[ready],
        &budgets.overheads,
        &options,
        Beginning::default(),
        |_| true,
    )
    .run;
    let seen = std::fs::read_to_string(fake.path().join("seen")).unwrap();
    (run, seen.lines().map(str::to_owned).collect())
}

#[test]
fn a_claim_that_alternates_takes_both_sides_from_one_process() {
    let (run, seeds) = alternated(&alternating(""));
    assert_eq!(
        failed(&run, Side::Base).len() + failed(&run, Side::Candidate).len(),
        0
    );
    let observed = &run.benchmarks[0].series[0].observations;
    for (side, value) in [(Side::Base, 3.0), (Side::Candidate, 2.0)] {
        let of_side: Vec<_> = observed.iter().filter(|one| one.side == side).collect();
        let rounds: Vec<u32> = of_side.iter().map(|one| one.invocation).collect();
        assert_eq!(rounds, (0..12).collect::<Vec<_>>());
        let is_its_own = |one: &&crate::measurement::Observation| match &one.evidence {
            crate::measurement::Evidence::Samples(samples) => samples.values == [value],
            _ => false,
        };
        assert!(of_side.iter().all(is_its_own), "{of_side:?}");
    }
    // One process a pair, and each in an order of its own.
    assert_eq!(seeds.len(), 12);
    let distinct: BTreeSet<u64> = seeds.iter().map(|seed| seed.parse().unwrap()).collect();
    assert_eq!(distinct.len(), 12);
}

#[test]
fn a_process_that_fails_as_both_sides_fails_on_both() {
    let (run, seeds) = alternated(&alternating("exit 3"));
    assert!(run.benchmarks.is_empty());
    let (base, candidate) = (failed(&run, Side::Base), failed(&run, Side::Candidate));
    // A failure of the candidate alone would be a verdict.
    assert!(!base.is_empty() && candidate.is_subset(&base));
    assert_eq!(seeds.len(), base.len());
}

/// Gives every layout a script of its own.
struct Scripts(RefCell<Vec<(Side, u32)>>);

impl Relink for Scripts {
    fn count(&self) -> u32 {
        12
    }

    fn executable(&self, side: Side, layout: u32, _: &Interrupt) -> Result<PathBuf, CollectError> {
        self.0.borrow_mut().push((side, layout));
        Ok("/bin/true".into())
    }
}

#[test]
fn pairs_go_through_the_layouts_in_turn() {
    let root = tempfile::tempdir().unwrap();
    let budgets = budgets("true");
    let runner = runner(&budgets, root.path());
    let scripts = Rc::new(Scripts(RefCell::default()));
    let mut ready = Ready::alone(&budgets.suites[0], runner.clone(), None);
    ready.base = Some(Counterpart::Measured {
        runner: Box::new(runner),
        layouts: Layouts::Shuffled(scripts.clone()),
    });
    let run = measure_pairs(
        &[ready],
        &[],
        &options(root.path(), &[]),
        Beginning::default(),
        |pairs| pairs < 18,
    )
    .run;
    assert_eq!(run.suites[0].layouts, 12);
    let observed = &run.benchmarks[0].series[0].observations;
    assert_eq!(observed.len(), 36);
    assert!(
        observed
            .iter()
            .all(|one| one.layout == Some(one.invocation % 12))
    );
    let asked = scripts.0.borrow();
    for side in [Side::Base, Side::Candidate] {
        let layouts: BTreeSet<u32> = asked
            .iter()
            .filter(|(of, _)| *of == side)
            .map(|(_, layout)| *layout)
            .collect();
        assert_eq!(layouts.len(), 12);
    }
}

#[test]
fn a_run_that_was_cut_goes_on_and_a_rerun_is_put_behind_it() {
    let root = tempfile::tempdir().unwrap();
    let budgets = budgets("true");
    let runner = runner(&budgets, root.path());
    let mut ready = Ready::alone(&budgets.suites[0], runner.clone(), None);
    ready.base = counterpart(runner);
    let ready = [ready];
    let options = options(root.path(), &[]);
    let whole = measure_pairs(&ready, &[], &options, Beginning::default(), |_| false).run;
    // Cut in the midst of round 5: one side of it is there.
    let mut cut = whole.clone();
    for series in &mut cut.benchmarks[0].series {
        series.observations.retain(|one| one.order < 11);
    }
    cut.header.partial = true;
    let beginning = Beginning {
        run: cut,
        first_round: 0,
        attempts_before: 0,
        resumed: true,
    };
    let resumed = measure_pairs(&ready, &[], &options, beginning, |_| false).run;
    let rounds = |run: &Run, side| -> Vec<u32> {
        let mut rounds: Vec<u32> = observations(run, side).iter().map(|one| one.0).collect();
        rounds.sort_unstable();
        rounds
    };
    for side in [Side::Base, Side::Candidate] {
        assert_eq!(rounds(&resumed, side), (0..8).collect::<Vec<_>>());
    }
    assert!(!resumed.header.partial);
    // The same seed has the same coins.
    let base_first = |run: &Run| -> Vec<bool> {
        let (mut base, mut candidate) = (
            observations(run, Side::Base),
            observations(run, Side::Candidate),
        );
        base.sort_unstable();
        candidate.sort_unstable();
        let both = base.iter().zip(&candidate);
        both.map(|(base, candidate)| base.1 < candidate.1).collect()
    };
    assert_eq!(base_first(&resumed), base_first(&whole));
    let again = Beginning {
        run: resumed,
        first_round: 8,
        attempts_before: 1,
        resumed: false,
    };
    let twice = measure_pairs(&ready, &[], &options, again, |_| false).run;
    assert_eq!(rounds(&twice, Side::Base), (0..16).collect::<Vec<_>>());
}
