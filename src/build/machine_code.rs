//! Whether two executables are the same program.
//!
//! A commit that changes documentation or tests leaves the machine code of a benchmark as it was, and then there is nothing
//! to measure: any difference that timing showed would be a false alarm. What counts is what the system loads: every
//! section that has an address, with that address, its size, its rights and its bytes. Symbols, debug information and the
//! build id do not count; they are not executed and not read.
//!
//! A line of documentation above a function moves the lines below it, and Rust keeps line numbers for the messages of
//! panics, so almost no such commit gives equal bytes. Executables that differ in nothing but line and column of
//! [`Location`](core::panic::Location)s are told apart as [`MachineCode::SameButLocations`]: every instruction, every
//! address and all other data are equal. A `Location` is recognised by its form (a pointer to a path that ends in `.rs`,
//! its length, line, column), so a table of a program that has exactly this form would be taken for one.

mod locations;

use crate::files;
use object::read::elf::{ElfFile32, ElfFile64, FileHeader};
use object::{FileKind, Object as _, ObjectSection as _, ReadRef, SectionFlags, elf};
use std::io;
use std::path::Path;

/// Largest executable that is read.
const LARGEST: u64 = 2 << 30;

/// How the code of two executables compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineCode {
    /// The same in every byte that is loaded.
    Same,
    /// The same but for line and column numbers of panic messages.
    SameButLocations,
    /// Not the same, or not known to be.
    Different,
}

impl MachineCode {
    /// Whether the two execute the same instructions at the same addresses.
    #[must_use]
    pub fn is_same(self) -> bool {
        self != Self::Different
    }
}

/// Compares two executables.
///
/// What is no ELF file, or a damaged one, is the same only if it is equal byte for byte.
///
/// # Errors
/// A file cannot be read, or has more than 2 GiB.
pub fn machine_code(a: &Path, b: &Path) -> io::Result<MachineCode> {
    let (a, b) = (files::read(a, LARGEST)?, files::read(b, LARGEST)?);
    Ok(compare(&a, &b))
}

fn compare(a: &[u8], b: &[u8]) -> MachineCode {
    if a == b {
        return MachineCode::Same;
    }
    match (image(a), image(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        _ => MachineCode::Different,
    }
}

/// What of an executable is loaded.
#[derive(Debug)]
struct Image<'a> {
    /// Machine, byte order and where it starts.
    head: Head,
    sections: Vec<Section<'a>>,
    /// Pointers that the dynamic linker fills in: where, and the address they get.
    pointers: Vec<(u64, u64)>,
}

#[derive(Debug, PartialEq)]
struct Head {
    kind: FileKind,
    architecture: object::Architecture,
    little_endian: bool,
    entry: u64,
}

#[derive(Debug)]
struct Section<'a> {
    place: Place<'a>,
    data: &'a [u8],
}

#[derive(Debug, PartialEq)]
struct Place<'a> {
    name: &'a [u8],
    flags: elf::SectionFlags,
    address: u64,
    size: u64,
    align: u64,
}

impl Section<'_> {
    fn is_code(&self) -> bool {
        self.place.flags.contains(elf::SHF_EXECINSTR)
    }

    /// The bytes from an address on, if it lies here.
    fn from(&self, address: u64) -> Option<&[u8]> {
        let offset = usize::try_from(address.checked_sub(self.place.address)?).ok()?;
        self.data.get(offset..)
    }
}

/// `None` for what is no whole ELF executable with sections.
fn image(bytes: &[u8]) -> Option<Image<'_>> {
    let kind = FileKind::parse(bytes).ok()?;
    match kind {
        FileKind::Elf64 => of(kind, &ElfFile64::<object::Endianness>::parse(bytes).ok()?),
        FileKind::Elf32 => of(kind, &ElfFile32::<object::Endianness>::parse(bytes).ok()?),
        _ => None,
    }
}

fn of<'a, Elf: FileHeader, R: ReadRef<'a>>(
    kind: FileKind,
    file: &object::read::elf::ElfFile<'a, Elf, R>,
) -> Option<Image<'a>> {
    let mut sections = Vec::new();
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
            return None;
        };
        let name = section.name_bytes().ok()?;
        if !sh_flags.contains(elf::SHF_ALLOC) || name == b".note.gnu.build-id" {
            continue;
        }
        sections.push(Section {
            place: Place {
                name,
                flags: sh_flags,
                address: section.address(),
                size: section.size(),
                align: section.align(),
            },
            data: section.data().ok()?,
        });
    }
    // Without section headers nothing would be compared.
    if !sections.iter().any(Section::is_code) {
        return None;
    }
    Some(Image {
        head: Head {
            kind,
            architecture: file.architecture(),
            little_endian: file.is_little_endian(),
            entry: file.entry(),
        },
        sections,
        pointers: locations::pointers(file),
    })
}

impl Image<'_> {
    fn compare(&self, other: &Self) -> MachineCode {
        if self.head != other.head || self.sections.len() != other.sections.len() {
            return MachineCode::Different;
        }
        let pairs = || self.sections.iter().zip(&other.sections);
        if pairs().any(|(a, b)| a.place != b.place || a.data.len() != b.data.len()) {
            return MachineCode::Different;
        }
        let mut same = MachineCode::Same;
        for (a, b) in pairs().filter(|(a, b)| a.data != b.data) {
            if a.is_code() || !locations::only_locations_differ(self, other, a, b) {
                return MachineCode::Different;
            }
            same = MachineCode::SameButLocations;
        }
        same
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
