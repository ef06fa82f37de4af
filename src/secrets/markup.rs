//! Where markup is in a text that an expression finds, and what has a beginning and an end of its own beside it.
//!
//! An expression would follow each comment that begins to the end of the text, for every match anew, if none ends; here
//! such an end is looked for once. What markup means is not known here.

use std::ops::Range;

use memchr::{memchr, memmem};
use regex::bytes::Regex;

/// How something begins and ends. It begins with `<`.
pub(super) type Ends = [&'static str; 2];

/// A comment (XML 1.0 §2.5).
pub(super) const COMMENT: Ends = ["<!--", "-->"];

/// A processing instruction (XML 1.0 §2.6).
pub(super) const INSTRUCTION: Ends = ["<?", "?>"];

/// Where something of these kinds is in a text, and what an expression finds between them, in their order.
pub(super) fn places(expression: &Regex, kinds: &[Ends], text: &[u8]) -> Vec<Range<usize>> {
    let (mut places, mut at) = (Vec::new(), 0);
    let found = |piece: Range<usize>| {
        let found = expression.find_iter(&text[piece.clone()]);
        found.map(move |found| piece.start + found.start()..piece.start + found.end())
    };
    for enclosed in enclosed(kinds, text) {
        places.extend(found(at..enclosed.start));
        at = enclosed.end;
        places.push(enclosed);
    }
    places.extend(found(at..text.len()));
    places
}

/// Where something of these kinds is that begins and ends.
fn enclosed(kinds: &[Ends], text: &[u8]) -> Vec<Range<usize>> {
    let (mut kinds, mut places, mut at) = (kinds.to_vec(), Vec::new(), 0);
    while let Some(length) = memchr(b'<', &text[at..]) {
        let start = at + length;
        let kind = kinds
            .iter()
            .position(|[begins, _]| text[start..].starts_with(begins.as_bytes()));
        at = start + 1;
        let Some(kind) = kind else { continue };
        let [begins, ends] = kinds[kind];
        let from = start + begins.len();
        match memmem::find(&text[from..], ends.as_bytes()) {
            Some(length) => {
                at = from + length + ends.len();
                places.push(start..at);
            }
            // None ends from here on.
            None => drop(kinds.swap_remove(kind)),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enclosed_comes_before_what_an_expression_finds() {
        let tag = Regex::new("<[a-z]+>").unwrap();
        for (text, found) in [
            ("", &[][..]),
            ("a<b>c", &["<b>"]),
            ("<b><!-- <c> --><d>", &["<b>", "<!-- <c> -->", "<d>"]),
            ("<? <!-- ?> --> <b>", &["<? <!-- ?>", "<b>"]),
            ("<!--a--><!-- <b> <!-- <c>", &["<!--a-->", "<b>", "<c>"]),
            ("<? <!--> <b>--> <", &["<!--> <b>-->"]),
        ] {
            let places = places(&tag, &[COMMENT, INSTRUCTION], text.as_bytes());
            let places: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
            assert_eq!(places, found, "{text}");
        }
    }

    /// Looked for anew at each, it would take minutes.
    #[test]
    fn comments_without_an_end_cost_no_more_than_other_text() {
        let end = Regex::new("]]>").unwrap();
        let text = "<!--]]>".repeat(200_000);
        assert_eq!(places(&end, &[COMMENT], text.as_bytes()).len(), 200_000);
    }
}
