use super::shortened;

#[test]
fn what_is_too_long_ends_with_an_ellipsis_and_fits() {
    assert_eq!(shortened("abc", 3), "abc");
    assert_eq!(shortened("abcd", 3), "ab…");
    assert_eq!(shortened("äöüß", 3), "äö…");
    // Two units each, as UTF-16 counts them.
    let faces = "\u{1f600}".repeat(4);
    for most in 1..8 {
        let shown = shortened(&faces, most);
        assert!(shown.encode_utf16().count() <= most, "{most}: {shown}");
        assert!(shown.ends_with('…'));
    }
    assert_eq!(shortened(&faces, 8), faces);
    assert_eq!(shortened("", 0), "");
}
