//! Flags that replace a part of a workload. Pure: a flag that does not fit is a sentence that says why.

use crate::cli::Problem;
use crate::units::{Unit, format_duration, format_value};
use crate::workload::scenario::{Model, Target, Workload};
use std::sync::Arc;
use std::time::Duration;

/// What the flags ask for.
#[derive(Debug, Clone, Default)]
pub(super) struct Overrides {
    pub(super) users: Option<u32>,
    /// Finite and above 0.
    pub(super) rate: Option<f64>,
    pub(super) duration: Option<Duration>,
    pub(super) url: Option<String>,
}

/// The workload with the flags applied.
///
/// # Errors
/// A flag does not fit the model, or what comes of it is no workload that budgets.toml could hold.
pub(super) fn apply(workload: &Arc<Workload>, flags: &Overrides) -> Result<Arc<Workload>, Problem> {
    let mut changed = Workload::clone(workload);
    if let Some(users) = flags.users {
        set_users(&mut changed, users)?;
    }
    if let Some(rate) = flags.rate {
        set_rate(&mut changed, rate)?;
    }
    if let Some(duration) = flags.duration {
        set_duration(&mut changed, duration)?;
    }
    if let Some(url) = &flags.url {
        changed.target = Target::Running {
            origin: origin(url)?,
        };
    }
    Ok(Arc::new(changed))
}

/// Stages keep their shape: the highest becomes this, and the others in proportion.
fn set_users(workload: &mut Workload, users: u32) -> Result<(), Problem> {
    let Model::Closed(closed) = &mut workload.model else {
        return Err(Problem(format!(
            "`--users` belongs to the closed model, and `{}` is open: use `--rate`, or write `model = \"closed\"` in budgets.toml",
            workload.name
        )));
    };
    let stages = closed.stages.iter().map(|stage| stage.users);
    let most = stages.max().unwrap_or(0).max(closed.start);
    let scaled = |old: u32| {
        if most == 0 {
            return users;
        }
        let exact = u64::from(old) * u64::from(users);
        // Up: a stage with somebody in it keeps somebody.
        u32::try_from(exact.div_ceil(u64::from(most))).unwrap_or(users)
    };
    closed.start = scaled(closed.start);
    for stage in &mut closed.stages {
        stage.users = scaled(stage.users);
    }
    Ok(())
}

fn set_rate(workload: &mut Workload, rate: f64) -> Result<(), Problem> {
    let Model::Open(open) = &mut workload.model else {
        return Err(Problem(format!(
            "`--rate` belongs to the open model, and `{}` is closed: use `--users`, or write `model = \"open\"` in budgets.toml",
            workload.name
        )));
    };
    let most = (open.stages.iter())
        .map(|stage| stage.rate)
        .fold(open.start, f64::max);
    let scaled = |old: f64| if most > 0.0 { old / most * rate } else { rate };
    open.start = scaled(open.start);
    for stage in &mut open.stages {
        stage.rate = scaled(stage.rate);
    }
    Ok(())
}

fn set_duration(workload: &mut Workload, duration: Duration) -> Result<(), Problem> {
    if duration <= workload.warm_up {
        return Err(Problem(format!(
            "`--duration` {} leaves nothing to measure: {} of warm-up are part of it",
            format_duration(duration),
            format_duration(workload.warm_up)
        )));
    }
    if let Some(limit) = workload.safety.time.filter(|limit| *limit < duration) {
        return Err(Problem(format!(
            "`--duration` {} is beyond `safety.time` ({}) of `{}`, which would stop the run: raise it in budgets.toml",
            format_duration(duration),
            format_duration(limit),
            workload.name
        )));
    }
    let factor = duration.as_secs_f64() / workload.duration().as_secs_f64();
    if !factor.is_finite() {
        return Err(Problem(format!(
            "`--duration` has no stage of `{}` to stretch: its stages take no time",
            workload.name
        )));
    }
    let stretched = |over: Duration| Duration::try_from_secs_f64(over.as_secs_f64() * factor);
    let too_long = |_| Problem("`--duration` is longer than any run can be".to_owned());
    match &mut workload.model {
        Model::Closed(closed) => match &mut *closed.stages {
            // To the nanosecond where there is nothing to share out.
            [stage] => stage.over = duration,
            stages => {
                for stage in stages {
                    stage.over = stretched(stage.over).map_err(too_long)?;
                }
            }
        },
        Model::Open(open) => match &mut *open.stages {
            [stage] => stage.over = duration,
            stages => {
                for stage in stages {
                    stage.over = stretched(stage.over).map_err(too_long)?;
                }
            }
        },
    }
    if let (Model::Open(open), Some(most)) = (&workload.model, workload.safety.requests) {
        let rate = open
            .stages
            .iter()
            .map(|stage| stage.rate)
            .fold(open.start, f64::max);
        if let [_] = *open.stages
            && rate * duration.as_secs_f64() > count(most)
        {
            return Err(Problem(format!(
                "{} at {} are more calls than `safety.requests` ({}) of `{}` allows: raise it in budgets.toml",
                format_duration(duration),
                format_value(rate, &Unit::PerSecond),
                format_value(count(most), &Unit::Count),
                workload.name
            )));
        }
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a limit of calls is far below 2^53"
)]
const fn count(calls: u64) -> f64 {
    calls as f64
}

/// `http://host:port` or `https://host:port`, without anything behind it.
fn origin(url: &str) -> Result<String, Problem> {
    let refuse = |why: &str| {
        Err(Problem(format!(
            "`--url` is {url:?}: {why}; write scheme, host and port, such as http://127.0.0.1:8080"
        )))
    };
    let lower = url.to_ascii_lowercase();
    let Some(rest) = lower
        .strip_prefix("http://")
        .or_else(|| lower.strip_prefix("https://"))
    else {
        return refuse("it does not begin with http:// or https://");
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#']) {
        return refuse("paths belong to the endpoints in budgets.toml");
    }
    if authority.contains('@') {
        return refuse("it holds a user name; put it into `headers` of the endpoints");
    }
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if host.is_empty() || !authority.chars().all(plain) {
        return refuse("that is no host");
    }
    let scheme = lower.len() - rest.len();
    Ok(format!("{}{authority}", &lower[..scheme]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::samples;
    use crate::workload::scenario::{RateStage, UserStage};

    fn flags() -> Overrides {
        Overrides::default()
    }

    fn open(workload: &Workload) -> (f64, Vec<(f64, Duration)>) {
        let Model::Open(open) = &workload.model else {
            panic!("{workload:?}");
        };
        let stages = open.stages.iter().map(|stage| (stage.rate, stage.over));
        (open.start, stages.collect())
    }

    fn closed(workload: &Workload) -> (u32, Vec<(u32, Duration)>) {
        let Model::Closed(closed) = &workload.model else {
            panic!("{workload:?}");
        };
        let stages = closed.stages.iter().map(|stage| (stage.users, stage.over));
        (closed.start, stages.collect())
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn without_flags_nothing_changes() {
        let workload = Arc::new(samples::workload());
        assert_eq!(apply(&workload, &flags()).unwrap(), workload);
    }

    #[test]
    fn one_level_and_one_length_are_replaced() {
        let asked = Overrides {
            rate: Some(50.0),
            duration: Some(seconds(5)),
            ..flags()
        };
        let changed = apply(&Arc::new(samples::workload()), &asked).unwrap();
        assert_eq!(open(&changed), (50.0, vec![(50.0, seconds(5))]));
        let asked = Overrides {
            users: Some(7),
            ..flags()
        };
        let changed = apply(&Arc::new(samples::closed()), &asked).unwrap();
        assert_eq!(closed(&changed), (7, vec![(7, seconds(30))]));
    }

    #[test]
    fn stages_keep_their_shape() {
        let mut ramp = samples::closed();
        let Model::Closed(model) = &mut ramp.model else {
            panic!("closed");
        };
        model.start = 0;
        model.stages = [(100, 10), (100, 20), (1, 10)]
            .map(|(users, over)| UserStage {
                users,
                over: seconds(over),
            })
            .to_vec();
        let asked = Overrides {
            users: Some(10),
            duration: Some(seconds(20)),
            ..flags()
        };
        let changed = apply(&Arc::new(ramp), &asked).unwrap();
        let stages = vec![(10, seconds(5)), (10, seconds(10)), (1, seconds(5))];
        assert_eq!(closed(&changed), (0, stages));
        let mut ramp = samples::workload();
        let Model::Open(model) = &mut ramp.model else {
            panic!("open");
        };
        model.start = 0.0;
        model.stages = vec![
            RateStage {
                rate: 100.0,
                over: seconds(10),
            },
            RateStage {
                rate: 400.0,
                over: seconds(10),
            },
        ];
        let asked = Overrides {
            rate: Some(40.0),
            ..flags()
        };
        let changed = apply(&Arc::new(ramp), &asked).unwrap();
        assert_eq!(
            open(&changed),
            (0.0, vec![(10.0, seconds(10)), (40.0, seconds(10))])
        );
    }

    #[test]
    fn a_flag_of_the_other_model_is_an_error_that_says_so() {
        let users = Overrides {
            users: Some(5),
            ..flags()
        };
        let error = apply(&Arc::new(samples::workload()), &users).unwrap_err();
        assert!(error.0.contains("`api` is open: use `--rate`"), "{error}");
        let rate = Overrides {
            rate: Some(5.0),
            ..flags()
        };
        let error = apply(&Arc::new(samples::closed()), &rate).unwrap_err();
        assert!(
            error.0.contains("`api` is closed: use `--users`"),
            "{error}"
        );
    }

    #[test]
    fn what_would_be_no_workload_is_refused() {
        let with = |duration| Overrides {
            duration: Some(duration),
            ..flags()
        };
        for short in [Duration::ZERO, seconds(1), seconds(2)] {
            let error = apply(&Arc::new(samples::workload()), &with(short)).unwrap_err();
            assert!(error.0.contains("nothing to measure"), "{error}");
        }
        let mut limited = samples::workload();
        limited.safety.time = Some(seconds(60));
        let error = apply(&Arc::new(limited), &with(seconds(61))).unwrap_err();
        assert!(error.0.contains("`safety.time` (1 min)"), "{error}");
        let mut limited = samples::workload();
        limited.safety.requests = Some(6_000);
        let error = apply(&Arc::new(limited.clone()), &with(seconds(31))).unwrap_err();
        assert!(error.0.contains("`safety.requests` (6_000)"), "{error}");
        apply(&Arc::new(limited), &with(seconds(30))).unwrap();
        apply(&Arc::new(samples::workload()), &with(Duration::MAX)).unwrap();
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (url, good) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("HTTP://LocalHost:8080/", "http://localhost:8080"),
            ("https://[::1]:8443", "https://[::1]:8443"),
        ] {
            assert_eq!(origin(url).unwrap(), good);
        }
        for url in [
            "",
            "127.0.0.1:8080",
            "ftp://127.0.0.1",
            "http://",
            "http:///",
            "http://:80",
            "http://a/b",
            "http://a?b",
            "http://a#b",
            "http://user:word@host",
            "http://a b",
            "http://a\n",
            "http://\u{1b}[2J",
            "http://[]:80",
        ] {
            assert!(origin(url).is_err(), "{url:?}");
        }
    }
}
