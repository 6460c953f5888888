//! Writing a batch within its size.

use std::collections::HashMap;

use super::{MAGIC, TEXT_BYTES, VERSION, checksum};
use crate::export::clip::clip;
use crate::snapshot::{Distribution, FamilySnapshot, Kind, SeriesSnapshot, Snapshot, Unit, Value};

/// Room for the number of series, which is known last, and the checksum.
const RESERVED: usize = 5 + 4;

/// A batch that is being written.
pub(in crate::batch) struct Encoder {
    head: Vec<u8>,
    body: Vec<u8>,
    count: u32,
    limit: usize,
    texts: HashMap<String, u64>,
}

/// What became of a series.
#[derive(Debug, PartialEq)]
pub(in crate::batch) enum Pushed {
    /// It is in.
    Whole,
    /// These buckets of its distribution are in.
    Part(Distribution),
    /// It has no room here, but may have in a batch of its own.
    Later,
    /// It has no room even in a batch of its own.
    Never,
}

impl Encoder {
    pub(in crate::batch) fn new(process: u64, sequence: u64, at: &Snapshot, limit: usize) -> Self {
        let mut head = MAGIC.to_vec();
        head.push(VERSION);
        number(&mut head, process.into());
        number(&mut head, sequence.into());
        number(&mut head, at.unix_ms.into());
        number(&mut head, at.uptime.as_millis());
        Self {
            head,
            body: Vec::new(),
            count: 0,
            limit,
            texts: HashMap::new(),
        }
    }

    /// Adds what is new of a series. Only the first series of a batch is ever cut.
    pub(in crate::batch) fn push(
        &mut self,
        family: &FamilySnapshot,
        series: &SeriesSnapshot,
        new: &Value,
    ) -> Pushed {
        let mut texts = Texts {
            known: &self.texts,
            new: Vec::new(),
        };
        let mut out = vec![flags(family, series)];
        texts.write(&mut out, &family.name);
        number(
            &mut out,
            series.labels.len().min(family.label_names.len()) as u128,
        );
        for (name, value) in family.label_names.iter().zip(series.labels.iter()) {
            texts.write(&mut out, name);
            texts.write(&mut out, value);
        }
        let room = self
            .limit
            .saturating_sub(self.head.len() + self.body.len() + RESERVED);
        let mut part = None;
        match new {
            Value::Counter(n) => number(&mut out, (*n).into()),
            Value::Gauge(n) => number(&mut out, u128::from(((n << 1) ^ (n >> 63)).cast_unsigned())),
            Value::Float(n) => out.extend(n.to_bits().to_le_bytes()),
            Value::Distribution(new) => {
                let kept = fitting(new, room.saturating_sub(out.len()));
                if kept < new.buckets.len() && kept > 0 && self.count == 0 {
                    let cut = Distribution {
                        buckets: new.buckets[..kept].to_vec(),
                        ..new.clone()
                    };
                    distribution(&mut out, &cut);
                    out[0] |= 0x80;
                    part = Some(cut);
                } else {
                    distribution(&mut out, new);
                }
            }
        }
        if out.len() > room {
            return if self.count == 0 {
                Pushed::Never
            } else {
                Pushed::Later
            };
        }
        let new = texts.new;
        for text in new {
            let at = self.texts.len() as u64 + 1;
            self.texts.insert(text, at);
        }
        self.body.append(&mut out);
        self.count += 1;
        part.map_or(Pushed::Whole, Pushed::Part)
    }

    pub(in crate::batch) fn finish(self) -> Vec<u8> {
        let mut out = self.head;
        number(&mut out, self.count.into());
        out.extend(self.body);
        let sum = checksum(&out);
        out.extend(sum);
        out
    }
}

/// Texts that were written out before, and those of the series that is being added.
struct Texts<'a> {
    known: &'a HashMap<String, u64>,
    new: Vec<String>,
}

impl Texts<'_> {
    fn write(&mut self, out: &mut Vec<u8>, text: &str) {
        let text = clip(text, TEXT_BYTES);
        let before = self.known.len() as u64;
        let at = self.known.get(&*text).copied().or_else(|| {
            let at = self.new.iter().position(|new| *new == text)?;
            Some(before + at as u64 + 1)
        });
        match at {
            Some(at) => number(out, at.into()),
            None => {
                out.push(0);
                number(out, text.len() as u128);
                out.extend(text.as_bytes());
                self.new.push(text.into_owned());
            }
        }
    }
}

fn flags(family: &FamilySnapshot, series: &SeriesSnapshot) -> u8 {
    let kind = match family.kind {
        Kind::Counter => 0,
        Kind::Gauge => 1,
        Kind::FloatGauge => 2,
        Kind::Histogram => 3,
    };
    let unit = match family.unit {
        Unit::None => 0,
        Unit::Seconds => 1,
        Unit::Bytes => 2,
    };
    kind | unit << 2 | (series.outcome as u8) << 4 | u8::from(series.overflow) << 6
}

/// How many buckets have room in so many bytes.
fn fitting(new: &Distribution, room: usize) -> usize {
    let mut head = new.scale.to_le_bytes().to_vec();
    number(&mut head, new.sum);
    number(&mut head, new.buckets.len() as u128);
    let mut used = head.len();
    let mut before = 0;
    let mut one = Vec::new();
    for (kept, (bucket, count)) in new.buckets.iter().enumerate() {
        one.clear();
        number(&mut one, (bucket - before).into());
        number(&mut one, (*count).into());
        used += one.len();
        if used > room {
            return kept;
        }
        before = *bucket;
    }
    new.buckets.len()
}

/// Scale, sum and buckets; the buckets rise.
fn distribution(out: &mut Vec<u8>, new: &Distribution) {
    out.extend(new.scale.to_le_bytes());
    number(out, new.sum);
    buckets(out, &new.buckets);
}

pub(in crate::batch) fn buckets(out: &mut Vec<u8>, buckets: &[(u16, u64)]) {
    number(out, buckets.len() as u128);
    let mut before = 0;
    for (bucket, count) in buckets {
        number(out, (bucket - before).into());
        number(out, (*count).into());
        before = *bucket;
    }
}

fn number(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
