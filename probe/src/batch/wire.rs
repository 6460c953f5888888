//! The bytes of a batch, version 1.
//!
//! ```text
//! batch   = "TGB" version(u8) process sequence unix_ms uptime_ms count series{count} checksum(4 bytes)
//! series  = flags(u8) text(name) count {text(label name) text(label value)}{count} value
//! flags   = kind (bits 0-1) | unit (2-3) | outcome (4-5) | overflow (6) | continued in a later batch (7)
//! text    = 0 length utf-8 | n, the n-th text of this batch that was written out, from 1
//! value   = counter: difference | gauge: zigzag | float gauge: 8 bytes
//!         | histogram: scale(8 bytes) sum count {steps from the bucket before, number of values}{count}
//! ```
//!
//! Numbers without a size are LEB128: seven bits a byte, low ones first. Those with one are little-endian. The checksum is the lower
//! half of the FNV-1a 64 of everything before it: it finds accidents, not forgeries.

mod read;
mod write;

pub(super) use read::stored;
pub use read::{DecodeError, Decoded, decode};
pub(super) use write::{Encoder, Pushed, buckets};

/// Version of the encoding that is written. It is the first; there is no older one to read.
pub const VERSION: u8 = 1;

/// Longest batch that is read, and largest [`Config::max_bytes`](super::Config::max_bytes).
pub const MOST_BYTES: usize = 1 << 20;

/// Most series of a batch, and largest [`Config::max_metrics`](super::Config::max_metrics).
pub const MOST_SERIES: usize = 1000;

/// Longest name of a family and name or value of a label in a batch, bytes.
pub const TEXT_BYTES: usize = 128;

const MAGIC: &[u8; 3] = b"TGB";

pub(super) fn checksum(bytes: &[u8]) -> [u8; 4] {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash as u32).to_le_bytes()
}
