//! One thread of the generator: its users, its pace, its counts.

mod closed;
mod guard;
mod open;
mod tally;
mod watch;

pub(super) use guard::message;
pub(super) use tally::{Live, SECONDS, Tally, Timing, nanos, series};

use super::engine::Board;
use super::pace::Pacer;
use super::{Call, Control, Level, LoadError, Subject};
use crate::workload::record::Outcome;
use crate::workload::schedule::{Shard, scramble};
use crate::workload::{Model, Stop, Workload};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use tokio::task::{LocalSet, spawn_local};

/// What a thread is given.
pub(super) struct Order<S> {
    pub(super) subject: Arc<S>,
    pub(super) workload: Arc<Workload>,
    pub(super) control: Arc<Control>,
    pub(super) board: Arc<Board>,
    pub(super) shard: Shard,
    pub(super) seed: u64,
    /// Told once the thread can begin, or cannot.
    pub(super) ready: Sender<Result<(), LoadError>>,
    /// Gives the start of the schedule; nothing: another thread could not begin.
    pub(super) begin: Receiver<Instant>,
}

/// What a thread gives back.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) tally: Tally,
    /// CPU time in the measured part, and the time over which it was taken.
    pub(super) cpu: Option<(Duration, Duration)>,
    /// When it saw that the run was to be stopped.
    pub(super) stopped: Option<Instant>,
    /// End of its last call.
    pub(super) last: Option<Instant>,
    /// Connections: open at once at most, and opened.
    pub(super) open: u64,
    pub(super) opened: u64,
}

/// Carries its part of the workload out. Blocks until all of it is done.
pub(super) fn work<S: Subject>(order: Order<S>) -> Result<Work, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let prepared = runtime.and_then(|runtime| {
        let context = runtime.enter();
        let pacer = Pacer::new()?;
        drop(context);
        Ok((runtime, pacer))
    });
    let (runtime, pacer) = match prepared {
        Ok(prepared) => prepared,
        Err(source) => {
            let what = "cannot start a thread of the generator".to_owned();
            let error = LoadError::Generator { what, source };
            // Nobody listens only where the run has failed already.
            order.ready.send(Err(error)).ok();
            return Ok(Work::default());
        }
    };
    order.ready.send(Ok(())).ok();
    let Ok(begin) = order.begin.recv() else {
        return Ok(Work::default());
    };
    let local = LocalSet::new();
    let crew = Crew::new(order, begin, pacer);
    let outcome = runtime.block_on(local.run_until(Rc::clone(&crew).carry_out()));
    // What is still under way is cut here: dropping the tasks closes their connections.
    let context = runtime.enter();
    drop(local);
    drop(context);
    outcome.map(|()| crew.hand_over())
}

/// What the tasks of one thread share.
struct Crew<S> {
    subject: Arc<S>,
    workload: Arc<Workload>,
    control: Arc<Control>,
    board: Arc<Board>,
    shard: Shard,
    seed: u64,
    begin: Instant,
    /// Start and end of the measured part.
    measured: Instant,
    end: Instant,
    /// Where the checks of each step begin among those of its endpoint, by flow and step.
    checks: Vec<Vec<u32>>,
    pacer: Rc<Pacer>,
    tally: RefCell<Tally>,
    work: RefCell<Work>,
    /// No new flows.
    draining: Cell<bool>,
    /// Tasks that are not over.
    alive: Cell<usize>,
    in_flight: Cell<u64>,
    /// Calls that this thread may make without asking.
    leased: Cell<u64>,
    /// Flows of this thread so far.
    numbered: Cell<u64>,
    failure: RefCell<Option<LoadError>>,
    cut: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// One flow to be done.
#[derive(Debug, Clone, Copy)]
struct Due {
    flow: usize,
    /// Number of the flow among those of its user.
    iteration: u64,
    random: u64,
    intended: Instant,
}

impl<S: Subject> Crew<S> {
    fn new(order: Order<S>, begin: Instant, pacer: Pacer) -> Rc<Self> {
        let workload = order.workload;
        let tally = Tally::new(&workload);
        Rc::new(Self {
            subject: order.subject,
            control: order.control,
            board: order.board,
            shard: order.shard,
            seed: order.seed,
            begin,
            measured: begin + workload.warm_up,
            end: begin + workload.duration(),
            checks: check_places(&workload),
            workload,
            pacer: Rc::new(pacer),
            tally: RefCell::new(tally),
            work: RefCell::default(),
            draining: Cell::default(),
            alive: Cell::default(),
            in_flight: Cell::default(),
            leased: Cell::default(),
            numbered: Cell::default(),
            failure: RefCell::default(),
            cut: Cell::default(),
            waker: RefCell::default(),
        })
    }

    /// The whole run of this thread.
    async fn carry_out(self: Rc<Self>) -> Result<(), LoadError> {
        spawn_local(Rc::clone(&self.pacer).run());
        spawn_local(watch::watch(Rc::clone(&self)));
        if self.control.level() != Level::Run {
            self.drain();
        }
        match &self.workload.model {
            Model::Closed(_) => closed::start(&self),
            Model::Open(_) => open::start(&self),
        }
        poll_fn(|context| {
            if self.alive.get() == 0 || self.cut.get() || self.failure.borrow().is_some() {
                return Poll::Ready(());
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        watch::last_look(&self);
        match self.failure.take() {
            Some(error) => {
                self.board.abort();
                Err(error)
            }
            None => Ok(()),
        }
    }

    /// Starts a task of this run, which ends only when all of them have.
    fn spawn(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) {
        self.alive.set(self.alive.get() + 1);
        let crew = Rc::clone(self);
        spawn_local(async move {
            if let Err(message) = guard::caught(task).await {
                crew.fail(LoadError::Panicked { message });
            }
            crew.alive.set(crew.alive.get() - 1);
            crew.wake();
        });
    }

    fn fail(&self, error: LoadError) {
        self.failure.borrow_mut().get_or_insert(error);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// No new flows from now on.
    fn drain(&self) {
        if !self.draining.replace(true) {
            self.pacer.release();
        }
    }

    /// Whether another call may be made.
    fn may_call(&self) -> bool {
        if !self.board.is_limited() {
            return true;
        }
        if self.leased.get() == 0 {
            self.leased.set(self.board.lease());
        }
        if self.leased.get() == 0 {
            let limit = self.workload.safety.requests.unwrap_or(0);
            self.control.stop(Level::Drain, Stop::Requests { limit });
            self.drain();
            return false;
        }
        self.leased.set(self.leased.get() - 1);
        true
    }

    /// Whether something that was intended then counts.
    fn counts(&self, intended: Instant) -> bool {
        self.measured <= intended && intended < self.end
    }

    /// Does a flow; gives its end and whether all went well. `free` is since when the user has been there for it.
    async fn flow(&self, user: &mut S::User, due: Due, free: Instant) -> (Instant, bool) {
        let number = self.numbered.get();
        self.numbered.set(number + 1);
        let number = number * self.shard.of + self.shard.index;
        let begun = Instant::now();
        let counts = self.counts(due.intended);
        if counts {
            let lateness = begun.saturating_duration_since(due.intended.max(free));
            self.tally.borrow_mut().begun(lateness);
        }
        let workload = Arc::clone(&self.workload);
        let Some(flow) = workload.flows.get(due.flow) else {
            return (begun, false);
        };
        self.in_flight.set(self.in_flight.get() + 1);
        let mut intended = due.intended;
        let mut good = true;
        for (step, planned) in flow.steps.iter().enumerate() {
            if !self.may_call() {
                good = false;
                break;
            }
            let call = Call {
                flow: due.flow,
                step,
                iteration: due.iteration,
                number,
                random: due.random,
            };
            let reply = self.subject.call(user, call).await;
            let timing = self.timing(intended, reply.done);
            let check = self.checks.get(due.flow).and_then(|steps| steps.get(step));
            let mut tally = self.tally.borrow_mut();
            tally.call(
                planned.endpoint,
                check.copied().unwrap_or(0),
                timing,
                &reply,
            );
            drop(tally);
            intended = reply.done;
            if reply.outcome != Outcome::Ok {
                good = false;
                break;
            }
        }
        self.in_flight.set(self.in_flight.get() - 1);
        if counts && flow.steps.len() > 1 {
            let since = |start| intended.saturating_duration_since(start);
            let times = good.then(|| (since(due.intended), since(begun)));
            self.tally.borrow_mut().flow(due.flow, times);
        }
        let mut work = self.work.borrow_mut();
        work.last = work.last.max(Some(intended));
        (intended, good)
    }

    fn timing(&self, intended: Instant, done: Instant) -> Timing {
        let since = |start| done.saturating_duration_since(start);
        Timing {
            response: since(intended),
            second: since(self.begin).as_secs(),
            counted: self
                .counts(intended)
                .then(|| since(self.measured).as_secs()),
        }
    }

    /// A number for a flow that follows from the seed.
    fn random(&self, user: u64, iteration: u64) -> u64 {
        scramble(scramble(self.seed, user), iteration)
    }

    fn hand_over(&self) -> Work {
        let mut work = self.work.take();
        work.tally = self.tally.take();
        work
    }
}

/// Where the checks of each step begin among those of its endpoint, which are counted in the order of flows and steps.
fn check_places(workload: &Workload) -> Vec<Vec<u32>> {
    let mut next = vec![0_u32; workload.endpoints.len()];
    let mut place = |endpoint: usize, checks: usize| {
        let next = next.get_mut(endpoint)?;
        let begin = *next;
        *next = begin.saturating_add(u32::try_from(checks).unwrap_or(u32::MAX));
        Some(begin)
    };
    (workload.flows.iter())
        .map(|flow| {
            let steps = flow.steps.iter();
            steps
                .map(|step| place(step.endpoint, step.checks.len()).unwrap_or(0))
                .collect()
        })
        .collect()
}
