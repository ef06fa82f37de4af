//! Keeping passwords off the screen.

use std::borrow::Cow;

use crate::escape;
use crate::plan::Plan;

/// The passwords of a cast, to be taken out of whatever is shown.
///
/// A password can be an ordinary word, so only whole texts and whole attribute values are taken out: what
/// a script sends to change a password, say.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

/// What is shown instead.
const REDACTED: &str = "[redacted]";

impl Secrets {
    /// The secrets of a plan's cast.
    pub fn of(plan: &Plan) -> Self {
        let mut secrets: Vec<String> = plan
            .actors
            .iter()
            .filter_map(|actor| actor.secret())
            .map(|secret| secret.reveal().to_owned())
            .filter(|secret| !secret.is_empty())
            .collect();
        secrets.sort_unstable();
        secrets.dedup();
        Self(secrets)
    }

    /// Some XML without the secrets.
    pub fn redact<'a>(&self, xml: &'a str) -> Cow<'a, str> {
        let mut shown = Cow::Borrowed(xml);
        for secret in &self.0 {
            for written in [
                secret.clone(),
                escape::text(secret),
                escape::attribute(secret),
            ] {
                if shown.contains(&written) {
                    shown = Cow::Owned(without(&shown, &written));
                }
            }
        }
        shown
    }
}

fn without(xml: &str, secret: &str) -> String {
    [('>', '<'), ('"', '"'), ('\'', '\'')]
        .iter()
        .fold(xml.to_owned(), |xml, (before, after)| {
            xml.replace(
                &format!("{before}{secret}{after}"),
                &format!("{before}{REDACTED}{after}"),
            )
        })
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_values_are_taken_out() {
        let secrets = Secrets(vec!["password".into(), "a&b".into()]);
        assert_eq!(
            secrets.redact(
                "<password>password</password><x y='password' z=\"a&amp;b\">my password</x>"
            ),
            "<password>[redacted]</password><x y='[redacted]' z=\"[redacted]\">my password</x>"
        );
    }
}
