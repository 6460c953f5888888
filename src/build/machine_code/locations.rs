//! The `core::panic::Location`s in an executable: on 64-bit systems a pointer to the path of a source file, its length,
//! then line and column as 32-bit numbers.

use super::{Head, Image, Section};
use object::read::elf::{ElfFile, FileHeader};
use object::{FileKind, Object as _, ReadRef};

/// Longest path that is believed.
const LONGEST: u64 = 4096;

/// Where line and column are in a `Location`, and its size.
const LINE: u64 = 16;
const COLUMN: u64 = 20;

/// The pointers of a position-independent executable: they are zero in the file, and the relocations say what they get.
/// Sorted by place.
pub(super) fn pointers<'a, Elf: FileHeader, R: ReadRef<'a>>(
    file: &ElfFile<'a, Elf, R>,
) -> Vec<(u64, u64)> {
    let mut pointers: Vec<(u64, u64)> = file
        .dynamic_relocations()
        .into_iter()
        .flatten()
        .filter(|(_, relocation)| matches!(relocation.target(), object::RelocationTarget::Absolute))
        .filter_map(|(place, relocation)| Some((place, u64::try_from(relocation.addend()).ok()?)))
        .collect();
    pointers.sort_unstable();
    pointers
}

/// Whether every difference between two sections of the same place lies in line or column of a `Location` that both
/// executables have.
pub(super) fn only_locations_differ(
    a: &Image<'_>,
    b: &Image<'_>,
    in_a: &Section<'_>,
    in_b: &Section<'_>,
) -> bool {
    let readable = |head: &Head| head.kind == FileKind::Elf64 && head.little_endian;
    if !readable(&a.head) {
        return false;
    }
    let mut differing: Vec<u64> = in_a
        .data
        .iter()
        .zip(in_b.data)
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        // The 32-bit number that the byte is in.
        .map(|(offset, _)| (in_a.place.address + offset as u64) & !3)
        .collect();
    differing.dedup();
    differing.into_iter().all(|number| {
        [LINE, COLUMN].iter().any(|field| {
            number.checked_sub(*field).is_some_and(|location| {
                let path = path_at(a, in_a, location);
                path.is_some() && path == path_at(b, in_b, location)
            })
        })
    })
}

/// The path that a `Location` at this address has, with the address of the path, if it is one.
fn path_at<'a>(
    image: &'a Image<'_>,
    section: &Section<'_>,
    address: u64,
) -> Option<(u64, &'a [u8])> {
    if !address.is_multiple_of(8) {
        return None;
    }
    let number = |at: u64| {
        let bytes = section.from(at)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*bytes))
    };
    let relocated = image
        .pointers
        .binary_search_by_key(&address, |(place, _)| *place)
        .ok()
        .and_then(|index| image.pointers.get(index))
        .map(|(_, to)| *to);
    let path = match relocated {
        Some(to) => to,
        None => number(address)?,
    };
    let length = number(address + 8)?;
    if length > LONGEST {
        return None;
    }
    let bytes = image
        .sections
        .iter()
        .find_map(|section| section.from(path))?
        .get(..usize::try_from(length).ok()?)?;
    // The length counts the zero byte at the end that newer compilers put there.
    let text = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    let text = std::str::from_utf8(text).ok()?;
    (text.ends_with(".rs") && !text.contains(char::is_control)).then_some((path, bytes))
}
