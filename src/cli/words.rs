//! Options whose values are words that the program knows, or begin with one: shells complete them, and what is wrong
//! with another value is said by the type itself.

use std::error::Error;
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

/// Reads a value of this type, for which a shell offers words.
pub(super) fn words<T>(words: impl IntoIterator<Item = &'static str>) -> Words<T> {
    Words {
        words: words.into_iter().collect(),
        read: PhantomData,
    }
}

/// What reads such a value.
pub(super) struct Words<T> {
    words: Vec<&'static str>,
    read: PhantomData<fn() -> T>,
}

impl<T> Clone for Words<T> {
    fn clone(&self) -> Self {
        Self {
            words: self.words.clone(),
            read: PhantomData,
        }
    }
}

impl<T> TypedValueParser for Words<T>
where
    T: FromStr + Clone + Send + Sync + 'static,
    T::Err: Into<Box<dyn Error + Send + Sync>>,
{
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        T::from_str.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::args::Cli;

    /// The words that shells offer for an option.
    fn offered(command: &[&str], option: &str) -> Vec<String> {
        let mut command = command.iter();
        let mut program = Cli::command();
        program.build();
        let at = command.try_fold(&program, |program, word| program.find_subcommand(word));
        let mut arguments = at.unwrap().get_arguments();
        let arg = arguments.find(|arg| arg.get_long().unwrap_or("RECIPE") == option);
        let words = arg.unwrap().get_possible_values().into_iter();
        words.map(|word| word.get_name().to_owned()).collect()
    }

    #[test]
    fn shells_know_the_words_of_every_option_that_has_some() {
        for (command, option, words) in [
            (
                &["run"][..],
                "report",
                "json html junit tap markdown github",
            ),
            (
                &["report", "merge"],
                "report",
                "json html junit tap markdown github",
            ),
            (&["report", "compare"], "report", "markdown html"),
            (&["run"], "tls", "auto starttls direct none"),
            (&["run"], "transport", "ws wss"),
            (&["list"], "format", "text json"),
            (&["check"], "format", "text json"),
        ] {
            assert_eq!(
                offered(command, option).join(" "),
                words,
                "{command:?} {option}"
            );
        }
        for (command, option, word) in [
            (&["run"][..], "mechanism", "SCRAM-SHA-256"),
            (&["run"], "launch", "prosody"),
            (&["launch", "show"], "RECIPE", "ejabberd"),
        ] {
            let offered = offered(command, option);
            assert!(offered.iter().any(|offered| offered == word), "{offered:?}");
        }
    }

    #[test]
    fn what_is_offered_can_be_given() {
        let program = Cli::command();
        for option in ["report", "tls", "mechanism", "transport", "launch"] {
            for word in offered(&["run"], option) {
                let words =
                    ["scansion", "run", "spec", &format!("--{option}={word}")].map(str::to_owned);
                assert!(
                    program.clone().try_get_matches_from(words).is_ok(),
                    "{option} {word}"
                );
            }
        }
    }
}
