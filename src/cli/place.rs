//! Which cargo project a budgets.toml belongs to, and with it where runs are recorded: one answer for all commands.

use super::{CliError, Problem};
use crate::budget::{BenchTarget, Budgets, Source, Suite};
use crate::build::{self, BuildError, Programs, Project};
use crate::measurement::Toolchain;
use crate::workload::scenario::Target;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the newest run is kept inside the target directory.
const RUN_FILE: &str = "tollgate/run.json";

/// In the arguments of a command: cargo's target directory.
pub(crate) const TARGET_DIR: &str = "{target-dir}";

/// Where a budgets.toml stands.
#[derive(Debug)]
pub(crate) struct Place {
    /// The cargo project around it; a project of commands alone need not be one.
    pub(crate) project: Option<Project>,
    /// Cargo's, with all that may move it; else `target` beside budgets.toml.
    pub(crate) target_directory: PathBuf,
}

impl Place {
    /// Looks around `root`, the directory of budgets.toml.
    ///
    /// # Errors
    /// There is a Cargo.toml in it or above, and cargo cannot read it.
    pub(crate) fn of(root: &Path) -> Result<Self, BuildError> {
        let has_manifest = root
            .ancestors()
            .any(|directory| directory.join("Cargo.toml").is_file());
        let project = if has_manifest {
            Some(Project::load(root)?)
        } else {
            None
        };
        let target_directory = project.as_ref().map_or_else(
            || root.join("target"),
            |project| project.target_directory.clone(),
        );
        Ok(Self {
            project,
            target_directory,
        })
    }

    /// Where `check` records when it is not told otherwise.
    pub(crate) fn run_file(&self) -> PathBuf {
        self.target_directory.join(RUN_FILE)
    }

    /// What builds the benches. It is part of the machine class, so it follows from all suites and not from those that
    /// `--only` chooses.
    ///
    /// # Errors
    /// rustc does not answer.
    pub(crate) fn toolchain(&self, budgets: &Budgets) -> Result<Toolchain, BuildError> {
        match &self.project {
            Some(project) if budgets.suites.iter().any(needs_cargo) => {
                build::toolchain(project, &features(&budgets.suites))
            }
            _ => Ok(Toolchain::default()),
        }
    }
}

/// The bench target of a suite, if it has one.
pub(crate) fn target(suite: &Suite) -> Option<&BenchTarget> {
    match &suite.source {
        Source::Criterion(target) | Source::Divan(target) => Some(target),
        Source::Command(_) | Source::Workload(_) | Source::System => None,
    }
}

/// Whether a suite measures what cargo builds.
pub(crate) fn needs_cargo(suite: &Suite) -> bool {
    match &suite.source {
        Source::Command(source) => source.argv.iter().any(|text| text.contains(TARGET_DIR)),
        Source::Criterion(_) | Source::Divan(_) => true,
        Source::Workload(workload) => match &workload.target {
            Target::Start(process) => process.argv.iter().any(|text| text.contains(TARGET_DIR)),
            Target::Running { .. } | Target::InProcess => false,
        },
        Source::System => false,
    }
}

/// What suites start from cargo's target directory that is no bench target.
pub(crate) fn programs<'s>(suites: impl IntoIterator<Item = &'s Suite>) -> Programs {
    let mut programs = Programs::default();
    for suite in suites {
        let argv = match &suite.source {
            Source::Command(source) => &source.argv,
            Source::Workload(workload) => match &workload.target {
                Target::Start(process) => &process.argv,
                Target::Running { .. } | Target::InProcess => continue,
            },
            Source::Criterion(_) | Source::Divan(_) | Source::System => continue,
        };
        add_programs(&mut programs, argv);
    }
    programs
}

/// What cargo builds of the command line of one process.
#[cfg(feature = "workload")]
pub(crate) fn programs_of(argv: &[String]) -> Programs {
    let mut programs = Programs::default();
    add_programs(&mut programs, argv);
    programs
}

fn add_programs(programs: &mut Programs, argv: &[String]) {
    for text in argv.iter().filter(|text| text.contains(TARGET_DIR)) {
        match example(text) {
            Some(name) if programs.examples.contains(&name) => {}
            Some(name) => programs.examples.push(name),
            None => programs.binaries = true,
        }
    }
}

/// The name in `{target-dir}/release/examples/name`; one that cargo would take for an option is none.
fn example(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(TARGET_DIR)?;
    let rest = rest.strip_prefix("/release/examples/")?;
    let is_one = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let name = &rest[..rest.find(|c| !is_one(c)).unwrap_or(rest.len())];
    (!name.is_empty() && !name.starts_with('-')).then(|| name.to_owned())
}

fn features(suites: &[Suite]) -> Vec<String> {
    suites
        .iter()
        .filter_map(target)
        .flat_map(|target| target.features.iter().cloned())
        .collect()
}

/// Where the run before the one in `run_file` is.
pub(crate) fn previous(run_file: &Path) -> PathBuf {
    run_file.with_extension("previous.json")
}

/// Puts the run that was set aside back, where a check had nothing to measure. Without one there is nothing to do.
///
/// # Errors
/// The file cannot be renamed.
pub(crate) fn put_back(run_file: &Path) -> Result<(), CliError> {
    match std::fs::rename(previous(run_file), run_file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Puts the recorded run aside, so that a check that fails leaves none that could be taken for its own.
///
/// # Errors
/// The file cannot be renamed, or is no regular file: the new run could not be written in its place either.
pub(crate) fn set_aside(run_file: &Path) -> Result<(), CliError> {
    let problem = match std::fs::metadata(run_file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => error.to_string(),
        Ok(metadata) if !metadata.is_file() => "it is not a regular file".to_owned(),
        Ok(_) => match std::fs::rename(run_file, previous(run_file)) {
            Ok(()) => return Ok(()),
            // Another check with the same target directory was faster.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => error.to_string(),
        },
    };
    let path = run_file.display();
    Err(Problem(format!(
        "the run cannot be recorded in {path}: {problem}; choose another file with `--run`"
    ))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_set_aside_once_and_replaces_the_one_before() {
        let directory = tempfile::tempdir().unwrap();
        let run = directory.path().join("run.json");
        set_aside(&run).unwrap();
        assert!(!previous(&run).exists());
        for text in ["one", "two"] {
            std::fs::write(&run, text).unwrap();
            set_aside(&run).unwrap();
            assert!(!run.exists());
            assert_eq!(std::fs::read_to_string(previous(&run)).unwrap(), text);
        }
        set_aside(&run).unwrap();
        assert!(directory.path().join("run.previous.json").exists());
    }

    #[test]
    fn what_is_no_file_is_refused_before_anything_is_measured() {
        let directory = tempfile::tempdir().unwrap();
        let error = set_aside(directory.path()).unwrap_err();
        let text = error.render(crate::diagnostic::Style::Plain);
        assert!(text.contains("not a regular file"), "{text}");
        assert!(text.contains("--run"), "{text}");
    }

    #[test]
    fn examples_and_binaries_are_told_apart_by_their_path() {
        let started = |path: &str| {
            let text = format!(
                "version = 1\n[[suite]]\nname = \"a\"\ntool = \"command\"\ncommand = [\"{path}\"]\n\
                 [[workload]]\nname = \"b\"\npreset = \"smoke\"\nendpoint = [{{ name = \"c\", path = \"/\" }}]\n\
                 target = {{ command = [\"{path}\", \"{{port}}\"], ready = \"http://h:{{port}}\" }}\n"
            );
            programs(&Budgets::parse("budgets.toml", &text).unwrap().suites)
        };
        let examples = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            started("{target-dir}/release/examples/api-server"),
            Programs {
                binaries: false,
                examples: examples(&["api-server"])
            }
        );
        for binary in [
            "{target-dir}/release/tool",
            "{target-dir}/release/examples/--x",
        ] {
            let all = Programs {
                binaries: true,
                examples: vec![],
            };
            assert_eq!(started(binary), all, "{binary}");
        }
        assert!(started("target/release/examples/x").is_empty());
    }

    #[test]
    fn features_are_those_of_all_suites() {
        let budgets = Budgets::parse(
            "budgets.toml",
            "version = 1\n\
             [[suite]]\nname = \"a\"\ntool = \"criterion\"\nbench = \"a\"\nfeatures = [\"x\"]\n\
             [[suite]]\nname = \"b\"\ntool = \"divan\"\nbench = \"b\"\nfeatures = [\"y\"]\n\
             [[suite]]\nname = \"c\"\ntool = \"command\"\ncommand = [\"true\"]\n",
        )
        .unwrap();
        assert_eq!(features(&budgets.suites), ["x", "y"]);
        let cargo: Vec<bool> = budgets.suites.iter().map(needs_cargo).collect();
        assert_eq!(cargo, [true, true, false]);
        let nowhere = tempfile::tempdir().unwrap();
        let place = Place::of(nowhere.path()).unwrap();
        assert_eq!(
            place.run_file(),
            nowhere.path().join("target/tollgate/run.json")
        );
        assert_eq!(place.toolchain(&budgets).unwrap(), Toolchain::default());
    }
}
