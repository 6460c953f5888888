//! The JSON Schema of budgets.toml for editors, built from the same vocabulary as the validator.
//!
//! Only tests build it: the result is committed as `docs/budgets.schema.json`. Run them with `UPDATE_SCHEMAS=1` to
//! write it again.

use super::keys::{self, Absent, Key, Kind};
use super::tests::FULL;
use super::{BUDGETS_VERSION, Budgets};
use serde_json::{Map, Value, json};

const COMMITTED: &str = include_str!("../../docs/budgets.schema.json");
const REFERENCE: &str = include_str!("../../docs/budgets.md");

const NUMBER: &str = "[0-9][0-9_.]*([eE][+-]?[0-9]+)?";
/// Neither empty nor with control characters.
const TEXT: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
const CARGO_NAME: &str = r"^[^-, \u0000-\u001f\u007f-\u009f][^, \u0000-\u001f\u007f-\u009f]*$";

fn schema() -> Value {
    let about = |name: &str| {
        keys::TOP
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, about)| *about)
            .unwrap()
    };
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "budgets.toml of tollgate",
        "type": "object",
        "required": ["version"],
        "additionalProperties": false,
        "properties": {
            "version": {
                "description": about("version"),
                "const": BUDGETS_VERSION,
                "examples": [BUDGETS_VERSION],
            },
            "defaults": with_about(object(&[keys::DEFAULTS]), about("defaults")),
            "suite": {
                "description": about("suite"),
                "examples": [[{"name": "parser", "tool": "criterion", "bench": "parsing"}]],
                "type": "array",
                "items": suite(),
            },
            "budget": {
                "description": about("budget"),
                "examples": [[{"bench": "parser/*", "slower": "3%"}]],
                "type": "array",
                "items": object(&[keys::BUDGET]),
            },
        },
    })
}

fn with_about(mut schema: Value, about: &str) -> Value {
    schema["description"] = about.into();
    schema["examples"] = json!([{"tolerance": "5%"}]);
    schema
}

fn object(tables: &[&[Key]]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in tables.iter().copied().flatten() {
        properties.insert(key.name.to_owned(), property(key));
        if matches!(key.default, Absent::Required) {
            required.push(key.name);
        }
    }
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

/// All keys of all tools, and for each tool which of them it knows.
fn suite() -> Value {
    let mut suite = object(&[keys::SUITE]);
    suite["properties"]["name"]["pattern"] = r"^[^/\u0000-\u001f\u007f-\u009f]+$".into();
    let mut of_tools = Vec::new();
    for (tools, own, others) in [
        (json!(["criterion", "divan"]), keys::TARGET, keys::COMMAND),
        (json!(["command"]), keys::COMMAND, keys::TARGET),
    ] {
        let mut then = object(&[own]);
        let foreign = others
            .iter()
            .filter(|key| own.iter().all(|known| known.name != key.name));
        let mut allowed = then["properties"].take();
        for key in own {
            // Kinds are said here; what the key is for is said above, where editors look for it.
            allowed[key.name] = constraint(key.kind);
            let both = &mut suite["properties"][key.name];
            *both = if both.is_null() {
                property(key)
            } else {
                either(both, &property(key))
            };
        }
        for key in foreign {
            allowed[key.name] = false.into();
        }
        of_tools.push(json!({
            "if": {"properties": {"tool": {"enum": tools}}, "required": ["tool"]},
            "then": {"required": then["required"], "properties": allowed},
        }));
    }
    of_tools.push(json!({
        "if": {"properties": {"command": {"type": "string"}}, "required": ["command"]},
        "then": {"required": ["shell"], "properties": {"shell": {"const": true}}},
    }));
    suite["allOf"] = of_tools.into();
    suite
}

/// One key that means something else for another tool.
fn either(one: &Value, other: &Value) -> Value {
    let described = |schema: &Value| schema["description"].as_str().unwrap().to_owned();
    let description = format!(
        "criterion and divan: {} command: {}",
        described(one),
        described(other)
    );
    let examples = json!([one["examples"][0], other["examples"][0]]);
    json!({"description": description, "examples": examples, "anyOf": [one, other]})
}

fn property(key: &Key) -> Value {
    let mut schema = constraint(key.kind);
    let mut about = key.about.to_owned();
    match key.default {
        Absent::Required => {}
        Absent::Value(default) => schema["default"] = as_json(default),
        Absent::Words(default) => about.push_str(&format!(" Without it: {default}.")),
    }
    schema["description"] = about.into();
    schema["examples"] = json!([as_json(key.example)]);
    schema
}

fn constraint(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::Directory => json!({"type": "string", "pattern": TEXT}),
        Kind::CargoName => json!({"type": "string", "pattern": CARGO_NAME}),
        Kind::Percent => {
            json!({"type": "string", "pattern": format!(r"^\s*{NUMBER}\s*%\s*$")})
        }
        Kind::Time { .. } => {
            let part = format!(r"{NUMBER}\s*(h|min|s|ms|us|µs|μs|ns|ps)\s*");
            json!({"type": "string", "pattern": format!(r"^\s*({part})+$")})
        }
        Kind::Quantity => {
            let time = "ps|ns|us|µs|μs|ms|s|min|h";
            let size = "(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?(/s)?";
            let pattern = format!(r"^\s*{NUMBER}\s*({time}|{size}|%)\s*$");
            json!({"anyOf": [{"type": "string", "pattern": pattern}, {"type": "number", "minimum": 0}]})
        }
        Kind::Whole { least, most, .. } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Word(words) => json!({"enum": words}),
        Kind::Tool => json!({"enum": keys::TOOLS}),
        Kind::Glob => json!({"type": "string", "minLength": 1}),
        Kind::Globs => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}})
        }
        Kind::CargoNames => {
            json!({"type": "array", "items": {"type": "string", "pattern": CARGO_NAME}})
        }
        Kind::Command => json!({"anyOf": [
            {"type": "array", "minItems": 1, "items": {"type": "string"}},
            {"type": "string", "minLength": 1},
        ]}),
    }
}

/// A TOML value as JSON.
fn as_json(value: &str) -> Value {
    file_as_json(&format!("value = {value}"))["value"].take()
}

fn file_as_json(text: &str) -> Value {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

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
        ("[[suite]]", "[[overhead]]"),
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
    ] {
        for key in table {
            // `min` of a time is a time; the example is a rate, for a metric of the user's own.
            let metric = if key.name == "min" {
                "metric = \"requests\"\n"
            } else {
                ""
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
                "{head}{metric}{} = {{}}\n",
                key.name
            )));
        }
        assert!(!is_accepted(&format!("{head}unknown = 1\n")));
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
            }
        }
    }
    let mut seen = 0;
    visit(&schema(), "", &mut seen);
    let keys = [
        keys::DEFAULTS,
        keys::SUITE,
        keys::TARGET,
        keys::COMMAND,
        keys::BUDGET,
    ]
    .map(<[Key]>::len);
    // `warm-up` is there once for both kinds of suites.
    assert_eq!(seen, keys::TOP.len() + keys.iter().sum::<usize>() - 1);
}

#[test]
fn the_reference_has_a_row_for_every_key() {
    for (title, table) in [
        ("## `[defaults]`", keys::DEFAULTS),
        ("## `[[suite]]`", keys::SUITE),
        ("### criterion and divan", keys::TARGET),
        ("### command", keys::COMMAND),
        ("## `[[budget]]`", keys::BUDGET),
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
    for (name, what) in keys::LATER_TABLES {
        assert!(REFERENCE.contains(&format!("`{name}` ({what})")), "{name}");
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
