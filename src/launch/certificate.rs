//! A certificate for a throw-away server, which signs it itself.

use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::error::LaunchError;
use super::private_file::write;

/// Where a certificate and its key are.
#[derive(Debug, Clone)]
pub(super) struct CertificateFiles {
    /// The certificate (PEM).
    pub(super) certificate: PathBuf,
    /// Its key (PEM).
    pub(super) key: PathBuf,
    /// Both in one file (PEM).
    pub(super) both: PathBuf,
}

impl CertificateFiles {
    /// Makes a certificate for some names, in a folder of the server's.
    pub(super) fn make(folder: &Path, names: Vec<String>) -> Result<Self, LaunchError> {
        let (certificate, key) = make(names).map_err(LaunchError::Certificate)?;
        let files = Self {
            certificate: folder.join("server.crt"),
            key: folder.join("server.key"),
            both: folder.join("server.pem"),
        };
        let both = format!("{key}{certificate}");
        for (path, text) in [
            (&files.certificate, &certificate),
            (&files.key, &key),
            (&files.both, &both),
        ] {
            write(path, text)?;
        }
        Ok(files)
    }
}

/// A certificate and its key (PEM).
fn make(names: Vec<String>) -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    // Not every server can read the years after 2049, which are written in another way (RFC 5280 §4.1.2.5).
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
