//! What came of a workload: counts, histograms, what the generator did wrong, what the target's processes used.

use crate::measurement::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// One run of a workload.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Name of the workload.
    pub workload: String,
    /// The model in words that say all of it: `closed: 50 users, delay 100 ms`, `open: 200/s constant`.
    pub model: String,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// What the calls went to, for people: `http://127.0.0.1:41234`, `in process`.
    pub target: String,
    /// How it ended.
    pub ended: Ended,
    /// What calls gave.
    pub driven: Driven,
    /// From the start of the target process to its first good answer; `None` where none was started.
    pub cold_start: Option<Duration>,
    /// The target's processes over time; `None` where they cannot be seen.
    pub process: Option<ProcessRecord>,
    /// Where the target's log was kept; only after a failure.
    pub log: Option<String>,
}

/// What calls gave, without the warm-up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Driven {
    /// Length of the measured part. Rates are counts over this.
    pub window: Duration,
    /// As in the workload, in its order.
    pub endpoints: Vec<EndpointRecord>,
    /// Flows of more than one step: from the intended start of the first to the end of the last, where all went well.
    pub flows: Vec<FlowRecord>,
    /// Calls by second of their end, from the start of the measured part; those that ended after it as well. Of a longer run the
    /// first day only: other numbers have all of it.
    pub seconds: Vec<Second>,
    /// Percentiles over sliding windows, in the order of the workload's: nanoseconds; `None` where no window had calls.
    pub windows: Vec<Option<f64>>,
    /// Connections.
    pub connections: Connections,
    /// What the generator did.
    pub generator: Generator,
}

/// The calls of one endpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndpointRecord {
    /// Its name.
    pub name: String,
    /// By class of the answer: `2xx`, `3xx`, `4xx`, `5xx`, `none`.
    pub classes: BTreeMap<Class, Times>,
    /// Times of calls that went well, and of those that were given up (at the time limit): what percentiles are of. A
    /// quick refusal is no quick answer; it is in the error rate.
    pub judged: Times,
    /// How calls ended; [`Outcome::Ok`] is the only good one.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Checks that failed, by their place among the endpoint's checks (in the order of flows and steps).
    pub failed_checks: BTreeMap<u32, u64>,
    /// Of bodies.
    pub bytes_sent: u64,
    /// Of bodies.
    pub bytes_received: u64,
}

/// The runs of a flow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowRecord {
    /// Its name.
    pub name: String,
    /// Those that went well to their end.
    pub times: Times,
    /// Those that did not.
    pub failed: u64,
}

/// Two views of the same calls, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Times {
    /// From the intended start: what somebody waited who came as planned.
    pub response: Histogram,
    /// From the actual sending: what the target took.
    pub service: Histogram,
}

/// Class of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 1xx and 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx and above.
    ServerError,
    /// There was none.
    None,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// As it should.
    Ok,
    /// With a status that was not expected.
    Status,
    /// A check of the body failed, or a value to capture was not there.
    Check,
    /// A redirect to another origin, which is never followed.
    RedirectOutside,
    /// Nobody listens.
    Refused,
    /// Another failure to connect.
    NotConnected,
    /// The TLS handshake failed.
    Tls,
    /// No whole answer within the time limit.
    TimedOut,
    /// The connection was closed or reset before the answer was whole.
    ClosedEarly,
    /// What came is not HTTP.
    Garbage,
    /// The body went on beyond the limit.
    TooLarge,
    /// The values that the call needs were not there (an earlier step failed to give them).
    NotMade,
}

impl Outcome {
    /// In reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Status => "unexpected status",
            Self::Check => "check failed",
            Self::RedirectOutside => "redirect outside",
            Self::Refused => "connection refused",
            Self::NotConnected => "not connected",
            Self::Tls => "TLS failed",
            Self::TimedOut => "timed out",
            Self::ClosedEarly => "closed early",
            Self::Garbage => "not HTTP",
            Self::TooLarge => "body too large",
            Self::NotMade => "not made",
        }
    }
}

/// What happened in one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Second {
    /// Calls that ended.
    pub calls: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// Connections of the whole run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Connections {
    /// Opened.
    pub opened: u64,
    /// Open at once at most.
    pub most: u64,
    /// Time of TCP connects, nanoseconds.
    pub connect: Histogram,
    /// Time of TLS handshakes, nanoseconds.
    pub tls: Histogram,
    /// From sending to the first byte of the answer, nanoseconds.
    pub first_byte: Histogram,
}

/// Whether the generator did what it should.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Generator {
    /// Flows that were due in the measured part, with arrivals that were dropped and flows of paced users that never began because
    /// their users still waited for an earlier one at the end.
    pub due: u64,
    /// Those of them that began later than 1 ms after they were due though a user was free: the generator's fault.
    pub late: u64,
    /// Arrivals that were dropped because too many were in flight.
    pub dropped: u64,
    /// How late they began by the generator's fault, nanoseconds.
    pub lateness: Histogram,
    /// CPU time of the generator over (time x threads), 0..=1 or a little more; `None` where the system does not say, and for calls
    /// in process, whose own time it is too.
    pub cpu: Option<f64>,
    /// Threads.
    pub threads: u32,
    /// Its resident memory at the end, bytes.
    pub rss: Option<u64>,
    /// Open sockets at most.
    pub sockets: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Ended {
    /// As planned.
    #[default]
    Completed,
    /// Something stopped it. What was measured until then is there, and partial.
    Stopped(Stop),
}

/// What stopped a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// Ctrl-C.
    Interrupted,
    /// The target's memory was above the limit.
    Memory {
        /// Bytes.
        used: u64,
        /// Bytes.
        limit: u64,
    },
    /// Too many calls failed.
    ErrorRate {
        /// Share in the window.
        share: f64,
        /// Its limit.
        limit: f64,
    },
    /// As many calls as are allowed.
    Requests {
        /// The limit.
        limit: u64,
    },
    /// As long as is allowed.
    Time {
        /// The limit.
        limit: Duration,
    },
    /// The disk is nearly full.
    Disk {
        /// Free bytes.
        free: u64,
        /// What must stay free.
        limit: u64,
    },
    /// A sliding window was above its limit.
    Window {
        /// `p99@30s of login`.
        what: String,
        /// Nanoseconds.
        value: f64,
        /// Nanoseconds.
        limit: f64,
    },
    /// The target process ended.
    TargetDied {
        /// Its exit status or signal.
        status: String,
    },
}

/// The target's processes over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProcessRecord {
    /// In the order of time. At most some thousands: longer runs are thinned evenly.
    pub samples: Vec<ProcessSample>,
    /// Largest resident set of the tree that was seen, bytes; of every sample, also of those that were thinned out.
    pub peak_rss: u64,
    /// CPU time of the tree in the measured part.
    pub cpu: Duration,
    /// What observing took: CPU time over wall time.
    pub own_cost: Option<f64>,
}

/// The sum over a process tree at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ProcessSample {
    /// From the start of observing.
    pub at: Duration,
    /// Processes.
    pub processes: u32,
    /// CPU time until now, user and system, of those alive and of those that were waited for.
    pub cpu: Duration,
    /// Resident set, bytes.
    pub rss: u64,
    /// Proportional set, bytes; in every tenth sample.
    pub pss: Option<u64>,
    /// Threads.
    pub threads: u32,
    /// Open file descriptors.
    pub fds: Option<u32>,
    /// Bytes read from storage.
    pub read: Option<u64>,
    /// Bytes written to storage.
    pub written: Option<u64>,
}
