//! Names: which family and labels a series stands for, from the first use to the snapshot.
//!
//! Two ways lead here. *Lookups* find the series of some labels, or tell whether a handle may still record; they take
//! no lock, allocate nothing and write at most one word (`find`, `table`, `text`). *Everything else* registers,
//! reclaims, mutes or walks, and is behind one lock (`state`, `place`, `upkeep`, `walk`). The lock is never held while
//! foreign code runs, nor while values are read for a snapshot.
//!
//! What is bounded: series by the sizes of the two spaces of numbers, label sets of a family by its cap, text by 256
//! bytes a set, families by 4096. What finds no place goes to the overflow series of its family, and if there
//! is no number even for that, to the one series of its kind that always exists. Nothing that was recorded is lost:
//! when a rare label set is reclaimed, its totals are added to the overflow series.
//!
//! Nothing that the registry says of itself (`probe_*`) is registered in it, so it cannot recurse.

mod chunks;
mod key;
mod table;
mod text;

mod core;
mod filter;
mod find;
mod fork;
mod id;
mod identity;
mod place;
mod sibling;
mod state;
mod store;
mod upkeep;
pub(crate) mod values;
pub(crate) mod walk;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    core::{CAP, Core, Identity},
    id::{SeriesId, Space},
    identity::Identities,
    place::Want,
    store::Registry,
};

/// The registry of this process.
pub(crate) static GLOBAL: Registry = Registry::new(&crate::tier::VALUES, store::Limits::ALL);
