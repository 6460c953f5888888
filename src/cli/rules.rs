//! What a recorded run is judged by.

use super::CliError;
use super::config::{self, Config};
use super::place::Place;
use super::report::load_run;
use crate::baseline::{Baseline, MachineClass, store};
use crate::budget::Budgets;
use crate::calibration::Calibration;
use crate::measurement::{Purpose, Run};
use crate::verdict::{Gate, GateInput, run_gate};
use std::path::{Path, PathBuf};

/// A recorded run and what it is judged by.
pub(crate) struct Recorded {
    pub(crate) path: PathBuf,
    pub(crate) run: Run,
    pub(crate) rules: Rules,
}

impl Recorded {
    /// Reads a run, by default the newest one of the project, and what it is judged by.
    pub(crate) fn load(run: Option<&Path>, config: Option<&Path>) -> Result<Self, CliError> {
        let directory = std::env::current_dir()?;
        let explicit = config.is_some();
        let config = config::load(config, &directory)?;
        let path = match run {
            Some(path) => path.to_owned(),
            None => Place::of(&config.root)?.run_file(),
        };
        let run = load_run(&path)?;
        let rules = Rules::of(&run, &config, explicit)?;
        Ok(Self { path, run, rules })
    }
}

/// Budgets, baselines and calibration for one run. Every command that judges what was recorded takes them from here, so
/// that they all say the same.
pub(crate) struct Rules {
    pub(crate) budgets: Budgets,
    pub(crate) baselines: Vec<Baseline>,
    calibration: Calibration,
    config_hash: String,
}

impl Rules {
    /// The budgets that the run itself holds (those of its base), else those of the project. Who names a file
    /// (`explicit`) wants that one.
    pub(crate) fn of(run: &Run, config: &Config, explicit: bool) -> Result<Self, CliError> {
        let own = if explicit { None } else { held(run)? };
        Ok(Self {
            config_hash: match own {
                Some(_) => String::new(),
                None => config.hash.clone(),
            },
            budgets: own.unwrap_or_else(|| config.budgets.clone()),
            baselines: store::load_all(&config.baselines())?,
            calibration: store::load_calibration(&config.baselines())?,
        })
    }

    /// Those of the checkout alone, for a run that somebody else's code wrote.
    pub(crate) fn of_checkout(run: &Run, config: &Config) -> Result<Self, CliError> {
        Ok(Self {
            budgets: config.budgets.clone(),
            // Beside a base, the change of budgets is told by what it means.
            config_hash: match run.header.base {
                Some(_) => String::new(),
                None => config.hash.clone(),
            },
            baselines: store::load_all(&config.baselines())?,
            calibration: store::load_calibration(&config.baselines())?,
        })
    }

    /// The same without committed baselines.
    pub(crate) fn without_baselines(mut self) -> Self {
        self.baselines.clear();
        self
    }

    /// Judges the run.
    pub(crate) fn judge(&self, run: &Run) -> Gate {
        run_gate(GateInput {
            run,
            budgets: &self.budgets,
            baselines: &self.baselines,
            config_hash: &self.config_hash,
            calibration: self
                .calibration
                .of_class(&MachineClass::of(&run.environment)),
        })
    }
}

/// The budgets in a run, put together as `check` did when it measured.
fn held(run: &Run) -> Result<Option<Budgets>, CliError> {
    let header = &run.header;
    let Some(text) = &header.budgets else {
        return Ok(None);
    };
    let binding = Budgets::parse(&text.file, &text.text).map_err(CliError::Findings)?;
    let binding = match &header.candidate_budgets {
        Some(text) => {
            let candidate = Budgets::parse(&text.file, &text.text).map_err(CliError::Findings)?;
            binding.binding(&candidate)
        }
        None => binding,
    };
    Ok(Some(match header.purpose {
        Purpose::Anchor => binding.for_anchor().unwrap_or(binding),
        Purpose::Check | Purpose::Calibrate | Purpose::Prove => binding,
    }))
}
