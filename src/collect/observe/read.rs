//! Reading `/proc`. A process that ends while it is read is no error: it is gone, that is all.

use super::proc::{self, Stat};
use std::fs::{self, File};
use std::io::{self, Read as _};

/// Of one file: environments may hold some megabytes, everything else a page or two.
const LIMIT: u64 = 4 << 20;

/// Every process id of now, in no order.
pub(crate) fn processes() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// What the process is and does; `None` when it is gone.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    let mut buffer = Vec::new();
    file(pid, "stat", &mut buffer).ok()?;
    Stat::parse(&buffer).filter(|stat| stat.pid == pid)
}

/// Whether the process was given this entry (`NAME=value`) in its environment. No where that may not be read.
pub(crate) fn environment_has(pid: u32, entry: &[u8]) -> bool {
    let mut buffer = Vec::new();
    file(pid, "environ", &mut buffer).is_ok() && proc::has_entry(&buffer, entry)
}

/// One file of a process, into a buffer that is used again.
pub(super) fn file(pid: u32, name: &str, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    File::open(format!("/proc/{pid}/{name}"))?
        .take(LIMIT)
        .read_to_end(buffer)?;
    Ok(())
}
