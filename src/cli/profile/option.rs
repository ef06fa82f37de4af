//! A key of a profile with its value, as arguments of the command line.

use std::any::TypeId;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use toml::{Spanned, Value};

use super::error::ProfileError;
use crate::cli::launching::LaunchChoice;
use crate::cli::reports::ReportTo;
use crate::script::closest;
use crate::source::SourceFile;

/// The key for the scripts to run, which are arguments without an option.
const SCRIPTS: &str = "scripts";
/// Options that say where profiles are, or ask for something else than a run.
const NOT_IN_PROFILES: [&str; 5] = ["profile", "config", "no-config", "help", "color"];

/// An option that a profile gives, as arguments.
pub(super) struct Given<'a> {
    pub(super) arg: &'a Arg,
    pub(super) words: Vec<OsString>,
}

/// Reads the options of a file.
pub(super) struct OptionReader<'f, 'a> {
    pub(super) source: &'f SourceFile,
    /// Where paths begin.
    pub(super) folder: &'f Path,
    /// The command that has the options.
    pub(super) run: &'a Command,
}

impl<'a> OptionReader<'_, 'a> {
    /// Reads a key and its value.
    pub(super) fn read(
        &self,
        key: &Spanned<String>,
        value: &Spanned<Value>,
    ) -> Result<Given<'a>, ProfileError> {
        let name = key.get_ref();
        let arg = option(self.run, name).ok_or_else(|| self.unknown(key))?;
        let words = self
            .words(arg, name, value.get_ref())
            .map_err(|wanted| self.wrong(format!("`{name}` needs {wanted}"), value))?;
        if let Some(reason) = objection(self.run, &words) {
            return Err(self.wrong(format!("`{name}` {reason}"), value));
        }
        Ok(Given { arg, words })
    }

    fn unknown(&self, key: &Spanned<String>) -> ProfileError {
        let (name, known) = (key.get_ref(), names(self.run));
        let help = match closest(name, known.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "a profile has the long options of `scansion run`, and `scripts`".to_owned(),
        };
        let message = format!("`{name}` is not an option");
        ProfileError::wrong(self.source, message, key.span(), Some(help))
    }

    fn wrong(&self, message: String, value: &Spanned<Value>) -> ProfileError {
        ProfileError::wrong(self.source, message, value.span(), None)
    }

    /// The arguments for an option, or what it needs instead of this value.
    fn words(&self, arg: &Arg, name: &str, value: &Value) -> Result<Vec<OsString>, &'static str> {
        let is_flag = matches!(arg.get_action(), ArgAction::SetTrue);
        let takes_several = matches!(arg.get_action(), ArgAction::Append) || arg.is_positional();
        match value {
            Value::Boolean(true) if is_flag => Ok(vec![format!("--{name}").into()]),
            Value::Boolean(false) if is_flag => Ok(Vec::new()),
            _ if is_flag => Err("`true` or `false`"),
            Value::Array(values) if takes_several => {
                let words = values.iter().map(|value| self.word(arg, name, value));
                words.collect::<Option<_>>().ok_or("a list of texts")
            }
            single => match self.word(arg, name, single) {
                Some(word) => Ok(vec![word]),
                None => Err("a text or a number"),
            },
        }
    }

    fn word(&self, arg: &Arg, name: &str, value: &Value) -> Option<OsString> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
                return None;
            }
        };
        let text = below(self.folder, arg, text);
        if arg.is_positional() {
            return Some(text);
        }
        let mut word = OsString::from(format!("--{name}="));
        word.push(text);
        Some(word)
    }
}

/// The value of an option, in which a path begins in this folder.
fn below(folder: &Path, arg: &Arg, text: String) -> OsString {
    let parsed = arg.get_value_parser().type_id();
    if parsed == TypeId::of::<PathBuf>() {
        folder.join(text).into_os_string()
    } else if parsed == TypeId::of::<ReportTo>() {
        ReportTo::below(folder, &text)
    } else if parsed == TypeId::of::<LaunchChoice>() {
        LaunchChoice::below(folder, &text)
    } else {
        text.into()
    }
}

/// The option of this name.
fn option<'a>(run: &'a Command, name: &str) -> Option<&'a Arg> {
    if NOT_IN_PROFILES.contains(&name) {
        return None;
    }
    let mut arguments = run.get_arguments();
    match name {
        SCRIPTS => arguments.find(|arg| arg.is_positional()),
        name => arguments.find(|arg| arg.get_long() == Some(name)),
    }
}

fn names(run: &Command) -> Vec<String> {
    let long = run.get_arguments().filter_map(Arg::get_long);
    long.filter(|name| !NOT_IN_PROFILES.contains(name))
        .chain([SCRIPTS])
        .map(str::to_owned)
        .collect()
}

/// What is wrong with the value of an option, in the words with which the command line would be refused.
fn objection(run: &Command, words: &[OsString]) -> Option<String> {
    use clap::error::ErrorKind::{InvalidValue, ValueValidation};
    let alone = [OsString::from("run"), OsString::from("--")];
    let words = alone[..1].iter().chain(words);
    let error = run.clone().try_get_matches_from(words).err()?;
    if !matches!(error.kind(), InvalidValue | ValueValidation) {
        return None;
    }
    let text = error.to_string();
    let first = text.lines().next()?.trim_start_matches("error: ");
    Some(format!("cannot be this: {first}"))
}
