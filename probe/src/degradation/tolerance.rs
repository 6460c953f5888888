//! How much worse, over how many values, and how surely.

use std::fmt;

/// What is called degraded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    pub(super) threshold: f64,
    pub(super) min_count: u64,
    pub(super) false_alarms: f64,
}

impl Default for Tolerance {
    /// More than 20 %, at least 100 values on either side, one false alarm in 100 comparisons of two whole snapshots.
    fn default() -> Self {
        Self {
            threshold: 0.20,
            min_count: 100,
            false_alarms: 0.01,
        }
    }
}

/// A tolerance that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum InvalidTolerance {
    /// The threshold is negative or not finite.
    Threshold(f64),
    /// The rate of false alarms is not between 0 and 1.
    FalseAlarms(f64),
}

impl fmt::Display for InvalidTolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threshold(x) => {
                write!(
                    f,
                    "threshold {x} is not a finite share of 0 or more; 0.2 stands for 20 %"
                )
            }
            Self::FalseAlarms(x) => {
                write!(
                    f,
                    "rate of false alarms {x} is not between 0 and 1; 0.01 is one in a hundred"
                )
            }
        }
    }
}

impl std::error::Error for InvalidTolerance {}

impl Tolerance {
    /// `threshold`: a rise up to this share is tolerated, 0.2 being 20 %. `min_count`: values that baseline and window
    /// must each have; the 95th percentile asks for more where that is too few to say anything.
    ///
    /// `false_alarms`: when nothing has changed, how often one call of [`degraded`](super::degraded) may report anything, over all its
    /// series together. For the 95th percentile this is guaranteed for values that are independent of each other, of
    /// whatever distribution. For the mean it is guaranteed for symmetric distributions, and was far from exhausted in
    /// simulations of others: with 0.05 and no threshold, at most 6 of 1000 pairs of log-normal samples (120 to 1000
    /// values, sigma 0.5 to 2) raised one.
    ///
    /// Values that come in waves (a cache that warms up, a slow hour) are not independent, and then every such rate is
    /// exceeded: take a baseline that covers the waves. And who asks every minute asks 60 times an hour.
    ///
    /// # Errors
    ///
    /// When the threshold is negative or not finite, or the rate is not between 0 and 1, both excluded.
    pub fn new(
        threshold: f64,
        min_count: u64,
        false_alarms: f64,
    ) -> Result<Self, InvalidTolerance> {
        if !threshold.is_finite() || threshold < 0.0 {
            return Err(InvalidTolerance::Threshold(threshold));
        }
        if !(false_alarms > 0.0 && false_alarms < 1.0) {
            return Err(InvalidTolerance::FalseAlarms(false_alarms));
        }
        Ok(Self {
            threshold,
            min_count,
            false_alarms,
        })
    }
}
