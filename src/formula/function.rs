//! The functions by which values are computed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What is computed of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// Its encoding (RFC 4648 §4).
    Base64,
    /// Its hash by SHA-1 (RFC 3174).
    Sha1,
    /// Its hash by SHA-256 (RFC 6234).
    Sha256,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Base64, Self::Sha1, Self::Sha256];

    /// What scripts call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The function that a word means.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.word() == word)
    }

    /// What it is of some bytes, in characters; a hash in hexadecimal digits.
    pub(super) fn text(self, argument: &[u8]) -> String {
        let digits = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Base64 => BASE64_STANDARD.encode(argument),
            Self::Sha1 | Self::Sha256 => digits(self.bytes(argument)),
        }
    }

    /// What it is of some bytes, in bytes.
    pub(super) fn bytes(self, argument: &[u8]) -> Vec<u8> {
        match self {
            Self::Base64 => self.text(argument).into_bytes(),
            Self::Sha1 => Sha1::digest(argument).to_vec(),
            Self::Sha256 => Sha256::digest(argument).to_vec(),
        }
    }

    /// Whether it is meant for bytes, and so takes those of a hash.
    pub(super) fn takes_bytes(self) -> bool {
        match self {
            Self::Base64 => true,
            Self::Sha1 | Self::Sha256 => false,
        }
    }
}
