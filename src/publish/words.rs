//! Small words that everything here uses, each valid by construction.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A commit id as git writes it: 40 or 64 lower-case hex digits, and not all zeros (which git writes for "none").
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Commit(String);

impl Commit {
    /// `None` for anything else than a whole commit id.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let valid = matches!(text.len(), 40 | 64)
            && text.bytes().all(hex)
            && text.bytes().any(|byte| byte != b'0');
        valid.then(|| Self(text.to_owned()))
    }

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Twelve digits: enough in any repository of today.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `owner/name` of a repository on GitHub: letters, digits, `-`, `_` and `.`; never `.` or `..`. Safe in a URL path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryName {
    owner: String,
    name: String,
}

impl RepositoryName {
    /// `None` for anything else than `owner/name`.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let valid = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && part != "."
                && part != ".."
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        (valid(owner) && valid(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Who owns it.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether both name one repository: GitHub does not tell large letters from small ones.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Tells several comments of tollgate on one pull request apart, such as one a crate of a workspace: a small letter or
/// digit, then up to 40 small letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

/// The text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key is a small letter or digit, then up to 40 small letters, digits and hyphens, such as `default`"
)]
pub struct KeyError;

impl Key {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Name of the check run, and context of the commit status in its place: `tollgate`, or `tollgate (KEY)`.
    #[must_use]
    pub fn check_name(&self) -> String {
        if *self == Self::default() {
            "tollgate".to_owned()
        } else {
            format!("tollgate ({self})")
        }
    }
}

impl Default for Key {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z');
        let mut bytes = text.bytes();
        let valid = bytes.next().is_some_and(plain)
            && text.len() <= 41
            && bytes.all(|byte| plain(byte) || byte == b'-');
        valid.then(|| Self(text.to_owned())).ok_or(KeyError)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When a comment is written. One that is there is kept true in any case but `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Posting {
    /// When something moved, broke, is excused or missing, when the gate does not pass or could compare nothing, or when
    /// the budgets change.
    #[default]
    Changes,
    /// For every run.
    Always,
    /// Not at all; what is there is left as it is.
    Never,
}

impl Posting {
    /// As written in budgets.toml and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// Which run of the measuring workflow speaks, about which head of the pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `GITHUB_RUN_ID`; grows with time within a repository.
    pub run: u64,
    /// `GITHUB_RUN_ATTEMPT`, from 1.
    pub attempt: u32,
    /// Head of the pull request when the run was started.
    pub head: Commit,
}

impl Origin {
    /// Whether this is a later word than `other`: of a later run, or a later attempt at the same one.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.run, self.attempt) > (other.run, other.attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_whole_hex_ids() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(Commit::new(id).unwrap().short(), "0123456789ab");
        let upper = id.to_uppercase();
        let zeros = "0".repeat(40);
        let spaced = format!(" {}", &id[1..]);
        for wrong in ["", "main", &id[1..], &upper, &zeros, &spaced, "é"] {
            assert_eq!(Commit::new(wrong), None, "{wrong:?}");
        }
        assert!(Commit::new(&"a".repeat(64)).is_some());
    }

    #[test]
    fn names_of_repositories_cannot_leave_their_place_in_a_path() {
        let name = RepositoryName::new("rust-lang/rust.vim_2").unwrap();
        assert_eq!((name.owner(), name.name()), ("rust-lang", "rust.vim_2"));
        let same = |text| RepositoryName::new(text).unwrap().is_same(&name);
        assert!(same("Rust-Lang/RUST.vim_2"));
        assert!(!same("rust-lang/rust") && !same("rust/rust.vim_2"));
        for wrong in [
            "", "a", "/", "a/", "/b", "a/..", "../b", "a/b/c", "a/b?c", "a/b c", "a/é",
        ] {
            assert_eq!(RepositoryName::new(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn keys_are_slugs() {
        for right in ["default", "a", "9-lives", &"a".repeat(41)] {
            assert_eq!(right.parse::<Key>().unwrap().as_str(), right);
        }
        for wrong in ["", "-a", "A", "a b", "a_b", "-->", "é", &"a".repeat(42)] {
            assert_eq!(wrong.parse::<Key>(), Err(KeyError), "{wrong:?}");
        }
    }

    #[test]
    fn keys_tell_checks_apart() {
        assert_eq!(Key::default().check_name(), "tollgate");
        let key: Key = "parser".parse().unwrap();
        assert_eq!(key.check_name(), "tollgate (parser)");
    }

    #[test]
    fn later_runs_and_later_attempts_are_newer() {
        let origin = |run, attempt| Origin {
            run,
            attempt,
            head: Commit::new(&"a".repeat(40)).unwrap(),
        };
        assert!(origin(2, 1).is_newer_than(&origin(1, 9)));
        assert!(origin(1, 2).is_newer_than(&origin(1, 1)));
        assert!(!origin(1, 1).is_newer_than(&origin(1, 1)));
        assert!(!origin(1, 9).is_newer_than(&origin(2, 1)));
    }
}
