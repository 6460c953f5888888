//! The call times of one endpoint, in a fixed amount of memory.

use std::time::Duration;

use super::Limits;

/// Call times that are kept.
pub(super) const RING: usize = 32;
/// Parts of the time that a runaway must last.
pub(super) const PARTS: u64 = 5;
/// Slots of the growth that are looked back on.
pub(super) const SLOTS: u64 = 16;

/// When an endpoint was called: the last 32 times, counts in short and in long slots, and the usual rate. Of fixed size,
/// half a kilobyte, whatever happens.
#[derive(Clone, Debug)]
pub struct Intervals {
    /// Nanoseconds; the call of number `n` at `n % RING`.
    ring: [u64; RING],
    calls: u64,
    first: u64,
    pub(super) short: Slots<8>,
    pub(super) long: Slots<18>,
    /// Number of calls, each worth less the longer it is ago.
    recent: f64,
    /// Time in which a call loses its worth to 1/e.
    learn: u64,
}

impl Intervals {
    /// No calls yet. The widths of the slots are those of the limits that it will be judged by.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            ring: [0; RING],
            calls: 0,
            first: 0,
            short: Slots::new(nanos(limits.sustained) / PARTS),
            long: Slots::new(nanos(limits.slot)),
            recent: 0.0,
            learn: nanos(limits.learn).max(1),
        }
    }

    /// A call at that time, by any clock that does not go back; if it does, the call counts as made at the time of the
    /// one before.
    pub fn record(&mut self, at: Duration) {
        let at = nanos(at).max(self.last());
        if self.calls == 0 {
            self.first = at;
        } else {
            self.recent *= self.faded(at);
        }
        self.recent += 1.0;
        self.ring[(self.calls % RING as u64) as usize] = at;
        self.calls += 1;
        self.short.add(at);
        self.long.add(at);
    }

    /// Number of calls so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// What a call at the time of the last one is worth at `now`.
    fn faded(&self, now: u64) -> f64 {
        (-(now.saturating_sub(self.last()) as f64) / self.learn as f64).exp()
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn last(&self) -> u64 {
        self.back(0).unwrap_or(0)
    }

    /// Time of the last call but `n`.
    pub(super) fn back(&self, n: u64) -> Option<u64> {
        let number = self.calls.checked_sub(n.checked_add(1)?)?;
        (n < RING as u64).then(|| self.ring[(number % RING as u64) as usize])
    }

    /// The usual time between two calls in nanoseconds, over the last while; `None` before there is a usual.
    ///
    /// A count that fades by 1/e in the time `learn`, divided by what a steady rate of one would have come to.
    pub(super) fn usual(&self, now: u64) -> Option<f64> {
        const LEAST_CALLS: u64 = 30;
        let age = now.saturating_sub(self.first);
        if self.calls < LEAST_CALLS || age < self.learn / 5 {
            return None;
        }
        let learn = self.learn as f64;
        let steady = learn * (1.0 - (-(age as f64) / learn).exp());
        Some(steady / (self.recent * self.faded(now)))
    }
}

pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Calls in each of the last `N` slots of time.
#[derive(Clone, Debug)]
pub(super) struct Slots<const N: usize> {
    /// Nanoseconds.
    pub(super) width: u64,
    newest: u64,
    counts: [u32; N],
}

impl<const N: usize> Slots<N> {
    fn new(width: u64) -> Self {
        Self {
            width: width.max(1),
            newest: 0,
            counts: [0; N],
        }
    }

    /// Number of the slot that a time lies in.
    pub(super) fn number(&self, at: u64) -> u64 {
        at / self.width
    }

    fn add(&mut self, at: u64) {
        let slot = self.number(at);
        let skipped = slot.saturating_sub(self.newest).min(N as u64);
        for ahead in 1..=skipped {
            self.counts[((self.newest.wrapping_add(ahead)) % N as u64) as usize] = 0;
        }
        if skipped == N as u64 {
            self.counts = [0; N];
        }
        self.newest = self.newest.max(slot);
        let count = &mut self.counts[(slot % N as u64) as usize];
        *count = count.saturating_add(1);
    }

    /// Calls in one slot; 0 in one that is not kept any more.
    pub(super) fn count(&self, slot: u64) -> u32 {
        let kept = slot <= self.newest && self.newest - slot < N as u64;
        if kept {
            self.counts[(slot % N as u64) as usize]
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_takes_half_a_kilobyte() {
        assert!(size_of::<Intervals>() <= 512, "{}", size_of::<Intervals>());
    }

    #[test]
    fn the_last_times_are_kept() {
        let mut intervals = Intervals::new(&Limits::default());
        assert_eq!((intervals.back(0), intervals.last()), (None, 0));
        for n in 0..100 {
            intervals.record(Duration::from_nanos(n * 10));
        }
        assert_eq!(intervals.back(0), Some(990));
        assert_eq!(intervals.back(31), Some(680));
        assert_eq!((intervals.back(32), intervals.back(u64::MAX)), (None, None));
    }

    #[test]
    fn slots_count_and_forget() {
        let mut slots = Slots::<8>::new(100);
        for at in [5, 7, 105, 350] {
            slots.add(at);
        }
        let counts: Vec<_> = (0..5).map(|slot| slots.count(slot)).collect();
        assert_eq!(counts, [2, 1, 0, 1, 0]);
        // Slot 8 takes the place of slot 0, and slots 4 to 7 stay empty.
        slots.add(890);
        let counts: Vec<_> = (0..9).map(|slot| slots.count(slot)).collect();
        assert_eq!(counts, [0, 1, 0, 1, 0, 0, 0, 0, 1]);
        slots.add(u64::MAX);
        assert_eq!((slots.count(8), slots.count(u64::MAX / 100)), (0, 1));
    }

    #[test]
    fn a_clock_that_goes_back_makes_calls_at_once_of_it() {
        let mut intervals = Intervals::new(&Limits::default());
        for at in [1000, 500, 1500] {
            intervals.record(Duration::from_nanos(at));
        }
        let kept: Vec<_> = (0..3).filter_map(|n| intervals.back(n)).collect();
        assert_eq!(kept, [1500, 1000, 1000]);
        intervals.record(Duration::MAX);
        intervals.record(Duration::MAX);
        assert_eq!(intervals.last(), u64::MAX);
    }

    #[test]
    fn the_usual_interval_is_learned_and_then_followed() {
        let limits = Limits::default();
        let mut intervals = Intervals::new(&limits);
        let mut at = 0.0;
        let mut usual = |intervals: &mut Intervals, every: f64, calls: u32| {
            for _ in 0..calls {
                at += every;
                intervals.record(Duration::from_secs_f64(at));
            }
            let usual = intervals.usual(intervals.last());
            usual.map(|nanos| nanos / 1e9)
        };
        assert_eq!(usual(&mut intervals, 2.0, 50), None);
        let two = usual(&mut intervals, 2.0, 500).unwrap();
        assert!((two / 2.0 - 1.0).abs() < 0.01, "{two}");
        let soon = usual(&mut intervals, 0.5, 40).unwrap();
        assert!((1.7..2.0).contains(&soon), "{soon}");
        let later = usual(&mut intervals, 0.5, 8000).unwrap();
        assert!((later / 0.5 - 1.0).abs() < 0.01, "{later}");
    }
}
