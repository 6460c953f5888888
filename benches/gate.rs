//! What plain `cargo bench` runs: the gate of this repository, over the other bench targets.

tollgate::bench_main!();
