use crate::project::{Project, outside_run};

const BUDGETS: &str = "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n\
                       [[budget]]\nbench = \"s/*\"\nmax = \"1 us\"\n";

fn project() -> Project {
    Project::with_budgets(BUDGETS)
}

#[test]
fn a_run_that_a_script_wrote_is_judged() {
    let project = project().file(
        "run.json",
        &outside_run(20, "s", &[("a", 500.0), ("b", 3000.0)]),
    );
    project
        .tollgate(&["report", "run.json"])
        .expect(1)
        .says("s/b")
        .says("over-budget");
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let project = project().file("run.json", &outside_run(20, "s", &[("a", 500.0)]));
    for format in ["terminal", "json", "markdown"] {
        let one = project.tollgate(&["report", "run.json", "--format", format]);
        let two = project.tollgate(&["report", "run.json", "--format", format]);
        assert_eq!(one.stdout, two.stdout);
    }
}

#[test]
fn a_run_that_is_not_there_is_an_error_with_the_next_step() {
    project()
        .tollgate(&["report"])
        .expect(2)
        .says("tollgate check");
}

#[test]
fn broken_runs_name_file_and_field() {
    let good = outside_run(20, "s", &[("a", 500.0)]);
    let cases = [
        (String::new(), "run.json"),
        (good[..good.len() / 2].to_owned(), "run.json"),
        ("[1, 2, 3]".to_owned(), "run.json"),
        (good.replace("\"version\":1", "\"version\":99"), "99"),
        (good.replace("\"unit\":\"ns\"", "\"unti\":\"ns\""), "unti"),
        (good.replacen("\"value\":", "\"value\":-", 1), "value"),
        (
            good.replacen("\"value\":", "\"value\":NaN,\"x\":", 1),
            "run.json",
        ),
        (good.replace("\"started\"", "\"begun\""), "begun"),
    ];
    for (text, word) in cases {
        let project = project().file("run.json", &text);
        project
            .tollgate(&["report", "run.json"])
            .expect(2)
            .says("run.json")
            .says(word);
    }
}

#[test]
fn names_with_anything_in_them_survive_and_cannot_harm() {
    let name = "a b/c|d`e\"f\n::error::\u{1b}[31m<b>@you α?\u{202e}";
    let project = project().file("run.json", &outside_run(20, "s", &[(name, 3000.0)]));
    let json = project
        .tollgate(&["report", "run.json", "--format", "json"])
        .expect(1);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["rows"][0]["benchmark"].as_str(), Some(name));
    for format in ["terminal", "markdown"] {
        let answer = project
            .tollgate(&["report", "run.json", "--format", format])
            .expect(1);
        assert!(!answer.stdout.contains('\u{1b}'), "{format}");
        assert!(!answer.stdout.contains('\u{202e}'), "{format}");
        assert!(
            !answer.stdout.lines().any(|line| line.starts_with("::")),
            "{format}"
        );
    }
}

#[test]
fn a_closed_stdout_does_not_change_the_exit_code() {
    let project = project().file("run.json", &outside_run(20, "s", &[("a", 3000.0)]));
    let closed = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = project.command(arguments).stdout(writer).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for format in ["terminal", "json", "markdown"] {
        let (code, stderr) = closed(&["report", "run.json", "--format", format]);
        assert_eq!(code, Some(1), "{format}: {stderr}");
        assert!(!stderr.contains("error:"), "{format}: {stderr}");
    }
    assert_eq!(closed(&["check"]).0, Some(1));
    // Without a verdict there is nothing to get wrong.
    for arguments in [&["check", "--list"][..], &["baseline", "list"], &["--help"]] {
        assert_eq!(closed(arguments), (Some(0), String::new()), "{arguments:?}");
    }
    assert_eq!(closed(&["baseline", "show", "x"]).0, Some(2));
}

#[test]
fn a_closed_stderr_does_not_change_the_exit_code() {
    let project = project();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = project.command(&["check"]).stderr(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn file_names_and_messages_cannot_speak_to_the_runner() {
    let project = project();
    for name in [
        "\n::error::x",
        "\n  ::set-env::x",
        "a ##[error]x",
        "\u{1b}[2J",
    ] {
        for arguments in [
            &["report", name][..],
            &["check", "--config", name],
            &["baseline", "accept", "--reason", "r", "--run", name],
            &["baseline", "show", name],
        ] {
            let answer = project.tollgate(arguments).expect(2);
            assert!(!answer.all().contains("##["), "{}", answer.all());
            assert!(!answer.all().contains('\u{1b}'), "{}", answer.all());
            for line in answer.all().lines() {
                assert!(!line.trim_start().starts_with("::"), "{}", answer.all());
            }
        }
    }
}

#[test]
fn pipes_and_devices_are_refused_at_once() {
    let project = project();
    let pipe = project.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in ["pipe", "/dev/zero", "."] {
        for arguments in [
            &["report", path][..],
            &["report", "--config", path],
            &["baseline", "accept", "--reason", "r", "--run", path],
        ] {
            project
                .tollgate(arguments)
                .expect(2)
                .says("not a regular file");
        }
    }
    // A file of no bytes on the disk, and more than may be read.
    let large = std::fs::File::create(project.path().join("large")).unwrap();
    large.set_len(1 << 40).unwrap();
    project
        .tollgate(&["report", "large"])
        .expect(2)
        .says("at most");
    project
        .tollgate(&["report", "--config", "large"])
        .expect(2)
        .says("at most 1048576");
}
