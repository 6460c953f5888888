//! Checks of answers, and values that go from one call to the next.

use crate::driver::{call, calls, on_a_thread, step, subject, workload};
use crate::server::{Scripted, request};
use serde_json::json;
use std::io::Write;
use tollgate::load::Subject;
use tollgate::workload::Outcome;
use tollgate::workload::record::Class;
use tollgate::workload::scenario::{Capture, CaptureFrom, Check};

/// A server that answers with this status and body.
fn server(status: u16, body: &'static str) -> Scripted {
    Scripted::start(move |mut stream, _| {
        while request(&mut stream).is_some() {
            // In two pieces, as the body comes in two packets.
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nx-id: a b\r\n\r\n"
            )
            .expect("written");
            let (first, second) = body.as_bytes().split_at(length / 2);
            stream.write_all(first).expect("written");
            stream.flush().expect("flushed");
            stream.write_all(second).expect("written");
        }
    })
}

fn json_at(pointer: &str, value: Option<serde_json::Value>) -> Check {
    Check::Json {
        pointer: pointer.to_owned(),
        value,
    }
}

fn outcome(status: u16, body: &'static str, checks: Vec<Check>) -> (Outcome, Option<u32>) {
    let server = server(status, body);
    let mut step = step("/");
    step.checks = checks;
    let reply = calls(&subject(workload(vec![step]), &server.origin()), 1)[0];
    (reply.outcome, reply.failed_check)
}

#[test]
fn a_status_that_is_named_is_right_and_no_other() {
    let named = || vec![Check::Status(vec![404, 410])];
    assert_eq!(outcome(404, "", named()), (Outcome::Ok, None));
    assert_eq!(outcome(200, "", named()), (Outcome::Status, Some(0)));
    assert_eq!(outcome(500, "", vec![]), (Outcome::Status, None));
}

#[test]
fn a_body_must_hold_the_text() {
    let holds = |text: &str| vec![Check::BodyContains(text.to_owned())];
    assert_eq!(
        outcome(200, "hello world", holds("lo wo")),
        (Outcome::Ok, None)
    );
    assert_eq!(
        outcome(200, "hello", holds("world")),
        (Outcome::Check, Some(0))
    );
    assert_eq!(outcome(200, "", holds("x")), (Outcome::Check, Some(0)));
    assert_eq!(outcome(200, "", holds("")), (Outcome::Ok, None));
}

#[test]
fn a_json_body_must_have_the_value_at_the_pointer() {
    const BODY: &str =
        r#"{"status": "up", "n": 1, "f": 2.5, "list": [{"id": 7}], "a/b": true, "none": null}"#;
    for (pointer, value, good) in [
        ("/status", Some(json!("up")), true),
        ("/status", Some(json!("down")), false),
        ("/n", Some(json!(1)), true),
        ("/n", Some(json!(1.0)), true),
        ("/n", Some(json!("1")), false),
        ("/f", Some(json!(2.5)), true),
        ("/list/0/id", Some(json!(7)), true),
        ("/list/1/id", None, false),
        ("/a~1b", Some(json!(true)), true),
        ("/none", None, false),
        ("/none", Some(json!(null)), true),
        ("/missing", None, false),
        ("/status", None, true),
    ] {
        let expected = if good {
            (Outcome::Ok, None)
        } else {
            (Outcome::Check, Some(0))
        };
        let name = format!("{pointer} {value:?}");
        assert_eq!(
            outcome(200, BODY, vec![json_at(pointer, value)]),
            expected,
            "{name}"
        );
    }
}

#[test]
fn large_whole_numbers_are_compared_exactly() {
    let check = |value| vec![json_at("/n", Some(value))];
    let body = r#"{"n": 9007199254740993}"#;
    let good = outcome(200, body, check(json!(9_007_199_254_740_993_u64)));
    assert_eq!(good, (Outcome::Ok, None));
    let near = outcome(200, body, check(json!(9_007_199_254_740_992_u64)));
    assert_eq!(near, (Outcome::Check, Some(0)));
}

#[test]
fn what_is_no_json_fails_the_check_and_nothing_else() {
    const DEEP: &str = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
    for body in ["", "hello", r#"{"a": "#, DEEP, "\u{0}"] {
        let result = outcome(200, body, vec![json_at("/a", None)]);
        assert_eq!(result, (Outcome::Check, Some(0)), "{body}");
    }
}

#[test]
fn the_check_that_failed_is_told_by_its_place_and_a_wrong_status_first() {
    let checks = || {
        vec![
            Check::BodyContains("e".to_owned()),
            json_at("/x", None),
            Check::Status(vec![200]),
        ]
    };
    assert_eq!(outcome(200, "e", checks()), (Outcome::Check, Some(1)));
    assert_eq!(outcome(500, "e", checks()), (Outcome::Status, Some(2)));
}

fn capture(name: &str, from: CaptureFrom) -> Capture {
    Capture {
        name: name.to_owned(),
        from,
    }
}

#[test]
fn captured_values_go_into_path_headers_and_body_of_later_calls() {
    let (seen, requests) = std::sync::mpsc::channel();
    let server = Scripted::start(move |mut stream, _| {
        while let Some(request) = request(&mut stream) {
            seen.send(request).expect("somebody looks");
            let body = r#"{"token": "t/\"1", "id": 42, "list": []}"#;
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\netag: \"v 1\"\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .expect("written");
        }
    });
    let mut login = step("/login");
    login.captures = vec![
        capture("token", CaptureFrom::Json("/token".to_owned())),
        capture("id", CaptureFrom::Json("/id".to_owned())),
        capture("tag", CaptureFrom::Header("ETag".to_owned())),
    ];
    let mut next = step("/items/{id}/{token}");
    next.method = "POST".to_owned();
    next.headers = vec![
        ("If-Match".to_owned(), "{tag}".to_owned()),
        ("host".to_owned(), "example.com".to_owned()),
    ];
    next.body = Some("{token}".to_owned());
    let subject = subject(workload(vec![login, next]), &server.origin());
    on_a_thread(async {
        let mut user = subject.user(0);
        let early = subject.call(&mut user, call(1, 0)).await;
        assert_eq!(early.outcome, Outcome::NotMade);
        assert_eq!(early.class, Class::None);
        for number in 0..2 {
            assert_eq!(
                subject.call(&mut user, call(number, 0)).await.outcome,
                Outcome::Ok
            );
        }
        let mut other = subject.user(1);
        let strange = subject.call(&mut other, call(1, 0)).await;
        assert_eq!(
            strange.outcome,
            Outcome::NotMade,
            "values belong to their user"
        );
    });
    assert!(
        requests
            .recv()
            .expect("a login")
            .starts_with("GET /login HTTP/1.1\r\n")
    );
    let request = requests.recv().expect("a second call").to_lowercase();
    assert!(
        request.starts_with("post /items/42/t%2f%221 http/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\nif-match: \"v 1\"\r\n"), "{request}");
    assert!(request.contains("\r\nhost: example.com\r\n"), "{request}");
    assert_eq!(request.matches("\r\nhost: ").count(), 1, "{request}");
    assert!(request.ends_with("\r\n\r\nt/\"1"), "{request}");
}

#[test]
fn a_value_that_is_not_there_fails_the_call_and_the_next_is_not_made() {
    for body in [r#"{"token": null}"#, r#"{"token": []}"#, "{}", "no JSON"] {
        let server = server(200, body);
        let mut login = step("/");
        login.captures = vec![capture("token", CaptureFrom::Json("/token".to_owned()))];
        let subject = subject(workload(vec![login, step("/{token}")]), &server.origin());
        on_a_thread(async {
            let mut user = subject.user(0);
            let login = subject.call(&mut user, call(0, 0)).await;
            assert_eq!(
                (login.outcome, login.class),
                (Outcome::Check, Class::Success)
            );
            let next = subject.call(&mut user, call(1, 0)).await;
            assert_eq!(next.outcome, Outcome::NotMade, "{body}");
        });
    }
}

#[test]
fn a_value_that_fits_no_header_is_not_sent() {
    let server = server(200, r#"{"token": "a\r\nx-evil: 1"}"#);
    let mut login = step("/");
    login.captures = vec![capture("token", CaptureFrom::Json("/token".to_owned()))];
    let mut next = step("/");
    next.headers = vec![("authorization".to_owned(), "Bearer {token}".to_owned())];
    let subject = subject(workload(vec![login, next]), &server.origin());
    on_a_thread(async {
        let mut user = subject.user(0);
        assert_eq!(
            subject.call(&mut user, call(0, 0)).await.outcome,
            Outcome::Ok
        );
        assert_eq!(
            subject.call(&mut user, call(1, 0)).await.outcome,
            Outcome::NotMade
        );
    });
}
