//! The formats under `/proc/self` that hold the size of the process, read from bytes.

use super::Memory;

/// The entry of the auxiliary vector that holds the page size (`getauxval(3)`).
const AT_PAGESZ: usize = 6;

/// The page size from `/proc/self/auxv`: pairs of native words, key and value.
pub(super) fn page_size_of_auxv(bytes: &[u8]) -> Option<u64> {
    const WORD: usize = size_of::<usize>();
    let word = |bytes: &[u8]| <[u8; WORD]>::try_from(bytes).map(usize::from_ne_bytes).ok();
    bytes
        .chunks_exact(2 * WORD)
        .map(|pair| (word(&pair[..WORD]), word(&pair[WORD..])))
        .find_map(|(key, value)| (key? == AT_PAGESZ).then_some(value?))
        .map(|size| size as u64)
        .filter(|size| is_page_size(*size))
}

/// The page size from two views of one number: the virtual size is in kB in `/proc/self/status` and in pages in
/// `/proc/self/statm`. The two are read one after the other, so the ratio is rounded to the nearest power of two.
pub(super) fn page_size_of_ratio(status: &str, statm: &[u8]) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let [pages, _] = first_two(statm)?;
    let ratio = kib.checked_mul(1024)?.checked_div(pages)?;
    let below = 1_u64.checked_shl(ratio.checked_ilog2()?)?;
    let size = if ratio - below > below / 2 {
        below.checked_mul(2)?
    } else {
        below
    };
    is_page_size(size).then_some(size)
}

/// From the smallest page of any Linux to the largest base page.
fn is_page_size(size: u64) -> bool {
    size.is_power_of_two() && (4096..=1 << 18).contains(&size)
}

/// `/proc/self/statm`: virtual and resident size in pages, then five more numbers.
pub(super) fn memory_of_statm(bytes: &[u8], page: u64) -> Option<Memory> {
    let [size, resident] = first_two(bytes)?;
    Some(Memory {
        resident: resident.checked_mul(page)?,
        virtual_size: size.checked_mul(page)?,
    })
}

/// Both numbers must be followed by a space: the last number of a line that was cut may be cut itself.
fn first_two(bytes: &[u8]) -> Option<[u64; 2]> {
    let mut fields = std::str::from_utf8(bytes).ok()?.splitn(3, ' ');
    let numbers = [fields.next()?.parse().ok()?, fields.next()?.parse().ok()?];
    fields.next().map(|_| numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auxv(pairs: &[(usize, usize)]) -> Vec<u8> {
        pairs
            .iter()
            .flat_map(|(k, v)| [k.to_ne_bytes(), v.to_ne_bytes()].concat())
            .collect()
    }

    #[test]
    fn the_page_size_is_found_among_other_entries() {
        assert_eq!(
            page_size_of_auxv(&auxv(&[(33, 1), (6, 16384), (0, 0)])),
            Some(16384)
        );
    }

    #[test]
    fn an_auxiliary_vector_without_a_believable_page_size_gives_none() {
        for pairs in [
            &[][..],
            &[(33, 1)],
            &[(6, 0)],
            &[(6, 4097)],
            &[(6, usize::MAX)],
            &[(6, 512)],
        ] {
            assert_eq!(page_size_of_auxv(&auxv(pairs)), None, "{pairs:?}");
        }
        let whole = auxv(&[(6, 4096)]);
        assert_eq!(page_size_of_auxv(&whole[..whole.len() - 1]), None);
        assert_eq!(page_size_of_auxv(b"VmSize: 12 kB"), None);
    }

    #[test]
    fn the_ratio_of_two_views_is_rounded_to_a_power_of_two() {
        let status = "Name:\tx\nVmSize:\t    8200 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(
            page_size_of_ratio(status, b"2048 300 1 1 0 1 0\n"),
            Some(4096)
        );
        assert_eq!(
            page_size_of_ratio(status, b"129 30 1 1 0 1 0\n"),
            Some(65536)
        );
    }

    #[test]
    fn views_that_make_no_sense_give_no_page_size() {
        let statm = b"2048 300 1 1 0 1 0\n";
        for status in [
            "",
            "VmSize:",
            "VmSize: kB",
            "VmSize: -1 kB",
            "VmSize: 0 kB",
            "VmSize: 18446744073709551615 kB",
            "VmSize: 8192",
        ] {
            assert_eq!(page_size_of_ratio(status, statm), None, "{status}");
        }
        assert_eq!(page_size_of_ratio("VmSize: 8192 kB", b"0 0 0"), None);
    }

    #[test]
    fn sizes_come_in_bytes() {
        let memory = memory_of_statm(b"2048 300 1 1 0 1 0\n", 4096);
        assert_eq!(
            memory,
            Some(Memory {
                resident: 300 * 4096,
                virtual_size: 2048 * 4096
            })
        );
    }

    #[test]
    fn a_cut_or_foreign_statm_gives_nothing() {
        for bytes in [
            &b""[..],
            b"2048",
            b"2048 ",
            b"2048 300",
            b"2048 x 1",
            b"-1 3 1",
            b"\xff\xff 1 1",
            b"1 18446744073709551615 1",
        ] {
            assert_eq!(memory_of_statm(bytes, 4096), None, "{bytes:?}");
        }
    }
}
