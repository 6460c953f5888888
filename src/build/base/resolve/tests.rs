use super::super::fixture::{Repo, git};
use super::*;

fn two_commits() -> (Repo, String, String) {
    let repo = Repo::empty();
    repo.write("a", "1");
    let first = repo.commit("one");
    repo.write("a", "2");
    let second = repo.commit("two");
    (repo, first, second)
}

#[test]
fn whatever_git_resolves_is_a_base() {
    let (repo, first, second) = two_commits();
    repo.git(&["tag", "-a", "v1", "-m", "tag", &first]);
    repo.git(&["branch", "side", &first]);
    for (asked, commit) in [
        ("HEAD~1", &first),
        ("HEAD^1", &first),
        ("HEAD", &second),
        ("v1", &first),
        ("side", &first),
        (&first[..10], &first),
        (&second, &second),
    ] {
        let base = repo.resolve(asked).unwrap();
        assert_eq!((&base.commit, base.asked.as_str()), (commit, asked));
        assert_eq!(
            base.tree,
            repo.git(&["rev-parse", &format!("{commit}^{{tree}}")])
        );
        assert_eq!(base.merge_base_with, None);
        assert_eq!(base.to_string(), format!("{asked} ({})", &commit[..12]));
    }
}

#[test]
fn what_is_no_commit_is_refused() {
    let (repo, _, _) = two_commits();
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    for asked in [
        "nothing",
        "HEAD~9",
        "--all",
        "-x",
        "",
        " ",
        "HEAD\0",
        "a\nb",
        &blob,
        "HEAD:a",
        "HEAD~1..HEAD",
        "merge-base:",
        "merge-base:--all",
        "merge-base:nothing",
        "merge-bases",
    ] {
        let error = repo.resolve(asked).unwrap_err().to_string();
        assert!(!error.contains("fetch"), "{asked:?}: {error}");
    }
    insta::assert_snapshot!(
        repo.resolve("nothing").unwrap_err(),
        @"cannot use `nothing` as base: there is no commit `nothing` here"
    );
    insta::assert_snapshot!(
        repo.resolve("--all").unwrap_err(),
        @r#"cannot use `--all` as base: "--all" is no name of a commit"#
    );
}

#[test]
fn outside_of_a_repository_there_is_no_base() {
    let directory = tempfile::tempdir().unwrap();
    let error = resolve(directory.path(), "HEAD", None, &Interrupt::default()).unwrap_err();
    assert!(
        error.to_string().contains("not in a git repository"),
        "{error}"
    );
    let empty = Repo::empty();
    assert!(empty.resolve("HEAD").is_err());
}

#[test]
fn a_merge_base_is_where_the_branches_parted() {
    let (repo, first, second) = two_commits();
    repo.git(&["checkout", "-q", "-b", "topic", &first]);
    repo.write("b", "1");
    repo.commit("three");
    let base = repo.resolve("merge-base").unwrap();
    assert_eq!(
        (base.commit, base.merge_base_with.as_deref()),
        (first.clone(), Some("main"))
    );
    let base = repo.resolve(&format!("merge-base:{second}")).unwrap();
    assert_eq!(base.commit, first);
    assert_eq!(
        repo.resolve("merge-base").unwrap().to_string(),
        format!("merge base with main ({})", &first[..12])
    );
}

#[test]
fn the_target_branch_goes_before_the_default_and_is_not_replaced_by_it() {
    let (repo, first, second) = two_commits();
    let ask = |target| {
        resolve(
            &repo.root,
            "merge-base",
            Some(target),
            &Interrupt::default(),
        )
    };
    repo.git(&["update-ref", "refs/remotes/origin/main", &second]);
    repo.git(&["update-ref", "refs/remotes/origin/release", &first]);
    assert_eq!(repo.resolve("merge-base").unwrap().commit, second);
    let release = ask("release").unwrap();
    assert_eq!(
        (release.commit, release.merge_base_with.as_deref()),
        (first, Some("origin/release"))
    );
    // Outside of pull requests GitHub sets the variable to nothing.
    assert_eq!(ask("").unwrap().commit, second);
    insta::assert_snapshot!(
        ask("gone").unwrap_err(),
        @"cannot use `merge-base` as base: found none of `origin/gone`, `gone` to take the merge base with; fetch it with `git fetch origin gone`"
    );
}

#[test]
fn without_a_default_branch_the_error_says_what_was_tried() {
    let (repo, _, _) = two_commits();
    repo.git(&["branch", "-m", "other"]);
    insta::assert_snapshot!(
        repo.resolve("merge-base").unwrap_err(),
        @"cannot use `merge-base` as base: found none of `origin/HEAD`, `origin/main`, `origin/master`, `main`, `master` to take the merge base with; name it with `merge-base:REF`"
    );
}

#[test]
fn histories_without_a_common_commit_have_no_merge_base() {
    let (repo, _, _) = two_commits();
    repo.git(&["checkout", "-q", "--orphan", "lone"]);
    repo.commit("lone");
    let error = repo.resolve("merge-base").unwrap_err().to_string();
    assert!(error.contains("no common commit"), "{error}");
}

#[test]
fn a_shallow_clone_is_told_to_fetch_more() {
    let (repo, first, _) = two_commits();
    let url = format!("file://{}", repo.root.display());
    git(
        repo.outside(),
        &["clone", "-q", "--depth=1", &url, "shallow"],
    );
    let shallow = repo.outside().join("shallow");
    for asked in ["HEAD~1", &first] {
        let error = resolve(&shallow, asked, None, &Interrupt::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("git fetch --deepen") && error.contains("fetch-depth: 0"),
            "{error}"
        );
    }
}

#[test]
fn a_file_is_read_as_it_was() {
    let repo = Repo::empty();
    repo.write("in/budgets.toml", "version = 1\n");
    repo.write("in/bytes", "");
    std::fs::write(repo.root.join("in/bytes"), [0xff, 0xfe]).unwrap();
    std::os::unix::fs::symlink("budgets.toml", repo.root.join("in/link")).unwrap();
    let large = std::fs::File::create(repo.root.join("in/large")).unwrap();
    large.set_len(LARGEST + 1).unwrap();
    let commit = repo.commit("one");
    repo.write("in/budgets.toml", "version = 2\n");
    repo.write("in/later", "");
    let root = repo.root.join("in");
    let read = |file: &Path| read_at(&root, &commit, file, &Interrupt::default());
    let expected = Some("version = 1\n".to_owned());
    assert_eq!(read(Path::new("budgets.toml")).unwrap(), expected);
    assert_eq!(read(&root.join("budgets.toml")).unwrap(), expected);
    assert_eq!(read(Path::new("later")).unwrap(), None);
    assert_eq!(
        read_at(
            &repo.root,
            &commit,
            Path::new("in/gone/far"),
            &Interrupt::default()
        )
        .unwrap(),
        None
    );
    for (file, problem) in [
        ("bytes", "not UTF-8"),
        ("link", "it is a link"),
        ("large", "at most 4194304 are read"),
    ] {
        let error = read(Path::new(file)).unwrap_err().to_string();
        assert!(error.contains(problem), "{file}: {error}");
    }
    let directory = read_at(&repo.root, &commit, Path::new("in"), &Interrupt::default());
    assert!(directory.unwrap_err().to_string().contains("not a file"));
}
