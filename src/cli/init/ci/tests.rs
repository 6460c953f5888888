use super::*;
use crate::cli::init::{self, Ci};
use proptest::prelude::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn pinned() -> Action {
    format!("OWNER/REPO@{COMMIT}").parse().unwrap()
}

fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join(".git")).unwrap();
    directory
}

fn written(root: &Path) -> [String; 2] {
    [MEASURE, COMMENT]
        .map(|(name, _)| std::fs::read_to_string(root.join(DIRECTORY).join(name)).unwrap())
}

fn init(
    directory: &Path,
    action: Option<&str>,
    force: bool,
    print: bool,
) -> Result<String, InitError> {
    let mut out = Vec::new();
    init::run(
        &Options {
            directory: directory.to_owned(),
            force,
            print,
            ci: Some(Ci::Github(action.map(str::to_owned))),
        },
        &mut out,
    )?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn an_action_is_a_whole_commit_of_a_repository_or_a_directory_here() {
    assert_eq!(pinned().to_string(), format!("OWNER/REPO@{COMMIT}"));
    for local in ["./", "./tools/tollgate", "./.github/actions/tollgate"] {
        assert_eq!(local.parse(), Ok(Action::Local(local.to_owned())));
    }
    assert_eq!(".".parse(), Ok(Action::Local("./".to_owned())));
}

#[test]
fn what_can_be_moved_to_other_code_is_refused_with_the_way_to_its_commit() {
    for reference in [
        "v1",
        "main",
        "v1.2.3",
        &COMMIT[..7],
        &COMMIT[..39],
        &COMMIT.to_uppercase(),
    ] {
        let error = format!("OWNER/REPO@{reference}")
            .parse::<Action>()
            .unwrap_err();
        assert!(matches!(error, ActionError::NotACommit { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains("can be moved to other code"), "{said}");
        let way = format!("git ls-remote https://github.com/OWNER/REPO {reference}");
        assert!(said.contains(&way), "{said}");
    }
    let bare = "OWNER/REPO".parse::<Action>().unwrap_err().to_string();
    assert!(
        bare.contains("git ls-remote https://github.com/OWNER/REPO HEAD"),
        "{bare}"
    );
}

#[test]
fn what_names_no_action_is_refused() {
    let in_expression = format!("./${{{{ github.token }}}}@{COMMIT}");
    let with_line = format!("OWNER/REPO\n  run: x@{COMMIT}");
    let sha256 = format!("OWNER/REPO@{}", "a".repeat(64));
    for wrong in [
        "",
        "/",
        "@",
        "tollgate",
        "./..",
        "./a/../b",
        "./a b",
        "./a\nrun",
        "../other",
        "docker://image",
        "$/",
        &in_expression,
        &with_line,
        &sha256,
    ] {
        assert!(wrong.parse::<Action>().is_err(), "{wrong:?}");
    }
}

#[test]
fn both_workflows_use_the_action_and_nothing_is_left_of_placeholders() {
    for (action, remark) in [(pinned(), false), (Action::Local("./".to_owned()), true)] {
        for (name, text) in workflows(&action, "rust/crate") {
            assert!(name.starts_with(".github/workflows/tollgate"), "{name}");
            assert!(
                !text.contains("@ACTION@") && !text.contains("@WORKING"),
                "{text}"
            );
            assert_eq!(
                text.matches(&format!("uses: {action}")).count(),
                1,
                "{text}"
            );
            assert_eq!(text.contains("ignore[self-repository]"), remark, "{text}");
            assert!(
                text.contains("          working-directory: \"rust/crate\"\n"),
                "{text}"
            );
        }
        let [measure, comment] = workflows(&action, "");
        assert!(!measure.1.contains("working-directory"), "{}", measure.1);
        assert!(!comment.1.contains("working-directory"), "{}", comment.1);
    }
}

#[test]
fn the_workflow_that_comments_names_the_one_that_measures() {
    let [(path, measure), (_, comment)] = workflows(&pinned(), "");
    let name = measure
        .lines()
        .find_map(|line| line.strip_prefix("name: "))
        .unwrap();
    assert!(
        comment.contains(&format!("workflows: [{name}]")),
        "{comment}"
    );
    assert!(
        comment.contains(&format!("workflow: {path}\n")),
        "{comment}"
    );
    assert!(comment.contains(&format!("'{path}@'")), "{comment}");
}

#[test]
fn what_measures_has_no_token_and_what_comments_takes_no_ref() {
    let [(_, measure), (_, comment)] = workflows(&pinned(), "");
    let code = |text: &str| -> String {
        let lines = text
            .lines()
            .map(|line| line.split(" # ").next().unwrap_or_default());
        lines
            .filter(|line| !line.trim_start().starts_with('#'))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let (measure, comment) = (code(&measure), code(&comment));
    for word in ["token", "secrets", "write"] {
        assert!(!measure.contains(word), "{word} in\n{measure}");
    }
    for word in [
        "ref:",
        "repository:",
        "cache",
        "download-artifact",
        " run:",
        "secrets",
    ] {
        assert!(!comment.contains(word), "{word} in\n{comment}");
    }
    assert_eq!(comment.matches("github.token").count(), 1);
}

#[test]
fn workflows_go_to_the_root_of_the_repository_and_name_the_project_below() {
    let directory = repository();
    let project = directory.path().join("services/api");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join(BUDGETS_FILE), "mine").unwrap();
    let deeper = project.join("src");
    std::fs::create_dir(&deeper).unwrap();
    let said = init(&deeper, Some("./"), false, false).unwrap();
    for text in written(directory.path()) {
        assert!(
            text.contains("working-directory: \"services/api\""),
            "{text}"
        );
    }
    assert!(
        said.contains("budgets.toml is there, and stays as it is"),
        "{said}"
    );
    assert_eq!(
        std::fs::read_to_string(project.join(BUDGETS_FILE)).unwrap(),
        "mine"
    );
    assert!(!project.join(".github").exists());
}

#[test]
fn a_budgets_file_is_proposed_where_there_is_none_and_never_replaced() {
    let directory = repository();
    let said = init(directory.path(), Some("./"), false, false).unwrap();
    assert!(said.contains("with 0 suites"), "{said}");
    let budgets = directory.path().join(BUDGETS_FILE);
    std::fs::write(&budgets, "mine").unwrap();
    init(directory.path(), Some("./"), true, false).unwrap();
    assert_eq!(std::fs::read_to_string(&budgets).unwrap(), "mine");
}

#[test]
fn an_existing_workflow_is_kept_unless_forced_and_then_nothing_is_written_at_all() {
    for name in [MEASURE.0, COMMENT.0] {
        let directory = repository();
        let path = directory.path().join(DIRECTORY).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "mine").unwrap();
        let error = init(directory.path(), Some("./"), false, false).unwrap_err();
        assert!(matches!(error, InitError::Exists { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
        let there: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(there.len(), 1, "{there:?}");
        assert!(!directory.path().join(BUDGETS_FILE).exists());
        init(directory.path(), Some("./"), true, false).unwrap();
        assert!(written(directory.path()).iter().all(|text| text != "mine"));
    }
}

#[test]
fn without_an_action_nothing_is_written_and_the_reason_is_said() {
    let directory = repository();
    let error = init(directory.path(), None, false, false)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("somebody else's code with your token"),
        "{error}"
    );
    assert!(
        error.contains("tollgate init --ci github --action OWNER/REPO@"),
        "{error}"
    );
    assert!(init(directory.path(), Some("OWNER/REPO@v1"), true, false).is_err());
    let there: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(there.len(), 1, "{there:?}");
}

#[test]
fn a_directory_whose_name_would_be_an_expression_is_refused() {
    let directory = repository();
    let project = directory.path().join("${{ github.token }}");
    std::fs::create_dir(&project).unwrap();
    let error = init(&project, Some("./"), false, false).unwrap_err();
    assert!(matches!(error, InitError::Place { .. }), "{error}");
    assert!(!directory.path().join(".github").exists());
}

#[test]
fn print_shows_both_and_writes_nothing() {
    let directory = repository();
    let said = init(directory.path(), Some("./"), false, true).unwrap();
    for name in [
        "# budgets.toml\n",
        "# .github/workflows/tollgate.yml\n",
        "# .github/workflows/tollgate-comment.yml\n",
    ] {
        assert!(said.contains(name), "{name} in\n{said}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_is_next_reads_like_this() {
    insta::assert_snapshot!("next_pinned", next_steps(&pinned()));
    insta::assert_snapshot!("next_local", next_steps(&Action::Local("./".to_owned())));
}

proptest! {
    #[test]
    fn no_text_becomes_more_than_a_word_of_a_workflow(text in any::<String>()) {
        if let Ok(action) = text.parse::<Action>() {
            let shown = action.to_string();
            prop_assert!(shown.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/@".contains(&byte)), "{shown}");
        }
    }

    #[test]
    fn only_a_whole_commit_pins(digits in "[0-9a-f]{0,64}") {
        let pins = format!("OWNER/REPO@{digits}").parse::<Action>().is_ok();
        prop_assert_eq!(pins, digits.len() == 40 && digits.bytes().any(|byte| byte != b'0'));
    }
}
