//! What is behind the lock: the families and the series with their labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::core::Core;
use super::filter::Filters;
use super::id::{self, Space};
use super::text::FreeTails;
use super::upkeep::Epoch;
use super::values::Correction;
use crate::snapshot::Outcome;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) families: Vec<FamilyState>,
    /// By the name that is shown.
    pub(crate) by_name: BTreeMap<Arc<str>, u32>,
    pub(crate) resorts: [Option<&'static Core>; 5],
    cells: Vec<Record>,
    histograms: Vec<Record>,
    pub(crate) tails: FreeTails,
    pub(crate) filters: Filters,
    /// Walks that are under way; nothing is folded meanwhile, so that nothing is seen twice or not at all.
    pub(crate) walks: u32,
    pub(crate) epoch: Epoch,
}

#[derive(Debug)]
pub(crate) struct FamilyState {
    pub(crate) core: &'static Core,
    pub(crate) help: Arc<str>,
    pub(crate) muted: bool,
    /// Series that are shown, in the order of registration.
    pub(crate) ids: Vec<u32>,
    /// Numbers to be given out again. They stay within the family: so a number has one kind and one unit for ever.
    pub(crate) free: Vec<u32>,
    /// Label sets that count towards the cap: not the pinned ones, but also those that are being reclaimed.
    pub(crate) sets: u32,
    /// Label values that were met last, by label: most sets share most of theirs.
    recent: Vec<Vec<Arc<str>>>,
    /// For upkeep: refusals at the last epoch, and whether there were any in it.
    pub(crate) refused_before: u64,
    pub(crate) pressed: bool,
}

/// A series, as the lock guards it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) family: u32,
    pub(crate) hash: u32,
    /// The series of the same labels for completed calls; itself, where it is that.
    pub(crate) primary: u32,
    pub(crate) outcome: Outcome,
    pub(crate) life: Life,
    /// Never reclaimed.
    pub(crate) pinned: bool,
    pub(crate) overflow: bool,
    /// Epoch of registration; of retirement, when it is dying.
    pub(crate) since: u32,
    /// Of this label set's series at the last epoch of pressure; `None` before.
    pub(crate) uses: Option<u64>,
    pub(crate) labels: Arc<[Arc<str>]>,
    pub(crate) correction: Option<Arc<Correction>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// In the table.
    Live,
    /// Out of the table, still shown; the last records may still be on their way.
    Dying,
    /// Not shown.
    Free,
}

/// Values that are remembered for a label.
const RECENT: usize = 16;

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            families: Vec::new(),
            by_name: BTreeMap::new(),
            resorts: [None; 5],
            cells: Vec::new(),
            histograms: Vec::new(),
            tails: FreeTails::new(),
            filters: Filters::new(),
            walks: 0,
            epoch: Epoch::new(),
        }
    }

    pub(crate) fn records(&self, space: Space) -> &Vec<Record> {
        match space {
            Space::Cells => &self.cells,
            Space::Histograms => &self.histograms,
        }
    }

    pub(crate) fn records_mut(&mut self, space: Space) -> &mut Vec<Record> {
        match space {
            Space::Cells => &mut self.cells,
            Space::Histograms => &mut self.histograms,
        }
    }

    /// Of a number that was given out.
    pub(crate) fn record(&self, space: Space, id: u32) -> Option<&Record> {
        let at = id.checked_sub(id::first(space))?;
        self.records(space).get(at as usize)
    }

    pub(crate) fn record_mut(&mut self, space: Space, id: u32) -> Option<&mut Record> {
        let at = id.checked_sub(id::first(space))?;
        self.records_mut(space).get_mut(at as usize)
    }

    /// Its number; those of last resort are not in the list.
    pub(crate) fn family_of(&mut self, core: &Core) -> Option<&mut FamilyState> {
        self.families.get_mut(core.number? as usize)
    }
}

impl FamilyState {
    pub(crate) fn new(core: &'static Core, help: &str, muted: bool) -> Self {
        Self {
            core,
            help: help.into(),
            muted,
            ids: Vec::new(),
            free: Vec::new(),
            sets: 0,
            recent: vec![Vec::new(); core.meta.label_names.len()],
            refused_before: 0,
            pressed: false,
        }
    }

    /// The labels as they are kept; values that were met lately are shared.
    pub(crate) fn share(&mut self, labels: &[&str]) -> Arc<[Arc<str>]> {
        let share = |(label, recent): (&&str, &mut Vec<Arc<str>>)| {
            if let Some(known) = recent.iter().find(|known| &***known == *label) {
                return Arc::clone(known);
            }
            let new: Arc<str> = Arc::from(*label);
            if recent.len() == RECENT {
                recent.remove(0);
            }
            recent.push(Arc::clone(&new));
            new
        };
        labels.iter().zip(&mut self.recent).map(share).collect()
    }
}
