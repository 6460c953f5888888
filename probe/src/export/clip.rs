//! Text of strangers, made short enough to print.

use std::borrow::Cow;

/// FNV-1a, 64 bits: short, the same everywhere, and not for security. Two texts that an attacker chose to clash give two
/// equal labels, nothing worse.
pub(crate) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut byte = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for part in parts {
        part.bytes().for_each(&mut byte);
        // 0xff is in no UTF-8 text, so that ["ab", "c"] is not ["a", "bc"].
        byte(0xff);
    }
    hash
}

/// `text` where it has at most `limit` bytes. Else its beginning, `~` and the fingerprint of the whole in 16 hex digits, so
/// that two long texts that differ only in their ends remain two.
pub(crate) fn clip(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let kept = text.floor_char_boundary(limit.saturating_sub(17));
    Cow::Owned(format!("{}~{:016x}", &text[..kept], fingerprint([text])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_stays_and_long_text_remains_distinct() {
        assert_eq!(clip("abc", 3), "abc");
        let (one, other) = ("x".repeat(5_000) + "1", "x".repeat(5_000) + "2");
        assert_eq!(clip(&one, 100).len(), 100);
        assert_ne!(clip(&one, 100), clip(&other, 100));
        assert_eq!(clip(&one, 100), clip(&one, 100));
    }

    #[test]
    fn text_is_cut_between_characters() {
        let text = "é".repeat(100);
        for limit in 0..150 {
            let clipped = clip(&text, limit);
            assert!(clipped.len() <= limit.max(17), "{limit}: {clipped}");
        }
    }

    #[test]
    fn the_parts_of_a_fingerprint_are_kept_apart() {
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
        assert_ne!(fingerprint([]), fingerprint([""]));
    }
}
