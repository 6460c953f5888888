use super::checkout::tests::{clean_now, worktrees};
use super::fixture::{MANIFEST, Repo, library, printed, target};
use super::*;
use crate::build::{BuildError, Project};
use crate::collect::process::Interrupt;
use std::path::Path;

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
    repo.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"\"\n[target.x]\nlinker = \"old\"\n",
    );
    repo.commit("old");
    repo.write(".cargo/config.toml", "[build]\nrustc-wrapper = \"\"\n");
    std::fs::remove_file(repo.root.join("rust-toolchain.toml")).unwrap();
    repo.write("Cargo.toml", MANIFEST);
    let checkout = repo.checkout("HEAD").unwrap();
    let found = differences(&repo.load(), &checkout).unwrap().join("\n");
    insta::assert_snapshot!(found, @r#"
    `profile.bench` is {"debug":1,"opt-level":0} in the base and {"opt-level":0} in the candidate
    `target.x.linker` is "old" in the base and not set in the candidate
    the base's `rust-toolchain.toml` is another one; both sides are built with the candidate's toolchain
    "#);
    drop(checkout);
    assert_eq!(printed(&repo.base_b("HEAD").0), "1");
    repo.commit("same");
    let checkout = repo.checkout("HEAD").unwrap();
    assert!(differences(&repo.load(), &checkout).unwrap().is_empty());
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
    let all = Programs {
        binaries: true,
        examples: vec![],
    };
    build_binaries(&candidate, &all, &interrupt).unwrap();
    let checkout = repo.checkout("HEAD").unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let made = build_base_binaries(
            &candidate,
            &checkout,
            &[target("b")],
            &["gone".to_owned()],
            &interrupt,
        )
        .unwrap();
        let BaseBinaries::Built {
            target_directory,
            reused,
            without_examples,
        } = made
        else {
            panic!("{made:?}");
        };
        // An example that the base does not have takes nothing away from its binaries.
        let why = without_examples.unwrap();
        assert!(why.contains("gone"), "{why}");
        let program = target_directory.join("release/tried");
        let output = std::process::Command::new(program).output().unwrap();
        seen.push((String::from_utf8(output.stdout).unwrap(), reused));
    }
    assert_eq!(seen, [("1\n".to_owned(), false), ("1\n".to_owned(), true)]);
    repo.write(
        "examples/shown.rs",
        "fn main() { println!(\"{}\", tried::value()) }",
    );
    let shown = Programs {
        binaries: false,
        examples: vec!["shown".to_owned()],
    };
    let candidate = repo.load();
    build_binaries(&candidate, &shown, &interrupt).unwrap();
    let program = candidate.target_directory.join("release/examples/shown");
    let output = std::process::Command::new(program).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "2\n");
    repo.write("src/main.rs", "no Rust");
    let error = build_binaries(&candidate, &all, &interrupt)
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

#[test]
fn a_workspace_below_the_root_of_the_repository_is_found_and_its_inheritance_followed() {
    let repo = Repo::empty();
    let workspace =
        "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"2\"\n[profile.bench]\nopt-level = 0\n";
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{rest}")
    };
    repo.write(".gitignore", "target\n");
    repo.write("rust/Cargo.toml", workspace);
    repo.write("rust/crates/help/Cargo.toml", &package("help", ""));
    repo.write(
        "rust/crates/help/src/lib.rs",
        "pub const WORD: &str = \"helped\";",
    );
    repo.write("rust/crates/tried/Cargo.toml", &package("tried", ""));
    repo.write("rust/crates/tried/src/lib.rs", &library(1));
    repo.commit("one");
    // The candidate adds benches: one with an inherited dependency that the base can have, one with another.
    let dependencies = "[workspace.dependencies]\nhelp = { path = \"crates/help\" }\nlater = { path = \"crates/later\" }\n";
    repo.write("rust/Cargo.toml", &format!("{workspace}{dependencies}"));
    let benches = "[dev-dependencies]\nhelp.workspace = true\nlater.workspace = true\n[[bench]]\nname = \"b\"\nharness = false\n[[bench]]\nname = \"c\"\nharness = false\n";
    repo.write("rust/crates/tried/Cargo.toml", &package("tried", benches));
    repo.write("rust/crates/later/Cargo.toml", &package("later", ""));
    repo.write("rust/crates/later/src/lib.rs", "");
    repo.write("rust/crates/tried/src/lib.rs", &library(2));
    repo.write(
        "rust/crates/tried/benches/b.rs",
        "fn main() { println!(\"{} {}\", help::WORD, tried::value()) }",
    );
    repo.write(
        "rust/crates/tried/benches/c.rs",
        "use later as _; fn main() {}",
    );
    let checkout = repo.checkout("HEAD").unwrap();
    let candidate = Project::load(&repo.root.join("rust")).unwrap();
    let targets = [target("b"), target("c")];
    let made = build_base(&candidate, &checkout, &targets, &Interrupt::default()).unwrap();
    let [
        BaseBench::Built { built, .. },
        BaseBench::NotComparable(reason),
    ] = &made[..]
    else {
        panic!("{made:?}");
    };
    assert_eq!(printed(built), "helped 1");
    assert!(reason.contains("later"), "{reason}");
}

#[test]
fn two_at_once_wait_for_each_other() {
    let repo = Repo::project();
    let candidate = repo.load();
    let base = repo.resolve("HEAD").unwrap();
    let waited = std::sync::atomic::AtomicUsize::new(0);
    let build = || {
        let interrupt = Interrupt::default();
        let waiting = |_: &Path| {
            waited.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        };
        let checkout = checkout(
            &repo.root,
            &base,
            &repo.cache,
            CheckedOutFor::Building,
            &interrupt,
            &waiting,
        )
        .unwrap();
        let made = build_base(&candidate, &checkout, &[target("b")], &interrupt).unwrap();
        match &made[..] {
            [BaseBench::Built { built, .. }] => printed(built),
            _ => panic!("{made:?}"),
        }
    };
    let outputs: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(build)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(outputs, ["1", "1", "1"]);
    assert_eq!(worktrees(&repo), 2);
    assert!(waited.into_inner() <= 3);
}

#[test]
fn configuration_above_the_repository_holds_for_the_base_too() {
    let repo = Repo::project();
    let above = repo.root.parent().unwrap().join(".cargo");
    std::fs::create_dir(&above).unwrap();
    std::fs::write(
        above.join("config.toml"),
        "[build]\nrustflags = [\"--cfg\", \"above\"]\n",
    )
    .unwrap();
    // The cache must not lie where it would find the file by itself.
    let cache = tempfile::tempdir().unwrap();
    let bench = "fn main() { println!(\"{}\", cfg!(above)) }";
    repo.write("benches/b.rs", bench);
    let interrupt = Interrupt::default();
    let base = repo.resolve("HEAD").unwrap();
    let checkout = checkout(
        &repo.root,
        &base,
        cache.path(),
        CheckedOutFor::Building,
        &interrupt,
        &|_| {},
    )
    .unwrap();
    let candidate = repo.load();
    assert!(differences(&candidate, &checkout).unwrap().is_empty());
    let made = build_base(&candidate, &checkout, &[target("b")], &interrupt).unwrap();
    let [BaseBench::Built { built, .. }] = &made[..] else {
        panic!("{made:?}");
    };
    assert_eq!(
        (printed(built), printed(&repo.candidate_b())),
        ("true".into(), "true".into())
    );
}
