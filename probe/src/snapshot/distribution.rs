//! What a distribution says: quantiles, extremes, mean, shares. How two of them add up or differ is in `arithmetic`.
//!
//! Every value stands as the middle of its bucket, which is within 1/64 (1.5625 %) of it. The sum, and with it the
//! mean, is exact. Distributions may come out of a record that somebody else wrote: [`Distribution::new`] checks one,
//! and no method panics on one that was put together by hand, whatever is in it.

use std::borrow::Cow;
use std::fmt;

use super::Distribution;
use crate::bucket;

/// Why buckets, scale and sum are no distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum InvalidDistribution {
    /// The scale is not a finite number above zero.
    Scale {
        /// What it is.
        scale: f64,
    },
    /// There is no such bucket.
    UnknownBucket {
        /// Its number; the last one is [`bucket::BUCKETS`] - 1.
        bucket: u16,
    },
    /// A bucket does not come after the one before it.
    NotRising {
        /// Number of the later of the two.
        bucket: u16,
    },
    /// A bucket is listed without a value in it.
    EmptyBucket {
        /// Its number.
        bucket: u16,
    },
    /// A sum without values.
    SumOfNothing {
        /// What it is.
        sum: u128,
    },
}

impl fmt::Display for InvalidDistribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale { scale } => write!(f, "scale {scale} is not a finite number above zero"),
            Self::UnknownBucket { bucket } => {
                let last = bucket::BUCKETS - 1;
                write!(f, "bucket {bucket} does not exist, the last one is {last}")
            }
            Self::NotRising { bucket } => {
                write!(
                    f,
                    "bucket {bucket} does not come after the one listed before it"
                )
            }
            Self::EmptyBucket { bucket } => write!(f, "bucket {bucket} is listed with no value"),
            Self::SumOfNothing { sum } => write!(f, "the sum is {sum} but no bucket has a value"),
        }
    }
}

impl std::error::Error for InvalidDistribution {}

/// The usual figures of one distribution, in the unit of its family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aggregates {
    /// Number of values.
    pub count: u64,
    /// Their sum; exact but for the rounding of a float.
    pub sum: f64,
    /// See [`Distribution::mean`].
    pub mean: f64,
    /// See [`Distribution::min`].
    pub min: f64,
    /// See [`Distribution::max`].
    pub max: f64,
    /// Median, see [`Distribution::quantile`].
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

impl Distribution {
    /// A distribution from its parts, checked: for readers of what others wrote.
    ///
    /// The sum is not checked against the buckets. A snapshot that is taken while threads record may hold a value in
    /// one and not yet in the other; [`mean`](Self::mean) stays within what the buckets allow.
    ///
    /// # Errors
    ///
    /// When the scale is not finite and positive, a bucket has no value, does not exist or does not come after the one
    /// before it, or when there is a sum but no value.
    ///
    /// ```
    /// use tollgate_probe::snapshot::Distribution;
    ///
    /// let three_and_two_fives = Distribution::new(1.0, 13, vec![(3, 1), (5, 2)])?;
    /// assert_eq!(three_and_two_fives.count(), 3);
    /// assert!(Distribution::new(1.0, 13, vec![(5, 2), (3, 1)]).is_err());
    /// # Ok::<(), tollgate_probe::snapshot::InvalidDistribution>(())
    /// ```
    pub fn new(
        scale: f64,
        sum: u128,
        buckets: Vec<(u16, u64)>,
    ) -> Result<Self, InvalidDistribution> {
        if !usable(scale) {
            return Err(InvalidDistribution::Scale { scale });
        }
        let mut before = None;
        for &(bucket, count) in &buckets {
            if usize::from(bucket) >= bucket::BUCKETS {
                return Err(InvalidDistribution::UnknownBucket { bucket });
            }
            if before >= Some(bucket) {
                return Err(InvalidDistribution::NotRising { bucket });
            }
            if count == 0 {
                return Err(InvalidDistribution::EmptyBucket { bucket });
            }
            before = Some(bucket);
        }
        if buckets.is_empty() && sum > 0 {
            return Err(InvalidDistribution::SumOfNothing { sum });
        }
        Ok(Self {
            scale,
            sum,
            buckets,
        })
    }

    /// The distribution of the given values, each in steps of `scale`. For what was recorded elsewhere, and for tests.
    ///
    /// ```
    /// use tollgate_probe::snapshot::Distribution;
    ///
    /// let milliseconds = Distribution::from_steps(1e-3, [10, 20, 60]);
    /// assert_eq!(milliseconds.mean(), Some(0.030));
    /// ```
    #[must_use]
    pub fn from_steps(scale: f64, values: impl IntoIterator<Item = u64>) -> Self {
        let mut sum = 0_u128;
        let mut buckets = Vec::new();
        for value in values {
            sum = sum.saturating_add(u128::from(value));
            buckets.push((bucket_of(value), 1));
        }
        Self {
            scale,
            sum,
            buckets: in_order(buckets),
        }
    }

    /// Number of values; the largest `u64` if there are more.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets
            .iter()
            .fold(0, |count, (_, n)| count.saturating_add(*n))
    }

    /// Whether there is no value at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.iter().all(|(_, n)| *n == 0)
    }

    /// The smallest value, within 1/64 of it; `None` without values.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.ordered().first().and_then(|(b, _)| self.value(*b))
    }

    /// The largest value, within 1/64 of it; `None` without values.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.ordered().last().and_then(|(b, _)| self.value(*b))
    }

    /// The arithmetic mean, from the exact sum; `None` without values.
    ///
    /// It is kept between the lower edge of the lowest and the upper edge of the highest bucket, where the mean of any
    /// such values lies, so that a sum that runs a few records ahead of the buckets or behind them does no harm. Being
    /// exact, it can lie up to 1/64 outside [`min`](Self::min) and [`max`](Self::max), which are not.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let ordered = self.ordered();
        let (first, last) = (ordered.first()?.0, ordered.last()?.0);
        let mean = self.sum as f64 / self.count() as f64;
        let low = bucket::low(usize::from(first)) as f64;
        let high = bucket::high(usize::from(last)) as f64;
        self.in_unit(mean.clamp(low, high))
    }

    /// The value that a share `q` of all values does not exceed, by nearest rank: the `ceil(q * count)`-th smallest,
    /// the first for `q` = 0. Within 1/64 of that value and never outside `min..=max`. `None` without values, and for
    /// a `q` that is not within 0 and 1.
    ///
    /// Nearest rank is definition 1 of R. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American
    /// Statistician 50 (1996), 361-365: it always names a value that was recorded.
    ///
    /// ```
    /// use tollgate_probe::snapshot::Distribution;
    ///
    /// let sizes = Distribution::from_steps(1.0, 1..=20);
    /// assert_eq!(sizes.quantile(0.95), Some(19.0));
    /// assert_eq!(sizes.quantile(95.0), None);
    /// ```
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&q) {
            return None;
        }
        let bucket = self.bucket_of_rank(nearest_rank(q, self.count()))?;
        self.in_unit(bucket::middle(bucket) as f64)
    }

    /// The bucket in which the value of that rank lies, the smallest value being of rank 1.
    pub(crate) fn bucket_of_rank(&self, rank: u64) -> Option<usize> {
        let mut seen = 0_u64;
        for &(bucket, count) in self.ordered().iter() {
            seen = seen.saturating_add(count);
            if seen >= rank {
                return Some(usize::from(bucket));
            }
        }
        None
    }

    /// Which share of all values is below `limit`, from 0 to 1; `None` without values or for a limit that is not a
    /// number. Values stand as the middles of their buckets: one within 1/64 of the limit may fall on either side.
    #[must_use]
    pub fn fraction_below(&self, limit: f64) -> Option<f64> {
        if limit.is_nan() || self.is_empty() || !usable(self.scale) {
            return None;
        }
        let below = self.count_where(|value| value < limit);
        Some(below as f64 / self.count() as f64)
    }

    /// How many values are above `limit`; 0 for a limit that is not a number. Values stand as the middles of their
    /// buckets: one within 1/64 of the limit may fall on either side.
    ///
    /// ```
    /// use tollgate_probe::snapshot::Distribution;
    ///
    /// let milliseconds = Distribution::from_steps(1e-3, [10, 20, 600, 700]);
    /// assert_eq!(milliseconds.count_above(0.5), 2);
    /// ```
    #[must_use]
    pub fn count_above(&self, limit: f64) -> u64 {
        self.count_where(|value| value > limit)
    }

    /// Number of values up to each edge: the cumulative `le` buckets of the Prometheus text formats, without `+Inf`
    /// unless it is among the edges. Each edge is answered for itself, in the order given; one that is not a number
    /// counts nothing.
    ///
    /// A bucket counts as a whole, to every edge that its middle does not exceed. An edge at the upper end of a bucket
    /// is therefore exact; one inside a bucket is off by at most the values of that bucket, all of them within 1/32
    /// of the edge. `fold(&[x])[0] + count_above(x)` is always the count.
    ///
    /// ```
    /// use tollgate_probe::snapshot::Distribution;
    ///
    /// let milliseconds = Distribution::from_steps(1e-3, [10, 20, 600, 700]);
    /// assert_eq!(milliseconds.fold(&[0.001, 0.1, f64::INFINITY]), [0, 2, 4]);
    /// ```
    #[must_use]
    pub fn fold(&self, edges: &[f64]) -> Vec<u64> {
        let mut up_to = 0_u64;
        let cumulative: Vec<(f64, u64)> = self
            .ordered()
            .iter()
            .map(|&(bucket, count)| {
                up_to = up_to.saturating_add(count);
                (self.scale * middle(bucket), up_to)
            })
            .collect();
        edges
            .iter()
            .map(|edge| {
                let buckets = cumulative.partition_point(|(value, _)| value <= edge);
                buckets.checked_sub(1).map_or(0, |last| cumulative[last].1)
            })
            .collect()
    }

    /// The usual figures; `None` without values, or when the scale makes no sense.
    #[must_use]
    pub fn aggregates(&self) -> Option<Aggregates> {
        Some(Aggregates {
            count: self.count(),
            sum: self.in_unit(self.sum as f64)?,
            mean: self.mean()?,
            min: self.min()?,
            max: self.max()?,
            p50: self.quantile(0.5)?,
            p95: self.quantile(0.95)?,
            p99: self.quantile(0.99)?,
        })
    }

    /// Values in buckets whose middle the question is true of.
    fn count_where(&self, question: impl Fn(f64) -> bool) -> u64 {
        self.ordered()
            .iter()
            .filter(|(bucket, _)| question(self.scale * middle(*bucket)))
            .fold(0, |count, (_, n)| count.saturating_add(*n))
    }

    /// The middle of a bucket in the family's unit.
    fn value(&self, bucket: u16) -> Option<f64> {
        self.in_unit(middle(bucket))
    }

    /// So many steps in the family's unit.
    pub(crate) fn in_unit(&self, steps: f64) -> Option<f64> {
        let value = steps * self.scale;
        (usable(self.scale) && value.is_finite()).then_some(value)
    }

    /// The buckets that have values, by rising number, each once and each one that exists. That is what every
    /// distribution of the probe holds already; put together by hand it may be otherwise.
    pub(crate) fn ordered(&self) -> Cow<'_, [(u16, u64)]> {
        let fine = self.buckets.is_sorted_by(|a, b| a.0 < b.0)
            && self.buckets.iter().all(|(_, count)| *count > 0)
            && self
                .buckets
                .last()
                .is_none_or(|(bucket, _)| usize::from(*bucket) < bucket::BUCKETS);
        if fine {
            Cow::Borrowed(&self.buckets)
        } else {
            Cow::Owned(in_order(self.buckets.clone()))
        }
    }
}

/// Sorts, adds up what is there twice, drops what is empty; a bucket that does not exist is the last one.
fn in_order(mut buckets: Vec<(u16, u64)>) -> Vec<(u16, u64)> {
    const LAST: u16 = (bucket::BUCKETS - 1) as u16;
    for (bucket, _) in &mut buckets {
        *bucket = (*bucket).min(LAST);
    }
    buckets.sort_unstable_by_key(|(bucket, _)| *bucket);
    buckets.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(later.1);
        }
        same
    });
    buckets.retain(|(_, count)| *count > 0);
    buckets
}

fn bucket_of(value: u64) -> u16 {
    // There are fewer buckets than numbers in a u16.
    bucket::index(value) as u16
}

fn middle(bucket: u16) -> f64 {
    bucket::middle(usize::from(bucket)) as f64
}

/// `ceil(q * count)`, at least 1. A product that is off a whole number only by the rounding of floats (0.07 * 100 is
/// 7.000000000000001) is that number.
fn nearest_rank(q: f64, count: u64) -> u64 {
    let rank = q * count as f64;
    let whole = rank.round();
    let rank = if (rank - whole).abs() <= 4.0 * f64::EPSILON * rank {
        whole
    } else {
        rank.ceil()
    };
    (rank as u64).clamp(1, count.max(1))
}

fn usable(scale: f64) -> bool {
    scale.is_finite() && scale > 0.0
}

mod arithmetic;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;
