//! What fits into the time limit, and how long it will take.

use super::Plan;
use super::unit::{UnitState, mean};
use std::collections::BTreeSet;
use std::time::Duration;

impl Plan {
    /// Those of `order` (open units, in the order of the coming round) that the round is to run. Empty: there is no
    /// time for another.
    ///
    /// Units of which too little is known are always in. Beside them singles go on if one round fits, and pairs,
    /// nearest to their next look first, if all rounds to that look fit.
    pub(super) fn fitting(&self, order: &[usize], elapsed: Duration) -> BTreeSet<usize> {
        let units: Vec<(usize, &UnitState)> = order
            .iter()
            .filter_map(|&index| Some((index, self.units.get(index)?)))
            .collect();
        let (pairs, singles): (Vec<_>, Vec<_>) =
            units.iter().copied().partition(|(_, unit)| unit.pair);
        let (short, mut others): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(_, unit)| unit.short());
        // The sort is stable: of two that are equally near, the round's order decides.
        others.sort_by_key(|(_, unit)| unit.to_next_look());

        let fits = |load: &Load| elapsed.saturating_add(load.total()) <= self.options.limit;
        let assumed = self.typical().unwrap_or_default();
        let mut load = self.load_beside_pairs(&singles, assumed);
        let forced = units.iter().any(|(_, unit)| unit.short());
        if !forced && !fits(&load) {
            return BTreeSet::new();
        }
        let mut chosen: BTreeSet<usize> = singles.iter().map(|(index, _)| *index).collect();
        for (index, unit) in short {
            load = load.with_pair(unit, assumed);
            chosen.insert(index);
        }
        for (index, unit) in others {
            let with = load.with_pair(unit, assumed);
            if fits(&with) {
                load = with;
                chosen.insert(index);
            }
        }
        chosen
    }

    /// Time left: what the open invocations will take at their own mean cost, at most what the limit leaves.
    /// `None` before anything was measured.
    ///
    /// Reckoned as if every pair went on to its last look, which is longer than it will take if some close before.
    #[must_use]
    pub fn time_left(&self, elapsed: Duration) -> Option<Duration> {
        let typical = self.typical()?;
        let mut total = Duration::ZERO;
        let mut rounds_left = 0;
        let mut with_singles = 0;
        for unit in self.units.iter().filter(|unit| unit.open()) {
            let cost = unit.costs.mean().unwrap_or(typical);
            total = total.saturating_add(cost.saturating_mul(unit.left()));
            // Its turn in the round that was begun is not a round to be begun.
            let to_begin = unit.left() - u32::from(self.begun && !unit.in_round);
            rounds_left = rounds_left.max(to_begin);
            if !unit.pair {
                with_singles = with_singles.max(to_begin);
            }
        }
        let runs = [
            u32::try_from(self.kernels.len()).unwrap_or(u32::MAX),
            self.kernel_runs(true).saturating_mul(with_singles),
            self.kernel_runs(false)
                .saturating_mul(rounds_left - with_singles),
        ];
        let kernel = self.kernel_costs.mean().unwrap_or_default();
        let other = self.other_costs.mean().unwrap_or_default();
        let left = runs
            .map(|runs| kernel.saturating_mul(runs))
            .into_iter()
            .chain([other.saturating_mul(rounds_left)])
            .fold(total, Duration::saturating_add);
        let elapsed = elapsed.saturating_add(self.before);
        Some(left.min(self.options.limit.saturating_sub(elapsed)))
    }

    /// Cost of a turn of a unit that had none yet: the mean over those that had. A resumed plan knows no costs at
    /// first, but how long it took so far. `None` where nothing is known.
    fn typical(&self) -> Option<Duration> {
        mean(self.units.iter().filter_map(|unit| unit.costs.mean())).or_else(|| {
            let turns = self.units.iter().map(UnitState::rounds);
            self.before.checked_div(turns.fold(0, u32::saturating_add))
        })
    }

    /// One round without its pairs.
    fn load_beside_pairs(&self, singles: &[(usize, &UnitState)], assumed: Duration) -> Load {
        let kernel_runs = self.kernel_runs(!singles.is_empty());
        let beside = |rounds: u32| {
            let kernels = self
                .kernel_costs
                .at_most(kernel_runs.saturating_mul(rounds));
            let other = self.other_costs.at_most(rounds);
            let of_singles = singles.iter().map(|(_, unit)| {
                unit.costs
                    .at_most(rounds)
                    .unwrap_or(assumed.saturating_mul(rounds))
            });
            of_singles
                .chain([kernels.unwrap_or_default(), other.unwrap_or_default()])
                .fold(Duration::ZERO, Duration::saturating_add)
        };
        let (first, two) = (beside(1), beside(2));
        Load {
            first,
            further: two.saturating_sub(first),
            pairs: Duration::ZERO,
            rounds: u32::from(!singles.is_empty()),
        }
    }
}

/// What rounds cost at most. A sum of worst costs is at least the worst sum, and unlike the longest round it shrinks
/// with every unit that closes.
#[derive(Debug, Clone, Copy)]
struct Load {
    /// Kernels, singles and everything else, in one round.
    first: Duration,
    /// The same in every further round.
    further: Duration,
    /// Pairs up to their next looks.
    pairs: Duration,
    /// Rounds that this takes.
    rounds: u32,
}

impl Load {
    /// This and a pair, up to its next look.
    fn with_pair(self, unit: &UnitState, assumed: Duration) -> Self {
        let rounds = unit.to_next_look();
        let cost = unit.costs.at_most(rounds);
        let cost = cost.unwrap_or(assumed.saturating_mul(rounds));
        Self {
            pairs: self.pairs.saturating_add(cost),
            rounds: self.rounds.max(rounds),
            ..self
        }
    }

    fn total(&self) -> Duration {
        let Some(further) = self.rounds.checked_sub(1) else {
            return self.pairs;
        };
        self.pairs
            .saturating_add(self.first)
            .saturating_add(self.further.saturating_mul(further))
    }
}
