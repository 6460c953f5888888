//! The keys of a `[[workload]]` and of the tables within it.

mod calls;
mod setting;

#[cfg(test)]
pub(in crate::budget) use calls::STEP;
pub(in crate::budget) use calls::{ENDPOINT, EXPECT, FLOW, WINDOW};
pub(in crate::budget) use setting::{NETWORK, SAFETY, TARGET_PROCESS};

use super::Absent::{Required, Value, Words};
use super::{DAY_MS, Key, Kind};

/// Names of presets and their aliases.
pub(in crate::budget) const PRESETS: &[&str] = &[
    "light-load",
    "smoke",
    "high-user-load",
    "average-load",
    "api-stress",
    "stress",
    "breakpoint",
    "endurance",
    "soak",
    "memory-pressure",
    "slow-network",
    "login-storm",
    "spike",
    "bulk-operations",
];

/// Most users, and most flows at once.
pub(in crate::budget) const MOST_USERS: u32 = 100_000;

/// Arrivals per second at most.
pub(in crate::budget) const MOST_RATE: f64 = 1e6;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const PAYLOAD: Kind = Kind::Size {
    least: 0,
    most: 64 * MIB,
};

/// `[[workload]]`.
pub(in crate::budget) const WORKLOAD: &[Key] = &[
    Key {
        name: "name",
        kind: Kind::Text,
        about: "First part of the benchmarks' ids (`name/all`, `name/<endpoint>`, `name/process`); unique among suites and workloads, without `/`.",
        example: "\"api\"",
        default: Required,
    },
    Key {
        name: "preset",
        kind: Kind::Word(PRESETS),
        about: "Fills in what is not given; see the table of presets.",
        example: "\"high-user-load\"",
        default: Words("nothing is filled in"),
    },
    Key {
        name: "target",
        kind: Kind::Target,
        about: "What is driven: a program that each run starts and stops, or the address of something that runs already.",
        example: "{ command = [\"{target-dir}/release/server\", \"--port\", \"{port}\"], ready = \"http://127.0.0.1:{port}/health\" }",
        default: Required,
    },
    Key {
        name: "model",
        kind: Kind::Word(&["closed", "open"]),
        about: "\"closed\": users who wait for their answers; \"open\": arrivals at a rate, whatever becomes of those before.",
        example: "\"closed\"",
        default: Words("that of the preset, otherwise \"closed\""),
    },
    Key {
        name: "users",
        kind: Kind::Whole {
            least: 1,
            most: MOST_USERS,
            why: None,
        },
        about: "Closed: users at once; with `stages`, those at the start.",
        example: "50",
        default: Words(
            "that of the preset; with `stages` 0; otherwise required where the model is closed",
        ),
    },
    Key {
        name: "delay",
        kind: Kind::Time {
            least_ms: 0,
            most_ms: DAY_MS,
        },
        about: "Closed: from the intended start of a user's flow to that of its next; \"0 s\": the next begins when the last has ended.",
        example: "\"100 ms\"",
        default: Words("that of the preset, otherwise \"0 s\""),
    },
    Key {
        name: "calls-per-user",
        kind: Kind::Large {
            least: 1,
            most: 1_000_000_000,
        },
        about: "Closed: a user who did this many flows is done; the run ends when all are, or with its duration.",
        example: "100",
        default: Words("that of the preset, otherwise no limit"),
    },
    Key {
        name: "rate",
        kind: Kind::Rate,
        about: "Open: flows that begin in a second; with `stages`, those at the start.",
        example: "\"200/s\"",
        default: Words(
            "that of the preset; with `stages` \"0/s\"; otherwise required where the model is open",
        ),
    },
    Key {
        name: "arrivals",
        kind: Kind::Word(&["constant", "poisson"]),
        about: "Open: spaced evenly, or at random as independent visitors come.",
        example: "\"poisson\"",
        default: Value("\"constant\""),
    },
    Key {
        name: "max-in-flight",
        kind: Kind::Whole {
            least: 1,
            most: MOST_USERS,
            why: None,
        },
        about: "Open: flows at once at most; arrivals beyond are dropped and counted.",
        example: "1_000",
        default: Value("1_000"),
    },
    Key {
        name: "duration",
        kind: Kind::Time {
            least_ms: 100,
            most_ms: DAY_MS,
        },
        about: "How long one run drives the target, warm-up included.",
        example: "\"30 s\"",
        default: Words("that of the preset; otherwise this or `stages` is required"),
    },
    Key {
        name: "stages",
        kind: Kind::Stages,
        about: "Linear ramps in place of `duration`: each goes from the users (or rate) of the one before to its own, over its time.",
        example: "[{ users = 50, over = \"10 s\" }, { users = 50, over = \"20 s\" }]",
        default: Words("those of the preset, otherwise one level"),
    },
    Key {
        name: "warm-up",
        kind: Kind::Time {
            least_ms: 0,
            most_ms: DAY_MS,
        },
        about: "Beginning of the duration that is driven like the rest and not counted.",
        example: "\"2 s\"",
        default: Words("that of the preset, otherwise \"0 s\""),
    },
    Key {
        name: "payload",
        kind: PAYLOAD,
        about: "Bytes of `{payload}`, and of the bodies of POST, PUT and PATCH that have no `body`.",
        example: "\"1 KiB\"",
        default: Words("that of the preset, otherwise \"0 B\""),
    },
    Key {
        name: "timeout",
        kind: Kind::Time {
            least_ms: 1,
            most_ms: 60 * 60 * 1_000,
        },
        about: "A call that takes longer is given up, has failed, and counts as this time.",
        example: "\"10 s\"",
        default: Value("\"10 s\""),
    },
    Key {
        name: "body-limit",
        kind: Kind::Size {
            least: 1,
            most: GIB,
        },
        about: "Bytes of an answer's body; one that is longer is a failed call.",
        example: "\"16 MiB\"",
        default: Value("\"16 MiB\""),
    },
    Key {
        name: "http2",
        kind: Kind::Flag,
        about: "HTTP/2, without TLS by prior knowledge, in place of HTTP/1.1 with keep-alive.",
        example: "true",
        default: Value("false"),
    },
    Key {
        name: "cold",
        kind: Kind::Flag,
        about: "A new connection for every call.",
        example: "true",
        default: Value("false"),
    },
    Key {
        name: "certificates",
        kind: Kind::Directory,
        about: "File with certificates (PEM) that are trusted besides the system's, relative to budgets.toml.",
        example: "\"tests/ca.pem\"",
        default: Words("those of the system alone"),
    },
    Key {
        name: "threads",
        kind: Kind::Whole {
            least: 1,
            most: 256,
            why: None,
        },
        about: "Threads of the load generator.",
        example: "2",
        default: Words("one a core"),
    },
    Key {
        name: "observe",
        kind: Kind::Time {
            least_ms: 50,
            most_ms: 60_000,
        },
        about: "Time between two looks at the target's processes.",
        example: "\"250 ms\"",
        default: Value("\"250 ms\""),
    },
    Key {
        name: "network",
        kind: Kind::Network,
        about: "What the network is made to be like, on the generator's side of its connections.",
        example: "{ delay = \"50 ms\", bandwidth = \"100 kB/s\" }",
        default: Words("that of the preset, otherwise as it is"),
    },
    Key {
        name: "safety",
        kind: Kind::Safety,
        about: "What ends a run early, whatever the budgets say.",
        example: "{ memory = \"1 GiB\", error-rate = \"50%\" }",
        default: Words("no limits"),
    },
    Key {
        name: "invocations",
        kind: Kind::Whole {
            least: 1,
            most: 10_000,
            why: None,
        },
        about: "Whole runs that a check makes; from 5 on it can tell a broken budget from a bad moment.",
        example: "5",
        default: Value("5"),
    },
    Key {
        name: "endpoint",
        kind: Kind::Tables {
            title: "[[workload.endpoint]]",
            keys: ENDPOINT,
        },
        about: "One kind of call; write [[workload.endpoint]] once for each.",
        example: "[{ name = \"health\", path = \"/health\" }]",
        default: Words("none; then there must be a flow"),
    },
    Key {
        name: "flow",
        kind: Kind::Tables {
            title: "[[workload.flow]]",
            keys: FLOW,
        },
        about: "Several calls in a row by one user; write [[workload.flow]] once for each.",
        example: "[{ name = \"visit\", steps = [{ endpoint = \"home\", path = \"/\" }, { endpoint = \"news\", path = \"/news\" }] }]",
        default: Words("none; then there must be an endpoint"),
    },
    Key {
        name: "window",
        kind: Kind::Tables {
            title: "[[workload.window]]",
            keys: WINDOW,
        },
        about: "The worst percentile in any sliding window, as a metric of its own; write [[workload.window]] once for each.",
        example: "[{ metric = \"p99\", length = \"1 s\" }]",
        default: Words("none"),
    },
];

/// One of `stages`.
pub(in crate::budget) const STAGE: &[Key] = &[
    Key {
        name: "users",
        kind: Kind::Whole {
            least: 0,
            most: MOST_USERS,
            why: None,
        },
        about: "Users at its end, where the model is closed.",
        example: "50",
        default: Words("required where the model is closed"),
    },
    Key {
        name: "rate",
        kind: Kind::Rate,
        about: "Flows that begin in a second at its end, where the model is open.",
        example: "\"500/s\"",
        default: Words("required where the model is open"),
    },
    Key {
        name: "over",
        kind: Kind::Time {
            least_ms: 1,
            most_ms: DAY_MS,
        },
        about: "The time that it takes.",
        example: "\"10 s\"",
        default: Required,
    },
];
