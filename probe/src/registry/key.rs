//! Label text as words: what is hashed, stored and compared.
//!
//! A set of labels becomes its lengths, four to a word, followed by the words of each label. Text of eight bytes and
//! more is its full words and then its last eight bytes, which overlap the words before; shorter text is two
//! overlapping halves. So nothing is read byte by byte, and with the lengths known the words say all of the text.

use crate::snapshot::Outcome;

/// Most labels of a family.
pub(crate) const MOST_LABELS: usize = 8;
#[cfg(not(loom))]
const _: () = assert!(MOST_LABELS == crate::family::MOST_LABELS);
/// Most bytes of all labels of a set together; longer text is cut by [`Cut`].
pub(crate) const MOST_BYTES: usize = 256;

/// Multiplier and start of the hash; drawn at random once a process, because label text comes from strangers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    pub(crate) start: u64,
    pub(crate) multiplier: u64,
}

/// Calls `each` with every word of these labels until it says no; whether it never did.
#[inline(always)]
pub(crate) fn words(labels: &[&str], mut each: impl FnMut(u64) -> bool) -> bool {
    for group in labels.chunks(4) {
        let lengths = group
            .iter()
            .fold(0, |lengths, label| lengths << 16 | label.len() as u64);
        if !each(lengths) {
            return false;
        }
    }
    labels.iter().all(|label| text(label.as_bytes(), &mut each))
}

#[inline(always)]
fn text(text: &[u8], each: &mut impl FnMut(u64) -> bool) -> bool {
    if let Some(last) = text.last_chunk::<8>() {
        let (full, rest) = text.as_chunks::<8>();
        full.iter().all(|word| each(u64::from_le_bytes(*word)))
            && (rest.is_empty() || each(u64::from_le_bytes(*last)))
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        each(u64::from(first) << 32 | u64::from(last))
    } else if let (Some(first), Some(last)) = (text.first(), text.last()) {
        let middle = text.get(text.len() / 2).unwrap_or(last);
        each(u64::from(*first) << 16 | u64::from(*middle) << 8 | u64::from(*last))
    } else {
        true
    }
}

/// The hash of these labels.
///
/// One multiplication of 64 by 64 bits a word, both halves folded together (the step of wyhash and its kin). It is not
/// a cryptographic hash: equal hashes decide nothing here, the words are compared, and a table is bounded by its
/// family's cap.
#[inline(always)]
pub(crate) fn hash(seed: Seed, labels: &[&str]) -> u32 {
    let mut hash = seed.start;
    words(labels, |word| {
        hash = fold(hash ^ word, seed.multiplier);
        true
    });
    (hash >> 32) as u32
}

#[inline(always)]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Bytes of all labels together.
#[inline(always)]
pub(crate) fn bytes(labels: &[&str]) -> usize {
    labels
        .iter()
        .fold(0, |bytes, label| bytes.saturating_add(label.len()))
}

/// Labels that were too long, each cut to its share of [`MOST_BYTES`].
///
/// A label that was cut ends in "…#" and 16 hexadecimal digits that depend on all of it, so that different long
/// values stay different. The digits are the same in every process: a series keeps its name over a restart.
pub(crate) struct Cut {
    bytes: [u8; MOST_BYTES],
    ends: [usize; MOST_LABELS],
}

const MARK: &str = "…#";
const DIGITS: usize = 16;

impl Cut {
    pub(crate) fn new(labels: &[&str]) -> Self {
        let mut cut = Self {
            bytes: [0; MOST_BYTES],
            ends: [0; MOST_LABELS],
        };
        let share = MOST_BYTES / labels.len().clamp(1, MOST_LABELS);
        let mut end = 0;
        for (label, stop) in labels.iter().zip(&mut cut.ends) {
            if label.len() <= share {
                put(&mut cut.bytes, &mut end, label.as_bytes());
            } else {
                let keep = label.floor_char_boundary(share - MARK.len() - DIGITS);
                put(
                    &mut cut.bytes,
                    &mut end,
                    label.get(..keep).unwrap_or_default().as_bytes(),
                );
                put(&mut cut.bytes, &mut end, MARK.as_bytes());
                let digest = digest(label);
                for digit in 0..DIGITS {
                    let nibble = (digest >> (60 - 4 * digit)) & 15;
                    put(
                        &mut cut.bytes,
                        &mut end,
                        &[b"0123456789abcdef"[nibble as usize]],
                    );
                }
            }
            *stop = end;
        }
        cut
    }

    /// The labels as they are kept; as many as there were, at most [`MOST_LABELS`].
    pub(crate) fn label(&self, at: usize) -> &str {
        let start = match at {
            0 => 0,
            _ => self.ends.get(at - 1).copied().unwrap_or_default(),
        };
        let end = self.ends.get(at).copied().unwrap_or_default();
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

fn put(bytes: &mut [u8], end: &mut usize, text: &[u8]) {
    if let Some(place) = bytes.get_mut(*end..*end + text.len()) {
        place.copy_from_slice(text);
        *end += text.len();
    }
}

/// A fixed hash of one long label; with fixed odd constants instead of a seed.
fn digest(label: &str) -> u64 {
    let mut hash = 0x243f_6a88_85a3_08d3 ^ label.len() as u64;
    text(label.as_bytes(), &mut |word| {
        hash = fold(hash ^ word, 0x9e37_79b9_7f4a_7c15).wrapping_add(0x1319_8a2e_0370_7345);
        true
    });
    fold(hash, 0xa409_3822_299f_31d1)
}

/// The place of an outcome that is not the usual one among a series' siblings.
pub(crate) fn sibling(outcome: Outcome) -> Option<usize> {
    (outcome as usize).checked_sub(1)
}
