//! The other side: batches put together again.

use super::wire::{DecodeError, Decoded, decode};
use crate::snapshot::combine::pair;
use crate::snapshot::{FamilySnapshot, Snapshot, Value};

/// All that one process has reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    process: Option<u64>,
    sequence: u64,
    snapshot: Snapshot,
    max_series: usize,
    left_out: u64,
}

/// What a batch was to a [`Total`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// The next one; it is counted. Acknowledge its sequence number.
    New {
        /// What to acknowledge.
        sequence: u64,
    },
    /// It had been counted already. Acknowledge it again: the first acknowledgement was lost.
    Again {
        /// What to acknowledge.
        sequence: u64,
    },
    /// It is counted, but batches before it were acknowledged by somebody else, and are not in this total. This is what a receiver
    /// sees that was started later than the process. Acknowledge it.
    AfterGap {
        /// What to acknowledge.
        sequence: u64,
        /// How many are missing.
        missing: u64,
    },
    /// It is of another process, and nothing was done: keep a total for each.
    OtherProcess {
        /// Its start id.
        process: u64,
    },
}

impl Default for Total {
    /// Of the first process that is heard of, with at most 10,000 series.
    fn default() -> Self {
        Self::new(10_000)
    }
}

impl Total {
    /// With at most so many series: whoever sends batches decides how many it names. A histogram has at most 1920
    /// buckets of 16 bytes.
    #[must_use]
    pub fn new(max_series: usize) -> Self {
        Self {
            process: None,
            sequence: 0,
            snapshot: Snapshot::default(),
            max_series,
            left_out: 0,
        }
    }

    /// Everything that was counted, as the process itself would tell it.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// How often a series found no room.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Counts a batch, once.
    ///
    /// # Errors
    /// When the bytes are no batch; nothing was done.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Received, DecodeError> {
        Ok(self.add(decode(bytes)?))
    }

    /// As [`receive`](Self::receive), for a batch that has been decoded.
    pub fn add(&mut self, batch: Decoded) -> Received {
        let Decoded {
            process, sequence, ..
        } = batch;
        if *self.process.get_or_insert(process) != process {
            return Received::OtherProcess { process };
        }
        if sequence <= self.sequence {
            return Received::Again { sequence };
        }
        let missing = sequence - self.sequence - 1;
        self.sequence = sequence;
        self.snapshot.unix_ms = batch.new.unix_ms;
        self.snapshot.uptime = batch.new.uptime;
        for family in batch.new.families {
            self.family(family);
        }
        if missing > 0 {
            Received::AfterGap { sequence, missing }
        } else {
            Received::New { sequence }
        }
    }

    fn family(&mut self, new: FamilySnapshot) {
        let held: usize = self.snapshot.families.iter().map(|f| f.series.len()).sum();
        let mut room = self.max_series.saturating_sub(held);
        let families = &mut self.snapshot.families;
        let same = |f: &FamilySnapshot| f.name == new.name && f.disagrees(&new).is_none();
        let at = match families.iter().position(same) {
            Some(at) => at,
            None if room == 0 => {
                self.left_out += new.series.len() as u64;
                return;
            }
            None => {
                families.push(FamilySnapshot {
                    series: Vec::new(),
                    ..new.clone()
                });
                families.len() - 1
            }
        };
        let known = &mut families[at].series;
        let places = pair(&new.series, known);
        for (series, place) in new.series.into_iter().zip(places) {
            match place {
                Some(place) => apply(&mut known[place].value, series.value),
                None if room == 0 => self.left_out += 1,
                None => {
                    room -= 1;
                    known.push(series);
                }
            }
        }
    }
}

fn apply(total: &mut Value, new: Value) {
    match (total, new) {
        (Value::Counter(total), Value::Counter(new)) => *total = total.saturating_add(new),
        (Value::Distribution(total), Value::Distribution(mut new)) => {
            // The newer scale is the better one.
            new.merge(total);
            *total = new;
        }
        // The kinds of a family and its series agree: `decode` makes no others.
        (total, new) => *total = new,
    }
}
