//! A step made ready: what is the same in every call is built once.

use super::super::LoadError;
use super::answer::Expected;
use super::origin::Origin;
use super::template::{Known, Template, Unknown, Writing, payload};
use crate::workload::Workload;
use crate::workload::scenario::Step;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use std::collections::BTreeMap;

/// A request as it is handed to a connection.
pub(super) type Sent = Request<Full<Bytes>>;

/// A step made ready.
#[derive(Debug)]
pub(super) struct Plan {
    method: Method,
    uri: Part<Uri>,
    headers: HeaderMap,
    filled: Vec<(HeaderName, Template)>,
    body: Part<Bytes>,
    /// What HTTP/2 asks, and HTTP/1 says in `host`; `None` in HTTP/1.
    site: Option<Site>,
    /// What the answer must be, and what is kept of it.
    pub(super) expected: Expected,
}

/// Scheme and authority of requests in HTTP/2.
#[derive(Debug, Clone)]
struct Site {
    scheme: Scheme,
    authority: Authority,
}

/// Something that is the same in every call, or is not.
#[derive(Debug)]
enum Part<T> {
    Fixed(T),
    Filled(Template),
}

/// All steps by flow, and how many values users keep.
pub(super) fn plans(
    workload: &Workload,
    origin: &Origin,
) -> Result<(Vec<Vec<Plan>>, usize), LoadError> {
    let mut slots = BTreeMap::new();
    for capture in workload
        .flows
        .iter()
        .flat_map(|flow| &flow.steps)
        .flat_map(|step| &step.captures)
    {
        let next = slots.len();
        slots.entry(capture.name.clone()).or_insert(next);
    }
    let mut flows = Vec::with_capacity(workload.flows.len());
    for flow in &workload.flows {
        let mut steps = Vec::with_capacity(flow.steps.len());
        for (number, step) in flow.steps.iter().enumerate() {
            let plan = Plan::new(step, workload, origin, &slots).map_err(|problem| {
                LoadError::Unusable(format!(
                    "workload `{}`, flow `{}`, step {}: {problem}",
                    workload.name.escape_debug(),
                    flow.name.escape_debug(),
                    number + 1
                ))
            })?;
            steps.push(plan);
        }
        flows.push(steps);
    }
    Ok((flows, slots.len()))
}

impl Plan {
    fn new(
        step: &Step,
        workload: &Workload,
        origin: &Origin,
        slots: &BTreeMap<String, usize>,
    ) -> Result<Self, String> {
        let protocol = &workload.protocol;
        let payload = payload(step.payload)
            .ok_or_else(|| format!("a payload of {} bytes is too large", step.payload))?;
        let parse = |what: &str, text: &str| {
            Template::parse(text, &payload, slots).map_err(|Unknown(name)| {
                format!(
                    "{what} holds `{{{name}}}`, which no step captures; a brace is written `{{{{`"
                )
            })
        };
        let method = Method::from_bytes(step.method.as_bytes())
            .ok()
            .filter(|method| method != Method::CONNECT)
            .ok_or_else(|| format!("`{}` is no method of calls", step.method.escape_debug()))?;
        let mut headers = HeaderMap::new();
        let mut filled = Vec::new();
        if !protocol.http2 {
            headers.insert(HOST, own(origin.authority.as_str())?);
            if protocol.cold {
                // The server closes first then, and no port of ours is held back for a minute after each call.
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
        }
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("tollgate/", env!("CARGO_PKG_VERSION"))),
        );
        let mut named: Vec<HeaderName> = Vec::new();
        for (name, value) in &step.headers {
            let bad = || format!("`{}` is no header", name.escape_debug());
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            if key == CONTENT_LENGTH || key == TRANSFER_ENCODING {
                return Err(format!(
                    "`{key}` is set by the client: it follows from the body"
                ));
            }
            // The first of its name takes the place of ours, further ones of it are added.
            if !named.contains(&key) {
                headers.remove(&key);
                named.push(key.clone());
            }
            let value = parse(&format!("header `{key}`"), value)?;
            match value.fixed() {
                Some(text) => {
                    let text = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
                        format!("the value of header `{key}` has a control character")
                    })?;
                    headers.append(key, text);
                }
                None => filled.push((key, value)),
            }
        }
        let site = protocol
            .http2
            .then(|| Site::new(origin, &mut headers, &filled))
            .transpose()?;
        let path = parse("its path", &step.path)?;
        let uri = match path.fixed() {
            Some(text) => Part::Fixed(target(text, site.as_ref()).ok_or_else(|| {
                format!("`{}` is no path; one begins with `/`", text.escape_debug())
            })?),
            None => Part::Filled(path),
        };
        let body = match &step.body {
            None => Part::Fixed(Bytes::from(payload.clone())),
            Some(text) => {
                let body = parse("its body", text)?;
                match body.fixed() {
                    Some(text) => Part::Fixed(Bytes::from(text.to_owned())),
                    None => Part::Filled(body),
                }
            }
        };
        Ok(Self {
            method,
            uri,
            headers,
            filled,
            body,
            site,
            expected: Expected::new(step, slots)?,
        })
    }

    /// The request of a call and the length of its body; `None` where a value is missing or does not fit.
    pub(super) fn request(&self, known: Known<'_>) -> Option<(Sent, u64)> {
        let body = match &self.body {
            Part::Fixed(bytes) => bytes.clone(),
            Part::Filled(template) => Bytes::from(template.fill(known, Writing::Plain)?),
        };
        let length = body.len() as u64;
        let mut request = Request::new(Full::new(body));
        request.method_mut().clone_from(&self.method);
        *request.uri_mut() = match &self.uri {
            Part::Fixed(uri) => uri.clone(),
            Part::Filled(template) => {
                target(&template.fill(known, Writing::Path)?, self.site.as_ref())?
            }
        };
        let mut headers = self.headers.clone();
        for (name, template) in &self.filled {
            let value = HeaderValue::try_from(template.fill(known, Writing::Plain)?).ok()?;
            headers.append(name.clone(), value);
        }
        *request.headers_mut() = headers;
        Some((request, length))
    }
}

fn own(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| "its host cannot be named in a request".to_owned())
}

impl Site {
    /// HTTP/2 has `:authority` where HTTP/1 has `host`.
    fn new(
        origin: &Origin,
        headers: &mut HeaderMap,
        filled: &[(HeaderName, Template)],
    ) -> Result<Self, String> {
        if filled.iter().any(|(name, _)| name == HOST) {
            return Err("header `host` must be the same in all calls of HTTP/2".to_owned());
        }
        let authority = match headers.remove(HOST) {
            None => origin.authority.clone(),
            Some(host) => Authority::try_from(host.as_bytes())
                .map_err(|_| "header `host` is no host and port".to_owned())?,
        };
        let scheme = if origin.tls {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        };
        Ok(Self { scheme, authority })
    }
}

/// What a request asks for: a path, and in HTTP/2 where it is, too.
fn target(path: &str, site: Option<&Site>) -> Option<Uri> {
    if !path.starts_with('/') {
        return None;
    }
    let path: PathAndQuery = path.parse().ok()?;
    let Some(site) = site else {
        return Some(Uri::from(path));
    };
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(site.scheme.clone());
    parts.authority = Some(site.authority.clone());
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).ok()
}
