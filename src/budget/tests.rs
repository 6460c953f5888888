mod claims;
mod hostile;
mod refusals;
mod workloads;

use super::{BenchTarget, Budgets, CommandSource, Defaults, Enforcement, Source, Unresolved, keys};
use crate::diagnostic::{Diagnostic, Place, Style, render_all};
use crate::measurement::BenchmarkId;
use crate::units::{Change, Unit, format_duration};
use std::time::Duration;

/// Uses every key once, none with its default.
pub(super) const FULL: &str = r#"version = 1

[defaults]
tolerance = "4%"
severity = "warn"
unresolved = "fail"
time = "20 min"
invocations = 12
timeout = "30 s"

[[suite]]
name = "parser"
tool = "criterion"
bench = "parsing"
package = "my-parser"
features = ["simd", "std"]
measure = "300 ms"
warm-up = "80 ms"
only = ["parse/*", "größe"]
invocations = 20
timeout = "2 min"

[[suite]]
name = "tree"
tool = "divan"
bench = "tree"

[[suite]]
name = "cli"
tool = "command"
command = ["target/release/tool", "--input", "two words.txt"]
benchmark = "large file"
warm-up = 3
exit-status = 2
directory = "fixtures"

[[suite]]
name = "pipe"
tool = "command"
command = "cat a | wc -l"
shell = true

[[suite]]
name = "machine"
tool = "system"

[[workload]]
name = "api"
preset = "average-load"
target = { command = ["{target-dir}/release/server", "{port}"], ready = "http://127.0.0.1:{port}/health", environment = { LOG = "warn", PORT = "{port}" }, directory = "srv", ready-within = "20 s", stop-within = "4 s" }
model = "closed"
users = 40
delay = "200 ms"
calls-per-user = 100
duration = "25 s"
warm-up = "3 s"
payload = "2 KiB"
timeout = "9 s"
body-limit = "8 MiB"
http2 = true
cold = true
certificates = "ca.pem"
threads = 3
observe = "500 ms"
network = { delay = "20 ms", bandwidth = "1 MB/s" }
safety = { memory = "100 MiB", error-rate = "5%", error-window = "8 s", requests = 1_000_000, time = "2 min", disk = "500 MiB" }
invocations = 3

[[workload.endpoint]]
name = "health"
method = "HEAD"
path = "/health?user={user}"
weight = 4
headers = { accept = "application/json", x-token = "{token}" }
expect = { status = [200, 204], body = "ok", json = { "/status" = "up", "/n" = 3, "/x" = 0.5, "/on" = true }, json-has = ["/a~1b"] }

[[workload.flow]]
name = "enter"
once = true
steps = [{ endpoint = "login", method = "POST", path = "/login", body = '{"user":"{user}","pad":"{payload}"}', capture = { token = "json:/token", etag = "header:ETag" } }]

[[workload.flow]]
name = "session"
weight = 2
steps = [
  { endpoint = "create", method = "POST", path = "/items", payload = "3 kB", capture = { id = "json:/id" } },
  { endpoint = "read", path = "/items/{id}", expect = { status = 200 } },
]

[[workload.window]]
endpoint = "read"
metric = "p99.9"
length = "10 s"
after = "2 s"
abort-above = "200 ms"

[[workload]]
name = "arrivals"
target = { url = "https://example.com:8443" }
model = "open"
rate = "10/s"
arrivals = "poisson"
max-in-flight = 50
stages = [{ rate = "20/s", over = "5 s" }, { rate = "0/s", over = "1 s" }]
endpoint = [{ name = "home", path = "/" }]

[[budget]]
bench = "parser/*"
metric = "cpu-time"
slower = "3%"
max = "250 us"
min = "1 ns"
severity = "error"
unresolved = "warn"

[[budget]]
bench = "tree/*"

[[budget]]
bench = "tree/*"
metric = "allocations"
max = 0

[[budget]]
bench = "cli/*"
metric = "peak-rss"
max = "10 MiB"

[[budget]]
bench = "cli/*"
metric = "requests"
min = "1_000/s"

[[overhead]]
name = "probe"
on = { bench = "cli/large file", args = ["--probe"], env = { PROBE = "1" } }
off = "cli/large file"
metric = "cpu-time"
max = { relative = "2%", absolute = "3 ms" }
pairs = 200
severity = "error"
unresolved = "warn"

[[overhead]]
name = "allocator"
on = "tree/arena"
off = "tree/plain"
metric = "allocations"

[[overhead]]
name = "switch"
on = "parser/on"
off = "parser/off"
alternating = true

[[waiver]]
bench = "parser/größe"
metric = "cpu-time"
slower = "12%"
max = "300 us"
until = 2027-01-31
reason = "correctness fix"
issue = "GH-123"

[anchor]
revision = "v1.4.0"
slower = "8%"

[layout]
relinks = 24
"#;

fn parse(text: &str) -> Result<Budgets, Vec<Diagnostic>> {
    Budgets::parse("budgets.toml", text)
}

fn mistakes(text: &str) -> Vec<Diagnostic> {
    match parse(text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "refused without a reason:\n{text}");
            mistakes
        }
    }
}

fn rendered(text: &str) -> String {
    render_all(&mistakes(text), Style::Plain)
}

/// Code, line, column and message of each mistake.
fn brief(text: &str) -> String {
    mistakes(text)
        .iter()
        .map(|mistake| {
            let (line, column) = mistake.place.as_ref().map_or((0, 0), Place::line_column);
            format!("{line}:{column} {}: {}", mistake.code, mistake.message)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_key_reaches_the_budgets() {
    let budgets =
        parse(FULL).unwrap_or_else(|found| panic!("{}", render_all(&found, Style::Plain)));
    assert_eq!(
        budgets.defaults,
        Defaults {
            tolerance: Change::from_fraction(0.04),
            severity: Enforcement::Warn,
            unresolved: Unresolved::Fail,
            time: Duration::from_secs(1_200),
            invocations: 12,
            timeout: Duration::from_secs(30),
        }
    );
    let names: Vec<&str> = budgets
        .suites
        .iter()
        .map(|suite| suite.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "parser", "tree", "cli", "pipe", "machine", "api", "arrivals"
        ]
    );
    assert_eq!(budgets.suite("machine").unwrap().source, Source::System);

    let parser = budgets.suite("parser").unwrap();
    assert_eq!(
        parser.source,
        Source::Criterion(BenchTarget {
            bench: "parsing".to_owned(),
            package: Some("my-parser".to_owned()),
            features: vec!["simd".to_owned(), "std".to_owned()],
            measure: Duration::from_millis(300),
            warm_up: Duration::from_millis(80),
        })
    );
    let only: Vec<&str> = parser.only.iter().map(super::NameGlob::as_str).collect();
    assert_eq!(only, ["parse/*", "größe"]);
    assert_eq!(parser.invocations, Some(20));
    assert_eq!(parser.timeout, Some(Duration::from_secs(120)));
    assert_eq!(parser.place.line_column(), (12, 8));

    let tree = budgets.suite("tree").unwrap();
    assert_eq!(
        tree.source,
        Source::Divan(BenchTarget {
            bench: "tree".to_owned(),
            package: None,
            features: vec![],
            measure: Duration::from_millis(200),
            warm_up: Duration::from_millis(50),
        })
    );
    assert!(tree.only.is_empty() && tree.invocations.is_none() && tree.timeout.is_none());

    assert_eq!(
        budgets.suite("cli").unwrap().source,
        Source::Command(CommandSource {
            argv: ["target/release/tool", "--input", "two words.txt"]
                .map(str::to_owned)
                .to_vec(),
            shell: false,
            benchmark: "large file".to_owned(),
            warm_up: 3,
            exit_status: 2,
            directory: Some("fixtures".to_owned()),
        })
    );
    assert_eq!(
        budgets.suite("pipe").unwrap().source,
        Source::Command(CommandSource {
            argv: vec!["cat a | wc -l".to_owned()],
            shell: true,
            benchmark: "run".to_owned(),
            warm_up: 1,
            exit_status: 0,
            directory: None,
        })
    );

    let first = &budgets.budgets[0];
    assert!(first.covers(&BenchmarkId::new("parser", "parse/large")));
    assert!(!first.covers(&BenchmarkId::new("tree", "parse/large")));
    assert_eq!(first.metric, "cpu-time");
    assert_eq!(first.slower, Some(Change::from_fraction(0.03)));
    assert_eq!(first.max.as_ref().map(|max| max.value), Some(250e3));
    assert_eq!(first.min.as_ref().map(|min| min.value), Some(1.0));
    assert_eq!(first.severity, Enforcement::Error);
    assert_eq!(first.unresolved, Unresolved::Warn);
    let place = first.place.line_column();
    assert_eq!(FULL.lines().nth(place.0 - 1), Some("bench = \"parser/*\""));
    assert_eq!(place.1, 9);

    let second = &budgets.budgets[1];
    assert_eq!(second.metric, "time");
    assert_eq!(second.slower, Some(budgets.defaults.tolerance));
    assert_eq!(second.severity, Enforcement::Warn);
    assert_eq!(second.unresolved, Unresolved::Fail);

    let third = &budgets.budgets[2];
    assert_eq!(third.slower, None);
    assert_eq!(
        third.max.as_ref().map(|max| (max.value, &max.unit)),
        Some((0.0, &Unit::Count))
    );
    let rate = budgets.budgets[4].min.as_ref().unwrap();
    assert_eq!((rate.value, &rate.unit), (1_000.0, &Unit::PerSecond));
}

#[test]
fn nothing_but_a_version_gives_the_defaults() {
    let budgets = parse("version = 1\n").unwrap();
    assert_eq!(budgets.defaults, Defaults::default());
    assert!(budgets.suites.is_empty() && budgets.budgets.is_empty());
}

#[test]
fn hexadecimal_numbers_are_numbers() {
    let budgets = parse("version = 0x1\n[defaults]\ninvocations = 0x10\n").unwrap();
    assert_eq!(budgets.defaults.invocations, 16);
}

#[test]
fn names_of_the_vocabulary_are_unique_and_defaults_are_true() {
    let usual = Defaults::default();
    let value = |name: &str| {
        keys::DEFAULTS
            .iter()
            .find(|key| key.name == name)
            .map(|key| match key.default {
                keys::Absent::Value(value) => value.trim_matches('"').to_owned(),
                _ => panic!("{name} has no default"),
            })
            .unwrap()
    };
    assert_eq!(value("tolerance"), "5%");
    assert_eq!(usual.tolerance, Change::from_fraction(0.05));
    assert_eq!(value("severity"), "error");
    assert_eq!(usual.severity, Enforcement::Error);
    assert_eq!(value("unresolved"), "warn");
    assert_eq!(usual.unresolved, Unresolved::Warn);
    assert_eq!(value("time"), format_duration(usual.time));
    assert_eq!(value("invocations"), usual.invocations.to_string());
    assert_eq!(
        crate::units::parse_duration(&value("timeout")),
        Ok(usual.timeout)
    );
    for table in [
        keys::SUITE,
        keys::TARGET,
        keys::COMMAND,
        keys::BUDGET,
        keys::OVERHEAD,
        keys::VARIANT,
        keys::LIMITS,
        keys::WAIVER,
        keys::ANCHOR,
        keys::LAYOUT,
        keys::WORKLOAD,
        keys::STAGE,
        keys::TARGET_PROCESS,
        keys::NETWORK,
        keys::SAFETY,
        keys::ENDPOINT,
        keys::FLOW,
        keys::STEP,
        keys::EXPECT,
        keys::WINDOW,
    ] {
        for key in table {
            let same = table.iter().filter(|other| other.name == key.name).count();
            assert_eq!(same, 1, "{}", key.name);
        }
    }
}

/// A suite or budget with each optional key set to its default is the same as one without.
#[test]
fn defaults_in_the_vocabulary_are_what_the_validator_uses() {
    let with_defaults = |head: &str, keys: &[keys::Key]| {
        let mut text = format!("version = 1\n{head}\n");
        for key in keys {
            if let keys::Absent::Value(default) = key.default {
                text.push_str(&format!("{} = {default}\n", key.name));
            }
        }
        let sources = |text: &str| -> Vec<Source> {
            parse(text)
                .unwrap_or_else(|found| panic!("{}", render_all(&found, Style::Plain)))
                .suites
                .into_iter()
                .map(|suite| suite.source)
                .collect()
        };
        assert_eq!(sources(&text), sources(&format!("version = 1\n{head}\n")));
        assert_eq!(sources(&text).len(), 1);
    };
    with_defaults(
        "[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"",
        keys::TARGET,
    );
    with_defaults(
        "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"c\"]",
        keys::COMMAND,
    );
    let budget = parse("version = 1\n[[budget]]\nbench = \"*\"\n")
        .unwrap()
        .budgets
        .remove(0);
    let metric = keys::BUDGET
        .iter()
        .find(|key| key.name == "metric")
        .unwrap();
    assert!(matches!(metric.default, keys::Absent::Value("\"time\"")));
    assert_eq!(budget.metric, "time");
}
