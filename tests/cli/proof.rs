//! `calibrate` and `prove`, with real processes.

use crate::project::{Answer, Project};

const BUDGETS: &str = r#"
[defaults]
time = "1 min"

[[suite]]
name = "work"
tool = "command"
command = ["sh", "-c", "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done"]

[[budget]]
bench = "work/run"
slower = "60%"
"#;

fn tollgate(project: &Project, arguments: &[&str]) -> Answer {
    Answer::of(project.command(arguments).output().unwrap())
}

#[test]
fn calibrated_jobs_add_up_beside_the_baselines() {
    let project = Project::with_budgets(BUDGETS);
    tollgate(&project, &["calibrate", "-q"])
        .expect(0)
        .says("1 comparisons of a program with itself")
        .says("commit it");
    let file = project.path().join("baselines/calibration.json");
    let once = std::fs::read_to_string(&file).unwrap();
    tollgate(&project, &["calibrate", "-q", "--jobs", "2"])
        .expect(0)
        .says("of 3 false alarms");
    let thrice = std::fs::read_to_string(&file).unwrap();
    assert_eq!(once.matches("\"seed\"").count(), 1);
    assert_eq!(thrice.matches("\"seed\"").count(), 3);
    // Counted and not written.
    tollgate(&project, &["calibrate", "-q", "--dry-run"])
        .expect(0)
        .says("of 4 false alarms");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), thrice);
}

#[test]
fn a_project_without_relative_budgets_has_nothing_to_calibrate() {
    let project = Project::with_budgets(&BUDGETS.replace("slower = \"60%\"", "max = \"10 s\""));
    tollgate(&project, &["calibrate", "-q"])
        .expect(4)
        .says("nothing was compared");
    assert!(!project.path().join("baselines/calibration.json").exists());
}

#[test]
fn the_gate_tells_slower_work_from_equal_work() {
    /// A machine may be too busy to tell at one time; not at each of these, or the gate cannot tell at all.
    const TRIES: usize = 3;
    let project = Project::with_budgets(BUDGETS);
    for number in 1..=TRIES {
        let answer = tollgate(&project, &["prove", "-q"]).says("values scaled by budget");
        // Equal work is never red, and longer work never green, on whatever machine.
        for wrong in [
            "regressed  no-op/",
            "unchanged  slowed/",
            "not-slower  slowed/",
        ] {
            assert!(!answer.all().contains(wrong), "{}", answer.all());
        }
        if number < TRIES && answer.all().contains("inconclusive  ") {
            answer.expect(4).says("tollgate: NOT PROVEN");
            continue;
        }
        answer
            .expect(0)
            .says("ok   bundled work, really a quarter longer")
            .says("tollgate: PROVEN");
        return;
    }
}
