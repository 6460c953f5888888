//! What a thread does beside its calls: look at the switch, publish once a second, take its own cost.

use super::{Crew, LoadError, Subject};
use crate::load::Level;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Between two looks at the switch.
const LOOK: Duration = Duration::from_millis(20);

/// Beyond their time limits, calls get this much to come back.
const GRACE: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 5_000 });

/// Looks until it is dropped with the other tasks.
pub(super) async fn watch<S: Subject>(crew: Rc<Crew<S>>) {
    let mut cost = Cost::default();
    let mut told = 0;
    loop {
        // Its lateness is of no account, so that tokio's coarse timer will do; and it must go on when the pacer lets all go.
        sleep(LOOK).await;
        let now = Instant::now();
        if let Some(source) = crew.pacer.failure() {
            let what = "cannot set a timer".to_owned();
            crew.fail(LoadError::Generator { what, source });
        }
        if crew.control.level() == Level::Cut || crew.board.is_aborted() {
            note_stop(&crew, now);
            crew.drain();
            crew.cut.set(true);
            crew.wake();
        } else if crew.control.level() == Level::Drain {
            note_stop(&crew, now);
            crew.drain();
        }
        cost.look(&crew, now);
        connections(&crew);
        let second = now.saturating_duration_since(crew.begin).as_secs();
        if second > told {
            told = second;
            let windows = now.saturating_duration_since(crew.measured).as_secs();
            publish(&crew, second, windows);
        }
        overdue(&crew, now);
    }
}

/// What is left to tell when all is over.
pub(super) fn last_look<S: Subject>(crew: &Rc<Crew<S>>) {
    connections(crew);
    if crew.control.level() != Level::Run {
        note_stop(crew, Instant::now());
    }
    crew.tally.borrow_mut().close_windows(u64::MAX);
    publish(crew, u64::MAX, u64::MAX);
}

fn note_stop<S: Subject>(crew: &Rc<Crew<S>>, now: Instant) {
    crew.work.borrow_mut().stopped.get_or_insert(now);
}

/// Hands over what was counted since the last time. What is handed over is moved, so that this takes microseconds whatever
/// was recorded; only the mapping of the current windows is copied, bucket by bucket.
fn publish<S: Subject>(crew: &Rc<Crew<S>>, through: u64, windows_through: u64) {
    let mut tally = crew.tally.borrow_mut();
    tally.close_windows(windows_through);
    let news = std::mem::take(&mut tally.live);
    let (late, dropped) = (tally.late, tally.dropped);
    drop(tally);
    let Some(mut slot) = crew.board.slot(crew.shard.index as usize) else {
        return;
    };
    slot.news.push(news);
    slot.through = through;
    slot.windows_through = windows_through;
    slot.in_flight = crew.in_flight.get();
    slot.late = late;
    slot.dropped = dropped;
    slot.open = crew.work.borrow().open;
}

fn connections<S: Subject>(crew: &Rc<Crew<S>>) {
    let (open, opened) = crew.subject.connections();
    let mut work = crew.work.borrow_mut();
    work.open = work.open.max(open);
    work.opened = opened;
}

/// A subject that does not keep the time limit must not keep the run.
fn overdue<S: Subject>(crew: &Rc<Crew<S>>, now: Instant) {
    let stopped = crew.work.borrow().stopped;
    let end = stopped.map_or(crew.end, |stopped| stopped.min(crew.end));
    let flows = crew.workload.flows.iter();
    let once = flows
        .clone()
        .filter(|flow| flow.once)
        .map(|flow| flow.steps.len());
    let regular = flows.filter(|flow| !flow.once).map(|flow| flow.steps.len());
    let calls = u32::try_from(once.sum::<usize>() + regular.max().unwrap_or(0));
    let limit = (crew.workload.timeout + Duration::from_secs(1))
        .saturating_mul(calls.unwrap_or(u32::MAX))
        .saturating_add(GRACE);
    if now.saturating_duration_since(end) > limit {
        crew.fail(LoadError::Unusable(format!(
            "{} flows were still under way {} s after the end of the schedule, though a call may take {:?}: what is called does \
             not keep the time limit",
            crew.in_flight.get(),
            limit.as_secs(),
            crew.workload.timeout
        )));
    }
}

/// CPU time of this thread over the measured part.
#[derive(Debug, Default)]
struct Cost {
    first: Option<(Duration, Instant)>,
}

impl Cost {
    fn look<S: Subject>(&mut self, crew: &Rc<Crew<S>>, now: Instant) {
        if now < crew.measured || now > crew.end + 2 * LOOK || crew.draining.get() {
            return;
        }
        let Some(cpu) = thread_cpu() else {
            return;
        };
        let (used, since) = *self.first.get_or_insert((cpu, now));
        let over = now.saturating_duration_since(since);
        if !over.is_zero() {
            crew.work.borrow_mut().cpu = Some((cpu.saturating_sub(used), over));
        }
    }
}

/// CPU time of the calling thread, user and system.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn thread_cpu() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn thread_cpu() -> Option<Duration> {
    None
}
