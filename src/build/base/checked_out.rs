//! What is checked out, for who must know before anything is measured: git's answers to [`Repository`].

use super::super::BuildError;
use super::super::git::{Git, failed};
use crate::collect::process::Interrupt;
use crate::publish::revision::{Repository, Unknown};
use crate::publish::{Commit, RepositoryName};
use std::path::Path;

/// The repository around a directory.
#[derive(Debug, Clone, Copy)]
pub struct CheckedOut<'a> {
    git: Git<'a>,
}

impl<'a> CheckedOut<'a> {
    /// Of the repository that `root` is in.
    #[must_use]
    pub fn new(root: &'a Path, interrupt: &'a Interrupt) -> Self {
        Self {
            git: Git::new(root, interrupt),
        }
    }

    /// Whether git says yes; it says no with the code 1.
    fn says(&self, arguments: &[&str]) -> Result<bool, BuildError> {
        let answer = self.git.ask(arguments)?;
        match answer.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(failed(arguments, &answer)),
        }
    }
}

fn commit(text: &str) -> Result<Commit, Unknown> {
    Commit::new(text).ok_or_else(|| format!("git names the commit {text:?}").into())
}

impl Repository for CheckedOut<'_> {
    fn head(&self) -> Result<Commit, Unknown> {
        commit(&self.git.line(&["rev-parse", "--verify", "HEAD^{commit}"])?)
    }

    /// From the commit itself: where history is cut off, git's log knows of no parents.
    fn parents(&self) -> Result<Vec<Commit>, Unknown> {
        let text = self.git.get(&["cat-file", "commit", "HEAD"])?;
        String::from_utf8_lossy(&text)
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.strip_prefix("parent "))
            .map(commit)
            .collect()
    }

    fn has(&self, wanted: &Commit) -> Result<bool, Unknown> {
        let tree = format!("{wanted}^{{tree}}");
        Ok(self.says(&["rev-parse", "--verify", "--quiet", &tree])?)
    }

    fn contains(&self, wanted: &Commit) -> Result<bool, Unknown> {
        Ok(self.says(&["merge-base", "--is-ancestor", wanted.as_str(), "HEAD"])?)
    }

    fn has_branch_of_origin(&self, branch: &str) -> Result<bool, Unknown> {
        let full = format!("refs/remotes/origin/{branch}");
        Ok(self.says(&["show-ref", "--verify", "--quiet", &full])?)
    }

    fn origin(&self) -> Result<Option<RepositoryName>, Unknown> {
        let arguments = ["config", "--get", "remote.origin.url"];
        let answer = self.git.ask(&arguments)?;
        match answer.status.code() {
            Some(0) => Ok(named(&String::from_utf8_lossy(&answer.stdout))),
            Some(1) => Ok(None),
            _ => Err(failed(&arguments, &answer).into()),
        }
    }

    fn is_shallow(&self) -> Result<bool, Unknown> {
        let answer = self.git.line(&["rev-parse", "--is-shallow-repository"])?;
        Ok(answer == "true")
    }
}

/// The repository at the end of an address on a server: `https://host/owner/name.git`, `git@host:owner/name`. A path of
/// this machine says nothing about whose repository it is.
fn named(address: &str) -> Option<RepositoryName> {
    let address = address.trim();
    let path = match address.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        None => {
            let (host, path) = address.split_once(':')?;
            (!host.contains('/')).then_some(path)?
        }
    };
    let path = path.trim_matches('/');
    RepositoryName::new(path.strip_suffix(".git").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::git;
    use super::*;

    #[test]
    fn addresses_of_servers_name_a_repository_and_paths_do_not() {
        for address in [
            "https://github.com/octo-org/octo-repo",
            "https://github.com/octo-org/octo-repo.git\n",
            "https://user:token@ghe.example.com:8443/octo-org/octo-repo/",
            "ssh://git@github.com/octo-org/octo-repo.git",
            "git@github.com:octo-org/octo-repo.git",
        ] {
            let name = named(address).map(|name| name.to_string());
            assert_eq!(name.as_deref(), Some("octo-org/octo-repo"), "{address}");
        }
        for address in [
            "",
            "/srv/git/octo-repo",
            "../x",
            "file:///srv/octo-org/octo-repo",
            "./a:b/c",
            "https://github.com",
        ] {
            assert_eq!(named(address), None, "{address}");
        }
    }

    #[test]
    fn parents_are_known_where_history_is_cut_off() {
        let directory = tempfile::tempdir().unwrap();
        let (whole, cut) = (directory.path().join("whole"), directory.path().join("cut"));
        std::fs::create_dir(&whole).unwrap();
        git(&whole, &["init", "-q", "-b", "main"]);
        for message in [
            "one",
            "two\n\nparent 0123456789abcdef0123456789abcdef01234567",
        ] {
            git(&whole, &["commit", "-q", "--allow-empty", "-m", message]);
        }
        let address = format!("file://{}", whole.display());
        let place = cut.display().to_string();
        git(&whole, &["clone", "-q", "--depth", "1", &address, &place]);

        let interrupt = Interrupt::default();
        let (whole, cut) = (
            CheckedOut::new(&whole, &interrupt),
            CheckedOut::new(&cut, &interrupt),
        );
        let head = cut.head().unwrap();
        assert_eq!(whole.head().unwrap(), head);
        // The line in the message is no parent.
        let parents = cut.parents().unwrap();
        let [first] = &parents[..] else {
            panic!("one parent");
        };
        assert_eq!(whole.parents().unwrap(), parents);
        assert!(whole.has(first).unwrap() && whole.contains(first).unwrap());
        assert!(!cut.has(first).unwrap() && cut.has(&head).unwrap());
        assert!(cut.is_shallow().unwrap() && !whole.is_shallow().unwrap());
        assert!(cut.has_branch_of_origin("main").unwrap());
        assert!(!cut.has_branch_of_origin("other").unwrap());
        assert_eq!(
            (cut.origin().unwrap(), whole.origin().unwrap()),
            (None, None)
        );
    }

    #[test]
    fn without_a_repository_there_is_no_answer() {
        let directory = tempfile::tempdir().unwrap();
        let interrupt = Interrupt::default();
        let nowhere = CheckedOut::new(directory.path(), &interrupt);
        assert!(nowhere.head().is_err() && nowhere.parents().is_err());
        assert!(nowhere.has_branch_of_origin("main").is_err());
        assert!(nowhere.is_shallow().is_err());
        let any = Commit::new(&"a".repeat(40)).unwrap();
        assert!(nowhere.has(&any).is_err() && nowhere.contains(&any).is_err());
    }
}
