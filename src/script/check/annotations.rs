//! Values of the prefix `scansion` that cells have given, or that still have variables in them.

use crate::ns;
use crate::script::annotation::Annotation;
use crate::script::ast::{Element, Piece, Script, Value};
use crate::script::complaints::Complaints;
use crate::script::parse::excerpt;

/// Checks them in all that is expected.
pub(super) fn check(script: &Script, complaints: &mut Complaints) {
    for action in script.story.iter() {
        let stanzas = action.verb.compared().iter();
        for element in stanzas.flat_map(|stanza| stanza.element.all()) {
            check_element(element, script, complaints);
        }
    }
}

fn check_element(element: &Element, script: &Script, complaints: &mut Complaints) {
    let own = element.attributes.iter();
    let own = own.filter(|own| own.name.namespace.as_ref() == ns::SCANSION);
    for own in own.filter(|own| own.value.is_filled() || has_variable(&own.value)) {
        let literal = own.value.literal();
        let found = literal.unwrap_or_else(|| script.source.slice(own.value.span));
        let mistake = Annotation::of(&own.name.local);
        let mistake = mistake.and_then(|known| known.mistake(literal, excerpt(found)));
        if let Some(kind) = mistake {
            complaints.push(kind.at(own.value.span));
        }
    }
}

fn has_variable(value: &Value) -> bool {
    let mut pieces = value.pieces.iter();
    pieces.any(|piece| matches!(piece, Piece::Variable(_)))
}
