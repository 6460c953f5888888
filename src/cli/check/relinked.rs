//! Layouts of the two sides, made by the linker when a pair needs them.

use super::Job;
use crate::budget::LayoutSettings;
use crate::build::{self, RelinkInput, Relinker, Relinking};
use crate::cli::{CliError, chain};
use crate::collect::CollectError;
use crate::collect::process::Interrupt;
use crate::collect::suite::{Layouts, Relink};
use crate::measurement::{FailureKind, Side};
use crate::report::safe_lines;
use std::path::PathBuf;
use std::rc::Rc;

/// Layouts of a suite as budgets.toml asks for them; as linked by cargo where the linker cannot make others.
pub(super) fn layouts(
    job: &Job<'_>,
    settings: LayoutSettings,
    input: &RelinkInput<'_>,
) -> Result<Layouts, CliError> {
    if settings.relinks == 0 {
        return Ok(Layouts::AsLinked(Some(
            "`relinks = 0` in [layout]".to_owned(),
        )));
    }
    Ok(match Relinking::new(input, job.interrupt)? {
        Relinking::Available(relinker) => Layouts::Shuffled(Rc::new(Shuffled {
            relinker,
            count: settings.relinks,
        })),
        Relinking::Unavailable(why) => {
            // A default that cannot be had is in the report; a wish that cannot is said at once.
            if settings.asked {
                job.terminal.error(&safe_lines(&format!(
                    "tollgate: warning: layouts are not randomised: {why}\n"
                )));
            }
            Layouts::AsLinked(Some(why))
        }
    })
}

struct Shuffled {
    relinker: Box<Relinker>,
    count: u32,
}

impl Relink for Shuffled {
    fn count(&self) -> u32 {
        self.count
    }

    fn executable(
        &self,
        side: Side,
        layout: u32,
        interrupt: &Interrupt,
    ) -> Result<PathBuf, CollectError> {
        let refused = |detail: String| CollectError::Failed {
            kind: FailureKind::NotStarted,
            detail,
        };
        let layout =
            u16::try_from(layout).map_err(|_| refused(format!("there is no layout {layout}")))?;
        let link = |side| self.relinker.executable(side, layout, interrupt);
        // Both before the first is run: a link between the two processes of a pair would disturb the second.
        let both = link(build::Side::Base).and_then(|base| {
            link(build::Side::Candidate).map(|candidate| match side {
                Side::Base => base,
                Side::Candidate => candidate,
            })
        });
        both.map_err(|error| match error {
            build::BuildError::Interrupted => CollectError::Interrupted,
            other => refused(chain(&other)),
        })
    }
}
