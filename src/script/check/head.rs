//! Tags that the program itself understands.

use crate::script::ast::{Actor, Script, Tag};
use crate::script::complaints::Complaints;
use crate::script::departure::{self, Departure};
use crate::script::error::ScriptErrorKind;
use crate::script::requirement::{self, NoRequirement, Requirement};

/// The tag by which two actors may have one full JID.
pub(super) const SAME_FULL_JID: &str = "same-full-jid";

/// Checks the values of the tags. Tags that are not known here are the author's own.
pub(super) fn check(script: &Script, complaints: &mut Complaints) {
    for tag in &script.head.tags {
        let kind = match tag.key.as_str() {
            requirement::TAG => mistake_in_requirement(tag, &script.cast),
            departure::TAG => mistake_in_departure(tag),
            _ => mistake(tag),
        };
        if let Some(kind) = kind {
            complaints.push(kind.at(tag.span));
        }
    }
}

/// A requirement can be read, and there is a user to ask whether it is met.
fn mistake_in_requirement(tag: &Tag, cast: &[Actor]) -> Option<ScriptErrorKind> {
    let value = tag.value.as_deref().unwrap_or_default();
    if let Err(error) = value.parse::<Requirement>() {
        return Some(match error {
            NoRequirement::Form => ScriptErrorKind::BadRequirement {
                found: value.to_owned(),
            },
            NoRequirement::Name => ScriptErrorKind::BadServiceName,
            NoRequirement::TakenName(name) => ScriptErrorKind::TakenServiceName { name },
            NoRequirement::Nameless => ScriptErrorKind::NamelessRequirement,
        });
    }
    let has_user = cast.iter().any(|actor| actor.role.value.is_user());
    (!has_user).then_some(ScriptErrorKind::NobodyToAsk)
}

fn mistake_in_departure(tag: &Tag) -> Option<ScriptErrorKind> {
    let value = tag.value.as_deref().unwrap_or_default();
    let problem = value.parse::<Departure>().err()?;
    Some(ScriptErrorKind::BadDeparture { problem })
}

fn mistake(tag: &Tag) -> Option<ScriptErrorKind> {
    let (key, known): (_, &'static [&'static str]) = match tag.key.as_str() {
        "sync" => ("sync", &["ping", "none"]),
        "child-order" => ("child-order", &["any"]),
        "matching" => ("matching", &["open"]),
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
            "## matching: open",
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
            said("## matching: strict")[0].0,
            "`strict` is not a value of the tag `matching`"
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
    fn a_requirement_has_a_form_and_somebody_to_ask() {
        assert_eq!(said("## requires: conference/text urn:xmpp:mam:2"), []);
        assert_eq!(
            said("## requires: room urn:x"),
            [at(
                "`room urn:x` is not a requirement",
                "## requires: room urn:x"
            )]
        );
        assert_eq!(said("## requires")[0].0, "`` is not a requirement");
        let shop = "[Component] A\n\tjid: a.b\n\tsecret: s\n";
        let text = format!("# T\n## requires: urn:x\n{shop}---\nA connects\nA receives nothing\n");
        let said = objections(&text);
        assert_eq!(said[0].0, "nobody in this cast can ask whether this is met");
    }

    #[test]
    fn a_departure_has_a_server_and_says_what_it_does() {
        for tag in [
            "## departs: ejabberd 23.01: a result, where XEP-0054 §3.2 demands an error",
            "## departs: ejabberd: a result",
            "## departs: ejabberd ..24.12: a result\n## departs: ejabberd 26.07..: nothing",
        ] {
            assert_eq!(said(tag), [], "{tag}");
        }
        for (tag, words) in [
            ("## departs", "this departure has no server"),
            ("## departs: : a result", "this departure has no server"),
            (
                "## departs: 23.01: a result",
                "this departure has no server",
            ),
            (
                "## departs: ejabberd 23.01",
                "this departure does not say what the server does",
            ),
            (
                "## departs: ejabberd 23.x: a result",
                "`23.x` are no versions",
            ),
        ] {
            assert_eq!(said(tag), [at(words, tag)]);
        }
    }

    #[test]
    fn other_tags_are_free() {
        assert_eq!(said("## xep: 0313"), []);
    }
}
