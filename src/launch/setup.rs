//! Setting up a server: its folder, with all that is in it before the server starts, and the command that starts it.
//!
//! Fills in what a recipe says with what some scripts need; knows nothing of processes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::blueprint::{Blueprint, Encryption};
use super::certificate::CertificateFiles;
use super::error::LaunchError;
use super::installation::Installation;
use super::needs::Needs;
use super::ports::Ports;
use super::private_file::write;
use super::recipe::{Each, Repeated, has_blank};
use super::settings;
use crate::blanks::Blanks;

/// What a server that keeps no log file prints to, in its folder. The guard has it there.
const OUTPUT: &str = "server.out";

/// What a server is set up from.
pub(super) struct Setup<'a> {
    pub(super) folder: &'a Path,
    pub(super) ports: Ports,
    pub(super) blueprint: &'a Blueprint,
    pub(super) needs: &'a Needs,
    pub(super) certificate: &'a CertificateFiles,
    pub(super) installation: &'a Installation,
}

/// A server that has been set up.
pub(super) struct Prepared {
    /// The program and its arguments.
    pub(super) words: Vec<String>,
    /// Variables of its environment.
    pub(super) environment: Vec<(String, String)>,
    /// Where it begins.
    pub(super) working_folder: PathBuf,
    /// Where it writes its log.
    pub(super) log: PathBuf,
    /// What is known of it by name.
    pub(super) blanks: Blanks,
    /// Whether it has been told where its certificate is.
    pub(super) is_certified: bool,
}

impl Setup<'_> {
    /// Writes all files that the server needs, and makes its folders.
    pub(super) fn prepare(&self) -> Result<Prepared, LaunchError> {
        let recipe = &self.blueprint.recipe;
        for name in &recipe.process.folders {
            let path = self.folder.join(name);
            fs::create_dir_all(&path).map_err(|source| LaunchError::file(&path, source))?;
        }
        let log = recipe.process.log.as_deref().unwrap_or(OUTPUT);
        let mut blanks = self.blanks()?;
        blanks.set("log", self.path_text(log));
        let config = self.config();
        if let Some((name, _)) = config {
            blanks.set("config", self.path_text(name));
        }
        self.write_lists()?;
        for repeated in &recipe.repeated {
            let text = self.repeated(repeated, &blanks);
            let before = blanks.get(&repeated.name).unwrap_or_default().to_owned();
            let is_continued = self.is_continued(repeated);
            let text = if is_continued { before + &text } else { text };
            blanks.set(repeated.name.as_str(), text);
        }
        if let Some((name, text)) = config {
            self.write_config(name, text, &blanks)?;
        }
        for file in &recipe.files {
            write(&self.folder.join(&file.file), &blanks.fill(&file.text))?;
        }
        Ok(Prepared {
            words: self.installation.words(&blanks, self.folder),
            environment: self.installation.environment(&blanks),
            working_folder: self.installation.working_folder(&blanks, self.folder),
            log: self.folder.join(log),
            is_certified: self.is_certified(config),
            blanks,
        })
    }

    /// Whether anything that the server reads names the certificate that was made for it. If not, the server has one of
    /// its own.
    fn is_certified(&self, config: Option<(&str, &str)>) -> bool {
        let recipe = &self.blueprint.recipe;
        let given =
            config.is_some_and(|(_, text)| CERTIFICATES.iter().any(|name| has_blank(text, name)));
        let start = self.installation.start();
        given || CERTIFICATES.iter().any(|name| recipe.fills_in(name, start))
    }

    /// The name and the text of the configuration: the user's, or else the recipe's.
    fn config(&self) -> Option<(&str, &str)> {
        let given = self.blueprint.config.as_ref();
        let own = self.blueprint.recipe.config.as_ref();
        match (given, own) {
            (Some((name, text)), _) => Some((name, text)),
            (None, Some(own)) => Some((&own.file, &own.text)),
            (None, None) => None,
        }
    }

    fn write_config(&self, name: &str, text: &str, blanks: &Blanks) -> Result<(), LaunchError> {
        let (recipe, given) = (&self.blueprint.recipe, &self.blueprint.settings);
        settings::has_place(recipe, text, given)?;
        let filled = settings::applied(recipe, blanks.fill(text), given)?;
        write(&self.folder.join(name), &filled)
    }

    fn path_text(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// What can be filled in for every server.
    fn blanks(&self) -> Result<Blanks, LaunchError> {
        let needs = self.needs;
        let mut blanks = self.installation.found.clone();
        blanks.set("dir", self.folder.display().to_string());
        blanks.set("domain", needs.first_domain());
        blanks.set("domains", words(needs.hosts().map(String::as_str)));
        let components = needs.components.iter();
        let components = components.map(|(domain, secret)| format!("{domain}={}", secret.reveal()));
        let components: Vec<String> = components.collect();
        blanks.set("components", words(components.iter().map(String::as_str)));
        for (name, port) in self.ports.named() {
            blanks.set(name, port.to_string());
        }
        let files = self.certificate;
        blanks.set("certificate", files.certificate.display().to_string());
        blanks.set("key", files.key.display().to_string());
        blanks.set("certificate_and_key", files.both.display().to_string());
        blanks.set("accounts_file", self.path_text(ACCOUNTS));
        blanks.set("components_file", self.path_text(COMPONENTS));
        let required = self.blueprint.encryption == Encryption::Required;
        blanks.set("tls_required", required.to_string());
        let set = settings::blanks(&self.blueprint.recipe, &self.blueprint.settings)?;
        Ok(blanks.and(&set))
    }

    /// Writes which accounts and which components there are, for servers that read such lists.
    fn write_lists(&self) -> Result<(), LaunchError> {
        let accounts = self.needs.accounts.iter().map(|account| {
            json!({
                "jid": account.jid(),
                "user": account.localpart,
                "domain": account.domain,
                "password": account.password.reveal(),
            })
        });
        write(&self.folder.join(ACCOUNTS), &lines(accounts))?;
        let components = self.needs.components.iter();
        let components =
            components.map(|(domain, secret)| json!({"domain": domain, "secret": secret.reveal()}));
        write(&self.folder.join(COMPONENTS), &lines(components))
    }

    /// Whether a blank of the same name stands before this one in the recipe.
    fn is_continued(&self, repeated: &Repeated) -> bool {
        let all = self.blueprint.recipe.repeated.iter();
        let mut before = all.take_while(|other| !std::ptr::eq(*other, repeated));
        before.any(|other| other.name == repeated.name)
    }

    fn repeated(&self, repeated: &Repeated, blanks: &Blanks) -> String {
        let each = self.each(&repeated.each, blanks);
        let texts: Vec<String> = each.iter().map(|one| one.fill(&repeated.text)).collect();
        match texts.is_empty() && !repeated.always {
            true => String::new(),
            false => {
                let around = [&repeated.before, &repeated.after];
                let [before, after] = around.map(|text| blanks.fill(text));
                before + &texts.join(&repeated.between) + &after
            }
        }
    }

    /// The blanks for each thing that a text is repeated for.
    fn each(&self, each: &Each, blanks: &Blanks) -> Vec<Blanks> {
        let needs = self.needs;
        let of_domain = |domain: &String| blanks.with("domain", domain);
        match each {
            Each::Domain => needs.hosts().map(of_domain).collect(),
            Each::Registered => needs.domains.iter().map(of_domain).collect(),
            Each::Anonymous => needs.anonymous.iter().map(of_domain).collect(),
            Each::Component => {
                let components = needs.components.iter();
                let of_component = components
                    .map(|(domain, secret)| of_domain(domain).with("secret", secret.reveal()));
                of_component.collect()
            }
            Each::Account => {
                let accounts = needs.accounts.iter();
                accounts.map(|account| account.blanks(blanks)).collect()
            }
            Each::Service(name) => {
                let services = needs.hosts().filter_map(|host| {
                    let service = self.blueprint.recipe.service(name, host);
                    let is_free = !needs.is_taken(&service);
                    is_free.then(|| of_domain(host).with("service", &service))
                });
                services.collect()
            }
        }
    }
}

/// The blanks for the files with the certificate.
const CERTIFICATES: [&str; 2] = ["certificate", "certificate_and_key"];
/// The file with the accounts, in JSON lines.
const ACCOUNTS: &str = "accounts.jsonl";
/// The file with the components, in JSON lines.
const COMPONENTS: &str = "components.jsonl";

fn lines(values: impl Iterator<Item = serde_json::Value>) -> String {
    values.map(|value| format!("{value}\n")).collect()
}

/// Words for a shell. What it cannot be given at all is a NUL, and no name or secret of a script has one.
fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    shlex::try_join(words).unwrap_or_default()
}
