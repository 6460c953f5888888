//! Which of the two text formats a scraper wants (RFC 9110, 12.5.1).

use crate::export::Format;

/// OpenMetrics if the header names it, in a version that we write, with at least the weight of the plain format.
pub(super) fn negotiate(accept: Option<&str>) -> Format {
    let mut open = 0;
    let mut plain = 0;
    for range in accept.unwrap_or_default().split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        // Broken parameters: as if the range were not there.
        let Some((version, weight)) = parameters(parts) else {
            continue;
        };
        match &*kind {
            "application/openmetrics-text" if matches!(version, None | Some("1.0.0" | "0.0.1")) => {
                open = open.max(weight);
            }
            "text/plain" if matches!(version, None | Some("0.0.4")) => plain = plain.max(weight),
            _ => {}
        }
    }
    if open > 0 && open >= plain {
        Format::OpenMetrics
    } else {
        Format::Prometheus
    }
}

/// The version, if one is asked for, and the weight in thousandths.
fn parameters<'a>(parts: impl Iterator<Item = &'a str>) -> Option<(Option<&'a str>, u16)> {
    let mut version = None;
    let mut weight = 1000;
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match &*name.trim().to_ascii_lowercase() {
            "version" => version = Some(value.trim().trim_matches('"')),
            "q" => weight = thousandths(value.trim())?,
            _ => {}
        }
    }
    Some((version, weight))
}

/// `0`, `1`, and at most three places after the point: all that a weight may be.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits = places.bytes().all(|b| b.is_ascii_digit());
    if !digits || places.len() > 3 || !matches!(whole, "0" | "1") {
        return None;
    }
    let places: u16 = format!("{places:0<3}").parse().ok()?;
    let weight = if whole == "1" { 1000 } else { 0 } + places;
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(accept: &str) -> bool {
        negotiate(Some(accept)) == Format::OpenMetrics
    }

    #[test]
    fn whoever_asks_for_nothing_gets_the_plain_format() {
        assert_eq!(negotiate(None), Format::Prometheus);
        for accept in [
            "",
            "*/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "text/*",
            ",;,=",
        ] {
            assert!(!open(accept), "{accept}");
        }
    }

    #[test]
    fn prometheus_2_and_3_prefer_openmetrics() {
        // Headers of Prometheus 2.53 and 3.0.
        assert!(open(
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        ));
        assert!(open(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
             text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
        ));
    }

    #[test]
    fn the_greater_weight_wins_and_zero_means_no() {
        assert!(open("application/openmetrics-text"));
        assert!(open("Application/OpenMetrics-Text ; Q=0.7 , */*"));
        assert!(open("application/openmetrics-text;q=0.001"));
        assert!(!open("application/openmetrics-text;q=0"));
        assert!(!open("application/openmetrics-text;q=0.000,text/plain"));
        assert!(!open("application/openmetrics-text;q=0.3,text/plain;q=0.4"));
        assert!(open("application/openmetrics-text;q=0.4,text/plain;q=0.4"));
    }

    #[test]
    fn versions_that_are_not_written_are_not_promised() {
        assert!(!open("application/openmetrics-text;version=2.0.0"));
        assert!(open("application/openmetrics-text;version=\"1.0.0\""));
        assert!(open(
            "application/openmetrics-text;q=0.2,text/plain;version=1.0.0"
        ));
    }

    #[test]
    fn weights_that_are_none_take_their_range_away() {
        for q in [
            "", "x", "nan", "inf", "-1", "2", "1.001", "0.0001", "1e0", ".5", "+1", "٣",
        ] {
            assert!(!open(&format!("application/openmetrics-text;q={q}")), "{q}");
        }
        assert!(!open(&"application/openmetrics-text;q=".repeat(10_000)));
    }
}
