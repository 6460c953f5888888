//! A distribution of times with constant memory, which merges without loss: buckets as `HdrHistogram` has them.

mod encoding;

use std::collections::BTreeMap;
use std::fmt;

/// Largest value that has a bucket of its own, nanoseconds: a little over an hour. What is above counts as this.
pub const HIGHEST: u64 = 1 << 42;

/// Significant digits: a value and its bucket differ by at most one in a thousand.
pub const DIGITS: u8 = 3;

/// Buckets of one octave: the lowest power of two with [`DIGITS`] significant digits.
const OCTAVE: usize = 1024;
/// Buckets in all: those of a width of one up to two octaves, one octave more for each doubling, and [`HIGHEST`] itself.
const BUCKETS: usize = OCTAVE * 33 + 1;
/// Buckets that get their memory together: a quarter of an octave, 1 KiB.
const PAGE: usize = 256;
const PAGES: usize = BUCKETS.div_ceil(PAGE);

type Page = [u32; PAGE];

/// Counts by bucket, values from 1 ns to [`HIGHEST`] with [`DIGITS`] significant digits.
///
/// Adding two is exact: the sum of parts is the whole, bit for bit. Source of the bucket layout: G. Tene, `HdrHistogram`
/// (<https://hdrhistogram.github.io/HdrHistogram/>).
///
/// Memory: 1 KiB for each quarter of an octave in which there is a value (so 4 KiB from 1 ms to 2 ms) and 1 KiB for their
/// table; nothing while it is empty, and at most 134 KiB, plus 64 bytes or so for each bucket with more than 2^32 values.
/// Recording is two lookups and an addition. Counts in all may reach 2^64; beyond that the histogram is [void](Self::is_void)
/// and tells nothing, rather than something wrong.
#[derive(Clone, Default)]
pub struct Histogram {
    total: u64,
    pages: Option<Box<[Option<Box<Page>>; PAGES]>>,
    /// Multiples of 2^32 by bucket.
    carry: Option<BTreeMap<usize, u64>>,
    void: bool,
}

impl Histogram {
    /// Nothing recorded; takes no memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            total: 0,
            pages: None,
            carry: None,
            void: false,
        }
    }

    /// Counts one value in nanoseconds. 0 counts as 1, what is above [`HIGHEST`] as that.
    #[inline]
    pub fn record(&mut self, nanoseconds: u64) {
        let index = index(nanoseconds);
        let counter = self.counter(index);
        let (count, full) = counter.overflowing_add(1);
        *counter = count;
        if full {
            self.carry_over(index, 1);
        }
        self.count(1);
    }

    /// Counts a value several times.
    pub fn record_n(&mut self, nanoseconds: u64, times: u64) {
        self.add_at(index(nanoseconds), times);
    }

    fn add_at(&mut self, index: usize, times: u64) {
        if times == 0 {
            return;
        }
        let counter = self.counter(index);
        let (count, full) = counter.overflowing_add(times as u32);
        *counter = count;
        let carry = (times >> 32) + u64::from(full);
        if carry > 0 {
            self.carry_over(index, carry);
        }
        self.count(times);
    }

    #[inline]
    fn counter(&mut self, index: usize) -> &mut u32 {
        let pages = (self.pages).get_or_insert_with(|| Box::new([const { None }; PAGES]));
        let page = pages[index / PAGE].get_or_insert_with(|| Box::new([0; PAGE]));
        &mut page[index % PAGE]
    }

    #[inline]
    fn count(&mut self, times: u64) {
        let (total, over) = self.total.overflowing_add(times);
        self.total = total;
        self.void |= over;
    }

    #[cold]
    fn carry_over(&mut self, index: usize, carry: u64) {
        // No bucket can have more than all together, so that this overflows only where `count` notices as well.
        let slot = self.carry.get_or_insert_default().entry(index).or_default();
        *slot = slot.wrapping_add(carry);
    }

    /// Takes back what was counted before: the reverse of [`Histogram::record_n`]. What was not counted makes it void.
    pub(crate) fn take_away(&mut self, nanoseconds: u64, times: u64) {
        let index = index(nanoseconds);
        let Some(left) = self.count_at(index).checked_sub(times) else {
            self.void = true;
            return;
        };
        self.total = self.total.wrapping_sub(times);
        if times > 0 {
            *self.counter(index) = left as u32;
            if let Some(carry) = &mut self.carry {
                carry.insert(index, left >> 32);
                carry.retain(|_, multiple| *multiple > 0);
            }
        }
    }

    fn count_at(&self, index: usize) -> u64 {
        let page = self
            .pages
            .as_ref()
            .and_then(|pages| pages[index / PAGE].as_ref());
        let low = page.map_or(0, |page| u64::from(page[index % PAGE]));
        low + (self.carried(index) << 32)
    }

    fn carried(&self, index: usize) -> u64 {
        let carry = self.carry.as_ref().and_then(|carry| carry.get(&index));
        carry.copied().unwrap_or(0)
    }

    /// Adds the counts of another. Exact, in any order.
    pub fn add(&mut self, other: &Self) {
        let Some(theirs) = &other.pages else {
            self.void |= other.void;
            return;
        };
        let ours = (self.pages).get_or_insert_with(|| Box::new([const { None }; PAGES]));
        let mut full = Vec::new();
        for (place, (ours, theirs)) in ours.iter_mut().zip(theirs.iter()).enumerate() {
            match (ours, theirs) {
                (_, None) => {}
                (ours @ None, Some(theirs)) => *ours = Some(theirs.clone()),
                (Some(ours), Some(theirs)) => {
                    for (offset, (ours, theirs)) in ours.iter_mut().zip(theirs.iter()).enumerate() {
                        let (sum, over) = ours.overflowing_add(*theirs);
                        *ours = sum;
                        if over {
                            full.push(place * PAGE + offset);
                        }
                    }
                }
            }
        }
        for index in full {
            self.carry_over(index, 1);
        }
        for (index, carry) in other.carry.iter().flat_map(|carry| carry.iter()) {
            self.carry_over(*index, *carry);
        }
        self.count(other.total);
        self.void |= other.void;
    }

    /// How many values were counted.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.total
    }

    /// Whether nothing was counted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.total == 0 && !self.void
    }

    /// Whether more than 2^64 values were counted, so that nothing can be told of them: every statistic is `None` and it cannot
    /// be written.
    #[must_use]
    pub const fn is_void(&self) -> bool {
        self.void
    }

    /// Bytes that it holds on the heap.
    #[must_use]
    pub fn memory(&self) -> usize {
        let pages = self.pages.as_ref().map_or(0, |pages| {
            size_of_val(pages.as_ref()) + pages.iter().flatten().count() * size_of::<Page>()
        });
        pages + self.carry.as_ref().map_or(0, |carry| carry.len() * 64)
    }

    /// The smallest value that at least this share (0..=1) of all counted values is at or below, as the upper end of its
    /// bucket: the value of rank ceil(share x count), and that of rank 1 for a share of 0. `None` where nothing was counted or
    /// the share is no number.
    ///
    /// For any data it is at most one in a thousand above the true value of that rank, and never below it.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u64> {
        if share.is_nan() || self.total == 0 || self.void {
            return None;
        }
        let rank = (share.clamp(0.0, 1.0) * self.total as f64).ceil() as u64;
        let rank = rank.clamp(1, self.total);
        let mut passed = 0;
        self.indexed().find_map(|(index, count)| {
            passed += count;
            (passed >= rank).then(|| upper(index))
        })
    }

    /// Mean of the buckets' middles; off by at most half a bucket.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        if self.total == 0 || self.void {
            return None;
        }
        // Below 2^43 x 2^64: exact, whatever the order.
        let sum: u128 = (self.indexed())
            .map(|(index, count)| u128::from(middle(index)) * u128::from(count))
            .sum();
        Some(sum as f64 / self.total as f64)
    }

    /// Upper end of the highest bucket with a value.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        if self.void {
            return None;
        }
        let pages = self.pages.as_ref()?;
        (pages.iter().enumerate().rev()).find_map(|(place, page)| {
            let page = page.as_ref()?;
            let indices = (0..PAGE)
                .rev()
                .map(|offset| (offset, place * PAGE + offset));
            let mut used = indices.filter(|(offset, i)| page[*offset] > 0 || self.carried(*i) > 0);
            used.next().map(|(_, index)| upper(index))
        })
    }

    /// Buckets with counts, ascending: upper end of the bucket and count.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.indexed().map(|(index, count)| (upper(index), count))
    }

    fn indexed(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let pages = self.pages.iter().flat_map(|pages| pages.iter().enumerate());
        let used = pages.filter_map(|(place, page)| page.as_ref().map(|page| (place * PAGE, page)));
        used.flat_map(|(first, page)| {
            page.iter()
                .enumerate()
                .map(move |(offset, count)| (first + offset, *count))
        })
        .map(|(index, low)| {
            let carry = self.carry.as_ref().map_or(0, |_| self.carried(index));
            (index, u64::from(low) + (carry << 32))
        })
        .filter(|(_, count)| *count > 0)
    }
}

/// Bucket of a value.
#[inline]
const fn index(value: u64) -> usize {
    let value = if value < HIGHEST { value } else { HIGHEST };
    let value = if value > 0 { value } else { 1 };
    // 2048 values of width 1, then halves of them with twice the width each.
    let shift = 53 - (value | 2047).leading_zeros();
    shift as usize * OCTAVE + (value >> shift) as usize
}

const fn shift(index: usize) -> u32 {
    let octave = index / OCTAVE;
    if octave > 1 { octave as u32 - 1 } else { 0 }
}

/// Largest value of a bucket.
const fn upper(index: usize) -> u64 {
    let shift = shift(index);
    let place = (index - shift as usize * OCTAVE) as u64;
    ((place + 1) << shift) - 1
}

/// Middle of a bucket, as `HdrHistogram` has it: its lower end and half its width.
const fn middle(index: usize) -> u64 {
    let shift = shift(index);
    let place = (index - shift as usize * OCTAVE) as u64;
    (place << shift) + ((1 << shift) >> 1)
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.void == other.void && self.total == other.total && self.indexed().eq(other.indexed())
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
mod tests;
