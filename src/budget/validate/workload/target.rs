//! What is driven: a program, or something that runs already.

use crate::budget::mistakes::Mistakes;
use crate::budget::raw::Section;
use crate::budget::value::PORT;
use crate::diagnostic::Code;
use crate::workload::scenario::{Target, TargetProcess};
use std::time::Duration;

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Keys that only a program has.
const OF_PROCESS: [&str; 5] = [
    "ready",
    "environment",
    "directory",
    "ready-within",
    "stop-within",
];

pub(super) fn target(section: &Section, mistakes: &mut Mistakes) -> Option<Target> {
    let target = section.table("target")?;
    match (target.has("command"), target.has("url")) {
        (true, true) => {
            let message = "`target` has a `command` and a `url`, and can be one of them only";
            mistakes.push(
                mistakes
                    .mistake(Code::InvalidValue, target.span_of("url"), message, "one too many")
                    .with_help("remove `url` to have each run start the program, or `command` to drive what runs already"),
            );
            None
        }
        (false, false) => {
            let message = "`target` has neither a `command` nor a `url`";
            mistakes.push(
                mistakes
                    .mistake(Code::MissingKey, target.span.clone(), message, "says not what is driven")
                    .with_help("write for example `target = { command = [\"server\", \"--port\", \"{port}\"], ready = \"http://127.0.0.1:{port}/health\" }`, or `target = { url = \"http://127.0.0.1:8080\" }`"),
            );
            None
        }
        (true, false) => process(target, mistakes).map(Target::Start),
        (false, true) => {
            for key in OF_PROCESS.iter().filter(|key| target.has(key)) {
                let message = format!(
                    "`{key}` belongs to a target that is started, and this one runs already"
                );
                mistakes.push(
                    mistakes
                        .mistake(
                            Code::UnknownKey,
                            target.span_of(key),
                            message,
                            "has no meaning beside `url`",
                        )
                        .with_help(format!(
                            "remove `{key}`, or give a `command` in place of `url`"
                        )),
                );
            }
            let origin = target.text("url")?.clone();
            Some(Target::Running { origin })
        }
    }
}

fn process(target: &Section, mistakes: &mut Mistakes) -> Option<TargetProcess> {
    if !target.has("ready") {
        mistakes.push(
            mistakes
                .mistake(
                    Code::MissingKey,
                    target.span.clone(),
                    "a target that is started needs `ready`",
                    "`ready` is missing",
                )
                .with_note("calls begin once this address answers with a status below 400")
                .with_help("add for example `ready = \"http://127.0.0.1:{port}/health\"`"),
        );
    }
    let argv = target.argv("command")?.clone();
    let environment = target.pairs("environment").cloned().unwrap_or_default();
    let is_told = argv
        .iter()
        .chain(environment.iter().map(|(_, value)| value))
        .any(|text| text.contains(PORT));
    let is_sound = target.pairs("environment").is_some() || !target.has("environment");
    if !is_told && is_sound {
        let message = format!(
            "the program is not told on which port to listen: `{PORT}` stands neither in `command` nor in `environment`"
        );
        mistakes.push(
            mistakes
                .mistake(Code::InvalidValue, target.span_of("command"), message, format!("without `{PORT}`"))
                .with_note("every run has a free port of its own, so that two runs cannot meet")
                .with_help("add it for example as an argument, `\"--port\", \"{port}\"`, or as `environment = { PORT = \"{port}\" }`"),
        );
    }
    Some(TargetProcess {
        argv,
        environment,
        directory: target.text("directory").cloned(),
        ready: target.text("ready")?.clone(),
        ready_within: target.time("ready-within").copied().unwrap_or(READY_WITHIN),
        stop_within: target.time("stop-within").copied().unwrap_or(STOP_WITHIN),
    })
}
