//! TLS: whom to trust, and how to say what is spoken above it.

use super::super::LoadError;
use super::stream::Socket;
use crate::files;
use crate::workload::scenario::Protocol;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Bytes of a file of certificates.
const FILE: u64 = 4 << 20;

/// Makes TLS connections to one host.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
    http2: bool,
}

impl Tls {
    /// Reads the certificates of the system, and those that are named.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate; nobody to trust; a host that no certificate can name.
    pub(super) fn new(host: &str, protocol: &Protocol, root: &Path) -> Result<Self, LoadError> {
        let mut trusted = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        // Systems carry certificates that rustls cannot read; whoever needs one of them sees that TLS fails.
        trusted.add_parsable_certificates(system.certs);
        if let Some(name) = &protocol.certificates {
            add(&mut trusted, &root.join(name), name)?;
        }
        if trusted.is_empty() {
            let why = system
                .errors
                .first()
                .map_or_else(String::new, |error| format!(" ({error})"));
            return Err(LoadError::Unusable(format!(
                "no certificate of this system can be used{why}; name those to trust with `certificates`"
            )));
        }
        let unusable = |error: rustls::Error| LoadError::Unusable(format!("TLS: {error}"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let version: &[u8] = if protocol.http2 { b"h2" } else { b"http/1.1" };
        config.alpn_protocols = vec![version.to_vec()];
        // Tickets would be shared by all users, and a user who comes for the first time has none.
        config.resumption = Resumption::disabled();
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            LoadError::Unusable(format!("no certificate can name `{}`", host.escape_debug()))
        })?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
            http2: protocol.http2,
        })
    }

    /// Shakes hands.
    ///
    /// # Errors
    /// What TLS and the socket refuse; a server that does not agree to speak HTTP/2, which cannot be guessed.
    pub(super) async fn over(&self, socket: Socket) -> io::Result<TlsStream<Socket>> {
        let stream = self.connector.connect(self.name.clone(), socket).await?;
        if self.http2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(io::Error::other(
                "the server does not agree to speak HTTP/2",
            ));
        }
        Ok(stream)
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

fn add(trusted: &mut RootCertStore, path: &Path, name: &str) -> Result<(), LoadError> {
    let bytes = files::read(path, FILE).map_err(|source| LoadError::Generator {
        what: format!("certificates of `{}`", name.escape_debug()),
        source,
    })?;
    let bad = |why: &str| {
        LoadError::Unusable(format!(
            "`{}` {why}; `certificates` is a file of certificates in PEM",
            name.escape_debug()
        ))
    };
    let mut count = 0_u32;
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|_| bad("is no PEM"))?;
        trusted
            .add(certificate)
            .map_err(|_| bad("holds a certificate that cannot be read"))?;
        count += 1;
    }
    if count == 0 {
        return Err(bad("holds no certificate"));
    }
    Ok(())
}
