//! What Run files, baselines and ledgers have in common: JSON with `format` and `version`, and errors that say where.

use super::FormatError;
use super::locate;
use serde::Deserialize;

/// Largest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 2 << 30;

/// A kind of file.
pub(crate) struct Document {
    /// Value of the field `format`.
    pub(crate) format: &'static str,
    /// The version that is written, and the newest that is read.
    pub(crate) version: u32,
    /// For sentences: `Run file`.
    pub(crate) what: &'static str,
    /// By which fields the entries of a list are known to people: (list, fields).
    pub(crate) labels: &'static [(&'static str, &'static [&'static str])],
    /// Where to read on.
    pub(crate) next_step: &'static str,
}

/// The head that every file has.
pub(crate) trait Versioned {
    /// The fields `format` and `version`.
    fn head(&self) -> (&str, u32);
}

impl Document {
    /// Reads a whole text as `T`.
    ///
    /// # Errors
    /// Too large, empty, not JSON, another kind of file, another version, or whatever `T` refuses.
    pub(crate) fn parse<'de, T>(&self, file: &str, bytes: &'de [u8]) -> Result<T, FormatError>
    where
        T: Deserialize<'de> + Versioned,
    {
        let refuse = |problem: String| format_error(file, &problem);
        if bytes.len() > MAX_BYTES {
            return Err(refuse(format!(
                "{} bytes are more than a {} may have ({MAX_BYTES}); split it by suite",
                bytes.len(),
                self.what
            )));
        }
        // Editors and shells of Windows put a byte order mark in front of UTF-8.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
            return Err(refuse("the text is UTF-16; write it as UTF-8".to_owned()));
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(refuse(format!(
                "the file is empty, expected a {}; {}",
                self.what, self.next_step
            )));
        }
        match serde_json::from_slice::<T>(text) {
            Ok(value) => {
                let (format, version) = value.head();
                match self.head_problem(Some(format), Some(u64::from(version))) {
                    Some(problem) => Err(refuse(problem)),
                    None => Ok(value),
                }
            }
            Err(first) => Err(refuse(self.explain::<T>(text, &first))),
        }
    }

    /// What is wrong with the head; a head that is not known yet (`None`) is only wrong where the text ends well.
    fn head_problem(&self, format: Option<&str>, version: Option<u64>) -> Option<String> {
        if let Some(format) = format
            && format != self.format
        {
            return Some(format!(
                "`format` is {format:?}, expected {:?}: this is no {}",
                self.format, self.what
            ));
        }
        let version = version?;
        if version > u64::from(self.version) {
            return Some(format!(
                "version {version} of a {} is newer than this tollgate reads ({}); install a newer tollgate",
                self.what, self.version
            ));
        }
        (version < u64::from(self.version)).then(|| {
            format!(
                "version {version} of a {} is not one that tollgate ever wrote; it reads {}",
                self.what, self.version
            )
        })
    }

    /// The second pass: slower, and knows where it is.
    fn explain<'de, T: Deserialize<'de>>(
        &self,
        text: &'de [u8],
        first: &serde_json::Error,
    ) -> String {
        let head = locate::head(text);
        if let Some(problem) = self.head_problem(head.format.as_deref(), head.version) {
            return problem;
        }
        if head.format.is_none() && head.complete {
            return format!(
                "this is JSON, but no {}: expected an object with \"format\": {:?}; {}",
                self.what, self.format, self.next_step
            );
        }
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let (path, error) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Ok(_) => (String::new(), None),
            Err(error) => (error.path().to_string(), Some(error.into_inner())),
        };
        // What comes after the value is no field's fault and seen by the first pass only.
        let error = error.as_ref().unwrap_or(first);
        let place = self.place(&path, text);
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let message = message
            .strip_suffix(&format!(" at line {line} column {column}"))
            .unwrap_or(&message);
        let hint = if error.is_syntax() && head.format.is_none() {
            format!("; expected a {}, {}", self.what, self.next_step)
        } else {
            hint(text, error).to_owned()
        };
        format!("{place}line {line}, column {column}: {message}{hint}")
    }

    /// `benchmarks[3].series[0] of "suite/name", `
    fn place(&self, path: &str, text: &[u8]) -> String {
        // `?` is a path that breaks off at once.
        if ["", ".", "?"].contains(&path) {
            return String::new();
        }
        let label = self.labels.iter().find_map(|(list, fields)| {
            let index = path.strip_prefix(list)?.strip_prefix('[')?;
            let index = index.split(']').next()?.parse().ok()?;
            locate::label(text, list, index, fields)
        });
        match label {
            Some(label) => format!("{path} of {}, ", quoted(&label)),
            None => format!("{path}, "),
        }
    }
}

/// What people mostly did when a text breaks off or holds no number where one belongs.
fn hint(text: &[u8], error: &serde_json::Error) -> &'static str {
    if error.is_eof() {
        return "; the file is cut short, write it again";
    }
    if !error.is_syntax() {
        return "";
    }
    if text
        .split(|&byte| byte == b'\n')
        .any(|line| line.starts_with(b"<<<<<<< "))
    {
        return "; git left a merge conflict in the file: keep the lines of both sides, newest first";
    }
    let line_start = text
        .split(|&byte| byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(|line| line.len() + 1)
        .sum::<usize>();
    let at = line_start + error.column().saturating_sub(1);
    let around = &text[at.saturating_sub(2).min(text.len())..(at + 4).min(text.len())];
    let names_no_number = [&b"NaN"[..], b"Inf", b"nan", b"inf"]
        .iter()
        .any(|word| around.windows(3).any(|three| three == *word));
    if names_no_number {
        "; NaN and infinity are no measurements, leave the observation out"
    } else {
        ""
    }
}

/// A name in quotes, escaped and not longer than a line or two.
pub(crate) fn quoted(name: &str) -> String {
    const SHOWN: usize = 200;
    if name.chars().count() > SHOWN {
        let start: String = name.chars().take(SHOWN).collect();
        format!("{start:?}..")
    } else {
        format!("{name:?}")
    }
}

/// An error of a file. Texts of the file may stand in `problem`: what would move a terminal's cursor is escaped.
pub(crate) fn format_error(file: &str, problem: &str) -> FormatError {
    const SHOWN: usize = 2000;
    let mut shown = String::with_capacity(problem.len().min(SHOWN));
    for character in problem.chars().take(SHOWN) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    FormatError {
        file: file.to_owned(),
        problem: shown,
    }
}
