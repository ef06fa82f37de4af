//! How numbers are written on the command line, and what is said of those that cannot be.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

/// Reads how many there are to be, of which one is the fewest.
pub(super) fn count(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().and_then(NonZeroUsize::new);
    number.ok_or_else(|| "give a whole number, 1 or more".to_owned())
}

/// Reads a whole number between two others, both included.
pub(super) fn within(text: &str, bounds: RangeInclusive<usize>) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        let (first, last) = bounds.into_inner();
        format!("give a whole number from {first} to {last}")
    })
}

/// Reads the seed of an order of chance.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    let seed = text.parse().ok();
    seed.ok_or_else(|| {
        format!(
            "give the number that an earlier run has told, from 0 to {}",
            u64::MAX
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_answered_in_the_words_of_a_programming_language() {
        for text in ["", "0", "-1", "1.5", "many", "99999999999999999999", " 1"] {
            let error = count(text).unwrap_err();
            assert_eq!(error, "give a whole number, 1 or more", "{text}");
        }
        for text in ["101", "-1", "few", ""] {
            let error = within(text, 0..=100).unwrap_err();
            assert_eq!(error, "give a whole number from 0 to 100", "{text}");
        }
        for text in ["abc", "-1", "", "18446744073709551616"] {
            assert!(
                seed(text).unwrap_err().starts_with("give the number"),
                "{text}"
            );
        }
        assert_eq!(
            (count("2").unwrap().get(), within("100", 0..=100), seed("0")),
            (2, Ok(100), Ok(0))
        );
    }
}
