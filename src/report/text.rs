//! Text from outside made safe and fitted into columns.

use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Shows a text from outside so that it stays on its line and cannot change how the rest is shown.
///
/// Control characters (newline, ANSI escapes), bidirectional marks and invisible characters become visible
/// escapes: `\n`, `\u{1b}`; `##[` gets a backslash (`guard_line` says why). Everything else stays as it is. For
/// people: machine formats carry the text itself.
#[must_use]
pub fn safe_name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if deceives(c) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            '[' if shown.ends_with("##") => shown.push_str("\\["),
            c => shown.push(c),
        }
    }
    shown
}

/// A line of a log that GitHub's runner does not take for a command of ours.
///
/// The runner acts on `::` at the start of a line, after any white space, and on `##[` anywhere in it. Both get a
/// backslash. Colours stay.
#[must_use]
pub(crate) fn guard_line(line: &str) -> String {
    let text = line.trim_start();
    let guarded = if text.starts_with("::") {
        let indent = &line[..line.len() - text.len()];
        format!("{indent}\\{text}")
    } else {
        line.to_owned()
    };
    guarded.replace("##[", "##\\[")
}

/// [`guard_line`] for every line of a text; line ends stay as they are.
#[must_use]
pub(crate) fn guard_lines(text: &str) -> String {
    text.split_inclusive('\n').map(guard_line).collect()
}

/// Text from outside that may have several lines, such as what git or cargo say: each line is safe and guarded.
#[must_use]
pub(crate) fn safe_lines(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            let (line, end) = match line.strip_suffix('\n') {
                Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
                None => (line, ""),
            };
            guard_line(&safe_name(line)) + end
        })
        .collect()
}

/// Characters that move the cursor, reorder the line or take no room though they make a name another one.
pub(super) fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' // zero width, direction marks
            | '\u{2028}'..='\u{202e}' // separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}' // joiners, isolates, deprecated format characters
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers, drawn as nothing
            | '\u{feff}' | '\u{fff9}'..='\u{fffc}'
            | '\u{e0000}'..='\u{e007f}') // tags
}

/// Columns that a terminal needs for the text.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// At most `max` columns: the middle gives way to `…`, because benchmark names differ at both ends.
pub(super) fn shorten_middle(text: &str, max: usize) -> String {
    shorten(text, max, max.saturating_sub(1) / 2)
}

/// At most `max` columns, the end gives way to `…`.
pub(super) fn shorten_end(text: &str, max: usize) -> String {
    shorten(text, max, 0)
}

fn shorten(text: &str, max: usize, tail_columns: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    if max == 0 {
        return String::new();
    }
    let tail = suffix(text, tail_columns);
    let mut head: Vec<char> = prefix(text, max - 1 - tail_columns).chars().collect();
    loop {
        let shown: String = head.iter().chain(&['…']).collect::<String>() + tail;
        // Sequences may be wider than their characters one by one (emoji presentation).
        if width(&shown) <= max {
            return shown;
        }
        if head.pop().is_none() {
            return "…".to_owned();
        }
    }
}

/// The longest start of at most `columns`, counted by characters.
fn prefix(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The longest end of at most `columns`, counted by characters, that does not start with a combining mark.
fn suffix(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        let wide = c.width().unwrap_or(0);
        used += wide;
        if used > columns {
            break;
        }
        if wide > 0 {
            start = at;
        }
    }
    &text[start..]
}

/// Breaks a safe text into lines of at most `columns` (at least 1), at spaces where there are any.
///
/// A line that would start with `::` gets a backslash: GitHub's log would take it for a command.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(4);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        if !line.is_empty() {
            let longer = format!("{line} {word}");
            if width(&longer) <= columns {
                line = longer;
                continue;
            }
            lines.push(std::mem::take(&mut line));
        }
        loop {
            let guard = if word.starts_with("::") { "\\" } else { "" };
            let mut cut = prefix(word, columns - guard.len());
            while width(cut) + guard.len() > columns {
                cut = &cut[..cut.char_indices().next_back().map_or(0, |(at, _)| at)];
            }
            if cut.is_empty() {
                // Not even one character fits; cannot be with four columns, and must not loop.
                break;
            }
            line = format!("{guard}{cut}");
            word = &word[cut.len()..];
            if word.is_empty() {
                break;
            }
            lines.push(std::mem::take(&mut line));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `1 check`, `2 checks`.
pub(super) fn plural(count: u32, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_and_foreign_names_stay_as_they_are() {
        for name in [
            "parse/large",
            "a b",
            "größe/日本語",
            "x::<T>",
            "::x",
            "# [a] #[b] ##",
            r"C:\bench",
            "",
        ] {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn control_ansi_and_bidi_characters_become_visible() {
        assert_eq!(safe_name("a\nb\r\tc"), r"a\nb\r\tc");
        assert_eq!(safe_name("\x1b[31mred"), r"\u{1b}[31mred");
        assert_eq!(safe_name("\u{202e}abc\u{200b}"), r"\u{202e}abc\u{200b}");
        assert_eq!(safe_name("\u{9b}2J\0"), r"\u{9b}2J\u{0}");
        assert_eq!(safe_name("a\u{2028}b\u{feff}"), r"a\u{2028}b\u{feff}");
    }

    #[test]
    fn commands_of_a_log_are_guarded_wherever_they_stand() {
        assert_eq!(guard_line("::error::x"), r"\::error::x");
        assert_eq!(guard_line(" \u{a0}\t::set-env"), " \u{a0}\t\\::set-env");
        assert_eq!(guard_line("a::b ##[group]###[x"), r"a::b ##\[group]###\[x");
        assert_eq!(safe_name("###[error]##[["), r"###\[error]##\[[");
        assert_eq!(guard_lines("a\n::b\n\n::c"), "a\n\\::b\n\n\\::c");
        assert_eq!(
            safe_lines("fatal: x\r\n  ::error::\x1b[1m\n##[y]\r##[z]"),
            "fatal: x\n  \\::error::\\u{1b}[1m\n##\\[y]\\r##\\[z]"
        );
        assert_eq!(safe_lines("one\n\ntwo\n"), "one\n\ntwo\n");
    }

    #[test]
    fn the_middle_gives_way() {
        assert_eq!(shorten_middle("group/function/1000", 11), "group…/1000");
        assert_eq!(shorten_middle("short", 5), "short");
        // Two columns a character: seven columns hold one on either side.
        assert_eq!(shorten_middle("日本語日本語", 7), "日…語");
        assert_eq!(shorten_end("abcdef", 4), "abc…");
        assert_eq!(shorten_middle("abc", 1), "…");
        assert_eq!(shorten_middle("abc", 0), "");
    }

    #[test]
    fn a_wrapped_line_cannot_start_a_log_command() {
        assert_eq!(wrap("ab ::error::x", 8), ["ab", "\\::error", "\\::x"]);
        assert!(wrap("", 10).is_empty());
    }

    proptest! {
        #[test]
        fn shortened_text_fits(text in "\\PC*", max in 0usize..60) {
            prop_assert!(width(&shorten_middle(&text, max)) <= max);
            prop_assert!(width(&shorten_end(&text, max)) <= max);
        }

        #[test]
        fn wrapped_lines_fit_and_lose_nothing(text in "[a-z日é\u{1f600} ]{0,200}", columns in 4usize..60) {
            let lines = wrap(&text, columns);
            for line in &lines {
                prop_assert!(width(line) <= columns, "{line:?}");
            }
            let kept: String = lines.concat().replace(' ', "");
            prop_assert_eq!(kept, text.replace(' ', ""));
        }

        #[test]
        fn guarded_lines_are_no_commands(text in "[:#\\[ \n\r\t\u{a0}\u{2003}a\u{1b}]{0,40}") {
            for guarded in [guard_lines(&text), safe_lines(&text)] {
                for line in guarded.split('\n') {
                    prop_assert!(!line.trim_start().starts_with("::"), "{line:?}");
                    prop_assert!(!line.contains("##["), "{line:?}");
                }
                prop_assert_eq!(guard_lines(&guarded), guarded);
            }
        }

        #[test]
        fn safe_text_has_no_control_character(text in any::<String>()) {
            prop_assert!(!safe_name(&text).chars().any(deceives));
        }
    }
}
