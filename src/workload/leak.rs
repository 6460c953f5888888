//! Does a process grow without end? Slope, interval and shape of its memory over time.

use super::record::ProcessSample;
use std::time::Duration;

/// What a series of memory says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leak {
    /// Bytes per minute (Theil-Sen).
    pub slope: f64,
    /// Its interval.
    pub low: f64,
    /// Its interval.
    pub high: f64,
    /// From the first tenth to the last, bytes.
    pub growth: f64,
    /// Mann-Kendall, one-sided.
    pub p: f64,
    /// What it comes to.
    pub shape: Shape,
}

/// How memory went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Not enough samples, or not enough time, to tell.
    TooShort,
    /// No growth worth speaking of.
    Level,
    /// It grew, and stopped.
    Plateau,
    /// It grows, also in the last third.
    Rising,
}

impl Leak {
    /// The metric `leak` in bytes per minute: what it surely grows by (the lower end of the interval) where it still grows,
    /// else 0. `None` where that cannot be told.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        match self.shape {
            Shape::TooShort => None,
            Shape::Level | Shape::Plateau => Some(0.0),
            Shape::Rising => Some(self.low.max(0.0)),
        }
    }
}

/// Judges samples in the order of time; those before `warm_up` do not count. `None` without any.
#[must_use]
pub fn leak(_samples: &[ProcessSample], _warm_up: Duration) -> Option<Leak> {
    None
}
