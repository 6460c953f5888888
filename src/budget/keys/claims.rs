//! The tables that need two sides: overhead claims, waivers, the anchor and layouts; and the one of GitHub.

use super::Absent::{Required, Value, Words};
use super::{ENFORCEMENT, Key, Kind, UNRESOLVED};

/// `[[overhead]]`.
pub(in crate::budget) const OVERHEAD: &[Key] = &[
    Key {
        name: "name",
        kind: Kind::Text,
        about: "What the claim is called in the report; unique.",
        example: "\"probe on a request\"",
        default: Required,
    },
    Key {
        name: "on",
        kind: Kind::Variant,
        about: "With what is to cost little: a benchmark by its exact name, or a table of `bench`, `env` and `args`.",
        example: "\"request/traced\"",
        default: Required,
    },
    Key {
        name: "off",
        kind: Kind::Variant,
        about: "Without it: a benchmark by its exact name, or a table of `bench`, `env` and `args`.",
        example: "\"request/plain\"",
        default: Required,
    },
    Key {
        name: "max",
        kind: Kind::Limits,
        about: "What it may cost at most: in proportion and in the metric's unit. Both must be proven.",
        example: "{ relative = \"1%\", absolute = \"5 ms\" }",
        default: Words("1% and, of a time, 5 ms"),
    },
    Key {
        name: "metric",
        kind: Kind::Text,
        about: "What is compared; of a metric of your own, less must be better.",
        example: "\"cpu-time\"",
        default: Value("\"time\""),
    },
    Key {
        name: "pairs",
        kind: Kind::Whole {
            least: 8,
            most: 1_000,
            why: Some("fewer than 8 pairs prove nothing"),
        },
        about: "Pairs of processes at most, at least 8.",
        example: "200",
        default: Value("90"),
    },
    Key {
        name: "alternating",
        kind: Kind::Flag,
        about: "The two benchmarks share each process, and alternate between the sides by themselves; criterion suites only.",
        example: "true",
        default: Value("false"),
    },
    Key {
        name: "severity",
        kind: ENFORCEMENT,
        about: "Whether a claim that is violated fails the gate (\"error\", exit code 1) or is only shown (\"warn\").",
        example: "\"warn\"",
        default: Words("that of [defaults]"),
    },
    Key {
        name: "unresolved",
        kind: UNRESOLVED,
        about: "Whether a claim that could not be proven is only shown (\"warn\") or fails the gate (\"fail\", exit code 3).",
        example: "\"warn\"",
        default: Value("\"fail\""),
    },
];

/// `on` and `off` of an `[[overhead]]`, as a table.
pub(in crate::budget) const VARIANT: &[Key] = &[
    Key {
        name: "bench",
        kind: Kind::BenchName,
        about: "Exact `suite/benchmark`, no glob.",
        example: "\"request/handle\"",
        default: Required,
    },
    Key {
        name: "env",
        kind: Kind::Environment,
        about: "Environment variables of the process.",
        example: "{ PROBE = \"1\" }",
        default: Words("none"),
    },
    Key {
        name: "args",
        kind: Kind::Arguments,
        about: "Arguments after those of the command; for benchmarks of command suites only.",
        example: "[\"--probe\"]",
        default: Words("none"),
    },
];

/// `max` of an `[[overhead]]`.
pub(in crate::budget) const LIMITS: &[Key] = &[
    Key {
        name: "relative",
        kind: Kind::Percent,
        about: "In proportion to the side without.",
        example: "\"0.5%\"",
        default: Value("\"1%\""),
    },
    Key {
        name: "absolute",
        kind: Kind::Quantity,
        about: "In the unit of the metric, for one iteration or one command; above 0.",
        example: "\"2 ms\"",
        default: Words("\"5 ms\" where the metric is a time, otherwise no absolute limit"),
    },
];

/// `[[waiver]]`.
pub(in crate::budget) const WAIVER: &[Key] = &[
    Key {
        name: "bench",
        kind: Kind::BenchName,
        about: "Exact `suite/benchmark`, no glob.",
        example: "\"parser/large\"",
        default: Required,
    },
    Key {
        name: "metric",
        kind: Kind::Text,
        about: "What is excused.",
        example: "\"peak-rss\"",
        default: Value("\"time\""),
    },
    Key {
        name: "slower",
        kind: Kind::Percent,
        about: "Change for the worse that is excused at most, where a budget's `slower` is broken.",
        example: "\"12%\"",
        default: Words("no `slower` is excused; then `max` must be given"),
    },
    Key {
        name: "max",
        kind: Kind::Quantity,
        about: "Value that is excused at most, where a budget's `max` is broken.",
        example: "\"300 us\"",
        default: Words("no `max` is excused; then `slower` must be given"),
    },
    Key {
        name: "until",
        kind: Kind::Date,
        about: "Last day (UTC) on which it holds.",
        example: "2027-01-31",
        default: Required,
    },
    Key {
        name: "reason",
        kind: Kind::Reason,
        about: "Why, for whoever reads the report.",
        example: "\"correctness fix; speed-up planned\"",
        default: Required,
    },
    Key {
        name: "issue",
        kind: Kind::Reason,
        about: "Where it is followed up.",
        example: "\"#123\"",
        default: Words("none"),
    },
];

/// `[anchor]`.
pub(in crate::budget) const ANCHOR: &[Key] = &[
    Key {
        name: "revision",
        kind: Kind::Revision,
        about: "A tag, branch or commit; move it by an explicit commit only.",
        example: "\"v1.4.0\"",
        default: Required,
    },
    Key {
        name: "slower",
        kind: Kind::Percent,
        about: "Change for the worse since then that is allowed in total; stands in for every `slower` of the budgets.",
        example: "\"8%\"",
        default: Value("\"5%\""),
    },
];

/// `[layout]`.
pub(in crate::budget) const LAYOUT: &[Key] = &[Key {
    name: "relinks",
    kind: Kind::Relinks,
    about: "Relinked layouts a side that pairs go through in turn: 0 for none, or 12 to 200.",
    example: "24",
    default: Value("16"),
}];

/// `[github]`.
pub(in crate::budget) const GITHUB: &[Key] = &[
    Key {
        name: "comment",
        kind: Kind::Word(&["changes", "always", "never"]),
        about: "When a comment is started: \"changes\" when something moved, broke or is missing, or budgets changed; one that is there is kept true, but for \"never\".",
        example: "\"always\"",
        default: Value("\"changes\""),
    },
    Key {
        name: "key",
        kind: Kind::Slug,
        about: "Tells several comments and check runs of tollgate on one pull request apart.",
        example: "\"parser\"",
        default: Value("\"default\""),
    },
];
