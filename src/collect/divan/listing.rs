//! From divan's lists to units. Pure.
//!
//! Two lists are needed. `--list --format terse` (which divan understands when `NEXTEST=1`) gives the exact text
//! that the filter compares with, and leaves ignored benchmarks out, but not the thread counts and
//! not where one name ends and the next begins. The tree that `--test --sample-count 0` prints has both.

use super::outline::{Open, Paths, branch};
use super::{DivanError, name};
use crate::collect::Unit;
use std::collections::{HashMap, HashSet};

/// Reads a tree without numbers, as `--list` and `--test` print it: the path from the root of each leaf.
///
/// Ignored benchmarks are left out. Lines that open no branch continue the name above them. Text outside of
/// trees is passed over.
///
/// # Errors
/// There is text and no tree, or a tree that ends early.
pub fn parse_list(stdout: &str) -> Result<Vec<Vec<String>>, DivanError> {
    let mut reader = Reader::default();
    let mut lines = 0;
    for (i, line) in stdout.lines().enumerate() {
        lines = i + 1;
        reader.line(line, lines)?;
    }
    reader.finish(lines, stdout)
}

#[derive(Default)]
struct Reader<'a> {
    /// The last line outside of a tree: the root of the tree that may begin.
    root: &'a str,
    tree: Option<Tree>,
    seen_tree: bool,
    leaves: Vec<Vec<String>>,
    paths: Paths,
}

struct Tree {
    open: Open,
    /// Name of the newest branch as far as it was read.
    newest: String,
}

impl<'a> Reader<'a> {
    fn line(&mut self, text: &'a str, line: usize) -> Result<(), DivanError> {
        let Some(branch) = branch(text) else {
            match &mut self.tree {
                None => self.root = text,
                Some(tree) if text.is_empty() && tree.open.is_complete() => {
                    self.leaves.extend(tree.close(None, &mut self.paths, line)?);
                    self.tree = None;
                    self.root = "";
                }
                Some(tree) => {
                    tree.newest.push('\n');
                    tree.newest.push_str(text);
                }
            }
            return Ok(());
        };
        self.seen_tree = true;
        let root = self.root;
        let tree = self.tree.get_or_insert_with(|| Tree {
            open: Open::new(root),
            newest: String::new(),
        });
        self.leaves
            .extend(tree.close(Some(branch.depth), &mut self.paths, line)?);
        tree.open.enter(&branch, line)?;
        branch.rest.clone_into(&mut tree.newest);
        Ok(())
    }

    fn finish(self, lines: usize, stdout: &str) -> Result<Vec<Vec<String>>, DivanError> {
        let wrong = |problem: &str| DivanError {
            line: lines,
            problem: problem.to_owned(),
        };
        if self.tree.is_some() {
            return Err(wrong("the output ends inside of a tree"));
        }
        if !self.seen_tree && !stdout.trim().is_empty() {
            return Err(wrong("there is no tree of divan in the output"));
        }
        Ok(self.leaves)
    }
}

impl Tree {
    /// Ends the newest branch: a leaf unless the next one lies below it.
    fn close(
        &mut self,
        next_depth: Option<usize>,
        paths: &mut Paths,
        line: usize,
    ) -> Result<Option<Vec<String>>, DivanError> {
        let depth = self.open.depth();
        if depth == 0 {
            return Ok(None);
        }
        self.open.rename(&self.newest);
        let is_leaf = next_depth.is_none_or(|next| next < depth);
        let ignored = self
            .newest
            .strip_suffix("(ignored)")
            .is_some_and(|name| name.ends_with("  "));
        if is_leaf && !ignored {
            return paths.of(&self.open, line).map(Some);
        }
        Ok(None)
    }
}

/// Units in the order of the tree.
///
/// `terse` decides what is run. A leaf of the tree that it does not know, and an entry without a leaf, become
/// units too: something was printed between, and measuring them says so by name.
pub(super) fn units(terse: &[String], leaves: &[Vec<String>], crate_name: &str) -> Vec<Unit> {
    let known: HashSet<&str> = terse.iter().map(String::as_str).collect();
    let mut units: Vec<Unit> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut add = |filter: String, benchmark: String| {
        let place = *places.entry(filter.clone()).or_insert_with(|| {
            units.push(Unit {
                filter,
                benchmarks: Vec::new(),
            });
            units.len() - 1
        });
        if let Some(unit) = units.get_mut(place)
            && !unit.benchmarks.contains(&benchmark)
        {
            unit.benchmarks.push(benchmark);
        }
    };
    let mut found: HashSet<String> = HashSet::new();
    for leaf in leaves {
        let whole = leaf.join("::");
        let filter = match leaf.split_last() {
            Some((last, above)) if !known.contains(whole.as_str()) && is_threads(last) => {
                above.join("::")
            }
            _ => whole,
        };
        found.insert(filter.clone());
        add(filter, name(leaf, crate_name));
    }
    for filter in terse.iter().filter(|filter| !found.contains(*filter)) {
        add(filter.clone(), name(&split(filter), crate_name));
    }
    units
}

/// `t=8`
fn is_threads(leaf: &str) -> bool {
    leaf.strip_prefix("t=")
        .is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A path at its `::`, as far as they are not inside of a type's brackets.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut brackets = 0_usize;
    let mut rest = path.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '<' | '(' | '[' => brackets += 1,
            '>' | ')' | ']' => brackets = brackets.saturating_sub(1),
            ':' if brackets == 0 && rest.next_if_eq(&':').is_some() => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(path: &[&str]) -> Vec<String> {
        path.iter().map(|&part| part.to_owned()).collect()
    }

    fn shown(units: &[Unit]) -> Vec<(&str, String)> {
        units
            .iter()
            .map(|unit| (unit.filter.as_str(), unit.benchmarks.join(" + ")))
            .collect()
    }

    #[test]
    fn thread_counts_of_one_benchmark_are_one_unit() {
        let terse = ["b::f::5".to_owned(), "b::g::t=1".to_owned()];
        let leaves = [
            leaf(&["b", "f", "5", "t=1"]),
            leaf(&["b", "f", "5", "t=2"]),
            leaf(&["b", "g", "t=1"]),
        ];
        assert_eq!(
            shown(&units(&terse, &leaves, "b")),
            [
                ("b::f::5", "f/5/t=1 + f/5/t=2".to_owned()),
                ("b::g::t=1", "g/t=1".to_owned()),
            ]
        );
    }

    #[test]
    fn what_only_one_list_knows_is_still_a_unit() {
        let terse = ["b::Vec<a::T>::0".to_owned()];
        let leaves = [leaf(&["b", "noise"])];
        assert_eq!(
            shown(&units(&terse, &leaves, "b")),
            [
                ("b::noise", "noise".to_owned()),
                ("b::Vec<a::T>::0", "Vec<a::T>/0".to_owned()),
            ]
        );
    }

    #[test]
    fn benches_of_a_library_keep_its_name() {
        let terse = ["lib::f".to_owned()];
        assert_eq!(
            shown(&units(&terse, &[leaf(&["lib", "f"])], "b")),
            [("lib::f", "lib/f".to_owned())]
        );
    }
}
