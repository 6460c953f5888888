//! What is called: endpoints, flows, and the values that their steps hand on.

use crate::budget::mistakes::{Mistakes, did_you_mean, quoted};
use crate::budget::raw::Section;
use crate::diagnostic::Code;
use crate::workload::scenario::{Check, Endpoint, Flow, Step};
use crate::workload::template;
use std::collections::{BTreeMap, BTreeSet};

/// Endpoints and flows, in the order of the file.
pub(super) struct Called {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) flows: Vec<Flow>,
}

/// What has been read until now.
#[derive(Default)]
struct Reading {
    endpoints: Vec<Endpoint>,
    /// How each is called.
    calls: Vec<Call>,
    /// Names captured by flows that every user has done before all else.
    at_hand: BTreeSet<String>,
    /// Names captured anywhere, with the name of the flow.
    captured: BTreeMap<String, String>,
}

/// The first call of an endpoint.
struct Call {
    method: String,
    path: String,
    /// Where its name stands.
    start: usize,
    /// It is an endpoint of its own, and no step of a flow.
    is_own: bool,
}

/// `None` where a step could not be read; that has been said then.
pub(super) fn called(section: &Section, payload: u64, mistakes: &mut Mistakes) -> Option<Called> {
    let endpoints = section.tables("endpoint").into_iter().flatten();
    let flows = section.tables("flow").into_iter().flatten();
    let mut given: Vec<(&Section, bool)> = endpoints
        .map(|given| (given, false))
        .chain(flows.map(|given| (given, true)))
        .collect();
    given.sort_by_key(|(given, _)| given.span.start);
    let is_sound = |key| section.tables(key).is_some() || !section.has(key);
    if given.is_empty() && is_sound("endpoint") && is_sound("flow") {
        mistakes.push(
            mistakes
                .mistake(
                    Code::MissingKey,
                    section.span.clone(),
                    "a [[workload]] needs something to call",
                    "has neither an endpoint nor a flow",
                )
                .with_help("add [[workload.endpoint]] with `name` and `path` below it"),
        );
    }
    let once = |given: &Section| given.flag("once").copied().unwrap_or(false);
    if !given.is_empty() && given.iter().all(|(given, _)| once(given)) {
        mistakes.push(
            mistakes
                .mistake(
                    Code::InvalidValue,
                    given[0].0.span_of("once"),
                    "every flow is done once, so that nothing is left to do afterwards",
                    "and there is nothing else",
                )
                .with_help("remove `once` from one of them, or add an endpoint"),
        );
    }
    unique_names(&given, mistakes);
    let mut reading = Reading::default();
    for (given, is_flow) in &given {
        for step in steps(given, *is_flow) {
            for capture in step.captures("capture").into_iter().flatten() {
                let flow = given.text("name").cloned().unwrap_or_default();
                reading.captured.entry(capture.name.clone()).or_insert(flow);
            }
        }
    }
    // What every user does first stands at the disposal of all the rest, wherever it stands in the file.
    let mut flows: Vec<Option<Flow>> = given.iter().map(|_| None).collect();
    for first in [true, false] {
        for (place, (given, is_flow)) in given.iter().enumerate() {
            if once(given) == first {
                flows[place] = reading.flow(given, *is_flow, payload, mistakes);
            }
        }
    }
    let flows: Option<Vec<Flow>> = flows.into_iter().collect();
    let flows = flows.filter(|flows| !flows.is_empty())?;
    Some(Called {
        endpoints: reading.endpoints,
        flows,
    })
}

/// An endpoint is its own only step.
fn steps(given: &Section, is_flow: bool) -> &[Section] {
    if is_flow {
        given.tables("steps").map_or(&[], Vec::as_slice)
    } else {
        std::slice::from_ref(given)
    }
}

fn unique_names(given: &[(&Section, bool)], mistakes: &mut Mistakes) {
    let mut taken: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for (given, is_flow) in given {
        let Some(name) = given.text("name") else {
            continue;
        };
        let span = given.span_of("name");
        let Some(first) = taken.get(&(name.as_str(), *is_flow)) else {
            taken.insert((name, *is_flow), span.start);
            continue;
        };
        let what = if *is_flow { "flow" } else { "endpoint" };
        let line = mistakes.line(*first);
        mistakes.push(
            mistakes
                .mistake(
                    Code::DuplicateName,
                    span,
                    format!("two {what}s of the workload are called {}", quoted(name)),
                    format!("is the name of the {what} in line {line}"),
                )
                .with_help("their results would be mixed: rename one"),
        );
    }
}

impl Reading {
    fn flow(
        &mut self,
        given: &Section,
        is_flow: bool,
        payload: u64,
        mistakes: &mut Mistakes,
    ) -> Option<Flow> {
        let once = given.flag("once").copied().unwrap_or(false);
        if once && given.has("weight") {
            mistakes.push(
                mistakes
                    .mistake(
                        Code::InvalidValue,
                        given.span_of("weight"),
                        "`weight` has no meaning for a flow that every user does once",
                        "not together with `once`",
                    )
                    .with_help("remove it"),
            );
        }
        let steps = steps(given, is_flow);
        if is_flow && given.tables("steps").is_some_and(Vec::is_empty) {
            mistakes.push(
                mistakes
                    .mistake(
                        Code::InvalidValue,
                        given.span_of("steps"),
                        "`steps` lists nothing",
                        "an empty list",
                    )
                    .with_help(
                        "write for example `steps = [{ endpoint = \"home\", path = \"/\" }]`",
                    ),
            );
        }
        let key = if is_flow { "endpoint" } else { "name" };
        let mut known = self.at_hand.clone();
        let mut read = Vec::with_capacity(steps.len());
        for step in steps {
            read.push(self.step(step, key, payload, &known, mistakes));
            let captures = step.captures("capture").into_iter().flatten();
            known.extend(captures.map(|capture| capture.name.clone()));
        }
        if once {
            self.at_hand = known;
        }
        let read: Option<Vec<Step>> = read.into_iter().collect();
        Some(Flow {
            name: given.text("name")?.clone(),
            weight: given.whole("weight").copied().unwrap_or(1),
            once,
            steps: read.filter(|steps| !steps.is_empty())?,
        })
    }

    fn step(
        &mut self,
        given: &Section,
        key: &str,
        payload: u64,
        known: &BTreeSet<String>,
        mistakes: &mut Mistakes,
    ) -> Option<Step> {
        let headers = given.pairs("headers").cloned().unwrap_or_default();
        let body = given.text("body").cloned();
        let mut uses_payload = false;
        for (key, text) in (given.text("path").map(|path| ("path", path)).into_iter())
            .chain(headers.iter().map(|(_, value)| ("headers", value)))
            .chain(body.iter().map(|body| ("body", body)))
        {
            for name in template::names(text) {
                uses_payload |= name == template::PAYLOAD;
                if !template::GIVEN.contains(&name) && !known.contains(name) {
                    self.unknown_name(given, key, name, known, mistakes);
                }
            }
        }
        let method = given
            .text("method")
            .map_or_else(|| "GET".to_owned(), Clone::clone);
        let path = given.text("path").cloned();
        let own = given.large("payload").copied();
        let takes_payload =
            uses_payload || body.is_none() && ["POST", "PUT", "PATCH"].contains(&&*method);
        if own.is_some_and(|own| own > 0) && !uses_payload && body.is_some() {
            mistakes.push(
                mistakes
                    .mistake(
                        Code::InvalidValue,
                        given.span_of("payload"),
                        "`payload` has no place to go: there is a `body`, and it does not hold `{payload}`",
                        "would not be sent",
                    )
                    .with_help("write `{payload}` where it belongs, or remove one of them"),
            );
        }
        if uses_payload && own.unwrap_or(payload) == 0 {
            mistakes.push(
                mistakes
                    .mistake(
                        Code::InvalidValue,
                        given.span.clone(),
                        "`{payload}` is used, and there is no `payload`",
                        "would be empty",
                    )
                    .with_help("add for example `payload = \"1 KiB\"`, here or to the workload"),
            );
        }
        let name = given.text(key)?;
        let endpoint = self.endpoint(given, key, name, &method, path.as_deref(), mistakes);
        Some(Step {
            endpoint,
            method,
            path: path?,
            headers,
            body,
            payload: own.unwrap_or(if takes_payload { payload } else { 0 }),
            checks: checks(given.table("expect").map(Box::as_ref)),
            captures: given.captures("capture").cloned().unwrap_or_default(),
        })
    }

    /// The same name is the same endpoint, which is called in one way only.
    fn endpoint(
        &mut self,
        given: &Section,
        key: &str,
        name: &str,
        method: &str,
        path: Option<&str>,
        mistakes: &mut Mistakes,
    ) -> usize {
        let span = given.span_of(key);
        let known = self.endpoints.iter().position(|other| other.name == name);
        let Some(index) = known else {
            self.endpoints.push(Endpoint {
                name: name.to_owned(),
            });
            self.calls.push(Call {
                method: method.to_owned(),
                path: path.unwrap_or_default().to_owned(),
                start: span.start,
                is_own: key == "name",
            });
            return self.endpoints.len() - 1;
        };
        let first = &self.calls[index];
        let differs = path.is_some_and(|path| path != first.path) || method != first.method;
        // Two endpoints of one name are a mistake of their own.
        if differs && !(first.is_own && key == "name") {
            let message = format!(
                "{} is {method} {} here and {} {} in line {}",
                quoted(name),
                quoted(path.unwrap_or_default()),
                first.method,
                quoted(&first.path),
                mistakes.line(first.start)
            );
            mistakes.push(
                mistakes
                    .mistake(
                        Code::DuplicateName,
                        span,
                        message,
                        "another call of this name",
                    )
                    .with_help(
                        "calls of one name are recorded together: give this one a name of its own",
                    ),
            );
        }
        index
    }

    fn unknown_name(
        &self,
        given: &Section,
        key: &str,
        name: &str,
        known: &BTreeSet<String>,
        mistakes: &mut Mistakes,
    ) {
        let at_hand = || {
            template::GIVEN
                .into_iter()
                .chain(known.iter().map(String::as_str))
        };
        let (message, label, help) = match self.captured.get(name) {
            Some(flow) => (
                format!("`{key}` uses `{{{name}}}` before any step has captured it"),
                "not known yet",
                format!(
                    "capture it in an earlier step of this flow, or give the flow {} that captures it `once = true`",
                    quoted(flow)
                ),
            ),
            None => (
                format!("`{key}` uses `{{{name}}}`, which nothing captures"),
                "an unknown placeholder",
                match did_you_mean(name, at_hand()) {
                    Some(meant) => format!("did you mean `{{{meant}}}`?"),
                    None => format!(
                        "known here: {}; write `{{{{` for a brace",
                        at_hand()
                            .map(|name| format!("`{{{name}}}`"))
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                },
            ),
        };
        mistakes.push(
            mistakes
                .mistake(Code::InvalidValue, given.span_of(key), message, label)
                .with_help(help),
        );
    }
}

fn checks(expect: Option<&Section>) -> Vec<Check> {
    let Some(expect) = expect else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    checks.extend(expect.statuses("status").cloned().map(Check::Status));
    checks.extend(expect.text("body").cloned().map(Check::BodyContains));
    let values = expect.json("json").into_iter().flatten();
    checks.extend(values.map(|(pointer, value)| Check::Json {
        pointer: pointer.clone(),
        value: Some(value.clone()),
    }));
    let present = expect.names("json-has").into_iter().flatten();
    checks.extend(present.map(|pointer| Check::Json {
        pointer: pointer.clone(),
        value: None,
    }));
    checks
}

/// A window over calls that there are not.
pub(super) fn no_endpoint(
    given: &Section,
    name: &str,
    endpoints: &[Endpoint],
    mistakes: &mut Mistakes,
) {
    let names = || endpoints.iter().map(|endpoint| endpoint.name.as_str());
    let help = match did_you_mean(name, names()) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!(
            "the endpoints are {}; without `endpoint` the window is over all calls",
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                given.span_of("endpoint"),
                format!("the workload has no endpoint {}", quoted(name)),
                "no such endpoint",
            )
            .with_help(help),
    );
}
