use super::*;
use crate::collect::process::{Invocation, Running};
use std::path::Path;
use std::process::Stdio;

/// Never reached unless something is broken.
const LONG: Duration = Duration::from_secs(60);

fn shell(directory: &Path, script: &str) -> (Running, Tree) {
    let invocation = Invocation {
        program: "sh".into(),
        arguments: vec!["-c".into(), script.into()],
        directory: directory.to_owned(),
        environment: Vec::new(),
        environment_removed: Vec::new(),
        timeout: Duration::MAX,
    };
    let running = Running::start(&invocation, Stdio::null(), Stdio::null()).unwrap();
    let root = Root::Started {
        pid: running.id(),
        mark: running.mark(),
    };
    (running, Tree::new(&root))
}

/// Looks until it is as it should be.
fn until(tree: &mut Tree, what: impl Fn(&ProcessSample) -> bool) -> ProcessSample {
    let start = Instant::now();
    loop {
        let look = tree.look(start.elapsed());
        if let Some(look) = look.filter(|look| what(&look.sample)) {
            return look.sample;
        }
        assert!(start.elapsed() < LONG, "{look:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_tree_is_the_sum_of_its_processes() {
    let directory = tempfile::tempdir().unwrap();
    let (running, mut tree) = shell(
        directory.path(),
        "sh -c 'sleep 600 & sleep 600 & wait' & wait",
    );
    let sample = until(&mut tree, |sample| sample.processes == 4);
    assert_eq!(sample.threads, 4);
    assert!(sample.rss > 0 && sample.fds.unwrap() >= 12, "{sample:?}");
    assert_eq!(tree.members().len(), 4);
    drop(running);
    assert_eq!(tree.look(LONG), None);
}

#[test]
fn children_of_a_parent_that_died_still_belong_to_it() {
    let directory = tempfile::tempdir().unwrap();
    for script in [
        // The same group.
        "sh -c 'sleep 600 &'; exec sleep 600",
        // A session of its own; most likely the parent is gone before the first look.
        "sh -c 'setsid sleep 600 &'; exec sleep 600",
    ] {
        let (mut running, mut tree) = shell(directory.path(), script);
        until(&mut tree, |sample| sample.processes == 2);
        let stopped = running.stop(LONG, &tree.members(), &mut || false).unwrap();
        assert!(stopped.left.is_empty() && !stopped.killed, "{stopped:?}");
        assert_eq!(tree.look(LONG), None, "{script}");
    }
}

#[test]
fn descendants_are_found_without_a_group_or_a_mark() {
    let directory = tempfile::tempdir().unwrap();
    let (running, _) = shell(directory.path(), "setsid sh -c 'sleep 600 & wait' & wait");
    let mut tree = Tree::new(&Root::Process(running.id()));
    // With `setsid` it is three, where that forks four.
    until(&mut tree, |sample| sample.processes >= 3);
    let mut nobody = Tree::new(&Root::Process(u32::MAX - 1));
    assert_eq!(nobody.look(Duration::ZERO), None);
}

/// A shell that computes, then leaves a file and goes on as said.
const WORK: &str = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

#[test]
fn the_time_of_children_counts_once_whether_they_are_waited_for_or_not() {
    let directory = tempfile::tempdir().unwrap();
    for then in ["wait", "wait $!; sh -c :"] {
        let script = format!("sh -c '{WORK}; touch done; sleep 0.2' & {then}; exec sleep 600");
        let (running, mut tree) = shell(directory.path(), &script);
        let done = directory.path().join("done");
        let busy = until(&mut tree, |_| done.exists());
        assert!(busy.cpu > Duration::ZERO, "{busy:?}");
        // The child has ended; the time that was seen of it stays, and is not there twice.
        let after = until(&mut tree, |sample| sample.processes == 1);
        assert!(after.cpu >= busy.cpu, "{busy:?} {after:?}");
        assert!(after.cpu < busy.cpu * 2, "{busy:?} {after:?}");
        drop(running);
        std::fs::remove_file(done).unwrap();
    }
}

#[test]
fn the_time_of_a_child_that_nobody_of_the_tree_waited_for_is_carried_on() {
    let directory = tempfile::tempdir().unwrap();
    // Its parent dies first, so that somebody outside of the tree waits for it.
    let child = format!("{WORK}; touch done; sleep 0.3");
    let script = format!("sh -c '(sh -c \"{child}\") & sleep 0.05'; exec sleep 600");
    let (_running, mut tree) = shell(directory.path(), &script.replace("$", "\\$"));
    let done = directory.path().join("done");
    let busy = until(&mut tree, |_| done.exists());
    assert!(busy.cpu > Duration::ZERO, "{busy:?}");
    let after = until(&mut tree, |sample| sample.processes == 1);
    assert!(after.cpu >= busy.cpu, "{busy:?} {after:?}");
    assert!(after.cpu < busy.cpu * 2, "{busy:?} {after:?}");
}

#[test]
fn a_number_that_was_given_to_somebody_else_is_somebody_else() {
    let directory = tempfile::tempdir().unwrap();
    let (running, mut tree) = shell(directory.path(), "sleep 600 & wait");
    until(&mut tree, |sample| sample.processes == 2);
    // As if the ids had been given away between two looks: what is there now has other starts, and is not ours.
    let mut tree = Tree {
        mark: None,
        root: 0,
        ..tree
    };
    for member in tree.members.values_mut() {
        member.stat.start += 1;
    }
    assert_eq!(tree.look(LONG), None);
    drop(running);
}

#[test]
fn memory_is_seen_as_it_grows() {
    let directory = tempfile::tempdir().unwrap();
    // `tail -c` holds what it will print, until its input ends.
    let script = "(head -c 30000000 /dev/zero; sleep 600) | tail -c 20000000 >/dev/null";
    let (_running, mut tree) = shell(directory.path(), script);
    let large = until(&mut tree, |sample| sample.rss > 20_000_000);
    assert!(large.rss < 200_000_000, "{large:?}");
}

#[test]
fn the_proportional_set_is_read_now_and_then() {
    let mut tree = Tree::new(&Root::Process(std::process::id()));
    let looks: Vec<_> = (0..30)
        .map(|second| tree.look(Duration::from_secs(second)).unwrap().sample)
        .collect();
    let with: Vec<_> = looks.iter().filter_map(|sample| sample.pss).collect();
    assert!((1..=3).contains(&with.len()), "{}", with.len());
    assert!(looks[0].pss.is_some());
    assert!(with[0] > 0);
    assert!(looks.windows(2).all(|two| two[0].cpu <= two[1].cpu));
}
