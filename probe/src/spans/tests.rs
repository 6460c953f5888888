use super::*;

#[test]
fn busy_and_idle_are_apart() {
    let mut life = Life::begin(100);
    life.enter(110);
    life.exit(130);
    life.enter(180);
    life.exit(181);
    let end = life.end(200);
    assert_eq!((end.idle, end.busy), (10 + 50 + 19, 20 + 1));
}

#[test]
fn entered_twice_it_is_busy_once() {
    let mut life = Life::begin(0);
    life.enter(10);
    life.enter(20);
    life.exit(30);
    life.exit(50);
    assert_eq!((life.idle, life.busy), (10, 40));
}

#[test]
fn closed_while_entered_the_rest_is_busy() {
    let mut life = Life::begin(0);
    life.enter(10);
    let end = life.end(60);
    assert_eq!((end.idle, end.busy), (10, 50));
}

#[test]
fn clocks_that_go_back_and_exits_without_enters_do_no_harm() {
    let mut life = Life::begin(100);
    life.enter(50);
    life.exit(20);
    life.exit(10);
    let end = life.end(0);
    assert_eq!((end.idle, end.busy, end.depth), (0, 0, 0));
}

#[cfg(feature = "record")]
mod recorded {
    use std::pin::pin;
    use std::task::{Context as TaskContext, Waker};

    use tracing::{Instrument, info_span, subscriber::with_default};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::registry;

    use super::*;
    use crate::Outcome;
    use crate::snapshot::Value;

    /// How many spans of this name were recorded as busy and as idle, with this outcome.
    fn counts(span: &str, outcome: Outcome) -> [u64; 2] {
        let snapshot = crate::snapshot();
        [BUSY, IDLE].map(|name| {
            let series = snapshot.family(name).map_or(&[][..], |f| &f.series);
            let of_span = series
                .iter()
                .filter(|s| &*s.labels[1] == span && s.outcome == outcome);
            let counts = of_span.map(|s| match &s.value {
                Value::Distribution(d) => d.count(),
                other => panic!("not a timer: {other:?}"),
            });
            counts.sum()
        })
    }

    fn completed(span: &str) -> [u64; 2] {
        counts(span, Outcome::Completed)
    }

    fn chosen() -> ProbeSpans<fn(&Metadata<'_>) -> bool> {
        ProbeSpans::new(|metadata| metadata.name().starts_with("chosen"))
    }

    #[test]
    fn only_selected_spans_are_recorded_and_each_once() {
        with_default(registry().with(chosen()), || {
            for _ in 0..3 {
                let outer = info_span!("chosen outer", user = "data of a user").entered();
                info_span!("other inner").in_scope(|| {});
                drop(outer);
            }
            // Never entered, and kept by two handles until both are gone.
            let span = info_span!("chosen kept");
            let copy = span.clone();
            drop(span);
            assert_eq!(completed("chosen kept"), [0, 0]);
            drop(copy);
        });
        assert_eq!(completed("chosen outer"), [3, 3]);
        assert_eq!(completed("chosen kept"), [1, 1]);
        assert_eq!(completed("other inner"), [0, 0]);
        // Names of families and spans only: no field became a label.
        let snapshot = crate::snapshot();
        let family = snapshot.family(BUSY).expect("recorded");
        assert!(family.series.iter().all(|s| s.labels.len() == 2));
    }

    #[test]
    fn two_layers_record_once() {
        with_default(registry().with(chosen()).with(chosen()), || {
            info_span!("chosen twice").in_scope(|| {});
        });
        assert_eq!(completed("chosen twice"), [1, 1]);
    }

    #[test]
    fn the_span_of_a_future_counts_once_however_often_it_is_polled() {
        with_default(registry().with(chosen()), || {
            let mut polls = 0;
            let future = std::future::poll_fn(move |_| {
                polls += 1;
                if polls < 5 {
                    std::task::Poll::Pending
                } else {
                    std::task::Poll::Ready(())
                }
            });
            let mut future = pin!(future.instrument(info_span!("chosen future")));
            let mut context = TaskContext::from_waker(Waker::noop());
            while future.as_mut().poll(&mut context).is_pending() {}
        });
        assert_eq!(completed("chosen future"), [1, 1]);
    }

    #[test]
    fn a_span_that_closes_in_a_panic_panicked() {
        with_default(registry().with(chosen()), || {
            let work = || {
                let _span = info_span!("chosen panic").entered();
                std::panic::resume_unwind(Box::new("on purpose"));
            };
            assert!(std::panic::catch_unwind(work).is_err());
        });
        assert_eq!(completed("chosen panic"), [0, 0]);
        assert_eq!(counts("chosen panic", Outcome::Panicked), [1, 1]);
    }
}
