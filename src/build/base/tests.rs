use super::fixture::{BENCH, MANIFEST, Repo, library, printed, target};
use super::*;
use crate::build::BuildError;
use crate::collect::process::Interrupt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

fn worktrees(repo: &Repo) -> usize {
    repo.git(&["worktree", "list", "--porcelain"])
        .matches("worktree ")
        .count()
}

fn clean_now(repo: &Repo) -> Result<usize, BuildError> {
    clean(&repo.root, &repo.cache, &Interrupt::default())
}

#[test]
fn the_base_is_built_beside_a_candidate_that_stays_as_it_is() {
    let repo = Repo::project();
    repo.write("src/lib.rs", &library(2));
    repo.write("untracked", "mine");
    let before = repo.git(&["status", "--porcelain"]);
    let (base, reused) = repo.base_b("HEAD");
    assert!(!reused);
    assert_eq!(
        (printed(&base), printed(&repo.candidate_b())),
        ("1".into(), "2".into())
    );
    assert!(base.executable.starts_with(&repo.cache));
    assert!(!base.harness);
    assert_eq!(repo.git(&["status", "--porcelain"]), before);
    assert_eq!(worktrees(&repo), 2);
    let checkout = repo.checkout("HEAD").unwrap();
    assert!(checkout.reused);
    drop(checkout);
    let (again, reused) = repo.base_b("HEAD");
    assert!(reused);
    assert_eq!(printed(&again), "1");
    assert_eq!(clean_now(&repo).unwrap(), 1);
    assert_eq!(clean_now(&repo).unwrap(), 0);
    assert_eq!(worktrees(&repo), 1);
    assert!(std::fs::read_dir(&repo.cache).unwrap().next().is_none());
    assert_eq!(repo.git(&["status", "--porcelain"]), before);
}

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
fn what_the_base_does_not_compile_is_not_comparable_and_the_rest_is_built() {
    let repo = Repo::project();
    repo.write(
        "src/lib.rs",
        &format!("{}pub fn later() {{}}\n", library(2)),
    );
    repo.write(
        "Cargo.toml",
        &format!("{MANIFEST}[[bench]]\nname = \"new\"\nharness = false\n"),
    );
    repo.write("benches/new.rs", "fn main() { tried::later() }");
    let checkout = repo.checkout("HEAD").unwrap();
    let made = repo.base(&checkout, &["new", "b"]);
    let [
        BaseBench::NotComparable(reason),
        BaseBench::Built { built, .. },
    ] = &made[..]
    else {
        panic!("{made:?}");
    };
    assert!(
        reason.contains("does not build with the candidate's bench sources")
            && reason.contains("cannot find function `later`")
            && reason.contains("benches/new.rs:1"),
        "{reason}"
    );
    assert_eq!(printed(built), "1");
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

#[test]
fn a_killed_checkout_is_made_again() {
    let repo = Repo::project();
    let first = repo.checkout("HEAD").unwrap();
    let (directory, sources) = (first.directory.clone(), first.sources.clone());
    drop(first);
    // Killed before the marker: half of the sources are there.
    std::fs::remove_file(directory.join("complete")).unwrap();
    std::fs::remove_file(sources.join("Cargo.toml")).unwrap();
    let second = repo.checkout("HEAD").unwrap();
    assert!(!second.reused);
    assert!(sources.join("Cargo.toml").is_file());
    drop(second);
    // git's entry is gone, as in a cache that was carried to another clone.
    std::fs::remove_dir_all(repo.root.join(".git/worktrees")).unwrap();
    let third = repo.checkout("HEAD").unwrap();
    assert!(!third.reused);
    drop(third);
    // The cache is gone and git still has its entry.
    std::fs::remove_dir_all(&repo.cache).unwrap();
    assert!(!repo.checkout("HEAD").unwrap().reused);
    assert_eq!(worktrees(&repo), 2);
}

#[test]
fn at_most_three_checkouts_are_kept_and_none_in_use_is_removed() {
    let repo = Repo::project();
    for value in 2..=5 {
        repo.write("src/lib.rs", &library(value));
        repo.commit("next");
    }
    let oldest = repo.checkout("HEAD~4").unwrap();
    for back in ["HEAD~3", "HEAD~2", "HEAD~1"] {
        repo.checkout(back).unwrap();
    }
    // Four: the oldest is in use.
    assert_eq!(worktrees(&repo), 1 + 4);
    assert!(oldest.sources.is_dir());
    let used = clean_now(&repo).unwrap_err().to_string();
    assert!(used.contains("another tollgate uses it"), "{used}");
    assert_eq!(worktrees(&repo), 1 + 1);
    drop(oldest);
    for back in ["HEAD~3", "HEAD~2", "HEAD~1"] {
        repo.checkout(back).unwrap();
    }
    assert_eq!(worktrees(&repo), 1 + 3);
}

#[test]
fn a_cache_inside_of_the_project_is_refused() {
    let mut repo = Repo::project();
    repo.cache = repo.root.join("target/cache");
    let error = repo.checkout("HEAD").unwrap_err().to_string();
    assert!(
        error.contains("inside of the project") && error.contains("TOLLGATE_CACHE"),
        "{error}"
    );
    assert_eq!(worktrees(&repo), 1);
}

#[test]
fn a_package_that_the_base_lacks_is_not_comparable() {
    let repo = Repo::project();
    repo.write(
        "Cargo.toml",
        &MANIFEST.replace("[workspace]", "[workspace]\nmembers = [\"new\"]"),
    );
    repo.write("new/Cargo.toml", "[package]\nname = \"new\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[[bench]]\nname = \"n\"\nharness = false\n");
    repo.write("new/src/lib.rs", "");
    repo.write("new/benches/n.rs", "fn main() {}");
    let checkout = repo.checkout("HEAD").unwrap();
    let made = repo.base(&checkout, &["n", "b"]);
    let [BaseBench::NotComparable(reason), BaseBench::Built { .. }] = &made[..] else {
        panic!("{made:?}");
    };
    assert!(reason.contains("no package `new`"), "{reason}");
}

#[test]
fn a_base_that_cargo_cannot_read_is_not_comparable() {
    let repo = Repo::project();
    repo.write("Cargo.toml", "[package");
    repo.commit("broken");
    repo.write("Cargo.toml", MANIFEST);
    let checkout = repo.checkout("HEAD").unwrap();
    let made = repo.base(&checkout, &["b"]);
    let [BaseBench::NotComparable(reason)] = &made[..] else {
        panic!("{made:?}");
    };
    assert!(reason.contains("Cargo.toml"), "{reason}");
}

#[test]
fn the_base_is_built_with_the_candidates_compiler_and_says_what_differs() {
    let repo = Repo::project();
    repo.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.0.0\"\n");
    repo.write("Cargo.toml", &format!("{MANIFEST}debug = 1\n"));
    repo.commit("old");
    std::fs::remove_file(repo.root.join("rust-toolchain.toml")).unwrap();
    repo.write("Cargo.toml", MANIFEST);
    let checkout = repo.checkout("HEAD").unwrap();
    let found = differences(&repo.load(), &checkout).unwrap().join("\n");
    insta::assert_snapshot!(found, @r#"
    `profile.bench` is {"debug":1,"opt-level":0} in the base and {"opt-level":0} in the candidate
    the base's `rust-toolchain.toml` is another one; both sides are built with the candidate's toolchain
    "#);
    drop(checkout);
    assert_eq!(printed(&repo.base_b("HEAD").0), "1");
    repo.commit("same");
    let checkout = repo.checkout("HEAD").unwrap();
    assert!(differences(&repo.load(), &checkout).unwrap().is_empty());
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

#[test]
fn submodules_come_from_the_candidates_own_and_must_be_there() {
    let module = Repo::empty();
    module.write("lib.rs", &library(3));
    module.commit("module");
    let repo = Repo::project();
    repo.git(&[
        "submodule",
        "add",
        "-q",
        module.root.to_str().unwrap(),
        "inner",
    ]);
    repo.write(
        "src/lib.rs",
        "#[path = \"../inner/lib.rs\"] mod inner;\npub use inner::value;",
    );
    repo.commit("with module");
    // Where it came from is gone: only the candidate's own clone is left.
    std::fs::remove_dir_all(&module.root).unwrap();
    assert_eq!(printed(&repo.base_b("HEAD").0), "3");
    assert_eq!(clean_now(&repo).unwrap(), 1);
    assert_eq!(worktrees(&repo), 1);
    repo.git(&["submodule", "deinit", "-q", "-f", "inner"]);
    let error = repo.checkout("HEAD").unwrap_err().to_string();
    assert!(
        error.contains("`inner` is not initialised") && error.contains("git submodule update"),
        "{error}"
    );
}

#[test]
fn hooks_of_the_user_do_not_run_and_a_hooks_environment_does_not_lead_astray() {
    let repo = Repo::project();
    let hook = repo.root.join(".git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\ntouch ran\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).unwrap();
    let checkout = repo.checkout("HEAD").unwrap();
    assert!(!repo.root.join("ran").exists() && !checkout.sources.join("ran").exists());
}

#[test]
fn binaries_of_the_base_are_built_on_request() {
    let repo = Repo::project();
    repo.write(
        "src/main.rs",
        "fn main() { println!(\"{}\", tried::value()) }",
    );
    repo.commit("program");
    repo.write("src/lib.rs", &library(2));
    let candidate = repo.load();
    let interrupt = Interrupt::default();
    build_binaries(&candidate, &interrupt).unwrap();
    let checkout = repo.checkout("HEAD").unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let made = build_base_binaries(&candidate, &checkout, &interrupt).unwrap();
        let BaseBinaries::Built {
            target_directory,
            reused,
        } = made
        else {
            panic!("{made:?}");
        };
        let program = target_directory.join("release/tried");
        let output = std::process::Command::new(program).output().unwrap();
        seen.push((String::from_utf8(output.stdout).unwrap(), reused));
    }
    assert_eq!(seen, [("1\n".to_owned(), false), ("1\n".to_owned(), true)]);
    repo.write("src/main.rs", "no Rust");
    let error = build_binaries(&candidate, &interrupt)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("do not build") && error.contains("src/main.rs"),
        "{error}"
    );
}

#[test]
fn an_interrupted_base_build_says_so() {
    let repo = Repo::project();
    let checkout = repo.checkout("HEAD").unwrap();
    let interrupt = Interrupt::default();
    interrupt
        .flag()
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let error = build_base(&repo.load(), &checkout, &[target("b")], &interrupt).unwrap_err();
    assert!(matches!(error, BuildError::Interrupted), "{error}");
}
