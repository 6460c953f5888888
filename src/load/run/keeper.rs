//! Looks after a run while it starts, is driven and stops: watches the target, holds the limits, tells who wants to know.

use super::Stage;
use crate::collect::observe::{self, Root, Watching, cpu_between};
use crate::collect::process::{ProcessId, Running, describe_status};
use crate::load::target::generator;
use crate::load::{Control, Level, LoadError, words};
use crate::workload::record::ProcessRecord;
use crate::workload::safety::{Guard, Seen};
use crate::workload::{Stop, Workload};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often the caller is told.
const TELL: Duration = Duration::from_millis(100);

/// Limits are looked at no more often while the target is asked whether it is ready.
const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Keeper<'a> {
    control: &'a Control,
    observe: Duration,
    tell: &'a mut dyn FnMut(Stage<'_>),
    told: Option<Instant>,
    looked: Option<Instant>,
    watching: Option<(u32, Watching)>,
    guard: Guard,
    guarded: crate::workload::scenario::Safety,
    /// Directories whose file systems must keep room.
    places: Vec<PathBuf>,
    start: Instant,
    cut_at: Option<Instant>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(
        workload: &Workload,
        control: &'a Control,
        places: &[PathBuf],
        tell: &'a mut dyn FnMut(Stage<'_>),
    ) -> Result<Self, LoadError> {
        let keeper = Self {
            control,
            observe: workload.observe,
            tell,
            told: None,
            looked: None,
            watching: None,
            guard: Guard::new(workload.safety),
            guarded: workload.safety,
            places: places.iter().map(|place| existing(place)).collect(),
            start: Instant::now(),
            cut_at: None,
        };
        // A limit that cannot be watched is said before anything is started, not found out afterwards.
        if keeper.guarded.disk.is_some() {
            for place in &keeper.places {
                free(place).map_err(|error| {
                    generator(
                        &format!("see how full {} is", place.display()),
                        error.into(),
                    )
                })?;
            }
        }
        Ok(keeper)
    }

    /// The target was started and is not ready yet; an error ends that.
    pub(super) fn starting(&mut self, running: &Running) -> Result<(), LoadError> {
        let is_new = (self.watching.as_ref()).is_none_or(|(pid, _)| *pid != running.id());
        if is_new {
            self.start = Instant::now();
            self.watch(&Root::Started {
                pid: running.id(),
                mark: running.mark(),
            })?;
        }
        if self.control.level() != Level::Run {
            return Err(LoadError::Interrupted);
        }
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        self.tell_seldom(Stage::Starting);
        match self.guard.look(&self.seen(false)) {
            Some(breach) => Err(LoadError::Target {
                problem: format!(
                    "the target was stopped before it was ready: {}",
                    words::stop(&breach.stop)
                ),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn watch(&mut self, root: &Root) -> Result<(), LoadError> {
        if !observe::is_available() {
            return Ok(());
        }
        let pid = match root {
            Root::Process(pid) | Root::Started { pid, .. } => *pid,
        };
        let watching = Watching::start(root, self.observe)
            .map_err(|source| generator("watch the target's processes", source))?;
        self.watching = Some((pid, watching));
        Ok(())
    }

    /// Calls are made. Stops the run where a limit is broken or the target is gone.
    pub(super) fn driving(&mut self, running: Option<&Running>) -> Result<(), LoadError> {
        if let Some(running) = running {
            let ended = running
                .ended()
                .map_err(|source| generator("wait for the target", source))?;
            if let Some(status) = ended {
                let status = describe_status(status);
                self.control.stop(Level::Cut, Stop::TargetDied { status });
            }
        }
        if let Some(breach) = self.guard.look(&self.seen(true))
            && self.cut_at.is_none()
        {
            self.cut_at = Instant::now().checked_add(breach.grace);
            self.control.stop(Level::Drain, breach.stop);
        }
        if self.cut_at.is_some_and(|at| Instant::now() >= at)
            && let Some(reason) = self.control.reason()
        {
            self.control.stop(Level::Cut, reason);
        }
        let sample = (self.watching.as_ref())
            .and_then(|(_, watching)| watching.latest())
            .map(|look| look.sample);
        self.tell_seldom(Stage::Driving(sample.as_ref()));
        Ok(())
    }

    pub(super) fn stopping(&mut self) {
        self.tell_seldom(Stage::Stopping);
    }

    /// Tells at once.
    pub(super) fn tell(&mut self, stage: Stage<'_>) {
        self.told = Some(Instant::now());
        (self.tell)(stage);
    }

    fn tell_seldom(&mut self, stage: Stage<'_>) {
        if self.told.is_none_or(|told| told.elapsed() >= TELL) {
            self.tell(stage);
        }
    }

    fn seen(&self, driving: bool) -> Seen {
        let latest = (self.watching.as_ref()).and_then(|(_, watching)| watching.latest());
        let watched = self.guarded.disk.is_some();
        let places = self.places.iter().filter(|_| watched);
        Seen {
            at: self.start.elapsed(),
            calls: driving.then(|| self.control.calls()),
            memory: latest.map(|look| look.sample.rss),
            // A place that cannot be asked any more (a directory that was removed) has nothing to say.
            free: places.filter_map(|place| free(place).ok()).min(),
        }
    }

    /// What the target's processes did until now, and those that run. `measured` is when the measured part began and its
    /// length.
    pub(super) fn observed(
        &mut self,
        measured: (Instant, Duration),
    ) -> (Option<ProcessRecord>, Vec<ProcessId>) {
        let Some((_, watching)) = self.watching.take() else {
            return (None, Vec::new());
        };
        let members = watching.members();
        let from = measured.0.saturating_duration_since(watching.since());
        let seen = watching.finish();
        let samples = seen.series.samples();
        let record = (!samples.is_empty()).then(|| ProcessRecord {
            peak_rss: seen.series.peak_rss(),
            cpu: cpu_between(&samples, from, from.saturating_add(measured.1)),
            own_cost: seen.own_cost,
            samples,
        });
        (record, members)
    }
}

/// The nearest directory that is there: that of the logs may not have been needed yet.
fn existing(place: &Path) -> PathBuf {
    place
        .ancestors()
        .find(|place| place.is_dir())
        .map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}

/// Bytes that an ordinary user may still write.
fn free(place: &Path) -> rustix::io::Result<u64> {
    let system = rustix::io::retry_on_intr(|| rustix::fs::statvfs(place))?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}
