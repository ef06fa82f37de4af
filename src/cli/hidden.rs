//! What is shown nowhere, whatever a command does: the passwords and payloads of SASL of all scripts that it has read.

use crate::accounts::{Admin, Method};
use crate::script::ast::{Actor, Script};
use crate::script::{self, Holds};
use crate::secrets::Secrets;
use crate::xmpp::{Password, WebSocketUrl};

/// The passwords in a script as it is written, and in plays that its tables make of it.
pub(super) fn of_plays(script: &Script, plays: &[Script]) -> Secrets {
    // All of them have been read from one text.
    let written = script::payloads(script);
    plays
        .iter()
        .chain([script])
        .map(|play| of_play(play, &written))
        .fold(Secrets::default(), |all, own| all.and(&own))
}

/// The passwords in a script as it is written, and in all that its tables make of it.
pub(super) fn of_written(script: &Script) -> Secrets {
    of_plays(script, &script::stage(script).plays)
}

/// The passwords in a play, also in one that is broken, beside what its text has. The names of its cast are shown.
fn of_play(play: &Script, written: &Secrets) -> Secrets {
    let lender = play.lender.iter().flat_map(|lender| &lender.cast);
    let own = play.cast.iter().chain(lender).flat_map(secrets);
    let secrets: Vec<String> = own.chain(lost(play)).collect();
    let names: Vec<String> = play.cast.iter().flat_map(names).collect();
    let secrets = Secrets::new(secrets.iter().map(String::as_str)).and(written);
    let secrets = secrets.and(&script::payloads_in_pieces(play));
    secrets.beside(names.iter().map(String::as_str))
}

/// The password with which accounts are made.
pub(super) fn of_method(method: &Method) -> Secrets {
    match method {
        Method::Admin(Admin(account)) => {
            let names = [account.localpart.as_str(), account.domain.as_str()];
            Secrets::new([account.password.reveal()].into_iter()).beside(names.into_iter())
        }
        Method::Existing | Method::Register | Method::Command(_) => Secrets::default(),
    }
}

/// The password that all clients have in a run of these scripts, the names in which are shown.
pub(super) fn of_password<'a>(
    password: &Password,
    scripts: impl Iterator<Item = &'a Script>,
) -> Secrets {
    let names: Vec<String> = scripts
        .flat_map(|script| &script.cast)
        .flat_map(names)
        .collect();
    let secrets = Secrets::new([password.reveal()].into_iter());
    secrets.beside(names.iter().map(String::as_str))
}

/// The password in the URL of a WebSocket.
pub(super) fn of_url(url: &WebSocketUrl) -> Secrets {
    Secrets::new(url.password().into_iter())
}

/// What stands in rows of the table that could not be read, if passwords are taken from it.
fn lost(script: &Script) -> impl Iterator<Item = String> {
    let properties = script.cast.iter().flat_map(|actor| &actor.properties);
    let mut secrets = properties.filter(|property| property.key.value.holds == Holds::Secret);
    let is_filled_in = secrets.any(|secret| secret.value.value.contains("${"));
    let table = script.table.iter().filter(move |_| is_filled_in);
    table.flat_map(|table| table.lost.clone())
}

fn secrets(actor: &Actor) -> impl Iterator<Item = String> {
    actor.properties.iter().filter_map(|property| {
        let value = &property.value.value;
        match property.key.value.holds {
            Holds::Secret => Some(value.clone()),
            Holds::Url => {
                let url: WebSocketUrl = value.parse().ok()?;
                url.password().map(str::to_owned)
            }
            Holds::Name | Holds::Setting => None,
        }
    })
}

fn names(actor: &Actor) -> impl Iterator<Item = String> {
    let properties = actor.properties.iter();
    let names = properties.filter(|property| property.key.value.holds == Holds::Name);
    let values = names.map(|property| property.value.value.clone());
    values.chain([actor.name.value.to_string()])
}
