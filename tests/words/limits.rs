//! Every text keeps within its limit, whatever there is to say.

use super::html::{Piece, pieces, rows};
use super::renderers::comrak;
use super::reports::{self, relative};
use proptest::prelude::*;
use tollgate::publish::post::{self, Post};
use tollgate::report::{Frame, Pages, Report, Rest, Row, Size};
use tollgate::verdict::VerdictKind;

/// A share of each kind of row; some names are long, some rows have notes.
fn many(count: usize) -> Report {
    let rows: Vec<Row> = (0..count)
        .map(|at| {
            let verdict = match at % 20 {
                0 => VerdictKind::Regressed,
                1 | 2 => VerdictKind::Inconclusive,
                3 => VerdictKind::Improved,
                _ => VerdictKind::Unchanged,
            };
            let tail = if at % 7 == 0 {
                "/a-long-part-of-a-name".repeat(9)
            } else {
                String::new()
            };
            let mut row = relative(&format!("group_{}/case_{at}{tail}", at % 40), verdict);
            if at % 3 == 0 {
                row.notes = vec![format!("a note about case {at}")];
                row.reproduce = Some(String::new());
            }
            row
        })
        .collect();
    reports::of(rows)
}

fn assert_within_limits(post: &Post, step_summary: &str) {
    // Two marker lines of less than 500 characters stand before it.
    assert!(post.comment.encode_utf16().count() <= 65_536 - 500);
    assert!(post.check.summary.len() <= 65_000);
    assert!(post.check.title.encode_utf16().count() <= 255 && !post.check.title.contains('\n'));
    assert!(post.status.description.encode_utf16().count() <= 140);
    assert!(step_summary.len() <= 900 * 1024);
    for annotation in &post.check.annotations {
        assert!(
            annotation.title.encode_utf16().count() <= 255,
            "{annotation:?}"
        );
        assert!(annotation.message.len() <= 64 * 1024);
        assert!(annotation.line > 0 && !annotation.path.starts_with('/'));
    }
}

/// No row is cut, no fold left open.
fn assert_whole(text: &str) {
    let html = comrak(text);
    let pieces = pieces(&html);
    for row in rows(&pieces) {
        assert_eq!(row.len(), 7, "{row:?}");
    }
    for wanted in ["details", "summary", "table", "pre", "sub"] {
        let count = |wanted_close| {
            (pieces.iter())
                .filter(|piece| matches!(piece, Piece::Tag { name, closes, .. } if name == wanted && *closes == wanted_close))
                .count()
        };
        assert_eq!(count(false), count(true), "{wanted}");
    }
}

#[test]
fn reports_of_any_number_of_benchmarks_fit() {
    for count in [0, 1, 500, 10_000, 100_000] {
        let report = many(count);
        let post = post::post(&report, &reports::context());
        let step = post::step_summary(&report, &reports::context());
        assert_within_limits(&post, &step);
        assert_whole(&post.comment);
        assert_whole(&post.check.summary);
        // As long for more, and the foreign renderer is slow where it is not optimised.
        if count <= 10_000 {
            assert_whole(&step);
        }
        if count >= 10_000 {
            // What there is room for is used, and what there is none for is counted.
            assert!(
                post.comment.encode_utf16().count() > 60_000,
                "{}",
                post.comment.len()
            );
            assert!(step.len() > 850 * 1024, "{}", step.len());
            let left = "more in the [summary of the run](https://github.com/octo-org/octo-repo/actions/runs/7).";
            assert!(post.comment.contains(left));
        }
    }
}

#[test]
fn rows_that_are_shown_and_rows_that_are_left_out_add_up() {
    let report = many(10_000);
    for text in [
        post::post(&report, &reports::context()).comment,
        post::step_summary(&report, &reports::context()),
    ] {
        let shown = rows(&pieces(&comrak(&text))).len();
        let left: usize = (text.lines())
            .filter_map(|line| {
                let (count, _) = line
                    .strip_prefix("… and ")
                    .or(line.strip_suffix("."))?
                    .split_once(" more ")?;
                count.parse::<usize>().ok()
            })
            .sum();
        assert_eq!(shown + left, 10_000);
    }
}

#[test]
fn every_red_row_comes_before_any_quiet_one() {
    let report = many(4_000);
    let text = post::post(&report, &reports::context()).comment;
    let verdicts: Vec<String> = rows(&pieces(&comrak(&text)))
        .into_iter()
        .map(|mut row| row.remove(6))
        .collect();
    let last_red = verdicts
        .iter()
        .rposition(|verdict| verdict == "regressed")
        .unwrap();
    assert!(
        verdicts[..=last_red]
            .iter()
            .all(|verdict| verdict == "regressed")
    );
    assert_eq!(last_red + 1, 200);
}

#[test]
fn a_limit_too_small_for_anything_gives_nothing() {
    let report = many(30);
    for most in 0..60 {
        for size in [Size::Characters(most), Size::Bytes(most)] {
            let text = Pages::new(&report, Frame::default(), size).page(size, Rest::Artifact);
            assert!(size.of(&text) <= most, "{most}: {text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_limit_is_exceeded_and_nothing_is_cut(
        rows in 0_usize..300,
        texts in proptest::collection::vec(any::<String>(), 0..3),
        most in 0_usize..40_000,
        in_bytes in any::<bool>(),
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut report = reports::full_of(&texts);
        report.rows.extend(many(rows).rows);
        let size = if in_bytes { Size::Bytes(most) } else { Size::Characters(most) };
        let frame = Frame { run_url: Some(reports::RUN_URL), head: None, from_fork: true };
        let text = Pages::new(&report, frame, size).page(size, Rest::StepSummary);
        prop_assert!(size.of(&text) <= most);
        assert_whole(&text);
    }
}
