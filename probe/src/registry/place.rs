//! Registration: families and series get their places. Cold, and behind the lock.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use super::core::{Core, Identity, Meta};
use super::id::{self, RESORTS, SeriesId, last_resort};
use super::key::{self, Cut, MOST_LABELS};
use super::state::{FamilyState, Life, Record, State};
use super::store::{Registry, open_end, seed};
use super::text::{self, MUTED};
use super::walk::is_own_name;
use crate::snapshot::Outcome;

/// What every label of an overflow series says.
pub(crate) const OTHER: &str = "(other)";

/// On what terms a label set is registered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Want {
    /// Never reclaimed, and beyond the family's cap if need be: the application named these labels itself.
    pub(crate) pinned: bool,
    /// May take a number that is kept back.
    pub(crate) reserve: bool,
    /// Its text was cut before.
    pub(crate) cut: bool,
}

impl Registry {
    /// The family of this identity. `None` only from within a registration.
    pub(crate) fn family(&self, identity: &Identity<'_>) -> Option<&'static Core> {
        self.locked(|state| self.place_family(state, identity))
    }

    fn place_family(&self, state: &mut State, identity: &Identity<'_>) -> &'static Core {
        let names = identity.names;
        let identity = &Identity {
            names: names.get(..MOST_LABELS).unwrap_or(names),
            ..*identity
        };
        let mut name: Arc<str> = identity.name.into();
        let mut others = 1;
        // Whatever has this name already is either this family or in the way of it.
        while state.by_name.contains_key(&name) || is_own_name(&name) {
            let known = state.by_name.get(&name).copied();
            let known = known.and_then(|number| state.families.get_mut(number as usize));
            if let Some(known) = known
                && known.core.meta.is(identity)
            {
                if known.help.is_empty() {
                    known.help = identity.help.into();
                }
                known.core.cap.fetch_max(identity.cap, Relaxed);
                return known.core;
            }
            others += 1;
            name = format!("{}_conflict_{others}", identity.name).into();
        }
        let number = u32::try_from(state.families.len()).unwrap_or(u32::MAX);
        if state.families.len() >= self.limits.families {
            return resort_family(state, identity);
        }
        if others > 1 {
            self.counts.conflicts.fetch_add(1, Relaxed);
        }
        let meta = Meta {
            name: Arc::clone(&name),
            declared: identity.name.into(),
            kind: identity.kind,
            unit: identity.unit,
            label_names: identity.names.iter().map(|n| Arc::from(*n)).collect(),
        };
        let muted = state.filters.mutes(&name) || state.filters.mutes(identity.name);
        let core = Core::new(Some(number), meta, seed(), identity.cap);
        let core: &'static Core = Box::leak(Box::new(core));
        let family = FamilyState::new(core, identity.help, muted);
        state.families.push(family);
        state.by_name.insert(name, number);
        core
    }

    /// The series of these labels, registered if they are new; the overflow series where there is no room.
    pub(crate) fn register(&self, family: &'static Core, labels: &[&str], want: Want) -> SeriesId {
        let meta = &family.meta;
        if family.number.is_none() {
            let resort = last_resort(meta.kind, meta.unit);
            self.refuse(family, resort);
            return resort;
        }
        let labels = labels.get(..MOST_LABELS).unwrap_or(labels);
        if key::bytes(labels) > key::MOST_BYTES {
            let cut = Cut::new(labels);
            let kept: [&str; MOST_LABELS] = std::array::from_fn(|at| cut.label(at));
            let kept = kept.get(..labels.len()).unwrap_or(&kept);
            return self.register(family, kept, Want { cut: true, ..want });
        }
        self.locked(|state| self.place(state, family, labels, want))
            .unwrap_or_else(|| {
                let to = family
                    .overflow()
                    .unwrap_or_else(|| last_resort(meta.kind, meta.unit));
                self.refuse(family, to);
                to
            })
    }

    fn place(
        &self,
        state: &mut State,
        family: &'static Core,
        labels: &[&str],
        want: Want,
    ) -> SeriesId {
        let hash = key::hash(family.seed, labels);
        if let Ok(found) = self.candidate(family, hash, labels) {
            if want.pinned {
                pin(state, family, found.id);
            }
            return found;
        }
        let full = state
            .family_of(family)
            .is_none_or(|f| f.sets >= family.cap.load(Relaxed));
        let own = labels.iter().all(|label| *label == OTHER);
        if !full || want.pinned || own {
            let reserve = want.reserve || want.pinned || own;
            let placed = self.take(state, family, labels, Outcome::Completed, None, reserve);
            if let Some(series) = placed {
                if want.cut {
                    self.counts.truncated.fetch_add(1, Relaxed);
                }
                let inserted = family.table.insert(hash, series.id);
                if let Some(record) = state.record_mut(family.space, series.id) {
                    record.hash = hash;
                    record.pinned = want.pinned;
                }
                if let Some(family) = state.family_of(family)
                    && !want.pinned
                {
                    family.sets += 1;
                }
                debug_assert!(inserted, "a table has four slots for each number");
                return series;
            }
        }
        let overflow = if own {
            None
        } else {
            self.overflow(state, family)
        };
        let to = overflow.unwrap_or_else(|| last_resort(family.meta.kind, family.meta.unit));
        if family.overflow().is_none() {
            family.set_overflow(to);
        }
        family.closed.store(true, Release);
        self.refuse(family, to);
        to
    }

    /// The overflow series of a family, registered at the first need.
    pub(super) fn overflow(&self, state: &mut State, family: &'static Core) -> Option<SeriesId> {
        if let Some(known) = family.overflow() {
            return Some(known);
        }
        let labels = [OTHER; MOST_LABELS];
        let labels = labels.get(..family.meta.label_names.len())?;
        let want = Want {
            pinned: true,
            reserve: true,
            cut: false,
        };
        let series = self.place(state, family, labels, want);
        if let Some(record) = state.record_mut(family.space, series.id) {
            record.overflow = true;
        }
        family.set_overflow(series);
        Some(series)
    }

    /// Gives a number to a label set, or to its outcome. `None` if there is none left.
    pub(super) fn take(
        &self,
        state: &mut State,
        family: &'static Core,
        labels: &[&str],
        outcome: Outcome,
        primary: Option<u32>,
        reserve: bool,
    ) -> Option<SeriesId> {
        let space = family.space;
        let of_family = state.family_of(family)?;
        let (muted, again) = (of_family.muted, of_family.free.pop());
        let shared = of_family.share(labels);
        let next = id::first(space) + u32::try_from(state.records(space).len()).ok()?;
        let end = if reserve {
            self.limits.of(space)
        } else {
            open_end(&self.limits, space)
        };
        let id = match again {
            Some(again) => again,
            None if next < end => next,
            None => return None,
        };
        let (line, links) = self.make(space, id)?;
        let state_of = self.state_of(space, id);
        // All before the generation: who has read an old slot may find the new owner at once.
        for sibling in &links.siblings {
            sibling.store(0, Relaxed);
        }
        line.seen.store(1, Relaxed);
        mute(state_of, muted);
        // Only what is in the table needs its text.
        let kept = if primary.is_none() { labels } else { &[] };
        let generation = text::write(state_of, line, &self.tails, &mut state.tails, kept);
        let Some(generation) = generation else {
            if again.is_some() {
                state.family_of(family)?.free.push(id);
            }
            return None;
        };
        let correction = state.record(space, id).and_then(|r| r.correction.clone());
        let record = Record {
            family: family.number?,
            hash: 0,
            primary: primary.unwrap_or(id),
            outcome,
            life: Life::Live,
            pinned: false,
            overflow: false,
            since: state.epoch.number,
            uses: None,
            labels: shared,
            correction,
        };
        if again.is_none() {
            state.records_mut(space).push(record);
        } else if let Some(place) = state.record_mut(space, id) {
            *place = record;
        }
        state.family_of(family)?.ids.push(id);
        Some(SeriesId { id, generation })
    }

    /// Mutes the families whose name this pattern matches, now and in future; or no longer does.
    pub(crate) fn mute(&self, pattern: &str, muted: bool) {
        self.locked(|state| {
            state.filters.set(pattern, muted);
            for at in 0..state.families.len() {
                let family = &state.families[at];
                let meta = &family.core.meta;
                let filters = &state.filters;
                let muted = filters.mutes(&meta.name) || filters.mutes(&meta.declared);
                for id in &family.ids {
                    mute(self.state_of(family.core.space, *id), muted);
                }
                state.families[at].muted = muted;
            }
        });
    }
}

impl Want {
    /// By the application's own word.
    pub(crate) const PINNED: Want = Want {
        pinned: true,
        reserve: true,
        cut: false,
    };
}

/// From now on a label set is never reclaimed, and does not count towards the cap.
fn pin(state: &mut State, family: &Core, id: u32) {
    let record = state.record_mut(family.space, id);
    let was_pinned = record.is_none_or(|r| std::mem::replace(&mut r.pinned, true));
    if let Some(family) = state.family_of(family)
        && !was_pinned
    {
        family.sets = family.sets.saturating_sub(1);
    }
}

/// The family of last resort for a kind: for what does not fit into the list of families.
fn resort_family(state: &mut State, identity: &Identity<'_>) -> &'static Core {
    let resort = id::resort(identity.kind, identity.unit);
    let known = state.resorts.get(resort).copied().flatten();
    if let Some(known) = known {
        return known;
    }
    let (kind, unit) = RESORTS.get(resort).copied().unwrap_or(RESORTS[0]);
    let meta = Meta {
        name: "".into(),
        declared: "".into(),
        kind,
        unit,
        label_names: Arc::from([]),
    };
    let core: &'static Core = Box::leak(Box::new(Core::new(None, meta, seed(), 0)));
    core.set_overflow(last_resort(kind, unit));
    core.closed.store(true, Release);
    if let Some(place) = state.resorts.get_mut(resort) {
        *place = Some(core);
    }
    core
}

/// All states are written behind the lock, so no other change of one can be lost here.
fn mute(state: &std::sync::atomic::AtomicU32, muted: bool) {
    let now = state.load(Relaxed);
    state.store(if muted { now | MUTED } else { now & !MUTED }, Relaxed);
}
