//! Where there is no `/proc`: nothing is seen, and [`super::is_available`] says so.

use crate::collect::process::ProcessId;
use crate::workload::record::ProcessSample;
use std::time::Duration;

/// What is to be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// A process of somebody else's, and its descendants.
    Process(u32),
    /// A child that leads its group, with the entry that only its descendants have in their environment.
    Started {
        /// Child and group.
        pid: u32,
        /// `NAME=value`.
        mark: String,
    },
}

/// The sum over a tree at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Look {
    /// The sums.
    pub sample: ProcessSample,
    /// Time that the main threads waited for a CPU.
    pub waited: Option<Duration>,
}

/// Sees nothing.
#[derive(Debug)]
pub struct Tree;

impl Tree {
    /// Of nothing.
    #[must_use]
    pub fn new(_root: &Root) -> Self {
        Self
    }

    /// Nobody.
    #[must_use]
    pub fn members(&self) -> Vec<ProcessId> {
        Vec::new()
    }

    /// Nothing.
    pub fn look(&mut self, _at: Duration) -> Option<Look> {
        None
    }
}
