//! The lines below `Prologue: FILE`: what the names of the other script stand for.

use super::excerpt;
use super::grammar::{self, Rule};
use super::story::StoryReader;
use super::table;
use crate::script::ast::Comment;
use crate::script::borrowing::{Borrowing, Given, IS};
use crate::script::error::ScriptErrorKind;
use crate::source::{Span, Spanned};

impl StoryReader<'_, '_> {
    /// The script at a path, with the lines below that.
    pub(super) fn borrowing(&mut self, path: Spanned<&str>, body: Option<Span>) -> Borrowing {
        let mut borrowing = Borrowing {
            path: Spanned::new(path.value.to_owned(), path.span),
            given: Vec::new(),
        };
        let body = body.unwrap_or_default();
        let source = self.source;
        let mut comments = Vec::new();
        for line in grammar::block_lines(source.slice(body)) {
            match line.as_rule() {
                Rule::comment => comments.push(grammar::comment(&line, body.start)),
                Rule::indented => {
                    let line = grammar::trimmed(&line, body.start);
                    let given = self.given(line, std::mem::take(&mut comments), &borrowing.given);
                    borrowing.given.extend(given);
                }
                _ => {}
            }
        }
        // What stands below the last line is for what follows.
        self.comments.append(&mut comments);
        borrowing
    }

    fn given(
        &mut self,
        line: Spanned<&str>,
        comments: Vec<Comment>,
        before: &[Given],
    ) -> Option<Given> {
        let Some((name, written)) = sides(line) else {
            let found = excerpt(line.value);
            self.complain(ScriptErrorKind::BadGiven { found }, line.span);
            return None;
        };
        if let Some(first) = before.iter().find(|given| given.name.value == name.value) {
            let (name_text, first) = (excerpt(name.value), first.name.span);
            let kind = ScriptErrorKind::DuplicateGiven {
                name: name_text,
                first,
            };
            self.complain(kind, name.span);
            return None;
        }
        let cell = table::cell(written, self.complaints)?;
        let owned = |text: Spanned<&str>| Spanned::new(text.value.to_owned(), text.span);
        Some(Given {
            comments,
            name: owned(name),
            written: owned(written),
            cell: cell.value,
        })
    }
}

/// What stands before the first `is` and behind it.
fn sides(line: Spanned<&str>) -> Option<(Spanned<&str>, Spanned<&str>)> {
    let mut words = line.value.match_indices(IS);
    let (name, written, at) = words.find_map(|(at, word)| {
        let (name, written) = (&line.value[..at], &line.value[at + word.len()..]);
        let blanks = [' ', '\t'];
        let is_word = name.ends_with(blanks) && written.starts_with(blanks);
        is_word.then_some((name, written, at + word.len()))
    })?;
    let name = grammar::trim(name, line.span.start);
    let written = grammar::trim(written, line.span.start + at);
    (!name.value.is_empty() && !written.value.is_empty()).then_some((name, written))
}
