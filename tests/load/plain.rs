//! Servers that behave: connections, sizes, redirects.

use crate::driver::{SHORT, call, calls, on_a_thread, step, subject, workload};
use crate::server::{HELLO, Scripted, answers, request};
use crate::web::{Protocol, Web};
use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;
use tollgate::load::{Reply, Subject};
use tollgate::workload::Outcome;
use tollgate::workload::record::Class;

fn connected(replies: &[Reply]) -> Vec<bool> {
    replies
        .iter()
        .map(|reply| reply.connect.is_some())
        .collect()
}

#[test]
fn calls_of_a_user_share_a_connection() {
    let server = Scripted::start(answers(HELLO));
    let subject = subject(workload(vec![step("/")]), &server.origin());
    let replies = calls(&subject, 5);
    for reply in &replies {
        assert_eq!(reply.outcome, Outcome::Ok);
        assert_eq!(reply.class, Class::Success);
        assert_eq!((reply.bytes_sent, reply.bytes_received), (0, 5));
        assert_eq!(reply.tls, None);
        assert!(reply.first_byte.expect("an answer") <= reply.done - reply.sent);
    }
    assert_eq!(connected(&replies), [true, false, false, false, false]);
    assert_eq!(server.accepted(), 1);
    assert_eq!(subject.connections(), (0, 1));
}

#[test]
fn a_cold_client_connects_for_every_call() {
    let server = Web::start(Protocol::One);
    let mut workload = workload(vec![step("/")]);
    workload.protocol.cold = true;
    let subject = subject(workload, &server.origin());
    let replies = calls(&subject, 3);
    assert!(replies.iter().all(|reply| reply.outcome == Outcome::Ok));
    assert_eq!(connected(&replies), [true; 3]);
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_connection_that_the_server_ends_between_calls_is_no_error() {
    // With a word, without one, and by an answer that only the end delimits.
    for answer in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        // Some servers say so when nobody asked for long.
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 408 Request Timeout\r\n\r\n",
    ] {
        let server = Scripted::start(move |mut stream, _| {
            request(&mut stream);
            stream.write_all(answer).expect("written");
            stream.shutdown(Shutdown::Write).expect("shut down");
            request(&mut stream);
        });
        let subject = subject(workload(vec![step("/")]), &server.origin());
        let replies = on_a_thread(async {
            let mut user = subject.user(0);
            let mut replies = Vec::new();
            for number in 0..3 {
                replies.push(subject.call(&mut user, call(0, number)).await);
                // What the server did is there by then; on a slower machine the test is less sharp, not wrong.
                tokio::time::sleep(SHORT).await;
            }
            replies
        });
        for reply in &replies {
            assert_eq!(reply.outcome, Outcome::Ok, "{}", answer.escape_ascii());
            assert_eq!(reply.bytes_received, 2);
        }
        assert_eq!(connected(&replies), [true; 3]);
    }
}

#[test]
fn requests_say_whom_they_mean_and_carry_their_body() {
    for protocol in [Protocol::One, Protocol::Two] {
        let server = Web::start(protocol);
        let mut post = step("/a/b?c={random}");
        post.method = "POST".to_owned();
        post.body = Some("[{user} {{user} {payload}]".to_owned());
        post.payload = 3;
        let version = if protocol == Protocol::Two {
            "2.0"
        } else {
            "1.1"
        };
        let expected = format!(
            "POST {} /a/b?c=4711 HTTP/{version} [7 {{user}} abc]",
            server.address()
        );
        post.checks = vec![tollgate::workload::scenario::Check::BodyContains(
            expected.clone(),
        )];
        let mut workload = workload(vec![post]);
        workload.protocol.http2 = protocol == Protocol::Two;
        let subject = subject(workload, &server.origin());
        let replies = on_a_thread(async {
            let mut user = subject.user(7);
            let mut replies = Vec::new();
            for number in 0..3 {
                replies.push(subject.call(&mut user, call(0, number)).await);
            }
            replies
        });
        for reply in &replies {
            assert_eq!(reply.outcome, Outcome::Ok);
            assert_eq!(reply.bytes_sent, 14);
            assert_eq!(reply.bytes_received, expected.len() as u64);
        }
        assert_eq!((server.connections(), server.requests()), (1, 3));
    }
}

#[test]
fn a_large_body_each_way_arrives_whole() {
    for protocol in [Protocol::One, Protocol::Two] {
        let server = Web::start(protocol);
        let mut put = step("/");
        put.method = "PUT".to_owned();
        put.payload = 3_000_000;
        let mut workload = workload(vec![put]);
        workload.protocol.http2 = protocol == Protocol::Two;
        workload.body_limit = 4_000_000;
        let subject = subject(workload, &server.origin());
        for reply in calls(&subject, 2) {
            assert_eq!(reply.outcome, Outcome::Ok);
            assert_eq!(reply.bytes_sent, 3_000_000);
            assert!(reply.bytes_received > 3_000_000);
        }
    }
}

#[test]
fn localhost_is_found_whichever_of_its_addresses_listens() {
    let server = Web::start(Protocol::One);
    let origin = format!("http://localhost:{}", server.address().port());
    let replies = calls(&subject(workload(vec![step("/")]), &origin), 2);
    assert!(replies.iter().all(|reply| reply.outcome == Outcome::Ok));
}

#[test]
fn a_slow_network_adds_its_round_trip_to_connecting_and_to_every_exchange() {
    let server = Web::start(Protocol::One);
    let mut workload = workload(vec![step("/")]);
    let delay = Duration::from_millis(40);
    workload.network.delay = delay;
    let subject = subject(workload, &server.origin());
    let replies = calls(&subject, 3);
    // Lower bounds hold on every machine.
    assert!(replies[0].connect.expect("connected") >= delay);
    for reply in &replies {
        assert_eq!(reply.outcome, Outcome::Ok);
        assert!(reply.first_byte.expect("an answer") >= delay);
    }
}

#[test]
fn a_redirect_is_an_answer_and_one_to_another_origin_is_told() {
    for (status, location, outcome) in [
        ("302 Found", "location: /login\r\n", Outcome::Ok),
        (
            "301 Moved",
            "location: https://example.com/\r\n",
            Outcome::RedirectOutside,
        ),
        (
            "307 Temporary Redirect",
            "location: //example.com/\r\n",
            Outcome::RedirectOutside,
        ),
        ("302 Found", "location: \u{1b}[31m\r\n", Outcome::Garbage),
        ("304 Not Modified", "", Outcome::Ok),
        (
            "201 Created",
            "location: https://example.com/\r\n",
            Outcome::Ok,
        ),
        ("404 Not Found", "", Outcome::Status),
        ("503 Service Unavailable", "", Outcome::Status),
    ] {
        let server = Scripted::start(move |mut stream, _| {
            request(&mut stream);
            let answer = format!("HTTP/1.1 {status}\r\n{location}content-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).expect("written");
            request(&mut stream);
        });
        let subject = subject(workload(vec![step("/")]), &server.origin());
        assert_eq!(
            calls(&subject, 1)[0].outcome,
            outcome,
            "{status} {location}"
        );
        assert_eq!(server.accepted(), 1, "it is not followed");
    }
}
