use super::*;
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Better, Evidence, Failure, FailureKind, Observation,
    REFERENCE_KERNELS, Run, Series, Side, SuiteRecord,
};
use crate::units::Unit;
use proptest::prelude::*;
use std::fmt::Write as _;

/// A run of suite `s` that started in the given minute of an hour, with the same value three times a benchmark.
pub(crate) fn run(minute: u32, benchmarks: &[(&str, f64)]) -> Run {
    let mut run = Run::default();
    run.header.started = format!("2026-11-21T06:{minute:02}:00Z");
    run.header.tool = "test".to_owned();
    run.header.candidate.commit = format!("{minute:040x}");
    run.environment.arch = "x86_64".to_owned();
    run.environment.os = "linux".to_owned();
    run.environment.cpu.name = Some("Test CPU 1000".to_owned());
    run.environment.memory_bytes = Some(8000 << 20);
    run.environment.toolchain.rustc = Some("rustc 1.95.0".to_owned());
    run.environment.steal = Some(0.001);
    run.kernels = [
        ("alu".to_owned(), vec![3.0, 1.0, 2.0, 4.0]),
        ("none".to_owned(), vec![]),
    ]
    .into();
    run.suites = vec![SuiteRecord {
        name: "s".to_owned(),
        tool: "criterion".to_owned(),
        tool_version: None,
        listed: vec![],
        ..SuiteRecord::default()
    }];
    let observation = |side, invocation, value| Observation {
        side,
        invocation,
        order: 0,
        at_ms: 0.0,
        layout: None,
        evidence: Evidence::Value(value),
    };
    let record = |(name, value): &(&str, f64)| BenchmarkRecord {
        id: BenchmarkId::new("s", *name),
        series: vec![Series {
            metric: Metric::time(),
            observations: (0..3)
                .flat_map(|i| {
                    [
                        observation(Side::Base, i, 1e9),
                        observation(Side::Candidate, i, *value),
                    ]
                })
                .collect(),
        }],
    };
    run.benchmarks = benchmarks.iter().map(record).collect();
    run
}

pub(super) fn accept_over(
    run: &Run,
    existing: &[Baseline],
    ledger: &Ledger,
) -> Result<Acceptance, AcceptError> {
    accept(AcceptInput {
        run,
        existing,
        ledger,
        time: "2026-11-22T00:00:00Z",
        author: "Ada <ada@example.org>",
        reason: " faster \"parser\"\n",
        verdict: "broken",
    })
}

/// What accepting the runs one after the other leaves.
fn after(runs: &[Run]) -> (Vec<Baseline>, Ledger) {
    let (mut existing, mut ledger) = (Vec::new(), Ledger::default());
    for run in runs {
        let acceptance = accept_over(run, &existing, &ledger).expect("acceptable");
        for baseline in acceptance.baselines {
            existing.retain(|old: &Baseline| old.file_name() != baseline.file_name());
            existing.push(baseline);
        }
        ledger.entries.extend(acceptance.entry);
    }
    (existing, ledger)
}

fn two_jobs() -> (Baseline, Ledger) {
    let first = run(10, &[("fast", 100.0), ("gone|\n`x`", 5.5), ("same", 10.0)]);
    let second = run(20, &[("fast", 90.0), ("new", 0.1 + 0.2), ("same", 10.05)]);
    let (mut baselines, ledger) = after(&[first, second]);
    assert_eq!(baselines.len(), 1);
    (baselines.remove(0), ledger)
}

fn refused(text: &str) -> String {
    let error = read_baseline("baselines/s.json", text).expect_err("must be refused");
    assert_eq!(error.file, "baselines/s.json");
    error.problem
}

#[test]
fn a_baseline_file_looks_like_this() {
    let (baseline, _) = two_jobs();
    let text = write_baseline(&baseline);
    insta::assert_snapshot!(text);
    assert_eq!(read_baseline("", &text).expect("own file"), baseline);
}

#[test]
fn a_ledger_looks_like_this() {
    let (_, ledger) = two_jobs();
    let text = write_ledger(&ledger);
    insta::assert_snapshot!(text);
    assert_eq!(read_ledger("", &text).expect("own file"), ledger);
    let empty = write_ledger(&Ledger::default());
    assert_eq!(
        read_ledger("", &empty).expect("own file"),
        Ledger::default()
    );
}

#[test]
fn a_new_job_adds_lines_and_touches_no_other() {
    let [first, second] =
        [10, 20].map(|minute| run(minute, &[("a", f64::from(minute)), ("b", 2.0)]));
    let (one, _) = after(std::slice::from_ref(&first));
    let (two, _) = after(&[first, second]);
    let [one, two] = [&one[0], &two[0]].map(write_baseline);
    let mut longer = two.lines();
    for line in one.lines() {
        assert!(
            longer.any(|other| other == line || other == format!("{line},")),
            "{line}"
        );
    }
    let changed = one
        .lines()
        .filter(|line| !two.lines().any(|other| other == *line));
    assert_eq!(changed.count(), 0);
    assert_eq!(two.lines().count(), one.lines().count() + 3);
}

#[test]
fn accepting_twice_adds_nothing() {
    let run = run(10, &[("a", 1.0)]);
    let (baselines, ledger) = after(std::slice::from_ref(&run));
    let again = accept_over(&run, &baselines, &ledger).expect("acceptable");
    assert_eq!(again, Acceptance::default());
}

#[test]
fn an_acceptance_cut_off_before_the_ledger_is_completed_by_repeating_it() {
    let [first, second] = [10, 20].map(|minute| run(minute, &[("a", f64::from(minute))]));
    let (old, ledger) = after(&[first]);
    let whole = accept_over(&second, &old, &ledger).expect("acceptable");
    let again = accept_over(&second, &whole.baselines, &ledger).expect("acceptable");
    assert!(again.baselines.is_empty());
    assert!(again.entry.is_some());
    assert_eq!(again.entry, whole.entry);
}

#[test]
fn the_newest_fifty_jobs_are_kept() {
    let runs: Vec<Run> = (0..=50).map(|minute| run(minute, &[("a", 1.0)])).collect();
    let mut first = run(0, &[("a", 1.0), ("only in the first", 2.0)]);
    first.header.started = "2026-11-21T05:00:00Z".to_owned();
    let all: Vec<Run> = std::iter::once(first.clone()).chain(runs).collect();
    let (baselines, ledger) = after(&all);
    let baseline = &baselines[0];
    assert_eq!(baseline.jobs.len(), JOBS_KEPT);
    assert_eq!(baseline.jobs[0].started, "2026-11-21T06:01:00Z");
    assert_eq!(baseline.series.len(), 1);
    assert_eq!(
        baseline.series.values().next().expect("a").jobs.len(),
        JOBS_KEPT
    );
    assert!(read_baseline("", &write_baseline(baseline)).is_ok());
    assert!(matches!(
        accept_over(&first, &baselines, &ledger),
        Err(AcceptError::TooOld { .. })
    ));
}

#[test]
fn a_run_accepted_late_takes_its_place_in_time() {
    let runs = [20, 10].map(|minute| run(minute, &[("a", 1.0)]));
    let (baselines, _) = after(&runs);
    let started: Vec<&str> = baselines[0].jobs.iter().map(|job| &*job.started).collect();
    assert_eq!(started, ["2026-11-21T06:10:00Z", "2026-11-21T06:20:00Z"]);
}

#[test]
fn machines_of_one_class_share_a_file_and_others_do_not() {
    let mut runs = [10, 20, 30].map(|minute| run(minute, &[("a", 1.0)]));
    runs[1].environment.memory_bytes = Some(7500 << 20);
    runs[2].environment.memory_bytes = Some(16000 << 20);
    let (baselines, _) = after(&runs);
    assert_eq!(
        baselines.iter().map(|b| b.jobs.len()).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_ne!(baselines[0].file_name(), baselines[1].file_name());
}

#[test]
fn the_ledger_compares_with_the_newest_job_before() {
    let runs = [(10, 1.0), (20, 2.0), (30, 3.0)].map(|(minute, a)| run(minute, &[("a", a)]));
    let (_, ledger) = after(&runs);
    let moved: Vec<_> = (ledger.entries.iter())
        .map(|entry| (entry.changes[0].before, entry.changes[0].after))
        .collect();
    assert_eq!(
        moved,
        [
            (None, Some(1.0)),
            (Some(1.0), Some(2.0)),
            (Some(2.0), Some(3.0))
        ]
    );
}

#[test]
fn what_stays_at_zero_or_moves_by_a_percent_is_no_line_in_the_ledger() {
    let changes = |before: f64, after_: f64| {
        let runs = [(10, before), (20, after_)].map(|(minute, a)| run(minute, &[("a", a)]));
        after(&runs).1.entries[1].changes.len()
    };
    assert_eq!(changes(0.0, 0.0), 0);
    assert_eq!(changes(100.0, 101.0), 0);
    assert_eq!(changes(100.0, 99.0), 0);
    assert_eq!(changes(100.0, 101.5), 1);
    assert_eq!(changes(100.0, 98.5), 1);
    assert_eq!(changes(0.0, 0.001), 1);
}

#[test]
fn a_metric_with_another_unit_begins_anew() {
    let mut second = run(20, &[("a", 7.0)]);
    second.benchmarks[0].series[0].metric = Metric::lower("time", Unit::Count);
    let (baselines, ledger) = after(&[run(10, &[("a", 1.0)]), second]);
    let series = baselines[0].series.values().next().expect("a");
    assert_eq!(series.metric.unit, Unit::Count);
    assert_eq!(series.jobs.len(), 1);
    let change = &ledger.entries[1].changes[0];
    assert_eq!((change.before, change.after), (None, Some(7.0)));
}

#[test]
fn what_must_not_become_a_baseline_is_refused() {
    let good = run(10, &[("a", 1.0)]);
    let over = |change: fn(&mut Run)| {
        let mut run = good.clone();
        change(&mut run);
        accept_over(&run, &[], &Ledger::default()).expect_err("must be refused")
    };
    assert_eq!(over(|run| run.header.partial = true), AcceptError::Partial);
    assert_eq!(
        over(|run| run.header.only = vec!["s/a*".to_owned()]),
        AcceptError::Narrowed {
            only: "s/a*".to_owned()
        }
    );
    assert_eq!(
        over(|run| run.environment = Default::default()),
        AcceptError::UnknownMachine
    );
    assert_eq!(
        over(|run| run.benchmarks.clear()),
        AcceptError::NothingMeasured
    );
    assert_eq!(
        over(|run| {
            for observation in &mut run.benchmarks[0].series[0].observations {
                observation.side = Side::Base;
            }
        }),
        AcceptError::NothingMeasured
    );
    assert_eq!(
        over(|run| {
            let mut empty = run.suites[0].clone();
            empty.name = "empty".to_owned();
            run.suites.push(empty);
        }),
        AcceptError::EmptySuite {
            suite: "empty".to_owned()
        }
    );
    assert!(matches!(
        over(|run| run.header.started.clear()),
        AcceptError::Started { .. }
    ));
    let blank = accept(AcceptInput {
        run: &good,
        existing: &[],
        ledger: &Ledger::default(),
        time: "",
        author: "",
        reason: " \n",
        verdict: "",
    });
    assert_eq!(blank, Err(AcceptError::NoReason));
}

#[test]
fn a_broken_baseline_names_field_and_line() {
    let baseline = two_jobs().0;
    let text = write_baseline(&baseline);
    let mut seen = String::new();
    for (what, from, to) in [
        ("newer", "\"version\": 1", "\"version\": 9"),
        ("foreign", "tollgate-baseline", "tollgate-run"),
        ("negative", "[90.0,", "[-90.0,"),
        ("not a number", "[90.0,", "[NaN,"),
        ("null", "[90.0,", "[null,"),
        ("too large", "[90.0,", "[1e999,"),
        ("misspelt", "\"dirty\"", "\"drity\""),
        ("misspelt fact twice", "\"cpu.family\"", "\"cpu.vendor\""),
        ("no facts", "\"class\": {", "\"class\": {}, \"klass\": {"),
        ("kernel of no time", "\"alu\":2.5", "\"alu\":0"),
        ("stolen", "\"steal\":0.001", "\"steal\":2"),
        ("no time", "\"started\":\"2026", "\"started\":\"26"),
        ("empty suite", "\"suite\": \"s\"", "\"suite\": \"\""),
        ("empty name", "\"benchmark\":\"fast\"", "\"benchmark\":\"\""),
        ("twice", "\"benchmark\":\"new\"", "\"benchmark\":\"fast\""),
        ("other way", "\"better\":\"lower\"", "\"better\":\"less\""),
        (
            "other id",
            "\"id\":\"20261121T062000Z",
            "\"id\":\"20261121T061000Z",
        ),
        ("id with a path", "\"id\":\"2026", "\"id\":\"../2026"),
        (
            "left by a merge",
            "\"jobs\": [",
            "<<<<<<< ours\n\"jobs\": [",
        ),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{what}");
        writeln!(seen, "{what}: {}", refused(&broken)).expect("a string");
    }
    let [newer, older] = [1, 0].map(|i| baseline.jobs[i].id.clone());
    let twice = text.replacen(
        &format!("\"id\":\"{older}"),
        &format!("\"id\":\"{newer}"),
        1,
    );
    let unknown = text.replacen(&format!("\n\"{older}\":"), "\n\"x\":", 1);
    let empty = text.replacen("[90.0,90.0,90.0]", "[]", 1);
    for (what, broken) in [
        ("id twice", twice),
        ("unknown job", unknown),
        ("no values", empty),
    ] {
        assert_ne!(broken, text, "{what}");
        writeln!(seen, "{what}: {}", refused(&broken)).expect("a string");
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn shorter_texts_are_refused() {
    let (baseline, ledger) = two_jobs();
    let text = write_baseline(&baseline);
    for end in (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(read_baseline("", &text[..end]).is_err(), "{end}");
    }
    let text = write_ledger(&ledger);
    for end in (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(read_ledger("", &text[..end]).is_err(), "{end}");
    }
}

#[test]
fn a_broken_ledger_names_the_field() {
    let text = write_ledger(&two_jobs().1);
    for (from, to, expected) in [
        (
            "\"before\":100.0",
            "\"before\":-1",
            "entries[0].changes[0].before: a value cannot be negative, found -1.0",
        ),
        (
            "faster \\\"parser\\\"",
            " ",
            "entries[0].reason: an acceptance has a reason",
        ),
        (
            "\"version\": 1",
            "\"version\": 2",
            "version 2 of a ledger is newer than this tollgate reads (1); install a newer tollgate",
        ),
        ("\"author\"", "\"auhtor\"", "unknown field `auhtor`"),
        (
            "\"time\":\"2026",
            "\"time\":\"x2026",
            "entries[0].time: \"x2026-11-22T00:00:00Z\" is no time",
        ),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{expected}");
        let problem = read_ledger("ledger.json", &broken)
            .expect_err("must be refused")
            .problem;
        assert!(problem.contains(expected), "{problem}");
    }
}

proptest! {
    #[test]
    fn any_baseline_comes_back(
        suite in ".{1,20}",
        names in prop::collection::btree_set("(?s).{1,20}", 1..4),
        bits in prop::collection::vec(any::<u64>(), 1..6),
    ) {
        let amount = |bits: &u64| f64::from_bits(bits & !(1 << 63));
        let values: Vec<f64> = bits.iter().map(amount).filter(|v| v.is_finite()).collect();
        prop_assume!(!values.is_empty());
        let mut baseline = two_jobs().0;
        baseline.suite = suite;
        let id = baseline.jobs[0].id.clone();
        for name in names {
            baseline.series.insert((name.clone(), name.clone()), BaselineSeries {
                metric: Metric { name, unit: Unit::Count, better: Better::Higher },
                jobs: [(id.clone(), values.clone())].into(),
            });
        }
        let text = write_baseline(&baseline);
        prop_assert_eq!(read_baseline("", &text).expect("own file"), baseline);
    }
}

#[test]
fn the_median_of_values_is_between_them() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "reads a committed file of the repository"
)]
fn the_documented_files_are_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/baseline-format.md");
    let document = std::fs::read_to_string(path).expect("is committed");
    let blocks: Vec<&str> = (document.split("```json\n").skip(1))
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let [baseline, ledger] = blocks[..] else {
        panic!("one baseline and one ledger");
    };
    // Byte for byte what would be written: the document shows the layout, too.
    let read = read_baseline("docs/baseline-format.md", baseline).expect("documented");
    assert_eq!(write_baseline(&read), baseline);
    let read = read_ledger("docs/baseline-format.md", ledger).expect("documented");
    assert_eq!(write_ledger(&read), ledger);
}

#[test]
fn a_run_with_failures_is_refused_and_the_first_named() {
    let failure = |suite: &str, benchmark: Option<&str>| Failure {
        suite: suite.to_owned(),
        benchmark: benchmark.map(str::to_owned),
        side: Side::Candidate,
        invocation: 2,
        kind: FailureKind::Crashed,
        detail: "signal 11\nlast words".to_owned(),
    };
    let refusal = |failures: Vec<Failure>| {
        let mut run = run(10, &[("a", 1.0)]);
        run.failures = failures;
        accept_over(&run, &[], &Ledger::default()).map_err(|error| error.to_string())
    };
    let kernels = failure(REFERENCE_KERNELS, None);
    assert!(refusal(vec![kernels.clone(), kernels.clone()]).is_ok());
    let error = refusal(vec![kernels, failure("s", Some("b")), failure("s", None)]).unwrap_err();
    assert_eq!(
        error,
        "2 invocations of the run failed, first \"s/b\" crashed (signal 11); what failed would silently drop out of what is expected: repair or remove it and run `tollgate check` again"
    );
    let error = refusal(vec![failure("s", None)]).unwrap_err();
    assert!(
        error.starts_with("1 invocation of the run failed, first suite \"s\" crashed"),
        "{error}"
    );
}

#[test]
fn runs_beside_a_base_and_runs_of_other_purposes_are_no_jobs() {
    use crate::measurement::{Purpose, Revision};

    let good = run(1, &[("a", 5.0)]);
    accept_over(&good, &[], &Ledger::default()).expect("acceptable");
    let spoils: [fn(&mut Run); 3] = [
        |run| run.header.base = Some(Revision::default()),
        |run| run.header.purpose = Purpose::Calibrate,
        |run| run.header.purpose = Purpose::Anchor,
    ];
    for spoil in spoils {
        let mut spoilt = good.clone();
        spoil(&mut spoilt);
        assert!(matches!(
            accept_over(&spoilt, &[], &Ledger::default()),
            Err(AcceptError::Paired)
        ));
    }
}

#[test]
fn overhead_claims_do_not_become_series_of_a_baseline() {
    let mut run = run(1, &[("a", 5.0)]);
    run.suites.push(SuiteRecord {
        name: crate::measurement::OVERHEAD.to_owned(),
        ..SuiteRecord::default()
    });
    let mut claim = run.benchmarks[0].clone();
    claim.id.suite = crate::measurement::OVERHEAD.to_owned();
    run.benchmarks.push(claim);
    let acceptance = accept_over(&run, &[], &Ledger::default()).expect("acceptable");
    let suites: Vec<&str> = acceptance
        .baselines
        .iter()
        .map(|baseline| baseline.suite.as_str())
        .collect();
    assert_eq!(suites, ["s"]);
}
