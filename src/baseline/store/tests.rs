use super::*;

#[test]
fn calibrated_jobs_add_up_in_a_file_that_is_no_baseline() {
    let directory = tempfile::tempdir().unwrap();
    assert!(load_calibration(directory.path()).unwrap().jobs.is_empty());
    let job = crate::calibration::CalibrationJob {
        started: "2026-11-21T12:00:00Z".to_owned(),
        seed: "1".to_owned(),
        class: crate::baseline::MachineClass {
            facts: vec![("arch".to_owned(), "x86_64".to_owned())],
        },
        counts: crate::calibration::Counts::default(),
    };
    for jobs in 1..=3 {
        let lock = lock(directory.path()).unwrap();
        let all = lock.add_calibration(job.clone()).unwrap();
        assert_eq!(all.jobs.len(), jobs);
    }
    assert!(load_all(directory.path()).unwrap().is_empty());
    std::fs::write(directory.path().join(CALIBRATION_FILE), "{").unwrap();
    assert!(load_calibration(directory.path()).is_err());
    let lock = lock(directory.path()).unwrap();
    assert!(lock.add_calibration(job).is_err());
}
use crate::baseline::tests::{accept_over, run};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

/// Accepts a run the way the command does.
fn accept_into(directory: &Path, minute: u32) -> Result<(), StoreError> {
    let lock = lock(directory)?;
    let benchmarks: Vec<(String, f64)> = (0..200)
        .map(|i| (format!("benchmark {i}"), f64::from(minute) + 1.0))
        .collect();
    let benchmarks: Vec<(&str, f64)> = benchmarks.iter().map(|(name, v)| (&**name, *v)).collect();
    let (baselines, ledger) = (load_all(directory)?, load_ledger(directory)?);
    let acceptance =
        accept_over(&run(minute, &benchmarks), &baselines, &ledger).expect("acceptable");
    lock.commit(&acceptance)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_saved_is_loaded() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path().join("project/baselines");
    assert!(load_all(&directory).expect("no directory").is_empty());
    assert!(
        load_ledger(&directory)
            .expect("no directory")
            .entries
            .is_empty()
    );
    accept_into(&directory, 1).expect("accepted");
    accept_into(&directory, 2).expect("accepted");
    let baselines = load_all(&directory).expect("own files");
    assert_eq!(baselines.len(), 1);
    assert_eq!(baselines[0].jobs.len(), 2);
    assert_eq!(load_ledger(&directory).expect("own file").entries.len(), 2);
    assert_eq!(
        names(&directory),
        ["ledger.json".to_owned(), baselines[0].file_name()]
    );
}

#[test]
fn other_files_are_left_alone_and_broken_ones_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    accept_into(directory, 1).expect("accepted");
    let file = load_all(directory).expect("own files")[0].file_name();
    fs::write(directory.join("README.md"), "# x").expect("writes");
    fs::write(directory.join(".tollgate-left"), "{").expect("writes");
    assert_eq!(load_all(directory).expect("own files").len(), 1);
    let text = fs::read_to_string(directory.join(&file)).expect("own file");

    fs::write(directory.join("copy.json"), &text).expect("writes");
    let error = load_all(directory).expect_err("wrong name").to_string();
    assert!(
        error.contains("copy.json") && error.contains(&file),
        "{error}"
    );

    fs::write(directory.join("copy.json"), &text[..text.len() / 2]).expect("writes");
    let error = load_all(directory).expect_err("broken").to_string();
    assert!(
        error.contains("copy.json: ") && error.contains("cut short"),
        "{error}"
    );

    fs::write(directory.join("copy.json"), b"\xff").expect("writes");
    let error = load_all(directory).expect_err("broken").to_string();
    assert!(error.contains("copy.json: cannot be read"), "{error}");

    fs::remove_file(directory.join("copy.json")).expect("removes");
    fs::create_dir(directory.join("folder.json")).expect("creates");
    let error = load_all(directory).expect_err("no file").to_string();
    assert!(error.contains("folder.json: cannot be read"), "{error}");

    // Nothing was written over, and a broken ledger stops an acceptance.
    fs::remove_dir(directory.join("folder.json")).expect("removes");
    fs::write(directory.join(LEDGER_FILE), "{}").expect("writes");
    let error = accept_into(directory, 2)
        .expect_err("broken ledger")
        .to_string();
    assert!(
        error.contains("ledger.json: this is JSON, but no ledger"),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(directory.join(&file)).expect("own file"),
        text
    );
    // The next writer clears up what a killed one left.
    assert!(!directory.join(".tollgate-left").exists());
}

#[test]
fn only_one_may_write() {
    let directory = tempfile::tempdir().expect("a directory");
    let held = lock(directory.path()).expect("free");
    assert!(matches!(
        lock(directory.path()),
        Err(StoreError::Locked { .. })
    ));
    drop(held);
    assert!(lock(directory.path()).is_ok());
}

#[test]
fn a_lock_that_was_dropped_is_free_even_while_a_child_has_a_copy_of_its_handle() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = lock(directory.path()).expect("free");
    // What a fork does, until it executes another program.
    let copy = first.handle.try_clone().expect("a copy");
    drop(first);
    assert!(lock(directory.path()).is_ok());
    drop(copy);
}

#[test]
fn permissions_stay() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    accept_into(directory, 1).expect("accepted");
    let path = directory.join(LEDGER_FILE);
    let mode = || fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
    assert_ne!(mode() & 0o400, 0);
    // What the umask leaves of 0666, not the 0600 of a temporary file.
    let plain = directory.join("plain");
    fs::write(&plain, "").expect("writes");
    assert_eq!(
        mode(),
        fs::metadata(&plain).expect("a file").permissions().mode() & 0o777
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("own file");
    accept_into(directory, 2).expect("accepted");
    assert_eq!(mode(), 0o640);
}

const DIRECTORY: &str = "TOLLGATE_TEST_STORE_DIRECTORY";

/// Not a test of its own: the process that the next one kills. Without its variable it does nothing.
#[test]
fn accepts_until_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let directory = PathBuf::from(directory);
    let done = load_all(&directory).expect("whole files");
    let done = done.first().map_or(0, |baseline| baseline.jobs.len());
    for minute in done.. {
        accept_into(&directory, u32::try_from(minute % 60).expect("small")).expect("accepted");
        // Straight to the pipe: the harness would keep what is printed.
        writeln!(io::stdout().lock(), "accepted").expect("the parent reads");
    }
}

#[test]
fn a_kill_at_any_moment_leaves_whole_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let mut jobs = 0;
    for round in 0_u32..12 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args([
                "--exact",
                "baseline::store::tests::accepts_until_killed",
                "--nocapture",
            ])
            .env(DIRECTORY, directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let accepted =
            lines.filter(|line| line.as_ref().is_ok_and(|line| line.ends_with("accepted")));
        // The moment of the kill wanders through the next acceptance.
        assert_eq!(accepted.take(2).count(), 2);
        let mut wait = 0_u64;
        for i in 0..u64::from(round) * 40_000 {
            wait = std::hint::black_box(wait.wrapping_add(i));
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("reaped");

        let baselines = load_all(directory).expect("whole baselines");
        let ledger = load_ledger(directory).expect("a whole ledger");
        assert_eq!(baselines.len(), 1);
        let now = baselines[0].jobs.len();
        assert!(now >= jobs + 2, "{jobs} jobs before, {now} now");
        jobs = now;
        // A job may lack its entry, never the other way round.
        let file = baselines[0].file_name();
        let stored: Vec<String> = (baselines[0].jobs.iter())
            .map(|job| format!("{file}#{}", job.id))
            .collect();
        let told: Vec<&String> = ledger
            .entries
            .iter()
            .flat_map(|entry| &entry.jobs)
            .collect();
        assert!(told.iter().all(|job| stored.contains(job)));
        assert!(told.len() + 1 + usize::try_from(round).expect("small") >= stored.len());
        if jobs + 8 > crate::baseline::JOBS_KEPT {
            break;
        }
    }
}
