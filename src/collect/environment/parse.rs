//! Pure parsers, one a file. What makes no sense is `None`.

use super::CpuTimes;
use super::files::clean;
use crate::measurement::{Cache, Cpu, Load};
use std::ops::RangeInclusive;

/// More cores than Linux can be built for; a larger number is nonsense.
const CORES_LIMIT: u32 = 65_536;

/// The first processor of `/proc/cpuinfo`, as x86, ARM, POWER, RISC-V and IBM Z write it. Cores, threads and caches
/// are left empty: they are better told elsewhere.
pub(super) fn cpuinfo(text: &str) -> Cpu {
    let first = || text.lines().take_while(|line| !line.trim().is_empty());
    let text_of = |keys: &[&str]| {
        keys.iter().find_map(|key| {
            first().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                (name.trim() == *key).then(|| clean(value))?
            })
        })
    };
    let number = |keys: &[&str]| text_of(keys).as_deref().and_then(integer);
    // ARM has four numbers where x86 has three. Variant and revision are the r and p of `r1p2`.
    let stepping = number(&["stepping"]).or_else(|| {
        let variant = number(&["CPU variant"])?;
        variant
            .checked_mul(16)?
            .checked_add(number(&["CPU revision"])?)
    });
    Cpu {
        vendor: text_of(&["vendor_id", "CPU implementer", "mvendorid"]),
        family: number(&["cpu family", "CPU architecture"]),
        model: number(&["model", "CPU part"]),
        stepping,
        name: text_of(&["model name", "cpu model", "cpu", "uarch"]),
        microcode: text_of(&["microcode"]),
        cores: None,
        threads_per_core: None,
        caches: Vec::new(),
    }
}

/// Whether `/proc/cpuinfo` has the flag by which x86 tells that there is a hypervisor.
pub(super) fn hypervisor_flag(cpuinfo: &str) -> bool {
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == "flags")
        .is_some_and(|(_, flags)| flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

/// A field of `/proc/meminfo`, in bytes.
pub(super) fn meminfo(text: &str, field: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name == field).then_some(value)
    })?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// `/proc/loadavg`: `0.20 0.18 0.12 1/80 11206`.
pub(super) fn loadavg(text: &str) -> Option<Load> {
    let mut fields = text.split_whitespace();
    let one_minute: f64 = fields.next()?.parse().ok()?;
    if !one_minute.is_finite() || one_minute < 0.0 {
        return None;
    }
    let runnable = fields.nth(2).and_then(|field| {
        let (running, _) = field.split_once('/')?;
        // The one that reads the file runs as well.
        running.parse::<u32>().ok()?.checked_sub(1)
    });
    Some(Load {
        one_minute,
        runnable,
    })
}

/// The line of all cores in `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guest time,
/// which follows, is part of user time.
pub(super) fn cpu_times(text: &str) -> Option<CpuTimes> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let fields: Vec<u64> = line
        .split_whitespace()
        .take(8)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let steal = *fields.get(7)?;
    let total = fields
        .iter()
        .try_fold(0_u64, |sum, &field| sum.checked_add(field))?;
    Some(CpuTimes { total, steal })
}

/// `Cpus_allowed_list` of `/proc/self/status`.
pub(super) fn allowed_cores(status: &str) -> Option<u32> {
    status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .and_then(cpu_list)
}

/// How many processors a list such as `0-3,8,10-11` names; `None` if it is none or names one twice.
pub(super) fn cpu_list(text: &str) -> Option<u32> {
    let mut next = 0;
    let mut count = 0_u32;
    for part in text.trim().split(',') {
        let range = cpu_range(part)?;
        if *range.start() < next || *range.end() >= CORES_LIMIT || range.is_empty() {
            return None;
        }
        next = range.end() + 1;
        count += range.end() - range.start() + 1;
    }
    Some(count)
}

fn cpu_range(text: &str) -> Option<RangeInclusive<u32>> {
    match text.split_once('-') {
        Some((first, last)) => Some(first.parse().ok()?..=last.parse().ok()?),
        None => {
            let only = text.parse().ok()?;
            Some(only..=only)
        }
    }
}

/// One `cache/index*`; `None` also for caches of instructions.
pub(super) fn cache(level: &str, kind: &str, size: &str) -> Option<Cache> {
    let kind = kind.trim();
    let level: u32 = level.trim().parse().ok()?;
    if !matches!(kind, "Data" | "Unified") || !(1..=9).contains(&level) {
        return None;
    }
    let size = size.trim();
    let (number, scale) = match size.as_bytes().last()? {
        b'K' => (&size[..size.len() - 1], 1024),
        b'M' => (&size[..size.len() - 1], 1024 * 1024),
        _ => (size, 1),
    };
    let bytes = number.parse::<u64>().ok()?.checked_mul(scale)?;
    (bytes > 0).then(|| Cache {
        level,
        kind: kind.to_owned(),
        bytes,
    })
}

/// A file that holds 0 or 1.
pub(super) fn switch(text: &str) -> Option<bool> {
    match text.trim() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// `7`, `0xd0c`.
fn integer(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hexadecimal) if !hexadecimal.starts_with('+') => {
            u32::from_str_radix(hexadecimal, 16).ok()
        }
        Some(_) => None,
        None => text.parse().ok(),
    }
}
