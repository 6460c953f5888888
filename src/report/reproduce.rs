//! The command that measures one benchmark again, safe to paste into a shell.

use super::text;
use crate::measurement::{BenchmarkId, Revision};

/// The word of `--base` for the revision of `[anchor]`.
pub(super) const ANCHOR: &str = "anchor";

/// Words of the command; each entry stays on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    base: Option<String>,
    benchmark: String,
    seed: String,
}

impl Command {
    pub(super) fn new(benchmark: &BenchmarkId, base: Option<&Revision>, seed: &str) -> Self {
        Self {
            base: base
                .map(|revision| revision.commit.clone())
                .filter(|commit| !commit.is_empty()),
            benchmark: benchmark.to_string(),
            seed: seed.to_owned(),
        }
    }

    /// Against what `--base` knows by a word of its own: `merge-base`, where the branch left the one that it shall be
    /// merged into, as the reader's own clone has it; `anchor`.
    pub(super) fn against(word: &str, benchmark: &BenchmarkId, seed: &str) -> Self {
        Self {
            base: Some(word.to_owned()),
            benchmark: benchmark.to_string(),
            seed: seed.to_owned(),
        }
    }

    /// On one line, whatever its length.
    pub(super) fn line(&self) -> String {
        self.words(usize::MAX).join(" ")
    }

    /// On lines of at most `columns`, to be pasted as a whole. Where not even the name alone fits, its middle
    /// becomes `*`: the glob still finds it.
    pub(super) fn lines(&self, columns: usize) -> Vec<String> {
        const CONTINUED: &str = " \\";
        let room = columns.saturating_sub(CONTINUED.len());
        let mut lines: Vec<String> = Vec::new();
        for word in self.words(room) {
            match lines.last_mut() {
                Some(line) if text::width(line) + 1 + text::width(&word) <= room => {
                    line.push(' ');
                    line.push_str(&word);
                }
                _ => lines.push(word),
            }
        }
        let last = lines.len().saturating_sub(1);
        for line in &mut lines[..last] {
            line.push_str(CONTINUED);
        }
        lines
    }

    fn words(&self, room: usize) -> Vec<String> {
        let mut words = vec!["tollgate check".to_owned()];
        if let Some(base) = &self.base {
            // Twelve hex digits name a commit in any repository of today.
            let short: String = base.chars().take(12).collect();
            words.push(format!("--base {}", shell_quote(&short)));
        }
        words.push(fitting_glob(&self.benchmark, room));
        if !self.seed.is_empty() {
            words.push(format!("--seed {}", shell_quote(&self.seed)));
        }
        words
    }
}

/// `--only 'glob'` in at most `room` columns.
fn fitting_glob(name: &str, room: usize) -> String {
    let exact = format!("--only {}", shell_quote(&glob_escape(name)));
    if text::width(&exact) <= room {
        return exact;
    }
    let chars: Vec<char> = name.chars().collect();
    let mut kept = chars.len().min(room) / 2;
    loop {
        let head: String = chars[..kept].iter().collect();
        let tail: String = chars[chars.len() - kept..].iter().collect();
        let glob = format!("{}*{}", glob_escape(&head), glob_escape(&tail));
        let word = format!("--only {}", shell_quote(&glob));
        if kept == 0 || text::width(&word) <= room {
            return word;
        }
        kept -= 1;
    }
}

/// The glob that matches this text and no other (see `budget::NameGlob`).
pub(crate) fn glob_escape(name: &str) -> String {
    let mut glob = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | ',' | '!') {
            glob.push('\\');
        }
        glob.push(c);
    }
    glob
}

/// One word of a shell. Texts that would break the line or deceive the eye use `$'..'`, which is POSIX since
/// 2024 (bash, zsh, ksh; not dash).
fn shell_quote(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '=');
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(harmless) {
        return word.to_owned();
    }
    if !word.chars().any(text::deceives) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in word.chars() {
        match c {
            '\\' => quoted.push_str(r"\\"),
            '\'' => quoted.push_str(r"\'"),
            '\n' => quoted.push_str(r"\n"),
            '\r' => quoted.push_str(r"\r"),
            '\t' => quoted.push_str(r"\t"),
            // Octal bytes: always three digits, so that what follows cannot be taken for a part of it.
            c if text::deceives(c) => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    quoted.push_str(&format!("\\{byte:03o}"));
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(name: &str) -> Command {
        Command::new(&BenchmarkId::new("s", name), None, "42")
    }

    #[test]
    fn a_plain_name_is_quoted_and_seeded() {
        assert_eq!(
            command("parse/large").line(),
            "tollgate check --only 's/parse/large' --seed 42"
        );
    }

    #[test]
    fn the_base_of_the_run_is_named() {
        let base = Revision {
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            dirty: false,
        };
        let command = Command::new(&BenchmarkId::new("s", "x"), Some(&base), "");
        assert_eq!(
            command.line(),
            "tollgate check --base 0123456789ab --only 's/x'"
        );
    }

    #[test]
    fn globs_and_quotes_in_names_are_taken_literally() {
        assert_eq!(
            command("a*[b]'c\\d").line(),
            r"tollgate check --only 's/a\*\[b\]'\''c\\d' --seed 42"
        );
    }

    #[test]
    fn a_newline_cannot_start_another_command() {
        let line = command("x\nrm -rf /").line();
        assert_eq!(line, r"tollgate check --only $'s/x\nrm -rf /' --seed 42");
        let escape = command("\x1b1'").line();
        assert_eq!(escape, r"tollgate check --only $'s/\0331\'' --seed 42");
    }

    #[test]
    fn a_hostile_seed_is_one_word() {
        let command = Command::new(&BenchmarkId::new("s", "x"), None, "1; rm -rf /");
        assert!(command.line().ends_with("--seed '1; rm -rf /'"));
    }

    #[test]
    fn a_long_command_is_continued() {
        let lines = command("parse/large").lines(30);
        assert_eq!(
            lines,
            [
                r"tollgate check \",
                r"--only 's/parse/large' \",
                "--seed 42"
            ]
        );
    }

    #[test]
    fn a_name_beyond_the_line_becomes_a_glob_that_still_matches() {
        let name = "very/long*name/".repeat(20);
        let lines = command(&name).lines(60);
        assert!(
            lines.iter().all(|line| text::width(line) <= 60),
            "{lines:?}"
        );
        let word = lines[1].trim_end_matches(" \\");
        let glob = word.trim_start_matches("--only '").trim_end_matches('\'');
        let glob = crate::budget::NameGlob::new(glob).expect("a glob");
        assert!(glob.matches(&format!("s/{name}")));
        assert!(!glob.matches("s/another"));
    }

    #[test]
    fn the_escaped_glob_matches_the_name_and_not_its_pattern() {
        for name in ["a*b", "a?b", "[ab]", "{a,b}", r"a\b", "[!a]", "a]b}c"] {
            let glob = crate::budget::NameGlob::new(&glob_escape(name)).expect(name);
            assert!(glob.matches(name), "{name}");
            assert!(!glob.matches("aXb"), "{name}");
        }
    }
}
