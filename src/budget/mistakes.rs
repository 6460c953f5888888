//! Collecting mistakes: where, what, and what was probably meant.

use crate::diagnostic::{Code, Diagnostic, Place};
use std::ops::Range;
use std::sync::Arc;

/// A file with more mistakes than this is the wrong file; the rest is only counted.
const MOST: usize = 200;

/// Everything found wrong with one file.
pub(super) struct Mistakes {
    file: String,
    source: Arc<str>,
    /// Where the line breaks are, so that naming a line does not read the file again.
    breaks: Vec<usize>,
    found: Vec<Diagnostic>,
}

impl Mistakes {
    pub(super) fn new(file: &str, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            source: text.into(),
            breaks: text.match_indices('\n').map(|(at, _)| at).collect(),
            found: Vec::new(),
        }
    }

    /// A place in the file.
    pub(super) fn place(&self, span: Range<usize>, label: impl Into<String>) -> Place {
        Place {
            file: self.file.clone(),
            source: Arc::clone(&self.source),
            span,
            label: label.into(),
        }
    }

    /// Line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.breaks.partition_point(|line_break| *line_break < at) + 1
    }

    /// A mistake with its place; not added yet, so that the caller may complete it.
    pub(super) fn mistake(
        &self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message).at(self.place(span, label))
    }

    pub(super) fn push(&mut self, mistake: Diagnostic) {
        self.found.push(mistake);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds what `later` found, except in these byte ranges (sorted), where it may only be a consequence.
    pub(super) fn append_outside(&mut self, later: Self, spoilt: &[Range<usize>]) {
        let is_sound = |mistake: &Diagnostic| {
            let start = mistake.place.as_ref().map_or(0, |place| place.span.start);
            let next = spoilt.partition_point(|range| range.end < start);
            spoilt.get(next).is_none_or(|range| start < range.start)
        };
        self.found.extend(later.found.into_iter().filter(is_sound));
    }

    /// All, in the order of their place.
    pub(super) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|mistake| {
            mistake
                .place
                .as_ref()
                .map_or((0, 0), |place| (place.span.start, place.span.end))
        });
        let more = self.found.len().saturating_sub(MOST);
        if more > 0 {
            self.found.truncate(MOST);
            self.found.push(
                Diagnostic::error(
                    Code::InvalidValue,
                    format!("{} has {more} more mistakes", self.file),
                )
                .with_help("is this a budgets.toml of tollgate?"),
            );
        }
        self.found
    }
}

/// The known word that was probably meant.
pub(super) fn did_you_mean<'k>(
    given: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    // Nobody misspells a word into one of this length, and comparing takes time.
    const LONGEST: usize = 40;
    if given.is_empty() || given.len() > LONGEST {
        return None;
    }
    let given = given.to_lowercase().replace(['_', ' '], "-");
    known
        .into_iter()
        .filter_map(|word| {
            let distance = strsim::damerau_levenshtein(&given, word);
            let shorter = given.chars().count().min(word.len());
            // Two slips in a word of six letters, one in a short one; or one is the beginning of the other.
            let near = distance <= (word.len() / 3).clamp(1, 3) && distance < shorter;
            let begins = shorter >= 3 && (word.starts_with(&given) || given.starts_with(word));
            (near || begins).then_some((distance, word))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Something of the file in backquotes, cut where it is endless.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    let cut: String = text.chars().take(LONGEST).collect();
    format!("`{cut}…`")
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let known = [
            "bench",
            "metric",
            "slower",
            "max",
            "min",
            "warm-up",
            "features",
            "exit-status",
        ];
        let meant = |given: &str| did_you_mean(given, known);
        assert_eq!(meant("slowr"), Some("slower"));
        assert_eq!(meant("solwer"), Some("slower"));
        assert_eq!(meant("Slower"), Some("slower"));
        assert_eq!(meant("benchmark"), Some("bench"));
        assert_eq!(meant("warmup"), Some("warm-up"));
        assert_eq!(meant("warm_up"), Some("warm-up"));
        assert_eq!(meant("feature"), Some("features"));
        assert_eq!(meant("exit_code"), None);
        assert_eq!(meant("maxx"), Some("max"));
        assert_eq!(meant("colour"), None);
        assert_eq!(meant("x"), None);
        assert_eq!(meant(""), None);
        assert_eq!(meant(&"slower".repeat(100)), None);
    }
}
