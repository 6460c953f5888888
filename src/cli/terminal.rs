//! The user's terminal: what goes to stdout, what to stderr, width and colour.

use crate::diagnostic::Style;
use crate::report::guard_lines;
use anstream::ColorChoice;
use std::io::{IsTerminal, Write};

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    /// When the output is a terminal that can show it and NO_COLOR is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where text goes.
#[derive(Debug)]
pub(crate) struct Terminal {
    when: When,
}

impl Terminal {
    pub(crate) const fn new(when: When) -> Self {
        Self { when }
    }

    /// Writes an answer for people; no line of it is a command to the runner whose log it may end up in.
    ///
    /// # Errors
    /// As [`output_exact`](Self::output_exact).
    pub(crate) fn output(&self, text: &str) -> std::io::Result<()> {
        self.output_exact(&guard_lines(text))
    }

    /// Writes an answer for programs, byte for byte.
    ///
    /// # Errors
    /// The text could not be written, a full disk for example. A closed stdout is no error: who stopped reading has
    /// what they wanted, and whether somebody reads must never change an exit code.
    pub(crate) fn output_exact(&self, text: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Writes what is for people and not part of the answer, guarded as [`output`](Self::output) is.
    pub(crate) fn error(&self, text: &str) {
        write_stderr(text);
    }

    /// Writes commands to GitHub's runner, which takes them from stderr too: stdout may be an answer for programs. The
    /// only text that is not guarded, so it must be escaped by whoever made it.
    pub(crate) fn commands(&self, lines: &str) {
        let mut err = std::io::stderr().lock();
        // Without a reader there is no runner.
        let _written = err.write_all(lines.as_bytes()).and_then(|()| err.flush());
    }

    pub(crate) fn output_colour(&self) -> bool {
        self.colour(&std::io::stdout())
    }

    pub(crate) fn error_colour(&self) -> bool {
        self.colour(&std::io::stderr())
    }

    pub(crate) fn output_style(&self) -> Style {
        if self.output_colour() {
            Style::Colour
        } else {
            Style::Plain
        }
    }

    pub(crate) fn error_style(&self) -> Style {
        if self.error_colour() {
            Style::Colour
        } else {
            Style::Plain
        }
    }

    fn colour<S: anstream::stream::RawStream>(&self, stream: &S) -> bool {
        match self.when {
            When::Always => true,
            When::Never => false,
            // Looks at NO_COLOR, CLICOLOR, TERM and whether it is a terminal.
            When::Auto => anstream::AutoStream::choice(stream) != ColorChoice::Never,
        }
    }

    /// Columns of the terminal; 80 when there is none to ask. `COLUMNS` overrides.
    pub(crate) fn width(&self) -> usize {
        let asked = std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse::<usize>().ok())
            .filter(|columns| *columns > 0);
        asked
            .or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
            .unwrap_or(80)
    }

    /// Whether a person watches stderr.
    pub(crate) fn is_interactive(&self) -> bool {
        std::io::stderr().is_terminal()
    }
}

/// Writes to stderr, guarded. A closed stderr is nobody's problem: `eprintln!` would panic.
pub(super) fn write_stderr(text: &str) {
    let mut err = std::io::stderr().lock();
    let _written = err
        .write_all(guard_lines(text).as_bytes())
        .and_then(|()| err.flush());
}
