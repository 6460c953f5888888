//! Room for connections: each is an open file to the system.

use super::super::LoadError;
use crate::workload::Model;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files besides connections: runtimes, timers, the target's log, /proc.
const BESIDES: u64 = 256;

/// Connections of a workload at most: one a user.
pub(super) fn most(model: &Model) -> u64 {
    match model {
        Model::Closed(closed) => closed
            .stages
            .iter()
            .map(|stage| stage.users)
            .fold(closed.start, u32::max)
            .into(),
        Model::Open(open) => open.max_in_flight.into(),
    }
}

/// Sees to it that `connections` can be open at once: raises this process's soft limit, up to the hard one.
///
/// # Errors
/// The hard limit is lower: calls would fail by the generator's fault.
pub(super) fn room(connections: u64) -> Result<(), LoadError> {
    let needed = connections.saturating_add(BESIDES);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|soft| soft >= needed) {
        return Ok(());
    }
    if let Some(hard) = limit.maximum.filter(|hard| *hard < needed) {
        return Err(LoadError::Unusable(format!(
            "{connections} connections at once need {needed} open files, and this system allows {hard} to a process \
             (`ulimit -Hn`): allow more, or drive fewer users"
        )));
    }
    let raised = Rlimit {
        current: Some(needed),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).map_err(|error| LoadError::Generator {
        what: format!("room for {needed} open files"),
        source: error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_up_to_the_hard_limit_and_no_further() {
        let soft = || getrlimit(Resource::Nofile).current;
        room(1).expect("there is room");
        let before = soft();
        room(1).expect("there is room");
        assert_eq!(soft(), before);
        if getrlimit(Resource::Nofile).maximum.is_some() {
            let problem = room(u64::MAX).expect_err("no system allows it").to_string();
            assert!(problem.contains("ulimit -Hn"), "{problem}");
            assert_eq!(soft(), before);
        }
    }
}
