//! Run files with two sides, as tests need them.

use serde_json::{Value, json};

/// A Run file in the making: suites follow from the benchmarks.
#[derive(Clone)]
pub(crate) struct Recorded {
    header: Value,
    benchmarks: Vec<Value>,
    failures: Vec<Value>,
}

impl Recorded {
    /// Of this day, `a..` against `b..`.
    pub(crate) fn on_day(day: u32) -> Self {
        Self {
            header: json!({
                "started": format!("2026-11-{day:02}T12:00:00Z"), "tool": "a test", "seed": day.to_string(),
                "candidate": {"commit": "a".repeat(40), "dirty": false},
                "base": {"commit": "b".repeat(40), "dirty": false},
            }),
            benchmarks: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// The same without a base.
    pub(crate) fn one_sided(day: u32, commit: char) -> Self {
        let mut recorded = Self::on_day(day);
        recorded.header["base"] = Value::Null;
        recorded.header["candidate"]["commit"] = json!(commit.to_string().repeat(40));
        recorded
    }

    pub(crate) fn header(mut self, field: &str, value: Value) -> Self {
        self.header[field] = value;
        self
    }

    /// Pairs of nanoseconds for benchmark `s/NAME`.
    pub(crate) fn pairs(self, name: &str, pairs: &[(f64, f64)]) -> Self {
        self.metric(name, "time", "ns", pairs)
    }

    /// A metric where less is better; NaN stands for a process that gave nothing.
    pub(crate) fn metric(self, name: &str, metric: &str, unit: &str, pairs: &[(f64, f64)]) -> Self {
        let mut observations = Vec::new();
        for (round, (base, candidate)) in (0u32..).zip(pairs) {
            let base_first = round % 3 != 1;
            for (side, value, first) in [
                ("base", base, base_first),
                ("candidate", candidate, !base_first),
            ] {
                if !value.is_nan() {
                    observations.push(json!({"side": side, "invocation": round,
                        "order": 2 * round + u32::from(!first), "value": value}));
                }
            }
        }
        self.series(name, metric, unit, &observations)
    }

    /// Values of the candidate alone.
    pub(crate) fn values(self, name: &str, metric: &str, unit: &str, values: &[f64]) -> Self {
        let observations: Vec<Value> = (0u32..)
            .zip(values)
            .map(|(round, value)| json!({"invocation": round, "order": round, "value": value}))
            .collect();
        self.series(name, metric, unit, &observations)
    }

    fn series(mut self, name: &str, metric: &str, unit: &str, observations: &[Value]) -> Self {
        let series = json!({"metric": metric, "unit": unit, "better": "lower", "observations": observations});
        let known = self
            .benchmarks
            .iter_mut()
            .find(|known| known["name"] == name);
        match known.and_then(|known| known["series"].as_array_mut()) {
            Some(list) => list.push(series),
            None => self
                .benchmarks
                .push(json!({"suite": "s", "name": name, "series": [series]})),
        }
        self
    }

    pub(crate) fn failure(mut self, name: &str, side: &str, round: u32, detail: &str) -> Self {
        self.failures.push(
            json!({"suite": "s", "benchmark": name, "side": side, "invocation": round,
            "kind": "crashed", "detail": detail}),
        );
        self
    }

    pub(crate) fn text(&self) -> String {
        json!({
            "format": "tollgate-run", "version": 1, "header": self.header,
            "environment": {"arch": "x86_64", "os": "linux", "cpu": {"name": "A processor", "cores": 2},
                "toolchain": {"rustc": "rustc 1.95.0"}},
            "failures": self.failures,
            "benchmarks": self.benchmarks,
        })
        .to_string()
    }
}

/// Pairs around 1 µs whose candidate takes `factor` times the base, each value with up to half of this much noise.
pub(crate) fn noisy(pairs: u32, factor: f64, noise: f64) -> Vec<(f64, f64)> {
    // Lehmer's sequence (Park and Miller 1988): the same on every machine.
    let mut state = 20_251_122_u64;
    let mut wobble = || {
        state = state * 48_271 % 2_147_483_647;
        noise * (state as f64 / 2_147_483_647.0 - 0.5)
    };
    (0..pairs)
        .map(|_| {
            let base = 1000.0 * (1.0 + wobble());
            (base, 1000.0 * factor * (1.0 + wobble()))
        })
        .collect()
}
