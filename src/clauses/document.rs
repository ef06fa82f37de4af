//! How documents are called: by users, in names of files, and where they are shown.

use crate::script::DocumentId;

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
    fn a_document_is_found_by_the_names_it_is_given() {
        for document in [DocumentId::Rfc(6120), DocumentId::Xep(45)] {
            assert_eq!(DocumentId::named(&file_stem(document)), Some(document));
            assert_eq!(DocumentId::named(&document.title()), Some(document));
        }
    }
}
