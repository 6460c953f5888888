//! When calls begin: users or rates, over time.

use crate::budget::mistakes::Mistakes;
use crate::budget::presets::{Filling, Load};
use crate::budget::raw::Section;
use crate::diagnostic::Code;
use crate::units::format_duration;
use crate::workload::scenario::{Arrivals, Closed, Model, Open, RateStage, UserStage};
use std::time::Duration;

const OF_CLOSED: [&str; 3] = ["users", "delay", "calls-per-user"];
const OF_OPEN: [&str; 3] = ["rate", "arrivals", "max-in-flight"];
const MAX_IN_FLIGHT: u32 = 1_000;
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// `None` where something is missing or wrong; that has been said then.
pub(super) fn model(
    section: &Section,
    filling: Option<&Filling>,
    mistakes: &mut Mistakes,
) -> Option<Model> {
    if section.has("model") && section.word("model").is_none() {
        return None;
    }
    let preset_is_open = filling.map(|filling| matches!(filling.load, Load::Rate(_)));
    let is_open = match section.word("model") {
        Some(word) => *word == "open",
        None => preset_is_open.unwrap_or(false),
    };
    foreign_keys(section, is_open, mistakes);
    // A preset of the other model knows how long, and not how much.
    let of_this_model = filling.filter(|_| preset_is_open == Some(is_open));
    if section.has("duration") && section.has("stages") {
        let message = "`duration` and `stages` both say how long a run is";
        mistakes.push(
            mistakes
                .mistake(
                    Code::InvalidValue,
                    section.span_of("duration"),
                    message,
                    "the sum of the stages is the duration",
                )
                .with_help("remove one of them"),
        );
    }
    if is_open {
        open(section, filling, of_this_model, mistakes).map(Model::Open)
    } else {
        closed(section, filling, of_this_model, mistakes).map(Model::Closed)
    }
}

fn foreign_keys(section: &Section, is_open: bool, mistakes: &mut Mistakes) {
    let (keys, mine, other, instead) = if is_open {
        (OF_CLOSED, "open", "closed", "`rate`")
    } else {
        (OF_OPEN, "closed", "open", "`users`")
    };
    for key in keys.iter().filter(|key| section.has(key)) {
        let message =
            format!("`{key}` belongs to the {other} model, and this workload has the {mine} model");
        mistakes.push(
            mistakes
                .mistake(
                    Code::UnknownKey,
                    section.span_of(key),
                    message,
                    format!("has no meaning in the {mine} model"),
                )
                .with_note("closed: users who wait for their answers; open: arrivals at a rate, whatever becomes of those before")
                .with_help(format!("write `model = \"{other}\"`, or say how much by {instead}")),
        );
    }
}

/// Level and time of each stage; the level of one is `None` where that has been found missing.
fn stages<L>(
    section: &Section,
    key: &'static str,
    foreign: &'static str,
    level: impl Fn(&Section) -> Option<L>,
    mistakes: &mut Mistakes,
) -> Option<Vec<(Option<L>, Duration)>> {
    let stages = section.tables("stages")?;
    let mut read = Vec::with_capacity(stages.len());
    for stage in stages {
        if stage.has(foreign) {
            let message = format!("`{foreign}` belongs to the stages of the other model");
            mistakes.push(
                mistakes
                    .mistake(
                        Code::UnknownKey,
                        stage.span_of(foreign),
                        message,
                        "has no meaning here",
                    )
                    .with_help(format!(
                        "write `{key}`, or give the workload the other `model`"
                    )),
            );
        } else if !stage.has(key) {
            let message = format!("a stage needs `{key}`, which says where it goes");
            mistakes.push(mistakes.mistake(
                Code::MissingKey,
                stage.span.clone(),
                message,
                format!("`{key}` is missing"),
            ));
        }
        read.push((
            level(stage),
            stage.time("over").copied().unwrap_or_default(),
        ));
    }
    let total: Duration = read
        .iter()
        .fold(Duration::ZERO, |sum, (_, over)| sum.saturating_add(*over));
    let wrong = if read.is_empty() {
        Some(("`stages` lists nothing".to_owned(), "an empty list"))
    } else if total > LONGEST {
        let (total, longest) = (format_duration(total), format_duration(LONGEST));
        Some((
            format!("`stages` take {total} together, and at most {longest} are driven"),
            "too long",
        ))
    } else {
        None
    };
    if let Some((message, label)) = wrong {
        let span = section.span_of("stages");
        mistakes.push(mistakes.mistake(Code::InvalidValue, span, message, label));
        return None;
    }
    Some(read)
}

/// Nothing would ever be called.
fn no_load(section: &Section, key: &str, mistakes: &mut Mistakes) {
    let key_there = if section.has("stages") { "stages" } else { key };
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                section.span_of(key_there),
                format!("`{key}` is 0 all the time, so that nothing would be called"),
                "no load at all",
            )
            .with_help(format!("give at least one stage `{key}` above 0")),
    );
}

fn missing(section: &Section, key: &str, example: &str, why: &str, mistakes: &mut Mistakes) {
    mistakes.push(
        mistakes
            .mistake(
                Code::MissingKey,
                section.span.clone(),
                format!("a [[workload]] {why} needs `{key}`"),
                format!("`{key}` is missing"),
            )
            .with_help(format!(
                "add for example `{key} = {example}`, or a `preset` that fills it in"
            )),
    );
}

fn duration(
    section: &Section,
    filling: Option<&Filling>,
    mistakes: &mut Mistakes,
) -> Option<Duration> {
    let given = section.time("duration").copied();
    if given.is_none() && !section.was_meant("duration") && filling.is_none() {
        missing(
            section,
            "duration",
            "\"30 s\"",
            "without `stages`",
            mistakes,
        );
    }
    given.or(filling.map(|filling| filling.duration))
}

fn closed(
    section: &Section,
    filling: Option<&Filling>,
    of_this_model: Option<&Filling>,
    mistakes: &mut Mistakes,
) -> Option<Closed> {
    let preset = of_this_model.and_then(|filling| match filling.load {
        Load::Users {
            users,
            delay,
            calls_per_user,
        } => Some((filling, users, delay, calls_per_user)),
        Load::Rate(_) => None,
    });
    let given = section.whole("users").copied();
    let is_staged = section.has("stages");
    let has_stages = is_staged || preset.is_some_and(|(filling, ..)| filling.shape.len() > 1);
    if has_stages && section.has("calls-per-user") {
        let message = "`calls-per-user` and stages contradict each other: users who are done cannot be there in the next stage";
        let mut mistake = mistakes.mistake(
            Code::InvalidValue,
            section.span_of("calls-per-user"),
            message,
            "not together with stages",
        );
        if !is_staged {
            mistake = mistake.with_note("the stages are those of the preset");
        }
        mistakes
            .push(mistake.with_help("remove it, or give `users` and `duration` without stages"));
    }
    let (start, stages) = if is_staged {
        let level = |stage: &Section| stage.whole("users").copied();
        let stages = stages(section, "users", "rate", level, mistakes)?;
        let stages: Option<Vec<UserStage>> = (stages.into_iter())
            .map(|(users, over)| {
                Some(UserStage {
                    users: users?,
                    over,
                })
            })
            .collect();
        (given.unwrap_or(0), stages?)
    } else {
        let duration = duration(section, filling, mistakes);
        if given.is_none() && !section.was_meant("users") && preset.is_none() {
            missing(section, "users", "10", "of the closed model", mistakes);
        }
        let users = given.or(preset.map(|(_, users, ..)| users));
        let (users, duration) = (users?, duration?);
        let level = |share: f64| users_at(users, share);
        match preset {
            Some((filling, ..)) => (
                level(filling.start),
                shaped(filling, duration, |users, over| UserStage {
                    users: level(users),
                    over,
                }),
            ),
            None => (
                users,
                vec![UserStage {
                    users,
                    over: duration,
                }],
            ),
        }
    };
    if start == 0 && stages.iter().all(|stage| stage.users == 0) {
        no_load(section, "users", mistakes);
        return None;
    }
    let calls = section.large("calls-per-user").copied();
    Some(Closed {
        start,
        stages,
        calls_per_user: calls.or(preset.filter(|_| !is_staged).and_then(|(.., calls)| calls)),
        delay: (section.time("delay").copied())
            .or(preset.map(|(_, _, delay, _)| delay))
            .unwrap_or_default(),
    })
}

/// At least one of them, unless the share is 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a u32 is one"
)]
fn users_at(users: u32, share: f64) -> u32 {
    if share <= 0.0 {
        return 0;
    }
    ((f64::from(users) * share).round() as u32).max(1)
}

/// The preset's levels over this time.
fn shaped<S>(filling: &Filling, duration: Duration, stage: impl Fn(f64, Duration) -> S) -> Vec<S> {
    let mut left = duration;
    let last = filling.shape.len().saturating_sub(1);
    (filling.shape.iter().enumerate())
        .map(|(index, (level, share))| {
            // The last one takes what rounding left, so that the sum is what was asked for.
            let over = if index == last {
                left
            } else {
                Duration::from_secs_f64((duration.as_secs_f64() * share * 1e3).round() / 1e3)
                    .min(left)
            };
            left = left.saturating_sub(over);
            stage(*level, over)
        })
        .collect()
}

fn open(
    section: &Section,
    filling: Option<&Filling>,
    of_this_model: Option<&Filling>,
    mistakes: &mut Mistakes,
) -> Option<Open> {
    let preset = of_this_model.and_then(|filling| match filling.load {
        Load::Rate(rate) => Some((filling, rate)),
        Load::Users { .. } => None,
    });
    let given = section.number("rate").copied();
    let (start, stages) = if section.has("stages") {
        let level = |stage: &Section| stage.number("rate").copied();
        let stages = stages(section, "rate", "users", level, mistakes)?;
        let stages: Option<Vec<RateStage>> = (stages.into_iter())
            .map(|(rate, over)| Some(RateStage { rate: rate?, over }))
            .collect();
        (given.unwrap_or(0.0), stages?)
    } else {
        let duration = duration(section, filling, mistakes);
        if given.is_none() && !section.was_meant("rate") && preset.is_none() {
            missing(section, "rate", "\"200/s\"", "of the open model", mistakes);
        }
        let rate = given.or(preset.map(|(_, rate)| rate));
        let (rate, duration) = (rate?, duration?);
        match preset {
            Some((filling, _)) => (
                rate * filling.start,
                shaped(filling, duration, |share, over| RateStage {
                    rate: rate * share,
                    over,
                }),
            ),
            None => (
                rate,
                vec![RateStage {
                    rate,
                    over: duration,
                }],
            ),
        }
    };
    if start <= 0.0 && stages.iter().all(|stage| stage.rate <= 0.0) {
        no_load(section, "rate", mistakes);
        return None;
    }
    Some(Open {
        arrivals: match section.word("arrivals") {
            Some(&"poisson") => Arrivals::Poisson,
            _ => Arrivals::Constant,
        },
        start,
        stages,
        max_in_flight: section
            .whole("max-in-flight")
            .copied()
            .unwrap_or(MAX_IN_FLIGHT),
    })
}

/// That of the preset is shorter in proportion where the run is shorter than the preset's.
pub(super) fn warm_up(
    section: &Section,
    filling: Option<&Filling>,
    duration: Duration,
    mistakes: &mut Mistakes,
) -> Duration {
    let Some(warm_up) = section.time("warm-up").copied() else {
        return filling.map_or(Duration::ZERO, |filling| {
            let share = filling.warm_up.as_secs_f64() / filling.duration.as_secs_f64();
            filling.warm_up.min(duration.mul_f64(share))
        });
    };
    if warm_up >= duration {
        let message = format!(
            "a warm-up of {} leaves nothing of the {} to be measured",
            format_duration(warm_up),
            format_duration(duration)
        );
        mistakes.push(
            mistakes
                .mistake(
                    Code::InvalidValue,
                    section.span_of("warm-up"),
                    message,
                    "not shorter than the duration",
                )
                .with_help(
                    "the warm-up is part of the duration: make it shorter, or the duration longer",
                ),
        );
        return Duration::ZERO;
    }
    warm_up
}
