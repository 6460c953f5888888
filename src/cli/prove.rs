//! `tollgate prove`: the gate is shown something slower and something equal, and must tell them apart.

use super::check::{self, Against, CheckArgs, Job, Judged};
use super::place::Place;
use super::terminal::Terminal;
use super::{CliError, Problem, config, progress};
use crate::baseline::store;
use crate::budget::{Budgets, Source};
use crate::calibration::{Calibration, must_be_seen, slowed};
use crate::collect::command::Program;
use crate::collect::process::Interrupt;
use crate::collect::session::{self, Beginning, Hooks, Open, SessionOptions};
use crate::collect::suite::{Counterpart, Layouts, Ready, Runner};
use crate::collect::{cpu_for_measuring, environment, kernels};
use crate::measurement::{Purpose, Revision, Run, RunHeader, Toolchain};
use crate::report::{safe_lines, safe_name};
use crate::verdict::{Check, ExitCode, VerdictKind, canary_open, open_pairs, run_gate};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Where the runs are kept inside the target directory.
const BUNDLED_RUN: &str = "tollgate/prove-bundled.json";
const OWN_RUN: &str = "tollgate/prove.json";

/// Steps of the bundled work: some tens of milliseconds.
const STEPS: u64 = 12_000_000;

/// Steps of its slower twin: a quarter more.
const SLOWER_STEPS: u64 = STEPS + STEPS / 4;

/// What the bundled work is judged by.
const BUNDLED: &str = r#"version = 1
[[suite]]
name = "no-op"
tool = "command"
command = ["tollgate"]

[[suite]]
name = "slowed"
tool = "command"
command = ["tollgate"]

[[budget]]
bench = "*"
metric = "cpu-time"
slower = "5%"
"#;

/// Options of `tollgate prove`.
#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Of the project's own benchmarks, only those whose suite/name matches this glob; may be repeated.
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Only the bundled work, not the project's own benchmarks.
    #[arg(long)]
    bundled: bool,
    /// Wall time for measuring each part, such as "3 min" [default: from budgets.toml, else 8 min]
    #[arg(long, value_name = "TIME", value_parser = check::duration)]
    time: Option<Duration>,
    /// No progress on stderr.
    #[arg(long, short)]
    quiet: bool,
}

/// 0: green and red came out where they must. 4: not.
pub(crate) fn run(args: &ProveArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = std::env::current_dir()?;
    let mut config = config::load(args.config.as_deref(), &directory)?;
    if !args.bundled {
        let left_out = config.leave_out_workloads(&check::globs(&args.only)?);
        if let Some(said) = config::without_workloads(&left_out) {
            terminal.error(&safe_lines(&said));
        }
    }
    let interrupt = check::interruptible()?;
    let mut findings = bundled(args, &config, &interrupt, terminal)?;
    if !args.bundled && !interrupt.is_set() {
        findings.extend(own(args, &config, &interrupt, terminal)?);
    }
    let mut text = String::new();
    for finding in &findings {
        let mark = if finding.holds { "ok  " } else { "FAIL" };
        text.push_str(&format!("{mark} {}\n", finding.what));
        for line in &finding.details {
            text.push_str(&format!("       {line}\n"));
        }
    }
    let proven = findings.iter().all(|finding| finding.holds) && !interrupt.is_set();
    text.push_str(if proven {
        "tollgate: PROVEN  this gate turns red when it must and stays green when nothing changed\n"
    } else {
        "tollgate: NOT PROVEN  do not rely on this gate here before the lines above are explained\n"
    });
    terminal.output(&text)?;
    Ok(if proven {
        ExitCode::Pass
    } else {
        ExitCode::NotEnforced
    })
}

/// One thing that was shown to the gate.
struct Finding {
    holds: bool,
    what: String,
    details: Vec<String>,
}

/// Work that comes with tollgate, really longer on one side, through the whole gate: processes, plan, verdict.
fn bundled(
    args: &ProveArgs,
    config: &config::Config,
    interrupt: &Interrupt,
    terminal: &Terminal,
) -> Result<Vec<Finding>, CliError> {
    let budgets = Budgets::parse("bundled budgets", BUNDLED).map_err(CliError::Findings)?;
    let this = std::env::current_exe()?;
    let program = |steps: u64, suite: usize| -> Result<Runner, Problem> {
        let Some(Source::Command(source)) = budgets.suites.get(suite).map(|suite| &suite.source)
        else {
            return Err(Problem("the bundled budgets have no such suite".to_owned()));
        };
        let mut source = source.clone();
        source.argv = vec![
            this.display().to_string(),
            kernels::SPIN_ARGUMENT.to_owned(),
            // Of one length on both sides.
            format!("{steps:012}"),
        ];
        Ok(Runner::Command(Program {
            source,
            root: config.root.clone(),
            environment: Vec::new(),
        }))
    };
    let mut ready = Vec::new();
    for (index, (suite, steps)) in budgets.suites.iter().zip([STEPS, SLOWER_STEPS]).enumerate() {
        let mut one = Ready::alone(suite, program(steps, index)?, None);
        one.base = Some(Counterpart::Measured {
            runner: Box::new(program(STEPS, index)?),
            layouts: Layouts::AsLinked(None),
        });
        ready.push(one);
    }
    let place = Place::of(&config.root)?;
    let started = jiff::Timestamp::now();
    let seed = started.as_nanosecond().unsigned_abs() as u64;
    let options = SessionOptions {
        scratch: place.target_directory.join("tollgate"),
        self_executable: this,
        seed,
        time: args.time.unwrap_or(config.budgets.defaults.time),
        invocations: budgets.defaults.invocations,
        invocations_asked: None,
        timeout: budgets.defaults.timeout,
        only: Vec::new(),
        paired: true,
        absolute: Vec::new(),
        cpu: cpu_for_measuring(),
    };
    let none = Calibration::default();
    let judged = Judged {
        budgets: &budgets,
        baselines: &[],
        calibration: &none,
        config_hash: "",
    };
    let beginning = Beginning {
        run: Run {
            header: RunHeader {
                started: started.to_string(),
                tool: concat!("tollgate ", env!("CARGO_PKG_VERSION")).to_owned(),
                base: Some(Revision::default()),
                purpose: Purpose::Prove,
                ..RunHeader::default()
            },
            environment: environment::observe(Toolchain::default()),
            ..Run::default()
        },
        first_round: 0,
        attempts_before: 0,
        resumed: false,
    };
    let mut progress = progress::new(terminal.is_interactive(), args.quiet);
    let run = session::measure(
        &ready,
        &[],
        &options,
        beginning,
        interrupt,
        Hooks {
            judge: &|run| Open {
                benchmarks: open_pairs(judged.input(run)),
                canary: canary_open(judged.input(run)),
            },
            save: &mut |_| {},
            progress: progress.as_mut(),
        },
    );
    check::save_run(&run, &place.target_directory.join(BUNDLED_RUN))?;
    let checks = run_gate(judged.input(&run)).checks;
    let said = |suite: &str| checks.iter().find(|check| check.benchmark.suite == suite);
    Ok(vec![
        expected(
            "bundled work, equal on both sides: must not be red",
            said("no-op"),
            |verdict| matches!(verdict, VerdictKind::Unchanged | VerdictKind::NotSlower),
        ),
        expected(
            "bundled work, really a quarter longer in the candidate: must be red",
            said("slowed"),
            |verdict| verdict == VerdictKind::Regressed,
        ),
    ])
}

fn expected(what: &str, check: Option<&Check>, holds: impl Fn(VerdictKind) -> bool) -> Finding {
    Finding {
        holds: check.is_some_and(|check| holds(check.verdict)),
        what: what.to_owned(),
        details: vec![check.map_or_else(|| "it was not judged".to_owned(), described)],
    }
}

fn described(check: &Check) -> String {
    let mut text = format!(
        "{}  {}",
        check.verdict.as_str(),
        safe_name(&check.benchmark.to_string())
    );
    if let Some(comparison) = &check.comparison {
        text.push_str(&format!(
            "  {} [{}, {}], {} pairs",
            comparison.effect, comparison.interval.low, comparison.interval.high, comparison.base_n
        ));
    }
    for note in &check.notes {
        text.push_str(&format!("; {}", safe_name(note)));
    }
    text
}

/// The project's own benchmarks, measured against themselves, and the same measurement with the candidate's values scaled.
fn own(
    args: &ProveArgs,
    config: &config::Config,
    interrupt: &Interrupt,
    terminal: &Terminal,
) -> Result<Vec<Finding>, CliError> {
    let check = CheckArgs {
        config: args.config.clone(),
        time: args.time,
        quiet: args.quiet,
        ..CheckArgs::default()
    };
    let only = check::globs(&args.only)?;
    let job = Job {
        args: &check,
        config,
        only: &only,
        interrupt,
        terminal,
    };
    let against = Against::itself(config, Purpose::Prove);
    let calibration = store::load_calibration(&config.baselines())?;
    let judged = Judged {
        budgets: &against.budgets,
        baselines: &[],
        calibration: &calibration,
        config_hash: "",
    };
    let place = Place::of(&config.root)?;
    let run_file = place.target_directory.join(OWN_RUN);
    let run = check::measured(&job, place, Some(&against), None, &judged, &run_file)?;
    check::save_run(&run, &run_file)?;
    let checks = run_gate(judged.input(&run)).checks;
    let red: Vec<&Check> = checks
        .iter()
        .filter(|check| check.verdict == VerdictKind::Regressed)
        .collect();
    let compared = checks
        .iter()
        .filter(|check| check.comparison.is_some())
        .count();
    let factors = must_be_seen(&checks);
    let again = slowed(&run, &factors);
    let after = run_gate(judged.input(&again)).checks;
    let must: Vec<&Check> = after
        .iter()
        .filter(|check| {
            check.metric.as_ref().is_some_and(|metric| {
                matches!(check.limit, crate::verdict::Limit::Slower(_))
                    && factors.contains_key(&(check.benchmark.clone(), metric.name.clone()))
            })
        })
        .collect();
    let missed: Vec<&&Check> = must
        .iter()
        .filter(|check| check.verdict != VerdictKind::Regressed)
        .collect();
    // What could not be compared was not shown to turn red either.
    let silent: Vec<&Check> = checks
        .iter()
        .filter(|check| {
            matches!(check.limit, crate::verdict::Limit::Slower(_))
                && check.metric.as_ref().is_none_or(|metric| {
                    !factors.contains_key(&(check.benchmark.clone(), metric.name.clone()))
                })
        })
        .collect();
    let largest = factors.values().copied().fold(1.0, f64::max);
    Ok(vec![
        Finding {
            holds: red.is_empty() && compared > 0,
            what: format!(
                "your benchmarks against themselves, measured: {compared} comparisons, none may be red"
            ),
            details: red.iter().map(|check| described(check)).collect(),
        },
        Finding {
            holds: missed.is_empty() && silent.is_empty() && !must.is_empty(),
            what: format!(
                "the same measurement, the candidate's values scaled by budget + what could be detected (up to +{:.1}%): {} of {} are red",
                100.0 * (largest - 1.0),
                must.len() - missed.len(),
                must.len()
            ),
            details: (missed.iter().map(|check| described(check)))
                .chain(
                    silent
                        .iter()
                        .map(|check| format!("{}; nothing could be detected", described(check))),
                )
                .collect(),
        },
    ])
}
