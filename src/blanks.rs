//! Filling in texts: `{port}`, `{dir}` and their like, written as the text around them wants it: `{password:lua}`.
//!
//! Knows nothing of what the names stand for.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// What may be filled in, by name. The last value that a name was given counts.
#[derive(Debug, Clone, Default)]
pub struct Blanks(Vec<(String, String)>);

/// How a value is written, so that nothing in it ends the text that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// As it is.
    Plain,
    /// A string literal of Lua, with its quotes (Lua 5.4 reference manual §3.1).
    Lua,
    /// A string of JSON, with its quotes (RFC 8259 §7), which is a scalar of YAML, too (YAML 1.2 §7.3.1).
    Json,
    /// A text or an attribute value of XML.
    Xml,
    /// A string literal of SQL, with its quotes.
    Sql,
    /// One word of a shell.
    Shell,
    /// Base64 (RFC 4648 §4).
    Base64,
    /// All bytes but ASCII letters and digits as `%xx`.
    Percent,
}

impl Escape {
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "lua" => Self::Lua,
            "json" => Self::Json,
            "xml" => Self::Xml,
            "sql" => Self::Sql,
            "shell" => Self::Shell,
            "base64" => Self::Base64,
            "percent" => Self::Percent,
            _ => return None,
        })
    }

    fn write(self, value: &str) -> String {
        match self {
            Self::Plain => value.to_owned(),
            Self::Lua => lua(value),
            Self::Json => serde_json::Value::from(value).to_string(),
            Self::Xml => xml(value),
            Self::Sql => format!("'{}'", value.replace('\'', "''")),
            // What a shell cannot be given at all is a NUL, and no file that we read a value from can have one.
            Self::Shell => shlex::try_quote(value).map(Into::into).unwrap_or_default(),
            Self::Base64 => BASE64_STANDARD.encode(value),
            Self::Percent => percent(value),
        }
    }
}

impl Blanks {
    /// Sets what stands for `{name}`.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// These, with what stands for another name.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut blanks = self.clone();
        blanks.set(name, value);
        blanks
    }

    /// These, and others after them.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let mut blanks = self.clone();
        blanks.0.extend(others.0.iter().cloned());
        blanks
    }

    /// What stands for a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().rev();
        let (_, value) = all.find(|(blank, _)| blank == name)?;
        Some(value)
    }

    /// The names with their values, in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter();
        all.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The text with everything filled in, in one go: what is filled in is not looked at again. Other braces stay:
    /// configurations have some of their own.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            match self.at_start_of(rest) {
                Some((value, length)) => {
                    filled.push_str(&value);
                    rest = &rest[length..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled + rest
    }

    /// What stands for the blank at the start of a text, and the length of the blank in bytes.
    fn at_start_of(&self, text: &str) -> Option<(String, usize)> {
        let (inner, _) = text.strip_prefix('{')?.split_once('}')?;
        let (name, escape) = match inner.split_once(':') {
            Some((name, word)) => (name, Escape::of_word(word)?),
            None => (inner, Escape::Plain),
        };
        Some((escape.write(self.get(name)?), inner.len() + 2))
    }
}

fn lua(text: &str) -> String {
    let mut literal = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => literal.extend(['\\', char]),
            control if control.is_ascii_control() => {
                let _ = write!(literal, "\\{:03}", u32::from(control));
            }
            other => literal.push(other),
        }
    }
    literal + "\""
}

fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(escaped, "&#{};", u32::from(char));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02x}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blanks(values: &[(&str, &str)]) -> Blanks {
        let mut blanks = Blanks::default();
        for (name, value) in values {
            blanks.set(*name, *value);
        }
        blanks
    }

    #[test]
    fn only_what_is_known_is_filled_in_and_only_once() {
        let blanks = blanks(&[("port", "5222"), ("dir", "/tmp/{port}")]);
        assert_eq!(
            blanks.fill("a = {port}, { {port} }, {dir}, {other}, {port:other}, {"),
            "a = 5222, { 5222 }, /tmp/{port}, {other}, {port:other}, {"
        );
    }

    #[test]
    fn the_last_value_counts() {
        let blanks = blanks(&[("a", "1"), ("a", "2")]);
        assert_eq!(blanks.with("a", "3").fill("{a}"), "3");
        assert_eq!(blanks.fill("{a}"), "2");
    }

    #[test]
    fn nothing_escapes_from_where_it_stands() {
        let blanks = blanks(&[("x", "a\"b\\c\nd'e<\u{e9}")]);
        for (form, expected) in [
            ("lua", "\"a\\\"b\\\\c\\010d'e<\u{e9}\""),
            ("json", "\"a\\\"b\\\\c\\nd'e<\u{e9}\""),
            ("xml", "a&#34;b\\c\nd&#39;e&#60;\u{e9}"),
            ("sql", "'a\"b\\c\nd''e<\u{e9}'"),
            ("base64", "YSJiXGMKZCdlPMOp"),
            ("percent", "a%22b%5cc%0ad%27e%3c%c3%a9"),
        ] {
            assert_eq!(blanks.fill(&format!("{{x:{form}}}")), expected, "{form}");
        }
        let word = blanks.fill("{x:shell}");
        assert_eq!(shlex::split(&word).unwrap(), ["a\"b\\c\nd'e<\u{e9}"]);
    }
}
