//! The processor's own counter.

/// The counter now; 0 where there is none that we know.
#[inline]
#[cfg_attr(
    all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)),
    expect(unsafe_code, reason = "an instruction without a safe wrapper")
)]
pub(super) fn read() -> u64 {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        // SAFETY: every x86-64 processor has the instruction. An operating system may forbid it to programs (then it traps);
        // none that keeps its own time by the counter and offers it through the vDSO does, and `trusted` asks for that
        // before anything but calibration depends on it.
        unsafe { core::arch::x86_64::_rdtsc() }
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    {
        let ticks: u64;
        // SAFETY: reads the virtual count, which Linux, macOS and Windows allow to programs; changes nothing.
        unsafe {
            core::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags))
        };
        ticks
    }
    #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        0
    }
}

/// Whether the counter may be used as a clock: it runs at one rate in every state of the processor, and the kernel, which
/// compares the counters of all processors, keeps its own time by it.
pub(super) fn trusted() -> bool {
    if cfg!(miri) {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    {
        invariant() && kernel_uses_tsc()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        // The generic timer is defined to be one for all processors.
        cfg!(target_arch = "aarch64")
    }
}

/// Intel SDM 3B 18.17.4, AMD APM 3 E.4.6: leaf 8000_0007h, EDX bit 8.
#[cfg(target_arch = "x86_64")]
fn invariant() -> bool {
    use core::arch::x86_64::__cpuid;
    __cpuid(0x8000_0000).eax >= 0x8000_0007 && __cpuid(0x8000_0007).edx & (1 << 8) != 0
}

/// Only Linux says; elsewhere `Instant` is used.
#[cfg(target_arch = "x86_64")]
fn kernel_uses_tsc() -> bool {
    std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        .is_ok_and(|source| source.trim() == "tsc")
}
