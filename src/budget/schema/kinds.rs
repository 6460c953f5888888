//! What each kind of value looks like in the JSON Schema.

use super::object;
use crate::budget::keys::{self, Kind};
use serde_json::{Value, json};

const NUMBER: &str = "[0-9][0-9_.]*([eE][+-]?[0-9]+)?";
/// Neither empty nor with control characters.
const TEXT: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
const CARGO_NAME: &str = r"^[^-, \u0000-\u001f\u007f-\u009f][^, \u0000-\u001f\u007f-\u009f]*$";
/// `suite/benchmark`, no glob.
const BENCH_NAME: &str = r"^[^/*?\u0000-\u001f\u007f-\u009f]+/[^*?\u0000-\u001f\u007f-\u009f]+$";
/// Like `TEXT`, and more than spaces.
const REASON: &str = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

pub(super) fn constraint(kind: Kind) -> Value {
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
            let pattern = format!(r"^\s*{NUMBER}\s*({time}|{SIZE}?(/s)?|{SIZE}/min|%)\s*$");
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
        Kind::BenchName => json!({"type": "string", "pattern": BENCH_NAME}),
        Kind::Variant => json!({"anyOf": [constraint(Kind::BenchName), object(&[keys::VARIANT])]}),
        Kind::Limits => object(&[keys::LIMITS]),
        Kind::Environment => json!({
            "type": "object",
            "propertyNames": {"pattern": r"^[^=\u0000]+$"},
            "additionalProperties": {"type": "string"},
        }),
        Kind::Arguments => json!({"type": "array", "items": {"type": "string"}}),
        // Editors hand a TOML date on as text.
        Kind::Date => {
            json!({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"})
        }
        Kind::Reason => json!({"type": "string", "pattern": REASON}),
        Kind::Revision => json!({
            "type": "string",
            "pattern": r"^[^-\s\u0000-\u001f\u007f-\u009f][^\s\u0000-\u001f\u007f-\u009f]*$",
            "not": {"pattern": r"\.\."},
        }),
        Kind::Relinks => json!({"anyOf": [
            {"const": 0},
            {"type": "integer", "minimum": 12, "maximum": 200},
        ]}),
        Kind::Slug => json!({"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,40}$"}),
        _ => of_workload(kind),
    }
}

const SIZE: &str = "(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)";
/// A part of an address before its port.
const HOST: &str = r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])";
/// RFC 6901.
const POINTER: &str = "^(/([^~]|~[01])*)?$";
const PLACEHOLDER: &str = "[A-Za-z_][A-Za-z0-9_-]{0,63}";
const TOKEN: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

/// Kinds that only workloads have.
fn of_workload(kind: Kind) -> Value {
    let amount =
        |unit: &str| json!({"type": "string", "pattern": format!(r"^\s*{NUMBER}\s*{unit}\s*$")});
    match kind {
        Kind::Large { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Kind::Size { .. } => amount(SIZE),
        Kind::Bandwidth { .. } => amount(&format!("{SIZE}/s")),
        Kind::Rate => amount("/s"),
        Kind::Share => constraint(Kind::Percent),
        Kind::Seconds { .. } => constraint(Kind::Time {
            least_ms: 0,
            most_ms: 0,
        }),
        Kind::Percentile => {
            json!({"type": "string", "pattern": r"^p[0-9]{1,2}(\.[0-9]{1,3})?$", "not": {"pattern": r"^p[0.]+$"}})
        }
        Kind::Tables { keys, .. } => json!({"type": "array", "items": object(&[keys])}),
        Kind::Stages => json!({
            "type": "array",
            "minItems": 1,
            "items": object(&[keys::STAGE]),
        }),
        Kind::Target => {
            let mut target = object(&[keys::TARGET_PROCESS]);
            let of_process = |key: &str| key != "url" && key != "command";
            let others: Vec<&str> = (keys::TARGET_PROCESS.iter())
                .map(|key| key.name)
                .filter(|key| of_process(key))
                .collect();
            let others: Vec<Value> = others
                .iter()
                .chain(&["command"])
                .map(|key| json!({"required": [key]}))
                .collect();
            target["oneOf"] = json!([
                {"required": ["command", "ready"], "not": {"required": ["url"]}},
                {"required": ["url"], "not": {"anyOf": others}},
            ]);
            target
        }
        Kind::Network => object(&[keys::NETWORK]),
        Kind::Safety => object(&[keys::SAFETY]),
        Kind::Expect => object(&[keys::EXPECT]),
        Kind::TargetCommand => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string"}})
        }
        Kind::ReadyUrl => {
            json!({"type": "string", "pattern": format!(r"^{HOST}:\{{port\}}([/?][!-~]*)?$"), "not": {"pattern": "#"}})
        }
        Kind::Origin => json!({"type": "string", "pattern": format!("^{HOST}(:[0-9]{{1,5}})?$")}),
        Kind::EndpointName => {
            json!({"type": "string", "pattern": TEXT, "not": {"pattern": "^(all$|process$|flow/)"}})
        }
        Kind::Method => {
            json!({"type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Z-]{1,40}$", "not": {"const": "CONNECT"}})
        }
        Kind::UrlPath => {
            json!({"type": "string", "pattern": r"^/$|^/[!-~]*$", "not": {"pattern": "^//|#"}})
        }
        Kind::Headers => json!({
            "type": "object",
            "propertyNames": {"pattern": format!("^{TOKEN}$")},
            "additionalProperties": {"type": "string"},
        }),
        Kind::Body => json!({"type": "string", "minLength": 1}),
        Kind::Statuses => {
            let status = json!({"type": "integer", "minimum": 100, "maximum": 599});
            json!({"anyOf": [status, {"type": "array", "minItems": 1, "items": status}]})
        }
        Kind::JsonValues => json!({
            "type": "object",
            "propertyNames": {"pattern": POINTER},
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        }),
        Kind::Pointers => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "pattern": POINTER}})
        }
        _ => json!({
            "type": "object",
            "propertyNames": {"pattern": format!("^{PLACEHOLDER}$")},
            "additionalProperties": {"type": "string", "pattern": format!("^(json:.*|header:{TOKEN})$")},
        }),
    }
}
