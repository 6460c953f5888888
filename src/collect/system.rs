//! The bundled benchmarks of the machine, in a fresh process of tollgate's own.

use super::process::Interrupt;
use super::{CollectError, Unit, UnitMeasured};
use crate::measurement::FailureKind;
use std::path::Path;
use std::time::Duration;

/// Each benchmark is a unit.
pub(super) fn list() -> Vec<Unit> {
    Vec::new()
}

/// Runs one of them.
pub(super) fn measure(
    unit: &Unit,
    _program: &Path,
    _timeout: Duration,
    _interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    Err(CollectError::Failed {
        kind: FailureKind::NotStarted,
        detail: format!("there is no benchmark `{}`", unit.filter),
    })
}
