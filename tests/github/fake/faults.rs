//! What goes wrong, when: written down by a test before it happens.

use std::ops::Range;

/// Which requests; by default the first one of its kind.
#[derive(Debug, Clone)]
pub(crate) struct On {
    verb: String,
    path: String,
    which: Range<usize>,
    pub(super) after_commit: bool,
}

/// Requests of a verb to a path of the repository, such as `/issues/7/comments`; `*` stands for one part of it. The
/// storage host has `/blobs/*`.
pub(crate) fn on(verb: &str, path: &str) -> On {
    assert!(path.starts_with('/'), "paths begin with a slash: {path:?}");
    On {
        verb: verb.to_owned(),
        path: path.to_owned(),
        which: 0..1,
        after_commit: false,
    }
}

impl On {
    /// Only the `n`-th of them, from 1, counted from now.
    pub(crate) fn nth(mut self, n: usize) -> Self {
        assert!(n > 0, "the first is 1");
        self.which = n - 1..n;
        self
    }

    /// The next `n` of them.
    pub(crate) fn times(mut self, n: usize) -> Self {
        self.which = 0..n;
        self
    }

    /// All of them.
    pub(crate) fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// GitHub does what it was asked for; only its answer goes wrong.
    pub(crate) fn after_commit(mut self) -> Self {
        self.after_commit = true;
        self
    }

    /// `path` with or without query, below the repository.
    pub(super) fn matches(&self, verb: &str, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        let same = |(ours, theirs): (&str, &str)| ours == "*" || ours == theirs;
        self.verb == verb
            && self.path.split('/').count() == path.split('/').count()
            && self.path.split('/').zip(path.split('/')).all(same)
    }
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// Another answer.
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// No answer for as long as the client waits.
    Hang,
    /// The connection is reset.
    Reset,
    /// The connection ends in the middle of the body.
    Truncated,
}

impl Trouble {
    /// A page for people, as a proxy before GitHub's servers sends it.
    pub(crate) fn html(status: u16) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html><head><title>{status} Unicorn! &middot; GitHub</title></head>\n\
             <body><h1>Whoa there!</h1><p>This page is taking too long to load.</p></body></html>\n"
        );
        Self::answer(
            status,
            &[("content-type", "text/html; charset=utf-8")],
            &body,
        )
    }

    /// An answer of the API.
    pub(crate) fn json(status: u16, message: &str) -> Self {
        let body = serde_json::json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        });
        Self::answer(status, &[], &body.to_string())
    }

    /// Too much in too short a time; GitHub does not always say how long to wait.
    pub(crate) fn secondary_limit(status: u16, retry_after: Option<u64>) -> Self {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        Self::json(status, message).with("retry-after", retry_after)
    }

    /// Nothing is left of the hour's requests. `reset`: seconds since 1970.
    pub(crate) fn primary_limit(status: u16, reset: u64) -> Self {
        Self::json(status, "API rate limit exceeded for installation ID 1.")
            .with("x-ratelimit-limit", Some(1000))
            .with("x-ratelimit-remaining", Some(0))
            .with("x-ratelimit-reset", Some(reset))
    }

    /// Any answer; JSON, if `headers` do not say otherwise.
    pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self::Answer {
            status,
            headers: headers.iter().map(own).collect(),
            body: body.to_owned(),
        }
    }

    fn with(mut self, name: &str, value: Option<u64>) -> Self {
        if let (Self::Answer { headers, .. }, Some(value)) = (&mut self, value) {
            headers.push((name.to_owned(), value.to_string()));
        }
        self
    }
}

/// A fault that waits for its request.
pub(super) struct Armed {
    repository: String,
    on: On,
    seen: usize,
    does: Does,
}

pub(super) enum Does {
    Fail(Trouble),
    /// Taken when it happens.
    Race(Option<Box<dyn FnOnce() + Send>>),
}

/// What the faults do to one request.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) races: Vec<Box<dyn FnOnce() + Send>>,
    pub(super) before: Option<Trouble>,
    pub(super) after: Option<Trouble>,
}

impl Armed {
    pub(super) fn new(repository: &str, on: On, does: Does) -> Self {
        Self {
            repository: repository.to_owned(),
            on,
            seen: 0,
            does,
        }
    }

    /// Counts a request, and says what happens to it.
    pub(super) fn meet(&mut self, repository: &str, verb: &str, path: &str, effects: &mut Effects) {
        if self.repository != repository || !self.on.matches(verb, path) {
            return;
        }
        let hit = self.on.which.contains(&self.seen);
        self.seen += 1;
        match &mut self.does {
            Does::Fail(trouble) if hit && self.on.after_commit => {
                effects.after = Some(trouble.clone());
            }
            Does::Fail(trouble) if hit => effects.before = Some(trouble.clone()),
            Does::Race(race) if hit => effects.races.extend(race.take()),
            Does::Fail(_) | Does::Race(_) => {}
        }
    }
}
