//! Implementations of GitHub's Markdown.

use std::io::Write;
use std::process::{Command, Stdio};

/// comrak with everything on that GitHub has, and raw HTML let through: what gets by as a tag must be seen.
pub(crate) fn comrak(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.autolink = true;
    extension.strikethrough = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    options.render.r#unsafe = true;
    options.render.hardbreaks = true;
    comrak::markdown_to_html(markdown, &options)
}

/// GitHub's own, where it is installed.
pub(crate) fn cmark_gfm(markdown: &str) -> Option<String> {
    let child = Command::new("cmark-gfm")
        .args(["--unsafe", "--hardbreaks", "--to", "html"])
        .args([
            "-e",
            "table",
            "-e",
            "autolink",
            "-e",
            "strikethrough",
            "-e",
            "tasklist",
            "-e",
            "footnotes",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    // A package of Debian; where it is absent one of the tests says so.
    let mut child = child.ok()?;
    let mut input = child.stdin.take().unwrap();
    let text = markdown.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}
