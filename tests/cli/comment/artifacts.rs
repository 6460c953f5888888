//! Artifacts that nobody would upload in good faith.

use super::*;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn with_artifact(bytes: &[u8]) -> Project {
    let project = Project::with_budgets(BUDGETS);
    std::fs::write(project.path().join("artifact.zip"), bytes).unwrap();
    project
}

#[test]
fn an_artifact_is_judged_as_the_run_in_it() {
    let text = red();
    let project = with_artifact(&zip(&[("run.json", text.as_bytes())]));
    project.write("run.json", &text);
    let packed = foreign(&project, "artifact.zip").expect(0).stdout;
    assert_eq!(packed, foreign(&project, "run.json").stdout);
    project.write("inside/note.txt", "");
    std::fs::copy(
        project.path().join("artifact.zip"),
        project.path().join("inside/a.zip"),
    )
    .unwrap();
    assert_eq!(foreign(&project, "inside").expect(0).stdout, packed);
}

#[test]
fn hostile_artifacts_are_refused_and_leave_nothing_behind() {
    let text = red();
    let text = text.as_bytes();
    let zeros = vec![b' '; 42_000_000];
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("run.json", "/etc/passwd", options())
        .unwrap();
    let link = link.finish().unwrap().into_inner();
    let good = zip(&[("run.json", text)]);
    let mut encrypted = good.clone();
    encrypted[6] |= 1;
    let central = encrypted.len() - 22 - 54;
    encrypted[central + 8] |= 1;
    let cases: [(&str, Vec<u8>); 9] = [
        ("traversal", zip(&[("../run.json", text)])),
        ("absolute", zip(&[("/tmp/run.json", text)])),
        ("symlink", link),
        ("second", zip(&[("run.json", text), ("budgets.toml", b"")])),
        ("bomb", zip(&[("run.json", &zeros)])),
        ("nested", zip(&[("run.json", &good)])),
        ("truncated", good[..good.len() / 2].to_vec()),
        ("encrypted", encrypted),
        ("empty", zip(&[])),
    ];
    for (name, bytes) in cases {
        let project = with_artifact(&bytes);
        let before = list(&project);
        let answer = foreign(&project, "artifact.zip").expect(2);
        assert!(answer.stdout.contains("could not judge"), "{name}");
        assert!(answer.stderr.contains("could not judge"), "{name}");
        assert!(!answer.all().contains("passwd"), "{name}");
        let mut after = list(&project);
        after.retain(|file| file != "event.json");
        assert_eq!(after, before, "{name}");
    }
}

fn list(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(project.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
