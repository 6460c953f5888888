//! A server that behaves, by hyper: HTTP/1.1 or HTTP/2, with TLS or without.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

/// How it is spoken to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    One,
    Two,
}

/// What it saw.
#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
}

/// A running server; it ends with the process.
pub(crate) struct Web {
    address: SocketAddr,
    counts: Arc<Counts>,
    /// Its certificate in PEM, where it speaks TLS.
    pub(crate) certificate: Option<String>,
}

impl Web {
    pub(crate) fn start(protocol: Protocol) -> Self {
        Self::serve(protocol, None, None)
    }

    /// With TLS and a certificate for these names; `alpn` is what it agrees to speak.
    pub(crate) fn secure(protocol: Protocol, names: &[&str], alpn: Option<&[u8]>) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(names).expect("a certificate");
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a usable certificate");
        config.alpn_protocols = alpn.map(<[u8]>::to_vec).into_iter().collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::serve(protocol, Some(acceptor), Some(cert.pem()))
    }

    fn serve(protocol: Protocol, tls: Option<TlsAcceptor>, certificate: Option<String>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("not blocking");
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    counted.connections.fetch_add(1, Ordering::SeqCst);
                    let counts = Arc::clone(&counted);
                    let tls = tls.clone();
                    tokio::spawn(async move {
                        match tls {
                            None => connection(stream, protocol, counts).await,
                            Some(tls) => {
                                if let Ok(stream) = tls.accept(stream).await {
                                    connection(stream, protocol, counts).await;
                                }
                            }
                        }
                    });
                }
            });
        });
        Self {
            address,
            counts,
            certificate,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::SeqCst)
    }
}

/// Tells back what it was asked: method, host, path, and the body.
async fn connection<S>(stream: S, protocol: Protocol, counts: Arc<Counts>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        counts.requests.fetch_add(1, Ordering::SeqCst);
        async move {
            let (head, body) = request.into_parts();
            let host = head.uri.authority().map_or_else(
                || {
                    let host = head
                        .headers
                        .get("host")
                        .map(hyper::http::HeaderValue::as_bytes);
                    String::from_utf8_lossy(host.unwrap_or_default()).into_owned()
                },
                ToString::to_string,
            );
            let body = body
                .collect()
                .await
                .map(http_body_util::Collected::to_bytes);
            let text = format!(
                "{} {host} {} {:?} ",
                head.method,
                head.uri.path_and_query().map_or("", |path| path.as_str()),
                head.version
            );
            let mut answer = text.into_bytes();
            answer.extend_from_slice(&body.unwrap_or_default());
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(answer))))
        }
    });
    let stream = TokioIo::new(stream);
    // A client that goes ends its connection; that is no matter for the server.
    drop(match protocol {
        Protocol::One => {
            hyper::server::conn::http1::Builder::new()
                .serve_connection(stream, service)
                .await
        }
        Protocol::Two => {
            hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(stream, service)
                .await
        }
    });
}
