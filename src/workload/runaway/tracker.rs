//! All clients and endpoints together, within bounds.

use super::herd::Herd;
use super::pair::Pair;
use super::{
    ASSUMED_INTERVAL, Basis, Class, Declared, Finding, MOST_FINDINGS, MOST_PAIRS, clipped,
};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Endpoints whose clients are looked at together.
const MOST_HERDS: usize = 1024;

/// What was seen of a client and an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whose calls. Hostile.
    pub client: String,
    /// What is called. Hostile.
    pub endpoint: String,
    /// Calls.
    pub calls: u64,
    /// The first of them.
    pub first: Duration,
    /// The last of them.
    pub last: Duration,
    /// Median of the last 32 intervals.
    pub median: Option<Duration>,
}

/// Watches calls as they come.
pub struct Tracker {
    declared: Vec<Declared>,
    /// By client, then endpoint.
    pairs: HashMap<(String, String), Pair>,
    herds: HashMap<String, Herd>,
    names: RandomState,
    findings: Vec<Finding>,
    untold: u64,
    calls: u64,
    evicted: u64,
}

impl std::fmt::Debug for Tracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracker")
            .field("pairs", &self.pairs.len())
            .field("calls", &self.calls)
            .field("findings", &self.findings)
            .finish_non_exhaustive()
    }
}

impl Tracker {
    /// Nothing seen yet. The first that speaks of an endpoint holds.
    #[must_use]
    pub fn new(declared: Vec<Declared>) -> Self {
        Self {
            declared,
            pairs: HashMap::new(),
            herds: HashMap::new(),
            names: RandomState::new(),
            findings: Vec::new(),
            untold: 0,
            calls: 0,
            evicted: 0,
        }
    }

    /// A call at that time, by any clock that does not go back. A finding that is new, the first time; it is kept, and becomes
    /// worse where the calls do.
    pub fn record(&mut self, at: Duration, client: &str, endpoint: &str) -> Option<&Finding> {
        self.calls = self.calls.saturating_add(1);
        let key = (clipped(client), clipped(endpoint));
        let herd = self.herd(at, &key);
        if !self.pairs.contains_key(&key) {
            self.make_room();
            let declared = self.declared.iter().find(|declared| declared.is_of(&key.1));
            let (interval, basis) = declared.map_or((ASSUMED_INTERVAL, Basis::Assumed), |of| {
                (of.interval, Basis::Declared)
            });
            self.pairs
                .insert(key.clone(), Pair::new(at, interval, basis));
        }
        let own = self.pairs.get_mut(&key)?.record(at).map(|found| Finding {
            client: Some(key.0),
            endpoint: key.1.clone(),
            ..found
        });
        let herd = herd.map(|found| Finding {
            endpoint: key.1,
            ..found
        });
        // One call rarely shows two things; what is the client's own goes first, the other is kept as well.
        let herd = herd.and_then(|found| self.keep(found));
        let own = own.and_then(|found| self.keep(found));
        self.findings.get(own.or(herd)?)
    }

    fn herd(&mut self, at: Duration, (client, endpoint): &(String, String)) -> Option<Finding> {
        let number = self.names.hash_one(client);
        if !self.herds.contains_key(endpoint) {
            if self.herds.len() >= MOST_HERDS {
                return None;
            }
            self.herds.insert(endpoint.clone(), Herd::default());
        }
        self.herds.get_mut(endpoint)?.record(at, number)
    }

    /// Keeps a finding; its place if it is new.
    fn keep(&mut self, found: Finding) -> Option<usize> {
        let known = self.findings.iter_mut().find(|known| {
            known.class == found.class
                && known.client == found.client
                && known.endpoint == found.endpoint
        });
        if let Some(known) = known {
            let from = known.from;
            let worse = match found.class {
                Class::Runaway | Class::Growth => found.observed < known.observed,
                Class::Burst | Class::Synchronised => found.times > known.times,
            };
            known.to = found.to;
            if worse {
                *known = Finding { from, ..found };
            }
            return None;
        }
        if self.findings.len() >= MOST_FINDINGS {
            self.untold = self.untold.saturating_add(1);
            return None;
        }
        self.findings.push(found);
        Some(self.findings.len() - 1)
    }

    /// Lets go of the sixteenth that was not seen for longest, so that a flood of clients does not search for every call.
    fn make_room(&mut self) {
        if self.pairs.len() < MOST_PAIRS {
            return;
        }
        let mut last: Vec<Duration> = self.pairs.values().map(|pair| pair.last).collect();
        let (_, border, _) = last.select_nth_unstable(MOST_PAIRS / 16);
        let border = *border;
        let mut left = MOST_PAIRS / 16;
        let before = self.pairs.len();
        self.pairs.retain(|_, pair| {
            let goes = pair.last <= border && left > 0;
            left -= usize::from(goes);
            !goes
        });
        self.evicted += (before - self.pairs.len()) as u64;
    }

    /// Calls in all.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// Pairs of client and endpoint that were let go to stay within bounds. One that came back is counted again.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Calls that showed something beyond the findings that are kept.
    #[must_use]
    pub const fn untold(&self) -> u64 {
        self.untold
    }

    /// What was found, in the order of finding.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The same, at the end.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// What was seen of every client and endpoint that is kept, the most calls first.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        let mut seen: Vec<Seen> = self
            .pairs
            .iter()
            .map(|((client, endpoint), pair)| Seen {
                client: client.clone(),
                endpoint: endpoint.clone(),
                calls: pair.calls,
                first: pair.first,
                last: pair.last,
                median: pair.median(),
            })
            .collect();
        seen.sort_by(|a, b| {
            let names = |seen: &Seen| (seen.endpoint.clone(), seen.client.clone());
            b.calls.cmp(&a.calls).then_with(|| names(a).cmp(&names(b)))
        });
        seen
    }
}
