//! Budgets of the base over the suites of the candidate.

use super::Budgets;

impl Budgets {
    /// These budgets bind, and the candidate says how to measure: its suites, and after them those that only this file
    /// has, so that a suite that the candidate removed is missed and not forgotten.
    ///
    /// The rules come from the base because whoever sees a red verdict must not be able to turn it green in the same
    /// change; the suites from the candidate because its benches are what is run on both sides.
    #[must_use]
    pub fn binding(&self, candidate: &Self) -> Self {
        let gone = self
            .suites
            .iter()
            .filter(|suite| candidate.suite(&suite.name).is_none());
        Self {
            suites: candidate.suites.iter().chain(gone).cloned().collect(),
            layout: candidate.layout,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budgets(text: &str) -> Budgets {
        Budgets::parse("budgets.toml", &format!("version = 1\n{text}")).unwrap()
    }

    fn suite(name: &str, command: &str) -> String {
        format!("[[suite]]\nname = \"{name}\"\ntool = \"command\"\ncommand = [\"{command}\"]\n")
    }

    #[test]
    fn the_rules_are_those_of_the_base_and_the_suites_those_of_the_candidate() {
        let rule = |slower: &str| format!("[[budget]]\nbench = \"a/*\"\nslower = \"{slower}\"\n");
        let base = budgets(&format!(
            "{}{}{}",
            suite("a", "old"),
            suite("gone", "x"),
            rule("3%")
        ));
        let candidate = budgets(&format!(
            "[layout]\nrelinks = 20\n{}{}{}",
            suite("new", "y"),
            suite("a", "young"),
            rule("300%")
        ));
        let binding = base.binding(&candidate);
        let names: Vec<&str> = binding.suites.iter().map(|suite| &*suite.name).collect();
        assert_eq!(names, ["new", "a", "gone"]);
        assert_eq!(binding.suites[1].source, candidate.suites[1].source);
        assert_eq!(binding.budgets.len(), 1);
        assert_eq!(binding.budgets[0].slower, base.budgets[0].slower);
        assert_eq!(binding.layout, candidate.layout);
        assert_eq!(binding.defaults, base.defaults);
    }
}
