//! The closed model: who is there when.

use crate::workload::scenario::Closed;
use std::time::Duration;

/// A time during which a user is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// Its first flow is due then.
    pub from: Duration,
    /// None begins then or later.
    pub until: Duration,
}

/// Users at a time: the level of the ramps, rounded up. User `u` (from 0) is there while the level is above `u`: the first
/// comes at the very start of a ramp from 0 and the last one leaves at the very end of a ramp to 0.
#[must_use]
pub fn users_at(closed: &Closed, at: Duration) -> u32 {
    let (mut start, mut from) = (Duration::ZERO, closed.start);
    for stage in &closed.stages {
        let end = start.saturating_add(stage.over);
        if at < end {
            let share = (at - start).as_secs_f64() / stage.over.as_secs_f64();
            let (a, b) = (f64::from(from), f64::from(stage.users));
            return (a + (b - a) * share).ceil() as u32;
        }
        (start, from) = (end, stage.users);
    }
    0
}

/// Users at once at most: numbers of users are below this.
#[must_use]
pub fn most_users(closed: &Closed) -> u32 {
    let (mut most, mut from) = (0, closed.start);
    for stage in &closed.stages {
        if !stage.over.is_zero() {
            most = most.max(from).max(stage.users);
        }
        from = stage.users;
    }
    most
}

/// When a user is there.
///
/// Users of `closed.start` have been there all along, each at a point of its own of its pace: their first flows are spread
/// evenly over the first delay. Users who come by a ramp come when it says. A stage that takes no time is a jump: all of
/// them come at once, which is what a login storm is.
#[must_use]
pub fn stays(closed: &Closed, user: u32) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    let (mut start, mut from) = (Duration::ZERO, closed.start);
    for stage in &closed.stages {
        let end = start.saturating_add(stage.over);
        let (there, stays_on) = (from > user, stage.users > user);
        // Where the level passes the user's number: exact in integers of a nanosecond.
        let crossing = || {
            let (low, high) = (from.min(stage.users), from.max(stage.users));
            let steps = if there { high - user } else { user - low };
            let nanos = stage.over.as_nanos() * u128::from(steps) / u128::from(high - low);
            start.saturating_add(duration(nanos))
        };
        let stay = match (there, stays_on) {
            (true, true) => Some((start, end)),
            (true, false) => Some((start, crossing())),
            (false, true) => Some((crossing(), end)),
            (false, false) => None,
        };
        if let Some((from, until)) = stay.filter(|(from, until)| from < until) {
            match stays.last_mut() {
                Some(last) if last.until == from => last.until = until,
                _ => stays.push(Stay { from, until }),
            }
        }
        (start, from) = (end, stage.users);
    }
    if let Some(first) = stays.first_mut()
        && first.from.is_zero()
        && closed.start > user
    {
        let nanos = closed.delay.as_nanos() * u128::from(user) / u128::from(closed.start);
        first.from = duration(nanos).min(first.until);
    }
    stays.retain(|stay| stay.from < stay.until);
    stays
}

fn duration(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
