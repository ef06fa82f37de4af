//! The server's part of SCRAM, written down from RFC 5802 §3 for tests: it shares nothing with the client's part but
//! the hash functions, and can say what a real server would not.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Mac, SimpleHmac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// One exchange, and what is said in it.
#[derive(Debug, Clone)]
pub(crate) struct ScramServer {
    hash: Hash,
    password: String,
    /// What logins are bound to: the name of the binding, and its data.
    pub(crate) binding: Option<(&'static str, Vec<u8>)>,
    /// What is added to the client's nonce.
    pub(crate) nonce: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) iterations: u32,
    /// What follows in the first message, from the comma on.
    pub(crate) first_extensions: String,
    /// What follows in the last message, from the comma on.
    pub(crate) last_extensions: String,
    /// What was said so far, and is signed.
    said: Vec<String>,
    header: String,
}

#[derive(Debug, Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

impl Hash {
    fn of(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    fn mac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        fn mac<M: Mac + hmac::digest::KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
            let mac = <M as Mac>::new_from_slice(key).unwrap();
            mac.chain_update(data).finalize().into_bytes().to_vec()
        }
        match self {
            Self::Sha1 => mac::<SimpleHmac<Sha1>>(key, data),
            Self::Sha256 => mac::<SimpleHmac<Sha256>>(key, data),
            Self::Sha512 => mac::<SimpleHmac<Sha512>>(key, data),
        }
    }

    /// `Hi` (RFC 5802 §2.2).
    fn salted(self, password: &[u8], salt: &[u8], iterations: u32) -> Vec<u8> {
        let mut round = self.mac(password, &[salt, &1_u32.to_be_bytes()].concat());
        let mut salted = round.clone();
        for _ in 1..iterations {
            round = self.mac(password, &round);
            salted = xor(&salted, &round);
        }
        salted
    }
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(a, b)| a ^ b).collect()
}

impl ScramServer {
    /// A server for a mechanism of this name.
    pub(crate) fn new(mechanism: &str, password: &str) -> Self {
        let hash = match mechanism.trim_end_matches("-PLUS") {
            "SCRAM-SHA-1" => Hash::Sha1,
            "SCRAM-SHA-256" => Hash::Sha256,
            _ => Hash::Sha512,
        };
        Self {
            hash,
            password: password.to_owned(),
            binding: None,
            nonce: "3rfcNHYJY1ZVvWVs7j".to_owned(),
            salt: b"salt".to_vec(),
            iterations: 16,
            first_extensions: String::new(),
            last_extensions: String::new(),
            said: Vec::new(),
            header: String::new(),
        }
    }

    /// The user's name, as the client wrote it in its first message.
    pub(crate) fn name(&self) -> &str {
        let bare = &self.said[0];
        bare.strip_prefix("n=").unwrap().split(',').next().unwrap()
    }

    /// The answer to a client's first message.
    pub(crate) fn first(&mut self, message: &str) -> String {
        let end = message.match_indices(',').nth(1).unwrap().0 + 1;
        let (header, bare) = message.split_at(end);
        let (_, nonce) = bare.split_once(",r=").unwrap();
        let nonce = nonce.split(',').next().unwrap();
        let first = format!(
            "r={nonce}{},s={},i={}{}",
            self.nonce,
            BASE64_STANDARD.encode(&self.salt),
            self.iterations,
            self.first_extensions
        );
        header.clone_into(&mut self.header);
        self.said = vec![bare.to_owned(), first.clone()];
        first
    }

    /// The answer to a client's last message; none if the login is refused.
    pub(crate) fn last(&self, message: &str) -> Option<String> {
        let (said, proof) = message.rsplit_once(",p=")?;
        let proof = BASE64_STANDARD.decode(proof).ok()?;
        let everything = [&self.said[0], &self.said[1], said].join(",");
        let password = self.password.as_bytes();
        let salted = self.hash.salted(password, &self.salt, self.iterations);
        let client_key = self.hash.mac(&salted, b"Client Key");
        let stored_key = self.hash.of(&client_key);
        let signature = self.hash.mac(&stored_key, everything.as_bytes());
        let is_known = self.hash.of(&xor(&proof, &signature)) == stored_key;
        let server_key = self.hash.mac(&salted, b"Server Key");
        let verifier = self.hash.mac(&server_key, everything.as_bytes());
        let verifier = BASE64_STANDARD.encode(verifier);
        let last = format!("v={verifier}{}", self.last_extensions);
        (is_known && said.starts_with(&self.bound())).then_some(last)
    }

    /// What the client's last message must begin with.
    fn bound(&self) -> String {
        let (header, data) = match &self.binding {
            Some((name, data)) => (format!("p={name},,"), data.as_slice()),
            None => (self.header.clone(), &[][..]),
        };
        let binding = BASE64_STANDARD.encode([header.as_bytes(), data].concat());
        format!("c={binding},r=")
    }
}

mod tests {
    use super::*;

    /// One exchange of a client whose nonce is known.
    struct Example {
        server: ScramServer,
        first: &'static str,
        last: &'static str,
        proof: &'static str,
    }

    impl Example {
        #[track_caller]
        fn hold(mut self) {
            self.server.first(self.first);
            let proof = self.server.last(self.last);
            assert_eq!(proof.as_deref(), Some(self.proof));
            let forged = self.last.replace("p=", "p=AAAA");
            assert_eq!(self.server.last(&forged), None);
        }
    }

    /// A server as in the example of RFC 5802 §5, with another mechanism and with extensions.
    fn server(mechanism: &str, first_extensions: &str, last_extensions: &str) -> ScramServer {
        ScramServer {
            salt: BASE64_STANDARD.decode("QSXCR+Q6sek8bf92").unwrap(),
            iterations: 4096,
            first_extensions: first_extensions.to_owned(),
            last_extensions: last_extensions.to_owned(),
            ..ScramServer::new(mechanism, "pencil")
        }
    }

    const FIRST: &str = "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL";

    #[test]
    fn the_examples_of_the_standards_are_right() {
        let said = server("SCRAM-SHA-1", "", "").first(FIRST);
        assert_eq!(
            said,
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
        );
        Example {
            server: server("SCRAM-SHA-1", "", ""),
            first: FIRST,
            last: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            proof: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        }
        .hold();
        Example {
            server: ScramServer {
                nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0".to_owned(),
                salt: BASE64_STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap(),
                ..server("SCRAM-SHA-256", "", "")
            },
            first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            last: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                 p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            proof: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        }
        .hold();
    }

    /// The example of RFC 5802 §5 with what is not in it, computed elsewhere.
    #[test]
    fn extensions_are_signed_and_so_is_what_a_login_is_bound_to() {
        Example {
            server: server("SCRAM-SHA-1", ",x=1,h=AAAA", ""),
            first: FIRST,
            last: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                 p=WEVsNQ9u7i+suoVyGe+7LM4Cb54=",
            proof: "v=/2iM4LMWkYC1CN6BFIv/No9562o=",
        }
        .hold();
        Example {
            server: server("SCRAM-SHA-512", "", ""),
            first: FIRST,
            last: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                 p=VdS8LkrURiej1tG6iX+fqCXQfUnBb//d9llXYaH+ylUbDwBUz9geyR9fC4TewskRUM2tlYSalhAT4Aay1Q5dTA==",
            proof: "v=14PAAuavk9hxBEkgB0brDxUhvWu+N16meYk+qxVNFqchR8QPohM09Y4Z6WaTCuX4C6nqMB9KIJTDm6RpSM990g==",
        }
        .hold();
        Example {
            server: server("SCRAM-SHA-512", ",h=AAAA", ",x=2"),
            first: FIRST,
            last: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                 p=vUtdibYCNKTLynJBYZjuQk7Dv5Kouwt3RdLll3bYEuijmEuwyDPNi8eGJYePDUPlS2lJgdYo0lVsrshca5+7qw==",
            proof: "v=N2687zH3XksrFWhGJIO2m25ttt36Xta4Io9WNUTnVs+QUghCcpMgkzUNoQvNF1E+4fTYg+KHD5JsKXZA2g3cdA==,x=2",
        }
        .hold();
        Example {
            server: ScramServer {
                binding: Some(("tls-server-end-point", b"hash".to_vec())),
                ..server("SCRAM-SHA-256-PLUS", ",h=AAAA", ",x=2,y=3")
            },
            first: "p=tls-server-end-point,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            last: "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsaGFzaA==,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                 p=ZHawk0G3zxzfHcHsEOFhJQbzu1gIYHKvjTQ5L4OK+Pc=",
            proof: "v=kiaGUIknEHEmEuSNZ0o4SPC+tY24l3qwGXrU8zw5nSs=,x=2,y=3",
        }
        .hold();
    }
}
