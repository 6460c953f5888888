//! How long a tick is.

use std::time::Instant;

/// Both clocks at nearly the same moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) ticks: u64,
    pub(super) instant: Instant,
    /// How many ticks apart the readings may be.
    pub(super) width: u64,
}

/// Progress of both clocks between two pairs of readings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slope {
    pub(super) ticks: u64,
    pub(super) nanos: u64,
    /// How many ticks it may be off.
    pub(super) doubt: u64,
}

/// What a comparison of the clocks says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Judgement {
    /// Too little time has passed to say anything better than what is known.
    TooShort,
    /// The counter runs as it did.
    Steady,
    /// The counter does not run as it did.
    Broken,
}

/// A slope is judged when the time is so long that it is known to a tenth of what is tolerated. The readings of a pair are
/// some 50 ns apart, so that takes a few milliseconds, and longer when the thread was suspended in between.
const DOUBT: f64 = TOLERATED / 10.0;
/// More than any oscillator is off. A time service may turn the system's clock faster for a while (chrony up to 83,333 parts per million);
/// then the counter is given up without need, which costs some nanoseconds a reading and no accuracy.
const TOLERATED: f64 = 500e-6;

impl Slope {
    pub(super) fn between(from: Pair, to: Pair) -> Self {
        let nanos = to.instant.duration_since(from.instant).as_nanos();
        Self {
            ticks: to.ticks.saturating_sub(from.ticks),
            nanos: u64::try_from(nanos).unwrap_or(u64::MAX),
            // And a tick for each of the four readings: a clock that ticks slowly looks exact.
            doubt: from.width.saturating_add(to.width).saturating_add(4),
        }
    }

    /// `None` if one of the clocks has not moved.
    pub(super) fn nanos_a_tick(self) -> Option<f64> {
        let slope = self.nanos as f64 / self.ticks as f64;
        (slope.is_finite() && slope > 0.0).then_some(slope)
    }

    /// Judges the slope against the one that is `known` (0 for none).
    pub(super) fn judge(self, known: f64) -> Judgement {
        // By the system's clock and the known rate, for the counter itself is in question.
        let expected = if known > 0.0 {
            self.nanos as f64 / known
        } else {
            self.ticks as f64
        };
        if self.doubt as f64 > expected * DOUBT || self.nanos == 0 {
            return Judgement::TooShort;
        }
        match self.nanos_a_tick() {
            None if known > 0.0 => Judgement::Broken,
            None => Judgement::TooShort,
            Some(now) if known > 0.0 && (now / known - 1.0).abs() > TOLERATED => Judgement::Broken,
            Some(_) => Judgement::Steady,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(ticks: u64, nanos: u64, known: f64) -> Judgement {
        Slope {
            ticks,
            nanos,
            doubt: 200,
        }
        .judge(known)
    }

    #[test]
    fn a_counter_that_keeps_its_rate_is_steady() {
        assert_eq!(judge(25_000_000, 10_000_000, 0.0), Judgement::Steady);
        assert_eq!(judge(25_000_000, 10_001_000, 0.4), Judgement::Steady);
    }

    #[test]
    fn a_short_time_says_nothing() {
        assert_eq!(judge(2_000_000, 800_000, 0.4), Judgement::TooShort);
        assert_eq!(judge(0, 0, 0.0), Judgement::TooShort);
    }

    #[test]
    fn a_counter_that_stands_or_jumps_is_broken() {
        assert_eq!(judge(0, 10_000_000, 0.4), Judgement::Broken);
        assert_eq!(judge(25_000_000, 10_100_000, 0.4), Judgement::Broken);
        assert_eq!(judge(u64::MAX, 10_000_000, 0.4), Judgement::Broken);
    }

    #[test]
    fn a_clock_that_ticks_slowly_is_not_taken_for_an_exact_one() {
        let pair = |ticks, nanos| Pair {
            ticks,
            instant: START.with(|start| *start) + std::time::Duration::from_nanos(nanos),
            width: 0,
        };
        thread_local!(static START: Instant = Instant::now());
        // 24 MHz, seven ticks: anything between 250 and 333 ns.
        assert_eq!(
            Slope::between(pair(0, 0), pair(7, 300)).judge(0.0),
            Judgement::TooShort
        );
        assert_eq!(
            Slope::between(pair(5, 0), pair(5, 30)).judge(0.0),
            Judgement::TooShort
        );
        assert_eq!(
            Slope::between(pair(0, 0), pair(2_400_000, 100_000_000)).judge(0.0),
            Judgement::Steady
        );
    }
}
