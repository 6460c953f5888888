//! What makes other code of the same sources on the two sides.

use super::super::{BuildError, Project, toolchain};
use super::checkout::Checkout;
use super::context::outside;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Value;

/// What differs between the two sides besides the sources: settings that change generated code. For the report, since such
/// a difference may be the change that is measured, or not.
///
/// # Errors
/// A manifest or configuration cannot be read.
pub fn differences(candidate: &Project, checkout: &Checkout) -> Result<Vec<String>, BuildError> {
    let Some(root) = checkout.counterpart(&candidate.root) else {
        return Err(outside(candidate, checkout));
    };
    let mut of_base = toolchain::settings(&root)?;
    let above = toolchain::configurations_above(&checkout.repository.toplevel);
    for file in &above {
        if let Some(table) = toolchain::table(file)? {
            of_base.extend(toolchain::of_configuration(&table));
        }
    }
    for file in above.iter().chain(&toolchain::configuration_files(&root)) {
        of_base.extend(tools(file)?);
    }
    let mut of_candidate = toolchain::settings(&candidate.root)?;
    for file in toolchain::configuration_files(&candidate.root) {
        of_candidate.extend(tools(&file)?);
    }
    let mut found: Vec<String> = named(&of_base, &of_candidate)
        .into_iter()
        .map(|(name, [base, candidate])| {
            format!("`{name}` is {base} in the base and {candidate} in the candidate")
        })
        .collect();
    for name in ["rust-toolchain.toml", "rust-toolchain"] {
        let text = |directory: &Path| std::fs::read(directory.join(name)).ok();
        if let Some(of_base) = text(&root)
            && Some(&of_base) != text(&candidate.root).as_ref()
        {
            found.push(format!(
                "the base's `{name}` is another one; both sides are built with the candidate's toolchain"
            ));
        }
    }
    Ok(found)
}

/// What a configuration file says of compiler, linker and target.
fn tools(file: &Path) -> Result<Vec<(String, String)>, BuildError> {
    const OF_BUILD: [&str; 4] = [
        "rustc",
        "rustc-wrapper",
        "rustc-workspace-wrapper",
        "target",
    ];
    let Some(table) = toolchain::table(file)? else {
        return Ok(Vec::new());
    };
    let part = |name: &str| table.get(name).and_then(Value::as_table);
    let of_build = part("build").into_iter().flat_map(|build| {
        let set = OF_BUILD
            .iter()
            .filter_map(|name| Some((name, build.get(*name)?)));
        set.map(|(name, value)| (format!("build.{name}"), toolchain::canonical(value)))
    });
    let linkers = part("target")
        .into_iter()
        .flatten()
        .filter_map(|(name, target)| {
            let linker = toolchain::canonical(target.get("linker")?);
            Some((format!("target.{name}.linker"), linker))
        });
    Ok(of_build.chain(linkers).collect())
}

/// Names whose values are not the same on both sides.
fn named(
    base: &[(String, String)],
    candidate: &[(String, String)],
) -> BTreeMap<String, [String; 2]> {
    let of = |settings: &[(String, String)], name: &str| {
        let mut values: Vec<&str> = settings
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect();
        // A file that is found on two ways counts once.
        values.sort_unstable();
        values.dedup();
        match values[..] {
            [] => "not set".to_owned(),
            _ => values.join(" and "),
        }
    };
    base.iter()
        .chain(candidate)
        .map(|(name, _)| (name.clone(), [of(base, name), of(candidate, name)]))
        .filter(|(_, [base, candidate])| base != candidate)
        .collect()
}
