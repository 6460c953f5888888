//! Presets of workloads: what each fills in where a `[[workload]]` says nothing.
//!
//! Numbers are those of a continuous-integration machine with two cores: 10 to 50 users, and enough calls for a p95.

use crate::workload::scenario::Preset;
use std::time::Duration;

/// What a preset fills in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling {
    pub(super) preset: Preset,
    /// The first one is the preset's own name.
    pub(super) names: &'static [&'static str],
    pub(super) load: Load,
    pub(super) duration: Duration,
    /// Share of the users (or of the rate) at the start.
    pub(super) start: f64,
    /// Levels over time: share of the users (or of the rate), and share of the duration that it takes to get there.
    pub(super) shape: &'static [(f64, f64)],
    pub(super) warm_up: Duration,
    /// Bytes.
    pub(super) payload: u64,
    /// Round trip that is added.
    pub(super) network_delay: Duration,
    /// Bytes per second.
    pub(super) bandwidth: Option<u64>,
}

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Load {
    /// Closed.
    Users {
        users: u32,
        delay: Duration,
        calls_per_user: Option<u64>,
    },
    /// Open.
    Rate(f64),
}

const fn users(users: u32, delay_ms: u64) -> Load {
    Load::Users {
        users,
        delay: Duration::from_millis(delay_ms),
        calls_per_user: None,
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What the others change.
const PLAIN: Filling = Filling {
    preset: Preset::LightLoad,
    names: &[],
    load: users(10, 100),
    duration: seconds(10),
    start: 1.0,
    shape: &[(1.0, 1.0)],
    warm_up: seconds(1),
    payload: 0,
    network_delay: Duration::ZERO,
    bandwidth: None,
};

/// All presets.
pub(super) const PRESETS: &[Filling] = &[
    Filling {
        names: &["light-load", "smoke"],
        ..PLAIN
    },
    Filling {
        preset: Preset::HighUserLoad,
        names: &["high-user-load", "average-load"],
        load: users(50, 100),
        duration: seconds(30),
        warm_up: seconds(5),
        ..PLAIN
    },
    Filling {
        preset: Preset::ApiStress,
        names: &["api-stress", "stress", "breakpoint"],
        load: Load::Rate(500.0),
        duration: seconds(40),
        // A fifth in a quarter of the time, all of it after three quarters, then held.
        start: 0.0,
        shape: &[(0.2, 0.25), (1.0, 0.5), (1.0, 0.25)],
        warm_up: seconds(5),
        ..PLAIN
    },
    Filling {
        preset: Preset::Endurance,
        names: &["endurance", "soak"],
        load: users(20, 200),
        duration: seconds(5 * 60),
        warm_up: seconds(30),
        ..PLAIN
    },
    Filling {
        preset: Preset::MemoryPressure,
        names: &["memory-pressure"],
        load: users(10, 100),
        duration: seconds(30),
        warm_up: seconds(2),
        payload: 1024 * 1024,
        ..PLAIN
    },
    Filling {
        preset: Preset::SlowNetwork,
        names: &["slow-network"],
        load: users(10, 500),
        duration: seconds(30),
        warm_up: seconds(2),
        network_delay: Duration::from_millis(50),
        bandwidth: Some(100_000),
        ..PLAIN
    },
    Filling {
        preset: Preset::LoginStorm,
        names: &["login-storm", "spike"],
        load: users(50, 100),
        duration: seconds(20),
        // A tenth for a quarter of the time, then everybody within a twentieth of it, and back again.
        start: 0.1,
        shape: &[
            (0.1, 0.25),
            (1.0, 0.05),
            (1.0, 0.4),
            (0.1, 0.05),
            (0.1, 0.25),
        ],
        warm_up: seconds(2),
        ..PLAIN
    },
    Filling {
        preset: Preset::BulkOperations,
        names: &["bulk-operations"],
        load: Load::Users {
            users: 10,
            delay: Duration::ZERO,
            calls_per_user: Some(100),
        },
        duration: seconds(60),
        warm_up: Duration::ZERO,
        ..PLAIN
    },
];

/// The preset of this name.
pub(super) fn preset(name: &str) -> Option<&'static Filling> {
    PRESETS.iter().find(|preset| preset.names.contains(&name))
}

/// Its line in the table of the reference.
#[cfg(test)]
pub(super) fn row(filling: &Filling) -> String {
    use crate::units::{Unit, format_duration, format_value};
    let names = filling.names.iter().map(|name| format!("`{name}`"));
    let names: Vec<String> = names.collect();
    let load = match filling.load {
        Load::Users {
            users,
            delay,
            calls_per_user,
        } => {
            let calls =
                calls_per_user.map_or_else(String::new, |calls| format!(", {calls} flows each"));
            format!(
                "closed: {users} users{calls}, delay {}",
                format_duration(delay)
            )
        }
        Load::Rate(rate) => format!("open: {}", format_value(rate, &Unit::PerSecond)),
    };
    let percent = |share: f64| format_value(share, &Unit::Ratio);
    let shape = if filling.shape.len() > 1 {
        let parts: Vec<String> = (filling.shape.iter())
            .map(|(level, over)| format!("{} in {}", percent(*level), percent(*over)))
            .collect();
        format!("from {}: {}", percent(filling.start), parts.join(", "))
    } else {
        "level".to_owned()
    };
    let bytes = |bytes: u64| {
        let number = f64::from(u32::try_from(bytes).unwrap());
        format_value(number, &Unit::Bytes)
    };
    let mut besides = Vec::new();
    if filling.payload > 0 {
        besides.push(format!("payload {}", bytes(filling.payload)));
    }
    if !filling.network_delay.is_zero() {
        besides.push(format!(
            "network delay {}",
            format_duration(filling.network_delay)
        ));
    }
    if let Some(bandwidth) = filling.bandwidth {
        besides.push(format!("bandwidth {} kB/s", bandwidth / 1_000));
    }
    if besides.is_empty() {
        besides.push("-".to_owned());
    }
    format!(
        "| {} | {load} | {} | {shape} | {} | {} |",
        names.join(", "),
        format_duration(filling.duration),
        format_duration(filling.warm_up),
        besides.join(", ")
    )
}
