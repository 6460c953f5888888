use super::*;

fn parsed(text: &str) -> Table {
    toml::from_str(text).unwrap()
}

fn merged(base: &str, candidate: &str) -> Option<Merged> {
    let (base, candidate) = (parsed(base), parsed(candidate));
    let of = Candidate {
        package: &candidate,
        workspace: &candidate,
    };
    manifest(&base, &base, &of, "", &|path| path != "../gone")
}

#[test]
fn equal_needs_leave_the_manifest_alone() {
    let text = "[package]\nname = \"a\"\n[[bench]]\nname = \"b\"\n[dev-dependencies]\ncriterion = \"0.8\"\n";
    assert_eq!(merged(text, text), None);
    let other = text.replace(
        "[dev-",
        "[dependencies]\nserde = \"1\"\n[features]\nx = []\n[dev-",
    );
    assert_eq!(merged(text, &other), None);
    // A version alone and a table of it say the same.
    let table = text.replace("\"0.8\"", "{ version = \"0.8\" }");
    assert_eq!(merged(text, &table), None);
    assert_eq!(merged("", ""), None);
}

#[test]
fn bench_targets_are_the_candidates() {
    let base = "[package]\nname = \"a\"\nautobenches = true\n[[bench]]\nname = \"gone\"\n[profile.bench]\nlto = true\n";
    let candidate = "[package]\nname = \"a\"\nversion = \"2.0.0\"\nautobenches = false\n[[bench]]\nname = \"new\"\nharness = false\n";
    let made = merged(base, candidate).unwrap();
    assert!(!made.dependencies);
    insta::assert_snapshot!(made.text, @r#"
    [package]
    name = "a"
    autobenches = false

    [[bench]]
    name = "new"
    harness = false

    [profile.bench]
    lto = true
    "#);
    let none = merged(base, "[package]\nname = \"a\"\n").unwrap();
    assert!(!none.text.contains("gone") && !none.text.contains("autobenches"));
}

#[test]
fn dev_dependencies_are_added_and_changed_and_none_is_taken_away() {
    let base = "[dev-dependencies]\nold = \"1\"\nsame = \"1\"\nother = \"1\"\n";
    let candidate = "[dev-dependencies]\nsame = \"1\"\nother = { version = \"2\", features = [\"x\"] }\nnew = { path = \"../new\" }\ngone = { path = \"../gone\" }\n[target.'cfg(unix)'.dev-dependencies]\nnix = \"1\"\n";
    let made = merged(base, candidate).unwrap();
    assert!(made.dependencies);
    insta::assert_snapshot!(made.text, @r#"
    [dev-dependencies]
    old = "1"
    same = "1"

    [dev-dependencies.other]
    version = "2"
    features = ["x"]

    [dev-dependencies.new]
    path = "../new"

    [target."cfg(unix)".dev-dependencies.nix]
    version = "1"
    "#);
}

#[test]
fn inherited_dependencies_are_carried_as_what_they_inherit() {
    let workspace = |version: &str| {
        parsed(&format!(
            "[workspace.dependencies]\ncriterion = {{ version = \"{version}\", features = [\"a\"] }}\nlocal = {{ path = \"crates/local\" }}\nrooted = {{ path = \"/rooted\" }}\n"
        ))
    };
    let package = parsed(
        "[dev-dependencies]\ncriterion = { workspace = true, features = [\"b\"] }\nlocal.workspace = true\nrooted.workspace = true\nunknown.workspace = true\n",
    );
    let (old, new) = (workspace("0.5"), workspace("0.8"));
    let merge = |base: &Table, base_workspace: &Table| {
        let candidate = Candidate {
            package: &package,
            workspace: &new,
        };
        manifest(base, base_workspace, &candidate, "../../", &|_| true)
    };
    assert_eq!(merge(&package, &new), None);
    let changed = merge(&package, &old).unwrap();
    assert!(changed.dependencies);
    insta::assert_snapshot!(changed.text, @r#"
    [dev-dependencies.criterion]
    version = "0.8"
    features = ["a", "b"]

    [dev-dependencies.local]
    workspace = true

    [dev-dependencies.rooted]
    workspace = true

    [dev-dependencies.unknown]
    workspace = true
    "#);
    let added = merge(&Table::new(), &Table::new()).unwrap();
    insta::assert_snapshot!(added.text, @r#"
    [dev-dependencies.criterion]
    version = "0.8"
    features = ["a", "b"]

    [dev-dependencies.local]
    path = "../../crates/local"

    [dev-dependencies.rooted]
    path = "/rooted"

    [dev-dependencies.unknown]
    workspace = true
    "#);
}

#[test]
fn manifests_of_another_shape_are_left_to_cargo() {
    for odd in [
        "dev-dependencies = 3\n",
        "target = 3\n",
        "bench = 3\n",
        "package = 3\n",
        "workspace = 3\n",
        "[workspace]\ndependencies = 3\n[dev-dependencies]\na.workspace = true\n",
        "[target.x]\ndev-dependencies = 3\n",
    ] {
        let whole = "[package]\nname = \"a\"\n[dev-dependencies]\na = \"1\"\n[target.x.dev-dependencies]\na = \"1\"\n";
        for (base, candidate) in [(odd, whole), (whole, odd), (odd, odd)] {
            if let Some(made) = merged(base, candidate) {
                assert!(toml::from_str::<Table>(&made.text).is_ok());
            }
        }
    }
}

const LOCK: &str = r#"
version = 4
[[package]]
name = "mine"
version = "0.1.0"
[[package]]
name = "serde"
version = "1.0.1"
source = "registry"
"#;

#[test]
fn a_lock_file_gets_what_only_the_candidates_has() {
    let candidate = parsed(
        r#"
        version = 4
        [[package]]
        name = "mine"
        version = "0.2.0"
        [[package]]
        name = "serde"
        version = "1.0.2"
        source = "registry"
        [[package]]
        name = "criterion"
        version = "0.8.2"
        source = "registry"
        dependencies = ["serde"]
        "#,
    );
    let merged = parsed(&lock(&parsed(LOCK), &candidate).unwrap());
    let packages: Vec<(String, String)> = merged["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let field = |name: &str| package[name].as_str().unwrap().to_owned();
            (field("name"), field("version"))
        })
        .collect();
    let expected = [
        ("mine", "0.1.0"),
        ("serde", "1.0.1"),
        ("serde", "1.0.2"),
        ("criterion", "0.8.2"),
    ];
    assert_eq!(
        packages,
        expected.map(|(name, version)| (name.to_owned(), version.to_owned()))
    );
    assert_eq!(lock(&parsed(LOCK), &parsed(LOCK)), None);
    assert_eq!(lock(&parsed(LOCK), &Table::new()), None);
    assert_eq!(lock(&parsed("package = 3"), &parsed("package = 3")), None);
}
