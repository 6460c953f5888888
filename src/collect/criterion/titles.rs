//! From the titles that criterion lists to the ids that it filters by. Pure.

/// criterion cuts titles at the last character boundary within this many bytes.
const LONGEST_TITLE: usize = 100;

/// A character has at most 4 bytes.
const SHORTEST_CUT: usize = LONGEST_TITLE - 3;

/// Titles in listed order.
pub(super) struct Titles(Vec<String>);

impl Titles {
    pub(super) fn new(titles: Vec<String>) -> Self {
        Self(titles)
    }

    /// Titles that may be the second of their name (`x #2` beside `x`), or may be called so.
    pub(super) fn numbered(&self) -> Vec<String> {
        self.0
            .iter()
            .filter(|title| {
                without_number(title)
                    .is_some_and(|stem| !is_cut(title) && self.0.iter().any(|other| other == stem))
            })
            .cloned()
            .collect()
    }

    /// Forgets a title that only numbers another one's double.
    pub(super) fn drop_duplicate(&mut self, numbered: &str) {
        self.0.retain(|title| title != numbered);
    }

    /// Beginnings of ids that were cut, each once.
    pub(super) fn cut_prefixes(&self) -> Vec<String> {
        let mut prefixes: Vec<String> = self.0.iter().filter_map(|title| cut(title)).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    }

    /// Puts the whole ids in the place of the first title that was cut so, if there are as many.
    pub(super) fn complete(&mut self, prefix: &str, mut ids: Vec<String>) {
        let is_ours = |title: &String| cut(title).as_deref() == Some(prefix);
        ids.retain(|id| id.len() > LONGEST_TITLE && id.starts_with(prefix));
        ids.sort_unstable();
        let listed = self.0.iter().filter(|title| is_ours(title)).count();
        let Some(first) = self.0.iter().position(is_ours) else {
            return;
        };
        if listed == ids.len() {
            self.0.retain(|title| !is_ours(title));
            self.0.splice(first..first, ids);
        }
    }

    /// The names, each once.
    pub(super) fn into_names(self) -> impl Iterator<Item = String> {
        let mut seen = std::collections::HashSet::new();
        self.0
            .into_iter()
            .filter(move |name| seen.insert(name.clone()))
    }
}

/// Whether a title looks like one that was cut.
pub(super) fn is_cut(title: &str) -> bool {
    cut(title).is_some()
}

fn cut(title: &str) -> Option<String> {
    let stem = without_number(title).unwrap_or(title);
    let prefix = stem.strip_suffix("...")?;
    (SHORTEST_CUT..=LONGEST_TITLE)
        .contains(&prefix.len())
        .then(|| prefix.to_owned())
}

fn without_number(title: &str) -> Option<&str> {
    let (stem, number) = title.rsplit_once(" #")?;
    number
        .parse::<u32>()
        .is_ok_and(|number| number >= 2)
        .then_some(stem)
}

/// A regular expression that matches just these.
pub(super) fn any_of(names: &[String]) -> String {
    let escaped: Vec<String> = names.iter().map(|name| escape(name)).collect();
    format!("^(?:{})$", escaped.join("|"))
}

/// `text` as a regular expression that matches just it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(names: &[&str]) -> Titles {
        Titles::new(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn only_a_number_beside_its_name_is_doubtful() {
        let titles = titles(&["x", "x #2", "real #2", "x #1", "x #y"]);
        assert_eq!(titles.numbered(), ["x #2"]);
    }

    #[test]
    fn doubles_are_given_once() {
        let mut titles = titles(&["x", "y", "x #2", "y"]);
        titles.drop_duplicate("x #2");
        assert_eq!(titles.into_names().collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn cut_names_are_completed_where_they_stood() {
        let prefix = "p".repeat(100);
        let cut_once = format!("{prefix}...");
        let cut_twice = format!("{prefix}... #2");
        let mut titles = titles(&["a", &cut_once, "b", &cut_twice]);
        assert_eq!(titles.cut_prefixes(), [prefix.as_str()]);
        assert_eq!(titles.numbered(), Vec::<String>::new());
        let ids = [format!("{prefix}two"), format!("{prefix}one")];
        titles.complete(&prefix, ids.to_vec());
        let names: Vec<String> = titles.into_names().collect();
        assert_eq!(names, ["a", &ids[1], &ids[0], "b"]);
    }

    #[test]
    fn a_cut_name_stays_when_not_all_were_found() {
        let prefix = "α".repeat(49) + "b";
        assert_eq!(prefix.len(), 99);
        let title = format!("{prefix}...");
        let mut titles = titles(&[&title]);
        titles.complete(&prefix, vec!["unrelated".to_owned()]);
        assert_eq!(titles.into_names().collect::<Vec<_>>(), [title]);
    }

    #[test]
    fn dots_alone_do_not_make_a_cut_name() {
        assert!(!is_cut("short..."));
        assert!(!is_cut(&format!("{}...", "x".repeat(101))));
        assert!(is_cut(&format!("{}...", "x".repeat(97))));
    }

    #[test]
    fn an_escaped_name_holds_no_bare_operator() {
        assert_eq!(escape("a.b (x|y)"), r"a\.b \(x\|y\)");
        assert_eq!(escape("α/β\n"), "α/β\n");
    }
}
