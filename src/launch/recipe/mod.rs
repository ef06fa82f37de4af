//! How a kind of server is started: a recipe, which is a text (TOML), the same for servers that come with us and for
//! those of users.
//!
//! A recipe says what it says: it knows nothing of a run, of free ports or of what is installed here.

mod builtin;
mod document;
mod error;

use std::collections::BTreeMap;

pub use builtin::{BUILTIN, Builtin};
pub use document::Isolation;
pub(super) use document::{
    Accounts, Ask, Config, Each, File, Find, Folder, Process, Ready, Repeated, Settings, Start,
};
pub use error::RecipeError;

use document::Document;

use crate::blanks::Blanks;

/// How a kind of server is configured, started, filled with accounts, and known to be ready.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The name of the server for users.
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// The Debian package that has it.
    pub package: Option<String>,
    /// What gets a server of its own, where the user does not say it.
    pub isolation: Isolation,
    /// The path of its WebSocket at the ports for HTTP (RFC 7395), if it has one.
    pub websocket: Option<String>,
    /// The ways to start it, of which the first that fits is taken.
    pub(super) start: Vec<Start>,
    /// Blanks that are looked up where the server is installed, by name.
    pub(super) find: BTreeMap<String, Find>,
    /// What its process needs and does.
    pub(super) process: Process,
    /// Its configuration.
    pub(super) config: Option<Config>,
    /// Other files that it needs.
    pub(super) files: Vec<File>,
    /// Blanks that a user can set, and what they are otherwise.
    pub(super) settings: BTreeMap<String, String>,
    /// Where services are, by the name that they commonly have.
    pub(super) services: BTreeMap<String, String>,
    /// Blanks that are made by repetition.
    pub(super) repeated: Vec<Repeated>,
    /// How it is known to be ready.
    pub(super) ready: Ready,
    /// How accounts are made.
    pub(super) accounts: Accounts,
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    ///
    /// When the text is not one.
    pub fn read(text: &str) -> Result<Self, RecipeError> {
        Document::read(text)?.try_into()
    }

    /// The recipe of this name among those that come with us.
    pub fn builtin(name: &str) -> Option<Self> {
        let builtin = BUILTIN.iter().find(|builtin| builtin.name == name)?;
        // A test reads all of them.
        Self::read(builtin.text).ok()
    }

    /// The recipe for a server that a command of the shell starts. It sees to its accounts itself.
    pub fn of_command(line: &str) -> Self {
        Self {
            name: "the server".to_owned(),
            about: String::new(),
            package: None,
            isolation: Isolation::Job,
            websocket: Some("/xmpp-websocket".to_owned()),
            start: vec![Start::of_command(line)],
            find: BTreeMap::new(),
            process: Process::default(),
            config: None,
            files: Vec::new(),
            settings: BTreeMap::new(),
            services: BTreeMap::new(),
            repeated: Vec::new(),
            ready: Ready::default(),
            accounts: Accounts::None,
        }
    }

    /// The program that a command of the user's begins with, which says most of what is started; none if the server is
    /// known by its name.
    pub(super) fn command_program(&self) -> Option<String> {
        let line = match &self.start[..] {
            [start] if self.about.is_empty() => start.shell.as_deref()?,
            _ => return None,
        };
        let words = shlex::split(line)?.into_iter();
        let mut words = words.filter(|word| word != "exec" && !word.contains('='));
        words.next()
    }

    /// The address of a service at a host.
    pub(super) fn service(&self, name: &str, host: &str) -> String {
        let address = self.services.get(name).map(String::as_str);
        let address = address.unwrap_or("{name}.{domain}");
        let blanks = Blanks::default().with("name", name).with("domain", host);
        blanks.fill(address)
    }

    /// The services at a host with another address than the common one: the common address, and the one that they have.
    pub(super) fn moved(&self, host: &str) -> impl Iterator<Item = (String, String)> {
        let names = self.services.keys();
        let addresses = names.map(move |name| (format!("{name}.{host}"), self.service(name, host)));
        addresses.filter(|(usual, own)| usual != own)
    }

    /// Whether anything but the configuration has a blank of this name that is filled in when the server is started in
    /// this way.
    pub(super) fn fills_in(&self, name: &str, start: &Start) -> bool {
        let files = self.files.iter().map(|file| &file.text);
        let repeated = self.repeated.iter().map(|repeated| &repeated.text);
        let mut texts = start.filled().chain(files).chain(repeated);
        texts.any(|text| has_blank(text, name))
    }

    /// What is known of the passwords of accounts while a server runs.
    pub(super) fn passwords(&self) -> Passwords {
        match self.accounts {
            Accounts::File { .. } | Accounts::Control { .. } => Passwords::Change,
            Accounts::Sql { .. }
            | Accounts::Command { .. }
            | Accounts::InBand
            | Accounts::Admin { .. } => Passwords::Stay,
            Accounts::None => Passwords::Unknown,
        }
    }
}

/// Whether a text has a blank, in whichever form it is filled in.
pub(super) fn has_blank(text: &str, name: &str) -> bool {
    let beginning = format!("{{{name}");
    let mut behind = text.split(&beginning).skip(1);
    behind.any(|rest| rest.starts_with(['}', ':']))
}

/// What is known of the passwords of accounts while a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passwords {
    /// An account gets the one that a script gives it, also if another script gave it another one.
    Change,
    /// An account has the first one that it got.
    Stay,
    /// The server sees to its accounts itself.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Departure;

    #[test]
    fn scripts_that_misspell_their_names_are_told() {
        for builtin in BUILTIN {
            let name = Recipe::builtin(builtin.name).unwrap().name;
            let departure: Departure = format!("x{name}: a result").parse().unwrap();
            assert_eq!(departure.meant_server(), Some(&*name));
        }
    }

    #[test]
    fn all_that_come_with_us_can_be_read() {
        for builtin in BUILTIN {
            let recipe = Recipe::read(builtin.text);
            let recipe = recipe.unwrap_or_else(|error| panic!("{}: {error}", builtin.name));
            assert!(!recipe.about.is_empty(), "{}", builtin.name);
        }
    }

    #[test]
    fn a_recipe_begins_with_another() {
        let text = "extends = \"prosody\"\nname = \"Mine\"\n[settings]\nmore = 1\n[config]\nfile = \"x\"\n";
        let (mine, base) = (
            Recipe::read(text).unwrap(),
            Recipe::builtin("prosody").unwrap(),
        );
        assert_eq!(mine.name, "Mine");
        assert_eq!(mine.settings["more"], "1");
        assert_eq!(mine.start.len(), base.start.len());
        let (mine, base) = (mine.config.unwrap(), base.config.unwrap());
        assert_eq!((mine.file.as_str(), mine.text), ("x", base.text));
    }

    #[test]
    fn blanks_and_files_take_the_place_of_their_namesakes() {
        let text =
            "extends = \"prosody\"\n[[blank]]\nname = \"hosts\"\neach = \"domain\"\ntext = \"x\"\n";
        let mine = Recipe::read(text).unwrap();
        let names: Vec<&str> = mine
            .repeated
            .iter()
            .map(|blank| blank.name.as_str())
            .collect();
        assert_eq!(names, ["admins", "hosts"]);
    }

    #[test]
    fn a_program_is_the_first_word_that_names_one() {
        for (line, expected) in [
            ("exec './my server' --port {port}", Some("./my server")),
            ("HOME={dir} exec server", Some("server")),
            ("'", None),
            ("", None),
        ] {
            let program = Recipe::of_command(line).command_program();
            assert_eq!(program.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn a_blank_is_found_in_each_of_its_forms() {
        assert!(has_blank("a {x}", "x") && has_blank("{xy} {x:lua}", "x"));
        assert!(!has_blank("x {xy} {y}", "x"));
    }

    #[track_caller]
    fn assert_refused(text: &str, words: &str) {
        let error = Recipe::read(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn what_is_no_recipe_says_why() {
        const START: &str = "[[start]]\nwords = [\"x\"]\n";
        assert_refused("name = ", "");
        assert_refused("nam = \"x\"", "unknown field `nam`");
        assert_refused("name = \"x\"", "no `[[start]]`");
        assert_refused(START, "no `name`");
        assert_refused("extends = \"nothing\"", "`nothing`");
        assert_refused("name = \"x\"\n[[start]]\n", "`words` or `shell`");
        assert_refused(
            &format!("name = \"x\"\n{START}[[blank]]\nname = \"a\"\ntext = \"\"\neach = \"x\""),
            "`x`",
        );
        assert_refused(
            &format!("name = \"x\"\n{START}[accounts]\nby = \"file\""),
            "missing field",
        );
        assert_refused(
            &format!("name = \"x\"\n{START}[ready]\nversion = \"(\""),
            "regular expression",
        );
    }
}
