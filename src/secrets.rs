//! Keeping passwords off the screen.
//!
//! It knows texts and which values in them are secrets, and nothing of where either comes from.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::escape;

/// The passwords of a cast, say, to be taken out of whatever is shown.
///
/// A password can be an ordinary word, so only whole texts and whole attribute values are taken out: what
/// a script sends to change a password, say.
#[derive(Clone, Default)]
pub struct Secrets(Option<Regex>);

/// What is shown instead.
const REDACTED: &str = "${before}[redacted]${after}";

impl Secrets {
    /// These values are secrets.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let written: BTreeSet<String> = secrets
            .filter(|secret| !secret.is_empty())
            .flat_map(|secret| {
                [
                    secret.to_owned(),
                    escape::text(secret),
                    escape::attribute(secret),
                ]
            })
            .map(|written| regex::escape(&written))
            .collect();
        if written.is_empty() {
            return Self(None);
        }
        let any = written.into_iter().collect::<Vec<_>>().join("|");
        let whole = format!(
            r#"(?<before>>\s*|["']|<!\[CDATA\[\s*)(?<secret>{any})(?<after>\s*<|["']|\s*\]\]>)"#
        );
        let regex = RegexBuilder::new(&whole).size_limit(usize::MAX).build();
        Self(Some(regex.expect(
            "it is made of literals, and its size is not limited",
        )))
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
        let found = self.0.iter().flat_map(|secrets| secrets.captures_iter(xml));
        found.filter_map(|found| Some(found.name("secret")?.range()))
    }

    /// Some XML without the secrets.
    pub fn redact<'a>(&self, xml: &'a str) -> Cow<'a, str> {
        match &self.0 {
            None => Cow::Borrowed(xml),
            Some(secrets) => secrets.replace_all(xml, REDACTED),
        }
    }
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
