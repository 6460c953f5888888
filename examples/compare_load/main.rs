//! What a request costs the client: tollgate, oha and wrk against the same server, in one run.
//!
//! ```text
//! cargo run --release --example compare_load -- compare --oha ~/.cargo/bin/oha --wrk /usr/bin/wrk
//! ```
//!
//! Every round starts each client once, one after the other, each round in another order: whatever else the machine does
//! meets all of them. Told is CPU time (user and system, of the whole process) for each request, and how the medians compare.
//! The server has a core of its own, the clients another.

#[expect(
    clippy::disallowed_macros,
    reason = "edge: makes calls with sockets and clocks, and says how many"
)]
mod client;
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "edge: starts the clients and prints what they took"
)]
mod compare;
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "edge: listens, and says where"
)]
mod serve;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a request costs the client: tollgate, oha and wrk against the same server.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answers every request with 13 bytes; says its port and runs until its standard input ends.
    Serve,
    /// Makes requests over keep-alive connections, each as soon as the last was answered.
    Client {
        /// `http://127.0.0.1:8080`
        origin: String,
        /// In all.
        requests: u64,
        /// Open at once.
        connections: u64,
        /// What makes them.
        #[arg(value_enum)]
        how: client::How,
    },
    /// Starts a server and all clients in turn.
    Compare(Comparison),
}

#[derive(Debug, clap::Args)]
struct Comparison {
    /// How often each client runs.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Requests of a run.
    #[arg(long, default_value_t = 100_000)]
    requests: u64,
    /// Open at once.
    #[arg(long, default_value_t = 50)]
    connections: u64,
    /// Seconds of a run of wrk, which knows no number of requests.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Left out where not given.
    #[arg(long)]
    oha: Option<PathBuf>,
    /// Left out where not given.
    #[arg(long)]
    wrk: Option<PathBuf>,
    /// With `load::drive` too: the client with the engine above it.
    #[arg(long)]
    drive: bool,
}

#[expect(clippy::disallowed_macros, reason = "edge: says what went wrong")]
fn main() -> ExitCode {
    let result: Result<(), Box<dyn Error>> = match Arguments::parse().command {
        Command::Serve => serve::serve(),
        Command::Client {
            origin,
            requests,
            connections,
            how,
        } => client::client(&origin, requests, connections, how),
        Command::Compare(comparison) => compare::compare(&comparison),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare_load: {error}");
            ExitCode::from(2)
        }
    }
}
