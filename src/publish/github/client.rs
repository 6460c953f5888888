//! Requests to one repository, each sent as often as [`retry`] says.

use super::address::ApiUrl;
use super::failure::{Failure, Permission, help};
use super::token::Token;
use super::transport::{Lost, Reply, Timeouts, Transport};
use super::{Chance, Clock, Wait};
use crate::publish::RepositoryName;
use crate::publish::retry::{self, Answer, Budget, Came, Effect, Next, Reason, Try};
use crate::report::safe_name;
use http::{Method, Request, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How to reach GitHub, and how patiently.
pub struct Settings {
    /// Where its API is.
    pub api: ApiUrl,
    /// Whose word it is.
    pub token: Token,
    /// It is the token of a job that a fork's pull request started, which can only read. Changes what errors advise.
    pub token_of_fork: bool,
    /// Waiting and tries.
    pub patience: Budget,
    /// Of one request.
    pub timeouts: Timeouts,
    /// Waits.
    pub wait: Wait,
    /// Numbers in [0, 1) by chance.
    pub chance: Chance,
    /// Seconds since 1970.
    pub clock: Clock,
    /// Waited before each change from the fourth on: GitHub asks for a second between requests that change something.
    pub pause: Duration,
}

impl Settings {
    /// The patience of a job that nobody looks at, with the real clock.
    #[must_use]
    pub fn new(api: ApiUrl, token: Token) -> Self {
        Self {
            api,
            token,
            token_of_fork: false,
            patience: Budget::default(),
            timeouts: Timeouts::default(),
            wait: super::sleeping(),
            chance: super::random(),
            clock: super::system_clock(),
            pause: Duration::from_secs(1),
        }
    }
}

/// No request can be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system gives no means to wait for the network.
    #[error("the network cannot be used")]
    Runtime(#[source] std::io::Error),
    /// No certificates of authorities that GitHub could be recognised by, mostly.
    #[error(
        "encrypted connections cannot be made: {0}; install the package ca-certificates, or name a bundle in SSL_CERT_FILE"
    )]
    Encryption(String),
}

/// Changes that are made without a pause.
const CHANGES_AT_ONCE: u32 = 3;

/// GitHub's API as far as tollgate uses it, for one repository. Blocking: it has a runtime of one thread inside.
pub struct Client {
    // Before the runtime, which its tasks run on.
    transport: Transport,
    runtime: Runtime,
    settings: Settings,
    repository: RepositoryName,
    left: Budget,
    requests: u32,
    changes: u32,
}

/// What is asked of the API.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// Behind `/repos/OWNER/REPO`.
    pub(super) route: String,
    /// Without `?`; never shown.
    pub(super) query: String,
    pub(super) body: Option<Value>,
    /// The answer may lead elsewhere, and may be cut at `limit`.
    pub(super) download: bool,
    /// Bytes of the answer that are read.
    pub(super) limit: usize,
    pub(super) needs: Permission,
}

/// How a try went.
pub(super) enum Tried {
    Done(Reply),
    /// To be tried again after this time; `perhaps` it was done.
    Later {
        wait: Duration,
        perhaps: bool,
    },
}

/// One try of a request.
struct Attempt<'a> {
    /// Verb and route, for people.
    what: &'a str,
    effect: Effect,
    /// From 1.
    number: u32,
    download: bool,
    limit: usize,
    needs: Permission,
}

impl Client {
    /// For one repository.
    ///
    /// # Errors
    /// Says why no request could be sent.
    pub fn new(settings: Settings, repository: RepositoryName) -> Result<Self, StartError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let transport = {
            let _inside = runtime.enter();
            Transport::new(settings.timeouts).map_err(StartError::Encryption)?
        };
        Ok(Self {
            transport,
            runtime,
            repository,
            left: settings.patience,
            settings,
            requests: 0,
            changes: 0,
        })
    }

    /// Requests to the API so far, each try counted; those to storage hosts are not of the API.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// Sends until it is done or given up. For requests that may be repeated.
    pub(super) fn send(&mut self, ask: &Ask) -> Result<Reply, Failure> {
        let mut number = 1;
        loop {
            match self.try_once(ask, Effect::Repeatable, number)? {
                Tried::Done(reply) => return Ok(reply),
                Tried::Later { wait, .. } => self.wait(wait),
            }
            number += 1;
        }
    }

    /// Sends once. Whoever sends what has an effect only once waits, looks, and counts the tries.
    pub(super) fn try_once(
        &mut self,
        ask: &Ask,
        effect: Effect,
        number: u32,
    ) -> Result<Tried, Failure> {
        let what = self.title(ask);
        let attempt = Attempt {
            what: &what,
            effect,
            number,
            download: ask.download,
            limit: ask.limit,
            needs: ask.needs,
        };
        let request = self.request(ask).map_err(|error| {
            self.failure(&attempt, None, Reason::Unexpected, Some(error.to_string()))
        })?;
        if ask.method != Method::GET {
            if self.changes >= CHANGES_AT_ONCE && !self.settings.pause.is_zero() {
                self.pause(self.settings.pause);
            }
            self.changes = self.changes.saturating_add(1);
        }
        self.requests = self.requests.saturating_add(1);
        self.exchange(&attempt, request)
    }

    /// Verb and route, for people.
    fn title(&self, ask: &Ask) -> String {
        format!("{} /repos/{}{}", ask.method, self.repository, ask.route)
    }

    /// The token is put in here and nowhere else, so it goes where [`ApiUrl::to`] leads and nowhere else.
    fn request(&self, ask: &Ask) -> Result<Request<String>, http::Error> {
        let mark = if ask.query.is_empty() { "" } else { "?" };
        let route = format!("/repos/{}{}{mark}{}", self.repository, ask.route, ask.query);
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(self.settings.api.to(&route)?)
            .header(header::AUTHORIZATION, self.settings.token.header()?)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        if ask.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(ask.body.as_ref().map(Value::to_string).unwrap_or_default())
    }

    /// Fetches from another host what the answer to `ask` leads to. Without the token: neither the host nor the way
    /// there is GitHub's API, and such addresses carry their own permission.
    pub(super) fn fetch(&mut self, ask: &Ask, reply: &Reply) -> Result<Reply, Failure> {
        let location = reply.header(header::LOCATION.as_str()).unwrap_or_default();
        let Some(uri) = self.settings.api.redirect(location) else {
            let said = "it does not lead to an `https:` address";
            return Err(self.odd(ask, Some(reply), said));
        };
        let host = safe_name(uri.host().unwrap_or_default());
        let what = format!("{} -> GET from {host}", self.title(ask));
        let mut number = 1;
        loop {
            let attempt = Attempt {
                what: &what,
                effect: Effect::Repeatable,
                number,
                download: true,
                limit: ask.limit,
                needs: ask.needs,
            };
            let request = Request::get(uri.clone())
                .body(String::new())
                .map_err(|_| self.odd(ask, Some(reply), "it does not lead to an address"))?;
            match self.exchange(&attempt, request)? {
                Tried::Done(reply) if reply.succeeded() => return Ok(reply),
                Tried::Done(reply) => {
                    return Err(self.odd(ask, Some(&reply), "it leads on and on"));
                }
                Tried::Later { wait, .. } => self.wait(wait),
            }
            number += 1;
        }
    }

    fn exchange(
        &mut self,
        attempt: &Attempt<'_>,
        request: Request<String>,
    ) -> Result<Tried, Failure> {
        let started = Instant::now();
        let sent = self.transport.send(request, attempt.limit);
        let reply = match self.runtime.block_on(sent) {
            Ok(reply) if reply.succeeded() && reply.cut && !attempt.download => {
                let said = format!("the answer has more than {} bytes", attempt.limit);
                let status = Some(reply.status);
                return Err(self.failure(attempt, status, Reason::Unexpected, Some(said)));
            }
            Ok(reply) if reply.succeeded() || (attempt.download && reply.status == 302) => {
                return Ok(Tried::Done(reply));
            }
            Ok(mut reply) => {
                // A server may echo what it was sent, and only a part of it may be shown.
                let text = String::from_utf8_lossy(&reply.body);
                reply.body = self.settings.token.redact(&text).into_bytes();
                reply
            }
            Err(Lost::TimedOut) => {
                self.spend(started.elapsed());
                return self.after(attempt, &Came::TimedOut, None, None);
            }
            Err(Lost::Broken(said)) => {
                return self.after(attempt, &Came::Broken, None, Some(said));
            }
        };
        let came = Came::Answer(Answer {
            status: reply.status,
            retry_after: reply.header("retry-after"),
            remaining: reply.header("x-ratelimit-remaining"),
            reset: reply.header("x-ratelimit-reset"),
            date: reply.header("date"),
            body: &reply.body,
        });
        let said = retry::said(&reply.body);
        self.after(attempt, &came, Some(reply.status), said)
    }

    /// What to do after a try that failed.
    fn after(
        &self,
        attempt: &Attempt<'_>,
        came: &Came<'_>,
        status: Option<u16>,
        said: Option<String>,
    ) -> Result<Tried, Failure> {
        let this = Try {
            effect: attempt.effect,
            number: attempt.number,
            left: self.left,
            jitter: (self.settings.chance)(),
            now: (self.settings.clock)(),
        };
        let (wait, perhaps) = match retry::next(came, &this) {
            Next::Again(wait) => (wait, false),
            Next::LookFirst(wait) => (wait, true),
            Next::GiveUp(reason) => return Err(self.failure(attempt, status, reason, said)),
        };
        Ok(Tried::Later { wait, perhaps })
    }

    fn failure(
        &self,
        attempt: &Attempt<'_>,
        status: Option<u16>,
        reason: Reason,
        said: Option<String>,
    ) -> Failure {
        let said = said.map(|said| safe_name(&self.settings.token.redact(&said)));
        Failure {
            request: attempt.what.to_owned(),
            status,
            help: help(&reason, attempt.needs, self.settings.token_of_fork),
            reason,
            said,
            tries: attempt.number,
        }
    }

    /// An answer that is a success, and yet nothing that can be used.
    pub(super) fn odd(&self, ask: &Ask, reply: Option<&Reply>, said: &str) -> Failure {
        let attempt = Attempt {
            what: &self.title(ask),
            effect: Effect::Repeatable,
            number: 1,
            download: ask.download,
            limit: ask.limit,
            needs: ask.needs,
        };
        let status = reply.map(|reply| reply.status);
        self.failure(&attempt, status, Reason::Unexpected, Some(said.to_owned()))
    }

    /// An answer that should be JSON of a known form.
    pub(super) fn read<T: DeserializeOwned>(&self, ask: &Ask, reply: &Reply) -> Result<T, Failure> {
        let mut json = serde_json::Deserializer::from_slice(&reply.body);
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let (path, error) = (error.path(), error.inner());
            let said = format!("its JSON cannot be read: at `{path}`: {error}");
            self.odd(ask, Some(reply), &said)
        })
    }

    /// Waits, on account of what patience is left.
    pub(super) fn wait(&mut self, time: Duration) {
        self.spend(time);
        self.pause(time);
    }

    fn pause(&self, time: Duration) {
        (self.settings.wait)(time);
        // A connection that was kept may have been closed meanwhile; that shall be seen before it is used again.
        self.runtime.block_on(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
        });
    }

    fn spend(&mut self, time: Duration) {
        self.left.waiting = self.left.waiting.saturating_sub(time);
    }
}
