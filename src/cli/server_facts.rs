//! What a script has to know of the server that it is run on.

use std::collections::BTreeMap;

use super::running_server::RunningServer;
use super::transport::Transport;
use crate::blanks::Blanks;
use crate::launch::Ports;
use crate::plan::{HostPort, PlanOptions};
use crate::xmpp::{Authorities, Trust, WebSocketUrl};

/// What a script has to know of the server that it is run on.
#[derive(Default)]
pub(super) struct ServerFacts {
    launched: Option<Launched>,
}

struct Launched {
    ports: Ports,
    /// Its WebSockets, without and with TLS.
    websockets: [Option<WebSocketUrl>; 2],
    /// What is known of it by name.
    blanks: Blanks,
    /// Services that have another address than is common.
    moved: BTreeMap<String, String>,
    authorities: Option<Authorities>,
    /// How long its log was, in bytes.
    logged: u64,
    description: String,
}

impl ServerFacts {
    /// What is known of a launched server.
    pub(super) fn of(running: &RunningServer) -> Self {
        Self {
            launched: Some(Launched {
                ports: running.server.ports(),
                websockets: [false, true].map(|secure| running.server.websocket(secure)),
                blanks: running.server.blanks().clone(),
                moved: running.server.moved().clone(),
                authorities: running.authorities.clone(),
                logged: running.server.log().length(),
                description: running.description.clone(),
            }),
        }
    }

    /// Whether the server was launched for the run.
    pub(super) fn is_launched(&self) -> bool {
        self.launched.is_some()
    }

    /// What is known of the launched server by name.
    pub(super) fn blanks(&self) -> Blanks {
        let launched = self.launched.as_ref();
        launched.map_or_else(Blanks::default, |launched| launched.blanks.clone())
    }

    /// What the launched server is.
    pub(super) fn description(&self) -> Option<&str> {
        let launched = self.launched.as_ref()?;
        Some(&launched.description)
    }

    /// How long the log of the launched server was when it was got ready, in bytes.
    pub(super) fn logged(&self) -> Option<u64> {
        Some(self.launched.as_ref()?.logged)
    }

    /// Sends actors to the launched server.
    pub(super) fn direct(&self, options: &mut PlanOptions, transport: Option<&Transport>) {
        if let Some(launched) = &self.launched {
            launched.direct(options, transport);
        }
    }

    /// Whose certificates are believed, unless the user says it: the launched server's alone. One that has a
    /// certificate of its own is believed as any server on this machine is.
    pub(super) fn trust(&self, said: &Trust) -> Trust {
        let launched = self.launched.as_ref();
        match (
            launched.and_then(|launched| launched.authorities.clone()),
            said,
        ) {
            (Some(authorities), Trust::System) => Trust::Authorities(authorities),
            _ => said.clone(),
        }
    }
}

impl Launched {
    fn direct(&self, options: &mut PlanOptions, transport: Option<&Transport>) {
        let at = |port| {
            Some(HostPort {
                host: "127.0.0.1".to_owned(),
                port: Some(port),
            })
        };
        options.server = at(self.ports.client);
        options.direct_tls_server = at(self.ports.direct_tls);
        options.component_server = at(self.ports.component);
        for (usual, own) in &self.moved {
            // What the user has said of a service wins.
            let written = options.renaming.written_domain(usual);
            let map = &mut options.renaming.map;
            map.entry(written).or_insert_with(|| own.clone());
        }
        if let Some(Transport::Launched { secure }) = transport {
            options.websocket = self.websockets[usize::from(*secure)].clone();
        }
    }
}
