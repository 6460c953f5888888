//! Histograms as text: the encoding `V2`, deflated, as base64 (`HISTF..`), which other tools for `HdrHistogram` read.
//!
//! Written by the crate `hdrhistogram`. Read here, because the text comes from files of others: the crate inflates and
//! allocates by what the header says, and a run of `i64::MIN` zeros overflows in it. Format: G. Tene,
//! `AbstractHistogram.encodeIntoCompressedByteBuffer` (<https://github.com/HdrHistogram/HdrHistogram>).

use super::{BUCKETS, DIGITS, HIGHEST, Histogram, HistogramError, upper};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};
use std::io::Read as _;

/// First four bytes of a deflated one, and of what is inside.
const DEFLATED: u32 = 0x1c84_9314;
const PLAIN: u32 = 0x1c84_9313;
/// Cookie, length of the counts, normalizing offset, digits, lowest and highest value, ratio.
const HEADER: usize = 40;
/// A count takes nine bytes at most, and a run of zeros as well.
const LONGEST: usize = HEADER + 9 * BUCKETS;

impl Histogram {
    /// In the encoding `V2`, deflated, as base64 (`HISTF..`): what other tools for `HdrHistogram` read.
    ///
    /// # Errors
    /// It is [void](Histogram::is_void), or has more than 2^63 values in a bucket.
    pub fn to_base64(&self) -> Result<String, HistogramError> {
        if self.is_void() {
            let problem = "it has more values than can be counted".to_owned();
            return Err(HistogramError(problem));
        }
        let mut inner = hdrhistogram::Histogram::<u64>::new_with_bounds(1, HIGHEST, DIGITS)
            .map_err(|error| HistogramError(error.to_string()))?;
        for (value, count) in self.buckets() {
            // The upper end of the last bucket is above the highest value.
            inner
                .record_n(value.min(HIGHEST), count)
                .map_err(|error| HistogramError(error.to_string()))?;
        }
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&inner, &mut bytes)
            .map_err(|error| HistogramError(error.to_string()))?;
        Ok(BASE64_STANDARD.encode(bytes))
    }

    /// Reads what [`Histogram::to_base64`] wrote, or another tool: where it counts in whole steps of 1 with 3 significant
    /// digits, whatever its range, and none of its values is above [`HIGHEST`].
    ///
    /// Takes no more memory than a histogram of ours can, whatever the text says.
    ///
    /// # Errors
    /// It is something else, cut off, or of other digits or ranges.
    pub fn from_base64(text: &str) -> Result<Self, HistogramError> {
        let text = text.trim_ascii();
        // Deflate makes what cannot be made smaller hardly larger.
        if text.len() > LONGEST * 2 {
            return Err(problem(format!("its text has {} bytes", text.len())));
        }
        let bytes = (BASE64_STANDARD.decode(text)).map_err(|error| problem(error.to_string()))?;
        let mut outer = Reader(&bytes);
        match outer.word()? {
            DEFLATED => {}
            PLAIN => return Err(problem("it is not deflated".to_owned())),
            other => return Err(problem(format!("it begins with {other:#010x}"))),
        }
        let length = outer.word()? as usize;
        if length != outer.0.len() {
            let found = outer.0.len();
            return Err(problem(format!("it has {found} bytes and says {length}")));
        }
        let mut plain = Vec::new();
        (ZlibDecoder::new(outer.0).take(LONGEST as u64 + 1))
            .read_to_end(&mut plain)
            .map_err(|error| problem(error.to_string()))?;
        if plain.len() > LONGEST {
            return Err(problem(format!("it inflates to more than {LONGEST} bytes")));
        }
        read(Reader(&plain))
    }
}

fn read(mut plain: Reader<'_>) -> Result<Histogram, HistogramError> {
    if plain.word()? != PLAIN {
        return Err(problem(
            "what is inside is of another version than 2".to_owned(),
        ));
    }
    let length = plain.word()? as usize;
    if plain.word()? != 0 {
        return Err(problem("its buckets are shifted".to_owned()));
    }
    let digits = plain.word()?;
    if digits != u32::from(DIGITS) {
        return Err(problem(format!(
            "it has {digits} significant digits and not {DIGITS}"
        )));
    }
    let lowest = plain.long()?;
    if lowest != 1 {
        return Err(problem(format!(
            "it counts in steps of {lowest} and not of 1"
        )));
    }
    let _highest = plain.long()?;
    if plain.long()? != 1.0_f64.to_bits() {
        return Err(problem("its values are scaled".to_owned()));
    }
    if length != plain.0.len() {
        let found = plain.0.len();
        return Err(problem(format!(
            "it has {found} bytes of counts and says {length}"
        )));
    }
    let mut histogram = Histogram::new();
    let mut index = 0_usize;
    while !plain.0.is_empty() {
        let number = plain.number()?;
        if number < 0 {
            let zeros = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
            index = index.saturating_add(zeros);
            continue;
        }
        if number > 0 {
            if index >= BUCKETS {
                return Err(problem(format!("it has values above {HIGHEST}")));
            }
            // Ours has no zeros; they count as 1.
            histogram.record_n(upper(index), number.unsigned_abs());
        }
        index = index.saturating_add(1);
    }
    if histogram.is_void() {
        return Err(problem("it has more values than can be counted".to_owned()));
    }
    Ok(histogram)
}

/// Reads from the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], HistogramError> {
        let Some((head, rest)) = self.0.split_first_chunk() else {
            return Err(problem("it is cut off".to_owned()));
        };
        self.0 = rest;
        Ok(*head)
    }

    fn word(&mut self) -> Result<u32, HistogramError> {
        self.take().map(u32::from_be_bytes)
    }

    fn long(&mut self) -> Result<u64, HistogramError> {
        self.take().map(u64::from_be_bytes)
    }

    /// LEB128 of at most nine bytes, of which the ninth is whole, in zigzag.
    fn number(&mut self) -> Result<i64, HistogramError> {
        let mut value = 0_u64;
        for place in 0..9 {
            let [byte] = self.take()?;
            let bits = if place < 8 { byte & 0x7f } else { byte };
            value |= u64::from(bits) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

fn problem(text: String) -> HistogramError {
    HistogramError(text)
}
