//! Faults that can be switched on, as functions of time and of the number of the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tollgate::units::{Unit, parse_duration, parse_percent, parse_quantity};

/// What a leak ends at: the machine of whoever forgets it should survive.
const MOST_LEAKED: usize = 1024 * 1024 * 1024;
/// Between two pieces of a leak.
const TICK: Duration = Duration::from_millis(100);
/// What a call adds to a cache that warms up.
const CACHED: usize = 64 * 1024;

/// As given on the command line.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Switches {
    /// Memory that is never given back: "10 MiB/min"
    #[arg(long)]
    leak: Option<String>,
    /// Memory that grows with the calls until it is this much: "32 MiB"
    #[arg(long)]
    warm_cache: Option<String>,
    /// Nothing is answered for so long: "1 s"
    #[arg(long)]
    stall: Option<String>,
    /// Time from the beginning of a stall to that of the next: "10 s"
    #[arg(long)]
    stall_every: Option<String>,
    /// One stall, so long after the start: "3 s"
    #[arg(long)]
    stall_at: Option<String>,
    /// Share of calls that fail with 500: 5%
    #[arg(long)]
    errors: Option<String>,
    /// What every endpoint takes longer: 20%
    #[arg(long)]
    slow: Option<String>,
}

/// What is wrong with this server.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    leak: f64,
    warm_cache: usize,
    stalls: Option<Stalls>,
    errors: f64,
    slow: f64,
    calls: AtomicU64,
    cache: std::sync::Mutex<Vec<Vec<u8>>>,
}

/// When nothing is answered.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stalls {
    length: Duration,
    first: Duration,
    /// None: there is only one.
    every: Option<Duration>,
}

impl Stalls {
    /// How long it still takes at this time after the start; zero where there is no stall.
    fn left(self, at: Duration) -> Duration {
        let Some(since) = at.checked_sub(self.first) else {
            return Duration::ZERO;
        };
        let into = match self.every {
            Some(every) => {
                let into = since.as_nanos() % every.as_nanos().max(1);
                Duration::from_nanos(u64::try_from(into).unwrap_or(u64::MAX))
            }
            None => since,
        };
        self.length.saturating_sub(into)
    }
}

impl Faults {
    /// Flags first, then variables: `SERVER_LEAK` for `--leak`.
    pub(crate) fn new(
        given: Switches,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let text = |flag: &str, given: Option<String>| {
            let name = format!("SERVER_{}", flag.to_uppercase().replace('-', "_"));
            given
                .or_else(|| variable(&name))
                .map(|text| (flag.to_owned(), text))
        };
        let time = |given: Option<(String, String)>| match given {
            None => Ok(None),
            Some((flag, text)) => match parse_duration(&text) {
                Ok(time) if !time.is_zero() => Ok(Some(time)),
                Ok(_) => Err(format!("--{flag} must be above 0")),
                Err(error) => Err(format!("--{flag}: {error}")),
            },
        };
        let share = |given: Option<(String, String)>| match given {
            None => Ok(0.0),
            Some((flag, text)) => {
                parse_percent(&text).map_err(|error| format!("--{flag}: {error}"))
            }
        };
        let amount = |given: Option<(String, String)>, unit: Unit, example: &str| match given {
            None => Ok(0.0),
            Some((flag, text)) => match parse_quantity(&text) {
                Ok(quantity) if quantity.unit == unit => Ok(quantity.value),
                Ok(_) => Err(format!("--{flag} must be like \"{example}\"")),
                Err(error) => Err(format!("--{flag}: {error}")),
            },
        };
        let stall = time(text("stall", given.stall))?;
        let every = time(text("stall-every", given.stall_every))?;
        let at = time(text("stall-at", given.stall_at))?;
        let stalls = match (stall, every, at) {
            (None, None, None) => None,
            (Some(length), Some(every), None) if length < every => Some(Stalls {
                length,
                first: every,
                every: Some(every),
            }),
            (Some(length), None, Some(first)) => Some(Stalls {
                length,
                first,
                every: None,
            }),
            _ => {
                return Err(
                    "--stall needs either --stall-every, which must be longer, or --stall-at"
                        .to_owned(),
                );
            }
        };
        let errors = share(text("errors", given.errors))?;
        if errors > 1.0 {
            return Err("--errors is a share of all calls: at most 100%".to_owned());
        }
        let cache = amount(text("warm-cache", given.warm_cache), Unit::Bytes, "32 MiB")?;
        Ok(Self {
            leak: amount(text("leak", given.leak), Unit::BytesPerMinute, "10 MiB/min")?,
            warm_cache: whole(cache).min(MOST_LEAKED),
            stalls,
            errors,
            slow: share(text("slow", given.slow))?,
            ..Self::default()
        })
    }

    /// What an endpoint takes that should take `takes`.
    pub(crate) fn slowed(&self, takes: Duration) -> Duration {
        takes.mul_f64((1.0 + self.slow).min(1e6))
    }

    /// How long nothing is answered yet, so long after the start.
    pub(crate) fn stalled(&self, at: Duration) -> Duration {
        self.stalls.map_or(Duration::ZERO, |stalls| stalls.left(at))
    }

    /// Whether this call fails: evenly spread, so that the share is exact over any number of calls.
    pub(crate) fn fails(&self) -> bool {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        fails(call, self.errors)
    }

    /// Keeps a little more of every call, until there is enough.
    pub(crate) fn warm_up(&self) {
        if self.warm_cache == 0 {
            return;
        }
        let Ok(mut cache) = self.cache.lock() else {
            return;
        };
        if cache.len().saturating_add(1).saturating_mul(CACHED) <= self.warm_cache {
            cache.push(touched(CACHED));
        }
    }
}

fn fails(call: u64, share: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^53")]
    let before = call as f64;
    ((before + 1.0) * share).floor() > (before * share).floor()
}

/// Memory that is really there: every page has been written.
fn touched(bytes: usize) -> Vec<u8> {
    vec![0xa5; bytes]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size that was read, not negative; what is beyond is saturated"
)]
fn whole(bytes: f64) -> usize {
    bytes as usize
}

/// Grows for ever, at an even rate, where that was asked for.
pub(crate) async fn leak(faults: Arc<Faults>) {
    let each = faults.leak * TICK.as_secs_f64() / 60.0;
    if each <= 0.0 {
        return;
    }
    let (mut kept, mut owed, mut total) = (Vec::new(), 0.0, 0);
    let mut ticks = tokio::time::interval(TICK);
    while total < MOST_LEAKED {
        ticks.tick().await;
        owed += each;
        let piece = whole(owed).min(MOST_LEAKED - total);
        if piece >= 4096 {
            kept.push(touched(piece));
            total += piece;
            owed -= f64::from(u32::try_from(piece).unwrap_or(u32::MAX));
        }
    }
    // Still leaked: dropping it now would be a recovery.
    std::mem::forget(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn with(pairs: &[(&str, &str)]) -> Result<Faults, String> {
        Faults::new(Switches::default(), |name| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_is_wrong_where_nothing_was_asked_for() {
        let sound = with(&[]).unwrap();
        assert_eq!(sound.slowed(seconds(0.5)), seconds(0.5));
        assert_eq!(sound.stalled(seconds(1e6)), Duration::ZERO);
        assert!((0..1_000).all(|_| !sound.fails()));
        sound.warm_up();
        assert!(sound.cache.lock().unwrap().is_empty());
    }

    #[test]
    fn flags_come_before_variables() {
        let given = Switches {
            slow: Some("20%".to_owned()),
            ..Switches::default()
        };
        let faults = Faults::new(given, |name| {
            assert_ne!(name, "SERVER_SLOW");
            (name == "SERVER_LEAK").then(|| "10 MiB/min".to_owned())
        })
        .unwrap();
        assert_eq!(faults.slowed(seconds(1.0)), seconds(1.2));
        assert!((faults.leak - 10.0 * 1_048_576.0).abs() < 1e-6);
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (name, value) in [
            ("SERVER_LEAK", "10 MiB"),
            ("SERVER_WARM_CACHE", "a lot"),
            ("SERVER_STALL", "0 s"),
            ("SERVER_STALL", "1 s"),
            ("SERVER_STALL_AT", "1 s"),
            ("SERVER_ERRORS", "101%"),
            ("SERVER_ERRORS", "5"),
            ("SERVER_SLOW", "-1%"),
        ] {
            let problem = with(&[(name, value)]).unwrap_err();
            assert!(problem.contains("--"), "{name}: {problem}");
        }
        assert!(with(&[("SERVER_STALL", "2 s"), ("SERVER_STALL_EVERY", "1 s")]).is_err());
    }

    #[test]
    fn the_share_of_errors_is_exact() {
        for (share, failed) in [(0.0, 0), (0.05, 50), (1.0, 1_000), (1.0 / 3.0, 333)] {
            let count = (0..1_000).filter(|call| fails(*call, share)).count();
            assert_eq!(count, failed, "{share}");
        }
    }

    #[test]
    fn stalls_begin_when_they_should_and_end() {
        let once = with(&[("SERVER_STALL", "1 s"), ("SERVER_STALL_AT", "3 s")]).unwrap();
        let left = |at: f64| once.stalled(seconds(at)).as_millis();
        assert_eq!(
            [
                left(0.0),
                left(2.9),
                left(3.0),
                left(3.75),
                left(4.0),
                left(103.5)
            ],
            [0, 0, 1_000, 250, 0, 0]
        );
        let often = with(&[("SERVER_STALL", "1 s"), ("SERVER_STALL_EVERY", "10 s")]).unwrap();
        let left = |at: f64| often.stalled(seconds(at)).as_millis();
        assert_eq!(
            [left(0.5), left(10.0), left(10.5), left(11.0), left(20.25)],
            [0, 1_000, 500, 0, 750]
        );
    }

    #[test]
    fn a_cache_levels_off() {
        let warm = with(&[("SERVER_WARM_CACHE", "1 MiB")]).unwrap();
        for _ in 0..100 {
            warm.warm_up();
        }
        assert_eq!(warm.cache.lock().unwrap().len() * CACHED, 1 << 20);
    }
}
