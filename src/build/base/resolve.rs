//! Which commit the candidate is compared with.

use super::super::BuildError;
use super::super::git::{Git, failed};
use crate::collect::process::Interrupt;
use std::path::Path;

/// Largest file that [`read_at`] reads.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The word for "where this branch left the default branch".
const MERGE_BASE: &str = "merge-base";

/// A commit to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// As the user asked for it: `HEAD~1`, `v1.2`, `merge-base`.
    pub asked: String,
    /// With what HEAD has this merge base, where one was asked for: `origin/main`.
    pub merge_base_with: Option<String>,
    /// The commit, in full.
    pub commit: String,
    /// Its tree: equal trees are equal sources.
    pub tree: String,
}

impl std::fmt::Display for Base {
    /// `HEAD~1 (0123456789ab)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let commit = self.commit.get(..12).unwrap_or(&self.commit);
        match &self.merge_base_with {
            Some(with) => write!(f, "merge base with {with} ({commit})"),
            None => write!(f, "{} ({commit})", self.asked),
        }
    }
}

/// The commit that `reference` means in the repository of `root`.
///
/// `reference` is anything that git resolves to a commit; or `merge-base:REF`, the merge base of HEAD and REF; or
/// `merge-base`, that of HEAD and the branch it will be merged into: `target_branch` (in GitHub Actions the value of
/// `GITHUB_BASE_REF`) on `origin` or here, else the first of `origin/HEAD`, `origin/main`, `origin/master`, `main` and
/// `master` that there is.
///
/// # Errors
/// No repository, no such commit, no common history. In a shallow clone the error says how to fetch more.
pub fn resolve(
    root: &Path,
    reference: &str,
    target_branch: Option<&str>,
    interrupt: &Interrupt,
) -> Result<Base, BuildError> {
    let resolver = Resolver {
        git: Git::new(root, interrupt),
        asked: reference,
    };
    let (commit, merge_base_with) = match reference.strip_prefix(MERGE_BASE) {
        Some("") => {
            let (name, other) = resolver.default_branch(target_branch)?;
            (resolver.merge_base(&name, &other)?, Some(name))
        }
        Some(rest) if rest.starts_with(':') => {
            let name = &rest[1..];
            let other = resolver.commit(name)?;
            (resolver.merge_base(name, &other)?, Some(name.to_owned()))
        }
        _ => (resolver.commit(reference)?, None),
    };
    let tree = resolver
        .git
        .line(&["rev-parse", "--verify", &format!("{commit}^{{tree}}")])?;
    Ok(Base {
        asked: reference.to_owned(),
        merge_base_with,
        commit,
        tree,
    })
}

struct Resolver<'a> {
    git: Git<'a>,
    asked: &'a str,
}

impl Resolver<'_> {
    fn problem(&self, problem: String) -> BuildError {
        BuildError::Base {
            reference: self.asked.to_owned(),
            problem,
        }
    }

    /// The commit of a name that must exist.
    fn commit(&self, name: &str) -> Result<String, BuildError> {
        // git would take it for an option, or cut it.
        if name.starts_with('-') || name.contains(char::is_control) || name.trim().is_empty() {
            return Err(self.problem(format!("{name:?} is no name of a commit")));
        }
        match self.look_up(name)? {
            Some(commit) => Ok(commit),
            None => Err(self.problem(format!(
                "there is no commit `{name}` here{}",
                self.if_shallow()?.unwrap_or_default()
            ))),
        }
    }

    fn look_up(&self, name: &str) -> Result<Option<String>, BuildError> {
        let peeled = format!("{name}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &peeled,
        ];
        let answer = self.git.ask(&arguments)?;
        let said = String::from_utf8_lossy(&answer.stderr);
        if answer.status.success() {
            let printed = String::from_utf8_lossy(&answer.stdout);
            Ok(Some(printed.trim().to_owned()))
        } else if answer.status.code() == Some(1) || said.contains("unknown revision") {
            Ok(None)
        } else if said.contains("not a git repository") {
            Err(self.problem("this is not in a git repository".to_owned()))
        } else {
            // Ambiguous names, no such object of that kind, a broken repository: git says it best.
            Err(failed(&arguments, &answer))
        }
    }

    /// What to do where history is cut off.
    fn if_shallow(&self) -> Result<Option<String>, BuildError> {
        let shallow = self.git.line(&["rev-parse", "--is-shallow-repository"])?;
        Ok((shallow == "true").then(|| {
            "; this is a shallow clone: fetch more history with `git fetch --deepen=100`, in GitHub Actions with `fetch-depth: 0` of actions/checkout".to_owned()
        }))
    }

    fn merge_base(&self, name: &str, other: &str) -> Result<String, BuildError> {
        let arguments = ["merge-base", "HEAD", other];
        let answer = self.git.ask(&arguments)?;
        match answer.status.code() {
            Some(0) => Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned()),
            Some(1) => Err(self.problem(format!(
                "HEAD and `{name}` have no common commit here{}",
                self.if_shallow()?.unwrap_or_default()
            ))),
            _ => Err(failed(&arguments, &answer)),
        }
    }

    /// Name and commit of the branch that HEAD will be merged into.
    fn default_branch(&self, target: Option<&str>) -> Result<(String, String), BuildError> {
        let names: Vec<(String, String)> = match target.filter(|name| !name.is_empty()) {
            // Another branch in its place would compare with the wrong revision and not say so.
            Some(target) => vec![
                (
                    format!("origin/{target}"),
                    format!("refs/remotes/origin/{target}"),
                ),
                (target.to_owned(), format!("refs/heads/{target}")),
            ],
            None => ["origin/HEAD", "origin/main", "origin/master"]
                .map(|name| (name.to_owned(), format!("refs/remotes/{name}")))
                .into_iter()
                .chain(
                    ["main", "master"].map(|name| (name.to_owned(), format!("refs/heads/{name}"))),
                )
                .collect(),
        };
        for (name, full) in &names {
            if let Some(commit) = self.look_up(full)? {
                return Ok((name.clone(), commit));
            }
        }
        let tried: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
        let next = match target {
            Some(target) => format!("fetch it with `git fetch origin {target}`"),
            None => "name it with `merge-base:REF`".to_owned(),
        };
        Err(self.problem(format!(
            "found none of {} to take the merge base with; {next}",
            tried.join(", ")
        )))
    }
}

/// The text of `file` as it was at `commit`; `None` where it was not there. A relative path starts at `root`.
///
/// # Errors
/// It was a directory or a link, has more than 4 MiB, or is not UTF-8; git fails.
pub fn read_at(
    root: &Path,
    commit: &str,
    file: &Path,
    interrupt: &Interrupt,
) -> Result<Option<String>, BuildError> {
    let git = Git::new(root, interrupt);
    let relative = file.strip_prefix(root).unwrap_or(file);
    let problem = |problem: String| BuildError::Base {
        reference: commit.to_owned(),
        problem: format!("cannot read `{}` at it: {problem}", relative.display()),
    };
    let Some(shown) = relative.to_str() else {
        return Err(problem("its path is not UTF-8".to_owned()));
    };
    let listed = git.get(&["ls-tree", "-z", "--long", commit, "--", shown])?;
    let listed = String::from_utf8_lossy(&listed);
    let Some((entry, _)) = listed.split('\0').find_map(|line| line.split_once('\t')) else {
        return Ok(None);
    };
    let fields: Vec<&str> = entry.split_whitespace().collect();
    let [mode, "blob", blob, size] = fields[..] else {
        return Err(problem("it is not a file".to_owned()));
    };
    if mode == "120000" {
        return Err(problem("it is a link".to_owned()));
    }
    match size.parse::<u64>() {
        Ok(size) if size <= LARGEST => {}
        _ => {
            return Err(problem(format!(
                "it has {size} bytes; at most {LARGEST} are read"
            )));
        }
    }
    String::from_utf8(git.get(&["cat-file", "blob", blob])?)
        .map(Some)
        .map_err(|_| problem("it is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests;
