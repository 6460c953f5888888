//! Drawing findings for people.

use super::Diagnostic;

/// Whether to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape codes.
    Plain,
    /// ANSI colours.
    Colour,
}

/// One finding, ends with a newline.
#[must_use]
pub fn render(_diagnostic: &Diagnostic, _style: Style) -> String {
    unimplemented!()
}

/// All findings, a blank line between two.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], style: Style) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| render(diagnostic, style))
        .collect::<Vec<_>>()
        .join("\n")
}
