//! The one comment of ours on a pull request: which it is, whether ours is the newer word, what to do.

use super::{Key, Origin, Posting};

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

/// What to do with the comments that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// With the one that is kept.
    pub action: Action,
    /// Further ones of ours, to be deleted.
    pub surplus: Vec<u64>,
}

/// What to do with our comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write one.
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

/// The whole body: marker lines, then the text.
#[must_use]
pub fn body(wish: &Wish<'_>) -> String {
    let _ = wish;
    String::new()
}

/// Decides. `ours` tells our account's comments from others.
#[must_use]
pub fn plan(comments: &[Comment], ours: &dyn Fn(&Author) -> bool, wish: &Wish<'_>) -> Plan {
    let _ = (comments, ours, wish);
    Plan {
        action: Action::Leave(Why::NothingToSay),
        surplus: Vec::new(),
    }
}
