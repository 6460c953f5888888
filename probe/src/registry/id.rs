//! Numbers of series.

use crate::snapshot::{Kind, Unit};

/// Which numbers: of cells (counters and gauges) or of histograms (and timers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Cells,
    Histograms,
}

impl Space {
    pub(crate) const ALL: [Space; 2] = [Space::Cells, Space::Histograms];

    pub(crate) const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Counter | Kind::Gauge | Kind::FloatGauge => Space::Cells,
            Kind::Histogram => Space::Histograms,
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Space::Cells => "cells",
            Space::Histograms => "histograms",
        }
    }
}

/// Numbers of counters and gauges; number 0 is nobody's.
pub(crate) const CELLS: usize = if cfg!(miri) { 1024 } else { 65_536 };
/// Numbers of histograms and timers; number 0 is nobody's.
pub(crate) const HISTOGRAMS: usize = if cfg!(miri) { 512 } else { 16_384 };

/// One series at one time of its number: numbers are given out again, generations are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeriesId {
    pub(crate) id: u32,
    pub(crate) generation: u32,
}

impl SeriesId {
    /// What was recorded here would be lost: for a label that does not keep its own rules. Never live.
    pub(crate) const NOWHERE: SeriesId = SeriesId {
        id: 0,
        generation: 1,
    };

    /// As one word; never 0, which stands for "not yet".
    pub(crate) const fn pack(self) -> u64 {
        (self.generation as u64) << 32 | self.id as u64
    }

    /// From a word of [`pack`](Self::pack); `None` of 0.
    pub(crate) const fn unpack(word: u64) -> Option<Self> {
        if word == 0 {
            return None;
        }
        Some(Self {
            id: word as u32,
            generation: (word >> 32) as u32,
        })
    }
}

/// The kinds of series whose values can be added up, in the order of their last resorts.
pub(crate) const RESORTS: [(Kind, Unit); 5] = [
    (Kind::Counter, Unit::None),
    (Kind::Gauge, Unit::None),
    (Kind::FloatGauge, Unit::None),
    (Kind::Histogram, Unit::None),
    (Kind::Histogram, Unit::Seconds),
];

/// The first number of a space that is given out; those below are last resorts.
pub(crate) const fn first(space: Space) -> u32 {
    match space {
        Space::Cells => 4,
        Space::Histograms => 3,
    }
}

/// The place in [`RESORTS`] of a kind.
pub(crate) fn resort(kind: Kind, unit: Unit) -> usize {
    match (kind, unit) {
        (Kind::Counter, _) => 0,
        (Kind::Gauge, _) => 1,
        (Kind::FloatGauge, _) => 2,
        (Kind::Histogram, Unit::Seconds) => 4,
        (Kind::Histogram, _) => 3,
    }
}

/// The series of a kind for everything that has no number, nor an overflow series of its own. It needs no
/// registration: always there, also within an allocator that records.
pub(crate) fn last_resort(kind: Kind, unit: Unit) -> SeriesId {
    let id = match resort(kind, unit) {
        3 => 1,
        4 => 2,
        cell => cell as u32 + 1,
    };
    SeriesId { id, generation: 0 }
}
