//! What can be wrong with a script.
//!
//! Each kind has its message here, once, with the words for the caret and the advice. This module must not
//! know how errors are drawn, nor how they are found.

use thiserror::Error;

use super::departure::NoDeparture;
use super::phrase::{BlockShape, PHRASES, Phrase};
use super::property::{BadValue, PropertyKey};
use super::requirement;
use super::role::{ROLES, Role};
use super::suggest::closest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::expression::Narrowing;
use crate::source::Span;

/// A mistake of the script's author, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct ScriptError {
    /// What is wrong.
    pub kind: ScriptErrorKind,
    /// Where.
    pub span: Span,
}

/// The kinds of mistake.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the message of each kind says what it is, and the fields are what it names"
)]
pub enum ScriptErrorKind {
    // Lines of the head and the cast.
    #[error("the curtain is missing")]
    MissingCurtain,
    #[error("this line is neither a comment nor an actor")]
    StrayLine,
    #[error("an actor's class must stand in brackets")]
    UnclosedClass,
    #[error("unknown class `{found}`")]
    UnknownClass { found: String },
    #[error("an actor needs a name")]
    MissingActorName,
    #[error("there are two actors of the name `{name}`")]
    DuplicateActor { name: String, first: Span },
    #[error("this line is indented, but there is no actor above it")]
    PropertyWithoutActor,
    #[error("a property is written `key: value`")]
    MalformedProperty,
    #[error("unknown property `{found}`")]
    UnknownProperty { found: String, role: &'static Role },
    #[error("a {class} has no property `{}`", key.keyword, class = role.keyword)]
    MisplacedProperty {
        key: &'static PropertyKey,
        role: &'static Role,
    },
    #[error("the property `{}` is given twice", key.keyword)]
    DuplicateProperty {
        key: &'static PropertyKey,
        first: Span,
    },

    // Lines of the story.
    #[error("an actor cannot enter after the curtain")]
    LateActor,
    #[error("unknown actor `{found}`")]
    UnknownActor {
        found: String,
        suggestion: Option<String>,
    },
    #[error("unknown verb `{found}`")]
    UnknownVerb { found: String },
    #[error("this line is not an action")]
    NoAction,
    #[error("nothing may follow `{verb}` on its line")]
    TextAfterVerb { verb: &'static Phrase },
    #[error("a stanza cannot stand on the line of its action")]
    StanzaOnActionLine,
    #[error("`{verb}` needs a stanza")]
    MissingBlock { verb: &'static Phrase },
    #[error("`{verb}` takes no block")]
    UnexpectedBlock { verb: &'static Phrase },
    #[error("this text is indented, but there is no action above it")]
    OrphanBlock,
    #[error("a stanza must be indented")]
    UnindentedBlock,

    // Elements.
    #[error("text outside of an element")]
    TextOutside,
    #[error("`<{name}>` is never closed")]
    UnclosedElement { name: String, end: UnclosedBy },
    #[error("`</{found}>` closes `<{open}>`")]
    MismatchedEndTag {
        found: String,
        open: String,
        start: Span,
    },
    #[error("`</{found}>` closes nothing")]
    UnmatchedEndTag { found: String },
    #[error("elements are nested more than {limit} deep")]
    TooDeep { limit: usize },
    #[error("this tag lacks its `>`")]
    UnclosedTag,
    #[error("this comment is never closed")]
    UnclosedComment,
    #[error("a comment cannot hold `--`")]
    DashesInComment,
    #[error("this CDATA section is never closed")]
    UnclosedCdata,
    #[error("processing instructions are not allowed in XMPP")]
    Instruction,
    #[error("document types are not allowed in XMPP")]
    Doctype,
    #[error("`<` begins no tag here")]
    StrayLessThan,
    #[error("`{found}` is not a name")]
    BadName { found: String },
    #[error("the prefix `{prefix}` is not declared")]
    UndeclaredPrefix { prefix: String },
    #[error("the prefix `{prefix}` cannot be declared as this")]
    BadDeclaration { prefix: String },
    #[error("a namespace must be plain text")]
    VariableNamespace,

    // Attributes and values.
    #[error("the attribute `{name}` is given twice")]
    DuplicateAttribute { name: String, first: Span },
    #[error("the attribute `{name}` has no value")]
    MissingValue { name: String },
    #[error("the value of `{name}` must stand in quotes")]
    MissingQuotes { name: String },
    #[error("this quote is never closed")]
    UnclosedQuote,
    #[error("`{found}` is not an attribute")]
    StrayInTag { found: String },
    #[error("there must be a blank between attributes")]
    MissingBlank,
    #[error("`<` cannot stand in an attribute")]
    LessThanInAttribute,
    #[error("`&` begins no reference here")]
    StrayAmpersand,
    #[error("unknown entity `{found}`")]
    UnknownEntity { found: String },
    #[error("`{found}` is not a character of XML")]
    BadReference { found: String },
    #[error("the character U+{:04X} is not allowed in XML", *found as u32)]
    BadCharacter { found: char },

    // Variables and wildcards.
    #[error("this variable is never closed")]
    UnclosedVariable,
    #[error("`${{{found}}}` is not a variable")]
    BadVariable { found: String },
    #[error("`$<` begins no wildcard here")]
    StrayWildcard,
    #[error("this regular expression is never closed")]
    UnclosedRegex,
    #[error("unknown kind of wildcard `{found}`")]
    UnknownWildcardKind { found: String },
    #[error("this regular expression is not valid")]
    BadRegex { reason: String },

    // What begins with `scansion`.
    #[error("unknown directive `{{scansion:{found}}}`")]
    UnknownDirective { found: String },
    #[error("this directive is never closed")]
    UnclosedDirective,
    #[error("`{written}` is taken literally here")]
    DirectiveWithinValue { written: String },
    #[error("`{written}` is taken literally in `sends`")]
    DirectiveInSends { written: String },
    #[error("unknown attribute `scansion:{found}`")]
    UnknownScansionAttribute { found: String },
    #[error("`{found}` is not a value of `scansion:{attribute}`")]
    BadScansionValue {
        attribute: &'static str,
        found: String,
    },
    #[error("`scansion:{attribute}` has no meaning in `sends`")]
    ScansionAttributeInSends { attribute: String },
    #[error("unknown element `<scansion:{found}>`")]
    UnknownScansionElement { found: String },
    #[error("`<scansion:any/>` must be empty and without attributes")]
    AnyNotEmpty,
    #[error("`<scansion:any/>` cannot be sent")]
    AnyInSends,

    // The meaning of the head and the cast.
    #[error("`{found}` is not a value of the tag `{key}`")]
    UnknownTagValue {
        key: &'static str,
        found: String,
        known: &'static [&'static str],
    },
    #[error("the tag `{key}` needs a value")]
    TagWithoutValue {
        key: &'static str,
        known: &'static [&'static str],
    },
    #[error("`{found}` is not a requirement")]
    BadRequirement { found: String },
    /// Behind `as` there is something else than one name.
    #[error("the name of a service is one word behind `as`")]
    BadServiceName,
    #[error("a service cannot be called `{name}`")]
    TakenServiceName { name: String },
    #[error("only a service gets a name, and one that is to be there")]
    NamelessRequirement,
    #[error("`{found}` is what only some servers call this service")]
    LiteralService {
        found: String,
        requirement: String,
        name: Option<String>,
    },
    #[error("{problem}")]
    BadDeparture { problem: NoDeparture },
    #[error("nobody in this cast can ask whether this is met")]
    NobodyToAsk,
    #[error("the tag `{key}` takes no value")]
    TagWithValue { key: &'static str },
    #[error("an actor needs a `jid`")]
    MissingJid,
    #[error("{0}")]
    BadValue(BadValue),
    #[error("a client with a password needs a JID with a localpart")]
    MissingLocalpart,
    #[error("the JID of a component must be a domain")]
    NoDomain,
    #[error("a component needs a `secret`")]
    MissingSecret,
    /// A client has a certificate, and no key for it.
    #[error("the actor has a certificate and no `key:` for it")]
    MissingKey,
    /// A client has a key, and no certificate.
    #[error("the actor has a key and no `certificate:` for it")]
    MissingCertificate,
    #[error("`{jid}` has another password than the one that `{other}` gives it")]
    OtherPassword {
        jid: String,
        other: String,
        first: Span,
    },

    // The meaning of the story.
    #[error("nothing happens in this script")]
    EmptyStory,
    #[error("this script can never fail")]
    NothingExpected,
    #[error("`{name}` never appears in the story")]
    UnusedActor { name: String },
    #[error("`{name}` has not connected")]
    NeverConnected { name: String },
    #[error("`{name}` is connected already")]
    AlreadyConnected { name: String },
    #[error("`{name}` sends, but has disconnected")]
    SendsWhileGone { name: String },
    #[error("`{name}` receives, but has disconnected")]
    ReceivesWhileGone { name: String },
    #[error("`{jid}` is connected already, as `{other}`")]
    SameFullJid {
        jid: String,
        other: String,
        first: Span,
    },
    #[error("the variable `{found}` has no value here")]
    UndefinedVariable {
        found: String,
        suggestion: Option<String>,
    },
    #[error("`{name}` is the name of a service, and cannot be captured")]
    CapturedService { name: String, first: Span },
    #[error("unknown actor `{found}`")]
    UnknownActorInVariable {
        found: String,
        suggestion: Option<String>,
    },
    #[error("`{found}` has no value before stream management is enabled")]
    CountTooEarly { found: String },
    #[error("`{name}` has no full JID before connecting")]
    FullJidTooEarly { name: String },
    #[error("the wildcard `{found}` has no value to send")]
    UnboundWildcard {
        found: String,
        suggestion: Option<String>,
    },
    #[error("a wildcard without a name cannot be sent")]
    NamelessWildcardInSends,

    #[error("too many errors")]
    TooMany,
}

/// Why an element without an end tag had to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnclosedBy {
    /// The block ended here.
    Block(Span),
    /// An element around it ended here.
    Parent(Span),
}

impl ScriptErrorKind {
    /// The error of this kind at a place.
    pub fn at(self, span: Span) -> ScriptError {
        ScriptError { kind: self, span }
    }

    /// How grave it is.
    pub fn severity(&self) -> Severity {
        use ScriptErrorKind as Kind;
        match self {
            Kind::DirectiveInSends { .. }
            | Kind::DirectiveWithinValue { .. }
            | Kind::ScansionAttributeInSends { .. }
            | Kind::EmptyStory
            | Kind::NothingExpected
            | Kind::UnusedActor { .. }
            | Kind::AlreadyConnected { .. }
            | Kind::LiteralService { .. }
            | Kind::SendsWhileGone { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// A few words for the caret.
    pub fn label(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        let words = match self {
            Kind::MissingCurtain => "expected here",
            Kind::MissingBlock { .. } => "expected an indented stanza under this line",
            Kind::UnclosedElement { .. } => "opened here",
            Kind::DuplicateActor { .. }
            | Kind::DuplicateProperty { .. }
            | Kind::DuplicateAttribute { .. } => "again here",
            Kind::BadRegex { reason } => return Some(reason.clone()),
            Kind::BadValue(bad) => return bad.label.clone(),
            _ => return None,
        };
        Some(words.to_owned())
    }

    /// Other places that have to do with it.
    pub fn related(&self) -> Vec<(Span, String)> {
        use ScriptErrorKind as Kind;
        match self {
            Kind::DuplicateActor { first, .. }
            | Kind::DuplicateProperty { first, .. }
            | Kind::DuplicateAttribute { first, .. } => vec![(*first, "first given here".into())],
            Kind::MismatchedEndTag { open, start, .. } => {
                vec![(*start, format!("`<{open}>` is opened here"))]
            }
            Kind::UnclosedElement { end, .. } => vec![end.related()],
            Kind::SameFullJid { other, first, .. } => {
                vec![(*first, format!("`{other}` connects here"))]
            }
            Kind::OtherPassword { first, .. } => vec![(*first, "the same account".into())],
            Kind::CapturedService { first, .. } => vec![(*first, "named here".into())],
            _ => Vec::new(),
        }
    }

    /// What to try.
    pub fn help(&self) -> Option<String> {
        self.help_on_lines()
            .or_else(|| self.help_on_elements())
            .or_else(|| self.help_on_values())
            .or_else(|| self.help_on_scansion())
            .or_else(|| self.help_on_cast())
            .or_else(|| self.help_on_story())
    }

    fn help_on_lines(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        Some(match self {
            Kind::MissingCurtain => {
                "put a line of three or more dashes between the cast and the story".into()
            }
            Kind::StrayLine => {
                "an actor is written `[Client] NAME`; the story begins after the curtain, a line of dashes"
                    .into()
            }
            Kind::UnclosedClass => "write `[Client] NAME`".into(),
            Kind::UnknownClass { found } => known_classes(found),
            Kind::MissingActorName => "write the name after the bracket: `[Client] Romeo`".into(),
            Kind::PropertyWithoutActor => "properties stand under an actor, as in `[Client] Romeo`".into(),
            Kind::UnknownProperty { found, role } => known_properties(found, role),
            Kind::MisplacedProperty { key, role } => known_properties(key.keyword, role),
            Kind::LateActor => "move the actor, with its properties, above the line of dashes".into(),
            Kind::UnknownActor { found, suggestion } => unknown_actor(found, suggestion.as_deref()),
            Kind::UnknownVerb { found } => known(found, "verbs", &PHRASES.map(|phrase| phrase.words)),
            Kind::NoAction => "an action is the name of an actor and a verb: `Romeo connects`".into(),
            Kind::TextAfterVerb { verb } => text_after_verb(verb),
            Kind::StanzaOnActionLine => "put the stanza on the next line, indented".into(),
            Kind::MissingBlock { verb } => return missing_block(verb),
            Kind::UnexpectedBlock { .. } => "remove it, or put `sends:` or `receives:` above it".into(),
            Kind::OrphanBlock => "a block stands under an action, such as `Romeo sends:`".into(),
            Kind::UnindentedBlock => "begin each line of the block with a tab or a blank".into(),
            _ => return None,
        })
    }

    fn help_on_elements(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        Some(match self {
            Kind::TextOutside => {
                "a block holds elements, such as `<presence/>`, and comment lines".into()
            }
            Kind::UnclosedElement { name, .. } => {
                format!("write `</{name}>`, or `<{name}/>` if it is empty")
            }
            Kind::MismatchedEndTag { open, .. } => format!("write `</{open}>`"),
            Kind::UnmatchedEndTag { .. } => "remove it, or write the start tag".into(),
            Kind::UnclosedTag => "write `>`, or `/>` for an empty element".into(),
            Kind::UnclosedComment => "write `-->` where it ends".into(),
            Kind::DashesInComment => "use other characters than two dashes in a row".into(),
            Kind::UnclosedCdata => "write `]]>` where it ends".into(),
            Kind::Instruction | Kind::Doctype => "remove it (RFC 6120, section 11.1)".into(),
            Kind::StrayLessThan => "write `&lt;` for the character".into(),
            Kind::BadName { .. } => {
                "a name begins with a letter, and has at most one colon, within it".into()
            }
            Kind::UndeclaredPrefix { prefix } => {
                format!("declare it on this element: `xmlns:{prefix}=\"…\"`")
            }
            Kind::BadDeclaration { .. } => "use another prefix, or another namespace".into(),
            Kind::VariableNamespace => "write the namespace without variables and wildcards".into(),
            _ => return None,
        })
    }

    fn help_on_values(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        Some(match self {
            Kind::MissingValue { name } => format!("write `{name}=\"…\"`"),
            Kind::MissingQuotes { .. } => "write `\"` before and after it".into(),
            Kind::UnclosedQuote => "write the same quote where the value ends".into(),
            Kind::StrayInTag { .. } => "an attribute is written `name=\"value\"`".into(),
            Kind::LessThanInAttribute => {
                "write `&lt;` for the character; or is the quote missing at the end of the value?"
                    .into()
            }
            Kind::StrayAmpersand => "write `&amp;` for the character".into(),
            Kind::UnknownEntity { .. } => {
                "known are `&lt;`, `&gt;`, `&amp;`, `&quot;` and `&apos;`".into()
            }
            Kind::BadReference { .. } => {
                "write the number of a character: `&#36;` or `&#x24;`".into()
            }
            Kind::UnclosedVariable => {
                "write `}` where it ends, or `&#36;{` for the characters".into()
            }
            Kind::BadVariable { .. } => {
                "known are `${NAME's full JID}`, `${NAME's JID}`, `${NAME's sent count}`, \
                 `${NAME's received count}`, `${domain}`, `${unique}`, and `${x}` for a captured value or a service"
                    .into()
            }
            Kind::StrayWildcard => "write `$<name>`, or `&#36;&lt;` for the characters".into(),
            Kind::UnclosedRegex => {
                "write it as `$<name:/expression/>`, with `\\/` for a slash within it".into()
            }
            Kind::UnknownWildcardKind { found } => known_narrowings(found),
            _ => return None,
        })
    }

    fn help_on_scansion(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        Some(match self {
            Kind::UnknownDirective { found } => unknown_directive(found),
            Kind::UnclosedDirective => "write `}` where it ends".into(),
            Kind::DirectiveWithinValue { .. } => {
                "it stands only for a whole value; use `$<_>` inside a longer one".into()
            }
            Kind::DirectiveInSends { .. } => "use `${x}` to send a captured value".into(),
            Kind::UnknownScansionAttribute { found } => {
                known(found, "attributes", &["strict", "order"])
            }
            Kind::BadScansionValue { attribute, found } => {
                known(found, "values", scansion_values(attribute))
            }
            Kind::ScansionAttributeInSends { .. } => "it is left out; remove it".into(),
            Kind::UnknownScansionElement { found } => known(found, "elements", &["any"]),
            Kind::AnyNotEmpty => "it stands for exactly one element, whatever it is".into(),
            Kind::AnyInSends => "write the element that is to be sent".into(),
            Kind::TooMany => "the rest is not shown; correct these first".into(),
            _ => return None,
        })
    }

    fn help_on_cast(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        Some(match self {
            Kind::UnknownTagValue {
                found,
                known: words,
                ..
            } => known(found, "values", words),
            Kind::TagWithoutValue { known: words, .. } => known("", "values", words),
            Kind::BadRequirement { .. } => {
                "write `FEATURE`, `server FEATURE`, `account FEATURE`, `stream NAMESPACE`, `sasl MECHANISM`, \
                 `answer NAMESPACE`, or `CATEGORY/TYPE` with or without a feature and `as NAME`; `not` before \
                 it demands the contrary"
                    .into()
            }
            Kind::BadServiceName => {
                "write letters, digits, `_`, `-` and `.`, as in `conference/text as rooms`".into()
            }
            Kind::TakenServiceName { name } => {
                format!("`${{{name}}}` has a value in every script; take another name")
            }
            Kind::NamelessRequirement => {
                "`as` stands behind `CATEGORY/TYPE`, with or without a feature".into()
            }
            Kind::LiteralService { requirement, name, .. } => match name {
                Some(name) => format!("write `${{{name}}}`, which is its JID on each server"),
                None => format!(
                    "name it in the head, `## requires: {requirement} as NAME`, and write `${{NAME}}`"
                ),
            },
            Kind::BadDeparture {
                problem: NoDeparture::Versions(_),
            } => "write `23.01`, `23.01..24.12`, `..24.12` or `26.07..`, or nothing for all of them".into(),
            Kind::BadDeparture {
                problem: NoDeparture::Server | NoDeparture::What,
            } => {
                "write `## departs: SERVER VERSIONS: what it does, and which section says otherwise`; without versions \
                 it is all of them"
                    .into()
            }
            Kind::NobodyToAsk => "requirements need a `[Client]`".into(),
            Kind::TagWithValue { key } => format!("write `## {key}`"),
            Kind::MissingJid => "write it on an indented line: `jid: romeo@localhost`".into(),
            Kind::BadValue(bad) => bad.help?.into(),
            Kind::MissingLocalpart => {
                "write `romeo@…`; or leave out the password to log in anonymously".into()
            }
            Kind::OtherPassword { .. } => {
                "write the same `password:`; or if they are on different servers, where by `connect_host:`".into()
            }
            Kind::NoDomain => "write it without a localpart and a resource".into(),
            Kind::MissingSecret => "write it on an indented line: `secret: …`".into(),
            _ => return None,
        })
    }

    fn help_on_story(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        Some(match self {
            Kind::EmptyStory => "write actions under the curtain, such as `Romeo connects`".into(),
            Kind::NothingExpected => "say what an actor `receives`".into(),
            Kind::UnusedActor { .. } => "remove the actor, or let it act".into(),
            Kind::NeverConnected { name } => format!("write `{name} connects` above"),
            Kind::AlreadyConnected { name } => format!("write `{name} disconnects` above, or remove this line"),
            Kind::SendsWhileGone { name } => {
                format!("nothing is sent; write `{name} connects` above, or remove this action")
            }
            Kind::ReceivesWhileGone { name } => format!("write `{name} connects` above"),
            Kind::SameFullJid { .. } => {
                "give one of them another `resource`; or allow it with the tag `## allow: same-full-jid`".into()
            }
            Kind::UndefinedVariable { found, suggestion } => match suggestion {
                Some(name) => format!("did you mean `${{{name}}}`?"),
                None => no_value(found),
            },
            Kind::CapturedService { name, .. } => {
                format!("write `${{{name}}}` for its JID, or give one of them another name")
            }
            Kind::UnknownActorInVariable { found, suggestion } => {
                unknown_actor(found, suggestion.as_deref())
            }
            Kind::CountTooEarly { .. } => {
                "let the actor send `<enable xmlns=\"urn:xmpp:sm:3\"/>` above (XEP-0198)".into()
            }
            Kind::FullJidTooEarly { name } => {
                format!("write `{name} connects` above, or give a `resource` to the actor")
            }
            Kind::UnboundWildcard { found, suggestion } => match suggestion {
                Some(name) => format!("did you mean `$<{name}>`?"),
                None => format!("capture it in an earlier `receives`: `$<{found}>`"),
            },
            Kind::NamelessWildcardInSends => "use the name of a captured value: `$<x>`".into(),
            _ => return None,
        })
    }
}

/// The values that an attribute of the prefix `scansion` can have.
pub(super) fn scansion_values(attribute: &str) -> &'static [&'static str] {
    match attribute {
        "strict" => &["true", "false"],
        _ => &["any"],
    }
}

fn known_classes(found: &str) -> String {
    let keywords: Vec<_> = ROLES.iter().map(|role| role.keyword).collect();
    known(found, "classes", &keywords)
}

fn known_properties(found: &str, role: &Role) -> String {
    let keys: Vec<_> = role.properties.iter().map(|key| key.keyword).collect();
    known(found, "properties", &keys)
}

fn known_narrowings(found: &str) -> String {
    let named = Narrowing::NAMED.iter().map(Narrowing::word);
    let words: Vec<_> = named.chain([Narrowing::EXPRESSION]).collect();
    known(found, "kinds", &words)
}

fn known(found: &str, what: &str, words: &[&str]) -> String {
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

fn unknown_actor(found: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("declare it above the curtain: `[Client] {found}`"),
    }
}

fn no_value(found: &str) -> String {
    let captured = format!("capture it in an earlier `receives`: `$<{found}>`");
    match found {
        requirement::DOMAIN => format!("{captured}; without a `[Client]` there is no domain"),
        _ => format!(
            "{captured}; or if it is a service, name it in the head: `## requires: CATEGORY/TYPE as {found}`"
        ),
    }
}

fn unknown_directive(found: &str) -> String {
    let word = found.split(':').next().unwrap_or_default();
    match closest(word, ["any", "capture"].into_iter()) {
        Some("capture") => "did you mean `{scansion:capture:NAME}`?".into(),
        Some(_) => "did you mean `{scansion:any}`?".into(),
        None => "known are `{scansion:any}` and `{scansion:capture:NAME}`".into(),
    }
}

fn text_after_verb(verb: &Phrase) -> String {
    match verb.block {
        BlockShape::None { .. } => "remove it".into(),
        BlockShape::Stanzas { .. } => "a stanza stands on the next line, indented".into(),
    }
}

fn missing_block(verb: &Phrase) -> Option<String> {
    match verb.block {
        BlockShape::None { .. } => None,
        BlockShape::Stanzas { if_missing, .. } => Some(if_missing.into()),
    }
}

impl UnclosedBy {
    fn related(self) -> (Span, String) {
        match self {
            UnclosedBy::Block(span) => (span, "the block ends here".into()),
            UnclosedBy::Parent(span) => (span, "the element around it ends here".into()),
        }
    }
}

impl ScriptError {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

impl From<&ScriptError> for Diagnostic {
    fn from(error: &ScriptError) -> Self {
        Diagnostic {
            severity: error.severity(),
            message: error.kind.to_string(),
            primary: (error.span, error.kind.label()),
            secondary: error.kind.related(),
            help: error.kind.help(),
            notes: Vec::new(),
        }
    }
}
