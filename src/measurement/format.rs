//! The Run file: versioned JSON. See `docs/run-format.md`.

use super::Run;

/// The version that this tollgate writes; it reads this one and, once there is one, the one before.
pub const FORMAT_VERSION: u32 = 1;

/// Why a text is no Run file, with the file and the field or line.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct FormatError {
    /// As the user named it.
    pub file: String,
    /// What is wrong and where, and what to do.
    pub problem: String,
}

/// Reads and validates a Run file. `file` is only named in errors.
///
/// # Errors
/// Not JSON, not a Run file, a version that is unknown, a field that is missing, unknown, negative or not finite.
pub fn read_run(_file: &str, _bytes: &[u8]) -> Result<Run, FormatError> {
    unimplemented!()
}

/// Writes a Run file; floats come back bit for bit.
///
/// # Errors
/// From the writer only.
pub fn write_run(_run: &Run, _out: &mut dyn std::io::Write) -> std::io::Result<()> {
    unimplemented!()
}
