//! Overhead claims, waivers, the anchor and layouts: what reaches the budgets.

use super::super::{
    Budgets, Enforcement, GithubSettings, Overhead, Unresolved, Variant, Waiver, keys,
};
use super::{FULL, brief, parse};
use crate::measurement::BenchmarkId;
use crate::publish::Posting;
use crate::units::{Change, Quantity, Unit};

#[test]
fn every_key_of_claims_and_waivers_reaches_the_budgets() {
    let budgets = parse(FULL).unwrap();
    let cli = BenchmarkId::new("cli", "large file");
    let probe = &budgets.overheads[0];
    assert_eq!(
        *probe,
        Overhead {
            name: "probe".to_owned(),
            on: Variant {
                bench: cli.clone(),
                environment: vec![("PROBE".to_owned(), "1".to_owned())],
                arguments: vec!["--probe".to_owned()],
            },
            off: Variant {
                bench: cli,
                environment: vec![],
                arguments: vec![],
            },
            metric: "cpu-time".to_owned(),
            relative: Change::from_fraction(0.02),
            absolute: Some(Quantity {
                value: 3e6,
                unit: Unit::Nanoseconds,
            }),
            pairs: 200,
            alternating: false,
            severity: Enforcement::Error,
            unresolved: Unresolved::Warn,
            place: probe.place.clone(),
        }
    );
    let (line, column) = probe.place.line_column();
    assert_eq!(super::FULL.lines().nth(line - 1), Some("name = \"probe\""));
    assert_eq!(column, 8);
    let alternating: Vec<bool> = (budgets.overheads.iter())
        .map(|claim| claim.alternating)
        .collect();
    assert_eq!(alternating, [false, false, true]);
    let waiver = &budgets.waivers[0];
    assert_eq!(
        *waiver,
        Waiver {
            bench: "parser/größe".to_owned(),
            metric: "cpu-time".to_owned(),
            slower: Some(Change::from_fraction(0.12)),
            max: Some(Quantity {
                value: 300e3,
                unit: Unit::Nanoseconds,
            }),
            until: jiff::civil::date(2027, 1, 31),
            reason: "correctness fix".to_owned(),
            issue: Some("GH-123".to_owned()),
            place: waiver.place.clone(),
        }
    );
    let anchor = budgets.anchor.unwrap();
    assert_eq!(anchor.revision, "v1.4.0");
    assert_eq!(anchor.slower, Change::from_fraction(0.08));
    assert_eq!((budgets.layout.relinks, budgets.layout.asked), (24, true));
}

#[test]
fn a_claim_of_few_words_has_the_documented_limits() {
    let text = "version = 1\n[defaults]\nunresolved = \"warn\"\nseverity = \"warn\"\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n\
                [[overhead]]\nname = \"time\"\non = \"s/a\"\noff = \"s/b\"\n\
                [[overhead]]\nname = \"count\"\non = \"s/a\"\noff = \"s/b\"\nmetric = \"allocations\"\n\
                [[overhead]]\nname = \"own\"\non = \"s/a\"\noff = \"s/b\"\nmetric = \"requests\"\nmax = { absolute = \"3/s\" }\n\
                [[overhead]]\nname = \"half\"\non = \"s/a\"\noff = \"s/b\"\nmax = { relative = \"2%\" }\n";
    let budgets = parse(text).unwrap();
    let [time, count, own, half] = &budgets.overheads[..] else {
        panic!("{:?}", budgets.overheads)
    };
    let of = |overhead: &Overhead| {
        let absolute = overhead.absolute.as_ref().map(|limit| limit.value);
        (overhead.relative, absolute)
    };
    let one = Change::from_fraction(0.01);
    assert_eq!(of(time), (one, Some(5e6)));
    assert_eq!(of(count), (one, None));
    assert_eq!(of(own), (one, Some(3.0)));
    // One limit given does not lift the other.
    assert_eq!(of(half), (Change::from_fraction(0.02), Some(5e6)));
    assert_eq!((time.pairs, time.metric.as_str()), (90, "time"));
    assert_eq!(time.severity, Enforcement::Warn);
    // Unproven is not cheap, whatever [defaults] says.
    assert_eq!(time.unresolved, Unresolved::Fail);
}

#[test]
fn sides_that_cannot_share_a_process_cannot_alternate() {
    let claim = |on: &str, off: &str| {
        let text = format!(
            "version = 1\n[[suite]]\nname = \"s\"\ntool = \"criterion\"\nbench = \"b\"\n\
             [[suite]]\nname = \"d\"\ntool = \"divan\"\nbench = \"c\"\n\
             [[overhead]]\nname = \"n\"\non = {on}\noff = {off}\nalternating = true\n"
        );
        match parse(&text) {
            Ok(budgets) => {
                assert!(budgets.overheads[0].alternating);
                String::new()
            }
            Err(_) => brief(&text),
        }
    };
    insta::assert_snapshot!([
        claim("\"s/a\"", "\"s/b\""),
        claim("\"s/a\"", "\"d/b\""),
        claim("\"d/a\"", "\"d/b\""),
        claim("\"s/a\"", "{ bench = \"s/b\", env = { A = \"1\" } }"),
    ].join("\n"), @"

    14:15 invalid-value: `on` and `off` are of different suites, and one process cannot measure both
    14:15 invalid-value: only benchmarks of criterion suites can alternate within one process
    14:15 invalid-value: `env` and `args` hold for a whole process, and here one process is both sides
    ");
}

#[test]
fn what_is_posted_is_what_the_file_says_and_changes_otherwise() {
    let github = |text: &str| parse(&format!("version = 1\n{text}")).unwrap().github;
    assert_eq!(github(""), GithubSettings::default());
    assert_eq!(github("[github]\n").comment, Posting::Changes);
    assert_eq!(github("[github]\n").key.as_str(), "default");
    for posting in [Posting::Changes, Posting::Always, Posting::Never] {
        let text = format!("[github]\ncomment = \"{}\"\n", posting.as_str());
        assert_eq!(github(&text).comment, posting);
    }
    let keyed = github("[github]\nkey = \"9-lives\"\n");
    assert_eq!(keyed.key.as_str(), "9-lives");
    for wrong in [
        "key = \"\"",
        "key = \"-->\"",
        "key = \"Parser\"",
        "key = 1",
        "comment = \"sometimes\"",
        "comment = true",
        "keys = \"a\"",
        "token = \"a\"",
    ] {
        let mistakes = parse(&format!("version = 1\n[github]\n{wrong}\n")).unwrap_err();
        assert_eq!(mistakes.len(), 1, "{wrong}: {mistakes:#?}");
    }
}

#[test]
fn layouts_are_asked_for_only_where_the_file_says_how_many() {
    let layout = |text: &str| parse(&format!("version = 1\n{text}")).unwrap().layout;
    let of = |text: &str| (layout(text).relinks, layout(text).asked);
    assert_eq!(of(""), (16, false));
    assert_eq!(of("[layout]\n"), (16, false));
    assert_eq!(of("[layout]\nrelinks = 0\n"), (0, false));
    assert_eq!(of("[layout]\nrelinks = 12\n"), (12, true));
    assert_eq!(of("[layout]\nrelinks = 200\n"), (200, true));
}

#[test]
fn an_anchor_without_a_limit_allows_five_percent() {
    let anchor = parse("version = 1\n[anchor]\nrevision = \"HEAD\"\n")
        .unwrap()
        .anchor;
    assert_eq!(anchor.unwrap().slower, Change::from_fraction(0.05));
}

#[test]
fn defaults_of_claims_in_the_vocabulary_are_what_the_validator_uses() {
    let suite = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n";
    let defaults = |table: &[keys::Key]| -> String {
        table
            .iter()
            .filter_map(|key| match key.default {
                keys::Absent::Value(value) => Some(format!("{} = {value}", key.name)),
                _ => None,
            })
            .collect::<Vec<_>>()
            .join("\n")
    };
    let bare = format!(
        "{suite}[[overhead]]\nname = \"n\"\non = \"s/a\"\noff = \"s/b\"\n#overhead\n\
         [[waiver]]\nbench = \"s/a\"\nslower = \"9%\"\nuntil = 2027-01-31\nreason = \"r\"\n#waiver\n\
         [anchor]\nrevision = \"v1\"\n#anchor\n[layout]\n#layout\n"
    );
    let limits = defaults(keys::LIMITS);
    let full = bare
        .replace(
            "#overhead",
            &format!("{}\nmax = {{ {limits} }}", defaults(keys::OVERHEAD)),
        )
        .replace("#waiver", &defaults(keys::WAIVER))
        .replace("#anchor", &defaults(keys::ANCHOR))
        .replace("#layout", &defaults(keys::LAYOUT));
    assert!(limits.contains("relative"));
    let (bare, full) = (parse(&bare).unwrap(), parse(&full).unwrap());
    let overhead = |budgets: &Budgets| {
        let mut overhead = budgets.overheads[0].clone();
        overhead.place.source = "".into();
        overhead
    };
    assert_eq!(overhead(&bare), overhead(&full));
    assert_eq!(bare.waivers[0].metric, full.waivers[0].metric);
    assert_eq!(bare.anchor.unwrap().slower, full.anchor.unwrap().slower);
    assert_eq!(bare.layout.relinks, full.layout.relinks);
}
