//! What every library is given: the same values, labels and order.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// Upper bounds of the buckets that the coarse histograms get, in seconds.
pub const BUCKETS: [f64; 16] = [
    1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1, 2.5e-1,
    1.0, 10.0,
];

/// Names of the three labels.
pub const LABELS: [&str; 3] = ["route", "method", "status"];

/// Routes, methods and statuses: together 256 series.
pub const ROUTES: [&str; 16] = [
    "/",
    "/health",
    "/login",
    "/logout",
    "/users",
    "/users/{id}",
    "/users/{id}/posts",
    "/posts",
    "/posts/{id}",
    "/posts/{id}/comments",
    "/search",
    "/static/{*path}",
    "/admin",
    "/admin/users/{id}",
    "/v1/orders/{order_id}/items",
    "/v1/orders/{order_id}/items/{item_id}",
];
/// See [`ROUTES`].
pub const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
/// See [`ROUTES`].
pub const STATUSES: [&str; 4] = ["200", "201", "404", "500"];

/// Length of every list below: a power of two, so that an index is one mask.
pub const LENGTH: usize = 4096;

/// Position in a list of [`LENGTH`].
#[must_use]
pub const fn wrapped(index: usize) -> usize {
    index & (LENGTH - 1)
}

/// Durations in nanoseconds: lognormal around 1 ms, sigma 1.
#[must_use]
pub fn durations(seed: u64) -> Vec<u64> {
    let mut random = SmallRng::seed_from_u64(seed);
    (0..LENGTH).map(|_| lognormal(&mut random)).collect()
}

/// One such duration.
pub fn lognormal(random: &mut SmallRng) -> u64 {
    // Box and Muller; 1 - u is never zero.
    let (u, v): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
    (1e6 * normal.exp()) as u64
}

/// Label sets at random, as static text.
#[must_use]
pub fn static_labels(seed: u64) -> Vec<[&'static str; 3]> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut one = || {
        [
            ROUTES[random.random_range(0..ROUTES.len())],
            METHODS[random.random_range(0..METHODS.len())],
            STATUSES[random.random_range(0..STATUSES.len())],
        ]
    };
    (0..LENGTH).map(|_| one()).collect()
}

/// The same label sets, each text on its own place of the heap, as a request brings it.
#[must_use]
pub fn dynamic_labels(seed: u64) -> Vec<[String; 3]> {
    (static_labels(seed).into_iter())
        .map(|set| set.map(str::to_owned))
        .collect()
}

/// Numbers below `bound` at random.
#[must_use]
pub fn indices(seed: u64, bound: usize, count: usize) -> Vec<usize> {
    let mut random = SmallRng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(0..bound)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_repeats_everything_and_another_one_nothing() {
        assert_eq!(durations(1), durations(1));
        assert_ne!(durations(1), durations(2));
        assert_eq!(static_labels(3), static_labels(3));
        assert_eq!(indices(4, 10_000, 100), indices(4, 10_000, 100));
    }

    #[test]
    fn durations_lie_around_a_millisecond() {
        let mut all = durations(7);
        all.sort_unstable();
        let median = all[LENGTH / 2];
        assert!((900_000..1_100_000).contains(&median), "{median}");
        // One sigma is a factor of e.
        let upper = all[LENGTH * 84 / 100];
        assert!((2_400_000..3_000_000).contains(&upper), "{upper}");
    }

    #[test]
    fn there_are_256_series() {
        let sets: BTreeSet<_> = static_labels(5).into_iter().collect();
        assert_eq!(sets.len(), 256);
        let dynamic: BTreeSet<_> = dynamic_labels(5).into_iter().collect();
        assert_eq!(dynamic.len(), 256);
    }
}
