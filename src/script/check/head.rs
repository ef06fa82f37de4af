//! Tags that the program itself understands.

use crate::script::ast::{Head, Tag};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind;

/// The tag by which two actors may have one full JID.
pub(super) const SAME_FULL_JID: &str = "same-full-jid";

/// Checks the values of the tags. Tags that are not known here are the author's own.
pub(super) fn check(head: &Head, complaints: &mut Complaints) {
    for tag in &head.tags {
        if let Some(kind) = mistake(tag) {
            complaints.push(kind.at(tag.span));
        }
    }
}

fn mistake(tag: &Tag) -> Option<ScriptErrorKind> {
    let (key, known): (_, &'static [&'static str]) = match tag.key.as_str() {
        "sync" => ("sync", &["ping", "none"]),
        "child-order" => ("child-order", &["any"]),
        "allow" => ("allow", &[SAME_FULL_JID]),
        "strict" if tag.value.is_some() => {
            return Some(ScriptErrorKind::TagWithValue { key: "strict" });
        }
        _ => return None,
    };
    let Some(found) = tag.value.as_deref() else {
        return Some(ScriptErrorKind::TagWithoutValue { key, known });
    };
    let unknown = || ScriptErrorKind::UnknownTagValue {
        key,
        found: found.to_owned(),
        known,
    };
    (!known.contains(&found)).then(unknown)
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    fn said(tag: &str) -> Vec<(String, String)> {
        let text =
            format!("# T\n{tag}\n[Client] A\n\tjid: a@b\n---\nA connects\nA receives nothing\n");
        objections(&text)
    }

    #[test]
    fn tags_of_the_program_have_certain_values() {
        for tag in [
            "## sync: none",
            "## sync: ping",
            "## child-order: any",
            "## strict",
            "## allow: same-full-jid",
        ] {
            assert_eq!(said(tag), [], "{tag}");
        }
        assert_eq!(
            said("## sync: off"),
            [at("`off` is not a value of the tag `sync`", "## sync: off")]
        );
        assert_eq!(said("## sync")[0].0, "the tag `sync` needs a value");
        assert_eq!(
            said("## child-order: strict")[0].0,
            "`strict` is not a value of the tag `child-order`"
        );
        assert_eq!(
            said("## allow: all")[0].0,
            "`all` is not a value of the tag `allow`"
        );
        assert_eq!(
            said("## strict: yes")[0].0,
            "the tag `strict` takes no value"
        );
    }

    #[test]
    fn other_tags_are_free() {
        assert_eq!(said("## xep: 0313"), []);
    }
}
