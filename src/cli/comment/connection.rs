//! The real GitHub behind [`Api`].

use super::api::{Api, Artifact, Done, NotFetched, Posted};
use crate::cli::chain;
use crate::publish::event::{Event, Job};
use crate::publish::github::{
    self, ApiUrl, Client, DownloadError, Failure, Settings, Token, publish,
};
use crate::publish::target::Pull;

/// Variables that may hold the token, the first that is set counts.
const TOKENS: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];

/// The API of the server that the job runs on, with its token.
pub(super) fn connect(
    job: &Job,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Api>, String> {
    let (name, token) = TOKENS
        .into_iter()
        .find_map(|name| Some((name, variable(name)?)))
        .ok_or_else(|| {
            "neither GITHUB_TOKEN nor GH_TOKEN is set; in a workflow, pass `env: GITHUB_TOKEN: ${{ github.token }}`"
                .to_owned()
        })?;
    let token = Token::new(&token).map_err(|error| format!("{name} is no token: {error}"))?;
    let api = ApiUrl::new(&job.api_url).map_err(|error| format!("GITHUB_API_URL: {error}"))?;
    let mut settings = Settings::new(api, token);
    settings.token_of_fork = match &job.event {
        Event::PullRequest(pull) => pull.is_from_fork(),
        _ => false,
    };
    let client = Client::new(settings, job.repository.clone()).map_err(|error| chain(&error))?;
    Ok(Box::new(client))
}

impl Api for Client {
    fn pull(&mut self, number: u64) -> Result<Pull, String> {
        Self::pull(self, number).map_err(|failure| sentence(&failure))
    }

    fn pulls(&mut self, owner: &str, branch: &str) -> Result<Vec<Pull>, String> {
        Self::pulls(self, owner, branch).map_err(|failure| sentence(&failure))
    }

    fn artifacts(&mut self, run: u64) -> Result<Vec<Artifact>, String> {
        let of = |artifact: github::Artifact| Artifact {
            id: artifact.id,
            name: artifact.name,
            bytes: artifact.bytes,
            expired: artifact.expired,
        };
        let all = Self::artifacts(self, run).map_err(|failure| sentence(&failure))?;
        Ok(all.into_iter().map(of).collect())
    }

    fn download(&mut self, artifact: &Artifact, limit: usize) -> Result<Vec<u8>, NotFetched> {
        let artifact = github::Artifact {
            id: artifact.id,
            name: artifact.name.clone(),
            bytes: artifact.bytes,
            expired: artifact.expired,
        };
        Self::download(self, &artifact, limit).map_err(|error| match error {
            DownloadError::TooLarge { .. } => NotFetched::TooLarge,
            DownloadError::Expired => NotFetched::Expired,
            DownloadError::Failed(failure) => NotFetched::Failed(sentence(&failure)),
        })
    }

    fn publish(&mut self, posted: &Posted<'_>) -> Done {
        let done = publish(
            self,
            &github::Job {
                target: posted.target,
                post: posted.post,
                key: posted.key,
                posting: posted.posting,
                author: Some(posted.author),
                details_url: Some(posted.details_url),
            },
        );
        let failures = done.failures();
        let lines = [done.comment.to_string(), done.check.to_string()];
        Done {
            // What failed is said once, as a warning.
            lines: (lines.into_iter())
                .filter(|line| !failures.contains(line))
                .collect(),
            failures,
        }
    }
}

fn sentence(failure: &Failure) -> String {
    failure.to_string()
}
