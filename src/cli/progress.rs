//! Progress of measuring: a bar on a terminal, plain lines elsewhere.

use super::terminal::write_stderr;
use crate::collect::session::{KERNELS_STEP, Progress};
use crate::measurement::FailureKind;
use crate::report::{guard_line, guard_lines, safe_name};
use crate::units::format_duration;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A progress that fits where stderr goes.
pub(crate) fn new(interactive: bool, quiet: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Quiet)
    } else if interactive {
        Box::new(Bar::new())
    } else {
        Box::new(Lines::default())
    }
}

struct Quiet;

impl Progress for Quiet {
    fn step(&mut self, _name: &str, _done: u64, _planned: u64, _left: Option<Duration>) {}
    fn failed(&mut self, _name: &str, _kind: FailureKind, _detail: &str) {}
    fn finish(&mut self) {}
}

struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        // A template of our own making that cannot fail to parse; if it ever does, the default bar is fine.
        if let Ok(style) =
            ProgressStyle::with_template("{bar:24} {pos}/{len} {prefix:>10} {wide_msg}")
        {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl Progress for Bar {
    fn step(&mut self, name: &str, done: u64, planned: u64, left: Option<Duration>) {
        self.bar.set_length(planned);
        self.bar.set_position(done);
        self.bar.set_prefix(left.map_or_else(String::new, |left| {
            format!("{} left", format_duration(left))
        }));
        self.bar.set_message(safe_name(name));
        self.bar.tick();
    }

    fn failed(&mut self, name: &str, kind: FailureKind, _detail: &str) {
        self.bar.println(guard_line(&format!(
            "{} {}",
            safe_name(name),
            kind.describe()
        )));
    }

    fn finish(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// One line for every tenth of the work: a CI log is read later, by people with little time.
#[derive(Default)]
struct Lines {
    tenths: u64,
}

impl Progress for Lines {
    fn step(&mut self, name: &str, done: u64, planned: u64, left: Option<Duration>) {
        let tenths = (done * 10).checked_div(planned).unwrap_or(0) + 1;
        if tenths > self.tenths {
            self.tenths = tenths;
            let left = left.map_or_else(String::new, |left| {
                format!(", about {} left", format_duration(left))
            });
            // Rounds begin with the kernels, and tenths with rounds: naming them says nothing.
            let name = match name {
                KERNELS_STEP => String::new(),
                name => format!(": {}", safe_name(name)),
            };
            write_stderr(&format!(
                "tollgate: measuring {done}/{planned}{left}{name}\n"
            ));
        }
    }

    fn failed(&mut self, name: &str, kind: FailureKind, detail: &str) {
        write_stderr(&failure(name, kind, detail));
    }

    fn finish(&mut self) {}
}

/// What is said of a failure: the first lines of what the benchmark itself said, each on its own line.
fn failure(name: &str, kind: FailureKind, detail: &str) -> String {
    let mut text = format!("tollgate: {} {}\n", safe_name(name), kind.describe());
    for line in detail.lines().take(5) {
        text.push_str(&format!("    {}\n", safe_name(line)));
    }
    guard_lines(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_benchmark_says_is_no_command() {
        let said = failure(
            "s/a\n::x",
            FailureKind::Crashed,
            "::error::a\n  ::warning::b\nx ##[group]\n\x1b[2J",
        );
        assert_eq!(
            said,
            "tollgate: s/a\\n::x crashed\n    \\::error::a\n      \\::warning::b\n    x ##\\[group]\n    \\u{1b}[2J\n"
        );
    }
}
