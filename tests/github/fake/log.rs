//! What was asked and what was answered, for assertions and for readers.

use serde_json::Value;
use std::fmt::Write as _;

/// A request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exchange {
    /// `owner/name`.
    pub(super) repository: String,
    /// To the storage host instead of the API.
    pub(crate) storage: bool,
    pub(crate) verb: String,
    /// Below the repository, with the query: `/issues/7/comments?per_page=100`.
    pub(crate) path: String,
    /// The path was below `/api/v3`.
    pub(crate) enterprise: bool,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// `None` while there is no answer, or when none came.
    pub(crate) status: Option<u16>,
    pub(super) answer: String,
    /// When it arrived, among all arrivals and answers.
    pub(super) arrived: usize,
    /// When it was answered.
    pub(super) answered: Option<usize>,
}

impl Exchange {
    /// The value of a header; its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        let (_, value) = all.find(|(own, _)| own == name)?;
        Some(value)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body of JSON")
    }
}

/// All of it, readable, in the order of what happened. Tokens are left out; if there are several, they are told apart.
pub(super) fn transcript(exchanges: &[Exchange], tokens: &[String]) -> String {
    let mut events = Vec::new();
    for (index, one) in exchanges.iter().enumerate() {
        let number = index + 1;
        events.push((one.arrived, number, false, request(number, one)));
        let answered = one.answered.unwrap_or(one.arrived);
        events.push((answered, number, true, answer(number, one)));
    }
    events.sort_by_key(|(when, ..)| *when);
    let mut text = String::new();
    let mut before = 0;
    for (_, number, is_answer, event) in events {
        // An answer stands below its request, unless something happened in between.
        let together = is_answer && before == number;
        text += if together || text.is_empty() {
            ""
        } else {
            "\n"
        };
        text += &event;
        before = number;
    }
    for (index, token) in tokens.iter().enumerate() {
        let name = if tokens.len() == 1 {
            "<token>".to_owned()
        } else {
            format!("<token {}>", index + 1)
        };
        text = text.replace(token, &name);
    }
    text
}

fn request(number: usize, one: &Exchange) -> String {
    let mut text = String::new();
    let path = match (one.storage, one.enterprise) {
        (true, _) => format!("(storage host) {}", one.path),
        (false, true) => format!("/api/v3/repos/{}{}", one.repository, one.path),
        (false, false) => format!("/repos/{}{}", one.repository, one.path),
    };
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    writeln!(text, "[{number}] {} {path}", one.verb).unwrap();
    if !query.is_empty() {
        writeln!(text, "      ?{query}").unwrap();
    }
    let authorization = one.header("authorization").unwrap_or("none");
    writeln!(text, "      authorization: {authorization}").unwrap();
    match serde_json::from_str::<Value>(&one.body) {
        Ok(Value::Object(fields)) => {
            for (name, value) in &fields {
                field(&mut text, 6, name, value);
            }
        }
        _ if one.body.is_empty() => {}
        _ => writeln!(text, "      (a body of {} bytes)", one.body.len()).unwrap(),
    }
    text
}

/// Text of several lines stands below its name, as in YAML.
fn field(text: &mut String, depth: usize, name: &str, value: &Value) {
    let room = " ".repeat(depth);
    match value {
        Value::String(value) if value.contains('\n') => {
            writeln!(text, "{room}{name}: |").unwrap();
            for line in value.lines() {
                let line = format!("{room}  {line}");
                writeln!(text, "{}", line.trim_end()).unwrap();
            }
        }
        Value::String(value) => writeln!(text, "{room}{name}: {value}").unwrap(),
        Value::Object(fields) => {
            writeln!(text, "{room}{name}:").unwrap();
            for (name, value) in fields {
                field(text, depth + 2, name, value);
            }
        }
        Value::Array(values) if values.is_empty() => writeln!(text, "{room}{name}: none").unwrap(),
        Value::Array(values) => {
            writeln!(text, "{room}{name}:").unwrap();
            for (index, value) in values.iter().enumerate() {
                field(text, depth + 2, &(index + 1).to_string(), value);
            }
        }
        other => writeln!(text, "{room}{name}: {other}").unwrap(),
    }
}

fn answer(number: usize, one: &Exchange) -> String {
    let Some(status) = one.status else {
        return format!("[{number}] -> no answer\n");
    };
    let said = match serde_json::from_str::<Value>(&one.answer) {
        Ok(Value::Array(entries)) => format!("a list of {}", entries.len()),
        Ok(Value::Object(fields)) => {
            let telling = ["id", "message", "total_count", "number", "state"];
            let known = telling
                .iter()
                .filter_map(|name| Some(format!("{name}: {}", fields.get(*name)?)));
            known.collect::<Vec<_>>().join(", ")
        }
        _ if one.answer.is_empty() => String::new(),
        _ => format!("{} bytes", one.answer.len()),
    };
    let gap = if said.is_empty() { "" } else { ", " };
    format!("[{number}] -> {status}{gap}{said}\n")
}
