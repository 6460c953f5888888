//! Values as few bytes: LEB128 integers (seven bits a byte, low ones first), buckets as the distance to the one before.
//!
//! Only for memory of this process: no version, no checks beyond running out of bytes.

use crate::snapshot::{Distribution, Kind, Value};

pub(super) fn put_int(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_float(out: &mut Vec<u8>, value: f64) {
    out.extend_from_slice(&value.to_bits().to_le_bytes());
}

/// A value without its scale, which changes with every calibration of the clock while nothing is recorded.
pub(super) fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Counter(n) => put_int(out, u128::from(*n)),
        // The sign into the lowest bit, so that small negative numbers stay short.
        Value::Gauge(n) => put_int(out, u128::from(((n << 1) ^ (n >> 63)).cast_unsigned())),
        Value::Float(x) => put_float(out, *x),
        Value::Distribution(d) => {
            let buckets = d.ordered();
            put_int(out, d.sum);
            put_int(out, buckets.len() as u128);
            let mut before = 0;
            for &(bucket, count) in buckets.iter() {
                put_int(out, u128::from(bucket - before));
                put_int(out, u128::from(count));
                before = bucket;
            }
        }
    }
}

/// Scale of a value that has one, else 1.
pub(super) fn scale(value: &Value) -> f64 {
    match value {
        Value::Distribution(d) => d.scale,
        _ => 1.0,
    }
}

/// A value with its scale.
pub(super) fn put_scaled(out: &mut Vec<u8>, value: &Value) {
    if matches!(value, Value::Distribution(_)) {
        put_float(out, scale(value));
    }
    put_value(out, value);
}

/// Reads what the functions above wrote.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn int(&mut self) -> Option<u128> {
        let mut value = 0;
        let mut shift = 0_u32;
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u128::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift += 7;
        }
    }

    fn u64(&mut self) -> Option<u64> {
        self.int()?.try_into().ok()
    }

    fn float(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(f64::from_bits(u64::from_le_bytes(*bytes)))
    }

    pub(super) fn value(&mut self, kind: Kind, scale: f64) -> Option<Value> {
        Some(match kind {
            Kind::Counter => Value::Counter(self.u64()?),
            Kind::Gauge => {
                let folded = self.u64()?;
                Value::Gauge((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
            }
            Kind::FloatGauge => Value::Float(self.float()?),
            Kind::Histogram => {
                let sum = self.int()?;
                let len = self.u64()?;
                let mut buckets = Vec::new();
                let mut bucket = 0_u16;
                for _ in 0..len {
                    bucket = bucket.checked_add(self.int()?.try_into().ok()?)?;
                    buckets.push((bucket, self.u64()?));
                }
                Value::Distribution(Distribution {
                    scale,
                    sum,
                    buckets,
                })
            }
        })
    }

    pub(super) fn scaled(&mut self, kind: Kind) -> Option<Value> {
        let scale = if kind == Kind::Histogram {
            self.float()?
        } else {
            1.0
        };
        self.value(kind, scale)
    }

    /// The bytes that a scaled value takes.
    pub(super) fn raw(&mut self, kind: Kind) -> Option<&'a [u8]> {
        let all = self.0;
        self.scaled(kind)?;
        all.get(..all.len() - self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<Value> {
        let mut values: Vec<Value> = [0, 1, 127, 128, u64::MAX].map(Value::Counter).to_vec();
        values.extend([0, -1, 63, -64, i64::MIN, i64::MAX].map(Value::Gauge));
        values.extend([0.0, -0.5, f64::INFINITY].map(Value::Float));
        let distributions = [
            Distribution::from_steps(1e-9, []),
            Distribution::from_steps(6.4e-9, [0, 0, 5, 1_000_000, u64::MAX]),
            Distribution {
                scale: 1.0,
                sum: u128::MAX,
                buckets: vec![(0, u64::MAX), (1919, u64::MAX)],
            },
        ];
        values.extend(distributions.map(Value::Distribution));
        values
    }

    #[test]
    fn everything_comes_back() {
        let mut bytes = Vec::new();
        for value in values() {
            put_scaled(&mut bytes, &value);
        }
        let mut reader = Reader(&bytes);
        for value in values() {
            assert_eq!(reader.scaled(value.kind()), Some(value));
        }
        assert!(reader.0.is_empty());
    }

    #[test]
    fn what_is_cut_off_is_nothing() {
        for value in values() {
            let mut bytes = Vec::new();
            put_scaled(&mut bytes, &value);
            for cut in 0..bytes.len() {
                assert_eq!(Reader(&bytes[..cut]).scaled(value.kind()), None);
            }
        }
    }

    #[test]
    fn an_integer_that_never_ends_is_nothing() {
        assert_eq!(Reader(&[0x80; 64]).int(), None);
        assert_eq!(Reader(&[0xff; 64]).raw(Kind::Histogram), None);
    }
}
