//! What is driven.

use crate::workload::record::{Class, Outcome};
use std::time::{Duration, Instant};

/// Something that can be called: an HTTP server behind connections, or a function.
///
/// Shared by all threads of the generator; what a user keeps lives on one of them.
pub trait Subject: Send + Sync + 'static {
    /// What one user keeps between calls: a connection, captured values. In the open model a user is whoever is free.
    type User: 'static;

    /// A user who has done nothing yet. Numbers are unique in a run.
    fn user(&self, number: u64) -> Self::User;

    /// Makes one call and waits for its end. Never longer than the workload's time limit and what giving up takes.
    fn call<'a>(&'a self, user: &'a mut Self::User, call: Call)
    -> impl Future<Output = Reply> + 'a;

    /// Connections that are open, and were opened, by users of the calling thread.
    fn connections(&self) -> (u64, u64) {
        (0, 0)
    }
}

/// Which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Index into the workload's flows.
    pub flow: usize,
    /// Index into the flow's steps.
    pub step: usize,
    /// Number of the flow among those of this user, from 0.
    pub iteration: u64,
    /// Number of the flow in the run, from 0.
    pub number: u64,
    /// A number drawn from the run's seed for this flow.
    pub random: u64,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// When it was sent, a connection being there.
    pub sent: Instant,
    /// When it was over.
    pub done: Instant,
    /// How it ended.
    pub outcome: Outcome,
    /// Class of the answer.
    pub class: Class,
    /// Which check failed: its place among those of the step.
    pub failed_check: Option<u32>,
    /// Time of connecting, where a connection was opened for it.
    pub connect: Option<Duration>,
    /// Time of the TLS handshake, where there was one.
    pub tls: Option<Duration>,
    /// From sending to the head of the answer.
    pub first_byte: Option<Duration>,
    /// Bytes of the body that was sent.
    pub bytes_sent: u64,
    /// Bytes of the body that was received.
    pub bytes_received: u64,
}
