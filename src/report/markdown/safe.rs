//! Texts from outside as Markdown: code spans, cells of a table and fenced blocks, each of bounded size.

use crate::report::text::{safe_name, shorten_middle, wrap};
use std::borrow::Cow;

/// Columns of a fenced block: what a comment on GitHub shows without a scroll bar.
const BLOCK_COLUMNS: usize = 96;
/// Bytes of a fenced block, but for its last text.
const BLOCK_BYTES: usize = 6_000;
/// Backticks that may follow each other.
pub(super) const MOST_BACKTICKS: usize = 40;
/// Characters of one text in a fenced block.
const TEXT_CHARS: usize = 600;

/// A text from outside as a code span for a cell of a table.
///
/// Nothing in a code span is markup; what could end the span or the cell is dealt with: the fence is longer
/// than any run of backticks inside, pipes are escaped, line breaks, control and bidirectional characters
/// shown as escapes. GitHub's filters for mentions and issue numbers pass code by.
#[must_use]
pub fn escape_cell(text: &str) -> String {
    in_cell(span(&safe_name(text)))
}

/// The same in at most `columns` columns and twice as many characters; the middle of longer texts gives way.
pub(in crate::report) fn cell(text: &str, columns: usize) -> String {
    in_cell(span(&short(text, columns)))
}

/// As [`cell`], for any place but a table: there a backslash before a pipe would be seen.
pub(in crate::report) fn quote(text: &str, columns: usize) -> String {
    span(&short(text, columns))
}

/// Tables are split at pipes before anything else is looked at, and take off one backslash before a pipe, in code too.
fn in_cell(span: String) -> String {
    if span.contains('|') {
        span.replace('|', "\\|")
    } else {
        span
    }
}

/// A code span of a text that [`safe_name`] has seen.
fn span(safe: &str) -> String {
    let safe = &*with_short_runs(safe);
    if safe.trim().is_empty() {
        return "`(empty)`".to_owned();
    }
    let fence = "`".repeat(longest_run(safe) + 1);
    // A space on both sides is taken off again by the renderer; it keeps a backtick from joining the fence.
    let pad = if safe.starts_with(['`', ' ']) || safe.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{safe}{pad}{fence}")
}

/// Safe, on one line, and short whatever it is made of: columns say nothing of marks that take none.
pub(in crate::report) fn short(text: &str, columns: usize) -> String {
    // Most names are plain, and there may be thousands.
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'[';
    if text.len() <= columns && text.bytes().all(plain) {
        return text.to_owned();
    }
    // What is cheap comes first: a name may be of any length.
    let text = safe_name(&without_middle(text, 2 * columns));
    without_middle(&shorten_middle(&text, columns), 2 * columns).into_owned()
}

/// At most `most` characters: both ends, and `…` for what was between.
fn without_middle(text: &str, most: usize) -> Cow<'_, str> {
    // No text has more characters than bytes.
    if text.len() <= most || text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let half = most.saturating_sub(1) / 2;
    let head: String = text.chars().take(half).collect();
    let tail = (text.char_indices().rev().take(half).last()).map_or("", |(at, _)| &text[at..]);
    Cow::Owned(format!("{head}…{tail}"))
}

/// Backticks in one run; a run that is cut ends with `…`.
///
/// GitHub's renderer takes no fence of more than 80 for one, and what such a fence encloses would be markup.
fn with_short_runs(text: &str) -> Cow<'_, str> {
    if longest_run(text) <= MOST_BACKTICKS {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        match run.cmp(&(MOST_BACKTICKS + 1)) {
            std::cmp::Ordering::Less => out.push(c),
            std::cmp::Ordering::Equal => out.push('…'),
            std::cmp::Ordering::Greater => {}
        }
    }
    Cow::Owned(out)
}

pub(in crate::report) fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut current = 0;
    for byte in text.bytes() {
        current = if byte == b'`' { current + 1 } else { 0 };
        longest = longest.max(current);
    }
    longest
}

/// A fenced block of bounded size: each item on lines of its own, broken at spaces. Items that have no room are counted and
/// not written at all.
pub(in crate::report) fn block<T>(
    items: impl Iterator<Item = T>,
    write: impl Fn(T) -> String,
) -> String {
    let mut body = String::new();
    let mut left_out = 0_u32;
    for item in items {
        if left_out > 0 || body.len() > BLOCK_BYTES {
            left_out = left_out.saturating_add(1);
            continue;
        }
        let text = write(item);
        let indent = text.len() - text.trim_start_matches(' ').len();
        let hang = " ".repeat(indent.min(8));
        let text = safe_name(&without_middle(text.trim_start_matches(' '), TEXT_CHARS));
        for (at, line) in wrap(&text, BLOCK_COLUMNS - hang.len()).iter().enumerate() {
            let further = if at > 0 { "  " } else { "" };
            body.push_str(&format!("{hang}{further}{line}\n"));
        }
    }
    if left_out > 0 {
        body.push_str(&format!("… and {left_out} more\n"));
    }
    fenced("text", &body)
}

/// Lines that are shown as they are. They end with a line break, and stay within what the caller bounds.
pub(in crate::report) fn fenced(language: &str, body: &str) -> String {
    let fence = "`".repeat(longest_run(body).max(2) + 1);
    format!("{fence}{language}\n{body}{fence}\n")
}

/// Words of tollgate itself that may hold `<` and `>`.
pub(in crate::report) fn own(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_in_a_name_stays_text() {
        for (name, cell) in [
            ("plain/name", "`plain/name`"),
            ("a|b", "`a\\|b`"),
            ("x`y``z", "```x`y``z```"),
            ("`", "`` ` ``"),
            ("<img src=x onerror=1>", "`<img src=x onerror=1>`"),
            ("@octocat #12", "`@octocat #12`"),
            ("![i](http://e)", "`![i](http://e)`"),
            ("a\nb\r\n", r"`a\nb\r\n`"),
            ("--> **x** _y_", "`--> **x** _y_`"),
            ("\u{202e}abc", r"`\u{202e}abc`"),
            (" ", "`(empty)`"),
            ("", "`(empty)`"),
            (" lead", "`  lead `"),
        ] {
            assert_eq!(escape_cell(name), cell);
        }
    }

    #[test]
    fn outside_of_tables_pipes_are_as_they_are() {
        assert_eq!(quote(r"a|b\|c", 20), r"`a|b\|c`");
    }

    #[test]
    fn no_fence_is_too_long_for_a_renderer() {
        let name = format!("{}<b>{}", "`".repeat(100), "`".repeat(41));
        let fence = "`".repeat(41);
        let run = "`".repeat(40);
        assert_eq!(
            escape_cell(&name),
            format!("{fence} {run}…<b>{run}… {fence}")
        );
    }

    #[test]
    fn long_texts_keep_both_ends() {
        assert_eq!(without_middle("abcdef", 6), "abcdef");
        assert_eq!(without_middle("abcdefg", 5), "ab…fg");
        assert_eq!(without_middle("äöüß€日本", 5), "äö…日本");
        assert_eq!(without_middle("abc", 0), "…");
        let marks = format!("start{}end", "\u{301}".repeat(100_000));
        let shown = short(&marks, 100);
        assert!(shown.chars().count() <= 200, "{}", shown.chars().count());
        assert!(shown.starts_with("start") && shown.ends_with("end"));
    }

    #[test]
    fn a_block_breaks_long_texts_and_counts_what_it_leaves_out() {
        let texts = ["one".to_owned(), format!("  help: {}", "word ".repeat(40))];
        let text = block(texts.into_iter(), |text| text);
        assert!(text.starts_with("```text\none\n  help: word"), "{text}");
        assert!(
            text.lines().all(|line| line.len() <= BLOCK_COLUMNS + 2),
            "{text}"
        );
        assert_eq!(text.matches("word").count(), 40);
        let many = block(0..10_000, |at| format!("{at} ```` {}", "x".repeat(900)));
        assert!(
            many.len() < BLOCK_BYTES + TEXT_CHARS * 5 + 100,
            "{}",
            many.len()
        );
        assert!(many.starts_with("`````text\n") && many.ends_with("more\n`````\n"));
    }

    proptest! {
        #[test]
        fn a_cell_is_one_span_on_one_line(name in any::<String>()) {
            let cell = escape_cell(&name);
            prop_assert!(!cell.contains(['\n', '\r']));
            let fence = cell.chars().take_while(|c| *c == '`').count();
            let inner = &cell[fence..cell.len() - fence];
            prop_assert!(longest_run(inner) != fence);
            // Every pipe has a backslash before it.
            let bytes = inner.as_bytes();
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert!(*byte != b'|' || (at > 0 && bytes[at - 1] == b'\\'));
            }
        }

        #[test]
        fn a_short_text_is_short(text in any::<String>(), times in 1_usize..200, columns in 2_usize..120) {
            let shown = short(&text.repeat(times), columns);
            prop_assert!(shown.chars().count() <= 2 * columns);
            prop_assert!(crate::report::text::width(&shown) <= columns);
        }
    }
}
