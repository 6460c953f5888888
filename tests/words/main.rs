//! What is said of a verdict, read by Markdown implementations that are not ours: comrak, and GitHub's own cmark-gfm where
//! Debian's package is installed.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests start processes and stop where something is wrong"
)]

mod commands;
mod html;
mod limits;
mod markup;
mod renderers;
mod reports;
