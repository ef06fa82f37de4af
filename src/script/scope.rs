//! The namespaces that prefixes stand for, in each place of a block (Namespaces in XML 1.0 §6).
//!
//! It knows elements and their declarations, and not where they come from.

use std::sync::Arc;

use fnv::FnvHashMap;

use super::ast::{Declaration, Element, Name, Node};
use super::role::Role;
use crate::ns;

/// The prefix of what the language itself says in an element.
const SCANSION: &str = "scansion";

/// The namespaces that prefixes stand for; the prefix of the default namespace is empty.
#[derive(Debug)]
pub(super) struct Scope {
    /// The default namespace of the stream.
    default: Arc<str>,
    /// What elements have declared, and not yet ended.
    declared: FnvHashMap<String, Vec<Arc<str>>>,
}

impl Scope {
    /// What is in scope on the stream of an actor.
    pub(super) fn new(role: &Role) -> Self {
        Self {
            default: role.namespace().into(),
            declared: FnvHashMap::default(),
        }
    }

    /// Takes a declaration into scope.
    pub(super) fn declare(&mut self, declaration: &Declaration) {
        let uris = self.declared.entry(declaration.declared().to_owned());
        uris.or_default().push(Arc::clone(&declaration.uri));
    }

    /// Takes declarations out of scope again.
    pub(super) fn retract(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            if let Some(uris) = self.declared.get_mut(declaration.declared()) {
                uris.pop();
            }
        }
    }

    /// The namespace of a prefix, if it has one.
    pub(super) fn resolve(&self, prefix: &str) -> Option<Arc<str>> {
        let declared = self.declared.get(prefix).and_then(|uris| uris.last());
        declared.cloned().or_else(|| self.of_stream(prefix))
    }

    /// What prefixes stand for on the stream. `stream` is among them, as the stream's root declares it.
    fn of_stream(&self, prefix: &str) -> Option<Arc<str>> {
        match prefix {
            "" => Some(Arc::clone(&self.default)),
            "xml" => Some(ns::XML.into()),
            "stream" => Some(ns::STREAM.into()),
            SCANSION => Some(ns::SCANSION.into()),
            _ => None,
        }
    }

    /// Gives all names in an element the namespaces that its declarations say, which have changed since it was read.
    pub(super) fn settle(&mut self, element: &mut Element) {
        for declaration in &element.declarations {
            self.declare(declaration);
        }
        self.settle_name(&mut element.name, true);
        let attributes = element.attributes.iter_mut().map(|own| &mut own.name);
        let names = attributes.chain(&mut element.absent);
        names.for_each(|name| self.settle_name(name, false));
        for child in &mut element.children {
            match child {
                Node::Element(child) => self.settle(child),
                Node::Text(_) | Node::Comment(_) => {}
            }
        }
        self.retract(&element.declarations);
    }

    /// Only elements are of the default namespace.
    fn settle_name(&self, name: &mut Name, is_of_element: bool) {
        let prefix = name.prefix.as_deref();
        let prefix = prefix.or_else(|| is_of_element.then_some(""));
        if let Some(namespace) = prefix.and_then(|prefix| self.resolve(prefix)) {
            name.namespace = namespace;
        }
    }
}

/// The rules of Namespaces in XML 1.0 §3 and §2.2: some prefixes are reserved, and none can be undeclared.
pub(super) fn is_declarable(prefix: &str, uri: &str) -> bool {
    match prefix {
        "" => true,
        "xml" => uri == ns::XML,
        "xmlns" => false,
        _ => !uri.is_empty() && !prefix.contains(':'),
    }
}
