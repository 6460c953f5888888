use super::super::keys;
use super::{brief, mistakes, rendered};
use crate::diagnostic::Code;

#[test]
fn all_mistakes_are_shown_at_once() {
    insta::assert_snapshot!(rendered(
        r#"version = 1

[defaults]
tolerence = "5%"
severity = "eror"
invocations = 3
timeout = 60

[[suite]]
name = "a/b"
tool = "criterion"
bench = "x"
command = ["run"]

[[suite]]
name = "cli"
tool = "command"
command = "tool --input 'two words.txt'"

[[suite]]
name = "cli"
tool = "gungraun"

[[budget]]
bench = "a/["
slower = "0%"

[[budget]]
metric = "time"
max = "10 MiB"

[[budget]]
bench = "*"
max = "1 ms"
min = "2 ms"
unresolved = "error"

[[workload]]
name = "probe"
"#
    ));
}

#[test]
fn mistakes_in_claims_and_waivers_are_shown_at_once() {
    insta::assert_snapshot!(rendered(
        r#"version = 1

[[suite]]
name = "request"
tool = "divan"
bench = "request"

[[suite]]
name = "cli"
tool = "command"
command = ["tool"]

[[overhead]]
name = "probe"
on = { bench = "request/handle", env = { PROBE = "1" }, arg = ["--probe"] }
off = "request/handle"
max = { relative = "0%", absolute = "5 MiB", abs = 1 }
pairs = 4

[[overhead]]
name = "probe"
on = "reqest/traced"
off = "request/*"

[[overhead]]
name = "same"
on = { bench = "request/a", env = { A = "1", B = "2" } }
off = { bench = "request/a", env = { B = "2", A = "1" } }

[[waiver]]
bench = "request/*"
slower = "12%"
until = "2027-01-31"
reason = ""

[[waiver]]
bench = "request/handle"
until = 2027-01-31
reason = "planned"

[anchor]
slower = "5%"

[layout]
relinks = 8
"#
    ));
}

#[test]
fn values_of_claims_out_of_range_are_refused() {
    let suites = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n[[suite]]\nname = \"c\"\ntool = \"command\"\ncommand = [\"t\"]\n";
    let overhead = |sides: &str| brief(&format!("{suites}[[overhead]]\nname = \"n\"\n{sides}\n"));
    let max = |max: &str| overhead(&format!("on = \"s/a\"\noff = \"s/b\"\nmax = {max}"));
    let waiver = |lines: &str| {
        brief(&format!(
            "version = 1\n[[waiver]]\nbench = \"s/a\"\nslower = \"9%\"\n{lines}\n"
        ))
    };
    let day = |day: &str| waiver(&format!("until = {day}\nreason = \"r\""));
    let anchor = |revision: &str| brief(&format!("version = 1\n[anchor]\nrevision = {revision}\n"));
    let relinks = |relinks: &str| brief(&format!("version = 1\n[layout]\nrelinks = {relinks}\n"));
    let found = [
        overhead("on = \"s/a\"\noff = \"s/a\""),
        overhead("on = \"s/a\"\noff = { bench = \"s/a\", env = {}, args = [] }"),
        overhead("on = \"c/run\"\noff = \"c/other\""),
        overhead("on = { bench = \"s/a\", args = [\"x\"] }\noff = \"s/a\""),
        overhead("on = { env = {} }\noff = \"s/a\""),
        overhead("on = 3\noff = [\"s/a\"]"),
        overhead("on = \"a\"\noff = \"/a\""),
        overhead("on = \"s/\"\noff = \"s/b?\""),
        overhead("on = { bench = \"s/a\", env = { \"A=B\" = \"1\" } }\noff = \"s/a\""),
        overhead("on = { bench = \"s/a\", env = { \"\" = \"1\" } }\noff = \"s/a\""),
        overhead("on = { bench = \"s/a\", env = { A = \"\\u0000\" } }\noff = \"s/a\""),
        overhead("on = { bench = \"s/a\", env = [\"A\"] }\noff = \"s/a\""),
        overhead("on = { bench = \"c/run\", args = \"--probe\" }\noff = \"c/run\""),
        overhead("on = \"s/a\"\noff = \"s/b\"\nmetric = \"\""),
        overhead("on = \"s/a\"\noff = \"s/b\"\npairs = 1001"),
        max("\"1%\""),
        max("{ relative = \"0%\" }"),
        max("{ relative = \"-1%\" }"),
        max("{ absolute = 0 }"),
        max("{ absolute = \"0 ms\" }"),
        max("{ absolute = nan }"),
        max("{ absolute = \"1e999 ms\" }"),
        max("{}\nmetric = \"allocations\"\nunresolved = \"no\""),
        day("2027-02-29"),
        day("2027-01-31T10:00:00Z"),
        day("10:00:00"),
        day("\"2027-01-31\""),
        day("20270131"),
        waiver("until = 2027-01-31\nreason = \"\\t\""),
        waiver("until = 2027-01-31\nreason = \"  \""),
        waiver("until = 2027-01-31\nreason = \"r\"\nissue = \"\""),
        waiver("until = 2027-01-31\nreason = \"r\"\nmax = \"3 MiB\""),
        waiver(
            "until = 2027-01-31\nreason = \"r\"\nmetric = \"x\"\n[[waiver]]\nbench = \"s/a\"\nmetric = \"x\"\nmax = 3\nuntil = 2027-01-31\nreason = \"r\"",
        ),
        anchor("\"\""),
        anchor("\"-x\""),
        anchor("\"a b\""),
        anchor("\"a..b\""),
        anchor("1.4"),
        relinks("1"),
        relinks("11"),
        relinks("201"),
        relinks("-1"),
        relinks("99999999999999999999"),
        relinks("\"16\""),
    ];
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn one_metric_of_a_benchmark_may_be_waived_beside_another() {
    let waiver = |metric: &str| {
        format!(
            "[[waiver]]\nbench = \"s/a\"\nmetric = \"{metric}\"\nslower = \"9%\"\nuntil = 2027-01-31\nreason = \"r\"\n"
        )
    };
    let both = format!("version = 1\n{}{}", waiver("time"), waiver("cpu-time"));
    assert_eq!(super::parse(&both).unwrap().waivers.len(), 2);
    assert!(brief(&format!("{both}{}", waiver("time"))).contains("duplicate-name"));
}

#[test]
fn a_suite_with_a_mistake_of_its_own_is_not_missed_by_its_claims() {
    let text = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = 3\n[[overhead]]\nname = \"n\"\non = \"s/a\"\noff = \"s/b\"\n";
    assert_eq!(mistakes(text).len(), 1);
}

#[test]
fn wrong_types_say_what_was_expected() {
    insta::assert_snapshot!(rendered(
        r#"version = "1"
defaults = 5
suite = { name = "one", tool = "divan", bench = 3, features = "simd", measure = [], only = ["a", 1] }

[[budget]]
bench = ["a"]
metric = true
slower = 3
max = 2026-01-01
severity = 1
"#
    ));
}

#[test]
fn a_command_in_one_string_is_shown_as_an_array_only_where_that_is_safe() {
    let help = |line: &str| {
        let text = format!(
            "version = 1\n[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = '{line}'\n"
        );
        mistakes(&text)[0].help.clone().unwrap()
    };
    assert!(help("tool --input  a.txt").contains(r#"["tool", "--input", "a.txt"]"#));
    for line in [
        "tool \"two words\"",
        "a | b",
        "echo $HOME",
        &"long ".repeat(50),
    ] {
        assert!(
            help(line).contains(r#"["program", "first argument", ..]"#),
            "{line}"
        );
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let budget = |line: &str| brief(&format!("version = 1\n[[budget]]\nbench = \"*\"\n{line}\n"));
    let suite = |lines: &str| {
        brief(&format!(
            "version = 1\n[[suite]]\nname = \"s\"\ntool = \"criterion\"\nbench = \"b\"\n{lines}\n"
        ))
    };
    let command = |lines: &str| {
        brief(&format!(
            "version = 1\n[[suite]]\nname = \"s\"\ntool = \"command\"\n{lines}\n"
        ))
    };
    let defaults = |line: &str| brief(&format!("version = 1\n[defaults]\n{line}\n"));
    let found = [
        budget("slower = \"-3%\""),
        budget("slower = \"nan%\""),
        budget("slower = \"1001%\""),
        budget("slower = \"1e400%\""),
        budget("slower = \"\""),
        budget("max = -1"),
        budget("max = nan"),
        budget("max = inf"),
        budget("max = 1e999"),
        budget("metric = \"n\"\nmax = 99999999999999999999999\nmin = \"9 parsecs\""),
        budget("max = 250"),
        budget("metric = \"peak-rss\"\nmax = \"5%\""),
        budget("metric = \"allocations\"\nmin = \"5 us\""),
        budget("metric = \"mine\"\nmin = \"5 us\"\nmax = 3"),
        budget("metric = \"\""),
        budget("metric = \"a\\u001b[31m\""),
        suite("invocations = 4"),
        suite("invocations = -4"),
        suite("invocations = 99999999999999999999"),
        suite("invocations = 10.5"),
        suite("timeout = \"0 s\""),
        suite("timeout = \"25 h\""),
        suite("only = []"),
        suite("only = [\"\"]"),
        suite("package = \"-Zunstable\""),
        suite("features = [\"a\", \"b c\"]"),
        suite("measure = \"50 s\"\nwarm-up = \"10 s\""),
        suite("warm-up = 3"),
        suite("timeout = \"250 ms\""),
        command("command = []"),
        command("command = [\"\"]"),
        command("command = [\"a\\u0000\"]"),
        command("command = \" \"\nshell = true"),
        command("command = [\"a\"]\nshell = true"),
        command("command = \"a\"\nshell = \"yes\""),
        command("command = [\"a\"]\nwarm-up = \"50 ms\""),
        command("command = [\"a\"]\nexit-status = 256"),
        command("command = [\"a\"]\ndirectory = \"/tmp\""),
        command("command = [\"a\"]\ndirectory = \"C:\\\\x\""),
        command("command = [\"a\"]\nbenchmark = \"\""),
        command("command = [\"a\"]\nmeasure = \"1 s\""),
        defaults("time = \"0.5 s\""),
        defaults("time = \"1e300 h\""),
        defaults("tolerance = \"0%\""),
        defaults("unresolved = \"Fail\""),
    ];
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn other_versions_are_refused() {
    insta::assert_snapshot!(
        [
            "",
            "# only a comment\n",
            "[defaults]\n",
            "version = 0\nnonsense = 1\n",
            "version = -1\n",
            "version = 2\nsomething-new = true\n",
            "version = 99999999999999999999\n",
            "version = 1.0\n",
            "version = true\n",
        ]
        .map(brief)
        .join("\n--\n")
    );
}

#[test]
fn mistakes_of_syntax_have_a_place() {
    insta::assert_snapshot!(rendered("version = 1\n\n[[suite\nname = \"größe\"\n"));
    insta::assert_snapshot!(rendered(
        "version = 1\n[[budget]]\nbench = \"never closed\n"
    ));
}

#[test]
fn after_forgotten_quotes_and_doubled_keys_the_rest_is_still_checked() {
    insta::assert_snapshot!(rendered(
        "version = 1\n[[budget]]\nbench = \"*\"\nslower = 5%\nslower = \"3%\"\nsevrity = \"warn\"\n"
    ));
}

#[test]
fn tables_in_the_wrong_brackets_are_named() {
    insta::assert_snapshot!(brief(
        "version = 1\n[[defaults]]\ntime = 3\n[suite]\nname = \"a\"\n[budget]\nbnch = \"*\"\n"
    ), @r"
    2:3 invalid-value: `defaults` must be written as `[defaults]`
    3:8 invalid-value: `time` must be a duration in quotes
    4:1 missing-key: a [[suite]] needs `tool`
    4:2 invalid-value: `suite` must be written as `[[suite]]`
    6:2 invalid-value: `budget` must be written as `[[budget]]`
    7:1 unknown-key: unknown key `bnch` in [[budget]]
    ");
}

#[test]
fn reserved_tools_are_refused() {
    for tool in keys::LATER_TOOLS {
        let text =
            format!("version = 1\n[[suite]]\nname = \"s\"\ntool = \"{tool}\"\nbench = \"b\"\n");
        let found = mistakes(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].code, Code::NotSupportedYet, "{text}");
    }
}
