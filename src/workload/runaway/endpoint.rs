//! Names of what is called.

/// Bytes of a name that are kept.
const LONGEST: usize = 160;

/// Method and path as the name of an endpoint: without the query, and with `{}` for segments that are numbers, UUIDs, or 16
/// hexadecimal digits and more, so that `/items/17` and `/items/18` are one.
#[must_use]
pub fn collapsed(method: &str, path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut name = format!("{method} ");
    for (place, segment) in path.split('/').enumerate() {
        // Long enough to be cut; a path may have as many segments as it has bytes.
        if name.len() > LONGEST {
            break;
        }
        if place > 0 {
            name.push('/');
        }
        name.push_str(if is_identity(segment) { "{}" } else { segment });
    }
    clipped(&name)
}

/// A name that is not longer than what is kept.
#[must_use]
pub fn clipped(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let end = (0..=LONGEST).rev().find(|end| name.is_char_boundary(*end));
    format!("{}…", &name[..end.unwrap_or(0)])
}

fn is_identity(segment: &str) -> bool {
    let digits = segment.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = segment
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    !segment.is_empty() && (digits || (hexadecimal && segment.len() >= 16))
}
