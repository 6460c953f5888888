//! Work whose length is an argument: what `tollgate prove` runs longer on one side. Not one of the frozen kernels.

use std::hint::black_box;

/// First argument that makes a tollgate executable, or a gate target, do so many steps of work and nothing else.
pub const SPIN_ARGUMENT: &str = "__spin";

/// Does `steps` dependent steps of integer arithmetic, some nanoseconds each.
pub fn spin(steps: u64) {
    let mut state = black_box(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..steps {
        // A linear congruential step (Knuth, TAOCP vol. 2, 3.3.4) and an xor, so that no step can be skipped.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407)
            ^ (state >> 33);
    }
    black_box(state);
}
