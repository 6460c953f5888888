//! Builds what the target needs, runs the workload, and says what came of it.

use super::live::Live;
use super::{LoadArgs, written};
use crate::build;
use crate::cli::config::Config;
use crate::cli::place::{self, Place, TARGET_DIR};
use crate::cli::terminal::{Terminal, write_stderr};
use crate::cli::{CliError, Problem, check};
use crate::load::{self, Control, INTERRUPTED, Ladder, LoadError, Setting};
use crate::report::{MARKDOWN_LIMIT, TerminalOptions, load_markdown, load_terminal};
use crate::workload::Workload;
use crate::workload::format::write_load;
use crate::workload::scenario::Target;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(
    args: &LoadArgs,
    config: &Config,
    mut workload: Arc<Workload>,
    terminal: &Terminal,
) -> Result<u8, CliError> {
    // A file that cannot be written must not be found out after minutes of load.
    for path in [&args.json, &args.markdown].into_iter().flatten() {
        writable(path)?;
    }
    if args.markdown.as_deref().is_some_and(is_stdout) {
        let problem = "`--markdown` needs a file: only `--json` can go to stdout";
        return Err(Problem(problem.to_owned()).into());
    }
    let place = Place::of(&config.root)?;
    let interrupt = check::interruptible()?;
    if let Target::Start(process) = &workload.target
        && process.argv.iter().any(|text| text.contains(TARGET_DIR))
    {
        if let Some(project) = &place.project {
            let built =
                build::build_binaries(project, &place::programs_of(&process.argv), &interrupt);
            if interrupt.is_set() {
                return Ok(INTERRUPTED);
            }
            built?;
        }
        in_target_directory(&mut workload, &place.target_directory);
    }
    let started = jiff::Timestamp::now();
    let setting = Setting {
        root: config.root.clone(),
        environment: Vec::new(),
        seed: args.seed.unwrap_or_else(|| nanoseconds(started)),
        remote: args.allow_remote.clone(),
        logs: place.target_directory.join("tollgate").join("logs"),
        started: started.to_string(),
    };
    let control = Arc::new(Control::default());
    let mut live = Live::new(&workload, terminal.is_interactive() && !args.quiet);
    let ladder = Ladder::new(&control, |said| {
        write_stderr(&format!("\ntollgate: {said}\n"));
    })?;
    let ran = load::run(&workload, &setting, &control, &mut |stage| {
        live.tell(stage, || control.snapshot());
    });
    live.finish();
    drop(ladder);
    let record = match ran {
        Ok(record) => record,
        Err(LoadError::Interrupted) => {
            terminal.error("tollgate: interrupted before anything was measured\n");
            return Ok(INTERRUPTED);
        }
        Err(error) => return Err(error.into()),
    };

    let (verdict, report) = written::judged(&config.budgets, &workload, &record);
    let to_stdout = args.json.as_deref().is_some_and(is_stdout);
    let colour = if to_stdout {
        terminal.error_colour()
    } else {
        terminal.output_colour()
    };
    let text = load_terminal(
        &report,
        TerminalOptions {
            width: terminal.width(),
            colour,
            verbose: false,
        },
    );
    // Before any file: a full disk must not take the answer with it.
    if to_stdout {
        terminal.error(&text);
    } else {
        terminal.output(&text)?;
    }
    if let Some(path) = &args.json {
        let load = written::load(record, &report, &verdict);
        if to_stdout {
            let mut bytes = Vec::new();
            write_load(&load, &mut bytes)?;
            // The same text to whoever reads JSON, and no command to a log that it ends up in.
            let text = String::from_utf8_lossy(&bytes).replace("##[", "#\\u0023[");
            terminal.output_exact(&text)?;
        } else {
            written::file(path, |out| write_load(&load, out))?;
        }
    }
    if let Some(path) = &args.markdown {
        let page = load_markdown(&report, MARKDOWN_LIMIT);
        written::file(path, |out| out.write_all(page.as_bytes()))?;
    }
    Ok(report.exit)
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether a file can be made there, as far as that can be said before.
fn writable(path: &Path) -> Result<(), Problem> {
    if is_stdout(path) {
        return Ok(());
    }
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if path.is_dir() {
        return Err(Problem(format!(
            "{} is a directory: name a file in it",
            path.display()
        )));
    }
    match directory {
        Some(directory) if !directory.is_dir() => Err(Problem(format!(
            "{} cannot be written: there is no directory {}",
            path.display(),
            directory.display()
        ))),
        _ => Ok(()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "any bits of the clock make a seed"
)]
fn nanoseconds(time: jiff::Timestamp) -> u64 {
    time.as_nanosecond().unsigned_abs() as u64
}

/// Puts cargo's target directory into the target's command.
fn in_target_directory(workload: &mut Arc<Workload>, directory: &Path) {
    if let Target::Start(process) = &mut Arc::make_mut(workload).target {
        let directory = directory.display().to_string();
        for argument in &mut process.argv {
            *argument = argument.replace(TARGET_DIR, &directory);
        }
    }
}
