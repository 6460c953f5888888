//! Overhead claims, waivers, the anchor, layouts, GitHub.

use super::{severity, unresolved, workload};
use crate::budget::limits;
use crate::budget::mistakes::{Mistakes, did_you_mean, quoted};
use crate::budget::raw::{Raw, Section};
use crate::budget::{
    Anchor, Defaults, GithubSettings, LayoutSettings, Overhead, RELINKS, Source, Suite, Unresolved,
    Variant, Waiver,
};
use crate::diagnostic::Code;
use crate::measurement::BenchmarkId;
use crate::publish::Posting;
use crate::units::{Change, Quantity, Unit};
use std::collections::BTreeMap;

/// Relative limit of an overhead claim that gives none.
const RELATIVE: f64 = 0.01;
/// Absolute limit of an overhead claim on a time that gives none: 5 ms, in nanoseconds.
const ABSOLUTE: f64 = 5e6;
/// Pairs of an overhead claim at most: with the looks before it, an honest 1 % on a quiet machine.
const PAIRS: u32 = 90;
/// What an anchor allows that does not say.
const CUMULATIVE: f64 = 0.05;

/// Names of the file's suites, also of those with mistakes, with their places.
type Names<'a> = BTreeMap<&'a str, usize>;

pub(super) fn overheads(
    raw: &Raw,
    names: &Names<'_>,
    suites: &[Suite],
    defaults: &Defaults,
    mistakes: &mut Mistakes,
) -> Vec<Overhead> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut overheads = Vec::with_capacity(raw.overheads.len());
    for section in &raw.overheads {
        if let Some(name) = section.text("name") {
            unique(section, name, &mut taken, mistakes);
        }
        overheads.extend(overhead(section, names, suites, defaults, mistakes));
    }
    overheads
}

fn unique<'s>(
    section: &Section,
    name: &'s str,
    taken: &mut BTreeMap<&'s str, usize>,
    mistakes: &mut Mistakes,
) {
    let span = section.span_of("name");
    let Some(first) = taken.get(name) else {
        taken.insert(name, span.start);
        return;
    };
    let line = mistakes.line(*first);
    mistakes.push(
        mistakes
            .mistake(
                Code::DuplicateName,
                span,
                format!("two overheads are called {}", quoted(name)),
                format!("is the name of the overhead in line {line}"),
            )
            .with_help("claims are known by their names in the report: rename one"),
    );
}

fn overhead(
    section: &Section,
    names: &Names<'_>,
    suites: &[Suite],
    defaults: &Defaults,
    mistakes: &mut Mistakes,
) -> Option<Overhead> {
    let metric = section.text("metric").map_or("time", String::as_str);
    let on = variant(section, "on", names, suites, mistakes);
    let off = variant(section, "off", names, suites, mistakes);
    if let (Some(on), Some(off)) = (&on, &off)
        && on == off
    {
        let message = "`on` and `off` are the same, so that nothing would be compared";
        mistakes.push(
            mistakes
                .mistake(
                    Code::InvalidValue,
                    section.span_of("off"),
                    message,
                    "the same as `on`",
                )
                .with_help(
                    "name another benchmark, or give one side an `env` or `args` of its own",
                ),
        );
    }
    let alternating = section.flag("alternating").copied().unwrap_or(false);
    if alternating && let (Some(on), Some(off)) = (&on, &off) {
        can_alternate(section, on, off, suites, mistakes);
    }
    let limits = section.table("max");
    if let Some(limits) = limits {
        let unit = limits::unit_of(metric);
        limits::fits_metric(limits, "absolute", metric, unit.as_ref(), mistakes);
        is_above_zero(limits, mistakes);
    }
    let given = limits.and_then(|limits| limits.quantity("absolute"));
    Some(Overhead {
        name: section.text("name")?.clone(),
        on: on?,
        off: off?,
        metric: metric.to_owned(),
        relative: Change::from_fraction(
            limits
                .and_then(|limits| limits.percent("relative"))
                .copied()
                .unwrap_or(RELATIVE),
        ),
        absolute: given.cloned().or_else(|| {
            (limits::unit_of(metric) == Some(Unit::Nanoseconds)).then_some(Quantity {
                value: ABSOLUTE,
                unit: Unit::Nanoseconds,
            })
        }),
        pairs: section.whole("pairs").copied().unwrap_or(PAIRS),
        alternating,
        severity: severity(section).unwrap_or(defaults.severity),
        // Not that of [defaults]: what is not shown to be cheap must not pass for cheap.
        unresolved: unresolved(section).unwrap_or(Unresolved::Fail),
        place: mistakes.place(section.span_of("name"), ""),
    })
}

/// One process can only be both sides where one executable has both, and where nothing is set for one of them.
fn can_alternate(
    section: &Section,
    on: &Variant,
    off: &Variant,
    suites: &[Suite],
    mistakes: &mut Mistakes,
) {
    let source = suites
        .iter()
        .find(|suite| suite.name == on.bench.suite)
        .map(|suite| &suite.source);
    let is_set = |side: &Variant| !side.environment.is_empty() || !side.arguments.is_empty();
    let (message, label) = if on.bench.suite != off.bench.suite {
        (
            "`on` and `off` are of different suites, and one process cannot measure both",
            "needs one suite",
        )
    } else if source.is_some_and(|source| !matches!(source, Source::Criterion(_))) {
        (
            "only benchmarks of criterion suites can alternate within one process",
            "not for this suite",
        )
    } else if is_set(on) || is_set(off) {
        (
            "`env` and `args` hold for a whole process, and here one process is both sides",
            "needs sides without `env` and `args`",
        )
    } else {
        return;
    };
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                section.span_of("alternating"),
                message,
                label,
            )
            .with_help("remove `alternating`: then each side has a process of its own"),
    );
}

/// A claim that something costs nothing at all cannot be proven.
fn is_above_zero(limits: &Section, mistakes: &mut Mistakes) {
    if limits
        .quantity("absolute")
        .is_some_and(|limit| limit.value <= 0.0)
    {
        let message = "`absolute` must be above 0: that something costs nothing cannot be proven";
        mistakes.push(
            mistakes
                .mistake(
                    Code::InvalidValue,
                    limits.span_of("absolute"),
                    message,
                    "not above 0",
                )
                .with_help("write for example `absolute = \"5 ms\"`"),
        );
    }
}

fn variant(
    section: &Section,
    key: &str,
    names: &Names<'_>,
    suites: &[Suite],
    mistakes: &mut Mistakes,
) -> Option<Variant> {
    let table = section.table(key).map(Box::as_ref);
    let (name, span) = match table {
        Some(table) => (table.text("bench")?, table.span_of("bench")),
        None => (section.text(key)?, section.span_of(key)),
    };
    let (suite, benchmark) = name.split_once('/')?;
    let mut wrong = |message: String, label: &str, help: String| {
        mistakes.push(
            mistakes
                .mistake(Code::InvalidValue, span.clone(), message, label)
                .with_help(help),
        );
    };
    if !names.contains_key(suite) {
        let help = match did_you_mean(suite, names.keys().copied()) {
            Some(known) => format!("did you mean \"{known}/{benchmark}\"?"),
            None if names.is_empty() => "add a [[suite]] that has the benchmark".to_owned(),
            None => {
                let known: Vec<&str> = names.keys().copied().collect();
                format!("the suites are {}", known.join(", "))
            }
        };
        wrong(
            format!(
                "`{key}` names the suite {}, which is not in the file",
                quoted(suite)
            ),
            "no such suite",
            help,
        );
        return None;
    }
    let source = suites
        .iter()
        .find(|known| known.name == suite)
        .map(|known| &known.source);
    if let Some(Source::Command(command)) = source
        && command.benchmark != benchmark
    {
        wrong(
            format!(
                "the command suite `{suite}` has one benchmark, and it is not {}",
                quoted(benchmark)
            ),
            "no such benchmark",
            format!("write \"{suite}/{}\"", command.benchmark),
        );
    }
    let arguments = table.and_then(|table| table.argv("args")).cloned();
    if let (Some(arguments), Some(table), Some(source)) = (&arguments, table, source)
        && !arguments.is_empty()
        && !matches!(source, Source::Command(_))
    {
        let message = format!(
            "`args` belongs to command suites; `{suite}` is measured by {}, whose arguments are tollgate's",
            source.tool()
        );
        mistakes.push(
            mistakes
                .mistake(
                    Code::InvalidValue,
                    table.span_of("args"),
                    message,
                    format!("not for {}", source.tool()),
                )
                .with_help("switch by an environment variable: `env = { PROBE = \"1\" }`"),
        );
    }
    // What is wrong has been said; what it was meant to be is unknown.
    let is_whole = |key: &str, read: bool| read || !table.is_some_and(|table| table.has(key));
    let env = table.and_then(|table| table.pairs("env"));
    if !is_whole("env", env.is_some()) || !is_whole("args", arguments.is_some()) {
        return None;
    }
    Some(Variant {
        bench: BenchmarkId::new(suite, benchmark),
        environment: env.cloned().unwrap_or_default(),
        arguments: arguments.unwrap_or_default(),
    })
}

pub(super) fn waivers(raw: &Raw, suites: &[Suite], mistakes: &mut Mistakes) -> Vec<Waiver> {
    let mut taken: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut waivers = Vec::with_capacity(raw.waivers.len());
    for section in &raw.waivers {
        let metric = section.text("metric").map_or("time", String::as_str);
        if let Some(bench) = section.text("bench") {
            let start = section.span_of("bench").start;
            if let Some(first) = taken.get(&(bench, metric)) {
                let line = mistakes.line(*first);
                mistakes.push(
                    mistakes
                        .mistake(
                            Code::DuplicateName,
                            section.span_of("bench"),
                            format!("two waivers excuse {} of {}", quoted(metric), quoted(bench)),
                            format!("is excused in line {line} already"),
                        )
                        .with_help("keep one of them: it may have both `slower` and `max`"),
                );
            } else {
                taken.insert((bench, metric), start);
            }
        }
        waivers.extend(waiver(section, metric, suites, mistakes));
    }
    waivers
}

fn waiver(
    section: &Section,
    metric: &str,
    suites: &[Suite],
    mistakes: &mut Mistakes,
) -> Option<Waiver> {
    if !section.has("slower") && !section.has("max") {
        mistakes.push(
            mistakes
                .mistake(
                    Code::MissingKey,
                    section.span.clone(),
                    "a [[waiver]] needs `slower` or `max`: up to where it excuses",
                    "no ceiling",
                )
                .with_help("add for example `slower = \"12%\"`"),
        );
    }
    let is_workload = section.text("bench").is_some_and(|bench| {
        let suite = bench.split('/').next().unwrap_or_default();
        workload::is_one(suite, suites)
    });
    let unit = limits::unit_in(metric, is_workload);
    limits::fits_metric(section, "max", metric, unit.as_ref(), mistakes);
    Some(Waiver {
        bench: section.text("bench")?.clone(),
        metric: metric.to_owned(),
        slower: section
            .percent("slower")
            .map(|fraction| Change::from_fraction(*fraction)),
        max: section.quantity("max").cloned(),
        until: *section.date("until")?,
        reason: section.text("reason")?.clone(),
        issue: section.text("issue").cloned(),
        place: mistakes.place(section.span_of("bench"), ""),
    })
}

pub(super) fn anchor(section: &Section, mistakes: &Mistakes) -> Option<Anchor> {
    Some(Anchor {
        revision: section.text("revision")?.clone(),
        slower: Change::from_fraction(section.percent("slower").copied().unwrap_or(CUMULATIVE)),
        place: mistakes.place(section.span_of("revision"), ""),
    })
}

pub(super) fn layout(section: &Section) -> LayoutSettings {
    let relinks = section.whole("relinks").copied();
    LayoutSettings {
        relinks: relinks.unwrap_or(RELINKS),
        asked: relinks.is_some_and(|relinks| relinks > 0),
    }
}

pub(super) fn github(section: &Section) -> GithubSettings {
    let key = section.text("key").and_then(|key| key.parse().ok());
    GithubSettings {
        comment: match section.word("comment") {
            Some(&"always") => Posting::Always,
            Some(&"never") => Posting::Never,
            _ => Posting::Changes,
        },
        key: key.unwrap_or_default(),
    }
}
