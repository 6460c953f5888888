//! What the bench target `rivals` reckons with: intervals over launches, and the values that are recorded. Pure.

pub mod interval;
pub mod workload;
