//! What the probe costs a request of a real axum server: the same requests with the probe switched on and off. criterion.
//!
//! Both benchmarks of a pair share one measurement; see [`alternate`]. The pairs named `aa` are the control: the probe is
//! off on both sides, so that whatever they show is not the probe.
//!
//! `cpu/..` counts CPU time of the process, client and server together; `wall/..` what the client waits.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench that cannot prepare its input must stop"
)]

mod alternate;
mod server;

use alternate::Alternation;
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use server::{Clock, Handler, Server, Way};
use std::cell::RefCell;
use std::time::Duration;
use tollgate_probe::snapshot::Value;

/// Requests before the first that counts, on either side: they make connections, series and pages.
const WARM_UP: u64 = 200;

/// Names of a pair, and whether the probe is on.
type Sides = [(&'static str, bool); 2];

const PROBE: Sides = [("on", true), ("off", false)];
const CONTROL: Sides = [("aa/one", false), ("aa/other", false)];

fn requests(criterion: &mut Criterion) {
    use {Clock::*, Handler::*, Way::*};
    for (name, clock, way, handler, sides) in [
        ("cpu/in-process/hello", Cpu, InProcess, Hello, PROBE),
        ("cpu/in-process/50us", Cpu, InProcess, Work, PROBE),
        ("cpu/in-process/50us", Cpu, InProcess, Work, CONTROL),
        ("cpu/tcp/hello", Cpu, Tcp, Hello, PROBE),
        ("cpu/tcp/50us", Cpu, Tcp, Work, PROBE),
        ("cpu/tcp/50us", Cpu, Tcp, Work, CONTROL),
        ("wall/tcp/50us", Wall, Tcp, Work, PROBE),
    ] {
        pair(criterion, name, sides, || {
            switched(Server::start(handler, way), clock, sides)
        });
    }
}

/// Two benchmarks of one measurement.
fn pair<R: FnMut(usize, u64) -> Duration>(
    criterion: &mut Criterion,
    name: &str,
    sides: Sides,
    start: impl Fn() -> R,
) {
    let mut group = criterion.benchmark_group(name);
    // One call each, so that both benchmarks have as many, and all batches of one size.
    group
        .warm_up_time(Duration::from_nanos(1))
        .sampling_mode(SamplingMode::Flat);
    let shared = RefCell::new(None);
    for (side, (name, _)) in sides.iter().enumerate() {
        group.bench_function(*name, |bencher| {
            let mut shared = shared.borrow_mut();
            let alternation = shared.get_or_insert_with(|| Alternation::new(start()));
            bencher.iter_custom(|iterations| alternation.batch(side, iterations));
        });
    }
    group.finish();
}

/// Requests with the probe on or off.
fn switched(mut server: Server, clock: Clock, sides: Sides) -> impl FnMut(usize, u64) -> Duration {
    let mut run = move |side: usize, count| {
        tollgate_probe::set_enabled(sides[side].1);
        server.requests(clock, count)
    };
    for (side, (_, is_on)) in sides.into_iter().enumerate() {
        let before = recorded();
        run(side, WARM_UP);
        // A switch that switches nothing would prove anything.
        let expected = if is_on { WARM_UP } else { 0 };
        assert_eq!(
            recorded() - before,
            expected,
            "requests that the probe timed"
        );
    }
    run
}

/// Requests that the probe has timed.
fn recorded() -> u64 {
    let snapshot = tollgate_probe::snapshot();
    let Some(family) = snapshot.family(tollgate_probe::web::REQUESTS) else {
        return 0;
    };
    let count = |value: &Value| match value {
        Value::Distribution(requests) => requests.count(),
        _ => 0,
    };
    family
        .series
        .iter()
        .map(|series| count(&series.value))
        .sum()
}

criterion_group!(all, requests);
criterion_main!(all);
