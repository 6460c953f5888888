// Compiled twice by compare.sh, with and without `--cfg probed`, against the probe without `record`. Each function has
// to come out the same. The numbers keep them different from each other: the compiler merges those that are not. Not a
// test target of its own.
#![crate_type = "lib"]
#![allow(unused)]

use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use tollgate_probe::{Counter, Family, FloatGauge, Gauge, Histogram, Timer};

static COUNTER: Counter = Counter::new("counter");
static GAUGE: Gauge = Gauge::new("gauge");
static FLOAT: FloatGauge = FloatGauge::new("float");
static HISTOGRAM: Histogram = Histogram::new("histogram");
static TIMER: Timer = Timer::new("timer");
static FAMILY: Family<Timer, 1> = Family::new("family", ["label"]);

unsafe extern "Rust" {
    safe fn opaque(value: u64) -> u64;
}

#[unsafe(no_mangle)]
pub fn body_counter(value: u64) -> u64 {
    #[cfg(probed)]
    COUNTER.add(value);
    opaque(value ^ 1)
}

#[unsafe(no_mangle)]
pub fn body_gauges(value: u64) -> u64 {
    #[cfg(probed)]
    let _guard = GAUGE.guard();
    #[cfg(probed)]
    FLOAT.set(value as f64);
    opaque(value ^ 2)
}

#[unsafe(no_mangle)]
pub fn body_histogram(value: u64) -> u64 {
    #[cfg(probed)]
    HISTOGRAM.record(value);
    opaque(value ^ 3)
}

#[unsafe(no_mangle)]
pub fn body_time(value: u64) -> u64 {
    #[cfg(probed)]
    return TIMER.time(|| opaque(value ^ 4));
    #[cfg(not(probed))]
    opaque(value ^ 4)
}

#[unsafe(no_mangle)]
pub fn body_span(value: u64) -> u64 {
    #[cfg(probed)]
    let _span = TIMER.start();
    let first = opaque(value ^ 5);
    opaque(first)
}

#[unsafe(no_mangle)]
pub fn body_lap(value: u64) -> u64 {
    #[cfg(probed)]
    let mut lap = tollgate_probe::lap();
    let first = opaque(value ^ 6);
    #[cfg(probed)]
    lap.mark(&TIMER);
    let second = opaque(first);
    #[cfg(probed)]
    lap.mark(&TIMER);
    second
}

#[unsafe(no_mangle)]
pub fn body_family(label: &str, value: u64) -> u64 {
    #[cfg(probed)]
    return FAMILY.get([label]).time(|| opaque(value ^ 7));
    #[cfg(not(probed))]
    opaque(value ^ 7)
}

pub struct Work(u64);

impl Future for Work {
    type Output = Response<u64>;
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Response<u64>> {
        match opaque(self.0) {
            0 => Poll::Pending,
            value => Poll::Ready(Response::new(value)),
        }
    }
}

#[cfg(probed)]
type Wrapped = tollgate_probe::web::RequestFuture<Work>;
#[cfg(not(probed))]
type Wrapped = Work;

#[unsafe(no_mangle)]
pub fn body_request(future: Pin<&mut Wrapped>, context: &mut Context<'_>) -> Poll<Response<u64>> {
    future.poll(context)
}

// By a static timer, the future holds the reference to it: eight bytes, and no code.
#[cfg(probed)]
type Timed = tollgate_probe::Timed<tollgate_probe::BoundTimer, Work>;
#[cfg(not(probed))]
type Timed = Work;

#[unsafe(no_mangle)]
pub fn body_timed(future: Pin<&mut Timed>, context: &mut Context<'_>) -> Poll<Response<u64>> {
    std::hint::black_box(9);
    future.poll(context)
}
