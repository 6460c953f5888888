//! Drives a [`Subject`] by the schedule of a workload.
//!
//! One thread a core; users (closed) and arrivals (open) are dealt out to threads by their number, so that the threads together
//! carry out exactly the schedule of one. For a call nothing is shared: each thread counts for itself ([`Tally`]), publishes
//! once a second by moving what has come since, and hands everything over at its end.
//!
//! **What counts**: calls whose intended start lies in the measured part (after the warm-up, before the end of the schedule),
//! with their whole times, also where they end after it. Calls under way at the end are waited for. A throughput is the number
//! of good ones over the length of the measured part: for an open run with a constant rate below the target's capacity it is that
//! rate, exactly. A later step of a flow is due when the step before has ended.

mod board;
mod gather;

pub(in crate::load) use board::Board;

use super::worker::{self, Order, Work};
use super::{Control, LoadError, Subject};
use crate::workload::record::Driven;
use crate::workload::schedule::{Shard, most_users};
use crate::workload::{Model, Workload};
use gather::Gather;
use std::num::NonZero;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Longest schedule: a year.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Between two looks at what threads have published.
const LOOK: Duration = Duration::from_millis(100);

/// From the last thread being ready to the start of the schedule.
const LEAD: Duration = Duration::from_millis(2);

/// Drives the subject to the end of the schedule, or until it is stopped. Blocks; starts its own threads.
///
/// [`Level::Drain`](super::Level::Drain): no new flows begin, those under way end. [`Level::Cut`](super::Level::Cut): they are
/// dropped, and their calls are in no number. Both are seen within some 20 ms. `safety.requests` is never exceeded; a thread
/// without work may leave up to 64 of them unmade. A window with `abort_above` stops the run by itself.
///
/// # Errors
/// Threads, timers or the runtime cannot be had; the subject panics, or does not keep the time limit.
pub fn drive<S: Subject>(
    subject: &Arc<S>,
    workload: &Arc<Workload>,
    seed: u64,
    control: &Arc<Control>,
) -> Result<Driven, LoadError> {
    let threads = threads(workload)?;
    let board = Arc::new(Board::new(threads, workload.safety.requests));
    let (ready, readiness) = mpsc::channel();
    let mut crews = Vec::with_capacity(threads);
    for index in 0..threads {
        let (begin, receiver) = mpsc::channel();
        let order = Order {
            subject: Arc::clone(subject),
            workload: Arc::clone(workload),
            control: Arc::clone(control),
            board: Arc::clone(&board),
            shard: Shard {
                index: index as u64,
                of: threads as u64,
            },
            seed,
            ready: ready.clone(),
            begin: receiver,
        };
        let coordinator = thread::current();
        let name = format!("load-{index}");
        let spawned = thread::Builder::new().name(name).spawn(move || {
            let work = worker::work(order);
            coordinator.unpark();
            work
        });
        // Where one cannot be started, the others find nobody who tells them to begin, and end.
        let thread = spawned.map_err(|source| LoadError::Generator {
            what: "cannot start a thread of the generator".to_owned(),
            source,
        })?;
        crews.push((begin, thread));
    }
    drop(ready);
    for _ in 0..threads {
        readiness.recv().unwrap_or_else(|_| Err(lost()))?;
    }
    let begin = Instant::now() + LEAD;
    let crews = crews.into_iter().map(|(sender, thread)| {
        // A thread that is gone says why when it is joined.
        sender.send(begin).ok();
        thread
    });
    let crews: Vec<JoinHandle<_>> = crews.collect();
    let mut gather = Gather::new(workload, begin);
    while !crews.iter().all(JoinHandle::is_finished) {
        thread::park_timeout(LOOK);
        gather.look(&board, control);
    }
    let works: Result<Vec<Work>, LoadError> = crews.into_iter().map(joined).collect();
    gather.look(&board, control);
    Ok(gather.finish(works?, control))
}

fn joined(thread: JoinHandle<Result<Work, LoadError>>) -> Result<Work, LoadError> {
    thread.join().unwrap_or_else(|payload| {
        let message = worker::message(payload.as_ref());
        Err(LoadError::Panicked { message })
    })
}

fn lost() -> LoadError {
    LoadError::Unusable("a thread of the generator ended before it began".to_owned())
}

/// How many; after a look at whether the workload can be carried out at all.
fn threads(workload: &Workload) -> Result<usize, LoadError> {
    let unusable = |problem: &str| {
        Err(LoadError::Unusable(format!(
            "workload `{}`: {problem}",
            workload.name
        )))
    };
    if workload.duration().is_zero() {
        return unusable("its schedule takes no time");
    }
    if workload.duration() > LONGEST {
        return unusable("its schedule takes longer than a year");
    }
    if workload.warm_up >= workload.duration() {
        return unusable("its warm-up takes all of its schedule");
    }
    if workload.flows.is_empty() {
        return unusable("it has no flows");
    }
    let steps = workload.flows.iter().flat_map(|flow| &flow.steps);
    if steps
        .clone()
        .any(|step| step.endpoint >= workload.endpoints.len())
    {
        return unusable("a step is of an endpoint that it does not have");
    }
    let most = match &workload.model {
        Model::Closed(closed) => most_users(closed),
        Model::Open(open) => {
            if workload.flows.iter().all(|flow| flow.once) {
                return unusable(
                    "all flows are done once, which leaves nothing for arrivals to do",
                );
            }
            open.max_in_flight
        }
    };
    if most == 0 {
        return unusable("it has no users");
    }
    let wanted = workload.threads.map_or_else(
        || thread::available_parallelism().map_or(1, NonZero::get),
        |threads| threads as usize,
    );
    Ok(wanted.clamp(1, most as usize))
}

#[cfg(test)]
mod tests;
