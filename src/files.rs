//! Edge: files read within bounds and written whole. Shared by baselines, runs and budgets.toml.

use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::Path;

/// Prefix of files that are being written; what a killed process left has it too.
pub(crate) const TEMPORARY: &str = ".tollgate-";

/// What to do where there is a file already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// Replace it and keep its permissions.
    Replace,
    /// Leave it and fail with [`io::ErrorKind::AlreadyExists`].
    Keep,
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// Anything but a regular file, before it is opened: a pipe would be waited for, and a device never ends. A file
/// that is larger, before it is read. What the operating system refuses.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let length = regular(&fs::metadata(path)?)?;
    if length > limit {
        return Err(too_large(length, limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // It may grow while it is read; and files of /proc say that they are empty.
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        read if read > limit => Err(too_large(read, limit)),
        _ => Ok(bytes),
    }
}

/// The length of a regular file.
fn regular(metadata: &fs::Metadata) -> io::Result<u64> {
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        let problem = "it is not a regular file";
        Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
    }
}

fn too_large(bytes: u64, limit: u64) -> io::Error {
    let problem = format!("it has {bytes} bytes or more; at most {limit} are read");
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

/// Writes a file whole or not at all: beside its place, synced, renamed into it; then the directory is synced.
/// Killed at any moment, the old file or the new one is there.
///
/// A new file is as readable as the user's umask lets it.
///
/// # Errors
/// From `content`, from the operating system, and where `path` is something else than a regular file: renaming
/// would put a file in the place of a device.
pub(crate) fn write(
    path: &Path,
    existing: Existing,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    readable(&mut builder);
    let mut file = builder.tempfile_in(directory)?;
    match fs::metadata(path) {
        Ok(old) => {
            regular(&old)?;
            file.as_file().set_permissions(old.permissions())?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    content(file.as_file_mut())?;
    file.as_file().sync_all()?;
    match existing {
        Existing::Replace => file.persist(path)?,
        Existing::Keep => file.persist_noclobber(path)?,
    };
    sync(directory)
}

/// A rename is on disk only when its directory is.
fn sync(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return File::open(directory)?.sync_all();
    #[cfg(not(unix))]
    {
        let _ = directory;
        Ok(())
    }
}

/// Temporary files are private by default.
fn readable(builder: &mut tempfile::Builder<'_, '_>) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = builder;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_at_the_limit_is_read_and_one_over_it_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        let error = read(&path, 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(
            error.to_string(),
            "it has 5 bytes or more; at most 4 are read"
        );
        // Refused by its length alone: nobody has these bytes.
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(
            read(&path, 2 << 30).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }

    #[test]
    fn pipes_devices_and_directories_are_refused_before_they_are_opened() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let paths = [&pipe, Path::new("/dev/zero"), directory.path()];
        for path in paths {
            let error = read(path, 100).unwrap_err().to_string();
            assert!(error.contains("not a regular file"), "{path:?}: {error}");
            let error = write(path, Existing::Replace, |_| Ok(())).unwrap_err();
            assert!(
                error.to_string().contains("not a regular file")
                    || error.kind() == io::ErrorKind::PermissionDenied,
                "{path:?}: {error}"
            );
        }
        assert_eq!(names(directory.path()), ["pipe"]);
    }

    #[test]
    fn a_file_without_a_stated_length_is_bounded_all_the_same() {
        let path = Path::new("/proc/self/maps");
        assert!(!read(path, 1 << 30).unwrap().is_empty());
        assert_eq!(
            read(path, 10).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }

    #[test]
    fn new_files_follow_the_umask_and_replaced_ones_keep_their_permissions() {
        let directory = tempfile::tempdir().unwrap();
        let (ours, plain) = (
            directory.path().join("ours"),
            directory.path().join("plain"),
        );
        fs::write(&plain, "").unwrap();
        let put = |text: &'static str| {
            write(&ours, Existing::Replace, |out| {
                out.write_all(text.as_bytes())
            })
        };
        put("one").unwrap();
        assert_eq!(mode(&ours), mode(&plain));
        fs::set_permissions(&ours, fs::Permissions::from_mode(0o640)).unwrap();
        put("two").unwrap();
        assert_eq!(
            (mode(&ours), fs::read(&ours).unwrap()),
            (0o640, b"two".to_vec())
        );
        assert_eq!(names(directory.path()), ["ours", "plain"]);
    }

    #[test]
    fn what_fails_leaves_the_old_file_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "old").unwrap();
        let failing = write(&path, Existing::Replace, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(failing.unwrap_err().to_string(), "no more");
        let kept = write(&path, Existing::Keep, |out| out.write_all(b"new"));
        assert_eq!(kept.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["a"]);
    }
}
