//! Two distributions: their sum, and what one has more than the other.

use super::{bucket_of, in_order, middle, usable};
use crate::snapshot::Distribution;

/// Two scales closer than this are one clock, calibrated for a shorter and for a longer time. The first calibration of
/// a process is good to about 1e-6; clocks of different machines differ by far more than 1e-3.
const SAME_CLOCK: f64 = 1e-3;

impl Distribution {
    /// Adds the values of another distribution.
    ///
    /// Exact when both have the same scale: the result is what one process would have recorded. Scales that differ by
    /// less than one part in a thousand are one clock before and after a longer calibration: the buckets are added as
    /// they are, at the scale of `self`, which should be the later one. Scales further apart are different clocks: the
    /// values of `other` are put into the buckets of `self` by their middles, which brings their error to at most
    /// 1/32. If either has values and a scale that makes no sense, so has the result: it still counts, and answers
    /// `None` to everything else.
    pub fn merge(&mut self, other: &Distribution) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() && !same_clock(self.scale, other.scale) {
            *self = other.clone();
            return;
        }
        if !usable(self.scale) || !usable(other.scale) {
            self.scale = f64::NAN;
        }
        let mut buckets = std::mem::take(&mut self.buckets);
        if same_clock(self.scale, other.scale) || self.scale.is_nan() {
            self.sum = self.sum.saturating_add(other.sum);
            buckets.extend_from_slice(&other.buckets);
        } else {
            let ratio = other.scale / self.scale;
            // A float too large for the integer becomes the largest there is.
            self.sum = self
                .sum
                .saturating_add((other.sum as f64 * ratio).round() as u128);
            buckets.extend(other.ordered().iter().map(|&(bucket, count)| {
                let value = (middle(bucket) * ratio).round() as u64;
                (bucket_of(value), count)
            }));
        }
        self.buckets = in_order(buckets);
    }

    /// What was recorded since `earlier`, which is the same series at an earlier moment.
    ///
    /// Counts only grow. If one went back, or if the scales are of different clocks, `earlier` is of another process:
    /// then everything in `self` is new, and is returned whole. A restart after which every bucket has overtaken its
    /// old count cannot be seen from the buckets; [`Snapshot::since`](crate::Snapshot::since) also asks for how long
    /// the process has run.
    ///
    /// ```
    /// use tollgate_probe::snapshot::Distribution;
    ///
    /// let before = Distribution::from_steps(1.0, [3, 5]);
    /// let after = Distribution::from_steps(1.0, [3, 5, 5, 9]);
    /// assert_eq!(after.since(&before), Distribution::from_steps(1.0, [5, 9]));
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Distribution) -> Distribution {
        let clocks = usable(self.scale) && usable(earlier.scale);
        if clocks && !earlier.is_empty() && !same_clock(self.scale, earlier.scale) {
            return self.clone();
        }
        let old = earlier.ordered();
        let mut old = old.iter().copied().peekable();
        let mut buckets = Vec::new();
        for &(bucket, count) in self.ordered().iter() {
            let before = match old.peek() {
                Some(&(b, _)) if b < bucket => return self.clone(),
                Some(&(b, n)) if b == bucket => {
                    old.next();
                    n
                }
                _ => 0,
            };
            match count.checked_sub(before) {
                Some(0) => {}
                Some(new) => buckets.push((bucket, new)),
                None => return self.clone(),
            }
        }
        if old.next().is_some() {
            return self.clone();
        }
        // Nothing in the buckets yet: a sum that is ahead of them belongs to the next moment.
        let sum = if buckets.is_empty() {
            0
        } else {
            self.sum.saturating_sub(earlier.sum)
        };
        Distribution {
            scale: self.scale,
            sum,
            buckets,
        }
    }
}

fn same_clock(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (usable(a) && usable(b) && (a - b).abs() <= SAME_CLOCK * a.max(b))
}
