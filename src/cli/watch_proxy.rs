//! `tollgate watch --proxy`: who calls a server how often, and who far too often.

mod summary;

use super::terminal::Terminal;
use super::{CliError, Problem};
use crate::files;
use crate::load::proxy::{self, Told, Watched};
use crate::report::safe_name;
use crate::units::format_duration;
use crate::workload::runaway::Declared;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Exit code of Ctrl-C: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

/// Options of `tollgate watch` that belong to its proxy.
#[derive(Debug, Args)]
pub(crate) struct ProxyArgs {
    /// Stand between clients and this server, and find clients that call far too often: http://127.0.0.1:8080
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) proxy: Option<String>,
    /// Where the proxy listens, on this machine; port 0 is any that is free
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:0",
        requires = "proxy"
    )]
    listen: String,
    /// How often one client is meant to call an endpoint: "/api/poll = 2 s"; a * at the end stands for anything. Repeatable
    #[arg(long, value_name = "ENDPOINT = TIME", value_parser = Declared::parse, requires = "proxy")]
    declared: Vec<Declared>,
    /// The request header that tells clients apart [default: their address]
    #[arg(long, value_name = "NAME", requires = "proxy")]
    client_header: Option<String>,
    /// A host other than this machine that may be called. Repeatable
    #[arg(long, value_name = "HOST", requires = "proxy")]
    allow_remote: Vec<String>,
    /// Write what the proxy saw as JSON
    #[arg(long, value_name = "FILE", requires = "proxy")]
    json: Option<PathBuf>,
}

/// Watches for `length`, or until a signal. 1 where somebody calls far too often, 0 where nobody does, 4 where nobody called at
/// all; 130 after Ctrl-C, unless something was found. SIGTERM ends it as its time would: a job stops it so after its tests.
pub(crate) fn run(
    args: &ProxyArgs,
    length: Option<Duration>,
    terminal: &Terminal,
) -> Result<ExitCode, CliError> {
    let Some(upstream) = &args.proxy else {
        return Err(Problem(
            "there is nothing to watch: give the server with --proxy http://127.0.0.1:8080"
                .to_owned(),
        )
        .into());
    };
    let watched = Watched {
        upstream: upstream.clone(),
        listen: args.listen.clone(),
        client_header: args.client_header.clone(),
        remote: args.allow_remote.clone(),
        declared: args.declared.clone(),
    };
    let (interrupted, ended) = (
        flag(signal_hook::consts::SIGINT)?,
        flag(signal_hook::consts::SIGTERM)?,
    );
    let start = Instant::now();
    let stop = || {
        let over = length.is_some_and(|length| start.elapsed() >= length);
        over || interrupted.load(Ordering::Relaxed) || ended.load(Ordering::Relaxed)
    };
    let until = length.map_or("Ctrl-C or SIGTERM ends it".to_owned(), |length| {
        format!("for {}", format_duration(length))
    });
    let watch = proxy::watch(&watched, &stop, &mut |told| match told {
        Told::Listening(at) => terminal.error(&format!(
            "tollgate: watching {}: let clients call http://{at} in its place; {until}\n",
            safe_name(upstream)
        )),
        Told::Found(found) => terminal.error(&format!("tollgate: {}\n", summary::line(found))),
    })?;
    if let Some(path) = &args.json {
        let text = summary::json(upstream, &watch)?;
        files::write(path, files::Existing::Replace, |out| {
            out.write_all(text.as_bytes())
        })
        .map_err(|error| {
            Problem(format!(
                "cannot write {}: {error}",
                safe_name(&path.to_string_lossy())
            ))
        })?;
    }
    terminal.output(&summary::text(&watch))?;
    let code = if !watch.tracker.findings().is_empty() {
        1
    } else if interrupted.load(Ordering::Relaxed) {
        INTERRUPTED
    } else if watch.tracker.calls() == 0 {
        4
    } else {
        0
    };
    Ok(ExitCode::from(code))
}

fn flag(signal: i32) -> std::io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    // A second Ctrl-C finds the flag set and ends the process at once, as it would without us.
    signal_hook::flag::register_conditional_shutdown(
        signal,
        i32::from(INTERRUPTED),
        Arc::clone(&flag),
    )?;
    signal_hook::flag::register(signal, Arc::clone(&flag))?;
    Ok(flag)
}
