//! Names of queries: the shape of a statement without what was in it.

use std::borrow::Cow;

/// Bytes of a name.
const LONGEST: usize = 200;
/// Bytes of a statement that are looked at.
const READ: usize = 4096;

/// What to call a query: a name stays as it is, of a statement stays its shape.
///
/// Literals (text, numbers, parameters) become `?`, lists of them one `?`, so that the same statement with other values
/// is the same series and no value of a user becomes a label. Comments go; white space, line ends and control characters
/// become one space; signs of no alphabet go. At most 200 bytes are left, and 4096 are looked at.
///
/// Where dialects read the same text differently (a backslash before a quote, `#`, `--` without a space, comments in
/// comments), the rest is cut: one reading would take the inside of a literal for its outside.
///
/// ```
/// use tollgate_probe::tracker::sanitise_query;
/// assert_eq!(sanitise_query("load_user"), "load_user");
/// assert_eq!(
///     sanitise_query("SELECT *\n FROM users WHERE name = 'O''Hara' AND id IN (1, 2, 3)"),
///     "SELECT * FROM users WHERE name = ? AND id IN (?)"
/// );
/// ```
#[must_use]
pub fn sanitise_query(statement: &str) -> String {
    let start = &statement[..statement.floor_char_boundary(READ)];
    let mut scan = Scan {
        rest: start,
        out: String::new(),
    };
    let whole = scan.run() && start.len() == statement.len();
    let mut name = scan.out;
    name.truncate(name.trim_end().len());
    if name.len() > LONGEST || !whole {
        const CUT: &str = "\u{2026}";
        name.truncate(name.floor_char_boundary(LONGEST - CUT.len()));
        name.push_str(CUT);
    }
    if name.is_empty() {
        "unnamed".into()
    } else {
        name
    }
}

/// As [`sanitise_query`], without a copy for what is plainly a name.
pub(super) fn name_of(statement: &str) -> Cow<'_, str> {
    if is_name(statement) {
        Cow::Borrowed(statement)
    } else {
        Cow::Owned(sanitise_query(statement))
    }
}

/// Words of letters, digits and underscores, not beginning with a digit, with dots, colons and slashes between them.
fn is_name(text: &str) -> bool {
    let mut in_word = false;
    let plain = text.bytes().all(|byte| {
        let digit = byte.is_ascii_digit() && in_word;
        in_word = digit || byte.is_ascii_alphabetic() || byte == b'_';
        in_word || matches!(byte, b'.' | b':' | b'/')
    });
    plain && !text.is_empty() && text.len() <= LONGEST
}

struct Scan<'a> {
    rest: &'a str,
    out: String,
}

impl Scan<'_> {
    /// Whether it came to the end.
    fn run(&mut self) -> bool {
        while let Some(next) = self.rest.chars().next() {
            if self.out.len() > LONGEST {
                return false;
            }
            let went_on = match next {
                '\'' | '"' => self.literal(next),
                '$' => self.dollar(),
                '0'..='9' if !self.in_word() => self.number(),
                '-' if self.rest.starts_with("--") => self.line_comment(),
                '/' if self.rest.starts_with("/*") => self.comment(),
                '#' => false,
                _ => {
                    self.rest = &self.rest[next.len_utf8()..];
                    self.plain(next);
                    true
                }
            };
            if !went_on {
                return false;
            }
        }
        true
    }

    /// Whether what was written last is a word that a digit belongs to.
    fn in_word(&self) -> bool {
        self.out
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    fn plain(&mut self, next: char) {
        match next {
            c if c.is_whitespace() || c.is_control() => self.space(),
            ')' => {
                self.out.push(')');
                // Rows of values: `(?), (?)` are as good as one.
                for more in ["(?),(?)", "(?), (?)", "(?) , (?)"] {
                    if self.out.ends_with(more) {
                        self.out.truncate(self.out.len() - more.len() + "(?)".len());
                    }
                }
            }
            c if c.is_ascii_graphic() || c.is_alphanumeric() => self.out.push(c),
            _ => {}
        }
    }

    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    fn placeholder(&mut self) {
        let before = self.out.trim_end();
        let list = before.strip_suffix(',').map(str::trim_end);
        match list.filter(|list| list.ends_with('?')).map(str::len) {
            Some(one) => self.out.truncate(one),
            None => self.out.push('?'),
        }
    }

    /// To the closing quote; doubled quotes are inside.
    fn literal(&mut self, quote: char) -> bool {
        self.placeholder();
        let mut inside = &self.rest[1..];
        loop {
            let Some(end) = inside.find(quote) else {
                return false;
            };
            if inside[..end].ends_with('\\') {
                return false;
            }
            inside = &inside[end + 1..];
            match inside.strip_prefix(quote) {
                Some(more) => inside = more,
                None => break,
            }
        }
        self.rest = inside;
        true
    }

    /// `$1`, or `$tag$ text $tag$`.
    fn dollar(&mut self) -> bool {
        let after = &self.rest[1..];
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            self.placeholder();
            self.rest = &after[digits..];
            return true;
        }
        let word = after
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(after.len());
        if self.in_word() || !after[word..].starts_with('$') {
            self.out.push('$');
            self.rest = after;
            return true;
        }
        let (tag, inside) = self.rest.split_at(word + 2);
        self.placeholder();
        match inside.find(tag) {
            Some(end) => {
                self.rest = &inside[end + tag.len()..];
                true
            }
            None => false,
        }
    }

    /// Decimal, hexadecimal, with fraction or exponent.
    fn number(&mut self) -> bool {
        let mut end = 0;
        let mut before = ' ';
        for (at, c) in self.rest.char_indices() {
            let sign = matches!(c, '+' | '-')
                && matches!(before, 'e' | 'E')
                && !self.rest.starts_with("0x");
            if !(c.is_alphanumeric() || matches!(c, '_' | '.') || sign) {
                break;
            }
            before = c;
            end = at + c.len_utf8();
        }
        self.placeholder();
        self.rest = &self.rest[end..];
        true
    }

    /// Only with white space after the dashes is it a comment for all.
    fn line_comment(&mut self) -> bool {
        let after = &self.rest[2..];
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            return false;
        }
        self.space();
        self.rest = after.find('\n').map_or("", |end| &after[end..]);
        true
    }

    fn comment(&mut self) -> bool {
        self.space();
        let Some((inside, rest)) = self.rest[2..].split_once("*/") else {
            return false;
        };
        if inside.contains("/*") || inside.starts_with(['!', '+']) {
            return false;
        }
        self.rest = rest;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_they_are() {
        for name in [
            "load_user",
            "users.find_by_id",
            "orders/list",
            "cache2",
            "select t1.a from t1",
            "überweisung",
        ] {
            assert_eq!(sanitise_query(name), name);
            assert_eq!(name_of(name), name);
        }
        assert!(matches!(name_of("users.find2/by_id"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_same_statement_with_other_values_has_the_same_name() {
        for (a, b) in [
            ("select 1", "select 22"),
            ("where x = 1.5e-3", "where x = 0xFF"),
            ("where x = -1", "where x = -17"),
            ("in (1,2)", "in (1, 2, 3,4)"),
            ("in ('a')", "in ('b', 'c')"),
            ("values (1, 'a'), (2, 'b')", "values (3, 'c')"),
            ("where a = $1", "where a = $12"),
            ("select  a\n\tfrom b", "select a from b -- the reason\n"),
            ("select /* 1 */ a", "select /* 2 */ a"),
            ("x = $$it's$$ and y", "x = $tag$ $$ $tag$ and y"),
        ] {
            assert_eq!(sanitise_query(a), sanitise_query(b), "{a} | {b}");
        }
        assert_eq!(sanitise_query("values (1, 'a'), (2, 'b')"), "values (?)");
        assert_eq!(sanitise_query("f(1) + g(2), h(3)"), "f(?) + g(?), h(?)");
    }

    /// Whatever is inside a literal in one of the dialects is nowhere in the name.
    #[test]
    fn what_is_in_a_literal_does_not_get_out() {
        for hostile in [
            "a = 'SECRET'",
            "a = 'it''s SECRET'",
            "a = \"SECRET\"",
            "a = \"x\"\"SECRET\"",
            r"a = 'x\' SECRET' and b = 'y'",
            r"a = 'x\' and b = ' SECRET'",
            r"a = 'x\\' and b = 'SECRET'",
            "a = 'never ends SECRET",
            "a = $$SECRET$$",
            "a = $t$ $$ ' SECRET $t$",
            "a = $t$ never ends SECRET",
            "a -- it's a comment SECRET\n",
            "a --'x\n SECRET'",
            "a # it's\n 'SECRET'",
            "a /* 'SECRET */",
            "a /* /* ' */ SECRET ' */",
            "a /*! 'x */ SECRET'",
            "a /* never ends SECRET",
            "a = N'SECRET' and b = E'SECRET' and c = x'SECRET'",
            "a = 'one'\n'SECRET'",
        ] {
            let name = sanitise_query(hostile);
            assert!(!name.contains("SECRET"), "{hostile} -> {name}");
            assert!(name.starts_with('a'), "{hostile} -> {name}");
        }
    }

    #[test]
    fn control_characters_marks_and_line_ends_go() {
        let name = sanitise_query("a\0b\r\nc\u{1b}[31m\u{202e}d\u{200b}\u{2028}e");
        assert_eq!(name, "a b c [?d e");
    }

    #[test]
    fn megabytes_become_a_short_name_that_says_so() {
        for long in [
            "x".repeat(1 << 20),
            "é, ".repeat(1 << 20),
            "'".repeat((1 << 20) + 1),
            "$".repeat(1 << 20),
            "(".repeat(1 << 20),
        ] {
            let name = sanitise_query(&long);
            assert!(
                name.len() <= LONGEST && name.ends_with('\u{2026}'),
                "{name}"
            );
        }
        let list = format!("in ({})", "1, ".repeat(1000));
        assert_eq!(sanitise_query(&list), "in (?, )");
    }

    #[test]
    fn nothing_has_a_name_too() {
        for nothing in ["", " \n", "\0", "-- only a comment", "/* */"] {
            assert_eq!(sanitise_query(nothing), "unnamed", "{nothing:?}");
        }
        assert_eq!(sanitise_query("#"), "\u{2026}");
    }

    #[test]
    fn every_name_is_short_and_plain_whatever_comes() {
        let pieces = [
            "'", "\"", "\\", "$", "$t$", "--", "-- ", "/*", "*/", "#", "\n", "é", "_", "/", ".",
            "7", "1e", "+", "(", ")", ",", "?", "a", "\u{202e}",
        ];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            let name = sanitise_query(&text);
            assert_eq!(name_of(&text), name);
            assert!(!name.is_empty() && name.len() <= LONGEST, "{text:?}");
            assert!(
                !name.contains(['\'', '"', '\n', '\u{202e}']),
                "{text:?} -> {name}"
            );
        }
    }
}
