//! Requests, queries, events and memory of an application: recorded, aggregated, watched.
//!
//! A [`Tracker`] is a friendly front of the instruments. It records into families of the process, so two trackers
//! count together, and handlers in `web::probed` or `web::probed_by_path` count into the same routes; its own are the
//! sampling rate, windows, thresholds, alerts and subscribers. `ProbeService` and `ProbeLayer` record another family,
//! `http_service_duration_seconds`: routes and default thresholds do not look at it. It has no thread: what happens from time to time happens in
//! [`upkeep`](Tracker::upkeep).
//!
//! ```
//! use std::time::Duration;
//! use tollgate_probe::tracker::Tracker;
//!
//! let tracker = Tracker::builder().build()?;
//! let alerts = tracker.alerts().subscribe(|alert| eprintln!("{}", alert.message));
//! let errors = tracker.on_error(|error| eprintln!("{} {}", error.name, error.detail));
//!
//! tracker.request("/users/{id}", "GET").finish(200);
//! tracker.record_request("/users/{id}", "GET", 503, Duration::from_millis(40));
//! tracker.upkeep_now();
//!
//! let routes = tracker.routes(Duration::from_secs(300));
//! # #[cfg(feature = "record")]
//! assert_eq!((&*routes[0].route, routes[0].counts.total, routes[0].counts.errors), ("/users/{id}", 2, 1));
//! for route in routes {
//!     println!("{} {}: {} requests, {} errors", route.method, route.route, route.counts.total, route.counts.errors);
//! }
//! println!("{}", tracker.health().status.word());
//! # drop((alerts, errors));
//! # Ok::<(), tollgate_probe::tracker::BadSettings>(())
//! ```
//!
//! # What it costs
//!
//! A request costs two readings of the clock and one record in a family that is looked up by its labels. Nothing is kept
//! for each request. What the probe takes as a whole is itself a metric, `probe_self_seconds`: all values in
//! distributions times the cost of an empty span, measured once, and the time of upkeep. It is an estimate: counters and
//! gauges are left out (a few nanoseconds each), so are cache misses that the probe causes elsewhere, and what sampling
//! passed over is counted as if it were timed. `probe_upkeep_seconds` is measured, not estimated.

mod aggregate;
mod detect;
mod error;
mod event;
mod families;
mod health;
mod query;
mod request;
mod running;
mod sanitise;
mod settings;
mod upkeep;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, Weak};
use std::time::Duration;

pub use aggregate::{
    Counts, EventAggregates, QueryAggregates, RouteAggregates, events, queries, routes,
};
pub use detect::Calls;
pub use error::{ErrorEvent, Source};
pub use families::{EVENT_BYTES, EVENT_SECONDS, EVENTS, QUERIES, REQUESTS, RESIDENT};
pub use health::{Health, Issue, Status};
pub use query::QuerySpan;
pub use request::{NO_STATUS, RequestSpan};
pub use sanitise::sanitise_query;
pub use settings::{BadSettings, Builder, default_thresholds};

use crate::alert::Alerts;
use crate::alert::callback::Subscribers;
use crate::clock;
use crate::degradation::Tolerance;
use crate::instrument::sampling::Sampling;
use crate::window::WindowedSnapshot;
use detect::Watch;
use upkeep::Kept;

/// Records, aggregates and watches. See the [module](self).
#[derive(Debug)]
pub struct Tracker {
    sampling: Sampling,
    /// Nanoseconds at which upkeep is due, on the scale that it is called with.
    due: AtomicU64,
    interval_nanos: u64,
    interval: Duration,
    window: Duration,
    /// Ticks from which a single request, or query, is noted.
    slow_request: AtomicU64,
    slow_query: AtomicU64,
    alerts: Alerts,
    errors: Subscribers<ErrorEvent>,
    /// Never held while a callback runs.
    kept: Mutex<Kept>,
    watches: Mutex<Vec<Weak<Watch>>>,
    tolerance: Tolerance,
    degradation_window: Duration,
}

static GLOBAL: OnceLock<Tracker> = OnceLock::new();

/// Ticks from which a request is slow for the tracker of the process, for wrappers of web servers: one load where a look
/// at the tracker would be several.
#[cfg(all(feature = "record", feature = "tower"))]
static SLOW: AtomicU64 = AtomicU64::new(u64::MAX);

#[cfg(all(feature = "record", feature = "tower"))]
#[inline]
pub(crate) fn slow() -> u64 {
    SLOW.load(Relaxed)
}

#[cfg(all(feature = "record", feature = "tower"))]
pub(crate) fn installed() -> Option<&'static Tracker> {
    GLOBAL.get()
}

/// The tracker of the process: the one that was [installed](install), or else one with the default settings.
pub fn tracker() -> &'static Tracker {
    GLOBAL.get().unwrap_or_else(|| {
        let tracker = GLOBAL.get_or_init(|| Builder::default().unchecked());
        tracker.refresh_limits();
        tracker
    })
}

/// Makes this the tracker of the process.
///
/// # Errors
/// There is one already: another was installed, or [`tracker`] was called before. Gives the new one back.
pub fn install(tracker: Tracker) -> Result<&'static Tracker, Box<Tracker>> {
    match GLOBAL.set(tracker) {
        Ok(()) => {
            let tracker = self::tracker();
            tracker.refresh_limits();
            Ok(tracker)
        }
        Err(new) => Err(Box::new(new)),
    }
}

impl Tracker {
    /// How to set one up.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn new(settings: &Builder, alerts: Alerts) -> Self {
        let tracker = Self {
            sampling: Sampling::one_in(settings.one_in),
            due: AtomicU64::new(0),
            interval_nanos: u64::try_from(settings.interval.as_nanos()).unwrap_or(u64::MAX),
            interval: settings.interval,
            window: settings.window,
            slow_request: AtomicU64::new(u64::MAX),
            slow_query: AtomicU64::new(u64::MAX),
            alerts,
            errors: Subscribers::default(),
            kept: Mutex::new(Kept::new(settings.retention)),
            watches: Mutex::default(),
            tolerance: settings.tolerance,
            degradation_window: settings.degradation_window,
        };
        tracker.refresh_limits();
        tracker
    }

    /// The time that [`upkeep_now`](Self::upkeep_now) uses: since the first use of the probe in this process, by a clock
    /// that does not go back. For [`upkeep`](Self::upkeep), [`Alerts::raise`] and all else that takes a `now`, so that they
    /// are on one scale.
    #[must_use]
    pub fn now(&self) -> Duration {
        clock::uptime()
    }

    /// Its thresholds, alerts and their subscribers.
    #[must_use]
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// What was recorded in the last so many seconds, as far as that is kept, and which time it really covers. `None` if
    /// the clock went back. Takes a snapshot: milliseconds with thousands of series.
    #[must_use]
    pub fn window(&self, span: Duration) -> Option<WindowedSnapshot> {
        let snapshot = crate::snapshot();
        self.kept().window(span, &snapshot)
    }

    /// Requests of the last so many seconds by route and method, the busiest first. Empty if none was recorded.
    #[must_use]
    pub fn routes(&self, span: Duration) -> Vec<RouteAggregates> {
        self.window(span)
            .map(|window| routes(&window.snapshot))
            .unwrap_or_default()
    }

    /// Queries of the last so many seconds, the most frequent first.
    #[must_use]
    pub fn queries(&self, span: Duration) -> Vec<QueryAggregates> {
        self.window(span)
            .map(|window| queries(&window.snapshot))
            .unwrap_or_default()
    }

    /// Events of the last so many seconds, by category and name.
    #[must_use]
    pub fn events(&self, span: Duration) -> Vec<EventAggregates> {
        self.window(span)
            .map(|window| events(&window.snapshot))
            .unwrap_or_default()
    }

    /// How the application is, as of the last upkeep.
    #[must_use]
    pub fn health(&self) -> Health {
        let (age, memory, services_only) = {
            let kept = self.kept();
            let age = kept.looked.map(|then| self.now().saturating_sub(then));
            let memory = kept.memory.as_ref().map(ToString::to_string);
            (age, memory, kept.services_only)
        };
        health::judge(health::Facts {
            enabled: crate::enabled(),
            age,
            interval: self.interval,
            active: self.alerts.active(),
            unmet: self.alerts.unmet(),
            refused: self.alerts.refused(),
            memory,
            services_only,
        })
    }

    #[inline]
    fn slow_request(&self) -> u64 {
        self.slow_request.load(Relaxed)
    }

    #[inline]
    fn slow_query(&self) -> u64 {
        self.slow_query.load(Relaxed)
    }
}

#[cfg(test)]
mod tests;
