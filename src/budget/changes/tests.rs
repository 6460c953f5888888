use super::super::Budgets;
use super::changes;

const BASE: &str = "version = 1
[[suite]]
name = \"s\"
tool = \"criterion\"
bench = \"b\"
[[budget]]
bench = \"s/*\"
slower = \"5%\"
max = \"2 ms\"
min = \"1 us\"
[[budget]]
bench = \"s/*\"
slower = \"3%\"
severity = \"warn\"
[[budget]]
bench = \"s/small\"
metric = \"allocations\"
max = 10
unresolved = \"fail\"
[[overhead]]
name = \"probe\"
on = \"s/a\"
off = \"s/b\"
[[waiver]]
bench = \"s/large\"
slower = \"12%\"
until = 2027-01-31
reason = \"r\"
[anchor]
revision = \"v1\"
[layout]
relinks = 24
";

fn parse(text: &str) -> Budgets {
    Budgets::parse("budgets.toml", text).unwrap_or_else(|found| panic!("{found:#?}\n{text}"))
}

/// What the first replacement in the base's text means.
fn of(from: &str, to: &str) -> Vec<String> {
    let text = BASE.replacen(from, to, 1);
    assert_ne!(text, BASE, "{from}");
    changes(&parse(BASE), &parse(&text))
}

/// The base with more at the end of the budgets.
fn with(more: &str) -> Vec<String> {
    of("[[overhead]]", &format!("{more}\n[[overhead]]"))
}

#[test]
fn other_words_for_the_same_are_no_change() {
    assert!(changes(&parse(BASE), &parse(BASE)).is_empty());
    assert!(of("slower = \"5%\"", "slower = \"5.0 %\" # as before").is_empty());
    assert!(of("max = \"2 ms\"", "max = \"2_000 us\"").is_empty());
    assert!(of("bench = \"s/*\"\n", "bench = \"s/*\"\nmetric = \"time\"\n").is_empty());
}

#[test]
fn every_limit_has_a_direction() {
    for (from, to, expected) in [
        (
            "slower = \"5%\"",
            "slower = \"9%\"",
            "loosened: `s/*` slower 5.0% -> 9.0%",
        ),
        (
            "slower = \"5%\"",
            "slower = \"4%\"",
            "tightened: `s/*` slower 5.0% -> 4.0%",
        ),
        (
            "slower = \"5%\"\n",
            "",
            "loosened: `s/*` slower 5.0% -> none",
        ),
        (
            "max = \"2 ms\"",
            "max = \"3 ms\"",
            "loosened: `s/*` max 2.000 ms -> 3.000 ms",
        ),
        (
            "max = \"2 ms\"",
            "max = \"1 ms\"",
            "tightened: `s/*` max 2.000 ms -> 1.000 ms",
        ),
        (
            "max = \"2 ms\"\n",
            "",
            "loosened: `s/*` max 2.000 ms -> none",
        ),
        (
            "min = \"1 us\"",
            "min = \"1 ns\"",
            "loosened: `s/*` min 1.000 µs -> 1.000 ns",
        ),
        (
            "min = \"1 us\"",
            "min = \"2 us\"",
            "tightened: `s/*` min 1.000 µs -> 2.000 µs",
        ),
        (
            "unresolved = \"fail\"",
            "unresolved = \"warn\"",
            "loosened: `s/small` [allocations] unresolved fail -> warn",
        ),
        (
            "max = 10\n",
            "max = 10\nslower = \"1%\"\n",
            "tightened: `s/small` [allocations] slower none -> 1.0%",
        ),
        (
            "max = 10\n",
            "max = 10\nseverity = \"warn\"\n",
            "loosened: `s/small` [allocations] severity error -> warn",
        ),
        (
            "off = \"s/b\"",
            "off = \"s/b\"\nmax = { relative = \"2%\" }",
            "loosened: overhead `probe` relative 1.0% -> 2.0%",
        ),
        (
            "off = \"s/b\"",
            "off = \"s/b\"\nmax = { absolute = \"1 ms\" }",
            "tightened: overhead `probe` absolute 5.000 ms -> 1.000 ms",
        ),
        (
            "off = \"s/b\"",
            "off = \"s/b\"\nunresolved = \"warn\"",
            "loosened: overhead `probe` unresolved fail -> warn",
        ),
        (
            "off = \"s/b\"",
            "off = \"s/b\"\nseverity = \"warn\"",
            "loosened: overhead `probe` severity error -> warn",
        ),
        (
            "off = \"s/b\"",
            "off = \"s/b\"\nalternating = true",
            "changed: overhead `probe` alternating false -> true",
        ),
        (
            "off = \"s/b\"",
            "off = \"s/b\"\npairs = 8",
            "changed: overhead `probe` pairs 90 -> 8",
        ),
        (
            "off = \"s/b\"",
            "off = { bench = \"s/b\", env = { A = \"1\" } }",
            "changed: overhead `probe` off `s/b` -> `s/b` A=1",
        ),
        (
            "slower = \"12%\"",
            "slower = \"13%\"",
            "loosened: waiver of `s/large` slower 12.0% -> 13.0%",
        ),
        (
            "slower = \"12%\"",
            "slower = \"12%\"\nmax = \"1 s\"",
            "loosened: waiver of `s/large` max none -> 1.000 s",
        ),
        (
            "slower = \"12%\"",
            "slower = \"11%\"",
            "tightened: waiver of `s/large` slower 12.0% -> 11.0%",
        ),
        (
            "2027-01-31",
            "2027-02-01",
            "loosened: waiver of `s/large` until 2027-01-31 -> 2027-02-01",
        ),
        (
            "2027-01-31",
            "2026-12-31",
            "tightened: waiver of `s/large` until 2027-01-31 -> 2026-12-31",
        ),
        (
            "revision = \"v1\"",
            "revision = \"v2\"",
            "loosened: [anchor] revision `v1` -> `v2`",
        ),
        (
            "revision = \"v1\"",
            "revision = \"v1\"\nslower = \"6%\"",
            "loosened: [anchor] slower 5.0% -> 6.0%",
        ),
        (
            "[anchor]\nrevision = \"v1\"\n",
            "",
            "loosened: [anchor] removed",
        ),
        (
            "relinks = 24",
            "relinks = 0",
            "changed: [layout] relinks 24 -> 0",
        ),
        (
            "[layout]",
            "[github]\ncomment = \"never\"\n[layout]",
            "changed: [github] comment changes -> never",
        ),
        (
            "[layout]",
            "[github]\nkey = \"parser\"\n[layout]",
            "changed: [github] key default -> parser",
        ),
        (
            "bench = \"b\"",
            "bench = \"c\"",
            "changed: suite `s`: what is run",
        ),
        (
            "bench = \"b\"",
            "bench = \"b\"\nonly = [\"a\"]",
            "changed: suite `s`: `only`",
        ),
        (
            "[[suite]]",
            "[defaults]\ntime = \"1 min\"\n[[suite]]",
            "changed: [defaults] time 8 min -> 1 min",
        ),
        (
            "[[suite]]",
            "[defaults]\ninvocations = 5\n[[suite]]",
            "changed: [defaults] invocations 10 -> 5",
        ),
    ] {
        assert_eq!(of(from, to), [expected], "{from} -> {to}");
    }
}

#[test]
fn what_is_gone_loosens_and_what_is_new_tightens() {
    assert_eq!(
        of(
            "[[budget]]\nbench = \"s/small\"\nmetric = \"allocations\"\nmax = 10\nunresolved = \"fail\"\n",
            ""
        ),
        ["loosened: `s/small` [allocations] max 10 removed"]
    );
    assert_eq!(
        of(
            "[[overhead]]\nname = \"probe\"\non = \"s/a\"\noff = \"s/b\"\n",
            ""
        ),
        ["loosened: overhead `probe` removed"]
    );
    assert_eq!(
        with(
            "[[suite]]\nname = \"t\"\ntool = \"divan\"\nbench = \"t\"\n[[budget]]\nbench = \"t/*\"\nslower = \"5%\""
        ),
        [
            "tightened: `t/*` slower 5.0% added",
            "tightened: suite `t` added"
        ]
    );
    let base = parse(BASE);
    let nothing = parse("version = 1\n");
    let gone = changes(&base, &nothing);
    assert!(
        gone.contains(&"loosened: suite `s` removed".to_owned()),
        "{gone:?}"
    );
    assert!(gone.contains(&"tightened: waiver of `s/large` removed".to_owned()));
    let came = changes(&nothing, &base);
    assert_eq!(
        came[0],
        "loosened: waiver of `s/large` until 2027-01-31 added: r"
    );
}

/// The usual trick: an exception after the rule.
#[test]
fn a_new_budget_that_overrides_a_stricter_one_loosens() {
    assert_eq!(
        with("[[budget]]\nbench = \"s/large\"\nslower = \"50%\""),
        [
            "loosened: `s/large` slower 50.0% added, which overrides `s/*` slower 5.0%, max 2.000 ms, min 1.000 µs"
        ]
    );
    assert_eq!(
        with("[[budget]]\nbench = \"*\"\nmax = \"1 h\""),
        [
            "loosened: `*` max 3_600 s added, which overrides `s/*` slower 5.0%, max 2.000 ms, min 1.000 µs"
        ]
    );
    for (more, loosens) in [
        ("bench = \"s/large\"\nslower = \"2%\"", false),
        // Beside the error at 5 % it is one more warning; but it takes the place of the one at 3 %.
        (
            "bench = \"s/large\"\nslower = \"4%\"\nseverity = \"warn\"",
            true,
        ),
        (
            "bench = \"s/large\"\nslower = \"2%\"\nseverity = \"warn\"",
            false,
        ),
        ("bench = \"t/large\"\nslower = \"50%\"", false),
        (
            "bench = \"s/large\"\nslower = \"50%\"\nmetric = \"cpu-time\"",
            false,
        ),
    ] {
        let found = with(&format!("[[budget]]\n{more}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].starts_with("loosened"), loosens, "{found:?}");
    }
}

#[test]
fn what_was_loosened_comes_first() {
    let text = BASE
        .replacen("slower = \"5%\"", "slower = \"4%\"", 1)
        .replacen("relinks = 24", "relinks = 0", 1)
        .replacen("slower = \"12%\"", "slower = \"90%\"", 1);
    let found = changes(&parse(BASE), &parse(&text));
    let words: Vec<&str> = found
        .iter()
        .filter_map(|change| change.split(':').next())
        .collect();
    assert_eq!(words, ["loosened", "changed", "tightened"]);
}

#[test]
fn another_order_is_said() {
    let budget = |bench: &str| format!("[[budget]]\nbench = \"{bench}\"\nslower = \"5%\"\n");
    let of = |order: [&str; 2]| {
        parse(&format!(
            "version = 1\n{}{}",
            budget(order[0]),
            budget(order[1])
        ))
    };
    let found = changes(&of(["s/*", "s/a"]), &of(["s/a", "s/*"]));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("in another order"), "{found:?}");
}

#[test]
fn a_warning_beside_an_error_is_compared_with_its_like() {
    assert_eq!(
        of("slower = \"3%\"", "slower = \"4%\""),
        ["loosened: `s/*` slower 3.0% -> 4.0%"]
    );
}

#[test]
fn thousands_of_budgets_are_counted() {
    let many = parse(&format!(
        "version = 1\n{}",
        "[[budget]]\nbench = \"*\"\n".repeat(2_001)
    ));
    let found = changes(&parse("version = 1\n"), &many);
    assert_eq!(
        found,
        ["changed: 0 budgets became 2001: too many to be compared one by one"]
    );
}
