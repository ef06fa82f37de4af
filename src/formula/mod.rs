//! Values that are computed of others: encoded, hashed, or told by the clock.
//!
//! It knows the names of values, and neither where these come from nor how a script writes any of it.

mod function;
mod index;
mod offset;

use std::time::SystemTime;

pub use function::Function;
pub use index::Formulas;
pub use offset::{BadOffset, Offset};

/// How a value is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formula {
    /// The time, so far from now, as XEP-0082 writes it.
    Now(Offset),
    /// A function of what these parts are, one behind the other.
    Of(Function, Vec<Part>),
}

/// A part of what a function is computed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The value of a name.
    Name(String),
    /// What is computed in turn.
    Formula(Formula),
}

impl Formula {
    /// The value, where names have these values and it is `now`. None if one that it needs is missing.
    pub fn value<'v>(
        &self,
        value_of: &impl Fn(&str) -> Option<&'v str>,
        now: Option<SystemTime>,
    ) -> Option<String> {
        match self {
            Self::Now(offset) => Some(offset.from(now?)),
            Self::Of(function, parts) => {
                let argument = argument(*function, parts, value_of, now)?;
                Some(function.text(&argument))
            }
        }
    }

    /// The names that it needs the values of.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect_names(&mut names);
        names
    }

    fn collect_names<'f>(&'f self, names: &mut Vec<&'f str>) {
        for part in self.parts() {
            match part {
                Part::Bytes(_) => {}
                Part::Name(name) => names.push(name),
                Part::Formula(formula) => formula.collect_names(names),
            }
        }
    }

    /// Whether it needs to be told the time.
    fn tells_time(&self) -> bool {
        let is_of_time =
            |part: &Part| matches!(part, Part::Formula(formula) if formula.tells_time());
        matches!(self, Self::Now(_)) || self.parts().iter().any(is_of_time)
    }

    fn parts(&self) -> &[Part] {
        match self {
            Self::Now(_) => &[],
            Self::Of(_, parts) => parts,
        }
    }
}

/// What a function is computed of. A hash is a text of digits, but for an encoding, which takes its bytes.
fn argument<'v>(
    function: Function,
    parts: &[Part],
    value_of: &impl Fn(&str) -> Option<&'v str>,
    now: Option<SystemTime>,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            Part::Bytes(own) => bytes.extend_from_slice(own),
            Part::Name(name) => bytes.extend_from_slice(value_of(name)?.as_bytes()),
            Part::Formula(Formula::Of(inner, parts)) if function.takes_bytes() => {
                bytes.extend(inner.bytes(&argument(*inner, parts, value_of, now)?));
            }
            Part::Formula(formula) => bytes.extend(formula.value(value_of, now)?.into_bytes()),
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: Function, text: &str) -> Formula {
        Formula::Of(function, vec![Part::Bytes(text.as_bytes().to_vec())])
    }

    #[track_caller]
    fn value(formula: &Formula) -> String {
        let value_of = |name: &str| (name == "x").then_some("abc");
        formula.value(&value_of, None).unwrap()
    }

    /// With the values of RFC 4648 §10 and FIPS 180.
    #[test]
    fn texts_are_encoded_and_hashed() {
        assert_eq!(value(&of(Function::Base64, "foobar")), "Zm9vYmFy");
        assert_eq!(value(&of(Function::Base64, "fo")), "Zm8=");
        assert_eq!(
            value(&of(Function::Sha1, "abc")),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            value(&of(Function::Sha256, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn within_an_encoding_a_hash_is_bytes() {
        let hash = || Part::Formula(of(Function::Sha1, "abc"));
        let encoded = Formula::Of(Function::Base64, vec![hash()]);
        assert_eq!(value(&encoded), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
        let hashed = Formula::Of(Function::Sha1, vec![hash()]);
        let digits = of(Function::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(value(&hashed), value(&digits));
        let twice = Formula::Of(Function::Base64, vec![Part::Formula(encoded)]);
        assert_eq!(
            value(&twice),
            value(&of(Function::Base64, "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="))
        );
    }

    #[test]
    fn what_needs_a_value_that_is_missing_has_none() {
        let of_name = |name: &str| Formula::Of(Function::Sha1, vec![Part::Name(name.to_owned())]);
        assert_eq!(value(&of_name("x")), value(&of(Function::Sha1, "abc")));
        let value_of = |_: &str| None::<&'static str>;
        assert_eq!(of_name("x").value(&value_of, None), None);
        assert_eq!(Formula::Now(Offset::NONE).value(&value_of, None), None);
    }
}
