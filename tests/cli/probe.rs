//! Commands that leave the record of a probe.

use crate::project::{Project, shell_suite};

const RECORD: &str = r#"{"format":"tollgate-probe","version":1,
"process":{"id":"93c1a0f2be77d410","pid":4711,"started_unix_ms":1795000000000},
"unix_ms":1795000001500,"uptime_s":1.5,"families":[
{"name":"query_seconds","help":"","kind":"histogram","unit":"seconds","labels":["table"],"series":[
{"labels":["users|`x`"],"scale":0.001,"sum":"90","buckets":[[10,1],[20,1],[60,1]]},
{"labels":["users|`x`"],"outcome":"failed","scale":0.001,"sum":"5","buckets":[[5,1]]}]},
{"name":"rows_total","help":"","kind":"counter","unit":"none","labels":[],"series":[{"labels":[],"count":12000}]}]}
"#;

const P95: &str = "'query_seconds{table=\"users|`x`\"}/p95'";

fn project(record: &str, budgets: &[(&str, &str)]) -> Project {
    let script = "cp record.json \"$TOLLGATE_PROBE_RECORD\"";
    let mut text = shell_suite("s", script);
    for (metric, limit) in budgets {
        text.push_str(&format!(
            "[[budget]]\nbench = \"s/run\"\nmetric = {metric}\n{limit}\n"
        ));
    }
    Project::with_budgets(&text).file("record.json", record)
}

#[test]
fn series_of_a_probe_are_metrics_that_a_budget_can_name() {
    let project = project(
        RECORD,
        &[
            (P95, "max = \"70 ms\""),
            ("\"rows_total/count\"", "max = 20_000"),
        ],
    );
    project
        .tollgate(&["check"])
        .expect(0)
        .says("PASS")
        .says("2 enforced");
    let run = std::fs::read(project.run_file()).unwrap();
    let run: serde_json::Value = serde_json::from_slice(&run).unwrap();
    let series = run["benchmarks"][0]["series"].as_array().unwrap();
    let p95 = series
        .iter()
        .find(|series| series["metric"] == "query_seconds{table=\"users|`x`\"}/p95")
        .unwrap();
    assert_eq!(p95["unit"], "ns");
    let observations = p95["observations"].as_array().unwrap();
    assert!(observations.len() >= 5);
    assert!(observations.iter().all(|one| one["value"] == 60_000_000.0));
}

#[test]
fn a_series_over_its_ceiling_is_exit_code_one() {
    project(RECORD, &[(P95, "max = \"50 ms\"")])
        .tollgate(&["check"])
        .expect(1)
        .says("over-budget")
        .says("s/run [query_seconds{")
        .says("60.00 ms");
}

#[test]
fn a_series_that_nobody_recorded_is_not_passed() {
    project(
        RECORD,
        &[("\"query_seconds{table=\\\"rows\\\"}/p95\"", "max = \"1 s\"")],
    )
    .tollgate(&["check"])
    .expect(4)
    .says("query_seconds{table=");
}

#[test]
fn a_record_that_cannot_be_read_fails_the_benchmark_and_says_what_to_do() {
    project(
        &RECORD.replace("\"version\":1", "\"version\":2"),
        &[(P95, "max = \"1 s\"")],
    )
    .tollgate(&["check"])
    .expect(4)
    .says("install a newer tollgate");
}
