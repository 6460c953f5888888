use super::{FULL, mistakes, parse};
use crate::diagnostic::{Code, Style, render_all};
use proptest::prelude::*;

#[test]
fn a_foreign_file_is_refused_in_full() {
    let found = mistakes("[package]\nname = \"x\"\n\n[dependencies]\nserde = \"1\"\n");
    let codes: Vec<Code> = found.iter().map(|mistake| mistake.code).collect();
    assert_eq!(
        codes,
        [Code::MissingKey, Code::UnknownKey, Code::UnknownKey]
    );
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let text = format!("version = 1\n#{}", "x".repeat(1024 * 1024));
    let found = mistakes(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("1048576"), "{}", found[0].message);
}

#[test]
fn endless_mistakes_are_counted() {
    let text = format!("version = 1\n{}", "[[budget]]\nx = 1\n".repeat(5_000));
    let found = mistakes(&text);
    assert_eq!(found.len(), 201);
    assert_eq!(found[200].message, "budgets.toml has 9800 more mistakes");
}

#[test]
fn the_place_is_right_behind_text_that_is_not_ascii() {
    let text = "\u{feff}# größe 日本 👍\r\nversion = 1 # é\r\n[[budget]] # ü\r\nbench = \"日本/*\"\r\nslowr = \"3%\" # 👍\r\n";
    let found = mistakes(text);
    assert_eq!(found.len(), 1);
    let place = found[0].place.as_ref().unwrap();
    assert_eq!(&place.source[place.span.clone()], "slowr");
    assert_eq!(place.line_column(), (5, 1));

    let text = "version = 1\nsuite = [{ name = \"größe 👍\", colour = 1 }]\n";
    let spans: Vec<String> = mistakes(text)
        .iter()
        .filter_map(|mistake| mistake.place.as_ref())
        .map(|place| place.source[place.span.clone()].to_owned())
        .collect();
    assert_eq!(spans, ["{ name = \"größe 👍\", colour = 1 }", "colour"]);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_toml_like_text_makes_it_panic(text in r#"((version|defaults|suite|workload|endpoint|flow|steps|window|stages|target|preset|users|rate|duration|path|capture|expect|json|headers|'/\{a\}'|"5/s"|budget|overhead|waiver|anchor|layout|on|off|env|args|until|2027-01-31|name|tool|bench|max|slower|command|"x"|'y'|[0-9%.=\[\]{},#" ])|\n){0,80}"#) {
        if let Err(found) = parse(&text) {
            let _ = render_all(&found, Style::Plain);
        }
    }

    #[test]
    fn no_damage_to_a_good_file_makes_it_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, "[\"\\[\\]=\n,.%a-c0-9#{}\u{0}\u{1b}äé日]{0,6}"), 1..4),
    ) {
        let mut characters: Vec<char> = FULL.chars().collect();
        for (at, removed, inserted) in edits {
            let at = at.index(characters.len());
            let end = (at + removed).min(characters.len());
            characters.splice(at..end, inserted.chars());
        }
        let text: String = characters.into_iter().collect();
        if let Err(found) = parse(&text) {
            prop_assert!(!found.is_empty());
            let starts: Vec<usize> = found
                .iter()
                .filter_map(|mistake| mistake.place.as_ref())
                .map(|place| place.span.start)
                .collect();
            prop_assert!(starts.is_sorted(), "{:?}", starts);
            prop_assert!(starts.iter().all(|start| *start <= text.len()));
            let drawn = render_all(&found, Style::Plain);
            prop_assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", drawn);
        }
    }
}
