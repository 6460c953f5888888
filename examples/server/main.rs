//! A small server to put load on, with faults that can be switched on: what our own gate drives, and a place to try workloads.
//!
//! ```text
//! cargo run --release --example api-server -- --port 3000
//! curl -d '{"user":"ada"}' localhost:3000/login             # {"token":".."}
//! curl -H "authorization: Bearer $TOKEN" localhost:3000/items
//! curl -H "authorization: Bearer $TOKEN" -d '{"name":"tea"}' localhost:3000/items
//! curl -H "authorization: Bearer $TOKEN" localhost:3000/items/1
//! curl localhost:3000/health localhost:3000/metrics
//! ```
//!
//! Faults, each also as a variable such as `SERVER_LEAK` where the flag is not given:
//!
//! ```text
//! --leak "10 MiB/min"       memory that is never given back
//! --warm-cache "32 MiB"     memory that grows with the calls and levels off
//! --stall "1 s"             nothing is answered for so long, --stall-every "10 s" or once --stall-at "3 s" after the start
//! --errors 5%               this share of calls fails with 500
//! --slow 20%                every endpoint takes so much longer
//! ```
//!
//! It ends on SIGTERM and SIGINT when it has answered what it was asked.
#![expect(
    clippy::disallowed_methods,
    reason = "a program: its arguments, its environment, its clock and its output"
)]

mod api;
mod faults;
mod store;
mod work;

use clap::Parser;
use faults::Faults;
use std::error::Error;
use std::future::IntoFuture as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Two are enough to show that calls go on beside each other.
const THREADS: usize = 2;

/// How long calls that were begun may take when it is told to end.
const LAST_CALLS: Duration = Duration::from_secs(3);

#[derive(Debug, Parser)]
#[command(about = "A small server to put load on, with faults that can be switched on.")]
struct Arguments {
    /// Port; 0 is any free one. The address is printed.
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    faults: faults::Switches,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to say it to where stderr is closed; the exit code says it as well.
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let faults = Faults::new(arguments.faults, |name| std::env::var(name).ok())?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(serve(arguments.port, faults, stop))?;
    // A call that hangs keeps nobody waiting.
    runtime.shutdown_timeout(Duration::from_millis(100));
    tollgate_probe::record::write_where_asked()?;
    Ok(())
}

async fn serve(port: u16, faults: Faults, stop: Arc<AtomicBool>) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), port)).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "listening on http://{address}")?;
    std::io::stdout().flush()?;
    let faults = Arc::new(faults);
    tokio::spawn(faults::leak(Arc::clone(&faults)));
    let api = api::router(faults, Instant::now());
    let told = Arc::clone(&stop);
    let server = axum::serve(listener, api)
        .with_graceful_shutdown(async move { is_set(&told).await })
        .into_future();
    let overdue = async {
        is_set(&stop).await;
        tokio::time::sleep(LAST_CALLS).await;
    };
    tokio::select! {
        ended = server => ended?,
        () = overdue => {}
    }
    Ok(())
}

/// Signals only set a flag, which is all that is safe within a handler.
async fn is_set(flag: &AtomicBool) {
    while !flag.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
