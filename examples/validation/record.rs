//! Measures everything once: edge.

use crate::data::{
    Block, Comparison, Design, FORMAT, Header, Job, KernelInfo, Lockstep, Machine, Pair, Process,
    Side, TICK_NS, Times, VERSION,
};
use crate::kernels::Kernel;
use crate::measure::Mode;
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tollgate::collect::environment;
use tollgate::measurement::{Environment, Toolchain};
use tollgate::plan::permutation;

/// What is injected, in thousandths, besides nothing.
const SLOWDOWNS: [u32; 6] = [10, 20, 30, 50, 100, 200];

/// What each comparison holds.
const DESIGN: Design = Design {
    sequential: 10,
    pairs: 40,
    warmup: 8,
    batches: 32,
    long_samples: 100,
    lockstep_samples: 50,
    lockstep_batches: 50,
};

/// Both sides are called this, in directories whose names have the same length.
const EXECUTABLE: &str = "validation";

/// Arguments of the recorder.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// File to write; must not exist. While recording, `FILE.partial` grows beside it.
    out: PathBuf,
    /// Of all random choices: what is injected where, orders, coins.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Jobs in which nothing is injected (each compares every kernel once).
    #[arg(long, default_value_t = 80)]
    unchanged: u32,
    /// Jobs for each of the six slowdowns.
    #[arg(long, default_value_t = 12)]
    changed: u32,
    /// Disturbing processes in every second job.
    #[arg(long, default_value_t = 1)]
    neighbours: u32,
}

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// There is a file already.
    #[error("{} exists: move it away, or record into another file", .0.display())]
    Exists(PathBuf),
    /// A file or directory.
    #[error("cannot write or copy {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A measuring process.
    #[error("a process that measures `{kernel}` {problem}")]
    Process {
        /// What it was to measure.
        kernel: &'static str,
        /// What it did instead.
        problem: String,
    },
}

/// A process that disturbs; ends when it is dropped.
struct Disturber(Child);

impl Drop for Disturber {
    fn drop(&mut self) {
        // Its standard input ends first; if that should not be enough, it is killed. Either may find it gone already.
        drop(self.0.stdin.take());
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Two byte copies of this program.
struct Sides {
    directory: TempDir,
}

impl Sides {
    fn new() -> Result<Self, RecordError> {
        let here = || PathBuf::from("this program");
        let own = std::env::current_exe().map_err(|source| failed(&here(), source))?;
        let directory = TempDir::new().map_err(|source| failed(&std::env::temp_dir(), source))?;
        let sides = Self { directory };
        for side in [Side::Base, Side::Candidate] {
            let copy = sides.executable(side);
            let parent = copy.parent().unwrap_or(&copy);
            fs::create_dir(parent).map_err(|source| failed(parent, source))?;
            fs::copy(&own, &copy).map_err(|source| failed(&copy, source))?;
        }
        Ok(sides)
    }

    fn executable(&self, side: Side) -> PathBuf {
        let name = match side {
            Side::Base => "base",
            Side::Candidate => "cand",
        };
        self.directory.path().join(name).join(EXECUTABLE)
    }

    /// A measuring process, not yet started. The base never has a slowdown.
    fn command(&self, side: Side, kernel: Kernel, slowdown: u32, mode: Mode) -> Command {
        let slowdown = match side {
            Side::Base => 0,
            Side::Candidate => slowdown,
        };
        let (samples, batches) = match mode {
            Mode::Short => (DESIGN.batches, 1),
            Mode::Long => (DESIGN.long_samples, 0),
            Mode::Lockstep => (DESIGN.lockstep_samples, DESIGN.lockstep_batches),
        };
        let mut command = Command::new(self.executable(side));
        command
            .args([
                "measure",
                kernel.name(),
                &format!("{slowdown:04}"),
                mode.name(),
            ])
            .args([DESIGN.warmup, samples, batches].map(|number| number.to_string()))
            .stdout(Stdio::piped());
        command
    }
}

/// All of the recorder's state while it runs.
struct Recorder<'a> {
    sides: &'a Sides,
    rng: ChaCha8Rng,
    seed: u64,
}

/// Records everything; says on standard error how far it is.
pub(crate) fn run(record: &Record) -> Result<(), RecordError> {
    let partial = record.out.with_added_extension("partial");
    if let Some(there) = [&record.out, &partial]
        .into_iter()
        .find(|path| path.exists())
    {
        return Err(RecordError::Exists(there.clone()));
    }
    let sides = Sides::new()?;
    let plan = slowdowns(record);
    let jobs = plan[0].len();
    let file_error = |source| failed(&partial, source);
    let mut file = File::create_new(&partial).map_err(file_error)?;
    write_line(&mut file, &header(record.seed, jobs as u32)).map_err(file_error)?;
    let mut recorder = Recorder {
        sides: &sides,
        rng: ChaCha8Rng::seed_from_u64(record.seed),
        seed: record.seed,
    };
    let start = Instant::now();
    for index in 0..jobs {
        let at = Duration::as_secs_f64(&start.elapsed());
        let slowdowns: Vec<u32> = plan.iter().map(|slowdowns| slowdowns[index]).collect();
        // Alternating, so that what happens over the day meets both kinds alike.
        let neighbours = (index as u32 % 2) * record.neighbours;
        let job = recorder.job(index as u32, at, &slowdowns, neighbours)?;
        write_line(&mut file, &job).map_err(file_error)?;
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        // Progress only; a closed standard error is no reason to stop.
        writeln!(
            io::stderr(),
            "job {} of {jobs}, {minutes:.1} min",
            index + 1
        )
        .ok();
    }
    drop(file);
    compress(&partial, &record.out).map_err(|source| failed(&record.out, source))?;
    fs::remove_file(&partial).map_err(file_error)
}

fn failed(path: &Path, source: io::Error) -> RecordError {
    RecordError::File {
        path: path.to_owned(),
        source,
    }
}

/// For each kernel, the slowdown of each job, in random order.
fn slowdowns(record: &Record) -> Vec<Vec<u32>> {
    let mut all = vec![0; record.unchanged as usize];
    all.extend(
        SLOWDOWNS
            .iter()
            .flat_map(|&slowdown| vec![slowdown; record.changed as usize]),
    );
    (0..Kernel::ALL.len() as u32)
        .map(|kernel| {
            let order = permutation(record.seed, u32::MAX - kernel, all.len());
            order.into_iter().map(|at| all[at]).collect()
        })
        .collect()
}

impl Recorder<'_> {
    fn job(
        &mut self,
        index: u32,
        at_s: f64,
        slowdowns: &[u32],
        neighbours: u32,
    ) -> Result<Job, RecordError> {
        let start = Instant::now();
        let cpu_before = environment::CpuTimes::now();
        let disturbers: Vec<Disturber> = (0..neighbours)
            .map(|_| self.disturber())
            .collect::<Result<_, _>>()?;
        let units: Vec<(Kernel, u32)> = Kernel::ALL
            .into_iter()
            .zip(slowdowns.iter().copied())
            .collect();
        // As CI does it: the whole suite of the base, then that of the candidate.
        let bases = self.blocks(Side::Base, &units)?;
        let candidates = self.blocks(Side::Candidate, &units)?;
        let pairs = self.pairs(index, &units)?;
        let mut comparisons = Vec::new();
        for ((((kernel, slowdown), base), candidate), pairs) in
            units.into_iter().zip(bases).zip(candidates).zip(pairs)
        {
            comparisons.push(Comparison {
                kernel: kernel.name().to_owned(),
                slowdown,
                base,
                candidate,
                pairs,
                lockstep: self.lockstep(kernel, slowdown)?,
            });
        }
        drop(disturbers);
        let steal = cpu_before
            .zip(environment::CpuTimes::now())
            .and_then(|(before, after)| environment::steal_between(before, after));
        Ok(Job {
            job: index,
            at_s: rounded(at_s),
            seconds: rounded(start.elapsed().as_secs_f64()),
            neighbours,
            load: environment::load().map(|load| load.one_minute),
            steal: steal.map(rounded),
            comparisons,
        })
    }

    fn disturber(&mut self) -> Result<Disturber, RecordError> {
        let executable = self.sides.executable(Side::Base);
        Command::new(&executable)
            .args(["neighbour", &self.rng.next_u64().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .map(Disturber)
            .map_err(|source| failed(&executable, source))
    }

    fn blocks(&self, side: Side, units: &[(Kernel, u32)]) -> Result<Vec<Block>, RecordError> {
        let block = |&(kernel, slowdown): &(Kernel, u32)| {
            let process = |mode| {
                let command = self.sides.command(side, kernel, slowdown, mode);
                self.process(kernel, command)
            };
            Ok(Block {
                short: (0..DESIGN.sequential)
                    .map(|_| process(Mode::Short))
                    .collect::<Result<_, _>>()?,
                long: process(Mode::Long)?,
            })
        };
        units.iter().map(block).collect()
    }

    /// Rounds of one pair of each kernel, in random order; who is first in a pair is a fair coin. Each process has an
    /// environment of random size, which moves its stack.
    fn pairs(&mut self, job: u32, units: &[(Kernel, u32)]) -> Result<Vec<Vec<Pair>>, RecordError> {
        let mut pairs: Vec<Vec<Pair>> = vec![Vec::new(); units.len()];
        for round in 0..DESIGN.pairs as u32 {
            for at in permutation(self.seed, job * DESIGN.pairs as u32 + round, units.len()) {
                let (kernel, slowdown) = units[at];
                let first = if self.rng.next_u64().is_multiple_of(2) {
                    Side::Base
                } else {
                    Side::Candidate
                };
                let mut process = |side| {
                    let padding = self.rng.next_u64() % 4096;
                    let mut command = self.sides.command(side, kernel, slowdown, Mode::Short);
                    command.env("PADDING", "x".repeat(padding as usize));
                    self.process(kernel, command)
                };
                let (base, candidate) = match first {
                    Side::Base => {
                        let base = process(Side::Base)?;
                        (base, process(Side::Candidate)?)
                    }
                    Side::Candidate => {
                        let candidate = process(Side::Candidate)?;
                        (process(Side::Base)?, candidate)
                    }
                };
                pairs[at].push(Pair {
                    first,
                    base,
                    candidate,
                });
            }
        }
        Ok(pairs)
    }

    /// Runs a process to its end and reads what it measured.
    fn process(&self, kernel: Kernel, mut command: Command) -> Result<Process, RecordError> {
        let start = Instant::now();
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| process_error(kernel, format!("cannot be started: {error}")))?;
        let us = start.elapsed().as_micros() as u64;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(process_error(
                kernel,
                format!("ended with {}: {stderr}", output.status),
            ));
        }
        let numbers = numbers(&output.stdout).map_err(|problem| process_error(kernel, problem))?;
        let Some((cpu, times)) = numbers.split_first() else {
            return Err(process_error(kernel, "printed nothing".to_owned()));
        };
        Ok(Process {
            us,
            cpu: cpu / u64::from(TICK_NS),
            t: Times::from_ns(times).map_err(|problem| process_error(kernel, problem))?,
        })
    }

    /// Both sides at once, sample by sample.
    fn lockstep(&self, kernel: Kernel, slowdown: u32) -> Result<Lockstep, RecordError> {
        let start = Instant::now();
        let spawn = |side| Partner::spawn(self.sides, side, kernel, slowdown);
        let mut base = spawn(Side::Base)?;
        let mut candidate = spawn(Side::Candidate)?;
        let (mut base_ns, mut candidate_ns) = (Vec::new(), Vec::new());
        for sample in 0..DESIGN.lockstep_samples {
            // Who is woken first is ahead by the microseconds of a wake-up, and on a busy machine by more.
            if sample % 2 == 0 {
                base.go()?;
                candidate.go()?;
            } else {
                candidate.go()?;
                base.go()?;
            }
            base_ns.push(base.answer()?);
            candidate_ns.push(candidate.answer()?);
        }
        base.end()?;
        candidate.end()?;
        let times =
            |ns: &[u64]| Times::from_ns(ns).map_err(|problem| process_error(kernel, problem));
        Ok(Lockstep {
            us: start.elapsed().as_micros() as u64,
            base: times(&base_ns)?,
            candidate: times(&candidate_ns)?,
        })
    }
}

/// One of two processes in lockstep.
struct Partner {
    kernel: Kernel,
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Partner {
    fn spawn(
        sides: &Sides,
        side: Side,
        kernel: Kernel,
        slowdown: u32,
    ) -> Result<Self, RecordError> {
        let error = |error: String| process_error(kernel, error);
        let mut child = sides
            .command(side, kernel, slowdown, Mode::Lockstep)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|problem| error(format!("cannot be started: {problem}")))?;
        let answers = child
            .stdout
            .take()
            .ok_or_else(|| error("has no output".to_owned()))?;
        Ok(Self {
            kernel,
            child,
            answers: BufReader::new(answers),
        })
    }

    fn go(&mut self) -> Result<(), RecordError> {
        let written = match &mut self.child.stdin {
            Some(stdin) => stdin.write_all(b"\n"),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        written.map_err(|error| process_error(self.kernel, format!("does not listen: {error}")))
    }

    fn answer(&mut self) -> Result<u64, RecordError> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        let number = read.map_err(|error| error.to_string()).and_then(|_| {
            let line = line.trim_end();
            line.parse()
                .map_err(|_| format!("said {line:?} and not a time"))
        });
        number.map_err(|problem| process_error(self.kernel, problem))
    }

    fn end(mut self) -> Result<(), RecordError> {
        drop(self.child.stdin.take());
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(process_error(self.kernel, format!("ended with {status}"))),
            Err(error) => Err(process_error(
                self.kernel,
                format!("cannot be waited for: {error}"),
            )),
        }
    }
}

fn process_error(kernel: Kernel, problem: String) -> RecordError {
    RecordError::Process {
        kernel: kernel.name(),
        problem,
    }
}

/// Whole numbers separated by spaces.
fn numbers(output: &[u8]) -> Result<Vec<u64>, String> {
    let text = str::from_utf8(output).map_err(|_| "printed no text".to_owned())?;
    text.split_ascii_whitespace()
        .map(|word| {
            word.parse()
                .map_err(|_| format!("printed {word:?} and not a time"))
        })
        .collect()
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn header(seed: u64, jobs: u32) -> Header {
    let kernels = Kernel::ALL.into_iter().map(|kernel| KernelInfo {
        name: kernel.name().to_owned(),
        what: kernel.what().to_owned(),
    });
    Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        tick_ns: TICK_NS,
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        seed,
        jobs,
        design: DESIGN,
        kernels: kernels.collect(),
        machine: machine(&environment::observe(Toolchain::default())),
    }
}

/// The class of machine: nothing that names it.
fn machine(environment: &Environment) -> Machine {
    let cpu = &environment.cpu;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let number =
        |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    Machine {
        cpu: format!(
            "{} {} (family {}, model {}, stepping {})",
            text(&cpu.vendor),
            text(&cpu.name),
            number(cpu.family),
            number(cpu.model),
            number(cpu.stepping)
        ),
        cores: cpu.cores.unwrap_or(0),
        kernel: format!("{} {}", environment.os, text(&environment.kernel)),
        hypervisor: environment.hypervisor.clone(),
    }
}

fn write_line<T: serde::Serialize>(file: &mut File, line: &T) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

/// Compresses into a file beside `to`, then renames it into place.
fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    let mut encoder = GzEncoder::new(file, Compression::best());
    io::copy(&mut File::open(from)?, &mut encoder)?;
    let file = encoder.finish()?;
    file.as_file().sync_all()?;
    file.persist_noclobber(to)?;
    Ok(())
}
