//! The artifact of a measuring run: a zip file that somebody else made, holding exactly one regular file, `run.json`.
//!
//! Bytes in, bytes out: nothing is ever unpacked to a disk, so no name in an archive is a path. Readers of zip files
//! forgive much, and two of them may see different files in the same bytes; so the container is held to the one simple
//! shape that an upload has (`shape`), and the zip crate only inflates what is in it and checks its sum.

mod shape;
#[cfg(test)]
mod tests;

use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The only file of an artifact.
pub const ENTRY: &str = "run.json";

/// Largest archive that is read, in bytes.
pub const MAX_PACKED: usize = 64 << 20;

/// Largest file that is unpacked, in bytes.
pub const MAX_UNPACKED: usize = super::trusted::MAX_BYTES;

/// Up to here any ratio is fine: small files of few different bytes pack well.
const RATIO_FREE: u64 = 1 << 20;

/// Beyond that, bytes that come of one. Recorded runs have 3 to 20; deflate gives at most 1032.
const MAX_RATIO: u64 = 200;

/// Why an artifact is refused. In our own words: nothing of the archive stands in them but numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// No bytes.
    #[error("the artifact is empty")]
    Empty,
    /// More than [`MAX_PACKED`].
    #[error("the artifact has {0} bytes, more than the {MAX_PACKED} that are read")]
    TooLarge(usize),
    /// Something else.
    #[error("the artifact is no zip file")]
    NotZip,
    /// The end of the archive is missing, or not where it belongs.
    #[error("the artifact is cut short, or something follows the end of the archive")]
    BadEnd,
    /// Sizes or counts of 64 bits, several disks.
    #[error(
        "the artifact is a zip file of a kind that `upload-artifact` does not make for one file"
    )]
    Unusual,
    /// None, or more than one.
    #[error("the artifact has {0} entries, expected exactly one file `run.json`")]
    Entries(u16),
    /// Headers that contradict each other, bytes that belong to no entry.
    #[error("the headers of the artifact contradict each other, or bytes in it belong to no file")]
    Inconsistent,
    /// Another name; its length.
    #[error("the file in the artifact is not called `run.json`")]
    OtherName,
    /// A directory, link, device.
    #[error("the entry in the artifact is no regular file")]
    NotAFile,
    /// A password is needed.
    #[error("the artifact is encrypted")]
    Encrypted,
    /// Neither stored nor deflated.
    #[error("the artifact is packed in a way that is not read (method {0})")]
    Method(u16),
    /// More than [`MAX_UNPACKED`].
    #[error("the file in the artifact unpacks to more than {MAX_UNPACKED} bytes")]
    Bomb,
    /// Too many bytes come of too few.
    #[error("the file in the artifact unpacks to more than {MAX_RATIO} times its packed size")]
    Ratio,
    /// The stream breaks off, the sum is another one, the size is another one.
    #[error(
        "the file in the artifact cannot be unpacked: it is damaged, or not as long as it says"
    )]
    Damaged,
}

impl ArchiveError {
    /// Why, for everyone to read: lower case, without final period, and without even a number of the archive.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty | Self::NotZip => "the artifact is no zip file",
            Self::TooLarge(_) | Self::Bomb | Self::Ratio => {
                "the artifact, or what it unpacks to, is larger than any recorded run"
            }
            Self::Entries(_) | Self::OtherName | Self::NotAFile => {
                "the artifact does not hold exactly one file `run.json`"
            }
            Self::Encrypted | Self::Method(_) | Self::Unusual => {
                "the artifact is a zip file of a kind that is not read"
            }
            Self::BadEnd | Self::Inconsistent | Self::Damaged => {
                "the artifact is damaged, or its headers contradict each other"
            }
        }
    }
}

/// The bytes of `run.json`.
///
/// # Errors
/// Anything but an archive as `upload-artifact` makes it of this one file.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, ArchiveError> {
    let shape = shape::check(bytes)?;
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|_| ArchiveError::Inconsistent)?;
    // The crate must see what we saw.
    if archive.len() != 1 || archive.offset() != 0 || archive.has_duplicate_names() {
        return Err(ArchiveError::Inconsistent);
    }
    let mut file = archive
        .by_index(0)
        .map_err(|_| ArchiveError::Inconsistent)?;
    if file.encrypted() {
        return Err(ArchiveError::Encrypted);
    }
    if !file.is_file() || file.is_symlink() {
        return Err(ArchiveError::NotAFile);
    }
    if !file.name().is_ok_and(|name| name == ENTRY) {
        return Err(ArchiveError::OtherName);
    }
    inflate(&mut file, &shape)
}

/// Reads to the end, counting: what the header says of the size is not what ends the reading.
fn inflate(file: &mut impl Read, shape: &shape::Shape) -> Result<Vec<u8>, ArchiveError> {
    let mut out = Vec::new();
    let mut piece = vec![0; 64 << 10];
    let allowed = RATIO_FREE.saturating_add(shape.packed.saturating_mul(MAX_RATIO));
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(ArchiveError::Damaged),
        };
        out.extend_from_slice(piece.get(..read).unwrap_or_default());
        if out.len() > MAX_UNPACKED {
            return Err(ArchiveError::Bomb);
        }
        if out.len() as u64 > allowed {
            return Err(ArchiveError::Ratio);
        }
    }
    if out.len() as u64 == shape.unpacked {
        Ok(out)
    } else {
        Err(ArchiveError::Damaged)
    }
}
