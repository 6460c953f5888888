//! A server's side of a repository, checkouts as actions/checkout makes them, and the events that GitHub would send.

use crate::project::{Answer, Project};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// One benchmark, judged by what an event chooses.
pub(super) const BUDGETS: &str = "version = 1\n\n[[suite]]\nname = \"work\"\ntool = \"command\"\n\
command = [\"sh\", \"work.sh\"]\nwarm-up = 0\n\n[[budget]]\nbench = \"work/run\"\nslower = \"50%\"\n";

/// The repository on the server; the branch `main` holds budgets.toml and the work.
pub(super) struct Hub {
    upstream: TempDir,
    /// Caches, events and the files of the runner.
    aside: TempDir,
}

/// The commits of a pull request.
pub(super) struct Pull {
    pub(super) head: String,
    /// The branch that it is merged into, when the merge was made.
    pub(super) base: String,
    pub(super) merge: String,
}

/// What a job leaves.
pub(super) struct Told {
    pub(super) answer: Answer,
    pub(super) summary: String,
    pub(super) outputs: String,
}

pub(super) fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com"])
        .args(["-c", "advice.detachedHead=false"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Hub {
    pub(super) fn new() -> Self {
        Self::with(BUDGETS)
    }

    pub(super) fn with(budgets: &str) -> Self {
        let hub = Self {
            upstream: tempfile::tempdir().unwrap(),
            aside: tempfile::tempdir().unwrap(),
        };
        hub.git(&["init", "-q", "-b", "main"]);
        // As GitHub: any commit that something points to can be fetched by its id.
        hub.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        std::fs::write(hub.upstream.path().join(".gitignore"), "/target\n").unwrap();
        std::fs::write(hub.upstream.path().join("budgets.toml"), budgets).unwrap();
        hub.commit(
            "work.sh",
            "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done\n",
        );
        hub
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(self.upstream.path(), arguments)
    }

    /// A commit on top of what is checked out at the server.
    pub(super) fn commit(&self, file: &str, text: &str) -> String {
        std::fs::write(self.upstream.path().join(file), text).unwrap();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", &format!("Write {file}")]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A commit on main.
    pub(super) fn commit_on_main(&self, file: &str) -> String {
        self.git(&["checkout", "-q", "main"]);
        self.commit(file, "x\n")
    }

    /// A branch with a commit, left from main.
    pub(super) fn branch(&self, name: &str) -> String {
        self.git(&["checkout", "-q", "-b", name, "main"]);
        self.commit(name, "x\n")
    }

    /// What GitHub does for a pull request: the head onto what main is now.
    pub(super) fn merge(&self, head: &str) -> Pull {
        self.git(&["checkout", "-q", "--detach", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", "Merge", head]);
        let pull = Pull {
            head: head.to_owned(),
            base: self.git(&["rev-parse", "main"]),
            merge: self.git(&["rev-parse", "HEAD"]),
        };
        self.git(&["update-ref", "refs/pull/2/merge", &pull.merge]);
        self.git(&["update-ref", "refs/pull/2/head", head]);
        self.git(&["checkout", "-q", "main"]);
        pull
    }

    /// As actions/checkout does it: `depth` 0 fetches all branches with their history.
    pub(super) fn checkout(&self, commit: &str, depth: u32) -> Project {
        let project = Project::new();
        let at = |arguments: &[&str]| git(project.path(), arguments);
        at(&["init", "-q"]);
        let address = format!("file://{}", self.upstream.path().display());
        at(&["remote", "add", "origin", &address]);
        if depth == 0 {
            at(&[
                "fetch",
                "-q",
                "origin",
                "+refs/heads/*:refs/remotes/origin/*",
                commit,
            ]);
        } else {
            at(&[
                "fetch",
                "-q",
                "--depth",
                &depth.to_string(),
                "origin",
                commit,
            ]);
        }
        at(&["checkout", "-q", "--detach", commit]);
        project
    }

    /// A file of the runner.
    pub(super) fn aside(&self, name: &str) -> PathBuf {
        self.aside.path().join(name)
    }

    /// `tollgate check` in a job that `event` started, with too few pairs to claim anything.
    pub(super) fn command(&self, project: &Project, event: &str, payload: &Value) -> Command {
        self.command_of(project, event, payload, "5")
    }

    /// The same with so many pairs at most.
    pub(super) fn command_of(
        &self,
        project: &Project,
        event: &str,
        payload: &Value,
        pairs: &str,
    ) -> Command {
        let file = self.aside("event.json");
        std::fs::write(&file, payload.to_string()).unwrap();
        let mut command = project.command(&["check", "-q", "--invocations", pairs]);
        command
            .env("TOLLGATE_CACHE", self.aside("cache"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event)
            .env("GITHUB_EVENT_PATH", file)
            .env("GITHUB_REPOSITORY", "octo-org/octo-repo")
            .env("GITHUB_RUN_ID", "1658821493")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_API_URL", "https://api.github.com")
            .env("GITHUB_STEP_SUMMARY", self.aside("summary.md"))
            .env("GITHUB_OUTPUT", self.aside("output"));
        command
    }

    pub(super) fn told(&self, mut command: Command) -> Told {
        let answer = Answer::of(command.output().unwrap());
        let read = |name| std::fs::read_to_string(self.aside(name)).unwrap_or_default();
        Told {
            answer,
            summary: read("summary.md"),
            outputs: read("output"),
        }
    }

    pub(super) fn check(&self, project: &Project, event: &str, payload: &Value) -> Told {
        self.told(self.command(project, event, payload))
    }
}

impl Told {
    /// That it was judged, whatever the verdict: against which commit, in full; `None` for baselines.
    #[track_caller]
    pub(super) fn base(&self, project: &Project) -> Option<String> {
        assert_ne!(self.answer.code, 2, "{}", self.answer.all());
        let run = std::fs::read(project.run_file()).unwrap();
        let run: Value = serde_json::from_slice(&run).unwrap();
        run["header"]["base"]["commit"].as_str().map(str::to_owned)
    }

    /// That nothing was judged, and what is said.
    #[track_caller]
    pub(super) fn refused(self, project: &Project, parts: &[&str]) {
        assert_eq!(self.answer.code, 2, "{}", self.answer.all());
        for part in parts {
            assert!(
                self.answer.stderr.contains(part),
                "{part:?} is not in {}",
                self.answer.stderr
            );
        }
        assert!(!project.run_file().exists(), "nothing was measured");
        assert!(
            self.summary.contains("tollgate could not judge"),
            "{}",
            self.summary
        );
        assert_eq!(self.outputs, "verdict=error\nexit-code=2\n");
    }
}

fn fixture(name: &str) -> Value {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/github-events");
    let text = std::fs::read_to_string(format!("{directory}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A push to the pull request of `head`; `stale` is where main was at that time.
pub(super) fn synchronize(head: &str, stale: &str) -> Value {
    let mut event = fixture("pull_request.synchronize");
    event["pull_request"]["head"]["sha"] = json!(head);
    event["pull_request"]["base"]["sha"] = json!(stale);
    event["pull_request"]["base"]["ref"] = json!("main");
    event
}

/// The same from a fork.
pub(super) fn from_fork(head: &str) -> Value {
    let mut event = synchronize(head, head);
    event["pull_request"]["head"]["repo"] =
        fixture("pull_request.synchronize.fork")["pull_request"]["head"]["repo"].clone();
    event
}

pub(super) fn merge_group(head: &str, base: &str) -> Value {
    let mut event = fixture("merge_group.checks_requested");
    event["merge_group"]["head_sha"] = json!(head);
    event["merge_group"]["base_sha"] = json!(base);
    event
}

pub(super) fn push(before: Option<&str>, after: Option<&str>) -> Value {
    let zeros = "0".repeat(40);
    let mut event = fixture("push");
    event["before"] = json!(before.unwrap_or(&zeros));
    event["after"] = json!(after.unwrap_or(&zeros));
    event
}

pub(super) fn schedule() -> Value {
    fixture("schedule")
}

pub(super) fn workflow_dispatch() -> Value {
    fixture("workflow_dispatch")
}
