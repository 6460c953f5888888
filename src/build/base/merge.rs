//! What a base's `Cargo.toml` and `Cargo.lock` need so that the candidate's benches can be built with it. Pure.

use toml::{Table, Value};

/// The manifests that say what the candidate's benches need.
pub(super) struct Candidate<'a> {
    /// Of the package.
    pub(super) package: &'a Table,
    /// Of the workspace; the same where the package is the root.
    pub(super) workspace: &'a Table,
}

/// A merged manifest.
#[derive(Debug, PartialEq)]
pub(super) struct Merged {
    /// The whole text.
    pub(super) text: String,
    /// Dev-dependencies were added or changed: the lock file has to follow.
    pub(super) dependencies: bool,
}

/// The manifest of the base's package with the candidate's bench targets and dev-dependencies; `None` where the base has
/// the same ones.
///
/// Dev-dependencies that only the base has stay. Inherited ones are compared and carried as what they inherit, paths of
/// theirs from `to_workspace` on. A path is carried as it is: it means the base's directory of that name. If `has` says
/// that the base has none there, the dependency is left out, and only the benches that use it do not compile.
pub(super) fn manifest(
    base: &Table,
    base_workspace: &Table,
    candidate: &Candidate<'_>,
    to_workspace: &str,
    has: &dyn Fn(&str) -> bool,
) -> Option<Merged> {
    let mut merged = base.clone();
    take_over(&mut merged, candidate.package, "bench");
    if let Some(Value::Table(package)) = merged.get_mut("package") {
        let empty = Table::new();
        let theirs = candidate.package.get("package").and_then(Value::as_table);
        take_over(package, theirs.unwrap_or(&empty), "autobenches");
    }
    let before = merged.clone();
    let carry = Carry {
        ours: inheritable(base_workspace),
        theirs: inheritable(candidate.workspace),
        to_workspace,
        has,
    };
    carry.dependencies(&mut merged, candidate.package);
    if let Some(targets) = candidate.package.get("target").and_then(Value::as_table) {
        for (condition, theirs) in targets {
            let Some(theirs) = theirs.as_table().filter(|table| dev(table).is_some()) else {
                continue;
            };
            let targets = entry(&mut merged, "target");
            if let Some(ours) = targets.and_then(|targets| entry(targets, condition)) {
                carry.dependencies(ours, theirs);
            }
        }
    }
    (merged != *base).then(|| Merged {
        text: merged.to_string(),
        dependencies: merged != before,
    })
}

/// Sets a key to what it is in another table.
fn take_over(table: &mut Table, other: &Table, key: &str) {
    match other.get(key) {
        Some(value) => {
            table.insert(key.to_owned(), value.clone());
        }
        None => {
            table.remove(key);
        }
    }
}

/// The table at `key`, made where there is none; `None` where there is something else.
fn entry<'a>(table: &'a mut Table, key: &str) -> Option<&'a mut Table> {
    table
        .entry(key)
        .or_insert_with(|| Value::Table(Table::new()))
        .as_table_mut()
}

const SPELLINGS: [&str; 2] = ["dev-dependencies", "dev_dependencies"];

fn dev(table: &Table) -> Option<&Table> {
    SPELLINGS
        .iter()
        .find_map(|name| table.get(*name)?.as_table())
}

fn inheritable(workspace: &Table) -> Option<&Table> {
    workspace
        .get("workspace")?
        .as_table()?
        .get("dependencies")?
        .as_table()
}

struct Carry<'a> {
    ours: Option<&'a Table>,
    theirs: Option<&'a Table>,
    to_workspace: &'a str,
    has: &'a dyn Fn(&str) -> bool,
}

impl Carry<'_> {
    fn dependencies(&self, merged: &mut Table, candidate: &Table) {
        let Some(theirs) = dev(candidate) else {
            return;
        };
        let name = SPELLINGS
            .into_iter()
            .find(|name| merged.contains_key(*name))
            .unwrap_or(SPELLINGS[0]);
        for (dependency, wanted) in theirs {
            let wanted = inline(wanted, dependency, self.theirs, self.to_workspace);
            let had = dev(merged)
                .and_then(|ours| ours.get(dependency))
                .map(|had| inline(had, dependency, self.ours, self.to_workspace));
            let path = wanted.get("path").and_then(Value::as_str);
            if had.as_ref() != Some(&wanted)
                && path.is_none_or(self.has)
                && let Some(ours) = entry(merged, name)
            {
                ours.insert(dependency.clone(), wanted);
            }
        }
    }
}

/// A dependency with what it inherits from the workspace written out, always as a table.
fn inline(dependency: &Value, name: &str, inherited: Option<&Table>, to_workspace: &str) -> Value {
    let own = as_table(dependency);
    if own.get("workspace").and_then(Value::as_bool) != Some(true) {
        return Value::Table(own);
    }
    let Some(from) = inherited.and_then(|table| table.get(name)) else {
        return Value::Table(own);
    };
    let mut whole = as_table(from);
    if let Some(Value::String(path)) = whole.get_mut("path")
        && !path.starts_with('/')
    {
        *path = format!("{to_workspace}{path}");
    }
    for (key, value) in own {
        match (key.as_str(), whole.get_mut(&key), value) {
            ("workspace", ..) => {}
            ("features", Some(Value::Array(features)), Value::Array(more)) => {
                features.extend(more);
            }
            (_, _, value) => {
                whole.insert(key, value);
            }
        }
    }
    Value::Table(whole)
}

fn as_table(dependency: &Value) -> Table {
    match dependency {
        Value::Table(table) => table.clone(),
        version => Table::from_iter([("version".to_owned(), version.clone())]),
    }
}

/// The base's lock file with the packages that only the candidate's has: cargo prefers a version that is locked, so added
/// dependencies get the candidate's versions. What nobody needs cargo drops. `None` where there is nothing to add.
pub(super) fn lock(base: &Table, candidate: &Table) -> Option<String> {
    let key = |package: &Value| {
        let field = |name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
        (field("name"), field("version"), field("source"))
    };
    let packages = |lock: &Table| {
        let packages = lock.get("package").and_then(Value::as_array);
        packages.cloned().unwrap_or_default()
    };
    let mut merged = packages(base);
    let had: Vec<_> = merged.iter().map(key).collect();
    // Without a source it is a package of the workspace, of which the base has its own.
    let added: Vec<Value> = packages(candidate)
        .into_iter()
        .filter(|package| package.get("source").is_some() && !had.contains(&key(package)))
        .collect();
    if added.is_empty() {
        return None;
    }
    merged.extend(added);
    let mut lock = base.clone();
    lock.insert("package".to_owned(), Value::Array(merged));
    Some(lock.to_string())
}

#[cfg(test)]
mod tests;
