//! Starting servers, as often as it takes.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::select;
use tokio::time::{Instant, sleep};

use super::certificate::CertificateFiles;
use super::door::Door;
use super::error::LaunchError;
use super::fill::Blanks;
use super::log::ServerLog;
use super::needs::Needs;
use super::ports::Ports;
use super::server::Server;
use super::{command, ejabberd, prosody};
use crate::guard::{Ending, Guard, Input, Order};
use crate::undivided::undivided;
use crate::xmpp::ConnectErrorKind;

/// How often a server is started anew when somebody else takes its port.
const ATTEMPTS: usize = 5;
/// How long to wait before asking again whether a server is ready.
const POLL: Duration = Duration::from_millis(10);
/// How long an answer may take at first. Whoever gives none in time gets twice the time, on another connection.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);

/// Which server to start, and how.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// Which one.
    pub software: Software,
    /// A configuration to fill in, instead of the one that comes with us: its file name and its text.
    pub config: Option<(String, String)>,
    /// Whether clients have to encrypt.
    pub encryption: Encryption,
    /// How long a server may take until it answers.
    pub patience: Duration,
    /// The `scansion` whose process guards a server: this program, where it is one.
    pub guard: PathBuf,
}

/// Which server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Software {
    /// Prosody, the program `prosody`.
    Prosody,
    /// ejabberd, whose code is started by `erl`.
    Ejabberd,
    /// Whatever this command of the shell starts.
    Command(String),
}

impl Software {
    /// What people call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Prosody => "Prosody",
            Self::Ejabberd => "ejabberd",
            Self::Command(_) => "the server",
        }
    }
}

/// Whether a launched server lets clients in that do not encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// STARTTLS is offered.
    Offered,
    /// STARTTLS is required (RFC 6120 §5.3.1).
    Required,
}

/// Starts servers that have what some scripts need.
#[derive(Debug, Clone)]
pub struct Launcher {
    blueprint: Blueprint,
    needs: Needs,
}

/// What a kind of server makes of a blueprint.
pub(super) struct Recipe {
    /// The program and its arguments.
    pub(super) words: Vec<String>,
    /// Variables of its environment.
    pub(super) environment: Vec<(&'static str, String)>,
    /// What it can read.
    pub(super) input: Input,
    /// How it is ended.
    pub(super) ending: Ending,
    /// Where it writes its log.
    pub(super) log: PathBuf,
}

/// The place a server is set up in.
pub(super) struct Site<'a> {
    pub(super) folder: &'a Path,
    pub(super) ports: Ports,
    pub(super) blueprint: &'a Blueprint,
    pub(super) needs: &'a Needs,
    pub(super) certificate: &'a CertificateFiles,
}

impl Site<'_> {
    /// A file in the server's folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A file in the server's folder, as text.
    pub(super) fn path_text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Makes a folder in the server's.
    pub(super) fn make_folder(&self, name: &str) -> Result<(), LaunchError> {
        let path = self.path(name);
        fs::create_dir_all(&path).map_err(|source| LaunchError::file(&path, source))
    }

    /// What can be filled in for every server.
    pub(super) fn blanks(&self) -> Blanks {
        let mut blanks = Blanks::default();
        blanks.set("dir", self.folder.display().to_string());
        blanks.set("domain", self.needs.first_domain());
        blanks.set("port", self.ports.client.to_string());
        blanks.set("direct_tls_port", self.ports.direct_tls.to_string());
        blanks.set("component_port", self.ports.component.to_string());
        blanks.set("http_port", self.ports.http.to_string());
        blanks.set("https_port", self.ports.https.to_string());
        let files = self.certificate;
        blanks.set("certificate", files.certificate.display().to_string());
        blanks.set("key", files.key.display().to_string());
        blanks.set("certificate_and_key", files.both.display().to_string());
        let required = self.blueprint.encryption == Encryption::Required;
        blanks.set("tls_required", required.to_string());
        blanks
    }

    /// Writes the configuration, filled in: the user's, or else `own`. Gives its path.
    pub(super) fn write_config(
        &self,
        own: (&str, &str),
        blanks: &Blanks,
    ) -> Result<String, LaunchError> {
        let given = self.blueprint.config.as_ref();
        let (name, text) = given.map_or(own, |(name, text)| (name, text));
        let path = self.path(name);
        write(&path, &blanks.fill(text))?;
        Ok(path.display().to_string())
    }
}

/// Writes a file of a server's, which can have passwords or a key: only its owner can read it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), LaunchError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let opened = options.open(path);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| LaunchError::file(path, source))
}

impl Launcher {
    /// A launcher for servers of one kind, all of which have what is needed.
    ///
    /// # Errors
    ///
    /// When the server is not installed.
    pub fn new(blueprint: Blueprint, needs: Needs) -> Result<Self, LaunchError> {
        match &blueprint.software {
            Software::Prosody => prosody::look_for()?,
            Software::Ejabberd => ejabberd::look_for()?,
            Software::Command(_) => {}
        }
        Ok(Self { blueprint, needs })
    }

    /// Starts a server, and waits until it has a stream for every domain that is needed. Dropping the future ends it.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or does not answer in time.
    pub async fn launch(&self) -> Result<Server, LaunchError> {
        for _ in 1..ATTEMPTS {
            match self.attempt().await {
                Err(LaunchError::PortTaken { .. }) => {}
                done => return done,
            }
        }
        self.attempt().await
    }

    async fn attempt(&self) -> Result<Server, LaunchError> {
        // Its folder has somebody who removes it only when it is there.
        let mut server = undivided(|| self.start())?;
        self.await_ready(&server).await?;
        server.admit(&self.needs.accounts).await?;
        Ok(server)
    }

    /// Starts a server's process in a folder of its own.
    fn start(&self) -> Result<Server, LaunchError> {
        let folder = tempfile::Builder::new()
            .prefix("scansion-")
            // It holds passwords and a key.
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .map_err(|source| LaunchError::file(&std::env::temp_dir(), source))?;
        let ports = Ports::free().map_err(LaunchError::Ports)?;
        let certificate = CertificateFiles::make(folder.path(), self.certified_names())?;
        let site = Site {
            folder: folder.path(),
            ports,
            blueprint: &self.blueprint,
            needs: &self.needs,
            certificate: &certificate,
        };
        let recipe = match &self.blueprint.software {
            Software::Prosody => prosody::recipe(&site)?,
            Software::Ejabberd => ejabberd::recipe(&site)?,
            Software::Command(line) => command::recipe(&site, line)?,
        };
        // From here on the guard removes it.
        let order = Order {
            folder: folder.keep(),
            ending: recipe.ending,
            input: recipe.input,
            words: recipe.words.into_iter().map(Into::into).collect(),
        };
        let guard = Guard::start(&self.blueprint.guard, &order, &recipe.environment)
            .map_err(LaunchError::Process)?;
        Ok(Server::new(
            guard,
            self.blueprint.software.clone(),
            ports,
            certificate.certificate,
            ServerLog::new(recipe.log),
        ))
    }

    fn certified_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.needs.hosts().cloned().collect();
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        names.sort();
        names.dedup();
        names
    }

    /// Waits until all doors are open that scripts come by.
    async fn await_ready(&self, server: &Server) -> Result<(), LaunchError> {
        let opened = async {
            let deadline = Instant::now() + self.blueprint.patience;
            for door in self.needs.doors(server.ports()) {
                self.await_open(server, &door, deadline).await?;
            }
            Ok(())
        };
        select! {
            biased;
            error = server.ended() => Err(error),
            opened = opened => opened,
        }
    }

    /// Knocks at a door until it is open.
    async fn await_open(
        &self,
        server: &Server,
        door: &Door,
        deadline: Instant,
    ) -> Result<(), LaunchError> {
        let mut patience = FIRST_PATIENCE;
        let mut answer = None;
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Err(server.not_ready(door, self.blueprint.patience, answer.as_ref()));
            }
            if server.says_it_is_ready()? {
                match door.knock(patience.min(rest)).await {
                    Ok(()) => return Ok(()),
                    Err(error) => answer = Some(error),
                }
            }
            match &answer {
                Some(ConnectErrorKind::Timeout(_)) => patience *= 2,
                // Whoever answers is not asked as often as one who is not there.
                Some(ConnectErrorKind::Dial(_)) | None => sleep(POLL).await,
                Some(_) => sleep(POLL * 5).await,
            }
        }
    }
}
