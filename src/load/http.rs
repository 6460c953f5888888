//! An HTTP server as the subject of a workload.

use super::{Call, LoadError, Reply, Subject};
use crate::workload::Workload;
use crate::workload::record::{Class, Outcome};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// A server behind connections of its own for every user.
#[derive(Debug)]
pub struct HttpSubject {
    _workload: Arc<Workload>,
}

impl HttpSubject {
    /// For the server at `origin` (`http://127.0.0.1:8080`); files are relative to `root`.
    ///
    /// # Errors
    /// An address that is no origin, certificates that cannot be read.
    pub fn new(workload: &Arc<Workload>, _origin: &str, _root: &Path) -> Result<Self, LoadError> {
        Ok(Self {
            _workload: Arc::clone(workload),
        })
    }
}

impl Subject for HttpSubject {
    type User = ();

    fn user(&self, _number: u64) -> Self::User {}

    async fn call<'a>(&'a self, _user: &'a mut Self::User, _call: Call) -> Reply {
        let now = Instant::now();
        Reply {
            sent: now,
            done: now,
            outcome: Outcome::NotMade,
            class: Class::None,
            failed_check: None,
            connect: None,
            tls: None,
            first_byte: None,
            bytes_sent: 0,
            bytes_received: 0,
        }
    }
}
