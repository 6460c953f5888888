//! The report model and its renderings: terminal, Markdown, JSON. Pure.
//!
//! [`Report::build`] gathers once what is worth saying of a judged run; every renderer takes `&Report` and
//! returns text. Whatever a renderer needs stands in the model, so that readers of the JSON get it too.
//!
//! Names of benchmarks come from the code under test and are hostile until shown otherwise: the terminal
//! shows them by [`safe_name`], Markdown by [`escape_cell`].

mod across;
mod advice;
mod build;
mod cells;
mod claims;
mod cost;
mod explain;
mod headline;
mod json;
mod load;
mod markdown;
mod model;
mod phrases;
mod reproduce;
mod rows;
mod terminal;
mod text;

#[cfg(test)]
mod paired_samples;
#[cfg(test)]
mod paired_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod workload_tests;

pub use across::{across_text, across_why};
pub use cells::{row_line, short_name};
pub use explain::{ExplainInput, explain, find_benchmark};
pub use json::{REPORT_FORMAT, REPORT_VERSION, json};
pub use load::{Cell, CheckLine, Line, LoadReport, Mark, Waited, load_markdown, load_terminal};
pub use markdown::{Frame, MARKDOWN_LIMIT, Pages, Rest, Size, escape_cell, markdown};
pub use model::{
    BudgetLine, Finding, Headline, Machine, Meta, Reason, Report, Row, Sensitivity, SkippedGroup,
    SuiteSides, WaiverLine,
};
pub(crate) use reproduce::glob_escape;
pub use terminal::{TerminalOptions, terminal};
pub use text::safe_name;
pub(crate) use text::{guard_line, guard_lines, safe_lines};
