//! The fingerprint of a sentence: the beginning of the hash of its letters and digits. How it is set, which marks of
//! punctuation it has and how it refers to other documents does not matter.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::index::SHORTEST;

/// The whole hash of a sentence, in hexadecimal digits.
pub(super) fn hash(sentence: &str) -> String {
    let letters: String = sentence
        .chars()
        .filter(|char| char.is_alphanumeric())
        .collect();
    let mut hash = String::new();
    for byte in Sha256::digest(letters.as_bytes()) {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

/// As much of each hash as tells it from all others: four digits, mostly. Those that are equal stay so.
pub(super) fn fingerprints(hashes: &[&str]) -> Vec<String> {
    let mut sorted = hashes.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let length = |hash: &str| {
        let at = sorted.binary_search(&hash).unwrap_or_default();
        let around = [at.checked_sub(1), at.checked_add(1)];
        let around = around.into_iter().flatten().filter_map(|at| sorted.get(at));
        let longest = around.map(|other| shared(hash, other)).max();
        longest.map_or(SHORTEST, |shared| SHORTEST.max(shared + 1))
    };
    hashes
        .iter()
        .map(|hash| hash[..length(hash)].to_owned())
        .collect()
}

fn shared(one: &str, other: &str) -> usize {
    let pairs = one.bytes().zip(other.bytes());
    pairs.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_sentence_is_set_does_not_matter() {
        let plain = hash("A \"lamp\" glows [LAMPS].");
        assert_eq!(hash("A  “lamp”\nglows LAMPS."), plain);
        assert_ne!(hash("A lamp GLOWS LAMPS."), plain);
        assert_eq!(plain.len(), 64);
    }

    #[test]
    fn a_fingerprint_is_as_long_as_it_has_to_be() {
        let hashes = ["12345678", "abcdef00", "abcdff00", "abcdef00", "12350000"];
        assert_eq!(
            fingerprints(&hashes),
            ["1234", "abcde", "abcdf", "abcde", "1235"]
        );
        assert!(fingerprints(&[]).is_empty());
    }
}
