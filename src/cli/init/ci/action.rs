//! Which action the workflows use. Pure.

use crate::publish::{Commit, RepositoryName};
use crate::report::safe_name;
use std::fmt;
use std::str::FromStr;

/// The action that the workflows use. There is no default: whoever owns the name in a default could run code with the
/// token of everybody who took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// An action of another repository, at a commit.
    Pinned {
        /// Where it is.
        repository: RepositoryName,
        /// 40 hex digits.
        commit: Commit,
    },
    /// A directory of the same repository, such as `./` or `./tools/tollgate`.
    Local(String),
}

/// Why a text names no action that should be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// None was given.
    #[error(
        "--ci github needs --action: the workflows give a token that can write to the action, so its code must be \
         named by you. There is no default, because an unpublished or unpinned name would be somebody else's \
         code with your token. Type one of\n\n    \
         tollgate init --ci github --action OWNER/REPO@<the 40 hex digits of a commit>\n    \
         tollgate init --ci github --action ./        (a copy of tollgate in this repository)"
    )]
    Missing,
    /// A tag, a branch or a part of a commit.
    #[error(
        "--action {text}: `{reference}` is no whole commit. A tag or branch can be moved to other code at any time, which \
         would then run with your token. The commit that it names today is shown by\n\n    \
         git ls-remote https://github.com/{repository} {reference}"
    )]
    NotACommit {
        /// As typed.
        text: String,
        /// Before the `@`.
        repository: String,
        /// Behind the `@`.
        reference: String,
    },
    /// Something else.
    #[error(
        "--action {0}: give OWNER/REPO@<the 40 hex digits of a commit>, or a directory of this repository such as ./ or \
         ./tools/tollgate (letters, digits, `.`, `_`, `-` and `/`)"
    )]
    Unknown(String),
}

impl FromStr for Action {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<Self, ActionError> {
        let unknown = || ActionError::Unknown(safe_name(text));
        if text == "." || text.starts_with("./") {
            let plain = is_plain_path(text) && text.split('/').all(|part| part != "..");
            return plain
                .then(|| {
                    Self::Local(if text == "." {
                        "./".to_owned()
                    } else {
                        text.to_owned()
                    })
                })
                .ok_or_else(unknown);
        }
        let (name, reference) = text.split_once('@').unwrap_or((text, ""));
        let repository = RepositoryName::new(name).ok_or_else(unknown)?;
        match Commit::new(reference).filter(|commit| commit.as_str().len() == 40) {
            Some(commit) => Ok(Self::Pinned { repository, commit }),
            None => Err(ActionError::NotACommit {
                text: safe_name(text),
                repository: repository.to_string(),
                reference: if reference.is_empty() {
                    "HEAD".to_owned()
                } else {
                    safe_name(reference)
                },
            }),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned { repository, commit } => write!(f, "{repository}@{commit}"),
            Self::Local(path) => f.write_str(path),
        }
    }
}

/// Characters that mean nothing to YAML, to shells and to workflow expressions.
pub(super) fn is_plain_path(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
}
