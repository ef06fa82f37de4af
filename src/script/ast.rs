//! The script as it was written: a head, a cast and a story.
//!
//! Plain data. The tree keeps what the author wrote, comments included, with a [`Span`] on everything,
//! and gives namespaces already resolved. It must not know of servers, nor of how anything is run or
//! compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;

use super::annotation;
use super::choice::{Choice, Scene, alternative_of, scenes};
use super::clause::{Clause, DocumentId, is_claim};
use super::excuse::Excuse;
use super::lapse::Lapse;
use super::part::Parts;
use super::phrase::Number;
use super::property::{Holds, PropertyKey};
use super::role::Role;
use super::table::Table;
pub use super::variable::Variable;
use super::verb::{Footer, FooterForm, Verb};
use super::visit::taken_pieces;
use crate::case::CaseId;
use crate::escape::WHITE_SPACE;
use crate::expression::{BadNarrowing, Narrowing};
use crate::ns;
use crate::source::{SourceFile, Span, Spanned};
use crate::times::Times;

/// A whole play.
#[derive(Debug, Clone)]
pub struct Script {
    /// What it is called.
    pub case: CaseId,
    /// The text that this was read from.
    pub source: Arc<SourceFile>,
    /// Title, description and tags.
    pub head: Head,
    /// The table of which each row is a play, which all plays share.
    pub table: Option<Arc<Table>>,
    /// In a play, the cells that stand behind `not`, by the names of their columns.
    pub constants: BTreeMap<String, String>,
    /// The actors, in the order of their declarations.
    pub cast: Vec<Actor>,
    /// What happens, in the order of the text; the steps of alternatives and of all parts are among them. It is most of
    /// a script, and shared with the plays in which it is as it is written.
    pub story: Arc<Vec<Action>>,
    /// Which of these are alternatives, in the order of the text.
    pub choices: Vec<Choice>,
    /// Which of these prepare what is tested, and which clear away.
    pub parts: Parts,
    /// The script that its prologue is taken from, if it is taken from one and that was read.
    pub lender: Option<Arc<Script>>,
    /// Comments after the last action.
    pub afterword: Vec<Comment>,
}

impl Script {
    /// The title, or the file's name without folder and ending where the script has none.
    pub fn title(&self) -> &str {
        match &self.head.title {
            Some(title) => &title.text,
            None => self.source.stem(),
        }
    }

    /// The parts of the story, in order.
    pub fn scenes(&self) -> impl Iterator<Item = Scene<'_>> {
        scenes(&self.choices, self.story.len())
    }

    /// The names of the values that the story captures; the wildcards of a rule are its own, and no values of it.
    pub fn captured(&self) -> BTreeSet<&str> {
        captured(&self.story)
    }

    /// The heads that say what is required of a server: its own, and that of the script that its prologue is from.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        let lender = self.lender.iter();
        std::iter::once(&self.head).chain(lender.map(|lender| &lender.head))
    }

    /// The head whose tags hold at a place.
    pub fn head_at(&self, place: usize) -> &Head {
        let lender = self.lender.as_ref();
        let lender = lender.filter(|_| self.source.other_file(place).is_some());
        lender.map_or(&self.head, |lender| &lender.head)
    }

    /// Whether a step stands in an `Either`.
    pub fn is_alternative(&self, step: usize) -> bool {
        alternative_of(&self.choices, step).is_some()
    }

    /// The actor of a name.
    pub fn actor(&self, name: &ActorName) -> Option<&Actor> {
        self.cast.iter().find(|actor| actor.name.value == *name)
    }
}

/// The names of the values that actions capture.
pub(super) fn captured(story: &[Action]) -> BTreeSet<&str> {
    taken_pieces(story).filter_map(Piece::captured).collect()
}

/// What stands above the cast.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The first comment.
    pub title: Option<Comment>,
    /// The other comments, a line each.
    pub description: Vec<Comment>,
    /// Comments of the form `## key` or `## key: value`.
    pub tags: Vec<Tag>,
}

impl Head {
    /// The values of a tag, in order; a tag without a value gives an empty one.
    pub fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.tags
            .iter()
            .filter(move |tag| tag.key == key)
            .map(|tag| tag.value.as_deref().unwrap_or_default())
    }

    /// The clauses that the whole script claims to test.
    pub fn clauses(&self) -> impl Iterator<Item = Spanned<Clause>> {
        let tags = self.tags.iter();
        tags.filter_map(|tag| Some(Spanned::new(tag.to_string().parse().ok()?, tag.span)))
    }

    /// The document that it is about: the first one that a tag names.
    pub fn document(&self) -> Option<DocumentId> {
        let mut tags = self.tags.iter();
        tags.find_map(|tag| DocumentId::of_tag(&tag.key, tag.value.as_deref()?))
    }
}

/// One comment line, without its mark and the blanks around the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The text.
    pub text: String,
    /// The line, mark included.
    pub span: Span,
}

impl Comment {
    /// The texts of some lines.
    pub(crate) fn texts(comments: &[Self]) -> Vec<String> {
        let texts = comments.iter().map(|comment| comment.text.clone());
        texts.collect()
    }
}

/// A tag: `## slow` or `## xep: 0313`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What stands before the colon.
    pub key: String,
    /// What stands after it.
    pub value: Option<String>,
    /// The line.
    pub span: Span,
}

impl Tag {
    /// Whether it claims a clause for the whole script.
    pub fn is_claim(&self) -> bool {
        is_claim(&self.key)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}: {value}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

/// The name of an actor, such as `Juliet's phone`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorName(pub Arc<str>);

impl ActorName {
    /// The name of these characters.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ActorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A member of the cast.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Comments between the previous declaration and this one.
    pub comments: Vec<Comment>,
    /// What kind of actor it is.
    pub role: Spanned<&'static Role>,
    /// What the story calls the actor.
    pub name: Spanned<ActorName>,
    /// The indented lines.
    pub properties: Vec<Property>,
}

impl Actor {
    /// The value of a property, the last one where it is given twice.
    pub fn property(&self, key: &PropertyKey) -> Option<&Spanned<String>> {
        self.properties
            .iter()
            .rev()
            .find(|property| property.key.value == key)
            .map(|property| &property.value)
    }
}

/// One `key: value` line of an actor.
#[derive(Clone)]
pub struct Property {
    /// The key.
    pub key: Spanned<&'static PropertyKey>,
    /// The value, without blanks around it.
    pub value: Spanned<String>,
}

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: &dyn fmt::Debug = match self.key.value.holds {
            Holds::Secret => &"[hidden]",
            Holds::Name | Holds::Url | Holds::Setting => &self.value,
        };
        f.debug_struct("Property")
            .field("key", &self.key)
            .field("value", value)
            .finish()
    }
}

/// A line of the story, with its block.
#[derive(Debug, Clone)]
pub struct Action {
    /// Comments above the line.
    pub comments: Vec<Comment>,
    /// The actor.
    pub actor: Spanned<ActorName>,
    /// The others that the line names; none in a play, where each has an action of its own.
    pub others: Vec<Spanned<ActorName>>,
    /// What the actor does.
    pub verb: Verb<Stanza, Stanza>,
    /// How many actors the verb is worded for.
    pub number: Number,
    /// How long it waits, if the line says so.
    pub within: Option<Lapse>,
    /// The line of the action, without the block and the blanks at its end. In a play, the actions of one line stand
    /// next to each other.
    pub span: Span,
}

impl Action {
    /// The clauses that the step claims to test.
    pub fn clauses(&self) -> impl Iterator<Item = Spanned<Clause>> {
        let comments = self.comments.iter();
        comments.filter_map(|comment| Some(Spanned::new(comment.text.parse().ok()?, comment.span)))
    }

    /// The faults that the step need not notice.
    pub fn excuses(&self) -> impl Iterator<Item = Spanned<Excuse>> {
        let comments = self.comments.iter();
        comments.filter_map(|comment| Some(Spanned::new(comment.text.parse().ok()?, comment.span)))
    }

    /// All actors that the line names, in its order.
    pub fn actors(&self) -> impl Iterator<Item = &Spanned<ActorName>> {
        [&self.actor].into_iter().chain(&self.others)
    }

    /// What the action says by itself, if it is only a part of a line, which names several actors.
    pub(crate) fn said(&self) -> Option<String> {
        let is_part = self.number == Number::Plural;
        is_part.then(|| {
            let words = self.verb.worded(Number::Singular, self.within);
            format!("{} {words}", self.actor.value)
        })
    }
}

/// One top-level element of a block, or the header or the end of a stream; or a text that need not be XML.
#[derive(Debug, Clone)]
pub struct Stanza {
    /// The element; that of a stream has no children, and that of a text has no name. A header extends from the XML
    /// declaration before it.
    pub element: Element,
    /// How much of it is meant.
    pub part: Part,
    /// The parts of the element's text that are not for the wire: comments (RFC 6120 §11.1 forbids them
    /// there), comment lines, and everything under the prefix `scansion`. In order, not overlapping.
    pub omitted: Vec<Span>,
}

/// How much of an element stands for itself: of the one that is the whole stream, only its tags do (RFC 6120 §4.2,
/// §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The start tag: the header of a stream.
    Header,
    /// The end tag: the end of a stream.
    Footer,
    /// What stands in it, which need not be XML.
    Text,
}

impl Stanza {
    /// What stands before the tag of a header: an XML declaration, or nothing.
    pub(super) fn declaration(&self) -> Span {
        Span::new(self.element.extent.start, self.element.tag.start)
    }

    /// The end of a stream, if it is one.
    pub fn footer(&self) -> Option<Footer> {
        let is_close = self.element.is("close", ns::FRAMING);
        let form = match self.part {
            Part::Footer => FooterForm::EndTag,
            Part::Whole if is_close => FooterForm::Close,
            Part::Whole | Part::Header | Part::Text => return None,
        };
        Some(Footer {
            form,
            span: self.element.extent,
        })
    }
}

/// An element of a block.
#[derive(Debug, Clone)]
pub struct Element {
    /// Its name.
    pub name: Name,
    /// Its namespace declarations, in order, that of the prefix `scansion` left out.
    pub declarations: Vec<Declaration>,
    /// Its other attributes in order, those of the prefix `scansion` among them.
    pub attributes: Vec<Attribute>,
    /// The attributes that `scansion:absent` names.
    pub absent: Vec<Name>,
    /// What it contains.
    pub children: Vec<Node>,
    /// The start tag, from `<` to `>`.
    pub tag: Span,
    /// The whole element, from the start tag's `<` to the end tag's `>`.
    pub extent: Span,
}

impl Element {
    /// Whether this is `<scansion:any/>`.
    pub fn is_any(&self) -> bool {
        self.is_own(annotation::ANY)
    }

    /// Whether this is `<scansion:one-of>`.
    pub fn is_one_of(&self) -> bool {
        self.is_own(annotation::ONE_OF)
    }

    fn is_own(&self, local: &str) -> bool {
        self.is(local, ns::SCANSION)
    }

    /// Whether it has this name in this namespace.
    pub(crate) fn is(&self, local: &str, namespace: &str) -> bool {
        self.name.local == local && self.name.namespace.as_ref() == namespace
    }

    /// Whether it is the failure of a login by SASL (RFC 6120 §6.4.5, XEP-0388).
    pub(super) fn is_sasl_failure(&self) -> bool {
        let mut namespaces = [ns::SASL, ns::SASL_2].into_iter();
        namespaces.any(|namespace| self.is("failure", namespace))
    }

    /// Whether it is this element of stream management (XEP-0198), in either of its versions.
    pub(super) fn is_of_stream_management(&self, local: &str) -> bool {
        let mut namespaces = [ns::STREAM_MANAGEMENT, ns::OLD_STREAM_MANAGEMENT].into_iter();
        namespaces.any(|namespace| self.is(local, namespace))
    }

    /// How many siblings have to match, by `scansion:times`.
    pub fn times(&self) -> Option<Spanned<Times>> {
        let attribute = self.attribute(ns::SCANSION, annotation::TIMES)?;
        let times = attribute.value.literal()?.parse().ok()?;
        Some(Spanned::new(times, attribute.span))
    }

    /// Which siblings each have to match, by `scansion:each`: all of the name, or those that agree in an attribute of
    /// this element.
    pub fn each(&self) -> Option<Spanned<Option<&Name>>> {
        let attribute = self.attribute(ns::SCANSION, annotation::EACH)?;
        let written = attribute.value.literal()?;
        let mut own = self.attributes.iter().map(|own| &own.name);
        let agreeing = own.find(|own| own.is_written(written));
        let is_known = written == annotation::EVERY || agreeing.is_some();
        is_known.then(|| Spanned::new(agreeing, attribute.span))
    }

    /// Whether it says something of all its siblings, and is not expected for itself.
    pub fn is_constraint(&self) -> bool {
        let is_one = |name: &&str| self.attribute(ns::SCANSION, name).is_some();
        [annotation::TIMES, annotation::EACH].iter().any(is_one)
    }

    /// What an author says in it that cannot be told from a stanza that came, the first of these things: how many
    /// children there are, what each of them is, what is absent, and what else would do.
    pub(crate) fn judgement(&self) -> Option<&'static str> {
        let mut attributes = self.attributes.iter().map(|own| &own.name);
        let words = [
            (annotation::TIMES, "scansion:times"),
            (annotation::EACH, "scansion:each"),
            (annotation::ABSENT, "scansion:absent"),
        ];
        let own = attributes.find_map(|name| {
            let mut words = words
                .iter()
                .filter(|_| name.namespace.as_ref() == ns::SCANSION);
            words.find(|(word, _)| *word == name.local)
        });
        let one_of = self.is_one_of().then_some("scansion:one-of");
        let own = own.map(|(_, written)| *written).or(one_of);
        own.or_else(|| self.elements().find_map(Self::judgement))
    }

    /// The attribute of a namespace (empty: none) and name.
    pub fn attribute(&self, namespace: &str, local: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| {
            attribute.name.namespace.as_ref() == namespace && attribute.name.local == local
        })
    }

    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Comment(_) => None,
        })
    }
}

/// The name of an element or attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The prefix as written.
    pub prefix: Option<CompactString>,
    /// The local part.
    pub local: CompactString,
    /// The namespace; empty for an attribute without a prefix and under `xmlns=""`.
    pub namespace: Arc<str>,
    /// Prefix, colon and local part.
    pub span: Span,
}

impl Name {
    /// The name as written, with its prefix.
    pub fn written(&self) -> String {
        match &self.prefix {
            Some(prefix) => format!("{prefix}:{}", self.local),
            None => self.local.to_string(),
        }
    }

    /// Whether this is the name as written.
    pub(crate) fn is_written(&self, name: &str) -> bool {
        let local = match &self.prefix {
            Some(prefix) => name
                .strip_prefix(prefix.as_str())
                .and_then(|rest| rest.strip_prefix(':')),
            None => Some(name),
        };
        local == Some(self.local.as_str())
    }

    /// The column whose cells are the name, if it is one.
    pub fn column(&self) -> Option<&str> {
        self.local.strip_prefix("${")?.strip_suffix('}')
    }
}

/// `xmlns="…"` or `xmlns:prefix="…"`.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// The prefix, none for the default namespace.
    pub prefix: Option<CompactString>,
    /// The namespace; while there are columns in it, as it is written.
    pub uri: Arc<str>,
    /// What stands between the quotes, which may hold columns of the table.
    pub value: Value,
    /// The whole attribute.
    pub span: Span,
}

impl Declaration {
    /// The prefix, empty for the default namespace.
    pub(super) fn declared(&self) -> &str {
        self.prefix.as_deref().unwrap_or_default()
    }
}

/// An attribute that is not a namespace declaration.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// Its value; the span is what stands between the quotes.
    pub value: Value,
    /// The quotes around it, `"` or `'`.
    pub quote: char,
    /// Name and value.
    pub span: Span,
}

/// What an element can contain.
#[derive(Debug, Clone)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text or a CDATA section.
    Text(Text),
    /// A comment: `<!-- … -->`, or a line that begins with a comment mark.
    Comment(Span),
}

/// A run of text.
#[derive(Debug, Clone)]
pub struct Text {
    /// The characters.
    pub value: Value,
    /// Whether they stand in a CDATA section.
    pub kind: TextKind,
}

/// How a run of text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// As it is, with references for what would be markup.
    Plain,
    /// Between `<![CDATA[` and `]]>`; the span of the value is what stands between.
    Cdata,
}

/// The value of an attribute, or a run of text.
#[derive(Debug, Clone)]
pub struct Value {
    /// Its parts; two literals never follow each other.
    pub pieces: Vec<Piece>,
    /// Where it stands.
    pub span: Span,
    /// What cells of a table were filled in.
    pub filled: Filled,
}

/// What cells of a table have made of a value, which then is another one than the text has there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filled {
    /// There was none in it.
    #[default]
    No,
    /// All were empty.
    WithNothing,
    /// There were cells with a text, be it the empty one.
    WithText,
}

impl Value {
    /// Whether cells were filled in.
    pub fn is_filled(&self) -> bool {
        self.filled > Filled::No
    }

    /// The text, where nothing in it waits for a variable or matches freely.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(&text.value),
            _ => None,
        }
    }

    /// Whether it is nothing but XML white space.
    pub fn is_blank(&self) -> bool {
        self.literal()
            .is_some_and(|text| text.trim_matches(WHITE_SPACE).is_empty())
    }
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Characters, with entities and character references replaced.
    Literal(Spanned<CompactString>),
    /// `${…}`
    Variable(Spanned<Variable>),
    /// `$<…>`
    Wildcard(Spanned<Wildcard>),
    /// `{scansion:any}`, always the only piece.
    Any(Span),
    /// `{scansion:capture:x}`, always the only piece.
    Capture(Spanned<String>),
}

impl Piece {
    /// Whether it is nothing but characters, as most are.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self, Piece::Literal(_))
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Piece::Literal(piece) => piece.span,
            Piece::Capture(piece) => piece.span,
            Piece::Variable(piece) => piece.span,
            Piece::Wildcard(piece) => piece.span,
            Piece::Any(span) => *span,
        }
    }

    /// The variables whose values it needs; of what is computed, those that it is computed of.
    pub fn variables(&self) -> impl Iterator<Item = (&Variable, Span)> {
        let named = self.named();
        named.flat_map(|(variable, span)| variable.leaves(span))
    }

    /// The variables that it names: behind `${`, and behind `not`.
    pub fn named(&self) -> impl Iterator<Item = (&Variable, Span)> {
        let (own, conditions) = match self {
            Piece::Variable(own) => (Some((&own.value, own.span)), &[][..]),
            Piece::Wildcard(wildcard) => (None, wildcard.value.conditions.as_slice()),
            Piece::Literal(_) | Piece::Any(_) | Piece::Capture(_) => (None, &[][..]),
        };
        let excluded = conditions
            .iter()
            .filter_map(|condition| match &condition.value {
                Condition::Not(variable) => Some((variable, condition.span)),
                Condition::Is(_) => None,
            });
        own.into_iter().chain(excluded)
    }

    /// The name that it gives a value to in an expectation.
    pub fn captured(&self) -> Option<&str> {
        match self {
            Piece::Capture(name) => Some(&name.value),
            Piece::Wildcard(wildcard) => wildcard.value.name.as_deref(),
            Piece::Literal(_) | Piece::Variable(_) | Piece::Any(_) => None,
        }
    }
}

/// What `$<…>` says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wildcard {
    /// The variable to bind or to compare with; none for `$<_>`.
    pub name: Option<String>,
    /// What the value must be like, in all of these ways; nothing if it may be any. What it is not stands last.
    pub conditions: Vec<Spanned<Condition>>,
}

impl Wildcard {
    /// A wildcard with its conditions, in whatever order they are written.
    pub fn new(name: Option<String>, mut conditions: Vec<Spanned<Condition>>) -> Self {
        conditions.sort_by_key(|condition| {
            let is_last = matches!(condition.value, Condition::Not(_));
            (is_last, condition.span)
        });
        Self { name, conditions }
    }
}

/// What a wildcard demands of its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// It looks like this.
    Is(Narrowing),
    /// It is another one than that of the variable.
    Not(Variable),
}

impl Condition {
    /// The condition that a word behind `not` is, instead of a further name.
    pub(super) fn of_word(word: &str) -> Option<Result<Narrowing, BadNarrowing>> {
        let (kind, bounds) = word.split_once([' ', '\t']).unwrap_or((word, ""));
        let has_bounds = bounds
            .trim_start()
            .starts_with(|first: char| "+-.".contains(first) || first.is_ascii_digit());
        let is_one = Narrowing::named(kind).is_some() && (bounds.is_empty() || has_bounds);
        is_one.then(|| Narrowing::read(word))
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$<{}", self.name.as_deref().unwrap_or("_"))?;
        let mut mark = ":";
        let mut is_behind_not = false;
        for condition in &self.conditions {
            f.write_str(mark)?;
            match &condition.value {
                Condition::Is(narrowing) => write!(f, "{narrowing}")?,
                Condition::Not(variable) => {
                    let name = variable.to_string();
                    let is_plain = is_behind_not && is_plain_behind_not(&name);
                    let not = if is_plain { "" } else { "not " };
                    write!(f, "{not}{}", excluded(&name))?;
                    is_behind_not = true;
                }
            }
            mark = ", ";
        }
        f.write_str(">")
    }
}

/// Whether a name that stands behind another one, behind `not`, is not taken for something else.
fn is_plain_behind_not(name: &str) -> bool {
    let is_other = name.starts_with(['/']) || name.starts_with("not ") || name.starts_with("not\t");
    !is_other && Condition::of_word(name).is_none()
}

/// A name behind `not`, with references for what would end it.
pub(super) fn excluded(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '&' | '<' | '>' | '"' | ',' | '=' => {
                written.push_str(&format!("&#{};", u32::from(character)));
            }
            _ => written.push(character),
        }
    }
    written
}
