use super::*;
use serde_json::{Value, json};

const HEAD: &str = "ec26c3e57ca3a959ca5aad62de7213c562f8c821";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            "../../../tests/fixtures/github-events/",
            $name,
            ".json"
        ))
    };
}

fn commit(text: &str) -> Commit {
    Commit::new(text).unwrap()
}

/// The variables of a job for `event`; `changed` ones come first, an empty value is none.
fn variables<'a>(
    event: &'a str,
    changed: &'a [(&'a str, &'a str)],
) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| {
        let usual = match name {
            "GITHUB_EVENT_NAME" => event,
            "GITHUB_REPOSITORY" => "octo-org/octo-repo",
            "GITHUB_RUN_ID" => "1658821493",
            "GITHUB_RUN_ATTEMPT" => "1",
            "GITHUB_SERVER_URL" => "https://github.com",
            "GITHUB_API_URL" => "https://api.github.com",
            _ => "",
        };
        let found = changed.iter().find(|(changed, _)| *changed == name);
        let value = found.map_or(usual, |(_, value)| value);
        (!value.is_empty()).then(|| value.to_owned())
    }
}

fn parsed(event: &str, payload: &str) -> Result<Job, EventError> {
    parse(payload.as_bytes(), &variables(event, &[]))
}

fn pull_request(payload: &str) -> PullRequest {
    match parsed("pull_request", payload).unwrap().event {
        Event::PullRequest(pull) => pull,
        other => panic!("{other:?}"),
    }
}

fn workflow_run(payload: &str) -> TriggeringRun {
    match parsed("workflow_run", payload).unwrap().event {
        Event::WorkflowRun(run) => run,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pull_requests_are_known_by_number_head_and_base_branch() {
    let expected = PullRequest {
        number: 2,
        head: commit(HEAD),
        head_repository: Some(186_853_002),
        base_branch: "master".to_owned(),
        base_repository: 186_853_002,
    };
    for payload in [
        fixture!("pull_request.opened"),
        fixture!("pull_request.synchronize"),
    ] {
        assert_eq!(pull_request(payload), expected);
    }
    assert!(!expected.is_from_fork());
    // Where the base branch was at the last push is in the payload, and nobody can take it from here.
    let stale = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e";
    assert!(fixture!("pull_request.opened").contains(stale));
    assert!(
        !format!(
            "{:?}",
            parsed("pull_request", fixture!("pull_request.opened"))
        )
        .contains(stale)
    );
}

#[test]
fn forks_are_told_by_the_id_of_their_repository_also_when_it_is_deleted() {
    let fork = pull_request(fixture!("pull_request.synchronize.fork"));
    assert_eq!(fork.head_repository, Some(187_000_001));
    assert!(fork.is_from_fork());
    let deleted = pull_request(fixture!("pull_request.synchronize.fork-deleted"));
    assert_eq!(deleted.head_repository, None);
    assert!(deleted.is_from_fork());
}

#[test]
fn events_of_reviews_are_about_a_pull_request_but_its_target_variant_is_not() {
    let payload = fixture!("pull_request.opened");
    for event in ["pull_request_review", "pull_request_review_comment"] {
        let job = parsed(event, payload).unwrap();
        assert!(matches!(job.event, Event::PullRequest(_)), "{event}");
    }
    // Its checkout is the default branch, whatever the payload says.
    let target = parsed("pull_request_target", payload).unwrap().event;
    assert_eq!(target, Event::Other("pull_request_target".to_owned()));
}

#[test]
fn the_other_events_say_what_they_say() {
    let event = |name, payload| parsed(name, payload).unwrap().event;
    let tip = commit("6113728f27ae82c7b1a177c8d03f9e96e0adf246");
    assert_eq!(
        event("merge_group", fixture!("merge_group.checks_requested")),
        Event::MergeGroup {
            head: commit("2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d"),
            base: commit("380387fbc80638b734a49e1be1c4dfec1c01b33c"),
        }
    );
    let push = |before, after| Event::Push { before, after };
    assert_eq!(
        event("push", fixture!("push")),
        push(Some(tip.clone()), Some(commit(HEAD)))
    );
    assert_eq!(
        event("push", fixture!("push.new-branch")),
        push(None, Some(tip.clone()))
    );
    assert_eq!(
        event("push", fixture!("push.deleted")),
        push(Some(tip), None)
    );
    assert_eq!(event("schedule", fixture!("schedule")), Event::Schedule);
    assert_eq!(
        event("workflow_dispatch", fixture!("workflow_dispatch")),
        Event::Dispatch
    );
    assert_eq!(
        event("release", r#"{"repository": {"id": 1}}"#).name(),
        "release"
    );
}

#[test]
fn the_run_that_ended_names_its_head_and_its_pull_requests() {
    let run = workflow_run(fixture!("workflow_run.completed"));
    let head = |id, owner: &str| {
        Some(HeadRepository {
            id,
            owner: owner.to_owned(),
        })
    };
    let expected = TriggeringRun {
        id: 289_782_451,
        attempt: 1,
        event: "pull_request".to_owned(),
        path: ".github/workflows/gate.yml".to_owned(),
        head: commit(HEAD),
        head_branch: Some("changes".to_owned()),
        head_repository: head(300_029_405, "octo-org"),
        repository: 300_029_405,
        pull_requests: vec![2],
    };
    assert_eq!(run, expected);
    let fork = workflow_run(fixture!("workflow_run.completed.fork"));
    assert_eq!(
        fork,
        TriggeringRun {
            attempt: 2,
            path: ".github/workflows/gate.yml@refs/heads/master".to_owned(),
            head_repository: head(300_029_999, "octocat"),
            pull_requests: Vec::new(),
            ..expected
        }
    );
}

#[test]
fn pull_requests_of_other_repositories_with_the_same_head_are_not_ours() {
    let payload = fixture!("workflow_run.completed.foreign-pull-request");
    assert!(payload.contains("\"number\": 2"));
    assert_eq!(workflow_run(payload).pull_requests, Vec::<u64>::new());
}

#[test]
fn a_run_whose_repository_and_branch_are_gone_is_still_a_run() {
    let mut payload: Value = serde_json::from_str(fixture!("workflow_run.completed")).unwrap();
    payload["workflow_run"]["head_repository"] = Value::Null;
    payload["workflow_run"]["head_branch"] = Value::Null;
    payload["workflow_run"]["pull_requests"] = Value::Null;
    let run = workflow_run(&payload.to_string());
    assert_eq!((run.head_repository, run.head_branch), (None, None));
    assert!(run.pull_requests.is_empty());
}

#[test]
fn the_job_comes_from_variables() {
    let server = [
        ("GITHUB_RUN_ATTEMPT", "3"),
        ("GITHUB_SERVER_URL", "https://ghe.example.com/"),
        ("GITHUB_API_URL", "https://ghe.example.com/api/v3/"),
        ("GITHUB_REPOSITORY_ID", "6811672"),
    ];
    let payload = fixture!("schedule").as_bytes();
    let job = parse(payload, &variables("schedule", &server)).unwrap();
    assert_eq!((job.run, job.attempt), (1_658_821_493, 3));
    assert_eq!(job.repository_id, 6_811_672);
    assert_eq!(job.api_url, "https://ghe.example.com/api/v3");
    assert_eq!(
        job.run_url(),
        "https://ghe.example.com/octo-org/octo-repo/actions/runs/1658821493"
    );
}

#[test]
fn the_repository_is_known_from_the_event_or_the_variable_and_never_two() {
    let id = [("GITHUB_REPOSITORY_ID", "7")];
    let bare = parse(br#"{"schedule": "0 0 * * *"}"#, &variables("schedule", &id)).unwrap();
    assert_eq!(bare.repository_id, 7);
    let error = parse(fixture!("schedule").as_bytes(), &variables("schedule", &id)).unwrap_err();
    assert_eq!(
        error,
        EventError::OtherRepository {
            event: 6_811_672,
            here: 7
        }
    );
    let neither = parsed("schedule", "{}").unwrap_err().to_string();
    assert!(
        neither.starts_with("GITHUB_REPOSITORY_ID is not set; expected a whole number"),
        "{neither}"
    );
}

#[test]
fn variables_that_are_missing_or_wrong_are_named() {
    let said = |name, value| {
        let changed = [(name, value)];
        parse(fixture!("push").as_bytes(), &variables("push", &changed))
            .unwrap_err()
            .to_string()
    };
    for (name, wrong) in [
        ("GITHUB_EVENT_NAME", "Push"),
        ("GITHUB_EVENT_NAME", "push\n::error::x"),
        ("GITHUB_REPOSITORY", "octo-org"),
        ("GITHUB_REPOSITORY", "octo-org/../x"),
        ("GITHUB_RUN_ID", "0"),
        ("GITHUB_RUN_ID", "+5"),
        ("GITHUB_RUN_ID", "99999999999999999999"),
        ("GITHUB_RUN_ID", "1e9"),
        ("GITHUB_RUN_ATTEMPT", "0"),
        ("GITHUB_RUN_ATTEMPT", "4294967296"),
        ("GITHUB_SERVER_URL", "github.com"),
        ("GITHUB_API_URL", "https://me:secret@github.com"),
        ("GITHUB_REPOSITORY_ID", "-1"),
    ] {
        let error = said(name, wrong);
        assert!(error.starts_with(&format!("{name} is ")), "{error}");
        assert!(error.contains("; expected "), "{error}");
        assert!(
            !error.contains('\n') && !error.contains("secret"),
            "{error}"
        );
    }
    for name in [
        "GITHUB_EVENT_NAME",
        "GITHUB_REPOSITORY",
        "GITHUB_RUN_ID",
        "GITHUB_RUN_ATTEMPT",
        "GITHUB_SERVER_URL",
        "GITHUB_API_URL",
    ] {
        let error = said(name, "");
        assert!(
            error.starts_with(&format!("{name} is not set; expected ")),
            "{error}"
        );
    }
}

/// The fixture with another value in one place, and the error.
fn refused(event: &str, payload: &str, at: &str, value: &Value) -> String {
    let mut payload: Value = serde_json::from_str(payload).unwrap();
    *payload.pointer_mut(at).unwrap() = value.clone();
    let error = parsed(event, &payload.to_string()).unwrap_err();
    let EventError::Payload { field, .. } = &error else {
        panic!("{error:?}");
    };
    let text = error.to_string();
    assert!(
        text.contains(&format!("{field}: ")) || field.is_empty(),
        "{text}"
    );
    assert!(!text.contains('\n') && text.len() < 1000, "{text}");
    field.clone()
}

/// A field of a fixture that is needed: event, payload, where.
type Needed = (&'static str, &'static str, &'static [&'static str]);

const NEEDED: [Needed; 4] = [
    (
        "pull_request",
        fixture!("pull_request.opened"),
        &[
            "/pull_request/number",
            "/pull_request/head/sha",
            "/pull_request/base/ref",
            "/pull_request/base/repo",
            "/pull_request/base/repo/id",
            "/pull_request/head/repo/id",
        ],
    ),
    (
        "merge_group",
        fixture!("merge_group.checks_requested"),
        &["/merge_group/head_sha", "/merge_group/base_sha"],
    ),
    (
        "push",
        fixture!("push"),
        &["/before", "/after", "/repository/id"],
    ),
    (
        "workflow_run",
        fixture!("workflow_run.completed"),
        &[
            "/workflow_run/id",
            "/workflow_run/run_attempt",
            "/workflow_run/event",
            "/workflow_run/path",
            "/workflow_run/head_sha",
            "/workflow_run/repository",
            "/workflow_run/head_repository/id",
            "/workflow_run/head_repository/owner/login",
            "/workflow_run/pull_requests/0/number",
        ],
    ),
];

#[test]
fn every_field_that_is_needed_is_checked_and_named() {
    let long = "x".repeat(100_000);
    let wrong = [
        json!(null),
        json!([]),
        json!({}),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(true),
        json!(""),
        json!("a\n::error::b"),
        json!(long),
    ];
    for (event, payload, places) in NEEDED {
        for (at, value) in places
            .iter()
            .flat_map(|at| wrong.iter().map(move |value| (at, value)))
        {
            let field = refused(event, payload, at, value);
            let dotted = at[1..]
                .replace("pull_requests/0", "pull_requests[0]")
                .replace('/', ".");
            assert!(field.starts_with(&dotted), "{at} = {value}: {field}");
        }
    }
}

#[test]
fn texts_that_would_become_part_of_a_command_or_an_address_are_refused() {
    let pull = |at, text: &str| {
        refused(
            "pull_request",
            fixture!("pull_request.opened"),
            at,
            &json!(text),
        )
    };
    let run = |at, text: &str| {
        refused(
            "workflow_run",
            fixture!("workflow_run.completed"),
            at,
            &json!(text),
        )
    };
    let zeros = "0".repeat(40);
    for text in ["ec26c3e", &HEAD.to_uppercase(), &zeros, "refs/heads/main"] {
        pull("/pull_request/head/sha", text);
    }
    for text in ["-x", "a b", "../x", "a\nb"] {
        pull("/pull_request/base/ref", text);
        run("/workflow_run/head_branch", text);
    }
    for text in ["a/b", "a:b", "..", "a b", "a&state=closed"] {
        run("/workflow_run/head_repository/owner/login", text);
    }
}

#[test]
fn what_is_no_payload_is_no_event() {
    let whole = fixture!("pull_request.opened");
    let deep = "[".repeat(100_000);
    for text in [
        "",
        "null",
        "[]",
        "7",
        "{}",
        "{\"pull_request\"",
        &whole[..whole.len() / 2],
        &format!("{whole} x"),
        &deep,
        "\u{feff}{}",
    ] {
        let error = parsed("pull_request", text).unwrap_err();
        assert!(matches!(error, EventError::Payload { .. }), "{error:?}");
        assert!(
            error
                .to_string()
                .starts_with("the event `pull_request` cannot be read: "),
            "{error}"
        );
    }
    let binary = parse(b"{\"a\": \"\xff\xfe\"}", &variables("push", &[]));
    assert!(matches!(binary, Err(EventError::Payload { .. })));
    let large = vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1];
    assert!(matches!(
        parse(&large, &variables("push", &[])),
        Err(EventError::TooLarge(_))
    ));
}

proptest::proptest! {
    #[test]
    fn no_cut_of_a_payload_is_taken_for_one(cut in 0usize..2000, event in 0usize..3) {
        let (name, whole) = [
            ("pull_request", fixture!("pull_request.synchronize.fork")),
            ("workflow_run", fixture!("workflow_run.completed.fork")),
            ("push", fixture!("push")),
        ][event];
        // The line end behind the last brace is no part of it.
        let cut = cut.min(whole.trim_end().len() - 1);
        proptest::prop_assert!(parsed(name, &whole[..cut]).is_err());
    }
}
