//! What all parts of a plan are made from: the script, the options of the run, and the names that take the place of
//! those in the script.
//!
//! Each part of a plan is made by methods of this type, which stand where the part is: actors, patterns, templates. It
//! must not know what a part is made of.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::options::{DefaultMode, PlanOptions, Receiving};
use super::rename::Renames;
use super::terms::Terms;
use crate::matcher::ChildOrder;
use crate::script::ast::{Actor, ActorName, Head, Piece, Script};
use crate::script::{Profile, ScriptError, Sync, Wrong, impostors, profiles};
use crate::source::{SourceFile, Span};

/// Makes the plan of one script.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    pub(super) script: &'a Script,
    pub(super) options: &'a PlanOptions,
    /// The actors as the script declares them.
    pub(super) cast: Vec<(&'a Actor, Profile)>,
    /// The actors of whom something is meant to be wrong.
    pub(super) impostors: BTreeMap<&'a ActorName, Wrong>,
    /// How JIDs are called in this run, and the names that have values without being captured.
    pub(super) renames: Renames<'a>,
}

impl<'a> Resolver<'a> {
    /// One for a script, in a run.
    ///
    /// # Errors
    ///
    /// What is wrong with the cast.
    pub(super) fn new(
        script: &'a Script,
        options: &'a PlanOptions,
    ) -> Result<Self, Vec<ScriptError>> {
        let (cast, errors) = profiles(&script.cast);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            script,
            options,
            impostors: impostors(script),
            renames: Renames::new(script, &cast, &options.renaming),
            cast,
        })
    }

    /// The script's text.
    pub(super) fn source(&self) -> &'a SourceFile {
        &self.script.source
    }

    /// The folder that the script's paths begin in.
    pub(super) fn folder(&self) -> &'a Path {
        let folder = Path::new(self.script.source.name()).parent();
        folder.unwrap_or_else(|| Path::new(""))
    }

    /// Whether the story spells a text out, in any of the files that it is from.
    pub(super) fn spells_out(&self, text: &str) -> bool {
        let source = self.source();
        let places = || self.script.story.iter().map(|action| action.span.start);
        let own = places().find(|place| source.other_file(*place).is_none());
        let other = places().find(|place| source.other_file(*place).is_some());
        let mut stories = own.into_iter().chain(other);
        stories.any(|place| source.rest(place).contains(text))
    }

    /// Which elements in this place are strict, where they do not say it.
    pub(super) fn matching_at(&self, place: usize) -> DefaultMode {
        let matching = || match tag(self.script.head_at(place), "matching") {
            Some("open") => DefaultMode::Open,
            _ => DefaultMode::ByNamespace,
        };
        self.options.matching.unwrap_or_else(matching)
    }

    /// Whether the children of a strict element in this place have an order, where it does not say it.
    pub(super) fn child_order_at(&self, place: usize) -> ChildOrder {
        let child_order = || match tag(self.script.head_at(place), "child-order") {
            Some("any") => ChildOrder::Any,
            _ => ChildOrder::AsWritten,
        };
        self.options.child_order.unwrap_or_else(child_order)
    }

    /// How steps are taken by the tags of a head.
    pub(super) fn terms(&self, head: &Head) -> Terms {
        let receiving = || match tag(head, "strict") {
            Some(_) => Receiving::Next,
            None => Receiving::FirstMatch,
        };
        let sync = || match tag(head, "sync") {
            Some("none") => Sync::None,
            _ => Sync::Ping,
        };
        Terms {
            receiving: self.options.receiving.unwrap_or_else(receiving),
            sync: self.options.sync.unwrap_or_else(sync),
        }
    }

    /// The text of a literal in this run, entities replaced. `next` is the piece of the same value behind it.
    pub(super) fn literal<'t>(&self, text: &'t str, next: Option<&Piece>) -> Cow<'t, str> {
        let next = next.and_then(|next| self.renames.words().of_piece(next));
        self.renames.text_before(text, next)
    }

    /// The text of a literal in this run as it is written, entities and all; none if the run does not change it.
    pub(super) fn written(&self, literal: Span, next: Option<&Piece>) -> Option<String> {
        match self.literal(self.source().slice(literal), next) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(text),
        }
    }
}

/// The value of a tag, the last one where it is given several times.
pub(super) fn tag<'a>(head: &'a Head, key: &'a str) -> Option<&'a str> {
    head.values(key).last()
}

/// The pieces of a value, each with the one behind it.
pub(super) fn with_next(pieces: &[Piece]) -> impl Iterator<Item = (&Piece, Option<&Piece>)> {
    let next = pieces.iter().skip(1).map(Some).chain([None]);
    pieces.iter().zip(next)
}
