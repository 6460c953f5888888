//! What a family is to those who record: read without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Acquire};

use super::id::{SeriesId, Space};
use super::key::Seed;
use super::table::Table;
use crate::snapshot::{Kind, Unit};

/// Label sets that a family has room for, unless it says otherwise.
pub(crate) const CAP: u32 = 2000;

/// What makes a family, as the application says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity<'a> {
    pub(crate) name: &'a str,
    pub(crate) help: &'a str,
    pub(crate) kind: Kind,
    pub(crate) unit: Unit,
    pub(crate) names: &'a [&'a str],
    /// Label sets that it has room for, next to those that are pinned.
    pub(crate) cap: u32,
}

/// One family. Lives as long as the program.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) table: Table,
    pub(crate) seed: Seed,
    /// No room: what is not in the table goes to `overflow`, which is set before.
    pub(crate) closed: AtomicBool,
    /// The overflow series, packed.
    overflow: AtomicU64,
    /// Lookups that were sent to the overflow series.
    pub(crate) refused: AtomicU64,
    pub(crate) cap: AtomicU32,
    pub(crate) space: Space,
    /// Its place in the list of families; `None` for a last resort, which has no series but its overflow.
    pub(crate) number: Option<u32>,
    pub(crate) meta: Arc<Meta>,
}

/// What a family is called and holds; never changes.
#[derive(Debug)]
pub(crate) struct Meta {
    /// As it is shown: with a suffix if another family had the name first.
    pub(crate) name: Arc<str>,
    /// As the application gave it.
    pub(crate) declared: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) unit: Unit,
    pub(crate) label_names: Arc<[Arc<str>]>,
}

impl Meta {
    /// Whether an instrument that says this of itself belongs here.
    pub(crate) fn is(&self, identity: &Identity<'_>) -> bool {
        *self.declared == *identity.name
            && self.kind == identity.kind
            && self.unit == identity.unit
            && self
                .label_names
                .iter()
                .map(|n| &**n)
                .eq(identity.names.iter().copied())
    }
}

impl Core {
    pub(crate) fn new(number: Option<u32>, meta: Meta, seed: Seed, cap: u32) -> Self {
        Self {
            table: Table::new(),
            seed,
            closed: AtomicBool::new(false),
            overflow: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            cap: AtomicU32::new(cap),
            space: Space::of(meta.kind),
            number,
            meta: Arc::new(meta),
        }
    }

    pub(crate) fn overflow(&self) -> Option<SeriesId> {
        SeriesId::unpack(self.overflow.load(Acquire))
    }

    pub(crate) fn set_overflow(&self, series: SeriesId) {
        self.overflow
            .store(series.pack(), std::sync::atomic::Ordering::Release);
    }
}
