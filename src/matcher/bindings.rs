//! The values that variables have.

use std::collections::BTreeMap;

/// Values by variable: captured ones by their names, and what `${…}` says of actors, such as
/// `Romeo's full JID`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings(BTreeMap<String, String>);

impl Bindings {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Gives a variable a value, in place of the one it may have.
    pub fn bind(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// The same values and one more.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        more.bind(name, value);
        more
    }

    /// The names in use, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
