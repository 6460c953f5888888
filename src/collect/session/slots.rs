//! What the plan's units stand for: a benchmark alone, a benchmark on two sides, or a claim of low cost.

use super::SessionOptions;
use crate::budget::Variant;
use crate::collect::process::Interrupt;
use crate::collect::suite::{Counterpart, Layouts, Ready, Runner};
use crate::collect::{CollectError, Unit, UnitMeasured};
use crate::compare::{LOOKS, OVERHEAD_LOOKS};
use crate::measurement::{BenchmarkId, FailureKind, OVERHEAD, Side};
use crate::plan::PlannedUnit;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Name of the variable that takes up room in the environment.
const PADDING: &str = "TOLLGATE_PADDING";

/// Name of the variable with the seed by which a benchmark alternates between two sides.
const SEED: &str = "TOLLGATE_SEED";

/// What a process said about one side, or how it failed.
pub(super) type Said = Result<UnitMeasured, (FailureKind, String)>;

/// One unit of the plan.
pub(super) struct Slot {
    kind: Kind,
    /// Where one process is both sides: what it said about the one whose turn is yet to come in this round.
    kept: Option<(u32, Side, Said)>,
    /// What one iteration took, and the round that told.
    iteration: Option<(u32, Duration)>,
}

pub(super) enum Kind {
    /// The candidate alone.
    Alone(Member),
    /// Base and candidate.
    Pair(Member),
    /// A claim of low cost: both on the candidate's executable.
    Claim {
        name: String,
        on: Member,
        off: Member,
        pairs: u32,
        /// Both have the same unit, and one process measures it for both.
        alternating: bool,
    },
}

/// What is run.
#[derive(Clone)]
pub(super) struct Member {
    /// Index into the suites.
    pub(super) suite: usize,
    pub(super) unit: Unit,
    /// Of a claim: which benchmark of the unit, what is set for it, what is added to its command.
    pub(super) variant: Option<Variant>,
}

impl Slot {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            kept: None,
            iteration: None,
        }
    }

    pub(super) fn planned(&self, suites: &[Ready<'_>], options: &SessionOptions) -> PlannedUnit {
        let last = |looks: &[u32]| looks.last().copied().unwrap_or(0);
        match &self.kind {
            Kind::Alone(member) => PlannedUnit {
                invocations: options
                    .invocations_asked
                    .or(suites[member.suite].suite.invocations)
                    .unwrap_or(options.invocations),
                pair: false,
                looks: &[],
            },
            Kind::Pair(_) => PlannedUnit {
                invocations: options
                    .invocations_asked
                    .map_or(last(&LOOKS), |most| most.min(last(&LOOKS))),
                pair: true,
                looks: &LOOKS,
            },
            Kind::Claim { pairs, .. } => PlannedUnit {
                invocations: options
                    .invocations_asked
                    .map_or(*pairs, |most| most.min(*pairs)),
                pair: true,
                looks: &OVERHEAD_LOOKS,
            },
        }
    }

    /// What is run on a side; a slot without a base has one for both.
    pub(super) const fn member(&self, side: Side) -> &Member {
        match (&self.kind, side) {
            (Kind::Alone(member) | Kind::Pair(member), _) => member,
            (Kind::Claim { on, .. }, Side::Candidate) => on,
            (Kind::Claim { off, .. }, Side::Base) => off,
        }
    }

    pub(super) const fn sides(&self) -> &'static [Side] {
        match &self.kind {
            Kind::Alone(_) => &[Side::Candidate],
            Kind::Pair(_) | Kind::Claim { .. } => &[Side::Base, Side::Candidate],
        }
    }

    pub(super) const fn is_pair(&self) -> bool {
        self.sides().len() == 2
    }

    /// What is to be set where one process alternates between both sides.
    pub(super) fn seed_of_alternation(&self, seed: u64) -> Option<(OsString, OsString)> {
        self.alternates()
            .then(|| (SEED.into(), seed.to_string().into()))
    }

    pub(super) const fn alternates(&self) -> bool {
        matches!(
            self.kind,
            Kind::Claim {
                alternating: true,
                ..
            }
        )
    }

    /// Keeps what a process of this round said for the other side than the one that it was started for.
    pub(super) fn keep(&mut self, side: Side, round: u32, said: &Said) {
        if self.alternates() {
            let other = match side {
                Side::Base => Side::Candidate,
                Side::Candidate => Side::Base,
            };
            self.kept = Some((round, other, said.clone()));
        }
    }

    /// What was kept for this side in this round.
    pub(super) fn take_kept(&mut self, side: Side, round: u32) -> Option<Said> {
        (self.kept.take())
            .and_then(|(of, kept, said)| (of == round && kept == side).then_some(said))
    }

    /// A program that is started as a whole may have as many threads as it likes; a micro-benchmark is pinned, unless
    /// divan measures it with several threads.
    pub(super) fn is_pinned(&self, runner: &Runner) -> bool {
        self.is_pair()
            && match runner {
                Runner::Command(_) | Runner::Workload(_) => false,
                Runner::Criterion(_) | Runner::System => true,
                Runner::Divan(_) => self.member(Side::Candidate).unit.benchmarks.len() == 1,
            }
    }

    /// Suite under which it stands in the run.
    pub(super) fn suite_name<'s>(&self, suites: &'s [Ready<'_>]) -> &'s str {
        match &self.kind {
            Kind::Alone(member) | Kind::Pair(member) => &suites[member.suite].suite.name,
            Kind::Claim { .. } => OVERHEAD,
        }
    }

    /// Names that an invocation of a side is to measure, as the run has them.
    pub(super) fn recorded(&self, side: Side) -> Vec<String> {
        match &self.kind {
            Kind::Claim { name, .. } => vec![name.clone()],
            Kind::Alone(_) | Kind::Pair(_) => self.member(side).unit.benchmarks.clone(),
        }
    }

    pub(super) fn ids(&self, suites: &[Ready<'_>]) -> Vec<BenchmarkId> {
        let suite = self.suite_name(suites);
        let names = self.recorded(Side::Candidate).into_iter();
        names.map(|name| BenchmarkId::new(suite, name)).collect()
    }

    /// What an invocation said, under the names of the run.
    pub(super) fn as_recorded(&self, side: Side, measured: UnitMeasured) -> UnitMeasured {
        let Kind::Claim { name, .. } = &self.kind else {
            return measured;
        };
        let wanted = self.member(side).variant.as_ref();
        measured
            .into_iter()
            .filter(|(benchmark, _)| wanted.is_some_and(|variant| variant.bench.name == *benchmark))
            .map(|(_, metrics)| (name.clone(), metrics))
            .collect()
    }

    pub(super) fn label(&self, suites: &[Ready<'_>]) -> String {
        let suite = self.suite_name(suites);
        match (&self.kind, self.recorded(Side::Candidate).as_slice()) {
            (_, [one]) => format!("{suite}/{one}"),
            (_, several) => {
                let filter = &self.member(Side::Candidate).unit.filter;
                format!("{suite}/{filter} ({})", several.len())
            }
        }
    }

    /// Which layout the pair of a round of the run has. Another attempt has another seed, and so other layouts.
    pub(super) fn layout(
        &self,
        suites: &[Ready<'_>],
        invocation: u32,
        attempts_before: u32,
    ) -> Option<u32> {
        match self.layouts(suites)? {
            Layouts::Shuffled(relink) => {
                let in_turn = invocation.checked_rem(relink.count())?;
                Some(
                    attempts_before
                        .saturating_mul(relink.count())
                        .saturating_add(in_turn),
                )
            }
            Layouts::AsLinked(_) => None,
        }
    }

    fn layouts<'s>(&self, suites: &'s [Ready<'_>]) -> Option<&'s Layouts> {
        let suite = match &self.kind {
            Kind::Alone(_) => return None,
            Kind::Pair(member) => member.suite,
            // The two sides of a claim are one executable, or two of one layout number: nothing to draw between them.
            Kind::Claim { on, off, .. } if on.suite == off.suite => on.suite,
            Kind::Claim { .. } => return None,
        };
        match suites[suite].base.as_ref()? {
            Counterpart::Measured { layouts, .. } => Some(layouts),
            Counterpart::Identical | Counterpart::NotComparable(_) => None,
        }
    }

    /// How a side is started in one round.
    pub(super) fn runner(
        &self,
        suites: &[Ready<'_>],
        side: Side,
        layout: Option<u32>,
        padding: Option<usize>,
        interrupt: &Interrupt,
    ) -> Result<Runner, CollectError> {
        let member = self.member(side);
        let ready = &suites[member.suite];
        let (runner, built_side) = match (&self.kind, side, &ready.base) {
            (Kind::Pair(_), Side::Base, Some(Counterpart::Measured { runner, .. })) => {
                (&**runner, Side::Base)
            }
            _ => (&ready.runner, Side::Candidate),
        };
        let executable: Option<PathBuf> = match (self.layouts(suites), layout) {
            (Some(Layouts::Shuffled(relink)), Some(layout)) => {
                Some(relink.executable(built_side, layout, interrupt)?)
            }
            _ => None,
        };
        let mut set: Vec<(OsString, OsString)> = Vec::new();
        if let Some(bytes) = padding {
            set.push((PADDING.into(), "x".repeat(bytes).into()));
        }
        let runner = runner.clone().with_executable(executable);
        Ok(match &member.variant {
            Some(variant) => {
                let variables = variant.environment.iter();
                set.extend(variables.map(|(name, value)| (name.into(), value.into())));
                runner.with_arguments(&variant.arguments)
            }
            None => runner,
        }
        .with_environment(set))
    }

    /// What one iteration took, as known before a round: both sides of a round are run with the same knowledge.
    pub(super) fn iteration_before(&self, round: u32) -> Option<Duration> {
        self.iteration
            .filter(|(learned, _)| *learned < round)
            .map(|(_, iteration)| iteration)
    }

    /// Decided once, by the first invocation of the first side: later ones must not depend on what came before them.
    pub(super) fn learn(&mut self, side: Side, round: u32, iteration: Option<Duration>) {
        if self.iteration.is_none() && self.sides().first() == Some(&side) {
            self.iteration = iteration.map(|iteration| (round, iteration));
        }
    }
}
