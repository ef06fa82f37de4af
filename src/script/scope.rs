//! The namespaces that prefixes stand for, in each place of a block (Namespaces in XML 1.0 §6).
//!
//! It knows elements and their declarations, and not where they come from.

use std::sync::Arc;

use compact_str::CompactString;
use fnv::FnvHashMap;

use super::ast::{Declaration, Element, Name, Node};
use super::role::Role;
use crate::ns;

/// The prefix of what the language itself says in an element.
const SCANSION: &str = "scansion";

/// The namespaces that prefixes stand for; the prefix of the default namespace is empty.
#[derive(Debug)]
pub(super) struct Scope {
    /// The default namespaces: that of the stream, and those that elements have declared, and not yet ended.
    defaults: Vec<Arc<str>>,
    /// What they have declared for prefixes.
    declared: FnvHashMap<CompactString, Vec<Arc<str>>>,
}

impl Scope {
    /// What is in scope on the stream of an actor.
    pub(super) fn new(role: &Role) -> Self {
        Self {
            defaults: vec![role.namespace().into()],
            declared: FnvHashMap::default(),
        }
    }

    /// Takes a declaration into scope.
    pub(super) fn declare(&mut self, declaration: &Declaration) {
        let uris = match &declaration.prefix {
            None => &mut self.defaults,
            Some(prefix) => self.declared.entry(prefix.clone()).or_default(),
        };
        uris.push(Arc::clone(&declaration.uri));
    }

    /// Takes declarations out of scope again.
    pub(super) fn retract(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            let uris = match &declaration.prefix {
                None => Some(&mut self.defaults),
                Some(prefix) => self.declared.get_mut(prefix),
            };
            uris.and_then(Vec::pop);
        }
    }

    /// The namespace of a prefix, if it has one.
    pub(super) fn resolve(&self, prefix: &str) -> Option<Arc<str>> {
        let uris = match prefix {
            "" => Some(&self.defaults),
            _ => self.declared.get(prefix),
        };
        let declared = uris.and_then(|uris| uris.last());
        declared.cloned().or_else(|| of_stream(prefix))
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

/// What prefixes stand for on the stream. `stream` is among them, as the stream's root declares it.
fn of_stream(prefix: &str) -> Option<Arc<str>> {
    match prefix {
        "xml" => Some(ns::XML.into()),
        "stream" => Some(ns::STREAM.into()),
        SCANSION => Some(ns::SCANSION.into()),
        _ => None,
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
