//! Other names for the JIDs of a script: accounts and rooms of its own, another domain.
//!
//! What is sent and what is expected are renamed alike, so the story stays the same. A JID is found by its form in
//! attribute values and texts, wherever it stands between characters that cannot belong to it. Nothing else is
//! touched: no resources, no nicknames, no namespaces.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jid::Jid;

use crate::expression::Expression;
use crate::script::ast::{Actor, Script};
use crate::script::{Address, Profile, Word, Words, hosts, profiles};

/// The domain that scripts are written for, which stands for the domain of whatever server is tested.
const WRITTEN_FOR: &str = "localhost";
/// The account that servers are configured to have as an administrator; it keeps its name.
const ADMINISTRATOR: &str = "admin";
/// What stands for the service of a requirement while the server has not been asked which one it is. No domain begins
/// with a hyphen (RFC 1034 §3.5).
const ANY_SERVICE: &str = "-service";
/// What cannot stand in a localpart (RFC 7622 §3.3.1), and what commonly stands around a JID in a text.
const AROUND: &str = "\"&'/:<>@;,()[]{}=!?|";

/// Other names for the JIDs of scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renaming {
    /// What the localparts of accounts and rooms get at their end.
    pub suffix: Option<String>,
    /// What takes the place of `localhost`, also below it.
    pub domain: Option<String>,
    /// What takes the place of single domains, before that of `localhost` is taken, if they are below it.
    pub map: BTreeMap<String, String>,
}

impl Renaming {
    /// The domain of the script that this one replaces, where that is below the domain that scripts are written for.
    pub fn written_domain(&self, host: &str) -> String {
        let below = self.domain.as_ref().and_then(|domain| {
            let below = host.strip_suffix(domain.as_str())?;
            (below.is_empty() || below.ends_with('.')).then_some(below)
        });
        below.map_or_else(|| host.to_owned(), |below| format!("{below}{WRITTEN_FOR}"))
    }
}

/// A renaming for one cast.
#[derive(Debug)]
pub(crate) struct Renames<'a> {
    renaming: &'a Renaming,
    /// Accounts, in lower case, and their domains.
    accounts: BTreeSet<(String, String)>,
    domains: BTreeSet<String>,
    components: BTreeSet<String>,
    /// The names of the script that have values without being captured.
    words: Words,
    /// The domain of the first client, as the script has it.
    domain: Option<String>,
}

impl<'a> Renames<'a> {
    /// The renaming for a script's actors and the rooms at their servers. Errors in the cast are told elsewhere.
    pub(crate) fn of(script: &Script, renaming: &'a Renaming) -> Self {
        Self::new(script, &profiles(&script.cast).0, renaming)
    }

    /// The same, where the profiles of the cast are at hand.
    pub(super) fn new(
        script: &Script,
        profiles: &[(&Actor, Profile)],
        renaming: &'a Renaming,
    ) -> Self {
        let mut renames = Self {
            renaming,
            accounts: BTreeSet::new(),
            domains: BTreeSet::new(),
            components: BTreeSet::new(),
            words: Words::of(script),
            domain: None,
        };
        for (actor, profile) in profiles {
            renames.add(actor.role.value.address, &profile.jid);
        }
        renames
    }

    fn add(&mut self, address: Address, jid: &Jid) {
        let domain = jid.domain().as_str().to_lowercase();
        match address {
            Address::Domain => {
                self.components.insert(domain);
            }
            Address::User => {
                let account = jid
                    .node()
                    .map(|node| (node.as_str().to_lowercase(), domain.clone()));
                self.accounts.extend(account);
                self.domain.get_or_insert_with(|| domain.clone());
                self.domains.insert(domain);
            }
        }
    }

    /// A text with other names in it.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        edited(text, self.edits(text))
    }

    /// A text with other names in it, behind which another piece of the same value stands: before `@${rooms}` there is
    /// the localpart of a room, and before `@${domain}` that of an account, as if the JID were written out.
    pub(crate) fn text_before<'t>(&self, text: &'t str, next: Option<Word>) -> Cow<'t, str> {
        let written = match next {
            Some(Word::Domain) => self.domain.as_deref(),
            Some(Word::Service) => Some(ANY_SERVICE),
            Some(Word::Unique | Word::Cell) | None => None,
        };
        let Some(written) = written else {
            return self.text(text);
        };
        let mut edits = self.edits(&format!("{text}{written}"));
        edits.retain(|edit| edit.place.end <= text.len());
        edited(text, edits)
    }

    /// What something is computed of, with other names in it. Between zero bytes stands the user of a login (RFC 4616
    /// §2), who may be that of an account.
    pub(super) fn argument(&self, bytes: &[u8], next: Option<Word>) -> Vec<u8> {
        let last = bytes.iter().filter(|byte| **byte == 0).count();
        let parts = bytes.split(|byte| *byte == 0).enumerate();
        let parts = parts.map(|(number, part)| match std::str::from_utf8(part) {
            Ok(user) if (1..last).contains(&number) && self.is_user(user) => {
                let suffix = self.renaming.suffix.as_deref().unwrap_or_default();
                format!("{user}{suffix}").into_bytes()
            }
            Ok(text) => {
                let next = next.filter(|_| number == last);
                self.text_before(text, next).into_owned().into_bytes()
            }
            Err(_) => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join(&0)
    }

    /// Whether this is the localpart of an account that has another name in this run.
    fn is_user(&self, user: &str) -> bool {
        let user = user.to_lowercase();
        let mut accounts = self.accounts.iter();
        user != ADMINISTRATOR && accounts.any(|(local, _)| *local == user)
    }

    /// The names that have values without being captured.
    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// A text that was renamed, with the names of the script again; as it is, where these cannot be told.
    pub(crate) fn undone(&self, text: &str) -> String {
        let mut written = String::new();
        let mut done = 0;
        for host in hosts(text) {
            written.push_str(&text[done..host.start]);
            if let Some(suffix) = &self.renaming.suffix
                && let Some(before) = written.strip_suffix(&format!("{suffix}@"))
            {
                written = format!("{before}@");
            }
            written.push_str(&self.written_domain(&text[host.clone()]));
            done = host.end;
        }
        written.push_str(&text[done..]);
        match self.text(&written) == text {
            true => written,
            false => text.to_owned(),
        }
    }

    /// The same of a text behind which the JID of a service stands that the script has a name for.
    pub(crate) fn undone_before_service(&self, text: &str) -> String {
        let suffix = self.renaming.suffix.as_deref().unwrap_or_default();
        let before = text.strip_suffix(&format!("{suffix}@"));
        before.map_or_else(
            || self.undone(text),
            |before| format!("{}@", self.undone(before)),
        )
    }

    /// The domain of the script that this one replaces.
    fn written_domain(&self, host: &str) -> String {
        let is_it = |to: &str| self.by_domain(to).as_deref().unwrap_or(to) == host;
        let mut map = self.renaming.map.iter();
        if let Some((from, _)) = map.find(|(_, to)| is_it(to)) {
            return from.clone();
        }
        self.renaming.written_domain(host)
    }

    /// A regular expression with other names in it; as it is, if the new text would not be a regular expression.
    pub(super) fn expression(&self, expression: &Expression) -> Expression {
        let renamed = self.regex(expression.written());
        match renamed == expression.written() {
            true => expression.clone(),
            false => Expression::new(&renamed).unwrap_or_else(|_| expression.clone()),
        }
    }

    /// In a regular expression, the dots of a domain are written `\.`.
    fn regex(&self, source: &str) -> String {
        let (plain, places) = without_escaped_dots(source);
        let mut renamed = String::new();
        let mut done = 0;
        for Edit { place, name } in self.edits(&plain) {
            renamed.push_str(&source[done..places[place.start]]);
            renamed.push_str(&regex::escape(&name));
            done = places[place.end];
        }
        renamed + &source[done..]
    }

    /// What has to be changed in a text, in order.
    fn edits(&self, text: &str) -> Vec<Edit> {
        let mut edits = Vec::new();
        if *self.renaming == Renaming::default() {
            return edits;
        }
        for host in hosts(text) {
            let name = &text[host.clone()];
            let local = localpart_before(text, host.start);
            if let Some(local) = local.filter(|local| self.has_suffix(&text[local.clone()], name)) {
                edits.push(Edit {
                    place: local.end..local.end,
                    name: self.renaming.suffix.clone().unwrap_or_default(),
                });
            }
            if let Some(name) = self.other_domain(name) {
                edits.push(Edit { place: host, name });
            }
        }
        edits
    }

    /// The JID of an actor, renamed; as it is, if the new name would not be a JID.
    pub(super) fn jid(&self, jid: Jid) -> Jid {
        let bare = self.text(&jid.to_bare().to_string()).into_owned();
        let renamed = match jid.resource() {
            Some(resource) => Jid::new(&format!("{bare}/{resource}")),
            None => Jid::new(&bare),
        };
        renamed.unwrap_or(jid)
    }

    /// Whether a localpart at a host gets the suffix: an account's, or a room's at a service below a server.
    fn has_suffix(&self, local: &str, host: &str) -> bool {
        let (local, host) = (local.to_lowercase(), host.to_lowercase());
        let is_below = |domain: &String| {
            host.strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.ends_with('.'))
        };
        let is_service = !self.domains.contains(&host)
            && !self.components.contains(&host)
            && self.domains.iter().any(is_below);
        let is_room = is_service || host == ANY_SERVICE;
        let is_account = local != ADMINISTRATOR && self.accounts.contains(&(local, host));
        self.renaming.suffix.is_some() && (is_room || is_account)
    }

    /// The domain that takes the place of this one.
    fn other_domain(&self, host: &str) -> Option<String> {
        match self.renaming.map.get(&host.to_lowercase()) {
            Some(to) => Some(self.by_domain(to).unwrap_or_else(|| to.clone())),
            None => self.by_domain(host),
        }
    }

    /// The domain that takes the place of this one, if it is `localhost` or below.
    fn by_domain(&self, host: &str) -> Option<String> {
        let other = self.renaming.domain.as_ref()?;
        let above = host.len().checked_sub(WRITTEN_FOR.len())?;
        let (below, written) = host.split_at_checked(above)?;
        let is_written_for = written.eq_ignore_ascii_case(WRITTEN_FOR);
        (is_written_for && (below.is_empty() || below.ends_with('.')))
            .then(|| format!("{below}{other}"))
    }
}

/// A text with changes in it.
fn edited(text: &str, edits: Vec<Edit>) -> Cow<'_, str> {
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut changed = String::new();
    let mut done = 0;
    for Edit { place, name } in edits {
        changed.push_str(&text[done..place.start]);
        changed.push_str(&name);
        done = place.end;
    }
    changed.push_str(&text[done..]);
    Cow::Owned(changed)
}

/// A change in a text: another name in the place of what is there, which may be nothing.
struct Edit {
    place: Range<usize>,
    name: String,
}

/// A regular expression with each `\.` as a dot, and where each of its bytes is in the original, the end included.
fn without_escaped_dots(source: &str) -> (String, Vec<usize>) {
    let mut plain = String::new();
    let mut places = Vec::new();
    let mut chars = source.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let is_escaped_dot = char == '\\' && chars.next_if(|(_, next)| *next == '.').is_some();
        let char = if is_escaped_dot { '.' } else { char };
        plain.push(char);
        places.resize(plain.len(), at);
    }
    places.push(source.len());
    (plain, places)
}

/// Where the localpart is that stands before a domain, if there is one.
fn localpart_before(text: &str, host: usize) -> Option<Range<usize>> {
    let before = text[..host].strip_suffix('@')?;
    let is_around = |char: char| char.is_whitespace() || char.is_control() || AROUND.contains(char);
    let start = before
        .char_indices()
        .rev()
        .find(|(_, char)| is_around(*char))
        .map_or(0, |(at, char)| at + char.len_utf8());
    (start < before.len()).then_some(start..before.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::ast::Piece;
    use crate::script::read;
    use crate::source::SourceFile;
    use proptest::prelude::*;

    const CAST: &str = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: x\n\n\
                        [Client] Admin\n\tjid: admin@localhost\n\tpassword: x\n\n\
                        [Component] Shop\n\tjid: shop.localhost\n\tsecret: x\n---\n";

    fn renamed(text: &str, suffix: Option<&str>, domain: Option<&str>) -> String {
        let script = read(SourceFile::new("test.scs", CAST)).script;
        let renaming = Renaming {
            suffix: suffix.map(str::to_owned),
            domain: domain.map(str::to_owned),
            map: BTreeMap::new(),
        };
        Renames::of(&script, &renaming).text(text).into_owned()
    }

    #[track_caller]
    fn assert_unique(text: &str, expected: &str) {
        assert_eq!(renamed(text, Some("-1"), None), expected);
    }

    #[test]
    fn accounts_and_rooms_get_a_suffix() {
        assert_unique("romeo@localhost/orchard", "romeo-1@localhost/orchard");
        assert_unique("Romeo@LOCALHOST", "Romeo-1@LOCALHOST");
        assert_unique(
            "room@conference.localhost/romeo",
            "room-1@conference.localhost/romeo",
        );
        assert_unique(
            "write to xmpp:romeo@localhost?message, or &quot;romeo@localhost&quot;.",
            "write to xmpp:romeo-1@localhost?message, or &quot;romeo-1@localhost&quot;.",
        );
        assert_unique("I am romeo@localhost.", "I am romeo-1@localhost.");
    }

    #[test]
    fn what_looks_alike_stays() {
        for text in [
            "romeo",
            "localhost",
            "aromeo@localhost",
            "juliet@localhost",
            "romeo@localhost.example",
            "romeo@elsewhere",
            "romeo\\40localhost",
            "@localhost",
            "admin@localhost",
            "anna@shop.localhost",
            "conference.localhost/romeo",
        ] {
            assert_unique(text, text);
        }
    }

    #[test]
    fn a_domain_takes_the_place_of_localhost() {
        let domain = |text: &str| renamed(text, None, Some("example.org"));
        assert_eq!(domain("localhost"), "example.org");
        assert_eq!(domain("romeo@localhost/x"), "romeo@example.org/x");
        assert_eq!(domain("conference.localhost"), "conference.example.org");
        assert_eq!(domain("shop.LocalHost"), "shop.example.org");
        for text in ["notlocalhost", "localhost.org", "my-localhost", "host"] {
            assert_eq!(domain(text), text);
        }
    }

    #[test]
    fn both_go_together() {
        assert_eq!(
            renamed("a@x.localhost b", Some("-1"), Some("example.org")),
            "a-1@x.example.org b"
        );
    }

    /// The pieces of a text, as they are sent with the suffix `-1`.
    #[track_caller]
    fn sent(text: &str) -> String {
        let head = "## requires: conference/text as rooms\n";
        let story = format!("Romeo connects\nRomeo sends:\n\t<a b='{text}'/>\n");
        let script = read(SourceFile::new("test.scs", &format!("{head}{CAST}{story}"))).script;
        let renaming = Renaming {
            suffix: Some("-1".to_owned()),
            domain: Some("example.org".to_owned()),
            map: BTreeMap::new(),
        };
        let renames = Renames::of(&script, &renaming);
        let stanza = script.story[1].verb.stanzas()[0];
        let pieces: Vec<&Piece> = stanza.pieces().collect();
        let sent = pieces.iter().enumerate().map(|(at, piece)| match piece {
            Piece::Literal(text) => {
                let next = pieces.get(at + 1);
                let next = next.and_then(|next| renames.words().of_piece(next));
                renames.text_before(&text.value, next).into_owned()
            }
            piece => script.source.slice(piece.span()).to_owned(),
        });
        sent.collect()
    }

    #[test]
    fn names_before_the_words_of_a_script_are_names_at_what_these_stand_for() {
        assert_eq!(sent("room@${rooms}/x"), "room-1@${rooms}/x");
        assert_eq!(
            sent("a ${rooms}: room@${rooms}"),
            "a ${rooms}: room-1@${rooms}"
        );
        assert_eq!(sent("romeo@${domain}/x"), "romeo-1@${domain}/x");
        assert_eq!(sent("room@muc.${domain}"), "room-1@muc.${domain}");
        assert_eq!(sent("room@shop.${domain}"), "room@shop.${domain}");
        for text in [
            "anna@${domain}",
            "admin@${domain}",
            "@${rooms}",
            "room-${unique}@${rooms}",
            "room@${unique}",
            "${rooms}/romeo",
            "room ${rooms}",
        ] {
            assert_eq!(sent(text), text);
        }
        assert_eq!(sent("localhost ${domain}"), "example.org ${domain}");
    }

    #[test]
    fn single_domains_have_other_names() {
        let script = read(SourceFile::new("test.scs", CAST)).script;
        let mut renaming = Renaming {
            suffix: Some("-1".to_owned()),
            ..Renaming::default()
        };
        for (from, to) in [
            ("conference.localhost", "muc.localhost"),
            ("upload.localhost", "files.example.com"),
            ("shop.localhost", "store.localhost"),
        ] {
            renaming.map.insert(from.to_owned(), to.to_owned());
        }
        let text =
            "room@Conference.localhost/x upload.localhost shop.localhost a.conference.localhost";
        let rooms_and_shop = |domain: &str| {
            format!("room-1@muc.{domain}/x files.example.com store.{domain} a.conference.{domain}")
        };
        let written = text.to_lowercase();
        let renames = Renames::of(&script, &renaming);
        assert_eq!(renames.text(text), rooms_and_shop("localhost"));
        assert_eq!(renames.undone(&renames.text(text)), written);
        let by_regex = renames.regex(r"conference\.localhost");
        assert_eq!(by_regex, r"muc\.localhost");
        let both = Renaming {
            domain: Some("example.org".to_owned()),
            ..renaming
        };
        let renames = Renames::of(&script, &both);
        assert_eq!(renames.text(text), rooms_and_shop("example.org"));
        assert_eq!(renames.undone(&renames.text(text)), written);
    }

    #[test]
    fn a_renaming_can_be_undone() {
        let script = read(SourceFile::new("test.scs", CAST)).script;
        let renaming = Renaming {
            suffix: Some("-1".to_owned()),
            domain: Some("a.org".to_owned()),
            map: BTreeMap::new(),
        };
        let renames = Renames::of(&script, &renaming);
        for text in [
            "romeo@localhost/x",
            "room@conference.localhost/romeo and shop.localhost",
            "romeo@elsewhere, nobody-1@elsewhere",
        ] {
            assert_eq!(renames.undone(&renames.text(text)), text);
        }
        // A name that no script could have written stays.
        assert_eq!(renames.undone("romeo@a.org"), "romeo@a.org");
    }

    #[test]
    fn regular_expressions_are_renamed_too() {
        let script = read(SourceFile::new("test.scs", CAST)).script;
        let renaming = Renaming {
            suffix: Some("-1".to_owned()),
            domain: Some("a.org".to_owned()),
            map: BTreeMap::new(),
        };
        let renames = Renames::of(&script, &renaming);
        assert_eq!(
            renames.regex(r"room@conference\.localhost(\/.*)?"),
            r"room\-1@conference\.a\.org(\/.*)?"
        );
        assert_eq!(renames.regex(r"[a-z]+\.é\d"), r"[a-z]+\.é\d");
    }

    proptest! {
        #[test]
        fn a_text_without_names_stays(text in "[^@]*") {
            prop_assert_eq!(renamed(&text, Some("-1"), None), text);
        }

        #[test]
        fn nothing_is_renamed_where_nothing_is_asked_for(text in "\\PC*") {
            prop_assert_eq!(renamed(&text, None, None), text);
        }

        #[test]
        fn any_text_around_a_name_stays(before in "\\PC*", after in "\\PC*") {
            let text = format!("{before} romeo@localhost/{after}");
            let expected = format!(
                "{} romeo-1@localhost/{}",
                renamed(&before, Some("-1"), None),
                renamed(&after, Some("-1"), None)
            );
            prop_assert_eq!(renamed(&text, Some("-1"), None), expected);
        }
    }
}
