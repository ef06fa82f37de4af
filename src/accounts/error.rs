//! Why an account could not be made or removed, and what to try.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::ns;
use crate::open_files::in_words;
use crate::xmpp::{Closed, ConnectError, ConnectErrorKind, IqError, LoginStep, Refusal};

/// An account that could not be made or removed. It says nothing about what the server does in a script.
#[derive(Debug, Error)]
#[error("cannot {doing} the account {account}: {kind}")]
pub struct AccountError {
    /// The account, as a bare JID.
    pub account: String,
    /// What was to be done.
    pub doing: Doing,
    /// What went wrong.
    #[source]
    pub kind: Box<AccountErrorKind>,
}

/// What was to be done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// To make it.
    Make,
    /// To remove it.
    Remove,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Make => "make",
            Self::Remove => "remove",
        })
    }
}

/// In which way a server was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By its user (XEP-0077).
    InBand,
    /// By an admin (XEP-0133).
    Admin,
}

/// What went wrong with an account.
#[derive(Debug, Error)]
pub enum AccountErrorKind {
    /// The user's connection did not come about.
    #[error("{0}")]
    Connect(#[source] Box<ConnectError>),
    /// The admin's connection did not come about.
    #[error("the admin got no session: {0}")]
    Admin(#[source] Box<ConnectError>),
    /// The server said no.
    #[error("the server refused: {refusal}")]
    Refused {
        /// How it was asked.
        way: Way,
        /// What it said.
        refusal: Refusal,
    },
    /// There was no answer.
    #[error("{0}")]
    Iq(#[source] IqError),
    /// An admin's command came to its end without success (XEP-0050 §3.4); these are the server's words.
    #[error("the server did not do it, and says: {0}")]
    NotDone(String),
    /// The server asks a question that this program cannot answer, a CAPTCHA for instance (XEP-0158).
    #[error("the server wants to know what only a human can tell: {}", .0.join(", "))]
    UnknownFields(Vec<String>),
    /// The server lets users register somewhere else only.
    #[error("the server does not take a name and a password, but sends its users elsewhere: {0}")]
    Elsewhere(String),
    /// The server does not ask for a name.
    #[error("the server asks for no name and password{}", and_says(.0))]
    Nameless(String),
    /// What the server asks for is in a namespace where it means nothing.
    #[error(
        "the server asks for <{name} xmlns='{namespace}'/>, and in the namespace `{}` for nothing (XEP-0077 §3.1)",
        ns::REGISTER
    )]
    OtherNamespace {
        /// The name of the field.
        name: String,
        /// Its namespace.
        namespace: String,
    },
    /// The account was there before, and the server does not let its user in.
    #[error("it is there already, and does not let its user in: {0}")]
    Taken(#[source] Box<ConnectError>),
    /// The server broke the rules.
    #[error("the server did not keep to the protocol: {0}")]
    Protocol(String),
    /// The password cannot be written into a stanza.
    #[error("its password has characters that XML forbids")]
    Unwritable,
    /// Two scripts do not agree.
    #[error("it has got another password in this run before")]
    OtherPassword,
    /// The server could not be reached for another account.
    #[error("the server could not be reached any more")]
    Gone,
    /// The user's command cannot be started.
    #[error("`{program}` cannot be started: {}", in_words(source))]
    NotStarted {
        /// Its first word.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The user's command says that it did not work.
    #[error("`{program}` ended with {status}{}", and_says(.said))]
    Command {
        /// Its first word.
        program: String,
        /// An exit code or a signal, in words.
        status: String,
        /// The last lines it wrote, without the password.
        said: String,
    },
    /// The user's command did not end.
    #[error("`{program}` did not end within {} s", .patience.as_secs())]
    CommandTimeout {
        /// Its first word.
        program: String,
        /// How long we waited.
        patience: Duration,
    },
}

fn and_says(lines: &str) -> String {
    match lines.is_empty() {
        true => String::new(),
        false => format!(", and says: {lines}"),
    }
}

impl AccountErrorKind {
    /// What a request came to.
    pub(super) fn of_request(error: IqError, way: Way) -> Self {
        match error {
            IqError::Refused(refusal) => Self::Refused { way, refusal },
            // Before the login there are servers that end the stream rather than to refuse a request.
            IqError::Closed(Closed::StreamError { condition, text }) => Self::Refused {
                way,
                refusal: Refusal { condition, text },
            },
            error => Self::Iq(error),
        }
    }

    /// Whether no server was there.
    pub(super) fn is_unreachable(&self) -> bool {
        match self {
            Self::Connect(error) | Self::Admin(error) => error.step == LoginStep::Dial,
            _ => false,
        }
    }

    /// Whether it says the same of all accounts at this domain, and not of this one alone.
    pub fn is_of_all(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_of_server() || error.is_of_domain(),
            Self::Refused { refusal, .. } => {
                !matches!(refusal.condition.as_str(), "conflict" | "not-acceptable")
            }
            Self::Admin(_)
            | Self::UnknownFields(_)
            | Self::Elsewhere(_)
            | Self::Nameless(_)
            | Self::OtherNamespace { .. }
            | Self::NotStarted { .. }
            | Self::CommandTimeout { .. } => true,
            Self::Iq(_)
            | Self::NotDone(_)
            | Self::Taken(_)
            | Self::Protocol(_)
            | Self::Unwritable
            | Self::OtherPassword
            | Self::Gone
            | Self::Command { .. } => false,
        }
    }

    fn advice(&self, doing: Doing) -> Option<String> {
        let advice = match self {
            Self::Connect(error) if doing == Doing::Remove && is_refused(error) => {
                "has the script removed it, or changed its password?"
            }
            Self::Connect(error) => return error.advice(),
            Self::Admin(error) if is_refused(error) => {
                "check --admin, and the password in --admin-password-file or SCANSION_ADMIN_PASSWORD"
            }
            Self::Admin(error) => return error.advice(),
            Self::Refused { way, refusal } => refusal_advice(*way, &refusal.condition)?,
            Self::UnknownFields(_) | Self::Elsewhere(_) | Self::Nameless(_) => {
                "let the server register users by name and password alone, or try `--accounts admin`"
            }
            Self::OtherNamespace { .. } => {
                "the server's form is wrong; make the accounts otherwise, by `--accounts admin` or `command`"
            }
            Self::Taken(_) => {
                "is it of an earlier run, or somebody's? remove it from the server, give its password by `--password`, \
                 or the run accounts of its own by `--unique`"
            }
            Self::OtherPassword => "give the actors that have it the same `password:`",
            Self::NotStarted { .. } => "check --accounts-command and --accounts-remove-command",
            Self::Command { .. } => match doing {
                Doing::Make => "if the account may be there already, let the command succeed then",
                Doing::Remove => "if the account may be gone already, let the command succeed then",
            },
            Self::Iq(IqError::Timeout(_)) => "is the server overloaded? try a longer --timeout",
            Self::NotDone(_) if doing == Doing::Make => {
                "if the account is there already, its password is not the script's; `--unique` gives the run accounts of \
                 its own"
            }
            Self::Iq(_)
            | Self::NotDone(_)
            | Self::Protocol(_)
            | Self::Unwritable
            | Self::Gone
            | Self::CommandTimeout { .. } => return None,
        };
        Some(advice.to_owned())
    }
}

/// Whether the server does not let a user in.
pub(super) fn is_refused(error: &ConnectError) -> bool {
    matches!(error.kind, ConnectErrorKind::LoginRefused { .. })
}

/// What helps against an error condition (RFC 6120 §8.3.3), by what Prosody and ejabberd mean by it.
fn refusal_advice(way: Way, condition: &str) -> Option<&'static str> {
    Some(match (way, condition) {
        (Way::InBand, "resource-constraint" | "policy-violation") => {
            "does the server limit how fast one registers? let it not do so for this machine (ejabberd: \
             `registration_timeout: infinity`; Prosody: `registration_allowlist`), or try `--accounts admin`"
        }
        (Way::InBand, "not-acceptable") => "does the server accept such names and passwords?",
        (
            Way::InBand,
            "service-unavailable"
            | "feature-not-implemented"
            | "not-allowed"
            | "forbidden"
            | "not-authorized",
        ) => {
            "turn registration on at the server (Prosody: `allow_registration = true`; ejabberd: mod_register, with \
             its options `access` and `ip_access`), or try `--accounts admin`"
        }
        (Way::Admin, "forbidden" | "not-allowed" | "not-authorized") => {
            "is --admin an admin of this domain? (Prosody: `admins`; ejabberd: `acl: admin` and the access rule \
             `configure`)"
        }
        (Way::Admin, "service-unavailable" | "feature-not-implemented" | "item-not-found") => {
            "does the server have the commands of XEP-0133? (Prosody: mod_admin_adhoc; ejabberd: mod_adhoc and \
             mod_configure); is --admin an admin there?"
        }
        (Way::Admin, "remote-server-not-found" | "remote-server-timeout") => {
            "does the server of --admin serve this domain, too?"
        }
        _ => return None,
    })
}

impl AccountError {
    /// What the user could try, as a lower-case fragment.
    pub fn advice(&self) -> Option<String> {
        self.kind.advice(self.doing)
    }
}
