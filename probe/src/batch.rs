//! Small batches of what is new, for applications that report on traffic they have anyway.
//!
//! A [`Batcher`] keeps what the other side has acknowledged of each series. Whenever the application is about to send
//! something, it offers a snapshot; when enough series have changed, or 30 seconds have passed, it gets a [`Batch`] of at most
//! so many series and bytes to send along. No timer, no thread: without traffic nothing is sent, and nothing grows.
//!
//! Batches are sent one at a time. Until a batch is acknowledged, the same bytes come again, and what is
//! recorded meanwhile waits in the counters, where it needs no room. A receiver that ignores a sequence number it has seen
//! ([`Total`] does) counts everything exactly once, whatever is lost on the way.
//!
//! ```
//! use std::time::Duration;
//! use tollgate_probe::batch::{Batcher, Config, Total};
//!
//! let mut batcher = Batcher::new(Config::default());
//! let now = Duration::from_secs(31); // Of any clock that does not go back.
//! if batcher.wants(now) {
//!     if let Some(batch) = batcher.offer(now, &tollgate_probe::snapshot()) {
//!         // Send `batch.bytes()` along with a request. The other side:
//!         let mut total = Total::default();
//!         let received = total.receive(batch.bytes())?;
//!         // With its answer:
//!         batcher.acknowledge(batch.sequence());
//!     }
//! }
//! # Ok::<(), tollgate_probe::batch::DecodeError>(())
//! ```
//!
//! A batch holds differences of counters and distributions, and gauges as they are. A distribution that does not fit is
//! continued in a later batch. Help texts are not sent, and names and labels over [`TEXT_BYTES`] are cut and end with a
//! fingerprint.

mod known;
#[cfg(test)]
mod tests;
mod total;
mod wire;

pub use total::{Received, Total};
pub use wire::{DecodeError, Decoded, MOST_BYTES, MOST_SERIES, TEXT_BYTES, VERSION, decode};

use std::sync::Arc;
use std::time::Duration;

use crate::snapshot::Snapshot;
use known::{Known, Update};

/// Limits of a [`Batcher`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// A batch is full with this many series, and has no more; from 1 to [`MOST_SERIES`].
    pub max_metrics: usize,
    /// A batch that is not full is ready when this much time has passed since the one before it; a batch that was not
    /// acknowledged comes again after it.
    pub max_age: Duration,
    /// Size of a batch, from 1024 to [`MOST_BYTES`].
    pub max_bytes: usize,
    /// Series that are followed; of those beyond it nothing is sent, see [`Batcher::left_out`].
    pub max_series: usize,
}

impl Default for Config {
    /// 10 series, 30 seconds, 8 KiB, 10,000 series followed.
    fn default() -> Self {
        Self {
            max_metrics: 10,
            max_age: Duration::from_secs(30),
            max_bytes: 8 << 10,
            max_series: 10_000,
        }
    }
}

/// What is new in a few series, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    sequence: u64,
    bytes: Arc<[u8]>,
}

impl Batch {
    /// What the other side acknowledges. Counts from 1; the same batch sent again has the same.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// What to send: binary, at most [`Config::max_bytes`]. [`decode`] reads it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Decides when there is something to send, and remembers what has arrived.
#[derive(Debug)]
pub struct Batcher {
    process: u64,
    config: Config,
    known: Known,
    /// Acknowledged batches.
    sequence: u64,
    outstanding: Option<Outstanding>,
    /// When the batch that is being collected was begun.
    opened: Option<Duration>,
    /// When an offer was last looked at and found too small.
    looked: Option<Duration>,
}

#[derive(Debug)]
struct Outstanding {
    batch: Batch,
    sent: Duration,
    lost: bool,
    /// What will be known when it has arrived.
    updates: Vec<Update>,
}

impl Batcher {
    /// A batcher of this process. Everything recorded so far is new to the other side.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::of(crate::process::start().id, config)
    }

    /// A batcher of the process with this [start id](crate::process::Start::id).
    #[must_use]
    pub fn of(process: u64, config: Config) -> Self {
        Self {
            process,
            config: Config {
                max_metrics: config.max_metrics.clamp(1, MOST_SERIES),
                max_bytes: config.max_bytes.clamp(1024, MOST_BYTES),
                ..config
            },
            known: Known::default(),
            sequence: 0,
            outstanding: None,
            opened: None,
            looked: None,
        }
    }

    /// Whether an offer could give a batch: worth asking before a snapshot is made only to be offered. Says no while a batch is
    /// under way, and for a tenth of the maximum age after an offer that was too small.
    #[must_use]
    pub fn wants(&self, now: Duration) -> bool {
        if let Some(outstanding) = &self.outstanding {
            return outstanding.lost || now.saturating_sub(outstanding.sent) >= self.config.max_age;
        }
        self.looked
            .is_none_or(|at| now.saturating_sub(at) >= self.config.max_age / 10)
    }

    /// A batch, if one is ready. `now` is of any clock that does not go back; if it does, batches come later, not twice.
    pub fn offer(&mut self, now: Duration, snapshot: &Snapshot) -> Option<Batch> {
        let opened = *self.opened.get_or_insert(now);
        let due = now.saturating_sub(opened) >= self.config.max_age;
        if let Some(outstanding) = &mut self.outstanding {
            let again =
                outstanding.lost || now.saturating_sub(outstanding.sent) >= self.config.max_age;
            return again.then(|| {
                outstanding.lost = false;
                outstanding.sent = now;
                outstanding.batch.clone()
            });
        }
        self.known.follow(snapshot, self.config.max_series);
        let least = if due { 1 } else { self.config.max_metrics };
        let sequence = self.sequence.saturating_add(1);
        let mut out = wire::Encoder::new(self.process, sequence, snapshot, self.config.max_bytes);
        let updates = self
            .known
            .changes(snapshot, &mut out, least, self.config.max_metrics);
        if updates.is_empty() {
            self.looked = Some(now);
            return None;
        }
        let batch = Batch {
            sequence,
            bytes: out.finish().into(),
        };
        self.opened = Some(now);
        self.looked = None;
        self.outstanding = Some(Outstanding {
            batch: batch.clone(),
            sent: now,
            lost: false,
            updates,
        });
        Some(batch)
    }

    /// The batch has arrived: what it held will not come again. Returns whether that batch was under way.
    pub fn acknowledge(&mut self, sequence: u64) -> bool {
        match self.outstanding.take_if(|o| o.batch.sequence == sequence) {
            Some(arrived) => {
                self.sequence = sequence;
                self.known.learn(arrived.updates);
                true
            }
            None => false,
        }
    }

    /// The batch was lost: the next offer gives it again, without waiting. Returns whether that batch was under way.
    pub fn lost(&mut self, sequence: u64) -> bool {
        match &mut self.outstanding {
            Some(outstanding) if outstanding.batch.sequence == sequence => {
                outstanding.lost = true;
                true
            }
            _ => false,
        }
    }

    /// Series of the last offer that will not be sent: beyond [`Config::max_series`], or with names and labels that alone
    /// are too large for a batch.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.known.left_out()
    }
}
