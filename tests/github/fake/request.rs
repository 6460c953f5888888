//! A request, taken apart.

use super::checks::Object;
use super::refusals::{self, Answer};
use axum::http::request::Parts;
use serde_json::Value;
use std::net::SocketAddr;

/// A request, taken apart.
pub(super) struct Request {
    pub(super) verb: String,
    /// `owner/name`; what comes by id is looked up on arrival.
    pub(super) repository: String,
    pub(super) by_id: Option<u64>,
    /// Below the repository, still escaped, without query.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) storage: bool,
    pub(super) enterprise: bool,
    pub(super) storage_at: SocketAddr,
}

impl Request {
    pub(super) fn new(parts: &Parts, body: &[u8], storage: bool, storage_at: SocketAddr) -> Self {
        let path = parts.uri.path();
        let (path, enterprise) = match path.strip_prefix("/api/v3") {
            Some(below) => (below, true),
            None => (path, false),
        };
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let below = |n: usize| segments[n..].iter().flat_map(|part| ["/", part]).collect();
        let (repository, by_id, path) = match segments.as_slice() {
            ["repos", owner, name, ..] => (format!("{owner}/{name}"), None, below(3)),
            ["repositories", id, ..] => (String::new(), id.parse().ok(), below(2)),
            ["blobs", owner, name, id] => (format!("{owner}/{name}"), None, format!("/blobs/{id}")),
            _ => (String::new(), None, path.to_owned()),
        };
        let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        };
        Self {
            verb: parts.method.to_string(),
            repository,
            by_id,
            path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.iter().map(header).collect(),
            body: body.to_vec(),
            storage,
            enterprise,
            storage_at,
        }
    }

    pub(super) fn path_and_query(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", self.path, self.query)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        Some(&all.find(|(own, _)| own == name)?.1)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut all = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let (_, value) = all.find(|(own, _)| *own == name)?;
        Some(unescape(value))
    }

    /// `per_page` and `page`; what is no number or out of range is what GitHub takes instead.
    pub(super) fn page(&self) -> (usize, usize) {
        let number = |name: &str| self.parameter(name)?.parse::<usize>().ok();
        let size = number("per_page").filter(|size| *size > 0).unwrap_or(30);
        (size.min(100), number("page").unwrap_or(1).max(1))
    }

    pub(super) fn json(&self) -> Result<Object, Answer> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(other) => Err(refusals::invalid(&format!(
                "For 'links/0/schema', {other} is not an object."
            ))),
            Err(_) => Err(refusals::no_json()),
        }
    }

    /// Where this API is, as the client called it: a proxy says so.
    pub(super) fn root(&self) -> String {
        let host = self
            .header("x-forwarded-host")
            .or_else(|| self.header("host"));
        let base = if self.enterprise { "/api/v3" } else { "" };
        format!("http://{}{base}", host.unwrap_or("api.github.com"))
    }
}

/// Percent signs and plus signs of a query.
fn unescape(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|two| str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
