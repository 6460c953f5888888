use crate::project::Project;

const SUITE: &str = "[[suite]]
name = \"machine\"
tool = \"system\"
only = [\"cpu\", \"timer-latency\"]
invocations = 5

[[budget]]
bench = \"machine/cpu\"
max = \"1 s\"

[[budget]]
bench = \"machine/timer-latency\"
metric = \"p99\"
max = \"10 s\"
";

#[test]
fn the_machine_is_a_suite_like_others() {
    let project = Project::with_budgets(SUITE);
    let answer = project.tollgate(&["check", "--verbose"]).expect(0);
    assert!(answer.stdout.contains("machine/cpu"), "{}", answer.stdout);
    assert!(
        answer.stdout.contains("machine/timer-latency"),
        "{}",
        answer.stdout
    );
    let broken = SUITE.replace("10 s", "1 ns");
    Project::with_budgets(&broken)
        .tollgate(&["check"])
        .expect(1)
        .says("machine/timer-latency");
}

#[test]
fn a_benchmark_of_the_machine_that_is_not_there_is_a_failure() {
    let project = Project::new();
    project.tollgate(&["__system", "gpu"]).expect(2).says("gpu");
    project
        .tollgate(&["__system"])
        .expect(2)
        .says("there is no benchmark");
}
