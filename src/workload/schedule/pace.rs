//! The intended starts of one user.

use super::{Stay, stays};
use crate::workload::scenario::Closed;
use std::time::Duration;

/// Gives a user's intended starts one after the other.
#[derive(Debug, Clone)]
pub struct Pace {
    stays: std::vec::IntoIter<Stay>,
    stay: Option<Stay>,
    delay: Duration,
    /// With a delay: when the next flow is due. Without: the earliest time of it.
    next: Duration,
    counted_from: Duration,
    missed: u64,
}

impl Pace {
    /// Of a user. Flows that are missed count from `counted_from` on (the end of the warm-up).
    #[must_use]
    pub fn new(closed: &Closed, user: u32, counted_from: Duration) -> Self {
        let mut stays = stays(closed, user).into_iter();
        let stay = stays.next();
        Self {
            stays,
            stay,
            delay: closed.delay,
            next: stay.map_or(Duration::ZERO, |stay| stay.from),
            counted_from,
            missed: 0,
        }
    }

    /// When the next flow is due, for a user who is free since `now`; `None`: it will not be there again.
    ///
    /// With a delay that is the last intended start and the delay, whether or not it has passed; without one it is now. A user
    /// whose time is over begins nothing more: what was due until then and never began is counted as missed.
    pub fn next(&mut self, now: Duration) -> Option<Duration> {
        loop {
            let stay = self.stay?;
            let due = if self.delay.is_zero() {
                now.max(self.next)
            } else {
                self.next
            };
            if due < stay.until && now < stay.until {
                self.next = due.saturating_add(self.delay);
                return Some(due);
            }
            self.missed += self.left(stay.until);
            self.stay = self.stays.next();
            self.next = self.stay.map_or(Duration::ZERO, |stay| stay.from);
        }
    }

    /// Flows that were due before the user left and never began, because it still waited for an earlier one.
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
    }

    /// Starts of the pace in what is left until a time.
    fn left(&self, until: Duration) -> u64 {
        let delay = self.delay.as_nanos();
        if delay == 0 || self.next >= until {
            return 0;
        }
        let before = |time: Duration| {
            let span = time.saturating_sub(self.next).as_nanos();
            u64::try_from(span.div_ceil(delay)).unwrap_or(u64::MAX)
        };
        before(until) - before(self.counted_from.min(until))
    }
}
