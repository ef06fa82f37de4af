//! Any expectation and any stanza: what is blessed accepts what came.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::matcher::{Pattern, accepts};

const NAMES: [&str; 3] = ["a", "b", "c"];
const NAMESPACES: [&str; 3] = ["jabber:client", "urn:x", "urn:y"];

/// A tree of elements, of which an expectation and what comes are made.
#[derive(Debug, Clone)]
struct Tree {
    name: usize,
    namespace: usize,
    attributes: Vec<(usize, usize)>,
    text: usize,
    children: Vec<Tree>,
    flavour: usize,
}

fn tree() -> impl Strategy<Value = Tree> {
    let node = || {
        (
            0..NAMES.len(),
            0..NAMESPACES.len(),
            proptest::collection::btree_map(0..3_usize, 0..9_usize, 0..3),
            0..12_usize,
            0..12_usize,
        )
    };
    let tree = |(name, namespace, attributes, text, flavour), children| Tree {
        name,
        namespace,
        attributes: std::collections::BTreeMap::into_iter(attributes).collect(),
        text,
        children,
        flavour,
    };
    let leaf = node().prop_map(move |node| tree(node, Vec::new()));
    leaf.prop_recursive(3, 16, 4, move |inner| {
        (node(), proptest::collection::vec(inner, 0..4))
            .prop_map(move |(node, children)| tree(node, children))
    })
}

/// Values as they come: some are known to the script, some have to be escaped.
const CAME: [&str; 9] = [
    "1",
    "two words",
    "<&>\"'",
    "romeo@localhost/orchard",
    "juliet@localhost",
    "a1b2c3d4",
    "2026-11-24T22:10:00Z",
    "${x} $&lt;y> {scansion:any}",
    "line\nline",
];

/// Values as they are expected.
const EXPECTED: [&str; 9] = [
    "1",
    "two words",
    "$&lt;x>",
    "$<n>",
    "$<m:int>",
    "{scansion:any}",
    "{scansion:capture:c}",
    "${Romeo's JID}/$<_>",
    "id is $<id>, n is $<n>",
];

impl Tree {
    fn xml(&self, expected: bool) -> String {
        let mut out = String::new();
        self.write(expected, 1, &mut out);
        out
    }

    fn write(&self, expected: bool, depth: usize, out: &mut String) {
        let value = |index: usize| match expected {
            true => EXPECTED[index].to_owned(),
            false => crate::escape::attribute(CAME[index]),
        };
        let quote = if self.flavour.is_multiple_of(2) || !expected {
            '"'
        } else {
            '\''
        };
        let name = NAMES[self.name];
        let space = NAMESPACES[self.namespace];
        let _ = write!(out, "<{name} xmlns={quote}{space}{quote}");
        if expected && self.flavour.is_multiple_of(5) {
            let _ = write!(out, " scansion:strict='{}'", self.flavour.is_multiple_of(3));
        }
        for (name, index) in &self.attributes {
            let _ = write!(out, " {}={quote}{}{quote}", NAMES[*name], value(*index));
        }
        let feed = match expected && !self.flavour.is_multiple_of(3) && self.text >= 9 {
            true => format!("\n{}", "\t".repeat(depth + 1)),
            false => String::new(),
        };
        out.push('>');
        if self.text < 9 {
            out.push_str(&value(self.text));
        }
        if expected && self.flavour.is_multiple_of(7) {
            out.push_str("<!-- a comment -->");
        }
        for child in &self.children {
            out.push_str(&feed);
            child.write(expected, depth + 1, out);
        }
        out.push_str(&feed);
        let _ = write!(out, "</{name}>");
    }
}

/// A tree and another that has much of it.
fn trees() -> impl Strategy<Value = (Tree, Tree)> {
    prop_oneof![
        (tree(), tree()).prop_map(|(expected, mut came)| {
            (came.name, came.namespace) = (expected.name, expected.namespace);
            (expected, came)
        }),
        (tree(), tree(), 0..9_usize).prop_map(|(expected, other, turn)| {
            let mut came = expected.clone();
            let count = came.children.len().max(1);
            came.children.rotate_left(turn % count);
            came.children
                .insert(turn % count.min(came.children.len() + 1), other);
            (expected, came)
        }),
    ]
}

proptest! {
    #[test]
    fn a_blessed_script_accepts_what_came((expected, came) in trees()) {
        let before = format!("{CAST}Juliet receives:\n\t");
        let text = format!("{before}{}\n", expected.xml(true));
        let came = element(&came.xml(false));
        let scene = Scene::new(&text);
        let pattern = last_pattern(&scene);
        match scene.change(0, &came) {
            Ok(blessing) => {
                prop_assert!(blessing.text.starts_with(&before));
                let after = Scene::new(&blessing.text);
                prop_assert!(accepts(&last_pattern(&after), &came, &scene.bindings).unwrap().is_some());
                // What is right already stays, and what was blessed is right.
                prop_assert_eq!(blessing.edits.is_empty(), accepts(&pattern, &came, &scene.bindings).unwrap().is_some());
                prop_assert_eq!(after.change(0, &came).unwrap().edits, []);
            }
            Err(refusal) => prop_assert!(false, "{refusal}\n{text}"),
        }
    }
}

fn last_pattern(scene: &Scene) -> Pattern {
    let plan = plan::resolve(&scene.script, &scene.options).unwrap();
    let expectation = plan.steps.last().unwrap().verb.expectation();
    expectation.unwrap().items[0].clone()
}
