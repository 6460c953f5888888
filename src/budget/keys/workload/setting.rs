//! What a workload drives, through which network, and what stops it.

use super::super::Absent::{Value, Words};
use super::super::{DAY_MS, Key, Kind};
use super::{KIB, MIB};

const GB: u64 = 1_000_000_000;

/// `target`.
pub(in crate::budget) const TARGET_PROCESS: &[Key] = &[
    Key {
        name: "command",
        kind: Kind::TargetCommand,
        about: "Program and arguments, no shell; `{port}` is a free port, `{target-dir}` cargo's target directory.",
        example: "[\"{target-dir}/release/server\", \"--port\", \"{port}\"]",
        default: Words("required, unless there is a `url`"),
    },
    Key {
        name: "ready",
        kind: Kind::ReadyUrl,
        about: "Asked until it answers with a status below 400; calls go to its scheme, host and port.",
        example: "\"http://127.0.0.1:{port}/health\"",
        default: Words("required with `command`"),
    },
    Key {
        name: "environment",
        kind: Kind::Environment,
        about: "Environment variables of the program; values may hold `{port}`.",
        example: "{ LOG = \"warn\" }",
        default: Words("none are added"),
    },
    Key {
        name: "directory",
        kind: Kind::Directory,
        about: "Working directory of the program, relative to budgets.toml.",
        example: "\"srv\"",
        default: Words("that of budgets.toml"),
    },
    Key {
        name: "ready-within",
        kind: Kind::Time {
            least_ms: 100,
            most_ms: 10 * 60 * 1_000,
        },
        about: "How long it may take until it is ready.",
        example: "\"30 s\"",
        default: Value("\"30 s\""),
    },
    Key {
        name: "stop-within",
        kind: Kind::Time {
            least_ms: 100,
            most_ms: 5 * 60 * 1_000,
        },
        about: "How long it may take to end after SIGTERM, before SIGKILL.",
        example: "\"5 s\"",
        default: Value("\"5 s\""),
    },
    Key {
        name: "url",
        kind: Kind::Origin,
        about: "Scheme, host and port of something that runs already, without a path.",
        example: "\"http://127.0.0.1:8080\"",
        default: Words("required, unless there is a `command`"),
    },
];

/// `network`.
pub(in crate::budget) const NETWORK: &[Key] = &[
    Key {
        name: "delay",
        kind: Kind::Time {
            least_ms: 0,
            most_ms: 60_000,
        },
        about: "Added to each exchange and to connecting: one round trip.",
        example: "\"50 ms\"",
        default: Words("that of the preset, otherwise \"0 s\""),
    },
    Key {
        name: "bandwidth",
        kind: Kind::Bandwidth {
            least: 1_000,
            most: 100 * GB,
        },
        about: "Bytes per second of one connection, each way.",
        example: "\"100 kB/s\"",
        default: Words("that of the preset, otherwise as it is"),
    },
];

/// `safety`.
pub(in crate::budget) const SAFETY: &[Key] = &[
    Key {
        name: "memory",
        kind: Kind::Size {
            least: MIB,
            most: MIB * MIB,
        },
        about: "Resident memory of the target's whole process tree.",
        example: "\"1 GiB\"",
        default: Words("no limit"),
    },
    Key {
        name: "error-rate",
        kind: Kind::Share,
        about: "Share of failed calls in the last `error-window`.",
        example: "\"50%\"",
        default: Words("no limit"),
    },
    Key {
        name: "error-window",
        kind: Kind::Time {
            least_ms: 1_000,
            most_ms: 60 * 60 * 1_000,
        },
        about: "How far back failed calls count for `error-rate`.",
        example: "\"10 s\"",
        default: Value("\"10 s\""),
    },
    Key {
        name: "requests",
        kind: Kind::Large {
            least: 1,
            most: 1_000_000_000_000,
        },
        about: "Calls in all.",
        example: "1_000_000",
        default: Words("no limit"),
    },
    Key {
        name: "time",
        kind: Kind::Time {
            least_ms: 1_000,
            most_ms: DAY_MS,
        },
        about: "Wall time, from the start of the target to the end of the calls.",
        example: "\"2 min\"",
        default: Words("no limit"),
    },
    Key {
        name: "disk",
        kind: Kind::Size {
            least: KIB,
            most: MIB * MIB,
        },
        about: "What must stay free on the file systems of the log and of the target's directory.",
        example: "\"500 MiB\"",
        default: Words("no limit"),
    },
];
