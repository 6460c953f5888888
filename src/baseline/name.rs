//! Names of baseline files: `<suite>.<class>.json`.

use super::Baseline;
use super::hex;
use sha2::{Digest, Sha256};

/// File names end at 255 bytes on every common system; the class takes up to 60 of them.
const LONGEST_SUITE: usize = 150;

/// Name of the ledger, beside the baselines.
pub const LEDGER_FILE: &str = "ledger.json";

impl Baseline {
    /// Name of its file within the directory of baselines.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{}.json", encoded(&self.suite), self.class.slug())
    }
}

/// A suite's name as part of a file name.
///
/// Everything but `a-z 0-9 _ -` is percent-encoded: a name with `/` or `..` cannot leave the directory, a dot ends
/// the suite, and names that differ in case stay apart where file names do not. Only names that get too long are cut
/// and told apart by a hash; what counts is the name inside the file.
fn encoded(suite: &str) -> String {
    let mut text = String::new();
    for byte in suite.bytes() {
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&hex(&[byte]));
        }
    }
    if text.len() > LONGEST_SUITE {
        text.truncate(LONGEST_SUITE - 17);
        text.push('+');
        text.push_str(&hex(&Sha256::digest(suite.as_bytes())[..8]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_SUITE, encoded};
    use proptest::prelude::*;

    fn decoded(text: &str) -> Option<String> {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(if byte == b'%' {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            } else {
                byte
            });
        }
        String::from_utf8(bytes).ok()
    }

    #[test]
    fn usual_names_stay_readable_and_hostile_ones_stay_inside() {
        assert_eq!(encoded("stats_2-x"), "stats_2-x");
        assert_eq!(encoded("../etc/passwd"), "%2e%2e%2fetc%2fpasswd");
        assert_eq!(encoded("Stats"), "%53tats");
        assert_ne!(
            encoded(&"ü".repeat(200)),
            encoded(&format!("{}u", "ü".repeat(199)))
        );
    }

    proptest! {
        #[test]
        fn names_come_back_and_never_hurt(name in "(?s).{0,60}") {
            let text = encoded(&name);
            prop_assert!(text.len() <= LONGEST_SUITE);
            prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-%+".contains(&b)));
            if !text.contains('+') {
                prop_assert_eq!(decoded(&text), Some(name));
            }
        }
    }
}
