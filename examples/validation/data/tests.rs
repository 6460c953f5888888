use super::*;
use crate::testing;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

fn pack(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn refusal(text: &str) -> String {
    Recording::parse(text).unwrap_err().to_string()
}

#[test]
fn a_recording_comes_back() {
    let recording = testing::recording(&[0, 50, 0]);
    let packed = pack(&testing::lines(&recording));
    assert_eq!(Recording::unpack(&packed).unwrap(), recording);
}

#[test]
fn a_file_that_is_cut_off_is_refused_wherever_it_ends() {
    let text = testing::lines(&testing::recording(&[0, 50]));
    let packed = pack(&text);
    for length in [0, 1, 10, packed.len() / 2, packed.len() - 1] {
        let error = Recording::unpack(&packed[..length]).unwrap_err();
        assert!(
            error.to_string().contains("whole gzip file"),
            "{length}: {error}"
        );
    }
    // Cut off before it was packed: within each line, and at its end.
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    for (line, end) in ends.iter().enumerate() {
        let error = refusal(&text[..end - 5]);
        assert!(error.starts_with(&format!("line {}:", line + 1)), "{error}");
    }
    for whole in &ends[..2] {
        let error = refusal(&text[..=*whole]);
        assert!(error.contains("interrupted or cut off"), "{error}");
    }
}

#[test]
fn empty_and_foreign_files_are_refused() {
    insta::assert_snapshot!(refusal(""), @"line 1: there is none: the file is empty");
    insta::assert_snapshot!(refusal("{\"results\":[]}"), @"line 1: column 10: unknown field `results`, expected one of `format`, `version`, `tick_ns`, `date`, `seed`, `fresh_copies`, `jobs`, `design`, `kernels`, `machine`");
    insta::assert_snapshot!(refusal("name,time\nhash,12\n"), @"line 1: column 2: expected ident");
    assert!(Recording::unpack(b"{\"results\":[]}").is_err());
    let error = Recording::unpack(&pack("\u{0}\u{0}")).unwrap_err();
    assert!(error.to_string().starts_with("line 1:"), "{error}");
}

#[test]
fn a_file_that_unpacks_without_end_is_not_unpacked_to_its_end() {
    let packed = pack(&" ".repeat(100_000));
    let error = Recording::unpack_within(&packed, 99_999).unwrap_err();
    assert!(
        matches!(error, DataError::TooLarge { limit: 99_999 }),
        "{error}"
    );
    assert!(matches!(
        Recording::unpack_within(&packed, 100_000).unwrap_err(),
        DataError::Line { .. }
    ));
}

/// Changes the header or a job, and answers why the result is refused.
fn after(change: impl Fn(&mut Recording)) -> String {
    let mut recording = testing::recording(&[0, 50]);
    change(&mut recording);
    refusal(&testing::lines(&recording))
}

#[test]
fn headers_of_other_programs_and_versions_are_refused() {
    insta::assert_snapshot!(after(|r| r.header.format = "perf".to_owned()), @r#"line 1: `format` is "perf"; a recording says "tollgate-validation""#);
    insta::assert_snapshot!(after(|r| r.header.version = 2), @"line 1: `version` 2 with ticks of 10 ns; this program reads version 1 with 10 ns");
    insta::assert_snapshot!(after(|r| r.header.tick_ns = 1), @"line 1: `version` 1 with ticks of 1 ns; this program reads version 1 with 10 ns");
    insta::assert_snapshot!(after(|r| r.header.kernels.clear()), @"line 1: `kernels` is empty or endless");
    insta::assert_snapshot!(after(|r| r.header.design.pairs = usize::MAX), @"line 1: `design` has a size outside of 1 to 10000");
    insta::assert_snapshot!(after(|r| r.header.design.batches = 0), @"line 1: `design` has a size outside of 1 to 10000");
}

#[test]
fn contradictions_are_refused_with_their_line() {
    insta::assert_snapshot!(after(|r| r.header.jobs = 1), @"line 3: more than the 1 jobs of the header");
    insta::assert_snapshot!(after(|r| r.header.jobs = u32::MAX), @"line 3: the header tells of 4294967295 jobs and 2 are there: the recording was interrupted or cut off");
    insta::assert_snapshot!(after(|r| r.jobs[1].job = 0), @"line 3: job 0 where job 1 was due");
    insta::assert_snapshot!(after(|r| r.jobs[1].seconds = -1.0), @"line 3: a negative time, load or share of steal");
    insta::assert_snapshot!(after(|r| r.jobs[0].comparisons.clear()), @"line 2: `comparisons` are not one for each kernel of the header, in its order");
    insta::assert_snapshot!(after(|r| r.jobs[0].comparisons[0].kernel = "other".to_owned()), @"line 2: `comparisons` are not one for each kernel of the header, in its order");
    insta::assert_snapshot!(after(|r| r.jobs[0].comparisons[0].pairs.truncate(39)), @r#"line 2: kernel "none": 39 pairs, 40 due"#);
    insta::assert_snapshot!(after(|r| r.jobs[0].comparisons[0].base.short.truncate(9)), @r#"line 2: kernel "none": 9 sequential processes, 10 due"#);
    insta::assert_snapshot!(after(|r| r.header.design.batches = 11), @r#"line 2: kernel "none": 12 batches of a process, 11 due"#);
    insta::assert_snapshot!(after(|r| r.header.design.long_samples = 21), @r#"line 2: kernel "none": 20 samples of a long process, 21 due"#);
    insta::assert_snapshot!(after(|r| r.header.design.lockstep_samples = 11), @r#"line 2: kernel "none": 10 samples in lockstep, 11 due"#);
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let text = testing::lines(&testing::recording(&[0]));
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        refusal(&text.replacen(from, to, 1))
    };
    for (from, to) in [
        ("\"us\":10000", "\"us\":-1"),
        ("\"us\":10000", "\"us\":1e999"),
        ("\"at_s\":0.0", "\"at_s\":1e999"),
        ("\"at_s\":0.0", "\"at_s\":NaN"),
        ("\"load\":1.5", "\"load\":-1.5"),
        ("\"slowdown\":0", "\"slowdown\":-10"),
        ("\"slowdown\":0", "\"slowdown\":0,\"other\":1"),
        ("\"first\":\"b\"", "\"first\":\"x\""),
    ] {
        let error = with(from, to);
        assert!(error.starts_with("line 2:"), "{to}: {error}");
    }
}
