//! The arguments.

use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use colored::Colorize;

use super::accounts::AdminJid;
use super::arrange::Part;
use super::bless::BlessArgs;
use super::exit_code::ExitCode;
use super::launch::{LAUNCHING, LaunchArgs, LaunchCommand, Recipes, launch};
use super::manual::{CompletionsArgs, ManArgs};
use super::merge::{ReportCommand, report};
use super::names::{self, NameArgs};
use super::output::{Unsaid, complain, note, say_aside};
use super::policy::PolicyArgs;
use super::profile::with_profile;
use super::reports::{self, ReportTo};
use super::rerun::Rerun;
use super::screen::ScreenArgs;
use super::{check, explain, list, manual, run};
use crate::diagnostic::Color;
use crate::matcher::ChildOrder;
use crate::plan::{self, HostPort, Receiving};
use crate::secrets::without_payloads;
use crate::visible::harmless;
use crate::xmpp::{Limits, Mechanism, NoWebSocketUrl, TlsPolicy, WebSocketUrl};

/// Acts out plays against an XMPP server and tells where the server departs from the script.
///
/// Exit codes: 0 all passed, or failed as the baseline says; 1 a script failed, or passes again; 2 the run could not
/// be done.
#[derive(Debug, Parser)]
#[command(name = "scansion", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs scripts against a server
    Run(Box<RunArgs>),
    /// Judges a script, perhaps an edited one, by the transcript of a run, without a server
    Explain(ExplainArgs),
    /// Reads scripts without a server and reports all problems in them
    Check(CheckArgs),
    /// Lists titles, tags and paths of scripts
    List(ListArgs),
    /// Works on reports of runs
    #[command(subcommand)]
    Report(ReportCommand),
    /// Tells which servers can be launched, and how
    #[command(subcommand)]
    Launch(LaunchCommand),
    /// Prints what a shell has to read to complete command lines
    Completions(CompletionsArgs),
    /// Prints the manual page
    Man(ManArgs),
}

/// The names of the commands, by which a command line without one is known.
const COMMANDS: [&str; 9] = [
    "run",
    "explain",
    "check",
    "list",
    "report",
    "launch",
    "completions",
    "man",
    "help",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    fn resolve(self) -> Color {
        let allowed = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let wanted = match self {
            ColorChoice::Auto => allowed && io::stdout().is_terminal(),
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        if wanted { Color::Styled } else { Color::Plain }
    }
}

/// Which scripts.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    /// Scripts, or directories that are searched for *.scs
    #[arg(value_name = "FILE_OR_DIR", required_unless_present = "directories")]
    pub(super) paths: Vec<PathBuf>,
    /// The same as naming the directory; accepted for those used to the Lua tool
    #[arg(short = 'd', value_name = "DIR")]
    pub(super) directories: Vec<PathBuf>,
    /// Only scripts that have one of these tags: `slow`, or with a value `xep: 0313`
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(super) only_tags: Vec<String>,
    /// No scripts that have one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(super) skip_tags: Vec<String>,
    /// Only scripts with this in their title or path, in upper or lower case
    #[arg(long, value_name = "SUBSTRING")]
    pub(super) filter: Vec<String>,
}

/// `scansion run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// Connect every actor there, whatever the domain of its JID
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) server: Option<HostPort>,
    /// Give the accounts and rooms of each script names of its own, so that scripts on one server do not meet; the
    /// accounts have to be made for the run, by --launch or --accounts
    #[arg(long)]
    pub(super) unique: bool,
    /// Take this domain for `localhost`, and for the domains below it, throughout the scripts
    #[arg(long, value_name = "DOMAIN", value_parser = parse_domain)]
    pub(super) domain: Option<String>,
    #[command(flatten)]
    pub(super) names: NameArgs,
    /// Connect clients by WebSocket (RFC 7395): ws://HOST[:PORT]/PATH, wss://…; `ws` or `wss` alone for that of a
    /// launched server
    #[arg(long, value_name = "URL", conflicts_with = "server")]
    pub(super) transport: Option<Transport>,
    /// Connect components there
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) component_server: Option<HostPort>,
    /// How long to wait for what is expected, and for each step of a login: 5, 0.5s, 500ms
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub(super) timeout: Duration,
    /// How long nothing may come for `receives: nothing`
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = parse_duration)]
    pub(super) quiet_time: Duration,
    /// Whether to wait, before an actor acts, until the server has handled what the others sent (XEP-0199 pings);
    /// the tag `## sync` says it for a script [default: ping]
    #[arg(long, value_name = "HOW")]
    pub(super) sync: Option<SyncChoice>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// Take it for a failure if the server does not have what a script requires by `## requires`
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
    /// Send passwords without TLS, not only to this machine
    #[arg(long)]
    pub(super) allow_plaintext: bool,
    /// Accept certificates that do not verify, not only of this machine
    #[arg(long, conflicts_with = "ca")]
    pub(super) insecure: bool,
    /// When clients use TLS: `auto` (STARTTLS where it is offered), `starttls`, `direct` (XEP-0368) or `none`; an
    /// actor's `tls:` wins
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = TlsPolicy::from_str)]
    pub(super) tls: TlsPolicy,
    /// The only SASL mechanism by which actors with a password log in; an actor's `mechanism:` wins
    #[arg(long, value_name = "NAME")]
    pub(super) mechanism: Option<Mechanism>,
    /// Verify certificates by these authorities, too (PEM)
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    #[arg(long = "report", value_name = "FORMAT[=FILE]", help = reports::help("Write a report", &reports::formats()))]
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

/// What more or less is expected than scripts say.
#[derive(Debug, Args)]
pub(super) struct JudgingArgs {
    /// The next stanza must be the one that is expected; the tag `## strict` says it for a script
    #[arg(long)]
    pub(super) strict: bool,
    /// Whether children of strict elements may come in any order; the tag `## child-order` says it for a script
    #[arg(long, value_name = "ORDER")]
    pub(super) child_order: Option<ChildOrderChoice>,
}

impl JudgingArgs {
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
}

/// How much is taken from a server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits to what a server sends")]
pub(super) struct LimitArgs {
    /// The largest stanza: bytes, or a number with a unit as in 64KiB; 1GiB at most
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_stanza_size)]
    pub(super) max_stanza_size: usize,
    /// How deep the elements of a stanza may be nested, 1000 levels at most
    #[arg(long, value_name = "N", default_value = "256", value_parser = parse_depth)]
    pub(super) max_depth: usize,
    /// How much may come over one connection altogether; each element counts 256 bytes more than its text
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_size)]
    pub(super) max_stream_size: usize,
}

impl LimitArgs {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            depth: self.max_depth,
            bytes: self.max_stanza_size,
            stream: self.max_stream_size,
        }
    }
}

/// Accounts on a server that the user runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts on a server")]
pub(super) struct AccountArgs {
    /// How the accounts of a script come to be on the server; those made are removed after the run
    /// [default: existing]
    #[arg(long, value_name = "HOW")]
    pub(super) accounts: Option<AccountsChoice>,
    /// Who adds and deletes accounts, for `--accounts admin`
    #[arg(
        long,
        value_name = "JID",
        requires = "accounts",
        required_if_eq("accounts", "admin")
    )]
    pub(super) admin: Option<AdminJid>,
    /// The file with the admin's password in its first line; without it the environment has it, in
    /// SCANSION_ADMIN_PASSWORD
    #[arg(long, value_name = "FILE", requires = "admin")]
    pub(super) admin_password_file: Option<PathBuf>,
    /// What makes an account, for `--accounts command`: no shell, but words into which {user}, {domain} and {password}
    /// are filled
    #[arg(
        long,
        value_name = "CMD",
        requires = "accounts",
        required_if_eq("accounts", "command")
    )]
    pub(super) accounts_command: Option<String>,
    /// What removes an account that `--accounts-command` has made
    #[arg(long, value_name = "CMD", requires = "accounts_command")]
    pub(super) accounts_remove_command: Option<String>,
}

impl AccountArgs {
    /// Whether accounts are made for the run.
    pub(super) fn is_making(&self) -> bool {
        match self.accounts {
            None | Some(AccountsChoice::Existing) => false,
            Some(AccountsChoice::Register | AccountsChoice::Admin | AccountsChoice::Command) => {
                true
            }
        }
    }
}

/// `--accounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AccountsChoice {
    /// They are there
    Existing,
    /// Each user registers (XEP-0077)
    Register,
    /// An admin adds them by ad-hoc commands (XEP-0133)
    Admin,
    /// A command makes them
    Command,
}

/// Options that are written in a file. They are read before the others, by [`profile`].
#[derive(Debug, Args)]
pub(super) struct ProfileArgs {
    /// Take the options of this profile in scansion.toml, which is looked for from here upwards, and read if nobody else
    /// can write it
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Take this file instead of scansion.toml, whosever it is
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Read no scansion.toml
    #[arg(long)]
    pub(super) no_config: bool,
}

/// In which order, how often, and on which of several machines.
#[derive(Debug, Args)]
pub(super) struct ArrangeArgs {
    /// Run the scripts in an order of chance; SEED repeats one
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true)]
    pub(super) shuffle: Option<Option<u64>>,
    /// Run all scripts N times
    #[arg(long, value_name = "N", default_value = "1")]
    pub(super) repeat: NonZeroUsize,
    /// Run only the Kth of N parts, for several machines; a script's part depends on its path alone
    #[arg(long, value_name = "K/N")]
    pub(super) partition: Option<Part>,
}

/// How many scripts at a time, and on which servers.
#[derive(Debug, Args)]
pub(super) struct JobArgs {
    /// How many scripts to run at the same time [default: one per CPU on launched servers; 1 on one server]
    #[arg(short, long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// What gets a launched server of its own [default: job]
    #[arg(long, value_name = "WHAT", requires = "launched", help_heading = LAUNCHING)]
    pub(super) isolation: Option<IsolationChoice>,
}

/// `--isolation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum IsolationChoice {
    /// One server for all scripts
    Run,
    /// One for each job
    Job,
    /// A fresh one for every script
    Script,
}

/// `scansion explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A file that `scansion run --transcript DIR` has written
    pub(super) transcript: PathBuf,
    /// The script; without it, the one that was run
    pub(super) script: Option<PathBuf>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// Show each step, and all that went over the wires
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Show only what did not pass
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// `scansion check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// Take warnings for errors
    #[arg(long)]
    pub(super) deny_warnings: bool,
}

/// `scansion list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
}

/// `--sync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SyncChoice {
    /// Ping
    Ping,
    /// Do not wait
    None,
}

impl From<SyncChoice> for plan::Sync {
    fn from(choice: SyncChoice) -> Self {
        match choice {
            SyncChoice::Ping => plan::Sync::Ping,
            SyncChoice::None => plan::Sync::None,
        }
    }
}

/// `--child-order`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ChildOrderChoice {
    /// In any order
    Any,
}

/// `--transport`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Transport {
    /// The WebSocket at this URL.
    Url(WebSocketUrl),
    /// That of the launched server, with or without TLS.
    Launched {
        /// Whether with TLS.
        secure: bool,
    },
}

impl FromStr for Transport {
    type Err = NoWebSocketUrl;

    fn from_str(text: &str) -> Result<Self, NoWebSocketUrl> {
        match text {
            "ws" => Ok(Self::Launched { secure: false }),
            "wss" => Ok(Self::Launched { secure: true }),
            url => url.parse().map(Self::Url),
        }
    }
}

/// Reads a domain, in the form in which servers have it (RFC 7622 §3.2).
fn parse_domain(text: &str) -> Result<String, String> {
    let wrong = || "this is not a domain; give one, for example xmpp.example.org".to_owned();
    names::domain(text).ok_or_else(wrong)
}

/// The longest time that can be given: nobody waits longer, and clocks overflow some time after it.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a time: a number of seconds, or a number with a unit.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().map(Duration::try_from_secs_f64);
    let duration = match seconds {
        Some(Ok(duration)) => duration,
        _ => humantime::parse_duration(text)
            .map_err(|_| "give seconds, or a number with a unit: 5, 0.5, 500ms, 1m".to_owned())?,
    };
    if duration.is_zero() {
        return Err("the time must be longer than nothing".to_owned());
    }
    if duration > LONGEST {
        return Err("the time must be a day at most".to_owned());
    }
    Ok(duration)
}

fn parse_size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().map(|size: ByteSize| size.as_u64());
    let size = size.ok_or("give bytes, or a number with a unit: 65536, 64KiB, 16MiB")?;
    match usize::try_from(size) {
        Ok(0) => Err("the size must be more than nothing".to_owned()),
        Ok(bytes) => Ok(bytes),
        Err(_) => Err("no memory holds so much".to_owned()),
    }
}

fn parse_stanza_size(text: &str) -> Result<usize, String> {
    match parse_size(text)? {
        bytes if bytes > Limits::MAX_BYTES => Err("the size must be 1GiB at most".to_owned()),
        bytes => Ok(bytes),
    }
}

fn parse_depth(text: &str) -> Result<usize, String> {
    let depth = text.parse().ok();
    depth
        .filter(|depth| (1..=Limits::MAX_DEPTH).contains(depth))
        .ok_or_else(|| format!("give a number from 1 to {}", Limits::MAX_DEPTH))
}

/// The whole program: reads the arguments, does what they say, and tells what came of it.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = with_command(arguments.into_iter().collect());
    let at = command_at(&arguments);
    let (given, mut found, mut recipes) = (arguments.clone(), None, Recipes::default());
    if arguments.get(at).is_some_and(|command| command == "run") {
        match with_profile(arguments, at, &Cli::command()) {
            Ok(profiled) => {
                (arguments, found) = (profiled.arguments, profiled.found);
                recipes = profiled.recipes;
            }
            Err(error) => return complain(&error),
        }
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let color = cli.color.resolve();
    colored::control::set_override(color == Color::Styled);
    match cli.command {
        Command::Run(arguments) => {
            tell_of(found.as_deref().filter(|_| !arguments.quiet));
            let again = Rerun::of(&given, &Cli::command());
            run::run(&arguments, &recipes, color, again)
        }
        Command::Explain(arguments) => explain::explain(&arguments, color),
        Command::Check(arguments) => check::check(&arguments, color),
        Command::List(arguments) => list::list(&arguments),
        Command::Completions(arguments) => manual::completions(&arguments, Cli::command()),
        Command::Man(arguments) => manual::man(&arguments, Cli::command()),
        Command::Report(command) => report(&command),
        Command::Launch(command) => launch(&command),
    }
}

/// Tells where options are from that nobody sees on the command line.
fn tell_of(found: Option<&Path>) {
    if let Some(path) = found {
        note(&format!(
            "options from {}",
            harmless(&path.display().to_string())
        ));
    }
}

/// Prints help and version, or what is wrong with the usage.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // It repeats arguments, which are not to bring colours of their own.
        let text = harmless(&without_payloads(&error.render().to_string()));
        let text = text.strip_prefix("error").unwrap_or(&text);
        say_aside(&format!("{}{text}", "error".red().bold()));
        return ExitCode::NotDone;
    }
    match error.print().and_then(|()| io::stdout().flush()) {
        // Where the reader has gone away there is nobody to tell.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => complain(&Unsaid(error)),
        _ => ExitCode::Passed,
    }
}

/// Scripts that call the Lua tool give no command, only `-d DIR` or files: they mean `run`.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let at = command_at(&arguments);
    let first = arguments.get(at).and_then(|first| first.to_str());
    if first.is_some_and(|first| is_option_of_run(first) || is_path(first)) {
        arguments.insert(at, "run".into());
    }
    arguments
}

/// Where the command has to be.
fn command_at(arguments: &[OsString]) -> usize {
    1 + colors(arguments.get(1..).unwrap_or_default())
}

fn is_option_of_run(argument: &str) -> bool {
    argument.starts_with('-') && !matches!(argument, "-h" | "--help" | "-V" | "--version")
}

/// Whether a word is the path of a script or directory, rather than a command, perhaps a misspelt one.
fn is_path(argument: &str) -> bool {
    !COMMANDS.contains(&argument) && (argument.contains(['.', '/']) || Path::new(argument).exists())
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
