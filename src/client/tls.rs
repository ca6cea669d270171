//! TLS where a connection string asks for it with `sslmode=require`: the server's certificate and name are verified.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::run::{Failure, RunError};

/// Trusts the certificates in the file named, or else in that of `PGSSLROOTCERT` (libpq's variable), or
/// else those of the system.
///
/// # Errors
/// That file cannot be read or holds no certificate; the system has none.
pub(super) fn connector(named: Option<String>) -> Result<MakeRustlsConnect, RunError> {
    let refused = |reason: String| RunError::Connect(Box::new(Failure::connection(reason)));
    let mut roots = RootCertStore::empty();
    let (file, by) = match named {
        Some(file) => (Some(file.into()), "sslrootcert"),
        None => (std::env::var_os("PGSSLROOTCERT"), "PGSSLROOTCERT"),
    };
    match file.filter(|file| !file.is_empty()) {
        Some(file) => {
            let shown = Path::new(&file).display();
            let unreadable = |reason: String| {
                refused(format!(
                    "{by} names {shown}, which holds no certificate: {reason}"
                ))
            };
            let found = CertificateDer::pem_file_iter(&file)
                .map_err(|error| unreadable(error.to_string()))?;
            for certificate in found {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots
                    .add(certificate)
                    .map_err(|error| unreadable(error.to_string()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(refused(
            "there is no certificate to trust; name a file of them in PGSSLROOTCERT".to_owned(),
        ));
    }
    let provider = rustls::crypto::ring::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
