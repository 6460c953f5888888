//! One look: what was seen, what that decides, and what is carried on to a later attempt.

use crate::compare::{Interval, Method, Zone};
use crate::stats::Bounds;
use crate::units::Change;
use serde::Serialize;

/// What was seen at one look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Look {
    /// Pairs so far, of all attempts.
    pub n: u32,
    /// What counted: as many pairs, or fewer layouts.
    pub units: u32,
    /// What the unit is, and whether there are several attempts.
    pub method: Method,
    /// Estimated change: Hodges-Lehmann centre of the log ratios.
    pub effect: Change,
    /// Each side at `fail_level`; from the second attempt on, what the first one knew is kept.
    pub interval: Interval,
    /// The same at this look's share of the pass level.
    pub pass_interval: Interval,
    /// This look's share of the fail level.
    pub fail_level: f64,
    /// One-sided p-value of "the change is at most the floor", for this look alone.
    pub p_more: f64,
    /// One-sided p-value of "the change is at least minus the floor", for this look alone.
    pub p_less: f64,
    /// What the data say at this look, if they say something.
    pub decision: Option<Decision>,
}

/// What stops a comparison at a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Surely above the floor, and by estimate above the tolerance.
    More,
    /// Surely below minus the floor, and by estimate below minus the tolerance.
    Less,
    /// Surely within the tolerance on both sides.
    Same,
}

impl Decision {
    /// The rules, the same upwards and downwards. A bound on one side alone ("not slower") does not stop: which side
    /// is the good one is not known here, and more pairs can only make it clearer.
    pub(super) fn of(effect: f64, fail: Interval, pass: Interval, zone: Zone) -> Option<Self> {
        let (floor, tolerance) = (zone.floor.log(), zone.tolerance.log());
        if fail.low.log() > floor && effect > tolerance {
            Some(Self::More)
        } else if fail.high.log() < -floor && effect < -tolerance {
            Some(Self::Less)
        } else if pass.low.log() > -tolerance && pass.high.log() < tolerance {
            Some(Self::Same)
        } else {
            None
        }
    }
}

/// A look, and what it says by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) look: Look,
    /// Both intervals without what earlier attempts knew.
    pub(super) alone: Known,
    pub(super) pass_level: f64,
}

/// Two intervals, one at the fail level and one at the pass level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) fail: Interval,
    pub(super) pass: Interval,
}

impl Known {
    pub(super) const NOTHING: Self = Self {
        fail: Interval::UNBOUNDED,
        pass: Interval::UNBOUNDED,
    };

    /// What both know. Repeated confidence intervals hold all together, so their intersection does as well.
    pub(super) fn and(self, other: Self) -> Self {
        let both = |a: Interval, b: Interval| Interval {
            low: if b.low > a.low { b.low } else { a.low },
            high: if b.high < a.high { b.high } else { a.high },
        };
        Self {
            fail: both(self.fail, other.fail),
            pass: both(self.pass, other.pass),
        }
    }
}

/// An interval around `effect`, narrowed by what was known before; on a side where that contradicts the estimate it is left out.
pub(super) fn narrowed(alone: Interval, before: Interval, effect: Change) -> Interval {
    Interval {
        low: if before.low > alone.low && before.low <= effect {
            before.low
        } else {
            alone.low
        },
        high: if before.high < alone.high && before.high >= effect {
            before.high
        } else {
            alone.high
        },
    }
}

impl From<Bounds> for Interval {
    fn from(bounds: Bounds) -> Self {
        Self {
            low: Change::from_log(bounds.low),
            high: Change::from_log(bounds.high),
        }
    }
}
