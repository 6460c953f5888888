//! `tollgate check` in GitHub Actions: what to compare with follows from what happened, and the verdict is also told
//! where the job's readers and later steps look.
//!
//! Nothing here changes an exit code: what cannot be told is a warning.

mod runner_file;
mod tell;

use super::check::{self, ANCHOR, CheckArgs};
use super::config::{self, Config};
use super::terminal::{Terminal, When};
use super::{CliError, Problem, chain, place};
use crate::build::CheckedOut;
use crate::diagnostic::Style;
use crate::files;
use crate::publish::event::{self, Event, Job};
use crate::publish::post::Context;
use crate::publish::revision::{self, Against};
use crate::report::safe_lines;
use crate::verdict::ExitCode;
use std::path::Path;
use tell::Told;
pub(super) use tell::summarise;

/// `tollgate check`, wherever it runs.
pub(super) fn check(mut args: CheckArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    if args.list || !is_job() {
        return check::run(&args, terminal, &mut |_| {});
    }
    let mut told = Told::new(terminal);
    // What cannot be loaded is told by the check itself.
    let directory = config_of(&args).map_or_else(|_| String::new(), |config| directory_of(&config));
    let result = choose(&mut args, terminal).and_then(|()| {
        check::run(&args, terminal, &mut |report| {
            told.verdict(report, &context(directory.clone()));
        })
    });
    if let Err(error) = &result {
        told.no_answer(error);
    }
    result
}

/// Tells a job that its `tollgate check` was not understood.
pub(super) fn usage(error: &clap::Error) {
    if is_job() {
        let problem = Problem(error.to_string()).into();
        Told::new(&Terminal::new(When::Never)).no_answer(&problem);
    }
}

pub(super) fn is_job() -> bool {
    variable("GITHUB_ACTIONS").as_deref() == Some("true")
}

/// A variable of the environment; empty ones are as good as none.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Chooses what to compare with, unless the arguments say so, and says which and why.
fn choose(args: &mut CheckArgs, terminal: &Terminal) -> Result<(), CliError> {
    if args.base.is_chosen() {
        return Ok(());
    }
    let chosen = config_of(args).and_then(|config| against(&config));
    let chosen = chosen.inspect_err(|_| {
        // A file of that name would be taken for the run of this check, which makes none.
        if let Some(file) = &args.run
            && let Err(error) = place::set_aside(file)
        {
            terminal.error(&error.render(terminal.error_style()));
        }
    })?;
    let (what, why) = match chosen {
        Against::Base { reference, why } => {
            args.base.choose(reference.clone());
            (format!("`{reference}`"), why)
        }
        Against::Anchor { why } => {
            args.base.choose(ANCHOR.to_owned());
            ("the anchor".to_owned(), why)
        }
        Against::Baseline { why } => ("the committed baselines".to_owned(), why),
    };
    terminal.error(&safe_lines(&format!(
        "tollgate: compares with {what}: {why}\n"
    )));
    Ok(())
}

fn config_of(args: &CheckArgs) -> Result<Config, CliError> {
    let directory = match &args.directory {
        Some(directory) => directory.clone(),
        None => std::env::current_dir()?,
    };
    config::load(args.config.as_deref(), &directory)
}

/// Why `tollgate check` would find nothing to compare with in this job; `None` outside of one, and where all is well.
pub(super) fn obstacle(config: &Config) -> Option<String> {
    match is_job().then(|| against(config))?.err()? {
        CliError::Other(error) => Some(chain(error.as_ref())),
        error @ CliError::Findings(_) => Some(error.render(Style::Plain)),
    }
}

fn against(config: &Config) -> Result<Against, CliError> {
    let Some(job) = job("; say what to compare with by `--base` or `--baseline`")? else {
        return Ok(Against::Baseline {
            why: "GITHUB_EVENT_PATH is not set, so what happened is unknown".to_owned(),
        });
    };
    let interrupt = check::interruptible()?;
    let checked_out = CheckedOut::new(&config.root, &interrupt);
    let anchor = config.budgets.anchor.is_some();
    Ok(revision::against(&job, anchor, &checked_out)?)
}

/// What is said beside the verdict. An event that cannot be read was told where it mattered.
fn context(directory: String) -> Context {
    let Ok(Some(job)) = job("") else {
        return Context {
            directory,
            ..Context::default()
        };
    };
    let (head, from_fork) = match &job.event {
        Event::PullRequest(pull) => (Some(pull.head.clone()), pull.is_from_fork()),
        Event::MergeGroup { head, .. } => (Some(head.clone()), false),
        _ => (None, false),
    };
    Context {
        run_url: Some(job.run_url()),
        head,
        repository: Some(job.repository),
        from_fork,
        directory,
    }
}

/// Where the budgets are, from the root of the repository, as git writes it; empty at the root, and where there is none.
pub(super) fn directory_of(config: &Config) -> String {
    let has_git = |directory: &&Path| directory.join(".git").symlink_metadata().is_ok();
    let top = config.root.ancestors().find(has_git);
    let below = top.and_then(|top| config.root.strip_prefix(top).ok());
    let parts = below.into_iter().flat_map(Path::components);
    let parts: Vec<_> = parts
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// The job of GitHub Actions that this process is part of; `None` outside of it, or where its event has no file.
pub(super) fn job(otherwise: &str) -> Result<Option<Job>, CliError> {
    if !is_job() {
        return Ok(None);
    }
    let Some(file) = variable("GITHUB_EVENT_PATH") else {
        return Ok(None);
    };
    let payload = files::read(Path::new(&file), event::MAX_BYTES).map_err(|error| {
        Problem(format!(
            "failed to read the event {file} (GITHUB_EVENT_PATH): {error}{otherwise}"
        ))
    })?;
    Ok(Some(event::parse(&payload, &variable)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_that_of_the_budgets_in_the_repository() {
        let top = tempfile::tempdir().unwrap();
        let crate_ = top.path().join("rust/crate");
        std::fs::create_dir_all(&crate_).unwrap();
        for directory in [crate_.as_path(), top.path()] {
            std::fs::write(directory.join("budgets.toml"), "version = 1\n").unwrap();
        }
        let of = |directory: &Path| directory_of(&config::load(None, directory).unwrap());
        let nowhere = of(&crate_);
        std::fs::create_dir(top.path().join(".git")).unwrap();
        assert_eq!(
            (of(&crate_).as_str(), of(top.path()).as_str()),
            ("rust/crate", "")
        );
        assert_eq!(nowhere, "");
    }
}
