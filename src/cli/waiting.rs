//! How long is waited, and for what; and how a time is written.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::plan;

/// How long is waited.
#[derive(Debug, Args)]
pub(super) struct WaitingArgs {
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

/// The longest time that can be given: no run waits longer, and clocks overflow some time after it.
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
