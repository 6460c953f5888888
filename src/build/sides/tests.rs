use super::super::base::fixture::{Repo, library, printed, target};
use super::*;

fn built(executable: &Path, libraries: &str) -> BuiltBench {
    BuiltBench {
        target: target("b"),
        package: "p".to_owned(),
        executable: executable.to_owned(),
        directory: executable.parent().unwrap().to_owned(),
        environment: vec![
            ("CARGO_PKG_NAME".into(), "p".into()),
            (Libraries::VARIABLE.into(), libraries.into()),
            ("WHERE".into(), executable.into()),
        ],
        harness: false,
    }
}

#[test]
fn both_sides_differ_in_their_code_and_libraries_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, name).unwrap();
        path
    };
    let base = built(&path("cache/far/away/b-1"), "/cache/deps:/usr/lib");
    let candidate = built(&path("target/b-2"), "/t:/usr/lib");
    let into = directory.path().join("run");
    let sides = Sides::new(&candidate, &base, &into).unwrap();
    let (b, c) = (&sides.base, &sides.candidate);
    assert_eq!(b.executable, into.join("base/p-b"));
    assert_eq!(c.executable, into.join("head/p-b"));
    assert_eq!(
        b.executable.as_os_str().len(),
        c.executable.as_os_str().len()
    );
    assert_eq!(std::fs::read(&b.executable).unwrap(), b"cache/far/away/b-1");
    assert_eq!(std::fs::read(&c.executable).unwrap(), b"target/b-2");
    assert_eq!(
        (&b.directory, &c.directory),
        (&candidate.directory, &candidate.directory)
    );
    let value = |built: &BuiltBench, name: &str| {
        let found = built.environment.iter().find(|(known, _)| known == name);
        found.unwrap().1.clone()
    };
    assert_eq!(value(b, "WHERE"), value(c, "WHERE"));
    assert_eq!(value(b, Libraries::VARIABLE), "/cache/deps:/usr/lib");
    assert_eq!(value(c, Libraries::VARIABLE), "/t/////////:/usr/lib");
    let names = |built: &BuiltBench| -> Vec<OsString> {
        built
            .environment
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    };
    assert_eq!(names(b), names(c));
    assert_ne!(sides.base_sha256, sides.candidate_sha256);
    assert_eq!(sides.side(Side::Base).executable, b.executable);
}

#[test]
fn a_side_without_libraries_keeps_none() {
    let (with, without) = (
        vec![(Libraries::VARIABLE.into(), "/a".into())],
        vec![("X".into(), "1".into())],
    );
    let (base, candidate) = environments(&with, &without);
    assert_eq!(
        base,
        [
            ("X".into(), "1".into()),
            (Libraries::VARIABLE.into(), "/a".into())
        ]
    );
    assert_eq!(candidate, without);
}

#[test]
fn padding_keeps_what_a_path_means() {
    let padded = |list: &str, length| pad(list.into(), length).into_string().unwrap();
    assert_eq!(padded("/a:/b", 8), "/a///:/b");
    assert_eq!(padded("/a", 3), "/a/");
    assert_eq!(padded("/a:/b", 2), "/a:/b");
    // Empty means the working directory.
    assert_eq!(padded("", 5), "");
    assert_eq!(padded(":/b", 9), ":/b");
}

#[test]
fn a_copy_as_base_is_the_same_program_in_another_file() {
    let repo = Repo::project();
    let candidate = repo.candidate_b();
    let sides = copy_as_base(&candidate, &repo.outside().join("run")).unwrap();
    assert_eq!(sides.base_sha256, sides.candidate_sha256);
    assert_eq!(sides.base_sha256.len(), 64);
    assert_eq!(
        (printed(&sides.base), printed(&sides.candidate)),
        ("1".into(), "1".into())
    );
    // The original is built again: the copies stay.
    repo.write("src/lib.rs", &library(2));
    repo.candidate_b();
    assert_eq!(printed(&sides.candidate), "1");
    // And a second attempt replaces them, running or not.
    let sides = copy_as_base(&repo.candidate_b(), &repo.outside().join("run")).unwrap();
    assert_eq!(printed(&sides.base), "2");
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let gone = built(&directory.path().join("gone"), "");
    let error = copy_as_base(&gone, directory.path())
        .unwrap_err()
        .to_string();
    assert!(error.contains("gone"), "{error}");
    assert!(sha256(directory.path()).is_err());
}

#[test]
fn target_directories_get_paths_of_equal_length() {
    let directory = tempfile::tempdir().unwrap();
    let into = directory.path().join("run");
    for _ in 0..2 {
        let (base, candidate) =
            link_targets(Path::new("/t"), Path::new("/cache/target"), &into).unwrap();
        assert_eq!(base.as_os_str().len(), candidate.as_os_str().len());
        assert_eq!(
            std::fs::read_link(base).unwrap(),
            Path::new("/cache/target")
        );
        assert_eq!(std::fs::read_link(candidate).unwrap(), Path::new("/t"));
    }
}
