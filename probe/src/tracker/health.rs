//! How the application is, in one word, and why.

use std::time::Duration;

use super::families::REQUESTS;
use crate::alert::{Alert, Level, Unmet, Why};
use crate::snapshot::{Snapshot, Value};

/// In one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// No alert is on.
    Healthy,
    /// A warning is on.
    Degraded,
    /// An error or a critical alert is on.
    Unhealthy,
    /// Nobody has looked lately: upkeep was not called for three intervals, or recording is off.
    Unknown,
}

impl Status {
    /// The word for it in every output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Unknown => "unknown",
        }
    }
}

/// How the application is.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// In one word.
    pub status: Status,
    /// What is wrong, the worst first; also what the tracker cannot tell.
    pub issues: Vec<Issue>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// How bad.
    pub level: Level,
    /// What, for people. May hold hostile text of labels.
    pub text: String,
    /// The alert that it comes from, if it does.
    pub alert: Option<u64>,
}

/// What health is judged on.
pub(super) struct Facts {
    pub(super) enabled: bool,
    /// Since the last upkeep; `None` if there was none.
    pub(super) age: Option<Duration>,
    pub(super) interval: Duration,
    pub(super) active: Vec<Alert>,
    pub(super) unmet: Vec<Unmet>,
    pub(super) refused: u64,
    pub(super) memory: Option<String>,
    /// There are requests of whole services and none of routes.
    pub(super) services_only: bool,
}

pub(super) fn judge(facts: Facts) -> Health {
    let mut issues = Vec::new();
    let mut issue = |level, text: String, alert| issues.push(Issue { level, text, alert });
    let unseen = if !facts.enabled {
        Some("recording is switched off".to_owned())
    } else {
        match facts.age {
            None => Some("upkeep has not run yet: nothing is watched".to_owned()),
            Some(age) if age > facts.interval.saturating_mul(3) => Some(format!(
                "upkeep has not run for {} s: nothing is watched",
                age.as_secs()
            )),
            Some(_) => None,
        }
    };
    if let Some(text) = &unseen {
        issue(Level::Warning, text.clone(), None);
    }
    for alert in &facts.active {
        issue(alert.level, text_of(alert), Some(alert.id));
    }
    // A family that does not exist yet, or had nothing to record, is the usual case of an application that has just
    // begun; a statistic that cannot exist is a mistake in the settings.
    for unmet in facts.unmet.iter().filter(|u| u.why == Why::NoSuchStatistic) {
        issue(
            Level::Warning,
            format!(
                "threshold `{}` watches nothing: {}",
                unmet.threshold,
                unmet.why.word()
            ),
            None,
        );
    }
    if facts.refused > 0 {
        issue(
            Level::Warning,
            format!(
                "{} conditions found no room among the alerts",
                facts.refused
            ),
            None,
        );
    }
    if let Some(text) = facts.memory {
        issue(Level::Info, text, None);
    }
    if facts.services_only {
        issue(
            Level::Info,
            format!(
                "no requests of routes are watched: only whole services are timed, in {SERVICES}; time handlers with \
                 `web::probed`, or set thresholds on that family"
            ),
            None,
        );
    }
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.level));
    let worst = facts.active.iter().map(|alert| alert.level).max();
    let status = match (unseen, worst) {
        (Some(_), _) => Status::Unknown,
        (None, Some(Level::Error | Level::Critical)) => Status::Unhealthy,
        (None, Some(Level::Warning)) => Status::Degraded,
        (None, Some(Level::Info) | None) => Status::Healthy,
    };
    Health { status, issues }
}

/// The family of services, see `web`, which is not in every build.
const SERVICES: &str = "http_service_duration_seconds";

/// Whether there are requests of whole services and none of routes.
pub(super) fn services_only(snapshot: &Snapshot) -> bool {
    let any = |name| {
        let family = snapshot.family(name).into_iter();
        family
            .flat_map(|family| &family.series)
            .any(|series| matches!(&series.value, Value::Distribution(d) if !d.is_empty()))
    };
    any(SERVICES) && !any(REQUESTS)
}

fn text_of(alert: &Alert) -> String {
    let labels: Vec<String> = alert
        .labels
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    let place = if labels.is_empty() {
        String::new()
    } else {
        format!(", {}", labels.join(" "))
    };
    format!(
        "{} ({:.6} against {:.6}{place})",
        alert.message, alert.latest, alert.limit
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Comparison, Statistic, Threshold};

    fn facts() -> Facts {
        Facts {
            enabled: true,
            age: Some(Duration::from_secs(5)),
            interval: Duration::from_secs(10),
            active: Vec::new(),
            unmet: Vec::new(),
            refused: 0,
            memory: None,
            services_only: false,
        }
    }

    fn alert(level: Level) -> Alert {
        Alert {
            id: 7,
            source: "thresholds",
            key: "k".into(),
            level,
            category: "".into(),
            message: "slow".into(),
            value: 4.0,
            latest: 4.5,
            limit: 3.0,
            first_labels: [("route".into(), "/first".into())].into(),
            labels: [("route".into(), "/\n\u{202e}".into())].into(),
            raised: Duration::ZERO,
            last_met: Duration::ZERO,
            times: 1,
            ended: None,
            told: true,
        }
    }

    #[test]
    fn the_worst_alert_decides() {
        for (levels, status) in [
            (&[][..], Status::Healthy),
            (&[Level::Info], Status::Healthy),
            (&[Level::Info, Level::Warning], Status::Degraded),
            (&[Level::Warning, Level::Error], Status::Unhealthy),
            (&[Level::Critical, Level::Info], Status::Unhealthy),
        ] {
            let active = levels.iter().map(|l| alert(*l)).collect();
            let health = judge(Facts { active, ..facts() });
            assert_eq!(
                (health.status, health.issues.len()),
                (status, levels.len()),
                "{levels:?}"
            );
            assert!(
                health
                    .issues
                    .is_sorted_by_key(|i| std::cmp::Reverse(i.level))
            );
        }
    }

    #[test]
    fn nobody_looking_is_not_health() {
        let never = Facts {
            age: None,
            ..facts()
        };
        let stale = Facts {
            age: Some(Duration::from_secs(31)),
            ..facts()
        };
        let off = Facts {
            enabled: false,
            ..facts()
        };
        for facts in [never, stale, off] {
            let health = judge(facts);
            assert_eq!(
                (health.status, health.issues.len()),
                (Status::Unknown, 1),
                "{health:?}"
            );
        }
        let just = Facts {
            age: Some(Duration::from_secs(30)),
            ..facts()
        };
        assert_eq!(judge(just).status, Status::Healthy);
    }

    #[test]
    fn a_threshold_that_watches_nothing_and_memory_that_cannot_be_read_are_said() {
        let threshold = Threshold::new("x", Statistic::P99, Comparison::Gt, 1.0);
        let unmet = [
            Why::NoSuchStatistic,
            Why::NoSuchFamily,
            Why::NothingRecorded,
        ]
        .map(|why| Unmet {
            threshold: threshold.clone(),
            why,
        });
        let health = judge(Facts {
            unmet: unmet.into(),
            refused: 2,
            memory: Some("no /proc".into()),
            ..facts()
        });
        let texts: Vec<_> = health.issues.iter().map(|i| i.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "threshold `x p99 > 1` watches nothing: the family has no such statistic",
                "2 conditions found no room among the alerts",
                "no /proc",
            ]
        );
        assert_eq!(health.status, Status::Healthy);
    }

    #[test]
    fn that_only_whole_services_are_timed_is_said_and_is_no_illness() {
        let health = judge(Facts {
            services_only: true,
            ..facts()
        });
        assert_eq!((health.status, health.issues.len()), (Status::Healthy, 1));
        assert!(health.issues[0].text.contains(SERVICES));
    }

    #[test]
    fn only_services_are_seen_where_no_route_has_requests() {
        use crate::snapshot::{
            Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
        };
        let family = |name: &str, n: u64| FamilySnapshot {
            name: name.into(),
            help: "".into(),
            kind: Kind::Histogram,
            unit: Unit::Seconds,
            label_names: [].into(),
            series: vec![SeriesSnapshot {
                labels: [].into(),
                outcome: Outcome::Completed,
                overflow: false,
                value: Value::Distribution(Distribution::from_steps(1e-9, 0..n)),
            }],
        };
        for (services, requests, only) in
            [(0, 0, false), (3, 0, true), (3, 1, false), (0, 1, false)]
        {
            let families = vec![family(SERVICES, services), family(REQUESTS, requests)];
            let snapshot = Snapshot {
                families,
                ..Snapshot::default()
            };
            assert_eq!(services_only(&snapshot), only, "{services} {requests}");
        }
        assert!(!services_only(&Snapshot::default()));
    }

    #[test]
    fn an_issue_names_its_alert_and_shows_hostile_labels_harmlessly() {
        let health = judge(Facts {
            active: vec![alert(Level::Error)],
            ..facts()
        });
        let issue = &health.issues[0];
        assert_eq!(issue.alert, Some(7));
        assert_eq!(
            issue.text,
            "slow (4.500000 against 3.000000, route=\"/\\n\\u{202e}\")"
        );
    }
}
