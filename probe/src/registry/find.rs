//! Lookups: from labels to a series, and from a handle to where it may record.

use std::sync::atomic::Ordering::{Acquire, Relaxed};

use super::core::Core;
use super::id::{SeriesId, Space, first, last_resort};
use super::key::{self, Cut};
use super::place::Want;
use super::store::Registry;
use super::table::Miss;
use super::text::{self, MUTED};
use crate::snapshot::Outcome;

/// Lookups of a label set in an epoch that are counted; a set that was looked up as often is in use.
pub(crate) const FREQUENT: u32 = 4;

impl Registry {
    /// Whether a handle may record: its series still has the number and is not muted. One load.
    #[inline]
    pub(crate) fn is_live(&self, space: Space, series: SeriesId) -> bool {
        self.state_of(space, series.id).load(Relaxed) == series.generation
    }

    /// Whether a number is muted; for static instruments, whose number is theirs for ever. One load.
    #[inline]
    pub(crate) fn is_muted(&self, space: Space, id: u32) -> bool {
        self.state_of(space, id).load(Relaxed) & MUTED != 0
    }

    /// The number to record to; `None` when muted.
    #[inline]
    pub(crate) fn live(&self, space: Space, series: SeriesId) -> Option<u32> {
        if self.is_live(space, series) {
            return Some(series.id);
        }
        self.redirect(space, series).map(|to| to.id)
    }

    /// As [`live`](Self::live), for the series of the same labels for this outcome.
    #[inline]
    pub(crate) fn live_as(&self, space: Space, series: SeriesId, outcome: Outcome) -> Option<u32> {
        if outcome == Outcome::Completed {
            return self.live(space, series);
        }
        if self.is_live(space, series) {
            return self.live(space, self.sibling(space, series, outcome));
        }
        let to = self.redirect(space, series)?;
        self.live(space, self.sibling(space, to, outcome))
    }

    /// Where a handle records that is not [live](Self::is_live): nowhere if its series is muted, and into the overflow
    /// series of its family if it was reclaimed.
    #[cold]
    #[inline(never)]
    pub(crate) fn redirect(&self, space: Space, series: SeriesId) -> Option<SeriesId> {
        if series.id == 0 {
            return None;
        }
        let state = self.state_of(space, series.id).load(Acquire);
        if state & !MUTED == series.generation {
            // Muted; or it came back to life between the two loads.
            return (state & MUTED == 0).then_some(series);
        }
        let links = self.links(space, series.id)?;
        let overflow = SeriesId::unpack(links.overflow.load(Acquire))?;
        self.is_live(space, overflow).then_some(overflow)
    }

    /// The series of the same labels for another outcome; registered at first use, and remembered. One load when it
    /// is known.
    #[inline]
    pub(crate) fn sibling(&self, space: Space, series: SeriesId, outcome: Outcome) -> SeriesId {
        let Some(place) = key::sibling(outcome) else {
            return series;
        };
        if let Some(links) = self.links(space, series.id)
            && let Some(known) = SeriesId::unpack(links.siblings[place].load(Acquire))
        {
            return known;
        }
        self.make_sibling(space, series, outcome)
    }

    /// The series of these labels in a family; the overflow series where the family has no room.
    #[inline]
    pub(crate) fn find(&self, family: &'static Core, labels: &[&str]) -> SeriesId {
        if key::bytes(labels) > key::MOST_BYTES {
            return self.find_long(family, labels);
        }
        let hash = key::hash(family.seed, labels);
        match self.candidate(family, hash, labels) {
            Ok(found) => found,
            Err(miss) => self.missed(family, labels, miss, false),
        }
    }

    /// The series of these labels if it is in the table.
    #[inline]
    pub(super) fn candidate(
        &self,
        family: &Core,
        hash: u32,
        labels: &[&str],
    ) -> Result<SeriesId, Miss> {
        let space = family.space;
        family.table.find(hash, |id| {
            let line = self.line(space, id)?;
            let state = self.state_of(space, id);
            let generation = text::matches(state, line, &self.tails, labels)?;
            let seen = line.seen.load(Relaxed);
            if seen < FREQUENT {
                // Lookups at the same time may count as one: it is only to tell rare from frequent, and a
                // frequent series must not be written to at each lookup.
                line.seen.store(seen + 1, Relaxed);
            }
            Some(SeriesId { id, generation })
        })
    }

    #[cold]
    #[inline(never)]
    fn find_long(&self, family: &'static Core, labels: &[&str]) -> SeriesId {
        let cut = Cut::new(labels);
        let mut kept = [""; key::MOST_LABELS];
        for (at, label) in kept.iter_mut().enumerate() {
            *label = cut.label(at);
        }
        let kept = kept.get(..labels.len()).unwrap_or(&kept);
        let hash = key::hash(family.seed, kept);
        match self.candidate(family, hash, kept) {
            Ok(found) => found,
            Err(miss) => self.missed(family, kept, miss, true),
        }
    }

    #[cold]
    #[inline(never)]
    fn missed(&self, family: &'static Core, labels: &[&str], miss: Miss, cut: bool) -> SeriesId {
        // Read before `unchanged`, which then vouches for both: while the family had no room, the labels were not there.
        if family.closed.load(Acquire)
            && let Some(overflow) = family.overflow()
            && family.table.unchanged(miss)
        {
            self.refuse(family, overflow);
            return overflow;
        }
        let want = Want {
            pinned: false,
            reserve: false,
            cut,
        };
        self.register(family, labels, want)
    }

    /// Counts a lookup that found no room.
    pub(super) fn refuse(&self, family: &Core, to: SeriesId) {
        family.refused.fetch_add(1, Relaxed);
        if to.id < first(family.space) {
            let meta = &family.meta;
            let resort = super::id::resort(meta.kind, meta.unit);
            if let Some(count) = self.counts.resorts.get(resort) {
                count.fetch_add(1, Relaxed);
            }
            debug_assert_eq!(to, last_resort(meta.kind, meta.unit));
        }
    }
}
