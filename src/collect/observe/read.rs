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
    Reader::default().stat(pid)
}

/// Its resident memory in bytes; `None` when it is gone.
pub(super) fn resident(pid: u32) -> Option<u64> {
    let pages = Reader::default().read(pid, "statm", proc::resident_pages);
    (pages.known()).map(|pages| pages.saturating_mul(rustix::param::page_size() as u64))
}

/// Whether the process was given this entry (`NAME=value`) in its environment. No where that may not be read.
pub(crate) fn environment_has(pid: u32, entry: &[u8]) -> bool {
    Reader::default().environment_has(pid, entry)
}

/// What a process told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told<T> {
    Known(T),
    /// There is no such process any more.
    Gone,
    /// Not for us, or nothing that can be understood.
    Unreadable,
}

impl<T> Told<T> {
    pub(super) fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Gone | Self::Unreadable => None,
        }
    }

    fn of_error(error: &io::Error) -> Self {
        // ESRCH: it ended between opening and reading.
        if error.kind() == io::ErrorKind::NotFound
            || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
        {
            Self::Gone
        } else {
            Self::Unreadable
        }
    }
}

/// A buffer that is used again.
#[derive(Debug, Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    pub(super) fn stat(&mut self, pid: u32) -> Option<Stat> {
        self.read(pid, "stat", Stat::parse)
            .known()
            .filter(|stat| stat.pid == pid)
    }

    pub(super) fn environment_has(&mut self, pid: u32, entry: &[u8]) -> bool {
        let found = self.read(pid, "environ", |bytes| Some(proc::has_entry(bytes, entry)));
        // What one process needed is not held for all that follow.
        self.buffer.shrink_to(64 * 1024);
        found.known().unwrap_or(false)
    }

    /// One file of a process, understood.
    pub(super) fn read<T>(
        &mut self,
        pid: u32,
        name: &str,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Told<T> {
        self.buffer.clear();
        let read = File::open(format!("/proc/{pid}/{name}"))
            .and_then(|file| file.take(LIMIT).read_to_end(&mut self.buffer));
        match read {
            // A process that ends leaves some files empty for a moment.
            Ok(0) => Told::Gone,
            Ok(_) => parse(&self.buffer).map_or(Told::Unreadable, Told::Known),
            Err(error) => Told::of_error(&error),
        }
    }

    /// Open file descriptors. Linux 6.2 and newer tell them as the size of their directory; before, they are counted.
    pub(super) fn descriptors(&self, pid: u32) -> Told<u32> {
        let path = format!("/proc/{pid}/fd");
        let told = fs::metadata(&path).and_then(|metadata| match metadata.len() {
            0 => fs::read_dir(&path).map(|entries| entries.count() as u64),
            told => fs::read_dir(&path).map(|_readable| told),
        });
        match told {
            Ok(count) => Told::Known(u32::try_from(count).unwrap_or(u32::MAX)),
            Err(error) => Told::of_error(&error),
        }
    }
}
