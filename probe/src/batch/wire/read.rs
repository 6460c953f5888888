//! Reading a batch that anybody may have sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{MAGIC, MOST_BYTES, MOST_SERIES, TEXT_BYTES, VERSION, checksum};
use crate::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
};

/// A batch as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Start id of the process that sent it.
    pub process: u64,
    /// Its place among the batches of that process, from 1.
    pub sequence: u64,
    /// What is new: differences of counters and distributions, gauges as they were.
    pub new: Snapshot,
    /// Series of `new` whose difference is continued in a later batch.
    pub continued: usize,
}

/// Why some bytes are no batch. Nothing of them is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// More bytes than any batch has.
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// They do not begin as a batch does.
    Foreign,
    /// They are of a version that this reader does not know.
    Version {
        /// Their version.
        version: u8,
    },
    /// They end too early, or were changed on the way.
    Damaged,
    /// They are whole, but a field makes no sense.
    Invalid {
        /// Offset of the field's end.
        at: usize,
        /// What the field is.
        field: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => {
                write!(
                    f,
                    "it has {bytes} bytes, and a batch has at most {MOST_BYTES}"
                )
            }
            Self::Foreign => {
                f.write_str("it does not begin with `TGB`: it is no batch of tollgate-probe")
            }
            Self::Version { version } if *version > VERSION => write!(
                f,
                "it is a batch of version {version}, and this tollgate-probe reads version {VERSION}: update the receiver before the senders"
            ),
            Self::Version { version } => write!(
                f,
                "it is a batch of version {version}, which no tollgate-probe wrote; versions begin with 1"
            ),
            Self::Damaged => {
                f.write_str("it was cut off or changed on the way: its checksum is wrong")
            }
            Self::Invalid { at, field } => write!(f, "{field} before byte {at} makes no sense"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads one batch. Takes no more memory than a small multiple of its bytes.
///
/// # Errors
/// When the bytes are not exactly one whole batch of a version that is known here.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    if bytes.len() > MOST_BYTES {
        return Err(DecodeError::TooLarge { bytes: bytes.len() });
    }
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        // The beginning of a batch that was cut off is not foreign.
        let cut = !bytes.is_empty() && MAGIC.starts_with(bytes);
        return Err(if cut {
            DecodeError::Damaged
        } else {
            DecodeError::Foreign
        });
    };
    match rest.first() {
        None => return Err(DecodeError::Damaged),
        Some(&VERSION) => {}
        Some(&version) => return Err(DecodeError::Version { version }),
    }
    let Some((content, sum)) = bytes.split_last_chunk::<4>() else {
        return Err(DecodeError::Damaged);
    };
    if checksum(content) != *sum {
        return Err(DecodeError::Damaged);
    }
    let mut reader = Reader {
        bytes: content,
        at: MAGIC.len() + 1,
        texts: Vec::new(),
    };
    let process = reader.u64("the process")?;
    let sequence = reader.u64("the sequence number")?;
    let unix_ms = reader.u64("the time")?;
    let uptime = Duration::from_millis(reader.u64("the uptime")?);
    let count = reader.u64("the number of series")?;
    if count > MOST_SERIES as u64 {
        return Err(reader.invalid("the number of series"));
    }
    let mut decoded = Decoded {
        process,
        sequence,
        new: Snapshot {
            unix_ms,
            uptime,
            families: Vec::new(),
        },
        continued: 0,
    };
    for _ in 0..count {
        reader.series(&mut decoded)?;
    }
    if reader.at != content.len() {
        return Err(reader.invalid("something after the last series"));
    }
    if sequence == 0 {
        return Err(reader.invalid("sequence number 0"));
    }
    Ok(decoded)
}

/// Buckets as a batcher keeps them for itself.
pub(in crate::batch) fn stored(bytes: &[u8]) -> Option<Vec<(u16, u64)>> {
    let mut reader = Reader {
        bytes,
        at: 0,
        texts: Vec::new(),
    };
    reader.buckets().ok()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    texts: Vec<Arc<str>>,
}

impl Reader<'_> {
    fn invalid(&self, field: &'static str) -> DecodeError {
        DecodeError::Invalid { at: self.at, field }
    }

    fn take<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let taken = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<N>);
        let taken = *taken.ok_or(self.invalid(field))?;
        self.at += N;
        Ok(taken)
    }

    fn u128(&mut self, field: &'static str) -> Result<u128, DecodeError> {
        let mut value = 0_u128;
        for shift in (0..=126).step_by(7) {
            let [byte] = self.take(field)?;
            let bits = u128::from(byte & 0x7f);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                break;
            }
            value |= shifted;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.invalid(field))
    }

    fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        let value = self.u128(field)?;
        u64::try_from(value).map_err(|_| self.invalid(field))
    }

    fn text(&mut self, field: &'static str) -> Result<Arc<str>, DecodeError> {
        let at = self.u64(field)?;
        if let Some(before) = at.checked_sub(1) {
            let text = usize::try_from(before)
                .ok()
                .and_then(|at| self.texts.get(at));
            return text.cloned().ok_or(self.invalid(field));
        }
        let length = self.u64(field)?;
        let length = usize::try_from(length).ok().filter(|l| *l <= TEXT_BYTES);
        let length = length.ok_or(self.invalid(field))?;
        let bytes = self.bytes.get(self.at..self.at + length);
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let text: Arc<str> = text.ok_or(self.invalid(field))?.into();
        self.at += length;
        self.texts.push(text.clone());
        Ok(text)
    }

    fn series(&mut self, decoded: &mut Decoded) -> Result<(), DecodeError> {
        let [flags] = self.take("the flags")?;
        let kind = match flags & 3 {
            0 => Kind::Counter,
            1 => Kind::Gauge,
            2 => Kind::FloatGauge,
            _ => Kind::Histogram,
        };
        let unit = match flags >> 2 & 3 {
            0 => Unit::None,
            1 => Unit::Seconds,
            2 => Unit::Bytes,
            _ => return Err(self.invalid("the unit")),
        };
        let outcome = Outcome::ALL[usize::from(flags >> 4 & 3)];
        let name = self.text("the name of a family")?;
        let labels = self.u64("the number of labels")?;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for _ in 0..labels {
            names.push(self.text("the name of a label")?);
            values.push(self.text("the value of a label")?);
        }
        let value = match kind {
            Kind::Counter => Value::Counter(self.u64("a counter")?),
            Kind::Gauge => {
                let zigzag = self.u64("a gauge")?;
                Value::Gauge((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
            }
            Kind::FloatGauge => Value::Float(f64::from_le_bytes(self.take("a gauge")?)),
            Kind::Histogram => Value::Distribution(self.distribution()?),
        };
        let new = SeriesSnapshot {
            labels: values.into(),
            outcome,
            overflow: flags & 0x40 != 0,
            value,
        };
        decoded.continued += usize::from(flags & 0x80 != 0);
        let families = &mut decoded.new.families;
        // Series of one family usually stand together.
        let same = families.iter_mut().rev().find(|f| {
            f.kind == kind && f.unit == unit && f.name == name && *f.label_names == *names
        });
        match same {
            Some(family) => family.series.push(new),
            None => families.push(FamilySnapshot {
                name,
                help: "".into(),
                kind,
                unit,
                label_names: names.into(),
                series: vec![new],
            }),
        }
        Ok(())
    }

    fn distribution(&mut self) -> Result<Distribution, DecodeError> {
        let scale = f64::from_le_bytes(self.take("the scale of a histogram")?);
        let sum = self.u128("the sum of a histogram")?;
        let buckets = self.buckets()?;
        Distribution::new(scale, sum, buckets).map_err(|_| self.invalid("a histogram"))
    }

    fn buckets(&mut self) -> Result<Vec<(u16, u64)>, DecodeError> {
        let count = self.u64("the number of buckets")?;
        let mut buckets = Vec::new();
        let mut bucket = 0_u16;
        for _ in 0..count {
            let steps = self.u64("a bucket")?;
            let next = u16::try_from(steps)
                .ok()
                .and_then(|s| bucket.checked_add(s));
            bucket = next.ok_or(self.invalid("a bucket"))?;
            buckets.push((bucket, self.u64("a bucket")?));
        }
        Ok(buckets)
    }
}
