//! Answers of the metrics endpoints: `GET /metrics` and `GET /metrics.json`.
//!
//! [`text`] and [`json`] are pure: data in, response out, for any server. [`Endpoints`] asks the probe and the
//! application for the data, and with the feature `axum` makes a router.
//!
//! Whoever can reach these endpoints learns every route, rate and latency of the application. Serve them on an address
//! of their own or behind the application's authentication: nothing here asks who is there.

mod accept;
mod query;

use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response, StatusCode};

use crate::Snapshot;
use crate::alert::Alert;
use crate::export::clip::clip;
use crate::export::{
    Format, LABEL_BYTES, Options, Writer, json as json_export, openmetrics, prometheus,
};
use crate::tracker::Tracker;
use crate::window::WindowedSnapshot;
use accept::negotiate;
use query::Query;

/// The quantiles that windows are shown with.
const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];
/// Series that are rendered before other tasks get a turn: about a millisecond.
#[cfg(feature = "axum")]
const PIECE: usize = 250;

/// What an answer is made of.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Everything since the start.
    pub snapshot: Snapshot,
    /// The windows that there are.
    pub windows: Vec<Window>,
    /// Alerts that are on.
    pub alerts: Vec<Alert>,
}

/// What was recorded lately.
#[derive(Clone, Debug)]
pub struct Window {
    /// Such as `5m`.
    pub name: String,
    /// `None` if it was not asked for, or cannot be had.
    pub taken: Option<WindowedSnapshot>,
}

/// `GET /metrics`: OpenMetrics where the `Accept` header prefers it, else the Prometheus text format, which is also the
/// answer to whoever accepts neither. Windows are gauges of the quantiles 0.5, 0.95 and 0.99.
#[must_use]
pub fn text(page: &Page, accept: Option<&str>) -> Response<String> {
    let format = negotiate(accept);
    let mut out = String::new();
    let mut writer = writer(page, format);
    loop {
        match writer.write(&mut out, usize::MAX) {
            Ok(true) => {}
            Ok(false) => return text_response(out, format),
            Err(fmt::Error) => return not_rendered(),
        }
    }
}

fn writer(page: &Page, format: Format) -> Writer<'_> {
    let mut options = Options::default();
    for window in &page.windows {
        if let Some(taken) = &window.taken {
            options = options.window(&window.name, &taken.snapshot, &QUANTILES);
        }
    }
    Writer::new(&page.snapshot, format, options)
}

fn text_response(body: String, format: Format) -> Response<String> {
    let content = match format {
        Format::Prometheus => prometheus::CONTENT_TYPE,
        Format::OpenMetrics => openmetrics::CONTENT_TYPE,
    };
    let mut response = response(StatusCode::OK, content, body);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept"));
    response
}

/// `GET /metrics.json`:
///
/// ```json
/// {"window":"5m","covered_s":301.2,"windows":["5m","1h"],"alerts":[{"level":"warning","message":"..","value":1.2,"latest":1.1,"limit":1}],"metrics":{..}}
/// ```
///
/// The query says what `metrics` is: `by`, the label to group by (`route`, unless said; empty for every series by
/// itself), and `window`, one of [`Page::windows`] (else everything since the start). The rest is as
/// [`by_label`](crate::export::json::by_label) and [`render`](crate::export::json::render) write it.
///
/// `covered_s` is the time that the data really cover: a window of five minutes is shorter while there is no older data, and
/// longer where nobody looked in between. Of an alert, `latest` was found at `labels`, and `value`, which raised it, at
/// `first_labels`.
///
/// Status 400, and a body that says what is known, for a key or a window that is not: data of another window than was
/// asked for would be believed. Status 503 for a window that cannot be had now.
#[must_use]
pub fn json(page: &Page, query: Option<&str>) -> Response<String> {
    match write_json(page, query.unwrap_or_default()) {
        Ok(Ok(body)) => response(StatusCode::OK, json_export::CONTENT_TYPE, body),
        Ok(Err((status, body))) => response(status, json_export::CONTENT_TYPE, body),
        Err(fmt::Error) => not_rendered(),
    }
}

/// The body, or status and body of a refusal.
type Answered = Result<String, (StatusCode, String)>;

fn write_json(page: &Page, query: &str) -> Result<Answered, fmt::Error> {
    let query = match Query::parse(query) {
        Ok(query) => query,
        Err(key) => {
            let mut out = refusal("unknown key in the query", "key", &key)?;
            out.push_str(",\"keys\":[\"by\",\"window\"]}\n");
            return Ok(Err((StatusCode::BAD_REQUEST, out)));
        }
    };
    let Some(name) = &query.window else {
        let all = &page.snapshot;
        return data(page, &query, all, all.uptime).map(Ok);
    };
    let window = page.windows.iter().find(|window| window.name == *name);
    let (status, error) = match window.map(|window| &window.taken) {
        Some(Some(taken)) => return data(page, &query, &taken.snapshot, taken.covered).map(Ok),
        Some(None) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "no data of this window now",
        ),
        None => (StatusCode::BAD_REQUEST, "unknown window"),
    };
    let mut out = refusal(error, "window", name)?;
    windows(&mut out, page)?;
    out.push_str("}\n");
    Ok(Err((status, out)))
}

/// `{"error":..,"NAME":..`, to be continued.
fn refusal(error: &str, name: &str, value: &str) -> Result<String, fmt::Error> {
    let mut out = format!("{{\"error\":\"{error}\",\"{name}\":");
    json_export::string(&mut out, &clip(value, 100))?;
    Ok(out)
}

fn data(
    page: &Page,
    query: &Query,
    snapshot: &Snapshot,
    covered: Duration,
) -> Result<String, fmt::Error> {
    let mut out = String::from("{\"window\":");
    match &query.window {
        None => out.push_str("null"),
        Some(name) => json_export::string(&mut out, name)?,
    }
    out.push_str(",\"covered_s\":");
    json_export::number(&mut out, Some(covered.as_secs_f64()))?;
    windows(&mut out, page)?;
    out.push_str(",\"alerts\":[");
    for (at, alert) in page.alerts.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        write_alert(&mut out, alert)?;
    }
    out.push_str("],\"metrics\":");
    match &*query.by {
        "" => {
            let mut writer = json_export::Writer::new(snapshot);
            while writer.write(&mut out, usize::MAX)? {}
        }
        label => json_export::by_label(&mut out, snapshot, label)?,
    }
    out.push_str("}\n");
    Ok(out)
}

fn windows(out: &mut String, page: &Page) -> fmt::Result {
    out.push_str(",\"windows\":[");
    for (at, window) in page.windows.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        json_export::string(out, &window.name)?;
    }
    out.push(']');
    Ok(())
}

fn write_alert(out: &mut String, alert: &Alert) -> fmt::Result {
    write!(
        out,
        "{{\"id\":{},\"level\":\"{}\"",
        alert.id,
        alert.level.word()
    )?;
    for (key, text) in [
        ("source", alert.source),
        ("category", &alert.category),
        ("message", &alert.message),
    ] {
        write!(out, ",\"{key}\":")?;
        json_export::string(out, &clip(text, LABEL_BYTES))?;
    }
    for (key, number) in [
        ("value", alert.value),
        ("latest", alert.latest),
        ("limit", alert.limit),
        ("raised_s", alert.raised.as_secs_f64()),
        ("last_met_s", alert.last_met.as_secs_f64()),
    ] {
        write!(out, ",\"{key}\":")?;
        json_export::number(out, Some(number))?;
    }
    write!(out, ",\"times\":{}", alert.times)?;
    for (key, labels) in [
        ("labels", &alert.labels),
        ("first_labels", &alert.first_labels),
    ] {
        write!(out, ",\"{key}\":[")?;
        // Pairs and no object: two labels may have the same name.
        for (at, (name, value)) in labels.iter().enumerate() {
            out.push_str(if at == 0 { "[" } else { ",[" });
            json_export::string(out, name)?;
            out.push(',');
            json_export::string(out, &clip(value, LABEL_BYTES))?;
            out.push(']');
        }
        out.push(']');
    }
    out.push('}');
    Ok(())
}

fn response(status: StatusCode, content: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Labels may hold text of strangers; a browser must not take it for a page.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Writing to a `String` cannot fail; if a renderer ever does, half an answer must not pass for a whole one.
fn not_rendered() -> Response<String> {
    let body = "the metrics could not be rendered\n".into();
    response(
        StatusCode::INTERNAL_SERVER_ERROR,
        "text/plain; charset=utf-8",
        body,
    )
}

type Take = dyn Fn() -> Option<WindowedSnapshot> + Send + Sync;
type Alerts = dyn Fn() -> Vec<Alert> + Send + Sync;
type Before = dyn Fn() + Send + Sync;

/// The endpoints of an application: what they show besides what the probe itself knows. Cheap to clone.
///
/// ```
/// use tollgate_probe::tracker::tracker;
/// use tollgate_probe::web::Endpoints;
///
/// let endpoints = Endpoints::new().tracker(tracker());
/// let answer = endpoints.metrics(Some("application/openmetrics-text"));
/// assert!(answer.body().ends_with("# EOF\n"));
/// ```
#[derive(Clone, Default)]
pub struct Endpoints {
    before: Option<Arc<Before>>,
    windows: Vec<(String, Arc<Take>)>,
    alerts: Option<Arc<Alerts>>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").finish_non_exhaustive()
    }
}

impl Endpoints {
    /// Endpoints that show everything since the start.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With the windows `5m` and `1h` of this tracker and its alerts. Each scrape calls its upkeep first, with whatever
    /// callbacks that has to run. The time of that is [`Tracker::now`]: do not call [`Tracker::upkeep`] with another
    /// clock elsewhere, which would look like a clock that jumps and drop the windows.
    #[must_use]
    pub fn tracker(self, tracker: &'static Tracker) -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        self.before(move || {
            tracker.upkeep_now();
        })
        .window("5m", move || tracker.window(minutes(5)))
        .window("1h", move || tracker.window(minutes(60)))
        .alerts(move || tracker.alerts().active())
    }

    /// What is done before each answer: a scrape is a good moment for upkeep.
    #[must_use]
    pub fn before(mut self, work: impl Fn() + Send + Sync + 'static) -> Self {
        self.before = Some(Arc::new(work));
        self
    }

    /// One more window, and how it is taken: for every answer as text, and for JSON that asks for it.
    #[must_use]
    pub fn window(
        mut self,
        name: impl Into<String>,
        take: impl Fn() -> Option<WindowedSnapshot> + Send + Sync + 'static,
    ) -> Self {
        self.windows.push((name.into(), Arc::new(take)));
        self
    }

    /// Where the alerts come from that are on; asked for every answer in JSON.
    #[must_use]
    pub fn alerts(mut self, alerts: impl Fn() -> Vec<Alert> + Send + Sync + 'static) -> Self {
        self.alerts = Some(Arc::new(alerts));
        self
    }

    /// The answer to `GET /metrics`, by the request's `Accept` header; see [`text`].
    #[must_use]
    pub fn metrics(&self, accept: Option<&str>) -> Response<String> {
        text(&self.page(|_| true), accept)
    }

    /// The answer to `GET /metrics.json`, by the request's query; see [`json`].
    #[must_use]
    pub fn json(&self, query: Option<&str>) -> Response<String> {
        let asked = Query::parse(query.unwrap_or_default()).ok();
        let asked = asked.and_then(|query| query.window);
        let mut page = self.page(|name| asked.as_deref() == Some(name));
        page.alerts = self
            .alerts
            .as_ref()
            .map_or_else(Vec::new, |alerts| alerts());
        json(&page, query)
    }

    fn page(&self, takes: impl Fn(&str) -> bool) -> Page {
        if let Some(before) = &self.before {
            before();
        }
        let windows = self.windows.iter().map(|(name, take)| Window {
            name: name.clone(),
            taken: takes(name).then(|| take()).flatten(),
        });
        Page {
            windows: windows.collect(),
            snapshot: crate::snapshot(),
            alerts: Vec::new(),
        }
    }
}

#[cfg(feature = "axum")]
mod router;
#[cfg(feature = "axum")]
pub use router::probe_router;

#[cfg(test)]
mod tests;
