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
    }
}
