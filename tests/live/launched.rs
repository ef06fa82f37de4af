//! A throw-away server that a test starts and stops itself, by the library, and runs the program against.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use scansion::accounts::Account;
use scansion::launch::{Blueprint, Launcher, Needs, Ports, Recipe, Server, Setting};
use scansion::plan::{self, PlanOptions};
use tokio::runtime::{Builder, Runtime};

use crate::program::{PROGRAM, run};
use crate::scripts::reading;

/// How long it may take to start: longer than by default, as several start at the same time.
const PATIENCE: Duration = Duration::from_secs(300);

/// The server. It ends when this is dropped.
pub struct Launched {
    server: Option<Server>,
    /// What plays are run on.
    pub runtime: Runtime,
}

impl Launched {
    /// A Prosody on which Romeo has an account, with the password `montague`.
    pub fn prosody() -> Self {
        Self::with_accounts("prosody", &[], &[("romeo", "montague")])
    }

    /// A server at `localhost` on which these users have accounts, with these passwords.
    pub fn with_accounts(
        recipe: &str,
        settings: &[(&str, &str)],
        accounts: &[(&str, &str)],
    ) -> Self {
        let accounts = accounts.iter().map(|(user, password)| Account {
            localpart: (*user).to_owned(),
            domain: "localhost".to_owned(),
            password: (*password).into(),
        });
        let needs = Needs {
            domains: BTreeSet::from(["localhost".to_owned()]),
            accounts: accounts.collect(),
            ..Needs::default()
        };
        Self::start(recipe, settings, needs)
    }

    /// A server that has what these scripts need.
    pub fn for_scripts<T: AsRef<Path>>(recipe: &str, scripts: &[T]) -> Self {
        let plays = scripts.iter().flat_map(|path| reading(path.as_ref()).plays);
        let plans = plays.map(|play| plan::resolve(&play, &PlanOptions::default()).unwrap());
        let plans: Vec<_> = plans.collect();
        Self::start(recipe, &[], Needs::of_plans(&plans))
    }

    /// A server with other settings than those of its recipe, and with what is needed.
    pub fn start(recipe: &str, settings: &[(&str, &str)], needs: Needs) -> Self {
        let recipe = Recipe::builtin(recipe).expect("it comes with us");
        let settings = settings.iter().map(|(name, value)| Setting {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        });
        let blueprint = Blueprint {
            settings: settings.collect(),
            patience: PATIENCE,
            ..Blueprint::new(recipe, PROGRAM)
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let launcher = Launcher::new(blueprint, needs).expect("`make test` installs the servers");
        let server = runtime.block_on(launcher.launch()).unwrap();
        Self {
            server: Some(server),
            runtime,
        }
    }

    /// What is known of it.
    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Where it listens.
    pub fn ports(&self) -> Ports {
        self.server().ports()
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.ports().client
    }

    /// Where clients connect, as `--server` has it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }

    /// Where components connect, as `--component-server` has it.
    pub fn component_address(&self) -> String {
        format!("127.0.0.1:{}", self.ports().component)
    }

    /// Runs the program against it, as against a server that a user has started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let (clients, components) = (self.address(), self.component_address());
        let there = ["--server", &clients, "--component-server", &components];
        run(&[&there, arguments].concat())
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}

/// Runs a script at this port, without TLS.
pub fn run_at(port: u16, script: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("play.scs");
    fs::write(&path, script).unwrap();
    let server = format!("127.0.0.1:{port}");
    let fixed = ["--no-config", "--tls=none", "--server", &server];
    run(&[&fixed, arguments, &[path.to_str().unwrap()]].concat())
}
