use super::*;
use crate::collect::fake::Fake;
use crate::collect::tool::parse_terse;
use crate::measurement::{FailureKind, Metric, Summary};
use crate::units::Unit as MetricUnit;
use proptest::prelude::*;
use std::fmt::Write as _;

const LIMIT: Duration = Duration::from_secs(60);

fn fixture(name: &str) -> String {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/divan-0.1.21/");
    std::fs::read_to_string(format!("{directory}{name}")).unwrap()
}

/// Every number of every row, a line each.
fn shown(rows: &[DivanRow]) -> String {
    let mut text = String::new();
    for row in rows {
        writeln!(text, "{:?}", row.path.join("::")).unwrap();
        for (metric, evidence) in &row.measured {
            let Evidence::Summary(summary) = evidence else {
                panic!("{evidence:?}");
            };
            let Summary {
                fastest,
                slowest,
                median,
                mean,
                samples,
                iterations,
            } = **summary;
            writeln!(
                text,
                "    {} {fastest} {slowest} {median} {mean} {} {:?} ({samples}, {iterations})",
                metric.name, metric.unit, metric.better
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn counters_and_allocations_are_metrics_of_their_own() {
    insta::assert_snapshot!(shown(&parse_tree(&fixture("alloc.txt")).unwrap()));
}

#[test]
fn odd_names_survive() {
    insta::assert_snapshot!(shown(&parse_tree(&fixture("odd.txt")).unwrap()));
}

#[test]
fn nested_and_slow_benchmarks_are_read() {
    insta::assert_snapshot!(shown(&parse_tree(&fixture("plain.txt")).unwrap()));
}

#[test]
fn binary_sizes_mean_the_same_as_decimal_ones() {
    let size = |file: &str| {
        let rows = parse_tree(&fixture(file)).unwrap();
        let row = rows
            .iter()
            .find(|row| row.path.ends_with(&["4096".to_owned()]))
            .unwrap();
        let metric = Metric::lower("bytes-allocated", MetricUnit::Bytes);
        row.measured
            .iter()
            .find(|(known, _)| *known == metric)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(size("alloc.txt"), size("alloc-binary.txt"));
    assert_eq!(
        parse_tree(&fixture("alloc.txt")).unwrap().len(),
        parse_tree(&fixture("alloc-binary.txt")).unwrap().len()
    );
}

#[test]
fn captures_of_all_kinds_have_their_rows() {
    for (file, rows) in [
        ("color-always.txt", 4),
        ("ignored.txt", 1),
        ("sorted.txt", 4),
        ("timer-tsc.txt", 4),
        ("nomatch.txt", 0),
    ] {
        assert_eq!(parse_tree(&fixture(file)).unwrap().len(), rows, "{file}");
    }
}

#[test]
fn several_trees_and_text_between_them_are_read() {
    let text = format!(
        "CPU: something\n{}Timer precision: 18 ns\n\n{}done\n",
        fixture("sorted.txt"),
        fixture("alloc.txt")
    );
    let rows = parse_tree(&text).unwrap();
    assert_eq!(
        rows.len(),
        4 + parse_tree(&fixture("alloc.txt")).unwrap().len()
    );
    assert_eq!(rows[0].path[0], "plain");
    assert_eq!(rows[4].path[0], "all");
}

#[test]
fn a_tree_cut_at_any_byte_is_an_error() {
    for file in ["sorted.txt", "alloc.txt", "odd.txt"] {
        let whole = fixture(file);
        let header = whole.lines().next().unwrap().len();
        for end in (header..whole.len() - 1).filter(|end| whole.is_char_boundary(*end)) {
            let cut = parse_tree(&whole[..end]);
            assert!(cut.is_err(), "{file} {end}: {:?}", cut.unwrap().last());
        }
        for end in (1..header).filter(|end| whole.is_char_boundary(*end)) {
            assert!(parse_tree(&whole[..end]).is_err(), "{file} {end}");
        }
    }
}

#[test]
fn a_list_cut_at_any_byte_is_an_error() {
    for file in ["list.txt", "odd-shape.txt"] {
        let whole = fixture(file);
        let root = whole.lines().next().unwrap().len();
        for end in (root + 8..whole.len() - 1).filter(|end| whole.is_char_boundary(*end)) {
            assert!(parse_list(&whole[..end]).is_err(), "{file} {end}");
        }
    }
}

#[test]
fn lists_give_the_path_of_each_leaf() {
    let joined = |file: &str| -> Vec<String> {
        let leaves = parse_list(&fixture(file)).unwrap();
        leaves.iter().map(|leaf| leaf.join("::")).collect()
    };
    insta::assert_debug_snapshot!(joined("list.txt"));
    assert_eq!(joined("test-mode.txt"), joined("test-mode2.txt"));
    assert_eq!(joined("nomatch.txt"), Vec::<String>::new());
    let measured: Vec<String> = parse_tree(&fixture("odd.txt"))
        .unwrap()
        .iter()
        .map(|row| row.path.join("::"))
        .collect();
    let listed: Vec<String> = joined("odd-shape.txt")
        .into_iter()
        .filter(|name| {
            !["crashes", "exits", "nothing"]
                .iter()
                .any(|end| name.ends_with(end))
        })
        .map(|name| name.trim_end().to_owned())
        .collect();
    assert_eq!(measured, listed);
}

#[test]
fn units_of_a_real_bench_are_what_its_filter_takes() {
    let terse = parse_terse(&fixture("odd-terse.txt")).unwrap();
    let leaves = parse_list(&fixture("odd-shape.txt")).unwrap();
    let units = listing::units(&terse, &leaves, "odd_names");
    for unit in &units {
        assert!(terse.contains(&unit.filter), "{unit:?}");
        assert!(!unit.benchmarks.is_empty());
    }
    let distinct: std::collections::HashSet<&String> = terse.iter().collect();
    assert_eq!(units.len(), distinct.len());
    let of = |filter: &str| {
        let unit = units.iter().find(|unit| unit.filter == filter).unwrap();
        unit.benchmarks.join(" + ")
    };
    assert_eq!(of("odd_names::threads"), "threads/t=1 + threads/t=2");
    assert_eq!(of("odd_names::odd_args::t=1"), "odd_args/t=1");
    assert_eq!(of("odd_names::odd_args::a::b"), "odd_args/a::b");
    assert_eq!(
        of("odd_names::newline::two\n\nlines"),
        "newline/two\n\nlines"
    );
    assert_eq!(of("odd_names::odd_args::trail  "), "odd_args/trail  ");
    assert_eq!(of("odd_names::twice::1"), "twice/1");
    assert_eq!(
        of("odd_names::typed::Vec<alloc::string::String>::8"),
        "typed/Vec<alloc::string::String>/8"
    );
}

const HEADER: &str = "b    fastest │ slowest │ median │ mean │ samples │ iters\n";

#[test]
fn mistakes_name_their_line() {
    let problem = |rows: &str| {
        parse_tree(&format!("{HEADER}{rows}\n"))
            .unwrap_err()
            .to_string()
    };
    let row = "╰─ a  1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 100\n";
    insta::assert_snapshot!(
        [
            parse_tree("hello\nworld\n").unwrap_err().to_string(),
            parse_tree(HEADER).unwrap_err().to_string(),
            problem(""),
            problem("├─ a  1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 100\n"),
            problem("╰─ a  NaN ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 100\n"),
            problem("╰─ a  1 ns │ inf ns │ 1 ns │ 1 ns │ 10 │ 100\n"),
            problem("╰─ a  1 ns │ 2 ns │ -1 ns │ 1 ns │ 10 │ 100\n"),
            problem("╰─ a  1 ns │ 2 ns │ 1 B │ 1 ns │ 10 │ 100\n"),
            problem("╰─ a  1 ns │ 2 ns │ 1 ns │ 1 ns │ 0 │ 100\n"),
            problem("╰─ a  1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 1e2\n"),
            problem("╰─ a  1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 99999999999999999999999\n"),
            problem("╰─ a  1 ns │ 2 ns │ 1 ns │ │ 10 │ 100\n"),
            problem("╰─ a │ │ │ │ │\n"),
            problem("╰─ a\n"),
            problem("   ╰─ a  1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 100\n"),
            problem(&format!("{row}hello\n")),
            problem(&format!("{row}      what: │ │ │ │ │\n")),
            problem(&format!("{row}      alloc: │ │ │ │ │\n")),
            problem(&format!(
                "{row}      alloc: │ │ │ │ │\n 1 │ 1 │ 1 │ 1 │ │\n"
            )),
            problem(&format!(
                "{row}      alloc: │ │ │ │ │\n 1 B │ 1 B │ 1 B │ 1 B │ │\n"
            )),
            problem(&format!("{row}      1 B/s │ 1 B/s │ 1 Hz │ 1 B/s │ │\n")),
            problem(&format!("{row}      inf B/s │ 1 B/s │ 1 B/s │ 1 B/s │ │\n")),
            problem(&format!("{row}{row}")),
        ]
        .join("\n")
    );
}

#[test]
fn a_bench_that_ends_the_process_is_an_error() {
    for file in ["exits.txt", "unused-bencher.txt"] {
        let error = parse_tree(&fixture(file)).unwrap_err();
        assert_eq!(error.line, 2, "{file}");
        assert!(error.problem.contains("no numbers"), "{error}");
    }
}

#[test]
fn hostile_trees_end_in_an_error() {
    let mut deep = HEADER.to_owned();
    for depth in 0..200 {
        writeln!(deep, "{}╰─ x │ │ │ │ │", "   ".repeat(depth)).unwrap();
    }
    let error = parse_tree(&deep).unwrap_err();
    assert!(error.problem.contains("levels deep"), "{error}");
    let long = "x".repeat(2_000_000);
    let error = parse_tree(&format!("{HEADER}╰─ {long}")).unwrap_err();
    assert!(error.to_string().len() < 300);
    let error = parse_tree(&format!("{HEADER}{}", "│  ".repeat(500_000))).unwrap_err();
    assert_eq!(error.line, 2);
    let lines = format!("{HEADER}├─ a{}", "\n".repeat(500_000));
    assert!(parse_tree(&lines).is_err());
    let mut names = "root\n".to_owned();
    writeln!(names, "╰─ {}", "x".repeat(100_000)).unwrap();
    names.push_str(&"   ├─ a\n".repeat(2_000));
    let error = parse_list(&names).unwrap_err();
    assert!(error.problem.contains("too long"), "{error}");
}

fn unit(filter: &str, benchmarks: &[&str]) -> Unit {
    Unit {
        filter: filter.to_owned(),
        benchmarks: benchmarks.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn run(script: &str, unit: &Unit) -> Result<UnitMeasured, CollectError> {
    measure(&Fake::new(script).built, unit, LIMIT, &Interrupt::default())
}

fn failure(result: Result<impl std::fmt::Debug, CollectError>) -> (FailureKind, String) {
    match result.unwrap_err() {
        CollectError::Failed { kind, detail } => (kind, detail),
        CollectError::Interrupted => panic!("interrupted"),
    }
}

/// Prints a tree whose root is the fake's crate.
fn prints(rows: &str) -> String {
    let header = HEADER.replacen('b', "odd_names", 1);
    format!("cat <<'END'\n{header}{rows}\n\nEND")
}

#[test]
fn rows_of_a_unit_get_their_listed_names() {
    let script = prints(
        "╰─ f │ │ │ │ │\n   ╰─ end │ │ │ │ │\n      ├─ t=1  1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 100\n      ╰─ t=2  1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 100",
    );
    let measured = run(
        &script,
        &unit("odd_names::f::end", &["f/end/t=1", "f/end/t=2"]),
    )
    .unwrap();
    let names: Vec<&str> = measured.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["f/end/t=1", "f/end/t=2"]);
    assert_eq!(measured[0].1[0].0, Metric::time());
    let (kind, detail) = failure(run(&script, &unit("odd_names::f", &["f"])));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("instead of `f`"), "{detail}");
}

#[test]
fn spaces_that_the_table_hides_come_from_the_list() {
    let script = prints("╰─ f │ │ │ │ │\n   ╰─ a    1 ns │ 2 ns │ 1 ns │ 1 ns │ 10 │ 100");
    let measured = run(&script, &unit("odd_names::f::a  ", &["f/a  "])).unwrap();
    assert_eq!(measured[0].0, "f/a  ");
}

#[test]
fn silence_and_zero_are_failures() {
    let (kind, _) = failure(run("exit 0", &unit("odd_names::f", &["f"])));
    assert_eq!(kind, FailureKind::Silent);
    let script = prints("╰─ f  0 ns │ 2 ns │ 0 ns │ 1 ns │ 10 │ 100");
    let (kind, detail) = failure(run(&script, &unit("odd_names::f", &["f"])));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("black_box"), "{detail}");
    let (kind, detail) = failure(run("echo hello", &unit("odd_names::f", &["f"])));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.starts_with("stdout, line 1: "), "{detail}");
}

#[test]
fn arguments_ask_for_this_unit_alone() {
    let script = r#"printf '%s\n' "$@" >&2; exit 3"#;
    let (kind, detail) = failure(run(script, &unit("-odd", &["-odd"])));
    assert_eq!(kind, FailureKind::Crashed);
    let arguments: Vec<&str> = detail.lines().skip(1).collect();
    assert_eq!(
        arguments,
        [
            "--bench",
            "--color",
            "never",
            "--sample-count",
            "50",
            "--min-time",
            "0.200000000",
            "--max-time",
            "2.000000000",
            "--exact",
            "--",
            "-odd",
        ]
    );
}

fn listed(script: &str) -> Result<Vec<Unit>, CollectError> {
    list(&Fake::new(script).built, LIMIT, &Interrupt::default())
}

#[test]
fn a_benchmark_that_fails_to_be_set_up_leaves_the_others_their_names() {
    let script = "case \"$NEXTEST $*\" in '1 --list'*) printf 'odd_names::a: benchmark\\nodd_names::b::1: benchmark\\n' ;; *) exit 101 ;; esac";
    assert_eq!(
        listed(script).unwrap(),
        [
            unit("odd_names::a", &["a"]),
            unit("odd_names::b::1", &["b/1"])
        ]
    );
}

#[test]
fn an_executable_that_is_no_divan_bench_says_so() {
    let (kind, detail) = failure(listed(
        "echo 'error: unexpected argument found' >&2; exit 2",
    ));
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("is `tool` of this suite right"), "{detail}");
    assert_eq!(listed("exit 0").unwrap(), []);
    let (kind, _) = failure(listed("echo hello"));
    assert_eq!(kind, FailureKind::Unreadable);
}

/// Draws a tree as divan does: names of leaves under one function.
fn drawn(names: &[String]) -> String {
    let widest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        + 6;
    let mut text = format!(
        "b{}fastest │ slowest │ median │ mean │ samples │ iters\n",
        " ".repeat(widest + 1)
    );
    writeln!(
        text,
        "╰─ f{}        │         │        │      │         │",
        " ".repeat(widest)
    )
    .unwrap();
    for (i, name) in names.iter().enumerate() {
        let branch = if i + 1 == names.len() {
            "╰─ "
        } else {
            "├─ "
        };
        let padding = " ".repeat(widest + 2 - 6 - name.chars().count());
        writeln!(
            text,
            "   {branch}{name}{padding}{}.5 µs │ 9 ms │ 3 µs │ 4 µs │ 10 │ 100",
            i + 1
        )
        .unwrap();
    }
    text.push('\n');
    text
}

proptest! {
    #[test]
    fn names_of_one_line_come_back(names in proptest::collection::vec("[^\n\r]{0,20}", 1..12)) {
        let rows = parse_tree(&drawn(&names)).unwrap();
        let read: Vec<&str> = rows.iter().map(|row| row.path[2].as_str()).collect();
        let expected: Vec<&str> = names.iter().map(|name| name.trim_end_matches(' ')).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_text_is_answered(text in any::<String>(), cut in 0_usize..4000) {
        let _ = parse_tree(&text);
        let _ = parse_list(&text);
        let whole = fixture("odd.txt");
        let at = (0..=cut.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap();
        let _ = parse_tree(&format!("{}{text}{}", &whole[..at], &whole[at..]));
        let _ = parse_list(&format!("{}{text}{}", &whole[..at], &whole[at..]));
    }
}
