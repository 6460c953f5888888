//! Nothing that a pull request's author names becomes markup.

use super::html::{Piece, pieces, prose, rows};
use super::renderers::{cmark_gfm, comrak};
use super::reports::{self, RUN_URL};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::io::Write;
use tollgate::publish::post::{self, Unjudged};
use tollgate::report::{Report, markdown, safe_name};
use unicode_width::UnicodeWidthStr;

/// Names as an attacker would choose them.
const HOSTILE: &[&str] = &[
    "a|b",
    "x`y``z",
    "<img src=x onerror=1>",
    "@octocat",
    "#12",
    "[l](http://e)",
    "http://evil.com",
    "www.evil.com",
    "me@evil.com",
    "mailto:me@evil.com",
    "a\nb",
    "</code><b>hi",
    "<!-- tollgate:default -->",
    "![i](http://t/x.png)",
    "a\\|b",
    "a\\",
    "a\\\\|",
    "`",
    "``",
    "``|``",
    "*b*_c_~~d~~",
    "--> x",
    " lead",
    "| x |",
    "\u{202e}abc",
    "GH-12",
    "octo/repo#3",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "$x^2$",
    "```",
    "~~~",
    "&lt;b&gt;",
    "&#64;x",
    "--></details>",
    "</code>",
    "@octocat/team please",
    "#12 GH-12",
    "::error::x",
    "\n::error file=a::b\r\n",
    "\u{202e}\u{2066}\u{200f}abc\u{200b}",
    "a\r\n\r\n# b\r\n- c",
    "<!-- tollgate:v1:key=default -->",
    "\n<!-- tollgate:v1:key=default -->\n",
    "",
    " ",
    "   ",
    "\t",
    "\0",
    "`a",
    "a`",
    "``a",
    "a```",
    "````a`b``c```d",
    "` `",
    " ` ",
    "|",
    "||",
    "\\",
    "\\\\",
    "\\`",
    "`\\|`",
    "\\|\\\\|",
    "| `",
    "` |",
    "`|`|`",
    "[^1]",
    "[^1]: x",
    "[ ] task",
    "- [x] task",
    "$`x`$",
    "$$x$$",
    ":smile:",
    "+1: :tada:",
    "<https://evil.com>",
    "https://evil.com/`x`",
    "[x]: http://evil.com",
    "[x]",
    "![x]",
    "<details open>",
    "</summary><script>alert(1)</script>",
    "<sub>",
    "---",
    "===",
    "> quote",
    "> [!CAUTION]",
    "# heading",
    "1. list",
    "    code",
    "\u{a0}",
    "\u{3000}x\u{3000}",
    "日本語/größe/\u{1f600}",
    "a\u{301}\u{301}",
    "&nbsp;",
    "&amp;lt;",
    "%0A::error::",
    "${{ github.token }}",
    "$(touch x)",
    "\u{85}",
    "\u{2028}x",
    "\u{feff}",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?php",
    "<!DOCTYPE html>",
    "&#x60;",
    "\u{ff5c}",
    "a  b",
    "*",
    "_",
    "~",
    "javascript:alert(1)",
];

/// Everything that tollgate itself writes, and each renderer for tables and fenced blocks.
const TAGS: &[&str] = &[
    "h3",
    "p",
    "br",
    "strong",
    "code",
    "pre",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "sub",
    "ul",
    "li",
    "a",
    "blockquote",
    "div",
];

/// Words that tollgate shows in bold.
fn is_own_bold(text: &str) -> bool {
    let is_counts = text.ends_with(" missing") && text.contains(" enforced, ");
    let known = [
        "regressed",
        "over-budget",
        "violated",
        "failed",
        "unmatched-budget",
        "This change touches the budgets.",
    ];
    is_counts || known.contains(&text)
}

fn assert_harmless(html: &str) {
    let pieces = pieces(html);
    let mut open: Vec<&str> = Vec::new();
    let mut bold = None;
    for piece in &pieces {
        match piece {
            Piece::Tag {
                name,
                closes,
                whole,
            } => {
                assert!(TAGS.contains(&name.as_str()), "{whole} in {html}");
                let plain = whole.trim_end_matches(" />").trim_end_matches('>');
                match name.as_str() {
                    "a" if !closes => assert_eq!(plain, format!("<a href=\"{RUN_URL}\"")),
                    "p" => assert!(
                        ["<p", "</p", "<p class=\"markdown-alert-title\""].contains(&plain),
                        "{whole}"
                    ),
                    "div" => assert!(
                        plain.starts_with("</div")
                            || plain.starts_with("<div class=\"markdown-alert markdown-alert-"),
                        "{whole}"
                    ),
                    "th" | "td" => assert!(!plain.contains("on") && plain.len() < 40, "{whole}"),
                    "code" => assert!(
                        [
                            "<code",
                            "</code",
                            "<code class=\"language-sh\"",
                            "<code class=\"language-text\""
                        ]
                        .contains(&plain),
                        "{whole}"
                    ),
                    _ => assert_eq!(plain.trim_start_matches(['<', '/']), name, "{whole}"),
                }
                if name == "strong" {
                    bold = if *closes { None } else { Some(String::new()) };
                }
                if name == "br" {
                    continue;
                }
                if *closes {
                    assert_eq!(open.pop(), Some(name.as_str()), "{html}");
                } else {
                    open.push(name);
                }
            }
            Piece::Text(text) if bold.is_some() => {
                assert!(is_own_bold(text), "{text:?} is bold");
            }
            Piece::Text(_) => {}
        }
    }
    assert!(open.is_empty(), "{open:?} stays open in {html}");
    let prose = prose(&pieces);
    for wrong in [
        "@", "#", "GH-", "http", "www.", "://", "deadbeef", "$", "evil", "octo", "<!--", "::",
        "```", "\u{202e}", "[x]", "[ ]",
    ] {
        assert!(!prose.contains(wrong), "{wrong:?} in {prose:?}");
    }
}

/// The name as a reader should see it; nothing for names that a page cannot show as a whole.
fn shown(name: &str) -> Option<String> {
    let safe = safe_name(name);
    (safe.width() <= 100 && safe.chars().count() <= 200).then_some(safe)
}

/// comrak 0.59 counts backslashes in pairs where GitHub takes one off before a pipe: there is no way to show it `\|`.
fn as_comrak_sees(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c == '|' {
            out.truncate(out.trim_end_matches('\\').len());
        }
        out.push(c);
    }
    out
}

fn assert_rows(html: &str, report: &Report, seen: fn(&str) -> String) {
    let found = rows(&pieces(html));
    for row in &found {
        assert_eq!(row.len(), 7, "{row:?}");
    }
    let names: BTreeSet<String> = found.iter().map(|row| seen(&row[0])).collect();
    for row in &report.rows {
        let metric = row
            .metric
            .as_ref()
            .map_or("time", |metric| metric.name.as_str());
        let name = match (row.benchmark.suite.as_str(), metric) {
            (tollgate::measurement::OVERHEAD, _) => format!("overhead of {}", row.benchmark.name),
            (_, "time") => row.benchmark.to_string(),
            _ => format!("{} [{metric}]", row.benchmark),
        };
        if let Some(name) = shown(&name) {
            assert!(
                names.contains(&seen(&name)),
                "{name:?} is not among {names:?}"
            );
        }
    }
}

fn every_text(report: &Report) -> Vec<String> {
    let context = reports::context();
    let post = post::post(report, &context);
    vec![
        post.comment,
        post.check.summary,
        post::step_summary(report, &context),
        markdown(report),
    ]
}

fn assert_nothing_gets_by(report: &Report, all_rows: bool) {
    for text in every_text(report) {
        let html = comrak(&text);
        assert_harmless(&html);
        if all_rows {
            assert_rows(&html, report, as_comrak_sees);
        }
        if let Some(html) = cmark_gfm(&text) {
            assert_harmless(&html);
            if all_rows {
                assert_rows(&html, report, str::to_owned);
            }
        }
    }
}

#[test]
fn hostile_texts_stay_texts_wherever_they_stand() {
    // Few at once, so that blocks of bounded size leave none out.
    for texts in HOSTILE.chunks(4) {
        assert_nothing_gets_by(&reports::full_of(texts), true);
    }
}

#[test]
fn a_text_of_any_length_stays_a_text() {
    for one in [
        "x", "`", "|", "\\", "<b>", "@a ", "\n", "\u{301}", "\u{202e}", "``|", "日", " ", "*_",
    ] {
        let long = one.repeat(100_000 / one.len());
        assert_nothing_gets_by(&reports::full_of(&[&long]), false);
    }
}

/// Renderers take no fence of more than 80 backticks for one.
#[test]
fn backticks_in_all_numbers_enclose_what_they_should() {
    for count in (1..78).step_by(19).chain([79, 80, 81, 82, 255, 256, 300]) {
        let run = "`".repeat(count);
        let text = format!("<b>{run}<i>@octocat{run}");
        assert_nothing_gets_by(&reports::full_of(&[&text]), false);
    }
}

#[test]
fn cmark_gfm_is_asked_too_where_it_is_installed() {
    match cmark_gfm("| a |\n|---|\n| `b\\|c` |\n") {
        Some(html) => assert!(html.contains("<code>b|c</code>"), "{html}"),
        None => writeln!(
            std::io::stderr(),
            "skipped: cmark-gfm is not installed; only comrak reads the comments"
        )
        .unwrap(),
    }
}

#[test]
fn the_test_itself_sees_markup() {
    for markup in [
        "<b>x</b>",
        "[l](http://e)",
        "http://evil.com",
        "*b*",
        "**b**",
        "~~d~~",
        "![i](http://t/x.png)",
        "<!-- x -->",
        "@octocat",
        "#12",
        "</details>",
        "a@evil.com",
        "$x$",
    ] {
        let seen = std::panic::catch_unwind(|| assert_harmless(&comrak(markup)));
        assert!(seen.is_err(), "{markup}");
    }
}

#[test]
fn where_nothing_was_judged_only_own_words_are_said() {
    for reason in [
        Unjudged::NoArtifact,
        Unjudged::Expired,
        Unjudged::Refused("the artifact holds more than one file"),
        Unjudged::NoPolicy("budgets.toml of the default branch has 2 mistakes"),
        Unjudged::Superseded,
    ] {
        let post = post::unjudged(&reason, &reports::context());
        let html = comrak(&post.comment);
        for piece in pieces(&html) {
            if let Piece::Tag { name, whole, .. } = piece {
                assert!(
                    ["h3", "p", "strong", "a", "code"].contains(&name.as_str()),
                    "{whole}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_at_all_is_markup(texts in proptest::collection::vec(any::<String>(), 1..4)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check(&texts)?;
    }

    #[test]
    fn no_mix_of_marks_is_markup(texts in proptest::collection::vec("[`|\\\\<>*_~\\[\\]()!@#:$ \n\r\ta-]{0,24}", 1..4)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check(&texts)?;
    }
}

fn check(texts: &[&str]) -> Result<(), TestCaseError> {
    let report = reports::full_of(texts);
    let text = post::post(&report, &reports::context()).comment;
    // A panic of an assertion is a failure of the case.
    let html = comrak(&text);
    assert_harmless(&html);
    assert_rows(&html, &report, as_comrak_sees);
    Ok(())
}
