//! The values that variables have.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::formula::{Formula, Formulas};

/// What was bound on the way: variables and their values, in the order of the pattern.
pub(crate) type Captures = Vec<(String, String)>;

/// Values by variable: captured ones by their names, what `${…}` says of actors, such as `Romeo's full JID`, and what is
/// computed of these and of the time, which always follows them.
///
/// Each comparison gives the bindings that there are after it, which most often are those before it: a copy costs
/// nothing until it is changed, however many actors there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    values: Arc<BTreeMap<String, String>>,
    formulas: Formulas,
    now: Option<SystemTime>,
}

impl Bindings {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// No values but those that are computed of nothing else.
    pub fn computing(formulas: &Formulas) -> Self {
        let mut bindings = Self {
            formulas: formulas.clone(),
            ..Self::default()
        };
        bindings.compute(formulas.iter());
        bindings
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Gives a variable a value, in place of the one it may have.
    pub fn bind(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let values = Arc::make_mut(&mut self.values);
        if self.formulas.is_empty() {
            values.insert(name.into(), value.into());
            return;
        }
        let name = name.into();
        values.insert(name.clone(), value.into());
        let formulas = self.formulas.clone();
        self.compute(formulas.of_name(&name));
    }

    /// Takes the value of a variable away.
    pub fn unbind(&mut self, name: &str) {
        let formulas = self.formulas.clone();
        Arc::make_mut(&mut self.values).remove(name);
        self.compute(formulas.of_name(name));
    }

    /// Lets it be this time.
    pub fn set_time(&mut self, now: SystemTime) {
        let formulas = self.formulas.clone();
        self.now = Some(now);
        self.compute(formulas.of_time());
    }

    /// The time that it was set to.
    pub fn time(&self) -> Option<SystemTime> {
        self.now
    }

    /// The same values and one more.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        more.bind(name, value);
        more
    }

    /// The names in use, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Computes values anew.
    fn compute<'f>(&mut self, formulas: impl Iterator<Item = (&'f str, &'f Formula)>) {
        for (name, formula) in formulas {
            let value = formula.value(&|name| self.get(name), self.now);
            let values = Arc::make_mut(&mut self.values);
            match value {
                Some(value) => values.insert(name.to_owned(), value),
                None => values.remove(name),
            };
        }
    }
}

/// The bindings with what was captured.
pub(super) fn bound(mut bindings: Bindings, captures: Captures) -> Bindings {
    for (name, value) in captures {
        bindings.bind(name, value);
    }
    bindings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::{Function, Offset, Part};

    #[test]
    fn what_is_computed_follows_what_it_is_computed_of() {
        let name = |name: &str| Part::Name(name.to_owned());
        let dash = Part::Bytes(vec![b'-']);
        let both = Formula::Of(Function::Base64, vec![name("x"), dash, name("y")]);
        let late = Formula::Of(
            Function::Base64,
            vec![Part::Formula(Formula::Now(Offset::NONE))],
        );
        let constant = Formula::Of(Function::Base64, vec![Part::Bytes(vec![0])]);
        let formulas = [("both", both), ("late", late), ("constant", constant)];
        let formulas = formulas.map(|(name, formula)| (name.to_owned(), formula));
        let mut bindings = Bindings::computing(&Formulas::new(formulas));
        assert_eq!(bindings.get("constant"), Some("AA=="));
        bindings.bind("x", "1");
        assert_eq!(bindings.get("both"), None);
        bindings.bind("y", "2");
        assert_eq!(bindings.get("both"), Some("MS0y"));
        bindings.bind("x", "3");
        assert_eq!(bindings.get("both"), Some("My0y"));
        bindings.unbind("y");
        assert_eq!(bindings.get("both"), None);
        assert_eq!(bindings.get("late"), None);
        bindings.set_time(SystemTime::UNIX_EPOCH);
        let late = "MTk3MC0wMS0wMVQwMDowMDowMC4wMDBa";
        assert_eq!(bindings.get("late"), Some(late));
    }
}
