//! "Did you mean": the known word that an unknown one is most like.

/// Words longer than this are compared with nothing, as the comparison takes the product of the lengths.
const MAX_LENGTH: usize = 64;

/// The candidate that differs least from a word, if it differs little enough to be what was meant. Of several that are
/// equally near it is the first by the alphabet, in whichever order they come.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = word.chars().count().max(3) / 3;
    if word.len() > MAX_LENGTH {
        return None;
    }
    candidates
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * limit)
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether a word is a known one but for one slip, or for upper and lower case. Other digits are no slip: they make
/// another version of something.
pub(crate) fn is_slip(word: &str, known: &str) -> bool {
    let digits = |word: &str| {
        word.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    word != known
        && word.len() <= MAX_LENGTH
        && distance(&word.to_lowercase(), known) <= 1
        && digits(word) == digits(known)
}

fn distance(word: &str, candidate: &str) -> usize {
    strsim::damerau_levenshtein(word, &candidate.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_mistakes_are_recognised() {
        let known = || ["Client", "Component"].into_iter();
        assert_eq!(closest("client", known()), Some("Client"));
        assert_eq!(closest("Compnoent", known()), Some("Component"));
        assert_eq!(closest("Server", known()), None);
    }

    #[test]
    fn of_words_that_are_equally_near_it_is_always_the_same_one() {
        for known in [["Romeo", "Romea"], ["Romea", "Romeo"]] {
            assert_eq!(closest("Rome", known.into_iter()), Some("Romea"));
        }
    }

    #[test]
    fn very_long_words_are_like_nothing() {
        let long = "a".repeat(1000);
        assert_eq!(closest(&long, [long.as_str()].into_iter()), None);
    }
}
