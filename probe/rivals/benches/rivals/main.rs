//! What tollgate-probe costs beside other crates: `cargo bench --manifest-path probe/rivals/Cargo.toml -- --markdown`.
//!
//! Within a process all arms are measured in random order in every round, and compared by round: what disturbs the
//! machine disturbs all of them. But where code and data lie in memory is drawn once for each process, and no number of
//! rounds averages that; so the bench starts itself several times, and its intervals are over these launches.

mod arm;
mod arms;
mod driver;
mod measure;
mod memory;
mod options;
mod report;

use options::{Job, Options};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match Options::of(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    let done = match &options.job {
        Job::Help => {
            println!("{}", options::USAGE);
            Ok(())
        }
        Job::Drive => driver::drive(&options),
        Job::Launch => driver::print(&measure::launch(options.settings())),
        Job::Memory(subject) => match memory::measure(subject, options.seed) {
            Some(bytes) => driver::print(&bytes),
            None => Err(format!("there is no subject `{subject}`")),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
