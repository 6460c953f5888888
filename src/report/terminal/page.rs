//! Lines that fit the terminal, coloured or not.

use super::TerminalOptions;
use crate::report::text;
use anstyle::{AnsiColor, Style};

pub(in crate::report) const PLAIN: Style = Style::new();
pub(in crate::report) const DIM: Style = Style::new().dimmed();
pub(in crate::report) const BOLD: Style = Style::new().bold();
pub(in crate::report) const RED: Style = AnsiColor::Red.on_default();
pub(in crate::report) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(in crate::report) const GREEN: Style = AnsiColor::Green.on_default();

/// Before the details of a row or finding.
pub(in crate::report) const INDENT: usize = 4;

/// Lines that fit, coloured or not.
pub(in crate::report) struct Page {
    pub(in crate::report) options: TerminalOptions,
    pub(in crate::report) out: String,
}

impl Page {
    pub(in crate::report) fn new(options: TerminalOptions) -> Self {
        Self {
            options: TerminalOptions {
                width: options.width.max(40),
                ..options
            },
            out: String::new(),
        }
    }

    pub(in crate::report) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line of spans; cut at the page's edge, without spaces at its end.
    pub(in crate::report) fn line(&mut self, spans: &[(Style, String)]) {
        let whole: String = spans.iter().map(|(_, text)| text.as_str()).collect();
        let whole = text::shorten_end(whole.trim_end(), self.options.width);
        if !self.options.colour {
            self.out.push_str(&whole);
            self.out.push('\n');
            return;
        }
        let mut rest = whole.as_str();
        for (style, span) in spans {
            // A cut line differs from its spans only behind the cut, where `…` stands.
            let shared = common_prefix(rest, span);
            let (now, later) = rest.split_at(shared);
            self.styled(*style, now);
            rest = later;
            if shared < span.len() {
                break;
            }
        }
        self.out.push_str(rest);
        self.out.push('\n');
    }

    /// A paragraph, wrapped, with everything after its first line indented further.
    pub(in crate::report) fn prose(&mut self, indent: usize, style: Style, text: &str) {
        const HANGING: usize = 2;
        let room = self.options.width - indent - HANGING;
        for (at, line) in text::wrap(text, room).into_iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + HANGING };
            self.line(&[(PLAIN, " ".repeat(indent)), (style, line)]);
        }
    }

    fn styled(&mut self, style: Style, text: &str) {
        if text.is_empty() || style == PLAIN {
            self.out.push_str(text);
        } else {
            self.out.push_str(&format!("{style}{text}{style:#}"));
        }
    }
}

/// Bytes that both start with, at a character boundary.
fn common_prefix(one: &str, other: &str) -> usize {
    one.char_indices()
        .zip(other.chars())
        .find(|((_, a), b)| a != b)
        .map_or(one.len().min(other.len()), |((at, _), _)| at)
}
