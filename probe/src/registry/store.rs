//! The registry: what is read without a lock beside what is behind it.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, TryLockError};

use super::chunks::{CHUNK, Chunks};
use super::id::{self, CELLS, HISTOGRAMS, SeriesId, Space};
use super::key::Seed;
use super::state::State;
use super::text::{Line, Tails};
use super::values::Values;
use crate::snapshot::{Kind, Unit};

/// All that one process knows about its series. There is one for the program, and one for each test.
pub(crate) struct Registry {
    /// By number: generation, and whether it is muted.
    cell_states: [AtomicU32; CELLS],
    histogram_states: [AtomicU32; HISTOGRAMS],
    cells: Numbers<{ CELLS / CHUNK }>,
    histograms: Numbers<{ HISTOGRAMS / CHUNK }>,
    pub(super) tails: Tails,
    state: Mutex<State>,
    /// The process whose thread went behind the lock last.
    pub(super) holder: AtomicU32,
    pub(super) values: &'static dyn Values,
    pub(super) limits: Limits,
    pub(super) counts: Counts,
}

struct Numbers<const CHUNKS: usize> {
    lines: Chunks<Line, CHUNKS>,
    links: Chunks<Links, CHUNKS>,
}

/// Where a series leads: words of [`SeriesId`](super::SeriesId), 0 where there is none.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// The series of the same labels for other outcomes.
    pub(crate) siblings: [AtomicU64; 3],
    /// For handles of a series that was reclaimed: the overflow series of the family.
    pub(crate) overflow: AtomicU64,
}

/// How much there may be; less in tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) cells: u32,
    pub(crate) histograms: u32,
    pub(crate) families: usize,
}

impl Limits {
    pub(crate) const ALL: Limits = Limits {
        cells: CELLS as u32,
        histograms: HISTOGRAMS as u32,
        families: 4096,
    };

    pub(super) fn of(&self, space: Space) -> u32 {
        match space {
            Space::Cells => self.cells,
            Space::Histograms => self.histograms,
        }
    }
}

/// What the registry counts about itself.
#[derive(Debug)]
pub(crate) struct Counts {
    /// Families that had another one's name.
    pub(super) conflicts: AtomicU64,
    /// Label sets whose text was cut.
    pub(super) truncated: AtomicU64,
    /// Label sets that were reclaimed.
    pub(super) reclaimed: AtomicU64,
    /// Registrations from within a registration: by an allocator that records.
    pub(super) reentrant: AtomicU64,
    /// Lookups that ended at a series of last resort.
    pub(super) resorts: [AtomicU64; 5],
}

thread_local! {
    /// Whether this thread is behind the lock. Without a destructor, so it can be read at any time.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

impl Registry {
    pub(crate) const fn new(values: &'static dyn Values, limits: Limits) -> Self {
        Self {
            cell_states: [const { AtomicU32::new(0) }; CELLS],
            histogram_states: [const { AtomicU32::new(0) }; HISTOGRAMS],
            cells: Numbers {
                lines: Chunks::new(),
                links: Chunks::new(),
            },
            histograms: Numbers {
                lines: Chunks::new(),
                links: Chunks::new(),
            },
            tails: Chunks::new(),
            state: Mutex::new(State::new()),
            holder: AtomicU32::new(0),
            values,
            limits,
            counts: Counts {
                conflicts: AtomicU64::new(0),
                truncated: AtomicU64::new(0),
                reclaimed: AtomicU64::new(0),
                reentrant: AtomicU64::new(0),
                resorts: [const { AtomicU64::new(0) }; 5],
            },
        }
    }

    /// The state of a number. Numbers come from here, so the mask changes none of them; it spares a branch.
    #[inline]
    pub(super) fn state_of(&self, space: Space, id: u32) -> &AtomicU32 {
        match space {
            Space::Cells => &self.cell_states[id as usize & (CELLS - 1)],
            Space::Histograms => &self.histogram_states[id as usize & (HISTOGRAMS - 1)],
        }
    }

    #[inline]
    pub(super) fn line(&self, space: Space, id: u32) -> Option<&Line> {
        match space {
            Space::Cells => self.cells.lines.get(id),
            Space::Histograms => self.histograms.lines.get(id),
        }
    }

    #[inline]
    pub(super) fn links(&self, space: Space, id: u32) -> Option<&Links> {
        match space {
            Space::Cells => self.cells.links.get(id),
            Space::Histograms => self.histograms.links.get(id),
        }
    }

    /// As [`line`](Self::line) and [`links`](Self::links), and makes them.
    pub(super) fn make(&self, space: Space, id: u32) -> Option<(&Line, &Links)> {
        match space {
            Space::Cells => Some((self.cells.lines.make(id)?, self.cells.links.make(id)?)),
            Space::Histograms => Some((
                self.histograms.lines.make(id)?,
                self.histograms.links.make(id)?,
            )),
        }
    }

    /// Behind the lock; `None` if this thread is there already, which happens when an allocator or a destructor that
    /// runs in there records something. Never runs foreign code but the allocator's.
    pub(super) fn locked<R>(&self, work: impl FnOnce(&mut State) -> R) -> Option<R> {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                // It has no destructor, so it is there as long as the thread is.
                let left = BUSY.try_with(|busy| busy.set(false));
                debug_assert!(left.is_ok());
            }
        }
        let entered = BUSY.try_with(|busy| !busy.replace(true)).unwrap_or(false);
        if !entered {
            self.counts.reentrant.fetch_add(1, Relaxed);
            return None;
        }
        // Declared before the guard of the lock, so dropped after it.
        let _leave = Leave;
        // A panic behind the lock (out of memory) leaves entries that are not in the table, never half a slot.
        // The first one says so before it is behind the lock: whoever finds it locked knows by whom.
        if self.holder.load(Relaxed) == 0 {
            self.holder.store(std::process::id(), Relaxed);
        }
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(state)) => state.into_inner(),
            Err(TryLockError::WouldBlock) => {
                if self.holder.load(Relaxed) != std::process::id() {
                    // We are the child of a fork, and the thread that is behind the lock stayed with the parent: it will
                    // never come out.
                    self.counts.reentrant.fetch_add(1, Relaxed);
                    return None;
                }
                self.state.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        self.holder.store(std::process::id(), Relaxed);
        Some(work(&mut state))
    }

    /// How often somebody was not let behind the lock. Where it has risen, an answer may be a makeshift, not to be kept.
    pub(crate) fn turned_away(&self) -> u64 {
        self.counts.reentrant.load(Relaxed)
    }

    /// The series of last resort of this kind, for a value that finds no other place; it is shown from now on.
    pub(crate) fn last_resort(&self, kind: Kind, unit: Unit) -> SeriesId {
        if let Some(count) = self.counts.resorts.get(id::resort(kind, unit)) {
            count.fetch_add(1, Relaxed);
        }
        id::last_resort(kind, unit)
    }

    /// Whether this thread is behind the lock, to be asked before something that may wait.
    pub(crate) fn is_busy() -> bool {
        BUSY.try_with(Cell::get).unwrap_or(true)
    }

    /// Memory that the registry holds for its series: lines, tables and label text. Counts what grows; its own fixed
    /// arrays (0.3 MB of which only touched pages are resident) are not in it.
    pub(crate) fn bytes(&self) -> usize {
        let behind = self.locked(|state| {
            let mut bytes = 0;
            for space in Space::ALL {
                let records = state.records(space);
                bytes +=
                    records.capacity() * size_of_val(records.as_slice()) / records.len().max(1);
                for record in records {
                    // Each text as if it were not shared: a bound from above.
                    bytes += 16 + record.labels.len() * 16;
                    bytes += record.labels.iter().map(|l| l.len() + 16).sum::<usize>();
                }
            }
            for family in &state.families {
                bytes += family.core.table.bytes() + size_of::<super::Core>();
                bytes += (family.ids.capacity() + family.free.capacity()) * size_of::<u32>();
            }
            bytes
        });
        self.cells.lines.bytes()
            + self.cells.links.bytes()
            + self.histograms.lines.bytes()
            + self.histograms.links.bytes()
            + self.tails.bytes()
            + behind.unwrap_or_default()
    }
}

/// A seed nobody can guess, from the standard library's source of them.
pub(super) fn seed() -> Seed {
    let random = RandomState::new();
    Seed {
        start: random.hash_one(1_u8),
        multiplier: random.hash_one(2_u8) | 1,
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("limits", &self.limits)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

/// Numbers that are kept back for overflow series and for what the application names itself: an eighth of all.
pub(super) fn open_end(limits: &Limits, space: Space) -> u32 {
    let end = limits.of(space);
    end.saturating_sub(end / 8).max(id::first(space))
}
