//! One question to a server that may not be there yet: is it ready?
//!
//! A GET of HTTP/1.1 on a connection of its own, through TLS where the address says so. The certificate is not looked at:
//! nothing secret is asked, and the calls of the run, which come after it, do look.

use super::address::Address;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What is read of an answer's head, and of a body that nobody wants.
const HEAD: usize = 64 * 1024;

/// One attempt takes no longer; a connection that was lost in a restart must not be waited for to the end.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How often the caller is asked whether to go on while an answer is waited for.
const SLICE: Duration = Duration::from_millis(20);

/// For how long the rest of an answer is read, so that a server is not cut off in the middle of it.
const REST: Duration = Duration::from_millis(100);

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// When its head was there.
    pub(super) at: Instant,
}

/// Asks once: the answer, or why there is none. `go_on` is asked every few milliseconds.
pub(super) fn ask(
    address: &Address,
    sockets: &[SocketAddr],
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Answer, String> {
    let mut problem = "no address".to_owned();
    for socket in sockets {
        match TcpStream::connect_timeout(socket, Duration::from_secs(1)) {
            Ok(stream) => return exchange(address, stream, go_on),
            Err(error) => problem = format!("not connected to {socket}: {error}"),
        }
    }
    Err(problem)
}

/// Whether somebody listens there.
pub(super) fn is_taken(sockets: &[SocketAddr]) -> bool {
    (sockets.iter()).any(|socket| TcpStream::connect_timeout(socket, SLICE).is_ok())
}

fn exchange(
    address: &Address,
    stream: TcpStream,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Answer, String> {
    let say = |error: io::Error| error.to_string();
    stream.set_nodelay(true).map_err(say)?;
    stream.set_read_timeout(Some(SLICE)).map_err(say)?;
    stream.set_write_timeout(Some(ATTEMPT)).map_err(say)?;
    if address.tls {
        let mut tls = tls::connect(&address.host, stream)?;
        converse(address, &mut tls, go_on)
    } else {
        let mut stream = stream;
        converse(address, &mut stream, go_on)
    }
}

fn converse<S: Read + Write>(
    address: &Address,
    stream: &mut S,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Answer, String> {
    let start = Instant::now();
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {}:{}\r\nuser-agent: tollgate\r\naccept: */*\r\nconnection: close\r\n\r\n",
        address.path, address.host, address.port
    );
    let mut sent = request.as_bytes();
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let step = if sent.is_empty() {
            match stream.read(&mut buffer) {
                Ok(0) => return Err("it closed the connection without an answer".to_owned()),
                Ok(count) => {
                    head.extend_from_slice(&buffer[..count]);
                    Ok(())
                }
                Err(error) => Err(error),
            }
        } else {
            // A handshake of TLS that waits for its answer comes back here as well.
            stream.write(sent).and_then(|count| {
                sent = sent.get(count..).unwrap_or_default();
                stream.flush()
            })
        };
        match step {
            Ok(()) => {}
            Err(error) if is_waiting(&error) => {
                if !go_on() {
                    return Err("no answer".to_owned());
                }
            }
            Err(error) => return Err(error.to_string()),
        }
        match status(&head)? {
            Some(status) => {
                let at = Instant::now();
                discard(stream, &mut buffer);
                return Ok(Answer { status, at });
            }
            None if head.len() > HEAD => {
                return Err("its answer has no end of the head".to_owned());
            }
            None if start.elapsed() > ATTEMPT => return Err("no whole answer".to_owned()),
            None => {}
        }
    }
}

fn is_waiting(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// The status of an answer whose head is whole; `None` while it is not. Interim answers (1xx) are passed over.
fn status(bytes: &[u8]) -> Result<Option<u16>, String> {
    let mut rest = bytes;
    loop {
        let whole = b"HTTP/1.";
        let common = rest.len().min(whole.len());
        if rest[..common] != whole[..common] {
            return Err("what listens there does not speak HTTP/1.1".to_owned());
        }
        let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let status = (rest.get(9..12))
            .filter(|digits| rest[8] == b' ' && digits.iter().all(u8::is_ascii_digit))
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
            .filter(|&status: &u16| status >= 100);
        match status {
            None => return Err("what listens there does not speak HTTP/1.1".to_owned()),
            Some(interim) if interim < 200 => rest = &rest[end + 4..],
            Some(status) => return Ok(Some(status)),
        }
    }
}

/// Reads what comes for a moment: a server that is cut off may log that as an error.
fn discard(stream: &mut impl Read, buffer: &mut [u8]) {
    let start = Instant::now();
    let mut read = 0;
    while start.elapsed() < REST && read < HEAD {
        match stream.read(buffer) {
            Ok(0) => return,
            Ok(count) => read += count,
            Err(error) if is_waiting(&error) => {}
            Err(_closed) => return,
        }
    }
}

mod tls {
    //! TLS to whoever answers.

    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::crypto::{CryptoProvider, ring};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
    use std::net::TcpStream;
    use std::sync::Arc;

    pub(super) fn connect(
        host: &str,
        stream: TcpStream,
    ) -> Result<rustls::StreamOwned<ClientConnection, TcpStream>, String> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(provider)))
            .with_no_client_auth();
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|error| error.to_string())?;
        let connection =
            ClientConnection::new(Arc::new(config), name).map_err(|e| e.to_string())?;
        Ok(rustls::StreamOwned::new(connection, stream))
    }

    #[derive(Debug)]
    struct Anyone(Arc<CryptoProvider>);

    impl ServerCertVerifier for Anyone {
        fn verify_server_cert(
            &self,
            _end_entity: &CertificateDer<'_>,
            _intermediates: &[CertificateDer<'_>],
            _server_name: &ServerName<'_>,
            _ocsp_response: &[u8],
            _now: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _certificate: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _message: &[u8],
            _certificate: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::TcpListener;

    /// A server that takes one connection, reads a request and answers with these bytes.
    fn answered(answer: &'static [u8]) -> Result<u16, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let count = stream.read(&mut request).unwrap();
            // In two pieces: a head that is cut must be waited for.
            let (first, second) = answer.split_at(answer.len() / 2);
            stream.write_all(first).unwrap();
            stream.flush().unwrap();
            stream.write_all(second).unwrap();
            String::from_utf8(request[..count].to_vec()).unwrap()
        });
        let address = Address::parse(&format!("http://{socket}/health?x=1")).unwrap();
        let status = ask(&address, &[socket], &mut || true).map(|answer| answer.status);
        let request = server.join().unwrap();
        assert!(request.starts_with("GET /health?x=1 HTTP/1.1\r\nhost: 127.0.0.1:"));
        status
    }

    #[test]
    fn the_status_is_what_counts() {
        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(answered(ok), Ok(200));
        assert_eq!(answered(b"HTTP/1.0 503 \r\n\r\n"), Ok(503));
        let interim = b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(answered(interim), Ok(204));
    }

    #[test]
    fn what_is_no_answer_is_said() {
        for (answer, said) in [
            (&b"SSH-2.0-server\r\n"[..], "does not speak"),
            (b"HTTP/2 200\r\n\r\n", "does not speak"),
            (b"HTTP/1.1 2x0 OK\r\n\r\n", "does not speak"),
            (b"HTTP/1.1 000 OK\r\n\r\n", "does not speak"),
            (b"", "without an answer"),
            (b"HTTP/1.1 200 OK\r\nx: y\r\n", "without an answer"),
        ] {
            let problem = answered(answer).unwrap_err();
            assert!(
                problem.contains(said) || problem.contains("reset"),
                "{answer:?}: {problem}"
            );
        }
        let nobody = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let address = Address::parse(&format!("http://{nobody}/")).unwrap();
        let problem = ask(&address, &[nobody], &mut || true).unwrap_err();
        assert!(problem.contains("not connected"), "{problem}");
        assert!(!is_taken(&[nobody]));
    }

    #[test]
    fn who_does_not_answer_is_given_up_when_the_caller_says_so() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = listener.local_addr().unwrap();
        for scheme in ["http", "https"] {
            let address = Address::parse(&format!("{scheme}://{socket}/")).unwrap();
            let mut asked = 0;
            let problem = ask(&address, &[socket], &mut || {
                asked += 1;
                asked < 3
            })
            .map(|answer| answer.status);
            assert_eq!(
                (problem, asked),
                (Err("no answer".to_owned()), 3),
                "{scheme}"
            );
        }
        assert!(is_taken(&[socket]));
    }

    proptest! {
        #[test]
        fn no_answer_is_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _status = status(&bytes);
            let _after_a_beginning = status(&[b"HTTP/1.1 100 \r\n\r\nHTTP/1.", &bytes[..]].concat());
        }
    }
}
