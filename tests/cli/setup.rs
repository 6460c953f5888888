use crate::project::Project;

#[test]
fn doctor_names_findings_with_remedies() {
    let answer = Project::new().tollgate(&["doctor"]);
    assert!(answer.code == 0 || answer.code == 1, "{}", answer.all());
}
