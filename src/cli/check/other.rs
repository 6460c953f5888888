//! The other revision: checked out, built, and what it has for each suite.

use super::Job;
use super::prepare::{Prepared, program};
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
    /// Where some command starts what cargo built.
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
            matches!(ready.suite.source, Source::Command(_)) && place::needs_cargo(ready.suite)
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

    /// Gives a command its base side: the same command in the checkout.
    pub(super) fn add_command(
        &self,
        ready: &mut Ready<'_>,
        job: &Job<'_>,
        directory: &Path,
    ) -> Result<(), CliError> {
        let Source::Command(source) = &ready.suite.source else {
            return Ok(());
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
        ready.runner = Runner::Command(program(source, &job.config.root, candidate.as_deref()));
        ready.base = Some(Counterpart::Measured {
            runner: Box::new(Runner::Command(program(source, &root, base.as_deref()))),
            layouts: Layouts::AsLinked(None),
        });
        Ok(())
    }
}
