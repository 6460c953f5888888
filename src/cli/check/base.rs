//! `check --base REF`: the other revision, its budgets, and the base side of every suite.

use super::Job;
use super::other::Other;
use super::prepare::Prepared;
use super::relinked;
use crate::budget::{Budgets, OF_THE_BASE};
use crate::build::{self, Base, BaseBench, BuiltBench, RelinkInput, Sides};
use crate::cli::config::Config;
use crate::cli::{CliError, Problem};
use crate::collect::suite::{Counterpart, Layouts, Ready, Runner};
use crate::measurement::{BudgetsText, Executables, Purpose, Revision, RunHeader};
use crate::report::safe_lines;
use clap::Args;

/// The word for the revision of `[anchor]`.
pub(crate) const ANCHOR: &str = "anchor";

/// What to compare with.
#[derive(Debug, Args, Default)]
pub(crate) struct BaseArgs {
    /// Judge against the committed baselines (the default, but for pull requests and merge queues in GitHub Actions).
    #[arg(long)]
    pub(super) baseline: bool,
    /// Build this revision too and measure both in turn: anything that git resolves, `merge-base`, or `anchor`
    #[arg(long, value_name = "REF", conflicts_with = "baseline")]
    pub(super) base: Option<String>,
    /// Measure also where the machine code of both revisions is the same.
    #[arg(long, conflicts_with = "baseline")]
    pub(super) always_measure: bool,
}

impl BaseArgs {
    /// Whether another revision is measured.
    pub(crate) const fn is_given(&self) -> bool {
        self.base.is_some()
    }

    /// Whether who runs this said what to compare with.
    pub(crate) const fn is_chosen(&self) -> bool {
        self.baseline || self.base.is_some()
    }

    /// As if `reference` had been given by `--base`.
    pub(crate) fn choose(&mut self, reference: String) {
        self.base = Some(reference);
    }
}

/// What stands on the other side.
enum What {
    /// Another revision.
    Revision(Base),
    /// The candidate's own executables.
    Copy,
}

/// The revision to compare with, and what binds.
pub(crate) struct Against {
    what: What,
    purpose: Purpose,
    /// What the run is judged by.
    pub(crate) budgets: Budgets,
    binding: BudgetsText,
    candidate: Option<BudgetsText>,
}

/// Finds the base and reads its budgets; `None` without `--base`.
pub(super) fn against(job: &Job<'_>) -> Result<Option<Against>, CliError> {
    let Some(asked) = &job.args.base.base else {
        if job.args.base.always_measure {
            let problem =
                "`--always-measure` measures both sides, and there is no other: add `--base REF`";
            return Err(Problem(problem.to_owned()).into());
        }
        return Ok(None);
    };
    let config = job.config;
    let anchor = config.budgets.anchor.as_ref().filter(|_| asked == ANCHOR);
    if asked == ANCHOR && anchor.is_none() {
        return Err(Problem(format!(
            "`--base anchor` needs a revision: add to {}\n\n[anchor]\nrevision = \"v1.0.0\"\nslower = \"5%\"",
            config.file
        ))
        .into());
    }
    let reference = anchor.map_or(asked.as_str(), |anchor| anchor.revision.as_str());
    let target = std::env::var("GITHUB_BASE_REF").ok();
    let target = target.as_deref().filter(|branch| !branch.is_empty());
    let base = build::resolve(&config.root, reference, target, job.interrupt)?;
    let own = BudgetsText {
        file: config.file.clone(),
        text: config.text.clone(),
    };
    // Who names a file wants that one. An anchor is older than the rules about it.
    if anchor.is_some() || job.args.config.is_some() {
        return Ok(Some(Against {
            budgets: anchor
                .and_then(|_| config.budgets.for_anchor())
                .unwrap_or_else(|| config.budgets.clone()),
            what: What::Revision(base),
            purpose: if anchor.is_some() {
                Purpose::Anchor
            } else {
                Purpose::Check
            },
            binding: own,
            candidate: None,
        }));
    }
    let there = build::read_at(&config.root, &base.commit, &config.path, job.interrupt)?;
    let Some(text) = there else {
        job.terminal.error(&safe_lines(&format!(
            "tollgate: {base} has no {}: the candidate's binds\n",
            config.file
        )));
        return Ok(Some(Against {
            budgets: config.budgets.clone(),
            what: What::Revision(base),
            purpose: Purpose::Check,
            binding: own,
            candidate: None,
        }));
    };
    let binding = BudgetsText {
        file: format!("{}{OF_THE_BASE}", config.file),
        text,
    };
    let changed = binding.text != own.text;
    let budgets = Budgets::parse(&binding.file, &binding.text).map_err(CliError::Findings)?;
    Ok(Some(Against {
        budgets: budgets.binding(&config.budgets),
        what: What::Revision(base),
        purpose: Purpose::Check,
        binding,
        candidate: changed.then_some(own),
    }))
}

impl Against {
    /// The candidate against itself.
    pub(crate) fn itself(config: &Config, purpose: Purpose) -> Self {
        Self {
            what: What::Copy,
            purpose,
            budgets: config.budgets.clone(),
            binding: BudgetsText {
                file: config.file.clone(),
                text: config.text.clone(),
            },
            candidate: None,
        }
    }

    /// Writes into the header what is compared, and by which rules.
    pub(super) fn describe(&self, header: &mut RunHeader) {
        header.base = Some(match &self.what {
            What::Revision(base) => Revision {
                commit: base.commit.clone(),
                dirty: false,
            },
            What::Copy => header.candidate.clone(),
        });
        header.purpose = self.purpose;
        header.budgets = Some(self.binding.clone());
        header.candidate_budgets.clone_from(&self.candidate);
    }

    /// Builds the base and gives every suite its other side.
    pub(super) fn add_base(
        &self,
        job: &Job<'_>,
        prepared: &mut Prepared<'_>,
        seed: u64,
    ) -> Result<(), CliError> {
        let other = match &self.what {
            What::Revision(base) => Some(Other::of(base, job, prepared)?),
            What::Copy => None,
        };
        let directory = prepared.target_directory.join("tollgate").join("sides");
        let mut benches = other.iter().flat_map(|other| other.benches.clone());
        let project = prepared.project.as_ref();
        for ready in &mut prepared.ready {
            match &ready.runner {
                Runner::Criterion(built) | Runner::Divan(built) => {
                    let built = built.clone();
                    let base = match (&other, benches.next()) {
                        (None, _) => None,
                        (Some(other), Some(BaseBench::Built { built, .. })) => {
                            Some((&other.checkout, built))
                        }
                        (Some(_), Some(BaseBench::NotComparable(why))) => {
                            ready.base = Some(Counterpart::NotComparable(why));
                            continue;
                        }
                        (Some(_), None) => {
                            let why = "it was not built on the base".to_owned();
                            ready.base = Some(Counterpart::NotComparable(why));
                            continue;
                        }
                    };
                    let base = base.as_ref().map(|(checkout, built)| (*checkout, built));
                    let sides = match base {
                        None => build::copy_as_base(&built, &directory)?,
                        Some((_, base)) => Sides::new(&built, base, &directory)?,
                    };
                    let place = directory.join(format!(
                        "layouts-{}",
                        ready
                            .suite
                            .name
                            .replace(|c: char| !c.is_ascii_alphanumeric(), "_")
                    ));
                    let input = project.map(|project| RelinkInput {
                        project,
                        candidate: &built,
                        base,
                        directory: &place,
                        seed,
                    });
                    self.give_sides(job, ready, &sides, input)?;
                }
                Runner::Command(_) | Runner::Workload(_) | Runner::System => match &other {
                    Some(other) => other.add_command(ready, job, &directory)?,
                    None => {
                        ready.base = Some(Counterpart::Measured {
                            runner: Box::new(ready.runner.clone()),
                            layouts: Layouts::AsLinked(None),
                        });
                    }
                },
            }
        }
        Ok(())
    }

    /// Both sides of a suite that cargo builds.
    fn give_sides(
        &self,
        job: &Job<'_>,
        ready: &mut Ready<'_>,
        sides: &Sides,
        relink: Option<RelinkInput<'_>>,
    ) -> Result<(), CliError> {
        ready.executables = Some(Executables {
            base: sides.base_sha256.clone(),
            candidate: sides.candidate_sha256.clone(),
        });
        let same = matches!(self.what, What::Revision(_))
            && !job.args.base.always_measure
            && build::machine_code(&sides.base.executable, &sides.candidate.executable)?.is_same();
        let of_tool = |built: BuiltBench| match &ready.runner {
            Runner::Divan(_) => Runner::Divan(built),
            _ => Runner::Criterion(built),
        };
        let (base, candidate) = (
            of_tool(sides.base.clone()),
            of_tool(sides.candidate.clone()),
        );
        ready.base = Some(if same {
            Counterpart::Identical
        } else {
            let layouts = match relink {
                Some(input) => relinked::layouts(job, self.budgets.layout, &input)?,
                None => Layouts::AsLinked(None),
            };
            Counterpart::Measured {
                runner: Box::new(base),
                layouts,
            }
        });
        ready.runner = candidate;
        Ok(())
    }
}
