//! The budgets of a comparison with the anchor.

use super::{Budget, Budgets};

impl Budgets {
    /// What holds against the anchor; `None` where the file has no `[anchor]`.
    ///
    /// Every `slower` becomes what the anchor allows in total, whatever it was: a budget that allows 10 % a commit does
    /// not allow 10 % over a year. Absolute limits and overhead claims do not depend on a base and are left to the
    /// other jobs; a budget of nothing else is left out, so that indices into `budgets` are those of this value and not
    /// of the file's. Waivers hold here too.
    #[must_use]
    pub fn for_anchor(&self) -> Option<Self> {
        let anchor = self.anchor.as_ref()?;
        let budgets = self
            .budgets
            .iter()
            .filter(|budget| budget.slower.is_some())
            .map(|budget| Budget {
                slower: Some(anchor.slower),
                max: None,
                min: None,
                ..budget.clone()
            })
            .collect();
        Some(Self {
            budgets,
            overheads: Vec::new(),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Budgets;
    use crate::units::Change;

    const TEXT: &str = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n\
        [[budget]]\nbench = \"s/*\"\nslower = \"10%\"\nmax = \"1 ms\"\nseverity = \"warn\"\n\
        [[budget]]\nbench = \"s/only-max\"\nmax = \"1 ms\"\n\
        [[budget]]\nbench = \"s/default\"\n\
        [[overhead]]\nname = \"o\"\non = \"s/a\"\noff = \"s/b\"\n\
        [[waiver]]\nbench = \"s/a\"\nslower = \"9%\"\nuntil = 2027-01-31\nreason = \"r\"\n";

    #[test]
    fn every_slower_becomes_that_of_the_anchor_and_nothing_else_is_asked() {
        let text = format!("{TEXT}[anchor]\nrevision = \"v1\"\nslower = \"7%\"\n");
        let budgets = Budgets::parse("budgets.toml", &text).unwrap();
        let anchored = budgets.for_anchor().unwrap();
        let limits: Vec<_> = anchored
            .budgets
            .iter()
            .map(|budget| (budget.bench.as_str(), budget.slower))
            .collect();
        let seven = Some(Change::from_fraction(0.07));
        assert_eq!(limits, [("s/*", seven), ("s/default", seven)]);
        assert!(
            anchored
                .budgets
                .iter()
                .all(|budget| budget.max.is_none() && budget.min.is_none())
        );
        assert_eq!(anchored.budgets[0].severity, budgets.budgets[0].severity);
        assert!(anchored.overheads.is_empty());
        assert_eq!(anchored.waivers, budgets.waivers);
    }

    #[test]
    fn without_an_anchor_there_is_nothing_to_judge_by() {
        assert!(
            Budgets::parse("budgets.toml", TEXT)
                .unwrap()
                .for_anchor()
                .is_none()
        );
    }
}
