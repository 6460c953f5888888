//! The open model: arrivals from an integrated rate.

use super::{Draws, Shard};
use crate::workload::scenario::{Arrivals as Spacing, Open};
use std::time::Duration;

/// The rate over time, piecewise linear, with its integral and the inverse of that.
#[derive(Debug, Clone, PartialEq)]
pub struct RateCurve {
    pieces: Vec<Piece>,
    end: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    start: Duration,
    /// Seconds; above 0.
    over: f64,
    /// Per second, at its start.
    from: f64,
    /// Per second, at its end.
    to: f64,
    /// Arrivals before it.
    before: f64,
    /// Arrivals in it.
    area: f64,
}

impl RateCurve {
    /// Of a schedule. A rate that is no number, negative or infinite counts as 0: what is read from a file is checked before.
    #[must_use]
    pub fn new(open: &Open) -> Self {
        let sane = |rate: f64| if rate.is_finite() { rate.max(0.0) } else { 0.0 };
        let (mut start, mut from, mut before) = (Duration::ZERO, sane(open.start), 0.0);
        let mut pieces = Vec::with_capacity(open.stages.len());
        for stage in &open.stages {
            let (over, to) = (stage.over.as_secs_f64(), sane(stage.rate));
            if !stage.over.is_zero() {
                let area = over * (from + to) / 2.0;
                pieces.push(Piece {
                    start,
                    over,
                    from,
                    to,
                    before,
                    area,
                });
                before += area;
                start = start.saturating_add(stage.over);
            }
            from = to;
        }
        Self { pieces, end: start }
    }

    /// Arrivals in all, not rounded.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.pieces
            .last()
            .map_or(0.0, |last| last.before + last.area)
    }

    /// Arrivals per second at a time; 0 outside of the schedule.
    #[must_use]
    pub fn rate(&self, at: Duration) -> f64 {
        if at >= self.end {
            return 0.0;
        }
        let piece = self.pieces.iter().rev().find(|piece| piece.start <= at);
        piece.map_or(0.0, |piece| {
            let x = (at - piece.start).as_secs_f64();
            piece.from + (piece.to - piece.from) * (x / piece.over).min(1.0)
        })
    }

    /// The integral of the rate up to a time.
    #[must_use]
    pub fn integral(&self, at: Duration) -> f64 {
        let piece = self.pieces.iter().rev().find(|piece| piece.start <= at);
        piece.map_or(0.0, |piece| {
            let x = (at - piece.start).as_secs_f64().min(piece.over);
            let slope = (piece.to - piece.from) / piece.over;
            piece.before + x * (piece.from + slope * x / 2.0)
        })
    }

    /// The last moment at which the integral is not above `amount`; `None` where it never is (or only at the end, which is no
    /// longer part of the schedule). The last: an arrival that falls due at the beginning of a pause comes after it.
    ///
    /// `piece` is where to look first; amounts must not fall between calls with the same one.
    fn leaves(&self, amount: f64, piece: &mut usize) -> Option<Duration> {
        let found = loop {
            let candidate = self.pieces.get(*piece)?;
            if amount < candidate.before + candidate.area {
                break candidate;
            }
            *piece += 1;
        };
        let rest = (amount - found.before).max(0.0);
        // rest = from x + slope x^2 / 2, solved for x in the form that loses no digits for small slopes and falling rates.
        let slope = (found.to - found.from) / found.over;
        let root = (found.from * found.from + 2.0 * slope * rest)
            .max(0.0)
            .sqrt();
        let x = if rest > 0.0 {
            2.0 * rest / (found.from + root)
        } else {
            0.0
        };
        let at = found.start + Duration::try_from_secs_f64(x.min(found.over)).ok()?;
        (at < self.end).then_some(at)
    }
}

/// One arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number in the whole schedule, from 0.
    pub number: u64,
    /// From the start of the schedule.
    pub at: Duration,
}

/// The arrivals of a part of a schedule, in the order of time.
#[derive(Debug, Clone)]
pub struct Arrivals {
    curve: RateCurve,
    piece: usize,
    shard: Shard,
    next: u64,
    /// For Poisson: the random numbers and their sum over all arrivals so far, those of other parts as well.
    poisson: Option<(Draws, f64)>,
}

/// Stream of the random numbers for arrivals; those of users and flows are numbered from 0.
const STREAM: u64 = u64::MAX;

impl Arrivals {
    /// Of a schedule. The seed matters for Poisson only.
    #[must_use]
    pub fn new(open: &Open, seed: u64, shard: Shard) -> Self {
        Self {
            curve: RateCurve::new(open),
            piece: 0,
            shard,
            next: 0,
            poisson: match open.arrivals {
                Spacing::Constant => None,
                Spacing::Poisson => Some((Draws::new(seed, STREAM), 0.0)),
            },
        }
    }
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let of = self.shard.of.max(1);
        // The first of this part from `next` on. A Poisson part draws the intervals of the others as well.
        let mine = self.next.max(self.shard.index);
        let mine = mine + (of - (mine - self.shard.index) % of) % of;
        let amount = match &mut self.poisson {
            None => mine as f64,
            Some((draws, sum)) => {
                for _ in self.next..=mine {
                    *sum += draws.exponential();
                }
                *sum
            }
        };
        self.next = mine + 1;
        let at = self.curve.leaves(amount, &mut self.piece)?;
        Some(Arrival { number: mine, at })
    }
}
