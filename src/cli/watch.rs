//! `tollgate watch`: what a process and all that it started use, over time.

mod export;
mod limits;
mod summary;

use super::terminal::Terminal;
use super::{CliError, Problem, check};
use crate::collect::observe::{Look, Root, Series, Tree, is_available, own_cpu, own_memory};
use crate::collect::process::{Interrupt, Invocation, Running, describe_status};
use crate::report::safe_name;
use crate::units::{Unit, format_duration, format_value, parse_duration};
use clap::Args;
use indicatif::ProgressBar;
use limits::{Finding, Limits};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How long a command that we started may take to end.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// How often Ctrl-C and the end of the command are looked at.
const TICK: Duration = Duration::from_millis(50);

/// Looks are no closer together: the kernel counts CPU time in steps of this size.
const CLOSEST: Duration = Duration::from_millis(10);

/// Options of `tollgate watch`.
#[derive(Debug, Args)]
#[cfg_attr(feature = "workload", command(group(clap::ArgGroup::new("watched").required(true).args(["pid", "cmd", "proxy"]))))]
#[cfg_attr(not(feature = "workload"), command(group(clap::ArgGroup::new("watched").required(true).args(["pid", "cmd"]))))]
pub(crate) struct WatchArgs {
    /// Watch this process and its descendants
    #[arg(long, value_name = "N")]
    pid: Option<u32>,
    /// Start a command, watch it, and end it with all that it started: --cmd -- PROGRAM ARGUMENTS..
    #[arg(long, requires = "command")]
    cmd: bool,
    /// The command
    #[arg(
        value_name = "PROGRAM",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        requires = "cmd"
    )]
    command: Vec<OsString>,
    /// How long: short is 60 s, long is 5 min
    #[arg(long, value_enum, default_value = "short")]
    mode: Mode,
    /// How long, in place of the mode's time
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    length: Option<Duration>,
    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "1 s", value_parser = period)]
    every: Duration,
    /// Left out when a leak is looked for [default: a sixth of the whole time]
    #[arg(long, value_name = "TIME", value_parser = time)]
    warm_up: Option<Duration>,
    /// Write what was seen as CSV; the end is written too when Ctrl-C ends it
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write what was seen as OpenMetrics text with timestamps
    #[arg(long, value_name = "FILE")]
    openmetrics: Option<PathBuf>,
    /// Where the last looks are written when a limit is broken
    #[arg(long, value_name = "FILE", default_value = "tollgate-watch.json")]
    snapshot: PathBuf,
    /// Most resident memory of all its processes together: "512 MiB"
    #[arg(long, value_name = "SIZE", value_parser = limits::size)]
    max_rss: Option<f64>,
    /// Most memory that it may surely grow by: "1 MiB/min"
    #[arg(long, value_name = "RATE", value_parser = limits::rate)]
    max_leak: Option<f64>,
    /// Most CPU, mean over the whole time, of one core: "80%"
    #[arg(long, value_name = "SHARE", value_parser = limits::share)]
    max_cpu: Option<f64>,
    /// A command that ends with a failure is not an error
    #[arg(long, requires = "cmd")]
    ignore_status: bool,
    /// No live line
    #[arg(long, short)]
    quiet: bool,
    #[cfg(feature = "workload")]
    #[command(flatten)]
    proxy: super::watch_proxy::ProxyArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    /// 60 s.
    Short,
    /// 5 min.
    Long,
}

impl WatchArgs {
    fn length(&self) -> Duration {
        self.length.unwrap_or(match self.mode {
            Mode::Short => Duration::from_secs(60),
            Mode::Long => Duration::from_secs(300),
        })
    }
}

#[cfg(feature = "workload")]
impl WatchArgs {
    /// A limit that is not looked at must not seem to hold.
    fn has_nothing_of_processes(&self) -> Result<(), Problem> {
        let given = [
            ("--csv", self.csv.is_some()),
            ("--openmetrics", self.openmetrics.is_some()),
            ("--max-rss", self.max_rss.is_some()),
            ("--max-leak", self.max_leak.is_some()),
            ("--max-cpu", self.max_cpu.is_some()),
            ("--warm-up", self.warm_up.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Problem(format!(
                "{option} is about a process, and --proxy watches calls: watch the process with --pid"
            ))),
            None => Ok(()),
        }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text).map_err(|error| error.to_string())?;
    match time.is_zero() {
        true => Err("it must be longer than nothing".to_owned()),
        false => Ok(time),
    }
}

fn period(text: &str) -> Result<Duration, String> {
    match time(text)? {
        short if short < CLOSEST => Err(format!("at least {}", format_duration(CLOSEST))),
        period => Ok(period),
    }
}

/// How a watch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    /// Its time was over.
    InTime,
    /// Nothing was left to be watched; how a command of ours ended.
    Gone(Option<std::process::ExitStatus>),
    /// Ctrl-C.
    Interrupted,
}

/// What was seen, for summary, exports and limits.
#[derive(Debug)]
struct Watched {
    name: String,
    pid: u32,
    every: Duration,
    length: Duration,
    warm_up: Duration,
    series: Series,
    ended: Ended,
    /// When it began, seconds since 1970.
    since: f64,
    own_cpu: Option<f64>,
    own_memory: Option<u64>,
}

/// Watches; the code that tollgate ends with.
///
/// # Errors
/// It cannot be watched.
pub(crate) fn run(args: &WatchArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    #[cfg(feature = "workload")]
    if args.proxy.proxy.is_some() {
        args.has_nothing_of_processes()?;
        return super::watch_proxy::run(&args.proxy, args.length, terminal);
    }
    if !is_available() {
        let problem = "processes can be watched on Linux only: there is no /proc here";
        return Err(Problem(problem.to_owned()).into());
    }
    // `requires` of clap does not hold where the two exclude each other.
    if args.pid.is_some() && !args.command.is_empty() {
        let problem = "a command is watched with --cmd, a process with --pid: not both";
        return Err(Problem(problem.to_owned()).into());
    }
    let interrupt = check::interruptible()?;
    let mut running = match args.pid {
        Some(_) => None,
        None => Some(start(&args.command)?),
    };
    let (root, name) = match (&running, args.pid) {
        (None, Some(pid)) => (Root::Process(pid), format!("process {pid}")),
        (running, _) => {
            let pid = running.as_ref().map_or(0, Running::id);
            let mark = running.as_ref().map_or_else(String::new, Running::mark);
            let program = args.command.first().cloned().unwrap_or_default();
            let name = format!("`{}`", safe_name(&program.to_string_lossy()));
            (Root::Started { pid, mark }, name)
        }
    };
    let limits = Limits {
        rss: args.max_rss,
        leak: args.max_leak,
        cpu: args.max_cpu,
    };
    let mut tree = Tree::new(&root);
    let watched = watch(
        args,
        &limits,
        &mut tree,
        (&root, name),
        running.as_mut(),
        (&interrupt, terminal),
    )?;
    report(args, &limits, &watched, terminal)
}

fn start(command: &[OsString]) -> Result<Running, CliError> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Problem("--cmd needs a command".to_owned()))?;
    let invocation = Invocation {
        program: program.into(),
        arguments: arguments.to_vec(),
        directory: std::env::current_dir()?,
        environment: Vec::new(),
        environment_removed: Vec::new(),
        timeout: Duration::MAX,
    };
    Ok(Running::start(
        &invocation,
        Stdio::inherit(),
        Stdio::inherit(),
    )?)
}

/// Looks until the end; the command is gone when this comes back.
fn watch(
    args: &WatchArgs,
    limits: &Limits,
    tree: &mut Tree,
    (root, name): (&Root, String),
    mut running: Option<&mut Running>,
    (interrupt, terminal): (&Interrupt, &Terminal),
) -> Result<Watched, CliError> {
    let length = args.length();
    let now = jiff::Timestamp::now().as_duration().as_secs_f64();
    let start = Instant::now();
    let own_before = own_cpu();
    let pid = match root {
        Root::Process(pid) | Root::Started { pid, .. } => *pid,
    };
    let mut watched = Watched {
        name,
        pid,
        every: args.every,
        length,
        warm_up: args.warm_up.unwrap_or(length / 6),
        series: Series::default(),
        ended: Ended::InTime,
        since: now,
        own_cpu: None,
        own_memory: None,
    };
    let line = Line::new(!args.quiet && terminal.is_interactive());
    let mut breached = false;
    let mut due = Duration::ZERO;
    loop {
        let at = start.elapsed();
        let Some(look) = tree.look(at) else {
            watched.ended = Ended::Gone(None);
            break;
        };
        line.show(&look, watched.series.last());
        watched.series.push(look);
        if let Some(finding) = limits.of_look(&look).filter(|_| !breached) {
            breached = true;
            // At once: what is wrong may bring the machine down.
            export::snapshot(&args.snapshot, &watched, &[finding])?;
        }
        if at >= length {
            break;
        }
        while due <= at {
            due += args.every;
        }
        let due = start + due.min(length);
        if !wait(due, interrupt, running.as_deref())? {
            break;
        }
    }
    if interrupt.is_set() {
        watched.ended = Ended::Interrupted;
    }
    let wall = start.elapsed().as_secs_f64();
    watched.own_cpu = own_cpu().zip(own_before).map(|(after, before)| {
        after.saturating_sub(before).as_secs_f64() / wall.max(f64::MIN_POSITIVE)
    });
    watched.own_memory = own_memory();
    line.end();
    if let Some(running) = &mut running {
        let ended = running.ended()?;
        let stopped = running.stop(STOP_WITHIN, &tree.members(), &mut || false)?;
        if let (Some(status), Ended::InTime | Ended::Gone(_)) = (ended, &watched.ended) {
            watched.ended = Ended::Gone(Some(status));
        }
        if !stopped.left.is_empty() {
            let left = format!(
                "processes that the command started do not end: {:?}",
                stopped.left
            );
            return Err(Problem(left).into());
        }
    }
    Ok(watched)
}

/// Until then; false where it is over before.
fn wait(until: Instant, interrupt: &Interrupt, running: Option<&Running>) -> std::io::Result<bool> {
    loop {
        if interrupt.is_set() {
            return Ok(false);
        }
        // A last look at what the command left is of no use: it is a zombie, or it is not.
        if let Some(running) = running
            && running.ended()?.is_some()
        {
            return Ok(false);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(true);
        }
        std::thread::sleep(left.min(TICK));
    }
}

fn report(
    args: &WatchArgs,
    limits: &Limits,
    watched: &Watched,
    terminal: &Terminal,
) -> Result<ExitCode, CliError> {
    if watched.series.count() == 0 {
        let problem = match args.pid {
            Some(pid) => format!("there is no process {pid}"),
            None => "the command was gone before it could be looked at".to_owned(),
        };
        terminal.error(&format!("tollgate: error: {problem}\n"));
        return Ok(ExitCode::from(if args.pid.is_some() { 2 } else { 4 }));
    }
    let samples = watched.series.samples();
    let leak = crate::workload::leak::leak(&samples, watched.warm_up);
    let findings = limits.judge(&watched.series, leak.as_ref());
    let broken: Vec<Finding> = findings
        .iter()
        .filter(|finding| finding.is_broken())
        .cloned()
        .collect();
    if broken.iter().any(|finding| !finding.is_of_one_look()) {
        export::snapshot(&args.snapshot, watched, &broken)?;
    }
    if let Some(path) = &args.csv {
        export::csv(path, watched)?;
    }
    if let Some(path) = &args.openmetrics {
        export::openmetrics(path, watched)?;
    }
    let mut text = summary::text(watched, leak.as_ref(), &findings);
    if !broken.is_empty() {
        text.push_str(&format!(
            "the last looks: {}\n",
            safe_name(&args.snapshot.display().to_string())
        ));
    }
    terminal.output(&text)?;
    let failed = match &watched.ended {
        Ended::Gone(Some(status)) if !status.success() && !args.ignore_status => {
            let said = describe_status(*status);
            terminal.error(&format!("tollgate: error: the command ended with {said}\n"));
            true
        }
        _ => false,
    };
    Ok(ExitCode::from(if watched.ended == Ended::Interrupted {
        130
    } else if !broken.is_empty() {
        1
    } else if failed {
        2
    } else if findings.iter().any(Finding::is_unknown) {
        4
    } else {
        0
    }))
}

/// The live line; nothing where nobody watches.
struct Line(Option<ProgressBar>);

impl Line {
    fn new(shown: bool) -> Self {
        Self(shown.then(ProgressBar::new_spinner))
    }

    fn show(&self, look: &Look, before: Option<&Look>) {
        let Some(bar) = &self.0 else {
            return;
        };
        let sample = look.sample;
        let cpu = before.and_then(|before| summary::cpu_share(&before.sample, &sample));
        let mut text = format!(
            "{}  ",
            format_duration(Duration::from_secs(sample.at.as_secs()))
        );
        if let Some(cpu) = cpu {
            text.push_str(&format!("CPU {}  ", format_value(cpu, &Unit::Ratio)));
        }
        let rss = format_value(sample.rss as f64, &Unit::Bytes);
        text.push_str(&format!(
            "RSS {rss}  processes {}  threads {}",
            sample.processes, sample.threads
        ));
        bar.set_message(text);
        bar.tick();
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
