//! Storage by number that grows and never moves or goes away.

use std::sync::OnceLock;

/// Elements of a chunk. Fewer under loom and Miri, which follow every atomic.
pub(crate) const CHUNK: usize = if cfg!(loom) {
    2
} else if cfg!(miri) {
    16
} else {
    256
};

/// `CHUNKS` times [`CHUNK`] elements, of which those exist that were asked for. An element stays where it is for as
/// long as the program runs, so a reader may hold a reference to it without a lock; what it says about the element's
/// owner is another matter, which generations decide.
#[derive(Debug)]
pub(crate) struct Chunks<T, const CHUNKS: usize> {
    chunks: [OnceLock<Box<[T]>>; CHUNKS],
}

impl<T: Default, const CHUNKS: usize> Chunks<T, CHUNKS> {
    pub(crate) const fn new() -> Self {
        Self {
            chunks: [const { OnceLock::new() }; CHUNKS],
        }
    }

    /// The element, where its chunk exists.
    #[inline]
    pub(crate) fn get(&self, at: u32) -> Option<&T> {
        let at = at as usize;
        self.chunks.get(at / CHUNK)?.get()?.get(at % CHUNK)
    }

    /// As [`get`](Self::get), and makes the chunk. `None` past the end.
    pub(crate) fn make(&self, at: u32) -> Option<&T> {
        let chunk = self.chunks.get(at as usize / CHUNK)?;
        if chunk.get().is_none() {
            // Built before it is set: an allocator that records would otherwise wait for itself. Of two, one is kept.
            let built = (0..CHUNK).map(|_| T::default()).collect();
            drop(chunk.set(built));
        }
        self.get(at)
    }

    /// Memory of the chunks that exist.
    pub(crate) fn bytes(&self) -> usize {
        let made = self.chunks.iter().filter(|c| c.get().is_some()).count();
        made * CHUNK * size_of::<T>()
    }
}
