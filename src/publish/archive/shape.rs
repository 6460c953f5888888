//! The one shape of a zip file that is accepted (APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16):
//!
//! ```text
//! local header, name, extra | data | data descriptor, if any | central header, name, extra | end record
//! ```
//!
//! Each part begins where the one before ends, from the first byte to the last.

use super::{ArchiveError, ENTRY, MAX_PACKED, MAX_UNPACKED};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const ZIP64_LOCATOR: u32 = 0x0706_4b50;

const LOCAL_LENGTH: usize = 30;
const CENTRAL_LENGTH: usize = 46;
const END_LENGTH: usize = 22;

/// General purpose flags: encryption, strong encryption, masked headers.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
/// Level of deflate (2 bits), sizes follow the data, name is UTF-8.
const KNOWN_FLAGS: u16 = 1 << 1 | 1 << 2 | HAS_DESCRIPTOR | 1 << 11;
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// Extra fields that say something else than the headers: zip64 sizes, another name, AES.
const SUSPICIOUS_EXTRA: [u16; 3] = [0x0001, 0x7075, 0x9901];

/// What the headers say of the only entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Bytes of the packed data; they are there.
    pub(super) packed: u64,
    /// Bytes that come of it, as it says.
    pub(super) unpacked: u64,
}

/// Little-endian numbers; `None` beyond the end.
#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn u16(self, at: usize) -> Option<u16> {
        let bytes = self.0.get(at..at.checked_add(2)?)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    }

    fn u32(self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn part(self, at: usize, length: usize) -> Option<&'a [u8]> {
        self.0.get(at..at.checked_add(length)?)
    }
}

pub(super) fn check(bytes: &[u8]) -> Result<Shape, ArchiveError> {
    if bytes.is_empty() {
        return Err(ArchiveError::Empty);
    }
    if bytes.len() > MAX_PACKED {
        return Err(ArchiveError::TooLarge(bytes.len()));
    }
    let all = Bytes(bytes);
    let central_at = end_record(all)?;
    let central = central_header(all, central_at).ok_or(ArchiveError::Inconsistent)??;
    let end = bytes.len() - END_LENGTH;
    if central_at.checked_add(central.length) != Some(end) {
        return Err(ArchiveError::Inconsistent);
    }
    let data_end = local_header(all, &central).ok_or(ArchiveError::Inconsistent)??;
    if data_end != central_at {
        return Err(ArchiveError::Inconsistent);
    }
    Ok(Shape {
        packed: u64::from(central.packed),
        unpacked: u64::from(central.unpacked),
    })
}

/// Where the central directory begins. The end record is the last thing in the file, without a comment.
fn end_record(all: Bytes<'_>) -> Result<usize, ArchiveError> {
    let length = all.0.len();
    let first = all.u32(0);
    // An archive of nothing begins with its end.
    if first != Some(LOCAL) && first != Some(END) {
        return Err(ArchiveError::NotZip);
    }
    let at = length.checked_sub(END_LENGTH).ok_or(ArchiveError::BadEnd)?;
    let fields = || {
        Some((
            all.u32(at)?,
            [all.u16(at + 4)?, all.u16(at + 6)?],
            [all.u16(at + 8)?, all.u16(at + 10)?],
            all.u32(at + 12)? as usize,
            all.u32(at + 16)? as usize,
            all.u16(at + 20)?,
        ))
    };
    let Some((END, disks, counts, size, begin, comment)) = fields() else {
        return Err(ArchiveError::BadEnd);
    };
    if comment != 0 {
        return Err(ArchiveError::BadEnd);
    }
    // A locator before the end record, 20 bytes long, would point to the sizes that are meant.
    let has_zip64 = at.checked_sub(20).and_then(|at| all.u32(at)) == Some(ZIP64_LOCATOR);
    if disks != [0, 0] || has_zip64 || counts.contains(&u16::MAX) {
        return Err(ArchiveError::Unusual);
    }
    if counts != [1, 1] {
        return Err(ArchiveError::Entries(counts[1]));
    }
    if begin.checked_add(size) != Some(at) {
        return Err(ArchiveError::Inconsistent);
    }
    Ok(begin)
}

struct Central {
    length: usize,
    flags: u16,
    method: u16,
    sum: u32,
    packed: u32,
    unpacked: u32,
}

/// `None` where the header breaks off or is none.
fn central_header(all: Bytes<'_>, at: usize) -> Option<Result<Central, ArchiveError>> {
    if all.u32(at)? != CENTRAL {
        return None;
    }
    let flags = all.u16(at + 8)?;
    let name = usize::from(all.u16(at + 28)?);
    let extra = usize::from(all.u16(at + 30)?);
    let comment = usize::from(all.u16(at + 32)?);
    let central = Central {
        length: CENTRAL_LENGTH + name + extra + comment,
        flags,
        method: all.u16(at + 10)?,
        sum: all.u32(at + 16)?,
        packed: all.u32(at + 20)?,
        unpacked: all.u32(at + 24)?,
    };
    let disk = all.u16(at + 34)?;
    let attributes = all.u32(at + 38)?;
    let local_at = all.u32(at + 42)?;
    let name = all.part(at + CENTRAL_LENGTH, name)?;
    let extra = Bytes(all.part(at + CENTRAL_LENGTH + name.len(), extra)?);
    Some(refused(&central, disk, attributes, local_at, name, extra).map_or(Ok(central), Err))
}

fn refused(
    central: &Central,
    disk: u16,
    attributes: u32,
    local_at: u32,
    name: &[u8],
    extra: Bytes<'_>,
) -> Option<ArchiveError> {
    if central.flags & ENCRYPTED != 0 {
        return Some(ArchiveError::Encrypted);
    }
    if central.flags & !KNOWN_FLAGS != 0 || disk != 0 {
        return Some(ArchiveError::Unusual);
    }
    if !is_regular(attributes) || name.ends_with(b"/") {
        return Some(ArchiveError::NotAFile);
    }
    if name != ENTRY.as_bytes() {
        return Some(ArchiveError::OtherName);
    }
    if !matches!(central.method, 0 | 8) {
        return Some(ArchiveError::Method(central.method));
    }
    if [central.packed, central.unpacked, local_at].contains(&u32::MAX) {
        return Some(ArchiveError::Unusual);
    }
    if central.unpacked as usize > MAX_UNPACKED {
        return Some(ArchiveError::Bomb);
    }
    if let Err(refused) = check_extra(extra) {
        return Some(refused);
    }
    let stored_differs = central.method == 0 && central.packed != central.unpacked;
    // Something before the first entry would be data that nobody asked for.
    (local_at != 0 || stored_differs).then_some(ArchiveError::Inconsistent)
}

/// By the type bits of Unix, which may be absent, and by the directory bit of DOS; whatever system the archive says that
/// it was made on.
fn is_regular(attributes: u32) -> bool {
    let kind = (attributes >> 16) & 0o170_000;
    matches!(kind, 0 | 0o100_000) && attributes & 0x10 == 0
}

fn check_extra(extra: Bytes<'_>) -> Result<(), ArchiveError> {
    let mut at = 0;
    while at < extra.0.len() {
        let (Some(id), Some(length)) = (extra.u16(at), extra.u16(at + 2)) else {
            return Err(ArchiveError::Inconsistent);
        };
        if SUSPICIOUS_EXTRA.contains(&id) {
            return Err(ArchiveError::Unusual);
        }
        at += 4 + usize::from(length);
    }
    if at == extra.0.len() {
        Ok(())
    } else {
        Err(ArchiveError::Inconsistent)
    }
}

/// Where the data ends, its descriptor included. `None` where the header breaks off or is none.
fn local_header(all: Bytes<'_>, central: &Central) -> Option<Result<usize, ArchiveError>> {
    if all.u32(0)? != LOCAL {
        return None;
    }
    let flags = all.u16(6)?;
    let name = usize::from(all.u16(26)?);
    let extra = usize::from(all.u16(28)?);
    let same = flags == central.flags
        && all.u16(8)? == central.method
        && all.part(LOCAL_LENGTH, name)? == ENTRY.as_bytes();
    if !same {
        return Some(Err(ArchiveError::Inconsistent));
    }
    if let Err(refused) = check_extra(Bytes(all.part(LOCAL_LENGTH + name, extra)?)) {
        return Some(Err(refused));
    }
    let said = [all.u32(14)?, all.u32(18)?, all.u32(22)?];
    let known = [central.sum, central.packed, central.unpacked];
    let data = LOCAL_LENGTH + name + extra;
    let end = data.checked_add(central.packed as usize)?;
    if flags & HAS_DESCRIPTOR == 0 {
        return Some(if said == known {
            Ok(end)
        } else {
            Err(ArchiveError::Inconsistent)
        });
    }
    // The numbers stand behind the data; in front they are zero, or already right.
    let unsaid = said
        .iter()
        .zip(known)
        .all(|(said, known)| *said == 0 || *said == known);
    // Its signature is optional, and most write it.
    let at = if all.u32(end)? == DESCRIPTOR {
        end + 4
    } else {
        end
    };
    let follows = [all.u32(at)?, all.u32(at + 4)?, all.u32(at + 8)?];
    Some(if unsaid && follows == known {
        Ok(at + 12)
    } else {
        Err(ArchiveError::Inconsistent)
    })
}
