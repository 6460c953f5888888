//! A layer for `tracing-subscriber` that times chosen spans.
//!
//! ```
//! use tollgate_probe::spans::ProbeSpans;
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! let spans = ProbeSpans::new(|metadata| metadata.target().starts_with("shop"));
//! let subscriber = tracing_subscriber::registry().with(spans);
//! # drop(subscriber);
//! ```
//!
//! Each selected span records two durations when it closes, once, under its `target` and `span` name:
//! `span_busy_seconds`, how long it was entered (by at least one thread), and `span_idle_seconds`, the rest of its life.
//! For the span of an async function, busy is the time in its polls. A span that closes while its thread panics counts as
//! panicked. Fields of spans are never labels: their values are as many as an application's data.
//!
//! The layer hides nothing from other layers, and a second one changes nothing.
//!
//! # What it costs
//!
//! A registry of `tracing-subscriber` is most of it: it keeps every span that anyone wants, and each enter and exit of
//! it, whether selected or not, looks it up there. A selected span adds a reading of the clock for each of: its start, every
//! enter, every exit, its end. That is some hundred nanoseconds a span and nothing for hot loops; time those with a
//! [`Timer`]. Spans that this layer should not even look at are kept away from it by
//! `with_filter` of `tracing-subscriber`.

use std::fmt;

use tracing_core::span::{Attributes, Id};
use tracing_core::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::{Family, Timer};

/// The family of the time that spans were entered.
pub const BUSY: &str = "span_busy_seconds";
/// The family of the time that spans were open and not entered.
pub const IDLE: &str = "span_idle_seconds";

static BUSY_FAMILY: Family<Timer, 2> =
    Family::new(BUSY, ["target", "span"]).help("Time that a span was entered");
static IDLE_FAMILY: Family<Timer, 2> =
    Family::new(IDLE, ["target", "span"]).help("Time that a span was open and not entered");

/// Times the spans that it selects. See the [module](self).
pub struct ProbeSpans<F> {
    selects: F,
}

impl<F> fmt::Debug for ProbeSpans<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProbeSpans").finish_non_exhaustive()
    }
}

impl<F> ProbeSpans<F>
where
    F: Fn(&Metadata<'_>) -> bool + 'static,
{
    /// Times the spans for which `selects` says yes. It is asked for every span, so it should be quick.
    pub const fn new(selects: F) -> Self {
        Self { selects }
    }
}

impl<F, S> Layer<S> for ProbeSpans<F>
where
    F: Fn(&Metadata<'_>) -> bool + 'static,
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if crate::enabled()
            && (self.selects)(attributes.metadata())
            && let Some(span) = context.span(id)
        {
            span.extensions_mut().replace(Life::begin(ticks()));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(life) = span.extensions_mut().get_mut::<Life>()
        {
            life.enter(ticks());
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(life) = span.extensions_mut().get_mut::<Life>()
        {
            life.exit(ticks());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        // Taken away, so that a second layer finds none.
        let life = span.extensions_mut().remove::<Life>();
        if let Some(life) = life {
            let metadata = span.metadata();
            life.end(ticks())
                .record([metadata.target(), metadata.name()]);
        }
    }
}

#[cfg(feature = "record")]
fn ticks() -> u64 {
    crate::clock::ticks()
}

#[cfg(not(feature = "record"))]
fn ticks() -> u64 {
    0
}

/// The life of one span so far, in ticks.
#[derive(Debug, PartialEq, Eq)]
struct Life {
    busy: u64,
    idle: u64,
    /// When it was last entered by the first or left by the last.
    last: u64,
    /// How often it is entered now: by several threads, or again by one.
    depth: u32,
}

impl Life {
    fn begin(now: u64) -> Self {
        Self {
            busy: 0,
            idle: 0,
            last: now,
            depth: 0,
        }
    }

    fn enter(&mut self, now: u64) {
        if self.depth == 0 {
            self.idle += now.saturating_sub(self.last);
            self.last = self.last.max(now);
        }
        self.depth = self.depth.saturating_add(1);
    }

    fn exit(&mut self, now: u64) {
        if self.depth == 1 {
            self.busy += now.saturating_sub(self.last);
            self.last = self.last.max(now);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// What has passed since the last change belongs to where the span is now.
    fn end(mut self, now: u64) -> Self {
        let rest = now.saturating_sub(self.last);
        if self.depth == 0 {
            self.idle += rest;
        } else {
            self.busy += rest;
        }
        self.last = now;
        self
    }

    #[cfg(feature = "record")]
    fn record(self, labels: [&str; 2]) {
        use crate::Outcome;
        use crate::instrument::record_ticks;

        let outcome = if std::thread::panicking() {
            Outcome::Panicked
        } else {
            Outcome::Completed
        };
        record_ticks(BUSY_FAMILY.get(labels), self.busy, outcome);
        record_ticks(IDLE_FAMILY.get(labels), self.idle, outcome);
    }

    #[cfg(not(feature = "record"))]
    fn record(self, _: [&str; 2]) {}
}

#[cfg(test)]
mod tests;
