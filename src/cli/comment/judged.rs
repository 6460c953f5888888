//! From bytes to a verdict in words.

use crate::budget::Budgets;
use crate::cli::CliError;
use crate::cli::config::Config;
use crate::cli::rules::Rules;
use crate::measurement::{Run, read_run};
use crate::publish::Commit;
use crate::publish::post::{self, Context, Post, Unjudged};
use crate::publish::trusted::{Binding, Refused, believe};
use crate::report::{Meta, Report};
use crate::verdict::{ExitCode, Gate};
use jiff::Timestamp;
use std::cmp::Reverse;

/// What is told.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) post: Post,
    /// Markdown for the summary of the step.
    pub(super) summary: String,
    /// Something was judged.
    pub(super) judged: bool,
}

impl Told {
    /// Of the command: whatever the verdict is, it was told.
    pub(super) const fn exit(&self) -> ExitCode {
        if self.judged {
            ExitCode::Pass
        } else {
            ExitCode::Error
        }
    }
}

/// That there is no verdict.
pub(super) fn unjudged(why: Unjudged, context: &Context) -> Told {
    let post = post::unjudged(&why, context);
    Told {
        summary: post.comment.clone(),
        post,
        judged: false,
    }
}

/// A verdict in words, and the revision that it is about, by the run's own word.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) told: Told,
    pub(super) candidate: Option<Commit>,
}

/// Why a foreign run has no verdict.
pub(super) enum NoVerdict {
    /// Its own fault.
    Refused(Refused),
    /// Ours: baselines that cannot be read.
    Policy(CliError),
}

/// A run of this checkout, as `tollgate report` judges it.
pub(super) fn own(
    name: &str,
    bytes: &[u8],
    config: &Config,
    explicit: bool,
    context: &Context,
) -> Result<Judged, CliError> {
    let run = read_run(name, bytes)?;
    let rules = Rules::of(&run, config, explicit)?;
    let gate = rules.judge(&run);
    Ok(in_words(&run, &rules.budgets, &gate, context))
}

/// A run of somebody else, by the rules of this checkout.
pub(super) fn foreign(
    bytes: &[u8],
    config: &Config,
    now: Timestamp,
    context: &Context,
) -> Result<Judged, NoVerdict> {
    let binding = Binding {
        file: &config.file,
        text: &config.text,
    };
    let trusted = believe(bytes, binding, now).map_err(NoVerdict::Refused)?;
    let rules = Rules::of_checkout(&trusted.run, config).map_err(NoVerdict::Policy)?;
    let mut gate = rules.judge(&trusted.run);
    gate.findings.extend(trusted.said);
    gate.findings
        .sort_by_key(|finding| Reverse(finding.severity));
    Ok(in_words(&trusted.run, &rules.budgets, &gate, context))
}

fn in_words(run: &Run, budgets: &Budgets, gate: &Gate, context: &Context) -> Judged {
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        // A path of the runner is of no use to who reads a comment.
        run_file: None,
    };
    let report = Report::build(run, budgets, gate, &meta);
    Judged {
        told: Told {
            post: post::post(&report, context),
            summary: post::step_summary(&report, context),
            judged: true,
        },
        candidate: Commit::new(&run.header.candidate.commit),
    }
}
