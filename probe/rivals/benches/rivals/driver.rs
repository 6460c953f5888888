//! Starts itself: once for each launch, and once for each subject of the memory test.

use crate::measure::Launch;
use crate::options::Options;
use crate::{arms, memory, report};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::process::{Command, Stdio};

/// What a child says to its parent, on stdout.
pub fn print(what: &impl Serialize) -> Result<(), String> {
    let text =
        serde_json::to_string(what).map_err(|error| format!("failed to write JSON: {error}"))?;
    println!("{text}");
    Ok(())
}

pub fn drive(options: &Options) -> Result<(), String> {
    let mut launches: Vec<Launch> = Vec::new();
    for launch in 0..options.launches * u32::from(options.speed) {
        eprintln!("launch {} of {}", launch + 1, options.launches);
        // Another seed: another order, other values, and by address randomisation another layout.
        let seed = options.seed.wrapping_add(u64::from(launch)).to_string();
        let rounds = options.rounds.to_string();
        let block = options.block.to_string();
        launches.push(child(&[
            "--child", "--seed", &seed, "--rounds", &rounds, "--block", &block,
        ])?);
    }
    let mut resident = Vec::new();
    // The quick ones are those that tell most; the others take gigabytes and minutes.
    let subjects = if options.quick {
        3
    } else {
        memory::SUBJECTS.len()
    };
    for (subject, shown) in memory::SUBJECTS
        .iter()
        .take(subjects * usize::from(options.memory))
    {
        eprintln!("memory of {shown}");
        let bytes: u64 = child(&[
            "--memory-child",
            subject,
            "--seed",
            &options.seed.to_string(),
        ])?;
        resident.push((*shown, bytes));
    }
    let (arms, _) = arms::all(options.seed);
    let report = report::Report::of(options, &arms, &launches, &resident);
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| format!("failed to write JSON: {error}"))?;
        write(path, &text)?;
    }
    match &options.markdown {
        Some(path) => write(path, &report.markdown()),
        None => {
            print!("{}", report.markdown());
            Ok(())
        }
    }
}

fn write(path: &std::path::Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text)
        .map_err(|error| format!("failed to write {}: {error}", path.display()))
}

fn child<T: DeserializeOwned>(arguments: &[&str]) -> Result<T, String> {
    let this = std::env::current_exe()
        .map_err(|error| format!("failed to find this executable: {error}"))?;
    let output = Command::new(this)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("failed to start a launch: {error}"))?;
    if !output.status.success() {
        return Err(format!("a launch ended with {}", output.status));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("failed to read what a launch said: {error}"))
}
