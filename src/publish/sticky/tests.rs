//! Which comment is ours, and what racing runs end with.

use super::*;
use crate::publish::{Key, Origin, Posting};
use proptest::prelude::*;
use std::collections::BTreeMap;

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

fn origin_of(run: u64, attempt: u32) -> Origin {
    Origin {
        run,
        attempt,
        head: Commit::new(HEAD).unwrap(),
    }
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

struct Said {
    key: Key,
    origin: Origin,
    posting: Posting,
    worth_saying: bool,
    text: String,
}

impl Said {
    fn by(run: u64, attempt: u32, text: &str) -> Self {
        Self {
            key: Key::default(),
            origin: origin_of(run, attempt),
            posting: Posting::Changes,
            worth_saying: true,
            text: text.to_owned(),
        }
    }

    fn wish(&self) -> Wish<'_> {
        Wish {
            key: &self.key,
            origin: &self.origin,
            posting: self.posting,
            worth_saying: self.worth_saying,
            text: &self.text,
        }
    }

    fn body(&self) -> String {
        body(&self.wish())
    }

    fn plan(&self, comments: &[Comment]) -> Plan {
        plan(comments, &|author| author.is(ACTIONS_BOT), &self.wish())
    }
}

fn bot() -> Option<Author> {
    Some(Author {
        login: ACTIONS_BOT.to_owned(),
        is_bot: true,
    })
}

fn comment(id: u64, body: impl Into<String>) -> Comment {
    Comment {
        id,
        author: bot(),
        body: body.into(),
    }
}

fn update(id: u64) -> Plan {
    Plan {
        action: Action::Update(id),
        surplus: Vec::new(),
    }
}

fn leave(why: Why) -> Plan {
    Plan {
        action: Action::Leave(why),
        surplus: Vec::new(),
    }
}

fn create() -> Plan {
    Plan {
        action: Action::Create,
        surplus: Vec::new(),
    }
}

#[test]
fn a_body_has_its_marker_first_then_its_data_then_the_text() {
    insta::assert_snapshot!(Said::by(7, 2, "All good.\n\n").body(), @r"
    <!-- tollgate:v1:key=default -->
    <!-- tollgate-data run=7 attempt=2 head=0123456789abcdef0123456789abcdef01234567 -->

    All good.
    ");
}

#[test]
fn the_first_comment_is_written_when_there_is_something_to_say() {
    let mut said = Said::by(1, 1, "red");
    assert_eq!(said.plan(&[]), create());
    said.worth_saying = false;
    assert_eq!(said.plan(&[]), leave(Why::NothingToSay));
    said.posting = Posting::Always;
    assert_eq!(said.plan(&[]), create());
}

#[test]
fn never_touches_nothing_not_even_surplus() {
    let mut said = Said::by(9, 1, "new");
    said.posting = Posting::Never;
    let old = Said::by(1, 1, "old").body();
    let there = [comment(1, old.clone()), comment(2, old)];
    assert_eq!(said.plan(&there), leave(Why::Never));
    assert_eq!(said.plan(&[]), leave(Why::Never));
}

#[test]
fn a_comment_that_is_there_is_kept_true_even_when_all_is_well() {
    let there = [comment(5, Said::by(1, 1, "red").body())];
    let mut said = Said::by(2, 1, "green");
    said.worth_saying = false;
    assert_eq!(said.plan(&there), update(5));
}

#[test]
fn later_attempts_and_later_runs_update_and_earlier_ones_do_not() {
    let there = [comment(5, Said::by(10, 2, "stored").body())];
    for (run, attempt, expected) in [
        (10, 3, update(5)),
        (11, 1, update(5)),
        (10, 2, update(5)),
        (10, 1, leave(Why::Older)),
        (9, 9, leave(Why::Older)),
    ] {
        assert_eq!(
            Said::by(run, attempt, "mine").plan(&there),
            expected,
            "{run}/{attempt}"
        );
    }
}

#[test]
fn the_same_text_is_not_sent_again_whatever_its_line_ends() {
    let text = "Line one.\n\n| a | b |\n|---|---|";
    let stored = Said::by(1, 1, text).body();
    for body in [
        stored.clone(),
        stored.replace('\n', "\r\n"),
        stored.trim_end().to_owned(),
        format!("{stored}\r\n\r\n"),
    ] {
        let there = [comment(5, body.clone())];
        let again = Said::by(2, 1, text);
        assert_eq!(again.plan(&there), leave(Why::Unchanged), "{body:?}");
        let windows = Said::by(2, 1, &text.replace('\n', "\r\n"));
        assert_eq!(windows.plan(&there), leave(Why::Unchanged), "{body:?}");
        assert_eq!(Said::by(2, 1, "other").plan(&there), update(5), "{body:?}");
    }
}

#[test]
fn crlf_does_not_hide_a_newer_word() {
    let newer = Said::by(9, 1, "newer").body().replace('\n', "\r\n");
    assert_eq!(
        Said::by(8, 1, "older").plan(&[comment(5, newer)]),
        leave(Why::Older)
    );
}

#[test]
fn only_the_whole_first_line_is_a_marker() {
    let marker = marker(&Key::default());
    for body in [
        format!("\n{marker}\ntext"),
        format!(" {marker}\ntext"),
        format!("{marker} \ntext"),
        format!("text\n{marker}"),
        format!("{marker}{marker}\ntext"),
        format!("\u{feff}{marker}\ntext"),
        format!("> {marker}\ntext"),
        format!("```\n{marker}\n```"),
        format!("{marker}\r\r\ntext"),
        format!("{marker}\rtext"),
        marker.to_uppercase(),
        "<!-- tollgate:v2:key=default -->\ntext".to_owned(),
        "<!-- tollgate:v1:key=defaul -->\ntext".to_owned(),
        "<!-- tollgate:v1:key=default2 -->\ntext".to_owned(),
        "<!--tollgate:v1:key=default-->\ntext".to_owned(),
        String::new(),
    ] {
        let there = [comment(5, body.clone())];
        assert_eq!(Said::by(1, 1, "x").plan(&there), create(), "{body:?}");
    }
    // The marker alone is enough to be ours.
    assert_eq!(Said::by(1, 1, "x").plan(&[comment(5, marker)]), update(5));
}

#[test]
fn comments_of_another_key_are_left_alone() {
    let mut other = Said::by(1, 1, "other crate");
    other.key = key("parser");
    let there = [comment(3, other.body())];
    assert_eq!(Said::by(2, 1, "mine").plan(&there), create());
    // Two markers: the first line decides, and the second is no data line.
    let both = format!("{}\n{}", marker(&key("parser")), Said::by(1, 1, "x").body());
    assert_eq!(
        Said::by(2, 1, "mine").plan(&[comment(3, both.clone())]),
        create()
    );
    other.text = "again".to_owned();
    assert_eq!(other.plan(&[comment(3, both)]), update(3));
}

#[test]
fn comments_of_others_with_our_marker_are_not_ours() {
    let body = Said::by(1, 1, "hijacked").body();
    let author = |login: &str, is_bot| {
        Some(Author {
            login: login.to_owned(),
            is_bot,
        })
    };
    for author in [
        None,
        author("mallory", false),
        author("github-actions", true),
        author("github-actions", false),
        // No person can have such a login today; the kind is asked all the same.
        author(ACTIONS_BOT, false),
        author("other-app[bot]", true),
        author("", true),
    ] {
        let there = [Comment {
            id: 1,
            author: author.clone(),
            body: body.clone(),
        }];
        assert_eq!(Said::by(2, 1, "x").plan(&there), create(), "{author:?}");
    }
}

#[test]
fn a_login_is_compared_as_github_does() {
    let person = Author {
        login: "Octocat".to_owned(),
        is_bot: false,
    };
    assert!(person.is("octocat"));
    assert!(!person.is("octocat2"));
    assert!(!person.is(""));
}

#[test]
fn a_data_line_that_is_missing_or_forged_is_older_than_any_run() {
    let marker = marker(&Key::default());
    let huge = u64::MAX;
    for data in [
        String::new(),
        "<!-- tollgate-data -->".to_owned(),
        "text".to_owned(),
        format!("<!-- tollgate-data run={huge} attempt=1 head={HEAD} -->"),
        format!("<!-- tollgate-data run=99999999999999999999999 attempt=1 head={HEAD} -->"),
        format!("<!-- tollgate-data run=-5 attempt=1 head={HEAD} -->"),
        format!("<!-- tollgate-data run=+50 attempt=1 head={HEAD} -->"),
        format!("<!-- tollgate-data run=050 attempt=1 head={HEAD} -->"),
        format!("<!-- tollgate-data run=5e9 attempt=1 head={HEAD} -->"),
        format!("<!-- tollgate-data run=50 attempt=4294967296 head={HEAD} -->"),
        format!("<!-- tollgate-data run=50 head={HEAD} -->"),
        format!("<!-- tollgate-data attempt=1 run=50 head={HEAD} -->"),
        format!("<!-- tollgate-data run=50 run=51 attempt=1 head={HEAD} -->"),
        format!("<!-- tollgate-data run=50 attempt=1 head={HEAD} more=1 -->"),
        format!("<!-- tollgate-data run=50 attempt=1 head={HEAD} --> text"),
        format!("<!--  tollgate-data run=50 attempt=1 head={HEAD} -->"),
        "<!-- tollgate-data run=50 attempt=1 head=main -->".to_owned(),
        "<!-- tollgate-data run=50 attempt=1 head= -->".to_owned(),
        format!("\n<!-- tollgate-data run=50 attempt=1 head={HEAD} -->"),
    ] {
        let there = [comment(5, format!("{marker}\n{data}\n\nsame\n"))];
        // Even the same text: the data line is put right.
        assert_eq!(Said::by(1, 1, "same").plan(&there), update(5), "{data:?}");
    }
}

#[test]
fn the_greatest_id_of_json_is_still_believed() {
    let said = Said::by(MAX_RUN, 1, "x").body();
    assert_eq!(
        Said::by(5, 1, "y").plan(&[comment(1, said)]),
        leave(Why::Older)
    );
}

#[test]
fn the_lowest_of_several_is_kept_and_the_others_go() {
    let there: Vec<Comment> = [30, 10, 20, 20]
        .iter()
        .map(|id| comment(*id, Said::by(1, 1, "old").body()))
        .collect();
    assert_eq!(
        Said::by(2, 1, "new").plan(&there),
        Plan {
            action: Action::Update(10),
            surplus: vec![20, 30],
        }
    );
    assert_eq!(
        Said::by(2, 1, "old").plan(&there),
        Plan {
            action: Action::Leave(Why::Unchanged),
            surplus: vec![20, 30],
        }
    );
}

#[test]
fn a_newer_word_is_not_deleted_by_an_older_run_wherever_it_stands() {
    let there = [
        comment(10, Said::by(1, 1, "first").body()),
        comment(20, Said::by(9, 1, "newest").body()),
        comment(30, Said::by(2, 1, "second").body()),
    ];
    assert_eq!(
        Said::by(5, 1, "between").plan(&there),
        Plan {
            action: Action::Leave(Why::Older),
            surplus: vec![30],
        }
    );
    assert_eq!(
        Said::by(9, 1, "newest").plan(&there),
        Plan {
            action: Action::Update(10),
            surplus: vec![20, 30],
        }
    );
}

#[test]
fn one_of_ours_is_found_among_three_hundred() {
    let mut there: Vec<Comment> = (1..=300)
        .map(|id| Comment {
            id,
            author: Some(Author {
                login: format!("user-{id}"),
                is_bot: id % 7 == 0,
            }),
            body: Said::by(id, 1, "copied from the bot").body(),
        })
        .collect();
    assert_eq!(Said::by(9, 1, "x").plan(&there), create());
    there[250] = comment(251, Said::by(8, 1, "ours").body());
    assert_eq!(Said::by(9, 1, "x").plan(&there), update(251));
}

/// Comments as GitHub keeps them: ids only grow, and what is gone cannot be edited.
#[derive(Default)]
struct Store {
    comments: BTreeMap<u64, String>,
    last: u64,
}

impl Store {
    fn list(&self) -> Vec<Comment> {
        self.comments
            .iter()
            .map(|(id, body)| comment(*id, body.clone()))
            .collect()
    }

    fn carry_out(&mut self, plan: &Plan, said: &Said) {
        match plan.action {
            Action::Create => {
                self.last += 1;
                self.comments.insert(self.last, said.body());
            }
            Action::Update(id) => {
                if let Some(body) = self.comments.get_mut(&id) {
                    *body = said.body();
                }
            }
            Action::Leave(_) => {}
        }
        for id in &plan.surplus {
            self.comments.remove(id);
        }
    }
}

proptest! {
    #[test]
    fn racing_runs_end_with_one_comment_that_carries_the_newest_word(
        // Run, attempt and which of three texts: equal texts of different runs must not confuse.
        runs in prop::collection::vec((1..6_u64, 1..3_u32, 0..3_u8), 1..7),
        // Who plans (true) or carries out what it planned last (false), in which order.
        steps in prop::collection::vec((0..7_usize, any::<bool>()), 0..40),
    ) {
        let mut runs: Vec<Said> = runs
            .into_iter()
            .map(|(run, attempt, text)| Said::by(run, attempt, &format!("text {text}")))
            .collect();
        runs.sort_by_key(|said| (said.origin.run, said.origin.attempt));
        runs.dedup_by_key(|said| (said.origin.run, said.origin.attempt));
        let mut store = Store::default();
        let mut plans: Vec<Option<Plan>> = vec![None; runs.len()];
        let mut were_some = false;
        for (who, plans_now) in steps {
            let who = who % runs.len();
            if plans_now {
                plans[who] = Some(runs[who].plan(&store.list()));
            } else if let Some(plan) = plans[who].take() {
                store.carry_out(&plan, &runs[who]);
            }
            // At no time does a race leave nothing behind.
            were_some |= !store.comments.is_empty();
            prop_assert_eq!(were_some, !store.comments.is_empty());
        }
        // What was planned before the dust settled may still arrive.
        for (plan, said) in plans.iter().zip(&runs) {
            if let Some(plan) = plan {
                store.carry_out(plan, said);
            }
        }
        // Then everyone plans anew, in any order, until nobody has anything to do.
        let mut rounds = 0;
        loop {
            let before = store.comments.clone();
            for said in &runs {
                let plan = said.plan(&store.list());
                store.carry_out(&plan, said);
            }
            if store.comments == before {
                break;
            }
            rounds += 1;
            prop_assert!(rounds < 4, "{:?}", store.comments);
        }
        let newest = runs.last().unwrap();
        prop_assert_eq!(store.comments.len(), 1);
        let left = stored(store.comments.values().next().unwrap(), &newest.key).unwrap();
        prop_assert_eq!(&left.text, &newest.text);
    }

    #[test]
    fn what_is_written_is_read_back(run in 0..=MAX_RUN, attempt: u32, text in ".{0,200}") {
        let said = Said::by(run, attempt, &text);
        let back = stored(&said.body(), &said.key).unwrap();
        prop_assert_eq!(back.origin.as_ref(), Some(&said.origin));
        prop_assert_eq!(back.text, plain(&text));
    }

    #[test]
    fn any_body_can_be_read(body in "(<!-- tollgate:v1:key=default -->|\r?\n|<!-- tollgate-data |run=|[0-9]{0,30}|-->|.){0,20}") {
        let there = [comment(1, body)];
        let plan = Said::by(1, 1, "x").plan(&there);
        prop_assert!(plan.surplus.is_empty());
    }
}
