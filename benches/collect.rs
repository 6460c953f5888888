//! Reading and writing: what the tools give, and the Run file. criterion.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench that cannot prepare its input must stop"
)]

mod synthetic;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;
use tollgate::collect::{criterion as criterion_tool, divan as divan_tool};
use tollgate::measurement::{Samples, read_run, write_run};

/// A real capture of divan with counters and allocations.
const DIVAN: &str = include_str!("../tests/fixtures/divan-0.1.21/alloc.txt");

fn run_file(c: &mut Criterion) {
    let mut group = c.benchmark_group("run-file");
    for benchmarks in [100, 1000] {
        let run = synthetic::paired_run(benchmarks, 40);
        let bytes = synthetic::run_file(&run);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::new("read", benchmarks), &bytes, |b, bytes| {
            b.iter(|| read_run("run.json", black_box(bytes)).expect("valid"));
        });
        group.bench_with_input(BenchmarkId::new("write", benchmarks), &run, |b, run| {
            b.iter_batched(
                || Vec::with_capacity(bytes.len()),
                |mut out| {
                    write_run(black_box(run), &mut out).expect("memory");
                    out
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn tools(c: &mut Criterion) {
    c.bench_function("divan/parse", |b| {
        b.iter(|| divan_tool::parse_tree(black_box(DIVAN)).expect("a real capture"));
    });

    let directory = tempfile::tempdir().expect("a temporary directory");
    for index in 0..50 {
        plant(directory.path(), index);
    }
    c.bench_function("criterion/tree-of-50", |b| {
        b.iter(|| criterion_tool::read_tree(directory.path(), None).expect("a valid tree"));
    });
}

/// One benchmark's invocation with raw batches, as the criterion collector records it.
fn samples(count: usize) -> Samples {
    let mut noise = synthetic::Noise::new(11);
    Samples {
        values: (0..count).map(|_| 100.0 + noise.next()).collect(),
        iterations: (0..count)
            .map(|index| 1000.0 * index as f64 + 1000.0)
            .collect(),
    }
}

/// What criterion leaves behind for one benchmark.
fn plant(root: &Path, index: usize) {
    let new = root.join(format!("group/case_{index}/new"));
    std::fs::create_dir_all(&new).expect("a directory");
    let id = format!(
        r#"{{"group_id":"group","function_id":"case_{index}","value_str":null,"throughput":null,"full_id":"group/case_{index}","directory_name":"group/case_{index}","title":"group/case_{index}"}}"#
    );
    std::fs::write(new.join("benchmark.json"), id).expect("a file");
    let samples = samples(50);
    let times: Vec<f64> = samples
        .values
        .iter()
        .zip(&samples.iterations)
        .map(|(value, iterations)| value * iterations)
        .collect();
    let sample = format!(
        r#"{{"sampling_mode":"Linear","iters":{:?},"times":{times:?}}}"#,
        samples.iterations
    );
    std::fs::write(new.join("sample.json"), sample).expect("a file");
}

criterion_group!(all, run_file, tools);
criterion_main!(all);
