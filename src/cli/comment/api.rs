//! What `comment` asks of GitHub, so that tests can answer in its place.

use crate::publish::event::Job;
use crate::publish::post::Post;
use crate::publish::target::{Pull, Target};
use crate::publish::{Key, Posting};

/// A file that a run uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Artifact {
    pub(super) id: u64,
    /// Chosen by the workflow that uploaded it, so by the author of the pull request.
    pub(super) name: String,
    /// Of the zip file.
    pub(super) bytes: u64,
    pub(super) expired: bool,
}

/// Why an artifact was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "github"),
    expect(dead_code, reason = "there is no API to fetch it from")
)]
pub(super) enum NotFetched {
    /// Larger than it may be.
    TooLarge,
    /// Not kept any more.
    Expired,
    /// GitHub did not give it; a sentence.
    Failed(String),
}

/// What to post, where, and as whom.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "github"),
    expect(dead_code, reason = "there is no API to post to")
)]
pub(super) struct Posted<'a> {
    pub(super) target: &'a Target,
    pub(super) post: &'a Post,
    pub(super) key: &'a Key,
    pub(super) posting: Posting,
    pub(super) author: &'a str,
    pub(super) details_url: &'a str,
}

/// What became of it, in sentences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Done {
    pub(super) lines: Vec<String>,
    pub(super) failures: Vec<String>,
}

/// GitHub, for one repository. Errors are sentences that are safe to print and hold no token.
pub(super) trait Api {
    fn pull(&mut self, number: u64) -> Result<Pull, String>;
    /// Open pull requests of a branch of `owner`.
    fn pulls(&mut self, owner: &str, branch: &str) -> Result<Vec<Pull>, String>;
    fn artifacts(&mut self, run: u64) -> Result<Vec<Artifact>, String>;
    fn download(&mut self, artifact: &Artifact, limit: usize) -> Result<Vec<u8>, NotFetched>;
    fn publish(&mut self, posted: &Posted<'_>) -> Done;
}

/// The API of the server that the job runs on, with its token.
///
/// # Errors
/// Why it cannot be used, as a sentence.
#[cfg(feature = "github")]
pub(super) fn connect(
    job: &Job,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Api>, String> {
    super::connection::connect(job, variable)
}

/// The API of the server that the job runs on, which this build has no means to reach.
#[cfg(not(feature = "github"))]
pub(super) fn connect(
    _job: &Job,
    _variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Api>, String> {
    Err("this tollgate was built without the feature `github`".to_owned())
}
