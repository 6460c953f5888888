//! Which benchmark is meant.

use crate::budget::NameGlob;
use crate::measurement::{BenchmarkId, OVERHEAD, Run};
use crate::report::text::{safe_name, shorten_middle};
use crate::verdict::Gate;
use std::collections::BTreeSet;

/// Candidates that a message names.
const NAMED: usize = 10;

/// Columns of a name in a message.
const NAME_COLUMNS: usize = 100;

/// Names that are compared with one that nothing is called like, and how much of each.
const COMPARED_NAMES: usize = 10_000;
const COMPARED_CHARACTERS: usize = 120;

/// Whether a benchmark, given as `suite/name` and in parts, is meant.
type Way<'a> = dyn Fn(&str, &BenchmarkId) -> bool + 'a;

/// The benchmark that `text` means: exactly `suite/name`, the name of an overhead claim, a name within its suite, or a
/// glob or part of `suite/name` that fits one benchmark only. Benchmarks that the gate misses can be named, too.
///
/// # Errors
/// What there is, as a sentence that is safe to print: the candidates where several fit, the nearest where none does.
pub fn find_benchmark(run: &Run, gate: &Gate, text: &str) -> Result<BenchmarkId, String> {
    let known: BTreeSet<&BenchmarkId> = (run.benchmarks.iter())
        .map(|benchmark| &benchmark.id)
        .chain(gate.checks.iter().map(|check| &check.benchmark))
        .collect();
    let named: Vec<(String, &BenchmarkId)> = known.iter().map(|id| (id.to_string(), *id)).collect();
    let exact = named.iter().find(|(name, _)| name == text);
    if let Some((_, id)) = exact {
        return Ok((*id).clone());
    }
    if let Some(claim) = known
        .iter()
        .find(|id| id.suite == OVERHEAD && id.name == text)
    {
        return Ok((*claim).clone());
    }
    let glob = NameGlob::new(text).ok();
    let ways: [&Way<'_>; 3] = [
        &|_, id| id.name == text,
        &|name, id| {
            (glob.as_ref()).is_some_and(|glob| glob.matches(name) || glob.matches(&id.name))
        },
        &|name, _| !text.is_empty() && name.contains(text),
    ];
    for way in ways {
        let fitting: Vec<&(String, &BenchmarkId)> =
            named.iter().filter(|(name, id)| way(name, id)).collect();
        match fitting.as_slice() {
            [] => {}
            [(_, id)] => return Ok((*id).clone()),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
                return Err(format!(
                    "{} fits {} benchmarks; name one of them:{}",
                    shown(text),
                    several.len(),
                    listed(&names)
                ));
            }
        }
    }
    Err(none(text, &named))
}

fn none(text: &str, named: &[(String, &BenchmarkId)]) -> String {
    let what = shown(text);
    let nearest = named
        .iter()
        .take(COMPARED_NAMES)
        .max_by(|(a, _), (b, _)| likeness(a, text).total_cmp(&likeness(b, text)));
    match nearest {
        None => format!("nothing is called {what}: the run has no benchmark"),
        Some((nearest, _)) => {
            let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
            format!(
                "no benchmark is called {what}; the nearest is {}. There are:{}",
                shown(nearest),
                listed(&names)
            )
        }
    }
}

fn likeness(name: &str, text: &str) -> f64 {
    let start = |text: &str| text.chars().take(COMPARED_CHARACTERS).collect::<String>();
    strsim::jaro_winkler(&start(name), &start(text))
}

fn shown(name: &str) -> String {
    format!("`{}`", shorten_middle(&safe_name(name), NAME_COLUMNS))
}

/// A line each, some of them.
fn listed(names: &[&str]) -> String {
    let mut text = String::new();
    for name in names.iter().take(NAMED) {
        text.push_str("\n  ");
        text.push_str(&shorten_middle(&safe_name(name), NAME_COLUMNS));
    }
    if names.len() > NAMED {
        text.push_str(&format!("\n  … and {} more", names.len() - NAMED));
    }
    text
}
