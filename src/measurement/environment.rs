//! The machine and toolchain of a run.

use serde::{Deserialize, Serialize};

/// Everything about the machine that can move a measurement. Unknown facts are `None`, never guessed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Environment {
    /// The processor.
    pub cpu: Cpu,
    /// `x86_64`, `aarch64` ..
    pub arch: String,
    /// `linux`, `macos` ..
    pub os: String,
    /// Kernel release, such as `6.8.0-41-generic`.
    pub kernel: Option<String>,
    /// `glibc 2.36`, `musl`.
    pub libc: Option<String>,
    /// Hypervisor or container that is visible from inside (`kvm`, `microsoft`, `docker`).
    pub hypervisor: Option<String>,
    /// Main memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Frequency governor of the first core, where the kernel shows it.
    pub governor: Option<String>,
    /// Whether turbo/boost is on, where the kernel shows it.
    pub turbo: Option<bool>,
    /// CPU limit of the control group in cores, if there is one.
    pub cpu_quota: Option<f64>,
    /// How tollgate itself was compiled: the times of its reference kernels depend on it.
    pub tollgate_build: Option<String>,
    /// What built the benchmarks.
    pub toolchain: Toolchain,
    /// Before the first invocation.
    pub load_before: Option<Load>,
    /// After the last invocation.
    pub load_after: Option<Load>,
    /// Share of CPU time that the hypervisor took away while measuring, 0..=1.
    pub steal: Option<f64>,
}

/// The processor as the operating system describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cpu {
    /// `GenuineIntel`, `AuthenticAMD`, ARM implementer.
    pub vendor: Option<String>,
    /// CPUID family.
    pub family: Option<u32>,
    /// CPUID model.
    pub model: Option<u32>,
    /// CPUID stepping.
    pub stepping: Option<u32>,
    /// Marketing name.
    pub name: Option<String>,
    /// Microcode revision.
    pub microcode: Option<String>,
    /// Cores that this process may use.
    pub cores: Option<u32>,
    /// Hardware threads of a core.
    pub threads_per_core: Option<u32>,
    /// Data and unified caches of the first core, smallest level first.
    pub caches: Vec<Cache>,
}

/// One cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cache {
    /// 1, 2, 3.
    pub level: u32,
    /// `Data`, `Unified`.
    pub kind: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// Compiler and build settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Toolchain {
    /// `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub rustc: Option<String>,
    /// LLVM of that rustc.
    pub llvm: Option<String>,
    /// Target triple.
    pub target: Option<String>,
    /// Cargo profile (`bench`).
    pub profile: Option<String>,
    /// Hash over RUSTFLAGS, target-cpu and profile settings, 16 hex digits.
    pub flags_hash: Option<String>,
    /// Cargo features that were asked for.
    pub features: Vec<String>,
}

/// Load of the machine at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Load {
    /// Runnable processes, average of the last minute.
    pub one_minute: f64,
    /// Runnable processes at this moment, without the asking one.
    pub runnable: Option<u32>,
}
