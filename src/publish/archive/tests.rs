//! Archives that other programs make, and those that nobody would make in good faith.

use super::*;
use std::io::Write;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TEXT: &[u8] = b"{\"format\": \"tollgate-run\", \"version\": 1}\n";

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// An archive with these entries, made by the zip crate.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive written byte by byte: every field can lie.
#[derive(Clone)]
struct Raw {
    local_name: Vec<u8>,
    name: Vec<u8>,
    flags: u16,
    local_flags: u16,
    method: u16,
    packed: Vec<u8>,
    /// Sum, packed size, unpacked size: in front of the data, behind it, in the directory.
    local: [u32; 3],
    descriptor: Option<[u32; 3]>,
    central: [u32; 3],
    attributes: u32,
    extra: Vec<u8>,
    local_extra: Vec<u8>,
    disk: u16,
    local_at: u32,
    before_central: Vec<u8>,
    counts: [u16; 2],
    begin_shift: i64,
    comment: Vec<u8>,
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

impl Raw {
    fn of(text: &[u8]) -> Self {
        let packed = deflated(text);
        let numbers = [crc(text), packed.len() as u32, text.len() as u32];
        Self {
            local_name: b"run.json".to_vec(),
            name: b"run.json".to_vec(),
            flags: 0,
            local_flags: 0,
            method: 8,
            packed,
            local: numbers,
            descriptor: None,
            central: numbers,
            attributes: 0o100_644 << 16,
            extra: Vec::new(),
            local_extra: Vec::new(),
            disk: 0,
            local_at: 0,
            before_central: Vec::new(),
            counts: [1, 1],
            begin_shift: 0,
            comment: Vec::new(),
        }
    }

    fn flags(mut self, flags: u16) -> Self {
        (self.flags, self.local_flags) = (flags, flags);
        self
    }

    fn streamed(mut self) -> Self {
        self.descriptor = Some(self.central);
        self.local = [0; 3];
        self.flags(1 << 3)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let u16s = |out: &mut Vec<u8>, numbers: &[u16]| {
            for number in numbers {
                out.extend(number.to_le_bytes());
            }
        };
        let u32s = |out: &mut Vec<u8>, numbers: &[u32]| {
            for number in numbers {
                out.extend(number.to_le_bytes());
            }
        };
        u32s(&mut out, &[0x0403_4b50]);
        u16s(&mut out, &[20, self.local_flags, self.method, 0, 0x21]);
        u32s(&mut out, &self.local);
        u16s(
            &mut out,
            &[self.local_name.len() as u16, self.local_extra.len() as u16],
        );
        out.extend(&self.local_name);
        out.extend(&self.local_extra);
        out.extend(&self.packed);
        if let Some(numbers) = &self.descriptor {
            u32s(&mut out, &[0x0807_4b50]);
            u32s(&mut out, numbers);
        }
        out.extend(&self.before_central);
        let begin = out.len();
        u32s(&mut out, &[0x0201_4b50]);
        u16s(&mut out, &[0x0314, 20, self.flags, self.method, 0, 0x21]);
        u32s(&mut out, &self.central);
        u16s(
            &mut out,
            &[
                self.name.len() as u16,
                self.extra.len() as u16,
                0,
                self.disk,
                0,
            ],
        );
        u32s(&mut out, &[self.attributes, self.local_at]);
        out.extend(&self.name);
        out.extend(&self.extra);
        let size = out.len() - begin;
        u32s(&mut out, &[0x0605_4b50]);
        u16s(&mut out, &[0, 0, self.counts[0], self.counts[1]]);
        let begin = begin as i64 + self.begin_shift;
        u32s(&mut out, &[size as u32, begin as u32]);
        u16s(&mut out, &[self.comment.len() as u16]);
        out.extend(&self.comment);
        out
    }

    fn refused(&self) -> ArchiveError {
        unpack(&self.bytes()).unwrap_err()
    }
}

#[test]
fn one_file_called_run_json_is_read() {
    assert_eq!(unpack(&zip(&[("run.json", TEXT)])).unwrap(), TEXT);
    assert_eq!(unpack(&Raw::of(TEXT).bytes()).unwrap(), TEXT);
    // As uploads are streamed: the numbers follow the data, with and without a signature.
    assert_eq!(unpack(&Raw::of(TEXT).streamed().bytes()).unwrap(), TEXT);
    let mut stored = Raw::of(TEXT);
    stored.method = 0;
    stored.packed = TEXT.to_vec();
    stored.local[1] = TEXT.len() as u32;
    stored.central[1] = TEXT.len() as u32;
    assert_eq!(unpack(&stored.bytes()).unwrap(), TEXT);
    // Times of files, as Info-ZIP adds them; a name marked as UTF-8; no type of file at all.
    let mut timed = Raw::of(TEXT).flags(1 << 11);
    timed.extra = vec![0x55, 0x54, 5, 0, 3, 0, 0, 0, 0];
    timed.local_extra = vec![0x55, 0x54, 9, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0];
    timed.attributes = 0;
    assert_eq!(unpack(&timed.bytes()).unwrap(), TEXT);
    assert_eq!(unpack(&zip(&[("run.json", b"")])).unwrap(), b"");
}

#[test]
fn archives_of_other_programs_are_read() {
    for archive in [
        &include_bytes!("../../../tests/fixtures/artifacts/archiver-7.zip")[..],
        include_bytes!("../../../tests/fixtures/artifacts/python-3.zip"),
    ] {
        assert_eq!(unpack(archive).unwrap(), TEXT);
    }
}

#[test]
fn names_that_are_paths_or_others_are_refused() {
    for name in [
        "../run.json",
        "/run.json",
        "a/run.json",
        "..\\run.json",
        "C:\\run.json",
        "./run.json",
        "run.json\0",
        "RUN.JSON",
        "run.json ",
        "",
        "run.jsonx",
    ] {
        let mut raw = Raw::of(TEXT);
        raw.name = name.as_bytes().to_vec();
        raw.local_name = name.as_bytes().to_vec();
        assert_eq!(raw.refused(), ArchiveError::OtherName, "{name:?}");
        // One name outside and another inside.
        raw.name = b"run.json".to_vec();
        assert_eq!(raw.refused(), ArchiveError::Inconsistent, "{name:?}");
    }
    assert_eq!(
        unpack(&zip(&[("../../etc/passwd", TEXT)])),
        Err(ArchiveError::OtherName)
    );
    // Info-ZIP's field for another name.
    let mut renamed = Raw::of(TEXT);
    renamed.extra = vec![0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, b'x'];
    assert_eq!(renamed.refused(), ArchiveError::Unusual);
    let mut renamed = Raw::of(TEXT);
    renamed.local_extra = vec![0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, b'x'];
    assert_eq!(renamed.refused(), ArchiveError::Unusual);
}

#[test]
fn links_directories_and_devices_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .add_symlink("run.json", "/proc/self/environ", options())
        .unwrap();
    let link = writer.finish().unwrap().into_inner();
    assert_eq!(unpack(&link), Err(ArchiveError::NotAFile));
    for kind in [
        0o120_000, 0o040_000, 0o020_000, 0o060_000, 0o010_000, 0o140_000,
    ] {
        let mut raw = Raw::of(TEXT);
        raw.attributes = (kind | 0o644) << 16;
        assert_eq!(raw.refused(), ArchiveError::NotAFile, "{kind:o}");
    }
    let mut dos = Raw::of(TEXT);
    dos.attributes = 0x10;
    assert_eq!(dos.refused(), ArchiveError::NotAFile);
    let mut slash = Raw::of(TEXT);
    slash.name = b"run.json/".to_vec();
    assert_eq!(slash.refused(), ArchiveError::NotAFile);
}

#[test]
fn exactly_one_entry_is_read() {
    let two = zip(&[("run.json", TEXT), ("evil.sh", b"x")]);
    assert_eq!(unpack(&two), Err(ArchiveError::Entries(2)));
    assert_eq!(unpack(&zip(&[])), Err(ArchiveError::Entries(0)));
    let many: Vec<(String, &[u8])> = (0..1000).map(|i| (format!("{i}"), TEXT)).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, text)| (&**name, *text)).collect();
    assert_eq!(unpack(&zip(&many)), Err(ArchiveError::Entries(1000)));
    // The same name twice, which a reader that keeps entries by name sees as one.
    let mut twice = Raw::of(TEXT).bytes();
    let central = twice.len() - 22 - (46 + 8);
    let entry = twice[central..central + 54].to_vec();
    twice.splice(central..central, entry);
    let end = twice.len() - 22;
    twice[end + 8] = 2;
    twice[end + 10] = 2;
    twice[end + 12] = 108;
    assert_eq!(unpack(&twice), Err(ArchiveError::Entries(2)));
    // And an end that keeps silent about the second.
    twice[end + 8] = 1;
    twice[end + 10] = 1;
    assert_eq!(unpack(&twice), Err(ArchiveError::Inconsistent));
    let mut counts = Raw::of(TEXT);
    counts.counts = [0, 1];
    assert_eq!(counts.refused(), ArchiveError::Entries(1));
}

#[test]
fn bytes_that_belong_to_nothing_are_refused() {
    let good = Raw::of(TEXT).bytes();
    let before = [b"MZ", good.as_slice()].concat();
    assert_eq!(unpack(&before), Err(ArchiveError::NotZip));
    let after = [good.as_slice(), b"x"].concat();
    assert_eq!(unpack(&after), Err(ArchiveError::BadEnd));
    // Two whole archives: readers from the front and from the end see different ones.
    let both = [good.as_slice(), zip(&[("run.json", b"other")]).as_slice()].concat();
    assert_eq!(unpack(&both), Err(ArchiveError::Inconsistent));
    let mut hidden = Raw::of(TEXT);
    hidden.before_central = b"hidden".to_vec();
    assert_eq!(hidden.refused(), ArchiveError::Inconsistent);
    let mut comment = Raw::of(TEXT);
    comment.comment = b"a comment".to_vec();
    assert_eq!(comment.refused(), ArchiveError::BadEnd);
    // A comment that ends like an archive.
    comment.comment = zip(&[("run.json", b"other")]);
    assert_eq!(comment.refused(), ArchiveError::Inconsistent);
    for shift in [-1, 1, 1 << 20] {
        let mut moved = Raw::of(TEXT);
        moved.begin_shift = shift;
        assert_eq!(moved.refused(), ArchiveError::Inconsistent, "{shift}");
    }
    let mut elsewhere = Raw::of(TEXT);
    elsewhere.local_at = 1;
    assert_eq!(elsewhere.refused(), ArchiveError::Inconsistent);
    let mut extra = Raw::of(TEXT);
    extra.extra = vec![0x55, 0x54, 50, 0, 3];
    assert_eq!(extra.refused(), ArchiveError::Inconsistent);
    extra.extra = vec![0x55];
    assert_eq!(extra.refused(), ArchiveError::Inconsistent);
}

#[test]
fn encrypted_and_exotic_archives_are_refused() {
    for flags in [1, 1 << 6, 1 << 13, 1 | 1 << 3] {
        assert_eq!(
            Raw::of(TEXT).flags(flags).refused(),
            ArchiveError::Encrypted,
            "{flags:b}"
        );
    }
    for flags in [1 << 4, 1 << 5, 1 << 7, 1 << 15] {
        assert_eq!(
            Raw::of(TEXT).flags(flags).refused(),
            ArchiveError::Unusual,
            "{flags:b}"
        );
    }
    for method in [1, 9, 12, 14, 93, 95, 99, u16::MAX] {
        let mut raw = Raw::of(TEXT);
        raw.method = method;
        assert_eq!(raw.refused(), ArchiveError::Method(method));
    }
    let mut disk = Raw::of(TEXT);
    disk.disk = 1;
    assert_eq!(disk.refused(), ArchiveError::Unusual);
    let mut counts = Raw::of(TEXT);
    counts.counts = [u16::MAX; 2];
    assert_eq!(counts.refused(), ArchiveError::Unusual);
    let mut large = Raw::of(TEXT);
    large.central[2] = u32::MAX;
    assert_eq!(large.refused(), ArchiveError::Unusual);
    let mut zip64 = Raw::of(TEXT);
    zip64.extra = [&[1, 0, 16, 0][..], &[0; 16]].concat();
    assert_eq!(zip64.refused(), ArchiveError::Unusual);
    let mut aes = Raw::of(TEXT);
    aes.extra = vec![0x01, 0x99, 7, 0, 2, 0, 65, 69, 3, 8, 0];
    assert_eq!(aes.refused(), ArchiveError::Unusual);
    let mut locator = Raw::of(TEXT).bytes();
    let end = locator.len() - 22;
    let mut record = 0x0706_4b50_u32.to_le_bytes().to_vec();
    record.extend([0; 16]);
    locator.splice(end..end, record);
    assert_eq!(unpack(&locator), Err(ArchiveError::Unusual));
}

#[test]
fn sizes_that_lie_are_refused() {
    // Consistent lies: only unpacking shows them.
    for unpacked in [0, 1, TEXT.len() as u32 - 1, TEXT.len() as u32 + 1, 1 << 27] {
        let mut raw = Raw::of(TEXT);
        raw.local[2] = unpacked;
        raw.central[2] = unpacked;
        assert_eq!(raw.refused(), ArchiveError::Damaged, "{unpacked}");
    }
    let mut sum = Raw::of(TEXT);
    sum.local[0] ^= 1;
    sum.central[0] ^= 1;
    assert_eq!(sum.refused(), ArchiveError::Damaged);
    // Headers that contradict each other.
    for field in 0..3 {
        let mut raw = Raw::of(TEXT);
        raw.local[field] ^= 1;
        assert_eq!(raw.refused(), ArchiveError::Inconsistent, "{field}");
        let mut streamed = Raw::of(TEXT).streamed();
        streamed.descriptor.as_mut().unwrap()[field] ^= 1;
        assert_eq!(streamed.refused(), ArchiveError::Inconsistent, "{field}");
        let mut streamed = Raw::of(TEXT).streamed();
        streamed.local[field] = 7;
        assert_eq!(streamed.refused(), ArchiveError::Inconsistent, "{field}");
    }
    let mut flags = Raw::of(TEXT);
    flags.local_flags = 1 << 11;
    assert_eq!(flags.refused(), ArchiveError::Inconsistent);
    for packed in [0, 1, 1 << 20, u32::MAX - 1] {
        let mut raw = Raw::of(TEXT);
        raw.local[1] = packed;
        raw.central[1] = packed;
        assert_eq!(raw.refused(), ArchiveError::Inconsistent, "{packed}");
    }
}

#[test]
fn bombs_are_not_unpacked() {
    // 42 MB of zeros come of 41 kB.
    let zeros = vec![0; 42_000_000];
    let bomb = Raw::of(&zeros);
    assert!(bomb.packed.len() < 50_000);
    assert_eq!(bomb.refused(), ArchiveError::Ratio);
    // The size it says is not what ends the reading.
    let mut lying = bomb.clone();
    lying.local[2] = 100;
    lying.central[2] = 100;
    assert!(
        matches!(lying.refused(), ArchiveError::Ratio | ArchiveError::Damaged),
        "{:?}",
        lying.refused()
    );
    let mut huge = Raw::of(TEXT);
    huge.central[2] = MAX_UNPACKED as u32 + 1;
    huge.local[2] = huge.central[2];
    assert_eq!(huge.refused(), ArchiveError::Bomb);
    // An archive in the archive is a text that is no Run file; it is not followed.
    let nested = zip(&[("run.json", &zip(&[("run.json", TEXT)]))]);
    assert_eq!(unpack(&nested).unwrap(), zip(&[("run.json", TEXT)]));
    assert_eq!(
        unpack(&vec![0; MAX_PACKED + 1]),
        Err(ArchiveError::TooLarge(MAX_PACKED + 1))
    );
}

#[test]
fn an_archive_that_is_cut_anywhere_is_refused() {
    for good in [
        zip(&[("run.json", TEXT)]),
        Raw::of(TEXT).bytes(),
        Raw::of(TEXT).streamed().bytes(),
    ] {
        for length in 0..good.len() {
            unpack(&good[..length]).unwrap_err();
            unpack(&good[length + 1..]).unwrap_err();
        }
    }
}

#[test]
fn an_archive_with_a_changed_byte_is_refused_or_means_the_same() {
    for good in [Raw::of(TEXT).bytes(), Raw::of(TEXT).streamed().bytes()] {
        for at in 0..good.len() {
            for change in [1, 0x80, 0xff] {
                let mut changed = good.clone();
                changed[at] ^= change;
                if let Ok(text) = unpack(&changed) {
                    assert_eq!(text, TEXT, "byte {at} ^ {change:#x}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_archive_is_refused() {
    assert_eq!(unpack(b""), Err(ArchiveError::Empty));
    for foreign in [&b"{}"[..], b"PK", b"\x1f\x8b\x08", b"<html>", &[0; 100]] {
        assert_eq!(unpack(foreign), Err(ArchiveError::NotZip), "{foreign:?}");
    }
}

#[test]
fn refusals_hold_no_text_of_the_archive() {
    let mut raw = Raw::of(TEXT);
    raw.name = b"::error::@octocat <b>".to_vec();
    raw.local_name.clone_from(&raw.name);
    let said = raw.refused().to_string();
    assert_eq!(said, "the file in the artifact is not called `run.json`");
}
