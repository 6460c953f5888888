//! The other revision: checked out, built, and what it has for each suite.

use super::Job;
use super::prepare::{Prepared, driver, logs_of_targets, program};
use crate::budget::{BenchTarget, Source};
use crate::build::{self, Base, BaseBench, BaseBinaries, CheckedOutFor, Checkout, Programs};
use crate::cli::{CliError, place};
use crate::collect::suite::{Counterpart, Layouts, Ready, Runner};
use crate::report::safe_lines;
use std::path::{Path, PathBuf};

/// The base, built.
pub(super) struct Other {
    pub(super) checkout: Checkout,
    /// One for each suite that cargo builds, in their order.
    pub(super) benches: Vec<BaseBench>,
    /// Where some command or workload starts what cargo built.
    binaries: Option<BaseBinaries>,
    /// The candidate's target directory.
    target_directory: PathBuf,
}

impl Other {
    /// Checks the base out and builds it; the candidate is built already.
    pub(super) fn of(
        base: &Base,
        job: &Job<'_>,
        prepared: &Prepared<'_>,
    ) -> Result<Self, CliError> {
        let waiting = |path: &Path| {
            job.terminal.error(&safe_lines(&format!(
                "tollgate: waiting for another tollgate that works in {}\n",
                path.display()
            )));
        };
        let checkout = build::checkout(
            &job.config.root,
            base,
            &build::cache_root(),
            match prepared.project {
                Some(_) => CheckedOutFor::Building,
                None => CheckedOutFor::Files,
            },
            job.interrupt,
            &waiting,
        )?;
        if !job.args.quiet {
            let again = if checkout.reused {
                " (kept from before)"
            } else {
                ""
            };
            job.terminal
                .error(&safe_lines(&format!("tollgate: base is {base}{again}\n")));
        }
        let targets: Vec<BenchTarget> = prepared
            .ready
            .iter()
            .filter_map(|ready| place::target(ready.suite).cloned())
            .collect();
        let starts_binaries = prepared.ready.iter().any(|ready| {
            // Bench targets are built on their own.
            place::target(ready.suite).is_none() && place::needs_cargo(ready.suite)
        });
        let (mut benches, mut binaries) = (Vec::new(), None);
        if let Some(project) = &prepared.project {
            if !targets.is_empty() {
                benches = build::build_base(project, &checkout, &targets, job.interrupt)?;
            }
            if starts_binaries {
                let programs = Programs {
                    binaries: true,
                    ..place::programs(prepared.ready.iter().map(|ready| ready.suite))
                };
                build::build_binaries(project, &programs, job.interrupt)?;
                binaries = Some(build::build_base_binaries(
                    project,
                    &checkout,
                    &targets,
                    &programs.examples,
                    job.interrupt,
                )?);
            }
            let differences = build::differences(project, &checkout)?;
            for difference in differences {
                job.terminal.error(&safe_lines(&format!(
                    "tollgate: note: the two sides are built with other settings: {difference}\n"
                )));
            }
        }
        Ok(Self {
            checkout,
            benches,
            binaries,
            target_directory: prepared.target_directory.clone(),
        })
    }

    /// Gives a command or workload its base side: the same in the checkout.
    pub(super) fn add_command(
        &self,
        ready: &mut Ready<'_>,
        job: &Job<'_>,
        directory: &Path,
    ) -> Result<(), CliError> {
        let suite = ready.suite;
        if !matches!(suite.source, Source::Command(_) | Source::Workload(_)) {
            return Ok(());
        }
        let logs = logs_of_targets(&self.target_directory);
        let runner = |root: &Path, target_directory: Option<&Path>| match &suite.source {
            Source::Command(source) => {
                Some(Runner::Command(program(source, root, target_directory)))
            }
            Source::Workload(workload) => Some(Runner::Workload(driver(
                workload,
                root,
                target_directory,
                &logs,
            ))),
            Source::Criterion(_) | Source::Divan(_) | Source::System => None,
        };
        let there = self.checkout.counterpart(&job.config.root);
        let Some(root) = there.filter(|root| root.is_dir()) else {
            let why = "the base does not have the directory of budgets.toml".to_owned();
            ready.base = Some(Counterpart::NotComparable(why));
            return Ok(());
        };
        let (base, candidate) = if place::needs_cargo(ready.suite) {
            match &self.binaries {
                Some(BaseBinaries::Built {
                    without_examples: Some(why),
                    ..
                }) if !place::programs([ready.suite]).examples.is_empty() => {
                    ready.base = Some(Counterpart::NotComparable(why.clone()));
                    return Ok(());
                }
                Some(BaseBinaries::Built {
                    target_directory, ..
                }) => {
                    let (base, candidate) =
                        build::link_targets(&self.target_directory, target_directory, directory)?;
                    (Some(base), Some(candidate))
                }
                Some(BaseBinaries::NotComparable(why)) => {
                    ready.base = Some(Counterpart::NotComparable(why.clone()));
                    return Ok(());
                }
                None => (None, None),
            }
        } else {
            (None, None)
        };
        let sides =
            runner(&root, base.as_deref()).zip(runner(&job.config.root, candidate.as_deref()));
        if let Some((base, candidate)) = sides {
            ready.runner = candidate;
            ready.base = Some(Counterpart::Measured {
                runner: Box::new(base),
                layouts: Layouts::AsLinked(None),
            });
        }
        Ok(())
    }
}
