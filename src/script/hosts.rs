//! Where a text has what could be a domain.

use std::ops::Range;

/// The places of letters, digits, hyphens and dots, as many as there are.
pub(crate) fn hosts(text: &str) -> Vec<Range<usize>> {
    let mut hosts = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (at, char) in ends {
        let belongs = char.is_alphanumeric() || matches!(char, '-' | '.' | '_');
        match (belongs, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                // A dot at the end is that of a sentence.
                let name = text[from..at].trim_end_matches('.');
                hosts.push(from..from + name.len());
                start = None;
            }
            _ => {}
        }
    }
    hosts
}
