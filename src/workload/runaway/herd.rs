//! Clients that call one endpoint at the same moment.

use super::pair::nothing;
use super::{Class, Finding};
use std::time::Duration;

/// Clients that are a herd.
const HERD: usize = 5;

/// Calls further apart are not of one herd.
const GAP: Duration = Duration::from_millis(100);

/// Herds in a row that are a pattern.
const HERDS: u64 = 3;

/// A herd takes this part of the time between two of them at most. Five pollers that know nothing of each other are all
/// within a twentieth of their interval in one of 30,000 cases (5 / 20^4), and then stay so.
const CLOSE: u32 = 20;

/// Clients of one herd that are told apart.
const MOST_CLIENTS: usize = 256;

#[derive(Default)]
pub(super) struct Herd {
    /// Numbers of the clients in the group that is under way.
    clients: Vec<u64>,
    start: Duration,
    last: Duration,
    calls: u64,
    /// Start and number of clients of the herd before.
    before: Option<(Duration, usize)>,
    in_a_row: u64,
}

impl Herd {
    /// A call by the client of that number; the pattern, once a herd is complete enough to show it.
    pub(super) fn record(&mut self, at: Duration, client: u64) -> Option<Finding> {
        let at = at.max(self.last);
        let found = (self.calls > 0 && at - self.last > GAP)
            .then(|| self.close(at))
            .flatten();
        if self.calls == 0 {
            self.start = at;
        }
        self.last = at;
        self.calls += 1;
        if self.clients.len() < MOST_CLIENTS && !self.clients.contains(&client) {
            self.clients.push(client);
        }
        found
    }

    /// The group is over: the next call came later.
    fn close(&mut self, at: Duration) -> Option<Finding> {
        let (start, span) = (self.start, self.last - self.start);
        let (clients, calls) = (self.clients.len(), self.calls);
        self.clients.clear();
        self.calls = 0;
        // Groups of few are stragglers or others' calls: they neither make nor break a herd unless they are many.
        if clients < HERD {
            return None;
        }
        let apart = self.before.map(|(before, _)| start - before);
        let like = self.before.is_some_and(|(_, before)| clients * 2 >= before);
        let close = apart.is_some_and(|apart| span * CLOSE <= apart && apart >= GAP * CLOSE / 2);
        self.in_a_row = if like && close { self.in_a_row + 1 } else { 1 };
        self.before = Some((start, clients));
        (self.in_a_row >= HERDS).then(|| Finding {
            calls,
            span,
            observed: apart.unwrap_or_default(),
            times: self.in_a_row,
            clients: clients as u64,
            ..nothing(Class::Synchronised, at)
        })
    }
}
