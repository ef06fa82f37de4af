//! How documents are called: by users, in names of files, and where they are shown.

use crate::script::DocumentId;

/// The document that a user or the name of a file means: `xep0045`, `XEP-0045`, `xep 45`, `RFC 6120`.
pub fn named(text: &str) -> Option<DocumentId> {
    let text = text.trim().to_ascii_lowercase();
    let (made, number): (fn(u32) -> DocumentId, _) = match text.split_at_checked(3)? {
        ("rfc", number) => (DocumentId::Rfc, number),
        ("xep", number) => (DocumentId::Xep, number),
        _ => return None,
    };
    let number = number.trim_start_matches([' ', '-', '_']);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse().ok().map(made))?
}

/// What the file of a document's index is called, without its ending: `rfc6120`, `xep0045`.
pub fn file_stem(document: DocumentId) -> String {
    match document {
        DocumentId::Rfc(number) => format!("rfc{number}"),
        DocumentId::Xep(number) => format!("xep{number:04}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_called_in_several_ways() {
        for text in ["xep0045", "XEP-0045", "xep 45", " Xep_0045 "] {
            assert_eq!(named(text), Some(DocumentId::Xep(45)), "{text}");
        }
        for text in ["rfc6120", "RFC 6120"] {
            assert_eq!(named(text), Some(DocumentId::Rfc(6120)), "{text}");
        }
        for text in [
            "6120",
            "xep",
            "xep-",
            "xep-x",
            "rfc 61 20",
            "jep 45",
            "é",
            "xep99999999999",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }

    #[test]
    fn a_document_is_found_by_the_names_it_is_given() {
        for document in [DocumentId::Rfc(6120), DocumentId::Xep(45)] {
            assert_eq!(named(&file_stem(document)), Some(document));
            assert_eq!(named(&document.title()), Some(document));
        }
    }
}
