//! Which families are muted: by name, or by the beginning of a name.

/// Rules in the order in which they were given; of several that match a name, the last one holds.
#[derive(Debug)]
pub(crate) struct Filters {
    rules: Vec<(Box<str>, bool)>,
}

impl Filters {
    pub(crate) const fn new() -> Self {
        Self { rules: Vec::new() }
    }

    /// Mutes, or no longer mutes, what `pattern` matches: a name, or a prefix followed by `*`. Earlier rules that it
    /// makes pointless are forgotten, so switching one thing again and again keeps one rule.
    pub(crate) fn set(&mut self, pattern: &str, muted: bool) {
        self.rules.retain(|(earlier, _)| !covers(pattern, earlier));
        self.rules.push((pattern.into(), muted));
    }

    pub(crate) fn mutes(&self, name: &str) -> bool {
        let last = self
            .rules
            .iter()
            .rev()
            .find(|(pattern, _)| covers(pattern, name));
        last.is_some_and(|(_, muted)| *muted)
    }
}

/// Whether the pattern matches all that another pattern, or name, does.
fn covers(pattern: &str, other: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => other.strip_suffix('*').unwrap_or(other).starts_with(prefix),
        None => pattern == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_matches_holds() {
        let mut filters = Filters::new();
        assert!(!filters.mutes("db_query_seconds"));
        filters.set("db_*", true);
        assert!(filters.mutes("db_query_seconds"));
        assert!(filters.mutes("db_"));
        assert!(!filters.mutes("cache_hits"));
        filters.set("db_query_seconds", false);
        assert!(!filters.mutes("db_query_seconds"));
        assert!(filters.mutes("db_rows"));
        filters.set("*", true);
        assert!(filters.mutes("db_query_seconds"));
        assert!(filters.mutes(""));
    }

    #[test]
    fn rules_that_no_longer_matter_are_forgotten() {
        let mut filters = Filters::new();
        for round in 0..1000 {
            filters.set("a", round % 2 == 0);
            filters.set("ab*", true);
        }
        assert_eq!(filters.rules.len(), 2);
        filters.set("a*", false);
        assert_eq!(filters.rules.len(), 1);
        assert!(!filters.mutes("abc"));
    }

    #[test]
    fn a_star_inside_a_name_is_no_glob() {
        let mut filters = Filters::new();
        filters.set("a*b", true);
        assert!(filters.mutes("a*b"));
        assert!(!filters.mutes("axb"));
    }
}
