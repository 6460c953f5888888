//! Tables and JSON.

use crate::arm::{Arm, Operation};
use crate::measure::{Found, Launch};
use crate::options::Options;
use serde::Serialize;
use tollgate_probe_rivals::interval::{Interval, of_ratios, signed_rank};

#[derive(Serialize)]
pub struct Report {
    machine: String,
    date: String,
    command: String,
    quick: bool,
    rounds: u32,
    block: u32,
    /// Blocks beside a second thread that were left out, of all launches.
    alone: u32,
    arms: Vec<Row>,
    beyond_clock: Option<Interval>,
    memory: Vec<Memory>,
    launches: Vec<Launch>,
}

/// One arm; intervals over launches.
#[derive(Serialize)]
struct Row {
    operation: Operation,
    name: String,
    is_reference: bool,
    one: Option<Interval>,
    two: Option<Interval>,
    ratio_one: Option<Interval>,
    ratio_two: Option<Interval>,
    scaling: Option<Interval>,
}

#[derive(Serialize)]
struct Memory {
    subject: String,
    resident_bytes: u64,
    /// In proportion to the first.
    ratio: f64,
}

impl Report {
    pub fn of(
        options: &Options,
        arms: &[Arm],
        launches: &[Launch],
        memory: &[(&str, u64)],
    ) -> Self {
        let row = |(index, arm): (usize, &Arm)| {
            let of = |number: fn(&Found) -> Option<f64>| {
                let all: Option<Vec<f64>> = launches
                    .iter()
                    .map(|one| number(one.arms.get(index)?))
                    .collect();
                of_ratios(&all?)
            };
            Row {
                operation: arm.operation,
                name: arm.name(),
                is_reference: arm.is_reference,
                one: of(|found| Some(found.one)),
                two: of(|found| found.two),
                ratio_one: of(|found| found.ratio_one),
                ratio_two: of(|found| found.ratio_two),
                scaling: of(|found| found.scaling),
            }
        };
        let beyond: Option<Vec<f64>> = launches.iter().map(|launch| launch.beyond_clock).collect();
        let first = memory.first().map_or(f64::NAN, |(_, bytes)| *bytes as f64);
        Self {
            machine: machine(),
            date: jiff::Zoned::now().date().to_string(),
            command: options.command.clone(),
            quick: options.quick,
            rounds: options.rounds,
            block: options.block,
            alone: launches.iter().map(|launch| launch.alone).sum(),
            arms: arms.iter().enumerate().map(row).collect(),
            beyond_clock: beyond.and_then(|all| signed_rank(&all)),
            memory: (memory.iter())
                .map(|(subject, bytes)| Memory {
                    subject: (*subject).to_owned(),
                    resident_bytes: *bytes,
                    ratio: *bytes as f64 / first,
                })
                .collect(),
            launches: launches.to_vec(),
        }
    }

    pub fn markdown(&self) -> String {
        let mut out = format!("{}, {}.\n`{}`\n", self.machine, self.date, self.command);
        if self.quick {
            out.push_str(
                "\n**A quick run: it shows that everything works. Do not quote its figures.**\n",
            );
        }
        if !self.launches.is_empty() {
            self.speed(&mut out);
        }
        if !self.memory.is_empty() {
            out.push_str("\n### Memory of 10,000 series, 1000 lognormal values each\n\n");
            out.push_str("| library | resident | ratio |\n|---|--:|--:|\n");
            for row in &self.memory {
                let megabytes = row.resident_bytes as f64 * 1e-6;
                out.push_str(&format!(
                    "| {} | {megabytes:.1} MB | {:.2} |\n",
                    row.subject, row.ratio
                ));
            }
        }
        out
    }

    fn speed(&self, out: &mut String) {
        out.push_str(&format!(
            "\nNanoseconds of CPU time for one operation: medians of {} rounds of {} microseconds, in which all rows were measured in random order. Ratios are \
             to the first row of each table, paired by round. In brackets: 95 % intervals over {} launches (Hodges-Lehmann, exact signed \
             ranks). Two threads work on the same series at the same time.\n",
            self.rounds,
            self.block,
            self.launches.len()
        ));
        for operation in Operation::ALL {
            let mut rows: Vec<&Row> = self
                .arms
                .iter()
                .filter(|row| row.operation == operation)
                .collect();
            rows.sort_by_key(|row| !row.is_reference);
            out.push_str(&format!("\n### {}\n\n", operation.title()));
            out.push_str(
                "| library | 1 thread, ns | ratio | 2 threads, ns | ratio | 2 threads / 1 |\n",
            );
            out.push_str("|---|--:|--:|--:|--:|--:|\n");
            for row in rows {
                out.push_str(&format!(
                    "| {} | {} | {} | {} | {} | {} |\n",
                    row.name,
                    shown(row.one, false),
                    ratio(row, row.ratio_one),
                    shown(row.two, false),
                    ratio(row, row.ratio_two),
                    shown(row.scaling, true),
                ));
            }
        }
        if let Some(beyond) = self.beyond_clock {
            let beyond = shown(Some(beyond), true);
            out.push_str(&format!(
                "\nOur span takes {beyond} ns more than two bare readings of the counter.\n"
            ));
        }
        if self.alone > 0 {
            let alone = self.alone;
            out.push_str(&format!("\n{alone} blocks of two threads are left out: the second thread did not run meanwhile.\n"));
        }
    }
}

fn ratio(row: &Row, ratio: Option<Interval>) -> String {
    if row.is_reference {
        "1".to_owned()
    } else {
        shown(ratio, true)
    }
}

/// Three digits, and the interval where it is wanted.
fn shown(interval: Option<Interval>, bounds: bool) -> String {
    let Some(interval) = interval else {
        return "-".to_owned();
    };
    match interval.bounds.filter(|_| bounds) {
        Some((low, high)) => format!(
            "{} ({} to {})",
            digits(interval.centre),
            digits(low),
            digits(high)
        ),
        None => digits(interval.centre),
    }
}

fn digits(number: f64) -> String {
    let places = if number.abs() < 10.0 {
        2
    } else {
        usize::from(number.abs() < 100.0)
    };
    format!("{number:.places$}")
}

/// Processor, cores and kernel.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{model}, {cores} logical cores, Linux {}", kernel.trim())
}
