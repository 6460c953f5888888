//! Tracing: `fastrace`, and `tracing` with a layer that times its spans.

use crate::arm::{Arm, Operation as Do, arm, block};
use fastrace::prelude::{LocalSpan, SpanContext, SpanRecord};
use histogram::AtomicHistogram;
use std::hint::black_box;
use std::time::Instant;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// Spans below one root: about what a request has.
const SPANS: usize = 100;

struct Nowhere;

impl fastrace::collector::Reporter for Nowhere {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

/// The least that a layer can do to know how long spans take.
struct Timing(AtomicHistogram);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Timing {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Instant::now());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id)
            && let Some(started) = span.extensions().get::<Instant>()
        {
            let elapsed = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            black_box(self.0.increment(elapsed).is_ok());
        }
    }
}

pub fn arms() -> Vec<Arm> {
    fastrace::set_reporter(Nowhere, fastrace::collector::Config::default());
    let timing = Timing(super::plain::atomic());
    tracing::subscriber::set_global_default(Registry::default().with(timing))
        .expect("the only subscriber");
    vec![
        block(Do::Span, "fastrace", "`LocalSpan` below a root", || {
            |count| {
                let mut left = count;
                while left > 0 {
                    let root = fastrace::Span::root("root", SpanContext::random());
                    let _parent = root.set_local_parent();
                    for at in 0..left.min(SPANS) {
                        let span = LocalSpan::enter_with_local_parent("span");
                        black_box(at);
                        drop(span);
                    }
                    left = left.saturating_sub(SPANS);
                }
            }
        }),
        arm(
            Do::Span,
            "tracing",
            "registry and a timing layer",
            (),
            |(), at| {
                let span = tracing::info_span!("span").entered();
                black_box(at);
                drop(span);
            },
        ),
    ]
}
