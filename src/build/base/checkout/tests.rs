use super::super::clean;
use super::super::fixture::{Repo, library, printed};
use crate::build::BuildError;
use crate::collect::process::Interrupt;

pub(in crate::build::base) fn worktrees(repo: &Repo) -> usize {
    repo.git(&["worktree", "list", "--porcelain"])
        .matches("worktree ")
        .count()
}

pub(in crate::build::base) fn clean_now(repo: &Repo) -> Result<usize, BuildError> {
    clean(&repo.root, &repo.cache, &Interrupt::default())
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
fn hooks_of_the_user_do_not_run() {
    let repo = Repo::project();
    let hook = repo.root.join(".git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\ntouch ran\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).unwrap();
    let checkout = repo.checkout("HEAD").unwrap();
    assert!(!repo.root.join("ran").exists() && !checkout.sources.join("ran").exists());
}
