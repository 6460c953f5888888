//! What a workload does: its target, its calls, how many and when, and what stops it.
//!
//! Validated: `budget` makes these from budgets.toml (presets filled in), and programs may make them by hand.

use std::time::Duration;

/// One `[[workload]]`, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Name of the suite that its benchmarks belong to.
    pub name: String,
    /// The preset that filled in what was not given, by its first name.
    pub preset: Option<Preset>,
    /// What is driven.
    pub target: Target,
    /// When calls begin.
    pub model: Model,
    /// Driven like the rest and left out of every number; from the start of the schedule. The measured window comes after it.
    pub warm_up: Duration,
    /// Everything that is called, each recorded on its own. Not empty, names unique.
    pub endpoints: Vec<Endpoint>,
    /// What users do: by weight one of these at a time. Not empty. A plain endpoint is a flow with one step.
    pub flows: Vec<Flow>,
    /// HTTP version and TLS.
    pub protocol: Protocol,
    /// What the network is made to be like.
    pub network: Network,
    /// A call that takes longer is given up, counts as failed, and as this time in the histograms.
    pub timeout: Duration,
    /// Bytes of a response that are read; a longer body is an error by name.
    pub body_limit: u64,
    /// Threads of the generator; `None`: one a core.
    pub threads: Option<u32>,
    /// What ends the run early.
    pub safety: Safety,
    /// Time between two looks at the target's processes.
    pub observe: Duration,
    /// Percentiles over sliding windows.
    pub windows: Vec<Window>,
}

impl Workload {
    /// For a function of a Rust program: so many users, each of whom begins a call every `delay` (zero: when the last has ended),
    /// for `duration`. One endpoint, which has the workload's name; no warm-up, a time limit of 10 s. Everything else can be
    /// changed afterwards.
    #[must_use]
    pub fn in_process(name: &str, users: u32, delay: Duration, duration: Duration) -> Self {
        let step = Step {
            endpoint: 0,
            method: "GET".to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            body: None,
            payload: 0,
            checks: Vec::new(),
            captures: Vec::new(),
        };
        Self {
            name: name.to_owned(),
            preset: None,
            target: Target::InProcess,
            model: Model::Closed(Closed {
                start: users,
                stages: vec![UserStage {
                    users,
                    over: duration,
                }],
                calls_per_user: None,
                delay,
            }),
            warm_up: Duration::ZERO,
            endpoints: vec![Endpoint {
                name: name.to_owned(),
            }],
            flows: vec![Flow {
                name: name.to_owned(),
                weight: 1,
                once: false,
                steps: vec![step],
            }],
            protocol: Protocol::default(),
            network: Network::default(),
            timeout: Duration::from_secs(10),
            body_limit: 16 << 20,
            threads: None,
            safety: Safety::default(),
            observe: Duration::from_millis(250),
            windows: Vec::new(),
        }
    }

    /// Length of the whole schedule, warm-up included.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match &self.model {
            Model::Closed(closed) => sum(closed.stages.iter().map(|stage| stage.over)),
            Model::Open(open) => sum(open.stages.iter().map(|stage| stage.over)),
        }
    }

    /// Length of the part that is measured.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.duration().saturating_sub(self.warm_up)
    }
}

/// Of numbers that nobody has checked: never an overflow.
fn sum(mut times: impl Iterator<Item = Duration>) -> Duration {
    times
        .try_fold(Duration::ZERO, Duration::checked_add)
        .unwrap_or(Duration::MAX)
}

/// Presets, under the names that people know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// `light-load`, `smoke`: few users; does it work at all.
    LightLoad,
    /// `high-user-load`, `average-load`: the users of a busy day.
    HighUserLoad,
    /// `api-stress`, `stress`, `breakpoint`: open model, rate ramps up.
    ApiStress,
    /// `endurance`, `soak`: moderate load for long, leaks show.
    Endurance,
    /// `memory-pressure`: large payloads.
    MemoryPressure,
    /// `slow-network`: few bytes a second, long round trips.
    SlowNetwork,
    /// `login-storm`, `spike`: everybody at once.
    LoginStorm,
    /// `bulk-operations`: many calls in a row by few users.
    BulkOperations,
}

/// What is driven.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A process that the run starts and stops.
    Start(TargetProcess),
    /// Something that runs already: `http://host:port` or `https://host:port`, no path.
    Running {
        /// Scheme, host and port.
        origin: String,
    },
    /// A closure or async fn of a Rust program, given with the call to the library.
    InProcess,
}

/// A process that serves.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetProcess {
    /// Program and arguments; no shell. `{port}` stands for a free port of loopback, `{target-dir}` for cargo's target directory.
    pub argv: Vec<String>,
    /// Set for it; values may hold `{port}`.
    pub environment: Vec<(String, String)>,
    /// Working directory relative to budgets.toml.
    pub directory: Option<String>,
    /// Asked until it answers with a status below 400; with `{port}`. Its scheme, host and port are what calls go to.
    pub ready: String,
    /// How long it may take to be ready.
    pub ready_within: Duration,
    /// How long it may take to end after SIGTERM, before SIGKILL.
    pub stop_within: Duration,
}

/// When calls begin.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// A number of users, each of which waits for its answer before it goes on.
    Closed(Closed),
    /// Arrivals at a rate, whatever becomes of those before.
    Open(Open),
}

impl Model {
    /// `closed` or `open`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Open(_) => "open",
        }
    }
}

/// Users who take turns with the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// Users at the start.
    pub start: u32,
    /// From there, linearly to each stage's number over its time. Not empty; at least one with a time and users above 0.
    pub stages: Vec<UserStage>,
    /// A user who did this many flows is done; the run ends when all are, or with its stages.
    pub calls_per_user: Option<u64>,
    /// From the intended start of a user's flow to that of its next. A flow that took longer makes the next one late, and
    /// that lateness is part of the next one's response time. Zero: the next begins when the last has ended.
    pub delay: Duration,
}

/// Where a number of users goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UserStage {
    /// Users at its end.
    pub users: u32,
    /// Time it takes.
    pub over: Duration,
}

/// Arrivals.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// How they are spaced.
    pub arrivals: Arrivals,
    /// Arrivals (flows) per second at the start.
    pub start: f64,
    /// From there, linearly to each stage's rate over its time. Not empty.
    pub stages: Vec<RateStage>,
    /// Flows at once at most. An arrival beyond is dropped, counted, and makes the measurement invalid where they are many.
    pub max_in_flight: u32,
}

/// Where a rate goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateStage {
    /// Arrivals per second at its end; finite, at least 0.
    pub rate: f64,
    /// Time it takes.
    pub over: Duration,
}

/// How arrivals are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// Evenly by the rate of the moment.
    Constant,
    /// At random with the rate of the moment (seeded).
    Poisson,
}

/// What is recorded on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name of the benchmark.
    pub name: String,
}

/// Steps in a row by one user.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// Its name; that of its endpoint where it has one step.
    pub name: String,
    /// How often, relative to the other flows. Above 0; of no meaning where `once`.
    pub weight: u32,
    /// Done by every user once, before anything else (a login). Its calls are recorded like others.
    pub once: bool,
    /// Not empty. A failed step ends the flow.
    pub steps: Vec<Step>,
}

/// One call.
///
/// In path, header values and body `{name}` stands for a value that an earlier step of the same user captured, or for one of
/// `{user}` (number of the user), `{iteration}` (number of the user's flow), `{call}` (number of the flow in the run), `{random}`
/// (a seeded number) and `{payload}` (text of `payload` bytes). `{{` is a brace.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Index into [`Workload::endpoints`].
    pub endpoint: usize,
    /// `GET`, `POST` ..
    pub method: String,
    /// Begins with `/`.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body; `None`: empty, or `payload` bytes where that is above 0.
    pub body: Option<String>,
    /// Bytes that stand for `{payload}`.
    pub payload: u64,
    /// What the answer must be. Without a check of the status it must be below 400.
    pub checks: Vec<Check>,
    /// What later steps need of the answer.
    pub captures: Vec<Capture>,
}

/// What an answer must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// Its status is one of these.
    Status(Vec<u16>),
    /// Its body holds this text.
    BodyContains(String),
    /// Its body is JSON in which the pointer (RFC 6901) leads to this value; `None`: to anything but null.
    Json {
        /// Such as `/items/0/id`.
        pointer: String,
        /// What must be there.
        value: Option<serde_json::Value>,
    },
}

/// A value of an answer that is kept for the user's later steps. An answer without it is a failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Its name between braces.
    pub name: String,
    /// Where it stands.
    pub from: CaptureFrom,
}

/// Where a captured value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaptureFrom {
    /// A JSON pointer (RFC 6901) to a string, number or boolean.
    Json(String),
    /// A header of the answer.
    Header(String),
}

/// How is spoken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Protocol {
    /// HTTP/2 (with prior knowledge where there is no TLS) in place of HTTP/1.1 with keep-alive.
    pub http2: bool,
    /// A new connection for every call: what a cold client waits.
    pub cold: bool,
    /// File with the certificates (PEM) that are trusted besides the system's, relative to budgets.toml.
    pub certificates: Option<String>,
}

/// What the network is made to be like, by the generator's own connections: no privileges needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Network {
    /// Added to every exchange and to connecting: one round trip.
    pub delay: Duration,
    /// Bytes per second of one connection, each way.
    pub bandwidth: Option<u64>,
}

/// What ends a run early, whatever the budgets say.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Safety {
    /// Resident memory of the target's whole process tree, in bytes.
    pub memory: Option<u64>,
    /// Share of failed calls (0..=1) in the last `error_window`.
    pub error_rate: Option<f64>,
    /// Length of that window; at least 1 s.
    pub error_window: Duration,
    /// Calls in all.
    pub requests: Option<u64>,
    /// Wall time of the run, from the start of the target to the end of calls.
    pub time: Option<Duration>,
    /// Free bytes that the file systems of the log and of the target's directory must keep.
    pub disk: Option<u64>,
}

/// The worst value of a percentile in any sliding window: the metric `p99@30s`.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Index into [`Workload::endpoints`]; `None`: all calls.
    pub endpoint: Option<usize>,
    /// Between 0 and 1: 0.99.
    pub quantile: f64,
    /// Whole seconds, at least 1.
    pub length: Duration,
    /// Windows that begin earlier than this after the warm-up do not count.
    pub after: Duration,
    /// The run ends as soon as a window is above this (nanoseconds).
    pub abort_above: Option<f64>,
}
