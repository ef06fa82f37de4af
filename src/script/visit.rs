//! All that can be changed in a story, from its verbs down to its variables.

use super::ast::{Condition, Element, Node, Piece, Stanza, Value, Variable};
use super::variable::{ArgumentPiece, Computed};
use super::verb::{Deed, Verb};

impl Verb<Stanza, Stanza> {
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
}

impl Element {
    /// Calls `change` with each value, in the order of the text.
    pub(super) fn each_value_mut(&mut self, change: &mut dyn FnMut(&mut Value)) {
        for attribute in &mut self.attributes {
            change(&mut attribute.value);
        }
        for child in &mut self.children {
            match child {
                Node::Element(child) => child.each_value_mut(change),
                Node::Text(text) => change(&mut text.value),
                Node::Comment(_) => {}
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
