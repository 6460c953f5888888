//! The denominators: what reading a clock costs.

use crate::arm::{Arm, Operation, arm};
use std::hint::black_box;
use std::time::Instant;

/// The counter that the probe reads where it can.
#[cfg(target_arch = "x86_64")]
#[inline]
fn ticks() -> u64 {
    // SAFETY: reads a counter and touches no memory; every x86-64 processor has the instruction.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// How the arm is called that a timer is compared with.
pub const TWO_READINGS: &str = "two `rdtsc` and nothing else";

pub fn arms() -> Vec<Arm> {
    use Operation::{Clock, Span};
    vec![
        arm(Clock, "std", "`Instant::now`", (), |(), _| {
            black_box(Instant::now());
        })
        .reference(),
        arm(Clock, "std", "`Instant::now` and `elapsed`", (), |(), _| {
            black_box(black_box(Instant::now()).elapsed());
        }),
        #[cfg(target_arch = "x86_64")]
        arm(Clock, "x86-64", "`rdtsc`", (), |(), _| {
            black_box(ticks());
        }),
        #[cfg(target_arch = "x86_64")]
        arm(Span, "x86-64", TWO_READINGS, (), |(), _| {
            let started = black_box(ticks());
            black_box(ticks().saturating_sub(started));
        }),
    ]
}
