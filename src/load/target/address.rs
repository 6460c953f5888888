//! Where a target listens, and whether load may go there.

use crate::load::LoadError;
use std::net::{SocketAddr, ToSocketAddrs as _};

/// A URL of a target: `http://127.0.0.1:8080/health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `https`.
    pub(crate) tls: bool,
    /// Name or address; IPv6 in brackets.
    pub(crate) host: String,
    /// 80 and 443 where none is given.
    pub(crate) port: u16,
    /// With the query; begins with `/`.
    pub(crate) path: String,
}

impl Address {
    /// Reads a URL; no user, no fragment.
    pub(crate) fn parse(url: &str) -> Result<Self, LoadError> {
        let wrong = |why: String| LoadError::Unusable(format!("`{}`: {why}", url.escape_debug()));
        let expected = "expected an address like http://127.0.0.1:8080/health";
        let uri: http::Uri = url
            .parse()
            .map_err(|error| wrong(format!("{error}; {expected}")))?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong(expected.to_owned())),
        };
        let authority = uri.authority().ok_or_else(|| wrong(expected.to_owned()))?;
        if authority.as_str().contains('@') {
            return Err(wrong(
                "an address with a user is not supported; use a header".to_owned(),
            ));
        }
        let host = authority.host();
        // What stands after the host is a port or nothing: `http` lets `host:` and `host:99999` pass.
        let port = match authority.as_str().get(host.len()..) {
            Some("") => Some(if tls { 443 } else { 80 }),
            _ => authority.port_u16().filter(|&port| port != 0),
        };
        let Some(port) = port.filter(|_| !host.is_empty()) else {
            return Err(wrong(expected.to_owned()));
        };
        let path = uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        Ok(Self {
            tls,
            host: host.to_owned(),
            port,
            path: if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            },
        })
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// Every socket address that the host has, if load may go to all of them: loopback, or a host that is allowed by name.
    pub(crate) fn resolve(&self, remote: &[String]) -> Result<Vec<SocketAddr>, LoadError> {
        let unknown = |why: String| {
            LoadError::Unusable(format!("`{}` cannot be found: {why}", shown(&self.host)))
        };
        let found: Vec<SocketAddr> = format!("{}:{}", self.host, self.port)
            .to_socket_addrs()
            .map_err(|error| unknown(error.to_string()))?
            .collect();
        if found.is_empty() {
            return Err(unknown("it has no address".to_owned()));
        }
        self.permit(found, remote)
    }

    fn permit(
        &self,
        found: Vec<SocketAddr>,
        remote: &[String],
    ) -> Result<Vec<SocketAddr>, LoadError> {
        let bare = |host: &str| {
            host.trim_matches(['[', ']'])
                .trim_end_matches('.')
                .to_ascii_lowercase()
        };
        let named = remote.iter().any(|host| bare(host) == bare(&self.host));
        let local = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
        if named || found.iter().all(local) {
            Ok(found)
        } else {
            Err(LoadError::NotLoopback {
                host: shown(&self.host),
            })
        }
    }
}

fn shown(host: &str) -> String {
    host.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        Address::parse(url).unwrap()
    }

    #[test]
    fn an_address_has_a_scheme_a_host_a_port_and_a_path() {
        let full = address("http://127.0.0.1:8080/health?deep=1");
        assert_eq!(full.origin(), "http://127.0.0.1:8080");
        assert_eq!(full.path, "/health?deep=1");
        for (url, origin, path) in [
            ("http://localhost", "http://localhost:80", "/"),
            ("https://localhost/", "https://localhost:443", "/"),
            ("https://[::1]:4433/a", "https://[::1]:4433", "/a"),
            ("http://localhost:81?x", "http://localhost:81", "/?x"),
        ] {
            let read = address(url);
            assert_eq!((read.origin().as_str(), read.path.as_str()), (origin, path));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_an_example() {
        for url in [
            "",
            "localhost",
            "/health",
            "ftp://localhost/",
            "http://",
            "http://:80/",
            "http://localhost:0/",
            "http://localhost:/",
            "http://localhost:99999/",
            "http://localhost:port/",
            "http://user:secret@localhost/",
            "http://local host/",
            "http://localhost/\r\nX: y",
            "http://localhost/\u{1b}[2J",
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(!error.contains(['\u{1b}', '\r', '\n']), "{error:?}");
            assert!(error.contains("address"), "{error}");
        }
    }

    fn permitted(host: &str, found: &[&str], remote: &[&str]) -> bool {
        let address = address(&format!("http://{host}:1/"));
        let found = found
            .iter()
            .map(|ip| SocketAddr::new(ip.parse().unwrap(), 1));
        let remote: Vec<String> = remote.iter().map(|&host| host.to_owned()).collect();
        match address.permit(found.collect(), &remote) {
            Ok(_) => true,
            Err(LoadError::NotLoopback { .. }) => false,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn load_goes_to_loopback_or_to_who_was_named() {
        assert!(permitted("127.9.9.9", &["127.9.9.9"], &[]));
        assert!(permitted("localhost", &["127.0.0.1", "::1"], &[]));
        assert!(permitted("x.test", &["::ffff:127.0.0.1"], &[]));
        // One address elsewhere is one too many.
        assert!(!permitted("localhost", &["127.0.0.1", "10.0.0.1"], &[]));
        assert!(!permitted("x.test", &["0.0.0.0"], &[]));
        assert!(!permitted("x.test", &["192.0.2.1"], &["y.test", "test"]));
        assert!(permitted("x.test", &["192.0.2.1"], &["X.Test"]));
        assert!(permitted(
            "[2001:db8::1]",
            &["2001:db8::1"],
            &["2001:db8::1"]
        ));
    }

    #[test]
    fn a_refusal_names_the_host_and_the_way_out() {
        let error = address("http://192.0.2.7:80/").resolve(&[]).unwrap_err();
        insta::assert_snapshot!(error, @"`192.0.2.7` is not this machine: load goes to loopback only, unless `--allow-remote 192.0.2.7` says that it may");
        assert!(address("http://127.0.0.1:80/").resolve(&[]).is_ok());
    }
}
