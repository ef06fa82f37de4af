//! Where the specifications that tags name can be read.

use std::sync::LazyLock;

use regex::Regex;

/// `0045 §7.2`: a number, and perhaps the first of some sections.
static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<number>[0-9]{1,5})(?:\s*§+\s*(?<section>[0-9]+(?:\.[0-9]+)*))?(?:[\s,;§].*)?$")
        .expect("the expression is a constant of this module")
});

/// The address of what a tag is about: of `rfc: 6121 §8.5` and `xep: 0313`.
pub(super) fn spec_link(tag: &str) -> Option<String> {
    let (key, value) = tag.split_once(':')?;
    let cited = CITATION.captures(value.trim())?;
    let number: u32 = cited["number"].parse().ok()?;
    let section = cited.name("section").map(|section| section.as_str());
    match (key.trim().to_ascii_lowercase().as_str(), section) {
        ("rfc", Some(section)) => Some(format!(
            "https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"
        )),
        ("rfc", None) => Some(format!("https://www.rfc-editor.org/rfc/rfc{number}")),
        // The sections of XEPs have anchors of their titles, which a number does not tell.
        ("xep", _) => Some(format!("https://xmpp.org/extensions/xep-{number:04}.html")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_cite_become_links() {
        let links = [
            (
                "rfc: 6121 §8.5",
                "https://www.rfc-editor.org/rfc/rfc6121#section-8.5",
            ),
            (
                "rfc: 6121 §4.2, §4.4",
                "https://www.rfc-editor.org/rfc/rfc6121#section-4.2",
            ),
            ("RFC: 6120", "https://www.rfc-editor.org/rfc/rfc6120"),
            (
                "xep: 0045 §7.2",
                "https://xmpp.org/extensions/xep-0045.html",
            ),
            ("xep: 45", "https://xmpp.org/extensions/xep-0045.html"),
        ];
        for (tag, link) in links {
            assert_eq!(spec_link(tag).as_deref(), Some(link));
        }
        for tag in ["slow", "xep", "xep: none", "rfc: 6121bis", "requires: 0313"] {
            assert_eq!(spec_link(tag), None, "{tag}");
        }
    }
}
