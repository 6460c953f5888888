//! Where calls go.

use super::super::LoadError;
use http::Uri;
use http::uri::Authority;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Scheme, host and port, and the addresses behind them.
#[derive(Debug)]
pub(super) struct Origin {
    /// Whether it is spoken to by TLS.
    pub(super) tls: bool,
    /// Host without brackets.
    pub(super) host: String,
    /// Host and port as requests name them.
    pub(super) authority: Authority,
    port: u16,
    /// Not empty.
    addresses: Vec<SocketAddr>,
    /// Which of them answered last: `localhost` has two, and a server mostly listens on one.
    good: AtomicUsize,
}

impl Origin {
    /// Reads `http://host:port` and asks the system once for the host's addresses.
    ///
    /// # Errors
    /// What is no origin, and hosts that have no address.
    pub(super) fn new(text: &str) -> Result<Self, LoadError> {
        let unusable = |why: &str| {
            LoadError::Unusable(format!(
                "`{}` cannot be driven: {why}; write it like `http://127.0.0.1:8080`",
                text.escape_debug()
            ))
        };
        let (tls, authority) = read(text).map_err(unusable)?;
        let port = authority.port_u16().unwrap_or(default_port(tls));
        let host = bare(authority.host()).to_owned();
        let addresses: Vec<SocketAddr> = (host.as_str(), port)
            .to_socket_addrs()
            .map_err(|source| LoadError::Generator {
                what: format!("address of `{}`", host.escape_debug()),
                source,
            })?
            .collect();
        if addresses.is_empty() {
            return Err(unusable("its host has no address"));
        }
        Ok(Self {
            tls,
            host,
            authority,
            port,
            addresses,
            good: AtomicUsize::new(0),
        })
    }

    /// The addresses, the one that answered last first, each with its number.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (usize, SocketAddr)> + '_ {
        let first = self.good.load(Ordering::Relaxed);
        let count = self.addresses.len();
        (0..count).filter_map(move |step| {
            let number = (first + step) % count;
            self.addresses.get(number).map(|address| (number, *address))
        })
    }

    /// This one answered.
    pub(super) fn answered(&self, number: usize) {
        if self.good.load(Ordering::Relaxed) != number {
            self.good.store(number, Ordering::Relaxed);
        }
    }

    /// Whether a `location` leads to another origin. One that cannot be read does: it surely does not lead back here.
    pub(super) fn leaves(&self, location: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(location) else {
            return true;
        };
        let text = text.trim();
        // RFC 3986, 4.2: `//host/path` keeps the scheme, and what has no scheme keeps the host too. A backslash is a slash to
        // some clients.
        let absolute = if text.starts_with("//") || text.starts_with("/\\") {
            let scheme = if self.tls { "https:" } else { "http:" };
            format!("{scheme}//{}", &text[2..])
        } else if scheme_of(text).is_some() {
            text.to_owned()
        } else {
            return false;
        };
        let place = absolute
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .replace('\\', "/");
        let origin = match place.match_indices('/').nth(2) {
            Some((end, _)) => &place[..end],
            None => place.as_str(),
        };
        let Ok((tls, authority)) = read(origin) else {
            return true;
        };
        tls != self.tls
            || authority.port_u16().unwrap_or(default_port(tls)) != self.port
            || !bare(authority.host()).eq_ignore_ascii_case(&self.host)
    }
}

/// Scheme and authority of an origin.
fn read(text: &str) -> Result<(bool, Authority), &'static str> {
    let uri: Uri = text.parse().map_err(|_| "it is no URL")?;
    let tls = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => return Err("its scheme is neither `http` nor `https`"),
    };
    let Some(authority) = uri.authority() else {
        return Err("it has no host");
    };
    if authority.as_str().contains('@') {
        return Err("it has a user name");
    }
    if authority.host().is_empty() || bare(authority.host()).is_empty() {
        return Err("it has no host");
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err("it has a path");
    }
    if authority.port_u16().is_none() && authority.as_str() != authority.host() {
        return Err("its port is no number below 65536");
    }
    Ok((tls, authority.clone()))
}

/// The scheme of a reference, where it has one.
fn scheme_of(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let good = bytes.next()?.is_ascii_alphabetic()
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    good.then_some(scheme)
}

const fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, host, port, tls) in [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080, false),
            ("http://127.0.0.1", "127.0.0.1", 80, false),
            ("https://[::1]:8443/", "::1", 8443, true),
            ("HTTPS://127.0.0.1", "127.0.0.1", 443, true),
        ] {
            let origin = Origin::new(text).expect(text);
            assert_eq!((origin.host.as_str(), origin.port), (host, port), "{text}");
            assert_eq!(origin.tls, tls, "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "no URL"),
            ("127.0.0.1:80", "scheme"),
            ("ftp://127.0.0.1", "scheme"),
            ("http://127.0.0.1/path", "path"),
            ("http://127.0.0.1?q", "path"),
            ("http://me:secret@127.0.0.1", "user name"),
            ("http://:80", "no"),
            ("http://127.0.0.1:99999", "port"),
            ("http://a b", "no URL"),
        ] {
            let problem = Origin::new(text).expect_err(text).to_string();
            assert!(problem.contains(why), "{text}: {problem}");
        }
    }

    #[test]
    fn every_address_is_tried_the_good_one_first() {
        let mut origin = Origin::new("http://127.0.0.1:1").expect("an origin");
        origin.addresses = vec![([127, 0, 0, 1], 1).into(), ([127, 0, 0, 2], 1).into()];
        let order = |origin: &Origin| -> Vec<usize> {
            origin.addresses().map(|(number, _)| number).collect()
        };
        assert_eq!(order(&origin), [0, 1]);
        origin.answered(1);
        assert_eq!(order(&origin), [1, 0]);
    }

    #[test]
    fn a_redirect_leaves_when_scheme_host_or_port_differ() {
        let origin = Origin::new("http://127.0.0.1:8080").expect("an origin");
        for inside in [
            "/login",
            "login?next=http://evil.example/",
            "?a:b",
            "",
            "http://127.0.0.1:8080/x?y",
            "HTTP://127.0.0.1:8080",
            "//127.0.0.1:8080/x",
        ] {
            assert!(!origin.leaves(inside.as_bytes()), "{inside}");
        }
        for outside in [
            "http://evil.example/",
            "https://127.0.0.1:8080/",
            "http://127.0.0.1/",
            "http://127.0.0.1:8081/",
            "//evil.example/x",
            "/\\evil.example/x",
            "http:\\\\evil.example/",
            "http://127.0.0.1:8080@evil.example/",
            "http://127.0.0.1:8080.evil.example/",
            "javascript:alert(1)",
            "http://[::",
        ] {
            assert!(origin.leaves(outside.as_bytes()), "{outside}");
        }
        assert!(origin.leaves(b"http://\xff/"));
    }
}
