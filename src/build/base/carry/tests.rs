use super::super::BaseBench;
use super::super::fixture::{BENCH, MANIFEST, Repo, library, printed};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

#[test]
fn the_candidates_benches_are_built_with_the_bases_code() {
    let repo = Repo::project();
    // A bench target that the base does not have, with a module; and the old one does something else now.
    repo.write("src/lib.rs", &library(2));
    repo.write(
        "Cargo.toml",
        &format!("{MANIFEST}[[bench]]\nname = \"new\"\nharness = false\n"),
    );
    repo.write(
        "benches/b.rs",
        "fn main() { println!(\"now {}\", tried::value()) }",
    );
    repo.write("benches/new.rs", "mod deep; fn main() { deep::show() }");
    repo.write(
        "benches/deep/mod.rs",
        "pub fn show() { println!(\"new {}\", tried::value()) }",
    );
    let checkout = repo.checkout("HEAD").unwrap();
    let made = repo.base(&checkout, &["new", "b"]);
    let texts: Vec<String> = made
        .iter()
        .map(|bench| match bench {
            BaseBench::Built { built, .. } => printed(built),
            BaseBench::NotComparable(reason) => panic!("{reason}"),
        })
        .collect();
    assert_eq!(texts, ["new 1", "now 1"]);
}

#[test]
fn a_reused_checkout_gives_no_stale_executable() {
    let repo = Repo::project();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let bench = |word: &str| {
        repo.write(
            "benches/b.rs",
            &BENCH.replace("{}", &format!("{word} {{}}")),
        );
        let file = std::fs::File::open(repo.root.join("benches/b.rs")).unwrap();
        file.set_modified(long_ago).unwrap();
    };
    // Equal lengths and equal, old times: only the content tells them apart.
    for word in ["one", "two", "one"] {
        bench(word);
        let (built, reused) = repo.base_b("HEAD");
        assert_eq!((printed(&built), reused), (format!("{word} 1"), false));
    }
    assert!(repo.base_b("HEAD").1);
    // Somebody changes the library in the cache, and hides it behind an old time.
    let checkout = repo.checkout("HEAD").unwrap();
    let source = checkout.counterpart(&repo.root.join("src/lib.rs")).unwrap();
    std::fs::write(&source, library(7)).unwrap();
    std::fs::File::open(&source)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    drop(checkout);
    assert_eq!(printed(&repo.base_b("HEAD").0), "one 1");
    assert_eq!(std::fs::read_to_string(&source).unwrap(), library(1));
}

#[test]
fn a_clock_that_was_set_back_makes_nothing_stale_fresh() {
    let repo = Repo::project();
    repo.base_b("HEAD");
    let checkout = repo.checkout("HEAD").unwrap();
    // The last build was in the future, by a clock that was set right since.
    let ahead = SystemTime::now() + Duration::from_secs(7200);
    let stamp = std::fs::File::open(checkout.directory.join("built")).unwrap();
    stamp.set_modified(ahead).unwrap();
    drop(checkout);
    repo.write("benches/b.rs", "fn main() { println!(\"other\") }");
    repo.base_b("HEAD");
    let checkout = repo.checkout("HEAD").unwrap();
    let carried = checkout.sources.join("benches/b.rs");
    assert!(carried.metadata().unwrap().modified().unwrap() > ahead);
    // Sources that have to be made again are as old as the clock says.
    std::fs::File::open(checkout.directory.join("built"))
        .unwrap()
        .set_modified(ahead)
        .unwrap();
    std::fs::remove_file(checkout.directory.join("complete")).unwrap();
    drop(checkout);
    assert!(!repo.checkout("HEAD").unwrap().target_directory().exists());
}

#[test]
fn what_one_candidate_carried_the_next_one_does_not_find() {
    let repo = Repo::project();
    repo.write("benches/extra/left.rs", "");
    repo.write(".git/info/exclude", "");
    repo.base_b("HEAD");
    let checkout = repo.checkout("HEAD").unwrap();
    let left = checkout.sources.join("benches/extra/left.rs");
    assert!(left.is_file());
    drop(checkout);
    std::fs::remove_file(repo.root.join("benches/extra/left.rs")).unwrap();
    repo.base_b("HEAD");
    assert!(!left.exists());
}

/// A crate in a directory outside of the project that stands for a registry.
fn with_registry(repo: &Repo) {
    let vendor = repo.outside().join("vendor");
    let configuration = format!(
        "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = {vendor:?}\n"
    );
    repo.write(".cargo/config.toml", &configuration);
    let write = |path: &str, text: &str| {
        let path = vendor.join("dep").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"dep\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
    );
    write("src/lib.rs", "pub fn word() -> &'static str { \"dep\" }");
    write(".cargo-checksum.json", "{\"files\":{}}");
}

fn built_files(target: &Path, part: &str) -> Vec<(PathBuf, SystemTime)> {
    let mut found: Vec<_> = std::fs::read_dir(target.join("release/deps"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().contains(part))
        .map(|path| {
            (
                path.file_name().unwrap().into(),
                path.metadata().unwrap().modified().unwrap(),
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn added_dev_dependencies_are_carried_and_compiled_once() {
    let repo = Repo::project();
    with_registry(&repo);
    repo.commit("vendor");
    repo.write(
        "Cargo.toml",
        &format!("{MANIFEST}[dev-dependencies]\ndep = \"1\"\n"),
    );
    repo.write(
        "benches/b.rs",
        "fn main() { println!(\"{} {}\", dep::word(), tried::value()) }",
    );
    repo.write("src/lib.rs", &library(2));
    assert_eq!(printed(&repo.candidate_b()), "dep 2");
    let (base, _) = repo.base_b("HEAD");
    assert_eq!(printed(&base), "dep 1");
    let ours = built_files(&repo.root.join("target"), "libdep-");
    let checkout = repo.checkout("HEAD").unwrap();
    let theirs = built_files(&checkout.target_directory(), "libdep-");
    // The candidate's files with the candidate's times: cargo took them for fresh.
    assert!(!ours.is_empty());
    assert_eq!(ours, theirs);
    // Of the library that is measured, nothing was taken.
    let ours = built_files(&repo.root.join("target"), "libtried-");
    let theirs = built_files(&checkout.target_directory(), "libtried-");
    assert_eq!(ours.len(), theirs.len());
    assert!(
        ours.iter()
            .zip(&theirs)
            .all(|(ours, theirs)| theirs.1 > ours.1)
    );
}

#[test]
fn a_base_without_lock_file_gets_the_candidates_versions() {
    let repo = Repo::project();
    with_registry(&repo);
    repo.write(".gitignore", "/target\n/Cargo.lock\n");
    repo.write(
        "Cargo.toml",
        &format!("{MANIFEST}[dependencies]\ndep = \"1\"\n"),
    );
    repo.git(&["rm", "-q", "--cached", "Cargo.lock"]);
    repo.commit("no lock");
    repo.candidate_b();
    let lock = std::fs::read(repo.root.join("Cargo.lock")).unwrap();
    let checkout = repo.checkout("HEAD").unwrap();
    assert!(!checkout.sources.join("Cargo.lock").exists());
    repo.base(&checkout, &["b"]);
    assert_eq!(
        std::fs::read(checkout.sources.join("Cargo.lock")).unwrap(),
        lock
    );
}
