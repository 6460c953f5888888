use super::super::base::BaseBench;
use super::super::base::fixture::{Repo, library, printed};
use super::*;
use object::{Object as _, ObjectSymbol as _};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

fn listing(directory: &Path) -> BTreeSet<OsString> {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect()
}

/// Addresses of functions, in the order of their names.
fn addresses(executable: &Path) -> Vec<(String, u64)> {
    let bytes = std::fs::read(executable).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let mut found: Vec<(String, u64)> = file
        .symbols()
        .filter(|symbol| symbol.kind() == object::SymbolKind::Text && symbol.size() > 0)
        .map(|symbol| (symbol.name().unwrap().to_owned(), symbol.address()))
        .collect();
    found.sort();
    found
}

fn relinker(input: &RelinkInput<'_>) -> Box<Relinker> {
    match Relinking::new(input, &Interrupt::default()).unwrap() {
        Relinking::Available(relinker) => relinker,
        Relinking::Unavailable(reason) => panic!("{reason}"),
    }
}

fn unavailable(repo: &Repo) -> String {
    let (project, candidate) = (repo.load(), repo.candidate_b());
    let directory = repo.outside().join("run");
    let input = RelinkInput {
        project: &project,
        candidate: &candidate,
        base: None,
        directory: &directory,
        seed: 1,
    };
    match Relinking::new(&input, &Interrupt::default()).unwrap() {
        Relinking::Available(_) => panic!("available"),
        Relinking::Unavailable(reason) => {
            assert!(!directory.join("layouts").exists());
            reason
        }
    }
}

#[test]
fn layouts_of_both_sides_run_alike_and_lie_elsewhere() {
    let repo = Repo::project();
    repo.write("src/lib.rs", &library(2));
    let (project, candidate) = (repo.load(), repo.candidate_b());
    let checkout = repo.checkout("HEAD").unwrap();
    let BaseBench::Built { built: base, .. } = repo.base(&checkout, &["b"]).remove(0) else {
        panic!();
    };
    let built_at = candidate.executable.metadata().unwrap().modified().unwrap();
    let directory = repo.outside().join("run");
    let input = RelinkInput {
        project: &project,
        candidate: &candidate,
        base: Some((&checkout, &base)),
        directory: &directory,
        seed: 7,
    };
    let made = relinker(&input);
    // The user's build is as fresh as it was.
    let modified = |path: &Path| path.metadata().unwrap().modified().unwrap();
    assert_eq!(modified(&repo.candidate_b().executable), built_at);
    drop(checkout);

    let interrupt = Interrupt::default();
    let mut seen = BTreeSet::new();
    let mut lengths = BTreeSet::new();
    for layout in 0..3 {
        for (side, original, output) in
            [(Side::Base, &base, "1"), (Side::Candidate, &candidate, "2")]
        {
            let path = made.executable(side, layout, &interrupt).unwrap();
            assert_eq!(made.executable(side, layout, &interrupt).unwrap(), path);
            let built = BuiltBench {
                executable: path.clone(),
                ..original.clone()
            };
            assert_eq!(printed(&built), output);
            let names = |executable: &Path| -> Vec<String> {
                addresses(executable)
                    .into_iter()
                    .map(|(name, _)| name)
                    .collect()
            };
            assert_eq!(names(&path), names(&original.executable));
            seen.insert(addresses(&path));
            lengths.insert(path.as_os_str().len());
        }
    }
    assert_eq!((seen.len(), lengths.len()), (6, 1));

    // Thrown away and asked for again, and by another run with this seed: the same.
    let path = made.executable(Side::Base, 1, &interrupt).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    made.discard(1).unwrap();
    assert!(!path.exists());
    made.executable(Side::Base, 1, &interrupt).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    drop(made);
    assert!(listing(&directory).is_empty());
}

#[test]
fn a_second_run_compiles_nothing_and_a_later_one_leaves_nothing_of_it() {
    let repo = Repo::project();
    let project = repo.load();
    let directory = repo.outside().join("run");
    let deps = repo.root.join("target/release/deps");
    let run = || {
        let candidate = repo.candidate_b();
        let input = RelinkInput {
            project: &project,
            candidate: &candidate,
            base: None,
            directory: &directory,
            seed: 7,
        };
        drop(relinker(&input));
        listing(&deps)
    };
    let first = run();
    let temporary = |names: &BTreeSet<OsString>| -> Vec<OsString> {
        let of_rustc = |name: &&OsString| deps.join(name).is_dir();
        names.iter().filter(of_rustc).cloned().collect()
    };
    assert_eq!(temporary(&first).len(), 1, "{first:?}");
    assert_eq!(run(), first);
    // Somebody cleans up half of it, which cargo does not notice.
    let symbols = deps.join(&temporary(&first)[0]);
    std::fs::remove_dir_all(&symbols).unwrap();
    let third = run();
    assert_eq!((temporary(&third).len(), third.len()), (1, first.len()));
    // Other sources: objects of the old ones go.
    repo.write(
        "benches/b.rs",
        "fn main() { other::run() } mod other { pub fn run() { println!(\"1\") } }",
    );
    let last = run();
    assert_eq!(temporary(&last).len(), 1, "{last:?}");
    assert!(
        !last
            .iter()
            .any(|name| name.to_str().unwrap().ends_with(".bc")),
        "{last:?}"
    );
    // And the line itself.
    std::fs::remove_dir_all(repo.root.join("target/tollgate")).unwrap();
    run();
}

#[test]
fn a_copy_as_base_gets_layouts_of_its_own() {
    let repo = Repo::project();
    let (project, candidate) = (repo.load(), repo.candidate_b());
    let directory = repo.outside().join("run");
    let input = RelinkInput {
        project: &project,
        candidate: &candidate,
        base: None,
        directory: &directory,
        seed: 7,
    };
    let made = relinker(&input);
    let interrupt = Interrupt::default();
    let [base, head] =
        [Side::Base, Side::Candidate].map(|side| made.executable(side, 3, &interrupt).unwrap());
    assert_eq!(machine_code(&base, &head).unwrap(), MachineCode::Different);
    let interrupted = Interrupt::default();
    interrupted.flag().store(true, Ordering::Relaxed);
    let error = made.executable(Side::Base, 4, &interrupted).unwrap_err();
    assert!(matches!(error, BuildError::Interrupted), "{error}");
}

#[test]
fn seeds_follow_from_run_side_layout_and_target() {
    let repo = Repo::project();
    let (project, candidate) = (repo.load(), repo.candidate_b());
    let directory = repo.outside().join("run");
    let input = RelinkInput {
        project: &project,
        candidate: &candidate,
        base: None,
        directory: &directory,
        seed: 7,
    };
    let mut made = relinker(&input);
    let mut seeds = BTreeSet::new();
    for (seed, name) in [(7, "p-a"), (8, "p-a"), (7, "p-b")] {
        made.seed = seed;
        made.name = name.to_owned();
        for layout in [0, 1, u16::MAX] {
            for side in [Side::Base, Side::Candidate] {
                seeds.insert(made.layout_seed(side, layout));
            }
        }
    }
    assert_eq!(seeds.len(), 18);
    assert!(seeds.iter().all(|seed| (1..=u32::MAX / 2).contains(seed)));
}

#[test]
fn a_linker_that_does_not_shuffle_is_named() {
    let repo = Repo::project();
    repo.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"-Clink-arg=-fuse-ld=bfd\"]\n",
    );
    let reason = unavailable(&repo);
    assert!(
        reason
            .starts_with("the linker `cc -fuse-ld=bfd` cannot shuffle functions, lld and mold can"),
        "{reason}"
    );
}

#[test]
fn sources_that_changed_after_the_build_are_noticed() {
    let repo = Repo::project();
    let (project, candidate) = (repo.load(), repo.candidate_b());
    repo.write("benches/b.rs", "fn main() { println!(\"later\") }");
    let directory = repo.outside().join("run");
    let input = RelinkInput {
        project: &project,
        candidate: &candidate,
        base: None,
        directory: &directory,
        seed: 1,
    };
    let Relinking::Unavailable(reason) = Relinking::new(&input, &Interrupt::default()).unwrap()
    else {
        panic!();
    };
    assert!(reason.contains("did a source change"), "{reason}");
    repo.write("benches/b.rs", "no Rust");
    let Relinking::Unavailable(reason) = Relinking::new(&input, &Interrupt::default()).unwrap()
    else {
        panic!();
    };
    assert!(
        reason.contains("cannot be captured") && reason.contains("benches/b.rs"),
        "{reason}"
    );
}
