//! Whether actors agree on the account that they share, and properties name columns that there are.

use std::collections::HashMap;

use crate::script::ast::{Actor, Script};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::profile::Profile;
use crate::script::property;
use crate::script::refused::impostors;
use crate::script::suggest::closest;
use crate::script::table::Table;

/// Checks the cast of a script.
pub(super) fn check(script: &Script, profiles: &[(&Actor, Profile)], complaints: &mut Complaints) {
    if let Some(table) = &script.table {
        check_columns(script, table, complaints);
    }
    let impostors = impostors(script);
    let profiles = profiles.iter();
    let profiles = profiles.filter(|(actor, _)| !impostors.contains_key(&actor.name.value));
    let mut accounts: HashMap<_, Vec<(&Actor, &Profile)>> = HashMap::new();
    for (actor, profile) in profiles.filter(|(_, profile)| profile.secret.is_some()) {
        let there = (&profile.host, profile.port, &profile.url);
        let before = accounts.entry((profile.jid.to_bare(), there)).or_default();
        complain_of_password(actor, profile, before, complaints);
        // With the first two passwords any other disagrees with one of them.
        let is_new = before
            .iter()
            .all(|(_, other)| other.secret != profile.secret);
        if is_new && before.len() < 2 {
            before.push((actor, profile));
        }
    }
}

/// Where there is a table, `${…}` in a property is one of its columns. What a cell holds of the kind has no value before
/// the story begins.
fn check_columns(script: &Script, table: &Table, complaints: &mut Complaints) {
    for property in script.cast.iter().flat_map(|actor| &actor.properties) {
        let value = &property.value;
        let behind = value.value.split_once("${").map(|(_, behind)| behind);
        if let Some((name, _)) = behind.and_then(|behind| behind.split_once('}')) {
            let columns = table.columns.iter().map(|column| column.value.as_str());
            let kind = Kind::UndefinedVariable {
                found: name.to_owned(),
                suggestion: closest(name, columns).map(str::to_owned),
            };
            complaints.push(kind.at(value.span));
        }
    }
}

/// An account has one password. On another server it is another account.
fn complain_of_password(
    actor: &Actor,
    profile: &Profile,
    before: &[(&Actor, &Profile)],
    complaints: &mut Complaints,
) {
    let mut others = before.iter();
    let other = others.find(|(_, other)| other.secret != profile.secret);
    let has_account = actor.role.value.has_account;
    let other = other.filter(|_| has_account);
    if let Some((other, _)) = other
        && let (Some(jid), Some(first)) = (
            actor.property(&property::JID),
            other.property(&property::JID),
        )
    {
        // The lines with the passwords are not shown.
        let kind = Kind::OtherPassword {
            jid: profile.jid.to_bare().to_string(),
            other: other.name.value.to_string(),
            first: first.span,
        };
        complaints.push(kind.at(jid.span));
    }
}

#[cfg(test)]
mod tests {
    use crate::script::testing::objections;

    /// What is said of a cast of two.
    fn said(one: &str, other: &str) -> Vec<String> {
        let text = format!(
            "# T\n[Client] A\n{one}\n\n[Client] B\n{other}\n---\nA connects\nB connects\nA receives nothing\n"
        );
        let said = objections(&text).into_iter();
        said.map(|(message, _)| message).collect()
    }

    #[test]
    fn an_account_has_one_password() {
        let a = "\tjid: a@b/1\n\tpassword: one";
        for other in [
            "\tjid: a@b/2\n\tpassword: two",
            "\tjid: A@B\n\tpassword: two",
        ] {
            assert_eq!(
                said(a, other),
                ["`a@b` has another password than the one that `A` gives it"]
            );
        }
        for other in [
            "\tjid: a@b/2\n\tpassword: one",
            "\tjid: c@b\n\tpassword: two",
            "\tjid: a@c\n\tpassword: two",
            "\tjid: a@b/2",
            "\tjid: a@b/2\n\tpassword: two\n\tconnect_port: 5333",
            "\tjid: a@b/2\n\tpassword: two\n\tconnect_host: c",
            "\tjid: a@b/2\n\tpassword: two\n\tconnect_url: ws://c/",
        ] {
            assert_eq!(said(a, other), [""; 0], "{other}");
        }
    }

    #[test]
    fn of_several_passwords_each_is_told_beside_the_first_other_one() {
        let actor = |(number, password): (usize, &str)| {
            format!("[Client] A{number}\n\tjid: a@b/{number}\n\tpassword: {password}\n")
        };
        let passwords = ["one", "one", "two", "three", "one", "two"];
        let cast: String = passwords.into_iter().enumerate().map(actor).collect();
        let said = objections(&format!(
            "# T\n{cast}---\nA0 connects\nA0 receives nothing\n"
        ));
        let said = said
            .iter()
            .filter(|(message, _)| message.starts_with("`a@b`"));
        let named = said.map(|(message, _)| message.split('`').nth(3).unwrap());
        assert_eq!(named.collect::<Vec<_>>(), ["A0", "A0", "A2", "A0"]);
    }
}
