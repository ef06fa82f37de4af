//! Where the standards that tags name can be read.

/// The page of a tag `rfc: 6120 §7` or `xep: 0313`; of several sections the first. The addresses of XEPs do not have
/// the numbers of sections, so there it is the beginning.
pub(super) fn spec_link(key: &str, value: Option<&str>) -> Option<String> {
    let value = value?;
    let digits = value.trim_start().split(|c: char| !c.is_ascii_digit());
    let number: u32 = digits.into_iter().next()?.parse().ok()?;
    match key {
        "rfc" => Some(format!(
            "https://www.rfc-editor.org/rfc/rfc{number}{}",
            anchor(value)
        )),
        "xep" => Some(format!("https://xmpp.org/extensions/xep-{number:04}.html")),
        _ => None,
    }
}

/// A section as the RFC Editor's pages have it: `#section-8.1`, `#appendix-A.1`.
fn anchor(value: &str) -> String {
    let after = value.split_once('§').map_or("", |(_, after)| after);
    let section: String = after
        .trim_start()
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    match section.trim_end_matches('.') {
        "" => String::new(),
        own if own.starts_with(|c: char| c.is_ascii_digit()) => format!("#section-{own}"),
        own => format!("#appendix-{own}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Tag;

    fn link(tag: &str) -> Option<String> {
        let tag = Tag::from(tag.to_owned());
        spec_link(&tag.key, tag.value.as_deref())
    }

    #[track_caller]
    fn assert_leads(tag: &str, address: &str) {
        assert_eq!(link(tag).as_deref(), Some(address), "{tag}");
    }

    #[test]
    fn standards_have_pages() {
        let rfc = "https://www.rfc-editor.org/rfc/rfc6120";
        assert_leads("rfc: 6120", rfc);
        assert_leads("rfc: 6120 §7", &format!("{rfc}#section-7"));
        assert_leads("rfc: 6120 §8.1.2.1, §9", &format!("{rfc}#section-8.1.2.1"));
        assert_leads("rfc: 6120 §A.6", &format!("{rfc}#appendix-A.6"));
        let muc = "https://xmpp.org/extensions/xep-0045.html";
        assert_leads("xep: 0045", muc);
        assert_leads("xep: 45 §7.2", muc);
    }

    #[test]
    fn other_tags_have_none() {
        for tag in [
            "slow",
            "rfc",
            "rfc: ",
            "xep: many",
            "rfc: -1",
            "javascript: 1",
            "rfc: 99999999999",
        ] {
            assert_eq!(link(tag), None, "{tag}");
        }
        assert_leads("rfc: 1 §\"><b>", "https://www.rfc-editor.org/rfc/rfc1");
    }
}
