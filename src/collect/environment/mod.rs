//! What machine this is, and how busy it is.
//!
//! Linux says it in text files; each has a pure parser in `parse`. What is not there, cannot be read or makes
//! no sense is unknown: `None`, never a guess. Other systems give what the standard library knows.

mod cgroup;
mod files;
mod hypervisor;
mod parse;

#[cfg(test)]
mod tests;

use crate::measurement::{Cpu, Environment, Load, Toolchain};
use files::Files;

/// Describes this machine. `load_before` is the load of this moment; `load_after` and `steal` are for the caller
/// to fill when measuring is over.
#[must_use]
pub fn observe(toolchain: Toolchain) -> Environment {
    observe_in(&Files::of_this_machine(), toolchain)
}

/// The load of this moment.
#[must_use]
pub fn load() -> Option<Load> {
    load_in(&Files::of_this_machine())
}

/// Swap space in use, in bytes.
#[must_use]
pub fn swap_used() -> Option<u64> {
    swap_used_in(&Files::of_this_machine())
}

/// Whether the kernel places stacks, heaps and libraries of new processes at random.
#[must_use]
pub fn address_randomisation() -> Option<bool> {
    address_randomisation_in(&Files::of_this_machine())
}

/// CPU time of all cores since the machine started, in clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTimes {
    /// Busy, idle, waiting and stolen.
    pub(crate) total: u64,
    /// Taken by the hypervisor while there was something to run.
    pub(crate) steal: u64,
}

impl CpuTimes {
    /// The counters of this moment.
    #[must_use]
    pub fn now() -> Option<Self> {
        parse::cpu_times(&Files::of_this_machine().read("proc/stat")?)
    }
}

/// Share of all CPU time between two moments that the hypervisor took away, 0..=1. `None` if no time passed or
/// the counters went back (cores were taken away).
#[must_use]
pub fn steal_between(before: CpuTimes, after: CpuTimes) -> Option<f64> {
    let total = after.total.checked_sub(before.total)?;
    let steal = after.steal.checked_sub(before.steal)?;
    (total > 0 && steal <= total).then(|| steal as f64 / total as f64)
}

fn observe_in(files: &Files, toolchain: Toolchain) -> Environment {
    let cpuinfo = files.read("proc/cpuinfo").unwrap_or_default();
    Environment {
        cpu: observe_cpu(files, &cpuinfo),
        arch: std::env::consts::ARCH.to_owned(),
        os: std::env::consts::OS.to_owned(),
        kernel: files.word("proc/sys/kernel/osrelease"),
        libc: libc_of(toolchain.target.as_deref()),
        hypervisor: hypervisor::observe(files, &cpuinfo),
        memory_bytes: files
            .read("proc/meminfo")
            .and_then(|text| parse::meminfo(&text, "MemTotal")),
        governor: files.word("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        turbo: turbo(files),
        cpu_quota: cgroup::cpu_quota(files),
        load_before: load_in(files),
        load_after: None,
        steal: None,
        tollgate_build: Some(env!("TOLLGATE_BUILD").to_owned()),
        toolchain,
    }
}

fn observe_cpu(files: &Files, cpuinfo: &str) -> Cpu {
    const CPU0: &str = "sys/devices/system/cpu/cpu0";
    let mut cpu = parse::cpuinfo(cpuinfo);
    cpu.cores = files
        .read("proc/self/status")
        .and_then(|status| parse::allowed_cores(&status))
        .or_else(|| {
            // Counts a quota as fewer cores, which is less exact, but all there is elsewhere.
            let cores = std::thread::available_parallelism().ok()?;
            u32::try_from(cores.get()).ok()
        });
    cpu.threads_per_core = ["thread_siblings_list", "core_cpus_list"]
        .iter()
        .find_map(|name| files.read(&format!("{CPU0}/topology/{name}")))
        .and_then(|list| parse::cpu_list(&list));
    // Eight is more than any processor has; the numbering has no holes.
    cpu.caches = (0..8)
        .filter_map(|index| {
            let read = |name| files.read(&format!("{CPU0}/cache/index{index}/{name}"));
            parse::cache(&read("level")?, &read("type")?, &read("size")?)
        })
        .collect();
    cpu.caches.sort_by_key(|cache| cache.level);
    cpu
}

fn turbo(files: &Files) -> Option<bool> {
    let no_turbo = files.read("sys/devices/system/cpu/intel_pstate/no_turbo");
    let boost = || files.read("sys/devices/system/cpu/cpufreq/boost");
    match no_turbo.as_deref().and_then(parse::switch) {
        Some(off) => Some(!off),
        None => boost().as_deref().and_then(parse::switch),
    }
}

fn load_in(files: &Files) -> Option<Load> {
    parse::loadavg(&files.read("proc/loadavg")?)
}

fn swap_used_in(files: &Files) -> Option<u64> {
    let meminfo = files.read("proc/meminfo")?;
    parse::meminfo(&meminfo, "SwapTotal")?.checked_sub(parse::meminfo(&meminfo, "SwapFree")?)
}

fn address_randomisation_in(files: &Files) -> Option<bool> {
    match files.word("proc/sys/kernel/randomize_va_space")?.as_str() {
        "0" => Some(false),
        "1" | "2" => Some(true),
        _ => None,
    }
}

/// The C library that the benchmarks are linked with: musl by their target, glibc by asking ours, if theirs is
/// glibc as well.
fn libc_of(target: Option<&str>) -> Option<String> {
    let target = match target {
        Some(target) => target,
        None if cfg!(target_env = "gnu") => "gnu",
        None if cfg!(target_env = "musl") => "musl",
        None => return None,
    };
    if target.contains("musl") {
        Some("musl".to_owned())
    } else if target.contains("gnu") {
        glibc_version().map(|version| format!("glibc {version}"))
    } else {
        None
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "asking the C library for its version")]
fn glibc_version() -> Option<String> {
    // SAFETY: takes nothing and returns a pointer to a string constant of the C library, zero-terminated and
    // alive as long as the process.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    version.to_str().ok().and_then(files::clean)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn glibc_version() -> Option<String> {
    None
}
