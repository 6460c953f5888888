//! What is said of a verdict, read by Markdown implementations that are not ours: comrak, and GitHub's own cmark-gfm where
//! Debian's package is installed.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start processes"
)]

mod commands;
mod html;
mod limits;
mod markup;
mod renderers;
mod reports;
