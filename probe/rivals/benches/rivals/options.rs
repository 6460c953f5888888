//! The command line.

use crate::measure::Settings;
use std::path::PathBuf;
use std::time::Duration;

pub const USAGE: &str = "\
Measures tollgate-probe beside other crates.

  --quick           few launches and rounds: shows that everything works, and no figures to be quoted
  --launches N      processes, over which intervals are formed (default 10; below 6 there is no interval)
  --rounds N        rounds in each process (default 300)
  --block N         microseconds of a block (default 50). In short ones every operation finds caches, page tables and predictions that
                    the others have just used, as in a program that does much else; with 1000 what is left when they have settled
  --seed N          seed of order and values (default: from the clock)
  --no-memory       leaves out the memory of 10,000 series
  --only-memory     nothing but that
  --markdown [FILE] the tables as Markdown, to FILE or to stdout (default: to stdout)
  --json FILE       everything, also by launch";

pub enum Job {
    Help,
    Drive,
    /// One launch, started by the driver.
    Launch,
    /// One subject of the memory test, started by the driver.
    Memory(String),
}

pub struct Options {
    pub job: Job,
    pub quick: bool,
    pub launches: u32,
    pub rounds: u32,
    pub block: u32,
    pub seed: u64,
    pub speed: bool,
    pub memory: bool,
    pub markdown: Option<PathBuf>,
    pub json: Option<PathBuf>,
    /// As given, to be printed with the figures.
    pub command: String,
}

impl Options {
    pub fn of(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.collect();
        // Without `--bench` it was not `cargo bench` that started it, but `cargo test`.
        let mut quick = !arguments.iter().any(|argument| argument == "--bench");
        let (mut launches, mut rounds, mut seed, mut block) = (None, None, None, None);
        let mut options = Self {
            job: Job::Drive,
            quick,
            launches: 0,
            rounds: 0,
            block: 0,
            seed: 0,
            speed: true,
            memory: true,
            markdown: None,
            json: None,
            command: shown(&arguments),
        };
        let mut rest = arguments.into_iter().peekable();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--bench" => {}
                "--quick" => quick = true,
                "--no-memory" => options.memory = false,
                "--only-memory" => options.speed = false,
                "--help" | "-h" => options.job = Job::Help,
                "--child" => options.job = Job::Launch,
                "--memory-child" => options.job = Job::Memory(value(&argument, rest.next())?),
                "--launches" => launches = Some(number(&argument, rest.next())?),
                "--rounds" => rounds = Some(number(&argument, rest.next())?),
                "--seed" => seed = Some(number(&argument, rest.next())?),
                "--block" => block = Some(number(&argument, rest.next())?),
                "--json" => options.json = Some(value(&argument, rest.next())?.into()),
                "--markdown" => {
                    options.markdown = rest.next_if(|next| !next.starts_with("--")).map(Into::into);
                }
                other => return Err(format!("unknown argument `{other}`")),
            }
        }
        options.quick = quick;
        options.launches = at_least_one("--launches", launches, if quick { 2 } else { 10 })?;
        options.rounds = at_least_one("--rounds", rounds, if quick { 10 } else { 300 })?;
        options.block = at_least_one("--block", block, 50)?;
        options.seed = seed.unwrap_or_else(seed_of_now);
        Ok(options)
    }

    pub fn settings(&self) -> Settings {
        Settings {
            seed: self.seed,
            rounds: self.rounds,
            block: Duration::from_micros(u64::from(self.block)),
        }
    }
}

fn shown(arguments: &[String]) -> String {
    let given = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| *argument != "--bench");
    let mut command = "cargo bench --manifest-path probe/rivals/Cargo.toml --".to_owned();
    for argument in given {
        command.push(' ');
        command.push_str(argument);
    }
    command
}

fn value(name: &str, value: Option<String>) -> Result<String, String> {
    value.ok_or_else(|| format!("`{name}` needs a value"))
}

fn number(name: &str, text: Option<String>) -> Result<u64, String> {
    let text = value(name, text)?;
    text.parse()
        .map_err(|_| format!("`{name}` needs a whole number, not `{text}`"))
}

fn at_least_one(name: &str, given: Option<u64>, default: u32) -> Result<u32, String> {
    match given.map(u32::try_from) {
        None => Ok(default),
        Some(Ok(number)) if number > 0 => Ok(number),
        Some(_) => Err(format!("`{name}` needs a number from 1")),
    }
}

fn seed_of_now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos() & u128::from(u64::MAX)).unwrap_or(0)
    })
}
