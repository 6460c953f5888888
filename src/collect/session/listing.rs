//! Asking suites for their benchmarks, on both sides, and making units of the plan of them.

use super::Session;
use super::slots::{Kind, Member, Slot};
use crate::budget::{Overhead, Suite, Variant};
use crate::collect::suite::{Counterpart, Layouts, Ready, Refused, Runner, sift, units_of, wanted};
use crate::collect::{CollectError, Unit};
use crate::measurement::{
    BaseSide, BenchmarkId, Failure, FailureKind, OVERHEAD, Side, SuiteRecord,
};
use std::time::Duration;

/// Asks every suite for its benchmarks, keeps those that are wanted, and records what was listed.
pub(super) fn slots_of(session: &mut Session<'_, '_>, claims: &[Overhead]) {
    let mut listed: Vec<Vec<Unit>> = Vec::new();
    for index in 0..session.suites.len() {
        let Ok(units) = list_suite(session, index) else {
            return;
        };
        listed.push(units);
    }
    let mut of_claims = SuiteRecord {
        name: OVERHEAD.to_owned(),
        tool: "overhead".to_owned(),
        ..SuiteRecord::default()
    };
    for claim in claims {
        let on = member_of(session.suites, &listed, &claim.on);
        let off = member_of(session.suites, &listed, &claim.off);
        let id = BenchmarkId::new(OVERHEAD, claim.name.clone());
        let only = &session.options.only;
        if !(only.is_empty() || only.iter().any(|glob| glob.matches(&id.to_string()))) {
            continue;
        }
        of_claims.listed.push(claim.name.clone());
        if let (Some(mut on), Some(mut off)) = (on, off) {
            if claim.alternating {
                let both = both_of(&on.unit, &off.unit);
                on.unit.clone_from(&both);
                off.unit = both;
            }
            session.recorder.record(id);
            session.slots.push(Slot::new(Kind::Claim {
                name: claim.name.clone(),
                on,
                off,
                pairs: claim.pairs,
                alternating: claim.alternating,
            }));
        }
    }
    if !of_claims.listed.is_empty() {
        put_suite(session, of_claims);
    }
}

/// Two benchmarks of one suite as one unit.
fn both_of(on: &Unit, off: &Unit) -> Unit {
    Unit {
        filter: format!("{} and {}", on.filter, off.filter),
        benchmarks: [&on.benchmarks[..], &off.benchmarks].concat(),
    }
}

/// A suite of a run that goes on stands there already.
fn put_suite(session: &mut Session<'_, '_>, record: SuiteRecord) {
    let suites = &mut session.recorder.run.suites;
    match suites.iter_mut().find(|suite| suite.name == record.name) {
        Some(known) => *known = record,
        None => suites.push(record),
    }
}

fn member_of(suites: &[Ready<'_>], listed: &[Vec<Unit>], variant: &Variant) -> Option<Member> {
    let suite = suites
        .iter()
        .position(|ready| ready.suite.name == variant.bench.suite)?;
    let unit = listed
        .get(suite)?
        .iter()
        .find(|unit| unit.benchmarks.contains(&variant.bench.name))?;
    Some(Member {
        suite,
        unit: unit.clone(),
        variant: Some(variant.clone()),
    })
}

/// Ctrl-C while a suite was listed.
struct Stopped;

/// Lists one suite on its sides and makes its slots; gives all of its units, also those that `--only` leaves out.
fn list_suite(session: &mut Session<'_, '_>, index: usize) -> Result<Vec<Unit>, Stopped> {
    let ready = &session.suites[index];
    let suite = ready.suite;
    let timeout = suite.timeout.unwrap_or(session.options.timeout);
    let scratch = &session.options.scratch;
    let all = match units_of(ready, scratch, timeout, session.interrupt) {
        Ok(units) => units,
        Err(CollectError::Interrupted) => return Err(Stopped),
        Err(CollectError::Failed { kind, detail }) => {
            not_listed(session, suite, None, kind, detail);
            Vec::new()
        }
    };
    let (base, on_base) = list_base(session, ready, timeout)?;
    let mut units = all.clone();
    for unit in &mut units {
        unit.benchmarks
            .retain(|name| wanted(suite, name, &session.options.only));
    }
    for Refused { name, detail } in sift(&mut units) {
        not_listed(session, suite, name, FailureKind::Unreadable, detail);
    }
    let mut names = Vec::new();
    for unit in units {
        names.extend(unit.benchmarks.iter().cloned());
        let has_base = on_base.iter().any(|other| {
            unit.benchmarks
                .iter()
                .all(|name| other.benchmarks.contains(name))
        });
        let alone_is_wanted = ready.base.is_none()
            || unit.benchmarks.iter().any(|name| {
                let id = format!("{}/{name}", suite.name);
                session.options.absolute.iter().any(|glob| glob.matches(&id))
            })
            // A new benchmark is at least seen to work.
            || matches!(base, Some(BaseSide::Measured));
        if !has_base && !alone_is_wanted {
            continue;
        }
        for name in &unit.benchmarks {
            // Made here, so that the run keeps the tool's order and not that of the first round.
            session
                .recorder
                .record(BenchmarkId::new(suite.name.clone(), name.clone()));
        }
        let member = Member {
            suite: index,
            unit,
            variant: None,
        };
        session.slots.push(Slot::new(if has_base {
            Kind::Pair(member)
        } else {
            Kind::Alone(member)
        }));
    }
    let (layouts, layouts_missing) = match &ready.base {
        Some(Counterpart::Measured { layouts, .. }) => match layouts {
            Layouts::Shuffled(relink) => (relink.count(), None),
            Layouts::AsLinked(why) => (0, why.clone()),
        },
        _ => (0, None),
    };
    let record = SuiteRecord {
        name: suite.name.clone(),
        tool: suite.source.tool().to_owned(),
        tool_version: ready.tool_version.clone(),
        listed: names,
        base,
        layouts,
        layouts_missing,
        executables: ready.executables.clone(),
    };
    put_suite(session, record);
    Ok(all)
}

/// What becomes of the base side of a suite, and its units where it is measured.
fn list_base(
    session: &Session<'_, '_>,
    ready: &Ready<'_>,
    timeout: Duration,
) -> Result<(Option<BaseSide>, Vec<Unit>), Stopped> {
    let (runner, why) = match &ready.base {
        None => return Ok((None, Vec::new())),
        Some(Counterpart::Identical) => return Ok((Some(BaseSide::Identical), Vec::new())),
        Some(Counterpart::NotComparable(why)) => (None, why.clone()),
        Some(Counterpart::Measured { runner, .. }) => (Some(runner), String::new()),
    };
    let Some(runner) = runner else {
        return Ok((Some(BaseSide::NotComparable { why }), Vec::new()));
    };
    let base = Ready::alone(
        ready.suite,
        Runner::clone(runner),
        ready.tool_version.clone(),
    );
    match units_of(&base, &session.options.scratch, timeout, session.interrupt) {
        Ok(units) => Ok((Some(BaseSide::Measured), units)),
        Err(CollectError::Interrupted) => Err(Stopped),
        Err(CollectError::Failed { kind, detail }) => {
            let why = format!(
                "the executable of the base {} when asked for its benchmarks: {detail}",
                kind.describe()
            );
            Ok((Some(BaseSide::NotComparable { why }), Vec::new()))
        }
    }
}

/// Says and records what went wrong while a suite was listed.
fn not_listed(
    session: &mut Session<'_, '_>,
    suite: &Suite,
    benchmark: Option<String>,
    kind: FailureKind,
    detail: String,
) {
    let label = match &benchmark {
        Some(name) => format!("{}/{name}", suite.name),
        None => suite.name.clone(),
    };
    session.hooks.progress.failed(&label, kind, &detail);
    session.recorder.run.failures.push(Failure {
        suite: suite.name.clone(),
        benchmark,
        side: Side::Candidate,
        invocation: 0,
        kind,
        detail,
    });
}
