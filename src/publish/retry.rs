//! When a request is sent again, and how long to wait before. Time and chance come in as arguments.
//!
//! octocrab would repeat the creation of a comment at once and blindly, so its own retries are off. Here a request that
//! takes effect once is never repeated before a look at whether it has taken effect ([`Next::LookFirst`]), what GitHub
//! asks for is waited for, and all waiting comes out of one [`Budget`].

mod read;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

pub use read::said;

/// What is left of the patience of one `tollgate comment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Waiting in all, over all requests.
    pub waiting: Duration,
    /// Tries of one request at most.
    pub tries: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            waiting: Duration::from_secs(120),
            tries: 4,
        }
    }
}

/// What asking for the same again would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The same as asking once: reading, deleting, setting something to a value.
    Repeatable,
    /// It would be done twice: a second comment, a second check run, the same annotations again.
    Once,
}

/// What came back, where it was not what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came<'a> {
    /// An answer.
    Answer(Answer<'a>),
    /// No answer in time.
    TimedOut,
    /// No answer: no connection, or one that broke off.
    Broken,
}

/// An answer that is not a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Header `retry-after`: seconds, or a date of HTTP.
    pub retry_after: Option<&'a str>,
    /// Header `x-ratelimit-remaining`: requests.
    pub remaining: Option<&'a str>,
    /// Header `x-ratelimit-reset`: seconds since 1970.
    pub reset: Option<&'a str>,
    /// Header `date`: the sender's clock, which the two times above are of.
    pub date: Option<&'a str>,
    /// The start of the body.
    pub body: &'a [u8],
}

/// The try that failed.
#[derive(Debug, Clone, Copy)]
pub struct Try {
    /// What trying again would do.
    pub effect: Effect,
    /// From 1.
    pub number: u32,
    /// Patience that is left.
    pub left: Budget,
    /// Chance in [0, 1), so that jobs that were refused together do not come back together. Anything else counts as 0.
    pub jitter: f64,
    /// Seconds since 1970 by our clock, for answers without a date.
    pub now: u64,
}

/// What to do after a failed try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Wait, then send it again: it had no effect, or none that matters.
    Again(Duration),
    /// Wait, then look whether it has taken effect after all; send it again only if not.
    LookFirst(Duration),
    /// Stop.
    GiveUp(Reason),
}

/// Why a request was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// 401: the token is not valid, or not any more.
    BadCredentials,
    /// 403: the token lacks a permission, and GitHub says so.
    NotPermitted,
    /// 403 for another reason.
    Forbidden,
    /// 404 or 410: it does not exist, or the token may not know that it does.
    NotFound,
    /// 422: GitHub does not take the content; what it says of each field.
    Invalid(Vec<String>),
    /// 403 or 429: too many requests, and more waiting was asked for than was left.
    RateLimited(Duration),
    /// 5xx, again and again.
    Server,
    /// No answer in time, again and again.
    TimedOut,
    /// No connection, or one that broke off, again and again.
    Broken,
    /// A status that this request should never have; or an answer that means nothing here.
    Unexpected,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::BadCredentials => "the token is not valid, or has expired",
            Self::NotPermitted => "the token lacks a permission",
            Self::Forbidden => "it is forbidden",
            Self::NotFound => "it does not exist, or the token may not see it",
            Self::Invalid(fields) if fields.is_empty() => "the content is not accepted",
            Self::Invalid(fields) => {
                return write!(f, "the content is not accepted: {}", fields.join("; "));
            }
            Self::RateLimited(asked) => {
                return write!(
                    f,
                    "too many requests; GitHub asks to wait {} s, which is more than is left",
                    asked.as_secs()
                );
            }
            Self::Server => "GitHub has an error of its own",
            Self::TimedOut => "no answer came in time",
            Self::Broken => "the connection failed",
            Self::Unexpected => "that is no answer to this request",
        };
        f.write_str(text)
    }
}

/// Waiting where GitHub says that there were too many requests, but not how long to wait: a minute at least, by its
/// documentation ("Best practices for using the REST API").
const UNSAID: Duration = Duration::from_secs(60);

/// Says what to do after a try that failed.
///
/// Waiting is never longer than what is left of it, and there is no try after the last one.
#[must_use]
pub fn next(came: &Came<'_>, this: &Try) -> Next {
    let answer = match came {
        Came::TimedOut => return later(this, Reason::TimedOut),
        Came::Broken => return later(this, Reason::Broken),
        Came::Answer(answer) => answer,
    };
    if let Some(asked) = read::asked_to_wait(answer, this.now) {
        return refused(this, asked.unwrap_or(UNSAID));
    }
    match answer.status {
        // 408: the server did not get all of the request in time.
        408 | 500..=599 => later(this, Reason::Server),
        401 => Next::GiveUp(Reason::BadCredentials),
        403 if read::names_permission(answer.body) => Next::GiveUp(Reason::NotPermitted),
        403 => Next::GiveUp(Reason::Forbidden),
        404 | 410 => Next::GiveUp(Reason::NotFound),
        422 => Next::GiveUp(Reason::Invalid(read::fields(answer.body))),
        _ => Next::GiveUp(Reason::Unexpected),
    }
}

/// Nobody knows whether it was done.
fn later(this: &Try, reason: Reason) -> Next {
    let wait = backoff(this.number).mul_f64(1.0 + jitter(this) / 2.0);
    match this.effect {
        _ if is_last(this) || wait > this.left.waiting => Next::GiveUp(reason),
        Effect::Repeatable => Next::Again(wait),
        Effect::Once => Next::LookFirst(wait),
    }
}

/// It was not done: GitHub refused before it looked at the content.
fn refused(this: &Try, asked: Duration) -> Next {
    let wait = asked.max(backoff(this.number));
    if is_last(this) || wait > this.left.waiting {
        return Next::GiveUp(Reason::RateLimited(asked));
    }
    let jitter = Duration::from_secs_f64(jitter(this));
    Next::Again(wait.saturating_add(jitter).min(this.left.waiting))
}

fn is_last(this: &Try) -> bool {
    this.number >= this.left.tries
}

/// 1 s, 2 s, 4 s; never more than 8 s.
fn backoff(number: u32) -> Duration {
    Duration::from_secs(1 << number.saturating_sub(1).min(3))
}

fn jitter(this: &Try) -> f64 {
    if (0.0..1.0).contains(&this.jitter) {
        this.jitter
    } else {
        0.0
    }
}
