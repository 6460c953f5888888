//! Operating characteristics of the gate, simulated from a seed: how often it is red where nothing changed, what it finds, how many pairs
//! that takes, and the same for claims of low overhead. Prints Markdown; `docs/validation/operating.md` holds the result.
//!
//! ```text
//! cargo run --release --example operating [-- [--quick] [--runs N] [--seed N]]
//! ```
#![expect(
    clippy::disallowed_methods,
    reason = "a program: its arguments and its output"
)]

mod claims;
mod job;
mod noise;
mod relative;
mod show;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

/// What the committed page was made with.
const SEED: u64 = 20_261_121;
const RUNS: u32 = 2000;

/// Enough to see that it works, not enough to believe its figures.
const QUICK: u32 = 10;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to say it to where stderr is closed; the exit code says it as well.
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (mut seed, mut runs) = (SEED, RUNS);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || -> Result<u64, Box<dyn Error>> {
            let value = arguments.next().unwrap_or_default();
            (value.parse()).map_err(|_| format!("{argument} needs a number, not `{value}`").into())
        };
        match argument.as_str() {
            "--quick" => runs = QUICK,
            "--runs" => runs = u32::try_from(number()?)?,
            "--seed" => seed = number()?,
            _ => return Err(format!("unknown argument `{argument}`").into()),
        }
    }
    if runs < 2 {
        return Err("--runs must be at least 2".into());
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "Seed {seed}, {runs} runs.\n")?;
    relative::tables(&mut out, seed, runs)?;
    claims::table(&mut out, seed, runs.saturating_mul(2))?;
    Ok(())
}
