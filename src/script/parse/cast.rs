//! The head and the cast: all lines above the curtain.

use std::collections::HashMap;
use std::iter::Peekable;

use pest::iterators::{Pair, Pairs};

use super::excerpt;
use super::grammar::{self, Rule};
use super::table::TableReader;
use crate::script::ast::{Actor, ActorName, Comment, Head, Property, Tag};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind;
use crate::script::property::PropertyKey;
use crate::script::role::{ROLES, Role};
use crate::script::table::{HEADING, Table};
use crate::source::{Span, Spanned};

/// What stands above the curtain.
#[derive(Debug, Default)]
pub(super) struct Opening {
    pub(super) head: Head,
    pub(super) table: Option<Table>,
    pub(super) cast: Vec<Actor>,
    /// Comments after the last actor.
    pub(super) comments: Vec<Comment>,
}

/// Reads the lines up to the curtain, or up to the first that cannot be of the cast; the text that they are of begins
/// at an offset.
pub(super) fn read(
    lines: &mut Peekable<Pairs<'_, Rule>>,
    at: usize,
    complaints: &mut Complaints,
) -> Opening {
    let mut reader = CastReader {
        at,
        opening: Opening::default(),
        section: Section::Head,
        table: None,
        names: HashMap::new(),
        complaints,
    };
    while let Some(line) = lines.next_if(|line| belongs(line.as_rule())) {
        reader.line(line);
    }
    reader.finish()
}

fn belongs(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::comment | Rule::declaration | Rule::row | Rule::property | Rule::stray
    )
}

struct CastReader<'c> {
    /// Where the text begins.
    at: usize,
    opening: Opening,
    section: Section,
    table: Option<TableReader>,
    names: HashMap<String, Span>,
    complaints: &'c mut Complaints,
}

/// What the lines that follow belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Head,
    Table,
    Actor,
    /// An actor whose declaration made no sense; its properties are passed over.
    Unknown,
}

impl CastReader<'_> {
    fn line(&mut self, line: Pair<'_, Rule>) {
        match line.as_rule() {
            Rule::comment => self.comment(&line),
            Rule::declaration => self.declaration(line),
            Rule::row => self.row(line),
            Rule::property => self.property(line),
            _ => self.stray(&line),
        }
    }

    fn comment(&mut self, line: &Pair<'_, Rule>) {
        let comment = grammar::comment(line, self.at);
        let head = &mut self.opening.head;
        if self.section != Section::Head {
            self.opening.comments.push(comment);
        } else if let Some(tag) = tag(line.as_str(), &comment) {
            head.tags.push(tag);
        } else if head.title.is_none() && !comment.text.is_empty() {
            head.title = Some(comment);
        } else {
            head.description.push(comment);
        }
    }

    fn declaration(&mut self, line: Pair<'_, Rule>) {
        self.section = Section::Unknown;
        let span = grammar::trimmed(&line, self.at).span;
        let mut parts = line.into_inner();
        let class = parts.next().map(|pair| grammar::trimmed(&pair, self.at));
        let Some(name) = parts.next().map(|pair| grammar::trimmed(&pair, self.at)) else {
            return self
                .complaints
                .push(ScriptErrorKind::UnclosedClass.at(span));
        };
        if class.is_some_and(|class| class.value == HEADING) {
            return self.heading(name, span);
        }
        if let Some(role) = class.map(|class| self.role(class))
            && self.is_new(name, span)
        {
            self.enter(role, name);
        }
    }

    /// Begins the table.
    fn heading(&mut self, name: Spanned<&str>, line: Span) {
        self.section = Section::Table;
        let first = self.table.as_ref().map(TableReader::heading);
        let kind = match first {
            Some(first) => ScriptErrorKind::SecondTable { first },
            None if !self.opening.cast.is_empty() => ScriptErrorKind::MisplacedTable,
            None if !name.value.is_empty() => ScriptErrorKind::NamedTable,
            None => {
                self.table = Some(TableReader::new(line));
                return;
            }
        };
        self.section = Section::Unknown;
        self.complaints.push(kind.at(line));
    }

    fn row(&mut self, line: Pair<'_, Rule>) {
        match (self.section, &mut self.table) {
            (Section::Unknown, _) => {}
            (Section::Table, Some(table)) => {
                let comments = std::mem::take(&mut self.opening.comments);
                table.row(line, self.at, comments, self.complaints);
            }
            (Section::Head | Section::Actor | Section::Table, _) => {
                let span = grammar::trimmed(&line, self.at).span;
                self.complaints.push(ScriptErrorKind::StrayRow.at(span));
            }
        }
    }

    fn finish(self) -> Opening {
        Opening {
            table: self.table.map(|table| table.finish(self.complaints)),
            ..self.opening
        }
    }

    /// The role of a class. An actor of an unknown class is taken for a client, or everything about it would be
    /// unknown, too.
    fn role(&mut self, class: Spanned<&str>) -> Spanned<&'static Role> {
        let role = Role::of_keyword(class.value);
        if role.is_none() {
            let found = excerpt(class.value);
            let unknown = ScriptErrorKind::UnknownClass { found }.at(class.span);
            self.complaints.push(unknown);
        }
        Spanned::new(role.unwrap_or_default(), class.span)
    }

    fn is_new(&mut self, name: Spanned<&str>, line: Span) -> bool {
        if name.value.is_empty() {
            self.complaints
                .push(ScriptErrorKind::MissingActorName.at(line));
            return false;
        }
        let first = *self.names.entry(name.value.to_owned()).or_insert(name.span);
        if first != name.span {
            let name_text = excerpt(name.value);
            let kind = ScriptErrorKind::DuplicateActor {
                name: name_text,
                first,
            };
            self.complaints.push(kind.at(name.span));
        }
        first == name.span
    }

    fn enter(&mut self, role: Spanned<&'static Role>, name: Spanned<&str>) {
        self.section = Section::Actor;
        self.opening.cast.push(Actor {
            comments: std::mem::take(&mut self.opening.comments),
            role,
            name: Spanned::new(ActorName::new(name.value), name.span),
            properties: Vec::new(),
        });
    }

    fn property(&mut self, line: Pair<'_, Rule>) {
        let span = grammar::trimmed(&line, self.at).span;
        let mut parts = line
            .into_inner()
            .map(|pair| grammar::trimmed(&pair, self.at));
        match (self.section, parts.next(), parts.next()) {
            (Section::Unknown, ..) => {}
            (Section::Head, ..) => {
                self.complaints
                    .push(ScriptErrorKind::PropertyWithoutActor.at(span));
            }
            (Section::Table, ..) => self.complaints.push(ScriptErrorKind::NoRow.at(span)),
            (Section::Actor, Some(key), Some(value)) => self.key_and_value(key, value),
            (Section::Actor, ..) => {
                self.complaints
                    .push(ScriptErrorKind::MalformedProperty.at(span));
            }
        }
    }

    fn key_and_value(&mut self, key: Spanned<&str>, value: Spanned<&str>) {
        let Some(actor) = self.opening.cast.last_mut() else {
            return;
        };
        match property_key(key, actor) {
            Ok(property_key) => actor.properties.push(Property {
                key: Spanned::new(property_key, key.span),
                value: Spanned::new(value.value.to_owned(), value.span),
            }),
            Err(kind) => self.complaints.push(kind.at(key.span)),
        }
    }

    fn stray(&mut self, line: &Pair<'_, Rule>) {
        self.section = match self.section {
            Section::Head => Section::Head,
            _ => Section::Unknown,
        };
        let start = grammar::span(line, self.at).start;
        let text = line.as_str().lines().next().unwrap_or_default();
        let span = grammar::trim(text, start).span;
        self.complaints.push(ScriptErrorKind::StrayLine.at(span));
    }
}

/// The tag in a comment with a mark of exactly two `#`.
fn tag(line: &str, comment: &Comment) -> Option<Tag> {
    let text = line.trim_start().strip_prefix("##")?;
    if text.starts_with('#') || comment.text.is_empty() {
        return None;
    }
    let (key, value) = match comment.text.split_once(':') {
        Some((key, value)) => (key.trim(), Some(value.trim())),
        None => (comment.text.as_str(), None),
    };
    Some(Tag {
        key: key.to_owned(),
        value: value.filter(|value| !value.is_empty()).map(str::to_owned),
        span: comment.span,
    })
}

fn property_key(
    word: Spanned<&str>,
    actor: &Actor,
) -> Result<&'static PropertyKey, ScriptErrorKind> {
    let role = actor.role.value;
    let key = ROLES
        .iter()
        .flat_map(|role| role.properties)
        .find(|key| key.keyword == word.value)
        .copied()
        .ok_or_else(|| ScriptErrorKind::UnknownProperty {
            found: excerpt(word.value),
            role,
        })?;
    if !role.properties.contains(&key) {
        return Err(ScriptErrorKind::MisplacedProperty { key, role });
    }
    match actor
        .properties
        .iter()
        .find(|property| property.key.value == key)
    {
        Some(first) => Err(ScriptErrorKind::DuplicateProperty {
            key,
            first: first.key.span,
        }),
        None => Ok(key),
    }
}

#[cfg(test)]
mod tests {
    use super::ScriptErrorKind;
    use crate::script::property;
    use crate::script::testing::{at, mistake, mistakes, sound};

    #[test]
    fn first_comment_is_the_title_and_the_rest_describes() {
        let head =
            sound("#\n## slow\n  // The title \n-- More\n### not a tag\n##key : a: b\n---\n")
                .script
                .head;
        assert_eq!(head.title.unwrap().text, "The title");
        let description: Vec<_> = head
            .description
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(description, ["", "More", "not a tag"]);
        let tags: Vec<_> = head
            .tags
            .iter()
            .map(|tag| (tag.key.as_str(), tag.value.as_deref()))
            .collect();
        assert_eq!(tags, [("slow", None), ("key", Some("a: b"))]);
    }

    #[test]
    fn an_actor_of_an_unknown_class_is_known_by_name() {
        let text = "[Clinet] A\n\tjid: a@b\n---\nA connects\n";
        let unknown = ScriptErrorKind::UnknownClass {
            found: "Clinet".into(),
        };
        assert_eq!(mistakes(text), [(unknown, "Clinet".to_owned())]);
    }

    #[test]
    fn two_hashes_after_the_first_actor_are_a_comment() {
        let script = sound("[Client] A\n## b\n[Client] C\n---\n").script;
        assert!(script.head.tags.is_empty());
        assert_eq!(script.cast[1].comments[0].text, "b");
    }

    #[test]
    fn actors_have_names_with_blanks_and_properties_in_any_order() {
        let text = "[ Component ]  Juliet's  phone \n  secret :  a b \n # no\n\tjid:c:d\n---\n";
        let script = sound(text).script;
        let actor = &script.cast[0];
        assert_eq!(actor.role.value.keyword, "Component");
        assert_eq!(actor.name.value.to_string(), "Juliet's  phone");
        assert_eq!(actor.property(&property::SECRET).unwrap().value, "a b");
        let jid = actor.property(&property::JID).unwrap();
        assert_eq!(
            (jid.value.as_str(), script.source.slice(jid.span)),
            ("c:d", "c:d")
        );
    }

    #[test]
    fn line_ends_and_byte_order_marks_do_not_matter() {
        let script =
            sound("\u{feff}# T\r\n[Client] A\r\n\tjid: a@b \r\n\r\n---\r\nA connects ").script;
        assert_eq!(script.head.title.unwrap().text, "T");
        assert_eq!(
            script.cast[0].property(&property::JID).unwrap().value,
            "a@b"
        );
        assert_eq!(script.story.len(), 1);
    }

    #[test]
    fn mistakes_in_declarations() {
        assert_eq!(
            mistake("[Clinet] A\n\tjid: x\n---\n"),
            at("unknown class `Clinet`", "Clinet")
        );
        assert_eq!(
            mistake("[Client A\n---\n"),
            at("an actor's class must stand in brackets", "[Client A")
        );
        assert_eq!(
            mistake("[Client]\n---\n"),
            at("an actor needs a name", "[Client]")
        );
        let twice = "[Client] A\n[Client] B\n[Component] A\n\tjid: x\n---\n";
        assert_eq!(
            mistake(twice),
            at("there are two actors of the name `A`", "A")
        );
    }

    #[test]
    fn mistakes_in_properties() {
        assert_eq!(
            mistake("[Client] A\n\tjit: x\n---\n"),
            at("unknown property `jit`", "jit")
        );
        assert_eq!(
            mistake("[Client] A\n\tsecret: x\n---\n"),
            at("a Client has no property `secret`", "secret")
        );
        assert_eq!(
            mistake("[Client] A\n\tjid: x\n\tjid: y\n---\n"),
            at("the property `jid` is given twice", "jid")
        );
        assert_eq!(
            mistake("[Client] A\n\tjid x\n---\n"),
            at("a property is written `key: value`", "jid x")
        );
        assert_eq!(
            mistake("\tjid: x\n---\n"),
            at(
                "this line is indented, but there is no actor above it",
                "jid: x"
            )
        );
    }

    #[test]
    fn unknown_words_are_answered_with_known_ones() {
        let help = |text| mistakes(text)[0].0.help().unwrap();
        assert_eq!(
            help("[Clinet] A\n---\n"),
            "did you mean `Client`? known classes: `Client`, `Component`"
        );
        assert_eq!(
            help("[Component] A\n\tresource: x\n---\n"),
            "known properties: `jid`, `secret`, `password`, `connect_host`, `connect_port`, `sync`, `if`"
        );
    }

    #[test]
    fn other_lines_before_the_curtain_are_strays() {
        let text = "A connects\n\t<a/>\n[Client] A\n---\n";
        assert_eq!(
            mistake(text),
            at("this line is neither a comment nor an actor", "A connects")
        );
    }

    #[test]
    fn a_stray_line_does_not_hide_the_curtain() {
        let text = "[Client] A\nenter A\n\n# c\n---\nA connects";
        assert_eq!(mistake(text).1, "enter A");
    }
}
