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

use http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response, StatusCode};

use crate::Snapshot;
use crate::alert::Alert;
use crate::export::{Format, Options, Writer, json as json_export, openmetrics, prometheus};
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
    /// What was recorded lately, by a name such as `5m`: differences of snapshots.
    pub windows: Vec<(String, Snapshot)>,
    /// Alerts that are on.
    pub alerts: Vec<Alert>,
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
    for (name, window) in &page.windows {
        options = options.window(name, window, &QUANTILES);
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
/// {"window":"5m","windows":["5m","1h"],"alerts":[{"level":"warning","message":"..","value":1.2,"latest":1.1,"limit":1}],"metrics":{..}}
/// ```
///
/// The query says what `metrics` is: `by`, the label to group by (`route`, unless said; empty for every series by
/// itself), and `window`, one of [`Page::windows`] (else everything since the start). The rest is as
/// [`by_label`](crate::export::json::by_label) and [`render`](crate::export::json::render) write it.
///
/// Status 400, and a body that says what is known, for a key or a window that is not: data of another window than was
/// asked for would be believed.
#[must_use]
pub fn json(page: &Page, query: Option<&str>) -> Response<String> {
    match write_json(page, query.unwrap_or_default()) {
        Ok(Ok(body)) => response(StatusCode::OK, json_export::CONTENT_TYPE, body),
        Ok(Err(body)) => response(StatusCode::BAD_REQUEST, json_export::CONTENT_TYPE, body),
        Err(fmt::Error) => not_rendered(),
    }
}

/// The body, or that of a refusal.
fn write_json(page: &Page, query: &str) -> Result<Result<String, String>, fmt::Error> {
    let mut out = String::new();
    let query = match Query::parse(query) {
        Ok(query) => query,
        Err(key) => {
            out.push_str("{\"error\":\"unknown key in the query\",\"key\":");
            json_export::string(&mut out, &crate::export::clip::clip(&key, 100))?;
            out.push_str(",\"keys\":[\"by\",\"window\"]}\n");
            return Ok(Err(out));
        }
    };
    let snapshot = match &query.window {
        None => &page.snapshot,
        Some(name) => match page.windows.iter().find(|(window, _)| window == name) {
            Some((_, window)) => window,
            None => {
                out.push_str("{\"error\":\"unknown window\",\"window\":");
                json_export::string(&mut out, &crate::export::clip::clip(name, 100))?;
                windows(&mut out, page)?;
                out.push_str("}\n");
                return Ok(Err(out));
            }
        },
    };
    out.push_str("{\"window\":");
    match &query.window {
        None => out.push_str("null"),
        Some(name) => json_export::string(&mut out, name)?,
    }
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
    Ok(Ok(out))
}

fn windows(out: &mut String, page: &Page) -> fmt::Result {
    out.push_str(",\"windows\":[");
    for (at, (name, _)) in page.windows.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        json_export::string(out, name)?;
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
        json_export::string(
            out,
            &crate::export::clip::clip(text, crate::export::LABEL_BYTES),
        )?;
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
    write!(out, ",\"times\":{},\"labels\":[", alert.times)?;
    // Pairs and no object: two labels may have the same name.
    for (at, (name, value)) in alert.labels.iter().enumerate() {
        out.push_str(if at == 0 { "[" } else { ",[" });
        json_export::string(out, name)?;
        out.push(',');
        json_export::string(
            out,
            &crate::export::clip::clip(value, crate::export::LABEL_BYTES),
        )?;
        out.push(']');
    }
    out.push_str("]}");
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

type Windows = dyn Fn() -> Vec<(String, Snapshot)> + Send + Sync;
type Alerts = dyn Fn() -> Vec<Alert> + Send + Sync;

/// The endpoints of an application: what they show besides what the probe itself knows. Cheap to clone.
///
/// ```
/// use tollgate_probe::web::Endpoints;
///
/// let endpoints = Endpoints::new().windows(|| Vec::new());
/// let answer = endpoints.metrics(Some("application/openmetrics-text"));
/// assert!(answer.body().ends_with("# EOF\n"));
/// ```
#[derive(Clone, Default)]
pub struct Endpoints {
    windows: Option<Arc<Windows>>,
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

    /// Where windows come from, by name, in the order in which they are shown. Asked at every scrape, which is a good
    /// moment for an application to do its upkeep.
    #[must_use]
    pub fn windows(
        mut self,
        windows: impl Fn() -> Vec<(String, Snapshot)> + Send + Sync + 'static,
    ) -> Self {
        self.windows = Some(Arc::new(windows));
        self
    }

    /// Where the alerts come from that are on; asked by [`json`](Self::json) after the windows.
    #[must_use]
    pub fn alerts(mut self, alerts: impl Fn() -> Vec<Alert> + Send + Sync + 'static) -> Self {
        self.alerts = Some(Arc::new(alerts));
        self
    }

    /// The answer to `GET /metrics`, by the request's `Accept` header; see [`text`].
    #[must_use]
    pub fn metrics(&self, accept: Option<&str>) -> Response<String> {
        text(&self.page(), accept)
    }

    /// The answer to `GET /metrics.json`, by the request's query; see [`json`].
    #[must_use]
    pub fn json(&self, query: Option<&str>) -> Response<String> {
        let mut page = self.page();
        page.alerts = self
            .alerts
            .as_ref()
            .map_or_else(Vec::new, |alerts| alerts());
        json(&page, query)
    }

    fn page(&self) -> Page {
        Page {
            windows: self
                .windows
                .as_ref()
                .map_or_else(Vec::new, |windows| windows()),
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
