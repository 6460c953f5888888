//! The query of `/metrics.json`.

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// The label to group by; empty for every series by itself.
    pub(super) by: String,
    pub(super) window: Option<String>,
}

impl Query {
    /// Of a key that stands twice the last one counts; an empty window is none. The error is the key that is not known.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self {
            by: "route".into(),
            window: None,
        };
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (decode(key), decode(value));
            match &*key {
                "by" => query.by = value,
                "window" => query.window = Some(value).filter(|name| !name.is_empty()),
                _ => return Err(key),
            }
        }
        Ok(query)
    }
}

/// `%41` and `+`, as forms are encoded. What is not valid stands for itself; bytes that are not UTF-8 are replaced.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let byte = match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => *first,
        };
        bytes.push(byte);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<String>) {
        let query = Query::parse(text).expect("known keys");
        (query.by, query.window)
    }

    #[test]
    fn without_a_query_it_is_by_route_since_the_start() {
        for text in ["", "&", "&&", "window="] {
            assert_eq!(parsed(text), ("route".into(), None), "{text:?}");
        }
    }

    #[test]
    fn values_are_decoded() {
        assert_eq!(
            parsed("by=a%2Fb+c%C3%A9&window=5m"),
            ("a/b cé".into(), Some("5m".into()))
        );
        assert_eq!(parsed("by="), (String::new(), None));
        assert_eq!(parsed("by"), (String::new(), None));
        assert_eq!(parsed("by=a&by=b=c").0, "b=c");
    }

    #[test]
    fn broken_escapes_stand_for_themselves() {
        assert_eq!(parsed("by=%").0, "%");
        assert_eq!(parsed("by=%4").0, "%4");
        assert_eq!(parsed("by=%zz%41").0, "%zzA");
        assert_eq!(parsed("by=%ff").0, "\u{fffd}");
        assert_eq!(parsed("by=%00").0, "\0");
    }

    #[test]
    fn a_key_that_is_not_known_is_an_error() {
        assert_eq!(Query::parse("windw=5m"), Err("windw".into()));
        assert_eq!(Query::parse("by=x&%62y2"), Err("by2".into()));
        assert_eq!(Query::parse("="), Err(String::new()));
        assert_eq!(
            Query::parse(&"a".repeat(100_000)).map_err(|key| key.len()),
            Err(100_000)
        );
    }
}
