//! What more or less is expected of a server than scripts say.

use clap::{Args, ValueEnum};

use crate::matcher::ChildOrder;
use crate::plan::{DefaultMode, Enforced, Receiving};

/// What more or less is expected than scripts say.
#[derive(Debug, Args)]
pub(super) struct JudgingArgs {
    /// The next stanza must be the one that is expected; the tag `## strict` says it for a script
    #[arg(long)]
    pub(super) strict: bool,
    /// When the story is over, no stanza may be left that no step took; the tag `## complete` says it for a script
    #[arg(long)]
    pub(super) complete: bool,
    /// Whether children of strict elements may come in any order; the tag `## child-order` says it for a script
    #[arg(long, value_name = "ORDER")]
    pub(super) child_order: Option<ChildOrderChoice>,
    /// How elements are compared that do not say it; the tag `## matching` says it for a script
    #[arg(long, value_name = "HOW")]
    pub(super) matching: Option<MatchingChoice>,
    /// From which level on it is a failure if a clause is broken; what is only recommended makes a deviation otherwise
    #[arg(long, value_name = "LEVEL", default_value = "must")]
    pub(super) level: LevelChoice,
}

impl JudgingArgs {
    /// From which level on it is a failure if a clause is broken.
    pub(super) fn enforced(&self) -> Enforced {
        match self.level {
            LevelChoice::Must => Enforced::Must,
            LevelChoice::Should => Enforced::Should,
        }
    }

    /// Which stanza a `receives` may take; none to go by the script.
    pub(super) fn receiving(&self) -> Option<Receiving> {
        self.strict.then_some(Receiving::Next)
    }

    /// Whether children have an order; none to go by the script.
    pub(super) fn order(&self) -> Option<ChildOrder> {
        self.child_order.map(|choice| match choice {
            ChildOrderChoice::Any => ChildOrder::Any,
        })
    }

    /// How elements are compared that do not say it; none to go by the script.
    pub(super) fn matching(&self) -> Option<DefaultMode> {
        self.matching.map(|choice| match choice {
            MatchingChoice::Open => DefaultMode::Open,
        })
    }
}

/// `--level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelChoice {
    /// What is required
    Must,
    /// What is recommended, too
    Should,
}

/// `--child-order`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ChildOrderChoice {
    /// In any order
    Any,
}

/// `--matching`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MatchingChoice {
    /// All of them non-strict: what is not expected may be there as well
    Open,
}
