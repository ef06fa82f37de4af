//! What all parts of a plan are made from: the script, the options of the run, and the names that take the place of
//! those in the script.
//!
//! Each part of a plan is made by methods of this type, which stand where the part is: actors, patterns, templates. It
//! must not know what a part is made of.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use super::options::{DefaultMode, PlanOptions, Receiving};
use super::rename::Renames;
use crate::matcher::ChildOrder;
use crate::script::ast::{Actor, ActorName, Piece, Script};
use crate::script::{Profile, ScriptError, Sync, impostors, profiles};
use crate::source::{SourceFile, Span};

/// Makes the plan of one script.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    pub(super) script: &'a Script,
    pub(super) options: &'a PlanOptions,
    /// The actors as the script declares them.
    pub(super) cast: Vec<(&'a Actor, Profile)>,
    /// Whether the children of strict elements have an order, where the element does not say.
    pub(super) child_order: ChildOrder,
    /// How elements are compared that do not say it.
    pub(super) matching: DefaultMode,
    /// The actors whose passwords are meant to be wrong.
    pub(super) impostors: BTreeSet<&'a ActorName>,
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
            child_order: child_order(script, options),
            matching: matching(script, options),
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

    /// The text of the story, from its first line on.
    pub(super) fn story(&self) -> &'a str {
        let first = self.script.story.first();
        first.map_or("", |action| &self.source().text()[action.span.start..])
    }

    /// Which stanza a `receives` may take.
    pub(super) fn receiving(&self) -> Receiving {
        let tagged = || match tag(self.script, "strict") {
            Some(_) => Receiving::Next,
            None => Receiving::FirstMatch,
        };
        self.options.receiving.unwrap_or_else(tagged)
    }

    /// How the order of the story is kept.
    pub(super) fn sync(&self) -> Sync {
        let tagged = || match tag(self.script, "sync") {
            Some("none") => Sync::None,
            _ => Sync::Ping,
        };
        self.options.sync.unwrap_or_else(tagged)
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

/// The value of a script's tag, the last one where it is given several times.
pub(super) fn tag<'a>(script: &'a Script, key: &'a str) -> Option<&'a str> {
    script.head.values(key).last()
}

fn child_order(script: &Script, options: &PlanOptions) -> ChildOrder {
    let tagged = || match tag(script, "child-order") {
        Some("any") => ChildOrder::Any,
        _ => ChildOrder::AsWritten,
    };
    options.child_order.unwrap_or_else(tagged)
}

fn matching(script: &Script, options: &PlanOptions) -> DefaultMode {
    let tagged = || match tag(script, "matching") {
        Some("open") => DefaultMode::Open,
        _ => DefaultMode::ByNamespace,
    };
    options.matching.unwrap_or_else(tagged)
}

/// The pieces of a value, each with the one behind it.
pub(super) fn with_next(pieces: &[Piece]) -> impl Iterator<Item = (&Piece, Option<&Piece>)> {
    let next = pieces.iter().skip(1).map(Some).chain([None]);
    pieces.iter().zip(next)
}
