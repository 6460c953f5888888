//! What a workload sends and expects: methods, paths, headers, pointers, captures, addresses.

use super::{Refusal, argument, arguments, elements, integer_text, string, text, type_name};
use crate::budget::mistakes::{did_you_mean, quoted};
use crate::workload::{ALL, PROCESS, template};
use std::net::Ipv6Addr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::workload::scenario::{Capture, CaptureFrom};

/// Begins the names of flows.
pub(in crate::budget) const FLOW: &str = "flow/";

/// In place of the port of an address.
pub(in crate::budget) const PORT: &str = "{port}";

/// Far above what servers take.
const LONGEST_PATH: usize = 8 * 1024;

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// These say where a message ends; a wrong one makes two of it, or half a one.
const FRAMING: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn endpoint_name(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let name = text(found)?;
    if let Some(problem) = crate::measurement::format::fields::name_problem(&name) {
        return Err(Refusal::new(format!("is wrong: {problem}"), "too long"));
    }
    let what = if name == ALL {
        "all calls together"
    } else if name == PROCESS {
        "the target's process"
    } else if name.starts_with(FLOW) {
        "flows"
    } else {
        return Ok(name);
    };
    Err(Refusal::new(
        format!("cannot be {}, which is the name of {what}", quoted(&name)),
        "taken",
    )
    .help("choose another name"))
}

/// Characters of a token (RFC 9110, 5.6.2), which methods and names of headers are.
fn is_token(text: &str) -> bool {
    let is_one = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(is_one)
}

pub(super) fn method(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let method = string(found, "a method of HTTP in quotes")?;
    if !is_token(method) || method.len() > 40 {
        let message = format!("cannot be {}, which is no method of HTTP", quoted(method));
        return Err(Refusal::new(message, "not a method"));
    }
    if method == "CONNECT" {
        return Err(Refusal::new(
            "cannot be `CONNECT`, which opens a tunnel and is answered by none",
            "not a call",
        ));
    }
    if method.chars().any(|c| c.is_ascii_lowercase()) {
        let upper = method.to_ascii_uppercase();
        let meant = did_you_mean(method, METHODS.iter().copied()).unwrap_or(&upper);
        return Err(Refusal::new(
            format!("cannot be {}: methods are in capitals", quoted(method)),
            "not in capitals",
        )
        .help(format!("write \"{meant}\"")));
    }
    Ok(method.to_owned())
}

/// Path and query as they go over the line, but for placeholders.
pub(super) fn url_path(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let path = string(found, "a path in quotes, such as \"/items\"")?;
    let refused = |message: &str, label: &str| Err(Refusal::new(message.to_owned(), label));
    if !path.starts_with('/') {
        return refused(
            "must begin with `/`: scheme, host and port are those of the target",
            "does not begin with `/`",
        );
    }
    if path.starts_with("//") {
        return refused(
            "must not begin with `//`, which a host would follow",
            "two slashes",
        );
    }
    if path.len() > LONGEST_PATH {
        return refused("must have at most 8192 bytes", "too long");
    }
    if path.contains('#') {
        return refused(
            "must not hold `#`: what follows it is never sent",
            "has a fragment",
        );
    }
    // Placeholders are filled in, and what else has braces is escaped by whoever means it.
    let literal: String = template::literals(path).collect();
    if let Some(c) = literal
        .chars()
        .find(|c| !c.is_ascii_graphic() || "\"<>\\^`{|}".contains(*c))
    {
        let escaped: String = c
            .encode_utf8(&mut [0; 4])
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        return Err(Refusal::new(
            format!("must not hold {}, which no address can have", shown(c)),
            "not a path",
        )
        .help(format!("write {escaped} in its place")));
    }
    Ok(path.to_owned())
}

fn shown(c: char) -> String {
    if c.is_control() || c.is_whitespace() {
        format!("the character U+{:04X}", u32::from(c))
    } else {
        format!("`{c}`")
    }
}

/// Text that goes into bodies, or is looked for in them.
pub(super) fn body(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let text = string(found, "text in quotes")?;
    if text.is_empty() {
        return Err(Refusal::new("must not be empty", "empty"));
    }
    Ok(text.to_owned())
}

fn table<'t, 'i>(found: &'t DeValue<'i>, expected: &str) -> Result<&'t DeTable<'i>, Box<Refusal>> {
    match found {
        DeValue::Table(table) => Ok(table),
        _ => Err(Refusal::wrong_type(expected, found)),
    }
}

/// In the order of the file.
pub(super) fn headers(found: &DeValue<'_>) -> Result<Vec<(String, String)>, Box<Refusal>> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in table(found, "a table of headers")? {
        let key: &str = name.get_ref();
        header_name(key).map_err(|refusal| refusal.at(name.span()))?;
        if headers
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(key))
        {
            let message = format!("has the header {} twice", quoted(key));
            return Err(Refusal::new(message, "is there already").at(name.span()));
        }
        let text = string(value.get_ref(), "a table of texts in quotes")
            .map_err(|refusal| refusal.at(value.span()))?;
        if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\t') {
            let c = u32::from(c);
            let message = format!("must not hold the control character U+{c:04X}");
            return Err(Refusal::new(message, "no header can have this").at(value.span()));
        }
        if text.trim() != text {
            let message = "must not begin or end with spaces, which are no part of a header";
            return Err(Refusal::new(message, "spaces around it").at(value.span()));
        }
        headers.push((key.to_owned(), text.to_owned()));
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<(), Box<Refusal>> {
    if !is_token(name) {
        let message = format!("has the name {}, which is no header of HTTP", quoted(name));
        return Err(Refusal::new(message, "not a name of a header"));
    }
    if FRAMING.iter().any(|one| one.eq_ignore_ascii_case(name)) {
        let message = format!(
            "must not set {}, which says how messages follow each other on a connection",
            quoted(name)
        );
        return Err(Refusal::new(message, "tollgate sets it").help("leave it out"));
    }
    Ok(())
}

pub(super) fn statuses(found: &DeValue<'_>) -> Result<Vec<u16>, Box<Refusal>> {
    if found.is_integer() {
        return status(found).map(|status| vec![status]);
    }
    let statuses = elements(found, "a status such as 200, or a list of them", status)?;
    if statuses.is_empty() {
        return Err(Refusal::new(
            "lists nothing, so that no answer would be right",
            "an empty list",
        ));
    }
    Ok(statuses)
}

fn status(found: &DeValue<'_>) -> Result<u16, Box<Refusal>> {
    let expected = "a status from 100 to 599";
    let DeValue::Integer(number) = found else {
        return Err(Refusal::wrong_type(expected, found));
    };
    integer_text(number)
        .parse()
        .ok()
        .filter(|status| (100..=599).contains(status))
        .ok_or_else(|| Refusal::new(format!("must be {expected}"), "not a status of HTTP"))
}

/// RFC 6901: empty for the whole, else parts that each begin with `/`, in which `~` stands only in `~0` and `~1`.
fn pointer(text: &str) -> Result<(), Box<Refusal>> {
    if !text.is_empty() && !text.starts_with('/') {
        return Err(Refusal::new(
            format!(
                "has the JSON pointer {}, which does not begin with `/`",
                quoted(text)
            ),
            "not a JSON pointer",
        )
        .help(format!("write \"/{}\"", text.replace('.', "/"))));
    }
    let is_escaped = |rest: &str| rest.starts_with(['0', '1']);
    if text.split('~').skip(1).any(|rest| !is_escaped(rest)) {
        return Err(Refusal::new(
            format!(
                "has the JSON pointer {}, in which `~` is not followed by 0 or 1",
                quoted(text)
            ),
            "not a JSON pointer",
        )
        .help("write `~0` for `~` and `~1` for `/` within a name"));
    }
    Ok(())
}

pub(super) fn pointers(found: &DeValue<'_>) -> Result<Vec<String>, Box<Refusal>> {
    let expected = "an array of JSON pointers";
    let pointers = elements(found, expected, |element| {
        let text = argument(element, expected)?;
        pointer(&text)?;
        Ok(text)
    })?;
    if pointers.is_empty() {
        return Err(Refusal::new("lists nothing", "an empty list").help("leave the key out"));
    }
    Ok(pointers)
}

pub(super) fn json_values(
    found: &DeValue<'_>,
) -> Result<Vec<(String, serde_json::Value)>, Box<Refusal>> {
    let expected = "a table of JSON pointers and what they lead to";
    let mut values = Vec::new();
    for (name, value) in table(found, expected)? {
        let key: &str = name.get_ref();
        pointer(key).map_err(|refusal| refusal.at(name.span()))?;
        let value = scalar(value).map_err(|refusal| refusal.at(value.span()))?;
        values.push((key.to_owned(), value));
    }
    Ok(values)
}

fn scalar(value: &Spanned<DeValue<'_>>) -> Result<serde_json::Value, Box<Refusal>> {
    let refused = |what: String| {
        Err(Refusal::new(
            "must lead to a text, a number or a boolean",
            what,
        ))
    };
    match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string().into()),
        DeValue::Boolean(value) => Ok((*value).into()),
        DeValue::Integer(number) => match integer_text(number).parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => refused("too large".to_owned()),
        },
        DeValue::Float(number) => {
            let number = number.as_str().replace('_', "").parse().ok();
            match number.and_then(serde_json::Number::from_f64) {
                Some(number) => Ok(number.into()),
                None => refused("not finite".to_owned()),
            }
        }
        other => refused(format!("this is {}", type_name(other))),
    }
}

pub(super) fn captures(found: &DeValue<'_>) -> Result<Vec<Capture>, Box<Refusal>> {
    let mut captures = Vec::new();
    for (name, value) in table(found, "a table of names and where their values stand")? {
        let key: &str = name.get_ref();
        let at = |refusal: Box<Refusal>| refusal.at(name.span());
        if !template::is_name(key) {
            let message = format!("has {}, which cannot stand between braces", quoted(key));
            return Err(at(Refusal::new(message, "not a name").help(
                "write a letter, then letters, digits, `_` and `-`, at most 64",
            )));
        }
        if template::GIVEN.contains(&key) {
            let message = format!("has {}, which tollgate fills in itself", quoted(key));
            return Err(at(
                Refusal::new(message, "taken").help("choose another name")
            ));
        }
        let from = source(value.get_ref()).map_err(|refusal| refusal.at(value.span()))?;
        captures.push(Capture {
            name: key.to_owned(),
            from,
        });
    }
    Ok(captures)
}

fn source(found: &DeValue<'_>) -> Result<CaptureFrom, Box<Refusal>> {
    let expected = "a table of texts such as \"json:/token\"";
    let text = string(found, expected)?;
    match text.split_once(':') {
        Some(("json", path)) => pointer(path).map(|()| CaptureFrom::Json(path.to_owned())),
        Some(("header", name)) if is_token(name) => {
            Ok(CaptureFrom::Header(name.to_ascii_lowercase()))
        }
        Some(("header", name)) => Err(Refusal::new(
            format!("takes {}, which is no header of HTTP", quoted(name)),
            "not a name of a header",
        )),
        _ => Err(Refusal::new(
            format!("takes {}, which does not say from where", quoted(text)),
            "neither `json:` nor `header:`",
        )
        .help("write \"json:/token\" for a value of a JSON body, \"header:etag\" for a header")),
    }
}

pub(super) fn target_command(found: &DeValue<'_>) -> Result<Vec<String>, Box<Refusal>> {
    let expected = "an array of program and arguments";
    if found.is_str() {
        return Err(
            Refusal::new(format!("must be {expected}"), "one string").note(
                "no shell runs it: tollgate stops the process that it started, and not a shell before it",
            ),
        );
    }
    let argv = arguments(found, expected)?;
    match argv.first() {
        Some(program) if !program.is_empty() => Ok(argv),
        _ => Err(Refusal::new("must name a program", "none is named")),
    }
}

/// `http://host:port` or `https://host:port`, and nothing else.
pub(super) fn origin(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let url = string(found, "an address in quotes")?;
    let (authority, path) = authority(url)?;
    if !path.is_empty() {
        let origin = &url[..url.len() - path.len()];
        return Err(Refusal::new(
            "must be scheme, host and port alone: paths belong to endpoints",
            "has a path",
        )
        .help(format!("write {}", quoted(origin).replace('`', "\""))));
    }
    host_and_port(authority, |port| {
        port.parse::<u16>().is_ok_and(|port| port > 0) && port.chars().all(|c| c.is_ascii_digit())
    })?;
    Ok(url.to_owned())
}

/// An address whose port is `{port}`.
pub(super) fn ready_url(found: &DeValue<'_>) -> Result<String, Box<Refusal>> {
    let url = string(found, "an address in quotes")?;
    let (authority, path) = authority(url)?;
    if !authority.ends_with(&format!(":{PORT}")) {
        return Err(Refusal::new(
            format!("must have `{PORT}` as its port, which tollgate chooses anew for every run"),
            format!("without `:{PORT}`"),
        ));
    }
    host_and_port(authority, |port| port == PORT)?;
    if !path.is_empty() && !path.starts_with('/') {
        return Err(Refusal::new(
            "must have a path that begins with `/`",
            "not a path",
        ));
    }
    if path.contains(PORT) || path.chars().any(|c| !c.is_ascii_graphic() || c == '#') {
        return Err(Refusal::new(
            "has a path that cannot be asked for",
            "not a path",
        ));
    }
    Ok(url.to_owned())
}

/// Splits off scheme and path.
fn authority(url: &str) -> Result<(&str, &str), Box<Refusal>> {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    let Some(rest) = rest else {
        let message = "must begin with `http://` or `https://`";
        return Err(Refusal::new(message, "another scheme, or none"));
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err(Refusal::new(
            "must not hold a user or a password: they would be in every report",
            "has `@`",
        )
        .help("send them in a header: `headers = { authorization = \"Basic ..\" }`"));
    }
    Ok((authority, path))
}

fn host_and_port(authority: &str, is_port: impl Fn(&str) -> bool) -> Result<(), Box<Refusal>> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => ("ipv6", port),
            _ => ("", ""),
        },
        None => authority
            .find(':')
            .map_or((authority, ""), |at| authority.split_at(at)),
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if host.is_empty() || host.len() > 253 || !host.chars().all(is_host) {
        return Err(Refusal::new(
            format!("has no host in {}", quoted(authority)),
            "not a host",
        ));
    }
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return Err(Refusal::new(
            format!(
                "has the port {}, which is none from 1 to 65535",
                quoted(port)
            ),
            "not a port",
        ));
    }
    Ok(())
}
