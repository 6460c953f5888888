//! Histograms of Run files, read by decoders that are not ours: those of Python (PyPI, `.ci/github/install`) and Java (Debian's
//! `libhdrhistogram-java`). Where one is missing its test says so, and fails with `TOLLGATE_REQUIRE_TOOLS=1`.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests start processes, and say what they left out"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tollgate::measurement::{Distribution, HIGHEST, Histogram};

const JAR: &str = "/usr/share/java/hdrhistogram.jar";

fn required() -> bool {
    std::env::var_os("TOLLGATE_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

fn left_out(what: &str) {
    assert!(
        !required(),
        "{what}, and TOLLGATE_REQUIRE_TOOLS=1 asks for it"
    );
    eprintln!("NOT TESTED: {what}");
}

/// Times as they are, and at every end of what a histogram holds.
fn histograms() -> Vec<Histogram> {
    let mut all = Vec::new();
    let mut one = Histogram::new();
    one.record(1);
    all.push(one);
    let mut ends = Histogram::new();
    for value in [0, 1, 2_047, 2_048, 2_049, HIGHEST - 1, HIGHEST, u64::MAX] {
        ends.record(value);
    }
    all.push(ends);
    let mut many = Histogram::new();
    let mut state = 42_u64;
    for _ in 0..20_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // 100 us to some 400 ms, denser at the short end.
        let share = (state >> 40) as f64 / (1_u64 << 24) as f64;
        many.record((100_000.0 * (8.3 * share * share).exp()) as u64);
    }
    all.push(many);
    let mut large = Histogram::new();
    large.record_n(1_000_000, 3_000_000_000);
    large.record_n(5_000_000, 1_000_000_000);
    all.push(large);
    all
}

/// What a decoder must print.
fn expected(histogram: &Histogram) -> String {
    let mut line = format!("{} {}", histogram.len(), histogram.max().unwrap());
    for share in [0.25, 0.5, 0.75, 1.0] {
        write!(line, " {}", histogram.quantile(share).unwrap()).unwrap();
    }
    for (value, count) in histogram.buckets() {
        write!(line, " {value}:{count}").unwrap();
    }
    line
}

fn agrees(mut decoder: Command) {
    let histograms = histograms();
    let mut child = decoder
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for histogram in &histograms {
        let packed = Distribution::of(histogram).unwrap().unwrap();
        writeln!(input, "{}", packed.as_base64()).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), histograms.len());
    for (line, histogram) in lines.iter().zip(&histograms) {
        assert_eq!(*line, expected(histogram));
    }
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/histograms")
        .join(file)
}

#[test]
fn the_decoder_of_python_reads_our_histograms() {
    let tools = std::env::var_os("TOLLGATE_GITHUB_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/github-tools"),
        PathBuf::from,
    );
    let python = tools.join("python/bin/python");
    let has = Command::new(&python)
        .args(["-c", "import hdrh.histogram"])
        .stderr(Stdio::null())
        .status();
    if !has.is_ok_and(|status| status.success()) {
        left_out("there is no `hdrhistogram` for Python (.ci/github/install)");
        return;
    }
    let mut decoder = Command::new(python);
    decoder.arg(here("decode.py"));
    agrees(decoder);
}

#[test]
fn the_decoder_of_java_reads_our_histograms() {
    let has = Command::new("javac").arg("-version").output();
    if !Path::new(JAR).exists() || !has.is_ok_and(|output| output.status.success()) {
        left_out(
            "there is no JDK, or no HdrHistogram for Java (apt-get install default-jdk-headless libhdrhistogram-java)",
        );
        return;
    }
    let mut decoder = Command::new("java");
    decoder.args(["-cp", JAR]).arg(here("Decode.java"));
    agrees(decoder);
}
