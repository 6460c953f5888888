//! Servers that die, hang, talk nonsense, stop half-way or never stop. Each is an outcome by name, and the next call is
//! none the worse.

use crate::driver::{SHORT, call, calls, on_a_thread, step, subject, workload};
use crate::server::{HELLO, Scripted, request};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;
use tollgate::load::{Reply, Subject};
use tollgate::workload::Outcome;
use tollgate::workload::record::Class;

/// A call to a server whose first connection goes by the script, and a second call to it when it has come to its senses.
fn first_call(timeout: Duration, script: impl Fn(TcpStream) + Send + Sync + 'static) -> Reply {
    let server = Scripted::start(move |mut stream, number| {
        if number == 0 {
            script(stream);
        } else {
            while request(&mut stream).is_some() {
                stream.write_all(HELLO).expect("written");
            }
        }
    });
    let mut workload = workload(vec![step("/")]);
    workload.timeout = timeout;
    workload.body_limit = 100_000;
    let subject = subject(workload, &server.origin());
    let (first, open) = on_a_thread(async {
        let mut user = subject.user(0);
        let first = subject.call(&mut user, call(0, 0)).await;
        (first, subject.connections().0)
    });
    assert_eq!(open, 0, "a connection that went wrong is gone");
    let next = calls(&subject, 1);
    assert_eq!(next[0].outcome, Outcome::Ok);
    first
}

/// Answers the first request with these bytes and closes.
fn says(bytes: &'static [u8]) -> Outcome {
    let reply = first_call(crate::driver::PATIENT, move |mut stream| {
        request(&mut stream);
        stream.write_all(bytes).expect("written");
        // Without it the close may be a reset that overtakes what was said.
        stream.shutdown(Shutdown::Write).expect("shut down");
        request(&mut stream);
    });
    assert_eq!(reply.class, Class::None);
    reply.outcome
}

/// Answers the first request with these bytes and stays silent.
fn hangs_after(bytes: &'static [u8]) -> Reply {
    first_call(SHORT, move |mut stream| {
        request(&mut stream);
        stream.write_all(bytes).expect("written");
        request(&mut stream);
    })
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let replies = calls(&subject(workload(vec![step("/")]), &origin), 2);
    for reply in replies {
        assert_eq!(reply.outcome, Outcome::Refused);
        assert_eq!((reply.connect, reply.first_byte), (None, None));
        assert!(reply.sent <= reply.done);
    }
}

#[test]
fn no_way_leads_there() {
    let subject = subject(workload(vec![step("/")]), "http://255.255.255.255:9");
    assert_eq!(calls(&subject, 1)[0].outcome, Outcome::NotConnected);
}

#[test]
fn it_dies_before_it_reads() {
    let reply = first_call(crate::driver::PATIENT, drop);
    assert_eq!(reply.outcome, Outcome::ClosedEarly);
    assert!(reply.connect.is_some());
}

#[test]
fn it_dies_in_each_phase_of_its_answer() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ] {
        assert_eq!(
            says(answer),
            Outcome::ClosedEarly,
            "{}",
            answer.escape_ascii()
        );
    }
}

#[test]
fn it_speaks_something_else() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"\x16\x03\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        b"<html>hello</html>\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        assert_eq!(says(answer), Outcome::Garbage, "{}", answer.escape_ascii());
    }
}

#[test]
fn a_head_without_end_is_read_within_bounds() {
    for line in [&b"x: y\r\n"[..], b"x-very-long"] {
        let reply = first_call(crate::driver::PATIENT, move |mut stream| {
            request(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\n").expect("written");
            while stream.write_all(line).is_ok() {}
        });
        assert_eq!(reply.outcome, Outcome::Garbage);
    }
}

#[test]
fn it_hangs_in_each_phase_of_its_answer() {
    for (answer, bytes) in [
        (&b""[..], 0),
        (b"HTTP/1.1 200 OK\r\nconte", 0),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", 3),
        (b"HTTP/1.1 100 Continue\r\n\r\n", 0),
    ] {
        let reply = hangs_after(answer);
        assert_eq!(
            reply.outcome,
            Outcome::TimedOut,
            "{}",
            answer.escape_ascii()
        );
        assert_eq!(reply.bytes_received, bytes);
        assert_eq!(reply.first_byte.is_some(), bytes > 0);
        assert!(reply.done - reply.sent >= SHORT / 2);
    }
}

#[test]
fn it_drips() {
    for head in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n",
    ] {
        let reply = first_call(SHORT, move |mut stream| {
            request(&mut stream);
            stream.write_all(head).expect("written");
            let drops = b"HTTP/1.1 200 OK\r\nx-x: "
                .iter()
                .chain(std::iter::repeat(&b'x'));
            for drop in drops {
                if stream.write_all(&[*drop]).is_err() {
                    return;
                }
                sleep(Duration::from_millis(10));
            }
        });
        assert_eq!(reply.outcome, Outcome::TimedOut);
    }
}

#[test]
fn its_interim_answers_never_end() {
    let reply = first_call(SHORT, |mut stream| {
        request(&mut stream);
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {}
    });
    assert_eq!(reply.outcome, Outcome::TimedOut);
}

#[test]
fn its_body_never_ends() {
    for (head, piece) in [
        ("transfer-encoding: chunked", &b"5\r\nhello\r\n"[..]),
        ("content-length: 9223372036854775807", b"hello"),
        ("connection: close", b"hello"),
    ] {
        let reply = first_call(crate::driver::PATIENT, move |mut stream| {
            request(&mut stream);
            write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n").expect("written");
            while stream.write_all(piece).is_ok() {}
        });
        assert_eq!(reply.outcome, Outcome::TooLarge, "{head}");
        assert!(reply.bytes_received > 100_000 && reply.bytes_received < 1_000_000);
    }
}

#[test]
fn a_body_without_end_below_the_limit_runs_into_the_time_limit() {
    let server = Scripted::start(|mut stream, _| {
        request(&mut stream);
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n").expect("written");
        while stream.write_all(&[0; 65536]).is_ok() {}
    });
    let mut workload = workload(vec![step("/")]);
    workload.timeout = SHORT;
    workload.body_limit = u64::MAX;
    let subject = subject(workload, &server.origin());
    assert_eq!(calls(&subject, 1)[0].outcome, Outcome::TimedOut);
}

#[test]
fn a_call_that_is_cut_takes_its_connection_along() {
    let server = Scripted::start(|mut stream, _| {
        request(&mut stream);
        request(&mut stream);
    });
    let subject = subject(workload(vec![step("/")]), &server.origin());
    on_a_thread(async {
        let mut user = subject.user(0);
        let cut = tokio::time::timeout(SHORT, subject.call(&mut user, call(0, 0))).await;
        assert!(cut.is_err());
        assert_eq!(subject.connections(), (0, 1));
    });
}
