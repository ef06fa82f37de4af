//! Prosody: its configuration, its accounts, and how it is started.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::error::LaunchError;
use super::launcher::{self, Recipe, Site};
use super::needs::Needs;
use super::ports::Ports;
use crate::accounts::Account;
use crate::guard::{Ending, Input};
use crate::xmpp::Password;

const PROGRAM: &str = "prosody";
const CONFIG: (&str, &str) = ("prosody.cfg.lua", include_str!("prosody.cfg.lua"));
const LOG: &str = "prosody.log";

/// Looks whether it is installed.
pub(super) fn look_for() -> Result<(), LaunchError> {
    which::which(PROGRAM)
        .map(drop)
        .map_err(|_| LaunchError::NotInstalled {
            program: PROGRAM,
            package: "prosody",
        })
}

pub(super) fn recipe(site: &Site<'_>) -> Result<Recipe, LaunchError> {
    // It changes into the first, and wants the others to be there.
    for folder in ["data", "certs", "plugins"] {
        site.make_folder(folder)?;
    }
    let mut blanks = site.blanks();
    blanks.set("log", site.path_text(LOG));
    blanks.set("admins", admins(site.needs));
    blanks.set("hosts", hosts(site.needs));
    let config = site.write_config(CONFIG, &blanks)?;
    Ok(Recipe {
        words: [PROGRAM, "-F", "--config", &config]
            .map(str::to_owned)
            .to_vec(),
        environment: Vec::new(),
        input: Input::Empty,
        ending: Ending::AtOnce,
        log: site.path(LOG),
    })
}

fn admins(needs: &Needs) -> String {
    let admins = needs.hosts().map(|host| lua(&format!("admin@{host}")));
    format!("{{ {} }}", admins.collect::<Vec<_>>().join("; "))
}

/// The hosts and their components.
fn hosts(needs: &Needs) -> String {
    let mut text = String::new();
    for host in needs.hosts() {
        let _ = writeln!(text, "VirtualHost {}", lua(host));
        if needs.anonymous.contains(host) {
            text.push_str("\tauthentication = \"anonymous\"\n");
        }
    }
    for host in needs.hosts() {
        let admin = lua(&format!("admin@{host}"));
        for (name, module, settings) in [
            (
                "conference",
                "muc",
                format!("\tmodules_enabled = {{ \"muc_mam\" }}\n\tadmins = {{ {admin} }}\n"),
            ),
            ("pubsub", "pubsub", "\texpose_publisher = true\n".to_owned()),
            (
                "upload",
                "http_file_share",
                "\thttp_file_share_size_limit = 10000000\n\
                 \thttp_file_share_allowed_file_types = { \"text/plain\", \"image/*\" }\n"
                    .to_owned(),
            ),
        ] {
            if let Some(domain) = needs.service(name, host) {
                let _ = write!(
                    text,
                    "Component {} {}\n{settings}",
                    lua(&domain),
                    lua(module)
                );
            }
        }
    }
    for (domain, secret) in &needs.components {
        let _ = writeln!(
            text,
            "Component {}\n\tcomponent_secret = {}",
            lua(domain),
            lua(secret.reveal())
        );
    }
    text
}

/// Whether the log says that clients and components can come; none if somebody else has the port. Prosody runs on,
/// deaf, when a port is taken, and only its log says so. A configuration of the user's may log elsewhere.
pub(super) fn has_ports(log: &str, ports: Ports) -> Option<bool> {
    if log.contains("Failed to open server port") {
        return None;
    }
    let has = |service: &str, port: u16| {
        log.contains(&format!(
            "Activated service '{service}' on [127.0.0.1]:{port}"
        ))
    };
    Some(log.is_empty() || has("c2s", ports.client))
}

/// Its version, as its log tells at the beginning, unless that is of warnings only.
pub(super) fn version(log: &str) -> Option<&str> {
    let (_, after) = log.split_once("Hello and welcome to Prosody version ")?;
    after.lines().next().map(str::trim)
}

/// Writes an account, in the format of Prosody's `internal` storage.
pub(super) fn admit(folder: &Path, account: &Account) -> Result<(), LaunchError> {
    let host = encoded(&account.domain);
    let accounts = folder.join("data").join(host).join("accounts");
    fs::create_dir_all(&accounts).map_err(|source| LaunchError::file(&accounts, source))?;
    let path = accounts.join(format!("{}.dat", encoded(&account.localpart)));
    let text = record(&account.password);
    if fs::read_to_string(&path).is_ok_and(|written| written == text) {
        return Ok(());
    }
    launcher::write(&path, &text)
}

fn record(password: &Password) -> String {
    format!(
        "return {{ [\"password\"] = {}; }};\n",
        lua(password.reveal())
    )
}

/// A name as Prosody writes it in its file system: all but letters and digits as `%xx`.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02x}");
        }
        encoded
    })
}

/// A string literal of Lua (Lua 5.4 reference manual §3.1).
fn lua(text: &str) -> String {
    let mut literal = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => literal.extend(['\\', char]),
            control if control.is_ascii_control() => {
                let _ = write!(literal, "\\{:03}", u32::from(control));
            }
            other => literal.push(other),
        }
    }
    literal + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_prosody_does() {
        assert_eq!(encoded("romeo-1@x"), "romeo%2d1%40x");
        assert_eq!(encoded("\u{e9}"), "%c3%a9");
    }

    #[test]
    fn nothing_escapes_from_a_string() {
        assert_eq!(lua("a\"b\\c\nd\u{e9}"), "\"a\\\"b\\\\c\\010d\u{e9}\"");
    }

    #[test]
    fn the_version_is_in_the_log() {
        let log = "Nov 1 general\tinfo\tHello and welcome to Prosody version 0.12.3 \nmore\n";
        assert_eq!(version(log), Some("0.12.3"));
        assert_eq!(version("warn\n"), None);
    }

    #[test]
    fn a_port_that_is_taken_is_found_in_the_log() {
        let ports = Ports {
            client: 5,
            direct_tls: 6,
            component: 7,
            http: 8,
            https: 9,
        };
        assert_eq!(has_ports("", ports), Some(true));
        assert_eq!(has_ports("starting\n", ports), Some(false));
        let ready = "info\tActivated service 'c2s' on [127.0.0.1]:5\n";
        assert_eq!(has_ports(ready, ports), Some(true));
        let taken = "error\tFailed to open server port 5 on 127.0.0.1";
        assert_eq!(has_ports(taken, ports), None);
    }
}
