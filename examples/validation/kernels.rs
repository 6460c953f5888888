//! The work that is measured: three kernels over fixed inputs. Pure.

use clap::ValueEnum;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::collections::HashMap;

/// Seed of all inputs. The inputs are part of what was recorded: another seed is another benchmark.
const INPUT_SEED: u64 = 20_261_121;

/// What is measured. One batch takes 0.1 to 0.3 ms on a machine of 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kernel {
    /// Allocation and memory: see [`count_words`].
    Hash,
    /// Branches that cannot be predicted: see [`sorted_checksum`].
    Sort,
    /// Byte-wise control flow: see [`parse_records`].
    Parse,
}

impl Kernel {
    /// In the order of the recording.
    pub(crate) const ALL: [Self; 3] = [Self::Hash, Self::Sort, Self::Parse];

    /// As written in the recording and on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Sort => "sort",
            Self::Parse => "parse",
        }
    }

    /// One line for the header of the recording.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Hash => {
                "counts 8000 words in a new HashMap with the randomly keyed standard hasher"
            }
            Self::Sort => "copies and sorts 28000 random u64 (sort_unstable)",
            Self::Parse => "parses 7000 JSON-like records of about 30 bytes, byte by byte",
        }
    }

    /// Makes the input and answers the work of one batch. Its result must be used, or it is optimised away.
    pub(crate) fn prepare(self) -> Box<dyn FnMut() -> u64 + Send> {
        let mut rng = ChaCha8Rng::seed_from_u64(INPUT_SEED);
        match self {
            Self::Hash => {
                let text = words(&mut rng, 8000);
                Box::new(move || count_words(&text))
            }
            Self::Sort => {
                let values: Vec<u64> = (0..28_000).map(|_| rng.next_u64()).collect();
                let mut scratch = values.clone();
                Box::new(move || sorted_checksum(&values, &mut scratch))
            }
            Self::Parse => {
                let text = records(&mut rng, 7000);
                Box::new(move || parse_records(&text).unwrap_or(0))
            }
        }
    }
}

/// Words of 3 to 10 letters, separated by spaces; about an eighth of them differ, the first ones are frequent.
fn words(rng: &mut ChaCha8Rng, count: usize) -> String {
    let vocabulary: Vec<String> = (0..count / 8)
        .map(|_| {
            let length = 3 + rng.next_u64() % 8;
            (0..length)
                .map(|_| char::from(b'a' + (rng.next_u64() % 26) as u8))
                .collect()
        })
        .collect();
    let mut text = String::new();
    for _ in 0..count {
        // The smaller of two draws: small indices are frequent, as in a text.
        let (one, other) = (rng.next_u64(), rng.next_u64());
        let index = (one % vocabulary.len() as u64).min(other % vocabulary.len() as u64);
        text.push_str(&vocabulary[index as usize]);
        text.push(' ');
    }
    text
}

/// How often the most frequent word occurs, and how many words there are.
fn count_words(text: &str) -> u64 {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in text.split_ascii_whitespace() {
        *counts.entry(word).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    most * 1_000_000 + counts.len() as u64
}

/// Sorts a copy, and mixes every 97th value so that nothing can be left out.
fn sorted_checksum(values: &[u64], scratch: &mut [u64]) -> u64 {
    scratch.copy_from_slice(values);
    scratch.sort_unstable();
    scratch
        .iter()
        .step_by(97)
        .fold(0, |sum: u64, value| sum.rotate_left(7) ^ value)
}

/// Lines such as `{"id": 17, "name": "abc", "on": true}`.
fn records(rng: &mut ChaCha8Rng, count: u64) -> Vec<u8> {
    let mut text = String::new();
    for _ in 0..count {
        let (id, flag) = (rng.next_u64() % 100_000, rng.next_u64().is_multiple_of(2));
        let length = 1 + rng.next_u64() % 9;
        let name: String = (0..length)
            .map(|_| char::from(b'a' + (rng.next_u64() % 26) as u8))
            .collect();
        text.push_str(&format!(
            "{{\"id\": {id}, \"name\": \"{name}\", \"on\": {flag}}}\n"
        ));
    }
    text.into_bytes()
}

/// Sum of all numbers, plus the lengths of all strings, plus the true flags. `None` for what is not of this form.
fn parse_records(text: &[u8]) -> Option<u64> {
    let mut sum = 0;
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'{' | b'}' | b':' | b',' | b' ' | b'\n' => {}
            b'"' => {
                let end = rest.iter().position(|&byte| byte == b'"')?;
                sum += end as u64;
                rest = &rest[end + 1..];
            }
            b'0'..=b'9' => {
                let mut number = u64::from(byte - b'0');
                while let Some((&digit @ b'0'..=b'9', tail)) = rest.split_first() {
                    number = number
                        .checked_mul(10)?
                        .checked_add(u64::from(digit - b'0'))?;
                    rest = tail;
                }
                sum += number;
            }
            b't' => {
                rest = rest.strip_prefix(b"rue")?;
                sum += 1;
            }
            b'f' => rest = rest.strip_prefix(b"alse")?,
            _ => return None,
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted() {
        assert_eq!(count_words("a b a c a "), 3_000_003);
        assert_eq!(count_words(""), 0);
    }

    #[test]
    fn records_are_summed_and_nonsense_is_refused() {
        assert_eq!(
            parse_records(b"{\"id\": 40, \"on\": true}\n{\"on\": false}"),
            Some(40 + 2 + 2 + 1 + 2)
        );
        for wrong in ["{x}", "\"open", "tru", "99999999999999999999999"] {
            assert_eq!(parse_records(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_sorted_values() {
        let mut scratch = [0; 3];
        assert_eq!(sorted_checksum(&[3, 1, 2], &mut scratch), 1);
        assert_eq!(scratch, [1, 2, 3]);
    }

    #[test]
    fn every_batch_does_the_same_work_as_at_the_time_of_the_recording() {
        let results: Vec<u64> = Kernel::ALL
            .into_iter()
            .map(|kernel| {
                let mut work = kernel.prepare();
                let first = work();
                assert_eq!(first, work(), "{}", kernel.name());
                first
            })
            .collect();
        insta::assert_debug_snapshot!(results, @r#"
[
    25000934,
    972366752920116313,
    352088200,
]
"#);
    }
}
