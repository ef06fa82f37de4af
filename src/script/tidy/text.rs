//! From a text to the same in order.

use thiserror::Error;

use super::page::Page;
use super::pieces::pieces;
use crate::diagnostic::Severity;
use crate::script::ast::Script;
use crate::script::parse::{Parsed, parse};
use crate::source::SourceFile;

/// Why a text is not put in order.
#[derive(Debug, Error)]
pub enum Untidy {
    /// There are mistakes in it.
    #[error("{}: there are mistakes in it", .0.script.source.shown_name())]
    Broken(Box<Parsed>),
    /// It would say something else afterwards: a mistake of this program.
    #[error("{name}: put in order it would say something else; it stays as it is")]
    Changed {
        /// The name of the file.
        name: String,
    },
}

/// Puts the text of a script in order.
///
/// # Errors
///
/// When there are mistakes in it, so that nobody can tell what its parts are.
pub fn tidy(source: SourceFile) -> Result<String, Untidy> {
    let parsed = parse(source);
    let errors = &mut parsed.errors.iter();
    if errors.any(|error| error.severity() == Severity::Error) {
        return Err(Untidy::Broken(Box::new(parsed)));
    }
    let script = parsed.script;
    let text = written(&script);
    let again = parse(SourceFile::new(script.source.name(), &text)).script;
    match again.to_string() == script.to_string() {
        true => Ok(text),
        false => Err(Untidy::Changed {
            name: script.source.shown_name(),
        }),
    }
}

fn written(script: &Script) -> String {
    let text = script.source.text();
    let mut page = Page::default();
    let mut at = 0;
    for piece in pieces(script) {
        page.between(&text[at..piece.span.start]);
        at = piece.span.end;
        page.piece(piece);
    }
    page.between(&text[at..]);
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        let tidied = |text: &str| tidy(SourceFile::new("a.scs", text)).unwrap();
        assert_eq!(tidied(text), expected);
        assert_eq!(tidied(expected), expected);
    }

    /// What a story becomes.
    #[track_caller]
    fn story_becomes(story: &str, expected: &str) {
        let text = |story: &str| format!("[Client] A\n---------\n{story}");
        becomes(&text(story), &text(expected));
    }

    #[test]
    fn lines_are_written_as_they_are_printed() {
        becomes(
            "\u{feff}\n\n#T  \r\n##  xep:0313\n// more\n##slow\n\n[Client]  A  \n  jid : a@b\n   password:x y \n\n  ----\t\n\nA   connects:\nA receives\n   <a/>\n\n\n",
            "#T\n## xep: 0313\n// more\n## slow\n\n[Client] A\n\tjid: a@b\n\tpassword: x y\n\n---------\n\nA connects\nA receives:\n\t<a/>\n",
        );
    }

    #[test]
    fn comments_and_blank_lines_stay_where_they_are() {
        let text = "# T\n#\n## slow\n\n\n# of A\n\n[Client] A\n\t# of the jid\n\tjid: a@b\n\n\tpassword: x\n# below\n\n---------\n\
            #A sends:\n#\t\t<a/>\n\n\n-- one\n// two\nA connects\n\t# in no block\n\nA sends:\n\t# first\n\n\t<a/>\n# between\n\t<b/>\n\t# last\n# last of all\n";
        becomes(text, text);
        story_becomes(
            "A sends:\n      # c  \n  <a/>\n # d\n",
            "A sends:\n\t# c\n\t<a/>\n\t# d\n",
        );
    }

    #[test]
    fn tags_are_put_in_order_and_what_is_between_them_stays() {
        story_becomes(
            "A sends:\n\t<a  b = 'x\"'   xmlns='urn:x' ><b></b> &gt; &#x41; <![CDATA[ <c  /> ]]> <!-- d  --> <e /></a >\n",
            "A sends:\n\t<a b='x\"' xmlns=\"urn:x\"><b/> &gt; &#x41; <![CDATA[ <c  /> ]]> <!-- d  --> <e/></a>\n",
        );
    }

    #[test]
    fn attributes_on_lines_of_their_own_stay_there() {
        let text =
            "A sends:\n\t<a b=\"c\"\n\t   # why\n\t   d=\"e\"\n\t>\n\t\t<f\n\t\t/>\n\t</a>\n";
        story_becomes(text, text);
    }

    #[test]
    fn stanzas_have_a_line_of_their_own_each() {
        story_becomes(
            "A sends:\n\t<a/><b/>  <!-- c --> <d/>\n",
            "A sends:\n\t<a/>\n\t<b/>  <!-- c -->\n\t<d/>\n",
        );
    }

    #[test]
    fn a_script_is_indented_as_its_stanzas_are() {
        becomes(
            "[Client] A\n\tjid: a@b\n---\nA sends:\n    <a>\n        <b/>\n    </a>\nA sends:\n\t<c/>\n",
            "[Client] A\n    jid: a@b\n---------\nA sends:\n    <a>\n        <b/>\n    </a>\nA sends:\n    <c/>\n",
        );
    }

    #[test]
    fn what_is_said_below_the_session_stays() {
        story_becomes(
            "A opens a stream\nA sends text\n    # text \n     <a  >\n\n# c\n\n    <b\nA sends\n    <?xml  version='1.0'?>\n    <stream:stream  to=\"b\" >\n\t</stream:stream>\nA  is disconnected\nA is disconnected\n  <stream:error />\n  </stream:stream>\n",
            "A opens a stream\nA sends text:\n    # text \n     <a  >\n\n# c\n\n    <b\nA sends:\n    <?xml  version='1.0'?>\n    <stream:stream to=\"b\">\n    </stream:stream>\nA is disconnected\nA is disconnected:\n    <stream:error/>\n    </stream:stream>\n",
        );
    }

    #[test]
    fn a_text_whose_lines_have_no_indentation_in_common_stays() {
        let text = "A opens a stream\nA sends text:\n\t<a>\n b\n\t</a>\n# c\nA disconnects\n";
        story_becomes(text, text);
        let text = format!("[Client] A\n\tjid: a@b\n---------\n{text}A receives:\n\t<a/>\n");
        becomes(&text, &text);
        let line = "A opens a stream\nA sends text:\n\t<a>\n# c\nA disconnects\n";
        story_becomes(line, line);
        story_becomes(&line.replace('\t', "  "), line);
    }

    #[test]
    fn tables_are_put_in_columns() {
        becomes(
            "[Cases]\n  |a|  b |\n# c\n\n    # d\n\t| \\| |\"\"|\n[Client] A\n---------\nA connects\n",
            "[Cases]\n\t| a  | b  |\n# c\n\n\t# d\n\t| \\| | \"\" |\n[Client] A\n---------\nA connects\n",
        );
    }

    #[test]
    fn alternatives_keep_their_indentation() {
        story_becomes(
            "Either:\n  A receives\n     <a/>\n     # c\n  # d\n  A receives :nothing\nor  ( x )\n# e\n\n  A receives:\n    <b>\n    </b>\n",
            "Either\n  A receives:\n  \t<a/>\n  \t# c\n  # d\n  A receives: nothing\nor (x)\n# e\n\n  A receives:\n    <b>\n    </b>\n",
        );
    }

    #[test]
    fn words_under_a_line_stay_with_it() {
        story_becomes(
            "A receives\n\t# c\n\n\tnothing\n",
            "A receives: nothing\n\t# c\n",
        );
        story_becomes(
            "A answers\n  <a/>\n# c\nwith\n  # d\n  <b/>\n",
            "A answers:\n\t<a/>\n# c\nwith:\n\t# d\n\t<b/>\n",
        );
    }

    #[test]
    fn what_has_mistakes_is_left_alone() {
        let broken = tidy(SourceFile::new("a.scs", "[Client] A\n---\nA flies\n"));
        assert!(matches!(broken, Err(Untidy::Broken(parsed)) if parsed.errors.len() == 1));
    }
}
