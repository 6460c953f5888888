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

use crate::fake::{Fake, Repository};
use crate::http::client;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
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
    verdicts: Arc<Mutex<BTreeMap<String, Verdict>>>,
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
            front: start_front(&at, &verdicts),
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

#[derive(Clone)]
struct Front {
    prism: String,
    verdicts: Arc<Mutex<BTreeMap<String, Verdict>>>,
}

/// Where it listens.
fn start_front(prism: &str, verdicts: &Arc<Mutex<BTreeMap<String, Verdict>>>) -> String {
    let front = Front {
        prism: prism.to_owned(),
        verdicts: Arc::clone(verdicts),
    };
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let app = Router::new().fallback(pass_on).with_state(front);
            axum::serve(listener, app).await.unwrap();
        });
    });
    told.recv().expect("a server that listens").to_string()
}

async fn pass_on(State(front): State<Front>, request: Request<Body>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let what = format!("{} {}", parts.method, parts.uri);
    let path = parts.uri.path().replacen("/api/v3/", "/", 1);
    let repository: Vec<&str> = path.split('/').skip(2).take(2).collect();
    let body = to_bytes(body, 64 << 20).await.unwrap();
    parts.uri = format!("http://{}{}", front.prism, parts.uri)
        .parse()
        .unwrap();
    if let Some(host) = parts.headers.remove("host") {
        parts.headers.insert("x-forwarded-host", host);
    }
    parts.headers.remove("content-length");
    let answer = client()
        .request(Request::from_parts(parts, Full::from(body)))
        .await
        .expect("an answer of prism");
    let (mut parts, body) = answer.into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    {
        let mut verdicts = lock(&front.verdicts);
        let verdict = verdicts.entry(repository.join("/")).or_default();
        verdict.requests += 1;
        match objection(parts.status.as_u16(), &parts.headers, &body) {
            Objection::None => {}
            Objection::Undescribed => verdict.undescribed += 1,
            Objection::Violation(text) => verdict.violations.push(format!("{what}: {text}")),
        }
    }
    for name in [
        "connection",
        "keep-alive",
        "transfer-encoding",
        "content-length",
    ] {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Body::from(body))
}

/// What prism has against an exchange.
enum Objection {
    None,
    Undescribed,
    Violation(String),
}

/// It says so in a header, or by an answer of its own instead of the fake's.
fn objection(status: u16, headers: &HeaderMap, body: &Bytes) -> Objection {
    let general = matches!(status, 401 | 403 | 429 | 500..);
    if let Some(said) = headers.get("sl-violations") {
        let said = String::from_utf8_lossy(said.as_bytes()).into_owned();
        let unlisted = said.contains("Unable to match the returned status code");
        return if unlisted && general {
            Objection::Undescribed
        } else {
            Objection::Violation(said)
        };
    }
    let own = |body: &Value| {
        let kind = body["type"].as_str().unwrap_or_default();
        kind.starts_with("https://stoplight.io/prism/")
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(body) if own(&body) => Objection::Violation(body.to_string()),
        _ => Objection::None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
