//! Which fault a step need not notice, by a comment `# doubt: twice is fine (carbons)` above it.
//!
//! To everything else such a comment is a comment. What a fault is made of is not known here.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::notes::DOUBT;
use crate::fault_kind::FaultKind;

/// The words between the kind and the reason.
const IS_FINE: &str = "is fine";

/// A kind of fault that a step need not notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// The kind.
    pub kind: FaultKind,
    /// Why, in the words of the script's author.
    pub reason: String,
}

/// Why a text is no excuse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoExcuse {
    /// It does not look like one.
    #[error("this does not say which fault is fine")]
    Form,
    /// There is no such kind of fault.
    #[error("unknown kind of fault `{0}`")]
    Kind(String),
    /// It does not say why.
    #[error("this does not say why `{0}` is fine")]
    Reason(FaultKind),
}

impl FromStr for Excuse {
    type Err = NoExcuse;

    fn from_str(text: &str) -> Result<Self, NoExcuse> {
        let said = text.trim().strip_prefix(DOUBT).ok_or(NoExcuse::Form)?;
        let (kind, reason) = said.split_once(IS_FINE).ok_or(NoExcuse::Form)?;
        let kind = kind.trim();
        if kind.is_empty() {
            return Err(NoExcuse::Form);
        }
        let kind = FaultKind::from_str(kind).map_err(|_| NoExcuse::Kind(kind.to_owned()))?;
        Ok(Self {
            kind,
            reason: parenthesised(reason).ok_or(NoExcuse::Reason(kind))?,
        })
    }
}

/// What stands between parentheses, if there is anything.
fn parenthesised(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?.trim();
    (!inner.is_empty()).then(|| inner.to_owned())
}

/// Whether no kind is left of an excuse when the cells of a row are filled in.
pub(super) fn is_left_empty(text: &str) -> bool {
    let said = text.strip_prefix(DOUBT).unwrap_or_default();
    said.trim_start().starts_with(IS_FINE) || said.trim().is_empty()
}

impl fmt::Display for Excuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{DOUBT} {} {IS_FINE} ({})", self.kind, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::stage;
    use crate::script::testing::sound;

    #[test]
    fn an_excuse_is_written_as_it_is_read() {
        for text in [
            "doubt: twice is fine (carbons)",
            "doubt: error-for-result is fine (it is fine (really))",
        ] {
            assert_eq!(text.parse::<Excuse>().unwrap().to_string(), text);
        }
        let loose: Excuse = "doubt:twice  is fine( carbons )".parse().unwrap();
        assert_eq!(loose.to_string(), "doubt: twice is fine (carbons)");
    }

    #[test]
    fn what_is_no_excuse_says_what_it_lacks() {
        for (text, lacks) in [
            ("twice is fine (carbons)", NoExcuse::Form),
            ("doubt: twice (carbons)", NoExcuse::Form),
            ("doubt:", NoExcuse::Form),
            ("doubt: is fine (x)", NoExcuse::Form),
            (
                "doubt: thrice is fine (x)",
                NoExcuse::Kind("thrice".to_owned()),
            ),
            ("doubt: twice is fine", NoExcuse::Reason(FaultKind::Twice)),
            (
                "doubt: twice is fine ( )",
                NoExcuse::Reason(FaultKind::Twice),
            ),
            (
                "doubt: twice is fine: carbons",
                NoExcuse::Reason(FaultKind::Twice),
            ),
        ] {
            assert_eq!(text.parse::<Excuse>(), Err(lacks), "{text}");
        }
    }

    #[test]
    fn steps_of_each_row_excuse_what_stands_above_them() {
        let script = sound(
            "[Cases]\n\t| a     | b     |\n\t| twice |       |\n\t| child | twice |\n[Client] A\n---\n\
             # doubt: ${a} is fine (always)\n# § 1 [1234] x\n# doubt: ${b} is fine (here)\nA connects\n",
        );
        let plays = stage(&script.script).plays;
        let said = plays.iter().map(|play| {
            let excuses = play.story[0].excuses();
            excuses
                .map(|excuse| excuse.value.to_string())
                .collect::<Vec<_>>()
        });
        let expected = [
            vec!["doubt: twice is fine (always)"],
            vec![
                "doubt: child is fine (always)",
                "doubt: twice is fine (here)",
            ],
        ];
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }
}
