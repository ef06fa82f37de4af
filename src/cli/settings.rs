//! What `scansion run` was asked to do, with the files read that its options name.
//!
//! This is the last module that sees the arguments of `run` as they were written. What is behind it, from the target of
//! a job to the transcripts, takes what stands here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::accounts::{AccountsFailure, method};
use super::args::RunArgs;
use super::bless::{BlessArgs, BlessError};
use super::hidden;
use super::isolation::JobArgs;
use super::launching::NoBlueprint;
use super::names::{self, NamesFailure};
use super::output::{Stream, hide};
use super::policy::PolicyArgs;
use super::queue::Queued;
use super::recipes::Recipes;
use super::reports::ReportTo;
use super::rerun::Rerun;
use super::screen::{Screen, verbosity};
use super::security::NoAuthorities;
use super::select::Selection;
use super::transport::Transport;
use crate::accounts::{Admin, Method};
use crate::diagnostic::Color;
use crate::doubt::FaultName;
use crate::launch::Blueprint;
use crate::plan::{self, HostPort, PlanOptions};
use crate::runner::{Keep, RunOptions};
use crate::xmpp::ConnectOptions;

/// Why nothing can be run as the arguments say.
#[derive(Debug, Error)]
pub(super) enum SettingsError {
    #[error(transparent)]
    Authorities(#[from] NoAuthorities),
    #[error(transparent)]
    Bless(#[from] BlessError),
    #[error(transparent)]
    Accounts(#[from] AccountsFailure),
    #[error(transparent)]
    Names(#[from] NamesFailure),
    #[error(transparent)]
    Blueprint(#[from] NoBlueprint),
    #[error(
        "`--transport ws` and `wss` are for launched servers; for others give a URL, for example ws://localhost:5280/ws"
    )]
    NothingLaunched,
    #[error("`--fault` is for one script, and {0} are selected")]
    FaultForMany(usize),
}

/// How scripts are run, judged and shown.
pub(super) struct RunSettings {
    /// What is the same for all plans.
    pub(super) plan: PlanOptions,
    /// What is the same for all runs of a script.
    pub(super) run: RunOptions,
    /// The fault that is put in.
    pub(super) fault: Option<FaultName>,
    /// Whether each script has names of its own.
    pub(super) unique: bool,
    /// The WebSocket that clients come by, if they do.
    pub(super) transport: Option<Transport>,
    /// Whether a script with warnings is not run.
    pub(super) deny_warnings: bool,
    /// Whether it is a failure if the server does not have what a script requires.
    pub(super) no_skip: bool,
    /// How accounts are made.
    pub(super) method: Arc<Method>,
    /// The server to launch; none if it runs already.
    pub(super) blueprint: Option<Blueprint>,
    /// Whether a launched server runs on at the end.
    pub(super) keep_server: bool,
    pub(super) jobs: JobArgs,
    pub(super) policy: PolicyArgs,
    pub(super) bless: BlessArgs,
    /// The folder for what launched servers log.
    pub(super) server_logs: Option<PathBuf>,
    /// The folder for transcripts.
    pub(super) transcript: Option<PathBuf>,
    /// Whether any report is written.
    pub(super) has_reports: bool,
    pub(super) screen: Screen,
    pub(super) color: Color,
    pub(super) rerun: Rerun,
}

impl RunSettings {
    /// What the arguments say of a run. Passwords are hidden as soon as they are known, before anything
    /// else is read.
    pub(super) fn of(
        arguments: &RunArgs,
        recipes: &Recipes,
        color: Color,
        rerun: Rerun,
    ) -> Result<Self, SettingsError> {
        let screen = screen(arguments);
        arguments.bless.check(screen.is_terminal())?;
        let method = method(&arguments.accounts)?;
        hide(&hidden::of_method(&method));
        let mut plan = plan_options(arguments)?;
        if let Method::Admin(Admin(admin)) = &method {
            plan.standing = BTreeMap::from([(admin.jid(), admin.password.clone())]);
        }
        if let Some(password) = &plan.password {
            hide(&hidden::of_password(password, std::iter::empty()));
        }
        plan.websocket
            .iter()
            .for_each(|url| hide(&hidden::of_url(url)));
        let run = run_options(arguments)?;
        let launch = &arguments.launch;
        let blueprint = launch.blueprint(recipes, arguments.security.tls)?;
        if blueprint.is_none() && matches!(arguments.transport, Some(Transport::Launched { .. })) {
            return Err(SettingsError::NothingLaunched);
        }
        Ok(Self {
            plan,
            run,
            fault: arguments.fault.clone(),
            unique: arguments.names.unique,
            transport: arguments.transport.clone(),
            deny_warnings: arguments.deny_warnings,
            no_skip: arguments.no_skip,
            method: Arc::new(method),
            blueprint,
            keep_server: launch.keep_server,
            jobs: arguments.jobs,
            policy: arguments.policy.clone(),
            bless: arguments.bless,
            server_logs: launch.server_logs.clone(),
            transcript: arguments.transcript.clone(),
            has_reports: !arguments.reports.is_empty(),
            screen,
            color,
            rerun,
        })
    }
}

impl RunSettings {
    /// How all scripts are planned before the first is run, if a server or accounts are made for them.
    pub(super) fn planned_ahead(&self) -> Option<&PlanOptions> {
        let is_asked = self.blueprint.is_some() || self.method.makes_accounts();
        is_asked.then_some(&self.plan)
    }
}

/// Sees that a fault is for one script, of which there may be several rows.
pub(super) fn see_one_script(
    arguments: &RunArgs,
    selection: &Selection<Queued>,
) -> Result<(), SettingsError> {
    let scripts = selection.scripts.iter();
    let paths: BTreeSet<&str> = scripts.map(|own| own.headline.case.path()).collect();
    match arguments.fault.is_some() && paths.len() > 1 {
        true => Err(SettingsError::FaultForMany(paths.len())),
        false => Ok(()),
    }
}

/// The address that all clients are led to, where the arguments name one. It is known also of a run that cannot begin.
pub(super) fn address(arguments: &RunArgs) -> Option<String> {
    let url = arguments.transport.as_ref().and_then(Transport::url);
    // Not all of the URL, in which there could be a password.
    let of_url = url.map(|url| HostPort {
        host: url.host.clone(),
        port: Some(url.port),
    });
    let address = arguments.server.clone().or(of_url)?;
    Some(address.to_string())
}

/// Where the run is seen: where no report is.
fn screen(arguments: &RunArgs) -> Screen {
    Screen {
        stream: match arguments.reports.iter().any(ReportTo::is_on_screen) {
            true => Stream::Err,
            false => Stream::Out,
        },
        verbosity: verbosity(arguments.verbose, arguments.quiet),
        progress: arguments.screen.progress,
    }
}

/// What is said for all plans.
fn plan_options(arguments: &RunArgs) -> Result<PlanOptions, NamesFailure> {
    Ok(PlanOptions {
        server: arguments.server.clone(),
        direct_tls_server: None,
        websocket: arguments
            .transport
            .as_ref()
            .and_then(Transport::url)
            .cloned(),
        tls: arguments.security.tls,
        renaming: names::renaming(&arguments.names)?,
        password: names::password(&arguments.names)?,
        given: BTreeMap::new(),
        mechanism: arguments.security.mechanism,
        component_server: arguments.component_server.clone(),
        standing: BTreeMap::new(),
        receiving: arguments.judging.receiving(),
        sync: arguments.waiting.sync.map(plan::Sync::from),
        complete: arguments.judging.complete,
        child_order: arguments.judging.order(),
        matching: arguments.judging.matching(),
        claims: None,
        enforced: arguments.judging.enforced(),
    })
}

/// What is said for all runs of a script.
fn run_options(arguments: &RunArgs) -> Result<RunOptions, NoAuthorities> {
    let timeout = arguments.waiting.timeout;
    let is_judged_again = arguments.transcript.is_some() || arguments.bless.bless;
    Ok(RunOptions {
        timeout,
        quiet_time: arguments.waiting.quiet_time,
        connect: ConnectOptions {
            plaintext: arguments.security.plaintext(),
            trust: arguments.security.trust()?,
            step_timeout: timeout,
            limits: arguments.limits.limits(),
            ..ConnectOptions::default()
        },
        keep: match (is_judged_again, arguments.reports.is_empty()) {
            (true, _) => Keep::Settled,
            (false, true) => Keep::Last,
            (false, false) => Keep::All,
        },
    })
}
