//! Globs over names of benchmarks.

use globset::GlobMatcher;

/// Longer ones are no globs that somebody wrote. It also keeps the compiled form far below the limit of the
/// regex engine, beyond which `compile_matcher` would panic.
const LONGEST: usize = 1_000;

/// A glob over benchmark names: `*` any text (slashes too), `?` one ASCII character, `[ab]` one of these ASCII
/// characters, `{a,b}` one of these texts; `\` escapes.
#[derive(Debug, Clone)]
pub struct NameGlob {
    text: String,
    matcher: GlobMatcher,
}

impl NameGlob {
    /// Compiles a glob.
    ///
    /// # Errors
    /// What is wrong with the glob, as a sentence.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty; `*` matches everything".to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
        if let Some(c) = non_ascii_in_class(text) {
            // The engine works on bytes: such a class would silently never match.
            return Err(format!("`[..]` cannot hold `{c}`; write `{{{c},..}}`"));
        }
        globset::GlobBuilder::new(text)
            .literal_separator(false)
            .backslash_escape(true)
            .build()
            .map(|glob| Self {
                text: text.to_owned(),
                matcher: glob.compile_matcher(),
            })
            .map_err(|error| error.kind().to_string())
    }

    /// Whether a name matches as a whole.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn non_ascii_in_class(text: &str) -> Option<char> {
    let mut in_class = false;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' if !in_class => {
                characters.next();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            _ if in_class && !c.is_ascii() => return Some(c),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::NameGlob;
    use proptest::prelude::*;

    fn matches(glob: &str, name: &str) -> bool {
        NameGlob::new(glob).unwrap().matches(name)
    }

    #[test]
    fn a_star_crosses_slashes_and_lines() {
        assert!(matches("parse/*", "parse/large/utf-8"));
        assert!(matches("*", "a\nb/c d|\"e\""));
        assert!(matches("größe/*", "größe/日本"));
        assert!(!matches("parse", "parse/large"));
        assert!(!matches("parse/*", "other/parse/x"));
    }

    #[test]
    fn alternatives_classes_and_escapes_work() {
        assert!(matches("a/{x,ä}", "a/ä"));
        assert!(matches("a/[xy]?", "a/y1"));
        assert!(matches(r"a/\[x\]", "a/[x]"));
        assert!(!matches(r"a/\*", "a/b"));
    }

    #[test]
    fn refusals_are_sentences() {
        let long = "a".repeat(1_001);
        let refused: Vec<String> = ["", "[", "{a,b", "a\\", "[ä]", "[z-a]", &long]
            .iter()
            .map(|text| NameGlob::new(text).unwrap_err())
            .collect();
        insta::assert_snapshot!(refused.join("\n"), @r"
        it is empty; `*` matches everything
        unclosed character class; missing ']'
        unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
        dangling '\'
        `[..]` cannot hold `ä`; write `{ä,..}`
        invalid range; 'z' > 'a'
        it is longer than 1000 bytes
        ");
    }

    #[test]
    fn the_longest_glob_compiles() {
        for unit in ["?", "*", "[!a]", "{a,b}", "**/", "日"] {
            let _ = NameGlob::new(&unit.repeat(1_000 / unit.len()));
        }
    }

    proptest! {
        #[test]
        fn compiling_never_panics(text in r"[\[\]{},*?!^\\a-cä/\n-]{0,40}", name in ".{0,20}") {
            if let Ok(glob) = NameGlob::new(&text) {
                let _ = glob.matches(&name);
            }
        }
    }
}
