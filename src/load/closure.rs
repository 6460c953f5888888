//! Workloads of Rust programs: what is called is a closure or an async fn.

use super::engine::drive;
use super::{Call, Control, LoadError, Reply, Subject};
use crate::workload::record::{Class, Outcome};
use crate::workload::{Ended, Record, Workload, schedule};
use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// What a call in process gives: nothing, or a `Result`, of which `Err` is a failed call.
pub trait Answer: 'static {
    /// Whether it went well.
    fn is_good(&self) -> bool;
}

impl Answer for () {
    fn is_good(&self) -> bool {
        true
    }
}

impl<T: 'static, E: Display + 'static> Answer for Result<T, E> {
    fn is_good(&self) -> bool {
        self.is_ok()
    }
}

/// A function as the subject of a workload.
struct Closure<F> {
    call: F,
    timeout: Duration,
}

impl<F, R> Subject for Closure<F>
where
    F: AsyncFn(Call) -> R + Send + Sync + 'static,
    R: Answer,
{
    type User = ();

    fn user(&self, _number: u64) -> Self::User {}

    async fn call<'a>(&'a self, _user: &'a mut Self::User, call: Call) -> Reply {
        let sent = Instant::now();
        let (outcome, class) = match timeout(self.timeout, (self.call)(call)).await {
            Ok(answer) if answer.is_good() => (Outcome::Ok, Class::Success),
            Ok(_) => (Outcome::Check, Class::None),
            Err(_) => (Outcome::TimedOut, Class::None),
        };
        Reply {
            sent,
            done: Instant::now(),
            outcome,
            class,
            failed_check: None,
            connect: None,
            tls: None,
            first_byte: None,
            bytes_sent: 0,
            bytes_received: 0,
        }
    }
}

/// Drives an async closure or fn by the schedule of a workload, and gives the same record as a server would.
///
/// The closure runs on the threads of the generator (one a core, or `workload.threads`), each with a tokio runtime of one thread
/// with I/O and time. It must not block: that keeps all users of its thread, and shows as late starts. What it computes
/// itself is CPU time of these threads; as that cannot be told from the generator's own, [`Generator::cpu`] is `None`.
/// A call beyond `workload.timeout` is dropped where it waits. An `Err` counts as a failed check.
///
/// # Errors
/// The workload cannot be carried out, or the closure panics.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use tollgate::load;
/// use tollgate::workload::Workload;
///
/// // Four users for a fifth of a second; each begins a call every 10 ms.
/// let workload = Workload::in_process("cache", 4, Duration::from_millis(10), Duration::from_millis(200));
/// let record = load::in_process(&workload, async |call| {
///     tokio::time::sleep(Duration::from_millis(1)).await;
///     if call.number == u64::MAX { Err("never") } else { Ok(()) }
/// })?;
/// let all = &record.driven.endpoints[0];
/// assert!(all.judged.response.len() > 0);
/// # Ok::<(), load::LoadError>(())
/// ```
///
/// [`Generator::cpu`]: crate::workload::record::Generator::cpu
pub fn in_process<F, R>(workload: &Workload, call: F) -> Result<Record, LoadError>
where
    F: AsyncFn(Call) -> R + Send + Sync + 'static,
    R: Answer,
{
    // Any will do; it is in the record, and repeats the run with `in_process_with`.
    let seed = jiff::Timestamp::now().as_nanosecond() as u64;
    in_process_with(workload, seed, &Arc::default(), call)
}

/// As [`in_process`], with a seed, and a [`Control`] by which another thread can watch and stop it.
///
/// # Errors
/// As there.
pub fn in_process_with<F, R>(
    workload: &Workload,
    seed: u64,
    control: &Arc<Control>,
    call: F,
) -> Result<Record, LoadError>
where
    F: AsyncFn(Call) -> R + Send + Sync + 'static,
    R: Answer,
{
    let started = jiff::Timestamp::now().to_string();
    let subject = Arc::new(Closure {
        call,
        timeout: workload.timeout,
    });
    let mut driven = drive(&subject, &Arc::new(workload.clone()), seed, control)?;
    driven.generator.cpu = None;
    Ok(Record {
        workload: workload.name.clone(),
        model: schedule::words(&workload.model),
        started,
        seed,
        target: "in process".to_owned(),
        ended: control.reason().map_or(Ended::Completed, Ended::Stopped),
        driven,
        ..Record::default()
    })
}
