//! What a server is known to speak where no stream of ours came about, by what it says first.
//!
//! Only what cannot be mistaken is known here; nothing is sent.

use std::fmt;

use crate::ns;

/// How many bytes of what a server says are looked at.
pub(super) const LOOKED_AT: usize = 128;
/// How many characters of it are shown.
const SHOWN: usize = 60;

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// XMPP, for whom it is not known, without TLS.
    Xmpp,
    /// XMPP for clients.
    ForClients,
    /// XMPP for components (XEP-0114).
    ForComponents,
    /// XMPP for other servers.
    ForServers,
    /// TLS, and something in it.
    Tls,
    /// HTTP.
    Http,
    /// SSH.
    Ssh,
    /// SMTP.
    Smtp,
    /// FTP.
    Ftp,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
}

impl Protocol {
    /// The protocol that the first bytes of a server belong to.
    fn of(bytes: &[u8]) -> Option<Self> {
        // A record of TLS: its type and the first half of its version (RFC 8446 §5.1).
        if matches!(bytes, [0x14..=0x17, 3, ..]) {
            return Some(Self::Tls);
        }
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        let text = text.trim_start();
        let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
        Some(match text {
            _ if begins(&["<?xml", "<stream:"]) => Self::Xmpp,
            _ if begins(&["http/", "<!doctype html", "<html"]) => Self::Http,
            _ if begins(&["ssh-"]) => Self::Ssh,
            _ if begins(&["* ok", "* preauth"]) => Self::Imap,
            _ if begins(&["+ok"]) => Self::Pop3,
            _ if begins(&["220 ", "220-"]) && text.contains("ftp") => Self::Ftp,
            _ if begins(&["220 ", "220-"]) => Self::Smtp,
            _ => return None,
        })
    }

    /// What a stream of this namespace is for.
    pub(super) fn of_namespace(namespace: &str) -> Option<Self> {
        Some(match namespace {
            ns::CLIENT => Self::ForClients,
            ns::COMPONENT => Self::ForComponents,
            ns::SERVER => Self::ForServers,
            _ => return None,
        })
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xmpp => "XMPP",
            Self::ForClients => "XMPP for clients",
            Self::ForComponents => "XMPP for components",
            Self::ForServers => "XMPP for other servers",
            Self::Tls => "TLS",
            Self::Http => "HTTP",
            Self::Ssh => "SSH",
            Self::Smtp => "SMTP",
            Self::Ftp => "FTP",
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
        })
    }
}

/// What a server speaks, and by which words that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The protocol.
    pub protocol: Protocol,
    /// The first line, as far as it tells something; else it is empty.
    words: String,
}

impl Greeting {
    /// What the first bytes of a server tell, if they do.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let bytes = &bytes[..bytes.len().min(LOOKED_AT)];
        let protocol = Protocol::of(bytes)?;
        let text = String::from_utf8_lossy(bytes);
        let line = text.trim_start().lines().next().unwrap_or_default();
        let words = match protocol {
            Protocol::Tls | Protocol::Xmpp => String::new(),
            _ => line.escape_debug().take(SHOWN).collect(),
        };
        Some(Self { protocol, words })
    }
}

impl From<Protocol> for Greeting {
    fn from(protocol: Protocol) -> Self {
        let words = String::new();
        Self { protocol, words }
    }
}

impl fmt::Display for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words.as_str() {
            "" => write!(f, "{}", self.protocol),
            words => write!(f, "{} (`{words}`)", self.protocol),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_known_by_their_first_words() {
        for (bytes, told) in [
            (
                &b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n"[..],
                "HTTP (`HTTP/1.1 400 Bad Request`)",
            ),
            (b"<!DOCTYPE HTML PUBLIC>", "HTTP (`<!DOCTYPE HTML PUBLIC>`)"),
            (b"\r\n<html><head>", "HTTP (`<html><head>`)"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH (`SSH-2.0-OpenSSH_9.2`)"),
            (
                b"220 mail.example.org ESMTP\r\n",
                "SMTP (`220 mail.example.org ESMTP`)",
            ),
            (
                b"220 ProFTPD Server ready\r\n",
                "FTP (`220 ProFTPD Server ready`)",
            ),
            (b"* OK IMAP4rev1\r\n", "IMAP (`* OK IMAP4rev1`)"),
            (b"+OK\r\n", "POP3 (`+OK`)"),
            (b"\x15\x03\x03\x00\x02\x02\x32", "TLS"),
            (b"<?xml version='1.0'?><stream:stream>", "XMPP"),
            (b" <stream:stream>", "XMPP"),
        ] {
            assert_eq!(Greeting::of(bytes).unwrap().to_string(), told);
        }
    }

    #[test]
    fn what_could_be_anything_is_not_known() {
        for bytes in [
            &b""[..],
            b"\0\0\0\0",
            b"\xff\xfe<",
            b"hello",
            b"<presence/>",
            b"<?php 1",
            b"220",
            b"\x16\x02",
        ] {
            assert_eq!(Greeting::of(bytes), None);
        }
    }

    #[test]
    fn words_are_harmless_and_short() {
        let long = format!("SSH-2.0-\u{1b}[31m{}", "x".repeat(1000));
        let told = Greeting::of(long.as_bytes()).unwrap().to_string();
        assert!(told.starts_with("SSH (`SSH-2.0-\\u{1b}[31mx"), "{told}");
        assert!(told.len() < 100, "{told}");
    }
}
