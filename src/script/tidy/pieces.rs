//! The parts of a text of which it is known how they are written.

use super::element;
use crate::script::ast::{Action, Actor, Part, Script, Stanza};
use crate::script::choice::{Alternative, ChoiceWord, alternative_of};
use crate::script::display;
use crate::script::names::Names;
use crate::script::phrase::{BlockShape, WITH};
use crate::script::table::{HEADING, Table};
use crate::source::{SourceFile, Span};

/// What parts are indented by, unless the script is indented otherwise.
const TAB: &str = "\t";

/// A part of the text.
pub(super) struct Piece {
    /// Where it stands, without the blanks before it.
    pub(super) span: Span,
    /// How it is written.
    pub(super) text: String,
    /// The blanks before it.
    pub(super) indent: String,
    /// The blanks that a comment below it may have before it, if it has any.
    pub(super) levels: Vec<String>,
}

/// The parts of a script, in the order of the text.
pub(super) fn pieces(script: &Script) -> Vec<Piece> {
    let mut reader = Reader {
        source: &script.source,
        names: Names::new(&script.cast),
        unit: unit(script),
        pieces: Vec::new(),
    };
    for tag in &script.head.tags {
        reader.line(tag.span, format!("## {tag}"), "", &[]);
    }
    script.table.iter().for_each(|table| reader.table(table));
    script.cast.iter().for_each(|actor| reader.actor(actor));
    for choice in &script.choices {
        let mut word = ChoiceWord::Either;
        for alternative in &choice.alternatives {
            reader.alternative(word, alternative);
            word = ChoiceWord::Or;
        }
    }
    for (step, action) in script.story.iter().enumerate() {
        let alternative = alternative_of(&script.choices, step);
        let indent = alternative.map_or("", |alternative| &alternative.indent);
        reader.action(action, indent);
    }
    reader.pieces.sort_by_key(|piece| piece.span);
    reader.pieces
}

/// What the script is indented by: as the first of its stanzas that have several lines, as the white space in these
/// is text and stays.
fn unit(script: &Script) -> String {
    let steps = script.story.iter().enumerate();
    let outside = steps.filter(|(step, _)| alternative_of(&script.choices, *step).is_none());
    let stanzas = outside.flat_map(|(_, action)| action.verb.stanzas());
    let mut indents = stanzas.filter_map(|stanza| own_indent(stanza, &script.source));
    // A text whose lines have none in common does not tell how the rest is indented.
    let indent = indents.find(|indent| !indent.is_empty());
    indent.unwrap_or(TAB).to_owned()
}

/// The blanks before a stanza that has several lines, or before a text whose lines have none in common.
fn own_indent<'s>(stanza: &Stanza, source: &'s SourceFile) -> Option<&'s str> {
    let extent = stanza.element.extent;
    let before = source.indentation(extent.start)?;
    let is_indented = !before.is_empty() || stanza.part == Part::Text;
    (is_indented && source.slice(extent).contains('\n')).then_some(before)
}

/// The line that an offset is in.
fn line_at(source: &SourceFile, at: usize) -> Span {
    let rest = source.rest(at);
    let end = rest.find('\n').unwrap_or(rest.len());
    Span::new(at - source.line_before(at).len(), at + end)
}

struct Reader<'s> {
    source: &'s SourceFile,
    names: Names<'s>,
    unit: String,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    /// Adds a whole line, in which this is.
    fn line(&mut self, within: Span, text: String, indent: &str, levels: &[&str]) {
        let line = line_at(self.source, within.start);
        let written = self.source.slice(line);
        let start = line.end - written.trim_start().len();
        self.pieces.push(Piece {
            span: Span::new(start, line.end),
            text: text.trim_end().to_owned(),
            indent: indent.to_owned(),
            levels: levels.iter().copied().map(str::to_owned).collect(),
        });
    }

    fn table(&mut self, table: &Table) {
        let unit = self.unit.clone();
        self.line(table.heading, format!("[{HEADING}]"), "", &[&unit]);
        let header = table.columns.iter().map(|column| column.span).take(1);
        let places = header.chain(table.rows.iter().map(|row| row.span));
        for (place, (_, line)) in places.zip(table.lines()) {
            self.line(place, line, &unit, &[&unit]);
        }
    }

    fn actor(&mut self, actor: &Actor) {
        let unit = self.unit.clone();
        self.line(actor.name.span, display::declared(actor), "", &[&unit]);
        for property in &actor.properties {
            self.line(
                property.key.span,
                display::written_property(property),
                &unit,
                &[&unit],
            );
        }
    }

    fn alternative(&mut self, word: ChoiceWord, alternative: &Alternative) {
        let line = display::choice_line(word, alternative);
        self.line(alternative.span, line, "", &[&alternative.indent]);
    }

    fn action(&mut self, action: &Action, indent: &str) {
        let deeper = format!("{indent}{}", self.unit);
        let levels = [indent, &deeper];
        let line = display::action_line(action, &self.names);
        self.line(action.span, line, indent, &levels);
        self.stanzas(action.verb.compared(), indent);
        if let Some(footer) = display::footer(action) {
            self.line(footer.span, footer.form.to_string(), &deeper, &levels);
        }
        if let BlockShape::Pair { .. } = action.verb.phrase().block {
            self.with(action, indent);
        }
        self.stanzas(action.verb.sent(), indent);
    }

    /// The line between two blocks.
    fn with(&mut self, action: &Action, indent: &str) {
        let verb = &action.verb;
        if let (Some(above), Some(below)) = (verb.compared().last(), verb.sent().first()) {
            let start = above.element.extent.end;
            let between = Span::new(start, below.element.extent.start);
            let mut lines = self.source.slice(between).match_indices(WITH);
            let is_line = |at: usize| self.source.text()[..start + at].ends_with('\n');
            if let Some((at, _)) = lines.find(|(at, _)| is_line(*at)) {
                let place = Span::new(start + at, start + at);
                let deeper = format!("{indent}{}", self.unit);
                self.line(place, format!("{WITH}:"), indent, &[&deeper]);
            }
        }
    }

    fn stanzas(&mut self, stanzas: &[Stanza], outer: &str) {
        for stanza in stanzas {
            let own = own_indent(stanza, self.source).map(str::to_owned);
            let indent = own.unwrap_or_else(|| format!("{outer}{}", self.unit));
            let extent = stanza.element.extent;
            let text = match stanza.part {
                Part::Whole | Part::Header => {
                    let before = self.source.slice(stanza.declaration());
                    before.to_owned() + &element::written(&stanza.element, self.source)
                }
                Part::Footer | Part::Text => self.source.slice(extent).to_owned(),
            };
            self.pieces.push(Piece {
                span: extent,
                text,
                levels: vec![outer.to_owned(), indent.clone()],
                indent,
            });
        }
    }
}
