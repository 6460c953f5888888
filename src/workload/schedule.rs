//! When flows begin: the intended starts, as a pure function of workload and seed.
//!
//! *Open*: arrival `k` comes where the integral of the rate leaves `k` ([`RateCurve`]), or, for Poisson, where it leaves the
//! sum of `k + 1` unit exponentials. Every time is computed from the start of its stage in closed form, so that nothing
//! drifts over hours. *Closed*: a user is there while the level is above its number ([`stays`]), and takes its starts from
//! its own pace ([`Pace`]). What a flow is follows from seed and number ([`Mix`]).
//!
//! A part of a schedule is a [`Shard`]: arrivals and users whose number leaves `index` modulo `of`. The parts together are
//! exactly the whole, whatever their number; threads use the same rule.

mod arrivals;
mod draws;
mod mix;
mod pace;
mod users;
mod words;

pub use arrivals::{Arrival, Arrivals, RateCurve};
pub use draws::{Draws, scramble};
pub use mix::Mix;
pub use pace::Pace;
pub use users::{Stay, most_users, stays, users_at};
pub use words::words;

use super::Model;
use std::time::Duration;

/// A part of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Below `of`.
    pub index: u64,
    /// Parts in all; at least 1.
    pub of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// How much of `total` falls to this part, when all parts together are to have exactly that.
    #[must_use]
    pub const fn share(self, total: u64) -> u64 {
        let of = if self.of == 0 { 1 } else { self.of };
        total / of + (self.index < total % of) as u64
    }
}

/// Users (closed) or arrivals per second (open) that the schedule wants at a time.
#[must_use]
pub fn intended(model: &Model, at: Duration) -> f64 {
    match model {
        Model::Closed(closed) => f64::from(users_at(closed, at)),
        Model::Open(open) => RateCurve::new(open).rate(at),
    }
}

#[cfg(test)]
mod tests;
