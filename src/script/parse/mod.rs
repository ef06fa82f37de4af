//! From text to the tree.
//!
//! The grammar splits the text into lines first, and never fails; each block is read by a rule of its own, so that one
//! mistake does not hide the others. What the grammar finds is turned into [`super::ast`] here. No code outside of this
//! folder knows that there is a grammar.

mod annotated;
mod answer;
mod block;
mod borrowing;
mod cast;
mod choice;
mod company;
mod exclusions;
mod grammar;
mod heading;
mod misread;
mod own_names;
mod plain;
mod sentence;
mod story;
mod table;
mod tag;
mod text;
mod value;
mod variable;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::grammar::Rule;
pub(super) use self::value::push;
use super::ast::Script;
use super::complaints::Complaints;
use super::error::{ScriptError, ScriptErrorKind};
use super::notes;
use crate::case::CaseId;
use crate::source::{SourceFile, Span};

/// What was read from a text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The script, as far as it could be understood.
    pub script: Script,
    /// What could not, in the order of the text, warnings among them.
    pub errors: Vec<ScriptError>,
}

/// Reads a script.
pub fn parse(source: SourceFile) -> Parsed {
    let source = Arc::new(source);
    let mut complaints = Complaints::default();
    let script = read_script(&source, &mut complaints);
    Parsed {
        script,
        errors: complaints.finish(),
    }
}

fn read_script(source: &Arc<SourceFile>, complaints: &mut Complaints) -> Script {
    let mut lines = grammar::lines(source.text()).peekable();
    let opening = cast::read(&mut lines, source.start(), complaints);
    if lines
        .next_if(|line| line.as_rule() == Rule::curtain)
        .is_none()
    {
        let place = lines.peek().map_or(source.end(), |line| {
            grammar::span(line, source.start()).start
        });
        complaints.push(ScriptErrorKind::MissingCurtain.at(first_line(source, place)));
    }
    let mut story = story::read(lines, source, &opening, complaints);
    exclusions::settle(&mut story.actions, source);
    let mut script = Script {
        case: CaseId::of_script(source.name()),
        source: Arc::clone(source),
        head: opening.head,
        table: opening.table.map(Arc::new),
        constants: BTreeMap::new(),
        cast: opening.cast,
        story: Arc::new(story.actions),
        choices: story.choices,
        parts: story.parts,
        lender: None,
        afterword: story.afterword,
    };
    own_names::settle(&mut script);
    notes::check_places(&script, complaints);
    script
}

/// From an offset to the end of its line.
fn first_line(source: &SourceFile, start: usize) -> Span {
    let line = source.rest(start).lines().next().unwrap_or_default();
    Span::new(start, start + line.trim_end().len())
}

/// A piece of the author's text, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    const LENGTH: usize = 60;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What was read, and where what is wrong stands.
    fn told(parsed: &Parsed, source: &SourceFile) -> Vec<String> {
        let errors = parsed.errors.iter().map(|error| {
            let related = error.kind.related().into_iter();
            let related = related.map(|(span, label)| format!("{label} {}", source.locate(span)));
            let related: Vec<String> = related.collect();
            format!("{} {} {related:?}", source.locate(error.span), error.kind)
        });
        errors.chain([parsed.script.to_string()]).collect()
    }

    #[test]
    fn a_file_behind_another_one_is_read_as_it_is_alone() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts");
        for folder in ["good", "bad"] {
            for entry in fs::read_dir(format!("{root}/{folder}")).unwrap() {
                let text = fs::read_to_string(entry.unwrap().path()).unwrap();
                let alone = SourceFile::new("b.scs", &text);
                let expected = told(&parse(alone.clone()), &alone);
                let mut source = SourceFile::new("a.scs", "# über\n");
                let behind = alone.after(&source);
                source.put_behind(behind.clone(), Span::new(2, 3));
                assert_eq!(told(&parse(behind), &source), expected);
            }
        }
    }
}
