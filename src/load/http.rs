//! An HTTP server as the subject of a workload.
//!
//! A user has one connection, in HTTP/1.1 and in HTTP/2, and opens it with the first call. What a client may decide, this one
//! decides so that nothing is hidden and nothing is added:
//!
//! - A connection that the server closed between calls is replaced without a word, and only the count of connections tells. A
//!   request that was written is never sent twice, whatever its method: where the connection ends before the answer has begun,
//!   nobody can say whether the server closed it in good time or died of the request, so the call is `closed early`. Servers
//!   that announce their closing (`connection: close`) never meet this.
//! - Redirects are never followed. One to another origin is an outcome of its own, unless the step names its status as right.
//! - Requests have `host` and `user-agent`, and no `accept-encoding`: bodies come as they are. A step may name it; bodies are
//!   never decompressed, and checks see the bytes that came.
//! - Where every call has a new connection (`cold`), HTTP/1.1 requests say `connection: close`, so that the server closes first
//!   and no port of ours is held back. TLS sessions are never resumed: a user who comes for the first time has no ticket.
//! - The class of an answer is told where it is whole. What a call needed before its request went out is not part of its
//!   service time; where none went out, all of it is.

mod answer;
mod connection;
mod descriptors;
mod gate;
mod limit;
mod origin;
mod plan;
mod shard;
mod slow;
mod stream;
mod template;
mod tls;
mod trouble;

use super::{Call, LoadError, Reply, Subject};
use crate::workload::Workload;
use crate::workload::record::{Class, Outcome};
use connection::{Answer, Lost, Phases, Reading, Road, Seen, Wire};
use gate::Gate;
use limit::Limit;
use origin::Origin;
use plan::{Plan, plans};
use shard::Shard;
use slow::Link;
use std::path::Path;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use template::Known;
use tls::Tls;

/// Times beyond it are as good as without end, and can be added to the present.
const FAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// A server behind connections of its own for every user.
#[derive(Debug)]
pub struct HttpSubject {
    number: u64,
    road: Road,
    plans: Vec<Vec<Plan>>,
    slots: usize,
    cold: bool,
    timeout: Duration,
    limit: u64,
}

/// A user: a connection, and what answers gave for later calls.
#[derive(Debug)]
pub struct HttpUser {
    number: u64,
    shard: Rc<Shard>,
    wire: Option<Wire>,
    slots: Vec<Option<Box<str>>>,
    gate: Gate,
    limit: Limit,
}

/// What is known of a call while it is under way.
#[derive(Debug, Default)]
struct Draft {
    sent: Option<Instant>,
    /// When the answer was whole; judging it is no part of its time.
    whole: Option<Instant>,
    phases: Phases,
    seen: Seen,
    bytes_sent: u64,
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
struct End {
    outcome: Outcome,
    class: Class,
    failed_check: Option<u32>,
}

impl From<Outcome> for End {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            class: Class::None,
            failed_check: None,
        }
    }
}

impl HttpSubject {
    /// For the server at `origin` (`http://127.0.0.1:8080`); files are relative to `root`.
    ///
    /// # Errors
    /// An address that is no origin, certificates that cannot be read.
    pub fn new(workload: &Arc<Workload>, origin: &str, root: &Path) -> Result<Self, LoadError> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let origin = Origin::new(origin)?;
        descriptors::room(descriptors::most(&workload.model))?;
        let (plans, slots) = plans(workload, &origin)?;
        let protocol = &workload.protocol;
        let tls = origin
            .tls
            .then(|| Tls::new(&origin.host, protocol, root))
            .transpose()?;
        let network = workload.network;
        let link = Link {
            delay: network.delay.min(FAR),
            bandwidth: network.bandwidth,
        };
        let slow = !link.delay.is_zero() || link.bandwidth.is_some();
        Ok(Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            road: Road {
                origin,
                tls,
                link: slow.then_some(link),
                http2: protocol.http2,
            },
            plans,
            slots,
            cold: protocol.cold,
            timeout: workload.timeout.min(FAR),
            limit: workload.body_limit,
        })
    }

    /// Makes a call and writes down what is known of it on the way.
    async fn attempt(
        &self,
        plan: &Plan,
        call: Call,
        user: &mut Parts<'_>,
        draft: &mut Draft,
    ) -> End {
        let known = Known {
            user: user.number,
            call,
            slots: user.slots,
        };
        let Some((mut request, length)) = plan.request(known) else {
            return Outcome::NotMade.into();
        };
        let reading = Reading {
            limit: self.limit,
            keep: plan.expected.body,
        };
        let mut kept = user.wire.take();
        loop {
            // Closed by the server between calls is no error.
            let mut wire = match kept.take().and_then(Wire::ready) {
                Some(wire) => wire,
                None => match self.road.open(user.shard, &mut draft.phases).await {
                    Ok(wire) => wire,
                    Err(outcome) => return outcome.into(),
                },
            };
            draft.sent.get_or_insert_with(Instant::now);
            draft.bytes_sent = length;
            let exchanged = wire
                .exchange(user.gate, request, reading, &mut draft.seen)
                .await;
            match exchanged {
                Ok(answer) => {
                    draft.whole = Some(Instant::now());
                    if !self.cold {
                        *user.wire = Some(wire);
                    }
                    return self.judge(plan, &answer, user.slots);
                }
                Err(Lost::Unsent(again)) if draft.phases.connect.is_none() => {
                    request = *again;
                }
                Err(Lost::Unsent(_)) => return Outcome::ClosedEarly.into(),
                Err(Lost::As(outcome)) => return outcome.into(),
            }
        }
    }

    fn judge(&self, plan: &Plan, answer: &Answer, slots: &mut [Option<Box<str>>]) -> End {
        let (outcome, failed_check) = plan.expected.judge(
            answer.status,
            &answer.headers,
            &answer.body,
            &self.road.origin,
            slots,
        );
        End {
            outcome,
            class: class(answer.status),
            failed_check,
        }
    }
}

/// A user without its time limit.
struct Parts<'a> {
    number: u64,
    shard: &'a Rc<Shard>,
    wire: &'a mut Option<Wire>,
    slots: &'a mut [Option<Box<str>>],
    gate: &'a Gate,
}

impl Subject for HttpSubject {
    type User = HttpUser;

    fn user(&self, number: u64) -> Self::User {
        HttpUser {
            number,
            shard: shard::of(self.number),
            wire: None,
            slots: vec![None; self.slots],
            gate: Gate::new(),
            limit: Limit::default(),
        }
    }

    async fn call<'a>(&'a self, user: &'a mut Self::User, call: Call) -> Reply {
        let began = Instant::now();
        let mut draft = Draft::default();
        let plan = self
            .plans
            .get(call.flow)
            .and_then(|steps| steps.get(call.step));
        let end = match plan {
            None => Outcome::NotMade.into(),
            Some(plan) => {
                let mut parts = Parts {
                    number: user.number,
                    shard: &user.shard,
                    wire: &mut user.wire,
                    slots: &mut user.slots,
                    gate: &user.gate,
                };
                // The connection is part of this future, and goes with it when the time is over or the call is cut.
                let work = pin!(self.attempt(plan, call, &mut parts, &mut draft));
                let deadline = began + self.timeout;
                match user.limit.hold(deadline, work).await {
                    Some(end) => end,
                    None => Outcome::TimedOut.into(),
                }
            }
        };
        let sent = draft.sent.unwrap_or(began);
        Reply {
            sent,
            done: draft.whole.unwrap_or_else(Instant::now),
            outcome: end.outcome,
            class: end.class,
            failed_check: end.failed_check,
            connect: draft.phases.connect,
            tls: draft.phases.tls,
            first_byte: draft.seen.head.map(|head| head.duration_since(sent)),
            bytes_sent: draft.bytes_sent,
            bytes_received: draft.seen.bytes,
        }
    }

    fn connections(&self) -> (u64, u64) {
        let shard = shard::of(self.number);
        (shard.open.get(), shard.opened.get())
    }
}

fn class(status: http::StatusCode) -> Class {
    match status.as_u16() {
        ..300 => Class::Success,
        300..400 => Class::Redirect,
        400..500 => Class::ClientError,
        500.. => Class::ServerError,
    }
}
