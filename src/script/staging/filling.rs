//! Cells in the place of the columns that are written in a script.
//!
//! It knows neither where cells come from nor what becomes of actors that take no part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::raw_text;
use crate::script::ast::{
    Action, Actor, ActorName, Comment, Condition, Element, Filled, Head, Name, Node, Part, Piece,
    Script, Stanza, Value, Variable, Wildcard,
};
use crate::script::clause::is_claim;
use crate::script::notes::Note;
use crate::script::parse::push;
use crate::script::role::Role;
use crate::script::scope::Scope;
use crate::script::table::Cell;
use crate::script::variable::{ArgumentPiece, Computed};
use crate::source::{SourceFile, Span, Spanned};

/// The cells for one play.
#[derive(Debug)]
pub(super) struct Filling<'t> {
    cells: BTreeMap<&'t str, &'t Cell>,
    /// The columns that were found.
    pub(super) used: BTreeSet<&'t str>,
    /// The cells that stand behind `not`, by the names of their columns.
    constants: BTreeMap<String, String>,
    /// Whether a namespace has been filled in in the stanza at hand.
    has_redeclared: bool,
}

impl<'t> Filling<'t> {
    /// Cells by the names of their columns.
    pub(super) fn new(cells: impl IntoIterator<Item = (&'t str, &'t Cell)>) -> Self {
        Self {
            cells: cells.into_iter().collect(),
            used: BTreeSet::new(),
            constants: BTreeMap::new(),
            has_redeclared: false,
        }
    }

    /// Fills in all that a script says, but for who takes part.
    pub(super) fn fill(&mut self, script: &mut Script) {
        let source = Arc::clone(&script.source);
        self.head(&mut script.head);
        script.cast.iter_mut().for_each(|actor| self.actor(actor));
        let cast = script.cast.iter();
        let roles = cast.map(|actor| (&actor.name.value, actor.role.value));
        let roles = roles.collect();
        for action in Arc::make_mut(&mut script.story) {
            self.action(action, &roles, &source);
        }
        let choices = script.choices.iter_mut();
        for alternative in choices.flat_map(|choice| &mut choice.alternatives) {
            self.comments(&mut alternative.comments);
        }
        let headings = script.parts.headings.iter_mut();
        headings.for_each(|heading| self.comments(&mut heading.comments));
        self.comments(&mut script.afterword);
        script.constants.append(&mut self.constants);
    }

    /// The cell of a column, which is used from now on.
    pub(super) fn cell(&mut self, name: &str) -> Option<&'t Cell> {
        let (name, cell) = self.cells.get_key_value(name)?;
        self.used.insert(name);
        Some(cell)
    }

    // The head and the cast.

    fn head(&mut self, head: &mut Head) {
        head.tags.retain_mut(|tag| {
            if !is_claim(&tag.key) {
                return true;
            }
            let written = tag.to_string();
            tag.key = self.text(&tag.key);
            tag.value = tag.value.as_deref().map(|value| self.text(value));
            is_left(Note::Clause, &written, &tag.to_string())
        });
    }

    /// Of all comments, those that say something of a step are filled in.
    fn comments(&mut self, comments: &mut Vec<Comment>) {
        comments.retain_mut(|comment| {
            let Some(note) = Note::of(&comment.text) else {
                return true;
            };
            let filled = self.text(&comment.text);
            let written = std::mem::replace(&mut comment.text, filled);
            is_left(note, &written, &comment.text)
        });
    }

    /// A property that is nothing but an empty cell is not there.
    fn actor(&mut self, actor: &mut Actor) {
        actor.properties.retain_mut(|property| {
            let value = &mut property.value.value;
            let cell = only_column(value).and_then(|name| self.cell(name));
            if cell.is_some_and(Cell::is_empty) {
                return false;
            }
            *value = self.text(value);
            true
        });
    }

    /// A text that is no XML.
    fn text(&mut self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, variable) = rest.split_at(start);
            filled.push_str(before);
            let end = variable.find('}').map_or(variable.len(), |end| end + 1);
            let (variable, after) = variable.split_at(end);
            let cell = only_column(variable).and_then(|name| self.cell(name));
            filled.push_str(cell.map_or(variable, Cell::shown));
            rest = after;
        }
        filled + rest
    }

    // Blocks.

    fn action(
        &mut self,
        action: &mut Action,
        roles: &BTreeMap<&ActorName, &'static Role>,
        source: &SourceFile,
    ) {
        self.comments(&mut action.comments);
        let role = roles.get(&action.actor.value).copied().unwrap_or_default();
        for stanza in action.verb.stanzas_mut() {
            self.stanza(stanza, source);
            if std::mem::take(&mut self.has_redeclared) {
                Scope::new(role).settle(&mut stanza.element);
            }
        }
    }

    fn stanza(&mut self, stanza: &mut Stanza, source: &SourceFile) {
        let mut empty = Vec::new();
        let form = match stanza.part {
            Part::Text => Form::Bytes,
            Part::Whole | Part::Header | Part::Footer => Form::Xml,
        };
        self.element(&mut stanza.element, form, &mut empty);
        let with_blanks = |attribute: Span| {
            let before = source.before(attribute.start);
            let white = before.len() - before.trim_end().len();
            Span::new(attribute.start - white, attribute.end)
        };
        stanza.omitted.extend(empty.into_iter().map(with_blanks));
        stanza.omitted.sort();
    }

    /// Fills in an element, and finds the attributes that are not there.
    fn element(&mut self, element: &mut Element, form: Form, empty: &mut Vec<Span>) {
        self.name(&mut element.name);
        self.declarations(element, empty);
        element.attributes.retain_mut(|attribute| {
            let is_there = self.is_there(&attribute.value);
            match is_there {
                true => self.value(&mut attribute.value, form),
                false => empty.push(attribute.span),
            }
            is_there
        });
        for child in &mut element.children {
            match child {
                Node::Element(child) => self.element(child, form, empty),
                Node::Text(text) => self.value(&mut text.value, form),
                Node::Comment(_) => {}
            }
        }
    }

    /// Fills in namespaces. A default namespace that is nothing but an empty cell is not there; a prefix stands for
    /// something.
    fn declarations(&mut self, element: &mut Element, empty: &mut Vec<Span>) {
        element.declarations.retain_mut(|own| {
            let is_there = own.prefix.is_some() || self.is_there(&own.value);
            match is_there {
                true => self.value(&mut own.value, Form::Xml),
                false => empty.push(own.span),
            }
            if let Some(uri) = own.value.literal().filter(|_| own.value.is_filled()) {
                own.uri = uri.into();
            }
            self.has_redeclared |= !is_there || own.value.is_filled();
            is_there
        });
    }

    /// What is no name stays as it is written.
    fn name(&mut self, name: &mut Name) {
        let cell = name.column().and_then(|column| self.cell(column));
        let text = cell.and_then(|cell| cell.text.as_deref());
        if let Some(text) = text.filter(|text| is_name(text)) {
            name.local = text.into();
        }
    }

    /// An attribute that is nothing but an empty cell is not there.
    fn is_there(&mut self, value: &Value) -> bool {
        let cell = match value.pieces.as_slice() {
            [Piece::Variable(variable)] => self.cell_of(&variable.value),
            _ => None,
        };
        !cell.is_some_and(Cell::is_empty)
    }

    fn value(&mut self, value: &mut Value, form: Form) {
        let pieces = std::mem::take(&mut value.pieces);
        for piece in pieces {
            match piece {
                Piece::Variable(variable) => match self.cell_of(&variable.value) {
                    Some(cell) => {
                        value.filled = value.filled.max(cell.filled());
                        cell.put(&mut value.pieces, variable.span, form);
                    }
                    None => {
                        let mut variable = variable;
                        self.argument(&mut variable.value);
                        push(&mut value.pieces, Piece::Variable(variable));
                    }
                },
                Piece::Wildcard(mut wildcard) => {
                    self.wildcard(&mut wildcard.value);
                    push(&mut value.pieces, Piece::Wildcard(wildcard));
                }
                piece @ (Piece::Literal(_) | Piece::Any(_) | Piece::Capture(_)) => {
                    push(&mut value.pieces, piece);
                }
            }
        }
    }

    /// Fills in what a variable is computed of.
    fn argument(&mut self, variable: &mut Variable) {
        let Variable::Computed(Computed::Of(_, argument)) = variable else {
            return;
        };
        for piece in std::mem::take(argument) {
            match piece {
                ArgumentPiece::Variable(mut inner) => match self.cell_of(&inner.value) {
                    Some(cell) => cell.put_in_argument(argument, inner.span),
                    None => {
                        self.argument(&mut inner.value);
                        ArgumentPiece::push(argument, ArgumentPiece::Variable(inner));
                    }
                },
                bytes @ ArgumentPiece::Bytes(_) => ArgumentPiece::push(argument, bytes),
            }
        }
    }

    fn wildcard(&mut self, wildcard: &mut Wildcard) {
        for condition in &mut wildcard.conditions {
            if let Condition::Not(variable) = &mut condition.value {
                self.exclusion(variable);
            }
        }
    }

    /// Behind `not` stands a name, which a cell can be as well; any other text has the name of its column.
    fn exclusion(&mut self, variable: &mut Variable) {
        self.argument(variable);
        let Some((name, cell)) = variable.captured().zip(self.cell_of(variable)) else {
            return;
        };
        match cell.pieces.as_slice() {
            [Piece::Variable(own)] => *variable = own.value.clone(),
            _ => {
                let text = cell.shown().to_owned();
                self.constants.insert(name.to_owned(), text);
            }
        }
    }

    fn cell_of(&mut self, variable: &Variable) -> Option<&'t Cell> {
        self.cell(variable.captured()?)
    }
}

/// What a value is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// An element.
    Xml,
    /// A text, in which bytes are written behind backslashes.
    Bytes,
}

impl Cell {
    fn is_empty(&self) -> bool {
        self.text.is_none()
    }

    fn filled(&self) -> Filled {
        match self.is_empty() {
            true => Filled::WithNothing,
            false => Filled::WithText,
        }
    }

    fn shown(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Adds what it says to the pieces of a value, for a variable that stands in this place.
    fn put(&self, pieces: &mut Vec<Piece>, place: Span, form: Form) {
        for piece in &self.pieces {
            let piece = match piece {
                Piece::Variable(own) => Piece::Variable(Spanned::new(own.value.clone(), place)),
                Piece::Literal(own) => {
                    let text = match form {
                        Form::Xml => own.value.clone(),
                        Form::Bytes => raw_text::value(&own.value).into(),
                    };
                    Piece::Literal(Spanned::new(text, place))
                }
                Piece::Wildcard(_) | Piece::Any(_) | Piece::Capture(_) => piece.clone(),
            };
            push(pieces, piece);
        }
    }

    /// The same of what something is computed of.
    fn put_in_argument(&self, argument: &mut Vec<ArgumentPiece>, place: Span) {
        for piece in &self.pieces {
            let piece = match piece {
                Piece::Variable(own) => {
                    ArgumentPiece::Variable(Spanned::new(own.value.clone(), place))
                }
                Piece::Literal(own) => ArgumentPiece::Bytes(own.value.as_bytes().to_vec()),
                Piece::Wildcard(_) | Piece::Any(_) | Piece::Capture(_) => continue,
            };
            ArgumentPiece::push(argument, piece);
        }
    }
}

/// Whether something is left of a note that was written so when the cells of a row are filled in.
fn is_left(note: Note, written: &str, filled: &str) -> bool {
    written == filled || !note.is_left_empty(filled)
}

/// The name that a text consists of, as in `${low}`.
pub(super) fn only_column(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains('}')).then_some(name.trim())
}

/// Whether a text can be the local part of a name (Namespaces in XML 1.0 §3).
fn is_name(text: &str) -> bool {
    let begins_well = |first: char| first == '_' || first.is_alphabetic();
    let goes_on = |other: char| other.is_alphanumeric() || "_-.\u{b7}".contains(other);
    text.starts_with(begins_well) && text.chars().all(goes_on)
}

#[cfg(test)]
mod tests {
    use crate::script::stage;
    use crate::script::testing::sound;

    /// The head of the only play, and its story, with the columns `a` (`1`), `e` (an empty cell), `o` (the empty value),
    /// `n` (`forbidden`), `v` (`x@${rooms}`) and `j` (`${A's JID}`).
    #[track_caller]
    fn filled(head: &str, story: &str) -> (String, String) {
        let table = "[Cases]\n\t|a|e|o|n|v|j|\n\t|1||\"\"|forbidden|x@${rooms}|${A's JID}|\n";
        let text = format!("{head}{table}[Client] A\n\tjid: a@b\n---\n{story}\n");
        let staged = stage(&sound(&text).script);
        let play = &staged.plays[0];
        let printed = play.to_string();
        let (_, story) = printed.split_once("---------\n\n").unwrap();
        (play.head.to_string(), story.trim_end().to_owned())
    }

    #[track_caller]
    fn assert_filled(block: &str, expected: &str) {
        let (_, story) = filled("", &format!("A receives:\n\t{block}"));
        assert_eq!(story, format!("A receives:\n\t{expected}"));
    }

    #[test]
    fn cells_stand_in_values_and_texts() {
        assert_filled("<b c='x-${ a }-y'>${a}${a}</b>", "<b c='x-1-y'>11</b>");
        assert_filled("<b><![CDATA[${a}]]></b>", "<b><![CDATA[1]]></b>");
        assert_filled(
            "<b c='${v}/n'>${j}</b>",
            "<b c='x@${rooms}/n'>${A's JID}</b>",
        );
        assert_filled("<b c='${other}'>$<a1></b>", "<b c='${other}'>$<a1></b>");
    }

    #[test]
    fn cells_stand_in_what_is_computed() {
        assert_filled(
            "<b c='${sha1 x${a}${j}}'>${base64 ${sha256 ${v}}${e}}</b>",
            "<b c='${sha1 x1${A's JID}}'>${base64 ${sha256 x@${rooms}}}</b>",
        );
        assert_filled("<b c='$<x:not sha1 ${a}>'/>", "<b c='$<x:not sha1 1>'/>");
    }

    #[test]
    fn a_text_that_is_no_xml_is_filled_in_as_well() {
        let (_, story) = filled(
            "",
            "A opens a connection\nA sends text:\n\t<${n} ${j} \\x00${e}",
        );
        assert_eq!(
            story,
            "A opens a connection\n\nA sends text:\n\t<forbidden ${A's JID} \\x00"
        );
    }

    #[test]
    fn an_attribute_that_is_an_empty_cell_is_not_there() {
        assert_filled(
            "<b c='${e}' d='${o}' f='g${e}'>${e}</b>",
            "<b d='' f='g'></b>",
        );
    }

    #[test]
    fn a_column_is_the_name_of_an_element() {
        assert_filled(
            "<b xmlns:p='urn:p'><${n} xmlns='urn:n'><p:${n}/></${n}></b>",
            "<b xmlns:p=\"urn:p\"><forbidden xmlns=\"urn:n\"><p:forbidden/></forbidden></b>",
        );
        for cell in ["${e}", "${o}", "${v}", "${other}"] {
            assert_filled(
                &format!("<b><{}/></b>", cell),
                &format!("<b><{}/></b>", cell),
            );
        }
    }

    #[test]
    fn a_column_is_a_namespace_or_a_part_of_one() {
        assert_filled(
            "<b xmlns='urn:${n}:${a}'><p:c xmlns:p=\"${a}\" p:d=''/></b>",
            "<b xmlns=\"urn:forbidden:1\"><p:c xmlns:p=\"1\" p:d=''/></b>",
        );
        assert_filled(
            "<b xmlns='${e}'><c xmlns='${o}'/></b>",
            "<b><c xmlns=\"\"/></b>",
        );
        for unknown in ["${other}", "${v}", "${j}"] {
            assert_filled(
                &format!("<b xmlns=\"{unknown}\"/>"),
                &format!("<b xmlns=\"{unknown}\"/>")
                    .replace("${v}", "x@${rooms}")
                    .replace("${j}", "${A's JID}"),
            );
        }
    }

    /// The namespaces of the elements and of the attributes with a prefix, from outside in.
    #[track_caller]
    fn namespaces(block: &str) -> Vec<String> {
        let table = "[Cases]\n\t|a|e|o|\n\t|urn:a||\"\"|\n";
        let cast = "[Client] A\n[Component] C\n---\n";
        let text = format!("{table}{cast}A and C receive:\n\t{block}\n");
        let plays = stage(&sound(&text).script).plays;
        let story = plays[0].story.iter();
        let stanzas = story.flat_map(|action| action.verb.stanzas());
        let mut open: Vec<_> = stanzas.map(|stanza| &stanza.element).rev().collect();
        let mut all = Vec::new();
        while let Some(element) = open.pop() {
            let names = element.attributes.iter().map(|own| &own.name);
            let names =
                std::iter::once(&element.name).chain(names.filter(|name| name.prefix.is_some()));
            all.extend(names.map(|name| name.namespace.to_string()));
            let children: Vec<_> = element.elements().collect();
            open.extend(children.into_iter().rev());
        }
        all
    }

    #[test]
    fn names_have_the_namespaces_that_cells_give_them() {
        let (client, component) = ("jabber:client", "jabber:component:accept");
        assert_eq!(
            namespaces("<b><c xmlns='${a}:x'><d/><p:d xmlns:p='${a}' p:e='' f=''/></c><c/></b>"),
            [client, "urn:a:x", "urn:a:x", "urn:a", "urn:a", client]
                .into_iter()
                .chain([component, "urn:a:x", "urn:a:x", "urn:a", "urn:a", component])
                .collect::<Vec<_>>()
        );
        assert_eq!(
            namespaces("<b xmlns='${e}'><c xmlns='${o}'><d xmlns='${e}'/></c></b>"),
            [client, "", "", component, "", ""]
        );
    }

    #[test]
    fn behind_not_stands_the_name_of_a_column_or_of_what_is_in_its_cells() {
        assert_filled("<b c='$<x:not a, j>'/>", "<b c='$<x:not a, A's JID>'/>");
    }

    #[test]
    fn clauses_are_filled_in_and_other_comments_are_not() {
        let head = "# ${a}\n## § 1 [${a}234] b: ${a}\n## tag: ${a}\n";
        let (head, story) = filled(head, "# ${a}\n# § 2 [1234] ${a} ${x}\nA connects");
        assert_eq!(head, "# ${a}\n## § 1 [1234] b: 1\n## tag: ${a}\n");
        assert_eq!(story, "# ${a}\n# § 2 [1234] 1 ${x}\nA connects");
    }

    #[test]
    fn a_clause_that_a_row_leaves_empty_is_not_there() {
        let head = "## § ${e}\n## § 1 [${e}] x: y\n";
        let story = "# § ${e}\n# § ${e} [${e}] x\n# § 1 [${a}234] ${e}\nA connects";
        let (head, story) = filled(head, story);
        assert_eq!(head, "");
        assert_eq!(story, "# § 1 [1234]\nA connects");
    }
}
