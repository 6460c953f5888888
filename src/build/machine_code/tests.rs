use super::super::base::fixture::{MANIFEST, Repo};
use super::*;

/// A library with a panic, and a number that only a constant has.
fn library(head: &str, number: u32) -> String {
    format!(
        "{head}\n#[inline(never)]\npub fn value() -> u32 {{\n    let all = std::hint::black_box([{number}, 2, 3]);\n    all[std::hint::black_box(0)]\n}}\n"
    )
}

fn between(first: &str, then: &str) -> MachineCode {
    let repo = Repo::project();
    repo.write(
        "Cargo.toml",
        &MANIFEST.replace("opt-level = 0", "opt-level = 2"),
    );
    repo.write("src/lib.rs", first);
    repo.commit("first");
    repo.write("src/lib.rs", then);
    repo.write("README.md", "more words");
    let base = repo.base_b("HEAD").0;
    let candidate = repo.candidate_b();
    let (a, b) = (&base.executable, &candidate.executable);
    let found = machine_code(a, b).unwrap();
    assert_eq!(found, machine_code(b, a).unwrap());
    assert_eq!(machine_code(a, a).unwrap(), MachineCode::Same);
    found
}

#[test]
fn a_commit_that_only_changes_words_gives_the_same_machine_code_elsewhere() {
    let found = between(&library("// One.", 1), &library("// Other words.", 1));
    assert_eq!(found, MachineCode::Same);
}

#[test]
fn documentation_that_moves_lines_is_seen_as_that() {
    let found = between(
        &library("// One.", 1),
        &library("// One.\n\n/// Two lines\n/// more.", 1),
    );
    assert_eq!(found, MachineCode::SameButLocations);
    assert!(found.is_same());
}

#[test]
fn a_changed_constant_is_other_code() {
    let found = between(&library("// One.", 1), &library("// One.", 7));
    assert_eq!(found, MachineCode::Different);
    assert!(!found.is_same());
}

#[test]
fn changed_data_is_no_location() {
    let table = |number: u32| {
        format!(
            "pub static TABLE: [(&str, u32, u32); 2] = [(\"a.txt\", {number}, 1), (\"b\", 2, 2)];\npub fn value() -> u32 {{ std::hint::black_box(&TABLE)[std::hint::black_box(0)].1 }}\n"
        )
    };
    assert_eq!(between(&table(1), &table(9)), MachineCode::Different);
}

fn own() -> Vec<u8> {
    std::fs::read(std::env::current_exe().unwrap()).unwrap()
}

#[test]
fn damaged_and_foreign_files_are_the_same_only_if_they_are_equal() {
    let repo = Repo::project();
    let whole = std::fs::read(repo.candidate_b().executable).unwrap();
    assert_eq!(compare(&whole, &whole.clone()), MachineCode::Same);
    assert_eq!(compare(b"#!/bin/sh\n", b"#!/bin/sh\n"), MachineCode::Same);
    assert_eq!(
        compare(b"#!/bin/sh\n", b"#!/bin/sh\n "),
        MachineCode::Different
    );
    assert_eq!(compare(b"", b""), MachineCode::Same);
    for length in [
        0,
        1,
        4,
        16,
        63,
        64,
        65,
        200,
        whole.len() / 2,
        whole.len() - 1,
    ] {
        assert_eq!(
            compare(&whole, &whole[..length]),
            MachineCode::Different,
            "{length}"
        );
        assert_eq!(
            compare(&whole[..length], &whole),
            MachineCode::Different,
            "{length}"
        );
    }
    // Every byte of the header, and some of everything: whatever comes out, no panic and never "same" for code.
    for place in (0..64).chain((64..whole.len()).step_by(whole.len() / 500 + 1)) {
        for value in [0, 0x7f, 0xff] {
            let mut broken = whole.clone();
            broken[place] = value;
            compare(&whole, &broken);
            compare(&broken, &broken.iter().rev().copied().collect::<Vec<u8>>());
        }
    }
}

#[test]
fn every_byte_of_code_counts() {
    let repo = Repo::project();
    let whole = std::fs::read(repo.candidate_b().executable).unwrap();
    let image = image(&whole).unwrap();
    let text = image
        .sections
        .iter()
        .find(|section| section.place.name == b".text")
        .unwrap();
    let start = text.data.as_ptr() as usize - whole.as_ptr() as usize;
    for offset in (0..text.data.len()).step_by(text.data.len() / 50) {
        let mut other = whole.clone();
        other[start + offset] ^= 1;
        assert_eq!(compare(&whole, &other), MachineCode::Different, "{offset}");
    }
}

#[test]
fn symbols_and_the_build_id_do_not_count() {
    use object::read::elf::FileHeader as _;
    let mut bytes = own();
    let before = bytes.clone();
    let header = elf::FileHeader64::<object::Endianness>::parse(&*before).unwrap();
    let endian = header.endian().unwrap();
    let sections = header.sections(endian, &*before).unwrap();
    let mut touched = 0;
    for (_, section) in sections.enumerate() {
        use object::read::elf::SectionHeader as _;
        let name = sections.section_name(endian, section).unwrap();
        if [
            &b".note.gnu.build-id"[..],
            b".symtab",
            b".strtab",
            b".comment",
        ]
        .contains(&name)
            && let Some((offset, size)) = section.file_range(endian)
            && size > 0
        {
            bytes[usize::try_from(offset + size - 1).unwrap()] ^= 1;
            touched += 1;
        }
    }
    assert!(touched >= 2);
    assert_eq!(compare(&before, &bytes), MachineCode::Same);
}
