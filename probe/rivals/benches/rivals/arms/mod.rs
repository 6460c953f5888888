//! All arms. One file a library.

pub mod clocks;
pub mod metrics;
pub mod metrics_lib;
pub mod otel;
pub mod ours;
pub mod plain;
pub mod prometheus;
pub mod prometheus_client;
pub mod spans;

use crate::arm::Arm;
use std::sync::Arc;
use tollgate_probe_rivals::workload;

/// What all arms record, shared so that it is in the cache once.
#[derive(Clone)]
pub struct Input {
    pub durations: Arc<[u64]>,
    /// The same in seconds.
    pub seconds: Arc<[f64]>,
    pub static_labels: Arc<[[&'static str; 3]]>,
    pub dynamic_labels: Arc<[[String; 3]]>,
    /// Positions among [`SERIES`].
    pub spread: Arc<[u32]>,
}

/// Series of the operation on many of them, and of the memory test.
pub const SERIES: usize = 10_000;

impl Input {
    pub fn new(seed: u64) -> Self {
        let durations = workload::durations(seed);
        let seconds = durations.iter().map(|&nanos| nanos as f64 * 1e-9).collect();
        let spread = workload::indices(seed, SERIES, 16 * workload::LENGTH);
        Self {
            durations: durations.into(),
            seconds,
            static_labels: workload::static_labels(seed).into(),
            dynamic_labels: workload::dynamic_labels(seed).into(),
            spread: spread
                .into_iter()
                .filter_map(|at| u32::try_from(at).ok())
                .collect(),
        }
    }

    #[inline]
    pub fn duration(&self, iteration: usize) -> u64 {
        self.durations[workload::wrapped(iteration)]
    }

    #[inline]
    pub fn second(&self, iteration: usize) -> f64 {
        self.seconds[workload::wrapped(iteration)]
    }

    #[inline]
    pub fn fixed(&self, iteration: usize) -> [&'static str; 3] {
        self.static_labels[workload::wrapped(iteration)]
    }

    #[inline]
    pub fn text(&self, iteration: usize) -> [&str; 3] {
        let [route, method, status] = &self.dynamic_labels[workload::wrapped(iteration)];
        [route, method, status]
    }

    #[inline]
    pub fn series(&self, iteration: usize) -> usize {
        self.spread[iteration & (16 * workload::LENGTH - 1)] as usize
    }
}

/// What a library wants to have done from time to time.
pub type Upkeep = Box<dyn Fn()>;

/// Every arm, and what has to be done from time to time beside them.
pub fn all(seed: u64) -> (Vec<Arm>, Upkeep) {
    let input = Input::new(seed);
    let mut arms = clocks::arms();
    arms.extend(ours::arms(&input));
    arms.extend(prometheus::arms(&input));
    arms.extend(prometheus_client::arms(&input));
    let (of_metrics, upkeep) = metrics::arms(&input);
    arms.extend(of_metrics);
    arms.extend(otel::arms(&input));
    arms.extend(metrics_lib::arms(&input));
    arms.extend(plain::arms(&input));
    arms.extend(spans::arms());
    (arms, upkeep)
}
