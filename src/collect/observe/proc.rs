//! The files of `/proc` (proc(5)) as values. Pure: bytes in, numbers out.
//!
//! A process chooses its own name, and it may end while it is read: nothing here trusts what a file holds. What is not as
//! the kernel writes it is `None`, never a guess.

/// `/proc/PID/stat`, as far as it is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Process.
    pub(crate) pid: u32,
    /// `R`, `S`, `Z` ..
    pub(crate) state: u8,
    /// Parent; 0 where there is none.
    pub(crate) parent: u32,
    /// Process group.
    pub(crate) group: u32,
    /// CPU time of its threads, also of ended ones, in ticks.
    pub(crate) own: u64,
    /// CPU time of the children that it has waited for, and of theirs, in ticks.
    pub(crate) waited_for: u64,
    /// Threads.
    pub(crate) threads: u32,
    /// Start after boot in ticks: with `pid`, a name that is never given twice.
    pub(crate) start: u64,
}

impl Stat {
    /// Ended: a zombie, or on its way out of the table.
    pub(crate) const fn is_ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }

    /// Reads the one line. The name stands between the first and the *last* parenthesis and may hold anything.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let open = bytes.iter().position(|&byte| byte == b'(')?;
        let close = bytes.iter().rposition(|&byte| byte == b')')?;
        let pid = number(bytes.get(..open)?)?;
        let rest = std::str::from_utf8(bytes.get(close + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = match fields.next()?.as_bytes() {
            [state] if state.is_ascii_alphabetic() => *state,
            _ => return None,
        };
        // Numbered as in proc(5): the state is field 3.
        let fields: Vec<&str> = fields.take(22 - 3).collect();
        let field = |number: usize| fields.get(number - 4).copied();
        Some(Self {
            pid,
            state,
            parent: field(4)?.parse().ok()?,
            group: field(5)?.parse().ok()?,
            own: ticks(field(14)?)?.checked_add(ticks(field(15)?)?)?,
            waited_for: ticks(field(16)?)?.checked_add(ticks(field(17)?)?)?,
            threads: field(20)?.parse().ok()?,
            start: field(22)?.parse().ok()?,
        })
    }
}

/// CPU time in ticks. The kernel writes some of them as signed numbers; below zero there is no time.
fn ticks(text: &str) -> Option<u64> {
    text.parse::<i64>()
        .ok()
        .and_then(|ticks| u64::try_from(ticks).ok())
}

fn number(bytes: &[u8]) -> Option<u32> {
    std::str::from_utf8(bytes).ok()?.trim().parse().ok()
}

/// Resident pages of `/proc/PID/statm`: the second number.
pub(crate) fn resident_pages(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    // A file that was cut in the middle of its second number would tell too little.
    let mut fields = text.split_ascii_whitespace();
    let resident = fields.nth(1)?.parse().ok()?;
    fields.next().map(|_shared| resident)
}

/// `Pss:` of `/proc/PID/smaps_rollup`, in bytes.
pub(crate) fn proportional_set(bytes: &[u8]) -> Option<u64> {
    let kibibytes = labelled(bytes, "Pss:")?
        .strip_suffix("kB")?
        .trim_end()
        .parse::<u64>()
        .ok()?;
    kibibytes.checked_mul(1024)
}

/// `read_bytes` and `write_bytes` of `/proc/PID/io`: what went from and to storage, of the process and of the children
/// that it has waited for.
pub(crate) fn storage(bytes: &[u8]) -> Option<(u64, u64)> {
    let read = labelled(bytes, "read_bytes:")?.parse().ok()?;
    let written = labelled(bytes, "write_bytes:")?.parse().ok()?;
    Some((read, written))
}

/// Time that a task was ready to run and had to wait for a CPU, nanoseconds: the second number of `schedstat`.
pub(crate) fn waited_for_cpu(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let waited = fields.nth(1)?.parse().ok()?;
    fields.next().map(|_slices| waited)
}

/// What stands after a label at the beginning of a line that is whole.
fn labelled<'a>(bytes: &'a [u8], label: &str) -> Option<&'a str> {
    bytes
        .split_inclusive(|&byte| byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line.strip_suffix(b"\n")?).ok())
        .find_map(|line| line.strip_prefix(label))
        .map(str::trim)
}

/// Whether an environment (`/proc/PID/environ`, entries that end in NUL) has this entry: `NAME=value`.
pub(crate) fn has_entry(environ: &[u8], entry: &[u8]) -> bool {
    environ.split(|&byte| byte == 0).any(|held| held == entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINE: &str = "4321 (NAME) S 1 4300 4200 0 -1 4194304 100 200 3 4 50 25 7 3 20 0 9 0 777 1000000 2500 18446744073709551615 1 1 0";

    #[test]
    fn a_stat_line_is_read_whatever_the_process_calls_itself() {
        let names: [&[u8]; 8] = [
            b"sh",
            b"a b",
            b") S 1 1 1",
            b"((((",
            b"))))",
            b"new\nline",
            b"",
            b"\xff\xfe)",
        ];
        for name in names {
            let line = LINE.as_bytes();
            let at = line.windows(4).position(|four| four == b"NAME").unwrap();
            let line = [&line[..at], name, &line[at + 4..]].concat();
            let stat = Stat::parse(&line).unwrap();
            let expected = Stat {
                pid: 4321,
                state: b'S',
                parent: 1,
                group: 4300,
                own: 75,
                waited_for: 10,
                threads: 9,
                start: 777,
            };
            assert_eq!(stat, expected, "{name:?}");
        }
    }

    #[test]
    fn a_stat_line_that_was_cut_or_is_none_gives_nothing() {
        // Everything up to the start time is needed; a start time that was cut cannot be told from a whole one.
        let end = LINE.find(" 777").unwrap();
        for length in 0..=end {
            assert_eq!(Stat::parse(&LINE.as_bytes()[..length]), None, "{length}");
        }
        for (from, to) in [
            ("4321 (", "-4 ("),
            ("4321 (", "99999999999 ("),
            ("4321 (", "("),
            (") S", ") SS"),
            (") S", ") 1"),
            (" 50 25", " NaN 25"),
            (" 50 25", " -1 25"),
            (" 50 25", " 99999999999999999999 25"),
            (" 777 ", " 1e3 "),
            (" 9 0", " 4294967296 0"),
        ] {
            let line = LINE.replacen(from, to, 1);
            assert_ne!(line, LINE);
            assert_eq!(Stat::parse(line.as_bytes()), None, "{line}");
        }
        let huge = LINE.replace(" 50 25", " 9223372036854775807 9223372036854775807");
        assert_eq!(Stat::parse(huge.as_bytes()).unwrap().own, u64::MAX - 1);
    }

    #[test]
    fn memory_is_read_or_unknown() {
        assert_eq!(resident_pages(b"1000 250 30 1 0 400 0\n"), Some(250));
        for bytes in [
            &b""[..],
            b"1000",
            b"1000 25",
            b"a b c",
            b"1 -2 3",
            b"1 99999999999999999999 3",
        ] {
            assert_eq!(resident_pages(bytes), None, "{bytes:?}");
        }
        let rollup = b"55d-7ff ---p 00000000 00:00 0 [rollup]\nRss:   3000 kB\nPss:    1024 kB\nPss_Dirty: 5 kB\n";
        assert_eq!(proportional_set(rollup), Some(1 << 20));
        for bytes in [
            &b""[..],
            b"Pss:",
            b"Pss: 10",
            b"Pss: 10 k",
            b"Pss: 10 kB",
            b"Pss: -1 kB\n",
            b"Pss: 18446744073709551615 kB\n",
            b"Pss_Dirty: 5 kB\n",
        ] {
            assert_eq!(proportional_set(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn storage_and_waiting_are_read_or_unknown() {
        let io =
            b"rchar: 1\nwchar: 2\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n";
        assert_eq!(storage(io), Some((4096, 8192)));
        for length in 0..b"rchar: 1\nwchar: 2\nread_bytes: 4096\nwrite_bytes: 8192".len() {
            assert_eq!(storage(&io[..=length]), None, "{length}");
        }
        assert_eq!(storage(b"read_bytes: -1\nwrite_bytes: 1\n"), None);
        assert_eq!(waited_for_cpu(b"100 200 3\n"), Some(200));
        for bytes in [&b""[..], b"1", b"1 2", b"1 NaN 3", b"1 -2 3"] {
            assert_eq!(waited_for_cpu(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn an_entry_of_an_environment_is_found_whole_or_not_at_all() {
        let environ = b"A=1\0MARK=x\0B=MARK=y\0";
        assert!(has_entry(environ, b"MARK=x"));
        for entry in [&b"MARK"[..], b"MARK=", b"MARK=y", b"MARK=x\0B", b"A"] {
            assert!(!has_entry(environ, entry), "{entry:?}");
        }
        assert!(!has_entry(b"", b"MARK=x"));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _read = (
                Stat::parse(&bytes),
                resident_pages(&bytes),
                proportional_set(&bytes),
                storage(&bytes),
                waited_for_cpu(&bytes),
            );
        }
    }
}
