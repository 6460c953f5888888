use super::*;
use crate::measurement::{
    BaseSide, BenchmarkId, Evidence, Executables, Failure, FailureKind, Metric, Purpose, Revision,
    SuiteRecord, read_run, write_run,
};

/// An attempt at minute `minute` with this many pairs of `s/a`.
fn attempt(minute: u32, pairs: u32) -> Run {
    let mut run = Run::default();
    run.header.started = format!("2026-11-21T12:{minute:02}:00Z");
    run.header.tool = "tollgate 0.1.0".to_owned();
    run.header.seed = minute.to_string();
    run.header.took_ms = 1000.0;
    run.header.candidate.commit = "c".repeat(40);
    run.header.base = Some(Revision {
        commit: "b".repeat(40),
        dirty: false,
    });
    run.suites.push(SuiteRecord {
        name: "s".to_owned(),
        tool: "criterion".to_owned(),
        listed: vec!["a".to_owned()],
        base: Some(BaseSide::Measured),
        executables: Some(Executables {
            base: "0".repeat(64),
            candidate: "1".repeat(64),
        }),
        ..SuiteRecord::default()
    });
    let observations = (0..2 * pairs).map(|order| Observation {
        side: if order % 2 == 0 {
            Side::Base
        } else {
            Side::Candidate
        },
        invocation: order / 2,
        order,
        at_ms: f64::from(order),
        layout: None,
        evidence: Evidence::Value(f64::from(100 * minute + order)),
    });
    run.benchmarks.push(BenchmarkRecord {
        id: BenchmarkId::new("s", "a"),
        series: vec![Series {
            metric: Metric::time(),
            observations: observations.collect(),
        }],
    });
    run.kernels
        .insert("alu".to_owned(), vec![f64::from(minute)]);
    run
}

fn series(run: &Run) -> &[Observation] {
    &run.benchmarks[0].series[0].observations
}

fn problem(first: Run, second: Run) -> String {
    merge_attempts(vec![first, second]).unwrap_err().to_string()
}

#[test]
fn one_run_stays_as_it_is_and_none_is_refused() {
    let run = attempt(1, 3);
    assert_eq!(merge_attempts(vec![run.clone()]), Ok(run));
    assert_eq!(merge_attempts(vec![]), Err(MergeError::Nothing));
}

#[test]
fn rounds_positions_and_times_go_on_behind_the_attempt_before() {
    let run = merge_attempts(vec![attempt(1, 3), attempt(3, 2)]).unwrap();
    let seen: Vec<(u32, u32, f64)> = series(&run)
        .iter()
        .map(|observation| (observation.invocation, observation.order, observation.at_ms))
        .collect();
    assert_eq!(seen[..2], [(0, 0, 0.0), (0, 1, 1.0)]);
    assert_eq!(seen[6..8], [(3, 6, 120_000.0), (3, 7, 120_001.0)]);
    assert_eq!(seen.last(), Some(&(4, 9, 120_003.0)));
    let attempts: Vec<(&str, u32)> = run
        .header
        .attempts
        .iter()
        .map(|attempt| (attempt.seed.as_str(), attempt.first_round))
        .collect();
    assert_eq!(attempts, [("1", 0), ("3", 3)]);
    assert_eq!(run.kernels["alu"], [1.0, 3.0]);
    assert_eq!(run.header.took_ms.to_bits(), 2000.0f64.to_bits());
    assert_eq!(run.suites.len(), 1);
    assert_eq!(run.suites[0].listed, ["a"]);
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let (one, two, three) = (attempt(1, 3), attempt(2, 4), attempt(3, 8));
    let forward = merge_attempts(vec![one.clone(), two.clone(), three.clone()]).unwrap();
    let backward = merge_attempts(vec![three.clone(), one.clone(), two.clone()]).unwrap();
    assert_eq!(forward, backward);
    // Nor does it matter whether they are merged at once.
    let pair = merge_attempts(vec![one, two]).unwrap();
    assert_eq!(merge_attempts(vec![three, pair]).unwrap(), forward);
}

#[test]
fn a_merged_run_is_written_and_read_again() {
    let run = merge_attempts(vec![attempt(1, 3), attempt(3, 2)]).unwrap();
    let mut bytes = Vec::new();
    write_run(&run, &mut bytes).unwrap();
    assert_eq!(read_run("run.json", &bytes).unwrap(), run);
}

#[test]
fn times_are_compared_as_times_and_not_as_texts() {
    let mut early = attempt(1, 1);
    early.header.started = "2026-11-21T23:00:00+12:00".to_owned();
    let run = merge_attempts(vec![attempt(2, 1), early.clone()]).unwrap();
    assert_eq!(run.header.started, early.header.started);
    early.header.started = "yesterday".to_owned();
    assert!(problem(attempt(2, 1), early).contains("no time"));
}

#[test]
fn failures_count_as_rounds_and_move_along() {
    let failure = |invocation| Failure {
        suite: "s".to_owned(),
        benchmark: Some("a".to_owned()),
        side: Side::Candidate,
        invocation,
        kind: FailureKind::Crashed,
        detail: String::new(),
    };
    let (mut one, mut two) = (attempt(1, 2), attempt(2, 1));
    one.failures.push(failure(5));
    two.failures.push(failure(0));
    let run = merge_attempts(vec![one, two]).unwrap();
    let rounds: Vec<u32> = run
        .failures
        .iter()
        .map(|failure| failure.invocation)
        .collect();
    assert_eq!(rounds, [5, 6]);
    assert_eq!(series(&run).last().map(|last| last.invocation), Some(6));
}

#[test]
fn attempts_without_a_single_observation_have_rounds_of_their_own() {
    let empty = |minute| {
        let mut run = attempt(minute, 0);
        run.benchmarks.clear();
        run
    };
    let run = merge_attempts(vec![empty(1), empty(2), attempt(3, 1)]).unwrap();
    let rounds: Vec<u32> = (run.header.attempts.iter())
        .map(|attempt| attempt.first_round)
        .collect();
    assert_eq!(rounds, [0, 1, 2]);
    let mut bytes = Vec::new();
    write_run(&run, &mut bytes).unwrap();
}

#[test]
fn the_same_attempt_twice_is_refused() {
    assert!(problem(attempt(1, 3), attempt(1, 3)).contains("in both runs"));
    let pair = merge_attempts(vec![attempt(1, 3), attempt(2, 3)]).unwrap();
    assert!(problem(pair, attempt(2, 3)).contains("in both runs"));
}

#[test]
fn attempts_between_each_other_are_refused() {
    let pair = merge_attempts(vec![attempt(1, 3), attempt(3, 3)]).unwrap();
    assert!(problem(pair, attempt(2, 3)).contains("between each other"));
}

/// Changes the second of two attempts.
fn changed(change: impl FnOnce(&mut Run)) -> String {
    let mut second = attempt(2, 3);
    change(&mut second);
    problem(attempt(1, 3), second)
}

#[test]
fn what_is_not_the_same_pair_of_revisions_is_refused_by_name() {
    assert!(changed(|run| run.header.candidate.dirty = true).contains("header.candidate"));
    assert!(
        changed(|run| run.header.base.as_mut().unwrap().commit.clear()).contains("header.base")
    );
    assert!(changed(|run| run.header.config_hash = "x".to_owned()).contains("config_hash"));
    assert!(changed(|run| run.header.purpose = Purpose::Prove).contains("purpose"));
    assert!(changed(|run| run.suites[0].executables = None).contains("executables of suite \"s\""));
    assert!(changed(|run| run.suites[0].layouts = 16).contains("layouts"));
    assert!(
        changed(|run| run.suites[0].base = Some(BaseSide::Identical)).contains("base of suite")
    );
    assert!(changed(|run| run.suites[0].listed.clear()).contains("listed"));
    assert!(changed(|run| run.suites.clear()).contains("missing"));
    assert!(
        changed(|run| run.environment.toolchain.rustc = Some("rustc 2".to_owned()))
            .contains("toolchain")
    );
    let metric = Metric::higher("time", crate::units::Unit::Nanoseconds);
    assert!(
        changed(|run| run.benchmarks[0].series[0].metric = metric).contains("metric of \"s/a\"")
    );
}

#[test]
fn a_run_without_a_base_is_no_attempt() {
    let one_sided = |minute| {
        let mut run = attempt(minute, 3);
        run.header.base = None;
        for observation in &mut run.benchmarks[0].series[0].observations {
            observation.side = Side::Candidate;
        }
        run
    };
    assert!(!one_sided(1).has_base());
    assert!(problem(one_sided(1), one_sided(2)).contains("no base side"));
}

#[test]
fn overhead_claims_alone_are_no_base() {
    let mut run = attempt(1, 3);
    run.header.base = None;
    run.benchmarks[0].id.suite = crate::measurement::OVERHEAD.to_owned();
    assert!(!run.has_base());
    run.benchmarks[0].id.suite = "s".to_owned();
    assert!(run.has_base());
}

#[test]
fn without_hashes_only_clean_commits_tell_that_the_code_is_the_same() {
    let pair = |change: fn(&mut Run)| {
        [1, 2]
            .map(|minute| {
                let mut run = attempt(minute, 2);
                run.suites[0].executables = None;
                change(&mut run);
                run
            })
            .to_vec()
    };
    assert!(merge_attempts(pair(|_| ())).is_ok());
    let dirty = merge_attempts(pair(|run| run.header.candidate.dirty = true)).unwrap_err();
    assert!(dirty.to_string().contains("uncommitted"), "{dirty}");
    let unknown = merge_attempts(pair(|run| run.header.candidate.commit.clear())).unwrap_err();
    assert!(unknown.to_string().contains("no commit"), "{unknown}");
}

#[test]
fn a_narrowed_attempt_may_lack_suites_and_benchmarks() {
    let mut whole = attempt(1, 3);
    whole.suites[0].listed.push("b".to_owned());
    whole.suites.push(SuiteRecord {
        name: "t".to_owned(),
        tool: "command".to_owned(),
        ..SuiteRecord::default()
    });
    let mut narrowed = attempt(2, 3);
    narrowed.header.only = vec!["s/a".to_owned()];
    let run = merge_attempts(vec![whole, narrowed.clone()]).unwrap();
    assert!(run.header.only.is_empty());
    assert_eq!(run.suites[0].listed, ["a", "b"]);
    let mut other = attempt(3, 1);
    other.header.only = vec!["s/*".to_owned(), "s/a".to_owned()];
    let run = merge_attempts(vec![narrowed, other]).unwrap();
    assert_eq!(run.header.only, ["s/a", "s/*"]);
}

#[test]
fn a_run_that_was_cut_short_stays_so_and_the_worst_steal_counts() {
    let (mut one, mut two) = (attempt(1, 1), attempt(2, 1));
    one.header.partial = true;
    one.environment.steal = Some(0.2);
    two.environment.steal = Some(0.1);
    let run = merge_attempts(vec![one, two]).unwrap();
    assert!(run.header.partial);
    assert_eq!(run.environment.steal, Some(0.2));
}

#[test]
fn rounds_that_cannot_be_numbered_are_refused() {
    let mut last = attempt(1, 1);
    last.benchmarks[0].series[0].observations[0].invocation = u32::MAX;
    assert!(problem(last.clone(), attempt(2, 1)).contains("too many"));
    last.benchmarks[0].series[0].observations[0].invocation = u32::MAX - 1;
    assert!(problem(last, attempt(2, 2)).contains("too many"));
}

#[test]
fn hostile_texts_are_shown_escaped_and_cut() {
    let long = "\u{1b}[2J\n::error::".repeat(100);
    let text = changed(|run| run.suites[0].tool = long.clone());
    assert!(!text.contains('\u{1b}') && !text.contains('\n'));
    assert!(text.len() < 1000, "{}", text.len());
}
