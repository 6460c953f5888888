//! A histogram as evidence: in its encoding, which is small, and with what is asked of it most often.

use super::histogram::{DIGITS, HIGHEST, Histogram, HistogramError};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::ZlibDecoder;
use std::io::Read as _;

/// Longest text that is read. A histogram with something in every bucket, and counts that nothing compresses, has less.
pub const LONGEST_TEXT: usize = 512 * 1024;

/// More than the bytes that a histogram has before it is deflated: a head, and for each of at most 36,864 buckets a number of
/// at most 9 bytes.
const LARGEST: u64 = 40 + 9 * 36_864;

/// First bytes of the encoding `V2`, deflated.
const COMPRESSED: u32 = 0x1c84_9314;

/// First bytes of the encoding `V2`.
const PLAIN: u32 = 0x1c84_9313;

/// The histogram of one invocation, not empty.
///
/// A [`Histogram`] takes a few hundred kilobytes, a run may hold thousands, and hardly ever is more asked of one than its
/// median: so it is kept as the text that stands in the Run file, some kilobytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    text: String,
    values: u64,
    median: u64,
}

impl Distribution {
    /// Packs a histogram; `None` for an empty one, which says nothing.
    ///
    /// # Errors
    /// The encoder's, which memory suffices to avoid.
    pub fn of(histogram: &Histogram) -> Result<Option<Self>, HistogramError> {
        match (histogram.len(), histogram.quantile(0.5)) {
            (0, _) | (_, None) => Ok(None),
            (values, Some(median)) => Ok(Some(Self {
                text: histogram.to_base64()?,
                values,
                median,
            })),
        }
    }

    /// Reads the encoding `V2`, deflated, as base64. What it takes is bounded whatever the text says: at most
    /// [`LONGEST_TEXT`] bytes of it, and some 1.5 MB of memory.
    ///
    /// # Errors
    /// The text is something else, cut, damaged or too long; its bounds or digits are not those of [`Histogram`]; or it
    /// holds no value.
    pub fn from_base64(text: String) -> Result<Self, HistogramError> {
        check(&text).map_err(HistogramError)?;
        let histogram = Histogram::from_base64(&text)?;
        match (histogram.len(), histogram.quantile(0.5)) {
            (0, _) | (_, None) => Err(HistogramError(
                "it holds no value: leave the observation out".to_owned(),
            )),
            (values, Some(median)) => Ok(Self {
                text,
                values,
                median,
            }),
        }
    }

    /// As in files.
    #[must_use]
    pub fn as_base64(&self) -> &str {
        &self.text
    }

    /// How many values were counted.
    #[must_use]
    pub const fn values(&self) -> u64 {
        self.values
    }

    /// The median, exact to the width of a bucket.
    #[must_use]
    pub const fn median(&self) -> u64 {
        self.median
    }

    /// All of it.
    ///
    /// # Errors
    /// The decoder's; the text was read once before.
    pub fn histogram(&self) -> Result<Histogram, HistogramError> {
        Histogram::from_base64(&self.text)
    }

    /// The same with every value multiplied.
    ///
    /// # Errors
    /// As [`Distribution::of`] and [`Distribution::histogram`].
    pub fn scaled(&self, factor: f64) -> Result<Self, HistogramError> {
        let mut scaled = Histogram::new();
        for (value, count) in self.histogram()?.buckets() {
            let value = (value as f64 * factor).round().clamp(1.0, HIGHEST as f64);
            scaled.record_n(value as u64, count);
        }
        Self::of(&scaled)?.ok_or_else(|| HistogramError("it holds no value".to_owned()))
    }
}

/// Looks at the head before anything is made by what it says: a few bytes can ask for gigabytes.
fn check(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_TEXT {
        return Err(format!(
            "{} bytes are more than one can have ({LONGEST_TEXT})",
            text.len()
        ));
    }
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|error| format!("no base64: {error}"))?;
    let cut = || "it is cut off".to_owned();
    let (cookie, rest) = number(&bytes).ok_or_else(cut)?;
    if cookie != COMPRESSED {
        return Err(
            "its first bytes are not those of the encoding V2, deflated (`HISTF`)".to_owned(),
        );
    }
    let (length, deflated) = number(rest).ok_or_else(cut)?;
    if deflated.len() != length as usize {
        return Err(format!(
            "{} bytes follow its head, which announces {length}",
            deflated.len()
        ));
    }
    let mut plain = Vec::new();
    ZlibDecoder::new(deflated)
        .take(LARGEST + 1)
        .read_to_end(&mut plain)
        .map_err(|error| format!("it cannot be inflated: {error}"))?;
    if plain.len() as u64 > LARGEST {
        return Err(format!(
            "it inflates to more than one of {DIGITS} digits up to {HIGHEST} can have ({LARGEST} bytes)"
        ));
    }
    head(&plain).unwrap_or_else(|| Err(cut()))
}

/// What is wrong with the head of the inflated bytes; `None` where it is cut off.
fn head(plain: &[u8]) -> Option<Result<(), String>> {
    let (cookie, rest) = number(plain)?;
    let (length, rest) = number(rest)?;
    let (_, rest) = number(rest)?;
    let (digits, rest) = number(rest)?;
    let (low, rest) = wide(rest)?;
    let (high, rest) = wide(rest)?;
    let (_, counts) = wide(rest)?;
    Some(if cookie != PLAIN {
        Err("what is deflated in it is not the encoding V2".to_owned())
    } else if (digits, low, high) != (u32::from(DIGITS), 1, HIGHEST) {
        Err(format!(
            "it is of {digits} digits from {low} to {high}, and those of a Run file are of {DIGITS} digits from 1 to {HIGHEST} (nanoseconds)"
        ))
    } else if counts.len() != length as usize {
        Err(format!(
            "{} bytes of counts, where {length} are announced",
            counts.len()
        ))
    } else {
        Ok(())
    })
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*first), rest))
}

fn wide(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*first), rest))
}

#[cfg(test)]
mod tests;
