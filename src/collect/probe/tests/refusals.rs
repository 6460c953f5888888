//! Records that are refused, and what is said then.

use super::*;

fn problem(text: &str) -> String {
    match read_record("record.json", text.as_bytes()) {
        Ok(read) => panic!("{read:?}"),
        Err(error) => error.to_string(),
    }
}

fn whole() -> String {
    let timers = vec![series(&["é\n"], DONE, timer(&[10, 20, 60]))];
    record(vec![
        family("t", Kind::Histogram, Unit::Seconds, &["a"], timers),
        family(
            "c",
            Kind::Counter,
            Unit::None,
            &[],
            vec![series(&[], DONE, Value::Counter(1))],
        ),
    ])
}

/// The reader takes version N and N - 1. N is 1, the first: there is none before it.
#[test]
fn versions_are_read_or_refused_by_this_table() {
    let of = |version: u32| whole().replace("\"version\":1", &format!("\"version\":{version}"));
    assert_eq!(tollgate_probe::record::VERSION, 1);
    for (version, says) in [
        (0, Some("is not one that tollgate ever wrote")),
        (1, None),
        (2, Some("install a newer tollgate")),
        (u32::MAX, Some("install a newer tollgate")),
    ] {
        let read = read_record("record.json", of(version).as_bytes());
        match says {
            None => assert_eq!(read.unwrap().len(), 2),
            Some(says) => {
                let error = read.unwrap_err().to_string();
                assert!(
                    error.contains(says) && error.contains("probe record"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn a_newer_record_is_called_newer_whatever_else_is_in_it() {
    let error = problem("{\"format\":\"tollgate-probe\",\"version\":2,\"unheard of\":[]}");
    assert!(error.contains("install a newer tollgate"), "{error}");
}

#[test]
fn a_record_that_was_cut_anywhere_is_refused() {
    let whole = whole();
    let end = whole.trim_end().len();
    for end in (0..end).filter(|end| whole.is_char_boundary(*end)) {
        let error = problem(&whole[..end]);
        assert!(error.starts_with("record.json: "), "{error}");
    }
    assert!(problem(&(whole + "{}")).contains("trailing"));
}

#[test]
fn foreign_texts_are_refused_by_what_they_are() {
    for (text, says) in [
        ("", "empty"),
        (" \n", "empty"),
        ("hello", "expected a probe record"),
        ("[]", "expected"),
        ("{}", "no probe record"),
        ("{\"a\":1}", "no probe record"),
        (
            "{\"format\":\"tollgate-run\",\"version\":1}",
            "this is no probe record",
        ),
        ("\0\0", "line 1"),
    ] {
        let error = problem(text);
        assert!(error.contains(says), "{text:?}: {error}");
    }
    let utf16: Vec<u8> = b"\xff\xfe{\0}\0".to_vec();
    assert!(
        read_record("r", &utf16)
            .unwrap_err()
            .to_string()
            .contains("UTF-16")
    );
    assert!(read_record("r", b"{\"format\":\"\xff\"}").is_err());
}

#[test]
fn every_field_that_makes_no_sense_is_named_with_its_place() {
    let whole = whole();
    for (from, to, says) in [
        (
            "\"scale\":0.001",
            "\"scale\":0.0",
            "scale 0 is not a finite number above zero",
        ),
        ("\"scale\":0.001", "\"scale\":-1.0", "scale -1"),
        ("\"scale\":0.001", "\"scale\":1e999", "number out of range"),
        ("\"scale\":0.001,", "", "`scale` of a histogram is missing"),
        (
            "\"sum\":\"90\"",
            "\"sum\":\"-90\"",
            "`sum` is no whole number",
        ),
        (
            "\"sum\":\"90\"",
            "\"sum\":\"+90\"",
            "`sum` is no whole number",
        ),
        ("\"sum\":\"90\"", "\"sum\":\"\"", "`sum` is no whole number"),
        (
            "\"sum\":\"90\"",
            "\"sum\":\"999999999999999999999999999999999999999999\"",
            "`sum` is no whole number",
        ),
        (
            "[[10,1],[20,1],[60,1]]",
            "[[20,1],[10,1]]",
            "bucket 10 does not come after",
        ),
        (
            "[[10,1],[20,1],[60,1]]",
            "[[10,0]]",
            "bucket 10 is listed with no value",
        ),
        (
            "[[10,1],[20,1],[60,1]]",
            "[[1920,1]]",
            "bucket 1920 does not exist",
        ),
        ("[[10,1],[20,1],[60,1]]", "[[70000,1]]", "invalid value"),
        ("[[10,1],[20,1],[60,1]]", "[[1,-1]]", "invalid value"),
        ("[[10,1],[20,1],[60,1]]", "[]", "no bucket has a value"),
        (
            "\"count\":1",
            "\"level\":1",
            "`count` of a counter is missing",
        ),
        (
            "\"count\":1",
            "\"count\":1,\"value\":1",
            "`value` does not belong to a counter",
        ),
        ("\"count\":1", "\"count\":-1", "invalid value"),
        ("\"count\":1", "\"count\":18446744073709551616", "invalid"),
        (
            "\"labels\":[],\"count\"",
            "\"labels\":[\"x\"],\"count\"",
            "1 label values, and its family 0 labels",
        ),
        (
            "\"labels\":[],\"count\"",
            "\"labels\":[],\"outcome\":\"failed\",\"count\"",
            "`outcome` does not belong to a counter",
        ),
        (
            "\"labels\":[],\"count\"",
            "\"labels\":[],\"outcome\":\"lost\",\"count\"",
            "unknown variant `lost`",
        ),
        (
            "\"kind\":\"counter\"",
            "\"kind\":\"summary\"",
            "unknown variant `summary`",
        ),
        (
            "\"unit\":\"seconds\"",
            "\"unit\":\"ms\"",
            "unknown variant `ms`",
        ),
        ("\"pid\":42", "\"pid\":42,\"pdi\":1", "unknown field `pdi`"),
        ("\"help\":", "\"halp\":", "unknown field `halp`"),
    ] {
        assert!(whole.contains(from), "{from}");
        let error = problem(&whole.replacen(from, to, 1));
        assert!(error.contains(says), "{to}: {error}");
        let place =
            error.contains("families[") || error.contains("process") || error.contains("line ");
        assert!(place, "{error}");
    }
}

#[test]
fn a_series_stands_there_once() {
    let one = || series(&["x"], DONE, Value::Counter(1));
    let twice = record(vec![family(
        "c",
        Kind::Counter,
        Unit::None,
        &["a"],
        vec![one(), one()],
    )]);
    assert!(
        problem(&twice)
            .contains(r#"families[0].series[1] of "c": "c{a=\"x\"}" stands there twice"#),
        "{}",
        problem(&twice)
    );
    let again = || family("c", Kind::Counter, Unit::None, &["a"], vec![one()]);
    assert!(problem(&record(vec![again(), again()])).contains("twice"));
}

#[test]
fn a_flood_of_series_is_refused_with_what_to_do() {
    let flood = |n: usize| {
        record(vec![family(
            "c",
            Kind::Counter,
            Unit::None,
            &["a"],
            (0..n)
                .map(|n| series(&[&n.to_string()], DONE, Value::Counter(1)))
                .collect(),
        )])
    };
    assert_eq!(
        read_record("r", flood(1_000).as_bytes()).unwrap().len(),
        1_000
    );
    let error = problem(&flood(1_001));
    assert!(
        error.contains("more than 1000 series: record fewer label values"),
        "{error}"
    );
}
