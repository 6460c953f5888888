//! Registration of what belongs to an instrument rather than to a lookup: its other outcomes, and static instruments.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use super::core::Identity;
use super::id::{self, SeriesId, Space, last_resort};
use super::key::{self, MOST_LABELS};
use super::place::Want;
use super::state::{Life, State};
use super::store::Registry;
use super::text::MUTED;
use crate::instrument::site::Desc;
use crate::snapshot::{Kind, Outcome, Unit};

impl Registry {
    /// The part of [`sibling`](Self::sibling) that registers.
    #[cold]
    #[inline(never)]
    pub(super) fn make_sibling(
        &self,
        space: Space,
        series: SeriesId,
        outcome: Outcome,
    ) -> SeriesId {
        if series.id < id::first(space) {
            // One of last resort; or nowhere.
            return series;
        }
        let made = self.locked(|state| self.place_sibling(state, space, series, outcome));
        // Only timers have outcomes.
        made.flatten().unwrap_or_else(|| match space {
            Space::Histograms => self.last_resort(Kind::Histogram, Unit::Seconds),
            Space::Cells => SeriesId::NOWHERE,
        })
    }

    pub(super) fn place_sibling(
        &self,
        state: &mut State,
        space: Space,
        series: SeriesId,
        outcome: Outcome,
    ) -> Option<SeriesId> {
        let place = key::sibling(outcome)?;
        let links = self.links(space, series.id)?;
        if let Some(known) = SeriesId::unpack(links.siblings[place].load(Relaxed)) {
            return Some(known);
        }
        let record = state.record(space, series.id)?;
        let (is_overflow, labels) = (record.overflow, Arc::clone(&record.labels));
        let (pinned, life) = (record.pinned, record.life);
        let family = state.families.get(record.family as usize)?.core;
        let (kind, unit) = (family.meta.kind, family.meta.unit);
        let now = self.state_of(space, series.id).load(Relaxed) & !MUTED;
        let stale = life != Life::Live || now != series.generation;
        let made = if stale {
            None
        } else {
            let labels: Vec<&str> = labels.iter().map(|l| &**l).collect();
            let reserve = pinned || is_overflow;
            self.take(state, family, &labels, outcome, Some(series.id), reserve)
        };
        if let Some(made) = made {
            if let Some(record) = state.record_mut(space, made.id) {
                record.pinned = pinned;
                record.overflow = is_overflow;
            }
            links.siblings[place].store(made.pack(), Release);
            return Some(made);
        }
        let to = match self.overflow(state, family) {
            Some(overflow) if overflow != series => {
                if overflow.id < id::first(space) {
                    Some(overflow)
                } else {
                    self.place_sibling(state, space, overflow, outcome)
                }
            }
            _ => None,
        };
        let to = to.unwrap_or_else(|| last_resort(kind, unit));
        self.refuse(family, to);
        if !stale {
            // Remembered until the set is reclaimed, so that the lock is not taken again and again.
            links.siblings[place].store(to.pack(), Release);
        }
        Some(to)
    }

    /// The series of a static instrument; pinned, so the site may keep it for ever.
    ///
    /// # Errors
    /// From within a registration, the series to record to this time; the site must ask again.
    pub(crate) fn register_static(
        &self,
        desc: &Desc,
        outcome: Outcome,
    ) -> Result<SeriesId, SeriesId> {
        let (mut names, mut values) = ([""; MOST_LABELS], [""; MOST_LABELS]);
        let count = desc.labels.len().min(MOST_LABELS);
        for (at, (name, value)) in desc.labels.iter().take(count).enumerate() {
            (names[at], values[at]) = (*name, *value);
        }
        let identity = Identity {
            name: desc.name,
            help: desc.help,
            kind: desc.kind,
            unit: desc.unit,
            names: &names[..count],
            cap: super::CAP,
        };
        let again = || self.last_resort(desc.kind, desc.unit);
        let turned_away = self.turned_away();
        if Self::is_busy() {
            self.counts.reentrant.fetch_add(1, Relaxed);
            return Err(again());
        }
        let family = self.family(&identity).ok_or_else(again)?;
        let series = self.register(family, &values[..count], Want::PINNED);
        let series = self.sibling(family.space, series, outcome);
        if self.turned_away() == turned_away {
            Ok(series)
        } else {
            Err(series)
        }
    }
}
