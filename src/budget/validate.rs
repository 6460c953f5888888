//! From the spanned mirror to what the gate uses, collecting every mistake.

mod claims;

use super::limits;
use super::mistakes::Mistakes;
use super::raw::{Raw, Section};
use super::{
    BenchTarget, Budget, Budgets, CommandSource, Defaults, Enforcement, Source, Suite, Unresolved,
};
use crate::diagnostic::Code;
use crate::units::{Change, format_duration};
use std::collections::BTreeMap;
use std::time::Duration;

const MEASURE: Duration = Duration::from_millis(200);
const WARM_UP: Duration = Duration::from_millis(50);

/// What the file means. Where something is missing the mistake has been collected, and the value does not matter.
pub(super) fn validate(raw: &Raw, mistakes: &mut Mistakes) -> Budgets {
    let defaults = raw
        .defaults
        .as_ref()
        .map_or_else(Defaults::default, self::defaults);
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut suites = Vec::with_capacity(raw.suites.len());
    for section in &raw.suites {
        if let Some(name) = section.text("name") {
            suite_name(name, section, &mut names, mistakes);
        }
        suites.extend(suite(section, &defaults, mistakes));
    }
    let budgets = raw
        .budgets
        .iter()
        .filter_map(|section| budget(section, &defaults, mistakes))
        .collect();
    let overheads = claims::overheads(raw, &names, &suites, &defaults, mistakes);
    Budgets {
        overheads,
        waivers: claims::waivers(raw, mistakes),
        anchor: (raw.anchor.as_ref()).and_then(|section| claims::anchor(section, mistakes)),
        layout: (raw.layout.as_ref()).map_or_else(Default::default, claims::layout),
        github: (raw.github.as_ref()).map_or_else(Default::default, claims::github),
        defaults,
        suites,
        budgets,
    }
}

fn defaults(section: &Section) -> Defaults {
    let usual = Defaults::default();
    Defaults {
        tolerance: section
            .percent("tolerance")
            .map_or(usual.tolerance, |fraction| Change::from_fraction(*fraction)),
        severity: severity(section).unwrap_or(usual.severity),
        unresolved: unresolved(section).unwrap_or(usual.unresolved),
        time: section.time("time").copied().unwrap_or(usual.time),
        invocations: section
            .whole("invocations")
            .copied()
            .unwrap_or(usual.invocations),
        timeout: section.time("timeout").copied().unwrap_or(usual.timeout),
    }
}

fn severity(section: &Section) -> Option<Enforcement> {
    section.word("severity").map(|word| match *word {
        "warn" => Enforcement::Warn,
        _ => Enforcement::Error,
    })
}

fn unresolved(section: &Section) -> Option<Unresolved> {
    section.word("unresolved").map(|word| match *word {
        "fail" => Unresolved::Fail,
        _ => Unresolved::Warn,
    })
}

fn suite_name<'s>(
    name: &'s str,
    section: &Section,
    names: &mut BTreeMap<&'s str, usize>,
    mistakes: &mut Mistakes,
) {
    let span = section.span_of("name");
    if name.contains('/') {
        let message = "the name of a suite must not hold `/`, which ends it in `suite/benchmark`";
        mistakes.push(
            mistakes
                .mistake(Code::InvalidValue, span.clone(), message, "has a `/`")
                .with_help(format!("write \"{}\"", name.replace('/', "-"))),
        );
    }
    if let Some(first) = names.get(name) {
        let line = mistakes.line(*first);
        mistakes.push(
            mistakes
                .mistake(
                    Code::DuplicateName,
                    span,
                    format!("two suites are called `{name}`"),
                    format!("is the name of the suite in line {line}"),
                )
                .with_help("names of suites are the first part of the benchmarks' ids: rename one"),
        );
    } else {
        names.insert(name, span.start);
    }
}

fn suite(section: &Section, defaults: &Defaults, mistakes: &mut Mistakes) -> Option<Suite> {
    let tool = section.word("tool").copied();
    let timeout = section.time("timeout").copied();
    let source = match tool {
        Some("command") => command(section, mistakes).map(Source::Command),
        Some("system") => Some(Source::System),
        Some(tool) => bench_target(section).map(|target| {
            fits_timeout(
                section,
                &target,
                timeout.unwrap_or(defaults.timeout),
                mistakes,
            );
            if tool == "divan" {
                Source::Divan(target)
            } else {
                Source::Criterion(target)
            }
        }),
        None => None,
    };
    Some(Suite {
        name: section.text("name")?.clone(),
        source: source?,
        only: section.globs("only").cloned().unwrap_or_default(),
        invocations: section.whole("invocations").copied(),
        timeout,
        place: mistakes.place(section.span_of("name"), ""),
    })
}

fn bench_target(section: &Section) -> Option<BenchTarget> {
    Some(BenchTarget {
        bench: section.text("bench")?.clone(),
        package: section.text("package").cloned(),
        features: section.names("features").cloned().unwrap_or_default(),
        measure: section.time("measure").copied().unwrap_or(MEASURE),
        warm_up: section.time("warm-up").copied().unwrap_or(WARM_UP),
    })
}

/// An invocation that is killed before it can end would give nothing, every time.
fn fits_timeout(
    section: &Section,
    target: &BenchTarget,
    timeout: Duration,
    mistakes: &mut Mistakes,
) {
    let needed = target.measure.saturating_add(target.warm_up);
    if needed < timeout {
        return;
    }
    let key = ["measure", "warm-up", "timeout"]
        .into_iter()
        .find(|key| section.has(key))
        .unwrap_or("timeout");
    let message = format!(
        "an invocation of {} (warm-up and measure) cannot end within the timeout of {}",
        format_duration(needed),
        format_duration(timeout)
    );
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                section.span_of(key),
                message,
                "does not fit",
            )
            .with_help("give a longer `timeout`, or a shorter `measure`"),
    );
}

fn command(section: &Section, mistakes: &mut Mistakes) -> Option<CommandSource> {
    let shell = section.flag("shell").copied().unwrap_or(false);
    let argv = match (section.argv("command"), section.line("command")) {
        (Some(argv), _) => {
            if shell {
                let message = "`shell = true` runs one string, and `command` is an array";
                mistakes.push(
                    mistakes
                        .mistake(
                            Code::InvalidValue,
                            section.span_of("command"),
                            message,
                            "an array",
                        )
                        .with_help("remove `shell`, or write the command as one string"),
                );
            }
            argv.clone()
        }
        (None, Some(line)) => {
            // A wrong `shell` has been reported; what it was meant to say is unknown.
            if !shell && (!section.has("shell") || section.flag("shell").is_some()) {
                mistakes.push(
                    mistakes
                        .mistake(
                            Code::InvalidValue,
                            section.span_of("command"),
                            "`command` must be an array of program and arguments",
                            "one string",
                        )
                        .with_note("a string would have to be split by rules of quoting that differ between shells")
                        .with_help(format!(
                            "write `command = {}`, or add `shell = true` to run it by `sh -c`",
                            as_array(line)
                        )),
                );
            }
            vec![line.clone()]
        }
        (None, None) => return None,
    };
    Some(CommandSource {
        argv,
        shell,
        benchmark: section
            .text("benchmark")
            .cloned()
            .unwrap_or_else(|| "run".to_owned()),
        warm_up: section.whole("warm-up").copied().unwrap_or(1),
        exit_status: section
            .whole("exit-status")
            .and_then(|status| i32::try_from(*status).ok())
            .unwrap_or(0),
        directory: section.text("directory").cloned(),
    })
}

/// How a command line would look as an array, or an example where its quoting is anybody's guess.
fn as_array(line: &str) -> String {
    const LONGEST: usize = 100;
    let is_plain = |c: char| c.is_alphanumeric() || " -_./=:,+@{}".contains(c);
    if line.len() > LONGEST || !line.chars().all(is_plain) {
        return r#"["program", "first argument", ..]"#.to_owned();
    }
    let words: Vec<String> = line
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""))
        .collect();
    format!("[{}]", words.join(", "))
}

fn budget(section: &Section, defaults: &Defaults, mistakes: &mut Mistakes) -> Option<Budget> {
    let metric = section.text("metric").map_or("time", String::as_str);
    // A metric that is wrong itself has no unit to compare with.
    if section.text("metric").is_some() || !section.has("metric") {
        for key in ["max", "min"] {
            limits::fits_metric(section, key, metric, mistakes);
        }
    }
    limits::is_a_range(section, mistakes);
    let is_silent = !["slower", "max", "min"].iter().any(|key| section.has(key));
    Some(Budget {
        bench: section.glob("bench")?.clone(),
        metric: metric.to_owned(),
        slower: match section.percent("slower") {
            Some(fraction) => Some(Change::from_fraction(*fraction)),
            None => is_silent.then_some(defaults.tolerance),
        },
        max: section.quantity("max").cloned(),
        min: section.quantity("min").cloned(),
        severity: severity(section).unwrap_or(defaults.severity),
        unresolved: unresolved(section).unwrap_or(defaults.unresolved),
        place: mistakes.place(section.span_of("bench"), ""),
    })
}
