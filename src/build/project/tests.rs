use super::*;

const MANIFEST: &str = r#"
    [package]
    name = "tollgate"
    [lib]
    bench = false
    [[bench]]
    name = "collect"
    harness = false
    bench = false
"#;

fn bench(name: &str) -> Bench {
    Bench {
        name: name.to_owned(),
        source: PathBuf::from(format!("benches/{name}.rs")),
        harness: false,
        runs_by_default: true,
        required_features: Vec::new(),
    }
}

fn package(name: &str, benches: &[&str]) -> Package {
    Package {
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        directory: PathBuf::from("/p").join(name),
        manifest: PathBuf::from("/p").join(name).join("Cargo.toml"),
        benches: benches.iter().copied().map(bench).collect(),
        tools: Vec::new(),
        lib_bench: None,
        bin_benches: Vec::new(),
        environment: Vec::new(),
    }
}

fn workspace() -> Project {
    Project {
        root: "/p".into(),
        target_directory: "/p/target".into(),
        packages: vec![
            package("core", &["parse", "render"]),
            package("web", &["parse"]),
        ],
    }
}

fn wanted(bench: &str, package: Option<&str>) -> BenchTarget {
    BenchTarget {
        bench: bench.to_owned(),
        package: package.map(str::to_owned),
        features: Vec::new(),
        measure: std::time::Duration::from_millis(200),
        warm_up: std::time::Duration::from_millis(50),
    }
}

fn refusal(bench: &str, package: Option<&str>) -> String {
    workspace()
        .find_bench(&wanted(bench, package))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_unique_name_is_found_without_its_package() {
    let workspace = workspace();
    let (package, bench) = workspace.find_bench(&wanted("render", None)).unwrap();
    assert_eq!(
        (package.name.as_str(), bench.name.as_str()),
        ("core", "render")
    );
    let (package, _) = workspace.find_bench(&wanted("parse", Some("web"))).unwrap();
    assert_eq!(package.name, "web");
}

#[test]
fn a_misspelt_name_gets_a_suggestion_and_the_list() {
    assert_eq!(
        refusal("rendr", None),
        "no bench target `rendr`, did you mean `render`?; the workspace has the bench targets core/parse, core/render, web/parse"
    );
    assert_eq!(
        refusal("zzz", Some("web")),
        "no bench target `zzz` in package `web`; the workspace has the bench targets core/parse, core/render, web/parse"
    );
    assert_eq!(
        refusal("parse", Some("wed")),
        "no package `wed` in the workspace, did you mean `web`?; the workspace has the packages core, web"
    );
}

#[test]
fn a_name_in_two_packages_asks_for_the_package() {
    assert_eq!(
        refusal("parse", None),
        "bench target `parse` exists in the packages core, web; add `package = \"..\"` to the suite"
    );
}

#[test]
fn a_workspace_without_benches_says_so() {
    let empty = Project {
        packages: Vec::new(),
        ..workspace()
    };
    let error = empty.find_bench(&wanted("a", None)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no bench target `a`; the workspace has no bench targets"
    );
}

#[test]
fn this_project_is_described() {
    let project = Project::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (package, collect) = project
        .find_bench(&wanted("collect", Some("tollgate")))
        .unwrap();
    assert!(!collect.harness);
    assert!(!collect.runs_by_default);
    assert_eq!(package.lib_bench, Some(false));
    assert_eq!(package.bin_benches, Vec::<String>::new());
    assert!(package.tools.iter().any(|known| known.tool == "criterion"));
    assert!(
        package
            .environment
            .contains(&("CARGO_PKG_NAME".into(), "tollgate".into()))
    );
    let criterion = super::super::locked_version(&project, package, "criterion").unwrap();
    assert!(criterion.unwrap().starts_with("0."));
    assert_eq!(
        super::super::locked_version(&project, package, "gungraun").unwrap(),
        None
    );
}

#[test]
fn a_directory_without_a_manifest_is_named() {
    let nowhere = tempfile::tempdir().unwrap();
    let error = Project::load(nowhere.path()).unwrap_err();
    let path = nowhere.path().display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
}

#[test]
fn an_unreadable_manifest_is_named() {
    let metadata = serde_json::json!({
        "packages": [{
            "name": "a", "version": "1.0.0", "id": "a", "dependencies": [], "targets": [],
            "features": {}, "manifest_path": "/p/Cargo.toml",
        }],
        "workspace_members": ["a"], "workspace_root": "/p", "target_directory": "/t", "version": 1,
    });
    let metadata: Metadata = serde_json::from_value(metadata).unwrap();
    let error = Project::from_metadata(&metadata, |_| Ok("[[bench]".to_owned())).unwrap_err();
    assert!(error.to_string().starts_with("/p/Cargo.toml: "), "{error}");
    let project = Project::from_metadata(&metadata, |_| Ok(MANIFEST.to_owned())).unwrap();
    assert_eq!(project.packages[0].directory, Path::new("/p"));
    assert_eq!(project.packages[0].lib_bench, None);
}
