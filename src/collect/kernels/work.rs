//! The frozen work. Each kernel is its work, a function of fixed inputs whose result the tests hold, and the
//! loop that times it.

use super::json;
use super::time_batches;
use std::alloc::{GlobalAlloc as _, Layout, System};
use std::hint::black_box;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::thread;

/// Batches of a kernel: the trimmed mean is over 15 of them.
const BATCHES: usize = 25;

/// Cache lines of 64 bytes; the first word is the number of the next line.
pub(in crate::collect) type Line = [u32; 16];

const L2_LINES: usize = 256 * 1024 / size_of::<Line>();
pub(in crate::collect) const DRAM_LINES: usize = 64 * 1024 * 1024 / size_of::<Line>();
const TEXT_LENGTH: u32 = 64 * 1024;
const COPY_KIBIBYTES: u32 = 4 * 1024;

pub(super) fn alu() -> f64 {
    let mut state = SEED;
    time_batches(BATCHES, 200_000, |steps| {
        state = alu_chain(black_box(state), steps);
    })
}

pub(super) fn branch() -> f64 {
    let text = random_text(TEXT_LENGTH);
    time_batches(BATCHES, TEXT_LENGTH, |_| {
        black_box(parse(black_box(&text)));
    })
}

pub(super) fn l2_chase() -> f64 {
    let lines = chain(L2_LINES);
    let mut at = 0;
    time_batches(BATCHES, 64 * 1024, |steps| {
        at = chase(&lines, black_box(at), steps);
    })
}

pub(super) fn dram_chase() -> f64 {
    let lines = chain(DRAM_LINES);
    let mut at = 0;
    time_batches(BATCHES, 4_000, |steps| {
        at = chase(&lines, black_box(at), steps);
    })
}

pub(super) fn memcpy() -> f64 {
    let from = vec![1_u8; COPY_KIBIBYTES as usize * 1024];
    let mut to = vec![2_u8; from.len()];
    time_batches(BATCHES, COPY_KIBIBYTES, |_| {
        to.copy_from_slice(black_box(&from));
        black_box(&to);
    })
}

pub(super) fn alloc() -> f64 {
    let mut blocks: Vec<Option<Block>> = (0..BLOCKS).map(|_| None).collect();
    let mut state = SEED;
    time_batches(BATCHES, 8_000, |times| {
        state = allocate(&mut blocks, state, times);
    })
}

pub(super) fn syscall() -> f64 {
    time_batches(BATCHES, 2_000, |times| {
        for _ in 0..times {
            black_box(parent_id());
        }
    })
}

pub(super) fn json() -> f64 {
    time_batches(BATCHES, 24, |times| {
        for _ in 0..times {
            black_box(json::round_trip(black_box(json::DOCUMENT)));
        }
    })
}

/// Two threads that wake each other through pipes; one operation is one wake-up.
///
/// Both on one core: where the scheduler is free to choose, it is 1 µs or, with an idle core to be woken, 25 µs
/// (2026-11, virtual machine with two cores), and which of the two a process gets is a matter of luck.
pub(super) fn wake() -> f64 {
    let (Ok((mine, theirs)), Ok((their_reader, my_writer))) = (std::io::pipe(), std::io::pipe())
    else {
        // No time: the reader of our line refuses it by name.
        return f64::NAN;
    };
    let core = current_core();
    thread::scope(|scope| {
        scope.spawn(move || {
            stay_on(core);
            echo(their_reader, theirs);
        });
        // A thread of its own as well, so that ours may go on anywhere. Its end closes the pipes, which ends the
        // other one.
        let timing = scope.spawn(move || {
            stay_on(core);
            time_wake_ups(mine, my_writer)
        });
        timing.join().unwrap_or(f64::NAN)
    })
}

fn time_wake_ups(mut from: PipeReader, mut to: PipeWriter) -> f64 {
    let mut failed = false;
    let time = time_batches(BATCHES, 200, |wake_ups| {
        for _ in 0..wake_ups / 2 {
            let mut byte = [0];
            failed |= to.write_all(&[1]).is_err() || from.read_exact(&mut byte).is_err();
        }
    });
    if failed { f64::NAN } else { time }
}

/// The core that we run on, if it can be asked and chosen.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "sched_getcpu has no safe form")]
pub(in crate::collect) fn current_core() -> Option<usize> {
    // SAFETY: takes nothing and changes nothing.
    let core = unsafe { libc::sched_getcpu() };
    usize::try_from(core)
        .ok()
        .filter(|&core| core < libc::CPU_SETSIZE as usize)
}

/// Best effort: where the system does not let us choose, it chooses.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "sched_setaffinity has no safe form")]
pub(in crate::collect) fn stay_on(core: Option<usize>) {
    let Some(core) = core else {
        return;
    };
    // SAFETY: all-zero bytes are the empty set, a plain C struct of integers.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: sets one bit of a live set; `current_core` gives no number beyond its size.
    unsafe { libc::CPU_SET(core, &mut set) };
    // SAFETY: pointer and size are those of one live set; 0 is the calling thread.
    let _ = unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) };
}

#[cfg(not(target_os = "linux"))]
pub(in crate::collect) fn current_core() -> Option<usize> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(in crate::collect) fn stay_on(_core: Option<usize>) {}

fn echo(mut from: PipeReader, mut to: PipeWriter) {
    let mut byte = [0];
    while from.read_exact(&mut byte).is_ok() && to.write_all(&byte).is_ok() {}
}

pub(in crate::collect) const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Marsaglia's xorshift64: six operations, each on the result of the one before.
pub(in crate::collect) fn alu_chain(mut state: u64, steps: u32) -> u64 {
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}

/// Words, numbers, strings and punctuation without any pattern.
pub(super) fn random_text(length: u32) -> Vec<u8> {
    const ALPHABET: &[u8; 64] =
        b"abcdefghijkl   0123456789 \"\"{}[]:;mnopqrst  ,.-+\n\n(AB42CDEF77)_x";
    let mut state = SEED;
    (0..length)
        .map(|_| {
            state = alu_chain(state, 1);
            ALPHABET[(state >> 58) as usize]
        })
        .collect()
}

/// What a lexer does: a decision a byte, which depends on the bytes before.
pub(super) fn parse(text: &[u8]) -> u64 {
    let (mut words, mut sum, mut number, mut depth) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut in_word, mut in_string) = (false, false);
    for &byte in text {
        if in_string {
            if byte == b'"' {
                in_string = false;
            } else {
                sum = sum.wrapping_add(1);
            }
            continue;
        }
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                if !in_word {
                    words += 1;
                    in_word = true;
                }
                continue;
            }
            b'0'..=b'9' => {
                if !in_word {
                    number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                    continue;
                }
                words = words.wrapping_add(number & 1);
            }
            b'"' => in_string = true,
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'\n' => sum = sum.rotate_left(3),
            _ => {}
        }
        sum = sum.wrapping_add(number).wrapping_add(depth);
        number = 0;
        in_word = false;
    }
    sum ^ (words << 32)
}

/// A single cycle through all lines in an order that no prefetcher foresees: a linear congruential generator of
/// full period (Hull and Dobell 1962: `a` is 1 modulo 4, `c` odd, the modulus a power of two). Written in one
/// pass from front to back, which a shuffle is not.
pub(in crate::collect) fn chain(count: usize) -> Vec<Line> {
    debug_assert!(count.is_power_of_two() && u32::try_from(count).is_ok());
    let mut lines = vec![[0; 16]; count];
    use_small_pages(&mut lines);
    let mask = count - 1;
    for (index, line) in lines.iter_mut().enumerate() {
        let next = index.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) & mask;
        line[0] = next as u32;
    }
    lines
}

pub(in crate::collect) fn chase(lines: &[Line], mut at: u32, steps: u32) -> u32 {
    for _ in 0..steps {
        at = lines[at as usize][0];
    }
    at
}

/// Whether the kernel finds huge pages depends on how fragmented its memory is, and moves the latency in steps.
/// Best effort: where this fails, the kernel's setting decides.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "madvise has no safe form")]
fn use_small_pages(lines: &mut [Line]) {
    const PAGE: usize = 64 * 1024;
    let range = lines.as_mut_ptr_range();
    let start = range.start.addr().next_multiple_of(PAGE);
    let end = range.end.addr() / PAGE * PAGE;
    if start < end {
        let start = range.start.with_addr(start).cast();
        // SAFETY: the pages lie wholly inside of the slice, which we borrow mutably; this advice changes how they
        // are backed and never what they hold.
        let _ = unsafe { libc::madvise(start, end - start.addr(), libc::MADV_NOHUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn use_small_pages(_lines: &mut [Line]) {}

const BLOCKS: usize = 512;

/// A block of the system's allocator: the program that we are linked into may have chosen another one.
pub(in crate::collect) struct Block {
    start: *mut u8,
    layout: Layout,
}

impl Block {
    #[expect(unsafe_code, reason = "asking the system's allocator itself")]
    fn new(size: usize) -> Option<Self> {
        let layout = Layout::from_size_align(size.max(1), 16).ok()?;
        // SAFETY: the layout's size is not zero.
        let start = unsafe { System.alloc(layout) };
        if start.is_null() {
            return None;
        }
        // SAFETY: not null, so the block is valid for writes of at least one byte.
        unsafe { start.write(1) };
        Some(Self { start, layout })
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for Block {
    #[expect(unsafe_code, reason = "giving back to the system's allocator")]
    fn drop(&mut self) {
        // SAFETY: `start` came from this allocator with this layout, and is given back once.
        unsafe { System.dealloc(self.start, self.layout) };
    }
}

/// Room for the blocks that [`allocate`] replaces, empty.
pub(in crate::collect) fn no_blocks() -> Vec<Option<Block>> {
    (0..BLOCKS).map(|_| None).collect()
}

/// Replaces blocks at random; three of four are small.
pub(in crate::collect) fn allocate(
    blocks: &mut [Option<Block>],
    mut state: u64,
    times: u32,
) -> u64 {
    for _ in 0..times {
        state = alu_chain(state, 1);
        let slot = (state >> 32) as usize % blocks.len();
        let size = if state & 3 == 0 {
            state >> 52
        } else {
            state >> 56
        };
        blocks[slot] = black_box(Block::new(size as usize));
    }
    state
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a system call and nothing around it")]
fn parent_id() -> i64 {
    // SAFETY: getppid takes nothing, changes nothing and cannot fail.
    unsafe { libc::syscall(libc::SYS_getppid) }
}

#[cfg(not(target_os = "linux"))]
fn parent_id() -> i64 {
    i64::from(std::os::unix::process::parent_id())
}
