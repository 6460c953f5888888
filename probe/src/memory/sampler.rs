//! The resident size of this process, from the kernel, without a parser run of more than one line.

use std::fmt;
use std::fs::File;
use std::time::Duration;

use super::proc;

/// What is shorter than this apart is answered with the sample before.
const INTERVAL: Duration = Duration::from_secs(1);

/// Size of the process. Approximate: the kernel counts pages per thread or CPU and adds them up later, so the figure can
/// be off by some 64 pages a thread, on machines with many cores by more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Pages that are in memory, in bytes.
    pub resident: u64,
    /// Address space, in bytes.
    pub virtual_size: u64,
}

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    reason: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot tell the memory of this process: {}", self.reason)
    }
}

impl std::error::Error for Unavailable {}

fn unavailable(what: &str, why: impl fmt::Display) -> Unavailable {
    Unavailable {
        reason: format!("{what}: {why}"),
    }
}

/// Reads `/proc/self/statm` through a descriptor that it keeps: about half a microsecond a sample, at most once a
/// second. Elsewhere than on Linux every sample is [`Unavailable`].
///
/// ```
/// use std::time::Duration;
/// use tollgate_probe::memory::Sampler;
/// let mut sampler = Sampler::new();
/// match sampler.sample(Duration::from_secs(1)) {
///     Ok(memory) => assert!(memory.resident > 0),
///     Err(why) => eprintln!("{why}"),
/// }
/// ```
#[derive(Debug, Default)]
pub struct Sampler {
    source: Option<Source>,
    last: Option<(Duration, Result<Memory, Unavailable>)>,
}

#[derive(Debug)]
struct Source {
    statm: File,
    page: u64,
    /// The descriptor stays that of the process that opened it, also after a fork.
    process: u32,
}

impl Sampler {
    /// Nothing is opened before the first sample.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            source: None,
            last: None,
        }
    }

    /// The memory now, or as it was at most one second before `now` (since any fixed moment, by a clock that does not go
    /// back). A clock that does go back leads to a fresh sample.
    ///
    /// # Errors
    /// The system has no such file, does not let us read it, or fills it with something else. It is tried again at the
    /// next sample.
    pub fn sample(&mut self, now: Duration) -> Result<Memory, Unavailable> {
        if let Some((at, memory)) = &self.last
            && now.checked_sub(*at).is_some_and(|age| age < INTERVAL)
        {
            return memory.clone();
        }
        let memory = self.read();
        self.last = Some((now, memory.clone()));
        memory
    }

    #[cfg(target_os = "linux")]
    fn read(&mut self) -> Result<Memory, Unavailable> {
        let process = std::process::id();
        let source = match self.source.take() {
            Some(source) if source.process == process => source,
            _ => Source::open(process)?,
        };
        let bytes = read_start(&source.statm).map_err(|e| unavailable("/proc/self/statm", e))?;
        let memory = proc::memory_of_statm(&bytes, source.page)
            .ok_or_else(|| unavailable("/proc/self/statm", "unknown format"));
        self.source = Some(source);
        memory
    }

    #[cfg(not(target_os = "linux"))]
    fn read(&mut self) -> Result<Memory, Unavailable> {
        Err(unavailable(std::env::consts::OS, "only Linux is supported"))
    }
}

#[cfg(target_os = "linux")]
impl Source {
    fn open(process: u32) -> Result<Self, Unavailable> {
        let statm =
            File::open("/proc/self/statm").map_err(|e| unavailable("/proc/self/statm", e))?;
        Ok(Self {
            page: page_size(&statm)?,
            statm,
            process,
        })
    }
}

/// From the auxiliary vector, or where that is hidden (it is from a process that changed its user) from the ratio of two
/// figures that anybody may read.
#[cfg(target_os = "linux")]
fn page_size(statm: &File) -> Result<u64, Unavailable> {
    let auxv = std::fs::read("/proc/self/auxv");
    if let Some(size) = auxv.ok().and_then(|bytes| proc::page_size_of_auxv(&bytes)) {
        return Ok(size);
    }
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|e| unavailable("/proc/self/status", e))?;
    let bytes = read_start(statm).map_err(|e| unavailable("/proc/self/statm", e))?;
    proc::page_size_of_ratio(&status, &bytes)
        .ok_or_else(|| unavailable("page size", "neither in auxv nor in status"))
}

/// The first line; the kernel writes seven numbers, at most 141 bytes.
#[cfg(target_os = "linux")]
fn read_start(file: &File) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; 192];
    let count = std::os::unix::fs::FileExt::read_at(file, &mut bytes, 0)?;
    bytes.truncate(count);
    Ok(bytes)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn this_process_is_larger_than_a_megabyte_and_smaller_than_its_address_space() {
        let memory = Sampler::new().sample(SECOND).unwrap();
        assert!(
            memory.resident > 1 << 20 && memory.resident <= memory.virtual_size,
            "{memory:?}"
        );
    }

    #[test]
    fn both_ways_to_the_page_size_agree() {
        let statm = File::open("/proc/self/statm").unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let ratio = proc::page_size_of_ratio(&status, &read_start(&statm).unwrap());
        assert_eq!(ratio, Some(page_size(&statm).unwrap()));
    }

    #[test]
    fn within_a_second_the_sample_before_answers() {
        let mut sampler = Sampler::new();
        let marked = Ok(Memory {
            resident: 1,
            virtual_size: 2,
        });
        sampler.last = Some((SECOND, marked.clone()));
        assert_eq!(sampler.sample(SECOND), marked);
        assert_eq!(sampler.sample(SECOND + Duration::from_millis(999)), marked);
        assert_ne!(sampler.sample(2 * SECOND), marked);
    }

    #[test]
    fn a_clock_that_goes_back_leads_to_a_fresh_sample() {
        let mut sampler = Sampler::new();
        let marked = Ok(Memory {
            resident: 1,
            virtual_size: 2,
        });
        sampler.last = Some((Duration::MAX, marked.clone()));
        assert_ne!(sampler.sample(SECOND), marked);
    }

    #[test]
    fn the_descriptor_is_kept_and_that_of_another_process_is_replaced() {
        use std::os::fd::AsRawFd;
        let mut sampler = Sampler::new();
        sampler.read().unwrap();
        let source = sampler.source.as_mut().unwrap();
        let kept = source.statm.as_raw_fd();
        source.page = 1 << 18;
        let inflated = sampler.read().unwrap();
        let source = sampler.source.as_mut().unwrap();
        assert_eq!((source.statm.as_raw_fd(), source.page), (kept, 1 << 18));
        source.process ^= 1;
        assert!(sampler.read().unwrap().resident < inflated.resident);
        assert_eq!(
            sampler.source.as_ref().map(|s| s.process),
            Some(std::process::id())
        );
    }
}
