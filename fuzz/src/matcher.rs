//! Matching: the matcher agrees with one that is slow and obviously right, and can tell why something does not match.

use arbitrary::{Result, Unstructured};
use minidom::Element;
use rxml::{Namespace, NcName};
use scansion::expression::{Expression, Narrowing};
use scansion::matcher::{
    self, AbsentAttribute, AttributePattern, Bindings, ChildOrder, Conditions, Constraint, Each,
    Effort, ElementPattern, Mode, OneOf, Pattern, TextPattern, ValuePattern, ValuePiece,
};
use scansion::source::{Span, Spanned};

use crate::slow::{self, Parts};

const NAMES: [&str; 2] = ["a", "b"];
const NAMESPACES: [&str; 2] = ["jabber:client", "urn:x"];
const ATTRIBUTES: [(&str, &str); 3] = [("", "a"), ("", "b"), ("urn:x", "a")];
const LITERALS: [&str; 8] = ["1", "x", "", " ", "xx", "é", "1 x", " x"];
const WILDCARDS: [&str; 3] = ["w", "v", "bound wildcard"];
const VARIABLES: [&str; 2] = ["bound", "unbound"];
/// How deep patterns and elements are, and how much of each kind is in one: trying every way takes its time.
const DEPTH: usize = 3;
const FEW: usize = 3;

/// Makes a pattern, an element and some bindings of the bytes, and compares them in both ways.
pub fn run(bytes: &[u8]) {
    let mut source = Unstructured::new(bytes);
    if let Ok((pattern, element, bindings)) = case(&mut source) {
        compare(&pattern, &element, &bindings);
    }
}

fn compare(pattern: &Pattern, element: &Element, bindings: &Bindings) {
    let told = || format!("{pattern:#?}\n{}\n{bindings:?}", String::from(element));
    let found = match matcher::accepts(pattern, element, bindings) {
        Ok(found) => found,
        Err(hard) => panic!("{hard}\n{}", told()),
    };
    let differences = matcher::differences(pattern, element, bindings);
    assert_eq!(found.is_some(), differences.is_empty(), "{}", told());
    if slow::accepts(pattern, element, bindings, Parts::Seen) == Some(true) {
        assert!(found.is_some(), "{}", told());
    }
    if found.is_some() {
        let is_right = slow::accepts(pattern, element, bindings, Parts::Anything);
        assert_ne!(is_right, Some(false), "{}", told());
    }
    for difference in &differences {
        assert!(!difference.focus().to_string().is_empty());
    }
    matcher::side_by_side(pattern, element, bindings);
    let one = Effort::new().assign(std::slice::from_ref(pattern), &[element], bindings);
    let one = one.map(|one| one.map(|(_, bindings)| bindings));
    assert_eq!(one, Ok(found.clone()), "{}", told());
    if let Some(found) = found {
        // What was bound is one of the ways.
        let is_right = slow::accepts(pattern, element, &found, Parts::Anything);
        assert_ne!(is_right, Some(false), "{found:?}\n{}", told());
    }
}

fn case(source: &mut Unstructured<'_>) -> Result<(Pattern, Element, Bindings)> {
    let mut bindings = Bindings::new();
    bindings.bind("bound", *source.choose(&LITERALS)?);
    bindings.bind("bound wildcard", *source.choose(&LITERALS)?);
    let pattern = pattern(source, DEPTH)?;
    let element = match &pattern {
        Pattern::Element(expected) => like(source, expected)?,
        Pattern::Any(_) | Pattern::OneOf(_) => element(source, DEPTH)?,
    };
    Ok((pattern, element, bindings))
}

fn several<T>(
    source: &mut Unstructured<'_>,
    mut make: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = source.int_in_range(0..=FEW)?;
    (0..count).map(|_| make(source)).collect()
}

fn pattern(source: &mut Unstructured<'_>, depth: usize) -> Result<Pattern> {
    if source.ratio(1, 8)? {
        return Ok(Pattern::Any(Span::default()));
    }
    if depth > 0 && source.ratio(1, 8)? {
        return one_of(source, depth);
    }
    let children = match depth {
        0 => Vec::new(),
        _ => several(source, |source| pattern(source, depth - 1))?,
    };
    Ok(Pattern::Element(Box::new(ElementPattern {
        namespace: (*source.choose(&NAMESPACES)?).to_owned(),
        name: (*source.choose(&NAMES)?).to_owned(),
        mode: *source.choose(&[Mode::NonStrict, Mode::Strict])?,
        order: *source.choose(&[ChildOrder::AsWritten, ChildOrder::Any])?,
        attributes: attribute_patterns(source)?,
        absent: absent(source)?,
        text: text_pattern(source)?,
        children,
        constraints: constraints(source, depth)?,
        tag: Span::default(),
        extent: Span::default(),
        name_span: Span::default(),
    })))
}

/// What is said of all children. Names in it get their values in an order that the slow matcher does not know.
fn constraints(source: &mut Unstructured<'_>, depth: usize) -> Result<Vec<Constraint>> {
    if depth == 0 || source.ratio(3, 4)? {
        return Ok(Vec::new());
    }
    let mut pattern = pattern(source, depth - 1)?;
    forget_names(&mut pattern);
    let times = ["0", "1", "2", "0..1", "1..", "0.."];
    let times = source
        .ratio(2, 3)?
        .then(|| source.choose(&times))
        .transpose()?;
    let each = match source.int_in_range(0..=2)? {
        0 => None,
        1 => Some(Each::OfName),
        _ => Some(Each::Agreeing {
            namespace: String::new(),
            name: "a".to_owned(),
        }),
    };
    Ok(vec![Constraint {
        pattern,
        times: times.map(|times| Spanned::new(times.parse().expect("it is one"), Span::default())),
        each: each.map(|each| Spanned::new(each, Span::default())),
    }])
}

fn one_of(source: &mut Unstructured<'_>, depth: usize) -> Result<Pattern> {
    let mut members = vec![pattern(source, depth - 1)?, pattern(source, depth - 1)?];
    members.iter_mut().for_each(forget_names);
    Ok(Pattern::OneOf(Box::new(OneOf {
        members,
        tag: Span::default(),
        extent: Span::default(),
    })))
}

/// Lets wildcards bind nothing.
fn forget_names(pattern: &mut Pattern) {
    match pattern {
        Pattern::Any(_) => {}
        Pattern::OneOf(one_of) => one_of.members.iter_mut().for_each(forget_names),
        Pattern::Element(expected) => {
            for attribute in &mut expected.attributes {
                attribute.value.pieces.iter_mut().for_each(forget_name);
            }
            if let TextPattern::Value(value) = &mut expected.text {
                value.pieces.iter_mut().for_each(forget_name);
            }
            let counted = expected.constraints.iter_mut();
            let counted = counted.map(|constraint| &mut constraint.pattern);
            expected
                .children
                .iter_mut()
                .chain(counted)
                .for_each(forget_names);
        }
    }
}

fn forget_name(piece: &mut ValuePiece) {
    match piece {
        ValuePiece::Wildcard { name, .. } => *name = None,
        ValuePiece::Capture(_) => *piece = ValuePiece::Variable("bound".to_owned()),
        ValuePiece::Literal(_) | ValuePiece::Variable(_) | ValuePiece::Any => {}
    }
}

fn absent(source: &mut Unstructured<'_>) -> Result<Vec<AbsentAttribute>> {
    let (namespace, name) = *source.choose(&ATTRIBUTES)?;
    let absent = AbsentAttribute {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        span: Span::default(),
    };
    Ok(source.ratio(1, 8)?.then_some(absent).into_iter().collect())
}

fn attribute_patterns(source: &mut Unstructured<'_>) -> Result<Vec<AttributePattern>> {
    let mut attributes = Vec::new();
    for (namespace, name) in ATTRIBUTES {
        if source.ratio(1, 3)? {
            attributes.push(AttributePattern {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                value: value(pieces(source)?),
                span: Span::default(),
            });
        }
    }
    Ok(attributes)
}

/// As plans have it: without white space around it, and without a value if nothing is left.
fn text_pattern(source: &mut Unstructured<'_>) -> Result<TextPattern> {
    let mut pieces = pieces(source)?;
    if let Some(ValuePiece::Literal(first)) = pieces.first_mut() {
        *first = first.trim_start().to_owned();
    }
    if let Some(ValuePiece::Literal(last)) = pieces.last_mut() {
        *last = last.trim_end().to_owned();
    }
    pieces.retain(|piece| !matches!(piece, ValuePiece::Literal(text) if text.is_empty()));
    Ok(match pieces.is_empty() {
        false => TextPattern::Value(value(pieces)),
        true if source.arbitrary()? => TextPattern::Absent,
        true => TextPattern::Free,
    })
}

fn value(pieces: Vec<ValuePiece>) -> ValuePattern {
    ValuePattern {
        pieces,
        span: Span::default(),
    }
}

/// As scripts have it: `{scansion:any}` and captures are whole values.
fn pieces(source: &mut Unstructured<'_>) -> Result<Vec<ValuePiece>> {
    if source.ratio(1, 8)? {
        return Ok(vec![match source.arbitrary()? {
            true => ValuePiece::Any,
            false => ValuePiece::Capture("captured".to_owned()),
        }]);
    }
    let mut pieces: Vec<ValuePiece> = Vec::new();
    for piece in several(source, piece)? {
        match (pieces.last_mut(), piece) {
            (Some(ValuePiece::Literal(before)), ValuePiece::Literal(more)) => {
                before.push_str(&more);
            }
            (_, piece) => pieces.push(piece),
        }
    }
    Ok(pieces)
}

fn piece(source: &mut Unstructured<'_>) -> Result<ValuePiece> {
    Ok(match source.int_in_range(0..=5)? {
        0..=2 => ValuePiece::Literal((*source.choose(&LITERALS)?).to_owned()),
        3 => ValuePiece::Variable((*source.choose(&VARIABLES)?).to_owned()),
        _ => ValuePiece::Wildcard {
            name: source
                .ratio(3, 4)?
                .then(|| source.choose(&WILDCARDS))
                .transpose()?
                .map(|name| (*name).to_owned()),
            conditions: conditions(source)?,
        },
    })
}

fn conditions(source: &mut Unstructured<'_>) -> Result<Conditions> {
    let mut conditions = Conditions::default();
    if source.ratio(1, 3)? {
        conditions.narrowings.push(narrowing(source)?);
    }
    if source.ratio(1, 8)? {
        conditions.narrowings.push(narrowing(source)?);
    }
    if source.ratio(1, 6)? {
        let names = [VARIABLES[0], WILDCARDS[2]];
        conditions.not = several(source, |source| Ok((*source.choose(&names)?).to_owned()))?;
    }
    Ok(conditions)
}

fn narrowing(source: &mut Unstructured<'_>) -> Result<Narrowing> {
    let read = |words: &str| Narrowing::read(words).expect("it is a narrowing");
    Ok(match source.int_in_range(0..=5)? {
        0 => read("int"),
        1 => Narrowing::Jid,
        2 => read("int 1..5"),
        3 => read("text 1..2"),
        4 => read("text 2.."),
        _ => Narrowing::Regex(Expression::new("x*").expect("it is an expression")),
    })
}

/// An element that has a chance to match: what is expected, changed a little.
fn like(source: &mut Unstructured<'_>, expected: &ElementPattern) -> Result<Element> {
    if source.ratio(1, 16)? {
        return element(source, DEPTH);
    }
    let mut made = Element::bare(expected.name.as_str(), expected.namespace.as_str());
    for attribute in &expected.attributes {
        if !source.ratio(1, 16)? {
            let value = value_like(source, &attribute.value)?;
            set(&mut made, (&attribute.namespace, &attribute.name), value);
        }
    }
    if source.ratio(1, 16)? {
        let attribute = *source.choose(&ATTRIBUTES)?;
        set(&mut made, attribute, text(source)?);
    }
    append(
        &mut made,
        match &expected.text {
            TextPattern::Value(value) => value_like(source, value)?,
            TextPattern::Free | TextPattern::Absent if source.ratio(1, 8)? => text(source)?,
            TextPattern::Free | TextPattern::Absent => String::new(),
        },
    );
    let mut children = Vec::new();
    for child in &expected.children {
        let child = match child {
            Pattern::Element(child) => like(source, child)?,
            Pattern::OneOf(one_of) => match source.choose(&one_of.members)? {
                Pattern::Element(child) => like(source, child)?,
                Pattern::Any(_) | Pattern::OneOf(_) => element(source, 0)?,
            },
            Pattern::Any(_) => element(source, 0)?,
        };
        let place = source.int_in_range(0..=children.len())?;
        let is_moved = source.ratio(1, 2)?;
        children.insert(if is_moved { place } else { children.len() }, child);
    }
    for constraint in &expected.constraints {
        if let Pattern::Element(child) = &constraint.pattern
            && source.arbitrary()?
        {
            children.push(like(source, child)?);
        }
    }
    if source.ratio(1, 8)? {
        children.push(element(source, 0)?);
    }
    for child in children {
        made.append_child(child);
    }
    Ok(made)
}

fn value_like(source: &mut Unstructured<'_>, expected: &ValuePattern) -> Result<String> {
    let mut value = String::new();
    for piece in &expected.pieces {
        match piece {
            ValuePiece::Literal(text) if !source.ratio(1, 16)? => value.push_str(text),
            _ => value.push_str(source.choose(&LITERALS)?),
        }
    }
    Ok(value)
}

fn element(source: &mut Unstructured<'_>, depth: usize) -> Result<Element> {
    let mut made = Element::bare(*source.choose(&NAMES)?, *source.choose(&NAMESPACES)?);
    for attribute in ATTRIBUTES {
        if source.ratio(1, 3)? {
            set(&mut made, attribute, text(source)?);
        }
    }
    append(&mut made, text(source)?);
    if depth > 0 {
        for child in several(source, |source| element(source, depth - 1))? {
            made.append_child(child);
        }
    }
    Ok(made)
}

fn text(source: &mut Unstructured<'_>) -> Result<String> {
    let parts = several(source, |source| Ok(*source.choose(&LITERALS)?))?;
    Ok(parts.concat())
}

fn set(element: &mut Element, (namespace, name): (&str, &str), value: String) {
    let namespace = match namespace {
        "" => Namespace::NONE,
        other => Namespace::from(other.to_owned()),
    };
    let name = NcName::try_from(name).expect("it is a name");
    element.attrs_mut().insert(namespace, name, value);
}

/// An empty text is none.
fn append(element: &mut Element, text: String) {
    if !text.is_empty() {
        element.append_text(text);
    }
}
