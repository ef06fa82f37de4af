//! Tags that the program itself understands.

use crate::script::ast::{Actor, Comment, Piece, Script, Tag};
use crate::script::complaints::Complaints;
use crate::script::departure::Departure;
use crate::script::error::ScriptErrorKind;
use crate::script::profile::profiles;
use crate::script::requirement::{NoRequirement, Requirement, meant, meant_to_name};
use crate::script::tags::{self, TagKey, Takes};
use crate::script::variable::Variable;
use crate::source::Spanned;

/// Checks the values of the tags. Tags that are not known are the author's own, unless they are slips of known ones.
pub(super) fn check(script: &Script, complaints: &mut Complaints) {
    for tag in &script.head.tags {
        let kind = match TagKey::of(&tag.key) {
            Some(known) => mistake(known, tag.value.as_deref(), script),
            None => slip(script, tag),
        };
        if let Some(kind) = kind {
            complaints.push(kind.at(tag.span));
        }
    }
    let head = script.head.title.iter().chain(&script.head.description);
    for comment in head {
        if let Some(meant) = unmarked(script, comment) {
            complaints.push(ScriptErrorKind::MisspeltTag { meant }.at(comment.span));
        }
    }
    for comment in below_head(script).filter(|comment| is_misplaced(script, comment)) {
        complaints.push(ScriptErrorKind::MisplacedTag.at(comment.span));
    }
}

fn slip(script: &Script, tag: &Tag) -> Option<ScriptErrorKind> {
    let text = script.source.slice(tag.span).trim_start_matches('#').trim();
    let meant = tags::meant(text)?;
    Some(ScriptErrorKind::MisspeltTag { meant })
}

/// The tag that was probably meant by a comment whose mark has not exactly two `#`.
fn unmarked(script: &Script, comment: &Comment) -> Option<String> {
    let is_marked = script
        .source
        .slice(comment.span)
        .trim_start()
        .starts_with('#');
    is_marked.then(|| tags::unmarked(&comment.text))?
}

/// The comments behind the head, but for those within blocks.
fn below_head(script: &Script) -> impl Iterator<Item = &Comment> {
    let table = script.table.iter().flat_map(|table| table.comments());
    let cast = script.cast.iter().flat_map(|actor| &actor.comments);
    let story = script.story.iter().flat_map(|action| &action.comments);
    let headings = script.parts.headings.iter();
    let headings = headings.flat_map(|heading| &heading.comments);
    let behind = headings.chain(&script.afterword);
    table.chain(cast).chain(story).chain(behind)
}

/// Whether a comment would be a tag of the program if it stood above the cast.
fn is_misplaced(script: &Script, comment: &Comment) -> bool {
    let text = script.source.slice(comment.span).trim_start();
    let is_tag = text
        .strip_prefix("##")
        .is_some_and(|rest| !rest.starts_with('#'));
    is_tag && tags::is_one(&comment.text)
}

fn mistake(tag: &'static TagKey, value: Option<&str>, script: &Script) -> Option<ScriptErrorKind> {
    let key = tag.key;
    match (tag.takes, value) {
        (Takes::Nothing, value) => value.map(|_| ScriptErrorKind::TagWithValue { key }),
        (Takes::OneOf(_) | Takes::Requirement, None) => {
            Some(ScriptErrorKind::TagWithoutValue { tag })
        }
        (Takes::OneOf(known), Some(found)) => mistake_in_word(key, found, known),
        (Takes::Requirement, Some(value)) => mistake_in_requirement(value, script),
        (Takes::Departure, value) => mistake_in_departure(value.unwrap_or_default()),
    }
}

/// A requirement can be read, and there is somebody by whom it is seen whether it is met.
fn mistake_in_requirement(value: &str, script: &Script) -> Option<ScriptErrorKind> {
    let cast = &script.cast;
    let error = match value.parse() {
        Ok(Requirement::Domain(domain)) => return nobody_there(domain, cast),
        Ok(requirement) => {
            let slip = || slip_in_requirement(value, &requirement, script);
            return unasked(cast).or_else(slip);
        }
        Err(error) => error,
    };
    Some(match error {
        NoRequirement::Form => ScriptErrorKind::BadRequirement {
            found: value.to_owned(),
            meant: meant(value),
        },
        NoRequirement::Name => ScriptErrorKind::BadServiceName,
        NoRequirement::TakenName(name) => ScriptErrorKind::TakenServiceName { name },
        NoRequirement::Nameless => ScriptErrorKind::NamelessRequirement,
    })
}

/// That nobody can ask for anything.
fn unasked(cast: &[Actor]) -> Option<ScriptErrorKind> {
    let has_user = cast.iter().any(|actor| actor.role.value.is_user());
    (!has_user).then_some(ScriptErrorKind::NobodyToAsk)
}

fn slip_in_requirement(
    value: &str,
    requirement: &Requirement,
    script: &Script,
) -> Option<ScriptErrorKind> {
    let found = value.to_owned();
    let service = requirement.service();
    let named = || meant_to_name(service?, |name| is_without_value(name, script));
    let meant = meant(value).or_else(named)?;
    Some(ScriptErrorKind::MisspeltRequirement { found, meant })
}

/// Whether the story wants the value of a name that nothing in it gives one to.
fn is_without_value(name: &str, script: &Script) -> bool {
    let is_it = |piece: &Piece| matches!(piece, Piece::Variable(Spanned { value: Variable::Captured(own), .. }) if own == name);
    script.pieces().any(is_it) && !script.captured().contains(name)
}

/// That no actor has this domain, if all can be read.
fn nobody_there(domain: String, cast: &[Actor]) -> Option<ScriptErrorKind> {
    let (profiles, errors) = profiles(cast);
    let is_there = profiles
        .iter()
        .any(|(_, profile)| profile.jid.domain().as_str() == domain);
    (errors.is_empty() && !is_there).then_some(ScriptErrorKind::NobodyThere { domain })
}

fn mistake_in_departure(value: &str) -> Option<ScriptErrorKind> {
    match value.parse::<Departure>() {
        Ok(departure) => {
            let meant = departure.meant_server()?;
            let found = departure.server;
            Some(ScriptErrorKind::MisspeltServer { found, meant })
        }
        Err(problem) => Some(ScriptErrorKind::BadDeparture { problem }),
    }
}

fn mistake_in_word(
    key: &'static str,
    found: &str,
    known: &'static [&'static str],
) -> Option<ScriptErrorKind> {
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
        assert_eq!(said("## requires")[0].0, "the tag `requires` needs a value");
        let shop = "[Component] A\n\tjid: a.b\n\tsecret: s\n";
        let text = format!("# T\n## requires: urn:x\n{shop}---\nA connects\nA receives nothing\n");
        let said = objections(&text);
        assert_eq!(said[0].0, "nobody in this cast can ask whether this is met");
    }

    #[test]
    fn slips_in_requirements_are_told() {
        for tag in [
            "## requires: domian",
            "## requires: sasl plain",
            "## requires: not domian",
        ] {
            let found = tag.trim_start_matches("## requires: ");
            let words = format!("`{found}` is one slip away from another requirement");
            assert_eq!(said(tag), [at(&words, tag)]);
        }
        for tag in ["## requires: server domian", "## requires: vcard-temp"] {
            assert_eq!(said(tag), [], "{tag}");
        }
    }

    #[test]
    fn a_service_that_the_story_calls_by_a_name_gets_it_behind_as() {
        let said = |requirement: &str, story: &str| {
            let text = format!(
                "# T\n## requires: {requirement}\n[Client] A\n\tjid: a@b\n---\nA connects\nA receives:\n\t{story}\n"
            );
            let told = objections(&text).into_iter();
            told.map(|(message, _)| message).collect::<Vec<_>>()
        };
        let slip = "`conference/text rooms` is one slip away from another requirement";
        let undefined = "the variable `rooms` has no value here";
        let names = "<message from='${rooms}'/>";
        assert_eq!(said("conference/text rooms", names), [slip, undefined]);
        assert_eq!(said("conference/text as rooms", names), [""; 0]);
        assert_eq!(said("conference/text rooms", "<message/>"), [""; 0]);
        let captured = "<message from='$<rooms>'/>\n\t<message from='${rooms}'/>";
        assert_eq!(said("conference/text rooms", captured), [""; 0]);
    }

    #[test]
    fn a_server_that_is_almost_a_known_one_is_told() {
        for (server, meant) in [("ejaberd 23.01", "ejaberd"), ("Prosdy", "Prosdy")] {
            let tag = format!("## departs: {server}: a result");
            let words = format!("`{meant}` is one slip away from a known server");
            assert_eq!(said(&tag), [at(&words, &tag)]);
        }
        for server in ["jabberd 1.4", "PROSODY", "Globe", "Tigase XMPP Server 8"] {
            assert_eq!(said(&format!("## departs: {server}: a result")), []);
        }
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
    fn slips_of_the_programs_tags_are_told() {
        for tag in [
            "## requires urn:xmpp:mam:2",
            "## require: urn:xmpp:mam:2",
            "## Strict",
            "## sync none",
            "# sync: none",
            "### sync: none",
            "## description\n# requires: conference/text as rooms",
        ] {
            let line = tag.lines().last().unwrap();
            assert_eq!(said(tag), [at("this tag does nothing", line)], "{tag}");
        }
    }

    #[test]
    fn tags_stand_above_the_cast() {
        for (text, place) in [
            (
                "[Client] A\n\tjid: a@b\n## strict\n---\nA connects\nA receives nothing\n",
                "## strict",
            ),
            (
                "[Client] A\n\tjid: a@b\n---\n## sync: none\nA connects\nA receives nothing\n",
                "## sync: none",
            ),
            (
                "[Client] A\n\tjid: a@b\n---\nA connects\nA receives nothing\n## strict",
                "## strict",
            ),
        ] {
            assert_eq!(
                objections(text),
                [at("this tag does nothing here", place)],
                "{text}"
            );
        }
        let own = "[Client] A\n\tjid: a@b\n---\n## slow\nA connects\n### strict\n# strict\nA receives nothing\n";
        assert_eq!(objections(own), []);
    }

    #[test]
    fn a_key_that_says_all_is_no_comment() {
        for tag in ["# complete", "### complete", "#strict"] {
            assert_eq!(said(tag), [at("this tag does nothing", tag)]);
        }
    }

    #[test]
    fn other_tags_are_free() {
        for tag in [
            "## xep: 0313",
            "## slow",
            "## rfc:",
            "## async",
            "# strict at the end",
            "# complete!",
            "# sync",
        ] {
            assert_eq!(said(tag), [], "{tag}");
        }
    }
}
