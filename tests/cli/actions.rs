//! `tollgate check` in GitHub Actions: real repositories, and the events that GitHub sends.

mod hub;
mod log;
mod told;

use crate::project::Project;
use hub::{
    BUDGETS, Hub, Told, from_fork, git, merge_group, push, schedule, synchronize, workflow_dispatch,
};

/// A pull request whose base branch went on after the last push to it.
struct Late {
    hub: Hub,
    pull: hub::Pull,
    /// Where main was when the pull request was pushed: what its event calls `base.sha`.
    stale: String,
}

fn late() -> Late {
    let hub = Hub::new();
    let stale = hub.git(&["rev-parse", "main"]);
    let head = hub.branch("changes");
    hub.commit_on_main("other");
    let pull = hub.merge(&head);
    assert_ne!(pull.base, stale);
    Late { hub, pull, stale }
}

impl Late {
    fn check(&self, project: &Project) -> Told {
        let event = synchronize(&self.pull.head, &self.stale);
        self.hub.check(project, "pull_request", &event)
    }
}

#[test]
fn a_merge_is_measured_against_what_it_merges_into_and_not_the_stale_base_of_the_event() {
    let late = late();
    for depth in [2, 0] {
        let project = late.hub.checkout(&late.pull.merge, depth);
        let told = late.check(&project);
        assert_eq!(
            told.base(&project).as_ref(),
            Some(&late.pull.base),
            "depth {depth}"
        );
        let head = &late.pull.head[..12];
        let line = format!(
            "tollgate: compares with `HEAD^1`: HEAD is that with pull request 2 ({head}) merged into it\n"
        );
        assert!(told.answer.stderr.contains(&line), "{}", told.answer.stderr);
    }
}

#[test]
fn a_checkout_of_the_newest_commit_is_measured_against_where_it_left_main() {
    let late = late();
    let project = late.hub.checkout(&late.pull.head, 0);
    let told = late.check(&project);
    // What others did to main since is not in the head, so it must not be in the base.
    assert_eq!(told.base(&project).as_ref(), Some(&late.stale));
    assert!(
        told.answer.stderr.contains("is checked out by itself"),
        "{}",
        told.answer.stderr
    );
}

#[test]
fn a_checkout_of_the_newest_commit_without_main_says_what_to_fetch() {
    let late = late();
    let project = late.hub.checkout(&late.pull.head, 1);
    late.check(&project).refused(
        &project,
        &["`origin/main` was not fetched", "fetch-depth: 0"],
    );
}

#[test]
fn a_shallow_merge_without_its_parents_says_what_to_fetch() {
    let late = late();
    let project = late.hub.checkout(&late.pull.merge, 1);
    // git itself knows of no parent here.
    assert_eq!(git(project.path(), &["rev-list", "--count", "HEAD"]), "1");
    let base = &late.pull.base[..12];
    late.check(&project)
        .refused(&project, &[base, "was not fetched", "`fetch-depth: 2`"]);
}

#[test]
fn a_head_that_is_not_the_one_of_the_event_is_refused() {
    let late = late();
    let newer = late.hub.commit_on_main("newer");
    // The merge of another push; main itself; both with everything that can be fetched.
    for commit in [&late.pull.merge, &newer] {
        let project = late.hub.checkout(commit, 0);
        let event = synchronize(&newer[..].replace(|_: char| true, "e"), &late.stale);
        let told = late.hub.check(&project, "pull_request", &event);
        told.refused(&project, &["eeeeeeeeeeee", "fetch-depth: 2", "--base"]);
        std::fs::remove_file(late.hub.aside("output")).unwrap();
    }
}

#[test]
fn who_says_what_to_compare_with_is_not_asked_for_the_event() {
    let late = late();
    let project = late.hub.checkout(&late.pull.merge, 0);
    let elsewhere = synchronize(&"e".repeat(40), &late.stale);
    let with = |arguments: &[&str]| {
        let mut command = late.hub.command(&project, "pull_request", &elsewhere);
        command.args(arguments);
        late.hub.told(command)
    };
    let told = with(&["--base", &late.stale]);
    assert_eq!(told.base(&project).as_ref(), Some(&late.stale));
    assert!(
        !told.answer.stderr.contains("compares with"),
        "{}",
        told.answer.stderr
    );
    assert_eq!(with(&["--baseline"]).base(&project), None);
}

#[test]
fn a_fork_is_measured_as_any_other_and_its_own_main_is_not_trusted() {
    let late = late();
    let event = from_fork(&late.pull.head);
    let project = late.hub.checkout(&late.pull.merge, 2);
    let told = late.hub.check(&project, "pull_request", &event);
    assert_eq!(told.base(&project).as_ref(), Some(&late.pull.base));
    // With `repository: octocat/Hello-World` and `ref` of the head: main is the author's.
    let project = late.hub.checkout(&late.pull.head, 0);
    let theirs = "https://github.com/octocat/Hello-World";
    git(project.path(), &["remote", "set-url", "origin", theirs]);
    std::fs::remove_file(late.hub.aside("output")).unwrap();
    let told = late.hub.check(&project, "pull_request", &event);
    told.refused(
        &project,
        &["`origin` is octocat/Hello-World, not octo-org/octo-repo"],
    );
}

#[test]
fn a_rerun_of_an_old_run_measures_what_it_measured() {
    let late = late();
    let old = synchronize(&late.pull.head, &late.stale);
    // Meanwhile main and the pull request have gone on; GitHub checks out the commit of the first attempt.
    late.hub.commit_on_main("later");
    late.hub.git(&["checkout", "-q", "changes"]);
    let newer = late.hub.commit("changes", "y\n");
    late.hub.merge(&newer);
    let project = late.hub.checkout(&late.pull.merge, 2);
    let mut command = late.hub.command(&project, "pull_request", &old);
    command.env("GITHUB_RUN_ATTEMPT", "2");
    let told = late.hub.told(command);
    assert_eq!(told.base(&project).as_ref(), Some(&late.pull.base));
}

#[test]
fn each_entry_of_a_merge_queue_is_measured_against_the_one_before() {
    let hub = Hub::new();
    let main = hub.git(&["rev-parse", "main"]);
    let (one, two) = (hub.branch("one"), hub.branch("two"));
    let entry = |onto: &str, head: &str| {
        hub.git(&["checkout", "-q", "--detach", onto]);
        hub.git(&["merge", "-q", "--no-ff", "-m", "Queue", head]);
        hub.git(&["rev-parse", "HEAD"])
    };
    let first = entry(&main, &one);
    let second = entry(&first, &two);
    for (head, base, depth) in [
        (&first, &main, 2),
        (&second, &first, 2),
        (&second, &first, 0),
    ] {
        let project = hub.checkout(head, depth);
        let told = hub.check(&project, "merge_group", &merge_group(head, base));
        assert_eq!(told.base(&project).as_ref(), Some(base));
    }
    let refused = |commit: &str, depth, event: &serde_json::Value, parts: &[&str]| {
        std::fs::remove_file(hub.aside("output")).unwrap();
        let project = hub.checkout(commit, depth);
        hub.check(&project, "merge_group", event)
            .refused(&project, parts);
    };
    refused(
        &second,
        1,
        &merge_group(&second, &first),
        &["was not fetched", "`fetch-depth: 0`"],
    );
    refused(
        &first,
        0,
        &merge_group(&second, &first),
        &["the merge queue asks about"],
    );
    refused(&first, 0, &merge_group(&first, &two), &["does not contain"]);
}

#[test]
fn pushes_and_buttons_are_judged_by_the_committed_baselines() {
    let hub = Hub::new();
    let before = hub.git(&["rev-parse", "main"]);
    let after = hub.commit_on_main("more");
    let project = hub.checkout(&after, 1);
    for (name, event, why) in [
        (
            "push",
            push(Some(&before), Some(&after)),
            "a push is judged by what was accepted before it",
        ),
        (
            "push",
            push(None, Some(&after)),
            "this is the first push of a branch",
        ),
        (
            "workflow_dispatch",
            workflow_dispatch(),
            "this was started by hand",
        ),
        (
            "release",
            workflow_dispatch(),
            "the event `release` names no revision",
        ),
    ] {
        let told = hub.check(&project, name, &event);
        assert_eq!(told.base(&project), None, "{name}");
        let line = format!("tollgate: compares with the committed baselines: {why}\n");
        assert!(told.answer.stderr.contains(&line), "{}", told.answer.stderr);
        // Nothing accepts them by itself.
        assert!(!project.path().join("baselines").exists());
    }
}

#[test]
fn a_deleted_branch_and_events_of_the_default_branch_are_refused() {
    let hub = Hub::new();
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub.checkout(&main, 0);
    for (name, event, part) in [
        ("push", push(Some(&main), None), "the branch was deleted"),
        (
            "pull_request_target",
            synchronize(&main, &main),
            "run `tollgate check` on `pull_request`",
        ),
    ] {
        hub.check(&project, name, &event).refused(&project, &[part]);
        std::fs::remove_file(hub.aside("output")).unwrap();
    }
}

#[test]
fn a_time_table_measures_against_the_anchor_where_there_is_one() {
    let hub = Hub::new();
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub.checkout(&main, 0);
    let told = hub.check(&project, "schedule", &schedule());
    assert_eq!(told.base(&project), None);
    assert!(
        told.answer.stderr.contains("has no [anchor]"),
        "{}",
        told.answer.stderr
    );

    let hub = Hub::with(&format!(
        "{BUDGETS}\n[anchor]\nrevision = \"v1\"\nslower = \"60%\"\n"
    ));
    hub.git(&["tag", "v1"]);
    let tagged = hub.git(&["rev-parse", "v1"]);
    let head = hub.commit_on_main("more");
    let project = hub.checkout(&head, 0);
    git(project.path(), &["fetch", "-q", "origin", "--tags"]);
    let told = hub.check(&project, "schedule", &schedule());
    assert_eq!(told.base(&project), Some(tagged));
    assert!(
        told.answer.stderr.contains("compares with the anchor"),
        "{}",
        told.answer.stderr
    );
}

#[test]
fn an_event_that_cannot_be_read_is_no_reason_to_judge_something_else() {
    let hub = Hub::new();
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub.checkout(&main, 0);
    let mut event = synchronize(&main, &main);
    event["pull_request"]["head"]["sha"] = "main\n::error::x".into();
    let told = hub.check(&project, "pull_request", &event);
    told.refused(&project, &["the event `pull_request` cannot be read: pull_request.head.sha: expected a whole commit id"]);

    std::fs::remove_file(hub.aside("output")).unwrap();
    let mut command = hub.command(&project, "push", &push(None, Some(&main)));
    command.env("GITHUB_EVENT_PATH", hub.aside("gone.json"));
    hub.told(command)
        .refused(&project, &["gone.json (GITHUB_EVENT_PATH)", "--baseline"]);

    let mut command = hub.command(&project, "push", &push(None, Some(&main)));
    command.env_remove("GITHUB_EVENT_PATH");
    let told = hub.told(command);
    assert_eq!(told.base(&project), None);
    assert!(
        told.answer.stderr.contains("GITHUB_EVENT_PATH is not set"),
        "{}",
        told.answer.stderr
    );
}

#[test]
fn outside_of_github_actions_nothing_of_this_happens() {
    let late = late();
    let project = late.hub.checkout(&late.pull.merge, 2);
    for value in ["", "false"] {
        let event = synchronize(&late.pull.head, &late.stale);
        let mut command = late.hub.command(&project, "pull_request", &event);
        command.env("GITHUB_ACTIONS", value);
        let told = late.hub.told(command);
        assert_eq!(told.base(&project), None);
        assert!(
            !told.answer.stderr.contains("compares with"),
            "{}",
            told.answer.stderr
        );
        assert_eq!((told.summary.as_str(), told.outputs.as_str()), ("", ""));
    }
}
