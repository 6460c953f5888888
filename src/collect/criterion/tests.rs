use super::*;
use crate::collect::fake::Fake;
use crate::collect::tool::parse_terse;
use crate::measurement::FailureKind;
use proptest::prelude::*;

const VERSIONS: [&str; 4] = ["0.5.1", "0.6.0", "0.7.0", "0.8.2"];
const LIMIT: Duration = Duration::from_secs(60);

fn fixture(version: &str, path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/fixtures/criterion-{version}"))
        .join(path)
}

fn ids(directory: &Path) -> Vec<String> {
    let mut ids: Vec<String> = read_tree(directory, None)
        .unwrap()
        .into_iter()
        .map(|result| result.id)
        .collect();
    ids.sort_unstable();
    ids
}

fn long(end: &str) -> String {
    format!("{}{end}", "long ".repeat(30))
}

#[test]
fn trees_of_all_versions_give_the_same_ids() {
    for version in VERSIONS {
        assert_eq!(
            ids(&fixture(version, "odd")),
            [
                "-leading-dash",
                "grp/with slash/fold/5",
                "grp/with slash/fold/500",
                &long("one"),
                &long("two"),
                "pipe | \"quote\" 'tick' `back` α?",
                "real #2",
                "slow/30ms",
            ],
            "{version}"
        );
    }
}

#[test]
fn batches_are_times_per_iteration() {
    for version in VERSIONS {
        let results = read_tree(&fixture(version, "odd"), None).unwrap();
        for result in &results {
            assert_eq!(result.samples.values.len(), 10, "{version} {}", result.id);
            assert_eq!(result.samples.iterations.len(), 10);
        }
        let slow = results.iter().find(|r| r.id == "slow/30ms").unwrap();
        assert!(
            slow.samples
                .iterations
                .iter()
                .all(|&n| n.to_bits() == 1.0_f64.to_bits())
        );
        assert!(slow.samples.values.iter().all(|&t| t > 29e6 && t < 90e6));
        let linear = results.iter().find(|r| r.id == "real #2").unwrap();
        assert!(
            linear
                .samples
                .iterations
                .windows(2)
                .all(|two| two[0] < two[1])
        );
    }
}

#[test]
fn baselines_beside_the_new_result_are_not_read() {
    assert_eq!(
        ids(&fixture("0.8.2", "tree")),
        [
            "flat id: α?",
            "flatmode/f",
            "grp/with slash/fib/10",
            "grp/with slash/fib/5"
        ]
    );
}

#[test]
fn lists_of_all_versions_are_read_the_same() {
    for version in VERSIONS {
        let text = std::fs::read_to_string(fixture(version, "list.txt")).unwrap();
        let names = parse_terse(&text).unwrap();
        assert_eq!(names.len(), 19, "{version}");
        for name in ["new\nline", "ends: benchmark", "--list", "..", "twice/x #2"] {
            assert!(names.iter().any(|n| n == name), "{version} {name}");
        }
        let titles = Titles::new(names);
        assert_eq!(titles.numbered(), ["twice/x #2"]);
        assert_eq!(titles.cut_prefixes(), [long("")[..100].to_owned()]);
    }
}

#[test]
fn printed_results_of_wall_time_are_told_from_others() {
    for version in VERSIONS {
        let text = std::fs::read_to_string(fixture(version, "report.txt")).unwrap();
        assert!(text.contains("time:   ["));
        assert_eq!(foreign_unit(&text), None, "{version}");
    }
    assert_eq!(
        foreign_unit("a  time:   [1.0 Kcycles 2.0 Kcycles 3.0 Kcycles]\n").as_deref(),
        Some("Kcycles")
    );
    assert_eq!(foreign_unit("time:   ["), None);
    assert_eq!(foreign_unit(""), None);
}

/// A tree with one benchmark.
fn tree(benchmark: &str, sample: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let new = directory.path().join("x/new");
    std::fs::create_dir_all(&new).unwrap();
    std::fs::write(new.join("benchmark.json"), benchmark).unwrap();
    std::fs::write(new.join("sample.json"), sample).unwrap();
    directory
}

const BENCHMARK: &str = r#"{"group_id":"x","full_id":"x"}"#;
const SAMPLE: &str = r#"{"sampling_mode":"Flat","iters":[2.0,2.0],"times":[4.0,6.0]}"#;

#[test]
fn what_was_written_before_is_stale() {
    let directory = tree(BENCHMARK, SAMPLE);
    let file = std::fs::File::options()
        .write(true)
        .open(directory.path().join("x/new/sample.json"))
        .unwrap();
    let start = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    for (age, expected) in [(10, 0), (1, 1), (0, 1)] {
        file.set_modified(start - Duration::from_secs(age)).unwrap();
        let found = read_tree(directory.path(), Some(start)).unwrap();
        assert_eq!(found.len(), expected, "{age} s before");
    }
}

#[test]
fn an_empty_directory_has_no_results_and_a_missing_one_is_named() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(read_tree(empty.path(), None).unwrap(), []);
    let error = read_tree(&empty.path().join("gone"), None).unwrap_err();
    assert!(error.path.ends_with("gone"));
}

#[test]
fn mistakes_name_file_and_field() {
    let problem = |benchmark: &str, sample: &str| {
        let directory = tree(benchmark, sample);
        let error = read_tree(directory.path(), None).unwrap_err();
        let file = error.path.file_name().unwrap().to_str().unwrap();
        format!("{file}: {}", error.problem)
    };
    let sample = |iters: &str, times: &str| {
        problem(
            BENCHMARK,
            &format!(r#"{{"iters":{iters},"times":{times}}}"#),
        )
    };
    insta::assert_snapshot!(
        [
            problem("", SAMPLE),
            problem("[]", SAMPLE),
            problem(r#"{"full_id":3}"#, SAMPLE),
            problem(r#"{"full_id":""}"#, SAMPLE),
            problem(BENCHMARK, ""),
            problem(BENCHMARK, "<html>"),
            sample("[1.0]", "[1.0, 2.0]"),
            sample("[]", "[]"),
            sample("[0.0]", "[1.0]"),
            sample("[-1.0]", "[1.0]"),
            sample("[0.5]", "[1.0]"),
            sample("[1.0, 1.0]", "[1.0, -2.0]"),
            sample("[1.0, 1.0]", "[0.0, 0]"),
            sample("[1.0]", "[null]"),
            sample("[1.0]", "[NaN]"),
            sample("[1.0]", "[1e999]"),
            sample("[1.0]", r#"["1"]"#),
            sample("1", "[1.0]"),
        ]
        .join("\n"),
        @r#"
        benchmark.json: EOF while parsing a value at line 1 column 0
        benchmark.json: invalid length 0, expected criterion's benchmark.json at line 1 column 2
        benchmark.json: `full_id`: invalid type: integer `3`, expected a string at line 1 column 12
        benchmark.json: `full_id` is empty
        sample.json: EOF while parsing a value at line 1 column 0
        sample.json: expected value at line 1 column 1
        sample.json: `iters` has 1 entries and `times` has 2
        sample.json: `times` is empty
        sample.json: `iters[0]` is 0, which is no number of iterations
        sample.json: `iters[0]` is -1, which is no number of iterations
        sample.json: `iters[0]` is 0.5, which is no number of iterations
        sample.json: `times[1]` is -2, which is no duration
        sample.json: every entry of `times` is 0: the clock cannot see what is measured; was it optimised away?
        sample.json: `times[0]`: invalid type: null, expected f64 at line 1 column 28
        sample.json: `times[0]`: expected value at line 1 column 25
        sample.json: `times[0]`: number out of range at line 1 column 29
        sample.json: `times[0]`: invalid type: string "1", expected f64 at line 1 column 27
        sample.json: `iters`: invalid type: integer `1`, expected a sequence at line 1 column 10
        "#
    );
}

#[test]
fn a_result_without_its_id_is_an_error() {
    let directory = tree(BENCHMARK, SAMPLE);
    std::fs::remove_file(directory.path().join("x/new/benchmark.json")).unwrap();
    let error = read_tree(directory.path(), None).unwrap_err();
    assert!(error.path.ends_with("benchmark.json"), "{error}");
}

#[test]
fn files_cut_at_any_byte_are_errors() {
    for end in 0..SAMPLE.len() {
        assert!(parse_sample(&SAMPLE.as_bytes()[..end]).is_err(), "{end}");
    }
    for end in 0..BENCHMARK.len() {
        assert!(parse_id(&BENCHMARK.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn hostile_trees_end_in_an_error() {
    let deep = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(deep.path().join("d/".repeat(60))).unwrap();
    let error = read_tree(deep.path(), None).unwrap_err();
    assert!(error.problem.contains("directories deep"), "{error}");
    let nested = "[".repeat(1_000_000);
    assert!(parse_sample(nested.as_bytes()).is_err());
    assert!(parse_id(nested.as_bytes()).is_err());
    let huge = format!(r#"{{"full_id":"{}"}}"#, "x".repeat(2_000_000));
    assert_eq!(parse_id(huge.as_bytes()).unwrap().len(), 2_000_000);
}

#[test]
fn batches_follow_the_length_of_an_iteration() {
    let batches = |iteration| batches(Duration::from_millis(200), iteration);
    assert_eq!(batches(None), 10);
    assert_eq!(batches(Some(Duration::ZERO)), 50);
    assert_eq!(batches(Some(Duration::from_nanos(3))), 50);
    assert_eq!(batches(Some(Duration::from_millis(5))), 40);
    assert_eq!(batches(Some(Duration::from_secs(3600))), 10);
    assert_eq!(batches(Some(Duration::MAX)), 10);
}

fn unit(name: &str) -> Unit {
    Unit {
        filter: name.to_owned(),
        benchmarks: vec![name.to_owned()],
    }
}

fn run(script: &str, name: &str) -> Result<UnitMeasured, CollectError> {
    let fake = Fake::new(script);
    let scratch = fake.path().join("scratch");
    let result = measure(
        &fake.built,
        &unit(name),
        None,
        &scratch,
        LIMIT,
        &Interrupt::default(),
    );
    assert_eq!(
        std::fs::read_dir(&scratch).unwrap().count(),
        0,
        "cleaned up"
    );
    result
}

fn failure(result: Result<impl std::fmt::Debug, CollectError>) -> (FailureKind, String) {
    match result.unwrap_err() {
        CollectError::Failed { kind, detail } => (kind, detail),
        CollectError::Interrupted => panic!("interrupted"),
    }
}

/// Writes a result for the last argument, in the directory of each of `$1..`.
fn writes(directories: &str) -> String {
    format!(
        r#"
        for last; do :; done
        for d in {directories}; do
            mkdir -p "$CRITERION_HOME/$d/new"
            printf '{{"full_id":"%s"}}' "$last" > "$CRITERION_HOME/$d/new/benchmark.json"
            printf '{SAMPLE}' > "$CRITERION_HOME/$d/new/sample.json"
        done"#
    )
}

#[test]
fn one_benchmark_is_measured_in_a_private_directory() {
    let measured = run(&writes("x"), "-odd name").unwrap();
    let [(name, metrics)] = &measured[..] else {
        panic!("{measured:?}");
    };
    assert_eq!(name, "-odd name");
    let [(metric, Evidence::Samples(samples))] = &metrics[..] else {
        panic!("{metrics:?}");
    };
    assert_eq!(*metric, Metric::time());
    assert_eq!(samples.values, [2.0, 3.0]);
    assert_eq!(samples.iterations, [2.0, 2.0]);
}

#[test]
fn arguments_ask_for_this_benchmark_alone() {
    let script = r#"printf '%s\n' "$@" "$PWD" "$CARGO_PKG_NAME" >&2; exit 3"#;
    let (kind, detail) = failure(run(script, "a b"));
    assert_eq!(kind, FailureKind::Crashed);
    let tail: Vec<&str> = detail.lines().rev().take(6).collect();
    assert_eq!(tail[0], "fake");
    assert_eq!(tail[2..5], ["a b", "--", "--exact"]);
}

#[test]
fn two_that_alternate_are_measured_by_one_process_and_both_must_be_there() {
    let both = |ids: &str| {
        let fake = Fake::new(&format!(
            r#"
            printf '%s\n' "$@" > "$PWD/arguments"
            for id in {ids}; do
                mkdir -p "$CRITERION_HOME/$id/new"
                printf '{{"full_id":"%s"}}' "$id" > "$CRITERION_HOME/$id/new/benchmark.json"
                printf '{SAMPLE}' > "$CRITERION_HOME/$id/new/sample.json"
            done"#
        ));
        let unit = Unit {
            filter: "a.on and a.off".to_owned(),
            benchmarks: vec!["a.on".to_owned(), "a.off".to_owned()],
        };
        let scratch = fake.path().join("scratch");
        let measured = measure(
            &fake.built,
            &unit,
            None,
            &scratch,
            LIMIT,
            &Interrupt::default(),
        );
        let arguments = std::fs::read_to_string(fake.path().join("arguments")).unwrap();
        (measured, arguments)
    };
    let (measured, arguments) = both("a.off a.on");
    let measured = measured.unwrap();
    let names: Vec<&str> = measured.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a.on", "a.off"]);
    assert!(
        arguments.ends_with("\n--\n^(?:a\\.on|a\\.off)$\n"),
        "{arguments}"
    );
    assert!(!arguments.contains("--exact"), "{arguments}");
    let (kind, detail) = failure(both("a.on").0);
    assert_eq!(kind, FailureKind::Silent);
    assert!(detail.contains("wrote no result"), "{detail}");
}

#[test]
fn results_elsewhere_are_silence_and_doubles_are_unreadable() {
    let (kind, detail) = failure(run("exit 0", "x"));
    assert_eq!(kind, FailureKind::Silent);
    assert!(detail.contains("output_directory"), "{detail}");
    let (kind, detail) = failure(run(&writes("x x_2"), "x"));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("different names"), "{detail}");
}

#[test]
fn a_custom_measurement_is_not_taken_for_time() {
    let script = format!(
        "{}\necho 'x   time:   [1 cycles 2 cycles 3 cycles]'",
        writes("x")
    );
    let (kind, detail) = failure(run(&script, "x"));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("`cycles`"), "{detail}");
}

#[test]
fn a_broken_file_names_itself() {
    let script = r#"mkdir -p "$CRITERION_HOME/x/new"; cd "$CRITERION_HOME/x/new"; echo '{"full_id":"x"}' > benchmark.json; echo '{' > sample.json"#;
    let (kind, detail) = failure(run(script, "x"));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("sample.json: "), "{detail}");
}

fn listed(script: &str) -> Result<Vec<String>, CollectError> {
    let fake = Fake::new(script);
    list(
        &fake.built,
        &fake.path().join("scratch"),
        LIMIT,
        &Interrupt::default(),
    )
    .map(|units| units.into_iter().map(|unit| unit.filter).collect())
}

#[test]
fn noise_and_doubles_are_taken_out_of_the_list() {
    let script = r#"
        echo loading
        case "$*" in
            *--ignored*) ;;
            *"--exact -- real #2") echo 'real #2: benchmark' ;;
            *--exact*) ;;
            *) printf 'real: benchmark\nreal #2: benchmark\ntwice: benchmark\ntwice #2: benchmark\nnew\nline: benchmark\n' ;;
        esac"#;
    assert_eq!(
        listed(script).unwrap(),
        ["real", "real #2", "twice", "new\nline"]
    );
}

#[test]
fn a_long_name_that_cannot_be_found_stays_cut() {
    let cut = format!("{}...", long("")[..100].to_owned());
    let script = format!(r#"case "$*" in *--list*) echo '{cut}: benchmark' ;; *) exit 1 ;; esac"#);
    assert_eq!(listed(&script).unwrap(), std::slice::from_ref(&cut));
    let (kind, detail) = failure(run("exit 0", &cut));
    assert_eq!(kind, FailureKind::Silent);
    assert!(detail.contains("more than 100 bytes"), "{detail}");
}

#[test]
fn an_executable_that_is_no_criterion_bench_says_so() {
    let (kind, detail) = failure(listed(
        "echo \"error: unexpected argument '--format' found\" >&2; exit 2",
    ));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("is `tool` of this suite right"), "{detail}");
    let (kind, _) = failure(listed("echo hello"));
    assert_eq!(kind, FailureKind::Unreadable);
    let mut fake = Fake::new("exit 0");
    fake.built.harness = true;
    let (kind, detail) = failure(list(&fake.built, fake.path(), LIMIT, &Interrupt::default()));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("harness = false"), "{detail}");
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_id(&bytes);
        let _ = parse_sample(&bytes);
    }

    #[test]
    fn samples_come_back(
        pairs in proptest::collection::vec((1_u32..1_000_000, 1e-3_f64..1e12), 1..60)
    ) {
        let iters: Vec<f64> = pairs.iter().map(|(n, _)| f64::from(*n)).collect();
        let times: Vec<f64> = pairs.iter().map(|(_, time)| *time).collect();
        let text = serde_json::json!({"sampling_mode": "Linear", "iters": iters, "times": times});
        let samples = parse_sample(text.to_string().as_bytes()).unwrap();
        let expected: Vec<f64> = times.iter().zip(&iters).map(|(time, n)| time / n).collect();
        prop_assert_eq!(samples.values, expected);
        prop_assert_eq!(samples.iterations, iters);
    }
}

#[test]
fn what_killed_invocations_left_is_removed_after_a_day() {
    let root = tempfile::tempdir().unwrap();
    let kept = Scratch::new(root.path()).unwrap();
    let (_, left) = Scratch::new(root.path())
        .map(|scratch| (scratch.home.clone(), scratch.directory.keep()))
        .unwrap();
    // Names like ours, and not ours: a group of benchmarks, another program's file, a link.
    std::fs::create_dir_all(root.path().join("criterion-parser/a/new")).unwrap();
    std::fs::create_dir_all(root.path().join("criterion-long-name/a/b/c")).unwrap();
    std::fs::write(root.path().join("criterion-abcdef"), "").unwrap();
    std::os::unix::fs::symlink(kept.directory.path(), root.path().join("criterion-linked"))
        .unwrap();
    let names = || {
        let entries = std::fs::read_dir(root.path()).unwrap();
        entries.count()
    };
    let now = SystemTime::now();
    clear_up(root.path(), now);
    clear_up(root.path(), SystemTime::UNIX_EPOCH);
    assert_eq!(names(), 6);
    let kept = kept.directory;
    let tomorrow = now + LEFT_OVER + Duration::from_secs(60);
    clear_up(root.path(), tomorrow);
    assert!(!left.exists() && !kept.path().exists());
    assert_eq!(names(), 4);
    clear_up(&root.path().join("nowhere"), tomorrow);
}
