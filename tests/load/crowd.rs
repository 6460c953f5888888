//! Many at once, and what is left of them.

use crate::driver::{call, on_a_thread, step, subject, workload};
use crate::web::{Protocol, Web};
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::task::JoinSet;
use tollgate::load::Subject;
use tollgate::workload::Outcome;

const USERS: u64 = 1000;
const CALLS: u64 = 5;

/// Sockets of this process that are connected to the server from the client's side, by the kernel's own table.
fn sockets(server: SocketAddr) -> usize {
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("a table");
    let remote = format!("0100007F:{:04X}", server.port());
    let established = "01";
    table
        .lines()
        .skip(1)
        .filter(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.get(2) == Some(&remote.as_str()) && fields.get(3) == Some(&established)
        })
        .count()
}

#[test]
#[cfg(target_os = "linux")]
fn a_thousand_connections_lose_nothing_and_leave_nothing() {
    for protocol in [Protocol::One, Protocol::Two] {
        let server = Web::start(protocol);
        let mut workload = workload(vec![step("/")]);
        workload.protocol.http2 = protocol == Protocol::Two;
        let subject = Rc::new(subject(workload, &server.origin()));
        on_a_thread(async {
            let all = Rc::new(tokio::sync::Barrier::new(USERS as usize));
            let mut users = JoinSet::new();
            for number in 0..USERS {
                let subject = Rc::clone(&subject);
                let all = Rc::clone(&all);
                users.spawn_local(async move {
                    let mut user = subject.user(number);
                    for number in 0..CALLS {
                        let reply = subject.call(&mut user, call(0, number)).await;
                        assert_eq!(reply.outcome, Outcome::Ok);
                        assert_eq!(reply.connect.is_some(), number == 0);
                    }
                    all.wait().await;
                    (user, subject.connections())
                });
            }
            let mut kept = Vec::new();
            while let Some(user) = users.join_next().await {
                let (user, connections) = user.expect("no panic");
                assert_eq!(connections, (USERS, USERS));
                kept.push(user);
            }
            assert_eq!(sockets(server.address()), USERS as usize);
            drop(kept);
            assert_eq!(subject.connections(), (0, USERS));
        });
        assert_eq!(sockets(server.address()), 0);
        assert_eq!(server.requests(), USERS * CALLS);
        assert_eq!(server.connections(), USERS);
    }
}
