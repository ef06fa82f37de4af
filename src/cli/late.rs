//! Options of a command that are made only if it is the one that is wanted: to make those of all takes as long as to read a
//! script. Which commands there are is not known here.

use clap::builder::Resettable;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The arguments of a command.
#[derive(Debug)]
pub(super) struct Late<T>(pub(super) Box<T>);

impl<T: Args> Args for Late<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(with_options::<T>)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(with_options::<T>)
    }
}

/// A command with its options. What it does was said before, and better than by the comment at its options.
fn with_options<T: Args>(command: Command) -> Command {
    let about = Resettable::from(command.get_about().cloned());
    let at_length = Resettable::from(command.get_long_about().cloned());
    T::augment_args(command).about(about).long_about(at_length)
}

impl<T: FromArgMatches> FromArgMatches for Late<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(|arguments| Self(Box::new(arguments)))
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(|arguments| Self(Box::new(arguments)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::args::Cli;

    #[test]
    fn options_are_made_when_they_are_asked_for() {
        let mut program = Cli::command();
        let run = program.find_subcommand_mut("run").unwrap();
        let about = run.get_about().cloned();
        assert_eq!(run.get_arguments().count(), 0);
        run.build();
        assert!(run.get_arguments().any(|arg| arg.get_id() == "timeout"));
        assert_eq!(run.get_about(), about.as_ref());
    }
}
