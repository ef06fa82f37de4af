//! All that stands in a story, from its verbs down to its variables: to be read, and to be changed.

use std::slice;
use std::sync::Arc;

use super::ast::{
    Action, Attribute, Condition, Element, Node, Piece, Script, Stanza, Value, Variable,
};
use super::variable::{ArgumentPiece, Computed};
use super::verb::{Deed, Expectation, Verb};

impl Script {
    /// All pieces of all values of the story, in the order of the text.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.story.iter().flat_map(|action| action.verb.pieces())
    }

    /// Calls `change` with each variable of the story, and of the cells that are put in there.
    pub(super) fn each_variable_mut(&mut self, change: &mut dyn FnMut(&mut Variable)) {
        for action in Arc::make_mut(&mut self.story) {
            action.verb.each_variable_mut(change);
        }
        let tables = self.table.iter_mut().map(Arc::make_mut);
        let rows = tables.flat_map(|table| &mut table.rows);
        let cells = rows.flat_map(|row| &mut row.cells);
        let headings = self.parts.headings.iter_mut();
        let lenders = headings.filter_map(|heading| heading.file.as_mut());
        let given = lenders.flat_map(|lender| &mut lender.given);
        let cells = cells.map(|cell| &mut cell.value);
        for cell in cells.chain(given.map(|given| &mut given.cell)) {
            let pieces = cell.pieces.iter_mut();
            pieces.for_each(|piece| piece.each_variable_mut(change));
        }
    }
}

/// The pieces of what actions expect and take when it comes.
pub(super) fn taken_pieces(actions: &[Action]) -> impl Iterator<Item = &Piece> {
    let verbs = actions.iter().map(|action| &action.verb);
    let expectations = verbs.filter_map(Verb::expectation);
    let stanzas = expectations.flat_map(Expectation::taken);
    stanzas.flat_map(Stanza::pieces)
}

impl Verb<Stanza, Stanza> {
    /// The elements of the block, or of both.
    pub fn stanzas(&self) -> Vec<&Stanza> {
        self.compared().iter().chain(self.sent()).collect()
    }

    /// All pieces of their values, in the order of the text.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        let stanzas = self.compared().iter().chain(self.sent());
        stanzas.flat_map(Stanza::pieces)
    }

    /// All that it holds: the elements of the block, or of both, or the text.
    pub(super) fn stanzas_mut(&mut self) -> Vec<&mut Stanza> {
        match self {
            Verb::Does(Deed::SendText(text)) => vec![text],
            verb => {
                let (compared, sent) = verb.blocks_mut();
                compared.into_iter().chain(sent).flatten().collect()
            }
        }
    }

    /// Calls `change` with each piece of its values, in the order of the text.
    pub(super) fn each_piece_mut(&mut self, change: &mut dyn FnMut(&mut Piece)) {
        for stanza in self.stanzas_mut() {
            stanza.element.each_piece_mut(change);
        }
    }

    /// Calls `change` with each variable, as [`Piece::each_variable_mut`] does.
    pub(super) fn each_variable_mut(&mut self, change: &mut dyn FnMut(&mut Variable)) {
        self.each_piece_mut(&mut |piece| piece.each_variable_mut(change));
    }
}

impl Stanza {
    /// All values, in the order of the text.
    pub fn values(&self) -> Vec<&Value> {
        self.element.values().collect()
    }

    /// All pieces of all values, in the order of the text.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.element.pieces()
    }
}

impl Element {
    /// The element and all within it, in the order of the text.
    pub(super) fn all(&self) -> impl Iterator<Item = &Element> {
        let mut left = vec![self];
        std::iter::from_fn(move || {
            let next = left.pop()?;
            let first = left.len();
            left.extend(next.elements());
            left[first..].reverse();
            Some(next)
        })
    }

    /// All pieces of all values in it, in the order of the text.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.values().flat_map(|value| &value.pieces)
    }

    fn values(&self) -> Values<'_> {
        Values {
            attributes: self.attributes.iter(),
            children: vec![self.children.iter()],
        }
    }

    fn each_piece_mut(&mut self, change: &mut dyn FnMut(&mut Piece)) {
        for attribute in &mut self.attributes {
            attribute.value.pieces.iter_mut().for_each(&mut *change);
        }
        for child in &mut self.children {
            match child {
                Node::Element(child) => child.each_piece_mut(change),
                Node::Text(text) => text.value.pieces.iter_mut().for_each(&mut *change),
                Node::Comment(_) => {}
            }
        }
    }
}

/// All values in an element, in the order of the text.
struct Values<'e> {
    /// The attributes that are left of the element that has been come to.
    attributes: slice::Iter<'e, Attribute>,
    /// The children that are left of it, behind those of the elements that it is in.
    children: Vec<slice::Iter<'e, Node>>,
}

impl<'e> Iterator for Values<'e> {
    type Item = &'e Value;

    fn next(&mut self) -> Option<&'e Value> {
        loop {
            if let Some(attribute) = self.attributes.next() {
                return Some(&attribute.value);
            }
            match self.children.last_mut()?.next() {
                Some(Node::Element(child)) => {
                    self.attributes = child.attributes.iter();
                    self.children.push(child.children.iter());
                }
                Some(Node::Text(text)) => return Some(&text.value),
                Some(Node::Comment(_)) => {}
                None => drop(self.children.pop()),
            }
        }
    }
}

impl Piece {
    /// Calls `change` with each variable: behind `${`, behind `not` in a wildcard, and in what is computed of others.
    pub(super) fn each_variable_mut(&mut self, change: &mut dyn FnMut(&mut Variable)) {
        match self {
            Piece::Variable(variable) => variable.value.each_mut(change),
            Piece::Wildcard(wildcard) => {
                for condition in &mut wildcard.value.conditions {
                    match &mut condition.value {
                        Condition::Not(variable) => variable.each_mut(change),
                        Condition::Is(_) => {}
                    }
                }
            }
            Piece::Literal(_) | Piece::Any(_) | Piece::Capture(_) => {}
        }
    }
}

impl Variable {
    /// Calls `change` with the variable, and then with those that it is computed of.
    fn each_mut(&mut self, change: &mut dyn FnMut(&mut Variable)) {
        change(self);
        if let Variable::Computed(Computed::Of(_, argument)) = self {
            for piece in argument {
                match piece {
                    ArgumentPiece::Variable(variable) => variable.value.each_mut(change),
                    ArgumentPiece::Bytes(_) => {}
                }
            }
        }
    }
}
