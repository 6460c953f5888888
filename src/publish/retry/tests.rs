use super::*;
use proptest::prelude::*;

const NOW: u64 = 1_800_000_000;

fn this(effect: Effect, number: u32) -> Try {
    Try {
        effect,
        number,
        left: Budget::default(),
        jitter: 0.0,
        now: NOW,
    }
}

fn plain(status: u16, body: &str) -> Answer<'_> {
    Answer {
        status,
        retry_after: None,
        remaining: None,
        reset: None,
        date: None,
        body: body.as_bytes(),
    }
}

fn message(text: &str) -> String {
    format!(r#"{{"message":"{text}","documentation_url":"https://docs.github.com"}}"#)
}

const LIMIT: &str = "You have exceeded a secondary rate limit. Please wait a few minutes";
const PERMISSION: &str = "Resource not accessible by integration";

fn after(seconds: u64) -> Next {
    Next::Again(Duration::from_secs(seconds))
}

fn first(came: &Answer<'_>) -> Next {
    next(&Came::Answer(*came), &this(Effect::Repeatable, 1))
}

#[test]
fn failures_of_the_server_and_the_line_are_tried_again_with_growing_waits() {
    let html = "<html><body>502 Bad Gateway</body></html>";
    let failures = [
        Came::Answer(plain(500, "")),
        Came::Answer(plain(502, html)),
        Came::Answer(plain(503, r#"{"message":"Unavailable"}"#)),
        Came::Answer(plain(504, "truncated {")),
        Came::Answer(plain(408, "")),
        Came::TimedOut,
        Came::Broken,
    ];
    for came in failures {
        for (number, wait) in [(1, 1), (2, 2), (3, 4)] {
            let wait = Duration::from_secs(wait);
            let repeatable = this(Effect::Repeatable, number);
            assert_eq!(next(&came, &repeatable), Next::Again(wait), "{came:?}");
            let once = this(Effect::Once, number);
            assert_eq!(next(&came, &once), Next::LookFirst(wait), "{came:?}");
        }
        for effect in [Effect::Repeatable, Effect::Once] {
            let reason = match came {
                Came::TimedOut => Reason::TimedOut,
                Came::Broken => Reason::Broken,
                Came::Answer(_) => Reason::Server,
            };
            assert_eq!(next(&came, &this(effect, 4)), Next::GiveUp(reason));
        }
    }
}

#[test]
fn answers_that_waiting_does_not_change_are_final() {
    let permission = message(PERMISSION);
    let token = message("Resource not accessible by personal access token");
    let app = message("You must authenticate via a GitHub App.");
    let table = [
        (401, "{}", Reason::BadCredentials),
        (403, permission.as_str(), Reason::NotPermitted),
        (403, &token, Reason::NotPermitted),
        (403, &app, Reason::Forbidden),
        (403, "<html>blocked by a proxy</html>", Reason::Forbidden),
        (403, "", Reason::Forbidden),
        (404, "{}", Reason::NotFound),
        (410, "{}", Reason::NotFound),
        (422, "{}", Reason::Invalid(Vec::new())),
        (301, "", Reason::Unexpected),
        (400, "{}", Reason::Unexpected),
        (405, "", Reason::Unexpected),
        (413, "", Reason::Unexpected),
        (200, "", Reason::Unexpected),
        (0, "", Reason::Unexpected),
        (999, "", Reason::Unexpected),
    ];
    for (status, body, reason) in table {
        for effect in [Effect::Repeatable, Effect::Once] {
            let came = Came::Answer(plain(status, body));
            let given_up = Next::GiveUp(reason.clone());
            assert_eq!(next(&came, &this(effect, 1)), given_up, "{status} {body}");
        }
    }
}

#[test]
fn a_missing_permission_is_not_taken_for_a_limit() {
    // The very last request of the hour, or a proxy that adds the header to everything.
    let body = message(PERMISSION);
    let came = Answer {
        remaining: Some("0"),
        reset: Some("1800000010"),
        retry_after: Some("3"),
        ..plain(403, &body)
    };
    assert_eq!(first(&came), Next::GiveUp(Reason::NotPermitted));
}

#[test]
fn a_limit_is_waited_for_as_long_as_github_asks() {
    let limit = message(LIMIT);
    let table = [
        // What it says, in seconds or as a date.
        (429, Some("30"), None, None, None, 30),
        (403, Some("30"), None, None, None, 30),
        (429, Some(" 2 "), None, None, None, 2),
        (
            429,
            Some("Fri, 15 Jan 2027 08:00:20 GMT"),
            None,
            None,
            None,
            20,
        ),
        // The sender's clock counts, where it is told; here it is ten seconds behind ours.
        (
            429,
            Some("Fri, 15 Jan 2027 08:00:20 GMT"),
            None,
            None,
            Some("Fri, 15 Jan 2027 07:59:50 GMT"),
            30,
        ),
        // Already over: the usual pause.
        (429, Some("0"), None, None, None, 1),
        (
            429,
            Some("Fri, 15 Jan 2027 07:00:00 GMT"),
            None,
            None,
            None,
            1,
        ),
        // The hour's requests are used up.
        (403, None, Some("0"), Some("1800000041"), None, 42),
        (403, None, Some(" 0 "), Some("1700000000"), None, 1),
        // It does not say, or what it says cannot be read.
        (429, None, None, None, None, 60),
        (429, Some(""), None, None, None, 60),
        (429, Some("-5"), None, None, None, 60),
        (429, Some("1.5"), None, None, None, 60),
        (429, Some("NaN"), None, None, None, 60),
        (429, Some("tomorrow"), None, None, None, 60),
        (403, None, Some("0"), Some("-1"), None, 60),
        (403, None, Some("0"), None, None, 60),
        (403, Some("soon"), Some("0"), Some("1800000009"), None, 10),
        // A reset says nothing where requests are left.
        (429, None, Some("17"), Some("1800000001"), None, 60),
        (403, None, None, None, None, 60),
    ];
    for (status, retry_after, remaining, reset, date, seconds) in table {
        let came = Answer {
            retry_after,
            remaining,
            reset,
            date,
            ..plain(status, &limit)
        };
        assert_eq!(first(&came), after(seconds), "{came:?}");
        // It was refused unseen: also a creation may be sent again without a look.
        let once = next(&Came::Answer(came), &this(Effect::Once, 1));
        assert_eq!(once, after(seconds));
    }
}

#[test]
fn limits_are_told_from_other_refusals_by_their_words() {
    for text in [
        "API rate limit exceeded for installation ID 1.",
        "You have triggered an abuse detection mechanism.",
        "SECONDARY RATE LIMIT",
    ] {
        assert_eq!(first(&plain(403, &message(text))), after(60), "{text}");
    }
    let hasty = r#"{"message":"Validation Failed","errors":[{"field":"body","message":"was submitted too quickly"}]}"#;
    assert_eq!(first(&plain(422, hasty)), after(60));
    let other = message("limit");
    assert_eq!(
        first(&plain(403, &other)),
        Next::GiveUp(Reason::Forbidden),
        "not every limit is of a rate"
    );
}

#[test]
fn no_one_waits_longer_than_patience_lasts() {
    for asked in ["121", "3600", "99999999999999999999999999"] {
        let came = Answer {
            retry_after: Some(asked),
            ..plain(429, "")
        };
        let asked = Duration::from_secs(asked.parse().unwrap_or(u64::MAX));
        assert_eq!(first(&came), Next::GiveUp(Reason::RateLimited(asked)));
    }
    let came = Came::Answer(plain(502, ""));
    let mut late = this(Effect::Once, 2);
    late.left.waiting = Duration::from_millis(1999);
    assert_eq!(next(&came, &late), Next::GiveUp(Reason::Server));
    late.left.waiting = Duration::from_secs(2);
    assert_eq!(next(&came, &late), Next::LookFirst(late.left.waiting));
}

#[test]
fn what_is_wrong_with_which_field_is_said() {
    let body = r#"{"message":"Validation Failed","errors":[
        {"resource":"IssueComment","code":"unprocessable","field":"data","message":"Body is too long"},
        {"code":"missing_field","field":"head_sha"},
        {"code":"custom"}, "No commit found for SHA: 1", 7, null, {"field":"\n::error::x"}]}"#;
    let Next::GiveUp(Reason::Invalid(fields)) = first(&plain(422, body)) else {
        panic!("a 422 is final");
    };
    // Five are read; the two that say nothing among them are left out.
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let expected = [
        "data: Body is too long",
        "head_sha: missing_field",
        "custom",
        "No commit found for SHA: 1",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn foreign_texts_are_short_and_harmless() {
    let said = |text: &str| said(text.as_bytes());
    assert_eq!(said(&message("Not Found")).as_deref(), Some("Not Found"));
    let nasty = said(r#"{"message":"a\n::error::b\u001b[31m\u202e ##[add-mask]x"}"#);
    let nasty = nasty.unwrap_or_default();
    assert_eq!(nasty, r"a ::error::b\u{1b}[31m\u{202e} ##\[add-mask]x");
    let page = "  <!DOCTYPE html><title>Unicorn!</title>";
    assert_eq!(said(page).as_deref(), Some("an HTML page"));
    for nothing in ["", " \n", "{}", "[1, 2", r#"{"message":null}"#, "{\"mess"] {
        assert_eq!(said(nothing), None, "{nothing}");
    }
    let long = said(&message(&"é".repeat(1000))).unwrap_or_default();
    assert_eq!(long.chars().count(), 201);
    assert!(said("\u{0}\u{7}").unwrap_or_default().is_ascii());
}

#[test]
fn jitter_spreads_waits_and_nonsense_counts_as_none() {
    let came = Came::Answer(plain(502, ""));
    let wait = |jitter| {
        let mut this = this(Effect::Repeatable, 1);
        this.jitter = jitter;
        next(&came, &this)
    };
    assert_eq!(wait(0.5), Next::Again(Duration::from_millis(1250)));
    for nonsense in [f64::NAN, f64::INFINITY, -1.0, 1.0, 1e300] {
        assert_eq!(wait(nonsense), after(1), "{nonsense}");
    }
}

fn any_answer() -> impl Strategy<Value = (u16, Option<String>, Option<String>, String)> {
    let header = || {
        proptest::option::of(prop_oneof![
            "[0-9]{1,25}",
            "-?[0-9]{1,3}",
            ".{0,20}",
            Just("Fri, 15 Jan 2027 08:00:20 GMT".to_owned()),
        ])
    };
    let body = prop_oneof![
        Just(message(LIMIT)),
        Just(message(PERMISSION)),
        ".{0,40}",
        Just("<html>".to_owned()),
    ];
    let status = prop_oneof![
        Just(403u16),
        Just(422),
        Just(429),
        400..600u16,
        any::<u16>()
    ];
    (status, header(), header(), body)
}

proptest! {
    /// Follows every decision until the end, as the client does.
    #[test]
    fn tries_and_waiting_end_whatever_comes_back(
        answers in proptest::collection::vec(proptest::option::of(any_answer()), 12),
        once in any::<bool>(),
        jitter in any::<f64>(),
        now in any::<u64>(),
        waiting in 0u64..200,
    ) {
        let effect = if once { Effect::Once } else { Effect::Repeatable };
        let patience = Duration::from_secs(waiting);
        let mut left = Budget { waiting: patience, ..Budget::default() };
        let mut tries = 0;
        for answer in &answers {
            tries += 1;
            let came = match answer {
                None => Came::Broken,
                Some((status, time, remaining, body)) => Came::Answer(Answer {
                    status: *status,
                    retry_after: time.as_deref(),
                    remaining: remaining.as_deref(),
                    reset: time.as_deref(),
                    date: None,
                    body: body.as_bytes(),
                }),
            };
            let this = Try { effect, number: tries, left, jitter, now };
            let wait = match next(&came, &this) {
                Next::GiveUp(_) => break,
                Next::LookFirst(wait) => {
                    prop_assert!(once);
                    wait
                }
                Next::Again(wait) => {
                    // Without a look, only what was refused before it had an effect.
                    let refused = matches!(answer, Some((403 | 422 | 429, ..)));
                    prop_assert!(!once || refused, "repeated blindly after {answer:?}");
                    wait
                }
            };
            prop_assert!(wait <= left.waiting, "{wait:?} of {:?}", left.waiting);
            prop_assert!(wait >= Duration::from_secs(1));
            left.waiting -= wait;
        }
        prop_assert!(tries <= 4, "{tries} tries");
    }
}
