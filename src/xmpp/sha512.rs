//! SHA-512 for SCRAM (RFC 5802, with the hash of draft-melnikov-scram-sha-512), which the SASL library leaves to its users.

use hmac::digest::InvalidLength;
use hmac::{Hmac, Mac};
use pbkdf2::pbkdf2_hmac;
use sasl::common::Password;
use sasl::common::scram::{DeriveError, ScramProvider};
use sasl::secret::Pbkdf2Sha256;
use sha2::{Digest, Sha512 as Hash};

/// The functions of SCRAM-SHA-512.
pub(super) struct Sha512;

impl ScramProvider for Sha512 {
    /// What a server would store, which a client does not care about.
    type Secret = Pbkdf2Sha256;

    fn name() -> &'static str {
        "SHA-512"
    }

    fn hash(data: &[u8]) -> Vec<u8> {
        Hash::digest(data).to_vec()
    }

    fn hmac(data: &[u8], key: &[u8]) -> Result<Vec<u8>, InvalidLength> {
        let mut mac = Hmac::<Hash>::new_from_slice(key)?;
        mac.update(data);
        Ok(mac.finalize().into_bytes().to_vec())
    }

    fn derive(password: &Password, salt: &[u8], iterations: u32) -> Result<Vec<u8>, DeriveError> {
        match password {
            Password::Plain(plain) => {
                let mut key = vec![0; Hash::output_size()];
                pbkdf2_hmac::<Hash>(plain.as_bytes(), salt, iterations, &mut key);
                Ok(key)
            }
            // What has been derived already is of another hash: we only ever have the password itself.
            Password::Pbkdf2 { method, .. } => Err(DeriveError::IncompatibleHashingMethod(
                method.clone(),
                Self::name().to_owned(),
            )),
        }
    }
}
