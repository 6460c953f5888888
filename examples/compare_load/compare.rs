//! Starts the server, and the clients in turn.

use crate::Comparison;
use serde_json::Value;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

type Failure = Box<dyn Error>;

/// A client and what its requests took in each round, in microseconds of CPU time.
struct Client {
    name: &'static str,
    command: Vec<String>,
    requests: fn(&str) -> Option<u64>,
    costs: Vec<f64>,
}

/// Ends with its standard input.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(error) = self.0.wait() {
            eprintln!("compare_load: the server: {error}");
        }
    }
}

pub(crate) fn compare(comparison: &Comparison) -> Result<(), Failure> {
    if comparison.rounds == 0 || comparison.requests == 0 || comparison.connections == 0 {
        return Err("rounds, requests and connections are at least 1".into());
    }
    let own = std::env::current_exe()?;
    let (server, address) = start(&own)?;
    let mut clients = clients(comparison, &own, &address)?;
    for round in 0..comparison.rounds {
        for turn in 0..clients.len() {
            let place = (turn + round) % clients.len();
            if let Some(client) = clients.get_mut(place) {
                let cost = client.run()?;
                client.costs.push(cost);
            }
        }
    }
    drop(server);
    tell(&mut clients);
    Ok(())
}

fn start(own: &Path) -> Result<(Server, String), Failure> {
    let mut child = pinned("0", &[own.display().to_string(), "serve".to_owned()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().ok_or("the server has no output")?;
    let server = Server(child);
    let mut address = String::new();
    BufReader::new(out).read_line(&mut address)?;
    Ok((server, address.trim().to_owned()))
}

fn clients(comparison: &Comparison, own: &Path, address: &str) -> Result<Vec<Client>, Failure> {
    let url = format!("http://{address}");
    let requests = comparison.requests.to_string();
    let connections = comparison.connections.to_string();
    let ours = |name, how: &str| {
        let words = [
            &own.display().to_string(),
            "client",
            &url,
            &requests,
            &connections,
            how,
        ];
        Client {
            name,
            command: words.iter().map(ToString::to_string).collect(),
            requests: |out| out.trim().parse().ok(),
            costs: Vec::new(),
        }
    };
    let mut clients = vec![ours("tollgate", "loop")];
    if comparison.drive {
        clients.push(ours("tollgate with engine", "drive"));
    }
    clients.push(ours("hyper, task per connection", "hyper"));
    if let Some(oha) = &comparison.oha {
        let oha = oha.to_str().ok_or("the path of oha is no text")?;
        let words = [
            oha,
            "--no-tui",
            "--output-format",
            "json",
            "-n",
            &requests,
            "-c",
            &connections,
            &url,
        ];
        clients.push(Client {
            name: "oha",
            command: words.iter().map(ToString::to_string).collect(),
            requests: |out| {
                let out: Value = serde_json::from_str(out).ok()?;
                out.pointer("/statusCodeDistribution/200")?.as_u64()
            },
            costs: Vec::new(),
        });
    }
    if let Some(wrk) = &comparison.wrk {
        let wrk = wrk.to_str().ok_or("the path of wrk is no text")?;
        let time = format!("{}s", comparison.seconds);
        let words = [wrk, "-t1", "-c", &connections, "-d", &time, &url];
        clients.push(Client {
            name: "wrk",
            command: words.iter().map(ToString::to_string).collect(),
            requests: |out| {
                let (count, _) = out.split_once(" requests in ")?;
                count.split_whitespace().next_back()?.parse().ok()
            },
            costs: Vec::new(),
        });
    }
    Ok(clients)
}

fn pinned(core: &str, command: &[String]) -> Command {
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", core]).args(command);
    pinned
}

impl Client {
    fn run(&self) -> Result<f64, Failure> {
        let before = children()?;
        let output = pinned("1", &self.command)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        let used = children()? - before;
        let text = String::from_utf8_lossy(&output.stdout);
        let requests = (self.requests)(&text)
            .filter(|requests| *requests > 0 && output.status.success())
            .ok_or_else(|| format!("{} failed: {text}", self.name))?;
        Ok(used * 1e6 / requests as f64)
    }
}

/// CPU time of the children that were waited for, in seconds; the kernel counts hundredths.
fn children() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("an unknown /proc/self/stat")?;
    let ticks = fields
        .split_whitespace()
        .skip(13)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / 100.0)
}

fn tell(clients: &mut [Client]) {
    for client in &mut *clients {
        client.costs.sort_by(f64::total_cmp);
    }
    let median = |client: &Client| client.costs.get(client.costs.len() / 2).copied();
    let first = clients.first().and_then(median).unwrap_or(f64::NAN);
    println!(
        "{:<28} {:>10} {:>10} {:>10}  tollgate / it",
        "us CPU a request", "least", "median", "most"
    );
    for client in &*clients {
        let (Some(least), Some(middle), Some(most)) =
            (client.costs.first(), median(client), client.costs.last())
        else {
            continue;
        };
        println!(
            "{:<28} {least:>10.2} {middle:>10.2} {most:>10.2}  {:.2}",
            client.name,
            first / middle
        );
    }
}
