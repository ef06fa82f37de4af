//! A fault, and what it is called: `Juliet line 31: twice`.
//!
//! It does not know how a fault is made.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::fault_kind::{FaultKind, UnknownKind};
use crate::script::ast::ActorName;
use crate::source::Span;

/// One thing that is wrong in a recording that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Of what kind it is.
    pub kind: FaultKind,
    /// The step that expects what was changed: an index into the plan's steps.
    pub step: usize,
    /// The number of the step's line.
    pub line: usize,
    /// The actor of the step.
    pub actor: ActorName,
    /// What it is about, as a path such as `iq/query/item@jid`; empty where that is all that the step expects.
    pub what: String,
    /// The place in the script of what expects it.
    pub place: Span,
}

/// What a user calls a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultName {
    /// The actor of the step.
    pub actor: String,
    /// The number of the step's line.
    pub line: usize,
    /// The kind.
    pub kind: FaultKind,
    /// What it is about, if that is said: otherwise the first of its kind is meant.
    pub what: Option<String>,
}

/// Why a text names no fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadFaultName {
    /// It does not look like one.
    #[error("`{0}` names no fault; one is named as `Juliet line 31: twice` is")]
    Form(String),
    /// There is no such kind.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
}

impl Fault {
    /// Whether a user's name is one of it.
    pub fn is_called(&self, name: &FaultName) -> bool {
        let is_about = name.what.as_ref().is_none_or(|what| *what == self.what);
        let is_at = *self.actor.0 == *name.actor && self.line == name.line;
        is_at && self.kind == name.kind && is_about
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}: {}", self.actor, self.line, self.kind)?;
        match self.what.as_str() {
            "" => Ok(()),
            what => write!(f, " {what}"),
        }
    }
}

impl fmt::Display for FaultName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}: {}", self.actor, self.line, self.kind)?;
        let what = self.what.iter();
        what.into_iter().try_for_each(|what| write!(f, " {what}"))
    }
}

impl FromStr for FaultName {
    type Err = BadFaultName;

    fn from_str(text: &str) -> Result<Self, BadFaultName> {
        let form = || BadFaultName::Form(text.to_owned());
        let (place, fault) = text.rsplit_once(": ").ok_or_else(form)?;
        let (actor, line) = place.rsplit_once(" line ").ok_or_else(form)?;
        let fault = fault.trim();
        let (kind, what) = fault.split_once(' ').unwrap_or((fault, ""));
        Ok(Self {
            actor: actor.to_owned(),
            line: line.trim().parse().map_err(|_| form())?,
            kind: kind.parse()?,
            what: Some(what.trim().to_owned()).filter(|what| !what.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(what: &str) -> Fault {
        Fault {
            kind: FaultKind::Attribute,
            step: 3,
            line: 31,
            actor: ActorName::new("Juliet's lamp"),
            what: what.to_owned(),
            place: Span::default(),
        }
    }

    #[test]
    fn a_fault_is_found_by_its_name() {
        for what in ["", "iq/query@node"] {
            let fault = fault(what);
            let name: FaultName = fault.to_string().parse().unwrap();
            assert!(fault.is_called(&name), "{fault}");
        }
        let first = "Juliet's lamp line 31: attribute".parse().unwrap();
        assert!(fault("iq@id").is_called(&first));
        let other = "Juliet's lamp line 31: attribute iq@to".parse().unwrap();
        assert!(!fault("iq@id").is_called(&other));
    }

    #[test]
    fn what_names_no_fault_says_why() {
        for bad in [
            "",
            "twice",
            "Juliet line 31",
            "Juliet line x: twice",
            "Juliet: twice",
        ] {
            let error = bad.parse::<FaultName>().unwrap_err().to_string();
            assert!(error.contains("names no fault"), "{error}");
        }
        let error = "Juliet line 3: thrice".parse::<FaultName>().unwrap_err();
        assert!(error.to_string().contains("`thrice` is no kind of fault"));
    }
}
