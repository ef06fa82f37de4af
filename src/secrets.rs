//! Keeping passwords off the screen.
//!
//! It knows texts and which values in them are secrets, and nothing of where either comes from.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use minidom::{Element, Node};
use regex::{Captures, Regex, RegexBuilder};
use zeroize::Zeroizing;

use crate::escape;

/// The passwords of a cast, say, to be taken out of whatever is shown.
///
/// A password can be an ordinary word, so only whole texts and whole attribute values are taken out: what
/// a script sends to change a password, say.
#[derive(Clone, Default)]
pub struct Secrets {
    /// All ways in which they are written.
    written: Vec<Zeroizing<String>>,
    /// Where one of them stands. It is made when it is first needed, which for most scripts is never.
    any: OnceLock<Regex>,
    /// Each of them, with whose it is.
    owned: Vec<(String, Zeroizing<String>)>,
}

/// What is shown instead.
const REDACTED: &str = "${before}[redacted]${after}";

impl Secrets {
    /// These values are secrets.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        Self::owned(secrets.map(|secret| (String::new(), secret.to_owned())))
    }

    /// These values are secrets, each after the name of its owner.
    pub fn owned(secrets: impl Iterator<Item = (String, String)>) -> Self {
        let secrets = secrets.filter(|(_, secret)| !secret.is_empty());
        let owned: Vec<_> = secrets
            .map(|(owner, secret)| (owner, Zeroizing::new(secret)))
            .collect();
        let written: BTreeSet<String> =
            owned.iter().flat_map(|(_, secret)| forms(secret)).collect();
        Self {
            written: written.into_iter().map(Zeroizing::new).collect(),
            any: OnceLock::new(),
            owned,
        }
    }

    /// What finds the secrets in a text; none, if there are none in it.
    fn any_in(&self, text: &str) -> Option<&Regex> {
        // Most texts hold none. To look for a few takes less time than to make an expression of them.
        const FEW: usize = 8;
        let is_written = || self.written.iter().any(|secret| text.contains(&**secret));
        let is_likely = self.written.len() > FEW || is_written();
        is_likely.then(|| self.any.get_or_init(|| expression(&self.written)))
    }

    /// A value that stands alone, or what is shown in its place.
    pub fn redact_value<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let quoted = format!("\"{value}\"");
        match self.redact(&quoted) {
            Cow::Owned(redacted) => Cow::Owned(redacted.trim_matches('"').to_owned()),
            Cow::Borrowed(_) => Cow::Borrowed(value),
        }
    }

    /// Where in some XML the secrets are.
    pub fn places<'a>(&'a self, xml: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let found = self
            .any_in(xml)
            .into_iter()
            .flat_map(|secrets| secrets.captures_iter(xml));
        found.filter_map(|found| Some(found.name("secret")?.range()))
    }

    /// Some XML without the secrets.
    pub fn redact<'a>(&self, xml: &'a str) -> Cow<'a, str> {
        match self.any_in(xml) {
            None => Cow::Borrowed(xml),
            Some(secrets) => secrets.replace_all(xml, REDACTED),
        }
    }

    /// Some XML without the secrets, for one who knows them: it says whose each is.
    pub fn seal<'a>(&self, xml: &'a str) -> Cow<'a, str> {
        let Some(any) = self.any_in(xml) else {
            return Cow::Borrowed(xml);
        };
        any.replace_all(xml, |found: &Captures<'_>| {
            let mut owned = self.owned.iter();
            let owner =
                owned.find(|(_, secret)| forms(secret).iter().any(|form| *form == found["secret"]));
            let seal = owner.map_or_else(String::new, |(owner, _)| escape::attribute(&seal(owner)));
            format!("{}{seal}{}", &found["before"], &found["after"])
        })
    }

    /// An element as it was before its secrets were taken out, as far as the actors still have them.
    pub fn unseal(&self, element: &mut Element) {
        let places = element.attrs_mut().iter_mut().map(|(_, value)| value);
        places.for_each(|place| self.unseal_text(place));
        for node in element.nodes_mut() {
            match node {
                Node::Element(child) => self.unseal(child),
                Node::Text(text) => self.unseal_text(text),
            }
        }
    }

    fn unseal_text(&self, text: &mut String) {
        let mut owned = self.owned.iter();
        if let Some((owner, secret)) = owned.find(|(owner, _)| text.trim() == seal(owner)) {
            *text = text.replace(&seal(owner), secret);
        }
    }
}

/// What stands for somebody's secret.
fn seal(owner: &str) -> String {
    format!("[redacted: {owner}]")
}

/// Where one of these stands as a whole text or as a whole value.
fn expression(written: &[Zeroizing<String>]) -> Regex {
    let any: Vec<String> = written.iter().map(|secret| regex::escape(secret)).collect();
    let any = Zeroizing::new(any.join("|"));
    let whole = Zeroizing::new(format!(
        r#"(?<before>>\s*|["']|<!\[CDATA\[\s*)(?<secret>{})(?<after>\s*<|["']|\s*\]\]>)"#,
        *any
    ));
    let regex = RegexBuilder::new(&whole).size_limit(usize::MAX).build();
    regex.expect("it is made of literals, and its size is not limited")
}

/// How a secret is written in XML.
fn forms(secret: &str) -> [String; 3] {
    [
        secret.to_owned(),
        escape::text(secret),
        escape::attribute(secret),
    ]
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_can_be_had_again_by_those_who_know_it() {
        for secret in ["password", "a&b'<"] {
            let secrets =
                Secrets::owned(std::iter::once(("Romeo's".to_owned(), secret.to_owned())));
            let xml = format!(
                "<z xmlns='urn:z' a='{0}' b='x {0}'><y> {0}\n</y>{0}<y/></z>",
                escape::attribute(secret)
            );
            let sealed = secrets.seal(&xml).into_owned();
            assert_eq!(sealed.matches("[redacted: Romeo").count(), 3);
            let mut element: Element = sealed.parse().unwrap();
            secrets.unseal(&mut element);
            assert_eq!(element, xml.parse().unwrap());
        }
    }

    #[test]
    fn only_whole_values_are_taken_out() {
        let secrets = Secrets::new(["password", "a&b", "", "x.y"].into_iter());
        assert_eq!(
            secrets.redact(
                "<password>password</password><x y='password' z=\"a&amp;b\">my password</x>"
            ),
            "<password>[redacted]</password><x y='[redacted]' z=\"[redacted]\">my password</x>"
        );
        assert_eq!(
            secrets.redact("<p> password\n</p><p><![CDATA[a&b]]></p><p>xzy</p>"),
            "<p> [redacted]\n</p><p><![CDATA[[redacted]]]></p><p>xzy</p>"
        );
    }

    #[test]
    fn a_value_that_stands_alone_is_taken_out() {
        let secrets = Secrets::new(["open-sesame"].into_iter());
        assert_eq!(secrets.redact_value("open-sesame"), "[redacted]");
        assert_eq!(secrets.redact_value("open-sesame!"), "open-sesame!");
    }

    #[test]
    fn without_secrets_nothing_is_taken_out() {
        let none = Secrets::new([""].into_iter());
        assert_eq!(none.redact("<p></p><q a=''/>"), "<p></p><q a=''/>");
    }
}
