//! Whether the offer of mechanisms came as the server made it (XEP-0474).
//!
//! Only the text that is hashed is known here, and not by which function, nor where the server's hash stands.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::sasl::Offer;

/// What stands between the parts of what is hashed.
struct Delimiters {
    /// Between two names.
    names: char,
    /// Between the mechanisms and the channel bindings.
    lists: char,
}

/// Those of the present version, which no text of XML has in it, and those of versions before 0.4, which ejabberd 24
/// has.
const DELIMITERS: [Delimiters; 2] = [
    Delimiters {
        names: '\u{1e}',
        lists: '\u{1f}',
    },
    Delimiters {
        names: ',',
        lists: '|',
    },
];

/// Whether this is the hash, in base64, of the offer that came.
pub(super) fn is_genuine(offer: &Offer, told: &str, hash: impl Fn(&[u8]) -> Vec<u8>) -> bool {
    let mut texts = DELIMITERS
        .iter()
        .flat_map(|delimiters| texts(offer, delimiters));
    texts.any(|text| BASE64_STANDARD.encode(hash(text.as_bytes())) == told)
}

/// What may be hashed for this offer. Some servers hash an empty list of channel bindings, others leave it out. For a
/// name with a delimiter in it there is no text, as the name could be made of two others.
fn texts(offer: &Offer, &Delimiters { names, lists }: &Delimiters) -> Vec<String> {
    let bindings = offer.bindings.as_deref();
    let mut all = offer.mechanisms.iter().chain(bindings.unwrap_or_default());
    if all.any(|name| name.contains([names, lists])) {
        return Vec::new();
    }
    let mechanisms = sorted(&offer.mechanisms, names);
    match bindings {
        None => vec![mechanisms],
        Some([]) => vec![format!("{mechanisms}{lists}"), mechanisms],
        Some(bindings) => vec![format!("{mechanisms}{lists}{}", sorted(bindings, names))],
    }
}

/// The names in the order of their bytes, which is that of `i;octet` (RFC 4790 §9.3).
fn sorted(names: &[String], delimiter: char) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.join(&delimiter.to_string())
}

#[cfg(test)]
mod tests {
    use sha1::Sha1;
    use sha2::{Digest, Sha256, Sha512};

    use super::*;

    fn offer(mechanisms: &[&str], bindings: Option<&[&str]>) -> Offer {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Offer {
            mechanisms: owned(mechanisms),
            bindings: bindings.map(owned),
        }
    }

    fn sha1(data: &[u8]) -> Vec<u8> {
        Sha1::digest(data).to_vec()
    }

    fn sha256(data: &[u8]) -> Vec<u8> {
        Sha256::digest(data).to_vec()
    }

    fn sha512(data: &[u8]) -> Vec<u8> {
        Sha512::digest(data).to_vec()
    }

    type Hash = fn(&[u8]) -> Vec<u8>;

    /// The offer of the example in XEP-0474 §5.3, in another order than the one it is hashed in.
    fn example() -> Offer {
        offer(
            &["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"],
            Some(&["tls-server-end-point", "tls-exporter"]),
        )
    }

    const EXAMPLE: &str = "G6k/rBLDqgOhRRaCuuatSDFkJ08=";

    /// Computed elsewhere, with both kinds of delimiters.
    #[test]
    fn the_hash_is_that_of_the_mechanism_over_what_is_offered() {
        let hashes: [(&str, Hash); 3] = [("sha1", sha1), ("sha256", sha256), ("sha512", sha512)];
        let mechanisms = [
            "X-OAUTH2",
            "SCRAM-SHA-512",
            "PLAIN",
            "SCRAM-SHA-1",
            "SCRAM-SHA-256",
        ];
        let bindings: Option<&[&str]> = Some(&["tls-unique", "tls-exporter"]);
        for (name, bindings, told) in [
            ("sha1", None, "qX9qdG3k7G6W2PS43e5HOKvQFtM="),
            ("sha1", bindings, "CSat08C7wQr+AHJppKRe1MFW85s="),
            ("sha1", None, "QVezD5DRDkr/dD6vfpn5SMiGEnk="),
            ("sha1", bindings, "mrn1ombJEz2lg4hoyfDkuf8SdDc="),
            (
                "sha256",
                None,
                "e47xZffhwMWQfhsb8I15bBY8GUO/81EXarxv1CSXPGY=",
            ),
            (
                "sha256",
                bindings,
                "5Mf5sw+RUxM3jZPfDNrALlag0oxZSKuc8wXGUAMt94o=",
            ),
            (
                "sha256",
                None,
                "rfO9Bl/3kFbDOZvJQfVP1vKoxm+UwVvvXDKOibu1ZwU=",
            ),
            (
                "sha256",
                bindings,
                "m0UBcZIFQ3DRXf17VctURrraZbc9e0KUJeDUJS8HZ44=",
            ),
            (
                "sha512",
                None,
                "13tDtvvyxttzhdFEX1hDRN0WHVAwAXNKGknwe5C099KHGESOgAVirrQXfGw/96wj3GK9bPmRlSug9/Kl4nkIOg==",
            ),
            (
                "sha512",
                bindings,
                "xY+ij16+vYaI7LcXRTKcKsBxwvIgUqmjAw+h1xxGcyzUEVzk9EJvv1QW/qgUEQ4A3WPZf9ukCcQ1ONgVcKab8Q==",
            ),
            (
                "sha512",
                None,
                "69ws451zFeBX2IUzr7hKmS2JEk5btQCy6urxwAm4KHSTAS03NBOsq/TM1rPEf6kTbV37STuKUs7AoioJFU2AYA==",
            ),
            (
                "sha512",
                bindings,
                "Ai1nlez6TWjboUA2nqkEgZlB5raKZozoe8OFVezl1PFYMdoPlMi3BuPA2Tn6s7G1xaLPulknDoaanQyDqPKOkA==",
            ),
            ("sha1", Some(&[][..]), "ZC7nkWV+7nZLuy076YiD7BpQgwE="),
            ("sha1", Some(&[][..]), "qX9qdG3k7G6W2PS43e5HOKvQFtM="),
        ] {
            let offer = offer(&mechanisms, bindings);
            for (other, hash) in hashes {
                assert_eq!(is_genuine(&offer, told, hash), name == other, "{told}");
            }
        }
    }

    #[test]
    fn the_example_of_the_xep_is_genuine() {
        assert!(is_genuine(&example(), EXAMPLE, sha1));
    }

    #[test]
    fn what_somebody_took_away_or_added_is_found_out() {
        let mechanisms = ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"];
        let bindings = ["tls-exporter", "tls-server-end-point"];
        for tampered in [
            offer(&mechanisms[..1], Some(&bindings)),
            offer(&mechanisms, Some(&bindings[..1])),
            offer(&mechanisms, Some(&[])),
            offer(&mechanisms, None),
            offer(
                &["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "PLAIN"],
                Some(&bindings),
            ),
            offer(&["SCRAM-SHA-1\u{1e}SCRAM-SHA-1-PLUS"], Some(&bindings)),
            offer(&[], None),
        ] {
            assert!(!is_genuine(&tampered, EXAMPLE, sha1), "{tampered:?}");
        }
        for other in ["", "AAAA", "g6k/rBLDqgOhRRaCuuatSDFkJ08=", &EXAMPLE[..27]] {
            assert!(!is_genuine(&example(), other, sha1), "{other}");
        }
    }

    #[test]
    fn names_that_are_two_in_one_are_nobodys() {
        let old = BASE64_STANDARD.encode(sha1(b"SCRAM-SHA-1,SCRAM-SHA-1-PLUS|tls-exporter"));
        let honest = offer(
            &["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"],
            Some(&["tls-exporter"]),
        );
        assert!(is_genuine(&honest, &old, sha1));
        for tampered in [
            offer(&["SCRAM-SHA-1,SCRAM-SHA-1-PLUS"], Some(&["tls-exporter"])),
            offer(&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS|tls-exporter"], None),
        ] {
            assert!(!is_genuine(&tampered, &old, sha1), "{tampered:?}");
        }
    }
}
