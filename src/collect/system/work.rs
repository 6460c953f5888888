//! The work, and how it is timed. Where a reference kernel does the same, its work is used.

use crate::collect::kernels::{json, work};
use std::hint::black_box;
use std::io::{self, Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

/// One benchmark of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Benchmark {
    /// Its name in the suite.
    pub name: &'static str,
    /// What it stands for, and what an operation is.
    pub about: &'static str,
    /// Measures it; some tenths of a second.
    pub measure: fn() -> io::Result<Series>,
}

/// What one of them took.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Nanoseconds per operation, of each batch.
    pub batches: Vec<f64>,
    /// Operations of each batch.
    pub operations: u32,
    /// 99th percentile of single operations, nanoseconds, where each is timed by itself.
    pub p99: Option<f64>,
}

/// All of them. The large memory comes last for whoever reads them from top to bottom; each has a process of its own.
pub const BENCHMARKS: [Benchmark; 8] = [
    Benchmark {
        name: "scheduler-latency",
        about: "from waking another thread of the same core until it runs",
        measure: scheduler_latency,
    },
    Benchmark {
        name: "timer-latency",
        about: "how late a sleep of 100 us ends",
        measure: timer_latency,
    },
    Benchmark {
        name: "allocation-small",
        about: "malloc and free of up to 4 KiB, mixed sizes",
        measure: allocation_small,
    },
    Benchmark {
        name: "allocation-large",
        about: "4 MiB asked for, each page written, given back",
        measure: allocation_large,
    },
    Benchmark {
        name: "cpu",
        about: "a step of a chain of integer operations: the core's clock",
        measure: cpu,
    },
    Benchmark {
        name: "json",
        about: "a JSON document of 2 KiB, parsed and written",
        measure: json,
    },
    Benchmark {
        name: "memory-bandwidth",
        about: "a KiB copied, of 64 MiB",
        measure: memory_bandwidth,
    },
    Benchmark {
        name: "memory-latency",
        about: "a dependent load within 64 MiB",
        measure: memory_latency,
    },
];

/// Times batches; a first one goes before, with caches and page tables cold, and does not count.
fn batches(count: usize, operations: u32, mut batch: impl FnMut(u32)) -> Series {
    batch(operations);
    let batches = (0..count)
        .map(|_| {
            let start = Instant::now();
            batch(operations);
            start.elapsed().as_nanos() as f64 / f64::from(operations)
        })
        .collect();
    Series {
        batches,
        operations,
        p99: None,
    }
}

/// Puts operations that were timed one by one into batches. Single ones of 0 ns are the clock's: only their mean is a time.
pub(super) fn single(times: &[f64], operations: u32) -> Series {
    let batches = times
        .chunks_exact(operations as usize)
        .map(|batch| batch.iter().sum::<f64>() / f64::from(operations))
        .collect();
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // The smallest that 99 of 100 do not exceed.
    let rank = (times.len() * 99).div_ceil(100);
    Series {
        batches,
        operations,
        p99: sorted.get(rank.saturating_sub(1)).copied(),
    }
}

/// Another thread waits in a read; what is timed is from just before the write until it has read. Both on one core, as where
/// they are apart it is a matter of luck whether a core must be woken (see the kernel `wake`).
fn scheduler_latency() -> io::Result<Series> {
    const WAKES: usize = 4_000;
    const WARM_UP: usize = 200;
    let (mut asleep, mut waker) = io::pipe()?;
    let (mut told, mut teller) = io::pipe()?;
    let origin = Instant::now();
    let core = work::current_core();
    let times = thread::scope(|scope| {
        let woken = scope.spawn(move || -> io::Result<()> {
            work::stay_on(core);
            let mut byte = [0];
            while asleep.read(&mut byte)? > 0 {
                let now = u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
                teller.write_all(&now.to_le_bytes())?;
            }
            Ok(())
        });
        let timing = scope.spawn(move || -> io::Result<Vec<f64>> {
            work::stay_on(core);
            let mut times = Vec::with_capacity(WAKES);
            for n in 0..WARM_UP + WAKES {
                let before = u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
                waker.write_all(&[1])?;
                let mut woken = [0; 8];
                told.read_exact(&mut woken)?;
                if n >= WARM_UP {
                    times.push(u64::from_le_bytes(woken).saturating_sub(before) as f64);
                }
            }
            // Its end closes the pipe, which ends the other one.
            Ok(times)
        });
        let times = timing
            .join()
            .map_err(|_| io::Error::other("a thread died"))?;
        woken
            .join()
            .map_err(|_| io::Error::other("a thread died"))??;
        times
    })?;
    Ok(single(&times, 40))
}

fn timer_latency() -> io::Result<Series> {
    const ASKED: Duration = Duration::from_micros(100);
    let times: Vec<f64> = (0..1_000)
        .map(|_| {
            let start = Instant::now();
            thread::sleep(ASKED);
            start.elapsed().saturating_sub(ASKED).as_nanos() as f64
        })
        .collect();
    Ok(single(&times, 20))
}

fn allocation_small() -> io::Result<Series> {
    let mut blocks = work::no_blocks();
    let mut state = work::SEED;
    Ok(batches(100, 8_000, |times| {
        state = work::allocate(&mut blocks, state, times);
    }))
}

fn allocation_large() -> io::Result<Series> {
    const SIZE: usize = 4 << 20;
    const PAGE: usize = 4096;
    Ok(batches(60, 4, |times| {
        for _ in 0..times {
            let mut block: Vec<u8> = Vec::with_capacity(SIZE);
            for page in block.spare_capacity_mut().iter_mut().step_by(PAGE) {
                page.write(1);
            }
            black_box(&block);
        }
    }))
}

fn cpu() -> io::Result<Series> {
    let mut state = work::SEED;
    Ok(batches(100, 400_000, |steps| {
        state = work::alu_chain(black_box(state), steps);
    }))
}

fn json() -> io::Result<Series> {
    Ok(batches(100, 60, |times| {
        for _ in 0..times {
            black_box(json::round_trip(black_box(json::DOCUMENT)));
        }
    }))
}

/// Larger than the caches of most machines; the kernel `memcpy`, of 4 MiB, is not.
fn memory_bandwidth() -> io::Result<Series> {
    const KIBIBYTES: u32 = 64 * 1024;
    let from = vec![1_u8; KIBIBYTES as usize * 1024];
    let mut to = vec![2_u8; from.len()];
    Ok(batches(20, KIBIBYTES, |_| {
        to.copy_from_slice(black_box(&from));
        black_box(&to);
    }))
}

fn memory_latency() -> io::Result<Series> {
    let lines = work::chain(work::DRAM_LINES);
    let mut at = 0;
    Ok(batches(60, 20_000, |steps| {
        at = work::chase(&lines, black_box(at), steps);
    }))
}
