//! Who is to be told of what, by what started the job.

use crate::cli::Problem;
use crate::publish::Origin;
use crate::publish::event::{Event, Job, PullRequest, TriggeringRun};
use crate::publish::target::Target;

/// What there is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Situation<'a> {
    /// Nobody is to be told, and why.
    Nothing(String),
    /// This checkout's own run.
    Own {
        /// Whom; `None` outside of GitHub Actions.
        target: Option<Target>,
        /// Why only the summary of the step can be written.
        summary_only: Option<String>,
    },
    /// The run of another workflow that ended.
    Foreign {
        /// That run.
        run: &'a TriggeringRun,
        /// This one.
        job: &'a Job,
    },
}

/// Decides. Who only looks (`dry_run`) is shown the own run whatever started the job.
pub(super) fn of(job: Option<&Job>, dry_run: bool) -> Result<Situation<'_>, Problem> {
    let Some(job) = job else {
        if dry_run {
            return Ok(own(None));
        }
        return Err(Problem(
            "there is no pull request to post to outside of GitHub Actions; `--dry-run` prints what would be posted"
                .to_owned(),
        ));
    };
    let nothing = |what: &str| {
        if dry_run {
            own(None)
        } else {
            Situation::Nothing(format!("{what} has no pull request: nothing is posted"))
        }
    };
    Ok(match &job.event {
        Event::WorkflowRun(run) => Situation::Foreign { run, job },
        Event::PullRequest(pull) => of_pull_request(job, pull),
        Event::MergeGroup { head, .. } => own(Some(Target {
            pull: None,
            origin: origin(job, head),
            from_fork: false,
        })),
        Event::Push { .. } => nothing("a push"),
        Event::Schedule => nothing("a run of a time table"),
        Event::Dispatch => nothing("a run that was started by hand"),
        Event::Other(_) => nothing("this event"),
    })
}

fn of_pull_request<'a>(job: &Job, pull: &PullRequest) -> Situation<'a> {
    let from_fork = pull.is_from_fork();
    Situation::Own {
        target: Some(Target {
            pull: Some(pull.number),
            origin: origin(job, &pull.head),
            from_fork,
        }),
        summary_only: from_fork.then(|| {
            "the pull request comes from a fork, whose runs may only read: the verdict stands in the summary of this \
             step; a second workflow (`on: workflow_run`) can post it, see docs/github.md"
                .to_owned()
        }),
    }
}

fn origin(job: &Job, head: &crate::publish::Commit) -> Origin {
    Origin {
        run: job.run,
        attempt: job.attempt,
        head: head.clone(),
    }
}

const fn own<'a>(target: Option<Target>) -> Situation<'a> {
    Situation::Own {
        target,
        summary_only: None,
    }
}
