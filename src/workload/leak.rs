//! Does a process grow without end? Slope, interval and shape of its memory over time.
//!
//! Memory of a server moves in steps (arenas of an allocator), falls back (garbage collection) and rises at the start (caches,
//! code that is loaded). None of it is a leak. So what is looked at is the *floor* of memory: the time after the warm-up is cut
//! into [`PARTS`], of each of which nearly the smallest value counts, which is what stays when garbage is gone. It leaks only if
//! all of this holds:
//!
//! - it rises: the lower end of the interval around the Theil-Sen slope is above zero and the Mann-Kendall test agrees, both
//!   with regard to serial correlation (see [`crate::stats::inflation`]);
//! - it matters: it grew by more than 5 % and by more than 8 MiB;
//! - nothing is given back: the floor never falls by more than half of what it grew by;
//! - it does not stop: the last third of the time rises by itself, and at least half as steeply as the whole; or it rises by
//!   more than those 5 % and 8 MiB within the last third alone, without becoming slower there: a leak below a cache that
//!   filled up first.

use super::record::ProcessSample;
use crate::stats::{Slope, inflation, mann_kendall, median, quantile, theil_sen, without_line};
use std::time::Duration;

/// Samples that an answer takes at least.
pub const LEAST_SAMPLES: usize = 20;

/// Time after the warm-up that an answer takes at least.
pub const LEAST_TIME: Duration = Duration::from_secs(30);

/// Growth that is no leak, whatever its shape: bytes.
pub const LEAST_GROWTH: f64 = 8.0 * 1024.0 * 1024.0;

/// The same as a share of what was used at the start.
pub const LEAST_SHARE: f64 = 0.05;

/// Parts of the time, of each of which the floor counts. Many enough for a third of them to be judged by itself, few enough
/// for garbage to be collected in most of them.
pub const PARTS: usize = 30;

/// Share of the samples of a part that may lie below its floor: a look at a process tree that missed a child is no floor.
const BELOW_FLOOR: f64 = 0.1;

/// Of the interval, two-sided; the test is one-sided at half of the rest.
const CONFIDENCE: f64 = 0.95;

/// Of the test of the last third. It is asked only where the whole has risen, which is judged with regard to serial
/// correlation; ten points are too few to estimate that again.
const LEVEL_OF_END: f64 = 0.1;

/// What a series of memory says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leak {
    /// Bytes per minute (Theil-Sen).
    pub slope: f64,
    /// Its interval.
    pub low: f64,
    /// Its interval.
    pub high: f64,
    /// Of the floor, from the first tenth of the time to the last, bytes.
    pub growth: f64,
    /// Mann-Kendall, one-sided.
    pub p: f64,
    /// What it comes to.
    pub shape: Shape,
    /// Bytes per minute that a leak must have to be seen in so much time: a slower one does not reach the growth that
    /// matters. Infinite without samples that last.
    pub resolution: f64,
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

/// Time after the warm-up that a run must last for a leak of so many bytes per minute to be seen: until it comes to 8 MiB. A
/// process of more than 160 MiB takes longer, until it comes to 5 % of it. `None` for a rate that is not above zero.
#[must_use]
pub fn least_time(bytes_per_minute: f64) -> Option<Duration> {
    if bytes_per_minute.is_nan() || bytes_per_minute <= 0.0 {
        return None;
    }
    let growing = Duration::try_from_secs_f64(60.0 * LEAST_GROWTH / bytes_per_minute).ok()?;
    Some(growing.max(LEAST_TIME))
}

/// Judges samples in the order of time; those before `warm_up` do not count, nor those without a process. `None` without any.
///
/// Fewer than [`LEAST_SAMPLES`], or less than [`LEAST_TIME`] between the first and the last, are [`Shape::TooShort`]: never
/// an answer that could be taken for "no leak".
#[must_use]
pub fn leak(samples: &[ProcessSample], warm_up: Duration) -> Option<Leak> {
    let (minutes, bytes): (Vec<f64>, Vec<f64>) = samples
        .iter()
        .filter(|sample| sample.at >= warm_up && sample.processes > 0 && sample.rss > 0)
        .map(|sample| (sample.at.as_secs_f64() / 60.0, sample.rss as f64))
        .unzip();
    let span = minutes.last()? - minutes.first()?;
    let (at, floor) = floor(&minutes, &bytes);
    let tenth = (floor.len() / 10).max(1);
    let start = median(&floor[..tenth])?;
    let growth = median(&floor[floor.len() - tenth..])? - start;
    let matters = LEAST_GROWTH.max(LEAST_SHARE * start);
    let lasts = span * 60.0 >= LEAST_TIME.as_secs_f64();
    let too_short = Leak {
        slope: if span > 0.0 { growth / span } else { 0.0 },
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        growth,
        p: 1.0,
        shape: Shape::TooShort,
        resolution: if span > 0.0 {
            matters / span
        } else {
            f64::INFINITY
        },
    };
    if bytes.len() < LEAST_SAMPLES || !lasts {
        return Some(too_short);
    }
    let third = at.len() - at.len() / 3;
    // What cannot be reckoned (samples that all have one time) is not told, rather than level.
    let (Some(whole), Some(end)) = (
        Stretch::of(&at, &floor),
        Stretch::of(&at[third..], &floor[third..]),
    ) else {
        return Some(too_short);
    };
    let grew = growth > matters;
    let keeps = given_back(&floor) <= 0.5 * growth;
    let (shape, of) = if !grew {
        (Shape::Level, whole)
    } else if !keeps || end.plain_p > LEVEL_OF_END {
        (Shape::Plateau, whole)
    } else if whole.rises()
        && whole.line.slope * span > matters
        && end.line.slope >= 0.5 * whole.line.slope
    {
        (Shape::Rising, whole)
    } else if end.rises() && end.steady && end.line.slope * span / 3.0 > matters {
        // The whole is no line; what goes on is that of the end.
        (Shape::Rising, end)
    } else {
        (Shape::Plateau, whole)
    };
    Some(Leak {
        slope: of.line.slope,
        low: of.line.low,
        high: of.line.high,
        p: of.p,
        shape,
        ..too_short
    })
}

/// Time and floor of each part; samples that are few stand for themselves.
fn floor(minutes: &[f64], bytes: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let parts = PARTS.min(bytes.len());
    (0..parts)
        .filter_map(|part| {
            let run = part * bytes.len() / parts..(part + 1) * bytes.len() / parts;
            Some((
                median(&minutes[run.clone()])?,
                quantile(&bytes[run], BELOW_FLOOR)?,
            ))
        })
        .unzip()
}

/// The largest fall from a value to any later one.
fn given_back(floor: &[f64]) -> f64 {
    let (mut highest, mut fall) = (f64::NEG_INFINITY, 0.0_f64);
    for value in floor {
        highest = highest.max(*value);
        fall = fall.max(highest - value);
    }
    fall
}

/// A stretch of the floor by itself.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    line: Slope,
    p: f64,
    /// The same without regard to serial correlation.
    plain_p: f64,
    /// Its second half is not slower than its first by more than noise.
    steady: bool,
}

impl Stretch {
    fn of(minutes: &[f64], bytes: &[f64]) -> Option<Self> {
        let plain = theil_sen(minutes, bytes, CONFIDENCE, 1.0)?;
        let residuals = without_line(minutes, bytes, plain.slope);
        let (least, most) = residuals.iter().fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(least, most), residual| (least.min(*residual), most.max(*residual)),
        );
        let rise = plain.slope * (minutes.last()? - minutes.first()?);
        // What wanders within a fifth of the rise cannot be mistaken for it, however it hangs together.
        let factor = if most - least < 0.2 * rise {
            1.0
        } else {
            inflation(&residuals)?
        };
        let line = theil_sen(minutes, bytes, CONFIDENCE, factor)?;
        let test = mann_kendall(bytes)?;
        let half = minutes.len() / 2;
        let early = theil_sen(&minutes[..half], &bytes[..half], CONFIDENCE, 1.0)?;
        let late = theil_sen(&minutes[half..], &bytes[half..], CONFIDENCE, 1.0)?;
        Some(Self {
            line,
            p: test.p_rising(factor),
            plain_p: test.p_rising(1.0),
            steady: late.slope >= 0.8 * early.slope,
        })
    }

    fn rises(&self) -> bool {
        self.line.low > 0.0 && self.p <= (1.0 - CONFIDENCE) / 2.0
    }
}

#[cfg(test)]
mod tests;
