//! The instruments of all trackers: they are the process's, as all instruments are.

use crate::{Counter, Family, FloatGauge, Gauge, Histogram, Timer, Unit};

/// Durations of requests, by `route`, `method` and `status`.
pub const REQUESTS: &str = "http_request_duration_seconds";
/// Durations of queries, by `query`.
pub const QUERIES: &str = "query_duration_seconds";
/// Number of events, by `category`, `event` and `result`, which is `success` or `failure`.
pub const EVENTS: &str = "events_total";
/// Sizes of events, by `category` and `event`.
pub const EVENT_BYTES: &str = "event_bytes";
/// Durations of events, by `category` and `event`.
pub const EVENT_SECONDS: &str = "event_duration_seconds";
/// Resident memory of the process in bytes.
pub const RESIDENT: &str = "process_resident_memory_bytes";

pub(super) static REQUEST: Family<Timer, 3> = Family::new(REQUESTS, ["route", "method", "status"])
    .help("Time from a request's start to its response, by how it ended");
pub(super) static QUERY: Family<Timer, 1> =
    Family::new(QUERIES, ["query"]).help("Time of a query, by how it ended");
pub(super) static EVENT: Family<Counter, 3> = Family::new(EVENTS, ["category", "event", "result"])
    .help("What happened, and whether it worked");
pub(super) static BYTES: Family<Histogram, 2> = Family::new(EVENT_BYTES, ["category", "event"])
    .help("Size of what an event moved")
    .unit(Unit::Bytes);
pub(super) static TOOK: Family<Timer, 2> =
    Family::new(EVENT_SECONDS, ["category", "event"]).help("Time that an event took");

pub(super) static RESIDENT_BYTES: Gauge = Gauge::new(RESIDENT)
    .help("Resident memory; approximate, as the kernel counts it")
    .unit(Unit::Bytes);
pub(super) static VIRTUAL_BYTES: Gauge = Gauge::new("process_virtual_memory_bytes")
    .help("Address space")
    .unit(Unit::Bytes);
pub(super) static ALLOCATIONS: Counter =
    Counter::new("process_allocations_total").help("Calls of the counting allocator");
pub(super) static ALLOCATED: Counter =
    Counter::new("process_allocated_bytes_total").help("Bytes asked of the counting allocator");
pub(super) static LIVE: Gauge = Gauge::new("process_live_allocated_bytes")
    .help("Bytes asked of the counting allocator and not given back")
    .unit(Unit::Bytes);

pub(super) static UPKEEP: Timer =
    Timer::new("probe_upkeep_seconds").help("Time of the tracker's upkeep, callbacks not included");
pub(super) static COST: Timer = Timer::new("probe_empty_span_seconds")
    .help("Empty spans, timed once to learn what a span costs");
pub(super) static SELF: FloatGauge = FloatGauge::new("probe_self_seconds")
    .help("Estimated time that the probe has taken from the application: spans and values times the cost of an empty span, and upkeep")
    .unit(Unit::Seconds);
