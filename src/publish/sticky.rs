//! The one comment of ours on a pull request: which it is, whether ours is the newer word, what to do.
//!
//! A comment is ours when our account wrote it *and* its first line is exactly our marker. Anyone may write the marker,
//! and the account of GitHub Actions is shared by every workflow of a repository; neither alone is enough.
//!
//! Several runs may speak at a time, each from a list of comments that is out of date by the time it writes. So that any
//! order of what they do ends with one comment, the lowest id is the one that is kept, nobody ever deletes the lowest of
//! those that it saw, and nobody deletes a word that is newer than its own. A run that has *created* a comment lists and
//! plans once more, because another one may have done so at the same time.

use super::{Commit, Key, Origin, Posting};

#[cfg(test)]
mod tests;

/// A comment as GitHub's API tells it; the few fields that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id; grows with time.
    pub id: u64,
    /// Login and kind (`User`, `Bot`) of its author; `None` for a deleted account.
    pub author: Option<Author>,
    /// Markdown.
    pub body: String,
}

/// Who wrote a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Such as `github-actions[bot]`.
    pub login: String,
    /// Whether GitHub says that it is an app.
    pub is_bot: bool,
}

/// Who writes with the token of GitHub Actions.
pub const ACTIONS_BOT: &str = "github-actions[bot]";

impl Author {
    /// Whether this is the account `login`. GitHub takes no notice of the case of logins. Brackets are for apps, so a
    /// login with them must be one.
    #[must_use]
    pub fn is(&self, login: &str) -> bool {
        self.login.eq_ignore_ascii_case(login) && (self.is_bot || !login.ends_with("[bot]"))
    }
}

/// What to do with the comments that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// With the one that is kept.
    pub action: Action,
    /// Further ones of ours, to be deleted; after the action, so that there is a comment at any time.
    pub surplus: Vec<u64>,
}

/// What to do with our comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write one; then list and plan again.
    Create,
    /// Give this one our text.
    Update(u64),
    /// Nothing.
    Leave(Why),
}

/// Why nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The settings say so.
    Never,
    /// Nothing happened that is worth a comment, and there is none to be kept true.
    NothingToSay,
    /// It says that already.
    Unchanged,
    /// A later run has spoken.
    Older,
}

/// What we would like to say.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Which of our comments.
    pub key: &'a Key,
    /// Which run speaks.
    pub origin: &'a Origin,
    /// When to start one.
    pub posting: Posting,
    /// Whether there is something to say.
    pub worth_saying: bool,
    /// Markdown without marker lines.
    pub text: &'a str,
}

/// The first line of every comment of `key`.
#[must_use]
pub fn marker(key: &Key) -> String {
    format!("<!-- tollgate:v1:key={key} -->")
}

/// The second line: which run speaks.
fn data_line(origin: &Origin) -> String {
    let Origin { run, attempt, head } = origin;
    format!("<!-- tollgate-data run={run} attempt={attempt} head={head} -->")
}

/// The whole body: marker lines, an empty line, the text.
#[must_use]
pub fn body(wish: &Wish<'_>) -> String {
    let text = wish.text.trim_end();
    format!(
        "{}\n{}\n\n{text}\n",
        marker(wish.key),
        data_line(wish.origin)
    )
}

/// What stands in a comment of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    /// Whose word it is; `None` where that cannot be read: older than any.
    origin: Option<Origin>,
    /// What follows the marker lines, in our line ends.
    text: String,
}

/// Reads a body; `None` if its first line is not the marker of `key`. GitHub may give lines back with CRLF ends.
fn stored(body: &str, key: &Key) -> Option<Stored> {
    let mut lines = body
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    if lines.next()? != marker(key) {
        return None;
    }
    let rest: Vec<&str> = lines.collect();
    let origin = rest.first().and_then(|line| origin(line));
    let text = rest.get(1..).unwrap_or_default().join("\n");
    Some(Stored {
        origin,
        text: text.trim().to_owned(),
    })
}

/// Ids of runs are numbers of JSON. Greater ones are not GitHub's, and would silence every later run if they were believed.
const MAX_RUN: u64 = 1 << 53;

/// Reads the second line, which must be written as we write it, digit for digit.
fn origin(line: &str) -> Option<Origin> {
    let fields = line
        .strip_prefix("<!-- tollgate-data ")?
        .strip_suffix(" -->")?;
    let mut fields = fields.split(' ');
    let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
    let origin = Origin {
        run: field("run")?.parse().ok()?,
        attempt: field("attempt")?.parse().ok()?,
        head: Commit::new(field("head")?)?,
    };
    (origin.run <= MAX_RUN && data_line(&origin) == line).then_some(origin)
}

/// Decides. `ours` tells our account's comments from others.
///
/// A comment that says the same already is left alone, although its data line then names an earlier run. A run between
/// the two that speaks late would still overwrite it; the workflow's `concurrency` group is what keeps runs from that.
#[must_use]
pub fn plan(comments: &[Comment], ours: &dyn Fn(&Author) -> bool, wish: &Wish<'_>) -> Plan {
    let leave = |why, surplus| Plan {
        action: Action::Leave(why),
        surplus,
    };
    if wish.posting == Posting::Never {
        return leave(Why::Never, Vec::new());
    }
    let mut own: Vec<(u64, Stored)> = comments
        .iter()
        .filter(|comment| comment.author.as_ref().is_some_and(ours))
        .filter_map(|comment| Some((comment.id, stored(&comment.body, wish.key)?)))
        .collect();
    own.sort_by_key(|(id, _)| *id);
    // Pages that shift while they are read can show one comment twice.
    own.dedup_by_key(|(id, _)| *id);
    let Some(((kept, text), further)) = own.split_first() else {
        return if wish.posting == Posting::Always || wish.worth_saying {
            Plan {
                action: Action::Create,
                surplus: Vec::new(),
            }
        } else {
            leave(Why::NothingToSay, Vec::new())
        };
    };
    let is_newer = |stored: &Stored| {
        let origin = stored.origin.as_ref();
        origin.is_some_and(|origin| origin.is_newer_than(wish.origin))
    };
    let surplus = further
        .iter()
        .filter(|(_, stored)| !is_newer(stored))
        .map(|(id, _)| *id)
        .collect();
    if own.iter().any(|(_, stored)| is_newer(stored)) {
        return leave(Why::Older, surplus);
    }
    // A data line that cannot be read is put right even if the text is.
    if text.origin.is_some() && text.text == plain(wish.text) {
        return leave(Why::Unchanged, surplus);
    }
    Plan {
        action: Action::Update(*kept),
        surplus,
    }
}

/// The text as [`stored`] gives it back.
fn plain(text: &str) -> String {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}
