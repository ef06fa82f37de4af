//! The values of attributes and the text of elements: literals, variables, wildcards and directives.

use std::borrow::Cow;

use compact_str::{CompactString, ToCompactString};
use pest::iterators::Pair;

use super::excerpt;
use super::grammar::{self, Rule};
use super::variable::{self, Place};
use crate::expression::{Expression, Narrowing};
use crate::script::ast::{Condition, Piece, Wildcard};
use crate::script::complaints::Complaints;
use crate::script::error::{Around, ScriptError, ScriptErrorKind};
use crate::script::phrase::Usage;
use crate::source::{SourceFile, Span, Spanned};

/// The word by which a wildcard excludes the values of variables.
const NOT: &str = "not";

/// What ends a section of CDATA.
const CDATA_END: &str = "]]>";

/// Reads the tokens of values.
pub(super) struct ValueReader<'s, 'c> {
    pub(super) source: &'s SourceFile,
    /// Where the text that was parsed begins in the file.
    pub(super) at: usize,
    pub(super) usage: Usage,
    /// What the values stand in.
    pub(super) around: Around,
    pub(super) complaints: &'c mut Complaints,
}

impl ValueReader<'_, '_> {
    /// Adds a token to the pieces before it. Between two others there may be none but an empty one.
    pub(super) fn add(&mut self, token: Pair<'_, Rule>, pieces: &mut Vec<Piece>) {
        let span = grammar::span(&token, self.at);
        if span.is_empty() {
            return;
        }
        let piece = match token.as_rule() {
            Rule::variable => self.variable(token.as_str(), span),
            Rule::wildcard => self.wildcard(token, span),
            Rule::directive => self.directive(token, span),
            Rule::reference => self.reference(token.as_str(), span),
            Rule::double_chars | Rule::single_chars => {
                let text = self.attribute_characters(token.as_str(), span);
                return push_literal(pieces, &text, span);
            }
            Rule::text_chars => return self.add_text(token.as_str(), span, pieces),
            rule => {
                self.complain_of(rule, span);
                let text = self.characters(token.as_str(), span);
                return push_literal(pieces, &text, span);
            }
        };
        push(pieces, piece);
    }

    /// Adds text in which nothing stands for anything else.
    pub(super) fn add_text(&mut self, text: &str, span: Span, pieces: &mut Vec<Piece>) {
        // To look for one character takes far less time.
        if text.contains('>') {
            self.complain_of_ends(text, span);
        }
        self.lines(text, span.start, pieces);
    }

    /// The pieces of the value of a plain tag: text and variables, which are not computed of others.
    pub(super) fn plain(&mut self, text: &str, mut start: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let is_variable = rest.starts_with("${");
            let length = match is_variable {
                true => rest.find('}').map(|end| end + 1),
                // To look for one character takes far less time, and most values have none.
                false => rest.contains('$').then(|| rest.find("${")).flatten(),
            };
            let (part, after) = rest.split_at(length.unwrap_or(rest.len()));
            let span = Span::new(start, start + part.len());
            if is_variable {
                let variable = self.variable(part, span);
                push(&mut pieces, variable);
            } else {
                let text = self.attribute_characters(part, span);
                push_literal(&mut pieces, &text, span);
            }
            (rest, start) = (after, span.end);
        }
        pieces
    }

    /// Leaves a directive only where it is the whole of a value.
    pub(super) fn settle(&mut self, pieces: &mut Vec<Piece>) {
        if !pieces.iter().any(is_directive) {
            return;
        }
        let significant = pieces.iter().filter(|piece| !is_blank(piece)).count();
        match significant {
            1 => pieces.retain(is_directive),
            _ => self.take_literally(pieces),
        }
    }

    /// Turns directives into the characters they are written with.
    pub(super) fn take_literally(&mut self, pieces: &mut Vec<Piece>) {
        for piece in std::mem::take(pieces) {
            if is_directive(&piece) {
                let written = self.source.slice(piece.span()).to_owned();
                let literal = Spanned::new(CompactString::from(&written), piece.span());
                let kind = ScriptErrorKind::DirectiveWithinValue { written };
                self.complain(kind, piece.span());
                push(pieces, Piece::Literal(literal));
            } else {
                push(pieces, piece);
            }
        }
    }

    fn complain(&mut self, kind: ScriptErrorKind, span: Span) {
        self.complaints.push(kind.at(span));
    }

    fn complain_of(&mut self, rule: Rule, span: Span) {
        let kind = match rule {
            Rule::unclosed_variable => ScriptErrorKind::UnclosedVariable {
                around: self.around,
            },
            Rule::unclosed_regex => ScriptErrorKind::UnclosedRegex,
            Rule::unclosed_directive => self.unclosed_directive(),
            Rule::stray_wildcard => ScriptErrorKind::StrayWildcard,
            Rule::ampersand => ScriptErrorKind::StrayAmpersand,
            Rule::less_than => ScriptErrorKind::LessThanInAttribute,
            _ => return,
        };
        self.complain(kind, span);
    }

    /// `]]>` ends a section of CDATA, and stands in no other text (XML 1.0 §2.4).
    fn complain_of_ends(&mut self, text: &str, span: Span) {
        for (at, end) in text.match_indices(CDATA_END) {
            let start = span.start + at;
            let place = Span::new(start, start + end.len());
            self.complain(ScriptErrorKind::StrayCdataEnd, place);
        }
    }

    fn unclosed_directive(&self) -> ScriptErrorKind {
        match self.usage {
            Usage::Receive => ScriptErrorKind::UnclosedDirective,
            Usage::Send => ScriptErrorKind::DirectiveInSends {
                written: "{scansion:".into(),
            },
        }
    }

    /// Adds text line by line: a mistake in one of them does not hide those in the others.
    fn lines(&mut self, text: &str, mut start: usize, pieces: &mut Vec<Piece>) {
        if is_ordinary(text) {
            return push_literal(pieces, text, Span::new(start, start + text.len()));
        }
        for line in text.split_inclusive('\n') {
            let span = Span::new(start, start + line.len());
            let characters = self.characters(line, span);
            push_literal(pieces, &characters, span);
            start = span.end;
        }
    }

    /// White space within an attribute is as good as blanks (XML 1.0 §3.3.3).
    fn attribute_characters<'t>(&mut self, text: &'t str, span: Span) -> Cow<'t, str> {
        match self.characters(text, span) {
            text if text.bytes().any(|byte| matches!(byte, b'\t' | b'\n')) => {
                text.replace(['\t', '\n'], " ").into()
            }
            text => text,
        }
    }

    /// A carriage return is as good as a line feed (XML 1.0 §2.11).
    fn characters<'t>(&mut self, text: &'t str, span: Span) -> Cow<'t, str> {
        if is_ordinary(text) {
            return text.into();
        }
        if let Some((at, found)) = text.char_indices().find(|(_, c)| !is_xml(*c)) {
            let start = span.start + at;
            let place = Span::new(start, start + found.len_utf8());
            self.complain(ScriptErrorKind::BadCharacter { found }, place);
        }
        text.replace('\r', "\n").into()
    }

    fn reference(&mut self, written: &str, span: Span) -> Piece {
        let text = match resolve_reference(written) {
            Ok(character) => character.to_compact_string(),
            Err(kind) => {
                self.complain(kind, span);
                written.into()
            }
        };
        Piece::Literal(Spanned::new(text, span))
    }

    fn variable(&mut self, written: &str, span: Span) -> Piece {
        let name = written.strip_prefix("${").unwrap_or(written);
        let name = name.strip_suffix('}').unwrap_or(name);
        let place = Place::At(span.start + "${".len());
        match variable::read(name, place, span) {
            Ok(variable) => Piece::Variable(Spanned::new(variable, span)),
            Err(mistake) => {
                self.complaints.push(mistake);
                Piece::Literal(Spanned::new(written.into(), span))
            }
        }
    }

    fn wildcard(&mut self, token: Pair<'_, Rule>, span: Span) -> Piece {
        let mut parts = token.into_inner();
        let name = parts
            .next()
            .map(|part| part.as_str())
            .filter(|name| *name != "_");
        let conditions = parts.filter_map(|part| self.condition(part)).collect();
        let wildcard = Wildcard::new(name.map(str::to_owned), conditions);
        Piece::Wildcard(Spanned::new(wildcard, span))
    }

    fn condition(&mut self, part: Pair<'_, Rule>) -> Option<Spanned<Condition>> {
        let span = grammar::span(&part, self.at);
        let condition = match part.as_rule() {
            Rule::regex => {
                let written = part.into_inner().as_str();
                if let Some(kind) = reference_in(written) {
                    self.complain(kind, span);
                }
                regex(written).map(Condition::Is)
            }
            Rule::exclusion => return self.exclusion(part.into_inner().next()?),
            Rule::excluded => match Condition::of_word(part.as_str()) {
                None => return self.exclusion(part),
                Some(narrowing) => narrowing.map(Condition::Is).map_err(Into::into),
            },
            _ if part.as_str() == NOT => Err(ScriptErrorKind::NothingExcluded),
            _ => {
                let narrowing = Narrowing::read(&excerpt(part.as_str()));
                narrowing.map(Condition::Is).map_err(Into::into)
            }
        };
        let condition = condition.map_err(|kind| self.complain(kind, span)).ok()?;
        Some(Spanned::new(condition, span))
    }

    /// A name behind `not`.
    fn exclusion(&mut self, name: Pair<'_, Rule>) -> Option<Spanned<Condition>> {
        let span = grammar::span(&name, self.at);
        let written = name.as_str();
        let variable = match written.starts_with("${") || written.starts_with("$<") {
            true => Err(ScriptErrorKind::SigilBehindNot.at(span)),
            false => variable::read(&without_any_references(written), Place::Within(span), span),
        };
        let variable = variable
            .map_err(|mistake| self.complaints.push(mistake))
            .ok()?;
        Some(Spanned::new(Condition::Not(variable), span))
    }

    fn directive(&mut self, token: Pair<'_, Rule>, span: Span) -> Piece {
        let written = token.as_str().to_owned();
        let name = token.into_inner().as_str();
        let kind = match (self.usage, directive(name, span)) {
            (Usage::Receive, Some(piece)) => return piece,
            (Usage::Receive, None) => ScriptErrorKind::UnknownDirective {
                found: excerpt(name),
            },
            (Usage::Send, _) => ScriptErrorKind::DirectiveInSends {
                written: excerpt(&written),
            },
        };
        self.complain(kind, span);
        Piece::Literal(Spanned::new(written.into(), span))
    }
}

/// Reads a text that is no XML, in which variables can stand.
pub(super) fn pieces(text: &str, span: Span) -> Result<Vec<Piece>, ScriptError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, variable) = rest.split_at(start);
        let end = variable::closing(variable);
        let around = Around::Cell;
        let end = end.ok_or(ScriptErrorKind::UnclosedVariable { around }.at(span))?;
        let name = &variable["${".len()..end - 1];
        let read = variable::read(name, Place::Within(span), span)?;
        push_literal(&mut pieces, before, span);
        pieces.push(Piece::Variable(Spanned::new(read, span)));
        rest = &variable[end..];
    }
    push_literal(&mut pieces, rest, span);
    Ok(pieces)
}

/// Whether a piece is one of those that stand only for a whole value.
pub(super) fn is_directive(piece: &Piece) -> bool {
    matches!(piece, Piece::Any(_) | Piece::Capture(_))
}

/// Whether a piece is nothing but white space.
pub(super) fn is_blank(piece: &Piece) -> bool {
    matches!(piece, Piece::Literal(text) if text.value.chars().all(is_white))
}

/// Whether a character is white space in XML.
pub(super) fn is_white(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// Adds a piece, to the last one where both are literal.
pub(in crate::script) fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match piece {
        Piece::Literal(text) => push_literal(pieces, &text.value, text.span),
        piece => pieces.push(piece),
    }
}

/// Adds text, to the last piece if that is literal.
pub(super) fn push_literal(pieces: &mut Vec<Piece>, text: &str, span: Span) {
    if text.is_empty() {
        return;
    }
    if let Some(Piece::Literal(before)) = pieces.last_mut() {
        before.value.push_str(text);
        before.span = before.span.to(span);
    } else {
        // Most values are one piece, and a vector would make room for four.
        if pieces.is_empty() {
            pieces.reserve_exact(1);
        }
        pieces.push(Piece::Literal(Spanned::new(text.into(), span)));
    }
}

/// Whether a text needs no closer look, which takes its time.
fn is_ordinary(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~'))
}

/// The characters of XML 1.0 §2.2.
fn is_xml(character: char) -> bool {
    !matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

pub(super) fn resolve_reference(written: &str) -> Result<char, ScriptErrorKind> {
    let name = written.trim_start_matches('&').trim_end_matches(';');
    match name.strip_prefix('#') {
        Some(number) => numbered(number).ok_or(ScriptErrorKind::BadReference {
            found: excerpt(written),
        }),
        None => entity(name).ok_or(ScriptErrorKind::UnknownEntity {
            found: excerpt(written),
        }),
    }
}

fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|character| is_xml(*character))
}

fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// A variable's name in an attribute may have to write a quote as `&apos;` or `&quot;`.
pub(super) fn without_references(name: &str) -> Cow<'_, str> {
    if !name.contains('&') {
        return name.into();
    }
    let name = name.replace("&apos;", "'").replace("&quot;", "\"");
    name.replace("&lt;", "<").replace("&amp;", "&").into()
}

/// A name behind `not` has to write by references what would end it.
fn without_any_references(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, reference)) = rest.split_once('&') {
        text.push_str(before);
        rest = reference;
        let end = reference.find(';').unwrap_or_default();
        match resolve_reference(&format!("&{};", &reference[..end])) {
            Ok(character) => {
                text.push(character);
                rest = &reference[end + 1..];
            }
            Err(_) => text.push('&'),
        }
    }
    text + rest
}

fn regex(written: &str) -> Result<Narrowing, ScriptErrorKind> {
    let source = unescape_slashes(written);
    let expression = Expression::new(&source).map_err(|error| match variable_in(written) {
        Some(found) => ScriptErrorKind::VariableInRegex { found },
        None => ScriptErrorKind::BadRegex {
            reason: error.to_string(),
        },
    })?;
    Ok(Narrowing::Regex(expression))
}

/// What is to be said of the first reference in an expression, where it is none.
fn reference_in(written: &str) -> Option<ScriptErrorKind> {
    let mut starts = written.match_indices('&');
    starts.find_map(|(at, _)| {
        let (name, _) = written[at..].split_once(';')?;
        let found = format!("{name};");
        let meant = resolve_reference(&found).ok()?;
        Some(ScriptErrorKind::ReferenceInRegex { found, meant })
    })
}

/// What looks like a variable in a text that has none.
fn variable_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("${")?;
    let (name, _) = after.split_once('}')?;
    Some(excerpt(&format!("${{{name}}}")))
}

/// Only `\/` is the language's own; every other escape is the expression's.
fn unescape_slashes(written: &str) -> String {
    let mut source = String::with_capacity(written.len());
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('/') => source.push('/'),
                escaped => source.extend(std::iter::once('\\').chain(escaped)),
            },
            _ => source.push(character),
        }
    }
    source
}

fn directive(name: &str, span: Span) -> Option<Piece> {
    match name.split_once(':') {
        None if name == "any" => Some(Piece::Any(span)),
        Some(("capture", variable)) if !variable.trim().is_empty() => Some(Piece::Capture(
            Spanned::new(variable.trim().to_owned(), span),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::ast::{ActorName, Variable};
    use crate::script::testing::{at, mistake, mistakes, pieces, receiving, sending, stanza};

    fn said(text: &str) -> (String, String) {
        mistake(&receiving(&format!("<a>{text}</a>")))
    }

    fn said_of_attribute(text: &str) -> (String, String) {
        mistake(&receiving(&format!("<a b='{text}'/>")))
    }

    #[track_caller]
    fn literal(text: &str) -> String {
        match pieces(text).as_slice() {
            [Piece::Literal(literal)] => literal.value.to_string(),
            other => panic!("not one literal: {other:?}"),
        }
    }

    #[track_caller]
    fn named(text: &str) -> Variable {
        match pieces(text).as_slice() {
            [Piece::Variable(variable)] => variable.value.clone(),
            other => panic!("not one variable: {other:?}"),
        }
    }

    #[track_caller]
    fn wild(text: &str) -> Wildcard {
        match pieces(text).as_slice() {
            [Piece::Wildcard(wildcard)] => wildcard.value.clone(),
            other => panic!("not one wildcard: {other:?}"),
        }
    }

    /// What a wildcard demands; the names behind `not` as they are, each with its `not`.
    #[track_caller]
    fn conditions(text: &str) -> Vec<String> {
        let conditions = wild(text).conditions.into_iter();
        conditions
            .map(|condition| match condition.value {
                Condition::Is(narrowing) => narrowing.to_string(),
                Condition::Not(variable) => format!("not {variable}"),
            })
            .collect()
    }

    #[test]
    fn references_are_replaced_and_joined() {
        assert_eq!(
            literal("a&lt;&gt;&amp;&quot;&apos;&#36;&#x24;b"),
            "a<>&\"'$$b"
        );
        assert_eq!(literal("<![CDATA[&lt;<b>]]>"), "&lt;<b>");
        assert_eq!(literal("a\rb&#13;"), "a\nb\r");
    }

    #[test]
    fn bad_references() {
        assert_eq!(said("&nbsp;"), at("unknown entity `&nbsp;`", "&nbsp;"));
        assert_eq!(said("&#0;"), at("`&#0;` is not a character of XML", "&#0;"));
        assert_eq!(
            said("&#xD800;"),
            at("`&#xD800;` is not a character of XML", "&#xD800;")
        );
        assert_eq!(said("&#;"), at("`&#;` is not a character of XML", "&#;"));
        assert_eq!(said("&#99999999999;").1, "&#99999999999;");
        assert_eq!(said("a & b"), at("`&` begins no reference here", "&"));
        assert_eq!(said_of_attribute("a&b").0, "`&` begins no reference here");
        assert_eq!(
            said("\u{1}"),
            at("the character U+0001 is not allowed in XML", "\u{1}")
        );
    }

    #[test]
    fn variables() {
        let name = || ActorName::new("Juliet's phone");
        assert_eq!(
            named("${Juliet's phone's full JID}"),
            Variable::FullJid(name())
        );
        assert_eq!(
            named("${ Juliet's phone's JID }"),
            Variable::BareJid(name())
        );
        assert_eq!(
            named("${Juliet&apos;s phone's JID}"),
            Variable::BareJid(name())
        );
        assert_eq!(named("${x}"), Variable::Captured("x".into()));
        assert_eq!(named("<![CDATA[${x}]]>"), Variable::Captured("x".into()));
        assert_eq!(pieces("a${x}$<y>b").len(), 4);
    }

    #[test]
    fn bad_variables() {
        assert_eq!(
            said("${Romeo's jid}"),
            at("`${Romeo's jid}` is not a variable", "${Romeo's jid}")
        );
        assert_eq!(said("${}"), at("`${}` is not a variable", "${}"));
        assert_eq!(
            said("${'s JID}"),
            at("`${'s JID}` is not a variable", "${'s JID}")
        );
        assert_eq!(said("${x"), at("this variable is never closed", "${"));
        assert_eq!(said_of_attribute("${x").0, "this variable is never closed");
    }

    #[test]
    fn wildcards() {
        let plain = |name: Option<&str>| Wildcard {
            name: name.map(str::to_owned),
            conditions: Vec::new(),
        };
        assert_eq!(wild("$<x>"), plain(Some("x")));
        assert_eq!(wild("$<_>"), plain(None));
        assert_eq!(wild("$<_a.b-c>"), plain(Some("_a.b-c")));
        assert_eq!(wild("$<größe>"), plain(Some("größe")));
        assert_eq!(wild("$<値2>"), plain(Some("値2")));
        assert_eq!(wild("$<1>"), plain(Some("1")));
        assert_eq!(conditions("$<x:int>"), ["int"]);
        assert_eq!(conditions("$<_: uuid>"), ["uuid"]);
        assert_eq!(conditions("$<_:/x/, int 1 >"), ["/x/", "int 1"]);
        assert_eq!(conditions("$<x:not a >"), ["not a"]);
        assert_eq!(conditions("$<x:jid>"), ["jid"]);
        assert_eq!(conditions("$<x:datetime>"), ["datetime"]);
        assert_eq!(conditions("$<x:int  1 .. 5>"), ["int 1..5"]);
        assert_eq!(
            conditions("$<x:text 1..128,int 3>"),
            ["text 1..128", "int 3"]
        );
    }

    #[test]
    fn behind_not_stand_names() {
        for (written, read) in [
            ("$<x:not a>", vec!["not a"]),
            ("$<x:not a, b,c>", vec!["not a", "not b", "not c"]),
            ("$<x:/x|y,/, not a>", vec!["/x|y,/", "not a"]),
            (
                "$<x:uuid , not the first one>",
                vec!["uuid", "not the first one"],
            ),
            ("$<x:not a, uuid, b>", vec!["uuid", "not a", "not b"]),
            ("$<x:not a, int 1.., /b/>", vec!["int 1..", "/b/", "not a"]),
            (
                "$<x:not text message, text 1..2>",
                vec!["text 1..2", "not text message"],
            ),
            (
                "$<x:not a, text message>",
                vec!["not a", "not text message"],
            ),
            ("$<x:not int, not uuid>", vec!["not int", "not uuid"]),
            ("$<x:not not, a>", vec!["not not", "not a"]),
            ("$<x:not Juliet's full JID>", vec!["not Juliet's full JID"]),
            ("$<x:not a&gt;&#44;b&c;&lt;>", vec!["not a>,b&c;<"]),
        ] {
            assert_eq!(conditions(written), read, "{written}");
        }
        let stanza = stanza(&receiving(
            "<a b='$<x:not A's JID>' c=\"$<y:not A's JID>\"/>",
        ));
        assert_eq!(stanza.element.attributes.len(), 2);
    }

    #[test]
    fn regular_expressions_may_hold_markup() {
        let source = |text| match wild(text).conditions.as_slice() {
            [
                Spanned {
                    value: Condition::Is(Narrowing::Regex(expression)),
                    ..
                },
            ] => expression.written().to_owned(),
            other => panic!("not a regular expression: {other:?}"),
        };
        assert_eq!(source("$<x:/[a-z>\"']+&lt/>"), "[a-z>\"']+&lt");
        assert_eq!(source("$<x:/a\\/b\\\\\\d/>"), "a/b\\\\\\d");
        let stanza = stanza(&receiving("<a b='$<x:/[\"\\']/>'/>"));
        assert_eq!(stanza.element.attributes[0].value.pieces.len(), 1);
    }

    #[test]
    fn references_in_regular_expressions_stand_for_themselves() {
        let Ok(Narrowing::Regex(expression)) = regex("[a-z>\"']+&lt;") else {
            panic!("it is an expression");
        };
        assert_eq!(expression.written(), "[a-z>\"']+&lt;");
    }

    #[test]
    fn bad_wildcards() {
        assert_eq!(
            said("$<x:itn>"),
            at("unknown kind of wildcard `itn`", "itn")
        );
        assert_eq!(
            said("$<x:/(/>"),
            at("this regular expression is not valid", "/(/")
        );
        assert_eq!(
            said("$<x:/a)(b/>"),
            at("this regular expression is not valid", "/a)(b/")
        );
        assert_eq!(
            said("$<x:/a&b&amp;c/>"),
            at(
                "`&amp;` stands for itself in a regular expression",
                "/a&b&amp;c/"
            )
        );
        assert_eq!(
            said("$<x:/a${col}/>"),
            at("`${col}` cannot stand in a regular expression", "/a${col}/")
        );
        assert_eq!(said("$<x:/a>").0, "this regular expression is never closed");
        assert_eq!(
            said_of_attribute("$<>"),
            at("`$<` begins no wildcard here", "$<")
        );
        assert_eq!(
            said("$<x:not>"),
            at("`not` needs the name of a variable", "not")
        );
        assert_eq!(
            said("$<x:not ${a}>"),
            at("behind `not` a name stands alone", "${a}")
        );
        assert_eq!(
            said("$<x:not a's jid>"),
            at("`${a's jid}` is not a variable", "a's jid")
        );
        assert_eq!(
            said("$<x:not a, int 5..1>"),
            at("no number is from 5 to 1", "int 5..1")
        );
        assert_eq!(
            said_of_attribute("$<x:int' c='d"),
            at("`$<` begins no wildcard here", "$<")
        );
        let mistakes = mistakes(&receiving("<a b='$<x:itn>' c='$<x:/(/>'/>"));
        assert!(
            mistakes[0]
                .0
                .help()
                .unwrap()
                .starts_with("did you mean `int`?")
        );
        assert_eq!(mistakes[1].0.label().unwrap(), "unclosed group");
    }

    #[test]
    fn a_dollar_before_a_tag_is_a_dollar() {
        let stanza = stanza(&receiving("<a>5$<b/>$<c d='e'></c></a>"));
        assert_eq!(stanza.element.elements().count(), 2);
        assert_eq!(literal("&#36;&lt;b> $5"), "$<b> $5");
    }

    #[test]
    fn directives_stand_for_whole_values() {
        assert!(matches!(
            pieces(" \n\t{scansion:any} ").as_slice(),
            [Piece::Any(_)]
        ));
        let [Piece::Capture(name)] = &pieces("{scansion:capture:the id}")[..] else {
            panic!("no capture")
        };
        assert_eq!(name.value, "the id");
        let stanza = stanza(&receiving("<a b=' {scansion:any}'/>"));
        assert!(matches!(
            stanza.element.attributes[0].value.pieces.as_slice(),
            [Piece::Any(_)]
        ));
    }

    #[test]
    fn directives_within_longer_values_are_literal() {
        let (kind, place) = mistakes(&receiving("<a b='x{scansion:any}'/>")).remove(0);
        assert_eq!(kind.to_string(), "`{scansion:any}` is taken literally here");
        assert_eq!(kind.severity(), crate::diagnostic::Severity::Warning);
        assert_eq!(place, "{scansion:any}");
    }

    #[test]
    fn unknown_directives() {
        assert_eq!(
            said("{scansion:an}"),
            at("unknown directive `{scansion:an}`", "{scansion:an}")
        );
        assert_eq!(
            said("{scansion:capture:}").0,
            "unknown directive `{scansion:capture:}`"
        );
        assert_eq!(
            said("{scansion:any"),
            at("this directive is never closed", "{scansion:")
        );
        let help = mistakes(&receiving("<a>{scansion:captur:x}</a>"))[0]
            .0
            .help();
        assert_eq!(help.unwrap(), "did you mean `{scansion:capture:NAME}`?");
    }

    #[test]
    fn directives_are_sent_literally() {
        let (kind, _) = mistakes(&sending("<a>{scansion:any}</a>")).remove(0);
        assert_eq!(
            kind.to_string(),
            "`{scansion:any}` is taken literally in `sends`"
        );
        assert_eq!(kind.severity(), crate::diagnostic::Severity::Warning);
    }
}
