//! Metrics whose usual value is zero, from which everything is infinitely more.

use super::{Comparison, Pair};
use crate::measurement::Metric;
use std::borrow::Cow;

/// What is added to both sides before they are compared, in the metric's unit: so much of it is next to nothing.
///
/// A ratio of error rates says little where one of them is zero, and one failed call in a million is not infinitely worse than
/// none. With one in a thousand added to both sides, from nothing to one in a million is +0.1 %, from nothing to 1 % is a factor of 11,
/// and from 10 % to 11 % is +9.9 %. Source: the started logarithm, J. W. Tukey, Exploratory Data Analysis (1977), ch. 3.
const ADDED: [(&str, f64); 2] = [("error-rate", 0.001), ("leak", 1_048_576.0)];

/// What is added to the values of a metric before they are compared; 0 for nearly all.
#[must_use]
pub fn added(metric: &Metric) -> f64 {
    let known = ADDED.iter().find(|(name, _)| *name == metric.name);
    known.map_or(0.0, |(_, added)| *added)
}

/// Pairs with that much more on both sides.
#[must_use]
pub fn raised(pairs: &[Pair], added: f64) -> Cow<'_, [Pair]> {
    if added <= 0.0 {
        return Cow::Borrowed(pairs);
    }
    let raise = |pair: &Pair| Pair {
        base: pair.base + added,
        candidate: pair.candidate + added,
        ..*pair
    };
    pairs.iter().map(raise).collect()
}

impl Comparison {
    /// With the values of both sides as they were before `added` was added to them; the change stays.
    #[must_use]
    pub fn lowered(mut self, added: f64) -> Self {
        if added > 0.0 {
            self.base = (self.base - added).max(0.0);
            self.candidate = (self.candidate - added).max(0.0);
        }
        self
    }
}
