//! GitHub's published description between a client and the fake: prism lets nothing pass that it does not allow, neither
//! what the client asks nor what the fake answers.
//!
//! ```text
//! client -> front (ours: counts, keeps what prism says) -> prism proxy --errors -> Fake
//! ```
//!
//! `.ci/github/install` installs what this needs. Without it the tests say that they were skipped, or fail where
//! `TOLLGATE_REQUIRE_TOOLS=1` is set.
//!
//! GitHub does a few things that it does not describe. Refusals that may come to any request (401, 403, 429, 5xx) pass, and
//! are counted; the pull request of a deleted fork and answers of HTML do not: tests of those speak to the fake directly.

mod front;

use crate::fake::{Fake, Repository};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// Which description stands guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// github.com.
    GitHub,
    /// GitHub Enterprise Server, below `/api/v3`.
    Enterprise,
}

/// A repository whose API is guarded. A test in which prism objected fails at its end, whatever the client made of it.
pub(crate) struct Guarded {
    pub(crate) repository: Repository,
    /// Where the guarded API is, as `GITHUB_API_URL` would say.
    pub(crate) url: String,
    name: String,
    guard: &'static Guard,
}

/// What prism said of the requests to one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) requests: usize,
    /// What GitHub's description does not allow.
    pub(crate) violations: Vec<String>,
    /// Answers with a status that the description does not list, and that may come to any request.
    pub(crate) undescribed: usize,
}

/// By repository.
type Verdicts = Arc<Mutex<BTreeMap<String, Verdict>>>;

/// `None`: the tools are missing, and that was said.
pub(crate) fn guarded(api: Api, name: &str) -> Option<Guarded> {
    static GITHUB: LazyLock<Option<Guard>> = LazyLock::new(|| Guard::start(Api::GitHub));
    static ENTERPRISE: LazyLock<Option<Guard>> = LazyLock::new(|| Guard::start(Api::Enterprise));
    let guard = match api {
        Api::GitHub => &GITHUB,
        Api::Enterprise => &ENTERPRISE,
    };
    let guard = guard.as_ref()?;
    let base = match api {
        Api::GitHub => "",
        Api::Enterprise => "/api/v3",
    };
    Some(Guarded {
        repository: guard.github.repository(name),
        url: format!("http://{}{base}", guard.front),
        name: name.to_owned(),
        guard,
    })
}

impl Guarded {
    /// Where the artifacts are.
    pub(crate) fn storage_url(&self) -> String {
        self.guard.github.storage_url()
    }

    /// What prism said so far.
    pub(crate) fn verdict(&self) -> Verdict {
        let all = lock(&self.guard.verdicts);
        all.get(&self.name).cloned().unwrap_or_default()
    }

    /// Takes the objections, that were expected then.
    pub(crate) fn objections(&self) -> Vec<String> {
        let mut all = lock(&self.guard.verdicts);
        let verdict = all.entry(self.name.clone()).or_default();
        std::mem::take(&mut verdict.violations)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let objections = self.objections();
        if !std::thread::panicking() {
            assert!(
                objections.is_empty(),
                "GitHub's description does not allow this:\n{}",
                objections.join("\n")
            );
        }
    }
}

/// A fake with prism before it and the front before both, for all tests of this process.
struct Guard {
    github: Fake,
    front: String,
    verdicts: Verdicts,
    /// Ends with this process: it reads from our end of its standard input.
    _prism: Child,
}

impl Guard {
    fn start(api: Api) -> Option<Self> {
        let tools = tools(api)?;
        let github = Fake::start();
        let (prism, at) = start_prism(&tools, api, &github.url());
        let verdicts = Arc::default();
        Some(Self {
            github,
            front: front::start(&at, &verdicts),
            verdicts,
            _prism: prism,
        })
    }
}

fn description(tools: &Path, api: Api) -> PathBuf {
    tools.join("contract").join(match api {
        Api::GitHub => "api.github.com.json",
        Api::Enterprise => "ghes-3.19.json",
    })
}

/// The folder of the tools, if they are all there.
fn tools(api: Api) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = std::env::var_os("TOLLGATE_GITHUB_TOOLS").filter(|path| !path.is_empty());
    let tools =
        root.join(tools.map_or_else(|| PathBuf::from("target/github-tools"), PathBuf::from));
    let wanted = [
        description(&tools, api),
        tools.join("node_modules/@stoplight/prism-cli/package.json"),
    ];
    let missing = wanted.iter().find(|path| !path.exists());
    let node = Command::new("node").arg("--version").output();
    let problem = match (missing, node) {
        (Some(path), _) => format!("there is no {}", path.display()),
        (None, Err(error)) => format!("node cannot be started ({error})"),
        (None, Ok(_)) => return Some(tools),
    };
    let required = std::env::var_os("TOLLGATE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "{problem}: run .ci/github/install");
    // Not by a macro: what those print is shown only when a test fails.
    let mut shown = std::io::stderr();
    writeln!(
        shown,
        "SKIPPED: requests were not checked against GitHub's description: {problem}; run .ci/github/install"
    )
    .unwrap();
    None
}

/// Starts prism and waits until it listens; where.
fn start_prism(tools: &Path, api: Api, upstream: &str) -> (Child, String) {
    let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/github/prism.mjs");
    let mut prism = Command::new("node")
        .arg(launcher)
        .arg(tools)
        .args(["proxy", "--host", "127.0.0.1", "--port", "0", "--errors"])
        .arg(description(tools, api))
        .arg(upstream)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("node");
    let lines = BufReader::new(prism.stdout.take().expect("a pipe")).lines();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        // To the end: a full pipe would stop it.
        let mut said = Vec::new();
        for line in lines.map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("Prism is listening on http://") {
                tell.send(Ok(address.trim().to_owned())).unwrap();
            }
            said.push(line);
        }
        // Nobody listens any more if it had started.
        drop(tell.send(Err(said.join("\n"))));
    });
    match told.recv_timeout(Duration::from_secs(120)) {
        Ok(Ok(address)) => (prism, address),
        Ok(Err(said)) => panic!("prism ended:\n{said}"),
        Err(error) => panic!("prism does not start: {error}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
