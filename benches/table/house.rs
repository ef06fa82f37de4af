//! The server that all stories are played on, and how each program plays them.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use scansion::accounts::Account;
use scansion::launch::{Blueprint, Launcher, Needs, Recipe, Server};
use scansion::plan::{self, Plan, PlanOptions};
use scansion::script;
use scansion::source::SourceFile;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use walkdir::WalkDir;

use super::board::Costs;
use super::measure::Cost;
use super::program;
use super::story::Story;
use super::tape::QUIET_TIME;

/// The Python that has slixmpp; without it that column stays empty.
const PYTHON: &str = "target/bench-venv/bin/python";
/// The scripts of `spec/` that are measured.
const SUITE: [&str; 25] = [
    "rfc6120/xml_fidelity",
    "rfc6121/basic_message",
    "rfc6121/iq_routing",
    "rfc6121/message_bare_jid",
    "rfc6121/message_bare_jid_to",
    "rfc6121/message_full_jid",
    "rfc6121/presence_directed",
    "rfc6121/roster",
    "rfc6121/roster_remove_absent",
    "rfc6121/roster_two_items",
    "rfc6121/subscription",
    "xep0030/disco",
    "xep0030/disco_unknown_node",
    "xep0045/muc_moderation",
    "xep0049/private_storage",
    "xep0054/vcard",
    "xep0054/vcard_of_another",
    "xep0092/time_and_version",
    "xep0163/pep",
    "xep0191/blocking",
    "xep0191/blocking_outbound",
    "xep0198/stream_management",
    "xep0199/ping",
    "xep0280/carbons",
    "xep0313/mam",
];
/// With more actors than this, slixmpp is not measured.
const MANY: usize = 1_000;

/// A server, and a folder for the scripts that run on it.
pub struct House {
    server: Server,
    folder: TempDir,
}

impl House {
    /// Starts a server for the scripts of the suite and for the actors of a story, all of which have accounts.
    pub async fn open(largest: &Story) -> Result<Self, Box<dyn Error>> {
        let mut texts = vec![largest.script()];
        for path in suite() {
            texts.push(fs::read_to_string(path)?);
        }
        let plans: Vec<Plan> = texts.iter().flat_map(|text| plans_of(text)).collect();
        let needs = Needs::of_plans(&plans);
        let accounts: BTreeSet<Account> = needs.accounts.clone();
        let prosody = Recipe::builtin("prosody").expect("it comes with us");
        let blueprint = Blueprint::new(prosody, env!("CARGO_BIN_EXE_scansion"));
        let mut server = Launcher::new(blueprint, needs)?.launch().await?;
        server.make_accounts(&accounts).await?;
        Ok(Self {
            server,
            folder: tempfile::tempdir()?,
        })
    }

    /// What the server is.
    pub fn description(&self) -> String {
        self.server.description()
    }

    /// Ends the server.
    pub fn close(self, runtime: Runtime) {
        runtime.block_on(self.server.stop());
    }

    /// The command that runs scripts on this server.
    pub fn scansion(&self) -> Command {
        let ports = self.server.ports();
        self.run_at(&ports.client.to_string(), &ports.component.to_string())
    }

    fn run_at(&self, client: &str, component: &str) -> Command {
        let mut command = Command::new(program());
        command
            .arg("run")
            .arg("--ca")
            .args(self.server.certificate());
        command.arg(format!("--server=127.0.0.1:{client}"));
        command.arg(format!("--component-server=127.0.0.1:{component}"));
        command.arg(format!("--quiet-time={}ms", QUIET_TIME.as_millis()));
        command
    }

    /// Makes a folder of many scripts, which are those of the suite again and again, without what begins with another
    /// script; gives it, and their size in bytes.
    pub fn many(&self, count: usize) -> io::Result<(PathBuf, usize)> {
        let folder = self.folder.path().join("many");
        fs::create_dir_all(&folder)?;
        let mut bytes = 0;
        let mut texts = suite()
            .map(fs::read_to_string)
            .collect::<io::Result<Vec<_>>>()?;
        texts.retain(|text| !text.contains("Prologue:"));
        for (number, text) in texts.iter().cycle().take(count).enumerate() {
            bytes += text.len();
            fs::write(folder.join(format!("{number:05}.scs")), text)?;
        }
        Ok((folder, bytes))
    }

    /// Has all programs run a story.
    pub fn tell(&self, rounds: usize, story: &Story, options: &[&str]) -> io::Result<Costs> {
        let script = self.folder.path().join("story.scs");
        fs::write(&script, story.script())?;
        let told = match story.for_slixmpp() {
            Some(told) if Path::new(PYTHON).exists() && story.actors <= MANY => {
                let path = self.folder.path().join("story.txt");
                fs::write(&path, told)?;
                Some(path)
            }
            _ => None,
        };
        let options = [&["--tls=none", "--mechanism=PLAIN"], options].concat();
        self.play(rounds, &[script], &options, told.as_deref())
    }

    /// Records scripts, and runs them in turn by scansion and by the replay; if the story is given, slixmpp runs it
    /// once.
    pub fn play(
        &self,
        rounds: usize,
        scripts: &[PathBuf],
        options: &[&str],
        told: Option<&Path>,
    ) -> io::Result<Costs> {
        let tape = self.record(scripts, options)?;
        let mut costs = Costs::default();
        // Once is enough of what is only there for comparison, and takes longest.
        if let Some(told) = told {
            add(&mut costs.slixmpp, Cost::of(&mut self.slixmpp(told))?);
        }
        for _ in 0..rounds {
            let cost = Cost::of(self.scansion().args(options).args(scripts))?;
            add(&mut costs.scansion, cost);
            let cost = Cost::of(myself()?.arg("replay").arg(&tape))?;
            add(&mut costs.replay, cost);
        }
        Ok(costs)
    }

    fn slixmpp(&self, told: &Path) -> Command {
        let mut command = Command::new(PYTHON);
        command.arg("benches/slixmpp_story.py").arg(told);
        command.arg(self.server.ports().client.to_string());
        command
    }

    /// Has scripts recorded by a process of its own: one process's memory counts as that of those it starts.
    fn record(&self, scripts: &[PathBuf], options: &[&str]) -> io::Result<PathBuf> {
        let tape = self.folder.path().join("tape");
        let ports = self.server.ports();
        let mut recorder = myself()?;
        recorder.arg("record").arg(&tape);
        recorder
            .arg(ports.client.to_string())
            .arg(ports.component.to_string());
        let run = self.run_at("{client}", "{component}");
        recorder.args(run.get_args()).args(options).args(scripts);
        Cost::of(&mut recorder)?;
        Ok(tape)
    }
}

/// This program, for one of its other parts.
fn myself() -> io::Result<Command> {
    Ok(Command::new(std::env::current_exe()?))
}

fn add(least: &mut Option<Cost>, cost: Cost) {
    *least = Some(least.map_or(cost, |least| least.least(cost)));
}

/// Scripts of `spec/`, a few for most protocols, which pass and whose bytes can be used again: TLS, SCRAM, a component's
/// handshake and what is done below the session leave none that could be.
pub fn suite() -> impl Iterator<Item = PathBuf> {
    let paths = SUITE.iter().map(|name| format!("spec/{name}.scs"));
    paths.map(PathBuf::from)
}

/// The scripts of `spec/`.
pub fn specs() -> io::Result<Vec<PathBuf>> {
    let entries = WalkDir::new("spec").into_iter();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.into_path()))
        .collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "scs"));
    paths.sort();
    Ok(paths)
}

fn plans_of(text: &str) -> Vec<Plan> {
    let plays = script::read(SourceFile::new("story.scs", text)).plays;
    let plans = plays.iter().map(|play| {
        plan::resolve(play, &PlanOptions::default()).expect("the scripts of the package are sound")
    });
    plans.collect()
}
