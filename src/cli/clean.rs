//! `tollgate clean`: removes what `check --base` keeps of other revisions.

use super::terminal::Terminal;
use super::{CliError, check};
use crate::build;
use crate::verdict::ExitCode;

pub(crate) fn run(terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = std::env::current_dir()?;
    let interrupt = check::interruptible()?;
    let cache = build::cache_root();
    let removed = build::clean(&directory, &cache, &interrupt)?;
    terminal.output(&match removed {
        0 => "nothing of this repository is kept\n".to_owned(),
        1 => "removed 1 checkout with its build\n".to_owned(),
        more => format!("removed {more} checkouts with their builds\n"),
    })?;
    Ok(ExitCode::Pass)
}
