use super::{FORMAT_VERSION, MAX_NAME_BYTES, raw, read_run, write_run};
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Better, Cache, Distribution, Evidence, Failure, FailureKind,
    Histogram, Load, Metric, Observation, REFERENCE_KERNELS, Revision, Run, Samples, Series, Side,
    SuiteRecord, Summary,
};
use crate::units::Unit;
use proptest::prelude::*;
use std::fmt::Write as _;

/// A file around the observations of one series.
fn file(observations: &str) -> String {
    around(&format!(
        r#"{{"suite":"s","name":"n|\"ü\n","series":[{{"metric":"time","unit":"ns","better":"lower","observations":[{observations}]}}]}}"#
    ))
}

fn around(benchmarks: &str) -> String {
    format!(
        r#"{{"format":"tollgate-run","version":1,
"header":{{"started":"2026-11-21T06:20:00Z","tool":"script"}},
"benchmarks":[{benchmarks}]}}"#
    )
}

fn problem(text: impl AsRef<[u8]>) -> String {
    let error = read_run("run.json", text.as_ref()).expect_err("must be refused");
    assert_eq!(error.file, "run.json");
    error.problem
}

fn observation(value: f64) -> Observation {
    Observation {
        side: Side::Candidate,
        invocation: 0,
        order: 0,
        at_ms: 0.0,
        layout: None,
        evidence: Evidence::Value(value),
    }
}

/// Every field filled, names that hurt.
fn full_run() -> Run {
    let mut run = read_run("", file(r#"{"value":1}"#).as_bytes()).expect("valid");
    run.header.took_ms = 1234.5;
    run.header.candidate = Revision {
        commit: "a".repeat(40),
        dirty: true,
    };
    run.header.base = Some(Revision::default());
    run.header.seed = u64::MAX.to_string();
    run.header.config_hash = "0".repeat(64);
    run.header.partial = true;
    run.header.in_processes_ms = 0.1;
    run.header.only = vec!["s/*".to_owned()];
    let environment = &mut run.environment;
    environment.cpu.name = Some("Intel(R) Xeon(R) CPU @ 2.80GHz".to_owned());
    environment.cpu.model = Some(85);
    environment.cpu.caches = vec![Cache {
        level: 2,
        kind: "Unified".to_owned(),
        bytes: 1 << 20,
    }];
    environment.memory_bytes = Some(u64::MAX);
    environment.steal = Some(0.1 + 0.2);
    environment.load_before = Some(Load {
        one_minute: 0.07,
        runnable: Some(3),
    });
    environment.toolchain.features = vec!["a".to_owned()];
    run.kernels = [
        ("alu".to_owned(), vec![1.5, 2.5e-7]),
        ("dram".to_owned(), vec![]),
    ]
    .into();
    run.failures = vec![Failure {
        suite: "s".to_owned(),
        benchmark: Some("gone\u{1b}[31m".to_owned()),
        side: Side::Base,
        invocation: 7,
        kind: FailureKind::TimedOut,
        detail: "killed\nafter 60 s".to_owned(),
    }];
    let samples = Evidence::Samples(Box::new(Samples {
        values: vec![0.0, 1.0 / 3.0, f64::MAX, f64::MIN_POSITIVE, 5e-324],
        iterations: vec![1.0, 2.0, 3.0, 4.0, 1e18],
    }));
    let bare = Evidence::Samples(Box::new(Samples {
        values: vec![1.0],
        iterations: vec![],
    }));
    let summary = Evidence::Summary(Box::new(Summary {
        fastest: 1.0,
        slowest: 9.0,
        median: 2.0,
        mean: 2.5,
        samples: 100,
        iterations: u64::MAX,
    }));
    let mut calls = Histogram::new();
    for value in [0, 1, 1_000_000, u64::MAX] {
        calls.record(value);
    }
    let calls = Distribution::of(&calls).expect("packs").expect("not empty");
    let histogram = Evidence::Histogram(Box::new(calls));
    let withheld = Evidence::withheld("412 calls, \"p99\" needs 2000\u{1b}");
    let observations = [samples, summary, bare, histogram, withheld];
    let observations = observations.into_iter().enumerate();
    let observations = observations.map(|(i, evidence)| Observation {
        side: if i == 1 { Side::Base } else { Side::Candidate },
        invocation: u32::MAX - u32::try_from(i).expect("small"),
        order: 3,
        at_ms: 1e9,
        layout: None,
        evidence,
    });
    run.benchmarks.push(BenchmarkRecord {
        id: BenchmarkId::new("s", "a b/c\u{0}\t`|<b>&\"'\\ 漢字 \u{202e}"),
        series: vec![
            Series {
                metric: Metric::higher("through put", Unit::Other("frames\n/s".to_owned())),
                observations: observations.collect(),
            },
            Series {
                metric: Metric::time(),
                observations: vec![],
            },
        ],
    });
    run
}

fn written(run: &Run) -> String {
    let mut text = Vec::new();
    write_run(run, &mut text).expect("writes");
    String::from_utf8(text).expect("JSON is UTF-8")
}

#[test]
fn a_full_run_comes_back_as_it_was() {
    let run = full_run();
    let text = written(&run);
    assert_eq!(read_run("", text.as_bytes()).expect("own file"), run);
    // One benchmark a line, however its name looks.
    let lines = text
        .lines()
        .filter(|line| line.starts_with("{\"suite\":\"s\",\"name\":"));
    assert_eq!(lines.count(), 2);
}

#[test]
fn failed_reference_kernels_do_not_lose_the_run_and_are_no_suite() {
    let kernels = Failure {
        suite: REFERENCE_KERNELS.to_owned(),
        benchmark: None,
        side: Side::Candidate,
        invocation: 3,
        kind: FailureKind::Crashed,
        detail: "signal 9".to_owned(),
    };
    let listed = SuiteRecord {
        name: "s".to_owned(),
        tool: "command".to_owned(),
        tool_version: None,
        listed: vec![],
        ..SuiteRecord::default()
    };
    for suites in [vec![listed], vec![]] {
        let mut run = full_run();
        let derived = suites.is_empty();
        run.suites = suites;
        run.failures.push(kernels.clone());
        let read = read_run("", written(&run).as_bytes()).expect("own file");
        let names: Vec<&str> = read.suites.iter().map(|suite| &*suite.name).collect();
        assert_eq!(names, ["s"], "derived: {derived}");
        assert_eq!(read.failures, run.failures);
    }
    // Any other suite has to be in the list.
    let mut run = full_run();
    run.failures[0].suite = "tollgate/kernel".to_owned();
    run.suites = read_run("", written(&full_run()).as_bytes())
        .expect("own file")
        .suites;
    let error = write_run(&run, &mut Vec::new())
        .expect_err("refused")
        .to_string();
    assert!(error.contains("tollgate/kernel"), "{error}");
}

/// Quadratic work would make this the slowest test by far.
#[test]
fn many_metrics_are_fine_and_one_twice_is_found() {
    let mut run = full_run();
    let series = (0..80_000).map(|i| Series {
        metric: Metric::lower(format!("m{i}"), Unit::Count),
        observations: vec![observation(1.0)],
    });
    run.benchmarks[0].series = series.collect();
    assert!(write_run(&run, &mut Vec::new()).is_ok());
    run.benchmarks[0].series[79_999].metric.name = "m0".to_owned();
    let error = write_run(&run, &mut Vec::new())
        .expect_err("refused")
        .to_string();
    assert!(
        error.contains("series[79999].metric") && error.contains("comes twice"),
        "{error}"
    );
}

#[test]
fn a_minimal_file_gets_honest_defaults() {
    let text = file(r#"{"value":1},{"side":"base","value":2},{"value":3}"#);
    let run = read_run("", text.as_bytes()).expect("minimal file");
    assert_eq!(run.suites.len(), 1);
    assert_eq!(run.suites[0].tool, "import");
    assert_eq!(run.suites[0].listed, ["n|\"ü\n"]);
    assert!(!run.header.partial && run.header.base.is_none());
    let observations = &run.benchmarks[0].series[0].observations;
    let facts: Vec<_> = (observations.iter())
        .map(|o| (o.side, o.invocation, o.order, o.at_ms.to_bits()))
        .collect();
    assert_eq!(
        facts,
        [
            (Side::Candidate, 0, 0, 0),
            (Side::Base, 0, 1, 0),
            (Side::Candidate, 1, 2, 0)
        ]
    );
}

#[test]
fn zero_is_a_value_and_a_byte_order_mark_is_no_matter() {
    let text = format!("\u{feff}{}", file(r#"{"value":0}, {"value":0.0}"#));
    assert!(read_run("", text.as_bytes()).is_ok());
}

#[test]
fn mistakes_name_field_benchmark_and_line() {
    let mut seen = String::new();
    for observations in [
        r#"{"value":1},{"value":-3}"#,
        r#"{"value":-1e-300}"#,
        r#"{"vlaue":1}"#,
        r#"{"value":1,"weight":2}"#,
        r#"{"value":"12"}"#,
        r#"{"value":null}"#,
        r#"{"value":NaN}"#,
        r#"{"value":-Infinity}"#,
        r#"{"value":1e999}"#,
        r#"{"value":1,"value":2}"#,
        r#"{"invocation":0}"#,
        r#"{"value":1,"values":[1]}"#,
        r#"{"value":1,"iterations":[1]}"#,
        r#"{"values":[]}"#,
        r#"{"values":[1,2,-1]}"#,
        r#"{"values":[1,2],"iterations":[1]}"#,
        r#"{"values":[1],"iterations":[0]}"#,
        r#"{"value":1,"invocation":-1}"#,
        r#"{"value":1,"invocation":4294967296}"#,
        r#"{"value":1,"invocation":1},{"value":1}"#,
        r#"{"value":1,"invocation":2},{"value":1,"invocation":1},{"value":1,"invocation":2}"#,
        r#"{"value":1,"at_ms":-1}"#,
        r#"{"value":1,"side":"head"}"#,
        r#"{"summary":{"fastest":1,"slowest":2,"median":-1,"mean":1,"samples":1,"iterations":1}}"#,
        r#"{"summary":{"fastest":1,"slowest":2,"median":1,"mean":1,"samples":0,"iterations":1}}"#,
        r#"{"summary":{"median":1}}"#,
        r"7",
    ] {
        let problem = problem(file(observations));
        writeln!(seen, "{observations}\n    {problem}").expect("a string");
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn histograms_that_are_none_are_refused_with_their_place() {
    let text = r#"{"histogram":"HISTFAAAAA"}"#;
    assert_eq!(
        problem(file(text)),
        "benchmarks[0].series[0].observations[0].histogram of \"s/n|\\\"ü\\n\", line 3, column 142: not a histogram: no base64: Invalid padding"
    );
    for (text, said) in [
        (r#"{"histogram":""}"#, "it is cut off"),
        (
            r#"{"histogram":"aGVsbG8gd29ybGQ="}"#,
            "not those of the encoding V2",
        ),
        (
            r#"{"histogram":7}"#,
            "a histogram as base64, without escapes",
        ),
        (r#"{"histogram":null}"#, "a histogram as base64"),
        // Written otherwise, so that whoever counts them beforehand would miss it.
        (r#"{"histogram":"\u0048ISTFAAAA"}"#, "without escapes"),
        (r#"{"withheld":""}"#, "say it"),
        (r#"{"withheld":"  "}"#, "say it"),
        (r#"{"withheld":"w","value":1}"#, "only one of `value`"),
        (r#"{"histogram":"x","summary":1}"#, "not a histogram"),
    ] {
        let found = problem(file(text));
        assert!(found.contains(said), "{text}: {found}");
        assert!(found.contains("observations[0]"), "{text}: {found}");
    }
    let long = format!(r#"{{"withheld":"{}"}}"#, "w".repeat(MAX_NAME_BYTES + 1));
    assert!(problem(file(&long)).contains("longer than"));
}

#[test]
fn wrong_names_and_contradictions_are_refused() {
    let benchmark = |suite: &str, name: &str, series: &str| {
        format!(r#"{{"suite":"{suite}","name":"{name}","series":[{series}]}}"#)
    };
    let series = |metric: &str, unit: &str| {
        format!(
            r#"{{"metric":"{metric}","unit":"{unit}","better":"lower","observations":[{{"value":1}}]}}"#
        )
    };
    let ok = series("time", "ns");
    let long = "x".repeat(MAX_NAME_BYTES);
    assert!(read_run("", around(&benchmark("s", &long, &ok)).as_bytes()).is_ok());
    let head = |header: &str, rest: &str| {
        format!(
            r#"{{"format":"tollgate-run","version":1,"header":{header},{rest}"benchmarks":[{}]}}"#,
            benchmark("s", "n", &ok)
        )
    };
    let started = |text: &str| head(&format!(r#"{{"started":"{text}","tool":"t"}}"#), "");
    let good = r#"{"started":"2026-11-21T06:20:00Z","tool":"t"}"#;
    assert!(read_run("", started("2026-11-21T06:20:00+01:00").as_bytes()).is_ok());
    let mut seen = String::new();
    for (what, text) in [
        ("empty suite", around(&benchmark("", "n", &ok))),
        ("empty name", around(&benchmark("s", "", &ok))),
        (
            "long name",
            around(&benchmark("s", &format!("{long}x"), &ok)),
        ),
        (
            "empty metric",
            around(&benchmark("s", "n", &series("", "ns"))),
        ),
        (
            "milliseconds",
            around(&benchmark("s", "n", &series("time", "ms"))),
        ),
        ("no unit", around(&benchmark("s", "n", &series("time", "")))),
        (
            "benchmark twice",
            around(&[benchmark("s", "n", &ok), benchmark("s", "n", "")].join(",")),
        ),
        (
            "metric twice",
            around(&benchmark(
                "s",
                "n",
                &[ok.clone(), series("time", "count")].join(","),
            )),
        ),
        ("no start", head(r#"{"tool":"t"}"#, "")),
        ("no time", started("yesterday")),
        ("no zone", started("2026-11-21T06:20:00")),
        ("before clocks", started("1969-12-31T23:59:59Z")),
        (
            "negative duration",
            head(
                r#"{"started":"2026-11-21T06:20:00Z","tool":"t","took_ms":-1}"#,
                "",
            ),
        ),
        ("stolen", head(good, r#""environment":{"steal":1.5},"#)),
        (
            "half a core",
            head(good, r#""environment":{"cpu_quota":-0.5},"#),
        ),
        (
            "misspelt fact",
            head(good, r#""environment":{"cpu":{"modell":85}},"#),
        ),
        (
            "kernel twice",
            head(good, r#""kernels":{"alu":[1],"alu":[2]},"#),
        ),
        (
            "kernel of no time",
            head(good, r#""kernels":{"alu":[1,0]},"#),
        ),
        ("negative kernel", head(good, r#""kernels":{"alu":[-1]},"#)),
        (
            "other suites",
            head(good, r#""suites":[{"name":"t","tool":"x"}],"#),
        ),
        (
            "suite twice",
            head(
                good,
                r#""suites":[{"name":"s","tool":"x"},{"name":"s","tool":"x"}],"#,
            ),
        ),
        ("misspelt key", head(good, r#""kernel":{},"#)),
    ] {
        writeln!(
            seen,
            "{what}: {}",
            problem(text).replace(&long, "(4096 times x)")
        )
        .expect("a string");
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn foreign_and_broken_texts_are_told_apart() {
    let whole = written(&full_run());
    let mut seen = String::new();
    for (what, text) in [
        ("empty", String::new()),
        ("blank", " \n\t".to_owned()),
        ("no JSON", "Benchmarking...\n".to_owned()),
        ("null", "null".to_owned()),
        ("a list", "[1,2]".to_owned()),
        (
            "hyperfine",
            r#"{"results":[{"command":"true"}]}"#.to_owned(),
        ),
        (
            "a baseline",
            whole.replace("tollgate-run", "tollgate-baseline"),
        ),
        (
            "newer",
            whole.replace("\"version\":1", "\"version\":2,\"shards\":{}"),
        ),
        (
            "newer, same fields",
            whole.replace("\"version\":1", "\"version\":4294967296"),
        ),
        (
            "older than the first",
            whole.replace("\"version\":1", "\"version\":0"),
        ),
        (
            "version as text",
            whole.replace("\"version\":1", "\"version\":\"1\""),
        ),
        ("cut short", whole[..whole.len() - 40].to_owned()),
        ("more behind", format!("{whole}{{}}")),
        (
            "deep",
            format!(
                "{{\"format\":\"tollgate-run\",\"version\":1,\"header\":{}",
                "[".repeat(1_000_000)
            ),
        ),
        ("deep and foreign", "[".repeat(1_000_000)),
        ("deep objects", "{\"a\":".repeat(1_000_000)),
        (
            "control characters",
            "{\"format\":\"\\u001b[2J\",\"version\":1}".to_owned(),
        ),
    ] {
        writeln!(seen, "{what}: {}", problem(text)).expect("a string");
    }
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain(whole.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    writeln!(seen, "UTF-16: {}", problem(utf16)).expect("a string");
    writeln!(
        seen,
        "Latin-1: {}",
        problem(
            whole
                .replace('ü', "?")
                .replace("漢", "\u{7f}")
                .into_bytes()
                .iter()
                .map(|&b| if b == 0x7f { 0xfc } else { b })
                .collect::<Vec<u8>>()
        )
    )
    .expect("a string");
    insta::assert_snapshot!(seen);
}

#[test]
fn every_shorter_file_is_refused() {
    let whole = written(&full_run());
    let whole = whole.trim_end().as_bytes();
    for end in 0..whole.len() {
        assert!(read_run("", &whole[..end]).is_err(), "{end} bytes");
    }
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let mut out = Vec::new();
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        let mut run = full_run();
        run.benchmarks[0].series[0].observations[0] = observation(bad);
        let error = write_run(&run, &mut out).expect_err("unreadable");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        assert!(
            error
                .to_string()
                .starts_with("benchmarks[0].series[0].observations[0].value of"),
            "{error}"
        );
    }
    assert!(out.is_empty());
}

#[test]
fn samples_that_contradict_themselves_and_names_that_are_empty_are_not_written() {
    type Spoil<T> = fn(&mut T);
    let samples: fn(&mut Run) -> &mut Samples = |run| {
        let evidence = &mut run.benchmarks[1].series[0].observations[0].evidence;
        let Evidence::Samples(samples) = evidence else {
            panic!("not samples");
        };
        samples
    };
    let in_samples: [(Spoil<Samples>, &str); 4] = [
        (|samples| samples.values.clear(), ".values of"),
        (|samples| samples.values[1] = f64::NAN, ".values[1] of"),
        (|samples| samples.iterations.truncate(2), ".iterations of"),
        (|samples| samples.iterations[3] = 0.0, ".iterations[3] of"),
    ];
    let refusal = |run: &Run| {
        let mut out = Vec::new();
        let error = write_run(run, &mut out).expect_err("unreadable");
        assert!(out.is_empty());
        error.to_string()
    };
    for (spoil, place) in in_samples {
        let mut run = full_run();
        spoil(samples(&mut run));
        let (refusal, start) = (refusal(&run), "benchmarks[1].series[0].observations[0]");
        assert!(refusal.starts_with(&format!("{start}{place}")), "{refusal}");
    }
    let elsewhere: [(Spoil<Run>, &str); 3] = [
        (|run| run.failures[0].suite.clear(), "failures[0].suite"),
        (
            |run| run.failures[0].benchmark = Some(String::new()),
            "failures[0].benchmark",
        ),
        (
            |run| run.suites[0].listed.push(String::new()),
            "suites[0].listed[",
        ),
    ];
    for (spoil, place) in elsewhere {
        let mut run = full_run();
        spoil(&mut run);
        let refusal = refusal(&run);
        assert!(refusal.starts_with(place), "{refusal}");
    }
}

#[test]
fn a_writer_that_fails_is_reported() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = write_run(&full_run(), &mut Full).expect_err("no space");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn an_observation_stays_small() {
    // A run holds a million of them.
    assert!(
        size_of::<Observation>() <= 48,
        "{}",
        size_of::<Observation>()
    );
}

fn amounts() -> impl Strategy<Value = f64> {
    // Any bit pattern: subnormal, huge, with every mantissa.
    any::<u64>()
        .prop_map(|bits| f64::from_bits(bits & !(1 << 63)))
        .prop_filter("finite", |v| v.is_finite())
}

proptest! {
    #[test]
    fn floats_come_back_bit_for_bit(values in prop::collection::vec(amounts(), 1..20), at in amounts()) {
        let mut run = full_run();
        run.benchmarks[0].series[0].observations = (0..).zip(&values).map(|(invocation, value)| {
            Observation { invocation, at_ms: at, ..observation(*value) }
        }).collect();
        run.benchmarks[0].series[0].observations.push(Observation {
            invocation: u32::MAX,
            evidence: Evidence::Samples(Box::new(Samples { values, iterations: vec![] })),
            ..observation(0.0)
        });
        let back = read_run("", written(&run).as_bytes()).expect("own file");
        let bits = |run: &Run| -> Vec<u64> {
            run.benchmarks[0].series[0].observations.iter().flat_map(|o| {
                let mut bits = vec![o.at_ms.to_bits()];
                match &o.evidence {
                    Evidence::Value(value) => bits.push(value.to_bits()),
                    Evidence::Samples(samples) => bits.extend(samples.values.iter().map(|v| v.to_bits())),
                    Evidence::Summary(_) | Evidence::Histogram(_) | Evidence::Withheld(_) => {}
                }
                bits
            }).collect()
        };
        prop_assert_eq!(bits(&back), bits(&run));
    }

    #[test]
    fn any_name_comes_back(suite in ".{1,40}", name in "(?s).{1,40}", metric in ".{1,20}") {
        let mut run = full_run();
        run.suites.clear();
        run.failures.clear();
        run.benchmarks.truncate(1);
        run.benchmarks[0].id = BenchmarkId::new(suite, name);
        run.benchmarks[0].series[0].metric = Metric { name: metric, unit: Unit::Count, better: Better::Higher };
        let back = read_run("", written(&run).as_bytes()).expect("own file");
        prop_assert_eq!(back.benchmarks, run.benchmarks);
    }

    #[test]
    fn any_bytes_are_refused_without_a_crash(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_run("", &bytes).is_err());
    }
}

/// A file of the repository.
fn repository(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "compares committed files with what the code says"
)]
fn committed(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_default()
}

/// Left out is not the same as `null`, which most fields refuse.
fn without_null_defaults(schema: &mut schemars::Schema) {
    if schema
        .get("default")
        .is_some_and(serde_json::Value::is_null)
    {
        schema.remove("default");
    }
    schemars::transform::transform_subschemas(&mut without_null_defaults, schema);
}

/// Set UPDATE_SCHEMAS=1 to write the file anew.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "writes a committed file when told to"
)]
fn the_published_schema_is_that_of_the_code() {
    let mut schema = schemars::schema_for!(raw::RawRun);
    schemars::transform::transform_subschemas(&mut without_null_defaults, &mut schema);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    let path = "docs/run.schema.json";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(repository(path), &text).expect("writes the schema");
    }
    assert!(
        committed(path) == text,
        "{path} is out of date; run the tests once with UPDATE_SCHEMAS=1"
    );
}

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(&committed("docs/run.schema.json")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a JSON Schema")
}

#[test]
fn written_files_follow_the_published_schema() {
    let validator = validator();
    let instance = serde_json::from_str(&written(&full_run())).expect("JSON");
    let errors: Vec<String> = validator
        .iter_errors(&instance)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    // And the schema is no empty promise.
    for observations in [
        r#"{"value":-1}"#,
        r#"{"vlaue":1}"#,
        "{}",
        r#"{"value":1,"values":[1]}"#,
        r#"{"values":[]}"#,
        r#"{"value":null}"#,
        r#"{"value":1,"side":"head"}"#,
    ] {
        let instance = serde_json::from_str(&file(observations)).expect("JSON");
        assert!(!validator.is_valid(&instance), "{observations}");
    }
    let newer = file("").replace("\"version\":1", "\"version\":2");
    assert!(!validator.is_valid(&serde_json::from_str(&newer).expect("JSON")));
}

/// The texts of the fenced blocks of one language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    (document.split(&fence).skip(1))
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_documented_files_are_read() {
    let blocks = blocks(&committed("docs/run-format.md"), "json");
    assert!(
        blocks.len() >= 2,
        "the document shows a minimal and a full file"
    );
    let validator = validator();
    for block in &blocks {
        let run = read_run("docs/run-format.md", block.as_bytes()).expect("documented file");
        assert!(!run.benchmarks.is_empty());
        assert!(validator.is_valid(&serde_json::from_str(block).expect("JSON")));
    }
    assert!(committed("docs/run-format.md").contains(&format!("version {FORMAT_VERSION}")));
}

/// The script of the document, run by the language's own interpreter where there is one.
#[test]
#[expect(clippy::disallowed_methods, reason = "runs the documented script")]
fn the_documented_script_writes_a_file_that_is_read() {
    let scripts = blocks(&committed("docs/run-format.md"), "python");
    assert_eq!(scripts.len(), 1);
    let output = match std::process::Command::new("python3")
        .args(["-c", &scripts[0]])
        .output()
    {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => panic!("python3: {error}"),
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let run = read_run("stdout", &output.stdout).expect("the script's file");
    assert!(!run.benchmarks[0].series[0].observations.is_empty());
}
