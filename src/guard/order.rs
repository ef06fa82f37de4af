//! What a guard is told on its command line.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The first argument of a guard. No command of the program is called so, and no script.
const WORD: &str = "(guard)";

/// What to start and to guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The server's folder.
    pub(crate) folder: PathBuf,
    /// How the server is asked to end.
    pub(crate) ending: Ending,
    /// What it can read.
    pub(crate) input: Input,
    /// The program and its arguments.
    pub(crate) words: Vec<OsString>,
}

/// How a server is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Killed: it has nothing to save.
    AtOnce,
    /// By SIGTERM; killed only if it is still there some seconds later.
    InPeace,
}

/// What a server finds on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// The end.
    Empty,
    /// The lines that it is told.
    Lines,
}

impl Ending {
    fn word(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::InPeace => "in-peace",
        }
    }
}

impl Input {
    fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Lines => "lines",
        }
    }
}

impl Order {
    /// The arguments by which a guard gets it.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let own = [
            OsStr::new(WORD),
            self.folder.as_os_str(),
            self.ending.word().as_ref(),
            self.input.word().as_ref(),
        ];
        let own = own.into_iter().map(OsStr::to_owned);
        own.chain(self.words.iter().cloned()).collect()
    }

    /// The order in these arguments, the first of which is the name of the program; none if they are not the arguments
    /// of a guard.
    pub fn of_arguments(arguments: &[OsString]) -> Option<Self> {
        let [_, word, folder, ending, input, words @ ..] = arguments else {
            return None;
        };
        let (ending, input) = (ending.to_str()?, input.to_str()?);
        let ending = [Ending::AtOnce, Ending::InPeace]
            .into_iter()
            .find(|it| it.word() == ending)?;
        let input = [Input::Empty, Input::Lines]
            .into_iter()
            .find(|it| it.word() == input)?;
        (word == WORD && !words.is_empty()).then(|| Self {
            folder: folder.into(),
            ending,
            input,
            words: words.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        for (ending, input) in [
            (Ending::AtOnce, Input::Lines),
            (Ending::InPeace, Input::Empty),
        ] {
            let order = Order {
                folder: "/tmp/a b".into(),
                ending,
                input,
                words: vec!["sh".into(), "-c".into(), "exit".into()],
            };
            let mut arguments = vec![OsString::from("scansion")];
            arguments.extend(order.arguments());
            assert_eq!(Order::of_arguments(&arguments), Some(order));
        }
    }

    #[test]
    fn nothing_else_is_an_order() {
        for line in [
            "scansion",
            "scansion run a b c d",
            "scansion (guard) a b c d",
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(Order::of_arguments(&words), None, "{line}");
        }
    }
}
