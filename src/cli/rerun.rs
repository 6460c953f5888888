//! Whether a run goes on with one that is recorded: a killed job is continued, a rerun is judged together with what
//! was measured before it.
//!
//! Starting afresh after a red verdict until one is green would make any gate green in the end, and the other way
//! round. So a rerun of the same two programs adds to the evidence that there is.

use crate::collect::session::Beginning;
use crate::collect::suite::Ready;
use crate::measurement::{Attempt, Purpose, Run};

/// How a run begins.
pub(crate) struct Begun {
    pub(crate) beginning: Beginning,
    /// Seed to go on with; `None` for a new one.
    pub(crate) seed: Option<u64>,
    /// What people are told; `None` for a run of its own.
    pub(crate) told: Option<String>,
}

/// Goes on with `recorded` if that is about the same two programs and budgets, else begins with `fresh`, a run with
/// header and environment only.
pub(crate) fn begin(recorded: Option<Run>, fresh: Run, suites: &[Ready<'_>], seed: u64) -> Begun {
    let alone = |fresh: Run| Begun {
        beginning: Beginning {
            run: fresh,
            first_round: 0,
            attempts_before: 0,
            resumed: false,
        },
        seed: None,
        told: None,
    };
    let Some(recorded) = recorded.filter(|recorded| is_same(recorded, &fresh, suites)) else {
        return alone(fresh);
    };
    let Some(rounds) = rounds(&recorded) else {
        return alone(fresh);
    };
    let mut run = recorded;
    if run.header.attempts.is_empty() {
        run.header.attempts.push(Attempt {
            started: run.header.started.clone(),
            seed: run.header.seed.clone(),
            first_round: 0,
        });
    }
    run.environment = fresh.environment;
    if run.header.partial
        && let Some(last) = run.header.attempts.last()
        && let Ok(seed) = last.seed.parse()
    {
        let first_round = last.first_round;
        let attempts_before = count(run.header.attempts.len() - 1);
        let told = format!(
            "going on with the run of {}, which was cut after {} of its rounds",
            last.started,
            rounds - first_round
        );
        return Begun {
            beginning: Beginning {
                run,
                first_round,
                attempts_before,
                resumed: true,
            },
            seed: Some(seed),
            told: Some(told),
        };
    }
    let attempts_before = count(run.header.attempts.len());
    run.header.attempts.push(Attempt {
        started: fresh.header.started,
        seed: seed.to_string(),
        first_round: rounds,
    });
    Begun {
        beginning: Beginning {
            run,
            first_round: rounds,
            attempts_before,
            resumed: false,
        },
        seed: None,
        told: Some(format!(
            "attempt {} at the same two programs: judged together with the {rounds} rounds before",
            attempts_before + 1
        )),
    }
}

fn count(attempts: usize) -> u32 {
    u32::try_from(attempts).unwrap_or(u32::MAX)
}

/// Rounds that a run holds; `None` where it holds no pair.
fn rounds(run: &Run) -> Option<u32> {
    run.benchmarks
        .iter()
        .flat_map(|benchmark| &benchmark.series)
        .flat_map(|series| &series.observations)
        .map(|observation| observation.invocation.saturating_add(1))
        .max()
}

/// Same revisions, same executables, same rules. What cannot be known for sure is not the same.
fn is_same(recorded: &Run, fresh: &Run, suites: &[Ready<'_>]) -> bool {
    let (old, new) = (&recorded.header, &fresh.header);
    let revisions = old.base.is_some()
        && old.base == new.base
        && old.candidate.commit == new.candidate.commit
        && !new.candidate.commit.is_empty();
    let rules = old.purpose == Purpose::Check
        && new.purpose == Purpose::Check
        && old.tool == new.tool
        && old.only == new.only
        && old.budgets == new.budgets
        && old.candidate_budgets == new.candidate_budgets
        && recorded.environment.toolchain == fresh.environment.toolchain;
    let clean = !old.candidate.dirty && !new.candidate.dirty;
    let programs = suites.iter().all(|ready| {
        recorded
            .suites
            .iter()
            .find(|suite| suite.name == ready.suite.name)
            .is_some_and(|suite| match (&suite.executables, &ready.executables) {
                (Some(old), Some(new)) => old == new,
                // Commands have no executable of ours: the commit stands for them.
                (None, None) => clean,
                _ => false,
            })
    });
    revisions && rules && programs
}
