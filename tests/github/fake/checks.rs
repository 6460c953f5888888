//! What a body must be. Some of it is in GitHub's published description, some only in its prose and answers.

use super::refusals::{Answer, failed, invalid};
use serde_json::{Map, Value};

/// Characters of a comment (answers of the API; not in the description).
const COMMENT: usize = 65_536;
/// Characters of the description of a status (not in the description of the API).
const STATUS: usize = 140;
/// Characters of summary and text of a check run.
const SUMMARY: usize = 65_535;
/// Annotations in one request.
const ANNOTATIONS: usize = 50;
/// Characters of an annotation's title (prose).
const TITLE: usize = 255;
/// Bytes of an annotation's message and raw details (prose).
const MESSAGE: usize = 64 << 10;

pub(super) type Object = Map<String, Value>;

/// A text that must be there.
pub(super) fn text(object: &Object, name: &str) -> Result<String, Answer> {
    optional_text(object, name)?.ok_or_else(|| invalid(&format!("{name:?} wasn't supplied.")))
}

/// A text that may be there; `null` is none.
pub(super) fn optional_text(object: &Object, name: &str) -> Result<Option<String>, Answer> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(invalid(&format!(
            "For 'properties/{name}', {other} is not a string."
        ))),
    }
}

/// A text that is one of a few.
pub(super) fn optional_word(
    object: &Object,
    name: &str,
    words: &[&str],
) -> Result<Option<String>, Answer> {
    let found = optional_text(object, name)?;
    match &found {
        Some(word) if !words.contains(&word.as_str()) => {
            let words = words.join(", ");
            Err(invalid(&format!(
                "For 'properties/{name}', {word} is not a member of [{words}]."
            )))
        }
        _ => Ok(found),
    }
}

pub(super) fn comment(object: &Object) -> Result<String, Answer> {
    let body = text(object, "body")?;
    if body.trim().is_empty() {
        return Err(failed(
            "IssueComment",
            "missing_field",
            "body",
            "Body cannot be blank",
        ));
    }
    if body.chars().count() > COMMENT {
        let message = format!("Body is too long (maximum is {COMMENT} characters)");
        return Err(failed("IssueComment", "unprocessable", "data", &message));
    }
    Ok(body)
}

pub(super) fn status_description(object: &Object) -> Result<Option<String>, Answer> {
    let description = optional_text(object, "description")?;
    match &description {
        Some(text) if text.chars().count() > STATUS => {
            let message = format!("description is too long (maximum is {STATUS} characters)");
            Err(failed("Status", "custom", "description", &message))
        }
        _ => Ok(description),
    }
}

/// What a check run shows.
#[derive(Default)]
pub(super) struct Output {
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) text: Option<String>,
    pub(super) annotations: Vec<Value>,
}

/// `title`: whether it must be there, as in the request that makes a check run.
pub(super) fn output(object: &Object, title: bool) -> Result<Option<Output>, Answer> {
    let output = match object.get("output") {
        None => return Ok(None),
        Some(Value::Object(output)) => output,
        Some(other) => {
            return Err(invalid(&format!(
                "For 'properties/output', {other} is not an object."
            )));
        }
    };
    let long = |name: &str| -> Result<Option<String>, Answer> {
        let text = optional_text(output, name)?;
        match &text {
            Some(text) if text.chars().count() > SUMMARY => Err(invalid(&format!(
                "Only {SUMMARY} characters are allowed in {name}."
            ))),
            _ => Ok(text),
        }
    };
    let annotations = match output.get("annotations") {
        None => &[][..],
        Some(Value::Array(annotations)) => annotations,
        Some(_) => {
            return Err(invalid(
                "For 'properties/annotations', this is not an array.",
            ));
        }
    };
    if annotations.len() > ANNOTATIONS {
        let count = annotations.len();
        return Err(invalid(&format!(
            "No more than {ANNOTATIONS} items are allowed; {count} were supplied."
        )));
    }
    for one in annotations {
        annotation(one)?;
    }
    let found = Output {
        title: if title {
            Some(text(output, "title")?)
        } else {
            optional_text(output, "title")?
        },
        summary: Some(long("summary")?.ok_or_else(|| invalid("\"summary\" wasn't supplied."))?),
        text: long("text")?,
        annotations: annotations.to_vec(),
    };
    Ok(Some(found))
}

fn annotation(value: &Value) -> Result<(), Answer> {
    let Value::Object(one) = value else {
        return Err(invalid(&format!("{value} is not an object.")));
    };
    let wrong = |field: &str, message: &str| failed("CheckAnnotation", "invalid", field, message);
    let levels = ["notice", "warning", "failure"];
    if text(one, "path")?.is_empty() {
        return Err(wrong("path", "is empty"));
    }
    if optional_word(one, "annotation_level", &levels)?.is_none() {
        return Err(invalid("\"annotation_level\" wasn't supplied."));
    }
    let line = |name: &str| {
        one.get(name)
            .and_then(Value::as_u64)
            .filter(|line| *line > 0)
    };
    let (Some(start), Some(end)) = (line("start_line"), line("end_line")) else {
        return Err(wrong("start_line", "lines are counted from 1"));
    };
    if end < start {
        return Err(wrong("end_line", "is before the first line"));
    }
    if text(one, "message")?.is_empty() {
        return Err(wrong("message", "is empty"));
    }
    if optional_text(one, "title")?.is_some_and(|title| title.chars().count() > TITLE) {
        return Err(wrong(
            "title",
            &format!("is too long (maximum is {TITLE} characters)"),
        ));
    }
    for name in ["message", "raw_details"] {
        if optional_text(one, name)?.is_some_and(|text| text.len() > MESSAGE) {
            return Err(wrong(name, "is too long (maximum is 64 KB)"));
        }
    }
    Ok(())
}
