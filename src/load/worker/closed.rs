//! Users who take turns with the target.

use super::{Crew, Due};
use crate::load::Subject;
use crate::workload::Model;
use crate::workload::scenario::Closed;
use crate::workload::schedule::{Mix, Pace, most_users};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// Starts all users of this thread.
pub(super) fn start<S: Subject>(crew: &Rc<Crew<S>>) {
    let workload = Arc::clone(&crew.workload);
    let Model::Closed(closed) = &workload.model else {
        return;
    };
    for number in 0..most_users(closed) {
        if u64::from(number) % crew.shard.of == crew.shard.index {
            let pace = Pace::new(closed, number, workload.warm_up);
            crew.spawn(user(Rc::clone(crew), closed.clone(), number, pace));
        }
    }
}

/// One user, from its first flow to its last. Flows that are done once take the first places of its pace; one that failed is
/// tried again at the next, as nothing after it could go well.
async fn user<S: Subject>(crew: Rc<Crew<S>>, closed: Closed, number: u32, mut pace: Pace) {
    let number = u64::from(number);
    let workload = Arc::clone(&crew.workload);
    let mut once = (0..workload.flows.len()).filter(|flow| workload.flows[*flow].once);
    let mut first = once.next();
    let mut mix = Mix::new(&workload.flows, crew.seed, number);
    let (mut iteration, mut regular) = (0, 0);
    let mut user = None;
    let mut free = crew.begin;
    while closed.calls_per_user.is_none_or(|most| regular < most) {
        let now = Instant::now().saturating_duration_since(crew.begin);
        // Without a delay the next flow is due when the last one ended, not when that was noticed.
        let since = free.saturating_duration_since(crew.begin);
        let now = if closed.delay.is_zero() { since } else { now };
        let Some(due) = pace.next(now) else {
            break;
        };
        let intended = crew.begin + due;
        crew.pacer.until(intended).await;
        if crew.draining.get() {
            break;
        }
        let Some(flow) = first.or_else(|| mix.choose(regular)) else {
            break;
        };
        let user = user.get_or_insert_with(|| crew.subject.user(number));
        let due = Due {
            flow,
            iteration,
            random: crew.random(number, iteration),
            intended,
        };
        let (end, good) = crew.flow(user, due, free).await;
        free = end;
        // Calls that never wait (functions in process) must not keep the thread for one user.
        tokio::task::coop::consume_budget().await;
        iteration += 1;
        if first.is_none() {
            regular += 1;
        } else if good {
            first = once.next();
        }
    }
    crew.tally.borrow_mut().missed += pace.missed();
}
