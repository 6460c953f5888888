//! What to post where people look: the comment, check run, status, step summary and annotations of a verdict. Pure.
//!
//! ```text
//! Report + Context -> Post (every text, within its limits) -> sticky::plan(what is there) -> github (edge) carries it out
//! ```
//!
//! Everything that is decided is decided here, from data: what to measure against ([`revision`]), what to say ([`post`]), to whom ([`event`], [`target`]), which
//! comment is ours and whether ours is the newer word ([`sticky`]), when to try again ([`retry`]). The edge
//! `github` sends requests and knows nothing of verdicts.
//!
//! A pull request's author chooses the names of benchmarks, the numbers, and everything else in the run that an
//! artifact holds. Nothing of it is believed but numbers and names; where it is posted, and for which commit, comes from
//! the event and GitHub's answers.

#[cfg(feature = "github")]
pub mod archive;
pub mod event;
#[cfg(feature = "github")]
#[expect(
    clippy::disallowed_methods,
    reason = "edge: waits between requests and asks the clock"
)]
pub mod github;
pub mod post;
pub mod retry;
pub mod revision;
pub mod sticky;
pub mod target;
pub mod trusted;
mod words;

pub use words::{Commit, Key, KeyError, Origin, Posting, RepositoryName};
