//! What makes other code of the same sources on the two sides.

use super::super::{BuildError, Project, toolchain};
use super::checkout::Checkout;
use super::context::outside;
use std::collections::BTreeMap;
use std::path::Path;

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
    for file in toolchain::configurations_above(&checkout.repository.toplevel) {
        of_base.extend(toolchain::of_configuration_file(&file)?);
    }
    let of_candidate = toolchain::settings(&candidate.root)?;
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
