//! Reading the kernel's text files.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

/// What is read of a file at most. The first processor in `/proc/cpuinfo` takes 2 KB.
const READ_LIMIT: u64 = 256 * 1024;

/// Longest word or name that is kept.
const WORD_LIMIT: usize = 200;

/// The root under which `proc` and `sys` are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    root: PathBuf,
}

impl Files {
    pub(super) fn of_this_machine() -> Self {
        Self::under("/")
    }

    pub(super) fn under(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The beginning of a file; `None` if it is not there or cannot be read.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.root.join(path))
            .ok()?
            .take(READ_LIMIT)
            .read_to_end(&mut bytes)
            .ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A file that holds one short text.
    pub(super) fn word(&self, path: &str) -> Option<String> {
        clean(&self.read(path)?)
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }
}

/// A name in one line without control characters, blanks collapsed; `None` if nothing is left or it is too long
/// for a name.
pub(super) fn clean(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(|c| !c.is_control()).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let text = words.join(" ");
    (!text.is_empty() && text.len() <= WORD_LIMIT).then_some(text)
}
