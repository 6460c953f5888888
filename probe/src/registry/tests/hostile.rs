use super::*;

#[test]
fn any_text_comes_back_as_it_was() {
    let world = world();
    let family = world.counter("hits", &["a", "b"]);
    let texts = [
        "",
        "\"",
        "\\",
        "\n",
        "\0",
        "\0\0",
        "\u{202e}txt",
        "ß",
        "1234567",
        "12345678",
        "123456789",
        "{}",
        "(other)",
        "日本語のテキスト",
        "a\u{0}b",
        "                                        ",
    ];
    for a in texts {
        for b in texts {
            world.hit(family, &[a, b]);
        }
    }
    let shown = world.counts("hits");
    let mut expected = Vec::new();
    for a in texts {
        for b in texts {
            expected.push((vec![a.to_owned(), b.to_owned()], 1));
        }
    }
    assert_eq!(shown, expected);
}

#[test]
fn texts_of_every_length_that_differ_in_one_byte_are_different() {
    let world = world();
    let family = world.family("hits", Kind::Counter, &["a"], 20_000);
    let mut expected = 0;
    for length in 0..size(100, 20) {
        for at in 0..length.max(1) {
            let mut text = vec![b'x'; length];
            if let Some(byte) = text.get_mut(at) {
                *byte = b'y';
            }
            world.hit(family, &[std::str::from_utf8(&text).unwrap()]);
            expected += 1;
        }
    }
    let shown = world.counts("hits");
    assert_eq!(shown.len(), expected);
    assert!(shown.iter().all(|(_, count)| *count == 1));
}

#[test]
fn the_same_bytes_divided_otherwise_are_different() {
    let world = world();
    let family = world.counter("hits", &["a", "b", "c"]);
    let text = "abcdefghijklmnopqrst";
    let mut expected = 0;
    for first in 0..=text.len() {
        for second in first..=text.len() {
            world.hit(
                family,
                &[&text[..first], &text[first..second], &text[second..]],
            );
            expected += 1;
        }
    }
    assert_eq!(world.counts("hits").len(), expected);
}

#[test]
fn long_values_are_cut_and_stay_different() {
    let world = world();
    let family = world.counter("hits", &["a", "b"]);
    let long = |end: &str| format!("{}{end}", "é".repeat(size(500_000, 500)));
    for end in ["1", "2", "1"] {
        world.hit(family, &["GET", &long(end)]);
    }
    let middle = format!("{}x{}", "é".repeat(250), "é".repeat(250));
    world.hit(family, &["GET", &middle]);
    let shown = world.counts("hits");
    assert_eq!(shown.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 1, 1]);
    for (labels, _) in &shown {
        assert_eq!(labels[0], "GET");
        assert!(
            labels[1].len() <= 128 && labels[1].starts_with("ééé"),
            "{labels:?}"
        );
        assert_eq!(labels[1].split('#').next_back().unwrap().len(), 16);
    }
    assert_eq!(world.own("probe_truncated_labels_total"), 3);
}

#[test]
fn cut_text_is_the_same_in_every_process() {
    let cut = super::super::key::Cut::new(&[&"0123456789".repeat(40)]);
    let label = cut.label(0);
    assert_eq!(label.len(), 256);
    assert!(label.starts_with("0123456789"));
    // Fixed: a series must keep its name over a restart and over a new version.
    assert!(label.ends_with("…#e39addd26d38ee9c"), "{label}");
}

#[test]
fn eight_labels_with_as_many_bytes_as_fit_are_kept_whole() {
    let world = world();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let family = world.counter("hits", &names);
    let full: Vec<String> = (0..8).map(|n| n.to_string().repeat(32)).collect();
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    world.hit(family, &full);
    world.hit(family, &full);
    assert_eq!(
        world.counts("hits"),
        [(full.iter().map(ToString::to_string).collect(), 2)]
    );
    assert_eq!(world.own("probe_truncated_labels_total"), 0);
}

#[test]
fn hashes_that_collide_are_told_apart_by_content() {
    let world = world();
    let family = world.counter("hits", &["a"]);
    let one = world.registry.find(family, &["one"]);
    let two = world.registry.find(family, &["two"]);
    // As if "two" had the hash of "one": the table offers both, the text decides.
    let hash = 7;
    assert!(family.table.insert(hash, one.id) && family.table.insert(hash, two.id));
    let found = |text: &str| world.registry.candidate(family, hash, &[text]);
    assert_eq!(found("one"), Ok(one));
    assert_eq!(found("two"), Ok(two));
    assert!(found("three").is_err());
}
