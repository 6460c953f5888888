use super::*;

/// These results are the frozen part of the kernels: if one changes, [`KERNELS_VERSION`] must be raised.
#[test]
fn the_work_of_version_1_has_these_results() {
    assert_eq!(KERNELS_VERSION, 1);
    let text = work::random_text(64 * 1024);
    let lines = work::chain(4096);
    let mut blocks: Vec<_> = (0..64).map(|_| None).collect();
    let allocated = work::allocate(&mut blocks, work::SEED, 1000);
    let sizes: Vec<usize> = blocks.iter().flatten().map(work::Block::size).collect();
    insta::assert_snapshot!(
        [
            format!("alu {:016x}", work::alu_chain(work::SEED, 200_000)),
            format!("branch {:016x}", work::parse(&text)),
            format!("chase {}", work::chase(&lines, 0, 1000)),
            format!("alloc {allocated:016x}, holds {}", sizes.iter().sum::<usize>()),
            format!("json {:?}", json::round_trip(json::DOCUMENT).map(|text| text.len())),
        ]
        .join("\n"),
        @r"
    alu e69cd07a6f2d17be
    branch 3760a49d5048f497
    chase 776
    alloc 56b663219f6e38f5, holds 30449
    json Some(973)
    "
    );
}

#[test]
fn a_chain_visits_every_line_once() {
    let lines = work::chain(4096);
    let mut seen = vec![false; lines.len()];
    let mut at = 0;
    for _ in 0..lines.len() {
        at = work::chase(&lines, at, 1);
        assert!(!std::mem::replace(&mut seen[at as usize], true));
    }
    assert_eq!(at, 0);
}

#[test]
fn the_json_of_the_kernel_is_the_json_of_others() {
    let ours = json::round_trip(json::DOCUMENT).unwrap();
    let as_others_read = |text: &str| {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        make_numbers_floats(&mut value);
        value
    };
    assert_eq!(as_others_read(&ours), as_others_read(json::DOCUMENT));
    for broken in [
        "", "{", "[1", "{\"a\"1}", "\"a", "\"\\u00", "nul", "{1:2}", "x",
    ] {
        assert_eq!(json::round_trip(broken), None, "{broken}");
    }
}

/// Ours knows no integers.
fn make_numbers_floats(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Number(number) => *value = number.as_f64().into(),
        serde_json::Value::Array(values) => values.iter_mut().for_each(make_numbers_floats),
        serde_json::Value::Object(map) => map.values_mut().for_each(make_numbers_floats),
        _ => {}
    }
}

#[test]
fn the_slowest_and_fastest_batches_do_not_count() {
    // Only that the batches run: times are not asserted.
    let mut calls = 0;
    let time = time_batches(20, 3, |operations| {
        assert_eq!(operations, 3);
        calls += 1;
    });
    assert_eq!(calls, 21);
    assert!(time.is_finite() && time >= 0.0);
}

#[test]
fn every_kernel_takes_time() {
    for kernel in KERNELS {
        let time = (kernel.measure)();
        assert!(time.is_finite() && time > 0.0, "{} {time}", kernel.name);
    }
}

fn values() -> Vec<(&'static str, f64)> {
    KERNELS
        .iter()
        .enumerate()
        .map(|(index, kernel)| (kernel.name, 1.0 / 3.0 + index as f64))
        .collect()
}

fn line(values: &[(&str, f64)]) -> String {
    let mut out = Vec::new();
    write_line(values, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_the_child_writes_the_parent_reads_bit_for_bit() {
    let text = line(&values());
    assert_eq!(text.lines().count(), 1);
    let read = parse_line(text.as_bytes(), &[]).unwrap();
    let expected: BTreeMap<String, f64> = values()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    assert_eq!(read, expected);
}

#[test]
fn a_line_that_is_not_whole_and_sound_is_refused_by_name() {
    let good = line(&values());
    let with = |from: &str, to: &str| {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from}");
        parse_line(changed.as_bytes(), &[]).unwrap_err()
    };
    let mut not_finite = values();
    not_finite[0].1 = f64::NAN;
    let first = "0.3333333333333333";
    insta::assert_snapshot!(
        [
            with("\"kernels_version\":1", "\"kernels_version\":2"),
            with("\"kernels_version\":1", "\"kernels\":1"),
            with("\"alu\"", "\"ula\""),
            with(&format!("\"alu\":{first},"), ""),
            with(first, "-1"),
            with(first, "0"),
            with(first, "\"fast\""),
            with(first, "1e999"),
            parse_line(line(&not_finite).as_bytes(), &[]).unwrap_err(),
            parse_line(&good.as_bytes()[..40], &[]).unwrap_err(),
            parse_line(b"[]", &[]).unwrap_err(),
            parse_line(b"running 3 tests\n\x1b[31mok\n", &[]).unwrap_err(),
            parse_line(b"\xff\xfe", &[]).unwrap_err(),
        ]
        .join("\n"),
        @r#"
    field `kernels_version` is 2 instead of 1: the executable was built with another tollgate, build it again
    field `kernels_version` is nothing instead of 1: the executable was built with another tollgate, build it again
    unknown kernel "ula"
    kernel `alu` is missing
    kernel `alu` took -1 ns, which is no time
    kernel `alu` took 0 ns, which is no time
    kernel `alu` took "fast" ns, which is no time
    expected one line of JSON (number out of range at line 1 column 39), got: {"alloc":3.3333333333333335,"alu":1e999,"branch":1.3333333333333333,"dram-chase":8.333333333333334,"json":5.333333333333333,"kernels_version":1,"l2-chase":2.3333333333333335,"memcpy":7.333333333333333,"syscall":4.333333333333333,"wake":6.33…
    kernel `alu` took null ns, which is no time
    expected one line of JSON (EOF while parsing an object at line 1 column 40), got: {"alloc":3.3333333333333335,"alu":0.3333
    expected one line of JSON (invalid type: sequence, expected a map at line 1 column 0), got: []
    expected one line of JSON (expected value at line 1 column 1), got: ok
    expected one line of JSON (expected value at line 1 column 1), got: ��
    "#
    );
    assert!(parse_line(b"", &[]).is_err());
    let nested = "[".repeat(100_000);
    assert!(parse_line(nested.as_bytes(), &[]).is_err());
}

fn measure_script(script: &str) -> Result<BTreeMap<String, f64>, CollectError> {
    measure_program(
        Path::new("/bin/sh"),
        &["-c", script],
        &[],
        &Interrupt::default(),
    )
}

#[test]
fn a_child_that_prints_the_line_is_read() {
    let read = measure_script(&format!("echo '{}'", line(&values()).trim())).unwrap();
    assert_eq!(read.len(), KERNELS.len());
}

#[test]
fn the_canary_is_some_of_the_kernels_and_only_they_are_asked_for() {
    assert!(
        CANARY
            .iter()
            .all(|name| KERNELS.iter().any(|kernel| kernel.name == *name))
    );
    let some: Vec<(&str, f64)> = values()
        .into_iter()
        .filter(|(name, _)| CANARY.contains(name))
        .collect();
    let read = parse_line(line(&some).as_bytes(), &CANARY).unwrap();
    assert_eq!(read.len(), CANARY.len());
    assert!(parse_line(line(&some).as_bytes(), &[]).is_err());
}

#[test]
fn a_child_that_fails_is_a_failure_of_its_kind() {
    let failure = |script| match measure_script(script).unwrap_err() {
        CollectError::Failed { kind, detail } => (kind, detail),
        CollectError::Interrupted => panic!("interrupted"),
    };
    let (kind, detail) = failure("echo broken >&2; exit 101");
    assert_eq!(kind, FailureKind::Crashed);
    assert_eq!(
        detail,
        "reference kernels (/bin/sh): exit status 101; last lines of stderr:\nbroken"
    );
    assert_eq!(failure("echo; true").0, FailureKind::Silent);
    assert_eq!(failure("echo hello").0, FailureKind::Unreadable);
    let missing = measure(Path::new("/no/such/tollgate"), &[], &Interrupt::default());
    assert!(matches!(
        missing.unwrap_err(),
        CollectError::Failed {
            kind: FailureKind::NotStarted,
            ..
        }
    ));
}
