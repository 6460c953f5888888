//! Events: what happened, whether it worked, how large it was.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::Tracker;
use super::error::{ErrorEvent, Source};
use super::families::{BYTES, EVENT, TOOK};
use crate::alert::clip;
use crate::snapshot::Outcome;

/// Bytes of a category, and of a name: together with the result they fit into the 256 of all labels of a series. A family
/// cuts what is longer to a share that depends on how many labels it has, and an event is in families of two and three
/// labels, in which it must have the same name.
const CATEGORY: usize = 80;
const NAME: usize = 160;

/// The text, or if it is too long its start and a fingerprint of all of it, so that long texts stay apart.
fn fitting(text: &str, most: usize) -> Cow<'_, str> {
    const FINGERPRINT: usize = "…#".len() + 16;
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let start = &text[..text.floor_char_boundary(most - FINGERPRINT)];
    Cow::Owned(format!("{start}…#{:016x}", hasher.finish()))
}

impl Tracker {
    /// Counts one event: a save or a restore, a synchronisation, a look-up in a cache (where success is a hit). `bytes`
    /// is its size where it has one. Never sampled.
    ///
    /// ```
    /// # use tollgate_probe::tracker::Tracker;
    /// # use std::time::Duration;
    /// # let tracker = Tracker::builder().build()?;
    /// tracker.event("persistence", "save", true, Some(5_120));
    /// tracker.event("cache", "session", false, None);
    /// let hit_rate = tracker.events(Duration::from_secs(300)).iter()
    ///     .find(|e| &*e.category == "cache").and_then(|e| e.success_rate());
    /// # #[cfg(feature = "record")]
    /// assert_eq!(hit_rate, Some(0.0));
    /// # Ok::<(), tollgate_probe::tracker::BadSettings>(())
    /// ```
    pub fn event(&self, category: &str, name: &str, success: bool, bytes: Option<u64>) {
        if !crate::enabled() {
            return;
        }
        let (category, name) = (&*fitting(category, CATEGORY), &*fitting(name, NAME));
        EVENT
            .get([category, name, if success { "success" } else { "failure" }])
            .increment();
        if let Some(bytes) = bytes {
            BYTES.get([category, name]).record(bytes);
        }
        // A cache miss is no error; where a failure is one, the application says so itself.
    }

    /// As [`event`](Self::event), of something that took time. A failure of it is told to
    /// [`on_error`](Self::on_error).
    pub fn timed_event(
        &self,
        category: &str,
        name: &str,
        success: bool,
        bytes: Option<u64>,
        duration: Duration,
    ) {
        if !crate::enabled() {
            return;
        }
        self.event(category, name, success, bytes);
        let outcome = if success {
            Outcome::Completed
        } else {
            Outcome::Failed
        };
        TOOK.get([&*fitting(category, CATEGORY), &*fitting(name, NAME)])
            .record_as(duration, outcome);
        if !success {
            self.report(|| ErrorEvent {
                source: Source::Event,
                name: clip(name).to_owned(),
                detail: clip(category).to_owned(),
                outcome,
                seconds: Some(duration.as_secs_f64()),
            });
        }
    }
}
