//! `tollgate comment`: tells a pull request on GitHub what was measured.
//!
//! In a `workflow_run` the run to be told of is somebody else's: its artifact is fetched by the API, what can be believed
//! of it is judged by the budgets and baselines of this checkout, and where it is told follows from the event and GitHub's
//! answers. Anywhere else the run is this checkout's own.
//!
//! Publishing never changes a verdict: exit 0 where the verdict was told, was not to be told, or could not be told; 2
//! where there was nothing that could be judged.

mod api;
#[cfg(feature = "github")]
mod connection;
mod foreign;
mod judged;
mod situation;
mod source;

use super::actions::{self, variable};
use super::config::{self, Config};
use super::place::Place;
use super::terminal::Terminal;
use super::{CliError, Problem};
use crate::publish::event::Job;
use crate::publish::post::{self, Context, Level, Post};
use crate::publish::sticky::{ACTIONS_BOT, Wish, body};
use crate::publish::target::Target;
use crate::publish::{Commit, Key, Origin, Posting};
use crate::report::safe_lines;
use crate::verdict::ExitCode;
use api::{Api, Posted};
use clap::Args;
use judged::{Judged, Told};
use situation::Situation;
use std::path::{Path, PathBuf};

/// Where `tollgate init --ci github` puts the workflow that measures.
const MEASURING: &str = ".github/workflows/tollgate.yml";

/// Options of `tollgate comment`.
#[derive(Debug, Args)]
#[command(after_help = "\
In a workflow that starts when the measuring one has ended (`on: workflow_run`), the artifact `tollgate-run-<attempt>` of that \
run is fetched, and judged by budgets.toml and baselines/ of this checkout: the default branch. Budgets inside of the artifact \
bind nobody. The pull request is found from the event and GitHub's answers.

Elsewhere the newest run of this checkout, or --from, is judged as `tollgate report` judges it.

The token is taken from GITHUB_TOKEN, else from GH_TOKEN. Without one, nothing is posted.

Exit codes: 0 posted, nothing to be posted, or could not be posted (that is said); 2 nothing could be judged.")]
pub(crate) struct CommentArgs {
    /// A recorded run, an artifact, or a directory with exactly one of them [default: see below]
    #[arg(long, value_name = "PATH")]
    from: Option<PathBuf>,
    /// Print what would be posted, and post nothing.
    #[arg(long)]
    dry_run: bool,
    /// Tells several comments on one pull request apart [default: from budgets.toml, else default]
    #[arg(long, value_name = "KEY")]
    key: Option<Key>,
    /// When a comment is started [default: from budgets.toml, else changes]
    #[arg(long, value_enum, value_name = "WHEN")]
    when: Option<Posting>,
    /// The workflow whose runs are told of.
    #[arg(
        long,
        value_name = "PATH",
        default_value = MEASURING
    )]
    workflow: String,
    /// Whose comments are ours: the login that the token writes as.
    #[arg(long, value_name = "LOGIN", default_value = ACTIONS_BOT)]
    author: String,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(args: &CommentArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = std::env::current_dir()?;
    let job = actions::job("")?;
    let config = config::load(args.config.as_deref(), &directory);
    let said = Said {
        terminal,
        in_actions: job.is_some(),
    };
    match situation::of(job.as_ref(), args.dry_run)? {
        Situation::Nothing(why) => {
            said.line(&why);
            Ok(ExitCode::Pass)
        }
        Situation::Own {
            target,
            summary_only,
        } => {
            let config = config?;
            let path = match &args.from {
                Some(path) => path.clone(),
                None => Place::of(&config.root)?.run_file(),
            };
            let bytes = source::read(&path).map_err(source::NoRun::into_problem)?;
            let own = Own {
                args,
                config: &config,
                path: &path,
                job: job.as_ref(),
            };
            own.tell(&bytes, target, summary_only, &said)
        }
        Situation::Foreign { run, job } => {
            let now = jiff::Timestamp::now();
            let variable = &variable;
            let foreign = foreign::Foreign {
                args,
                job,
                run,
                now,
                variable,
            };
            if let Some(nobody) = foreign.nobody() {
                said.line(&nobody);
                return Ok(ExitCode::Pass);
            }
            let mut api = connected(job, args, &said);
            let api = api.as_deref_mut();
            foreign.tell(config, api, &said)
        }
    }
}

/// GitHub's API; `None`, and why is said, where it cannot be asked.
fn connected(job: &Job, args: &CommentArgs, said: &Said<'_>) -> Option<Box<dyn Api>> {
    match api::connect(job, &variable) {
        Ok(api) => Some(api),
        Err(why) => {
            // Who only looks does not miss it, unless there is something to be fetched.
            if !args.dry_run || args.from.is_none() {
                said.warning(&format!(
                    "nothing can be asked of or posted to GitHub: {why}"
                ));
            }
            None
        }
    }
}

/// Where sentences go: to stderr, and in GitHub Actions warnings also to the list of the job.
struct Said<'a> {
    terminal: &'a Terminal,
    in_actions: bool,
}

impl Said<'_> {
    fn line(&self, text: &str) {
        self.terminal
            .error(&safe_lines(&format!("tollgate: {text}\n")));
    }

    fn warning(&self, text: &str) {
        self.line(&format!("warning: {text}"));
        if self.in_actions {
            let command = post::command(Level::Warning, "tollgate", &safe_lines(text));
            // stderr has it already.
            let _shown = self.terminal.output_exact(&command);
        }
    }
}

impl Said<'_> {
    /// The same words in the summary of the step.
    fn summarise(&self, told: &Told, variable: &dyn Fn(&str) -> Option<String>) {
        let short = format!("**tollgate: {}**\n", told.post.check.title);
        if let Err(problem) =
            actions::summarise(&[&told.summary, &told.post.comment, &short], variable)
        {
            self.warning(&problem);
        }
    }
}

/// Which comment, and when.
struct Wanted {
    key: Key,
    posting: Posting,
}

impl Wanted {
    fn of(args: &CommentArgs, config: Option<&Config>) -> Self {
        let settings = config
            .map(|config| config.budgets.github.clone())
            .unwrap_or_default();
        Self {
            key: args.key.clone().unwrap_or(settings.key),
            posting: args.when.unwrap_or(settings.comment),
        }
    }

    /// A comment that nothing was judged is never the first one.
    fn posting_of(&self, told: &Told) -> Posting {
        match (told.judged, self.posting) {
            (false, Posting::Always) => Posting::Changes,
            (_, posting) => posting,
        }
    }
}

/// A run of this checkout.
struct Own<'a> {
    args: &'a CommentArgs,
    config: &'a Config,
    path: &'a Path,
    job: Option<&'a Job>,
}

impl Own<'_> {
    fn tell(
        &self,
        bytes: &[u8],
        target: Option<Target>,
        summary_only: Option<String>,
        said: &Said<'_>,
    ) -> Result<ExitCode, CliError> {
        let wanted = Wanted::of(self.args, Some(self.config));
        let context = Context {
            run_url: self.job.map(Job::run_url),
            head: target.as_ref().map(|target| target.origin.head.clone()),
            repository: self.job.map(|job| job.repository.clone()),
            from_fork: target.as_ref().is_some_and(|target| target.from_fork),
            directory: actions::directory_of(self.config),
        };
        let name = self.path.display().to_string();
        let Judged { told, candidate } = judged::own(
            &name,
            bytes,
            self.config,
            self.args.config.is_some(),
            &context,
        )?;
        if self.args.dry_run {
            let origin = match &target {
                Some(target) => target.origin.clone(),
                None => local_origin(candidate, said)?,
            };
            return shown(&told, &wanted, &origin, said);
        }
        said.summarise(&told, &variable);
        if let Some(why) = summary_only {
            said.warning(&why);
            return Ok(ExitCode::Pass);
        }
        let (Some(target), Some(job)) = (target, self.job) else {
            return Err(Problem(
                "there is no pull request to post to outside of GitHub Actions; `--dry-run` prints what would be posted"
                    .to_owned(),
            )
            .into());
        };
        let mut api = connected(job, self.args, said);
        posted(
            api.as_deref_mut(),
            self.args,
            &target,
            &told,
            &wanted,
            &job.run_url(),
            said,
        );
        Ok(ExitCode::Pass)
    }
}

/// Nobody's run: the second line of the body is another one when it is posted.
fn local_origin(candidate: Option<Commit>, said: &Said<'_>) -> Result<Origin, CliError> {
    said.line("the second line of a comment names the run that posts it; here it is run 0");
    let unknown = || Commit::new(&"f".repeat(40));
    let head = candidate.or_else(unknown);
    Ok(Origin {
        run: 0,
        attempt: 1,
        head: head.ok_or_else(|| Problem("the run names no commit".to_owned()))?,
    })
}

/// `--dry-run`: the body, byte for byte, and beside it what else would be posted.
fn shown(
    told: &Told,
    wanted: &Wanted,
    origin: &Origin,
    said: &Said<'_>,
) -> Result<ExitCode, CliError> {
    let Post {
        comment,
        worth_saying,
        check,
        ..
    } = &told.post;
    let posting = wanted.posting_of(told);
    let text = body(&Wish {
        key: &wanted.key,
        origin,
        posting,
        worth_saying: *worth_saying,
        text: comment,
    });
    said.terminal.output_exact(&text)?;
    let starts = match (posting, worth_saying) {
        (Posting::Never, _) => "no comment would be written: the settings say `never`",
        (Posting::Always, _) | (Posting::Changes, true) => "this comment would be written",
        (Posting::Changes, false) => {
            "this comment would be written only in place of an earlier one: nothing in it is a reason to start one"
        }
    };
    said.line(starts);
    said.line(&format!(
        "a check run `{}` would say `{}`: {} ({})",
        wanted.key.check_name(),
        check.conclusion.as_str(),
        check.title,
        match check.annotations.len() {
            1 => "1 annotation".to_owned(),
            count => format!("{count} annotations"),
        }
    ));
    Ok(told.exit())
}

/// Posts. Whatever becomes of it is said, and changes nothing.
fn posted(
    api: Option<&mut (dyn Api + '_)>,
    args: &CommentArgs,
    target: &Target,
    told: &Told,
    wanted: &Wanted,
    details_url: &str,
    said: &Said<'_>,
) {
    let Some(api) = api else {
        return;
    };
    let done = api.publish(&Posted {
        target,
        post: &told.post,
        key: &wanted.key,
        posting: wanted.posting_of(told),
        author: &args.author,
        details_url,
    });
    for line in &done.lines {
        said.line(line);
    }
    for failure in &done.failures {
        said.warning(failure);
    }
}
