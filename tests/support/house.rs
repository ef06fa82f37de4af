//! A Prosody with Romeo's account, and the program run against it through a proxy.
#![allow(dead_code, reason = "each test program uses some of it")]

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use scansion::accounts::Account;
use scansion::launch::{Blueprint, Launcher, Needs, Ports, Recipe, Server};
use tokio::runtime::{Builder, Runtime};

/// The server.
pub struct House {
    server: Option<Server>,
    /// What plays are run on.
    pub runtime: Runtime,
}

/// What the program has said and how it ended.
pub struct Ended {
    /// The exit code.
    pub code: Option<i32>,
    /// All that it has written.
    pub said: String,
}

impl House {
    /// Starts the server.
    pub fn open() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let prosody = Recipe::builtin("prosody").expect("it comes with us");
        let blueprint = Blueprint::new(prosody, env!("CARGO_BIN_EXE_scansion"));
        let romeo = Account {
            localpart: "romeo".to_owned(),
            domain: "localhost".to_owned(),
            password: "montague".into(),
        };
        let needs = Needs {
            domains: BTreeSet::from(["localhost".to_owned()]),
            accounts: BTreeSet::from([romeo]),
            ..Needs::default()
        };
        let launcher = Launcher::new(blueprint, needs).expect("`make test` installs the servers");
        let server = runtime.block_on(launcher.launch()).unwrap();
        Self {
            server: Some(server),
            runtime,
        }
    }

    /// Where it listens.
    pub fn ports(&self) -> Ports {
        self.server.as_ref().unwrap().ports()
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.ports().client
    }

    /// Runs a script by a proxy at this port, without TLS.
    pub fn run(&self, script: &str, proxy: u16, arguments: &[&str]) -> Ended {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("play.scs");
        std::fs::write(&path, script).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_scansion"))
            .args(["run", "--color", "never", "--no-config", "--tls", "none"])
            .args(["--server", &format!("127.0.0.1:{proxy}")])
            .args(arguments)
            .arg(&path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ended {
            code: output.status.code(),
            said: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
        }
    }
}

/// Whose bytes are meddled with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Side {
    Client,
    Server,
}

/// Waits for clients at a port, which it tells, and connects each to the server at another one: what passes between
/// them is for whoever takes both connections.
pub fn proxy(server: u16, mut passage: impl FnMut(TcpStream, TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It ends with the test's process.
    thread::spawn(move || {
        for client in listener.incoming() {
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            passage(client.unwrap(), server);
        }
    });
    port
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}
