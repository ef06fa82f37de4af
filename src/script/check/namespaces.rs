//! What namespaces have become of the cells that were filled in, and those of which something is still to be filled in.

use crate::script::ast::{Declaration, Element, Script};
use crate::script::complaints::Complaints;
use crate::script::error::{ScriptError, ScriptErrorKind as Kind};
use crate::script::parse::excerpt;
use crate::script::scope::is_declarable;

/// Checks the declarations in all that is sent and expected.
pub(super) fn check(script: &Script, complaints: &mut Complaints) {
    for action in script.story.iter() {
        let stanzas = action.verb.stanzas().into_iter();
        for element in stanzas.flat_map(|stanza| stanza.element.all()) {
            check_element(element, complaints);
        }
    }
}

fn check_element(element: &Element, complaints: &mut Complaints) {
    let declarations = element.declarations.iter();
    for problem in declarations.filter_map(mistake) {
        complaints.push(problem);
    }
}

/// What is wrong with a declaration that was not sound as it was written.
fn mistake(declaration: &Declaration) -> Option<ScriptError> {
    let prefix = declaration.declared();
    match declaration.value.literal() {
        None => Some(Kind::VariableNamespace.at(declaration.value.span)),
        Some(uri) if is_declarable(prefix, uri) => None,
        Some(_) => {
            let prefix = excerpt(prefix);
            Some(Kind::BadDeclaration { prefix }.at(declaration.span))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    /// What is said of a block in which `e` is an empty cell, `o` the empty value, and `s` a service.
    fn said(block: &str) -> Vec<(String, String)> {
        let head =
            "# T\n## requires: conference/text as rooms\n[Cases]\n\t|e|o|s|\n\t||\"\"|${rooms}|\n";
        let cast = "[Client] A\n\tjid: a@b\n---\nA connects\n";
        objections(&format!("{head}{cast}A receives:\n\t{block}\n"))
    }

    #[test]
    fn what_a_cell_gives_has_to_be_a_namespace() {
        for block in [
            "<a xmlns='${e}'/>",
            "<a xmlns='${o}'/>",
            "<a xmlns:p='u${e}'/>",
            "<a><b xmlns='x${o}'/></a>",
        ] {
            assert_eq!(said(block), [], "{block}");
        }
        for prefix in ["${e}", "${o}"] {
            let declaration = format!("xmlns:p='{prefix}'");
            let message = "the prefix `p` cannot be declared as this";
            let block = format!("<a {declaration}/>");
            assert_eq!(said(&block), [at(message, &declaration)]);
        }
        let message = "a namespace must be plain text";
        assert_eq!(said("<a xmlns='${s}'/>"), [at(message, "${s}")]);
        assert_eq!(said("<a xmlns:p='u${x}'/>"), [at(message, "u${x}")]);
    }
}
