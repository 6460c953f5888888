//! TLS and HTTP/2.

use crate::driver::{SHORT, call, calls, on_a_thread, step, workload};
use crate::server::{HELLO, Scripted, answers, request};
use crate::web::{Protocol, Web};
use std::io::{Read, Write};
use std::sync::Arc;
use tollgate::load::{HttpSubject, LoadError, Reply, Subject};
use tollgate::workload::{Outcome, Workload};

const H1: Option<&[u8]> = Some(b"http/1.1");
const H2: Option<&[u8]> = Some(b"h2");

fn client(workload: Workload, server: &Web, host: &str) -> HttpSubject {
    let directory = tempfile::tempdir().expect("a directory");
    let mut workload = workload;
    if let Some(certificate) = &server.certificate {
        std::fs::write(directory.path().join("ca.pem"), certificate).expect("written");
        workload.protocol.certificates = Some("ca.pem".to_owned());
    }
    let origin = format!("https://{host}:{}", server.address().port());
    HttpSubject::new(&Arc::new(workload), &origin, directory.path()).expect("a client")
}

fn secure(http2: bool, server: &Web, host: &str) -> Vec<Reply> {
    let mut workload = workload(vec![step("/")]);
    workload.protocol.http2 = http2;
    calls(&client(workload, server, host), 3)
}

#[test]
fn both_versions_go_over_tls_by_name_and_by_address() {
    for (protocol, alpn) in [
        (Protocol::One, None),
        (Protocol::One, H1),
        (Protocol::Two, H2),
    ] {
        for host in ["localhost", "127.0.0.1"] {
            let server = Web::secure(protocol, &["localhost", "127.0.0.1"], alpn);
            let replies = secure(protocol == Protocol::Two, &server, host);
            assert!(replies.iter().all(|reply| reply.outcome == Outcome::Ok));
            assert!(replies[0].tls.is_some() && replies[0].connect.is_some());
            assert!(replies[1].tls.is_none() && replies[1].connect.is_none());
            assert_eq!(server.connections(), 1);
        }
    }
}

#[test]
fn a_certificate_for_somebody_else_is_a_failure_of_tls() {
    let server = Web::secure(Protocol::One, &["example.com"], None);
    let replies = secure(false, &server, "localhost");
    assert!(replies.iter().all(|reply| reply.outcome == Outcome::Tls));
}

#[test]
fn a_certificate_that_nobody_trusts_is_a_failure_of_tls() {
    let server = Web::secure(Protocol::One, &["localhost"], None);
    let mut other = Web::secure(Protocol::One, &["localhost"], None);
    other.certificate.clone_from(&server.certificate);
    assert_eq!(secure(false, &other, "localhost")[0].outcome, Outcome::Tls);
}

#[test]
fn a_server_that_does_not_agree_to_http2_is_a_failure_of_tls() {
    for alpn in [None, H1] {
        let server = Web::secure(Protocol::One, &["localhost"], alpn);
        assert_eq!(secure(true, &server, "localhost")[0].outcome, Outcome::Tls);
    }
}

#[test]
fn a_server_without_tls_is_a_failure_of_tls() {
    let server = Scripted::start(|mut stream, _| {
        let mut some = [0; 16];
        stream.read_exact(&mut some).expect("a hello");
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .expect("written");
        request(&mut stream);
    });
    let trusted = Web::secure(Protocol::One, &["localhost"], None);
    let directory = tempfile::tempdir().expect("a directory");
    let pem = trusted.certificate.as_deref().expect("a certificate");
    std::fs::write(directory.path().join("ca.pem"), pem).expect("written");
    let mut workload = workload(vec![step("/")]);
    workload.protocol.certificates = Some("ca.pem".to_owned());
    let origin = server.origin().replace("http:", "https:");
    let subject =
        HttpSubject::new(&Arc::new(workload), &origin, directory.path()).expect("a client");
    assert_eq!(calls(&subject, 1)[0].outcome, Outcome::Tls);
}

#[test]
fn files_that_hold_no_certificate_are_told_by_name() {
    let directory = tempfile::tempdir().expect("a directory");
    for (content, why) in [
        (None, "ca.pem"),
        (Some(&b""[..]), "holds no certificate"),
        (Some(b"hello"), "holds no certificate"),
        (
            Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "cannot be read",
        ),
        (Some(b"-----BEGIN CERTIFICATE-----\nAAAA"), "`ca.pem`"),
    ] {
        if let Some(content) = content {
            std::fs::write(directory.path().join("ca.pem"), content).expect("written");
        }
        let mut workload = workload(vec![step("/")]);
        workload.protocol.certificates = Some("ca.pem".to_owned());
        let error: LoadError =
            HttpSubject::new(&Arc::new(workload), "https://127.0.0.1:1", directory.path())
                .expect_err("no certificate");
        assert!(error.to_string().contains(why), "{error}");
    }
}

fn two(server: &Scripted) -> Vec<Reply> {
    let mut workload = workload(vec![step("/")]);
    workload.protocol.http2 = true;
    workload.timeout = SHORT;
    calls(&crate::driver::subject(workload, &server.origin()), 1)
}

#[test]
fn http2_to_a_server_of_http1_is_not_http() {
    let server = Scripted::start(answers(HELLO));
    assert_eq!(two(&server)[0].outcome, Outcome::Garbage);
}

#[test]
fn a_server_of_http2_that_goes_has_closed_early() {
    let silent = Scripted::start(|mut stream, _| {
        let mut some = [0; 24];
        stream.read_exact(&mut some).expect("a preface");
        // Its settings, and no more.
        stream
            .write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])
            .expect("written");
    });
    assert_eq!(two(&silent)[0].outcome, Outcome::ClosedEarly);
}

#[test]
fn a_server_of_http2_that_hangs_is_given_up() {
    let silent = Scripted::start(|mut stream, _| {
        let mut some = Vec::new();
        drop(stream.read_to_end(&mut some));
    });
    assert_eq!(two(&silent)[0].outcome, Outcome::TimedOut);
}

#[test]
fn users_of_http2_have_connections_of_their_own() {
    let server = Web::start(Protocol::Two);
    let mut workload = workload(vec![step("/")]);
    workload.protocol.http2 = true;
    let subject = crate::driver::subject(workload, &server.origin());
    on_a_thread(async {
        let mut users = [subject.user(0), subject.user(1)];
        for number in 0..3 {
            for user in &mut users {
                assert_eq!(
                    subject.call(user, call(0, number)).await.outcome,
                    Outcome::Ok
                );
            }
        }
        assert_eq!(subject.connections(), (2, 2));
        drop(users);
        assert_eq!(subject.connections(), (0, 2));
    });
    assert_eq!(server.connections(), 2);
}
