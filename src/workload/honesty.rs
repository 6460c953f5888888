//! Whether the generator did what it was asked, so that the numbers are the target's.

use super::record::Driven;

/// Share of late starts that spoils a measurement.
pub const LATE: f64 = 0.01;

/// Share of dropped arrivals that spoils a measurement.
pub const DROPPED: f64 = 0.01;

/// Share of its threads' time above which a generator is no longer to be trusted.
pub const CPU: f64 = 0.8;

/// Why the numbers cannot be used; empty: they can.
///
/// That nothing was due at all is no reason here: then there are no calls, and "no data" is said of every metric. Late starts
/// or drops where nothing was due, or shares that are no numbers, are reasons: such a record contradicts itself.
#[must_use]
pub fn problems(driven: &Driven) -> Vec<String> {
    let generator = &driven.generator;
    let mut problems = Vec::new();
    let due = generator.due;
    if above(generator.late, due, LATE) {
        problems.push(format!(
            "{} of {due} flows ({}) began more than 1 ms late though nothing kept them but the generator; at most {} may. Lower \
             the rate or the users, or give it a machine that is less busy",
            generator.late,
            share(generator.late, due),
            percent(LATE),
        ));
    }
    if above(generator.dropped, due, DROPPED) {
        problems.push(format!(
            "{} of {due} arrivals ({}) were dropped because `max-in-flight` flows were under way; at most {} may be. The target \
             is slower than the rate needs, or `max-in-flight` is too low",
            generator.dropped,
            share(generator.dropped, due),
            percent(DROPPED),
        ));
    }
    match generator.cpu {
        // What is no number is a problem too.
        Some(cpu) if cpu > CPU || cpu.is_nan() => problems.push(format!(
            "the generator used {} of the time of its {} threads; above {} it measures itself. Lower the rate or the users, or \
             give it more `threads`",
            percent(cpu),
            generator.threads,
            percent(CPU),
        )),
        _ => {}
    }
    problems
}

fn above(part: u64, whole: u64, limit: f64) -> bool {
    part as f64 > whole as f64 * limit
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none was due".to_owned();
    }
    percent(part as f64 / whole as f64)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests;
