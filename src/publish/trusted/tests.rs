//! What a liar writes into a run, and what comes of it at the gate.

use super::*;
use crate::budget::Budgets;
use crate::report::{Meta, Report, markdown};
use crate::verdict::{ExitCode, Gate, GateInput, VerdictKind, run_gate};
use serde_json::{Value, json};

const BUDGETS: &str = "version = 1\n\
    [[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n\
    [[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n";

const NOW: &str = "2026-11-21T13:00:00Z";

/// Pairs around 1 µs whose candidate takes `factor` times the base.
fn benchmark(name: &str, factor: f64) -> Value {
    let mut observations = Vec::new();
    for round in 0..40_u32 {
        let base = 1000.0 + f64::from(round * 37 % 41) / 41.0;
        let candidate = factor * (1000.0 + f64::from(round * 29 % 43) / 43.0);
        observations.push(json!({"side": "base", "invocation": round, "value": base}));
        observations.push(json!({"side": "candidate", "invocation": round, "value": candidate}));
    }
    json!({"suite": "s", "name": name, "series": [
        {"metric": "time", "unit": "ns", "better": "lower", "observations": observations}]})
}

/// A run with one benchmark that is far too slow and one that is not.
fn honest() -> Value {
    json!({
        "format": "tollgate-run", "version": 1,
        "header": {
            "started": "2026-11-21T12:00:00Z", "tool": "tollgate 0.1.0", "seed": "42",
            "candidate": {"commit": "a".repeat(40), "dirty": false},
            "base": {"commit": "b".repeat(40), "dirty": false},
            "budgets": {"file": "budgets.toml of the base", "text": BUDGETS},
        },
        "suites": [{"name": "s", "tool": "divan", "listed": ["slow", "steady"], "base": "measured"}],
        "benchmarks": [benchmark("slow", 1.5), benchmark("steady", 1.0)],
    })
}

fn with(path: &str, value: Value) -> Value {
    let mut run = honest();
    let parent = path.rsplit_once('/').unwrap();
    run.pointer_mut(parent.0).unwrap()[parent.1] = value;
    run
}

fn binding() -> Binding<'static> {
    Binding {
        file: "budgets.toml",
        text: BUDGETS,
    }
}

fn believed(run: &Value) -> Result<Trusted, Refused> {
    believe(run.to_string().as_bytes(), binding(), NOW.parse().unwrap())
}

fn judged_by(run: &Value, text: &str) -> (Gate, Report) {
    let binding = Binding {
        file: "budgets.toml",
        text,
    };
    let trusted = believe(run.to_string().as_bytes(), binding, NOW.parse().unwrap()).unwrap();
    let budgets = Budgets::parse("budgets.toml", text).unwrap();
    let mut gate = run_gate(GateInput {
        run: &trusted.run,
        budgets: &budgets,
        baselines: &[],
        config_hash: "",
        calibration: None,
    });
    gate.findings.extend(trusted.said);
    let report = Report::build(&trusted.run, &budgets, &gate, &Meta::default());
    (gate, report)
}

fn judged(run: &Value) -> Gate {
    judged_by(run, BUDGETS).0
}

fn verdict(gate: &Gate, name: &str) -> Vec<VerdictKind> {
    (gate.checks.iter())
        .filter(|check| check.benchmark.name == name)
        .map(|check| check.verdict)
        .collect()
}

fn messages(gate: &Gate) -> String {
    let lines: Vec<String> = (gate.findings.iter())
        .map(|finding| {
            let notes = finding.notes.join("\n    ");
            format!("{}: {}\n    {notes}", finding.code, finding.message)
        })
        .collect();
    lines.join("\n")
}

#[test]
fn an_honest_run_is_judged_as_its_own_gate_did() {
    let gate = judged(&honest());
    assert_eq!(verdict(&gate, "slow"), [VerdictKind::Regressed]);
    assert_eq!(verdict(&gate, "steady"), [VerdictKind::Unchanged]);
    assert_eq!(gate.exit, ExitCode::Broken);
    let trusted = believed(&honest()).unwrap();
    assert!(trusted.said.is_empty(), "{:?}", trusted.said);
    assert_eq!(trusted.run.header.started, "2026-11-21T12:00:00Z");
    assert_eq!(trusted.run.header.seed, "42");
    assert_eq!(trusted.run.header.candidate_budgets, None);
}

#[test]
fn budgets_in_the_run_bind_nobody() {
    let loose = BUDGETS.replace("5%", "90%");
    for run in [
        with("/header/budgets/text", json!(loose)),
        with(
            "/header/candidate_budgets",
            json!({"file": "budgets.toml", "text": loose}),
        ),
        // Both loosened, so that nothing seems to have changed.
        {
            let mut run = with("/header/budgets/text", json!(loose));
            run["header"]["candidate_budgets"] = json!({"file": "x", "text": loose});
            run
        },
    ] {
        let (gate, report) = judged_by(&run, BUDGETS);
        assert_eq!(gate.exit, ExitCode::Broken);
        let said = messages(&gate);
        assert!(
            said.contains(
                "budgets-changed: budgets.toml was changed; this run is judged by the base's budgets (1 loosened"
            ),
            "{said}"
        );
        assert!(said.contains("slower 5.0% -> 90.0%"), "{said}");
        assert!(markdown(&report).contains("90.0%"));
    }
}

#[test]
fn hostile_budgets_in_the_run_are_said_and_not_fatal() {
    let deep = format!("a = {}", "[".repeat(100_000));
    let many = format!(
        "version = 1\n{}",
        "[[budget]]\nbench = \"*\"\n".repeat(20_000)
    );
    let huge = "#".repeat(3 << 20);
    for (text, expected) in [
        ("", "cannot be read any more"),
        (
            "version = 1\n[[budget]]\nbech = \"*\"\n",
            "cannot be read any more",
        ),
        ("version = 99", "cannot be read any more"),
        (
            "\0\u{202e}::error::@octocat `|` <b> -->",
            "cannot be read any more",
        ),
        (deep.as_str(), "cannot be read any more"),
        (huge.as_str(), "cannot be read any more"),
        (many.as_str(), "was changed"),
    ] {
        let run = with(
            "/header/candidate_budgets",
            json!({"file": "::error::\n@octocat", "text": text}),
        );
        let (gate, report) = judged_by(&run, BUDGETS);
        assert_eq!(gate.exit, ExitCode::Broken);
        let said = messages(&gate);
        assert!(said.contains(expected), "{said}");
        // The name of the file is ours.
        assert!(!markdown(&report).contains("octocat\n"));
        assert!(!said.contains("::error::\n@octocat"), "{said}");
    }
}

#[test]
fn a_run_of_other_purpose_is_refused() {
    for purpose in ["calibrate", "prove", "anchor"] {
        let run = with("/header/purpose", json!(purpose));
        assert!(
            matches!(believed(&run), Err(Refused::NotACheck)),
            "{purpose}"
        );
    }
}

#[test]
fn a_commit_compared_with_itself_is_refused() {
    let run = with("/header/base/commit", json!("a".repeat(40)));
    assert!(matches!(believed(&run), Err(Refused::Itself)));
    // Files that differ make it no other commit.
    let mut dirty = run.clone();
    dirty["header"]["candidate"]["dirty"] = json!(true);
    assert!(matches!(believed(&dirty), Err(Refused::Itself)));
    let nowhere = with("/header/base/commit", json!(""));
    assert!(believed(&nowhere).is_ok());
}

#[test]
fn commits_are_whole_ids_or_empty() {
    for commit in [
        "main",
        "$(curl evil)",
        "abc",
        &"A".repeat(40),
        &"a".repeat(41),
        &"0".repeat(40),
        "](http://evil)",
    ] {
        for path in ["/header/candidate/commit", "/header/base/commit"] {
            let run = with(path, json!(commit));
            assert!(
                matches!(believed(&run), Err(Refused::NoCommit(_))),
                "{commit}"
            );
        }
    }
}

#[test]
fn a_restriction_of_the_run_does_not_restrict_what_is_asked_of_it() {
    // Only what is steady was measured, on purpose.
    let mut run = with("/header/only", json!(["s/steady"]));
    run["benchmarks"] = json!([benchmark("steady", 1.0)]);
    let gate = judged(&run);
    assert_eq!(verdict(&gate, "slow"), [VerdictKind::Missing]);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    let said = messages(&gate);
    assert!(
        said.contains("not-believed: the run was restricted with `--only`"),
        "{said}"
    );
    // A whole suite left out, of which not even a name is in the run.
    let two = format!("{BUDGETS}[[suite]]\nname = \"t\"\ntool = \"divan\"\nbench = \"t\"\n");
    run["suites"] =
        json!([{"name": "s", "tool": "divan", "listed": ["steady"], "base": "measured"}]);
    let (gate, _) = judged_by(&run, &two);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    assert!(messages(&gate).contains("suite `t` produced no benchmark"));
}

#[test]
fn a_run_without_benchmarks_or_suites_is_no_pass() {
    for field in ["benchmarks", "suites"] {
        let mut run = honest();
        run["benchmarks"] = json!([]);
        run[field] = json!([]);
        let gate = judged(&run);
        assert_eq!(gate.exit, ExitCode::NotEnforced, "{field}");
    }
}

#[test]
fn a_run_that_broke_off_is_no_pass() {
    let mut run = with("/header/partial", json!(true));
    run["benchmarks"] = json!([benchmark("steady", 1.0)]);
    let gate = judged(&run);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    assert!(messages(&gate).contains("ended before its plan did"));
}

#[test]
fn an_ended_waiver_is_not_brought_to_life_by_an_old_date() {
    let waived = format!(
        "{BUDGETS}[[waiver]]\nbench = \"s/slow\"\nslower = \"90%\"\nuntil = 2026-11-20\nreason = \"r\"\n"
    );
    for started in [
        "2026-11-19T12:00:00Z",
        "1999-01-01T00:00:00Z",
        "2026-11-21T13:11:00Z",
        "9999-12-30T00:00:00Z",
    ] {
        let run = with("/header/started", json!(started));
        let (gate, _) = judged_by(&run, &waived);
        assert_eq!(
            verdict(&gate, "slow"),
            [VerdictKind::Regressed],
            "{started}"
        );
        assert_eq!(gate.exit, ExitCode::Broken);
        assert!(
            messages(&gate).contains("not-believed: the run says that it was started"),
            "{started}"
        );
    }
    for started in ["2026-11-20T13:00:00Z", "2026-11-21T13:10:00Z"] {
        let trusted = believed(&with("/header/started", json!(started))).unwrap();
        assert_eq!(trusted.run.header.started, started);
        assert!(trusted.said.is_empty());
    }
}

#[test]
fn a_known_metric_cannot_be_turned_around() {
    for (field, value) in [("better", "higher"), ("unit", "count"), ("unit", "bytes")] {
        let mut run = honest();
        run["benchmarks"][0]["series"][0][field] = json!(value);
        assert!(matches!(believed(&run), Err(Refused::TurnedMetric)));
        // A metric of the user's own may have any.
        run["benchmarks"][0]["series"][0]["metric"] = json!("throughput");
        assert!(believed(&run).is_ok());
    }
}

#[test]
fn a_metric_of_a_workload_cannot_be_turned_around() {
    let text = BUDGETS.replace(
        "[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n",
        "[[workload]]\nname = \"s\"\npreset = \"smoke\"\ntarget = { url = \"http://h\" }\nendpoint = [{ name = \"slow\", path = \"/\" }]\n",
    );
    let binding = Binding {
        text: &text,
        ..binding()
    };
    for (metric, unit, better, is_right) in [
        ("throughput", "per-second", "higher", true),
        ("throughput", "per-second", "lower", false),
        ("p95", "ns", "lower", true),
        ("p95", "ns", "higher", false),
        ("p99@30s", "bytes", "lower", false),
        ("leak", "bytes/min", "lower", true),
        ("error-rate", "count", "lower", false),
        ("peak-rss", "bytes", "higher", false),
        ("queue_depth", "count", "higher", true),
    ] {
        let mut run = honest();
        let series = &mut run["benchmarks"][0]["series"][0];
        series["metric"] = json!(metric);
        series["unit"] = json!(unit);
        series["better"] = json!(better);
        let bytes = serde_json::to_vec(&run).unwrap();
        let believed = believe(&bytes, binding, NOW.parse().unwrap());
        assert_eq!(believed.is_ok(), is_right, "{metric} {unit} {better}");
    }
}

#[test]
fn a_suite_that_the_budgets_do_not_know_neither_fails_nor_vanishes() {
    let mut run = honest();
    let mut new = benchmark("fresh", 1.0);
    new["suite"] = json!("new");
    run["benchmarks"] = json!([benchmark("slow", 1.0), benchmark("steady", 1.0), new]);
    run["suites"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "new", "tool": "divan", "listed": ["fresh"],
            "base": {"not-comparable": {"why": "the base has no such bench"}}}));
    let asked = format!("{BUDGETS}[[suite]]\nname = \"new\"\ntool = \"divan\"\nbench = \"n\"\n");
    run["header"]["candidate_budgets"] = json!({"file": "budgets.toml", "text": asked});
    let gate = judged(&run);
    assert_eq!(gate.exit, ExitCode::Pass, "{}", messages(&gate));
    let said = messages(&gate);
    assert!(said.contains("suite `new` is not compared"), "{said}");
    assert!(said.contains("tightened: suite `new` added"), "{said}");
    assert!(
        said.contains("unbudgeted-benchmark: 1 benchmarks have no budget\n    new/fresh"),
        "{said}"
    );
}

#[test]
fn a_suite_that_the_run_hides_is_missed() {
    let mut run = honest();
    run["suites"][0]["name"] = json!("other");
    for benchmark in run["benchmarks"].as_array_mut().unwrap() {
        benchmark["suite"] = json!("other");
    }
    let gone = BUDGETS
        .replace("\"s\"", "\"other\"")
        .replace("s/*", "other/*");
    run["header"]["candidate_budgets"] = json!({"file": "budgets.toml", "text": gone});
    let gate = judged(&run);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    assert!(messages(&gate).contains("suite `s` produced no benchmark"));
}

#[test]
fn seeds_are_numbers_and_texts_have_an_end() {
    let long = "é".repeat(100_000);
    let mut run = honest();
    run["header"]["seed"] = json!("1; rm -rf ~");
    run["header"]["tool"] = json!(long);
    run["environment"] = json!({"cpu": {"name": long, "cores": 2}, "os": long,
        "toolchain": {"rustc": long, "features": vec!["x"; 1000]}});
    run["suites"][0]["layouts_missing"] = json!(long);
    run["failures"] = json!([{"suite": "s", "benchmark": "slow", "side": "candidate", "invocation": 3,
        "kind": "crashed", "detail": long}]);
    let trusted = believed(&run).unwrap().run;
    assert_eq!(trusted.header.seed, "");
    assert_eq!(trusted.environment.cpu.name.unwrap().chars().count(), 201);
    assert_eq!(trusted.environment.os.chars().count(), 201);
    assert_eq!(trusted.environment.toolchain.features.len(), 200);
    assert_eq!(trusted.failures[0].detail.chars().count(), 8_001);
    for seed in ["+1", "-1", " 1", "", "18446744073709551616", "1e3"] {
        let run = with("/header/seed", json!(seed));
        assert_eq!(believed(&run).unwrap().run.header.seed, "", "{seed:?}");
    }
}

#[test]
fn more_histograms_than_are_ever_measured_are_refused_before_one_is_read() {
    // No histograms at all, and enough of what begins like one.
    let text = format!("[{}]", vec![r#""HISTF""#; 10_001].join(","));
    let refused = believe(text.as_bytes(), binding(), NOW.parse().unwrap());
    assert!(
        matches!(
            refused,
            Err(Refused::TooMany {
                what: "histograms",
                found: 10_001,
                ..
            })
        ),
        "another answer"
    );
}

#[test]
fn more_than_is_ever_measured_is_refused() {
    let too_many = |run: &Value| match believed(run) {
        Err(Refused::TooMany { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    let mut run = honest();
    let small = |i: usize| json!({"suite": "s", "name": i.to_string(), "series": []});
    run["benchmarks"] = (0..20_001).map(small).collect();
    assert_eq!(too_many(&run), "benchmarks");
    let names: Vec<String> = (0..20_001).map(|i| i.to_string()).collect();
    assert_eq!(
        too_many(&with("/suites/0/listed", json!(names))),
        "listed benchmarks"
    );
    let name = "x".repeat(1025);
    assert_eq!(
        too_many(&with("/suites/0/listed", json!([name]))),
        "bytes in a name"
    );
    let mut long = honest();
    long["benchmarks"][0]["name"] = json!(name);
    assert_eq!(too_many(&long), "bytes in a name");
    let mut rounds = honest();
    rounds["benchmarks"][0]["series"][0]["observations"] =
        json!([{"invocation": u32::MAX, "value": 1.0}]);
    assert_eq!(too_many(&rounds), "rounds");
    let observations: Vec<Value> = (0..20_001).map(|_| json!({"value": 1.0})).collect();
    rounds["benchmarks"][0]["series"][0]["observations"] = json!(observations);
    assert_eq!(too_many(&rounds), "observations of a metric");
    let series: Vec<Value> = (0..65)
        .map(|i| json!({"metric": format!("m{i}"), "unit": "x", "better": "lower", "observations": []}))
        .collect();
    let mut metrics = honest();
    metrics["benchmarks"][0]["series"] = json!(series);
    assert_eq!(too_many(&metrics), "metrics of a benchmark");
    let suites: Vec<Value> = (0..1_001)
        .map(|i| json!({"name": format!("s{i}"), "tool": "divan"}))
        .collect();
    let mut many = honest();
    many["benchmarks"] = json!([]);
    many["suites"] = json!(suites);
    assert_eq!(too_many(&many), "suites");
    // Fields without names are a list: 180 MB of such suites would take 5 GB of memory.
    let list = r#"["s","t"],"#;
    for (text, found) in [("{", "objects"), (list, "lists")] {
        let text = text.repeat(5_000_000);
        match believe(text.as_bytes(), binding(), NOW.parse().unwrap()) {
            Err(Refused::TooMany { what, .. }) => assert_eq!(what, found),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_no_run_is_refused_in_our_own_words() {
    let hostile =
        r#"{"format": "tollgate-run", "version": 1, "header": {"started": "::error::@octocat"}}"#;
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "\u{0}",
        hostile,
        r#"{"format": "tollgate-run", "version": 2}"#,
        &"[".repeat(100_000),
        &honest().to_string()[..500],
        &honest().to_string().replace("1000.0", "NaN"),
        &honest().to_string().replace("1000.0", "1e999"),
        &honest().to_string().replace("1000.0", "-1000.0"),
        &honest().to_string().replace("1000.0", "Infinity"),
    ] {
        let error = believe(text.as_bytes(), binding(), NOW.parse().unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the artifact holds no run that this version of tollgate reads",
            "{text:.60}"
        );
        // What it quotes is one line, for logs.
        let detail = std::error::Error::source(&error).unwrap().to_string();
        assert!(!detail.contains('\n'), "{detail}");
    }
}
