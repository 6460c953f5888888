//! Machine classes: which baselines may be compared with which runs.

use crate::measurement::Environment;

/// The hard facts about a machine, in a fixed order; two machines are of one class if all are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineClass {
    /// (field, value), such as (`cpu.model`, `207`).
    pub facts: Vec<(String, String)>,
}

impl MachineClass {
    /// The class of a machine. Compilers are not part of it: they are recorded per job.
    #[must_use]
    pub fn of(_environment: &Environment) -> Self {
        unimplemented!()
    }

    /// Short file-name-safe name: readable CPU name and 8 hex digits of a hash over all facts.
    #[must_use]
    pub fn slug(&self) -> String {
        unimplemented!()
    }

    /// The facts that differ, as `field old -> new`, joined by commas; empty if the class is the same.
    #[must_use]
    pub fn difference(&self, _other: &Self) -> String {
        unimplemented!()
    }
}
