//! Drawing findings for people, the way rustc does.
//!
//! Every text that comes in may hold what somebody else wrote: names of benchmarks, lines of a file, output of a
//! tool. Nothing of it may steer the terminal, so control characters are replaced by visible ones first.

use super::{Diagnostic, Place, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// Whether to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape codes.
    Plain,
    /// ANSI colours.
    Colour,
}

/// A mark over more lines than this is cut to its first line: what is wrong begins there.
const LONGEST_MARK: usize = 5;

/// One finding, ends with a newline.
#[must_use]
pub fn render(diagnostic: &Diagnostic, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(
        level
            .primary_title(one_line(&diagnostic.message))
            .id(diagnostic.code.as_str()),
    );
    if let Some(place) = &diagnostic.place {
        let excerpt = Excerpt::of(place);
        let label = Some(one_line(&place.label)).filter(|label| !label.is_empty());
        group = group.element(
            Snippet::source(excerpt.text)
                .path(one_line(&place.file))
                .line_start(excerpt.first_line)
                .annotation(AnnotationKind::Primary.span(excerpt.mark).label(label)),
        );
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(lines(note)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(lines(help)));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let mut text = renderer.render(&[group]);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
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

/// The marked lines of a file, fit for a terminal.
///
/// Only these are handed to the renderer, so that a thousand mistakes in a large file stay cheap.
struct Excerpt {
    text: String,
    /// Number of the first line in the file, from 1.
    first_line: usize,
    /// In `text`.
    mark: Range<usize>,
}

impl Excerpt {
    fn of(place: &Place) -> Self {
        let source: &str = &place.source;
        let start = source.floor_char_boundary(place.span.start.min(source.len()));
        let end = source.ceil_char_boundary(place.span.end.clamp(start, source.len()));
        // A mark that ends with a line break belongs to the line before.
        let end = start + source[start..end].trim_end_matches(['\r', '\n']).len();
        let end = if source[start..end].matches('\n').count() < LONGEST_MARK {
            end
        } else {
            start + source[start..].find('\n').unwrap_or(0)
        };
        let from = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = source[end..]
            .find('\n')
            .map_or(source.len(), |length| end + length);

        let mut text = String::with_capacity(to - from);
        let mut mark = 0..0;
        for (offset, c) in source[from..to].trim_end_matches('\r').char_indices() {
            if from + offset <= start {
                mark.start = text.len();
            }
            if from + offset <= end {
                mark.end = text.len();
            }
            match c {
                // The renderer widens tabs itself and needs line breaks as they are.
                '\t' | '\n' => text.push(c),
                '\r' if source[from + offset..].starts_with("\r\n") => {}
                _ => text.push(visible(c)),
            }
        }
        let length = from + source[from..to].trim_end_matches('\r').len();
        if start >= length {
            mark.start = text.len();
        }
        if end >= length {
            mark.end = text.len();
        }
        Self {
            text,
            first_line: source[..from].matches('\n').count() + 1,
            mark,
        }
    }
}

/// The character itself, or a visible stand-in for one that a terminal would obey.
fn visible(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // C1 controls (one of them begins an escape sequence), and marks that reorder or hide text.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        _ => c,
    }
}

/// Text that must stay on its line.
fn one_line(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Text that may have several lines; the renderer indents them.
fn lines(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' { c } else { visible(c) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Style, render, render_all};
    use crate::diagnostic::{Code, Diagnostic, Place};
    use proptest::prelude::*;
    use std::ops::Range;

    fn place(source: &str, span: Range<usize>, label: &str) -> Place {
        Place {
            file: "budgets.toml".to_owned(),
            source: source.into(),
            span,
            label: label.to_owned(),
        }
    }

    fn found(source: &str, needle: &str, label: &str) -> Diagnostic {
        let start = source.find(needle).unwrap();
        Diagnostic::error(Code::UnknownKey, "unknown key `slowr`").at(place(
            source,
            start..start + needle.len(),
            label,
        ))
    }

    const SOURCE: &str = "version = 1\n\n[[budget]]\nslowr = \"3%\"\nbench = \"a/*\"\n";

    #[test]
    fn a_finding_looks_like_rustc() {
        let finding = found(SOURCE, "slowr", "not a key of [[budget]]")
            .with_note("known keys: bench, slower")
            .with_help("did you mean `slower`?");
        insta::assert_snapshot!(render(&finding, Style::Plain), @r#"
        error[unknown-key]: unknown key `slowr`
         --> budgets.toml:4:1
          |
        4 | slowr = "3%"
          | ^^^^^ not a key of [[budget]]
          |
          = note: known keys: bench, slower
          = help: did you mean `slower`?
        "#);
    }

    #[test]
    fn a_finding_without_place_has_header_notes_and_help() {
        let finding = Diagnostic::warning(Code::NoBaseline, "no baseline")
            .with_note("looked in baselines/")
            .with_note("two\nlines")
            .with_help("run `tollgate baseline accept`");
        insta::assert_snapshot!(render(&finding, Style::Plain), @r"
        warning[no-baseline]: no baseline
         |
         = note: looked in baselines/
         = note: two
                 lines
         = help: run `tollgate baseline accept`
        ");
        let bare = Diagnostic::note(Code::PartialRun, "cut short");
        assert_eq!(
            render(&bare, Style::Plain),
            "note[partial-run]: cut short\n"
        );
    }

    #[test]
    fn several_findings_have_a_blank_line_between() {
        let one = Diagnostic::note(Code::PartialRun, "one");
        let two = Diagnostic::note(Code::PartialRun, "two");
        assert_eq!(
            render_all(&[one, two], Style::Plain),
            "note[partial-run]: one\n\nnote[partial-run]: two\n"
        );
        assert_eq!(render_all(&[], Style::Plain), "");
    }

    #[test]
    fn colour_only_adds_escape_codes() {
        let finding = found(SOURCE, "slowr", "here").with_help("did you mean `slower`?");
        let colour = render(&finding, Style::Colour);
        assert!(colour.contains("\u{1b}["), "{colour:?}");
        let stripped = anstream::adapter::strip_str(&colour).to_string();
        assert_eq!(stripped, render(&finding, Style::Plain));
    }

    #[test]
    fn the_mark_stands_right_behind_wide_text_tabs_and_crlf() {
        let source = "# 日本語\r\n\tname = \"größe\"   # 👍\r\nslowr = 1\r\n";
        insta::assert_snapshot!(render(&found(source, "# 👍", "here"), Style::Plain), @r#"
        error[unknown-key]: unknown key `slowr`
         --> budgets.toml:2:19
          |
        2 |     name = "größe"   # 👍
          |                      ^^^^ here
        "#);
        insta::assert_snapshot!(render(&found(source, "slowr", ""), Style::Plain), @r"
        error[unknown-key]: unknown key `slowr`
         --> budgets.toml:3:1
          |
        3 | slowr = 1
          | ^^^^^
        ");
    }

    #[test]
    fn terminals_get_no_control_characters() {
        let evil = "\u{1b}[31mred\u{1b}[0m\u{7}\u{9b}2J\u{202e}\rx\u{8}";
        let source = format!("ok = 1\nbad = \"{evil}\" # \u{1b}]0;title\u{7}\n");
        let finding = found(&source, evil, &format!("label {evil}\nerror: forged"))
            .with_note(format!("note {evil}"))
            .with_help(format!("help {evil}"));
        let finding = Diagnostic {
            message: format!("message {evil}\nerror: forged"),
            ..finding
        };
        let text = render(&finding, Style::Plain);
        for c in text.chars() {
            assert!(c == '\n' || !c.is_control(), "{c:?} in {text}");
            assert_ne!(c, '\u{202e}');
        }
        assert!(!text.lines().any(|line| line.starts_with("error: forged")));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_long_mark_is_cut_to_its_first_line() {
        let source = format!("a = [\n{}]\nb = 1\n", "  1,\n".repeat(40));
        let end = source.find(']').unwrap() + 1;
        let finding =
            Diagnostic::error(Code::InvalidValue, "too long").at(place(&source, 4..end, "here"));
        insta::assert_snapshot!(render(&finding, Style::Plain), @r"
        error[invalid-value]: too long
         --> budgets.toml:1:5
          |
        1 | a = [
          |     ^ here
        ");
    }

    #[test]
    fn spans_out_of_range_point_at_the_end() {
        for span in [1_000..2_000, usize::MAX - 1..usize::MAX, 50..1_000] {
            let finding =
                Diagnostic::error(Code::MissingKey, "gone").at(place(SOURCE, span, "here"));
            let text = render(&finding, Style::Plain);
            assert!(text.contains("--> budgets.toml:"), "{text}");
        }
        let empty = Diagnostic::error(Code::MissingKey, "empty").at(place("", 0..0, "here"));
        insta::assert_snapshot!(render(&empty, Style::Plain), @r"
        error[missing-key]: empty
         --> budgets.toml:1:1
          |
        1 |
          | ^ here
        ");
    }

    proptest! {
        #[test]
        fn rendering_never_panics_and_names_the_line(source in "(?s).{0,60}", a in 0..80_usize, b in 0..80_usize) {
            let place = place(&source, a..b, "here");
            let (line, _) = place.line_column();
            let finding = Diagnostic::error(Code::InvalidValue, "message").at(place);
            let text = render(&finding, Style::Plain);
            let expected = format!("--> budgets.toml:{line}:");
            prop_assert!(text.contains(&expected), "{} not in {}", expected, text);
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", text);
        }
    }
}
