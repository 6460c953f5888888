//! The shape of divan's trees: branches, depth, names, and where a tree begins and ends. Pure.
//!
//! Names come from the user's program and may hold anything: bars, branches, spaces, newlines.

use super::{DivanError, shortened};

/// Levels of modules, groups, types, arguments and threads. Rust code does not come near it.
const DEEPEST: usize = 64;

/// A line that opens a branch: `│  ├─ name ..`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Branch<'a> {
    /// Branches above it, below the root.
    pub(super) depth: usize,
    /// Drawn with `╰─`: the last of its siblings.
    pub(super) last: bool,
    /// What follows: the name and whatever stands behind it.
    pub(super) rest: &'a str,
}

/// Reads the prefix of a line; `None` where it opens no branch.
pub(super) fn branch(line: &str) -> Option<Branch<'_>> {
    let mut rest = line;
    let mut depth = 0;
    loop {
        for (mark, last) in [("├─ ", false), ("╰─ ", true)] {
            if let Some(rest) = rest.strip_prefix(mark) {
                return Some(Branch { depth, last, rest });
            }
        }
        rest = rest
            .strip_prefix("│  ")
            .or_else(|| rest.strip_prefix("   "))?;
        depth += 1;
    }
}

/// The branches that are open at a place of a tree.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Names from the root to here.
    path: Vec<String>,
    /// For each level below the root, whether its newest branch was the last.
    last: Vec<bool>,
}

impl Open {
    pub(super) fn new(root: &str) -> Self {
        Self {
            path: vec![root.to_owned()],
            last: Vec::new(),
        }
    }

    /// Enters a branch; its name is set by [`rename`](Self::rename) when it is known.
    pub(super) fn enter(&mut self, branch: &Branch<'_>, line: usize) -> Result<(), DivanError> {
        let broken = |problem: String| Err(DivanError { line, problem });
        if branch.depth >= DEEPEST {
            return broken(format!("more than {DEEPEST} levels deep"));
        }
        if branch.depth + 1 > self.path.len() {
            return broken(format!(
                "`{}` has no branch above it",
                shortened(branch.rest)
            ));
        }
        if self.last.get(branch.depth) == Some(&true) && self.path.len() > branch.depth + 1 {
            return broken(format!(
                "`{}` follows a branch that was drawn as the last",
                shortened(branch.rest)
            ));
        }
        self.path.truncate(branch.depth + 1);
        self.last.truncate(branch.depth);
        self.path.push(String::new());
        self.last.push(branch.last);
        Ok(())
    }

    /// Names the newest branch.
    pub(super) fn rename(&mut self, name: &str) {
        if let Some(newest) = self.path.last_mut() {
            name.clone_into(newest);
        }
    }

    /// Whether nothing more can come: every level had its last branch.
    pub(super) fn is_complete(&self) -> bool {
        !self.last.is_empty() && self.last.iter().all(|last| *last)
    }

    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    pub(super) fn depth(&self) -> usize {
        self.last.len()
    }
}

/// Hands out the paths of leaves. Real trees are padded to their longest name, so that paths are never much
/// larger than the output; a forged one could ask for far more memory than it has bytes.
#[derive(Debug, Default)]
pub(super) struct Paths {
    bytes: usize,
}

/// Four times what is kept of a program's output.
const MOST_PATH_BYTES: usize = 64 << 20;

impl Paths {
    pub(super) fn of(&mut self, open: &Open, line: usize) -> Result<Vec<String>, DivanError> {
        self.bytes += open.path.iter().map(String::len).sum::<usize>();
        if self.bytes > MOST_PATH_BYTES {
            return Err(DivanError {
                line,
                problem: "its names are too long to be divan's".to_owned(),
            });
        }
        Ok(open.path.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_branch_ends_the_prefix() {
        let read = |line| branch(line).map(|b| (b.depth, b.last, b.rest));
        assert_eq!(read("├─ add"), Some((0, false, "add")));
        assert_eq!(read("│  ╰─ ├─ tree"), Some((1, true, "├─ tree")));
        assert_eq!(read("   │  ├─ │ bar"), Some((2, false, "│ bar")));
        assert_eq!(read("╰─ "), Some((0, true, "")));
        assert_eq!(read("plain"), None);
        assert_eq!(read("│  │   max alloc:"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_branch_needs_one_above_it() {
        let mut open = Open::new("root");
        let error = open.enter(&branch("│  ├─ lost").unwrap(), 3).unwrap_err();
        assert_eq!(error.to_string(), "line 3: `lost` has no branch above it");
    }

    #[test]
    fn nothing_follows_the_last_branch() {
        let mut open = Open::new("root");
        open.enter(&branch("╰─ a").unwrap(), 1).unwrap();
        assert!(open.is_complete());
        assert!(open.enter(&branch("├─ b").unwrap(), 2).is_err());
    }
}
