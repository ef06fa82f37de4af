//! The command that runs one script alone, as the user ran it among others.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::accounts::AccountArgs;
use super::args::RunArgs;
use super::arrange::ArrangeArgs;
use super::bless::BlessArgs;
use super::indexes::{IndexArgs, StandardsArgs};
use super::isolation::JobArgs;
use super::judging::JudgingArgs;
use super::launching::LaunchArgs;
use super::limits::LimitArgs;
use super::names::{NOT_SHOWN, NameArgs};
use super::policy::PolicyArgs;
use super::profile::ProfileArgs;
use super::screen::ScreenArgs;
use super::security::SecurityArgs;
use super::select::SelectArgs;
use super::waiting::WaitingArgs;
use crate::case::CaseId;
use crate::xmpp::WebSocketUrl;

/// Options of which each is part of the command, or is not.
trait Options {
    /// The names of the fields that are part of it.
    fn kept() -> Vec<&'static str>;
}

/// The names that are part of it, of the options in a field.
fn kept_of<Arguments, Part: Options>(_: fn(&Arguments) -> &Part) -> Vec<&'static str> {
    Part::kept()
}

/// Says of each field of some arguments whether the command has it. An option that is in no list does not compile; what
/// the compiler then says of an inaccessible field and of `..` means that option.
macro_rules! options {
    ($arguments:ident {
        kept: [$($kept:ident),*],
        left_out: [$($left_out:ident),*]
        $(, flattened: [$($part:ident),*])? $(,)?
    }) => {
        impl Options for $arguments {
            fn kept() -> Vec<&'static str> {
                let _: fn(Self) = |Self { $($kept: _,)* $($left_out: _,)* $($($part: _,)*)? }| ();
                let own: &[&str] = &[$(stringify!($kept)),*];
                let parts: &[Vec<&str>] = &[$($(kept_of(|arguments: &Self| &arguments.$part)),*)?];
                own.iter().chain(parts.iter().flatten()).copied().collect()
            }
        }
    };
}

// A script alone does not need to be told which scripts there are, how many at a time, and what else is written.
options!(RunArgs {
    kept: [
        server,
        transport,
        component_server,
        fault,
        no_skip,
        deny_warnings
    ],
    left_out: [verbose, quiet, reports, transcript],
    flattened: [
        select, names, waiting, judging, indexes, standards, security, policy, screen, bless,
        profile, arrange, jobs, limits, launch, accounts
    ],
});
options!(SelectArgs {
    kept: [],
    left_out: [paths, directories, only_tags, skip_tags, filter],
});
options!(NameArgs {
    kept: [unique, domain, map, password, password_file],
    left_out: [],
});
options!(WaitingArgs {
    kept: [timeout, quiet_time, sync],
    left_out: [],
});
options!(JudgingArgs {
    kept: [strict, complete, child_order, matching, level],
    left_out: [],
});
options!(IndexArgs {
    kept: [clauses],
    left_out: [],
});
options!(StandardsArgs {
    kept: [standards],
    left_out: [],
});
options!(SecurityArgs {
    kept: [allow_plaintext, insecure, tls, mechanism, ca],
    left_out: [],
});
options!(PolicyArgs {
    kept: [],
    left_out: [
        baseline,
        update_baseline,
        known_departures,
        retries,
        max_fail,
        fail_fast
    ],
});
options!(ScreenArgs {
    kept: [],
    left_out: [progress],
});
options!(BlessArgs {
    kept: [],
    left_out: [bless, yes],
});
options!(ProfileArgs {
    kept: [profile, config, no_config],
    left_out: [],
});
options!(ArrangeArgs {
    kept: [],
    left_out: [shuffle, repeat, partition],
});
options!(JobArgs {
    kept: [],
    left_out: [jobs, isolation],
});
options!(LimitArgs {
    kept: [max_stanza_size, max_depth, max_stream_size],
    left_out: [],
});
options!(LaunchArgs {
    kept: [
        launch,
        launch_command,
        launch_config,
        launch_set,
        launch_timeout
    ],
    left_out: [keep_server, server_logs],
});
options!(AccountArgs {
    kept: [
        accounts,
        admin,
        admin_password_file,
        accounts_command,
        accounts_remove_command
    ],
    left_out: [],
});

/// The option that has a password.
const PASSWORD: &str = "password";

/// The beginning of that command, to which the script is added.
#[derive(Debug, Clone)]
pub(super) struct Rerun(Vec<String>);

impl Rerun {
    /// From what the command line says by itself, as far as it can be understood; the command has been made for it.
    pub(super) fn of(said: Option<&ArgMatches>, program: &Command) -> Self {
        let own = |name| {
            program
                .find_subcommand(name)
                .zip(said?.subcommand_matches(name))
        };
        // Those that `doubt` runs, it runs by the options of `run`.
        let given = own("run").or_else(|| own("doubt"));
        let mut words = vec!["scansion".to_owned(), "run".to_owned()];
        if let Some((command, given)) = given {
            let kept = RunArgs::kept();
            let kept = command.get_arguments().filter(|arg| {
                let id = arg.get_id().as_str();
                kept.contains(&id) && given.value_source(id) == Some(ValueSource::CommandLine)
            });
            words.extend(kept.flat_map(|arg| option(arg, given)));
        }
        Self(words)
    }

    /// The command for a script.
    pub(super) fn command(&self, case: &CaseId) -> String {
        let case = case.to_string();
        let words = self.0.iter().map(String::as_str).chain([case.as_str()]);
        // What a shell cannot be given at all is a NUL, and no path or argument has one.
        shlex::try_join(words).unwrap_or_default()
    }
}

fn option(arg: &Arg, given: &ArgMatches) -> Vec<String> {
    let Some(long) = arg.get_long() else {
        return Vec::new();
    };
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return vec![format!("--{long}")];
    }
    let values = given.get_raw(arg.get_id().as_str()).into_iter().flatten();
    values
        .flat_map(|value| [format!("--{long}"), shown(long, &value.to_string_lossy())])
        .collect()
}

/// A value, without what is or could be a secret. The command does not take what stands for a password as one.
fn shown(long: &str, value: &str) -> String {
    if long == PASSWORD {
        return NOT_SHOWN.to_owned();
    }
    let url = value.parse::<WebSocketUrl>();
    url.map_or_else(|_| value.to_owned(), |url| url.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::args::Cli;
    use super::*;

    #[track_caller]
    fn assert_again(given: &str, again: &str) {
        let words = shlex::split(given).unwrap();
        let mut program = Cli::command();
        let said = program.try_get_matches_from_mut(words).unwrap_or_default();
        let command = Rerun::of(Some(&said), &program).command(&"spec/a b.scs".into());
        assert_eq!(command, again);
    }

    #[test]
    fn what_is_kept_is_there() {
        let mut program = Cli::command();
        program.build();
        let run = program.find_subcommand("run").unwrap();
        for id in RunArgs::kept() {
            assert!(run.get_arguments().any(|arg| arg.get_id() == id), "{id}");
        }
    }

    #[test]
    fn what_one_script_needs_is_kept() {
        assert_again(
            "scansion run spec -j 4 --launch prosody --timeout 2s --no-skip --filter x -v --report json=r",
            "scansion run --timeout 2s --no-skip --launch prosody 'spec/a b.scs'",
        );
        assert_again(
            "scansion run --launch-command 'exec server {port}' spec",
            "scansion run --launch-command 'exec server {port}' 'spec/a b.scs'",
        );
        assert_again(
            "scansion run spec --transport wss://romeo:secret@localhost/ws?token=secret",
            "scansion run --transport 'wss://…@localhost/ws?…' 'spec/a b.scs'",
        );
        assert_again(
            "scansion run spec --map a.b=c.d --map e=f --password-file 'the file'",
            "scansion run --map 'a.b=c.d' --map 'e=f' --password-file 'the file' 'spec/a b.scs'",
        );
        assert_again("scansion run spec", "scansion run 'spec/a b.scs'");
        assert_again(
            "scansion doubt spec --launch prosody --max-survivors 3",
            "scansion run --launch prosody 'spec/a b.scs'",
        );
    }

    #[test]
    fn a_password_is_left_out_and_what_stands_for_it_is_refused() {
        for given in ["--password secret", "--password=secret"] {
            let command = format!("scansion run spec {given}");
            assert_again(&command, "scansion run --password '…' 'spec/a b.scs'");
        }
        let words = ["scansion", "run", "spec", "--password", "…"];
        let error = Cli::command().try_get_matches_from(words).unwrap_err();
        assert!(error.to_string().contains("--password-file"), "{error}");
    }
}
