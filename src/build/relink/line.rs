//! The line that links an executable, as `rustc --print link-args` writes it: variables and words in quotes, each escaped
//! like a Rust string. Pure.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

/// A command that links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LinkLine {
    /// Set for the linker.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// Removed from what it inherits.
    pub(super) removed: Vec<OsString>,
    /// Linker, or the compiler that calls it.
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
}

impl LinkLine {
    /// Reads the last line of a text that is not empty. The problem is a phrase.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let line = text.lines().rfind(|line| !line.trim().is_empty());
        let mut words = Words {
            rest: line.ok_or("it is empty")?.trim(),
        };
        let mut environment = Vec::new();
        let mut removed = Vec::new();
        loop {
            match words.next()? {
                Some(Word::Quoted(program)) => {
                    let mut arguments = Vec::new();
                    while let Some(word) = words.next()? {
                        match word {
                            Word::Quoted(argument) => arguments.push(argument),
                            _ => return Err("it has a bare word among the arguments".to_owned()),
                        }
                    }
                    return Ok(Self {
                        environment,
                        removed,
                        program,
                        arguments,
                    });
                }
                Some(Word::Set(name, value)) => environment.push((name, value)),
                // `env -u NAME`
                Some(Word::Bare("env")) => {}
                Some(Word::Bare("-u")) => match words.next()? {
                    Some(Word::Bare(name)) => removed.push(name.into()),
                    _ => return Err("it has `-u` without a name".to_owned()),
                },
                Some(Word::Bare(word)) => return Err(format!("it has the bare word {word:?}")),
                None => return Err("it has no program".to_owned()),
            }
        }
    }

    /// Where the executable is written: the argument after `-o`.
    pub(super) fn output(&self) -> Option<usize> {
        let before = self
            .arguments
            .iter()
            .rposition(|argument| argument == "-o")?;
        (before + 1 < self.arguments.len()).then_some(before + 1)
    }
}

enum Word<'a> {
    Quoted(OsString),
    Set(OsString, OsString),
    Bare(&'a str),
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Result<Option<Word<'a>>, String> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return Ok(None);
        }
        if self.rest.starts_with('"') {
            return self.quoted().map(|text| Some(Word::Quoted(text)));
        }
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || c == '"')
            .unwrap_or(self.rest.len());
        let (bare, rest) = self.rest.split_at(end);
        self.rest = rest;
        match bare.strip_suffix('=') {
            Some(name) if rest.starts_with('"') => {
                let value = self.quoted()?;
                Ok(Some(Word::Set(name.into(), value)))
            }
            _ if rest.starts_with('"') => Err(format!("{bare:?} runs into a quote")),
            _ => Ok(Some(Word::Bare(bare))),
        }
    }

    /// The text of a quote that `rest` begins with.
    fn quoted(&mut self) -> Result<OsString, String> {
        let mut bytes = Vec::new();
        let mut characters = self.rest.char_indices().skip(1);
        let open = || "a quote is not closed".to_owned();
        loop {
            let (place, c) = characters.next().ok_or_else(open)?;
            match c {
                '"' => {
                    self.rest = self.rest.get(place + 1..).unwrap_or_default();
                    return Ok(OsString::from_vec(bytes));
                }
                '\\' => {
                    let (_, escaped) = characters.next().ok_or_else(open)?;
                    let mut rest = characters.by_ref().map(|(_, c)| c);
                    unescape(escaped, &mut rest, &mut bytes)?;
                }
                c => push(&mut bytes, c),
            }
        }
    }
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn unescape(
    escaped: char,
    rest: &mut impl Iterator<Item = char>,
    bytes: &mut Vec<u8>,
) -> Result<(), String> {
    let unknown = || format!("it has an unknown escape \\{escaped}");
    match escaped {
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        '0' => bytes.push(0),
        '\\' | '"' | '\'' => push(bytes, escaped),
        'x' => {
            let digits: String = rest.take(2).collect();
            // A path that is not UTF-8 has its bytes so.
            bytes.push(u8::from_str_radix(&digits, 16).map_err(|_| unknown())?);
        }
        'u' => {
            let digits: String = rest.take_while(|c| *c != '}').collect();
            let digits = digits.strip_prefix('{').ok_or_else(unknown)?;
            let code = u32::from_str_radix(digits, 16).map_err(|_| unknown())?;
            push(bytes, char::from_u32(code).ok_or_else(unknown)?);
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn what_the_standard_library_prints_is_read_back() {
        let odd =
            OsString::from_vec(b"caf\xc3\xa9 \xff\"quoted\"\\ \n\t\x07 \xe2\x80\x8b'".to_vec());
        let mut command = Command::new("/a b/cc");
        command
            .args(["-m64", "-o", "/out put", ""])
            .arg(&odd)
            .env("LC_ALL", "C")
            .env("WITH", "a=\"b\"")
            .env_remove("GONE");
        let line = LinkLine::parse(&format!("{command:?}\n\n")).unwrap();
        assert_eq!(line.program, "/a b/cc");
        assert_eq!(line.arguments[..4], ["-m64", "-o", "/out put", ""]);
        assert_eq!(line.arguments[4], odd);
        assert_eq!(line.removed, ["GONE"]);
        assert_eq!(
            line.environment,
            [
                ("LC_ALL".into(), "C".into()),
                ("WITH".into(), "a=\"b\"".into())
            ]
        );
        assert_eq!(line.output(), Some(2));
    }

    #[test]
    fn the_last_line_counts() {
        let line =
            LinkLine::parse("\"ld\" \"-o\" \"a\"\n\"ld\" \"-o\" \"b\" \"-o\" \"c\"\n").unwrap();
        assert_eq!(
            line.output().map(|at| line.arguments[at].clone()),
            Some("c".into())
        );
        assert_eq!(LinkLine::parse("\"ld\" \"-o\"").unwrap().output(), None);
    }

    #[test]
    fn what_is_no_link_line_is_refused() {
        for text in [
            "",
            "  \n",
            "cc -o a",
            "\"cc",
            "\"cc\" a",
            "A=1 \"cc\"",
            "A=",
            "A=\"b\"",
            "env -u",
            "env -u \"A\" \"cc\"",
            "\"a\\",
            "\"a\\q\"",
            "\"\\x4\"",
            "\"\\xgg\"",
            "\"\\u{110000}\"",
            "\"\\u{41",
            "\"\\u41}\"",
            "x\"cc\"",
            "error: linking failed",
            "\"\\",
        ] {
            assert!(LinkLine::parse(text).is_err(), "{text:?}");
        }
    }
}
