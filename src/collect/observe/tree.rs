//! A process and all that descends from it, summed at one moment.
//!
//! # Who belongs to it
//! Children are found by their parent, level by level. Who once belonged to the tree stays in it when its parent dies (its id
//! and its start are remembered). For a child of tollgate's also every process of its group, and every process with its
//! mark in the environment, which catches daemons that let go of parent and group between two looks.
//!
//! # CPU time
//! The kernel adds the CPU time of a child to that of its parent when the parent waits for it, never before; so the sum over
//! living processes and zombies of own time and time of children waited for counts everything once. What ended since the
//! last look must show as growth of its nearest living ancestor. What does not show there (nobody waited for it, its parent
//! had died, or children are reaped unseen) is taken from the last look at it and carried on: what it used between that look
//! and its end is missing, at most one period. Bytes read and written are carried on where no ancestor is left.
//!
//! # What it costs
//! One look lists `/proc`, and reads the members' files and those of processes that are new. Ids are given in turn, so a
//! process that was no member at the last look is none now, unless it is another one; all are read again now and then.

use super::proc::{self, Stat};
use super::read::{self, Reader};
use crate::collect::process::ProcessId;
use crate::workload::record::ProcessSample;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Every so many looks, all processes are read.
const AFRESH: u64 = 16;

/// Every so many looks, the proportional set is read; more seldom where it takes long.
const PROPORTIONAL: u64 = 10;

/// The proportional set of a large process takes milliseconds, in which the process cannot map memory: at most this share
/// of the time goes into it.
const PROPORTIONAL_SHARE: u32 = 500;

/// What is to be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// A process of somebody else's, and its descendants.
    Process(u32),
    /// A child that leads its group, with the entry that only its descendants have in their environment.
    Started {
        /// Child and group.
        pid: u32,
        /// `NAME=value`.
        mark: String,
    },
}

/// The sum over a tree at one moment, and what has no place in a record.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Look {
    /// The sums.
    pub sample: ProcessSample,
    /// Time that the main threads were ready to run and waited for a CPU, until now: what an event loop lags for want of
    /// one.
    pub waited: Option<Duration>,
}

/// Looks at a tree of processes again and again.
#[derive(Debug)]
pub struct Tree {
    root: u32,
    mark: Option<Vec<u8>>,
    members: HashMap<u32, Member>,
    others: HashSet<u32>,
    carried: Carried,
    looks: u64,
    proportional_after: Option<Instant>,
    started: bool,
    reader: Reader,
    page: u64,
    ticks: u64,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    stat: Stat,
    io: Option<(u64, u64)>,
    waited: Option<u64>,
}

impl Member {
    const fn new(stat: Stat) -> Self {
        Self {
            stat,
            io: None,
            waited: None,
        }
    }

    const fn cpu(&self) -> u64 {
        self.stat.own.saturating_add(self.stat.waited_for)
    }
}

/// Of processes that are gone.
#[derive(Debug, Default)]
struct Carried {
    cpu: u64,
    read: u64,
    written: u64,
    waited: u64,
}

impl Tree {
    /// Nothing is looked at yet.
    #[must_use]
    pub fn new(root: &Root) -> Self {
        let (root, mark) = match root {
            Root::Process(pid) => (*pid, None),
            Root::Started { pid, mark } => (*pid, Some(mark.clone().into_bytes())),
        };
        Self {
            root,
            mark,
            members: HashMap::new(),
            others: HashSet::new(),
            carried: Carried::default(),
            looks: 0,
            proportional_after: None,
            started: false,
            reader: Reader::default(),
            page: rustix::param::page_size() as u64,
            ticks: rustix::param::clock_ticks_per_second().max(1),
        }
    }

    /// Those that run, by names that stay theirs.
    #[must_use]
    pub fn members(&self) -> Vec<ProcessId> {
        (self.members.values())
            .filter(|member| !member.stat.is_ended())
            .map(|member| ProcessId {
                pid: member.stat.pid,
                start: member.stat.start,
            })
            .collect()
    }

    /// Sums up what runs now; `None` when nothing of it does. `at` becomes the time of the sample.
    pub fn look(&mut self, at: Duration) -> Option<Look> {
        let before = self.find();
        self.carry(&before);
        let due = self.looks.is_multiple_of(PROPORTIONAL)
            && (self.proportional_after).is_none_or(|after| Instant::now() >= after);
        self.looks += 1;
        let mut sums = Sums::new(due);
        let start = Instant::now();
        for (&pid, member) in &mut self.members {
            sums.add(pid, member, &mut self.reader, self.page);
        }
        if due {
            // Everything else of a look is small beside it.
            self.proportional_after =
                Instant::now().checked_add(start.elapsed() * PROPORTIONAL_SHARE);
        }
        let carried = &self.carried;
        let cpu: u64 = self.members.values().map(Member::cpu).sum();
        (sums.processes > 0).then(|| Look {
            sample: ProcessSample {
                at,
                processes: sums.processes,
                cpu: in_time(cpu.saturating_add(carried.cpu), self.ticks),
                rss: sums.rss,
                pss: sums.pss,
                threads: sums.threads,
                fds: sums.fds,
                read: sums.io.map(|(read, _)| read.saturating_add(carried.read)),
                written: sums
                    .io
                    .map(|(_, written)| written.saturating_add(carried.written)),
            },
            waited: (sums.waited)
                .map(|waited| Duration::from_nanos(waited.saturating_add(carried.waited))),
        })
    }

    /// Finds out who belongs to the tree now; gives who did before.
    fn find(&mut self) -> HashMap<u32, Member> {
        let pids = read::processes();
        let afresh = self.looks.is_multiple_of(AFRESH);
        let before = std::mem::take(&mut self.members);
        let mut strangers = Vec::new();
        for &pid in &pids {
            let was = before.get(&pid);
            if was.is_none() && !afresh && self.others.contains(&pid) {
                continue;
            }
            let Some(stat) = self.reader.stat(pid) else {
                continue;
            };
            match was {
                Some(was) if was.stat.start == stat.start => {
                    self.members.insert(pid, Member { stat, ..*was });
                }
                _ => strangers.push(stat),
            }
        }
        self.others = pids.into_iter().collect();
        // Parents before children, where the clock can tell them apart.
        strangers.sort_by_key(|stat| (stat.start, stat.pid));
        loop {
            let known = strangers.len();
            strangers.retain(|stat| {
                let joins = self.belongs(stat);
                if joins {
                    self.members.insert(stat.pid, Member::new(*stat));
                }
                !joins
            });
            if strangers.len() == known {
                break;
            }
        }
        if let Some(mark) = self.mark.take() {
            for stat in strangers {
                if self.reader.environment_has(stat.pid, &mark) {
                    self.members.insert(stat.pid, Member::new(stat));
                }
            }
            self.mark = Some(mark);
        }
        for pid in self.members.keys() {
            self.others.remove(pid);
        }
        self.started |= !self.members.is_empty();
        before
    }

    fn belongs(&self, stat: &Stat) -> bool {
        // Once it has been seen, a process with the root's number is the root or somebody else.
        (stat.pid == self.root && !self.started)
            || self.members.contains_key(&stat.parent)
            || (self.mark.is_some() && stat.group == self.root)
    }

    /// Takes over what is gone.
    fn carry(&mut self, before: &HashMap<u32, Member>) {
        let mut by_heir: HashMap<u32, u64> = HashMap::new();
        for (pid, gone) in before {
            if self.is_same(*pid, gone) {
                continue;
            }
            self.carried.waited += gone.waited.unwrap_or(0);
            match self.heir(before, gone) {
                Some(heir) => *by_heir.entry(heir).or_default() += gone.cpu(),
                None => {
                    self.carried.cpu += gone.cpu();
                    let (read, written) = gone.io.unwrap_or_default();
                    self.carried.read += read;
                    self.carried.written += written;
                }
            }
        }
        for (heir, used) in by_heir {
            let (then, now) = (before.get(&heir), self.members.get(&heir));
            let growth = match (then, now) {
                (Some(then), Some(now)) => {
                    (now.stat.waited_for).saturating_sub(then.stat.waited_for)
                }
                _ => 0,
            };
            self.carried.cpu += used.saturating_sub(growth);
        }
    }

    fn is_same(&self, pid: u32, was: &Member) -> bool {
        (self.members.get(&pid)).is_some_and(|now| now.stat.start == was.stat.start)
    }

    /// The nearest ancestor that is still there: who waits for children passes their time on.
    fn heir(&self, before: &HashMap<u32, Member>, gone: &Member) -> Option<u32> {
        let mut parent = gone.stat.parent;
        // Bounded, as ids of different moments could form a ring.
        for _level in 0..before.len() {
            let was = before.get(&parent)?;
            if self.is_same(parent, was) {
                return Some(parent);
            }
            parent = was.stat.parent;
        }
        None
    }
}

struct Sums {
    processes: u32,
    rss: u64,
    pss: Option<u64>,
    threads: u32,
    fds: Option<u32>,
    io: Option<(u64, u64)>,
    waited: Option<u64>,
}

impl Sums {
    fn new(proportional: bool) -> Self {
        Self {
            processes: 0,
            rss: 0,
            pss: proportional.then_some(0),
            threads: 0,
            fds: Some(0),
            io: Some((0, 0)),
            waited: Some(0),
        }
    }

    /// One process. What vanishes in the middle adds what it had told until then.
    fn add(&mut self, pid: u32, member: &mut Member, reader: &mut Reader, page: u64) {
        if !member.stat.is_ended() {
            self.processes += 1;
            self.threads = self.threads.saturating_add(member.stat.threads);
            let pages = reader.read(pid, "statm", proc::resident_pages);
            let rss = pages.known().unwrap_or(0).saturating_mul(page);
            self.rss = self.rss.saturating_add(rss);
            self.fds = sum(self.fds, reader.descriptors(pid));
            if self.pss.is_some() {
                let pss = reader.read(pid, "smaps_rollup", proc::proportional_set);
                self.pss = sum(self.pss, pss);
            }
            let io = reader.read(pid, "io", proc::storage);
            match io {
                read::Told::Gone => {}
                told => member.io = told.known(),
            }
            if let Some(waited) = reader.read(pid, "schedstat", proc::waited_for_cpu).known() {
                member.waited = Some(waited);
            }
            if matches!(io, read::Told::Unreadable) {
                self.io = None;
            }
        }
        if let (Some((read, written)), Some(io)) = (&mut self.io, member.io) {
            *read = read.saturating_add(io.0);
            *written = written.saturating_add(io.1);
        }
        if let (Some(waited), Some(more)) = (&mut self.waited, member.waited) {
            *waited = waited.saturating_add(more);
        }
    }
}

/// A sum that is unknown as soon as one part of it is. What is gone is no part of it.
fn sum<T: std::ops::Add<Output = T>>(sum: Option<T>, part: read::Told<T>) -> Option<T> {
    match part {
        read::Told::Known(part) => Some(sum? + part),
        read::Told::Gone => sum,
        read::Told::Unreadable => None,
    }
}

fn in_time(ticks: u64, per_second: u64) -> Duration {
    let nanos = u128::from(ticks) * 1_000_000_000 / u128::from(per_second);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
