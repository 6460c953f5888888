//! Servers that behave.

use crate::driver::{calls, step, subject, workload};
use crate::server::{HELLO, Scripted, answers};
use tollgate::load::Subject;
use tollgate::workload::Outcome;
use tollgate::workload::record::Class;

#[test]
fn calls_of_a_user_share_a_connection() {
    let server = Scripted::start(answers(HELLO));
    let subject = subject(workload(vec![step("/")]), &server.origin());
    let replies = calls(&subject, 5);
    for reply in &replies {
        assert_eq!(reply.outcome, Outcome::Ok);
        assert_eq!(reply.class, Class::Success);
        assert_eq!(reply.bytes_received, 5);
        assert_eq!(reply.tls, None);
        assert!(reply.first_byte.expect("an answer") <= reply.done - reply.sent);
    }
    let connects: Vec<bool> = replies
        .iter()
        .map(|reply| reply.connect.is_some())
        .collect();
    assert_eq!(connects, [true, false, false, false, false]);
    assert_eq!(server.accepted(), 1);
    assert_eq!(subject.connections(), (0, 1));
}
