use super::*;

#[test]
fn the_place_for_the_scores_is_found_once() {
    let document = format!("before\n{BEGIN}scores\n{END}after\n");
    assert_eq!(shown(&document), Some(("before\n", "scores\n", "after\n")));
    for wrong in [
        "no place\n".to_owned(),
        format!("{END}{BEGIN}"),
        format!("{BEGIN}no end\n"),
        format!("{document}{document}"),
        format!("{BEGIN}{BEGIN}{END}"),
    ] {
        assert_eq!(shown(&wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_no_recording_is_named_with_its_cause() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.gz");
    let error = read_recording(&missing).unwrap_err();
    assert!(matches!(error, ScoreError::File { .. }), "{error}");
    let foreign = directory.path().join("foreign.gz");
    fs::write(&foreign, "not gzip").unwrap();
    let error = read_recording(&foreign).unwrap_err();
    assert!(
        error.to_string().ends_with("foreign.gz is no recording"),
        "{error}"
    );
    // A file that says it is huge is not read.
    let huge = directory.path().join("huge.gz");
    fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(
        read_recording(&huge).unwrap_err(),
        ScoreError::File { .. }
    ));
}

#[test]
fn a_document_is_written_checked_and_found_to_differ() {
    use crate::testing;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    let directory = tempfile::tempdir().unwrap();
    let (data, document) = (
        directory.path().join("data.gz"),
        directory.path().join("README.md"),
    );
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let lines = testing::lines(&testing::recording(&[0, 50]));
    encoder.write_all(lines.as_bytes()).unwrap();
    fs::write(&data, encoder.finish().unwrap()).unwrap();
    let scored = |check: bool| {
        run(&Score {
            recordings: vec![data.clone(), data.clone()],
            document: document.clone(),
            check,
            write: !check,
        })
    };
    fs::write(&document, "# Nothing\n").unwrap();
    assert!(matches!(scored(false).unwrap_err(), ScoreError::NoPlace(_)));
    fs::write(&document, format!("# Before\n{BEGIN}{END}after\n")).unwrap();
    assert!(matches!(scored(true).unwrap_err(), ScoreError::Differs(_)));
    scored(false).unwrap();
    scored(true).unwrap();
    let text = fs::read_to_string(&document).unwrap();
    assert!(
        text.starts_with("# Before\n") && text.ends_with("after\n"),
        "{text}"
    );
    fs::write(&document, text.replacen("| 0 % (0 to", "| 1 % (0 to", 1)).unwrap();
    assert!(matches!(scored(true).unwrap_err(), ScoreError::Differs(_)));
}

/// A part of the rules: a build without optimisation takes minutes for criterion's bootstrap and for all budgets of
/// tollgate. CI scores everything (`score --check` in `.ci/run`).
#[test]
fn the_committed_document_shows_what_the_committed_recording_gives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recording = read_recording(&root.join(RECORDINGS[0])).unwrap();
    let document = fs::read_to_string(root.join("docs/validation/README.md")).unwrap();
    let (_, shown, _) = shown(&document).unwrap();
    let quick = [
        "github-action-benchmark",
        "Bencher",
        "perfgate",
        "minimum",
        "tango",
        "tollgate, +5 %, 20 ",
    ];
    let mut compared = 0;
    for rule in RULES {
        if quick.iter().any(|name| rule.name.starts_with(name)) {
            let rows = table::RuleRows::of(rule, &recording);
            assert!(shown.contains(&rows.alarms), "not shown: {}", rows.alarms);
            assert!(shown.contains(&rows.power), "not shown: {}", rows.power);
            compared += 1;
        }
        assert!(
            shown.contains(&format!("| {} |", rule.name)),
            "{}",
            rule.name
        );
    }
    assert_eq!(compared, 16);
}
