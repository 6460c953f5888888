//! Where GitHub's API is: `https://api.github.com`, or that of a GitHub Enterprise Server.

use http::Uri;
use std::fmt;
use std::net::IpAddr;

/// The address of the API without a slash at its end, such as `https://github.example.com/api/v3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUrl {
    base: String,
    encrypted: bool,
}

/// The text is no address that a token could be sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiUrlError {
    /// Not a URL of a server and perhaps a path.
    #[error(
        "it is not the address of an API, such as `https://api.github.com` or `https://HOST/api/v3`"
    )]
    Malformed,
    /// A name or password in it, a query, or a fragment.
    #[error(
        "it has a user, a query or a fragment; an address such as `https://HOST/api/v3` has none"
    )]
    Extra,
    /// `http:` to another machine.
    #[error("it is not encrypted, so the token is not sent; use `https:`")]
    NotEncrypted,
}

impl ApiUrl {
    /// Takes the value of `GITHUB_API_URL`.
    ///
    /// # Errors
    /// Anything but `https:` and a server with or without a path; `http:` is taken for this machine itself only.
    pub fn new(text: &str) -> Result<Self, ApiUrlError> {
        let text = text.trim();
        if text.contains(['#', '?', '@']) {
            return Err(ApiUrlError::Extra);
        }
        let base = text.trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|_| ApiUrlError::Malformed)?;
        let host = uri.host().filter(|host| !host.is_empty());
        let (Some(scheme), Some(host)) = (uri.scheme_str(), host) else {
            return Err(ApiUrlError::Malformed);
        };
        let encrypted = match scheme {
            "https" => true,
            "http" if is_this_machine(host) => false,
            "http" => return Err(ApiUrlError::NotEncrypted),
            _ => return Err(ApiUrlError::Malformed),
        };
        Ok(Self {
            base: base.to_owned(),
            encrypted,
        })
    }

    /// The API of github.com.
    #[must_use]
    pub fn github() -> Self {
        Self {
            base: "https://api.github.com".to_owned(),
            encrypted: true,
        }
    }

    /// Where `route` is, which starts with a slash and may have a query.
    pub(super) fn to(&self, route: &str) -> Result<Uri, http::uri::InvalidUri> {
        format!("{}{route}", self.base).parse()
    }

    /// Where a redirect leads, if that is as safe a way as the one that led here.
    pub(super) fn redirect(&self, location: &str) -> Option<Uri> {
        let uri: Uri = location.parse().ok()?;
        let host = uri.host().filter(|host| !host.is_empty())?;
        match uri.scheme_str()? {
            "https" => Some(uri),
            "http" if !self.encrypted && is_this_machine(host) => Some(uri),
            _ => None,
        }
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A value of a query, or a part of a path: everything but letters, digits and `-._~` is encoded (RFC 3986).
pub(super) fn encoded(text: &str) -> String {
    use fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else if write!(encoded, "%{byte:02X}").is_err() {
            // Writing to a String cannot fail.
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_put_behind_the_path_of_the_server() {
        let table = [
            ("https://api.github.com", "https://api.github.com/repos/o/r"),
            (
                "https://api.github.com/",
                "https://api.github.com/repos/o/r",
            ),
            ("https://HOST/api/v3", "https://HOST/api/v3/repos/o/r"),
            (
                " https://host:8443/api/v3//\n",
                "https://host:8443/api/v3/repos/o/r",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/repos/o/r"),
            ("http://[::1]:8080", "http://[::1]:8080/repos/o/r"),
            ("http://localhost", "http://localhost/repos/o/r"),
        ];
        for (base, expected) in table {
            let url = ApiUrl::new(base).unwrap();
            let expected: Uri = expected.parse().unwrap();
            assert_eq!(url.to("/repos/o/r").unwrap(), expected, "{base}");
        }
        assert_eq!(ApiUrl::new("https://api.github.com/"), Ok(ApiUrl::github()));
    }

    #[test]
    fn a_token_is_not_sent_where_others_could_read_it() {
        use ApiUrlError::{Extra, Malformed, NotEncrypted};
        let table = [
            ("", Malformed),
            ("/", Malformed),
            ("api.github.com", Malformed),
            ("/api/v3", Malformed),
            ("https://", Malformed),
            ("https:///api", Malformed),
            ("ftp://host", Malformed),
            ("https://ho st", Malformed),
            ("https://u:p@host", Extra),
            ("https://api.github.com@evil.example", Extra),
            ("https://host/api?x=y", Extra),
            ("https://host/#x", Extra),
            ("http://github.example.com/api/v3", NotEncrypted),
            ("http://127.0.0.1.evil.example", NotEncrypted),
            ("http://localhost.evil.example", NotEncrypted),
        ];
        for (text, error) in table {
            assert_eq!(ApiUrl::new(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn redirects_do_not_lead_to_an_open_way() {
        let github = ApiUrl::github();
        assert!(github.redirect("https://storage.example/a?sig=x").is_some());
        for wrong in [
            "",
            "/a",
            "//host/a",
            "http://host/a",
            "http://127.0.0.1/a",
            "file:///etc",
            "\u{0}",
        ] {
            assert_eq!(github.redirect(wrong), None, "{wrong:?}");
        }
        let here = ApiUrl::new("http://127.0.0.1:1").unwrap();
        assert!(here.redirect("http://localhost:2/a").is_some());
        assert_eq!(here.redirect("http://host/a"), None);
    }

    #[test]
    fn names_of_branches_stay_one_value() {
        assert_eq!(
            encoded("o:a/b c&d=e#f+ü%"),
            "o%3Aa%2Fb%20c%26d%3De%23f%2B%C3%BC%25"
        );
        assert_eq!(encoded("aZ0-._~"), "aZ0-._~");
    }
}
