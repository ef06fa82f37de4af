//! How it can be tested what a sentence says, by rule. What a rule gets wrong is put right in the index, by hand.

use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Subject, Testable};
use super::pattern::any_of;

static S2S: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "server-to-server",
        "remote (?:server|domain|service|host|entity's server)s?",
        "peer servers?",
        "server dialback",
        "dialback",
        "another server",
        "other servers",
        "foreign (?:server|domain)s?",
        "between servers",
        "federat\\w*",
        "receiving server",
        "originating server",
        "jabber:server",
        "s2s",
        "two servers",
        "peer domain",
        "xmpp-server",
    ])
});
static RESTART: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "restart(?:s|ed|ing)? (?:of )?(?:the |a )?(?:server|service|room)s?",
        "server restarts?",
        "service restarts?",
        "persisted to disk",
        "shut(?:s|ting)? down",
        "shutdown",
        "reboot\\w*",
        "across restarts",
        "server outages?",
    ])
});
/// What nothing that goes over the wire shows.
static OUT_OF_SIGHT: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "administrators",
        "server administrator",
        "developers?",
        "deployments? (?:MUST|SHOULD|MAY|is|are)",
        "specifications?",
        "documentation",
        "document(?:s|ed)? (?:MUST|SHOULD|MAY)",
        "user interfaces?",
        "XMPP Registrar",
        "registrants?",
        "cryptographic random\\w*",
        "unpredictable",
        "certification authorit(?:y|ies)",
        "human users?",
        "configurable",
        "future (?:documents|specifications|versions)",
        "extensions? (?:MUST|SHOULD|MAY)",
    ])
});

/// How a sentence can be tested, and why not from outside.
pub(super) fn testable(sentence: &str, subject: Subject, titles: &str) -> (Testable, &'static str) {
    if titles.starts_with("Requirements") {
        return (Testable::Never, "a goal of the document");
    }
    if OUT_OF_SIGHT.is_match(sentence) {
        return (Testable::Never, "nothing on the wire shows it");
    }
    if subject == Subject::Client {
        return (Testable::Never, "the client's part");
    }
    if S2S.is_match(sentence) {
        return (Testable::S2s, "another server has to take part");
    }
    match RESTART.is_match(sentence) {
        true => (Testable::Restart, "the server has to be started again"),
        false => (Testable::Outside, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_client_sees_is_told_with_the_reason() {
        let tested = |sentence, subject| testable(sentence, subject, "Lamps");
        let by = |sentence| tested(sentence, Subject::Server).0;
        assert_eq!(
            tested("It MUST shine.", Subject::Server),
            (Testable::Outside, "")
        );
        assert_eq!(
            tested("It MUST ask.", Subject::Client),
            (Testable::Never, "the client's part")
        );
        assert_eq!(by("It MUST tell the remote server."), Testable::S2s);
        assert_eq!(
            by("It MUST be there after the server restarts."),
            Testable::Restart
        );
        assert_eq!(by("Administrators SHOULD clean lamps."), Testable::Never);
        let goal = testable("It MUST be easy.", Subject::Server, "Requirements / Ease");
        assert_eq!(goal, (Testable::Never, "a goal of the document"));
    }
}
