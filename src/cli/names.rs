//! Names and a password that the run has in the place of those in the scripts, as the arguments say it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use jid::BareJid;
use thiserror::Error;
use zeroize::Zeroizing;

use super::file::{self, Unreadable};
use crate::paths::shown;
use crate::plan::Renaming;
use crate::xmpp::Password;

/// What stands for a password in a command that is shown; no user has it as a password.
pub(super) const NOT_SHOWN: &str = "…";

/// Other names, and another password, than the scripts have.
#[derive(Debug, Args)]
pub(super) struct NameArgs {
    /// Give the accounts and rooms of each script names of its own, so that scripts on one server do not meet; the
    /// accounts have to be made for the run, by --launch or --accounts
    #[arg(long)]
    pub(super) unique: bool,
    /// Take this domain for `localhost`, and for the domains below it, throughout the scripts
    #[arg(long, value_name = "DOMAIN", value_parser = parse_domain)]
    pub(super) domain: Option<String>,
    /// Take another name for a service, or any other domain, throughout the scripts, where the server calls it
    /// otherwise: conference.localhost=muc.localhost; can be given several times
    #[arg(long, value_name = "FROM=TO")]
    pub(super) map: Vec<Mapping>,
    /// Log in all clients that have a password by this one, where a server does not take those of the scripts; other
    /// users of the machine may see it, but for --password-file
    #[arg(long, value_name = "TEXT", value_parser = parse_password)]
    pub(super) password: Option<Password>,
    /// The file with such a password in its first line
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    pub(super) password_file: Option<PathBuf>,
}

/// Why there can be no such names.
#[derive(Debug, Error)]
pub(super) enum NamesFailure {
    #[error("--map has {from} twice, as {one} and as {other}; give it one name")]
    Twice {
        from: String,
        one: String,
        other: String,
    },
    #[error("--password-file: {}: the file has no password in its first line", .0)]
    EmptyFile(String),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// A domain in the scripts and the one that takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    from: String,
    to: String,
}

/// Why a text is no mapping.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum NoMapping {
    #[error("give FROM=TO, for example conference.localhost=muc.localhost")]
    Form,
    #[error("{0:?} is not a domain; give FROM=TO, for example conference.localhost=muc.localhost")]
    Domain(String),
}

impl FromStr for Mapping {
    type Err = NoMapping;

    fn from_str(text: &str) -> Result<Self, NoMapping> {
        let (from, to) = text.split_once('=').ok_or(NoMapping::Form)?;
        let domain = |text: &str| {
            let domain = domain(text).filter(|domain| !domain.contains('='));
            domain.ok_or_else(|| NoMapping::Domain(text.to_owned()))
        };
        Ok(Self {
            from: domain(from)?,
            to: domain(to)?,
        })
    }
}

/// A domain, in the form in which servers have it (RFC 7622 §3.2).
fn domain(text: &str) -> Option<String> {
    let jid = BareJid::new(text).ok();
    let jid = jid.filter(|jid| jid.node().is_none())?;
    Some(jid.domain().to_string())
}

fn parse_domain(text: &str) -> Result<String, String> {
    let wrong = || "this is not a domain; give one, for example xmpp.example.org".to_owned();
    domain(text).ok_or_else(wrong)
}

fn parse_password(text: &str) -> Result<Password, String> {
    match text {
        "" => Err("the password is empty".to_owned()),
        NOT_SHOWN => Err(format!(
            "`{NOT_SHOWN}` stands for the password, which is not shown; write the password itself, or take --password-file"
        )),
        password => Ok(password.into()),
    }
}

/// What else the JIDs of the scripts are called, but for the suffix that each script has of its own.
pub(super) fn renaming(arguments: &NameArgs) -> Result<Renaming, NamesFailure> {
    let mut map = BTreeMap::new();
    for Mapping { from, to } in &arguments.map {
        let before = map.insert(from.clone(), to.clone());
        if let Some(one) = before.filter(|one| one != to) {
            let (from, other) = (from.clone(), to.clone());
            return Err(NamesFailure::Twice { from, one, other });
        }
    }
    Ok(Renaming {
        suffix: None,
        domain: arguments.domain.clone(),
        map,
    })
}

/// The password that takes the place of those in the scripts.
pub(super) fn password(arguments: &NameArgs) -> Result<Option<Password>, NamesFailure> {
    match &arguments.password_file {
        None => Ok(arguments.password.clone()),
        Some(path) => {
            let password = first_line(path)?;
            password
                .map(Some)
                .ok_or_else(|| NamesFailure::EmptyFile(shown(path)))
        }
    }
}

/// The password in the first line of a file, if there is one.
pub(super) fn first_line(path: &Path) -> Result<Option<Password>, Unreadable> {
    let bytes = Zeroizing::new(file::read(path)?);
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().filter(|line| !line.is_empty());
    Ok(line.map(Password::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Mapping>().unwrap_err().to_string()
    }

    #[test]
    fn a_mapping_is_two_domains() {
        let mapping: Mapping = "Conference.localhost=muc.example.org".parse().unwrap();
        assert_eq!(mapping.from, "conference.localhost");
        assert_eq!(mapping.to, "muc.example.org");
        assert!(error("conference.localhost").starts_with("give FROM=TO"));
        for (text, part) in [
            ("=muc.localhost", "\"\""),
            ("conference.localhost=", "\"\""),
            (
                "room@conference.localhost=a.b",
                "\"room@conference.localhost\"",
            ),
            ("a=b=c", "\"b=c\""),
            ("a b=c", "\"a b\""),
        ] {
            let error = error(text);
            assert!(
                error.starts_with(&format!("{part} is not a domain")),
                "{error}"
            );
        }
    }

    #[test]
    fn what_stands_for_a_password_is_none() {
        assert!(parse_password("").unwrap_err().contains("empty"));
        assert!(
            parse_password(NOT_SHOWN)
                .unwrap_err()
                .contains("--password-file")
        );
        assert_eq!(parse_password("open sesame"), Ok("open sesame".into()));
    }
}
