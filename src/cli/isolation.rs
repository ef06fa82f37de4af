//! How many scripts are run at a time, and which of them share a launched server.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use clap::{Args, ValueEnum};

use super::launching::LAUNCHING;
use super::number;
use crate::launch::Isolation;

/// How many scripts at a time, and on which servers.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct JobArgs {
    /// How many scripts to run at the same time [default: one per CPU on launched servers and with --unique, else 1]
    #[arg(short, long, value_name = "N", value_parser = number::count)]
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

impl From<IsolationChoice> for Isolation {
    fn from(choice: IsolationChoice) -> Self {
        match choice {
            IsolationChoice::Run => Self::Run,
            IsolationChoice::Job => Self::Job,
            IsolationChoice::Script => Self::Script,
        }
    }
}

impl JobArgs {
    /// What gets a server of its own: what the user says, or else this. A server that is to be kept is one that has
    /// seen all scripts.
    pub(super) fn isolation(self, usual: Isolation, keep_server: bool) -> Isolation {
        let default = if keep_server { Isolation::Run } else { usual };
        self.isolation.map_or(default, Isolation::from)
    }

    /// How many scripts are run at the same time; by default more than one if they do not meet on a server.
    pub(super) fn jobs(self, is_apart: bool) -> usize {
        match (self.jobs, is_apart) {
            (Some(jobs), _) => jobs.get(),
            (None, true) => available_parallelism().map_or(1, usize::from),
            (None, false) => 1,
        }
    }
}
