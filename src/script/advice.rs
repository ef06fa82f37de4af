//! The longer pieces of advice in the messages for authors, such as lists of known words.
//!
//! This module must not know which mistakes there are; [`ScriptErrorKind`](super::ScriptErrorKind) says what it gives
//! with which.

use super::ast::excluded;
use super::clause::NoClause;
use super::departure::NoDeparture;
use super::error::Around;
use super::excuse::NoExcuse;
use super::lapse::NoLapse;
use super::part::Part;
use super::phrase::{BlockShape, NOTHING, PHRASES, Phrase, Usage};
use super::requirement;
use super::role::{ROLES, Role};
use super::suggest::closest;
use super::tags::{TagKey, Takes};
use super::variable::{NOW, Variable};
use crate::expression::{BadBounds, BadNarrowing, Narrowing};
use crate::fault_kind::FaultKind;
use crate::formula::{BadOffset, Function};

/// A piece of advice that needs nothing else.
pub(super) fn help(text: impl Into<String>) -> Option<String> {
    Some(text.into())
}

/// The classes that actors can have.
pub(super) fn known_classes(found: &str) -> String {
    let keywords: Vec<_> = ROLES.iter().map(|role| role.keyword).collect();
    one_of(found, "classes", &keywords)
}

/// The properties that an actor can have.
pub(super) fn known_properties(found: &str, role: &Role) -> String {
    let keys: Vec<_> = role.properties.iter().map(|key| key.keyword).collect();
    one_of(found, "properties", &keys)
}

/// How a wildcard is narrowed.
pub(super) fn narrowing(problem: &BadNarrowing) -> String {
    match problem {
        BadNarrowing::Unknown(found) => known_narrowings(found),
        BadNarrowing::Unbounded(word) => {
            format!("write `{word}` alone; `int 1..5` and `text 1..128` have bounds")
        }
        BadNarrowing::Bounds(BadBounds::Form(_)) => {
            "write `1..`, `..5`, `1..5` or `3`; both ends are included".to_owned()
        }
        BadNarrowing::Bounds(BadBounds::TooLarge(_)) => {
            format!("numbers go from {} to {}", i64::MIN, i64::MAX)
        }
        BadNarrowing::Bounds(BadBounds::Empty { from, to }) => {
            format!("the smaller number stands first: `{to}..{from}`")
        }
        BadNarrowing::Bounds(BadBounds::Negative(_)) => {
            "the least length is 0; numbers below it are `int -5..5`".to_owned()
        }
    }
}

/// What can be said of a script that a prologue is taken from.
pub(super) fn known_given(name: &str, known: &[String]) -> String {
    let names = known.iter().map(String::as_str);
    let meant = closest(name, names.clone()).map(|meant| format!("did you mean `{meant}`? "));
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    format!("{}it has: {}", meant.unwrap_or_default(), names.join(", "))
}

/// What a wildcard can be narrowed to.
fn known_narrowings(found: &str) -> String {
    let named = Narrowing::NAMED.iter().map(Narrowing::word);
    let words: Vec<_> = named.chain([Narrowing::EXPRESSION, "not NAME"]).collect();
    let word = found.split(' ').next().unwrap_or_default();
    one_of(word, "kinds", &words)
}

/// The words of a kind, and the one of them that was probably meant.
pub(super) fn one_of(found: &str, what: &str, words: &[&str]) -> String {
    let list = words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let list = format!("known {what}: {list}");
    match closest(found, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`? {list}"),
        None => list,
    }
}

/// The requirement that was probably meant.
pub(super) fn meant_requirement(meant: &str) -> String {
    format!("did you mean `## requires: {meant}`?")
}

/// How requirements are written, and the one that was probably meant.
pub(super) fn known_requirements(meant: Option<&str>) -> String {
    let meant = meant.map(|meant| format!("{} ", meant_requirement(meant)));
    format!(
        "{}write `FEATURE`, `server FEATURE`, `account FEATURE`, `stream NAMESPACE`, `sasl MECHANISM`, `domain DOMAIN`, \
         `answer NAMESPACE`, or `CATEGORY/TYPE` with or without a feature and `as NAME`; `not` before it demands the \
         contrary",
        meant.unwrap_or_default()
    )
}

/// What stands behind the key of a tag.
pub(super) fn tag_value(tag: &TagKey) -> String {
    match tag.takes {
        Takes::Nothing => format!("write `## {}`", tag.key),
        Takes::OneOf(words) => one_of("", "values", words),
        Takes::Requirement => {
            "say what the server must have, as in `## requires: urn:xmpp:mam:2`".to_owned()
        }
        Takes::Departure => departure(&NoDeparture::Server).to_owned(),
    }
}

/// The actor that was probably meant, or how to declare one.
pub(super) fn unknown_actor(found: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("declare it above the curtain: `[Client] {found}`"),
    }
}

/// The variables that there are, and which of those of an actor was probably meant.
pub(super) fn known_variables(found: &str) -> String {
    let list = "known are `${NAME's full JID}`, `${NAME's JID}`, `${NAME's sent count}`, `${NAME's received count}`, \
                `${NAME's user}`, `${NAME's password}`, `${domain}`, `${unique}`, `${now}`, `${base64 …}`, \
                `${sha1 …}`, `${sha256 …}`, and `${x}` for a captured value or a service";
    match Variable::closest_of_actor(found) {
        Some(meant) => format!("did you mean `${{{meant}}}`? {list}"),
        None => list.to_owned(),
    }
}

/// How a variable gets a value.
fn no_value(found: &str) -> String {
    let captured = format!("capture it in an earlier `receives`: `$<{found}>`");
    match found {
        _ if found.starts_with("scansion:") => format!("write `{{{found}}}`, without the `$`"),
        requirement::DOMAIN => format!("{captured}; without a `[Client]` there is no domain"),
        _ => format!(
            "{captured}; or if it is a service, name it in the head: `## requires: CATEGORY/TYPE as {found}`"
        ),
    }
}

/// What is computed, and which of that was probably meant.
pub(super) fn unknown_function(found: &str) -> String {
    let functions = Function::ALL.map(Function::word);
    let words: Vec<&str> = functions.into_iter().chain([NOW]).collect();
    let word = found.split([' ', '\t']).next().unwrap_or_default();
    one_of(word, "functions", &words)
}

/// How a variable is closed, or the characters that begin one are written.
pub(super) fn literal_dollar(around: Around) -> String {
    let characters = match around {
        Around::Xml => ", or `&#36;{` for the characters",
        Around::Cdata => ", or end the section between the characters: `$]]><![CDATA[{`",
        Around::Bytes => ", or `\\x24{` for the characters",
        Around::Cell => {
            "; the characters cannot stand in a cell: write `&#36;{` where the column is used"
        }
    };
    format!("write `}}` where it ends{characters}")
}

/// What to write in a cell in the place of the name of another column.
pub(super) fn column_in_cell(name: &str) -> String {
    format!(
        "write here what stands in that cell, or `${{{name}}}` in the story, beside this column"
    )
}

/// So many things, in words.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// The directive that was probably meant.
pub(super) fn unknown_directive(found: &str) -> String {
    let word = found.split(':').next().unwrap_or_default();
    match closest(word, ["any", "capture"].into_iter()) {
        Some("capture") => "did you mean `{scansion:capture:NAME}`?".into(),
        Some(_) => "did you mean `{scansion:any}`?".into(),
        None => "known are `{scansion:any}` and `{scansion:capture:NAME}`".into(),
    }
}

/// Where what stands behind a heading belongs.
pub(super) fn text_after_heading(part: Part) -> String {
    let steps = "write the steps below it, at the margin";
    match part {
        Part::Prologue => format!("{steps}; or the script whose story it is, `Prologue: FILE.scs`"),
        Part::Story | Part::Epilogue => steps.to_owned(),
    }
}

/// Where what stands behind a verb belongs.
pub(super) fn text_after_verb(verb: &Phrase, found: &str) -> String {
    let (begun, words) = (format!("{} ", verb.words), format!("{verb} {found}"));
    let longer = PHRASES.iter().map(|phrase| phrase.words);
    if let Some(meant) = closest(&words, longer.filter(|words| words.starts_with(&begun))) {
        return format!("did you mean `{meant}`?");
    }
    match verb.block {
        BlockShape::Stanzas {
            usage: Usage::Receive,
            nothing: None,
            ..
        } if found == NOTHING => "that no stanza may come is `receives: nothing`".into(),
        BlockShape::None { .. } | BlockShape::Lapse { .. } => "remove it".into(),
        BlockShape::Stanzas { .. } | BlockShape::Pair { .. } => {
            "a stanza stands on the next line, indented".into()
        }
        BlockShape::Text { .. } => "text stands on the next line, indented".into(),
    }
}

/// How a time is written.
pub(super) fn lapse(found: &str, problem: NoLapse) -> String {
    match problem {
        NoLapse::Form if found.contains("${") => {
            "write the time itself, such as `500 ms`; no variable and no column stands there"
                .to_owned()
        }
        NoLapse::NoUnit => format!("write `{found} s`; the units are `ms`, `s` and `min`"),
        NoLapse::Form | NoLapse::TooFine | NoLapse::TooLong => {
            "write for instance `500 ms`, `1.5 s` or `2 min`".to_owned()
        }
    }
}

/// What names of attributes look like.
pub(super) fn absent(found: &str) -> String {
    match found.contains("${") {
        true => {
            "write the names themselves; no variable and no column stands there. An attribute whose value is an empty \
             cell is not expected"
        }
        false => "write names with blanks between them: `scansion:absent=\"type xml:lang\"`",
    }
    .to_owned()
}

/// How a time is written.
pub(super) fn offset(problem: &BadOffset) -> String {
    match problem {
        BadOffset::Form(_) => {
            "write a sign and a duration in ms, s, min, h or d: `${now -1h}`, `${now +1min 30s}`"
        }
        BadOffset::TooFar(_) => {
            "times go from 1970 to 9999; write one that lies elsewhere as it is"
        }
    }
    .to_owned()
}

/// What belongs under a verb.
pub(super) fn missing_block(verb: &Phrase) -> Option<String> {
    match verb.block {
        BlockShape::None { .. } | BlockShape::Lapse { .. } => None,
        BlockShape::Stanzas { if_missing, .. } => if_missing.map(str::to_owned),
        BlockShape::Text { if_missing, .. } | BlockShape::Pair { if_missing, .. } => {
            Some(if_missing.into())
        }
    }
}

/// The variable that was probably meant, or how one of this name gets a value.
pub(super) fn undefined(found: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!("did you mean `${{{name}}}`?"),
        None if found.contains(' ') => unknown_function(found),
        None => no_value(found),
    }
}

/// The name that was probably meant behind `not`, as it is written there, or how one of this name gets a value.
pub(super) fn unknown_exclusion(found: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!("did you mean `{}`?", excluded(name)),
        None => no_value(found),
    }
}

/// The wildcard that was probably meant, or how one of this name gets a value.
pub(super) fn unbound(found: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!("did you mean `$<{name}>`?"),
        None => format!("capture it in an earlier `receives`: `$<{found}>`"),
    }
}

/// The wildcard of a rule that was probably meant, or how a value comes into an answer.
pub(super) fn unbound_answer(found: &str, suggestion: Option<&str>, is_captured: bool) -> String {
    match suggestion {
        Some(name) => format!("did you mean `$<{name}>`?"),
        None if is_captured => format!(
            "a rule has wildcards of its own; write `${{{found}}}` for what the story captures"
        ),
        None => format!("write `$<{found}>` where its value stands in what is answered"),
    }
}

/// How a service is named that is the first to have what a script requires.
pub(super) fn literal_service(requirement: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("write `${{{name}}}`, which is its JID on each server"),
        None => format!(
            "name it in the head, `## requires: {requirement} as NAME`, and write `${{NAME}}`"
        ),
    }
}

/// How a clause is written.
pub(super) fn clause(problem: NoClause) -> &'static str {
    match problem {
        NoClause::Document => "write it behind `rfc` or `xep`: `# § rfc 6120 8.2.3 [91ab] …`",
        NoClause::Mark | NoClause::Section => {
            "write the number of the section before the fingerprint: `# § 10.5 [7c3f] …`"
        }
        NoClause::Fingerprint | NoClause::Digits => {
            "write four hexadecimal digits or more, in brackets, behind the section: `# § 10.5 [7c3f] …`"
        }
    }
}

/// How an excuse for a fault is written.
pub(super) fn excuse(problem: &NoExcuse) -> String {
    match problem {
        NoExcuse::Form => "write `# doubt: twice is fine (why it is)`".to_owned(),
        NoExcuse::Kind(found) => one_of(found, "kinds", &FaultKind::ALL.map(FaultKind::word)),
        NoExcuse::Reason(kind) => {
            format!("say it in parentheses at the end: `# doubt: {kind} is fine (why it is)`")
        }
    }
}

/// How a departure is written.
pub(super) fn departure(problem: &NoDeparture) -> &'static str {
    match problem {
        NoDeparture::Versions(_) => {
            "write `23.01`, `23.01..24.12`, `..24.12` or `26.07..`, or nothing for all of them"
        }
        NoDeparture::Server | NoDeparture::What => {
            "write `## departs: SERVER VERSIONS: what it does, and which section says otherwise`; without versions \
             it is all of them"
        }
    }
}
