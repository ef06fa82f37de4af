//! From the arguments of `run` to the options of plans and runs.

use std::collections::BTreeMap;

use super::args::{RunArgs, Transport};
use super::file;
use super::names::{self, NamesFailure};
use super::run::RunFailure;
use crate::plan::{self, PlanOptions};
use crate::runner::{Keep, RunOptions};
use crate::xmpp::{Authorities, ConnectOptions, PlaintextPolicy, Trust};

/// What is said for all plans.
pub(super) fn plan_options(arguments: &RunArgs) -> Result<PlanOptions, NamesFailure> {
    Ok(PlanOptions {
        server: arguments.server.clone(),
        direct_tls_server: None,
        websocket: match &arguments.transport {
            Some(Transport::Url(url)) => Some(url.clone()),
            Some(Transport::Launched { .. }) | None => None,
        },
        tls: arguments.tls,
        renaming: names::renaming(arguments)?,
        password: names::password(&arguments.names)?,
        given: BTreeMap::new(),
        mechanism: arguments.mechanism,
        component_server: arguments.component_server.clone(),
        receiving: arguments.judging.receiving(),
        sync: arguments.sync.map(plan::Sync::from),
        child_order: arguments.judging.order(),
    })
}

/// What is said for all runs.
pub(super) fn run_options(arguments: &RunArgs) -> Result<RunOptions, RunFailure> {
    let plaintext = match arguments.allow_plaintext {
        true => PlaintextPolicy::Anywhere,
        false => PlaintextPolicy::LoopbackOnly,
    };
    Ok(RunOptions {
        timeout: arguments.timeout,
        quiet_time: arguments.quiet_time,
        connect: ConnectOptions {
            plaintext,
            trust: trust(arguments)?,
            step_timeout: arguments.timeout,
            limits: arguments.limits.limits(),
            ..ConnectOptions::default()
        },
        keep: match (&arguments.transcript, arguments.reports.is_empty()) {
            (Some(_), _) => Keep::Settled,
            (None, true) => Keep::Last,
            (None, false) => Keep::All,
        },
    })
}

fn trust(arguments: &RunArgs) -> Result<Trust, RunFailure> {
    let Some(path) = &arguments.ca else {
        return Ok(if arguments.insecure {
            Trust::Anything
        } else {
            Trust::System
        });
    };
    let authorities =
        Authorities::from_pem(&file::read(path)?).map_err(|source| RunFailure::Certificates {
            path: path.clone(),
            source,
        })?;
    Ok(Trust::Authorities(authorities))
}
