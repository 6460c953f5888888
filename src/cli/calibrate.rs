//! `tollgate calibrate`: how often this gate claims a change here although there is none.

use super::check::{self, Against, CheckArgs, Job, Judged};
use super::place::Place;
use super::terminal::Terminal;
use super::{CliError, config};
use crate::baseline::{MachineClass, store};
use crate::calibration::{Calibration, CalibrationJob, Counts, count, distance_from_uniform};
use crate::measurement::Purpose;
use crate::report::safe_lines;
use crate::stats::clopper_pearson;
use crate::verdict::{ALPHA, ExitCode};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Where the newest run is kept inside the target directory.
const RUN_FILE: &str = "tollgate/calibrate.json";

/// Options of `tollgate calibrate`.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Jobs, one after the other; each compares every benchmark with itself.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    jobs: u32,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Measure only benchmarks whose suite/name matches this glob; may be repeated.
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Wall time for measuring each job, such as "3 min" [default: from budgets.toml, else 8 min]
    #[arg(long, value_name = "TIME", value_parser = check::duration)]
    time: Option<Duration>,
    /// Count, and do not write baselines/calibration.json.
    #[arg(long)]
    dry_run: bool,
    /// No progress on stderr.
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the jobs. 0: counted; 4: nothing to count.
pub(crate) fn run(args: &CalibrateArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = std::env::current_dir()?;
    let mut config = config::load(args.config.as_deref(), &directory)?;
    let check = CheckArgs {
        config: args.config.clone(),
        time: args.time,
        quiet: args.quiet,
        ..CheckArgs::default()
    };
    let only = check::globs(&args.only)?;
    if let Some(said) = config::without_workloads(&config.leave_out_workloads(&only)) {
        terminal.error(&safe_lines(&said));
    }
    let interrupt = check::interruptible()?;
    let job = Job {
        args: &check,
        config: &config,
        only: &only,
        interrupt: &interrupt,
        terminal,
    };
    let against = Against::itself(&config, Purpose::Calibrate);
    let mut known = store::load_calibration(&config.baselines())?;
    let mut exit = ExitCode::NotEnforced;
    for number in 1..=args.jobs {
        let place = Place::of(&config.root)?;
        let run_file = place.target_directory.join(RUN_FILE);
        let unknown = Calibration::default();
        let judged = Judged {
            budgets: &against.budgets,
            baselines: &[],
            calibration: &unknown,
            config_hash: "",
        };
        let run = check::measured(&job, place, Some(&against), None, &judged, &run_file)?;
        check::save_run(&run, &run_file)?;
        let counts = count(judged.input(&run));
        let class = MachineClass::of(&run.environment);
        // A job that Ctrl-C cut is counted too: when it ended had nothing to do with what it saw.
        if counts.comparisons > 0 {
            exit = ExitCode::Pass;
            let job = CalibrationJob {
                started: run.header.started.clone(),
                seed: run.header.seed.clone(),
                class: class.clone(),
                counts: counts.clone(),
            };
            if args.dry_run {
                known.jobs.push(job);
            } else {
                known = store::lock(&config.baselines())?.add_calibration(job)?;
            }
        }
        terminal.output(&told(number, args.jobs, &counts, &known, &class))?;
        if interrupt.is_set() {
            break;
        }
    }
    if exit == ExitCode::Pass && !args.dry_run {
        terminal.output(
            "recorded in baselines/calibration.json: commit it, and every report on this machine class shows it\n",
        )?;
    }
    Ok(exit)
}

/// What one job found, and all of this machine class together.
fn told(
    number: u32,
    jobs: u32,
    counts: &Counts,
    known: &Calibration,
    class: &MachineClass,
) -> String {
    let mut text = format!(
        "calibrate {number}/{jobs}: {} comparisons of a program with itself: {} called regressed, {} improved, {} undecided\n",
        counts.comparisons, counts.regressed, counts.improved, counts.inconclusive
    );
    let Some(all) = known.of_class(class) else {
        text.push_str(
            "nothing was compared: a [[budget]] with `slower`, or without any limit, names what is\n",
        );
        return text;
    };
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    if let Some((low, high)) = clopper_pearson(all.alarms.into(), all.comparisons.into(), 0.95) {
        text.push_str(&format!(
            "on this machine class: {} of {} false alarms, 95% interval {} to {} (nominal: at most {})\n",
            all.alarms,
            all.comparisons,
            percent(low),
            percent(high),
            percent(ALPHA),
        ));
        if low > ALPHA {
            text.push_str(
                "MISCALIBRATED: more than the gate promises; until that is mended, its relative verdicts only advise here\n",
            );
        }
    }
    if let Some((distance, limit)) = distance_from_uniform(&known.p_values(class)) {
        let sound = if distance <= limit {
            "as far as they should be"
        } else {
            "farther than chance explains"
        };
        text.push_str(&format!(
            "p-values of no change are {distance:.3} from uniform ({sound}: {limit:.3} is exceeded by one sound set in twenty)\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_with_its_interval() {
        let class = MachineClass {
            facts: vec![("arch".to_owned(), "x86_64".to_owned())],
        };
        let known = |regressed: u32| Calibration {
            jobs: vec![CalibrationJob {
                started: "2026-11-21T12:00:00Z".to_owned(),
                seed: "1".to_owned(),
                class: class.clone(),
                counts: Counts {
                    comparisons: 200,
                    regressed,
                    ..Counts::default()
                },
            }],
        };
        let text = told(1, 3, &known(1).jobs[0].counts, &known(1), &class);
        // scipy.stats.binomtest(1, 200).proportion_ci(): 0.000127 to 0.02755.
        assert!(
            text.contains("1 of 200 false alarms, 95% interval 0.0% to 2.8%"),
            "{text}"
        );
        assert!(!text.contains("MISCALIBRATED"), "{text}");
        let text = told(1, 3, &Counts::default(), &known(30), &class);
        assert!(text.contains("MISCALIBRATED"), "{text}");
        let text = told(1, 1, &Counts::default(), &Calibration::default(), &class);
        assert!(text.contains("nothing was compared"), "{text}");
    }
}
