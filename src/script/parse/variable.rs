//! What stands between `${` and `}`: names, and what is computed of others.

use super::excerpt;
use super::value::{resolve_reference, without_references};
use crate::formula::{Function, Offset};
use crate::raw_text;
use crate::script::ast::Variable;
use crate::script::error::{Around, ScriptError, ScriptErrorKind};
use crate::script::variable::{ArgumentPiece, Computed, NOW};
use crate::source::{Span, Spanned};

/// How deep variables may stand within each other. The grammar knows no more levels either.
const LEVELS: usize = 5;

/// Where a text stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// As it is, from this offset on.
    At(usize),
    /// Somewhere in here, with its references replaced.
    Within(Span),
}

impl Place {
    /// The place of so many bytes of the text.
    fn part(self, start: usize, length: usize) -> Span {
        match self {
            Self::At(at) => Span::new(at + start, at + start + length),
            Self::Within(span) => span,
        }
    }

    /// The place of the text behind so many bytes.
    fn behind(self, start: usize) -> Self {
        match self {
            Self::At(at) => Self::At(at + start),
            Self::Within(span) => Self::Within(span),
        }
    }
}

/// Reads what names a value. `whole` is where it stands together with what is around it.
pub(super) fn read(name: &str, place: Place, whole: Span) -> Result<Variable, ScriptError> {
    read_at(name, place, whole, LEVELS)
}

fn read_at(name: &str, place: Place, whole: Span, levels: usize) -> Result<Variable, ScriptError> {
    let (name, place) = trimmed(name, place);
    if let Some(computed) = computed(name, place, levels) {
        return Ok(Variable::Computed(computed?));
    }
    if let Some((before, _)) = name.split_once("${") {
        let found = excerpt(before.trim());
        let kind = match found.is_empty() {
            true => ScriptErrorKind::BadVariable {
                found: excerpt(name),
            },
            false => ScriptErrorKind::UnknownFunction { found },
        };
        return Err(kind.at(whole));
    }
    let variable = match place {
        Place::Within(_) if levels == LEVELS => named(name),
        Place::At(_) | Place::Within(_) => named(&without_references(name)),
    };
    variable.map_err(|kind| kind.at(whole))
}

/// A text without the blanks around it, and its place.
fn trimmed(text: &str, place: Place) -> (&str, Place) {
    let begun = text.trim_start();
    (begun.trim_end(), place.behind(text.len() - begun.len()))
}

/// The variable of a name.
fn named(name: &str) -> Result<Variable, ScriptErrorKind> {
    let bad = || ScriptErrorKind::BadVariable {
        found: excerpt(name),
    };
    match Variable::of_actor(name) {
        Some(("", _)) => Err(bad()),
        Some((_, variable)) => Ok(variable),
        None if name.is_empty() || name.contains('\'') => Err(bad()),
        None => Ok(Variable::Captured(name.to_owned())),
    }
}

/// What is computed, if the first word says so.
fn computed(name: &str, place: Place, levels: usize) -> Option<Result<Computed, ScriptError>> {
    let (word, rest) = name.split_at(name.find([' ', '\t']).unwrap_or(name.len()));
    let (argument, place) = trimmed(rest, place.behind(word.len()));
    if word == NOW {
        return now(argument, place);
    }
    let function = Function::named(word).filter(|_| !argument.is_empty())?;
    let reader = ArgumentReader {
        text: argument,
        place,
        levels,
        at: 0,
        pieces: Vec::new(),
    };
    let argument = reader.read();
    Some(argument.map(|argument| Computed::Of(function, argument)))
}

/// The time. What could not be meant so is a name.
fn now(offset: &str, place: Place) -> Option<Result<Computed, ScriptError>> {
    let is_meant = offset.is_empty() || offset.starts_with(['-', '+']);
    is_meant.then(|| {
        let read = Offset::read(offset).map(Computed::Now);
        read.map_err(|problem| {
            ScriptErrorKind::BadOffset { problem }.at(place.part(0, offset.len()))
        })
    })
}

/// Reads the argument of a function.
struct ArgumentReader<'t> {
    text: &'t str,
    place: Place,
    /// How many levels of variables there may be around what is read.
    levels: usize,
    /// How much has been read.
    at: usize,
    pieces: Vec<ArgumentPiece>,
}

impl<'t> ArgumentReader<'t> {
    fn read(mut self) -> Result<Vec<ArgumentPiece>, ScriptError> {
        while let Some(next) = self.rest().chars().next() {
            match next {
                '\\' => self.escape()?,
                '&' => self.reference()?,
                '$' if self.rest().starts_with("${") => self.variable()?,
                '$' if self.rest().starts_with("$<") => {
                    return Err(self.mistake(ScriptErrorKind::WildcardInArgument, 2));
                }
                _ => self.take(next.len_utf8(), next.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        Ok(self.pieces)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn mistake(&self, kind: ScriptErrorKind, length: usize) -> ScriptError {
        kind.at(self.place.part(self.at, length))
    }

    /// Takes so much of the text for these bytes.
    fn take(&mut self, length: usize, bytes: &[u8]) {
        self.at += length;
        ArgumentPiece::push(&mut self.pieces, ArgumentPiece::Bytes(bytes.to_vec()));
    }

    fn escape(&mut self) -> Result<(), ScriptError> {
        let rest = self.rest();
        let Some((byte, length)) = escaped(rest) else {
            let found: String = rest.chars().take(2).collect();
            let length = found.len();
            return Err(self.mistake(ScriptErrorKind::NoByte { found }, length));
        };
        self.take(length, &[byte]);
        Ok(())
    }

    fn reference(&mut self) -> Result<(), ScriptError> {
        let rest = self.rest();
        let end = rest.find(';').map_or(1, |end| end + 1);
        match (resolve_reference(&rest[..end]), self.place) {
            (Ok(character), _) => {
                let text = character.to_string();
                self.take(end, text.as_bytes());
            }
            // It may have been a reference to this character.
            (Err(_), Place::Within(_)) => self.take(1, b"&"),
            (Err(_), Place::At(_)) if end == 1 => {
                return Err(self.mistake(ScriptErrorKind::StrayAmpersand, 1));
            }
            (Err(kind), Place::At(_)) => return Err(self.mistake(kind, end)),
        }
        Ok(())
    }

    fn variable(&mut self) -> Result<(), ScriptError> {
        let rest = self.rest();
        let closed = closing(rest).filter(|_| self.levels > 0);
        let Some(end) = closed else {
            let around = Around::Xml;
            return Err(self.mistake(ScriptErrorKind::UnclosedVariable { around }, 2));
        };
        let whole = self.place.part(self.at, end);
        let inner = self.place.behind(self.at + 2);
        let variable = read_at(&rest[2..end - 1], inner, whole, self.levels - 1)?;
        let variable = Spanned::new(variable, whole);
        self.pieces.push(ArgumentPiece::Variable(variable));
        self.at += end;
        Ok(())
    }
}

/// The byte that an escape at the beginning of a text means, and how long the escape is.
fn escaped(text: &str) -> Option<(u8, usize)> {
    let byte = match text.as_bytes().get(1)? {
        b'0' => 0,
        b'\\' => b'\\',
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'x' => return raw_text::numbered(&text[2..]).map(|byte| (byte, 4)),
        _ => return None,
    };
    Some((byte, 2))
}

/// Where the variable ends that begins a text.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut open = 0;
    for (at, character) in text.char_indices() {
        match character {
            '$' if text[at..].starts_with("${") => open += 1,
            '}' if open == 1 => return Some(at + 1),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::ast::Piece;
    use crate::script::testing::{at, mistake, pieces, receiving};

    /// What is read, references and escapes replaced.
    #[track_caller]
    fn argument(written: &str) -> Vec<ArgumentPiece> {
        match pieces(written).as_slice() {
            [Piece::Variable(variable)] => match &variable.value {
                Variable::Computed(computed) => computed.argument().to_vec(),
                other => panic!("not computed: {other:?}"),
            },
            other => panic!("not one variable: {other:?}"),
        }
    }

    #[track_caller]
    fn bytes(written: &str) -> Vec<u8> {
        match argument(written).as_slice() {
            [ArgumentPiece::Bytes(bytes)] => bytes.clone(),
            other => panic!("not one literal: {other:?}"),
        }
    }

    fn said(text: &str) -> (String, String) {
        mistake(&receiving(&format!("<a>{text}</a>")))
    }

    #[test]
    fn arguments_are_bytes() {
        for (written, read) in [
            ("${base64 abc}", &b"abc"[..]),
            ("${ sha1  a  b }", b"a  b"),
            ("${base64 \\0romeo\\0secret}", b"\0romeo\0secret"),
            (
                "${base64 \\01\\xff\\x1F\\\\\\r\\n\\t}",
                b"\x001\xff\x1f\\\r\n\t",
            ),
            ("${sha256 &lt;&amp;&#125;&#x24;{&#32;}", b"<&}${ "),
            ("${base64 it's \"5$\"}", b"it's \"5$\""),
            ("<![CDATA[${sha1 a&gt;b}]]>", b"a>b"),
        ] {
            assert_eq!(bytes(written), read, "{written}");
        }
    }

    #[test]
    fn variables_stand_in_arguments_in_their_places() {
        let story = receiving("<a b='${base64 \\0${Romeo's user}\\0${sha1 ${x}}}'/>");
        let parsed = crate::script::testing::sound(&story);
        let stanza = parsed.script.story[0].verb.stanzas()[0];
        let places = stanza.pieces().flat_map(Piece::variables);
        let places = places.map(|(variable, span)| {
            let place = parsed.script.source.slice(span);
            (variable.to_string(), place.to_owned())
        });
        let (user, x) = (at("Romeo's user", "${Romeo's user}"), at("x", "${x}"));
        assert_eq!(places.collect::<Vec<_>>(), [user, x]);
    }

    #[test]
    fn without_an_argument_a_function_is_a_name() {
        for name in ["base64", "now x", "sha1sum x"] {
            let read = pieces(&format!("${{{name}}}"));
            let captured = Variable::Captured(name.to_owned());
            assert!(matches!(&read[..], [Piece::Variable(own)] if own.value == captured));
        }
    }

    #[test]
    fn bad_arguments() {
        assert_eq!(
            said("${base46 ${x}}"),
            at("unknown function `base46`", "${base46 ${x}}")
        );
        assert_eq!(
            said("${${x}}"),
            at("`${${x}}` is not a variable", "${${x}}")
        );
        assert_eq!(said("${base64 a\\qb}"), at("`\\q` is no byte", "\\q"));
        assert_eq!(said("${base64 a\\xfg}"), at("`\\x` is no byte", "\\x"));
        assert_eq!(said("${base64 a\\}"), at("`\\` is no byte", "\\"));
        assert_eq!(
            said("${base64 $<x>}"),
            at("a wildcard cannot stand in an argument", "$<")
        );
        assert_eq!(
            said("${base64 a&nbsp;}"),
            at("unknown entity `&nbsp;`", "&nbsp;")
        );
        assert_eq!(
            said("${base64 a & b}"),
            at("`&` begins no reference here", "&")
        );
        assert_eq!(
            said("${now -1x}"),
            at("`-1x` does not say how far from now", "-1x")
        );
        assert_eq!(
            said("${base64 ${A's jid}}"),
            at("`${A's jid}` is not a variable", "${A's jid}")
        );
        assert_eq!(said("${base64 ${x}").0, "this variable is never closed");
        let deep = format!("{}x{}", "${sha1 ".repeat(9), "}".repeat(9));
        assert_eq!(
            mistake(&receiving(&format!("<a b='$<_:not sha1 {deep}>'/>"))).0,
            "this variable is never closed"
        );
    }
}
