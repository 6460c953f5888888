//! The statistics of the gate over plain numbers. Knows nothing of benchmarks. Pure.
