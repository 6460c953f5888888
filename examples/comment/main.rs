//! What a pull request is told, of runs that were never measured: simulated observations, judged by the real engine. The
//! pictures of `docs/comment.md` are made of it (`.ci/github/pictures`).
//!
//! ```text
//! cargo run --release --example comment -- green|red|many [--html FILE.css]
//! ```
//!
//! Prints Markdown; with `--html` a page that shows it as GitHub does, with GitHub's style sheet at hand.
#![expect(
    clippy::disallowed_methods,
    reason = "a program: its arguments, a style sheet and its output"
)]

mod runs;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use tollgate::publish::post::{Context, post};
use tollgate::publish::{Commit, RepositoryName};
use tollgate::report::{Meta, Report};
use tollgate::verdict::{FalseAlarms, GateInput, run_gate};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to say it to where stderr is closed; the exit code says it as well.
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (which, style) = match arguments.as_slice() {
        [which] => (which.as_str(), None),
        [which, option, style] if option == "--html" => {
            (which.as_str(), Some(std::fs::read_to_string(style)?))
        }
        _ => return Err("usage: comment green|red|many [--html FILE.css]".into()),
    };
    let case = match which {
        "green" => runs::green(),
        "red" => runs::red(),
        "many" => runs::many(),
        other => return Err(format!("no comment is called {other:?}: green, red or many").into()),
    };
    let (run, budgets) = case?;
    let gate = run_gate(GateInput {
        run: &run,
        budgets: &budgets,
        baselines: &[],
        config_hash: "",
        calibration: Some(FalseAlarms {
            alarms: 2,
            comparisons: 640,
        }),
    });
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run_file: None,
    };
    let context = Context {
        run_url: Some("https://github.com/octo-org/octo-repo/actions/runs/1658821493".to_owned()),
        head: Commit::new(runs::HEAD),
        repository: RepositoryName::new("octo-org/octo-repo"),
        from_fork: which == "many",
        directory: String::new(),
    };
    let text = post(&Report::build(&run, &budgets, &gate, &meta), &context).comment;
    let text = match style {
        Some(style) => page(&text, &style),
        None => text,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// The comment as GitHub renders it, in the width that it has there.
fn page(markdown: &str, style: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.alerts = true;
    // Comments keep line breaks, and `<details>` is among the tags that GitHub lets through.
    options.render.hardbreaks = true;
    options.render.r#unsafe = true;
    let body = comrak::markdown_to_html(markdown, &options);
    format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><title></title><style>{style}\n\
         body {{ margin: 0; background: #fff }} \
         .markdown-body {{ box-sizing: border-box; width: 860px; padding: 16px; font-size: 14px }}\
         </style><article class=\"markdown-body\">{body}</article>\n\
         <script>document.title = document.body.scrollHeight</script>\n"
    )
}
