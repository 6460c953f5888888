//! Records the data of `docs/validation` and scores decision rules on it.
//!
//! ```text
//! cargo run --release --example validation -- record FILE
//! cargo run --release --example validation -- score
//! ```
//!
//! Not part of the product: it uses tollgate as a library and is run by hand and by CI.

mod data;
mod kernels;
#[expect(
    clippy::disallowed_methods,
    reason = "edge: measures, with clock and standard streams"
)]
mod measure;
#[expect(clippy::disallowed_methods, reason = "edge: burns time on purpose")]
mod neighbour;
#[expect(
    clippy::disallowed_methods,
    reason = "edge: starts processes and writes the recording"
)]
mod record;
mod rules;
#[expect(
    clippy::disallowed_methods,
    reason = "edge: reads the recording and writes the document"
)]
mod score;
mod table;
mod tally;
#[cfg(test)]
mod testing;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::process::ExitCode;

/// Records and scores the data of docs/validation.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Measure everything once (half an hour).
    Record(record::Record),
    /// Score every rule on a recording: print, `--write` into the document, or `--check` it.
    Score(score::Score),
    /// What the recorder starts.
    #[command(hide = true)]
    Measure(measure::Measure),
    /// What the recorder starts to be disturbed.
    #[command(hide = true)]
    Neighbour(neighbour::Neighbour),
}

fn main() -> ExitCode {
    let done: Result<(), Box<dyn Error>> = match Arguments::parse().command {
        Action::Record(record) => record::run(&record).map_err(Into::into),
        Action::Score(score) => score::run(&score).map_err(Into::into),
        Action::Measure(measure) => measure::run(&measure).map_err(Into::into),
        Action::Neighbour(neighbour) => neighbour::run(&neighbour).map_err(Into::into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::disallowed_macros, reason = "edge: the last word of a program")]
fn complain(error: &dyn Error) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
