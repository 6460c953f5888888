use super::{file_as_json, schema};
use crate::budget::Budgets;
use crate::budget::keys::{self, Absent, Key};
use crate::budget::tests::FULL;
use serde_json::Value;

const COMMITTED: &str = include_str!("../../../docs/budgets.schema.json");
const REFERENCE: &str = include_str!("../../../docs/budgets.md");

/// What the schema says and what the validator says, which must be the same.
fn is_accepted(text: &str) -> bool {
    let by_schema = jsonschema::is_valid(&schema(), &file_as_json(text));
    let by_validator = Budgets::parse("budgets.toml", text);
    assert_eq!(by_schema, by_validator.is_ok(), "{text}\n{by_validator:#?}");
    by_schema
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "writes the committed schema again when asked to"
)]
fn the_committed_schema_is_the_one_of_the_vocabulary() {
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/budgets.schema.json");
        std::fs::write(path, &text).unwrap();
        return;
    }
    assert!(
        text == COMMITTED,
        "docs/budgets.schema.json is out of date; run the tests with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn the_committed_schema_is_a_schema() {
    let committed: Value = serde_json::from_str(COMMITTED).unwrap();
    assert!(jsonschema::meta::is_valid(&committed));
}

#[test]
fn a_good_file_passes_and_a_misspelt_key_fails() {
    assert!(is_accepted(FULL));
    for (right, wrong) in [
        ("slower = ", "slowr = "),
        ("tolerance = ", "tolerence = "),
        ("measure = ", "mesure = "),
        ("[[budget]]", "[[budgets]]"),
        ("version = 1", "version = 2"),
        ("tool = \"criterion\"", "tool = \"criterium\""),
        (
            "command = \"cat a | wc -l\"\nshell = true",
            "command = \"cat a\"",
        ),
        ("exit-status = 2", "exit-status = 256"),
        ("[[suite]]", "[[page]]"),
        ("tool = \"system\"", "tool = \"workload\""),
        ("tool = \"system\"", "tool = \"system\"\nbench = \"b\""),
        ("preset = \"average-load\"", "preset = \"average\""),
        ("name = \"health\"", "name = \"all\""),
        ("name = \"health\"", "name = \"flow/health\""),
        ("method = \"HEAD\"", "method = \"head\""),
        ("status = [200, 204]", "status = [200, 600]"),
        ("\"/a~1b\"", "\"/a~b\""),
        ("\"/status\" =", "\"status\" ="),
        ("\"json:/token\"", "\"body:/token\""),
        ("path = \"/items\"", "path = \"items\""),
        ("https://example.com:8443", "https://example.com:8443/"),
        ("https://example.com:8443", "https://user@example.com"),
        ("https://example.com:8443", "ftp://example.com"),
        (":{port}/health", ":8080/health"),
        ("rate = \"20/s\"", "rate = 20"),
        ("metric = \"p99.9\"", "metric = \"p100\""),
        ("calls-per-user = 100", "calls-per-user = 0"),
        ("bandwidth = \"1 MB/s\"", "bandwidth = \"1 MB\""),
        ("target = { url = \"https://example.com:8443\" }\n", ""),
        ("endpoint = [{ name = \"home\", path = \"/\" }]\n", ""),
        ("[[overhead]]", "[[overheads]]"),
        ("[[waiver]]", "[waiver]"),
        ("bench = \"parser/größe\"", "bench = \"parser/gr*\""),
        ("relative = ", "realtive = "),
        ("bench = \"cli/large file\", args", "args"),
        ("env = { PROBE = \"1\" }", "env = { PROBE = 1 }"),
        ("until = 2027-01-31\n", ""),
        ("until = 2027-01-31", "until = 2027-01-31T00:00:00Z"),
        ("reason = \"correctness fix\"", "reason = \" \""),
        ("slower = \"12%\"\nmax = \"300 us\"\n", ""),
        ("revision = \"v1.4.0\"", "revision = \"v1..v2\""),
        ("revision = \"v1.4.0\"", "revision = \"--upload-pack=x\""),
        ("relinks = 24", "relinks = 11"),
        ("relinks = 24", "relinks = 201"),
        ("pairs = 200", "pairs = 7"),
        ("name = \"tree\"", "name = \"tree/x\""),
        ("features = [\"simd\", \"std\"]", "features = \"simd\""),
        ("max = 0", "max = -1"),
        ("bench = \"tree\"\n", ""),
        ("warm-up = 3", "warm-up = \"50 ms\""),
        ("warm-up = \"80 ms\"", "warm-up = 3"),
    ] {
        let text = FULL.replacen(right, wrong, 1);
        assert_ne!(text, FULL, "{right}");
        assert!(!is_accepted(&text), "{text}");
    }
}

#[test]
fn every_example_is_accepted_by_both() {
    let suite = "version = 1\n[[suite]]\nname = \"s\"\n";
    for (head, table) in [
        ("version = 1\n[defaults]\n".to_owned(), keys::DEFAULTS),
        (
            format!("{suite}tool = \"divan\"\nbench = \"b\"\n"),
            keys::SUITE,
        ),
        (
            format!("{suite}tool = \"criterion\"\nbench = \"b\"\n"),
            keys::TARGET,
        ),
        (
            format!("{suite}tool = \"command\"\ncommand = [\"c\"]\n"),
            keys::COMMAND,
        ),
        (
            "version = 1\n[[budget]]\nbench = \"*\"\n".to_owned(),
            keys::BUDGET,
        ),
        (
            format!("{REQUEST}[[overhead]]\nname = \"n\"\non = \"request/a\"\noff = \"request/b\"\n"),
            keys::OVERHEAD,
        ),
        (
            "version = 1\n[[waiver]]\nbench = \"s/b\"\nslower = \"1%\"\nuntil = 2027-01-01\nreason = \"r\"\n".to_owned(),
            keys::WAIVER,
        ),
        (
            format!("{CLOSED}duration = \"20 s\"\nendpoint = [{{ name = \"health\", path = \"/\" }}]\n"),
            keys::WORKLOAD,
        ),
        (
            "version = 1\n[anchor]\nrevision = \"v1\"\n".to_owned(),
            keys::ANCHOR,
        ),
        ("version = 1\n[layout]\n".to_owned(), keys::LAYOUT),
        ("version = 1\n[github]\n".to_owned(), keys::GITHUB),
    ] {
        for key in table {
            // `min` of a time is a time; the example is a rate, for a metric of the user's own.
            let metric = if key.name == "min" {
                "metric = \"requests\"\n"
            } else {
                ""
            };
            // Keys that need another model, another schedule, or an endpoint that they name.
            let head = match key.name {
                "rate" | "arrivals" | "max-in-flight" => head.replace("users = 3", "model = \"open\"\nrate = \"5/s\""),
                "stages" => head.replace("duration = \"20 s\"\n", ""),
                "flow" => head.replace("endpoint =", "window = [] #"),
                _ => head.clone(),
            };
            // The shell runs one string.
            let head = if key.name == "shell" {
                head.replace("[\"c\"]", "\"c\"")
            } else {
                head.clone()
            };
            let already = format!("\n{} = ", key.name);
            let head = head
                .split_inclusive('\n')
                .filter(|line| !line.starts_with(already.trim_start()))
                .collect::<String>();
            assert!(is_accepted(&format!(
                "{head}{metric}{} = {}\n",
                key.name, key.example
            )));
            assert!(!is_accepted(&format!(
                "{head}{metric}{} = [{{}}]\n",
                key.name
            )));
        }
        assert!(!is_accepted(&format!("{head}unknown = 1\n")));
    }
}

/// The beginning of a workload.
const CLOSED: &str = "version = 1\n[[workload]]\nname = \"api\"\ntarget = { url = \"http://127.0.0.1:80\" }\nusers = 3\n";

/// A suite whose benchmarks the examples speak of.
const REQUEST: &str =
    "version = 1\nsuite = [{ name = \"request\", tool = \"criterion\", bench = \"request\" }]\n";

#[test]
fn every_example_of_a_nested_table_is_accepted_by_both() {
    let side = |keys: &str| {
        format!(
            "version = 1\n[[suite]]\nname = \"request\"\ntool = \"command\"\ncommand = [\"c\"]\nbenchmark = \"handle\"\n[[overhead]]\nname = \"n\"\noff = \"request/handle\"\non = {{ {keys} }}\n"
        )
    };
    let handle = "bench = \"request/handle\"";
    for key in keys::VARIANT {
        let keys = match key.name {
            "bench" => format!("{} = {}, args = [\"x\"]", key.name, key.example),
            _ => format!("{handle}, {} = {}", key.name, key.example),
        };
        assert!(is_accepted(&side(&keys)));
    }
    assert!(!is_accepted(&side(&format!(
        "{handle}, environment = {{}}"
    ))));
    for key in keys::LIMITS {
        let max = |value: &str| {
            let max = format!("max = {{ {} = {value} }}\n", key.name);
            format!(
                "{REQUEST}[[overhead]]\nname = \"n\"\non = \"request/a\"\noff = \"request/b\"\n{max}"
            )
        };
        assert!(is_accepted(&max(key.example)));
        assert!(!is_accepted(&max("[]")));
    }
}

/// What a workload has besides the table that is looked at.
const URL: &str = "target = { url = \"http://127.0.0.1:80\" }\n";
const HEALTH: &str = "endpoint = [{ name = \"health\", path = \"/\" }]\n";
const LOAD: &str = "users = 3\nduration = \"20 s\"\n";

#[test]
fn every_example_of_a_table_of_a_workload_is_accepted_by_both() {
    let started = [
        "command = [\"s\", \"{port}\"]",
        "ready = \"http://localhost:{port}\"",
    ];
    let flow = [
        "name = \"f\"",
        "steps = [{ endpoint = \"a\", path = \"/\" }]",
    ];
    // How it is written, its keys, what it needs, what the workload needs besides.
    type Table<'a> = (&'a str, &'a [Key], &'a [&'a str], &'a [&'a str]);
    let tables: [Table<'_>; 9] = [
        (
            "target = {}",
            keys::TARGET_PROCESS,
            &started,
            &[HEALTH, LOAD],
        ),
        ("network = {}", keys::NETWORK, &[], &[URL, HEALTH, LOAD]),
        ("safety = {}", keys::SAFETY, &[], &[URL, HEALTH, LOAD]),
        (
            "stages = [{}]",
            keys::STAGE,
            &["users = 1", "over = \"1 s\""],
            &[URL, HEALTH],
        ),
        (
            "endpoint = [{}]",
            keys::ENDPOINT,
            &["name = \"a\"", "path = \"/\""],
            &[URL, LOAD],
        ),
        (
            "flow = [{}, { name = \"g\", steps = [{ endpoint = \"b\", path = \"/\" }] }]",
            keys::FLOW,
            &flow,
            &[URL, LOAD],
        ),
        (
            "flow = [{ name = \"f\", steps = [{}] }]",
            keys::STEP,
            &["endpoint = \"a\"", "path = \"/\""],
            &[URL, LOAD],
        ),
        (
            "endpoint = [{ name = \"a\", path = \"/\", expect = {} }]",
            keys::EXPECT,
            &[],
            &[URL, LOAD],
        ),
        (
            "window = [{}]",
            keys::WINDOW,
            &["metric = \"p50\"", "length = \"2 s\""],
            &[URL, HEALTH, LOAD],
        ),
    ];
    for (table, keys, needed, rest) in tables {
        for key in keys {
            let file = |value: &str, extra: &str| {
                // What is given stands in place of what is needed.
                let is_other = |part: &&&str| {
                    !part.starts_with(&format!("{} =", key.name))
                        && key.name != "url"
                        && (key.name != "rate" || !part.starts_with("users"))
                };
                let mut parts: Vec<&str> = needed.iter().filter(is_other).copied().collect();
                let own = format!("{} = {value}", key.name);
                parts.push(&own);
                let line = table.replacen("{}", &format!("{{ {}{extra} }}", parts.join(", ")), 1);
                let model = if key.name == "rate" {
                    "model = \"open\"\n"
                } else {
                    ""
                };
                format!(
                    "version = 1\n[[workload]]\nname = \"w\"\n{model}{}{line}\n",
                    rest.concat()
                )
            };
            assert!(is_accepted(&file(key.example, "")), "{table} {}", key.name);
            assert!(!is_accepted(&file("[{}]", "")), "{table} {}", key.name);
            assert!(!is_accepted(&file(key.example, ", unknown = 1")));
        }
    }
}

#[test]
fn every_key_has_a_description_and_an_example() {
    fn visit(schema: &Value, path: &str, seen: &mut usize) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                let path = format!("{path}.{name}");
                *seen += 1;
                assert!(
                    property["description"]
                        .as_str()
                        .is_some_and(|text| text.len() > 10),
                    "{path}"
                );
                assert!(property["examples"][0] != Value::Null, "{path}");
                visit(property, &path, seen);
                visit(&property["items"], &path, seen);
                for one in property["anyOf"].as_array().into_iter().flatten() {
                    visit(one, &path, seen);
                }
            }
        }
    }
    let mut seen = 0;
    visit(&schema(), "", &mut seen);
    let keys = [
        keys::WORKLOAD,
        keys::STAGE,
        keys::TARGET_PROCESS,
        keys::NETWORK,
        keys::SAFETY,
        keys::ENDPOINT,
        keys::EXPECT,
        keys::FLOW,
        keys::STEP,
        keys::EXPECT,
        keys::WINDOW,
        keys::DEFAULTS,
        keys::SUITE,
        keys::TARGET,
        keys::COMMAND,
        keys::BUDGET,
        keys::OVERHEAD,
        keys::VARIANT,
        keys::VARIANT,
        keys::LIMITS,
        keys::WAIVER,
        keys::ANCHOR,
        keys::LAYOUT,
        keys::GITHUB,
    ]
    .map(<[Key]>::len);
    // `warm-up` is there once for both kinds of suites; `on` and `off` are tables of the same keys.
    assert_eq!(seen, keys::TOP.len() + keys.iter().sum::<usize>() - 1);
}

#[test]
fn the_reference_has_a_row_for_every_key() {
    for (title, table) in [
        ("## `[defaults]`", keys::DEFAULTS),
        ("## `[[suite]]`", keys::SUITE),
        ("### criterion and divan", keys::TARGET),
        ("### command", keys::COMMAND),
        ("## `[[workload]]`", keys::WORKLOAD),
        ("### `stages`", keys::STAGE),
        ("### `target`", keys::TARGET_PROCESS),
        ("### `network`", keys::NETWORK),
        ("### `safety`", keys::SAFETY),
        ("### `[[workload.endpoint]]`", keys::ENDPOINT),
        ("### `expect`", keys::EXPECT),
        ("### `[[workload.flow]]`", keys::FLOW),
        ("### `steps`", keys::STEP),
        ("### `[[workload.window]]`", keys::WINDOW),
        ("## `[[budget]]`", keys::BUDGET),
        ("## `[[overhead]]`", keys::OVERHEAD),
        ("### `on` and `off`", keys::VARIANT),
        ("### `max`", keys::LIMITS),
        ("## `[[waiver]]`", keys::WAIVER),
        ("## `[anchor]`", keys::ANCHOR),
        ("## `[layout]`", keys::LAYOUT),
        ("## `[github]`", keys::GITHUB),
    ] {
        let (_, section) = REFERENCE
            .split_once(&format!("{title}\n"))
            .unwrap_or_else(|| panic!("{title}"));
        let section = section.split("\n#").next().unwrap();
        for key in table {
            let row = row(key);
            assert!(
                section.contains(&row),
                "docs/budgets.md, {title}: expected\n{row}\nin\n{section}"
            );
        }
    }
    for tool in keys::LATER_TOOLS {
        assert!(REFERENCE.contains(&format!("`{tool}`")), "{tool}");
    }
}

fn row(key: &Key) -> String {
    let default = match key.default {
        Absent::Required => "required".to_owned(),
        Absent::Value(default) => format!("`{default}`"),
        Absent::Words(words) => words.to_owned(),
    };
    format!(
        "| `{}` | {} | `{}` | {default} |",
        key.name, key.about, key.example
    )
}

#[test]
fn the_examples_of_the_reference_are_accepted() {
    let mut seen = 0;
    for block in REFERENCE.split("```toml\n").skip(1) {
        let (text, _) = block.split_once("```").unwrap();
        let text = if text.starts_with("version") {
            text.to_owned()
        } else {
            format!("version = 1\n{text}")
        };
        assert!(is_accepted(&text));
        seen += 1;
    }
    assert!(seen >= 2, "{seen}");
}
