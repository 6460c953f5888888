//! The vocabulary of budgets.toml: every key, what it holds, what it is for.
//!
//! One source for three readers: the validator (which key is known, what a value must be, what an example looks
//! like), the JSON Schema for editors, and the test that compares `docs/budgets.md`.

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A string that is not empty and has no control characters.
    Text,
    /// A name that cargo knows: like `Text`, without spaces, not starting with `-`.
    CargoName,
    /// `"3%"`, above 0 and at most [`MOST_PERCENT`].
    Percent,
    /// `"8 min"`, within these bounds in milliseconds.
    Time { least_ms: u64, most_ms: u64 },
    /// `"250 us"` or a bare number.
    Quantity,
    /// A whole number within these bounds.
    Whole {
        least: u32,
        most: u32,
        why: Option<&'static str>,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of [`TOOLS`].
    Tool,
    /// A glob over names.
    Glob,
    /// A list of globs, not empty.
    Globs,
    /// A list of names that cargo knows.
    CargoNames,
    /// An array of program and arguments, or one string together with `shell = true`.
    Command,
    /// A relative directory.
    Directory,
    /// Exact `suite/benchmark`.
    BenchName,
    /// A name of a benchmark, or a table of [`VARIANT`].
    Variant,
    /// A table of [`LIMITS`].
    Limits,
    /// A table of texts.
    Environment,
    /// A list of texts.
    Arguments,
    /// A TOML date.
    Date,
    /// Like `Text`, and more than spaces.
    Reason,
    /// What git knows as one revision.
    Revision,
    /// 0, or 12 to 200.
    Relinks,
    /// A small letter or digit, then up to 40 of them and hyphens.
    Slug,
}

impl Kind {
    /// The keys of a table that may stand as the value.
    pub(super) const fn table(self) -> Option<&'static [Key]> {
        match self {
            Self::Variant => Some(VARIANT),
            Self::Limits => Some(LIMITS),
            _ => None,
        }
    }
}

/// A slowdown above this would hide everything; it is more likely a slip.
pub(super) const MOST_PERCENT: f64 = 1_000.0;

/// One key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// As written.
    pub(super) name: &'static str,
    /// What it must hold.
    pub(super) kind: Kind,
    /// One sentence for people.
    pub(super) about: &'static str,
    /// A value, as TOML.
    pub(super) example: &'static str,
    /// What holds without it, as TOML or in words.
    pub(super) default: Absent,
}

impl Key {
    /// What the key is for, below a mistake with it.
    pub(super) fn note(&self) -> String {
        let about = self.about.trim_end_matches('.');
        match self.default {
            Absent::Required => format!("`{}`: {about}", self.name),
            Absent::Value(default) | Absent::Words(default) => {
                format!("`{}`: {about}; default: {default}", self.name)
            }
        }
    }
}

/// What holds where a key is left out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Absent {
    /// The key must be there.
    Required,
    /// This value, as TOML.
    Value(&'static str),
    /// In words.
    Words(&'static str),
}

mod claims;
mod suite;

pub(super) use claims::{ANCHOR, GITHUB, LAYOUT, LIMITS, OVERHEAD, VARIANT, WAIVER};
pub(super) use suite::{COMMAND, SUITE, TARGET};

use Absent::{Required, Value, Words};

const ENFORCEMENT: Kind = Kind::Word(&["error", "warn"]);
const UNRESOLVED: Kind = Kind::Word(&["warn", "fail"]);
const INVOCATIONS: Kind = Kind::Whole {
    least: 5,
    most: 10_000,
    why: Some("fewer than 5 fresh processes cannot show how much the machine varies"),
};
const TIMEOUT: Kind = Kind::Time {
    least_ms: 1,
    most_ms: DAY_MS,
};
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Tables and keys at the top of the file, with what they are for.
pub(super) const TOP: &[(&str, &str)] = &[
    (
        "version",
        "Version of the file's format. This tollgate reads version 1.",
    ),
    (
        "defaults",
        "What holds where a suite or budget says nothing.",
    ),
    (
        "suite",
        "Benchmarks that one tool measures; write [[suite]] once for each.",
    ),
    (
        "budget",
        "What must hold for matching benchmarks; write [[budget]] once for each.",
    ),
    (
        "overhead",
        "What instrumentation, or anything else that is switched on, may cost at most; write [[overhead]] once for each.",
    ),
    (
        "waiver",
        "What is excused until a date; write [[waiver]] once for each.",
    ),
    (
        "anchor",
        "The fixed revision that `tollgate check --base anchor` compares with.",
    ),
    (
        "layout",
        "How link order is randomised where base and candidate are measured in one job.",
    ),
    (
        "github",
        "When and under which name `tollgate comment` posts to GitHub.",
    ),
];

/// Reserved for a later version: refused, so that nobody believes that they are enforced.
pub(super) const LATER_TABLES: &[(&str, &str)] =
    &[("workload", "putting load on a running program")];

/// Tools of a later version.
pub(super) const LATER_TOOLS: &[&str] = &["libtest", "gungraun", "import", "workload", "page"];

/// Tools of this version.
pub(super) const TOOLS: &[&str] = &["criterion", "divan", "command", "system"];

/// `[defaults]`.
pub(super) const DEFAULTS: &[Key] = &[
    Key {
        name: "tolerance",
        kind: Kind::Percent,
        about: "Smallest slowdown that fails, for budgets with none of slower, max and min.",
        example: "\"5%\"",
        default: Value("\"5%\""),
    },
    Key {
        name: "severity",
        kind: ENFORCEMENT,
        about: "Whether a broken budget fails the gate (\"error\", exit code 1) or is only shown (\"warn\").",
        example: "\"error\"",
        default: Value("\"error\""),
    },
    Key {
        name: "unresolved",
        kind: UNRESOLVED,
        about: "Whether a check that could not be decided is only shown (\"warn\") or fails the gate (\"fail\", exit code 3).",
        example: "\"warn\"",
        default: Value("\"warn\""),
    },
    Key {
        name: "time",
        kind: Kind::Time {
            least_ms: 1_000,
            most_ms: DAY_MS,
        },
        about: "Wall time for measuring all suites, builds not counted.",
        example: "\"8 min\"",
        default: Value("\"8 min\""),
    },
    Key {
        name: "invocations",
        kind: INVOCATIONS,
        about: "Fresh processes for each benchmark, at least 5.",
        example: "10",
        default: Value("10"),
    },
    Key {
        name: "timeout",
        kind: TIMEOUT,
        about: "Wall time of one invocation before it is killed and reported as failed.",
        example: "\"60 s\"",
        default: Value("\"60 s\""),
    },
];

/// `[[budget]]`.
pub(super) const BUDGET: &[Key] = &[
    Key {
        name: "bench",
        kind: Kind::Glob,
        about: "Glob on `suite/benchmark`: `*` is any text, slashes too.",
        example: "\"parser/large/*\"",
        default: Required,
    },
    Key {
        name: "metric",
        kind: Kind::Text,
        about: "What is judged: time, cpu-time, peak-rss, allocations, or any name that the tool reports.",
        example: "\"time\"",
        default: Value("\"time\""),
    },
    Key {
        name: "slower",
        kind: Kind::Percent,
        about: "Smallest change for the worse, relative to base or baseline, that fails.",
        example: "\"3%\"",
        default: Words(
            "the tolerance of [defaults] where max and min are missing too, otherwise no relative limit",
        ),
    },
    Key {
        name: "max",
        kind: Kind::Quantity,
        about: "Absolute ceiling, needs no baseline.",
        example: "\"250 us\"",
        default: Words("no ceiling"),
    },
    Key {
        name: "min",
        kind: Kind::Quantity,
        about: "Absolute floor for what must not fall, needs no baseline.",
        example: "\"100/s\"",
        default: Words("no floor"),
    },
    Key {
        name: "severity",
        kind: ENFORCEMENT,
        about: "Whether breaking this budget fails the gate (\"error\", exit code 1) or is only shown (\"warn\").",
        example: "\"warn\"",
        default: Words("that of [defaults]"),
    },
    Key {
        name: "unresolved",
        kind: UNRESOLVED,
        about: "Whether this check, where it could not be decided, is only shown (\"warn\") or fails the gate (\"fail\", exit code 3).",
        example: "\"fail\"",
        default: Words("that of [defaults]"),
    },
];
