//! `[[workload]]`: what reaches the scenario, what presets fill in, and what is refused.

use super::{brief, mistakes, parse, rendered};
use crate::budget::Source;
use crate::budget::keys;
use crate::budget::presets::PRESETS;
use crate::workload::Workload;
use crate::workload::scenario::{
    Arrivals, Capture, CaptureFrom, Check, Closed, Model, Open, Preset, RateStage, Target,
    UserStage,
};
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const URL: &str = "target = { url = \"http://127.0.0.1:8080\" }\n";
const HOME: &str = "[[workload.endpoint]]\nname = \"home\"\npath = \"/\"\n";

fn text(lines: &str) -> String {
    format!("version = 1\n[[workload]]\nname = \"api\"\n{lines}")
}

fn workload(lines: &str) -> Arc<Workload> {
    let text = text(lines);
    let budgets = parse(&text).unwrap_or_else(|found| {
        panic!(
            "{text}\n{}",
            crate::diagnostic::render_all(&found, crate::diagnostic::Style::Plain)
        )
    });
    match &budgets.suite("api").unwrap().source {
        Source::Workload(workload) => Arc::clone(workload),
        other => panic!("{other:?}"),
    }
}

/// With a target and an endpoint.
fn driven(lines: &str) -> Arc<Workload> {
    workload(&format!("{URL}{lines}\n{HOME}"))
}

fn preset(lines: &str) -> Arc<Workload> {
    let post = "[[workload.endpoint]]\nname = \"send\"\nmethod = \"POST\"\npath = \"/\"\n";
    workload(&format!("{URL}{lines}\n{post}"))
}

#[test]
fn every_key_reaches_the_scenario() {
    let budgets = parse(super::FULL).unwrap();
    let suite = budgets.suite("api").unwrap();
    assert_eq!(suite.invocations, Some(3));
    assert_eq!(suite.source.tool(), "workload");
    let Source::Workload(api) = &suite.source else {
        panic!("{suite:?}")
    };
    insta::assert_debug_snapshot!(api);
    let suite = budgets.suite("arrivals").unwrap();
    assert_eq!(suite.invocations, Some(5));
    let Source::Workload(arrivals) = &suite.source else {
        panic!("{suite:?}")
    };
    let origin = "https://example.com:8443".to_owned();
    assert_eq!(arrivals.target, Target::Running { origin });
    let stage = |rate: f64, seconds: u32| RateStage {
        rate,
        over: SECOND * seconds,
    };
    assert_eq!(
        arrivals.model,
        Model::Open(Open {
            arrivals: Arrivals::Poisson,
            start: 10.0,
            stages: vec![stage(20.0, 5), stage(0.0, 1)],
            max_in_flight: 50,
        })
    );
    assert_eq!(arrivals.window(), SECOND * 6);
}

#[test]
fn what_is_not_given_has_the_documented_default() {
    let plain = driven("users = 3\nduration = \"10 s\"");
    let mut lines = String::from("users = 3\nduration = \"10 s\"\n");
    for key in keys::WORKLOAD {
        if let keys::Absent::Value(value) = key.default
            && !["arrivals", "max-in-flight"].contains(&key.name)
        {
            lines.push_str(&format!("{} = {value}\n", key.name));
        }
    }
    assert_eq!(driven(&lines), plain);
    assert_eq!(
        plain.model,
        Model::Closed(Closed {
            start: 3,
            stages: vec![UserStage {
                users: 3,
                over: SECOND * 10
            }],
            calls_per_user: None,
            delay: Duration::ZERO,
        })
    );
    assert_eq!(plain.warm_up, Duration::ZERO);
    let open = |more: &str| {
        driven(&format!(
            "model = \"open\"\nrate = \"5/s\"\nduration = \"1 s\"\n{more}"
        ))
    };
    assert_eq!(
        open(""),
        open("arrivals = \"constant\"\nmax-in-flight = 1_000")
    );
    let started = |more: &str| {
        workload(&format!(
            "users = 1\nduration = \"1 s\"\ntarget = {{ command = [\"s\"], environment = {{ PORT = \"{{port}}\" }}, ready = \"http://[::1]:{{port}}/\"{more} }}\n{HOME}"
        ))
    };
    assert_eq!(
        started(""),
        started(", ready-within = \"30 s\", stop-within = \"5 s\"")
    );
}

#[test]
fn presets_fill_in_what_is_not_given_and_nothing_else() {
    assert_eq!(
        preset("preset = \"smoke\""),
        preset("preset = \"light-load\"")
    );
    let light = preset("preset = \"light-load\"");
    assert_eq!(
        light.model,
        Model::Closed(Closed {
            start: 10,
            stages: vec![UserStage {
                users: 10,
                over: SECOND * 10
            }],
            calls_per_user: None,
            delay: Duration::from_millis(100),
        })
    );
    let given = preset("preset = \"light-load\"\nusers = 4\ndelay = \"0 s\"\nduration = \"5 s\"");
    assert_eq!(given.duration(), SECOND * 5);
    assert_eq!(given.warm_up, SECOND / 2, "shorter in proportion");
    let Model::Closed(closed) = &given.model else {
        panic!()
    };
    assert_eq!((closed.start, closed.delay), (4, Duration::ZERO));
    let longer = preset("preset = \"light-load\"\nduration = \"60 s\"");
    assert_eq!(longer.warm_up, SECOND, "and never longer");
    let slow = preset("preset = \"slow-network\"\nnetwork = { delay = \"10 ms\" }");
    assert_eq!(slow.network.delay, Duration::from_millis(10));
    assert_eq!(slow.network.bandwidth, Some(100_000));
    assert_eq!(
        preset("preset = \"memory-pressure\"").flows[0].steps[0].payload,
        1 << 20
    );
}

#[test]
fn stages_of_presets_keep_their_shape() {
    let storm = preset("preset = \"spike\"\nusers = 30\nduration = \"10 s\"");
    let Model::Closed(closed) = &storm.model else {
        panic!()
    };
    let stages: Vec<(u32, u128)> = (closed.stages.iter())
        .map(|stage| (stage.users, stage.over.as_millis()))
        .collect();
    assert_eq!(closed.start, 3);
    assert_eq!(
        stages,
        [(3, 2_500), (30, 500), (30, 4_000), (3, 500), (3, 2_500)]
    );
    let stress = preset("preset = \"breakpoint\"\nrate = \"100/s\"\nduration = \"333 ms\"");
    let Model::Open(open) = &stress.model else {
        panic!()
    };
    assert_eq!(stress.preset, Some(Preset::ApiStress));
    assert_eq!((open.start, open.stages[0].rate), (0.0, 20.0));
    assert_eq!(
        stress.duration(),
        Duration::from_millis(333),
        "to the millisecond"
    );
    // One user is the least that there can be.
    let alone = preset("preset = \"login-storm\"\nusers = 1");
    let Model::Closed(closed) = &alone.model else {
        panic!()
    };
    assert_eq!(closed.start, 1);
}

#[test]
fn own_stages_replace_all_that_a_preset_says_of_how_much_and_how_long() {
    let own = preset("preset = \"bulk-operations\"\nstages = [{ users = 2, over = \"3 s\" }]");
    let Model::Closed(closed) = &own.model else {
        panic!()
    };
    assert_eq!((closed.start, closed.calls_per_user), (0, None));
    assert_eq!(own.duration(), SECOND * 3);
    let other = preset("preset = \"light-load\"\nmodel = \"open\"\nrate = \"7/s\"");
    assert_eq!(other.duration(), SECOND * 10);
    assert_eq!(other.model.name(), "open");
}

/// Users and names as the issue has them, enough calls for a p95 each, and the table of the reference.
#[test]
fn presets_are_what_the_reference_says() {
    const REFERENCE: &str = include_str!("../../../docs/budgets.md");
    let mut names = Vec::new();
    for filling in PRESETS {
        names.extend_from_slice(filling.names);
        let made = preset(&format!("preset = \"{}\"", filling.names[0]));
        assert_eq!(made.preset, Some(filling.preset));
        assert_eq!(made.duration(), filling.duration);
        assert_eq!(made.warm_up, filling.warm_up);
        let of = crate::workload::calls::Of::All;
        let most = crate::workload::calls::most(&made, of, None);
        assert!(most.is_none_or(|most| most >= 400.0), "{filling:?}");
        let row = super::super::presets::row(filling);
        assert!(REFERENCE.contains(&row), "docs/budgets.md: expected\n{row}");
    }
    assert_eq!(names, keys::PRESETS);
}

#[test]
fn values_that_a_login_gives_are_there_for_all_the_rest() {
    let made = workload(&format!(
        "{URL}users = 1\nduration = \"1 s\"\n\
         [[workload.endpoint]]\nname = \"list\"\npath = \"/items?by={{user}}\"\nheaders = {{ authorization = \"Bearer {{token}}\" }}\n\
         [[workload.flow]]\nname = \"enter\"\nonce = true\nsteps = [{{ endpoint = \"login\", path = \"/login\", capture = {{ token = \"json:/token\" }} }}]\n\
         [[workload.flow]]\nname = \"again\"\nsteps = [{{ endpoint = \"list\", path = \"/items?by={{user}}\" }}]\n"
    ));
    let names: Vec<&str> = made.endpoints.iter().map(|one| &*one.name).collect();
    // Flows of the beginning are read first; the flows themselves stand as in the file.
    assert_eq!(names, ["login", "list"]);
    let flows: Vec<&str> = made.flows.iter().map(|flow| &*flow.name).collect();
    assert_eq!(flows, ["list", "enter", "again"]);
    assert_eq!(
        made.flows[2].steps[0].endpoint,
        made.flows[0].steps[0].endpoint
    );
    assert_eq!(
        made.flows[1].steps[0].captures,
        [Capture {
            name: "token".to_owned(),
            from: CaptureFrom::Json("/token".to_owned()),
        }]
    );
    assert!(made.flows[1].once && made.flows[0].steps[0].checks.is_empty());
}

#[test]
fn payloads_go_where_there_is_a_place_for_them() {
    let made = workload(&format!(
        "{URL}users = 1\nduration = \"1 s\"\npayload = \"1 KiB\"\nendpoint = [\n\
         {{ name = \"get\", path = \"/\" }},\n\
         {{ name = \"post\", method = \"POST\", path = \"/\" }},\n\
         {{ name = \"fixed\", method = \"POST\", path = \"/\", body = \"x\" }},\n\
         {{ name = \"filled\", method = \"POST\", path = \"/\", body = \"[{{payload}}]\", payload = \"2 KiB\" }},\n\
         {{ name = \"own\", path = \"/\", payload = \"5 B\", expect = {{ status = 404 }} }},\n\
         ]\n"
    ));
    let payloads: Vec<u64> = made
        .flows
        .iter()
        .map(|flow| flow.steps[0].payload)
        .collect();
    assert_eq!(payloads, [0, 1024, 0, 2048, 5]);
    assert_eq!(made.flows[4].steps[0].checks, [Check::Status(vec![404])]);
}

#[test]
fn mistakes_in_workloads_are_shown_at_once() {
    insta::assert_snapshot!(rendered(
        r#"version = 1

[[suite]]
name = "api"
tool = "workload"

[[workload]]
name = "api"
preset = "soke"
target = { command = ["server"], url = "http://127.0.0.1:80/", ready = "http://127.0.0.1:8080/" }
users = 100_001
durration = "3 s"
safety = { memory = "1 KiB", eror-rate = "5%" }

[[workload]]
name = "open"
model = "open"
target = { command = ["server"], ready = "http://127.0.0.1:{port}/" }
users = 50
duration = "10 s"
warm-up = "10 s"

[[workload.endpoint]]
name = "all"
path = "items"

[[workload.endpoint]]
name = "list"
method = "get"
path = "/items/{id}"
headers = { "x y" = "1" }
body = "{tokn}"
payload = "1 KiB"
expect = { status = 99, json = { "a.b" = [1] } }

[[workload.endpoint]]
name = "list"
path = "/other"

[[workload.flow]]
name = "session"
weight = 2
once = true
steps = [
  { endpoint = "read", path = "/items/{id}", capture = { token = "json:/token", user = "etag" } },
  { endpoint = "create", method = "POST", path = "/items", capture = { id = "json:id" } },
]

[[workload.window]]
endpoint = "lst"
metric = "99"
length = "1.5 s"

[[workload]]
name = "empty"
target = {}
users = 1
rate = "1/s"
stages = [{ users = 0, over = "1 s" }, { rate = "3/s" }]
calls-per-user = 3
"#
    ));
}

#[test]
fn addresses_that_are_none_are_refused() {
    let target = |target: &str| {
        brief(&text(&format!(
            "users = 1\nduration = \"1 s\"\ntarget = {{ {target} }}\n{HOME}"
        )))
    };
    let url = |url: &str| target(&format!("url = {url:?}"));
    let ready = |url: &str| target(&format!("command = [\"s\", \"{{port}}\"], ready = {url:?}"));
    let found = [
        url(""),
        url("127.0.0.1:80"),
        url("ftp://h"),
        url("http://"),
        url("http://:80"),
        url("http://h:"),
        url("http://h:0"),
        url("http://h:65536"),
        url("http://h:+80"),
        url("http://h:80:80"),
        url("http://user:secret@h"),
        url("http://h/path"),
        url("http://h?x"),
        url("http://h\\x"),
        url("http://h h"),
        url("http://größe"),
        url("http://[::1"),
        url("http://[::g]:1"),
        url("http://h:{port}"),
        ready("http://127.0.0.1/"),
        ready("http://127.0.0.1:8080/"),
        ready("http://{port}:1/"),
        ready("http://h:{port}x"),
        ready("http://h:{port}/ x"),
        ready("http://h:{port}/{port}"),
        ready("{port}"),
        target("command = \"s {port}\", ready = \"http://h:{port}\""),
        target("command = [], ready = \"http://h:{port}\""),
        target("command = [\"s\"], ready = \"http://h:{port}\""),
        target("command = [\"s{port}\"]"),
        target("url = \"http://h\", ready = \"http://h:{port}\", stop-within = \"1 s\""),
        target(""),
    ];
    insta::assert_snapshot!(found.join("\n"));
    for good in [
        "http://localhost",
        "https://a-b.example:443",
        "http://[::1]:8080",
        "http://10.0.0.1",
    ] {
        let running = workload(&format!(
            "users = 1\nduration = \"1 s\"\ntarget = {{ url = {good:?} }}\n{HOME}"
        ));
        assert_eq!(
            running.target,
            Target::Running {
                origin: good.to_owned()
            }
        );
    }
}

#[test]
fn calls_that_cannot_be_made_are_refused() {
    let call = |keys: &str| {
        let keys = if keys.contains("path") {
            keys.to_owned()
        } else {
            format!("path = \"/\", {keys}")
        };
        brief(&text(&format!(
            "{URL}users = 1\nduration = \"1 s\"\nendpoint = [{{ name = \"e\", {keys} }}]\n"
        )))
    };
    let found = [
        call("path = \"\""),
        call("path = \"//h/x\""),
        call("path = \"/a b\""),
        call("path = \"/ä\""),
        call("path = \"/x#y\""),
        call("path = \"/x{\""),
        call("path = \"/{{id}\""),
        call("path = \"/\\r\\nHost: x\""),
        call(&format!("path = \"/{}\"", "x".repeat(8_200))),
        call("method = \"\""),
        call("method = \"Post\""),
        call("method = \"GET /\""),
        call("method = \"CONNECT\""),
        call("headers = { \"\" = \"x\" }"),
        call("headers = { Content-Length = \"3\" }"),
        call("headers = { a = \"x\", A = \"y\" }"),
        call("headers = { a = \"x\\r\\nb: y\" }"),
        call("headers = { a = \" x\" }"),
        call("headers = { a = 1 }"),
        call("headers = []"),
        call("body = \"\""),
        call("body = \"{payload}\""),
        call("expect = { status = 600 }"),
        call("expect = { status = [] }"),
        call("expect = { status = \"200\" }"),
        call("expect = { json = { \"a\" = 1 } }"),
        call("expect = { json = { \"/a~2\" = 1 } }"),
        call("expect = { json = { \"/a\" = nan } }"),
        call("expect = { json = { \"/a\" = [1] } }"),
        call("expect = { json-has = [] }"),
        call("expect = { json-has = [\"/a~\"] }"),
        call("capture = { \"a b\" = \"json:/x\" }"),
        call("capture = { random = \"json:/x\" }"),
        call("capture = { a = \"/x\" }"),
        call("capture = { a = \"json:x\" }"),
        call("capture = { a = \"header:\" }"),
        call("capture = { a = \"header:a b\" }"),
        call("weight = 0"),
        call("payload = \"65 MiB\""),
        call("payload = \"1 s\""),
        call("payload = 5"),
    ];
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn loads_that_cannot_be_driven_are_refused() {
    let load = |lines: &str| brief(&text(&format!("{URL}{lines}\n{HOME}")));
    let lasting = |lines: &str| load(&format!("users = 1\nduration = \"10 s\"\n{lines}"));
    let found = [
        load(""),
        load("users = 1"),
        load("duration = \"1 s\""),
        load("model = \"open\"\nduration = \"1 s\""),
        load("model = \"oben\"\nusers = 1"),
        load("users = 0\nduration = \"1 s\""),
        load("users = 1\nduration = \"99 ms\""),
        load("users = 1\nduration = \"25 h\""),
        load("model = \"open\"\nrate = \"0/s\"\nduration = \"1 s\""),
        load("model = \"open\"\nrate = \"1000001/s\"\nduration = \"1 s\""),
        load("model = \"open\"\nrate = \"1e999/s\"\nduration = \"1 s\""),
        load("model = \"open\"\nrate = 5\nduration = \"1 s\""),
        load("model = \"open\"\nrate = \"5/min\"\nduration = \"1 s\""),
        load("model = \"open\"\npreset = \"smoke\""),
        load("stages = []"),
        load("stages = [{ users = 1 }]"),
        load("stages = [{ over = \"1 s\" }]"),
        load("stages = [{ users = 1, over = \"0 s\" }]"),
        load("stages = [{ users = 1, over = \"20 h\" }, { users = 1, over = \"20 h\" }]"),
        load("stages = [{ users = 0, over = \"1 s\" }]"),
        load("stages = [3]"),
        load("stages = \"1 s\""),
        lasting("stages = [{ users = 1, over = \"1 s\" }]"),
        load("stages = [{ users = 1, over = \"1 s\" }]\ncalls-per-user = 1"),
        load("preset = \"spike\"\ncalls-per-user = 1"),
        load("preset = \"memory-pressure\""),
        lasting("delay = \"-1 s\""),
        lasting("calls-per-user = 0"),
        lasting("rate = \"5/s\"\nmax-in-flight = 3"),
        lasting("warm-up = \"11 s\""),
        lasting("threads = 257"),
        lasting("timeout = \"0 s\""),
        lasting("observe = \"49 ms\""),
        lasting("observe = \"61 s\""),
        lasting("body-limit = \"2 GiB\""),
        lasting("invocations = 0"),
        lasting("certificates = \"/etc/ca.pem\""),
        lasting("network = { bandwidth = \"10 B/s\" }"),
        lasting("network = { delay = \"61 s\" }"),
        lasting("safety = { error-rate = \"0%\" }"),
        lasting("safety = { error-rate = \"101%\" }"),
        lasting("safety = { error-window = \"1 ms\" }"),
        lasting("safety = { requests = -1 }"),
        lasting("safety = { requests = 99999999999999999999999 }"),
        lasting("safety = true"),
        lasting("window = [{ metric = \"p99\", length = \"11 s\" }]"),
        lasting(
            "warm-up = \"5 s\"\nwindow = [{ metric = \"p99\", length = \"4 s\", after = \"2 s\" }]",
        ),
        lasting(
            "window = [{ metric = \"p99\", length = \"1 s\" }, { metric = \"p99\", length = \"1 s\" }]",
        ),
        lasting("window = [{ metric = \"mean\", length = \"500 ms\" }]"),
    ];
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn flows_that_make_no_sense_are_refused() {
    let flows = |flows: &str| {
        brief(&text(&format!(
            "{URL}users = 1\nduration = \"1 s\"\n{flows}\n"
        )))
    };
    let found = [
        flows(""),
        flows("endpoint = []\nflow = []"),
        flows("flow = [{ name = \"f\", steps = [] }]"),
        flows(
            "flow = [{ name = \"f\", once = true, steps = [{ endpoint = \"a\", path = \"/\" }] }]",
        ),
        flows(
            "flow = [{ name = \"f\", steps = [{ endpoint = \"a\", path = \"/\" }] }, { name = \"f\", steps = [{ endpoint = \"a\", path = \"/x\" }] }]",
        ),
        flows(
            "flow = [{ name = \"f\", steps = [{ endpoint = \"a\", path = \"/{x}\" }, { endpoint = \"b\", path = \"/\", capture = { x = \"json:/x\" } }] }]",
        ),
        flows(
            "endpoint = [{ name = \"a\", path = \"/\", capture = { x = \"json:/x\" } }, { name = \"b\", path = \"/{x}\" }]",
        ),
        flows("endpoint = [{ name = \"a\", path = \"/{usr}\" }]"),
        flows("[workload.endpoint]\nname = \"a\"\npath = \"/\""),
        flows("flow = [{ name = \"f\", steps = { endpoint = \"a\", path = \"/\" } }]"),
    ];
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn percentiles_of_too_few_calls_are_refused_with_the_numbers() {
    let paced = format!(
        "{URL}users = 10\ndelay = \"100 ms\"\nduration = \"10 s\"\nwarm-up = \"1 s\"\n\
         [[workload.endpoint]]\nname = \"home\"\npath = \"/{{token}}\"\n\
         [[workload.flow]]\nname = \"enter\"\nonce = true\nsteps = [{{ endpoint = \"login\", path = \"/\", capture = {{ token = \"json:/t\" }} }}]\n"
    );
    let budget = |bench: &str, metric: &str| {
        text(&format!(
            "{paced}[[budget]]\nbench = \"{bench}\"\nmetric = \"{metric}\"\nmax = \"1 s\"\n"
        ))
    };
    for (bench, metric) in [
        ("api/home", "p95"),
        ("api/all", "service-p90"),
        ("api/home", "p50@1s"),
        ("api/*", "p95"),
        ("api/home", "p99x"),
        ("other/home", "p99.9"),
        ("api/process", "p99.9"),
    ] {
        assert!(parse(&budget(bench, metric)).is_ok(), "{bench} {metric}");
    }
    let found = [
        brief(&budget("api/home", "p99")),
        brief(&budget("api/all", "service-p99.9")),
        brief(&budget("api/login", "p50")),
        brief(&budget("api/*", "p99")),
        brief(&budget("api/home", "p90@1s")),
    ];
    insta::assert_snapshot!(found.join("\n"));
    insta::assert_snapshot!(rendered(&budget("api/home", "p99")));
}

#[test]
fn limits_have_the_units_of_the_metrics_of_workloads() {
    let budget = |bench: &str, metric: &str, max: &str| {
        text(&format!(
            "{URL}users = 10\nduration = \"10 s\"\n{HOME}[[budget]]\nbench = \"{bench}\"\nmetric = \"{metric}\"\nmax = {max}\n"
        ))
    };
    for (metric, max) in [
        ("p95", "\"1 ms\""),
        ("service-p99.9", "\"1 ms\""),
        ("p99@3s", "\"1 ms\""),
        ("mean", "\"1 ms\""),
        ("service-max", "\"1 ms\""),
        ("cold-start", "\"3 s\""),
        ("error-rate", "\"1%\""),
        ("throughput", "\"10/s\""),
        ("leak", "\"1 MiB/min\""),
        ("requests", "3"),
        ("threads", "3"),
        ("fds", "3"),
        ("peak-rss", "\"1 MiB\""),
    ] {
        assert!(parse(&budget("api/*", metric, max)).is_ok(), "{metric}");
        let found = mistakes(&budget("api/*", metric, "\"1 GB/s\""));
        assert_eq!(found.len(), 1, "{metric}");
        assert!(found[0].message.contains(metric), "{}", found[0].message);
    }
    // Names that are the user's own elsewhere.
    for metric in ["requests", "threads", "max", "mean"] {
        assert!(
            parse(&budget("tool/run", metric, "\"1/s\"")).is_ok(),
            "{metric}"
        );
    }
}
