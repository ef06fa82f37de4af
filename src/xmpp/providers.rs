//! What the SASL library leaves to programs that use it: SHA-512, and the channel binding that our TLS library gives.

use std::marker::PhantomData;

use ::sasl::client::{Mechanism, MechanismError};
use ::sasl::common::scram::{DeriveError, ScramProvider};
use ::sasl::common::{ChannelBinding, Credentials, Password};
use ::sasl::secret::Plain;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::digest::InvalidLength;
use hmac::{Hmac, Mac};
use pbkdf2::pbkdf2;
use sha2::{Digest, Sha512 as Hash};

use super::tls::EndPoint;

/// SCRAM-SHA-512.
pub(super) struct Sha512;

impl ScramProvider for Sha512 {
    type Secret = Plain;

    fn name() -> &'static str {
        "SHA-512"
    }

    fn hash(data: &[u8]) -> Vec<u8> {
        Hash::digest(data).to_vec()
    }

    fn hmac(data: &[u8], key: &[u8]) -> Result<Vec<u8>, InvalidLength> {
        let mac = Hmac::<Hash>::new_from_slice(key)?.chain_update(data);
        Ok(mac.finalize().into_bytes().to_vec())
    }

    fn derive(password: &Password, salt: &[u8], iterations: u32) -> Result<Vec<u8>, DeriveError> {
        let Password::Plain(password) = password else {
            let ours = Self::name().to_owned();
            return Err(DeriveError::IncompatibleHashingMethod(String::new(), ours));
        };
        let mut salted = vec![0; Hash::output_size()];
        pbkdf2::<Hmac<Hash>>(password.as_bytes(), salt, iterations, &mut salted)?;
        Ok(salted)
    }
}

/// How a login is begun that is bound to what the library takes for a `tls-exporter`.
const EXPORTER: &[u8] = b"p=tls-exporter,,";

/// Makes a login that the library takes for one bound to a `tls-exporter` one that is bound to an end point.
///
/// The library does not know the name `tls-server-end-point`, and our TLS library gives the data for this one alone. A
/// channel binding is a name and some bytes to SCRAM (RFC 5802 §6): with the bytes of the one, the name is all there is
/// to change, where a login begins, in the text that is signed ([`NamingEndPoint`]), and in the response.
pub(super) struct BoundToEndPoint<M>(pub(super) M);

/// Signs what [`BoundToEndPoint`] sends.
pub(super) struct NamingEndPoint<S>(PhantomData<S>);

/// What the library is to take for the data of a `tls-exporter`.
pub(super) fn binding(end_point: &EndPoint) -> ChannelBinding {
    ChannelBinding::TlsExporter(end_point.as_bytes().to_vec())
}

impl<M: Mechanism> Mechanism for BoundToEndPoint<M> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn from_credentials(credentials: Credentials) -> Result<Self, MechanismError> {
        M::from_credentials(credentials).map(Self)
    }

    fn initial(&mut self) -> Vec<u8> {
        let initial = self.0.initial();
        renamed(&initial).unwrap_or(initial)
    }

    fn response(&mut self, challenge: &[u8]) -> Result<Vec<u8>, MechanismError> {
        let response = self.0.response(challenge)?;
        Ok(renamed_within(&response))
    }

    fn success(&mut self, data: &[u8]) -> Result<(), MechanismError> {
        self.0.success(data)
    }
}

impl<S: ScramProvider> ScramProvider for NamingEndPoint<S> {
    type Secret = S::Secret;

    fn name() -> &'static str {
        S::name()
    }

    fn hash(data: &[u8]) -> Vec<u8> {
        S::hash(data)
    }

    fn hmac(data: &[u8], key: &[u8]) -> Result<Vec<u8>, InvalidLength> {
        S::hmac(&renamed_within(data), key)
    }

    fn derive(password: &Password, salt: &[u8], iterations: u32) -> Result<Vec<u8>, DeriveError> {
        S::derive(password, salt, iterations)
    }
}

/// The same with the name of the end point; none if it does not begin with the other name.
fn renamed(begin: &[u8]) -> Option<Vec<u8>> {
    let rest = begin.strip_prefix(EXPORTER)?;
    let header = format!("p={},,", EndPoint::NAME);
    Some([header.as_bytes(), rest].concat())
}

/// A message, or several, with the name of the end point in the attribute that repeats how the login was begun. That
/// attribute is the client's alone, and nothing of a server's that is signed can have its form.
fn renamed_within(message: &[u8]) -> Vec<u8> {
    let attributes = message.split(|&byte| byte == b',');
    let attributes = attributes.map(|attribute| {
        let begin = attribute.strip_prefix(b"c=");
        let begin = begin.and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        match begin.and_then(|begin| renamed(&begin)) {
            Some(begin) => format!("c={}", BASE64_STANDARD.encode(begin)).into_bytes(),
            None => attribute.to_owned(),
        }
    });
    attributes.collect::<Vec<_>>().join(&b',')
}
