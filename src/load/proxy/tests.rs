use super::*;
use crate::workload::runaway::Class;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

/// A server that answers every request with what `answer` makes of its head and body, and closes after `requests` of them.
fn server(requests: usize, answer: fn(&str, &[u8]) -> Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                for _ in 0..requests {
                    let Some((head, body)) = read_message(&mut stream) else {
                        return;
                    };
                    if stream.write_all(&answer(&head, &body)).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// Head and body of a request or answer: by its length, by chunks, or none.
fn read_message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).ok()?.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    if head.contains("transfer-encoding: chunked") {
        while !body.ends_with(b"0\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            body.push(byte[0]);
        }
    }
    Some((head, body))
}

fn echo(head: &str, body: &[u8]) -> Vec<u8> {
    let text = [head.as_bytes(), body].concat();
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: x-private\r\nx-private: 1\r\nx-kept: 2\r\n\r\n",
        text.len()
    )
    .into_bytes();
    answer.extend(text);
    answer
}

fn watched(upstream: SocketAddr) -> Watched {
    Watched {
        upstream: format!("http://{upstream}"),
        listen: "127.0.0.1:0".to_owned(),
        client_header: None,
        remote: Vec::new(),
        declared: vec![Declared::parse("/poll = 2 s").unwrap()],
    }
}

/// Lets `client` talk to the proxy, and gives what the proxy saw.
fn through(watched: &Watched, client: impl FnOnce(SocketAddr)) -> Watch {
    let stop = AtomicBool::new(false);
    let (ready, listening) = mpsc::channel();
    thread::scope(|scope| {
        let proxy = scope.spawn(|| {
            watch(watched, &|| stop.load(Ordering::SeqCst), &mut |told| {
                if let Told::Listening(address) = told {
                    ready.send(address).unwrap();
                }
            })
            .unwrap()
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            client(listening.recv().unwrap());
        }));
        stop.store(true, Ordering::SeqCst);
        let seen = proxy.join().unwrap();
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
        seen
    })
}

fn ask(stream: &mut TcpStream, request: &str) -> (String, Vec<u8>) {
    stream.write_all(request.as_bytes()).unwrap();
    read_message(stream).unwrap()
}

#[test]
fn requests_and_answers_pass_without_what_is_of_one_hop() {
    let seen = through(&watched(server(9, echo)), |proxy| {
        let stream = &mut TcpStream::connect(proxy).unwrap();
        let (head, body) = ask(
            stream,
            "POST /items/17?q=1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nX-Kept: 3\r\n\r\nhello",
        );
        let asked = String::from_utf8(body).unwrap();
        assert!(
            head.starts_with("http/1.1 200 ok") && head.contains("x-kept: 2"),
            "{head}"
        );
        assert!(!head.contains("x-private"), "{head}");
        assert!(
            asked.starts_with("post /items/17?q=1 http/1.1\r\n"),
            "{asked}"
        );
        assert!(
            asked.contains("host: shop.example") && asked.contains("x-kept: 3"),
            "{asked}"
        );
        assert!(asked.ends_with("\r\n\r\nhello"), "{asked}");
        for gone in ["x-secret", "keep-alive", "trailers", "connection"] {
            assert!(!asked.contains(gone), "{gone} in {asked}");
        }
        // The same connection goes on, with a body in chunks.
        let (_, body) = ask(
            stream,
            "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        );
        let asked = String::from_utf8(body).unwrap();
        assert!(
            asked.contains("transfer-encoding: chunked") && asked.contains("abc"),
            "{asked}"
        );
        assert!(!asked.contains("content-length"), "{asked}");
    });
    let endpoints: Vec<_> = seen
        .tracker
        .seen()
        .into_iter()
        .map(|seen| seen.endpoint)
        .collect();
    assert_eq!(endpoints, ["POST /items/{}", "PUT /b"]);
    assert_eq!(
        (seen.tracker.calls(), seen.unanswered, seen.refused),
        (2, 0, 0)
    );
}

/// Two lengths that differ, and what a front and a back could cut differently, never reach the server.
#[test]
fn what_two_servers_could_read_differently_is_not_passed_on() {
    let seen = through(&watched(server(9, echo)), |proxy| {
        for smuggled in [
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 40\r\n\r\nhello",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
            "\0\0\0\0\r\n\r\n",
        ] {
            let stream = &mut TcpStream::connect(proxy).unwrap();
            let (head, _) = ask(stream, smuggled);
            assert!(head.starts_with("http/1.1 400 "), "{smuggled:?}: {head}");
        }
        // Chunks win over a length (RFC 9112, 6.3), and only they go on; hyper may as well refuse it.
        let stream = &mut TcpStream::connect(proxy).unwrap();
        let (head, body) = ask(
            stream,
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n",
        );
        let asked = String::from_utf8(body).unwrap();
        assert!(
            head.starts_with("http/1.1 400 ") || !asked.contains("content-length"),
            "{head}{asked}"
        );
    });
    assert!(seen.tracker.calls() <= 1, "{:?}", seen.tracker);
}

#[test]
fn upgrades_are_refused_by_a_sentence_and_counted() {
    let seen = through(&watched(server(9, echo)), |proxy| {
        let stream = &mut TcpStream::connect(proxy).unwrap();
        let (head, _) = ask(
            stream,
            "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        );
        assert!(head.starts_with("http/1.1 501 "), "{head}");
    });
    assert_eq!((seen.refused, seen.tracker.calls()), (1, 1));
}

/// It closes after every answer without saying so: the next call finds the connection gone.
#[test]
fn a_server_that_closes_its_connections_is_connected_to_again() {
    let seen = through(&watched(server(1, echo)), |proxy| {
        let stream = &mut TcpStream::connect(proxy).unwrap();
        for _ in 0..5 {
            let (head, _) = ask(stream, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
            assert!(head.starts_with("http/1.1 200 "), "{head}");
            // Its closing arrives before the next call: what is tried here is not the race of both.
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!((seen.tracker.calls(), seen.unanswered), (5, 0));
}

#[test]
fn a_server_that_is_not_there_or_talks_nonsense_is_a_502_that_is_counted() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nonsense = server(1, |_, _| b"hello, who is there?\r\n\r\n".to_vec());
    for upstream in [free, nonsense] {
        let seen = through(&watched(upstream), |proxy| {
            let stream = &mut TcpStream::connect(proxy).unwrap();
            let (head, _) = ask(stream, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
            assert!(head.starts_with("http/1.1 502 "), "{head}");
        });
        assert_eq!(seen.unanswered, 1);
        assert!(seen.last_problem.is_some());
    }
}

/// Nothing is held back until it is whole: each side waits for a part of the other's body before it goes on.
#[test]
fn bodies_are_streamed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut seen = Vec::new();
        let mut byte = [0];
        while !seen.ends_with(b"first") {
            stream.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\none")
            .unwrap();
        while !seen.ends_with(b"second") {
            stream.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        stream.write_all(b" two").unwrap();
    });
    through(&watched(upstream), |proxy| {
        let mut stream = TcpStream::connect(proxy).unwrap();
        stream
            .write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nfirst")
            .unwrap();
        let mut seen = Vec::new();
        let mut byte = [0];
        while !seen.ends_with(b"one") {
            stream.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        stream.write_all(b"second").unwrap();
        while !seen.ends_with(b" two") {
            stream.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
    });
}

/// Two clients at once, told apart by a header: one polls every 50 ms or so in place of every 2 s, the other behaves. On a
/// machine that is ten times slower it is every 100 ms, which is far below a quarter of 2 s.
#[test]
fn a_client_that_polls_every_50_ms_is_found_and_one_that_behaves_is_not() {
    let named = Watched {
        client_header: Some("x-client".to_owned()),
        ..watched(server(1000, echo))
    };
    let seen = through(&named, |proxy| {
        thread::scope(|scope| {
            for (name, pause, calls) in [("wild", 50, 140), ("calm", 2000, 4)] {
                scope.spawn(move || {
                    let stream = &mut TcpStream::connect(proxy).unwrap();
                    for _ in 0..calls {
                        let request =
                            format!("GET /poll HTTP/1.1\r\nHost: x\r\nX-Client: {name}\r\n\r\n");
                        ask(stream, &request);
                        thread::sleep(Duration::from_millis(pause));
                    }
                });
            }
        });
    });
    let found = seen.tracker.findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].class, found[0].client.as_deref()),
        (Class::Runaway, Some("wild"))
    );
    assert_eq!(found[0].endpoint, "GET /poll");
    assert_eq!(seen.tracker.calls(), 144);
}

#[test]
fn addresses_that_may_not_or_cannot_be_watched_are_refused() {
    let refused = |upstream: &str, listen: &str| {
        let watched = Watched {
            upstream: upstream.to_owned(),
            listen: listen.to_owned(),
            client_header: None,
            remote: Vec::new(),
            declared: Vec::new(),
        };
        watch(&watched, &|| true, &mut |_| {})
            .unwrap_err()
            .to_string()
    };
    let here = "127.0.0.1:0";
    assert!(refused("http://192.0.2.1:80", here).contains("--allow-remote 192.0.2.1"));
    assert!(refused("http://[2001:db8::1]:80", here).contains("--allow-remote 2001:db8::1"));
    for origin in [
        "",
        "http://",
        "https://127.0.0.1",
        "http://127.0.0.1/path",
        "http://a@127.0.0.1",
        "127.0.0.1:99999",
        "127.0.0.1:x",
    ] {
        assert!(refused(origin, here).contains('`'), "{origin}");
    }
    assert!(refused("127.0.0.1:80", "0.0.0.0:0").contains("this machine only"));
    let taken = TcpListener::bind(here).unwrap();
    let own = taken.local_addr().unwrap().to_string();
    assert!(refused("127.0.0.1:80", &own).contains("listening on"));
    assert!(upstream("http://192.0.2.1", &["192.0.2.1".to_owned()]).is_ok());
    assert!(upstream("http://127.0.0.1", &[]).is_ok());
}
