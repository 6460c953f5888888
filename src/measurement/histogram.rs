//! A distribution of times with constant memory, which merges without loss: buckets as `HdrHistogram` has them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2DeflateSerializer};
use std::fmt;

/// Largest value that has a bucket of its own, nanoseconds: a little over an hour. What is above counts as this.
pub const HIGHEST: u64 = 1 << 42;

/// Significant digits: a value and its bucket differ by at most one in a thousand.
pub const DIGITS: u8 = 3;

/// Counts by bucket, values from 1 ns to [`HIGHEST`] with [`DIGITS`] significant digits.
///
/// Adding two is exact: the sum of parts is the whole, bit for bit. Source of the bucket layout: G. Tene, `HdrHistogram`
/// (<https://hdrhistogram.github.io/HdrHistogram/>).
#[derive(Clone, Default)]
pub struct Histogram {
    inner: Option<Box<hdrhistogram::Histogram<u64>>>,
}

impl Histogram {
    /// Nothing recorded; takes no memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { inner: None }
    }

    /// Counts one value in nanoseconds. 0 counts as 1, what is above [`HIGHEST`] as that.
    pub fn record(&mut self, nanoseconds: u64) {
        self.record_n(nanoseconds, 1);
    }

    /// Counts a value several times.
    pub fn record_n(&mut self, nanoseconds: u64, times: u64) {
        if times == 0 {
            return;
        }
        if self.inner.is_none() {
            self.inner = hdrhistogram::Histogram::new_with_bounds(1, HIGHEST, DIGITS)
                .ok()
                .map(Box::new);
        }
        if let Some(inner) = &mut self.inner {
            inner.saturating_record_n(nanoseconds.clamp(1, HIGHEST), times);
        }
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        match (&mut self.inner, &other.inner) {
            (_, None) => {}
            (None, Some(_)) => self.inner.clone_from(&other.inner),
            (Some(inner), Some(other)) => {
                for value in other.iter_recorded() {
                    inner.saturating_record_n(
                        value.value_iterated_to(),
                        value.count_since_last_iteration(),
                    );
                }
            }
        }
    }

    /// How many values were counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.inner.as_ref().map_or(0, |inner| inner.len())
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest value that at least this share (0..=1) of all counted values is at or below, as the upper end of its
    /// bucket. `None` where nothing was counted or the share is no number.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let inner = self.inner.as_ref().filter(|inner| !inner.is_empty())?;
        (!share.is_nan()).then(|| inner.value_at_quantile(share.clamp(0.0, 1.0)))
    }

    /// Mean of the buckets' middles; off by at most half a bucket.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let inner = self.inner.as_ref().filter(|inner| !inner.is_empty())?;
        Some(inner.mean())
    }

    /// Upper end of the highest bucket with a value.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        let inner = self.inner.as_ref().filter(|inner| !inner.is_empty())?;
        Some(inner.max())
    }

    /// Buckets with counts, ascending: upper end of the bucket and count.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        (self.inner.iter())
            .flat_map(|inner| inner.iter_recorded())
            .map(|value| {
                (
                    value.value_iterated_to(),
                    value.count_since_last_iteration(),
                )
            })
    }

    /// In the encoding `V2`, deflated, as base64 (`HISTF..`): what other tools for `HdrHistogram` read.
    ///
    /// # Errors
    /// The encoder's, which memory suffices to avoid.
    pub fn to_base64(&self) -> Result<String, HistogramError> {
        let empty;
        let inner = if let Some(inner) = &self.inner {
            inner
        } else {
            empty = hdrhistogram::Histogram::new_with_bounds(1, HIGHEST, DIGITS)
                .map_err(|error| HistogramError(error.to_string()))?;
            &empty
        };
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(inner, &mut bytes)
            .map_err(|error| HistogramError(error.to_string()))?;
        Ok(BASE64_STANDARD.encode(bytes))
    }

    /// Reads what [`Histogram::to_base64`] wrote.
    ///
    /// # Errors
    /// It is something else, cut off, or would need more memory than a histogram of ours can.
    pub fn from_base64(text: &str) -> Result<Self, HistogramError> {
        let bytes = BASE64_STANDARD
            .decode(text)
            .map_err(|error| HistogramError(error.to_string()))?;
        let inner: hdrhistogram::Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|error| HistogramError(error.to_string()))?;
        Ok(Self {
            inner: (!inner.is_empty()).then(|| Box::new(inner)),
        })
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.buckets().eq(other.buckets())
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Histogram({} values)", self.len())
    }
}

/// A text is no histogram of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a histogram: {0}")]
pub struct HistogramError(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_parts_is_the_whole_and_comes_back_from_base64() {
        let (mut whole, mut parts) = (Histogram::new(), [Histogram::new(), Histogram::new()]);
        for i in 0..5_000_u64 {
            let value = i * i * 37 + 1;
            whole.record(value);
            parts[usize::from(i % 3 == 0)].record(value);
        }
        let mut sum = Histogram::new();
        for part in &parts {
            sum.add(part);
        }
        assert_eq!(sum, whole);
        let text = whole.to_base64().unwrap();
        assert!(text.starts_with("HISTF"), "{text}");
        assert_eq!(Histogram::from_base64(&text).unwrap(), whole);
    }
}
