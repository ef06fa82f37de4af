//! A certificate for a throw-away server, which signs it itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::LaunchError;

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
        let made = rcgen::generate_simple_self_signed(names).map_err(LaunchError::Certificate)?;
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
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
            fs::write(path, text).map_err(|source| LaunchError::file(path, source))?;
        }
        Ok(files)
    }
}
