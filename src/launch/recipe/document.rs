//! What is written in a recipe.

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use super::Recipe;
use super::builtin::BUILTIN;
use super::error::RecipeError;
use crate::guard;

/// A recipe as it is written, together with the one that it extends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Document {
    extends: Option<String>,
    name: Option<String>,
    #[serde(default)]
    about: String,
    package: Option<String>,
    #[serde(default)]
    isolation: Isolation,
    websocket: Option<String>,
    #[serde(default)]
    start: Vec<Start>,
    #[serde(default)]
    find: BTreeMap<String, Find>,
    #[serde(default)]
    process: Process,
    config: Option<Config>,
    #[serde(default)]
    file: Vec<File>,
    #[serde(default, deserialize_with = "settings")]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    services: BTreeMap<String, String>,
    #[serde(default)]
    blank: Vec<Repeated>,
    #[serde(default)]
    ready: Ready,
    #[serde(default)]
    accounts: Accounts,
}

/// What gets a server of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// All scripts together.
    Run,
    /// Each job.
    #[default]
    Job,
    /// Each script.
    Script,
}

/// A way to start a server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Start {
    /// Patterns of paths that must be there.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The program and its arguments.
    pub words: Option<Vec<String>>,
    /// What a shell is to do instead.
    pub shell: Option<String>,
    /// Variables of its environment.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Where it begins; none for the server's own folder.
    pub working_folder: Option<String>,
}

/// The blank for the folder in which a server's installation is.
const PATH: &str = "{path}";

impl Start {
    pub(super) fn of_command(line: &str) -> Self {
        Self {
            needs: Vec::new(),
            words: None,
            shell: Some(line.to_owned()),
            environment: BTreeMap::new(),
            // Paths in the user's command begin where the user is.
            working_folder: Some(".".to_owned()),
        }
    }

    /// Whether it is for a server in a folder that the user has named.
    pub(in crate::launch) fn is_for_folder(&self) -> bool {
        let mut texts = self.needs.iter().chain(self.filled());
        texts.any(|text| text.contains(PATH))
    }

    /// All texts that are filled in when it is taken.
    pub(in crate::launch) fn filled(&self) -> impl Iterator<Item = &String> {
        let texts = self.words.iter().flatten().chain(&self.shell);
        let texts = texts.chain(self.environment.values());
        texts.chain(&self.working_folder)
    }

    /// The program and its arguments.
    pub(in crate::launch) fn command(&self) -> Vec<String> {
        match (&self.words, &self.shell) {
            (Some(words), _) => words.clone(),
            (None, shell) => {
                let text = shell.clone().unwrap_or_default();
                vec!["sh".to_owned(), "-c".to_owned(), text]
            }
        }
    }
}

/// How a blank is looked up where a server is installed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Find {
    /// A folder.
    Folder(Folder),
    /// What a program says.
    Ask(Ask),
}

/// The first of some folders that holds something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Patterns of folders, in the order in which they are tried.
    #[serde(rename = "in")]
    pub within: Vec<String>,
    /// A pattern of what must be in it.
    pub holds: String,
}

impl Folder {
    /// Whether a pattern is for a server in a folder that the user has named.
    pub(in crate::launch) fn is_for_folder(pattern: &str) -> bool {
        pattern.contains(PATH)
    }
}

/// What a program prints.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The program and its arguments.
    pub ask: Vec<String>,
}

/// What a server's process needs and does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Process {
    /// Folders that must be there before it starts, below its own.
    pub folders: Vec<String>,
    /// What it finds on its standard input.
    pub input: Input,
    /// How it is ended.
    pub end: Ending,
    /// The file with its log, below its own folder; none for what it prints.
    pub log: Option<String>,
    /// The line on its standard input that makes it write what it holds back of its log.
    pub finish_log: Option<String>,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            input: Input::Empty,
            end: Ending::InPeace,
            log: None,
            finish_log: None,
        }
    }
}

/// What a server finds on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Its end.
    Empty,
    /// Lines that tell it what to do.
    Lines,
}

/// How a server is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Killed.
    AtOnce,
    /// By SIGTERM, and killed later if it must be.
    InPeace,
}

impl From<Input> for guard::Input {
    fn from(input: Input) -> Self {
        match input {
            Input::Empty => Self::Empty,
            Input::Lines => Self::Lines,
        }
    }
}

impl From<Ending> for guard::Ending {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::AtOnce => Self::AtOnce,
            Ending::InPeace => Self::InPeace,
        }
    }
}

/// A server's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its file, below the server's folder.
    #[serde(default)]
    pub file: String,
    /// Its text.
    #[serde(default)]
    pub text: String,
    /// How settings of the user's come into it.
    #[serde(default)]
    pub settings: Settings,
    /// A line for a setting, where there is a line for each.
    #[serde(default)]
    pub line: String,
}

/// How settings come into a configuration that does not have a blank for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settings {
    /// Not at all.
    #[default]
    Blanks,
    /// By a line for each.
    Lines,
    /// Into the YAML, at a path of keys with dots between them.
    Yaml,
}

/// A file that a server needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its path below the server's folder.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// A blank that is made by repeating a text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// The name of the blank.
    pub name: String,
    /// For what it is repeated.
    pub each: Each,
    /// The text.
    pub text: String,
    /// What stands before all repetitions.
    #[serde(default)]
    pub before: String,
    /// What stands behind all repetitions.
    #[serde(default)]
    pub after: String,
    /// What stands between two repetitions.
    #[serde(default)]
    pub between: String,
    /// Whether what stands before and behind it is there, too, if there is nothing to repeat the text for.
    #[serde(default)]
    pub always: bool,
}

/// For what a text is repeated.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Each {
    /// All domains that clients belong to.
    Domain,
    /// Domains whose users have accounts.
    Registered,
    /// Domains where clients log in without a password.
    Anonymous,
    /// External components.
    Component,
    /// Accounts.
    Account,
    /// The service of this name at each domain, where nothing else has its address.
    Service(String),
}

impl TryFrom<String> for Each {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["domain"] => Self::Domain,
            ["registered"] => Self::Registered,
            ["anonymous"] => Self::Anonymous,
            ["component"] => Self::Component,
            ["account"] => Self::Account,
            ["service", name] => Self::Service(name.to_owned()),
            _ => {
                return Err(format!(
                    "`{text}` is nothing to repeat a text for; there are `domain`, `registered`, `anonymous`, \
                     `component`, `account` and `service NAME`"
                ));
            }
        })
    }
}

/// How a server is known to be ready, besides that it has streams.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ready {
    /// What must be in its log, if it has one.
    pub logged: Vec<String>,
    /// Beginnings of lines that it must have printed.
    pub printed: Vec<String>,
    /// What is logged or printed when a port is taken.
    pub taken: Vec<String>,
    /// What finds its version in what is logged or printed: the first group.
    #[serde(deserialize_with = "regex")]
    pub version: Option<Regex>,
}

/// How accounts are made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Accounts {
    /// By a file for each, below the server's folder.
    File {
        /// Its path.
        file: String,
        /// Its text.
        text: String,
    },
    /// By a statement of SQL for each, which the program `sqlite3` is given.
    Sql {
        /// The file with the database.
        database: String,
        /// The statement.
        statement: String,
    },
    /// By a command for each, without a shell.
    Command {
        /// The program and its arguments.
        words: Vec<String>,
        /// What it reads.
        #[serde(default)]
        input: String,
    },
    /// By a line on the server's standard input for each.
    Control {
        /// What it is told.
        request: String,
    },
    /// By registration (XEP-0077).
    InBand,
    /// By an admin (XEP-0133).
    Admin {
        /// The admin's JID.
        jid: String,
        /// The admin's password.
        password: String,
    },
    /// By the server itself.
    #[default]
    None,
}

fn settings<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let values = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let texts = values.into_iter().map(|(name, value)| match value {
        Value::String(text) => (name, text),
        other => (name, other.to_string()),
    });
    Ok(texts.collect())
}

fn regex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Regex>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let regex = Regex::new(&text).map_err(|error| {
        serde::de::Error::custom(format!("this is not a regular expression: {error}"))
    })?;
    Ok(Some(regex))
}

impl Document {
    /// Reads a recipe, and the one that it extends.
    pub(super) fn read(text: &str) -> Result<Self, RecipeError> {
        // What is wrong in it has a place only as long as it is alone.
        let alone: Self = toml::from_str(text).map_err(|error| syntax(&error))?;
        let Some(base) = alone.extends.clone() else {
            return Ok(alone);
        };
        let table = with_base(text)?;
        let read = table.try_into();
        read.map_err(|error| RecipeError::Unfit {
            message: error.message().to_owned(),
            base,
        })
    }
}

fn syntax(error: &toml::de::Error) -> RecipeError {
    RecipeError::Syntax {
        message: error.message().to_owned(),
        span: error.span().unwrap_or(0..0),
    }
}

/// All that is said in a recipe and in those that it extends.
fn with_base(text: &str) -> Result<Table, RecipeError> {
    let own: Table = toml::from_str(text).map_err(|error| syntax(&error))?;
    let Some(base) = own.get("extends").and_then(Value::as_str) else {
        return Ok(own);
    };
    let builtin = BUILTIN.iter().find(|builtin| builtin.name == base);
    let builtin = builtin.ok_or_else(|| RecipeError::NoBase(base.to_owned()))?;
    let mut table = with_base(builtin.text)?;
    for (key, value) in own {
        merge(&mut table, key, value);
    }
    Ok(table)
}

/// Tables are merged key by key, but for that about accounts, whose keys belong to one way to make them. Blanks and
/// files stay unless another one of their name replaces them.
fn merge(table: &mut Table, key: String, value: Value) {
    match (table.get_mut(&key), value) {
        (Some(Value::Array(base)), Value::Array(own)) if key == "blank" => {
            keep_others(base, own, "name");
        }
        (Some(Value::Array(base)), Value::Array(own)) if key == "file" => {
            keep_others(base, own, "file");
        }
        (Some(Value::Table(base)), Value::Table(own)) if key != "accounts" => {
            for (key, value) in own {
                merge(base, key, value);
            }
        }
        (_, value) => {
            table.insert(key, value);
        }
    }
}

/// Adds tables, in the place of those that are named in the same way.
fn keep_others(base: &mut Vec<Value>, own: Vec<Value>, name: &str) {
    base.retain(|old| own.iter().all(|new| new.get(name) != old.get(name)));
    base.extend(own);
}

impl TryFrom<Document> for Recipe {
    type Error = RecipeError;

    fn try_from(document: Document) -> Result<Self, RecipeError> {
        let name = document
            .name
            .ok_or(RecipeError::Missing("a name: there is no `name`"))?;
        if document.start.is_empty() {
            return Err(RecipeError::Missing(
                "a way to start the server: there is no `[[start]]`",
            ));
        }
        let is_whole = |start: &Start| start.words.is_some() != start.shell.is_some();
        if !document.start.iter().all(is_whole) {
            return Err(RecipeError::Missing(
                "either `words` or `shell` in each `[[start]]`",
            ));
        }
        if document
            .config
            .as_ref()
            .is_some_and(|config| config.file.is_empty())
        {
            return Err(RecipeError::Missing("the name of its `file` in `[config]`"));
        }
        Ok(Self {
            name,
            about: document.about,
            package: document.package,
            isolation: document.isolation,
            websocket: document.websocket,
            start: document.start,
            find: document.find,
            process: document.process,
            config: document.config,
            files: document.file,
            settings: document.settings,
            services: document.services,
            repeated: document.blank,
            ready: document.ready,
            accounts: document.accounts,
        })
    }
}
