//! The stable names of findings. A changed name is a breaking change for whoever filters on it.

use serde::{Serialize, Serializer};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// Kind of a finding; shown in brackets in the terminal and as text in JSON.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Kebab-case name, never changed once released.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

codes! {
    /// budgets.toml is not TOML.
    TomlSyntax = "toml-syntax",
    /// A key that tollgate does not know.
    UnknownKey = "unknown-key",
    /// A key that must be there is not.
    MissingKey = "missing-key",
    /// A value of the wrong type or out of range.
    InvalidValue = "invalid-value",
    /// The same name twice.
    DuplicateName = "duplicate-name",
    /// `version` is newer or older than what this tollgate reads.
    UnsupportedVersion = "unsupported-version",
    /// budgets.toml is not there.
    NoBudgetsFile = "no-budgets-file",
    /// Reserved for a later version of tollgate and refused today.
    NotSupportedYet = "not-supported-yet",
    /// A budget whose glob or metric matches nothing that was measured.
    UnmatchedBudget = "unmatched-budget",
    /// A budget that later budgets override everywhere.
    OverriddenBudget = "overridden-budget",
    /// A budget that some benchmarks of a suite lack the metric for.
    PartlyMatchedBudget = "partly-matched-budget",
    /// A tolerance that no comparison can resolve.
    ToleranceBelowFloor = "tolerance-below-floor",
    /// `--only` named something that is not there.
    UnmatchedFilter = "unmatched-filter",
    /// A suite that produced no benchmark.
    EmptySuite = "empty-suite",
    /// A benchmark that no budget covers.
    UnbudgetedBenchmark = "unbudgeted-benchmark",
    /// An invocation failed.
    FailedInvocation = "failed-invocation",
    /// A benchmark of the baseline that was not measured.
    VanishedBenchmark = "vanished-benchmark",
    /// No baseline for this suite and machine class.
    NoBaseline = "no-baseline",
    /// The baseline cannot be compared with this run, and why.
    BaselineNotComparable = "baseline-not-comparable",
    /// The run was cut short.
    PartialRun = "partial-run",
    /// budgets.toml changed since the run was recorded.
    ConfigChanged = "config-changed",
    /// The machine was disturbed while measuring.
    DisturbedMachine = "disturbed-machine",
    /// Nothing was enforced.
    NothingEnforced = "nothing-enforced",
    /// The base of a suite could not be measured, so that nothing of it is compared.
    BaseNotMeasured = "base-not-measured",
    /// Link order was not randomised, so that it is not excluded as a cause.
    LayoutNotRandomised = "layout-not-randomised",
    /// Benchmarks moved together: one cause rather than many regressions.
    MovedTogether = "moved-together",
    /// The candidate's budgets.toml is not the one that binds.
    BudgetsChanged = "budgets-changed",
    /// A waiver whose date has passed; it excuses nothing.
    ExpiredWaiver = "expired-waiver",
    /// A waiver that names no check.
    UnmatchedWaiver = "unmatched-waiver",
    /// A waiver whose check needs no excuse.
    UnusedWaiver = "unused-waiver",
    /// The gate alarms too often where nothing changed, so that relative checks only warn.
    Miscalibrated = "miscalibrated",
    /// The run compares the candidate with itself.
    NotACheck = "not-a-check",
    /// Something that a foreign run says of itself is not believed (comment).
    NotBelieved = "not-believed",
    /// The machine or project spoils measurements (doctor).
    BadSetup = "bad-setup",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_kebab_case_and_stable() {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let unique: BTreeSet<&&str> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        for name in &names {
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{name}"
            );
        }
        insta::assert_snapshot!(names.join("\n"));
    }

    #[test]
    fn every_code_is_in_the_reference() {
        let reference = include_str!("../../docs/report-format.md");
        for code in Code::ALL {
            assert!(reference.contains(&format!("| `{code}` | ")), "{code}");
        }
    }
}
