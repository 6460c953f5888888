//! The clock of timers: raw ticks, made into seconds only when they are read out.
//!
//! Reading the clock is several times dearer than recording what it says, so timers read the cheapest one that is right:
//! on x86-64 the time stamp counter, where the processor says that it is invariant *and* the kernel itself keeps time by
//! it; on 64-bit ARM the generic timer; else `Instant`. Nothing spins to learn how long a tick is. One pair of readings is kept
//! from the first use; every snapshot takes another, and the slope between them sharpens as the process grows older.

mod counter;
mod slope;

use std::sync::atomic::{
    AtomicU8, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use std::sync::{Mutex, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use slope::{Judgement, Pair, Slope};

/// Not looked yet.
const UNKNOWN: u8 = 0;
/// Ticks are those of the processor.
const COUNTER: u8 = 1;
/// Ticks are derived from `Instant`.
const INSTANT: u8 = 2;

static SOURCE: AtomicU8 = AtomicU8::new(UNKNOWN);
static START: OnceLock<Start> = OnceLock::new();
/// From where time goes on since the counter was given up.
static CONTINUED: OnceLock<Pair> = OnceLock::new();
/// Nanoseconds a tick as the bits of an `f64`; zero until the first calibration.
static NANOS_A_TICK: AtomicU64 = AtomicU64::new(0);
/// The last pair by which the rate was judged.
static LAST: Mutex<Option<Pair>> = Mutex::new(None);
/// Times that the counter was found to run differently from the system's clock, and was given up.
pub(crate) static GIVEN_UP: AtomicU64 = AtomicU64::new(0);

/// What was found at the first use.
#[derive(Debug)]
struct Start {
    pair: Pair,
    /// Whether the processor's counter is used.
    counter: bool,
}

/// Ticks now. Not ordered with the instructions around it: a few nanoseconds either way.
#[inline]
pub(crate) fn ticks() -> u64 {
    if SOURCE.load(Relaxed) == COUNTER {
        counter::read()
    } else {
        ticks_cold()
    }
}

#[cold]
fn ticks_cold() -> u64 {
    // Acquire: whoever sees that the counter was given up sees from where time goes on.
    if SOURCE.load(Acquire) == UNKNOWN {
        let source = if start().counter { COUNTER } else { INSTANT };
        // Another thread may have been here, and the counter may have been given up since.
        let known = SOURCE
            .compare_exchange(UNKNOWN, source, AcqRel, Acquire)
            .err()
            .unwrap_or(source);
        if known == COUNTER {
            return counter::read();
        }
    }
    // Where the counter was given up, time goes on from there in the unit that ticks had: timers that run, and what has been
    // recorded, stay right.
    let (from, nanos_a_tick) = match CONTINUED.get() {
        Some(from) => (from, slope()),
        None => (&start().pair, 1.0),
    };
    let nanos = nanos(from.instant.elapsed());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a span of time; saturates"
    )]
    let ticks = (nanos as f64 / nanos_a_tick) as u64;
    from.ticks.saturating_add(ticks)
}

fn start() -> &'static Start {
    if let Some(start) = START.get() {
        return start;
    }
    // Made before it is set: nobody waits for a thread that was suspended in the middle, or that a fork left behind.
    let counter = counter::trusted();
    let pair = if counter {
        pair()
    } else {
        Pair {
            ticks: 0,
            instant: Instant::now(),
            width: 0,
        }
    };
    START.get_or_init(|| Start { pair, counter })
}

/// Both clocks at nearly the same moment: of a few tries the one that took the least time.
fn pair() -> Pair {
    let once = || {
        let before = counter::read();
        let instant = Instant::now();
        let width = counter::read().saturating_sub(before);
        Pair {
            ticks: before + width / 2,
            instant,
            width,
        }
    };
    [once(), once()].into_iter().fold(
        once(),
        |best, next| if next.width < best.width { next } else { best },
    )
}

/// Time since the first use of the probe.
pub(crate) fn uptime() -> Duration {
    start().pair.instant.elapsed()
}

/// Compares the two clocks again, and returns seconds a tick. Called by snapshots.
///
/// Where the counter has run by more than 500 parts per million differently since the last time (a virtual machine that was moved to
/// another host, say), it is given up for `Instant`, in ticks of the old length.
pub(crate) fn calibrate() -> f64 {
    ticks();
    if SOURCE.load(Relaxed) == COUNTER {
        let first = &start().pair;
        let now = pair();
        let mut last = match LAST.try_lock() {
            Ok(last) => last,
            Err(TryLockError::Poisoned(last)) => last.into_inner(),
            // Somebody else is at it, or was when this process was forked.
            Err(TryLockError::WouldBlock) => return slope() * 1e-9,
        };
        let since = last.unwrap_or(*first);
        let known = f64::from_bits(NANOS_A_TICK.load(Relaxed));
        match Slope::between(since, now).judge(known) {
            Judgement::TooShort => {}
            Judgement::Steady => {
                *last = Some(now);
                if let Some(slope) = Slope::between(*first, now).nanos_a_tick() {
                    NANOS_A_TICK.store(slope.to_bits(), Relaxed);
                }
            }
            Judgement::Broken => {
                GIVEN_UP.fetch_add(1, Relaxed);
                // Once: it is never taken up again.
                CONTINUED.get_or_init(|| now);
                SOURCE.store(INSTANT, Release);
            }
        }
    }
    slope() * 1e-9
}

/// Nanoseconds a tick, as well as it is known.
fn slope() -> f64 {
    let known = f64::from_bits(NANOS_A_TICK.load(Relaxed));
    if known > 0.0 {
        return known;
    }
    if SOURCE.load(Relaxed) != COUNTER {
        return 1.0;
    }
    // Nothing has been calibrated yet: the time from the start until now has to do. A few milliseconds later it is known well
    // enough to be kept.
    let first = &start().pair;
    let now = pair();
    let slope = Slope::between(*first, now);
    let nanos_a_tick = slope.nanos_a_tick().unwrap_or(1.0);
    if slope.judge(0.0) == Judgement::Steady {
        NANOS_A_TICK.store(nanos_a_tick.to_bits(), Relaxed);
    }
    nanos_a_tick
}

/// A duration in ticks; saturates.
pub(crate) fn from_duration(duration: Duration) -> u64 {
    ticks();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and is not negative"
    )]
    let ticks = (duration.as_nanos() as f64 / slope()).round() as u64;
    ticks
}

/// Ticks as a duration, as well as the slope is known.
#[cfg(all(feature = "record", feature = "tower"))]
pub(crate) fn to_duration(ticks: u64) -> Duration {
    Duration::try_from_secs_f64(ticks as f64 * slope() * 1e-9).unwrap_or(Duration::MAX)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_back() {
        let mut last = ticks();
        for _ in 0..10_000 {
            let now = ticks();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn ticks_and_durations_agree() {
        let before = (ticks(), Instant::now());
        // Work, not sleep: long enough that the two clocks can be told apart from noise.
        let mut x = 1_u64;
        while before.1.elapsed() < Duration::from_millis(20) {
            x = std::hint::black_box(x.wrapping_mul(3));
        }
        let (after, elapsed) = (ticks(), before.1.elapsed());
        let seconds = (after - before.0) as f64 * calibrate();
        // The thread may be suspended between the two readings: only a wrong unit would be off by more than this.
        assert!(
            (0.5..2.0).contains(&(seconds / elapsed.as_secs_f64())),
            "{seconds} {elapsed:?}"
        );
        let there = from_duration(Duration::from_secs(1)) as f64 * calibrate();
        assert!((there - 1.0).abs() < 0.01, "{there}");
    }

    #[test]
    fn a_duration_beyond_all_ticks_saturates() {
        assert!(from_duration(Duration::MAX) > u64::MAX / 16);
        assert_eq!(from_duration(Duration::ZERO), 0);
    }
}
