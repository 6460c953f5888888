//! Judging: from recorded observations to the report. divan, with allocations.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench that cannot prepare its input must stop"
)]

mod synthetic;

use divan::{AllocProfiler, Bencher, black_box};
use std::io::Write;
use tollgate::budget::Budgets;
use tollgate::measurement::{Run, read_run};
use tollgate::publish::Commit;
use tollgate::publish::post::{Context, post, step_summary, workflow_commands};
use tollgate::report::{Meta, Report, json};
use tollgate::verdict::{Gate, GateInput, VerdictKind, open_pairs, run_gate};

/// Budgets for [`paired_run`].
const BUDGETS: &str = "version = 1\n[[suite]]\nname = \"synthetic\"\ntool = \"command\"\ncommand = [\"true\"]\n\
                           [[budget]]\nbench = \"synthetic/*\"\nslower = \"5%\"\nmax = \"1 ms\"\n";

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn budgets() -> Budgets {
    Budgets::parse("budgets.toml", BUDGETS).expect("valid budgets")
}

fn judge(run: &Run, budgets: &Budgets) -> Gate {
    run_gate(GateInput {
        run,
        budgets,
        baselines: &[],
        config_hash: "",
        calibration: None,
    })
}

/// The whole way of a recorded run: read the file, parse, judge, write the JSON report. 40 observations a side.
#[divan::bench(args = [1000, 10_000])]
fn file_to_json_report(bencher: Bencher<'_, '_>, benchmarks: usize) {
    let budgets = budgets();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&synthetic::run_file(&synthetic::paired_run(benchmarks, 40)))
        .expect("room for the file");
    bencher.bench_local(|| {
        let bytes = std::fs::read(file.path()).expect("the file is there");
        let run = read_run("run.json", &bytes).expect("the file is valid");
        drop(bytes);
        let gate = judge(&run, &budgets);
        let report = Report::build(&run, &budgets, &gate, &Meta::default());
        json(&report).expect("a report is JSON").len()
    });
}

/// The same at ten times the size: needs 2 GB, and is run by hand (`cargo bench --bench judge -- --ignored`).
#[divan::bench(ignore, sample_count = 1)]
fn file_to_json_report_of_100_000(bencher: Bencher<'_, '_>) {
    file_to_json_report(bencher, 100_000);
}

/// Everything that a pull request is told of ten thousand benchmarks: comment, check run with annotations, step summary, log
/// commands. A twentieth is red, a tenth undecided with something to say, a seventh has a long name.
#[divan::bench]
fn words_of_ten_thousand(bencher: Bencher<'_, '_>) {
    let budgets = budgets();
    let run = synthetic::paired_run(10_000, 8);
    let gate = judge(&run, &budgets);
    let mut report = Report::build(&run, &budgets, &gate, &Meta::default());
    drop((run, gate));
    for (at, row) in report.rows.iter_mut().enumerate() {
        row.verdict = match at % 20 {
            0 => VerdictKind::Regressed,
            1 | 2 => VerdictKind::Inconclusive,
            3 => VerdictKind::Improved,
            _ => VerdictKind::Unchanged,
        };
        if row.verdict == VerdictKind::Inconclusive {
            row.notes = vec![format!("too noisy for this tolerance in case {at}")];
        }
        if at % 7 == 0 {
            row.benchmark
                .name
                .push_str(&"/a-part-of-a-long-name".repeat(8));
        }
    }
    let context = Context {
        run_url: Some("https://github.com/octo-org/octo-repo/actions/runs/7".to_owned()),
        head: Commit::new(&"a".repeat(40)),
        ..Context::default()
    };
    bencher.bench_local(|| {
        let report = black_box(&report);
        let post = post(report, &context);
        let summary = step_summary(report, &context);
        let commands = workflow_commands(report, "");
        post.comment.len() + post.check.summary.len() + summary.len() + commands.len()
    });
}

/// Judging alone: pairs, exact intervals, Holm, verdicts.
#[divan::bench]
fn thousand_benchmarks(bencher: Bencher<'_, '_>) {
    let budgets = budgets();
    let run = synthetic::paired_run(1000, 40);
    bencher.bench_local(|| judge(black_box(&run), &budgets).checks.len());
}

/// What is still undecided: asked at every look of a run.
#[divan::bench]
fn open_of_thousand_benchmarks(bencher: Bencher<'_, '_>) {
    let budgets = budgets();
    let run = synthetic::paired_run(1000, 40);
    bencher.bench_local(|| {
        open_pairs(GateInput {
            run: black_box(&run),
            budgets: &budgets,
            baselines: &[],
            config_hash: "",
            calibration: None,
        })
        .len()
    });
}

/// Validating a budgets file of a hundred budgets.
#[divan::bench]
fn hundred_budgets(bencher: Bencher<'_, '_>) {
    let mut text = BUDGETS.to_owned();
    for index in 0..100 {
        text.push_str(&format!(
            "[[budget]]\nbench = \"synthetic/group_{index}/*\"\nslower = \"3%\"\nmax = \"250 us\"\n"
        ));
    }
    bencher
        .bench_local(|| Budgets::parse("budgets.toml", black_box(&text)).expect("valid budgets"));
}
