//! The values that variables have.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What was bound on the way: variables and their values, in the order of the pattern.
pub(crate) type Captures = Vec<(String, String)>;

/// Values by variable: captured ones by their names, and what `${…}` says of actors, such as
/// `Romeo's full JID`.
///
/// Each comparison gives the bindings that there are after it, which most often are those before it: a copy costs
/// nothing until it is changed, however many actors there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings(Arc<BTreeMap<String, String>>);

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
        Arc::make_mut(&mut self.0).insert(name.into(), value.into());
    }

    /// Takes the value of a variable away.
    pub fn unbind(&mut self, name: &str) {
        Arc::make_mut(&mut self.0).remove(name);
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

/// The bindings with what was captured.
pub(super) fn bound(mut bindings: Bindings, captures: Captures) -> Bindings {
    for (name, value) in captures {
        bindings.bind(name, value);
    }
    bindings
}
