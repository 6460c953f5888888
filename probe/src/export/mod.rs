//! A [`Snapshot`] as text for others to read: Prometheus, OpenMetrics, JSON.
//!
//! Pure functions of plain data: nothing here touches an instrument, a lock, a clock or a socket, so rendering disturbs nobody
//! who records. What is large is rendered in pieces: [`Writer`] and [`json::Writer`] write as many series as they are
//! asked for and come back, so that an async server yields between pieces instead of holding its thread.
//!
//! ```
//! use tollgate_probe::export::{Format, Options, Writer};
//!
//! let snapshot = tollgate_probe::snapshot();
//! let mut writer = Writer::new(&snapshot, Format::OpenMetrics, Options::default());
//! let mut text = String::new();
//! while writer.write(&mut text, 500)? {
//!     // An async server would yield here.
//! }
//! assert!(text.ends_with("# EOF\n"));
//! # Ok::<(), std::fmt::Error>(())
//! ```
//!
//! What is the same in all formats: label values are text of strangers and are escaped and, over
//! [`Options::label_bytes`], cut; series whose calls did not end well carry a label `outcome`; the series that stands for
//! all label sets that found no place has `overflow="true"`.

pub(crate) mod clip;
mod edges;
pub mod json;
mod names;
pub(crate) mod number;
mod text;

pub use edges::Edges;
pub use text::{Format, Writer};

use crate::snapshot::{Snapshot, Unit};

/// Longest label value that is written whole, bytes, unless told otherwise.
pub const LABEL_BYTES: usize = 1024;

/// What to write besides the series themselves. The default is what a scrape needs.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    pub(crate) seconds: Edges,
    pub(crate) plain: Edges,
    pub(crate) label_bytes: usize,
    pub(crate) created_unix_ms: Option<u64>,
    pub(crate) quantiles: Vec<f64>,
    pub(crate) windows: Vec<(&'a str, &'a Snapshot)>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            seconds: Edges::default_of(Unit::Seconds),
            plain: Edges::default_of(Unit::None),
            label_bytes: LABEL_BYTES,
            created_unix_ms: None,
            quantiles: Vec::new(),
            windows: Vec::new(),
        }
    }
}

impl<'a> Options<'a> {
    /// Bucket edges of families in seconds.
    #[must_use]
    pub fn seconds(mut self, edges: Edges) -> Self {
        self.seconds = edges;
        self
    }

    /// Bucket edges of all other histograms.
    #[must_use]
    pub fn plain(mut self, edges: Edges) -> Self {
        self.plain = edges;
        self
    }

    /// Label values longer than this are cut; what is left ends with `~` and a fingerprint of the whole value, so
    /// that two values remain two. At least 32.
    #[must_use]
    pub fn label_bytes(mut self, limit: usize) -> Self {
        self.label_bytes = limit.max(32);
        self
    }

    /// When counters and histograms started from zero: the start of the process, as one number that every scrape
    /// repeats. Derived from two clocks at each scrape it would move, and a reader would see resets that never were.
    /// Without it no `_created` is written.
    #[must_use]
    pub fn created(mut self, unix_ms: u64) -> Self {
        self.created_unix_ms = Some(unix_ms);
        self
    }

    /// Quantiles of each histogram over this window, as gauges with the labels `quantile` and `window`. `window` is what was
    /// recorded in it: the difference of two snapshots. Quantiles of the whole life of a process are not
    /// offered by default: they freeze. Quantiles outside of 0 to 1 are left out.
    #[must_use]
    pub fn window(mut self, label: &'a str, window: &'a Snapshot, quantiles: &[f64]) -> Self {
        self.windows.push((label, window));
        for quantile in quantiles {
            if (0.0..=1.0).contains(quantile) && !self.quantiles.contains(quantile) {
                self.quantiles.push(*quantile);
            }
        }
        self
    }

    pub(crate) fn edges(&self, unit: Unit) -> &Edges {
        match unit {
            Unit::Seconds => &self.seconds,
            Unit::None | Unit::Bytes => &self.plain,
        }
    }
}

/// The Prometheus text format, version 0.0.4.
pub mod prometheus {
    use super::{Format, Options, Snapshot, text};

    /// What an HTTP answer says that it is.
    pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// The whole snapshot.
    #[must_use]
    pub fn render(snapshot: &Snapshot) -> String {
        text::render(snapshot, Format::Prometheus, Options::default())
    }
}

/// OpenMetrics, version 1.0.
pub mod openmetrics {
    use super::{Format, Options, Snapshot, text};

    /// What an HTTP answer says that it is.
    pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// The whole snapshot, with `# EOF` at its end.
    #[must_use]
    pub fn render(snapshot: &Snapshot) -> String {
        text::render(snapshot, Format::OpenMetrics, Options::default())
    }
}
