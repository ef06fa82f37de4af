//! Which names stanzas that are expected give a value to, and where they cannot.
//!
//! What stands under `scansion:times` or `scansion:each` is about many elements: only one that is there exactly once
//! can give a value. What only some members of a one-of capture has no value afterwards.

use std::collections::BTreeSet;

use crate::script::ast::{Element, Node, Piece, Stanza};
use crate::source::Span;

/// What stanzas that come together capture.
#[derive(Debug, Default)]
pub(super) struct Captures<'s> {
    /// The names that have a value afterwards.
    pub(super) names: BTreeSet<&'s str>,
    /// The names that only some members of a one-of give a value to.
    pub(super) of_some: BTreeSet<&'s str>,
    /// Those of them that may have lost the value which they had.
    pub(super) changed: BTreeSet<&'s str>,
    /// Names where nothing can be captured.
    pub(super) misplaced: Vec<(&'s str, Span)>,
}

impl<'s> Captures<'s> {
    /// What stanzas capture that come together; `is_known` tells of names whether they have a value before.
    pub(super) fn of(stanzas: &'s [Stanza], is_known: &dyn Fn(&str) -> bool) -> Self {
        let mut captures = Self::default();
        // Most capture nothing.
        let mut pieces = stanzas.iter().flat_map(Stanza::pieces);
        if !pieces.any(|piece| piece.captured().is_some()) {
            return captures;
        }
        let mut known = Known::default();
        for stanza in stanzas {
            known.extend(outside(&stanza.element));
            captures.names.extend(visible(&stanza.element));
            let captured = stanza.pieces().filter_map(Piece::captured);
            captures.of_some.extend(captured);
            captures.changed.extend(anew(&stanza.element));
        }
        captures.of_some = &captures.of_some - &captures.names;
        captures.changed = &captures.changed - &captures.names;
        let mut judge = Judge {
            is_known,
            misplaced: Vec::new(),
        };
        for stanza in stanzas {
            judge.within(&stanza.element, &mut known);
        }
        captures.misplaced = judge.misplaced;
        for (name, _) in &captures.misplaced {
            captures.of_some.remove(name);
        }
        captures
    }
}

/// The names that an element gives a value to, whatever comes.
fn visible(element: &Element) -> BTreeSet<&str> {
    names(element, &|child| !child.is_constraint() || is_once(child))
}

/// The same, without what is counted.
fn outside(element: &Element) -> BTreeSet<&str> {
    names(element, &|child| !child.is_constraint())
}

/// The names that an element and those children that matter give a value to.
fn names<'s>(element: &'s Element, matters: &dyn Fn(&Element) -> bool) -> BTreeSet<&'s str> {
    let children = element.elements().filter(|child| matters(child));
    let mut of_children = children.map(|child| names(child, matters));
    if element.is_one_of() {
        let first = of_children.next().unwrap_or_default();
        return of_children.fold(first, |common, own| &common & &own);
    }
    let own = own_pieces(element).into_iter();
    let own: BTreeSet<&str> = own.filter_map(Piece::captured).collect();
    of_children.fold(own, |mut all, own| {
        all.extend(own);
        all
    })
}

/// The names that are captured anew each time, anywhere in an element.
fn anew(element: &Element) -> BTreeSet<&str> {
    let names = element.pieces().filter_map(|piece| match piece {
        Piece::Capture(name) => Some(name.value.as_str()),
        Piece::Literal(_) | Piece::Variable(_) | Piece::Wildcard(_) | Piece::Any(_) => None,
    });
    names.collect()
}

/// Whether exactly one sibling has to be what is expected.
fn is_once(element: &Element) -> bool {
    element.times().is_some_and(|times| times.value.is_once())
}

/// The pieces of an element's own values.
fn own_pieces(element: &Element) -> Vec<&Piece> {
    let attributes = element.attributes.iter().map(|own| &own.value);
    let texts = element.children.iter().filter_map(|node| match node {
        Node::Text(text) => Some(&text.value),
        Node::Element(_) | Node::Comment(_) => None,
    });
    attributes
        .chain(texts)
        .flat_map(|own| &own.pieces)
        .collect()
}

/// The names that have a value where an element stands.
#[derive(Default)]
struct Known<'s> {
    names: BTreeSet<&'s str>,
    /// The same in the order in which they came.
    order: Vec<&'s str>,
}

impl<'s> Known<'s> {
    fn extend(&mut self, names: impl IntoIterator<Item = &'s str>) {
        for name in names {
            if self.names.insert(name) {
                self.order.push(name);
            }
        }
    }

    /// Forgets what came after the first few.
    fn forget_behind(&mut self, first: usize) {
        for name in self.order.drain(first..) {
            self.names.remove(name);
        }
    }
}

/// Looks for captures where there can be none.
struct Judge<'j, 's> {
    is_known: &'j dyn Fn(&str) -> bool,
    misplaced: Vec<(&'s str, Span)>,
}

impl<'s> Judge<'_, 's> {
    /// Judges what is counted in an element, in the order of the text: the first that captures a name gives it to those
    /// that follow.
    fn within(&mut self, element: &'s Element, known: &mut Known<'s>) {
        for child in element.elements() {
            match child.is_constraint() {
                true if is_once(child) => {
                    self.counted_once(child, known);
                    known.extend(visible(child));
                }
                true => self.counted(child, known),
                false if element.is_one_of() => self.member(child, known),
                false => self.within(child, known),
            }
        }
    }

    fn counted_once(&mut self, element: &'s Element, known: &mut Known<'s>) {
        let outside = known.order.len();
        match element.is_one_of() {
            true => self.within(element, known),
            false => self.member(element, known),
        }
        known.forget_behind(outside);
    }

    /// An element whose names mean something within it, whether or not they do outside.
    fn member(&mut self, element: &'s Element, known: &mut Known<'s>) {
        let before = known.order.len();
        known.extend(outside(element));
        self.within(element, known);
        known.forget_behind(before);
    }

    /// An element that many siblings can match, so that nothing in it can be captured.
    fn counted(&mut self, element: &'s Element, known: &Known<'s>) {
        for piece in element.pieces() {
            let name = match piece {
                Piece::Capture(name) => name.value.as_str(),
                Piece::Wildcard(wildcard) => match wildcard.value.name.as_deref() {
                    Some(name) if !known.names.contains(name) && !(self.is_known)(name) => name,
                    Some(_) | None => continue,
                },
                Piece::Literal(_) | Piece::Variable(_) | Piece::Any(_) => continue,
            };
            self.misplaced.push((name, piece.span()));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    #[track_caller]
    fn said(block: &str, then: &str) -> Vec<(String, String)> {
        objections(&format!(
            "[Client] A\n\tjid: a@b\n---\nA connects\nA receives in any order:\n\t{block}\n{then}\n"
        ))
    }

    #[track_caller]
    fn assert_misplaced(block: &str, name: &str, place: &str) {
        let message = format!("`{name}` cannot be captured here");
        assert_eq!(said(block, ""), [at(&message, place)]);
    }

    const SENDS: &str = "A sends:\n\t<a b='${x}'/>";

    #[track_caller]
    fn assert_has_value(block: &str) {
        assert_eq!(said(block, SENDS), []);
    }

    #[track_caller]
    fn assert_has_none(block: &str) {
        let message = "only some members of a `<scansion:one-of>` capture `x`";
        assert_eq!(said(block, SENDS), [at(message, "${x}")]);
        let sends = "A sends:\n\t<a b='$<x>'/>";
        assert_eq!(said(block, sends), [at(message, "$<x>")]);
    }

    #[test]
    fn only_one_element_can_give_a_value() {
        assert_has_value("<a><b c='$<x>' scansion:times='1'/></a>");
        assert_has_value(
            "<a><b c='{scansion:capture:x}' scansion:times='1..1' scansion:each='*'/></a>",
        );
        assert_has_value("<a><b scansion:times='1'><c scansion:times='1'>$<x></c></b></a>");
        for word in [
            "times='0'",
            "times='0..1'",
            "times='2'",
            "times='1..'",
            "each='*'",
            "each='c'",
        ] {
            let block = |value: &str| format!("<a><b c='{value}' scansion:{word}/></a>");
            assert_misplaced(&block("$<x>"), "x", "$<x>");
            let capture = "{scansion:capture:x}";
            assert_misplaced(&block(capture), "x", capture);
            assert_eq!(said(&block("$<_>"), ""), []);
        }
        let inner = "<a><b scansion:times='0'><c d='$<x>' scansion:times='1'/></b></a>";
        assert_misplaced(inner, "x", "$<x>");
    }

    #[test]
    fn what_is_counted_knows_names_from_outside() {
        assert_eq!(
            said("<a b='$<x>'><c d='$<x>' scansion:times='0'/></a>", ""),
            []
        );
        assert_eq!(
            said("<a><c d='$<x>' scansion:times='0'/></a>\n\t<b>$<x></b>", ""),
            []
        );
        let first = "<c d='$<x>' scansion:times='1'/>";
        let then = "<e d='$<x>' scansion:each='*'/>";
        assert_eq!(said(&format!("<a>{first}{then}</a>"), ""), []);
        assert_misplaced(&format!("<a>{then}{first}</a>"), "x", "$<x>");
    }

    #[test]
    fn all_members_have_to_capture() {
        let one_of = |members: &str| format!("<scansion:one-of>{members}</scansion:one-of>");
        assert_has_value(&one_of("<a b='$<x>'/><c>$<x></c>"));
        assert_has_value(&one_of(
            "<a b='$<x>'/><c><d scansion:times='1'>$<x></d></c>",
        ));
        assert_has_none(&one_of("<a b='$<x>'/><c/>"));
        assert_has_none(&one_of("<a><d scansion:times='1'>$<x></d></a><c/>"));
        assert_has_value(&format!("<e f='$<x>'>{}</e>", one_of("<a b='$<x>'/><c/>")));
        let counted =
            "<scansion:one-of scansion:times='1'><a>$<x></a><c>$<x></c></scansion:one-of>";
        assert_has_value(&format!("<e>{counted}</e>"));
        let members = one_of("<a b='$<x>'><g h='$<x>' scansion:times='0'/></a><c/>");
        assert_eq!(said(&members, ""), []);
        let elsewhere = one_of("<a b='$<x>'/><c><g h='$<x>' scansion:times='0'/></c>");
        assert_misplaced(&elsewhere, "x", "$<x>");
    }

    #[test]
    fn a_value_that_some_members_change_is_not_known_any_more() {
        let changed = "<scansion:one-of><a b='{scansion:capture:x}'/><c/></scansion:one-of>";
        let then = format!("A receives:\n\t{changed}\n{SENDS}");
        let message = "only some members of a `<scansion:one-of>` capture `x`";
        assert_eq!(said("<a b='$<x>'/>", &then), [at(message, "${x}")]);
        let again = format!("A receives:\n\t{changed}\n\t<a b='$<x>'/>\n{SENDS}");
        assert_eq!(said("<a b='$<x>'/>", &again), []);
    }
}
