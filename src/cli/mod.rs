//! Edge: the command line.

pub mod doctor;

use std::process::ExitCode;

/// Entry of the binaries.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::from(2)
}
