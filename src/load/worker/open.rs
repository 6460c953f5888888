//! Arrivals, whatever becomes of those before.

use super::{Crew, Due};
use crate::load::Subject;
use crate::workload::Model;
use crate::workload::schedule::{Arrivals, Mix};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// Arrivals that are begun before others get a turn, where many are due.
const BATCH: u32 = 32;

/// Users of this thread, each of whom takes one arrival at a time.
struct Pool {
    seats: RefCell<Vec<Rc<Seat>>>,
    /// The one who became free last goes first: few connections, and those warm.
    free: RefCell<Vec<usize>>,
    closed: Cell<bool>,
}

/// Where a user waits for its next arrival.
#[derive(Default)]
struct Seat {
    arrival: Cell<Option<Due>>,
    waker: RefCell<Option<Waker>>,
}

impl Seat {
    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Starts the arrivals of this thread.
pub(super) fn start<S: Subject>(crew: &Rc<Crew<S>>) {
    crew.spawn(arrivals(Rc::clone(crew)));
}

async fn arrivals<S: Subject>(crew: Rc<Crew<S>>) {
    let workload = Arc::clone(&crew.workload);
    let Model::Open(open) = &workload.model else {
        return;
    };
    let most = crew.shard.share(u64::from(open.max_in_flight));
    let pool = Rc::new(Pool {
        seats: RefCell::default(),
        free: RefCell::default(),
        closed: Cell::new(false),
    });
    let mut mix = Mix::new(&workload.flows, crew.seed, 0);
    let mut batch = 0;
    for arrival in Arrivals::new(open, crew.seed, crew.shard) {
        let intended = crew.begin + arrival.at;
        crew.pacer.until(intended).await;
        if crew.draining.get() {
            break;
        }
        batch += 1;
        if batch % BATCH == 0 {
            tokio::task::yield_now().await;
        }
        let Some(flow) = mix.choose(arrival.number) else {
            break;
        };
        let due = Due {
            flow,
            iteration: 0,
            random: crew.random(u64::MAX, arrival.number),
            intended,
        };
        let free = pool.free.borrow_mut().pop();
        if let Some(place) = free {
            if let Some(seat) = pool.seats.borrow().get(place) {
                seat.arrival.set(Some(due));
                seat.wake();
            }
        } else if (pool.seats.borrow().len() as u64) < most {
            let place = pool.seats.borrow().len();
            let seat = Rc::new(Seat::default());
            seat.arrival.set(Some(due));
            pool.seats.borrow_mut().push(Rc::clone(&seat));
            crew.spawn(user(Rc::clone(&crew), Rc::clone(&pool), seat, place));
        } else if crew.counts(intended) {
            let mut tally = crew.tally.borrow_mut();
            tally.due += 1;
            tally.dropped += 1;
        }
    }
    pool.closed.set(true);
    for seat in pool.seats.borrow().iter() {
        seat.wake();
    }
}

/// One user: takes arrivals until there are no more. Flows that are done once come before its first; the arrival is then due
/// when they ended, as a later step is. One that failed is tried again at the next arrival.
async fn user<S: Subject>(crew: Rc<Crew<S>>, pool: Rc<Pool>, seat: Rc<Seat>, place: usize) {
    let workload = Arc::clone(&crew.workload);
    let number = place as u64 * crew.shard.of + crew.shard.index;
    let mut user = crew.subject.user(number);
    let mut once = (0..workload.flows.len()).filter(|flow| workload.flows[*flow].once);
    let mut first = once.next();
    let mut iteration = 0;
    // Somebody was free for every arrival that came this far: all lateness is the generator's.
    loop {
        let next = poll_fn(|context| {
            if let Some(due) = seat.arrival.take() {
                return Poll::Ready(Some(due));
            }
            if pool.closed.get() {
                return Poll::Ready(None);
            }
            *seat.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        });
        let Some(mut due) = next.await else {
            return;
        };
        while let Some(flow) = first {
            let login = Due {
                flow,
                iteration,
                ..due
            };
            let (end, good) = crew.flow(&mut user, login, crew.begin).await;
            iteration += 1;
            due.intended = end;
            if !good {
                break;
            }
            first = once.next();
        }
        due.iteration = iteration;
        crew.flow(&mut user, due, crew.begin).await;
        iteration += 1;
        pool.free.borrow_mut().push(place);
    }
}
