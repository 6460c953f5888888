//! Addresses of a GitHub: where a token is sent to.

/// What [`base_url`] takes.
pub(super) const EXPECTED: &str =
    "an address such as https://api.github.com, without user, query and fragment";

/// `http(s)://host[:port][/path]` without the slashes at its end; `None` for anything else.
pub(super) fn base_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if !matches!(scheme, "https" | "http") || text.len() > 2048 {
        return None;
    }
    let rest = rest.trim_end_matches('/');
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let (host, port) = match authority.rsplit_once(':') {
        // An IPv6 address has colons of its own, inside of brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    let host_is_right = address || (!host.is_empty() && host.bytes().all(plain));
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let port_is_right =
        port.is_none_or(|port| digits(port) && port.parse::<u16>().is_ok_and(|port| port > 0));
    let path_is_right = path
        .bytes()
        .all(|byte| plain(byte) || b"/~".contains(&byte))
        && path.split('/').all(|part| part != "." && part != "..");
    (host_is_right && port_is_right && path_is_right).then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::base_url;

    #[test]
    fn slashes_at_the_end_go_and_paths_stay() {
        for (given, kept) in [
            ("https://api.github.com", "https://api.github.com"),
            (
                "https://ghe.example.com/api/v3/",
                "https://ghe.example.com/api/v3",
            ),
            (
                "https://ghe.example.com:8443/api/v3//",
                "https://ghe.example.com:8443/api/v3",
            ),
            ("http://127.0.0.1:4010/", "http://127.0.0.1:4010"),
            ("http://[::1]:4010", "http://[::1]:4010"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(base_url(given).as_deref(), Some(kept), "{given}");
        }
    }

    #[test]
    fn what_could_send_a_token_elsewhere_is_refused() {
        for wrong in [
            "",
            "github.com",
            "https://",
            "https:///x",
            "ftp://github.com",
            "file:///etc",
            "HTTPS://github.com",
            "https://user:secret@github.com",
            "https://user@github.com",
            "https://a.com@b.com/",
            "https://a.com\\@b.com",
            "https://a.com?x=1",
            "https://a.com/#x",
            "https://a.com/%2e%2e",
            "https://a.com/../x",
            "https://a com",
            "https://a.com\nX: y",
            "https://a.com:99999",
            "https://a.com:0",
            "https://a.com:",
            "https://a.com:+8",
            "https://é.com",
            "https://[::1",
            "https://::1]",
            "https://[x]",
            " https://a.com",
            "//a.com",
        ] {
            assert_eq!(base_url(wrong), None, "{wrong:?}");
        }
    }
}
