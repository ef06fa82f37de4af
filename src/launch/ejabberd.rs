//! ejabberd: its configuration, its accounts, and how it is started.
//!
//! `ejabberdctl` changes users, starts a daemon that stays, and writes to folders of the system; so the Erlang
//! machine is started without it, and with no node name. It is told what to do on its standard input.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::time::{Instant, sleep};

use super::error::LaunchError;
use super::launcher::{Recipe, Site};
use super::log::ServerLog;
use super::needs::Needs;
use crate::accounts::Account;
use crate::guard::{Ending, Guard, Input};

const NAME: &str = "ejabberd";
const CONFIG: (&str, &str) = ("ejabberd.yml", include_str!("ejabberd.yml"));
const CONTROL: &str = include_str!("ejabberd.erl");
/// Where packages put the code: in a folder `ejabberd-VERSION/ebin` below one of these, or one deeper.
const LIBRARIES: [&str; 4] = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt"];
/// How long it may take to answer what it is told.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before looking again for an answer.
const POLL: Duration = Duration::from_millis(1);

/// Looks whether it is installed.
pub(super) fn look_for() -> Result<(), LaunchError> {
    which::which("erl").map_err(|_| not_installed("erl"))?;
    library().map(drop).ok_or_else(|| not_installed(NAME))
}

fn not_installed(program: &'static str) -> LaunchError {
    LaunchError::NotInstalled {
        program,
        package: NAME,
    }
}

/// The folder for `ERL_LIBS`: the one that holds `ejabberd-VERSION/ebin`.
fn library() -> Option<PathBuf> {
    let roots = LIBRARIES.iter().map(PathBuf::from);
    let mut folders: Vec<PathBuf> = roots
        .flat_map(|root| std::iter::once(root.clone()).chain(folders_in(&root)))
        .collect();
    folders.retain(|folder| holds_ejabberd(folder));
    folders.into_iter().next()
}

fn folders_in(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

fn holds_ejabberd(folder: &Path) -> bool {
    folders_in(folder).iter().any(|inner| {
        let name = inner.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("ejabberd-")) && inner.join("ebin").is_dir()
    })
}

pub(super) fn recipe(site: &Site<'_>) -> Result<Recipe, LaunchError> {
    for folder in ["spool", "upload", "home"] {
        site.make_folder(folder)?;
    }
    let mut blanks = site.blanks();
    blanks.set("hosts", list(site.needs.hosts().map(|host| json(host))));
    blanks.set("admins", admins(site.needs));
    blanks.set("host_config", host_config(site.needs));
    blanks.set("components", components(site));
    let config = site.write_config(CONFIG, &blanks)?;
    let spool = format!("{:?}", site.path_text("spool"));
    let words = [
        "erl",
        "+K",
        "true",
        "+P",
        "250000",
        "-noshell",
        "-mnesia",
        "dir",
        &spool,
        "-s",
        NAME,
        "-eval",
        &control(),
    ];
    Ok(Recipe {
        words: words.map(str::to_owned).to_vec(),
        environment: environment(site, config),
        input: Input::Lines,
        ending: Ending::AtOnce,
        log: site.path("ejabberd.log"),
    })
}

/// What `erl` evaluates, without its comments.
fn control() -> String {
    let lines = CONTROL
        .lines()
        .filter(|line| !line.trim_start().starts_with('%'));
    lines.collect::<Vec<_>>().join("\n")
}

fn environment(site: &Site<'_>, config: String) -> Vec<(&'static str, String)> {
    let library = library().unwrap_or_default().display().to_string();
    vec![
        ("ERL_LIBS", library),
        ("EJABBERD_CONFIG_PATH", config),
        ("EJABBERD_LOG_PATH", site.path_text("ejabberd.log")),
        ("EJABBERD_PID_PATH", site.path_text("ejabberd.pid")),
        ("HOME", site.path_text("home")),
        ("CONTRIB_MODULES_PATH", site.path_text("modules")),
        ("CONTRIB_MODULES_CONF_DIR", site.path_text("modules")),
        ("ERL_CRASH_DUMP_BYTES", "0".to_owned()),
    ]
}

fn admins(needs: &Needs) -> String {
    list(needs.hosts().map(|host| json(&format!("admin@{host}"))))
}

/// The hosts where nobody needs a password.
fn host_config(needs: &Needs) -> String {
    if needs.anonymous.is_empty() {
        return String::new();
    }
    let mut text = String::from("host_config:\n");
    for host in &needs.anonymous {
        let _ = writeln!(
            text,
            "  {}:\n    auth_method: [anonymous]\n    anonymous_protocol: sasl_anon\n    \
             allow_multiple_connections: true",
            json(host)
        );
    }
    text
}

/// The listener for components, if there are any.
fn components(site: &Site<'_>) -> String {
    if site.needs.components.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "  - port: {}\n    ip: \"127.0.0.1\"\n    module: ejabberd_service\n    access: all\n    shaper: none\n    \
         hosts:\n",
        site.ports.component
    );
    for (domain, secret) in &site.needs.components {
        let (domain, secret) = (json(domain), json(secret.reveal()));
        let _ = writeln!(text, "      {domain}: {{password: {secret}}}");
    }
    text
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A double-quoted scalar of YAML (YAML 1.2 §7.3.1).
fn json(text: &str) -> String {
    let mut scalar = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => scalar.extend(['\\', char]),
            control if control.is_ascii_control() => {
                let _ = write!(scalar, "\\x{:02x}", u32::from(control));
            }
            other => scalar.push(other),
        }
    }
    scalar + "\""
}

/// The talk with a running ejabberd: lines to it, answers in what it prints.
pub(super) struct Control {
    output: ServerLog,
    requests: usize,
}

impl Control {
    /// The talk with a server that prints to this file.
    pub(super) fn new(output: PathBuf) -> Self {
        Self {
            output: ServerLog::new(output),
            requests: 0,
        }
    }

    /// Whether it has said that it is ready.
    pub(super) fn is_ready(&self) -> bool {
        self.version().is_some()
    }

    /// Its version, which it tells when it is ready.
    pub(super) fn version(&self) -> Option<String> {
        let printed = self.output.since(0);
        // A line that is still being written has no end.
        let lines = printed.split_inclusive('\n');
        let mut ended = lines.filter_map(|line| line.strip_suffix('\n'));
        let version = ended.find_map(|line| line.strip_prefix("scansion ready "))?;
        Some(version.to_owned())
    }

    /// Makes an account, or gives it another password.
    pub(super) async fn register(
        &mut self,
        guard: &mut Guard,
        account: &Account,
    ) -> Result<(), LaunchError> {
        let fields = [
            account.localpart.as_str(),
            &account.domain,
            account.password.reveal(),
        ];
        let fields = fields.map(|field| BASE64_STANDARD.encode(field)).join(" ");
        let answer = self
            .ask(guard, "register", &format!("register {fields}"))
            .await?;
        if answer == "ok" {
            return Ok(());
        }
        Err(LaunchError::Account {
            what: NAME.to_owned(),
            account: format!("{}@{}", account.localpart, account.domain),
            answer,
        })
    }

    /// Has it write what it holds back of its log.
    pub(super) async fn finish_log(&mut self, guard: &mut Guard) -> Result<(), LaunchError> {
        self.ask(guard, "log", "log").await.map(drop)
    }

    async fn ask(
        &mut self,
        guard: &mut Guard,
        name: &'static str,
        request: &str,
    ) -> Result<String, LaunchError> {
        self.requests += 1;
        let number = self.requests;
        let from = self.output.length();
        if guard.tell(&format!("{number} {request}")).is_err() {
            return Err(self.no_answer(name));
        }
        let beginning = format!("scansion {number} ");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && guard.exit_code().is_none() {
            let printed = self.output.since(from);
            // A line that is still being written has no end.
            let lines = printed.split_inclusive('\n');
            let mut ended = lines.filter_map(|line| line.strip_suffix('\n'));
            if let Some(answer) = ended.find_map(|line| line.strip_prefix(&beginning)) {
                return Ok(answer.to_owned());
            }
            sleep(POLL).await;
        }
        Err(self.no_answer(name))
    }

    fn no_answer(&self, request: &'static str) -> LaunchError {
        LaunchError::Control {
            what: NAME.to_owned(),
            request,
            log: self.output.since(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes_from_a_scalar() {
        assert_eq!(json("a\"b\\c\nd\u{e9}"), "\"a\\\"b\\\\c\\x0ad\u{e9}\"");
    }
}
