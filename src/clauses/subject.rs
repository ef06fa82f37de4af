//! Who has to do what a sentence says, by rule: who is named before its key word; of what happens to something, who
//! does it; and else whom the section is about. What a rule gets wrong is put right in the index, by hand.

use std::sync::LazyLock;

use regex::Regex;

use super::entry::Subject;
use super::keyword::{Keyword, keywords};
use super::pattern::{any_of, pattern};

/// Those who are on the server's side.
const SERVERS: &[&str] = &[
    "(?:server|service|MUC) implementations?",
    "servers?",
    "services?",
    "rooms?",
    "chatrooms?",
    "MUCs?",
    "receiving entity",
    "responding entity",
    "archiving entit(?:y|ies)",
    "gateways?",
    "archives?",
    "hosts?",
    "connection manager",
    "components?",
];

/// Those who are on the client's side.
const CLIENTS: &[&str] = &[
    "client implementations?",
    "(?:client|user|requester|subscriber|publisher|sender|owner|occupant|admin|moderator|contact|participant)s?",
    "(?:visitor|invitor|inviter|invitee|initiator|recipient|consumer|member|requestor|registrant|user agent)s?",
    "(?:(?:dis)?connected |available |interested )?resources?",
    "(?:initiating|requesting|registering|sending|publishing|subscribing) entity",
];

/// Those who may be either.
const BOTH: &[&str] = &[
    "entit(?:y|ies)",
    "applications?",
    "implementations?",
    "part(?:y|ies)",
    "peers?",
    "endpoints?",
];

/// What only one of them makes.
const OF_SERVER: &[&str] = &[
    "responses?",
    "results?",
    "repl(?:y|ies)",
    "errors?",
    "notifications?",
    "push(?:es)?",
    "features?",
    "challenges?",
    "status codes?",
    "kick",
];
const OF_CLIENT: &[&str] = &["requests?", "quer(?:y|ies)", "roster (?:get|set)s?"];

static NAMED: LazyLock<Regex> = LazyLock::new(|| any_of(&[SERVERS, CLIENTS, BOTH].concat()));
static SERVER: LazyLock<Regex> = LazyLock::new(|| whole(SERVERS));
static CLIENT: LazyLock<Regex> = LazyLock::new(|| whole(CLIENTS));
static MADE_BY_SERVER: LazyLock<Regex> = LazyLock::new(|| any_of(OF_SERVER));
static MADE_BY_CLIENT: LazyLock<Regex> = LazyLock::new(|| any_of(OF_CLIENT));

/// Where the part of a sentence begins that a key word belongs to.
static BREAK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[,;:(] *(?:and |but |or |then |so )*| (?:then|and|but) "));
/// What begins with one of these has a subject of its own.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:note: )?(?:the|an?|any|each|every|all|this|these|those|such|its|their|if present|inclusion|support) ",
    )
});
static PRONOUN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:it|they)(?: (?:also|then|too|only|itself))?$"));
/// What is done to someone, who then is not the one that does it.
static SUFFERED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ (?:also )?be (?:able|allowed|permitted|granted|informed|notified|removed|given|added|prevented|banned|kicked|sent)\b",
    )
});
/// Who does it, where that is said behind the verb.
static DOER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ (?:for|that) (?:the|an?|all|each)|^ (?:only |also |then |always |not )*be \w+(?: only)? by|^ [\w ]* by (?:the|an?) ",
    )
});
/// Who has made what the sentence is about.
static MAKER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:sent|generated|returned|provided|pushed|reflected|issued) (?:out )?by (?:the|an?) ",
    )
});
/// What stands before a word that is no subject.
static BEFORE_OBJECT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:of|to|from|by|for|in|with|at|on|between|into|about|via|against|than|as|using|within|through|per|\w+ing|send|sends|receives?|includes?|contains?|specifies|is|not|non-|become|becomes) (?:(?:the|an?|its|this|that|each|any|such|another|all|more|new|user's|contact's|other) )*(?:[\w-]+ )?$",
    )
});
/// What is done with it.
static BEFORE_INFINITIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:used|possible|attempts?|wish(?:es)?|order|able|needed|request) to \w+ (?:the|an?|its) (?:[\w-]+ )?$",
    )
});
/// What stands behind a word that only belongs to the subject.
static BEFORE_NOUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:'s|’s|s'|-)|^ (?:affiliations?|roles?|JIDs?|lists?|names?|nick\w*|accounts?|address\w*|sessions?|connections?|identif\w+|certificates?|stanzas?|privileges|information|elements?|attributes?|identit\w+|requests?|responses?|fields?|status|state|subject|configuration|registration|presence|polic(?:y|ies)|nodes?|binding|history|types?|IDs?|features?)\b",
    )
});

/// Who has to do what a sentence says. The titles are those of the sections around it.
pub(super) fn subject(sentence: &str, keyword: Keyword, titles: &str) -> Subject {
    if let Some(subject) = of_row(sentence, titles) {
        return subject;
    }
    let (before, after) = (&sentence[..keyword.at], &sentence[keyword.end..]);
    if let Some(doer) = doer(after) {
        return doer;
    }
    let suffers = SUFFERED.is_match(after);
    match main_subject(before, titles) {
        // Whether a user is allowed to do something is up to the server.
        Subject::Client if suffers => Subject::Server,
        subject => subject,
    }
}

/// What a row of a table is about: those whom it gives a part, or what the table is about.
fn of_row(sentence: &str, titles: &str) -> Option<Subject> {
    let row = sentence.contains(" | ").then_some(sentence)?;
    if !row.contains("| Roles:") {
        return Some(of_titles(titles).unwrap_or(Subject::Both));
    }
    match (row.contains("Client N/A"), row.contains("Server N/A")) {
        (true, _) => Some(Subject::Server),
        (false, true) => Some(Subject::Client),
        (false, false) => Some(Subject::Both),
    }
}

/// `MUST be sent by the server`, `OPTIONAL for a client`.
fn doer(after: &str) -> Option<Subject> {
    let end = after.find([',', ';', '.', '(']).unwrap_or(after.len());
    let by = DOER.find(&after[..end])?;
    let rest = &after[by.end()..end];
    NAMED
        .find(rest)
        .filter(|found| found.start() < 25)
        .map(|found| side(found.as_str()))
}

fn main_subject(before: &str, titles: &str) -> Subject {
    let own = own_part(before);
    let earlier = keywords(own).last();
    let since = earlier.map_or(own, |earlier| &own[earlier.end..]);
    if let Some(subject) = nearest(since) {
        return subject;
    }
    // A second key word of the same subject.
    if let Some(earlier) = earlier {
        let start = before.trim_end().len() - own.len();
        return main_subject(&before[..start + earlier.at], titles);
    }
    let said_before = match PRONOUN.is_match(own) {
        true => first(before.rsplit([';', ':']).next().unwrap_or(before)),
        false if OWN.is_match(own) => of_thing(own),
        false => None,
    };
    said_before.unwrap_or_else(|| around(before, titles))
}

/// The part of a sentence that leads to the key word.
fn own_part(before: &str) -> &str {
    let mut begins: Vec<usize> = BREAK.find_iter(before).map(|found| found.end()).collect();
    begins.insert(0, 0);
    let mut parts = begins.into_iter().rev().map(|begin| before[begin..].trim());
    let says = |part: &&str| part.split(' ').count() > 1 || PRONOUN.is_match(part);
    parts.find(says).unwrap_or_else(|| before.trim())
}

/// Who is named last in a part of a sentence, as its subject.
fn nearest(part: &str) -> Option<Subject> {
    subjects(part).last()
}

fn first(part: &str) -> Option<Subject> {
    subjects(part).next()
}

fn subjects(part: &str) -> impl Iterator<Item = Subject> {
    let found = NAMED.find_iter(part).filter(|found| {
        let (before, after) = (&part[..found.start()], &part[found.end()..]);
        let is_object = BEFORE_OBJECT.is_match(before) || BEFORE_INFINITIVE.is_match(before);
        !is_object && !BEFORE_NOUN.is_match(after)
    });
    found.map(|found| side(found.as_str()))
}

/// Who makes what a part of a sentence is about.
fn of_thing(part: &str) -> Option<Subject> {
    if let Some(made) = MAKER.find(part) {
        return NAMED
            .find(&part[made.end()..])
            .map(|found| side(found.as_str()));
    }
    match (MADE_BY_SERVER.is_match(part), MADE_BY_CLIENT.is_match(part)) {
        (true, false) => Some(Subject::Server),
        (false, true) => Some(Subject::Client),
        (true, true) | (false, false) => None,
    }
}

/// Whom the sentence is about up to there, and else the sections around it.
fn around(before: &str, titles: &str) -> Subject {
    let named = nearest(before).filter(|subject| *subject != Subject::Both);
    named.or_else(|| of_titles(titles)).unwrap_or(Subject::Both)
}

/// Whom a section is about: `Server Rules`.
fn of_titles(titles: &str) -> Option<Subject> {
    let named = |title: &str| {
        NAMED
            .find_iter(title)
            .last()
            .map(|found| side(found.as_str()))
    };
    titles.rsplit(" / ").find_map(named)
}

fn side(word: &str) -> Subject {
    match (SERVER.is_match(word), CLIENT.is_match(word)) {
        (true, _) => Subject::Server,
        (false, true) => Subject::Client,
        (false, false) => Subject::Both,
    }
}

fn whole(words: &[&str]) -> Regex {
    pattern(&format!("(?i)^(?:{})$", words.join("|")))
}

#[cfg(test)]
mod tests {
    use super::super::keyword::strictest;
    use super::*;

    #[track_caller]
    fn assert_about(expected: Subject, titles: &str, sentences: &[&str]) {
        for sentence in sentences {
            let keyword = strictest(sentence).unwrap();
            assert_eq!(subject(sentence, keyword, titles), expected, "{sentence}");
        }
    }

    #[test]
    fn who_is_named_before_the_key_word_has_to_do_it() {
        assert_about(
            Subject::Server,
            "",
            &[
                "The lamp service MUST shine.",
                "If a client asks, the server MUST answer.",
                "A server that receives a lamp MUST light it.",
                "A MUC implementation MUST shine.",
                "The receiving entity MAY shine and MUST NOT smoke.",
                "If the server has no oil, it MUST say so.",
            ],
        );
        assert_about(
            Subject::Client,
            "",
            &[
                "The client MUST ask.",
                "If the server is silent, the initiating entity SHOULD wait.",
                "A client MAY ask the server, and it SHOULD wait.",
                "When the client receives light from the server, it MUST NOT blink.",
            ],
        );
        assert_about(
            Subject::Both,
            "",
            &[
                "An entity MUST shine.",
                "The 'oil' attribute MUST NOT be empty.",
            ],
        );
    }

    #[test]
    fn who_does_it_to_someone_has_to_do_it() {
        assert_about(
            Subject::Server,
            "",
            &[
                "A moderator MUST NOT be allowed to smoke.",
                "The lamp MUST be lit by the server.",
                "The light sent by the room MUST be bright.",
                "The result MUST contain a lamp.",
            ],
        );
        assert_about(
            Subject::Client,
            "",
            &[
                "It is OPTIONAL for a client to shine.",
                "The request MUST contain a lamp.",
            ],
        );
    }

    #[test]
    fn else_it_is_whom_the_section_is_about() {
        assert_about(
            Subject::Server,
            "Lamps / Rules of Servers",
            &["Lamps MUST shine."],
        );
        assert_about(
            Subject::Client,
            "Client Rules / Lamps",
            &["Lamps MUST shine."],
        );
    }

    #[test]
    fn a_row_says_whose_part_it_is() {
        assert_about(
            Subject::Server,
            "",
            &["Feature: a | Roles: Client N/A, Server MUST"],
        );
        assert_about(
            Subject::Client,
            "",
            &["Feature: a | Roles: Client MUST, Server N/A"],
        );
        assert_about(
            Subject::Both,
            "",
            &[
                "Feature: a | Roles: Client MUST, Server MUST",
                "Owner | REQUIRED",
            ],
        );
    }
}
