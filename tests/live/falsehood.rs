//! Transcripts in which one thing is not as it was: a stanza that is missing, comes twice, goes to somebody else as
//! well, comes too late, or says something else.

use std::fmt;
use std::sync::Arc;

use minidom::{Element, Node};
use scansion::plan::Plan;
use scansion::runner::{Happening, Moment};

/// What is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Falsehood {
    Dropped,
    Twice,
    Leaked,
    Swapped,
    ChildRemoved,
    ChildTwice,
    OtherTo,
    OtherType,
    OtherText,
}

impl fmt::Display for Falsehood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Falsehood::Dropped => "dropped",
            Falsehood::Twice => "sent twice",
            Falsehood::Leaked => "leaked to another actor",
            Falsehood::Swapped => "swapped with the next",
            Falsehood::ChildRemoved => "a child removed",
            Falsehood::ChildTwice => "a child twice",
            Falsehood::OtherTo => "another `to`",
            Falsehood::OtherType => "another `type`",
            Falsehood::OtherText => "another text",
        })
    }
}

/// A recording with one falsehood in it.
pub struct Falsified {
    pub kind: Falsehood,
    pub moments: Vec<Moment>,
    /// The stanza as it came.
    pub stanza: Arc<Element>,
    /// The actor that it came for.
    pub actor: usize,
}

/// All recordings in which one thing of the stanza at a place is not as it was.
pub fn falsified(moments: &[Moment], at: usize, plan: &Plan) -> Vec<Falsified> {
    let moment = &moments[at];
    let Happening::Received(stanza) = &moment.happening else {
        return Vec::new();
    };
    let mut made = Vec::new();
    let mut push = |kind, moments| {
        made.push(Falsified {
            kind,
            moments,
            stanza: Arc::clone(stanza),
            actor: moment.actor,
        });
    };
    push(Falsehood::Dropped, without(moments, at));
    push(Falsehood::Twice, with_more(moments, at, moment.clone()));
    if let Some(other) = witness(moments, at, plan) {
        let leaked = Moment {
            actor: other,
            ..moment.clone()
        };
        push(Falsehood::Leaked, with_more(moments, at, leaked));
    }
    if let Some(next) = neighbour(moments, at) {
        let mut swapped = moments.to_vec();
        let (first, second) = (moment.happening.clone(), moments[next].happening.clone());
        (swapped[at].happening, swapped[next].happening) = (second, first);
        push(Falsehood::Swapped, swapped);
    }
    for (kind, element) in changed(stanza) {
        let mut moments = moments.to_vec();
        moments[at].happening = Happening::Received(Arc::new(element));
        push(kind, moments);
    }
    made
}

fn without(moments: &[Moment], at: usize) -> Vec<Moment> {
    let mut moments = moments.to_vec();
    moments.remove(at);
    moments
}

fn with_more(moments: &[Moment], at: usize, more: Moment) -> Vec<Moment> {
    let mut moments = moments.to_vec();
    moments.insert(at + 1, more);
    moments
}

/// Another actor of the same kind that has a session at that time.
fn witness(moments: &[Moment], at: usize, plan: &Plan) -> Option<usize> {
    let before = &moments[..=at];
    let is_open = |actor: &usize| {
        let last = before.iter().rev().find(|moment| {
            moment.actor == *actor
                && matches!(
                    moment.happening,
                    Happening::Connected(_) | Happening::Left | Happening::Closed(_)
                )
        });
        last.is_some_and(|moment| matches!(moment.happening, Happening::Connected(_)))
    };
    let own = moments[at].actor;
    let role = |actor: usize| plan.actors[actor].role;
    let others = (0..plan.actors.len()).filter(|actor| *actor != own);
    let mut alike = others.filter(|actor| role(*actor) == role(own));
    alike.find(is_open)
}

/// The next stanza that came for the same actor, if nothing was done in between.
fn neighbour(moments: &[Moment], at: usize) -> Option<usize> {
    let later = moments.iter().enumerate().skip(at + 1);
    let came = later.map_while(|(index, moment)| match moment.happening {
        Happening::Received(_) => Some((index, moment.actor)),
        _ => None,
    });
    let mut own = came.filter(|(_, actor)| *actor == moments[at].actor);
    own.next().map(|(index, _)| index)
}

/// What can become of a stanza.
fn changed(stanza: &Element) -> Vec<(Falsehood, Element)> {
    let mut made = Vec::new();
    for (kind, name) in [(Falsehood::OtherTo, "to"), (Falsehood::OtherType, "type")] {
        if stanza.attr(name).is_some() {
            let mut element = stanza.clone();
            let attributes = element.attrs_mut().iter_mut();
            for (_, value) in attributes.filter(|((_, own), _)| *own == name) {
                *value = other(name, value);
            }
            made.push((kind, element));
        }
    }
    for path in paths(stanza) {
        let (last, parent) = path.split_last().expect("it leads to a child");
        made.push((
            Falsehood::ChildRemoved,
            edited(stanza, parent, |nodes| {
                nodes.remove(*last);
            }),
        ));
        made.push((
            Falsehood::ChildTwice,
            edited(stanza, parent, |nodes| {
                let child = nodes[*last].clone();
                nodes.insert(*last, child);
            }),
        ));
    }
    for path in std::iter::once(Vec::new()).chain(paths(stanza)) {
        let text = at_path(stanza, &path).text();
        if !text.trim().is_empty() {
            made.push((
                Falsehood::OtherText,
                edited(stanza, &path, |nodes| {
                    nodes.push(Node::Text("-falsified".to_owned()));
                }),
            ));
        }
    }
    made
}

fn other(name: &str, value: &str) -> String {
    match name {
        "to" => "tybalt@localhost/elsewhere".to_owned(),
        _ if value == "error" => "result".to_owned(),
        _ => "error".to_owned(),
    }
}

/// The ways to all elements below one, as indexes of nodes.
fn paths(element: &Element) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for (index, node) in element.nodes().enumerate() {
        if let Some(child) = node.as_element() {
            found.push(vec![index]);
            found.extend(
                paths(child)
                    .into_iter()
                    .map(|rest| [vec![index], rest].concat()),
            );
        }
    }
    found
}

fn at_path<'e>(element: &'e Element, path: &[usize]) -> &'e Element {
    match path.split_first() {
        None => element,
        Some((first, rest)) => {
            let node = element.nodes().nth(*first).and_then(Node::as_element);
            at_path(node.expect("the way leads over elements"), rest)
        }
    }
}

/// An element in which the nodes of the one at the end of a way are edited.
fn edited(element: &Element, path: &[usize], edit: impl FnOnce(&mut Vec<Node>)) -> Element {
    let mut copy = element.clone();
    let mut nodes = copy.take_nodes();
    match path.split_first() {
        None => edit(&mut nodes),
        Some((first, rest)) => {
            let child = nodes[*first]
                .as_element()
                .expect("the way leads over elements");
            nodes[*first] = Node::Element(edited(child, rest, edit));
        }
    }
    for node in nodes {
        copy.append_node(node);
    }
    copy
}
