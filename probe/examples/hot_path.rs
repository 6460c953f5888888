//! What recording compiles to: functions for `.ci/hot-path`, which reads their machine code.

use std::hint::black_box;

use tollgate_probe::{BoundCounter, BoundHistogram, Counter, Family, Gauge, Histogram, Timer};

static COUNTER: Counter = Counter::new("hot_total");
static GAUGE: Gauge = Gauge::new("hot_level");
static HISTOGRAM: Histogram = Histogram::new("hot_values");
static TIMER: Timer = Timer::new("hot_seconds");
static FAMILY: Family<Counter, 1> = Family::new("hot_labelled_total", ["label"]);

#[inline(never)]
fn hot_counter() {
    COUNTER.increment();
}

#[inline(never)]
fn hot_counter_bound(counter: BoundCounter) {
    counter.increment();
}

#[inline(never)]
fn hot_gauge() {
    GAUGE.add(1);
}

#[inline(never)]
fn hot_histogram(value: u64) {
    HISTOGRAM.record(value);
}

#[inline(never)]
fn hot_histogram_bound(histogram: BoundHistogram, value: u64) {
    histogram.record(value);
}

#[inline(never)]
fn hot_timer() {
    drop(black_box(TIMER.start()));
}

fn main() {
    // Otherwise nothing of it would be in the executable.
    black_box(hot_counter as fn())();
    black_box(hot_counter_bound as fn(BoundCounter))(FAMILY.get(["a"]));
    black_box(hot_gauge as fn())();
    black_box(hot_histogram as fn(u64))(7);
    black_box(hot_histogram_bound as fn(BoundHistogram, u64))(HISTOGRAM.bind(), 7);
    black_box(hot_timer as fn())();
}
