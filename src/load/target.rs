//! The process that is driven: started, waited for until it answers, stopped with all that it started.

pub(crate) mod address;
mod ready;

use super::{LoadError, Setting};
use crate::collect::process::{Invocation, Log, ProcessId, Running, Stopped, describe_status};
use crate::units::format_duration;
use crate::workload::scenario::TargetProcess;
use address::Address;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

/// Lines of the log in an error.
const TAIL_LINES: usize = 10;

/// Ports that are tried where another process is quicker to take the free one.
const PORTS: u32 = 3;

/// Between two questions at first: what a cold start is off by at most, beside one connect.
const SOON: Duration = Duration::from_millis(2);

/// Between two questions to a target that takes its time, or that answers and is not ready: such an answer costs it something.
const LATER: Duration = Duration::from_millis(10);

/// Asked between two steps of waiting; its error ends the start.
pub(super) type Look<'a> = &'a mut dyn FnMut(&Running) -> Result<(), LoadError>;

/// A target that runs. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) running: Running,
    pub(super) log: Log,
    /// Scheme, host and port that calls go to.
    pub(super) origin: String,
    /// From just before the process was started to its first good answer.
    pub(super) cold_start: Duration,
    program: String,
}

impl Target {
    /// Starts the process and waits until it is ready.
    pub(super) fn start(
        name: &str,
        process: &TargetProcess,
        setting: &Setting,
        look: Look<'_>,
    ) -> Result<Self, LoadError> {
        let chosen = process.takes_port();
        let mut tries = 0;
        loop {
            tries += 1;
            let port = if chosen { Some(free_port()?) } else { None };
            match Self::attempt(name, process, port, setting, look) {
                Err(NotStarted::AddressInUse(error)) if !chosen || tries >= PORTS => {
                    return Err(error);
                }
                Err(NotStarted::AddressInUse(_quicker)) => {}
                Err(NotStarted::Other(error)) => return Err(error),
                Ok(target) => return Ok(target),
            }
        }
    }

    fn attempt(
        name: &str,
        process: &TargetProcess,
        port: Option<u16>,
        setting: &Setting,
        look: Look<'_>,
    ) -> Result<Self, NotStarted> {
        let address = Address::parse(&filled(&process.ready, port))?;
        let sockets = address.resolve(&setting.remote)?;
        if ready::is_taken(&sockets) {
            // Its answers would be taken for those of the target.
            let problem = format!(
                "something listens at {} already, before the target is started: end it, or use `{{port}}` for a free one",
                address.origin()
            );
            let error = LoadError::Target { problem };
            return Err(match port {
                Some(_) => NotStarted::AddressInUse(error),
                None => NotStarted::Other(error),
            });
        }
        let invocation = process.invocation(port, setting)?;
        let log = Log::new().map_err(|source| generator("keep the target's log", source))?;
        let (stdout, stderr) =
            (log.outputs()).map_err(|source| generator("keep the target's log", source))?;
        let start = Instant::now();
        let running =
            Running::start(&invocation, stdout, stderr).map_err(|error| LoadError::Target {
                problem: error.to_string(),
            })?;
        let mut target = Self {
            running,
            log,
            origin: address.origin(),
            cold_start: Duration::ZERO,
            program: invocation.program.display().to_string(),
        };
        match target.wait(&address, &sockets, start, process.ready_within, look) {
            Ok(cold_start) => {
                target.cold_start = cold_start;
                Ok(target)
            }
            Err(problem) => Err(target.give_up(problem, name, process, setting)),
        }
    }

    /// Until the first good answer.
    fn wait(
        &self,
        address: &Address,
        sockets: &[SocketAddr],
        start: Instant,
        within: Duration,
        look: Look<'_>,
    ) -> Result<Duration, Problem> {
        let mut last;
        loop {
            let mut end = None;
            let answer = ready::ask(address, sockets, &mut || {
                end = self.is_over(start, within, look).err();
                end.is_none()
            });
            let answered = answer.is_ok();
            match answer {
                Ok(answer) if answer.status < 400 => {
                    return Ok(answer.at.saturating_duration_since(start));
                }
                Ok(answer) => last = format!("it answers with status {}", answer.status),
                Err(problem) => last = problem,
            }
            let over = match end {
                Some(problem) => Err(problem),
                None => self.is_over(start, within, look),
            };
            match over {
                Ok(()) => {}
                Err(Problem::TooLate(_)) => return Err(Problem::TooLate(last)),
                Err(problem) => return Err(problem),
            }
            let quick = !answered && start.elapsed() < Duration::from_secs(1);
            std::thread::sleep(if quick { SOON } else { LATER });
        }
    }

    fn is_over(&self, start: Instant, within: Duration, look: Look<'_>) -> Result<(), Problem> {
        look(&self.running).map_err(Problem::Stopped)?;
        match self.running.ended() {
            Ok(None) => {}
            Ok(Some(status)) => return Err(Problem::Died(describe_status(status))),
            Err(source) => return Err(Problem::Stopped(generator("wait for the target", source))),
        }
        if start.elapsed() > within {
            return Err(Problem::TooLate(String::new()));
        }
        Ok(())
    }

    /// Says why, with the end of the log, after everything was stopped.
    fn give_up(
        mut self,
        problem: Problem,
        name: &str,
        process: &TargetProcess,
        setting: &Setting,
    ) -> NotStarted {
        let died = matches!(problem, Problem::Died(_));
        let program = self.program.escape_debug().to_string();
        let what = match problem {
            Problem::Died(status) => {
                format!("target `{program}` ended with {status} before it was ready")
            }
            Problem::TooLate(last) => format!(
                "target `{program}` was not ready within {}: {last} ({})",
                format_duration(process.ready_within),
                self.origin
            ),
            // A limit of safety.
            Problem::Stopped(LoadError::Target { problem }) => problem,
            Problem::Stopped(error) => {
                // Interrupted: not the target's fault, and nobody waits.
                drop(self);
                return NotStarted::Other(error);
            }
        };
        let stopped = self.stop(process.stop_within, &[], &mut || false);
        self.log.finish();
        let tail = self.log.tail(TAIL_LINES);
        let mut text = what;
        if let Err(error) = stopped {
            text.push_str(&format!("\n{error}"));
        }
        let in_use = died && is_about_the_address(&tail);
        if tail.is_empty() {
            text.push_str("\nit wrote nothing");
        } else {
            for line in tail.lines() {
                text.push_str(&format!("\n    {line}"));
            }
            text.push_str(&format!("\n{}", self.kept_words(name, setting)));
        }
        let error = LoadError::Target { problem: text };
        if in_use {
            NotStarted::AddressInUse(error)
        } else {
            NotStarted::Other(error)
        }
    }

    fn kept_words(&self, name: &str, setting: &Setting) -> String {
        match keep(&self.log, name, setting) {
            Ok(path) => format!("its whole output: {path}"),
            Err(why) => why,
        }
    }

    /// Stops it and all that it started; `seen` are descendants that may have left its group.
    pub(super) fn stop(
        &mut self,
        within: Duration,
        seen: &[ProcessId],
        hurry: &mut dyn FnMut() -> bool,
    ) -> Result<Stopped, LoadError> {
        (self.running.stop(within, seen, hurry))
            .map_err(|source| generator("stop the target", source))
    }
}

/// Why a wait for readiness ended.
enum Problem {
    Died(String),
    TooLate(String),
    Stopped(LoadError),
}

enum NotStarted {
    /// Another port may do.
    AddressInUse(LoadError),
    Other(LoadError),
}

impl From<LoadError> for NotStarted {
    fn from(error: LoadError) -> Self {
        Self::Other(error)
    }
}

/// Puts a log where it stays: the path, or why it could not be kept.
pub(super) fn keep(log: &Log, name: &str, setting: &Setting) -> Result<String, String> {
    let lost = |path: &Path, error: std::io::Error| {
        format!("(its log could not be kept as {}: {error})", path.display())
    };
    std::fs::create_dir_all(&setting.logs).map_err(|error| lost(&setting.logs, error))?;
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' {
                    c
                } else {
                    '_'
                }
            })
            .take(80)
            .collect()
    };
    let stem = format!("{}-{}", plain(name), plain(&setting.started));
    let mut number = 1_u32;
    loop {
        let path = setting.logs.join(match number {
            1 => format!("{stem}.log"),
            more => format!("{stem}-{more}.log"),
        });
        match log.keep(&path) {
            Ok(()) => return Ok(path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            Err(error) => return Err(lost(&path, error)),
        }
    }
}

impl TargetProcess {
    fn takes_port(&self) -> bool {
        let holds = |text: &String| text.contains("{port}");
        self.argv.iter().any(holds)
            || holds(&self.ready)
            || self.environment.iter().any(|(_, value)| holds(value))
    }

    fn invocation(&self, port: Option<u16>, setting: &Setting) -> Result<Invocation, LoadError> {
        let mut words = self.argv.iter().map(|word| filled(word, port));
        let program = words
            .next()
            .ok_or_else(|| LoadError::Unusable("the target's command is empty".to_owned()))?;
        let mut environment = setting.environment.clone();
        environment.extend(
            (self.environment.iter())
                .map(|(name, value)| (name.into(), filled(value, port).into())),
        );
        Ok(Invocation {
            program: program.into(),
            arguments: words.map(Into::into).collect(),
            directory: match &self.directory {
                Some(directory) => setting.root.join(directory),
                None => setting.root.clone(),
            },
            environment,
            environment_removed: Vec::new(),
            timeout: Duration::MAX,
        })
    }
}

fn filled(text: &str, port: Option<u16>) -> String {
    match port {
        Some(port) => text.replace("{port}", &port.to_string()),
        None => text.to_owned(),
    }
}

/// A port of loopback that nobody listens at now.
fn free_port() -> Result<u16, LoadError> {
    TcpListener::bind("127.0.0.1:0")
        .or_else(|_no_ipv4| TcpListener::bind("[::1]:0"))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| generator("find a free port of loopback", source))
}

/// What servers of the common languages say when their port is taken.
fn is_about_the_address(log: &str) -> bool {
    let log = log.to_ascii_lowercase();
    log.contains("address already in use")
        || log.contains("address in use")
        || log.contains("eaddrinuse")
        || log.contains("addrinuse")
        || log.contains("port is already allocated")
}

pub(super) fn generator(what: &str, source: std::io::Error) -> LoadError {
    LoadError::Generator {
        what: format!("failed to {what}"),
        source,
    }
}
