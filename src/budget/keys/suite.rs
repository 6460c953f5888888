//! The keys of a `[[suite]]`, common and by tool.

use super::Absent::{Required, Value, Words};
use super::{INVOCATIONS, Key, Kind, TIMEOUT};

/// `[[suite]]`, whatever the tool.
pub(in crate::budget) const SUITE: &[Key] = &[
    Key {
        name: "name",
        kind: Kind::Text,
        about: "First part of the benchmarks' ids (`name/benchmark`); unique, without `/`.",
        example: "\"parser\"",
        default: Required,
    },
    Key {
        name: "tool",
        kind: Kind::Tool,
        about: "What measures: criterion, divan, a command that is run as a whole, or system: tollgate's own benchmarks of the machine.",
        example: "\"criterion\"",
        default: Required,
    },
    Key {
        name: "only",
        kind: Kind::Globs,
        about: "Globs on names within the suite; other benchmarks are not run.",
        example: "[\"parse/*\", \"print/large\"]",
        default: Words("all benchmarks"),
    },
    Key {
        name: "invocations",
        kind: INVOCATIONS,
        about: "Fresh processes for each benchmark of this suite, at least 5.",
        example: "20",
        default: Words("that of [defaults]"),
    },
    Key {
        name: "timeout",
        kind: TIMEOUT,
        about: "Wall time of one invocation of this suite before it is killed and reported as failed.",
        example: "\"2 min\"",
        default: Words("that of [defaults]"),
    },
];

/// `[[suite]]` with tool criterion or divan.
pub(in crate::budget) const TARGET: &[Key] = &[
    Key {
        name: "bench",
        kind: Kind::CargoName,
        about: "Name of the cargo bench target.",
        example: "\"parsing\"",
        default: Required,
    },
    Key {
        name: "package",
        kind: Kind::CargoName,
        about: "Package of the bench target, where its name alone is ambiguous in the workspace.",
        example: "\"my-parser\"",
        default: Words("the package that has the target"),
    },
    Key {
        name: "features",
        kind: Kind::CargoNames,
        about: "Cargo features to build the target with.",
        example: "[\"simd\"]",
        default: Words("the package's default features"),
    },
    Key {
        name: "measure",
        kind: TIMEOUT,
        about: "Target time of measuring in one invocation.",
        example: "\"200 ms\"",
        default: Value("\"200 ms\""),
    },
    Key {
        name: "warm-up",
        kind: TIMEOUT,
        about: "Warm-up in one invocation.",
        example: "\"50 ms\"",
        default: Value("\"50 ms\""),
    },
];

/// `[[suite]]` with tool command.
pub(in crate::budget) const COMMAND: &[Key] = &[
    Key {
        name: "command",
        kind: Kind::Command,
        about: "Program and arguments; one string only together with `shell = true`.",
        example: "[\"target/release/tool\", \"--input\", \"large.txt\"]",
        default: Required,
    },
    Key {
        name: "shell",
        kind: Kind::Flag,
        about: "Run the command, given as one string, by `sh -c`.",
        example: "true",
        default: Value("false"),
    },
    Key {
        name: "benchmark",
        kind: Kind::Text,
        about: "Name of the one benchmark of the suite.",
        example: "\"large-file\"",
        default: Value("\"run\""),
    },
    Key {
        name: "warm-up",
        kind: Kind::Whole {
            least: 0,
            most: 1_000,
            why: None,
        },
        about: "Invocations before the first that counts.",
        example: "1",
        default: Value("1"),
    },
    Key {
        name: "exit-status",
        kind: Kind::Whole {
            least: 0,
            most: 255,
            why: None,
        },
        about: "Exit status that means success.",
        example: "0",
        default: Value("0"),
    },
    Key {
        name: "directory",
        kind: Kind::Directory,
        about: "Working directory, relative to budgets.toml.",
        example: "\"fixtures\"",
        default: Words("that of budgets.toml"),
    },
];
