//! On which CPU children start.
//!
//! A thread's CPU mask is inherited by the processes that it starts, so the mask is set for the moment of the start
//! and put back after it. Only Linux has it; elsewhere children run where the system likes.

use std::cell::Cell;

thread_local! {
    /// Where [`process::run`](super::process::run) starts the children of this thread.
    static CPU: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs `work`; children that it starts on this thread run on `cpu` alone, if one is given.
pub(super) fn on_cpu<T>(cpu: Option<usize>, work: impl FnOnce() -> T) -> T {
    let before = CPU.replace(cpu);
    let result = work();
    CPU.set(before);
    result
}

/// Starts something with the mask that [`on_cpu`] asks for. A mask that the system refuses is no reason not to
/// measure: the pair then runs unpinned, base and candidate alike.
pub(super) fn while_pinned<T>(start: impl FnOnce() -> T) -> T {
    let pinned = CPU.get().and_then(Pinned::to);
    let result = start();
    drop(pinned);
    result
}

/// The CPU for measuring: the last of those that this process may use, if there are at least two. The first ones
/// serve interrupts on most machines, and tollgate itself needs a place.
#[must_use]
pub fn cpu_for_measuring() -> Option<usize> {
    let allowed = allowed();
    allowed.last().copied().filter(|_| allowed.len() >= 2)
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    /// A mask to be put back.
    pub(super) struct Pinned(CpuSet);

    impl Pinned {
        pub(super) fn to(cpu: usize) -> Option<Self> {
            let before = sched_getaffinity(None).ok()?;
            let mut only = CpuSet::new();
            only.set(cpu);
            sched_setaffinity(None, &only).ok()?;
            Some(Self(before))
        }
    }

    impl Drop for Pinned {
        fn drop(&mut self) {
            // The mask was this thread's own a moment ago. If it cannot be had back, tollgate itself runs on one CPU,
            // which changes no verdict.
            let _back: Result<(), _> = sched_setaffinity(None, &self.0);
        }
    }

    pub(super) fn allowed() -> Vec<usize> {
        sched_getaffinity(None)
            .map(|set| {
                (0..CpuSet::MAX_CPU)
                    .filter(|&cpu| set.is_set(cpu))
                    .collect()
            })
            .unwrap_or_default()
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    /// There is no such mask.
    pub(super) struct Pinned;

    impl Pinned {
        pub(super) fn to(_cpu: usize) -> Option<Self> {
            None
        }
    }

    pub(super) fn allowed() -> Vec<usize> {
        Vec::new()
    }
}

#[cfg(not(target_os = "linux"))]
use elsewhere::{Pinned, allowed};
#[cfg(target_os = "linux")]
use linux::{Pinned, allowed};

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::collect::process::{Interrupt, Invocation, run};
    use std::time::Duration;

    fn mask_of_a_child() -> String {
        let invocation = Invocation {
            program: "sh".into(),
            arguments: ["-c", "grep Cpus_allowed_list /proc/self/status"]
                .map(Into::into)
                .into(),
            directory: "/".into(),
            environment: Vec::new(),
            environment_removed: Vec::new(),
            timeout: Duration::from_secs(60),
        };
        let finished = run(&invocation, &Interrupt::default()).unwrap();
        let text = String::from_utf8(finished.stdout).unwrap();
        text.split_whitespace().last().unwrap().to_owned()
    }

    #[test]
    fn a_child_runs_on_the_cpu_that_was_asked_for_and_the_parent_is_left_as_it_was() {
        let before = allowed();
        let last = *before.last().unwrap();
        let seen = on_cpu(Some(last), mask_of_a_child);
        assert_eq!(seen, last.to_string());
        assert_eq!(allowed(), before);
        // Without a CPU the child may use what its parent may.
        let free = on_cpu(None, mask_of_a_child);
        assert_eq!(free == last.to_string(), before.len() == 1);
    }

    #[test]
    fn a_cpu_that_is_not_there_does_not_stop_measuring() {
        let before = allowed();
        assert!(!on_cpu(Some(1023), mask_of_a_child).is_empty());
        assert_eq!(allowed(), before);
    }

    #[test]
    fn one_cpu_is_shared_with_everything_else() {
        assert_eq!(cpu_for_measuring().is_some(), allowed().len() >= 2);
    }
}
