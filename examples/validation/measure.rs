//! What runs in a fresh process of its own: edge.

use crate::kernels::Kernel;
use clap::{Args, ValueEnum};
use std::hint::black_box;
use std::io::{self, BufRead as _, Write as _};
use std::time::{Duration, Instant};

/// Arguments of a measuring process. The recorder passes them with the same length on both sides.
#[derive(Debug, Args)]
pub(crate) struct Measure {
    kernel: Kernel,
    /// How much longer each batch takes, in thousandths.
    slowdown: u32,
    mode: Mode,
    /// Batches before the first one that counts.
    warmup: usize,
    /// Samples to take.
    samples: usize,
    /// Batches of a sample (not of the mode `long`).
    batches: usize,
}

/// How samples are made of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Each sample has `batches` batches.
    Short,
    /// Sample i (from 1) has i batches, as criterion's linear sampling does it.
    Long,
    /// As `short`, but each sample waits for a line on standard input and answers with its time.
    Lockstep,
}

impl Mode {
    /// As on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
            Self::Lockstep => "lockstep",
        }
    }
}

/// Runs the batches and prints nanoseconds: in lockstep a line for each sample, else one line that begins with the CPU
/// time of all samples.
pub(crate) fn run(measure: &Measure) -> io::Result<()> {
    let mut work = measure.kernel.prepare();
    let mut sample = |batches: usize| -> u64 {
        (0..batches)
            .map(|_| batch(&mut *work, measure.slowdown))
            .sum()
    };
    sample(measure.warmup);
    let mut out = io::stdout().lock();
    if measure.mode == Mode::Lockstep {
        let mut lines = io::stdin().lock().lines();
        while lines.next().transpose()?.is_some() {
            writeln!(out, "{}", sample(measure.batches))?;
            out.flush()?;
        }
        return Ok(());
    }
    let before = thread_cpu()?;
    let times: Vec<u64> = (1..=measure.samples)
        .map(|i| match measure.mode {
            Mode::Long => sample(i),
            Mode::Short | Mode::Lockstep => sample(measure.batches),
        })
        .collect();
    let cpu = thread_cpu()?.saturating_sub(before);
    write!(out, "{}", cpu.as_nanos())?;
    for time in times {
        write!(out, " {time}")?;
    }
    writeln!(out)?;
    out.flush()
}

/// Nanoseconds of one batch. Afterwards it spins until the batch has taken `slowdown` thousandths longer; with none
/// the clock is read as often, once.
fn batch(work: &mut dyn FnMut() -> u64, slowdown: u32) -> u64 {
    let start = Instant::now();
    black_box(work());
    let worked = start.elapsed();
    let until = worked + worked * slowdown / 1000;
    loop {
        let now = start.elapsed();
        if now >= until {
            return u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        }
    }
}

/// CPU time of this thread since its start.
#[expect(unsafe_code, reason = "the standard library has no clock of CPU time")]
fn thread_cpu() -> io::Result<Duration> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a timespec of our own that outlives the call, and nothing else is written to.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    let (Ok(seconds), Ok(nanos)) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec)) else {
        return Err(io::Error::other("the CPU clock shows a negative time"));
    };
    Ok(Duration::new(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slowdown_is_really_executed() {
        // No bound from above: the machine may stop us at any moment.
        let mut slow = || {
            let start = Instant::now();
            while start.elapsed() < Duration::from_micros(200) {}
            1
        };
        assert!(batch(&mut slow, 0) >= 200_000);
        assert!(batch(&mut slow, 500) >= 300_000);
    }

    #[test]
    fn the_cpu_clock_goes_forward() {
        let before = thread_cpu().unwrap();
        black_box(Kernel::Sort.prepare()());
        assert!(thread_cpu().unwrap() > before);
    }
}
