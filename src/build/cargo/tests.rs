use super::*;
use std::time::Duration;
use tempfile::TempDir;

#[test]
fn one_call_names_the_package_its_benches_and_features() {
    let features = ["a".to_owned(), "b".to_owned()];
    let group = Group {
        package: "core",
        features: &features,
        benches: vec!["x", "y"],
    };
    assert_eq!(
        group.arguments(RENDERED).join(" "),
        "bench --no-run --message-format=json-render-diagnostics --package core --bench x --bench y --features a,b"
    );
}

#[test]
fn only_libraries_of_the_build_are_looked_for() {
    let mut libraries = Libraries {
        target_directory: "/t".into(),
        paths: vec!["/t/release".into()],
    };
    libraries.add(["native=/t/release/build/z/out", "/usr/lib", "/t/release"].into_iter());
    assert_eq!(
        libraries.paths,
        [
            PathBuf::from("/t/release/build/z/out"),
            PathBuf::from("/t/release")
        ]
    );
}

/// A project with the bench targets `good`, `broken` and `featured`, none of which needs a dependency.
fn project() -> (TempDir, Project) {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        r#"
        [package]
        name = "tried"
        version = "1.2.3"
        edition = "2021"
        [workspace]
        [features]
        extra = []
        [[bench]]
        name = "good"
        harness = false
        [[bench]]
        name = "broken"
        [[bench]]
        name = "featured"
        harness = false
        required-features = ["extra"]
        [profile.bench]
        opt-level = 0
        "#,
    );
    write("src/lib.rs", "");
    write("benches/good.rs", "fn main() {}");
    write("benches/broken.rs", "this is no Rust");
    write("benches/featured.rs", "fn main() {}");
    let project = Project::load(directory.path()).unwrap();
    (directory, project)
}

fn target(bench: &str, features: &[&str]) -> BenchTarget {
    BenchTarget {
        bench: bench.to_owned(),
        package: None,
        features: features.iter().map(|&name| name.to_owned()).collect(),
        measure: Duration::from_millis(200),
        warm_up: Duration::from_millis(50),
    }
}

#[test]
fn executables_come_in_the_order_asked_for() {
    let (directory, project) = project();
    let wanted = [target("featured", &["extra"]), target("good", &[])];
    let built = build(&project, &wanted, &Interrupt::default()).unwrap();
    assert_eq!(built.len(), 2);
    for (built, wanted) in built.iter().zip(&wanted) {
        assert_eq!(built.target, *wanted);
        assert!(built.executable.is_file());
        assert!(!built.harness);
        assert_eq!(
            built.directory.canonicalize().unwrap(),
            directory.path().canonicalize().unwrap()
        );
        let version = ("CARGO_PKG_VERSION".into(), "1.2.3".into());
        assert!(built.environment.contains(&version));
    }
    assert_ne!(built[0].executable, built[1].executable);
}

#[test]
fn a_build_that_fails_gives_cargos_exit_status() {
    let (_directory, project) = project();
    let error = build(&project, &[target("broken", &[])], &Interrupt::default()).unwrap_err();
    let BuildError::Failed {
        status, command, ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(status.code(), Some(101));
    assert!(command.contains("--bench broken"), "{command}");
}

#[test]
fn an_interrupted_build_says_so() {
    let (_directory, project) = project();
    let interrupt = Interrupt::default();
    interrupt
        .flag()
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let error = build(&project, &[target("good", &[])], &interrupt).unwrap_err();
    assert!(matches!(error, BuildError::Interrupted), "{error}");
}
