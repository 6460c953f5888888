//! Puts together what threads publish while they run, and what they hand over at their end.

use super::Board;
use crate::load::worker::{SECONDS, Work, nanos, series};
use crate::load::{Control, Level, Snapshot};
use crate::measurement::Histogram;
use crate::workload::record::{
    Connections, Driven, EndpointRecord, FlowRecord, Generator, Second, Times,
};
use crate::workload::window::{Sliding, name};
use crate::workload::{Stop, Workload, schedule};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Seconds that a snapshot tells.
const RECENT: usize = 60;

/// The coordinator's picture of the run.
pub(super) struct Gather {
    workload: Arc<Workload>,
    begin: Instant,
    calls: u64,
    failed: u64,
    response: Histogram,
    /// Seconds that not all threads have told yet, and the last ones that they have.
    seconds: BTreeMap<u64, Second>,
    /// Times by series, of seconds of the measured part that not all threads have told yet.
    pending: BTreeMap<u64, Vec<Histogram>>,
    next_window: u64,
    /// Place of each window's endpoint among the series.
    places: Vec<usize>,
    series: usize,
    sliding: Vec<Sliding>,
    told: Option<u64>,
}

impl Gather {
    pub(super) fn new(workload: &Arc<Workload>, begin: Instant) -> Self {
        let (series, places) = series(workload);
        Self {
            workload: Arc::clone(workload),
            begin,
            calls: 0,
            failed: 0,
            response: Histogram::new(),
            seconds: BTreeMap::new(),
            pending: BTreeMap::new(),
            next_window: 0,
            places,
            series: series.len(),
            sliding: workload.windows.iter().map(Sliding::new).collect(),
            told: None,
        }
    }

    /// Takes what is new, judges windows that became whole, and draws the picture anew.
    pub(super) fn look(&mut self, board: &Board, control: &Control) {
        let (mut through, mut windows_through) = (u64::MAX, u64::MAX);
        let mut snapshot = Snapshot::default();
        for thread in 0..board.threads() {
            let Some(mut slot) = board.slot(thread) else {
                continue;
            };
            let news = std::mem::take(&mut slot.news);
            through = through.min(slot.through);
            windows_through = windows_through.min(slot.windows_through);
            snapshot.in_flight += slot.in_flight;
            snapshot.late += slot.late;
            snapshot.dropped += slot.dropped;
            drop(slot);
            for live in news {
                self.take(live);
            }
        }
        self.windows(windows_through, control);
        if self.told == Some(through) {
            return;
        }
        self.told = Some(through);
        control.publish(self.picture(through, snapshot));
    }

    fn take(&mut self, live: crate::load::worker::Live) {
        self.calls += live.calls;
        self.failed += live.failed;
        self.response.add(&live.response);
        for (second, count) in live.seconds {
            let sum = self.seconds.entry(second).or_default();
            sum.calls += count.calls;
            sum.failed += count.failed;
        }
        for (place, second, times) in live.windows {
            // A thread that hung may tell of a second that was closed: it counts in the next one.
            let second = second.max(self.next_window);
            let all =
                (self.pending.entry(second)).or_insert_with(|| vec![Histogram::new(); self.series]);
            if let Some(sum) = all.get_mut(place) {
                for (value, count) in times {
                    sum.record_n(value, count);
                }
            }
        }
    }

    /// Closes the seconds before this one of the measured part.
    fn windows(&mut self, before: u64, control: &Control) {
        if self.sliding.is_empty() {
            return;
        }
        // After the end there may be late answers, and seconds without any before them.
        let last = self.pending.keys().next_back().map_or(0, |last| last + 1);
        let whole = self.workload.window().as_secs();
        let before = if before == u64::MAX {
            last.max(whole)
        } else {
            before
        };
        while self.next_window < before {
            let second = self.pending.remove(&self.next_window).unwrap_or_default();
            self.next_window += 1;
            for (index, sliding) in self.sliding.iter_mut().enumerate() {
                let times = self.places.get(index).and_then(|place| second.get(*place));
                let times = times.map_or_else(Box::default, |times| times.buckets().collect());
                let Some(value) = sliding.push(times) else {
                    continue;
                };
                let Some(window) = self.workload.windows.get(index) else {
                    continue;
                };
                if let Some(limit) = window.abort_above
                    && value > limit
                {
                    let endpoint = window
                        .endpoint
                        .and_then(|index| self.workload.endpoints.get(index));
                    let what = name(window, endpoint.map(|endpoint| endpoint.name.as_str()));
                    control.stop(Level::Drain, Stop::Window { what, value, limit });
                }
            }
        }
    }

    /// All that is known up to a second.
    fn picture(&mut self, through: u64, mut snapshot: Snapshot) -> Snapshot {
        // Seconds that not all threads have told are not whole.
        let last = self.seconds.keys().next_back().map_or(0, |last| last + 1);
        let end = if through == u64::MAX { last } else { through };
        let start = end.saturating_sub(RECENT as u64);
        self.seconds = self.seconds.split_off(&start);
        let recent = start..end;
        let recent = recent.map(|second| self.seconds.get(&second).copied().unwrap_or_default());
        snapshot.recent = recent.collect();
        snapshot.at = self.begin.elapsed();
        snapshot.calls = self.calls;
        snapshot.failed = self.failed;
        snapshot.intended = schedule::intended(&self.workload.model, snapshot.at);
        snapshot.response = self.response.clone();
        snapshot
    }

    /// Everything together.
    pub(super) fn finish(self, works: Vec<Work>, control: &Control) -> Driven {
        let window = self.measured(&works, control);
        let mut driven = Driven {
            window,
            endpoints: (self.workload.endpoints.iter())
                .map(|endpoint| EndpointRecord {
                    name: endpoint.name.clone(),
                    ..EndpointRecord::default()
                })
                .collect(),
            windows: self.sliding.iter().map(Sliding::worst).collect(),
            ..Driven::default()
        };
        driven.generator.threads = u32::try_from(works.len()).unwrap_or(u32::MAX);
        driven.generator.cpu = cpu(&works);
        driven.generator.rss = own_rss();
        let mut flows: Vec<FlowRecord> = (self.workload.flows.iter())
            .map(|flow| FlowRecord {
                name: flow.name.clone(),
                ..FlowRecord::default()
            })
            .collect();
        for work in works {
            add(&mut driven, &mut flows, work);
        }
        // Those of one step are their endpoints.
        let planned = self.workload.flows.iter();
        driven.flows = (flows.into_iter().zip(planned))
            .filter(|(_, flow)| flow.steps.len() > 1)
            .map(|(record, _)| record)
            .collect();
        driven
    }

    /// Length of the measured part: as planned, unless the run was stopped or all users were done before.
    fn measured(&self, works: &[Work], control: &Control) -> Duration {
        let planned = self.workload.window();
        let from = self.begin + self.workload.warm_up;
        let end = if control.level() == Level::Run {
            let limited = match &self.workload.model {
                crate::workload::Model::Closed(closed) => closed.calls_per_user.is_some(),
                crate::workload::Model::Open(_) => false,
            };
            if !limited {
                return planned;
            }
            works.iter().filter_map(|work| work.last).max()
        } else {
            works.iter().filter_map(|work| work.stopped).max()
        };
        end.map_or(planned, |end| {
            end.saturating_duration_since(from).min(planned)
        })
    }
}

fn add(driven: &mut Driven, flows: &mut [FlowRecord], work: Work) {
    let tally = work.tally;
    for (record, tally) in driven.endpoints.iter_mut().zip(tally.endpoints) {
        for (class, times) in &tally.judged {
            add_times(&mut record.judged, times);
            add_times(record.classes.entry(*class).or_default(), times);
        }
        for (class, times) in &tally.others {
            add_times(record.classes.entry(*class).or_default(), times);
        }
        for (outcome, count) in tally.outcomes {
            *record.outcomes.entry(outcome).or_default() += count;
        }
        for (check, count) in tally.failed_checks {
            *record.failed_checks.entry(check).or_default() += count;
        }
        record.bytes_sent = record.bytes_sent.saturating_add(tally.bytes_sent);
        record.bytes_received = record.bytes_received.saturating_add(tally.bytes_received);
    }
    for (record, tally) in flows.iter_mut().zip(tally.flows) {
        add_times(&mut record.times, &tally.times);
        record.failed += tally.failed;
    }
    let seconds = tally.seconds.len().max(driven.seconds.len()).min(SECONDS);
    driven.seconds.resize(seconds, Second::default());
    for (sum, second) in driven.seconds.iter_mut().zip(tally.seconds) {
        sum.calls += second.calls;
        sum.failed += second.failed;
    }
    let Connections {
        opened,
        most,
        connect,
        tls,
        first_byte,
    } = &mut driven.connections;
    *opened += work.opened;
    *most += work.open;
    connect.add(&tally.connect);
    tls.add(&tally.tls);
    first_byte.add(&tally.first_byte);
    let generator: &mut Generator = &mut driven.generator;
    generator.due += tally.due + tally.missed;
    generator.late += tally.late;
    generator.dropped += tally.dropped;
    generator.lateness.add(&tally.lateness);
    generator.sockets += work.open;
}

fn add_times(sum: &mut Times, part: &Times) {
    sum.response.add(&part.response);
    sum.service.add(&part.service);
}

/// CPU time over time, of all threads.
fn cpu(works: &[Work]) -> Option<f64> {
    let parts: Option<Vec<(Duration, Duration)>> = works.iter().map(|work| work.cpu).collect();
    let (used, over) = parts?.iter().fold((0, 0), |(used, over), part| {
        (used + nanos(part.0), over + nanos(part.1))
    });
    (over > 0).then(|| used as f64 / over as f64)
}

/// Resident memory of this process, bytes.
fn own_rss() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
