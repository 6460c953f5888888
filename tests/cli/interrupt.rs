use crate::project::{Project, shell_suite};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

#[test]
fn ctrl_c_keeps_what_was_measured_and_marks_the_run_partial() {
    // The tenth invocation would sleep for ever; we interrupt once the marker says that it was reached.
    let line = "n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n; \
                if [ $n -ge 9 ]; then echo reached >&2; touch reached; sleep 1000; fi";
    let suite = shell_suite("s", line).replace("invocations = 5", "invocations = 20");
    let project = Project::with_budgets(&format!(
        "{suite}[[budget]]\nbench = \"s/*\"\nmax = \"1 min\"\n"
    ));
    let mut child = project
        .command(&["check"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    progress.read_line(&mut first).unwrap();
    assert!(first.contains("measuring"), "{first}");
    while !project.path().join("reached").exists() {
        std::thread::yield_now();
    }
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let mut rest = String::new();
    progress.read_to_string(&mut rest).unwrap();
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    let code = child.wait().unwrap().code();
    assert!(out.contains("before its plan did"), "{out}\n{rest}");
    assert!(
        out.contains("does not make a pass; the run was cut short"),
        "{out}"
    );
    assert_eq!(code, Some(4), "{out}\n{rest}");
    let run: serde_json::Value =
        serde_json::from_slice(&std::fs::read(project.run_file()).unwrap()).unwrap();
    assert_eq!(run["header"]["partial"], true);
    let observations = run["benchmarks"][0]["series"][0]["observations"]
        .as_array()
        .unwrap();
    assert_eq!(observations.len(), 9);
    // And a partial run does not become a baseline.
    project
        .tollgate(&["baseline", "accept", "--reason", "r"])
        .expect(2)
        .says("only a complete run");
}
