//! A file of its own for every process of a pair.
//!
//! Where the pages of an executable lie in memory changes its speed, and they stay where they are as long as the file
//! does: two byte copies of one program were up to 11 % apart for a whole job (`docs/validation/README.md`). Copied anew for
//! each process, that is noise and not bias. Relinked layouts are files of their own already.

use crate::collect::CollectError;
use crate::collect::suite::Runner;
use crate::measurement::FailureKind;
use std::path::{Path, PathBuf};

/// A copy that is removed when its process has ended.
pub(super) struct Copied(PathBuf);

impl Drop for Copied {
    fn drop(&mut self) {
        // What stays is replaced by the next copy.
        let _left: Result<(), _> = std::fs::remove_file(&self.0);
    }
}

/// The same runner with a fresh copy of its executable, at one path for both sides; commands have none.
pub(super) fn fresh(
    runner: Runner,
    scratch: &Path,
) -> Result<(Runner, Option<Copied>), CollectError> {
    let executable = match &runner {
        Runner::Criterion(built) | Runner::Divan(built) => built.executable.clone(),
        Runner::Command(_) | Runner::Workload(_) | Runner::System => return Ok((runner, None)),
    };
    let failed = |error: std::io::Error| CollectError::Failed {
        kind: FailureKind::NotStarted,
        detail: format!(
            "failed to copy {} to {}: {error}",
            executable.display(),
            scratch.display()
        ),
    };
    let scratch = std::path::absolute(scratch).map_err(failed)?;
    std::fs::create_dir_all(&scratch).map_err(failed)?;
    let copy = scratch.join(format!("copy-{:010}", std::process::id()));
    // A new file and not new bytes in the old one, whose pages would stay.
    match std::fs::remove_file(&copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    std::fs::copy(&executable, &copy).map_err(failed)?;
    Ok((
        runner.with_executable(Some(copy.clone())),
        Some(Copied(copy)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::fake::Fake;

    #[test]
    fn each_copy_is_a_file_of_its_own_at_one_path_and_goes_with_its_process() {
        use std::os::unix::fs::MetadataExt as _;

        let fake = Fake::new("exit 0");
        let scratch = fake.path().join("scratch");
        let executable = |runner: &Runner| match runner {
            Runner::Criterion(built) => built.executable.clone(),
            _ => panic!("another runner"),
        };
        let original = Runner::Criterion(fake.built.clone());
        let (first, kept) = fresh(original.clone(), &scratch).unwrap();
        let path = executable(&first);
        assert_ne!(path, fake.built.executable);
        let inode = std::fs::metadata(&path).unwrap().ino();
        // Kept open, so that its number is not given away again.
        let open = std::fs::File::open(&path).unwrap();
        let (second, again) = fresh(original, &scratch).unwrap();
        assert_eq!(executable(&second), path);
        assert_ne!(std::fs::metadata(&path).unwrap().ino(), inode);
        assert!(std::fs::metadata(&path).unwrap().mode() & 0o100 != 0);
        drop((open, kept, again));
        assert!(!path.exists());
    }

    #[test]
    fn an_executable_that_is_gone_is_named() {
        let mut fake = Fake::new("exit 0");
        fake.built.executable = "/no/such/bench".into();
        let scratch = fake.path().join("scratch");
        let Err(CollectError::Failed { detail, .. }) =
            fresh(Runner::Criterion(fake.built.clone()), &scratch)
        else {
            panic!("it was copied");
        };
        assert!(detail.contains("/no/such/bench"), "{detail}");
    }
}
