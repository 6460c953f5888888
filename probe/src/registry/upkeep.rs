//! Reclaiming: label sets that are rarely seen give up their place when others find none.
//!
//! A cap alone is first come, first served: a flood of worthless label sets in the first minute would keep the ones
//! that matter out for ever. So in a family that had to refuse somebody, a label set that was looked up fewer than
//! [`FREQUENT`] times in an epoch, and recorded to as rarely through handles, is taken out of the table. It is still
//! shown under its own labels, and records that are on their way still reach it. One epoch later its totals are added
//! to the overflow series and its number is free; the next owner starts from zero, because what the number holds by then is
//! subtracted from it. So the sum over a family never shrinks and never jumps.
//!
//! Never reclaimed: what the application named itself (static instruments, enum and `&'static str` families, reserved
//! label sets), overflow series, and gauges that are not zero or were ever added to: a gauge is a state and has no total, and
//! somebody may hold a part of it.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::time::Duration;

use super::core::Core;
use super::find::FREQUENT;
use super::id::SeriesId;
use super::state::{Life, State};
use super::store::Registry;
use super::text;
use super::values::{Correction, Totals, is_zero};
use crate::snapshot::{Kind, Outcome};

/// How long label sets are watched before they are judged.
pub(crate) const EPOCH: Duration = Duration::from_secs(60);

/// Label sets that are judged or folded while the lock is held once.
const BATCH: usize = 64;

#[derive(Debug)]
pub(crate) struct Epoch {
    pub(crate) number: u32,
    started: Duration,
}

impl Epoch {
    pub(crate) const fn new() -> Self {
        Self {
            number: 0,
            started: Duration::ZERO,
        }
    }
}

/// A label set whose uses are counted.
struct Watched {
    primary: u32,
    ids: Vec<u32>,
}

impl Registry {
    /// What is to be done from time to time. `now` is the time since some fixed start; a clock that goes back
    /// only delays. Does nothing within an epoch, so it may be called as often as one likes.
    pub(crate) fn upkeep(&self, now: Duration) {
        let families = self.locked(|state| {
            if now.saturating_sub(state.epoch.started) < EPOCH {
                return None;
            }
            state.epoch.started = now;
            state.epoch.number = state.epoch.number.saturating_add(1);
            Some(state.families.iter().map(|f| f.core).collect::<Vec<_>>())
        });
        for family in families.flatten().unwrap_or_default() {
            self.fold_dying(family);
            self.judge(family);
        }
    }

    /// Adds the totals of what was retired an epoch ago to the overflow series, and frees the numbers.
    fn fold_dying(&self, family: &'static Core) {
        let dying = self.locked(|state| {
            let epoch = state.epoch.number;
            let ids = state.family_of(family).map(|f| f.ids.clone())?;
            let due = ids.into_iter().filter(|id| {
                let record = state.record(family.space, *id);
                record.is_some_and(|r| r.life == Life::Dying && r.since < epoch)
            });
            Some(due.collect::<Vec<_>>())
        });
        for batch in dying.flatten().unwrap_or_default().chunks(BATCH) {
            // Nobody else changes the correction of a dying series. A record that arrives after its total was read
            // here is not lost: it belongs to the next owner of the number.
            let torn = self.values.torn();
            let totals: Vec<(u32, Totals)> = batch
                .iter()
                .map(|id| (*id, Totals::read(self.values, family.meta.kind, *id)))
                .collect();
            self.locked(|state| {
                if state.walks == 0 && self.values.torn() == torn {
                    for (id, totals) in &totals {
                        self.fold(state, family, *id, totals);
                    }
                }
            });
        }
    }

    /// `raw`: all that the number ever held.
    fn fold(&self, state: &mut State, family: &'static Core, id: u32, raw: &Totals) {
        let (kind, space) = (family.meta.kind, family.space);
        if matches!(kind, Kind::Gauge | Kind::FloatGauge) && !is_zero(raw, kind) {
            // Somebody changed it at the last moment; it stays until it is zero again.
            return;
        }
        let Some(record) = state.record(space, id) else {
            return;
        };
        if record.life != Life::Dying || record.since >= state.epoch.number {
            // Another call folded it meanwhile.
            return;
        }
        let (outcome, is_primary) = (record.outcome, record.primary == id);
        let mut own = raw.clone();
        if let Some(correction) = &record.correction {
            correction.apply(&mut own);
        }
        if !is_zero(&own, kind) {
            let Some(to) = self.overflow_for(state, family, outcome) else {
                return;
            };
            let Some(overflow) = state.record_mut(space, to.id) else {
                return;
            };
            let mut correction = overflow
                .correction
                .take()
                .map_or_else(|| Correction::none(kind), Arc::unwrap_or_clone);
            correction.add(&own);
            overflow.correction = Some(Arc::new(correction));
        }
        if let Some(record) = state.record_mut(space, id) {
            let mut correction = Correction::none(kind);
            correction.take(raw);
            record.correction = (!is_zero(raw, kind)).then(|| Arc::new(correction));
            record.life = Life::Free;
            record.labels = Arc::from([]);
        }
        let worn_out = text::worn_out(self.state_of(space, id));
        if let Some(family) = state.family_of(family) {
            family.ids.retain(|other| *other != id);
            if !worn_out {
                family.free.push(id);
            }
            if is_primary {
                family.sets = family.sets.saturating_sub(1);
                if family.sets < family.core.cap.load(Relaxed) {
                    family.core.closed.store(false, Release);
                }
            }
        }
    }

    /// The overflow series of a family for this outcome, if it has a number of its own.
    fn overflow_for(
        &self,
        state: &mut State,
        family: &'static Core,
        outcome: Outcome,
    ) -> Option<SeriesId> {
        let overflow = self.overflow(state, family)?;
        state.record(family.space, overflow.id)?;
        if outcome == Outcome::Completed {
            return Some(overflow);
        }
        self.place_sibling(state, family.space, overflow, outcome)
    }

    /// Retires the label sets of a family in need that were seen rarely since the last epoch.
    fn judge(&self, family: &'static Core) {
        let watched = self.locked(|state| {
            let refused = family.refused.load(Relaxed);
            let own = state.family_of(family)?;
            let pressed = refused != own.refused_before;
            own.refused_before = refused;
            let was_pressed = std::mem::replace(&mut own.pressed, pressed);
            // With room for all there is nothing to be gained.
            pressed.then(|| (was_pressed, sets(state, family)))
        });
        let Some((was_pressed, watched)) = watched.flatten() else {
            return;
        };
        for batch in watched.chunks(BATCH) {
            let uses: Vec<u64> = batch.iter().map(|set| self.uses(family, set)).collect();
            self.locked(|state| {
                for (set, uses) in batch.iter().zip(uses) {
                    self.judge_set(state, family, set, uses, was_pressed);
                }
            });
        }
    }

    fn judge_set(
        &self,
        state: &mut State,
        family: &'static Core,
        set: &Watched,
        uses: u64,
        was_pressed: bool,
    ) {
        let epoch = state.epoch.number;
        let Some(record) = state.record_mut(family.space, set.primary) else {
            return;
        };
        if record.life != Life::Live {
            return;
        }
        let before = record.uses.replace(uses);
        let whole_epoch = was_pressed && record.since + 1 < epoch;
        let Some(line) = self.line(family.space, set.primary) else {
            return;
        };
        let seen = line.seen.load(Relaxed);
        line.seen.store(0, Relaxed);
        let rarely_used = before.is_some_and(|b| uses.wrapping_sub(b) < u64::from(FREQUENT));
        if record.pinned || !whole_epoch || seen >= FREQUENT || !rarely_used {
            return;
        }
        let kind = family.meta.kind;
        let gauge = matches!(kind, Kind::Gauge | Kind::FloatGauge);
        if gauge && self.values.has_parts(set.primary) {
            return;
        }
        if gauge && !is_zero(&Totals::read(self.values, kind, set.primary), kind) {
            return;
        }
        self.retire(state, family, set.primary);
    }

    /// Takes a label set out of the table. Its handles record to the overflow series from now on.
    fn retire(&self, state: &mut State, family: &'static Core, primary: u32) {
        let space = family.space;
        let Some(overflow) = self.overflow(state, family) else {
            return;
        };
        let Some(hash) = state.record(space, primary).map(|r| r.hash) else {
            return;
        };
        family.table.remove(hash, primary);
        let siblings = self.links(space, primary).map(|links| &links.siblings);
        let siblings = siblings.into_iter().flatten();
        let siblings = siblings.filter_map(|word| SeriesId::unpack(word.load(Relaxed)));
        for id in std::iter::once(primary).chain(siblings.map(|s| s.id)) {
            let epoch = state.epoch.number;
            // Where there was no number for a sibling, the word leads to the overflow series.
            let Some(record) = state.record_mut(space, id).filter(|r| r.primary == primary) else {
                continue;
            };
            record.life = Life::Dying;
            record.since = epoch;
            if let Some(links) = self.links(space, id) {
                // Before the generation: a handle that learns of it finds the way.
                links.overflow.store(overflow.pack(), Release);
            }
            text::retire(self.state_of(space, id));
        }
        self.counts.reclaimed.fetch_add(1, Relaxed);
    }

    fn uses(&self, family: &Core, set: &Watched) -> u64 {
        let uses = set.ids.iter().map(|id| self.values.uses(family.space, *id));
        uses.fold(0, u64::wrapping_add)
    }
}

/// The label sets of a family that may be reclaimed.
fn sets(state: &State, family: &Core) -> Vec<Watched> {
    let number = family.number.unwrap_or(u32::MAX) as usize;
    let ids = state.families.get(number).map_or(&[][..], |f| &f.ids);
    let mut sets: std::collections::BTreeMap<u32, Vec<u32>> = std::collections::BTreeMap::new();
    for id in ids {
        if let Some(record) = state.record(family.space, *id)
            && record.life == Life::Live
            && !record.pinned
        {
            sets.entry(record.primary).or_default().push(*id);
        }
    }
    let set = |(primary, ids)| Watched { primary, ids };
    sets.into_iter().map(set).collect()
}
