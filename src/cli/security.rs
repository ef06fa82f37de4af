//! What a connection must have, and whom it believes: TLS, certificates, mechanisms, and passwords without TLS.

use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use super::file::{self, Unreadable};
use super::words::words;
use crate::paths::shown;
use crate::xmpp::{Authorities, Mechanism, PlaintextPolicy, TlsError, TlsPolicy, Trust};

/// The words for when TLS is used.
const TLS: [&str; 4] = ["auto", "starttls", "direct", "none"];

/// What a connection must have, and whom it believes.
#[derive(Debug, Args)]
pub(super) struct SecurityArgs {
    /// Send passwords without TLS, not only to this machine
    #[arg(long)]
    pub(super) allow_plaintext: bool,
    /// Accept certificates that do not verify, not only of this machine
    #[arg(long, conflicts_with = "ca")]
    pub(super) insecure: bool,
    /// When clients use TLS: `auto` (STARTTLS where it is offered), `starttls`, `direct` (XEP-0368) or `none`; an
    /// actor's `tls:` wins
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = words::<TlsPolicy>(TLS), hide_possible_values = true)]
    pub(super) tls: TlsPolicy,
    /// The only SASL mechanism by which actors with a password log in; an actor's `mechanism:` wins
    #[arg(long, value_name = "NAME", value_parser = words::<Mechanism>(Mechanism::ALL.map(Mechanism::name)), hide_possible_values = true)]
    pub(super) mechanism: Option<Mechanism>,
    /// Verify certificates by these authorities, too (PEM)
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
}

/// Why nothing can be verified by the authorities of `--ca`.
#[derive(Debug, Error)]
pub(super) enum NoAuthorities {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{}: {source}", shown(path))]
    Certificates {
        path: PathBuf,
        #[source]
        source: TlsError,
    },
}

impl SecurityArgs {
    /// Where passwords may be sent without TLS.
    pub(super) fn plaintext(&self) -> PlaintextPolicy {
        match self.allow_plaintext {
            true => PlaintextPolicy::Anywhere,
            false => PlaintextPolicy::LoopbackOnly,
        }
    }

    /// Whose certificates are believed.
    pub(super) fn trust(&self) -> Result<Trust, NoAuthorities> {
        match (&self.ca, self.insecure) {
            (Some(path), _) => Ok(Trust::Authorities(authorities(path)?)),
            (None, true) => Ok(Trust::Anything),
            (None, false) => Ok(Trust::System),
        }
    }
}

fn authorities(path: &Path) -> Result<Authorities, NoAuthorities> {
    let read = Authorities::from_pem(&file::read(path)?);
    read.map_err(|source| NoAuthorities::Certificates {
        path: path.to_owned(),
        source,
    })
}
