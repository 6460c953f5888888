//! What the load generator does for every call and once a second: recording and merging histograms. divan.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tollgate::measurement::Histogram;
use tollgate::workload::schedule::Draws;

fn main() {
    divan::main();
}

/// Times around 5 ms with a tail, as of a server.
fn times(seed: u64) -> Vec<u64> {
    let mut draws = Draws::new(seed, 0);
    let spread =
        |draws: &mut Draws| draws.exponential() + draws.exponential() + draws.exponential();
    (0..4_096)
        .map(|_| (2e6 * (0.4 * spread(&mut draws)).exp()) as u64)
        .collect()
}

fn filled(seed: u64) -> Histogram {
    let mut histogram = Histogram::new();
    for time in times(seed) {
        histogram.record(time);
    }
    histogram
}

#[divan::bench]
fn record(bencher: Bencher<'_, '_>) {
    let (times, mut histogram) = (times(1), filled(2));
    bencher
        .counter(ItemsCount::new(times.len()))
        .bench_local(|| {
            for time in &times {
                histogram.record(black_box(*time));
            }
        });
}

#[divan::bench]
fn merge(bencher: Bencher<'_, '_>) {
    let (mut sum, part) = (filled(1), filled(2));
    bencher.bench_local(|| sum.add(black_box(&part)));
}

#[divan::bench]
fn percentile(bencher: Bencher<'_, '_>) {
    let histogram = filled(1);
    bencher.bench_local(|| black_box(&histogram).quantile(0.99));
}

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let histogram = filled(1);
    bencher.bench_local(|| black_box(&histogram).to_base64());
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let text = filled(1).to_base64().unwrap_or_default();
    bencher.bench_local(|| Histogram::from_base64(black_box(&text)));
}
