//! Reading the tree that divan prints when it measures. Pure.

use super::blocks::{Blocks, four};
use super::cells::{Kind, cells};
use super::outline::{Open, Paths, branch};
use super::{DivanError, shortened};
use crate::collect::Measured;
use crate::measurement::{Evidence, Metric, Summary};

/// One measured leaf of a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct DivanRow {
    /// Names from the root (the crate of the bench) to the leaf. Spaces at a name's end cannot be told from padding and
    /// are missing.
    pub path: Vec<String>,
    /// `time` first, then throughputs and allocations, as far as they are printed.
    pub measured: Measured,
}

/// Reads what divan prints on stdout under `--bench`: any number of trees.
///
/// Text outside of trees (what the program prints before and after them) is passed over, ignored benchmarks are left
/// out. Columns are found by their separators, from the right, so that their width and names do not matter.
///
/// # Errors
/// There is text and no tree; a tree that ends early; a row without numbers, or with one that is not finite; a
/// line inside of a tree that is none of divan's. Says the line.
pub fn parse_tree(stdout: &str) -> Result<Vec<DivanRow>, DivanError> {
    let mut reader = Reader::default();
    let mut lines = 0;
    for (i, line) in stdout.lines().enumerate() {
        lines = i + 1;
        reader.line(line, lines)?;
    }
    reader.finish(lines, stdout)
}

#[derive(Default)]
struct Reader {
    tree: Option<Tree>,
    seen_tree: bool,
    rows: Rows,
}

#[derive(Default)]
struct Rows {
    rows: Vec<DivanRow>,
    paths: Paths,
}

/// A tree that is being read.
struct Tree {
    open: Open,
    /// The newest branch, while more is to come about it.
    newest: Newest,
}

enum Newest {
    /// Only the header was read.
    Root,
    /// A name without the cells of its row yet: it holds a newline, or something else was printed.
    Begun {
        text: String,
        line: usize,
    },
    /// A row with empty cells; its leaves follow.
    Parent {
        line: usize,
    },
    /// A measured row, to which counters and allocations may follow.
    Leaf(Blocks),
    Ignored,
}

impl Reader {
    fn line(&mut self, text: &str, line: usize) -> Result<(), DivanError> {
        let Some(tree) = &mut self.tree else {
            if let Some(root) = header(text) {
                self.seen_tree = true;
                self.tree = Some(Tree {
                    open: Open::new(root),
                    newest: Newest::Root,
                });
            }
            return Ok(());
        };
        let branch = branch(text);
        if let Newest::Begun { text: begun, .. } = &mut tree.newest
            && branch.is_none()
        {
            begun.push('\n');
            begun.push_str(text);
            // The cells stand on the last line of a name.
            if cells(text).is_none() {
                return Ok(());
            }
            let whole = std::mem::take(begun);
            return tree.row(whole, line, &mut self.rows);
        }
        if text.is_empty() {
            return self.end(line);
        }
        match branch {
            Some(branch) => {
                tree.close_newest(Some(branch.depth))?;
                tree.open.enter(&branch, line)?;
                tree.row(branch.rest.to_owned(), line, &mut self.rows)
            }
            None => tree.more(text, line, &mut self.rows),
        }
    }

    /// The empty line after a tree.
    fn end(&mut self, line: usize) -> Result<(), DivanError> {
        let Some(tree) = self.tree.take() else {
            return Ok(());
        };
        tree.close_newest(None)?;
        if tree.open.is_complete() {
            Ok(())
        } else {
            Err(DivanError {
                line,
                problem: "the tree ends before its last branch".to_owned(),
            })
        }
    }

    fn finish(self, lines: usize, stdout: &str) -> Result<Vec<DivanRow>, DivanError> {
        let wrong = |problem: &str| DivanError {
            line: lines,
            problem: problem.to_owned(),
        };
        if let Some(tree) = self.tree {
            tree.close_newest(None)?;
            return Err(wrong("the output ends inside of a tree"));
        }
        if !self.seen_tree && !stdout.trim().is_empty() {
            return Err(wrong("there is no table of divan in the output"));
        }
        Ok(self.rows.rows)
    }
}

/// The root's name, where a line is the header of a tree.
fn header(line: &str) -> Option<&str> {
    let [first, rest @ ..] = cells(line)?;
    let names = ["slowest", "median", "mean", "samples", "iters"];
    if rest.map(str::trim) != names {
        return None;
    }
    first.trim_end().strip_suffix("fastest").map(str::trim_end)
}

impl Tree {
    /// What a branch says about itself: `name   cells`, or the beginning of it.
    fn row(&mut self, text: String, line: usize, rows: &mut Rows) -> Result<(), DivanError> {
        let Some([first, rest @ ..]) = cells(&text) else {
            self.newest = Newest::Begun { text, line };
            return Ok(());
        };
        if rest.iter().all(|cell| cell.trim().is_empty()) {
            let name = first.trim_end();
            self.newest = if let Some(name) = without_ignored(name) {
                self.open.rename(name);
                Newest::Ignored
            } else {
                self.open.rename(name);
                Newest::Parent { line }
            };
            return Ok(());
        }
        let (name, fastest) = name_and_cell(first).ok_or_else(|| DivanError {
            line,
            problem: format!("`{}` has no name and time", shortened(first.trim())),
        })?;
        let [slowest, median, mean, samples, iterations] = rest;
        let time = [fastest, slowest, median, mean];
        let summary = summary(time, [samples, iterations]).map_err(|problem| DivanError {
            line,
            problem: format!("`{}`: {problem}", shortened(name)),
        })?;
        self.open.rename(name);
        let path = rows.paths.of(&self.open, line)?;
        rows.rows.push(DivanRow {
            path,
            measured: vec![(Metric::time(), Evidence::Summary(Box::new(summary)))],
        });
        self.newest = Newest::Leaf(Blocks {
            summary,
            label: None,
        });
        Ok(())
    }

    /// A line that opens no branch: more about the newest leaf.
    fn more(&mut self, text: &str, line: usize, rows: &mut Rows) -> Result<(), DivanError> {
        let problem = match (&mut self.newest, cells(text), rows.rows.last_mut()) {
            (Newest::Leaf(blocks), Some(cells), Some(row)) => {
                match blocks.line(cells, line, &mut row.measured) {
                    Ok(()) => return Ok(()),
                    Err(problem) => problem,
                }
            }
            _ => "is no line of divan's table".to_owned(),
        };
        Err(DivanError {
            line,
            problem: format!("`{}`: {problem}", shortened(text.trim())),
        })
    }

    /// Nothing more comes about the newest branch, or what comes lies below it.
    fn close_newest(&self, next_depth: Option<usize>) -> Result<(), DivanError> {
        let has_branches = next_depth.is_some_and(|next| next >= self.open.depth());
        match &self.newest {
            Newest::Parent { line } if !has_branches => Err(DivanError {
                line: *line,
                problem: format!(
                    "`{}` has neither numbers nor branches",
                    shortened(self.open.path().last().map_or("", String::as_str))
                ),
            }),
            Newest::Begun { text, line } => Err(DivanError {
                line: *line,
                problem: format!(
                    "`{}` has no numbers: it ended early, printed something, or its `Bencher` is not used",
                    shortened(text.trim())
                ),
            }),
            Newest::Leaf(Blocks {
                label: Some(label), ..
            }) => Err(DivanError {
                line: label.line,
                problem: format!("`{}` has no count and size", label.text),
            }),
            _ => Ok(()),
        }
    }
}

/// `name   0.652 ns ` as its parts. At least two spaces stand between them, unless there is no name.
fn name_and_cell(first: &str) -> Option<(&str, &str)> {
    let trimmed = first.trim_end();
    let (before_unit, _) = trimmed.rsplit_once(' ')?;
    let number = before_unit
        .trim_end()
        .rfind([' ', '\n'])
        .map_or(0, |i| i + 1);
    let (name, cell) = trimmed.split_at(number);
    let padding = name.len() - name.trim_end_matches(' ').len();
    (padding >= 2 || name.is_empty() || name.ends_with('\n'))
        .then(|| (name.trim_end_matches(' '), cell))
}

/// The name of an ignored benchmark.
fn without_ignored(first: &str) -> Option<&str> {
    let name = first.strip_suffix("(ignored)")?;
    name.ends_with("  ").then(|| name.trim_end())
}

fn summary(time: [&str; 4], counts: [&str; 2]) -> Result<Summary, String> {
    let [fastest, slowest, median, mean] = four(time, &[Kind::Time])?.values;
    let [samples, iterations] = counts.map(|cell| cell.trim().parse::<u64>());
    let count = |name: &str, parsed: Result<u64, std::num::ParseIntError>, cell: &str| {
        parsed
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| format!("{name} `{}` is no number from 1", shortened(cell.trim())))
    };
    Ok(Summary {
        fastest,
        slowest,
        median,
        mean,
        samples: count("samples", samples, counts[0])?,
        iterations: count("iters", iterations, counts[1])?,
    })
}
