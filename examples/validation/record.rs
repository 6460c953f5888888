//! Measures everything once: edge.

mod header;
mod job;
mod processes;

use crate::data::Design;
use crate::kernels::Kernel;
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use job::JobRecorder;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tollgate::plan::permutation;

/// What is injected, in thousandths, besides nothing.
const SLOWDOWNS: [u32; 6] = [10, 20, 30, 50, 100, 200];

/// What each comparison holds.
const DESIGN: Design = Design {
    sequential: 10,
    pairs: 40,
    warmup: 8,
    batches: 32,
    long_samples: 100,
    lockstep_samples: 50,
    lockstep_batches: 50,
};

/// Arguments of the recorder.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// File to write; must not exist. While recording, `FILE.partial` grows beside it.
    out: PathBuf,
    /// Of all random choices: what is injected where, orders, coins.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Jobs in which nothing is injected (each compares every kernel once).
    #[arg(long, default_value_t = 80)]
    unchanged: u32,
    /// Jobs for each of the six slowdowns.
    #[arg(long, default_value_t = 12)]
    changed: u32,
    /// Disturbing processes in every second job.
    #[arg(long, default_value_t = 1)]
    neighbours: u32,
    /// Copy the program anew for each pair, not only for each job.
    #[arg(long)]
    fresh_copies: bool,
}

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// There is a file already.
    #[error("{} exists: move it away, or record into another file", .0.display())]
    Exists(PathBuf),
    /// A file or directory.
    #[error("cannot write or copy {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A measuring process.
    #[error("a process that measures `{kernel}` {problem}")]
    Process {
        /// What it was to measure.
        kernel: &'static str,
        /// What it did instead.
        problem: String,
    },
}

/// Records everything; says on standard error how far it is.
pub(crate) fn run(record: &Record) -> Result<(), RecordError> {
    let partial = record.out.with_added_extension("partial");
    if let Some(there) = [&record.out, &partial]
        .into_iter()
        .find(|path| path.exists())
    {
        return Err(RecordError::Exists(there.clone()));
    }
    let plan = slowdowns(record);
    let jobs = plan[0].len();
    let file_error = |source| failed(&partial, source);
    let mut file = File::create_new(&partial).map_err(file_error)?;
    write_line(&mut file, &header::header(record, jobs as u32)).map_err(file_error)?;
    let mut rng = ChaCha8Rng::seed_from_u64(record.seed);
    let start = Instant::now();
    for index in 0..jobs {
        let at = start.elapsed().as_secs_f64();
        let slowdowns: Vec<u32> = plan.iter().map(|slowdowns| slowdowns[index]).collect();
        // Alternating, so that what happens over the day meets both kinds alike.
        let neighbours = (index as u32 % 2) * record.neighbours;
        let job =
            JobRecorder::new(&mut rng, record)?.job(index as u32, at, &slowdowns, neighbours)?;
        write_line(&mut file, &job).map_err(file_error)?;
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        // Progress only; a closed standard error is no reason to stop.
        writeln!(
            io::stderr(),
            "job {} of {jobs}, {minutes:.1} min",
            index + 1
        )
        .ok();
    }
    drop(file);
    compress(&partial, &record.out).map_err(|source| failed(&record.out, source))?;
    fs::remove_file(&partial).map_err(file_error)
}

fn failed(path: &Path, source: io::Error) -> RecordError {
    RecordError::File {
        path: path.to_owned(),
        source,
    }
}

/// For each kernel, the slowdown of each job, in random order.
fn slowdowns(record: &Record) -> Vec<Vec<u32>> {
    let mut all = vec![0; record.unchanged as usize];
    all.extend(
        SLOWDOWNS
            .iter()
            .flat_map(|&slowdown| vec![slowdown; record.changed as usize]),
    );
    (0..Kernel::ALL.len() as u32)
        .map(|kernel| {
            let order = permutation(record.seed, u32::MAX - kernel, all.len());
            order.into_iter().map(|at| all[at]).collect()
        })
        .collect()
}

fn write_line<T: serde::Serialize>(file: &mut File, line: &T) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

/// Compresses into a file beside `to`, then renames it into place.
fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    let mut encoder = GzEncoder::new(file, Compression::best());
    io::copy(&mut File::open(from)?, &mut encoder)?;
    let file = encoder.finish()?;
    file.as_file().sync_all()?;
    file.persist_noclobber(to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    fn options(out: PathBuf) -> Record {
        Record {
            out,
            seed: 7,
            unchanged: 5,
            changed: 2,
            neighbours: 0,
            fresh_copies: false,
        }
    }

    #[test]
    fn each_kernel_gets_each_slowdown_as_often_as_asked_in_an_order_of_its_own() {
        let plan = slowdowns(&options(PathBuf::new()));
        assert_eq!(plan.len(), Kernel::ALL.len());
        assert_ne!(plan[0], plan[1]);
        for mut slowdowns in plan {
            slowdowns.sort_unstable();
            let due = [
                0, 0, 0, 0, 0, 10, 10, 20, 20, 30, 30, 50, 50, 100, 100, 200, 200,
            ];
            assert_eq!(slowdowns, due);
        }
    }

    #[test]
    fn neither_a_recording_nor_an_interrupted_one_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        for there in ["out.gz", "out.gz.partial"] {
            let path = directory.path().join(there);
            fs::write(&path, "mine").unwrap();
            let error = run(&options(directory.path().join("out.gz"))).unwrap_err();
            assert!(
                error.to_string().contains(&format!("{there} exists")),
                "{error}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_is_compressed_unpacks_to_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&from, "line\n".repeat(1000)).unwrap();
        compress(&from, &to).unwrap();
        let mut text = String::new();
        let packed = fs::read(&to).unwrap();
        GzDecoder::new(&packed[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "line\n".repeat(1000));
        assert!(compress(&from, &to).is_err(), "it is there already");
    }
}
