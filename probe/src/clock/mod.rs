//! The clock of timers: raw ticks, made into seconds only when they are read out.
//!
//! Reading the clock is several times dearer than recording what it says, so timers read the cheapest one that is right:
//! on x86-64 the time stamp counter, where the processor says that it is invariant *and* the kernel itself keeps time by
//! it; on 64-bit ARM the generic timer; else `Instant`. Nothing spins to learn how long a tick is. One pair of readings is kept
//! from the first use; every snapshot takes another, and the slope between them sharpens as the process grows older.

mod counter;
mod slope;

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use slope::{Judgement, Pair, Slope};

/// Not looked yet.
const UNKNOWN: u8 = 0;
/// Ticks are those of the processor.
const COUNTER: u8 = 1;
/// Ticks are derived from `Instant`.
const INSTANT: u8 = 2;

static SOURCE: AtomicU8 = AtomicU8::new(UNKNOWN);
static START: OnceLock<Pair> = OnceLock::new();
/// Nanoseconds a tick as the bits of an `f64`; zero until the first calibration.
static NANOS_A_TICK: AtomicU64 = AtomicU64::new(0);
/// The last pair by which the rate was judged.
static LAST: Mutex<Option<Pair>> = Mutex::new(None);
/// Times that the counter was found to run differently from the system's clock, and was given up.
pub(crate) static GIVEN_UP: AtomicU64 = AtomicU64::new(0);

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
    if SOURCE.load(Relaxed) == UNKNOWN {
        let source = if counter::trusted() { COUNTER } else { INSTANT };
        start();
        SOURCE.store(source, Relaxed);
        if source == COUNTER {
            return counter::read();
        }
    }
    // In the unit that the ticks had until now: timers that run, and what has been recorded, stay right.
    let start = start();
    let nanos = nanos(start.instant.elapsed());
    let slope = slope();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a span of time"
    )]
    let ticks = if GIVEN_UP.load(Relaxed) == 0 {
        nanos
    } else {
        (nanos as f64 / slope) as u64
    };
    start.ticks.saturating_add(ticks)
}

fn start() -> &'static Pair {
    START.get_or_init(|| {
        if counter::trusted() {
            pair()
        } else {
            Pair {
                ticks: 0,
                instant: Instant::now(),
                width: 0,
            }
        }
    })
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
    start().instant.elapsed()
}

/// Compares the two clocks again, and returns seconds a tick. Called by snapshots.
///
/// Where the counter has run by more than 500 parts per million differently since the last time (a virtual machine that was moved to
/// another host, say), it is given up for `Instant`, in ticks of the old length.
pub(crate) fn calibrate() -> f64 {
    ticks();
    if SOURCE.load(Relaxed) == COUNTER {
        let first = start();
        let now = pair();
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
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
                SOURCE.store(INSTANT, Relaxed);
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
    let first = start();
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
