//! What each endpoint takes: real time of a core, from one table.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Endpoints, as they are called in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Health,
    Metrics,
    Login,
    List,
    Create,
    Read,
}

impl Endpoint {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 6] = [
        Self::Health,
        Self::Metrics,
        Self::Login,
        Self::List,
        Self::Create,
        Self::Read,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Login => "login",
            Self::List => "list",
            Self::Create => "create",
            Self::Read => "read",
        }
    }

    /// Long enough that a fifth more is more than the noise of a loopback connection.
    pub(crate) const fn takes(self) -> Duration {
        Duration::from_micros(match self {
            Self::Health => 200,
            Self::Metrics => 300,
            // A password that is hashed.
            Self::Login => 2_000,
            // A query, and many rows.
            Self::List => 1_000,
            Self::Create => 800,
            Self::Read => 500,
        })
    }
}

/// Computes for this long. By the clock and not by the work, so that it takes as long on a slow machine.
pub(crate) fn compute(takes: Duration) {
    let start = Instant::now();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while start.elapsed() < takes {
        for _ in 0..64 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }
        black_box(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_takes_long_enough_to_see_a_fifth_more_of_it() {
        for endpoint in Endpoint::ALL {
            let takes = endpoint.takes();
            assert!((200..=2_000).contains(&takes.as_micros()), "{endpoint:?}");
        }
    }

    #[test]
    fn work_takes_at_least_its_time() {
        let start = Instant::now();
        compute(Duration::from_micros(700));
        assert!(start.elapsed() >= Duration::from_micros(700));
    }
}
