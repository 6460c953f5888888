//! Which version of a benchmark library a package is built with: `Cargo.lock`.

use super::project::{Dependency, Package, Project};
use super::{BuildError, read};
use cargo_metadata::semver::Version;
use serde::Deserialize;

/// The version of `tool` (`criterion`, `divan`) that `package` is built with; `None` where the package does
/// not depend on it or there is no lock file yet.
///
/// # Errors
/// `Cargo.lock` cannot be read or is none.
pub fn locked_version(
    project: &Project,
    package: &Package,
    tool: &str,
) -> Result<Option<String>, BuildError> {
    let Some(dependency) = package.tools.iter().find(|known| known.tool == tool) else {
        return Ok(None);
    };
    let path = project.root.join("Cargo.lock");
    if !path.exists() {
        return Ok(None);
    }
    in_lock(&read(&path)?, dependency).map_err(|problem| BuildError::Toml { path, problem })
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
}

/// The newest locked version that the requirement admits. A workspace may lock several; cargo takes the
/// newest compatible one for each requirement.
fn in_lock(text: &str, dependency: &Dependency) -> Result<Option<String>, String> {
    let lock: Lock = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    Ok(lock
        .package
        .iter()
        .filter(|locked| locked.name == dependency.package)
        .filter_map(|locked| Version::parse(&locked.version).ok())
        .filter(|version| dependency.requirement.matches(version))
        .max()
        .map(|version| version.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(requirement: &str) -> Dependency {
        Dependency {
            tool: "criterion".to_owned(),
            package: "criterion".to_owned(),
            requirement: requirement.parse().unwrap(),
        }
    }

    const LOCK: &str = r#"
        version = 4
        [[package]]
        name = "criterion"
        version = "0.5.1"
        [[package]]
        name = "criterion"
        version = "0.8.2"
        [[package]]
        name = "criterion-plot"
        version = "0.9.0"
    "#;

    #[test]
    fn the_version_that_the_requirement_admits_is_taken() {
        assert_eq!(
            in_lock(LOCK, &dependency("0.5")).unwrap().as_deref(),
            Some("0.5.1")
        );
        assert_eq!(
            in_lock(LOCK, &dependency(">=0.5, <0.9"))
                .unwrap()
                .as_deref(),
            Some("0.8.2")
        );
        assert_eq!(in_lock(LOCK, &dependency("0.7")).unwrap(), None);
        assert_eq!(in_lock("", &dependency("0.7")).unwrap(), None);
    }

    #[test]
    fn a_broken_lock_file_is_an_error() {
        assert!(in_lock("[[package]]\nname = \"criterion\"", &dependency("0.5")).is_err());
    }
}
