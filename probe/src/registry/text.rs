//! The labels of a series as words in lines of memory that are reused but never given back.
//!
//! A reader compares its labels with a line while the series may be reclaimed and the line be written anew. All words
//! are atomics, so the worst that it sees is a mixture; the generation of the series, read before and after, tells
//! whether it did (a sequence lock, as in Boehm, "Can seqlocks get along with programming language memory models?",
//! MSPC 2012). Odd generations are series that are not in use.

use super::chunks::{CHUNK, Chunks};
use super::key;
use crate::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

/// Set in a state of a series beside its generation: nothing is recorded.
pub(crate) const MUTED: u32 = 1 << 31;

const WORDS: usize = 7;

/// The first words of a series' labels (48 bytes of text for up to four labels), or more of them.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Line {
    words: [AtomicU64; WORDS],
    /// The number of the line with the next words, where there are more.
    next: AtomicU32,
    /// Lookups in this epoch, up to a few; only of a series' first line.
    pub(crate) seen: AtomicU32,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            words: std::array::from_fn(|_| AtomicU64::new(0)),
            next: AtomicU32::new(0),
            seen: AtomicU32::new(0),
        }
    }
}

/// Lines for labels that need more than one: at most five more each, for every series that there can be.
pub(crate) type Tails = Chunks<Line, TAIL_CHUNKS>;

const TAIL_CHUNKS: usize = if cfg!(loom) {
    4
} else if cfg!(miri) {
    64
} else {
    5 * (65_536 + 16_384) / CHUNK
};

/// The generation of the series if it is in use and has these labels.
#[inline]
pub(crate) fn matches(
    state: &AtomicU32,
    line: &Line,
    tails: &Tails,
    labels: &[&str],
) -> Option<u32> {
    // Acquire: the words of this generation were written before it.
    let generation = state.load(Acquire) & !MUTED;
    if generation & 1 == 1 || !same(line, tails, labels) {
        return None;
    }
    // If a word that we compared was of a later owner, then the generation that we read now is a later one too.
    fence(Acquire);
    (state.load(Relaxed) & !MUTED == generation).then_some(generation)
}

#[inline(always)]
fn same(first: &Line, tails: &Tails, labels: &[&str]) -> bool {
    let (mut line, mut at) = (first, 0);
    key::words(labels, |word| {
        if at == WORDS {
            match tails.get(line.next.load(Relaxed)) {
                Some(next) => (line, at) = (next, 0),
                None => return false,
            }
        }
        at += 1;
        line.words[at - 1].load(Relaxed) == word
    })
}

/// Which tails are free. Behind the registry's lock.
#[derive(Debug, Default)]
pub(crate) struct FreeTails {
    free: Vec<u32>,
    /// Number 0 is never given out: it stands for none.
    last: u32,
}

impl FreeTails {
    pub(crate) const fn new() -> Self {
        Self {
            free: Vec::new(),
            last: 0,
        }
    }

    fn take(&mut self, tails: &Tails) -> Option<u32> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => self.last + 1,
        };
        tails.make(number)?;
        self.last = self.last.max(number);
        Some(number)
    }
}

/// Takes a series out of use: from now on nobody finds it, and its handles are stale. Only under the lock.
pub(crate) fn retire(state: &AtomicU32) {
    let now = state.load(Relaxed);
    if now & 1 == 0 {
        state.store(now + 1, Release);
    }
}

/// Gives a series that is not in use, or never was, these labels, and puts it in use; its generation. Only under the
/// lock. `None` if there is no line left.
pub(crate) fn write(
    state: &AtomicU32,
    first: &Line,
    tails: &Tails,
    free: &mut FreeTails,
    labels: &[&str],
) -> Option<u32> {
    retire(state);
    // Whoever sees one of the stores below and then passes an Acquire fence sees that the series was retired.
    fence(Release);
    give_back(first, tails, free);
    let (mut line, mut at) = (first, 0);
    let written = key::words(labels, |word| {
        if at == WORDS {
            let next = free.take(tails);
            let Some((number, next)) = next.and_then(|n| Some((n, tails.get(n)?))) else {
                return false;
            };
            line.next.store(number, Relaxed);
            next.next.store(0, Relaxed);
            (line, at) = (next, 0);
        }
        line.words[at].store(word, Relaxed);
        at += 1;
        true
    });
    if !written {
        return None;
    }
    let now = state.load(Relaxed);
    // Release: with the words.
    state.store(now + 1, Release);
    Some((now + 1) & !MUTED)
}

/// Makes the lines after the first one free.
fn give_back(first: &Line, tails: &Tails, free: &mut FreeTails) {
    let mut number = first.next.load(Relaxed);
    first.next.store(0, Relaxed);
    while number != 0 {
        free.free.push(number);
        number = tails.get(number).map_or(0, |line| line.next.load(Relaxed));
    }
}

/// Generations go up by two each time a series is given out. One short of the end a series is not reused any more: a
/// handle from a thousand million owners ago must not become valid again.
pub(crate) fn worn_out(state: &AtomicU32) -> bool {
    state.load(Relaxed) & !MUTED >= MUTED - 4
}

#[cfg(test)]
#[path = "text/tests.rs"]
mod tests;
