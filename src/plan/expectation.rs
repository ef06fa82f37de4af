//! From an element of a `receives` block to a pattern.

use super::options::DefaultMode;
use super::resolver::{Resolver, with_next};
use super::unbound::{is_of_negotiation, is_of_stream};
use crate::escape::WHITE_SPACE;
use crate::expression::Narrowing;
use crate::matcher::{
    AbsentAttribute, AttributePattern, ChildOrder, Conditions, Constraint, Each, ElementPattern,
    Mode, OneOf, Pattern, TextPattern, ValuePattern, ValuePiece,
};
use crate::ns;
use crate::script::Role;
use crate::script::ast::{
    Action, Condition, Element, Filled, Node, Part, Piece, Stanza, Value, Wildcard,
};
use crate::source::{Span, Spanned};

/// In what an element is expected, which decides how it is compared where it does not say so itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'r> {
    /// The role of the actor that expects it.
    pub(super) role: &'r Role,
    /// How elements of most namespaces are compared.
    pub(super) matching: DefaultMode,
    /// Whether the stream is not bound yet.
    pub(super) is_unbound: bool,
}

impl Resolver<'_> {
    /// Makes a pattern of what is expected. What a server says when it opens a stream, or before it ends one, is on a
    /// bound stream what it is on others.
    pub(super) fn pattern(&self, stanza: &Stanza, setting: Setting<'_>) -> Pattern {
        let setting = Setting {
            is_unbound: setting.is_unbound || stanza.part == Part::Header,
            ..setting
        };
        let mut pattern = self.child(&stanza.element, setting);
        if let Pattern::Element(header) = &mut pattern
            && stanza.part == Part::Header
        {
            header.attributes.extend(default_namespace(&stanza.element));
        }
        pattern
    }

    /// How elements are compared in a step that do not say it. How a server ends a stream is asked for, and not
    /// described: it may say more of it than what is expected.
    pub(super) fn matching_in(&self, action: &Action) -> DefaultMode {
        match action.verb.expectation() {
            Some(expected) if expected.mode.is_of_end() => DefaultMode::Open,
            Some(_) | None => self.matching_at(action.span.start),
        }
    }

    fn child(&self, element: &Element, setting: Setting<'_>) -> Pattern {
        self.pattern_of(element, setting, element.is_constraint())
    }

    /// Makes a pattern of an element which may be one that is counted.
    fn pattern_of(&self, element: &Element, setting: Setting<'_>, is_counted: bool) -> Pattern {
        let setting = Setting {
            is_unbound: setting.is_unbound || is_of_stream(element),
            ..setting
        };
        if element.is_any() {
            return Pattern::Any(element.tag);
        }
        if element.is_one_of() {
            return self.one_of(element, setting, is_counted);
        }
        let explicit = explicit_mode(element);
        let (counted, children): (Vec<_>, Vec<_>) =
            element.elements().partition(|child| child.is_constraint());
        let (counted, children) = (counted.into_iter(), children.into_iter());
        Pattern::Element(Box::new(ElementPattern {
            namespace: element.name.namespace.to_string(),
            name: element.name.local.to_string(),
            mode: explicit.unwrap_or_else(|| self.mode_of(element, setting, is_counted)),
            order: self.child_order_of(element),
            attributes: self.attributes(element),
            absent: absent(element),
            text: self.text(element, explicit),
            children: children.map(|child| self.child(child, setting)).collect(),
            constraints: counted
                .map(|child| self.constraint(child, setting))
                .collect(),
            tag: element.tag,
            extent: element.extent,
            name_span: element.name.span,
        }))
    }

    /// Where one of several is counted, each of them is.
    fn one_of(&self, element: &Element, setting: Setting<'_>, is_counted: bool) -> Pattern {
        let members = element.elements();
        let members = members.map(|member| self.pattern_of(member, setting, is_counted));
        Pattern::OneOf(Box::new(OneOf {
            members: members.collect(),
            tag: element.tag,
            extent: element.extent,
        }))
    }

    fn constraint(&self, element: &Element, setting: Setting<'_>) -> Constraint {
        let each = element.each().map(|each| {
            let which = each.value.map_or(Each::OfName, |name| Each::Agreeing {
                namespace: name.namespace.to_string(),
                name: name.local.to_string(),
            });
            Spanned::new(which, each.span)
        });
        Constraint {
            pattern: self.child(element, setting),
            times: element.times(),
            each,
        }
    }

    /// How an element is compared that does not say it. Those of the default namespace of the stream are non-strict by
    /// themselves, and so is what is counted: it is asked for, and not described.
    fn mode_of(&self, element: &Element, setting: Setting<'_>, is_counted: bool) -> Mode {
        let is_of_stream = element.name.namespace.as_ref() == setting.role.namespace();
        match setting.matching {
            _ if is_counted => Mode::NonStrict,
            _ if setting.is_unbound && is_of_negotiation(&element.name.namespace) => {
                Mode::NonStrict
            }
            DefaultMode::ByNamespace if !is_of_stream => Mode::Strict,
            DefaultMode::ByNamespace | DefaultMode::Open => Mode::NonStrict,
        }
    }

    fn child_order_of(&self, element: &Element) -> ChildOrder {
        match element.attribute(ns::SCANSION, "order") {
            Some(_) => ChildOrder::Any,
            None => self.child_order_at(element.tag.start),
        }
    }

    fn attributes(&self, element: &Element) -> Vec<AttributePattern> {
        let attributes = element.attributes.iter();
        attributes
            .filter(|attribute| attribute.name.namespace.as_ref() != ns::SCANSION)
            .map(|attribute| AttributePattern {
                namespace: attribute.name.namespace.to_string(),
                name: attribute.name.local.to_string(),
                value: self.value_pattern(&attribute.value),
                span: attribute.span,
            })
            .collect()
    }

    fn value_pattern(&self, value: &Value) -> ValuePattern {
        let pieces = with_next(&value.pieces);
        ValuePattern {
            pieces: pieces
                .map(|(piece, next)| self.value_piece(piece, next))
                .collect(),
            span: value.span,
        }
    }

    fn value_piece(&self, piece: &Piece, next: Option<&Piece>) -> ValuePiece {
        match piece {
            Piece::Literal(text) => {
                ValuePiece::Literal(self.literal(&text.value, next).into_owned())
            }
            Piece::Variable(variable) => ValuePiece::Variable(variable.value.to_string()),
            Piece::Wildcard(Spanned { value, .. }) => ValuePiece::Wildcard {
                name: value.name.clone(),
                conditions: self.conditions(value),
            },
            Piece::Any(_) => ValuePiece::Any,
            Piece::Capture(name) => ValuePiece::Capture(name.value.clone()),
        }
    }

    fn conditions(&self, wildcard: &Wildcard) -> Conditions {
        let mut conditions = Conditions::default();
        for condition in &wildcard.conditions {
            match &condition.value {
                Condition::Is(narrowing) => conditions.narrowings.push(self.narrowing(narrowing)),
                Condition::Not(variable) => conditions.not.push(variable.to_string()),
            }
        }
        conditions
    }

    fn narrowing(&self, own: &Narrowing) -> Narrowing {
        match own {
            Narrowing::Regex(expression) => Narrowing::Regex(self.renames.expression(expression)),
            Narrowing::Int(_)
            | Narrowing::Uuid
            | Narrowing::Jid
            | Narrowing::DateTime
            | Narrowing::Text(_) => own.clone(),
        }
    }

    /// The element's own text, without the white space around it; comments and children do not part it.
    fn text(&self, element: &Element, explicit: Option<Mode>) -> TextPattern {
        let mut pieces: Vec<ValuePiece> = Vec::new();
        let mut span: Option<Span> = None;
        let mut is_given = false;
        for node in &element.children {
            if let Node::Text(text) = node {
                for (piece, next) in with_next(&text.value.pieces) {
                    push_piece(&mut pieces, self.value_piece(piece, next));
                }
                // A cell can give the empty text, in the place of none.
                is_given |= text.value.filled == Filled::WithText;
                if !text.value.is_blank() {
                    span = Some(span.map_or(text.value.span, |first| first.to(text.value.span)));
                }
            }
        }
        trim(&mut pieces);
        match (pieces.is_empty(), explicit) {
            (false, _) => TextPattern::Value(ValuePattern {
                pieces,
                span: span.unwrap_or(element.tag),
            }),
            (true, Some(Mode::Strict)) => TextPattern::Absent,
            (true, _) if is_given => TextPattern::Absent,
            (true, _) => TextPattern::Free,
        }
    }
}

/// The default namespace that a header declares, which is compared as if it were an attribute.
fn default_namespace(header: &Element) -> Option<AttributePattern> {
    let mut declarations = header.declarations.iter();
    let own = declarations.find(|declaration| declaration.prefix.is_none())?;
    Some(AttributePattern {
        namespace: ns::XMLNS.to_owned(),
        name: "xmlns".to_owned(),
        value: ValuePattern {
            pieces: vec![ValuePiece::Literal(own.uri.to_string())],
            span: own.span,
        },
        span: own.span,
    })
}

fn absent(element: &Element) -> Vec<AbsentAttribute> {
    let names = element.absent.iter();
    let absent = names.map(|name| AbsentAttribute {
        namespace: name.namespace.to_string(),
        name: name.local.to_string(),
        span: name.span,
    });
    absent.collect()
}

fn explicit_mode(element: &Element) -> Option<Mode> {
    match element.attribute(ns::SCANSION, "strict")?.value.literal()? {
        "true" => Some(Mode::Strict),
        _ => Some(Mode::NonStrict),
    }
}

fn push_piece(pieces: &mut Vec<ValuePiece>, piece: ValuePiece) {
    match (pieces.last_mut(), piece) {
        (Some(ValuePiece::Literal(before)), ValuePiece::Literal(more)) => before.push_str(&more),
        (_, piece) => pieces.push(piece),
    }
}

fn trim(pieces: &mut Vec<ValuePiece>) {
    if let Some(ValuePiece::Literal(first)) = pieces.first_mut() {
        *first = first.trim_start_matches(WHITE_SPACE).to_owned();
    }
    if let Some(ValuePiece::Literal(last)) = pieces.last_mut() {
        *last = last.trim_end_matches(WHITE_SPACE).to_owned();
    }
    pieces.retain(|piece| !matches!(piece, ValuePiece::Literal(text) if text.is_empty()));
}
