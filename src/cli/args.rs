//! The arguments: the commands, and which options each of them has. What an option means is known where its feature is.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::accounts::AccountArgs;
use super::arrange::ArrangeArgs;
use super::bless::BlessArgs;
use super::check::CheckArgs;
use super::clauses::ClausesCommand;
use super::doubt::DoubtArgs;
use super::explain::ExplainArgs;
use super::fmt::FmtArgs;
use super::indexes::{IndexArgs, StandardsArgs};
use super::isolation::JobArgs;
use super::judging::JudgingArgs;
use super::late::Late;
use super::launch::LaunchCommand;
use super::launching::LaunchArgs;
use super::ledger::LedgerArgs;
use super::limits::LimitArgs;
use super::list::ListArgs;
use super::manual::{CompletionsArgs, ManArgs};
use super::names::NameArgs;
use super::policy::PolicyArgs;
use super::profile::ProfileArgs;
use super::report::ReportCommand;
use super::reports::{self, ReportTo};
use super::screen::ScreenArgs;
use super::security::SecurityArgs;
use super::select::SelectArgs;
use super::transport::Transport;
use super::waiting::WaitingArgs;
use super::words::words;
use crate::diagnostic::Color;
use crate::doubt::FaultName;
use crate::plan::HostPort;
use crate::report::Format;

/// Acts out plays against an XMPP server and tells where the server departs from the script.
///
/// Exit codes: 0 all passed, or failed as the baseline says; 1 a script failed, or passes again; 2 the run could not
/// be done.
#[derive(Debug, Parser)]
#[command(name = "scansion", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs scripts against a server
    Run(Late<RunArgs>),
    /// Judges a script, perhaps an edited one, by the transcript of a run, without a server
    Explain(Late<ExplainArgs>),
    /// Tells which faults of a server scripts would not have noticed, by what was recorded of them
    Doubt(Late<DoubtArgs>),
    /// Reads scripts without a server and reports all problems in them
    Check(Late<CheckArgs>),
    /// Puts the text of scripts in order, comments and blank lines kept
    Fmt(Late<FmtArgs>),
    /// Lists titles, tags and paths of scripts
    List(Late<ListArgs>),
    /// Works on reports of runs
    #[command(subcommand)]
    Report(ReportCommand),
    /// Works on the indexes of what standards say, which scripts claim to test
    #[command(subcommand)]
    Clauses(ClausesCommand),
    /// Tells which clauses of standards scripts test, and which servers keep to them; reports are named beside scripts
    Ledger(Late<LedgerArgs>),
    /// Tells which servers can be launched, and how
    #[command(subcommand)]
    Launch(LaunchCommand),
    /// Prints what a shell has to read to complete command lines
    Completions(Late<CompletionsArgs>),
    /// Prints the manual page
    Man(Late<ManArgs>),
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Whether to use colours.
    pub(super) fn resolve(self) -> Color {
        let allowed = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let wanted = match self {
            ColorChoice::Auto => allowed && io::stdout().is_terminal(),
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        if wanted { Color::Styled } else { Color::Plain }
    }
}

/// `scansion run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// Connect every actor there, whatever the domain of its JID
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) server: Option<HostPort>,
    #[command(flatten)]
    pub(super) names: NameArgs,
    /// Connect clients by WebSocket (RFC 7395): ws://HOST[:PORT]/PATH, wss://…; `ws` or `wss` alone for that of a
    /// launched server
    #[arg(long, value_name = "URL", conflicts_with = "server", value_parser = words::<Transport>(["ws", "wss"]), hide_possible_values = true)]
    pub(super) transport: Option<Transport>,
    /// Connect components there
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) component_server: Option<HostPort>,
    #[command(flatten)]
    pub(super) waiting: WaitingArgs,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// Put a fault in between the server and an actor, as it is called by `doubt`: 'Juliet line 31: twice'; the script
    /// has to fail
    #[arg(long, value_name = "FAULT", conflicts_with_all = ["bless", "transcript", "baseline"])]
    pub(super) fault: Option<FaultName>,
    #[command(flatten)]
    pub(super) indexes: IndexArgs,
    #[command(flatten)]
    pub(super) standards: StandardsArgs,
    /// Take it for a failure if the server does not have what a script requires by `## requires`, or refuses what its
    /// prologue prepares
    #[arg(long)]
    pub(super) no_skip: bool,
    /// Do not run a script that has warnings
    #[arg(long)]
    pub(super) deny_warnings: bool,
    /// Show each step, and all that goes over the wires
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Show only what is red or flaky
    #[arg(short, long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) security: SecurityArgs,
    #[arg(long = "report", value_name = "FORMAT[=FILE]", help = reports::help("Write a report", &reports::formats()), value_parser = words::<ReportTo>(Format::ALL.map(Format::name)), hide_possible_values = true)]
    pub(super) reports: Vec<ReportTo>,
    /// Write what goes over the wires during each script to a file in this folder, by which `explain` can judge
    #[arg(long, value_name = "DIR")]
    pub(super) transcript: Option<PathBuf>,
    #[command(flatten)]
    pub(super) policy: PolicyArgs,
    #[command(flatten)]
    pub(super) screen: ScreenArgs,
    #[command(flatten)]
    pub(super) bless: BlessArgs,
    #[command(flatten)]
    pub(super) profile: ProfileArgs,
    #[command(flatten)]
    pub(super) arrange: ArrangeArgs,
    #[command(flatten)]
    pub(super) jobs: JobArgs,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    #[command(flatten)]
    pub(super) launch: LaunchArgs,
    #[command(flatten)]
    pub(super) accounts: AccountArgs,
}

/// Scripts that call the Lua tool give no command, only `-d DIR` or files: they mean `run`.
pub(super) fn with_command(mut arguments: Vec<OsString>, program: &clap::Command) -> Vec<OsString> {
    let at = command_at(&arguments);
    let first = arguments.get(at).and_then(|first| first.to_str());
    if first.is_some_and(|first| is_option_of_run(first) || is_path(first, program)) {
        arguments.insert(at, "run".into());
    }
    with_seed(arguments)
}

/// A number behind `--shuffle` is the seed, unless there is a file of that name: what may be left out stands behind a
/// `=`, and one who does not know that would be told of a file that is not there.
fn with_seed(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut has_ended = false;
    for argument in arguments {
        has_ended |= argument == "--";
        match joined.last_mut() {
            Some(last) if !has_ended && last == "--shuffle" && is_number(&argument) => {
                last.push("=");
                last.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

/// Whether a word is a number, and not the path of something.
fn is_number(argument: &OsStr) -> bool {
    let bytes = argument.as_encoded_bytes();
    let is_number = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    is_number && !Path::new(argument).exists()
}

/// Where the command has to be.
pub(super) fn command_at(arguments: &[OsString]) -> usize {
    1 + colors(arguments.get(1..).unwrap_or_default())
}

fn is_option_of_run(argument: &str) -> bool {
    argument.starts_with('-') && !matches!(argument, "-h" | "--help" | "-V" | "--version")
}

/// Whether a word is the path of a script or directory, rather than a command, perhaps a misspelt one.
fn is_path(argument: &str, program: &clap::Command) -> bool {
    let is_command = argument == "help" || program.find_subcommand(argument).is_some();
    !is_command && (argument.contains(['.', '/']) || Path::new(argument).exists())
}

/// How many arguments at the beginning are about colours, which is all that may stand before a command.
fn colors(arguments: &[OsString]) -> usize {
    let text = |at: usize| arguments.get(at).and_then(|argument| argument.to_str());
    match text(0) {
        Some("--color") => 2,
        Some(first) if first.starts_with("--color=") => 1,
        _ => 0,
    }
}
