use crate::project::Project;

#[test]
fn help_names_every_command_and_every_exit_code() {
    let answer = Project::new().tollgate(&["--help"]).expect(0);
    insta::assert_snapshot!(answer.stdout);
    assert!(answer.stderr.is_empty());
}

#[test]
fn help_of_check_is_complete() {
    insta::assert_snapshot!(
        Project::new()
            .tollgate(&["check", "--help"])
            .expect(0)
            .stdout
    );
}

#[test]
fn help_of_compare_and_explain_is_complete() {
    for command in ["compare", "explain"] {
        let answer = Project::new().tollgate(&[command, "--help"]).expect(0);
        insta::assert_snapshot!(command, answer.stdout);
    }
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    Project::new()
        .tollgate(&["chekc"])
        .expect(2)
        .says("'check'");
}

#[test]
fn cargo_tollgate_is_the_same_program() {
    let direct = Project::new().tollgate(&["--help"]).expect(0).stdout;
    let project = Project::new();
    let mut command = project.command(&["tollgate", "--help"]);
    let through_cargo = crate::project::Answer::of(command.output().unwrap()).expect(0);
    assert_eq!(
        direct.replace("Usage: tollgate", "Usage: cargo tollgate"),
        through_cargo.stdout
    );
}
