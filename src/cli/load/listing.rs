//! The workloads of a budgets.toml: one line each, and the one that was asked for.

use crate::budget::Source;
use crate::cli::config::Config;
use crate::cli::{CliError, Problem};
use crate::report::safe_name;
use crate::units::{Unit, format_duration, format_value};
use crate::workload::Model;
use crate::workload::scenario::{Target, Workload};
use std::sync::Arc;

/// What to add where there is none.
const FIRST: &str = r#"
[[workload]]
name = "api"
target = { url = "http://127.0.0.1:8080" }   # or { command = [..], ready = .. }: docs/workloads.md
users = 10
delay = "100 ms"
duration = "30 s"
[[workload.endpoint]]
name = "home"
path = "/"

[[budget]]
bench = "api/all"
metric = "p95"
max = "200 ms""#;

fn workloads(config: &Config) -> Vec<&Arc<Workload>> {
    (config.budgets.suites.iter())
        .filter_map(|suite| match &suite.source {
            Source::Workload(workload) => Some(workload),
            _ => None,
        })
        .collect()
}

/// A line for each.
pub(super) fn all(config: &Config) -> Result<String, CliError> {
    let workloads = workloads(config);
    if workloads.is_empty() {
        return Err(none(config));
    }
    Ok(lines(workloads.iter().map(AsRef::as_ref)))
}

fn none(config: &Config) -> CliError {
    Problem(format!(
        "{} has no [[workload]]; add for example\n{FIRST}",
        config.file
    ))
    .into()
}

/// The workload of this name.
pub(super) fn find(config: &Config, name: &str) -> Result<Arc<Workload>, CliError> {
    let workloads = workloads(config);
    if let Some(found) = workloads.iter().find(|workload| workload.name == name) {
        return Ok(Arc::clone(found));
    }
    if workloads.is_empty() {
        return Err(none(config));
    }
    let names: Vec<&str> = workloads.iter().map(|workload| &*workload.name).collect();
    Err(Problem(unknown(&config.file, name, &names)).into())
}

fn unknown(file: &str, name: &str, names: &[&str]) -> String {
    let nearest = (names.iter())
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map_or_else(String::new, |(_, nearest)| {
            format!(" (did you mean `{nearest}`?)")
        });
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "{file} has no workload `{name}`{nearest}; it has {}",
        list.join(", ")
    )
}

fn lines<'a>(workloads: impl Iterator<Item = &'a Workload>) -> String {
    let rows: Vec<[String; 4]> = workloads
        .map(|workload| {
            [
                safe_name(&workload.name),
                model(&workload.model),
                format_duration(workload.duration()),
                safe_name(&target(&workload.target)),
            ]
        })
        .collect();
    let width = |at: usize| {
        rows.iter()
            .map(|row| row[at].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [name, model, duration, target] in &rows {
        let line = format!(
            "{name:<0$}  {model:<1$}  {duration:<2$}  {target}",
            widths[0], widths[1], widths[2]
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The model and its highest level; the report of a run says all of it.
fn model(model: &Model) -> String {
    let up_to = |stages: usize| if stages > 1 { "up to " } else { "" };
    match model {
        Model::Closed(closed) => {
            let users = closed.stages.iter().map(|stage| stage.users);
            let most = users.max().unwrap_or(0).max(closed.start);
            format!(
                "closed: {}{most} user{}",
                up_to(closed.stages.len()),
                if most == 1 { "" } else { "s" }
            )
        }
        Model::Open(open) => {
            let most = (open.stages.iter())
                .map(|stage| stage.rate)
                .fold(open.start, f64::max);
            format!(
                "open: {}{}",
                up_to(open.stages.len()),
                format_value(most, &Unit::PerSecond)
            )
        }
    }
}

fn target(target: &Target) -> String {
    match target {
        Target::Start(process) => process.argv.join(" "),
        Target::Running { origin } => origin.clone(),
        Target::InProcess => "in process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::samples;

    #[test]
    fn a_workload_is_a_line() {
        let mut running = samples::closed();
        "bulk\n".clone_into(&mut running.name);
        running.target = Target::Running {
            origin: "http://127.0.0.1:8080".to_owned(),
        };
        let all = [samples::workload(), running];
        assert_eq!(
            lines(all.iter()),
            "api     open: 200/s       30 s  {target-dir}/release/server\n\
             bulk\\n  closed: 50 users  30 s  http://127.0.0.1:8080\n"
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_that_are_there() {
        let names = ["api", "login-storm"];
        assert_eq!(
            unknown("budgets.toml", "login-strom", &names),
            "budgets.toml has no workload `login-strom` (did you mean `login-storm`?); it has `api`, `login-storm`"
        );
        assert_eq!(
            unknown("budgets.toml", "zzz", &names),
            "budgets.toml has no workload `zzz`; it has `api`, `login-storm`"
        );
    }
}
