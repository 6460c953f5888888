//! The report for a pull request: the answer first, then a table of what moved, the rest folded away.
//!
//! One renderer for the comment, the check run and the step summary; they differ in how long they may be. A comment is read
//! by people who trust it, and names in it were chosen by the author of the change. So every text from outside
//! stands in a code span ([`escape_cell`]) or in a fenced block, where neither HTML nor links, images, mentions,
//! issue references nor emphasis mean anything.
//!
//! A paragraph is one line: GitHub shows line breaks within paragraphs of comments.

mod foot;
mod rows;
pub(super) mod safe;
pub(super) mod size;
mod top;

#[cfg(test)]
mod tests;

pub use safe::escape_cell;
pub(super) use safe::short;
pub use size::Size;

use super::model::Report;
use rows::{HEAD, Lines};
use size::Room;
use top::plural_of;

/// GitHub takes 65,536 characters in a comment; the rest is for marker lines of whoever posts it.
pub const MARKDOWN_LIMIT: Size = Size::Characters(65_536 - 500);

/// Characters of a line that says what was left out, without where to find it: a number for each verdict.
const LEFT_OUT_LINE: usize = 420;

/// What is known of a run beside the run itself, from whoever shows it and never from the run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Frame<'a> {
    /// Where the run can be looked at.
    pub run_url: Option<&'a str>,
    /// The commit that the report is about, where that is not simply what was measured.
    pub head: Option<&'a str>,
    /// The measurement was made by code of somebody else.
    pub from_fork: bool,
}

impl<'a> Frame<'a> {
    /// The address, if it is one that can stand in a link.
    #[must_use]
    pub fn link(&self) -> Option<&'a str> {
        let harmless = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#=&%".contains(c);
        self.run_url.filter(|url| {
            (url.starts_with("https://") || url.starts_with("http://"))
                && url.len() <= 500
                && url.chars().all(harmless)
        })
    }
}

/// Where a reader finds what a page had no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// In the report of `tollgate report --format json`.
    JsonReport,
    /// In the summary of the run that measured.
    StepSummary,
    /// In the file that the run uploaded.
    Artifact,
}

/// Draws the report within [`MARKDOWN_LIMIT`], for `tollgate report --format markdown`.
#[must_use]
pub fn markdown(report: &Report) -> String {
    Pages::new(report, Frame::default(), MARKDOWN_LIMIT).page(MARKDOWN_LIMIT, Rest::JsonReport)
}

/// A report, ready to be written out in pages of different sizes.
#[derive(Debug)]
pub struct Pages<'a> {
    report: &'a Report,
    frame: Frame<'a>,
    loud: Lines<'a>,
    quiet: Lines<'a>,
}

impl<'a> Pages<'a> {
    /// Sorts and writes the rows, as many as a page of size `largest` has room for.
    #[must_use]
    pub fn new(report: &'a Report, frame: Frame<'a>, largest: Size) -> Self {
        let (loud, quiet) = Lines::of(report, largest.most());
        Self {
            report,
            frame,
            loud,
            quiet,
        }
    }

    /// Draws the report, never longer than `limit`. What has no room is left out from the least important on, and counted;
    /// tables lose whole rows. Empty where not even the first line fits.
    #[must_use]
    pub fn page(&self, limit: Size, rest: Rest) -> String {
        let (report, frame) = (self.report, &self.frame);
        let mut room = Room::new(limit);
        let Some(heading) = room.take(top::heading(report)) else {
            return String::new();
        };
        let mut dropped = Dropped::default();
        // By importance; they are put together in the order of reading.
        let about = dropped.take(&mut room, Some(top::about(report, frame)));
        let rest = self.rest(rest);
        // For the lines that say what was left out: one a table, and one for all else.
        let kept = room.set_aside(3 * (rest.len() + LEFT_OUT_LINE));
        let changed = dropped.take(&mut room, top::changed_budgets(report));
        let (table, shown) = open_table(&self.loud, &mut room);
        let reproduce = dropped.take(&mut room, foot::reproduce(report, &self.loud, frame));
        let footer = dropped.take(&mut room, Some(foot::footer(report)));
        let open = dropped.take(&mut room, top::open_findings(report));
        let aloud = dropped.take(&mut room, foot::said_aloud(report));
        let not_enforced = dropped.take(&mut room, foot::not_enforced(report));
        let advice = dropped.take(&mut room, foot::advice(&self.loud));
        let findings = dropped.take(&mut room, foot::findings(report));
        let proven = dropped.take(&mut room, foot::proven(report));
        let (more, more_left) = self.more_rows(shown, &mut room, &rest);
        let (quiet, quiet_left) = self.quiet_rows(&mut room, &rest);
        room.give_back(kept);
        let [more_left, quiet_left, dropped] = [more_left, quiet_left, dropped.line(&rest)]
            .map(|line| room.take(line).unwrap_or_default());
        [
            heading,
            about,
            changed,
            open,
            table,
            more,
            more_left,
            aloud,
            reproduce,
            advice,
            not_enforced,
            findings,
            proven,
            quiet,
            quiet_left,
            dropped,
            footer,
        ]
        .concat()
    }

    /// ` in the [summary of the run](https://..)`.
    fn rest(&self, rest: Rest) -> String {
        let (what, url) = match rest {
            Rest::JsonReport => return "in the JSON report".to_owned(),
            Rest::StepSummary => ("summary of the run", self.frame.link()),
            Rest::Artifact => ("artifact of the run", self.frame.link()),
        };
        match url {
            Some(url) => format!("in the [{what}]({url})"),
            None => format!("in the {what}"),
        }
    }

    /// Rows that a reader must see and that the open table has no room for.
    fn more_rows(&self, shown: usize, room: &mut Room, rest: &str) -> (String, String) {
        let left = self.loud.rows.len() - shown;
        if left == 0 {
            return Default::default();
        }
        let kinds = foot::kinds(&self.loud.rows[shown..]);
        let more = if shown == 0 { "check" } else { "more check" };
        let summary = format!("{}: {kinds}", plural_of(left, more));
        folded_table(&self.loud, shown, &summary, room, rest)
    }

    fn quiet_rows(&self, room: &mut Room, rest: &str) -> (String, String) {
        let rows = &self.quiet.rows;
        if rows.is_empty() {
            return Default::default();
        }
        let what = if self.loud.rows.is_empty() {
            "check"
        } else {
            "more check"
        };
        let summary = format!("{}: {}", plural_of(rows.len(), what), foot::kinds(rows));
        folded_table(&self.quiet, 0, &summary, room, rest)
    }
}

/// The first rows, and how many these are.
fn open_table(lines: &Lines<'_>, room: &mut Room) -> (String, usize) {
    let size = room.size();
    let Some(left) = room.left().checked_sub(size.of(HEAD) + 1) else {
        return (String::new(), 0);
    };
    match lines.fitting(0, lines.open(), left, size) {
        0 => (String::new(), 0),
        shown => {
            let table = format!("{HEAD}{}\n", lines.lines(0, shown));
            // It was measured before it was put together.
            match room.take(table) {
                Some(table) => (table, shown),
                None => (String::new(), 0),
            }
        }
    }
}

/// As many rows from `first` on as fit, folded; and the line that says how many did not.
fn folded_table(
    lines: &Lines<'_>,
    first: usize,
    summary: &str,
    room: &mut Room,
    rest: &str,
) -> (String, String) {
    let size = room.size();
    let frame = size.of(&foot::fold(summary, HEAD));
    let all = lines.rows.len() - first;
    let shown = (room.left().checked_sub(frame))
        .map_or(0, |left| lines.fitting(first, usize::MAX, left, size));
    if shown == 0 {
        return (String::new(), format!("{summary}; {rest}.\n\n"));
    }
    let body = format!("{HEAD}{}", lines.lines(first, shown));
    let folded = room.take(foot::fold(summary, &body)).unwrap_or_default();
    let left_out = match all - shown {
        0 => String::new(),
        left => format!("… and {left} more {rest}.\n\n"),
    };
    (folded, left_out)
}

/// Sections that had no room.
#[derive(Default)]
struct Dropped(usize);

impl Dropped {
    fn take(&mut self, room: &mut Room, section: Option<String>) -> String {
        let Some(section) = section else {
            return String::new();
        };
        room.take(section).unwrap_or_else(|| {
            self.0 += 1;
            String::new()
        })
    }

    fn line(&self, rest: &str) -> String {
        match self.0 {
            0 => String::new(),
            dropped => format!(
                "{} had no room here: {rest}.\n\n",
                plural_of(dropped, "further section")
            ),
        }
    }
}
