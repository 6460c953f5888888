//! The run of another workflow that ended: whom to tell, and of what.

use super::api::{Api, Artifact, NotFetched};
use super::judged::{self, NoVerdict, Told};
use super::source::NoRun;
use super::{CommentArgs, Said, Wanted, posted, shown, source};
use crate::cli::actions;
use crate::cli::config::Config;
use crate::cli::{CliError, Problem, chain};
use crate::publish::Origin;
use crate::publish::event::{Job, TriggeringRun};
use crate::publish::post::{Context, Unjudged};
use crate::publish::target::{NoTarget, Pull, Source, Target, source as source_of, target};
use crate::publish::trusted::MAX_BYTES;
use crate::verdict::ExitCode;
use jiff::Timestamp;

/// Name of the artifact of an attempt, without its number.
const ARTIFACT: &str = "tollgate-run-";

/// What the fetched artifact is called in messages.
const ZIP: &str = "the artifact";

/// Largest zip file that is fetched.
const MAX_ZIP: usize = 64 << 20;

/// The run of another workflow.
pub(super) struct Foreign<'a> {
    pub(super) args: &'a CommentArgs,
    pub(super) job: &'a Job,
    pub(super) run: &'a TriggeringRun,
    pub(super) now: Timestamp,
    /// Asks for a variable of the environment.
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
}

/// Why there is nothing to judge.
enum Nothing {
    /// It is told.
    Unjudged(Unjudged, String),
    /// It cannot be told of what.
    Failed(String),
}

impl From<NoRun> for Nothing {
    fn from(why: NoRun) -> Self {
        match why {
            NoRun::Refused { reason, detail } => Self::Unjudged(Unjudged::Refused(reason), detail),
            NoRun::Problem(detail) => Self::Failed(detail),
        }
    }
}

impl Foreign<'_> {
    /// Why there is nobody to tell, as far as the event alone says so; before anything is asked of GitHub.
    pub(super) fn nobody(&self) -> Option<String> {
        let source = source_of(self.run, self.job.repository_id, &self.args.workflow);
        source.err().map(|why| in_words(&why))
    }

    /// Finds whom to tell, judges, tells.
    pub(super) fn tell(
        &self,
        config: Result<Config, CliError>,
        mut api: Option<&mut (dyn Api + '_)>,
        said: &Said<'_>,
    ) -> Result<ExitCode, CliError> {
        let target = match self.target(api.as_deref_mut()) {
            Ok(target) => target,
            Err(NoOne::Nobody(why)) => {
                said.line(&in_words(&why));
                return Ok(ExitCode::Pass);
            }
            Err(NoOne::Unknown(why)) => {
                said.warning(&format!("whom to tell could not be found out: {why}"));
                return Ok(ExitCode::Pass);
            }
        };
        let context = Context {
            run_url: Some(self.job.url_of_run(self.run.id)),
            head: Some(self.run.head.clone()),
            repository: Some(self.job.repository.clone()),
            from_fork: target.from_fork,
            directory: config
                .as_ref()
                .map_or_else(|_| String::new(), actions::directory_of),
        };
        let wanted = Wanted::of(self.args, config.as_ref().ok());
        let (told, failed) = self.told(config, api.as_deref_mut(), &context, said);
        if self.args.dry_run {
            shown(&told, &wanted, &target.origin, said)?;
        } else {
            said.summarise(&told, self.variable);
            let url = self.job.url_of_run(self.run.id);
            posted(api, self.args, &target, &told, &wanted, &url, said);
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(told.exit()),
        }
    }

    /// The verdict in words; where there is none, that, and why for the log.
    fn told(
        &self,
        config: Result<Config, CliError>,
        api: Option<&mut (dyn Api + '_)>,
        context: &Context,
        said: &Said<'_>,
    ) -> (Told, Option<CliError>) {
        let unjudged = |why, error: CliError| (judged::unjudged(why, context), Some(error));
        let config = match config {
            Ok(config) => config,
            Err(error) => {
                let why = "budgets.toml of the default branch cannot be read";
                return unjudged(Unjudged::NoPolicy(why), error);
            }
        };
        let bytes = match self.bytes(api, said) {
            Ok(bytes) => bytes,
            Err(Nothing::Unjudged(why, detail)) => {
                return unjudged(why, Problem(format!("could not judge: {detail}")).into());
            }
            Err(Nothing::Failed(detail)) => {
                return unjudged(Unjudged::NotFetched, Problem(detail).into());
            }
        };
        match judged::foreign(&bytes, &config, self.now, context) {
            Ok(judged) => (judged.told, None),
            Err(NoVerdict::Refused(refused)) => unjudged(
                Unjudged::Refused(refused.reason()),
                Problem(format!("could not judge: {}", chain(&refused))).into(),
            ),
            Err(NoVerdict::Policy(error)) => {
                let why = "baselines of the default branch cannot be read";
                unjudged(Unjudged::NoPolicy(why), error)
            }
        }
    }

    /// The Run file: of `--from`, else of the newest artifact.
    fn bytes(&self, api: Option<&mut (dyn Api + '_)>, said: &Said<'_>) -> Result<Vec<u8>, Nothing> {
        if let Some(path) = &self.args.from {
            return source::read(path).map_err(Nothing::from);
        }
        let Some(api) = api else {
            return Err(Nothing::Failed(
                "the artifact of the run cannot be fetched; give it with `--from`".to_owned(),
            ));
        };
        let all = api.artifacts(self.run.id).map_err(Nothing::Failed)?;
        let artifact = newest(&all, self.run.attempt).map_err(|why| {
            let detail = format!("run {}: {}", self.run.id, why.reason());
            Nothing::Unjudged(why, detail)
        })?;
        if artifact.1 != self.run.attempt {
            said.line(&format!(
                "attempt {} left no artifact; that of attempt {} is judged",
                self.run.attempt, artifact.1
            ));
        }
        let zip = api
            .download(artifact.0, MAX_ZIP)
            .map_err(|error| match error {
                NotFetched::TooLarge => {
                    let why = "the artifact is larger than any recorded run";
                    Nothing::Unjudged(Unjudged::Refused(why), why.to_owned())
                }
                NotFetched::Expired => {
                    Nothing::Unjudged(Unjudged::Expired, Unjudged::Expired.reason().to_owned())
                }
                NotFetched::Failed(why) => Nothing::Failed(why),
            })?;
        Ok(source::unpacked(ZIP, &zip)?)
    }

    /// Whom to tell. Who only looks and has no token is shown what the event alone says.
    fn target(&self, api: Option<&mut (dyn Api + '_)>) -> Result<Target, NoOne> {
        let here = self.job.repository_id;
        let source = source_of(self.run, here, &self.args.workflow)?;
        let from_event = Target {
            pull: None,
            origin: Origin {
                run: self.run.id,
                attempt: self.run.attempt,
                head: self.run.head.clone(),
            },
            from_fork: source.head_repository != here,
        };
        match api {
            _ if source.in_merge_queue => Ok(from_event),
            Some(api) => self.of_pulls(api, source),
            None => Ok(from_event),
        }
    }

    /// The pull requests that the event names, and where none of them is it, those of the branch.
    fn of_pulls(&self, api: &mut dyn Api, source: Source) -> Result<Target, NoOne> {
        let here = self.job.repository_id;
        let find = |pulls: &[Pull]| target(self.run, here, &self.args.workflow, pulls);
        if source.head_repository == here && !self.run.pull_requests.is_empty() {
            let mut named = Vec::new();
            // One branch has few; a longer list is asked for at once below.
            for number in self.run.pull_requests.iter().take(3) {
                named.push(api.pull(*number).map_err(NoOne::Unknown)?);
            }
            match find(&named) {
                Err(NoTarget::Superseded(_)) if self.run.pull_requests.len() > 3 => {}
                found => return Ok(found?),
            }
        }
        let (Some(head), Some(branch)) = (&self.run.head_repository, &self.run.head_branch) else {
            return Err(NoTarget::HeadDeleted(self.run.head.clone()).into());
        };
        let pulls = api.pulls(&head.owner, branch).map_err(NoOne::Unknown)?;
        Ok(find(&pulls)?)
    }
}

fn in_words(why: &NoTarget) -> String {
    format!("{why}; nothing is posted")
}

/// Why nobody is told.
enum NoOne {
    Nobody(NoTarget),
    Unknown(String),
}

impl From<NoTarget> for NoOne {
    fn from(why: NoTarget) -> Self {
        Self::Nobody(why)
    }
}

/// The artifact of the newest attempt up to `attempt`: those that only run failed jobs again may not measure again.
fn newest(all: &[Artifact], attempt: u32) -> Result<(&Artifact, u32), Unjudged> {
    let ours = || {
        all.iter().filter_map(|artifact| {
            let number = artifact.name.strip_prefix(ARTIFACT)?;
            let of: u32 = number.parse().ok()?;
            // As we write it: no sign, no zeros in front.
            (of.to_string() == number && (1..=attempt).contains(&of)).then_some((artifact, of))
        })
    };
    let kept = ours().filter(|(artifact, _)| !artifact.expired);
    match kept.max_by_key(|(artifact, of)| (*of, artifact.id)) {
        Some(newest) => Ok(newest),
        None if ours().next().is_some() => Err(Unjudged::Expired),
        None => Err(Unjudged::NoArtifact),
    }
}

const _: () = assert!(MAX_ZIP <= MAX_BYTES);

#[cfg(test)]
mod tests;
