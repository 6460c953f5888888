//! What one thread counts. Nobody else touches it while the run lasts; constant memory.

use crate::load::Reply;
use crate::measurement::Histogram;
use crate::workload::Workload;
use crate::workload::record::{Class, Outcome, Second, Times};
use crate::workload::window::SecondOfTimes;
use std::collections::BTreeMap;
use std::time::Duration;

/// Seconds that are told one by one: a day. What ends later is in every other number.
pub(in crate::load) const SECONDS: usize = 86_400;

/// Flows that began later than this by the generator's fault count as late.
pub(in crate::load) const LATE: Duration = Duration::from_millis(1);

/// Everything that one thread recorded.
#[derive(Debug, Default)]
pub(in crate::load) struct Tally {
    pub(in crate::load) endpoints: Vec<EndpointTally>,
    pub(in crate::load) flows: Vec<FlowTally>,
    pub(in crate::load) seconds: Vec<Second>,
    pub(in crate::load) connect: Histogram,
    pub(in crate::load) tls: Histogram,
    pub(in crate::load) first_byte: Histogram,
    pub(in crate::load) due: u64,
    pub(in crate::load) late: u64,
    pub(in crate::load) dropped: u64,
    pub(in crate::load) missed: u64,
    pub(in crate::load) lateness: Histogram,
    /// Since the last publication.
    pub(in crate::load) live: Live,
    series: Vec<SeriesTally>,
    timeout: u64,
}

/// The calls of one endpoint. What is kept once here stands twice in its record: all of a class are the judged ones and the
/// others.
#[derive(Debug, Default)]
pub(in crate::load) struct EndpointTally {
    pub(in crate::load) judged: BTreeMap<Class, Times>,
    pub(in crate::load) others: BTreeMap<Class, Times>,
    pub(in crate::load) outcomes: BTreeMap<Outcome, u64>,
    pub(in crate::load) failed_checks: BTreeMap<u32, u64>,
    pub(in crate::load) bytes_sent: u64,
    pub(in crate::load) bytes_received: u64,
    /// Indices of `series`.
    windows: Vec<usize>,
}

#[derive(Debug, Default)]
pub(in crate::load) struct FlowTally {
    pub(in crate::load) times: Times,
    pub(in crate::load) failed: u64,
}

/// Times of an endpoint (or of all) in the current second, for sliding windows.
#[derive(Debug, Default)]
struct SeriesTally {
    second: u64,
    times: Histogram,
}

/// What those who watch are told: counts are from the start of the schedule, warm-up included.
#[derive(Debug, Default)]
pub(in crate::load) struct Live {
    pub(in crate::load) calls: u64,
    pub(in crate::load) failed: u64,
    pub(in crate::load) seconds: Vec<(u64, Second)>,
    pub(in crate::load) response: Histogram,
    /// Of a series, in a second of the measured part.
    pub(in crate::load) windows: Vec<(usize, u64, SecondOfTimes)>,
}

/// One call, in relation to the schedule.
#[derive(Debug, Clone, Copy)]
pub(in crate::load) struct Timing {
    /// From the intended start to the end.
    pub(in crate::load) response: Duration,
    /// Second of its end from the start of the schedule.
    pub(in crate::load) second: u64,
    /// Second of its end from the start of the measured part; `None`: it does not count.
    pub(in crate::load) counted: Option<u64>,
}

/// Which endpoints (`None`: all) sliding windows want, each once; and the place of each window's among them.
pub(in crate::load) fn series(workload: &Workload) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut series: Vec<Option<usize>> = Vec::new();
    let places = (workload.windows.iter())
        .map(|window| {
            let known = series
                .iter()
                .position(|endpoint| *endpoint == window.endpoint);
            known.unwrap_or_else(|| {
                series.push(window.endpoint);
                series.len() - 1
            })
        })
        .collect();
    (series, places)
}

impl Tally {
    pub(in crate::load) fn new(workload: &Workload) -> Self {
        let (series, _) = series(workload);
        let wanted = |index: usize| {
            (series.iter().enumerate())
                .filter(|(_, endpoint)| endpoint.is_none_or(|endpoint| endpoint == index))
                .map(|(place, _)| place)
                .collect()
        };
        let endpoints = (0..workload.endpoints.len()).map(|index| EndpointTally {
            windows: wanted(index),
            ..EndpointTally::default()
        });
        Self {
            endpoints: endpoints.collect(),
            flows: workload
                .flows
                .iter()
                .map(|_| FlowTally::default())
                .collect(),
            series: series.iter().map(|_| SeriesTally::default()).collect(),
            timeout: nanos(workload.timeout),
            ..Self::default()
        }
    }

    /// Counts a call. `check` is where the checks of its step begin among those of its endpoint.
    pub(in crate::load) fn call(
        &mut self,
        endpoint: usize,
        check: u32,
        timing: Timing,
        reply: &Reply,
    ) {
        let failed = reply.outcome != Outcome::Ok;
        self.live.calls += 1;
        self.live.failed += u64::from(failed);
        tick(&mut self.live.seconds, timing.second, failed);
        let (Some(second), Some(tally)) = (timing.counted, self.endpoints.get_mut(endpoint)) else {
            return;
        };
        let timed_out = reply.outcome == Outcome::TimedOut;
        let mut response = nanos(timing.response);
        let mut service = nanos(reply.done.saturating_duration_since(reply.sent));
        if timed_out {
            // As the limit, and what it waited before it began. The clock may have stopped a little early or late.
            response = response.max(self.timeout);
            service = self.timeout;
        }
        let judged = !failed || timed_out;
        let times = if judged {
            &mut tally.judged
        } else {
            &mut tally.others
        };
        let times = times.entry(reply.class).or_default();
        times.response.record(response);
        times.service.record(service);
        *tally.outcomes.entry(reply.outcome).or_default() += 1;
        if let Some(place) = reply.failed_check {
            *tally
                .failed_checks
                .entry(check.saturating_add(place))
                .or_default() += 1;
        }
        tally.bytes_sent = tally.bytes_sent.saturating_add(reply.bytes_sent);
        tally.bytes_received = tally.bytes_received.saturating_add(reply.bytes_received);
        if judged {
            self.live.response.record(response);
            for place in &tally.windows {
                if let Some(series) = self.series.get_mut(*place) {
                    series.close_before(second, *place, &mut self.live.windows);
                    series.times.record(response);
                }
            }
        }
        for (time, histogram) in [
            (reply.connect, &mut self.connect),
            (reply.tls, &mut self.tls),
            (reply.first_byte, &mut self.first_byte),
        ] {
            if let Some(time) = time {
                histogram.record(nanos(time));
            }
        }
        if let Ok(second) = usize::try_from(second)
            && second < SECONDS
        {
            if self.seconds.len() <= second {
                self.seconds.resize(second + 1, Second::default());
            }
            self.seconds[second].calls += 1;
            self.seconds[second].failed += u64::from(failed);
        }
    }

    /// Counts a flow of more than one step.
    ///
    /// `times`: to its end from the intended start and from the actual one; `None`: it failed.
    pub(in crate::load) fn flow(&mut self, flow: usize, times: Option<(Duration, Duration)>) {
        if let Some(tally) = self.flows.get_mut(flow) {
            if let Some((response, service)) = times {
                tally.times.response.record(nanos(response));
                tally.times.service.record(nanos(service));
            } else {
                tally.failed += 1;
            }
        }
    }

    /// Counts the beginning of a flow that was due.
    pub(in crate::load) fn begun(&mut self, lateness: Duration) {
        self.due += 1;
        self.late += u64::from(lateness > LATE);
        self.lateness.record(nanos(lateness));
    }

    /// Gives what sliding windows need of all seconds before this one of the measured part.
    pub(in crate::load) fn close_windows(&mut self, before: u64) {
        for (place, series) in self.series.iter_mut().enumerate() {
            series.close_before(before, place, &mut self.live.windows);
        }
    }
}

impl SeriesTally {
    fn close_before(
        &mut self,
        second: u64,
        place: usize,
        closed: &mut Vec<(usize, u64, SecondOfTimes)>,
    ) {
        if self.second < second {
            if !self.times.is_empty() {
                let times = std::mem::take(&mut self.times);
                closed.push((place, self.second, times.buckets().collect()));
            }
            self.second = second;
        }
    }
}

fn tick(seconds: &mut Vec<(u64, Second)>, second: u64, failed: bool) {
    match seconds.last_mut() {
        // Seconds of calls come in order, as they are those of their ends.
        Some((last, count)) if *last >= second => {
            count.calls += 1;
            count.failed += u64::from(failed);
        }
        _ => seconds.push((
            second,
            Second {
                calls: 1,
                failed: u64::from(failed),
            },
        )),
    }
}

pub(in crate::load) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
