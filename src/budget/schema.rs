//! The JSON Schema of budgets.toml for editors, built from the same vocabulary as the validator.
//!
//! Only tests build it: the result is committed as `docs/budgets.schema.json`. Run them with `UPDATE_SCHEMAS=1` to
//! write it again.

mod kinds;
mod tests;

use super::BUDGETS_VERSION;
use super::keys::{self, Absent, Key};
use kinds::constraint;
use serde_json::{Map, Value, json};

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
            "defaults": described(object(&[keys::DEFAULTS]), about("defaults"), &json!({"tolerance": "5%"})),
            "suite": {
                "description": about("suite"),
                "examples": [[{"name": "parser", "tool": "criterion", "bench": "parsing"}]],
                "type": "array",
                "items": suite(),
            },
            "workload": {
                "description": about("workload"),
                "examples": [[{
                    "name": "api",
                    "preset": "light-load",
                    "target": {"url": "http://127.0.0.1:8080"},
                    "endpoint": [{"name": "health", "path": "/health"}],
                }]],
                "type": "array",
                "items": workload(),
            },
            "budget": {
                "description": about("budget"),
                "examples": [[{"bench": "parser/*", "slower": "3%"}]],
                "type": "array",
                "items": object(&[keys::BUDGET]),
            },
            "overhead": {
                "description": about("overhead"),
                "examples": [[{"name": "probe", "on": "request/traced", "off": "request/plain"}]],
                "type": "array",
                "items": object(&[keys::OVERHEAD]),
            },
            "waiver": {
                "description": about("waiver"),
                "examples": [[{
                    "bench": "parser/large",
                    "slower": "12%",
                    "until": "2027-01-31",
                    "reason": "correctness fix",
                }]],
                "type": "array",
                "items": waiver(),
            },
            "anchor": described(object(&[keys::ANCHOR]), about("anchor"), &json!({"revision": "v1.4.0"})),
            "layout": described(object(&[keys::LAYOUT]), about("layout"), &json!({"relinks": 24})),
            "github": described(object(&[keys::GITHUB]), about("github"), &json!({"comment": "always"})),
        },
    })
}

fn described(mut schema: Value, about: &str, example: &Value) -> Value {
    schema["description"] = about.into();
    schema["examples"] = json!([example]);
    schema
}

/// Up to where it excuses must be said, one way or the other.
fn waiver() -> Value {
    let mut waiver = object(&[keys::WAIVER]);
    waiver["anyOf"] = json!([{"required": ["slower"]}, {"required": ["max"]}]);
    waiver
}

/// Who fills in what is not given, which keys belong to which model, and what must be called. What takes arithmetic, or
/// knowledge of other tables, only the validator says.
fn workload() -> Value {
    let mut workload = object(&[keys::WORKLOAD]);
    workload["properties"]["name"]["pattern"] = r"^[^/\u0000-\u001f\u007f-\u009f]+$".into();
    workload["anyOf"] = json!([{"required": ["endpoint"]}, {"required": ["flow"]}]);
    workload
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
        (
            json!(["system"]),
            &[],
            &[keys::TARGET, keys::COMMAND].concat(),
        ),
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

/// A TOML value as JSON.
fn as_json(value: &str) -> Value {
    file_as_json(&format!("value = {value}"))["value"].take()
}

/// As an editor hands it to the schema: dates are texts.
fn file_as_json(text: &str) -> Value {
    fn dates_as_text(value: &mut Value) {
        match value {
            Value::Object(object) => {
                if let Some(date) = object.remove("$__toml_private_datetime") {
                    *value = date;
                } else {
                    object.values_mut().for_each(dates_as_text);
                }
            }
            Value::Array(array) => array.iter_mut().for_each(dates_as_text),
            _ => {}
        }
    }
    let mut value = toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    dates_as_text(&mut value);
    value
}
