use crate::project::Project;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

/// Answers everything with `200`.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut out = stream.try_clone().unwrap();
                for line in BufReader::new(stream).lines() {
                    if line.unwrap().is_empty() {
                        out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                            .unwrap();
                    }
                }
            });
        }
    });
    origin
}

struct Proxy {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
    address: String,
}

fn proxy(project: &Project, origin: &str, more: &[&str]) -> Proxy {
    let arguments = [&["watch", "--proxy", origin], more].concat();
    let mut child = project
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    errors.read_line(&mut first).unwrap();
    let address = first.split("http://").nth(2).unwrap();
    let address = address.split(' ').next().unwrap().to_owned();
    Proxy {
        child,
        errors,
        address,
    }
}

impl Proxy {
    /// Calls over one connection, so often, with so many milliseconds between.
    fn call(&self, times: u32, pause: u64) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        for _ in 0..times {
            stream
                .write_all(b"GET /api/poll HTTP/1.1\r\nHost: x\r\n\r\n")
                .unwrap();
            let mut answer = Vec::new();
            let mut byte = [0];
            while !answer.ends_with(b"ok") {
                stream.read_exact(&mut byte).unwrap();
                answer.push(byte[0].to_ascii_lowercase());
                // `200 OK` ends so as well.
                if answer.ends_with(b" ok") {
                    answer.push(b' ');
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(pause));
        }
    }

    fn end(mut self, signal: &str) -> (Option<i32>, String, String) {
        let sent = std::process::Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let (mut errors, mut out) = (String::new(), String::new());
        self.errors.read_to_string(&mut errors).unwrap();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        (self.child.wait().unwrap().code(), out, errors)
    }
}

#[test]
fn a_client_that_polls_far_too_often_is_told_at_once_and_is_exit_code_1() {
    let project = Project::new();
    let proxy = proxy(
        &project,
        &server(),
        &["--declared", "/api/poll = 2 s", "--json", "seen.json"],
    );
    proxy.call(130, 50);
    let (code, out, errors) = proxy.end("-TERM");
    assert_eq!(code, Some(1), "{out}{errors}");
    assert!(
        errors.contains("127.0.0.1 calls GET /api/poll: runaway: "),
        "{errors}"
    );
    assert!(
        out.contains("130 calls in ") && out.contains("instead of every 2s as declared"),
        "{out}"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(project.path().join("seen.json")).unwrap()).unwrap();
    assert_eq!(
        (&json["calls"], &json["findings"][0]["class"]),
        (&130.into(), &"runaway".into())
    );
}

#[test]
fn clients_that_behave_are_exit_code_0_nobody_is_4_and_ctrl_c_is_130() {
    let project = Project::new();
    let origin = server();
    let behaved = proxy(&project, &origin, &["--declared", "/api/poll = 100 ms"]);
    behaved.call(5, 100);
    let (code, out, errors) = behaved.end("-TERM");
    assert_eq!(code, Some(0), "{out}{errors}");
    assert!(out.contains("Nobody calls far too often."), "{out}");
    let (code, out, _) = proxy(&project, &origin, &[]).end("-TERM");
    assert_eq!(code, Some(4), "{out}");
    assert!(out.contains("No calls"), "{out}");
    let interrupted = proxy(&project, &origin, &[]);
    interrupted.call(1, 0);
    let (code, out, _) = interrupted.end("-INT");
    assert_eq!(code, Some(130), "{out}");
    assert!(out.contains("1 call in"), "{out}");
}

#[test]
fn what_cannot_be_watched_is_exit_code_2_with_the_next_step() {
    let project = Project::new();
    project
        .tollgate(&["watch", "--proxy", "http://192.0.2.1:80"])
        .expect(2)
        .says("--allow-remote 192.0.2.1");
    project
        .tollgate(&[
            "watch",
            "--proxy",
            "http://127.0.0.1:80",
            "--declared",
            "/x",
        ])
        .expect(2)
        .says("/api/poll = 2 s");
    project.tollgate(&["watch"]).expect(2).says("--proxy");
}
