//! The files through which a step talks to GitHub's runner: appended to, never replaced.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Appends `text`, on a line of its own, to a regular file, which holds at most `limit` bytes then.
///
/// # Errors
/// It would hold more: [`io::ErrorKind::FileTooLarge`], and nothing is written. Anything but a regular file: a pipe would
/// be waited for. What the operating system refuses.
pub(super) fn append(path: &Path, text: &str, limit: u64) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            return Err(io::Error::other("it is not a regular file"));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    let length = file.metadata()?.len();
    // Another step of the job may have left its last line open.
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let whole = match last {
        [b'\n'] => text.to_owned(),
        _ => format!("\n{text}"),
    };
    if length.saturating_add(whole.len() as u64) > limit {
        let problem = format!("it has {length} bytes, and may have {limit} at most");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    file.write_all(whole.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_open_lines_are_closed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output");
        append(&path, "a=1\n", 100).unwrap();
        append(&path, "b=2\n", 100).unwrap();
        fs::write(&path, "a=1\nb=2\nc=").unwrap();
        append(&path, "d=3\n", 100).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a=1\nb=2\nc=\nd=3\n");
    }

    #[test]
    fn at_the_limit_is_fine_and_one_byte_more_writes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("summary");
        fs::write(&path, "1234\n").unwrap();
        let error = append(&path, "56789\n", 10).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(fs::read_to_string(&path).unwrap(), "1234\n");
        append(&path, "6789\n", 10).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 10);
        assert!(append(&path, "x", u64::MAX).is_ok());
    }

    #[test]
    fn only_files_are_written() {
        let directory = tempfile::tempdir().unwrap();
        assert!(append(directory.path(), "x", 10).is_err());
        assert!(append(Path::new("/dev/null"), "x", 10).is_err());
        assert!(append(&directory.path().join("no/such"), "x", 10).is_err());
    }
}
