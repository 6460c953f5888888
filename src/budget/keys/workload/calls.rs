//! What a workload calls, and the windows over it.

use super::super::Absent::{Required, Value, Words};
use super::super::{DAY_MS, Key, Kind};
use super::PAYLOAD;

const WEIGHT: Key = Key {
    name: "weight",
    kind: Kind::Whole {
        least: 1,
        most: 1_000_000,
        why: None,
    },
    about: "How often it is done, relative to the others.",
    example: "4",
    default: Value("1"),
};
const METHOD: Key = Key {
    name: "method",
    kind: Kind::Method,
    about: "Method of the request, in capitals.",
    example: "\"POST\"",
    default: Value("\"GET\""),
};
const PATH: Key = Key {
    name: "path",
    kind: Kind::UrlPath,
    about: "Path and query; may hold placeholders.",
    example: "\"/items?page=1\"",
    default: Required,
};
const HEADERS: Key = Key {
    name: "headers",
    kind: Kind::Headers,
    about: "Headers of the request; values may hold placeholders.",
    example: "{ accept = \"application/json\" }",
    default: Words("none but those that HTTP needs"),
};
const BODY: Key = Key {
    name: "body",
    kind: Kind::Body,
    about: "Body of the request; may hold placeholders.",
    example: "'{\"user\": \"{user}\"}'",
    default: Words("empty, or `payload` bytes"),
};
const PAYLOAD_OF_STEP: Key = Key {
    name: "payload",
    kind: PAYLOAD,
    about: "Bytes of `{payload}`, or of the body where there is no `body`.",
    example: "\"1 KiB\"",
    default: Words("that of the workload"),
};
const EXPECTED: Key = Key {
    name: "expect",
    kind: Kind::Expect,
    about: "What the answer must be; one that is not has failed.",
    example: "{ status = 200, json = { \"/status\" = \"up\" } }",
    default: Words("a status below 400"),
};
const CAPTURE: Key = Key {
    name: "capture",
    kind: Kind::Captures,
    about: "Values of the answer that later steps use as `{name}`: `json:` and a JSON pointer, or `header:` and a name.",
    example: "{ token = \"json:/token\", etag = \"header:etag\" }",
    default: Words("nothing is kept"),
};

/// `[[workload.endpoint]]`.
pub(in crate::budget) const ENDPOINT: &[Key] = &[
    Key {
        name: "name",
        kind: Kind::EndpointName,
        about: "Last part of the benchmark's id, `<workload>/<endpoint>`; unique.",
        example: "\"health\"",
        default: Required,
    },
    METHOD,
    PATH,
    WEIGHT,
    HEADERS,
    BODY,
    PAYLOAD_OF_STEP,
    EXPECTED,
    CAPTURE,
];

/// `[[workload.flow]]`.
pub(in crate::budget) const FLOW: &[Key] = &[
    Key {
        name: "name",
        kind: Kind::Text,
        about: "Last part of the benchmark's id, `<workload>/flow/<flow>`, which a flow of more than one step has; unique.",
        example: "\"session\"",
        default: Required,
    },
    WEIGHT,
    Key {
        name: "once",
        kind: Kind::Flag,
        about: "Done by every user once, before anything else: a login.",
        example: "true",
        default: Value("false"),
    },
    Key {
        name: "steps",
        kind: Kind::Tables {
            title: "`steps`",
            keys: STEP,
        },
        about: "The calls, in their order; a failed one ends the flow.",
        example: "[{ endpoint = \"create\", method = \"POST\", path = \"/items\", capture = { id = \"json:/id\" } }, { endpoint = \"read\", path = \"/items/{id}\" }]",
        default: Required,
    },
];

/// One of `steps`.
pub(in crate::budget) const STEP: &[Key] = &[
    Key {
        name: "endpoint",
        kind: Kind::EndpointName,
        about: "Name under which its calls are recorded; one name for one method and path.",
        example: "\"login\"",
        default: Required,
    },
    METHOD,
    PATH,
    HEADERS,
    BODY,
    PAYLOAD_OF_STEP,
    EXPECTED,
    CAPTURE,
];

/// `expect`.
pub(in crate::budget) const EXPECT: &[Key] = &[
    Key {
        name: "status",
        kind: Kind::Statuses,
        about: "The status, or a list of those that are fine.",
        example: "[200, 204]",
        default: Words("any below 400"),
    },
    Key {
        name: "body",
        kind: Kind::Body,
        about: "Text that the body must hold.",
        example: "\"ok\"",
        default: Words("not looked at"),
    },
    Key {
        name: "json",
        kind: Kind::JsonValues,
        about: "JSON pointers and the text, number or boolean that each must lead to.",
        example: "{ \"/status\" = \"up\" }",
        default: Words("not looked at"),
    },
    Key {
        name: "json-has",
        kind: Kind::Pointers,
        about: "JSON pointers that must lead to something other than null.",
        example: "[\"/token\"]",
        default: Words("not looked at"),
    },
];

/// `[[workload.window]]`.
pub(in crate::budget) const WINDOW: &[Key] = &[
    Key {
        name: "endpoint",
        kind: Kind::Text,
        about: "Whose calls.",
        example: "\"health\"",
        default: Words("all calls"),
    },
    Key {
        name: "metric",
        kind: Kind::Percentile,
        about: "Which percentile of the response time.",
        example: "\"p99\"",
        default: Required,
    },
    Key {
        name: "length",
        kind: Kind::Seconds { least: 1 },
        about: "Length of the window, whole seconds; the metric is called like `p99@30s`.",
        example: "\"1 s\"",
        default: Required,
    },
    Key {
        name: "after",
        kind: Kind::Time {
            least_ms: 0,
            most_ms: DAY_MS,
        },
        about: "Windows that begin earlier than this after the warm-up do not count.",
        example: "\"10 s\"",
        default: Value("\"0 s\""),
    },
    Key {
        name: "abort-above",
        kind: Kind::Time {
            least_ms: 0,
            most_ms: DAY_MS,
        },
        about: "The run ends as soon as a window is above this.",
        example: "\"200 ms\"",
        default: Words("the run goes on"),
    },
];
