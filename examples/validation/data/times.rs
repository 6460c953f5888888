//! Times of one process, and how they are written.

use super::TICK_NS;
use serde::{Deserialize, Serialize};

/// The longest time of a batch or sample that is believed, in ticks: a minute.
const LONGEST: u64 = 60_000_000_000 / TICK_NS as u64;

/// Times in ticks, in the order of measuring; at least one, none zero.
///
/// Written as the smallest, then what each takes longer: short numbers that compress well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub(crate) struct Times(Vec<u64>);

impl Times {
    /// From nanoseconds, rounded to ticks.
    ///
    /// # Errors
    /// For none at all, and for one that is zero or absurdly long.
    pub(crate) fn from_ns(ns: &[u64]) -> Result<Self, String> {
        let tick = u64::from(TICK_NS);
        Self::from_ticks(
            ns.iter()
                .map(|ns| ns.saturating_add(tick / 2) / tick)
                .collect(),
        )
    }

    fn from_ticks(ticks: Vec<u64>) -> Result<Self, String> {
        if ticks.is_empty() {
            return Err("no times".to_owned());
        }
        match ticks.iter().find(|&&time| time == 0 || time > LONGEST) {
            Some(time) => Err(format!("a time of {time} ticks cannot be")),
            None => Ok(Self(ticks)),
        }
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// In nanoseconds.
    pub(crate) fn ns(&self) -> Vec<f64> {
        self.0
            .iter()
            .map(|&ticks| ticks as f64 * f64::from(TICK_NS))
            .collect()
    }
}

impl TryFrom<Vec<u64>> for Times {
    type Error = String;

    fn try_from(written: Vec<u64>) -> Result<Self, String> {
        let Some((&smallest, excesses)) = written.split_first() else {
            return Err("no times".to_owned());
        };
        if !excesses.contains(&0) {
            return Err("no time is the smallest one, which comes first".to_owned());
        }
        let ticks = excesses
            .iter()
            .map(|excess| smallest.saturating_add(*excess));
        Self::from_ticks(ticks.collect())
    }
}

impl From<Times> for Vec<u64> {
    fn from(times: Times) -> Self {
        let smallest = times.0.iter().copied().min().unwrap_or(0);
        let excesses = times.0.iter().map(|time| time - smallest);
        std::iter::once(smallest).chain(excesses).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_in_their_order() {
        let times = Times::from_ns(&[2004, 1996, 5000]).unwrap();
        assert_eq!(Vec::from(times.clone()), [200, 0, 0, 300]);
        let text = serde_json::to_string(&times).unwrap();
        assert_eq!(serde_json::from_str::<Times>(&text).unwrap(), times);
        assert_eq!(times.ns(), [2000.0, 2000.0, 5000.0]);
        assert_eq!(times.len(), 3);
    }

    #[test]
    fn what_cannot_be_a_time_is_refused() {
        assert!(Times::from_ns(&[]).is_err());
        assert!(Times::from_ns(&[4]).is_err(), "rounds to zero");
        assert!(Times::from_ns(&[u64::MAX]).is_err());
        for wrong in [
            "[]",
            "[5]",
            "[0,0]",
            "[5,1]",
            "[18446744073709551615,0]",
            "[1,0,18446744073709551615]",
            "[1.5,0]",
            "[-1,0]",
            "{}",
        ] {
            assert!(serde_json::from_str::<Times>(wrong).is_err(), "{wrong}");
        }
    }
}
