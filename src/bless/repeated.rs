//! What a server made up and put into several places of one stanza: there it is the same the next time as well, so it
//! gets a name.

use std::collections::BTreeMap;

use minidom::Element;

use super::made::{Holder, made_up};
use crate::matcher::text_of;
use crate::plan::Renames;

/// The names of such values.
#[derive(Debug, Default)]
pub(super) struct Repeated(BTreeMap<String, String>);

/// A value that was made up: what it could be called, and in how many places it stands.
struct Found {
    noun: String,
    count: usize,
}

impl Repeated {
    /// Names that a script does not have, for what stands in several places of a stanza; `text` is the script's.
    pub(super) fn of(came: &Element, renames: &Renames<'_>, text: &str) -> Self {
        let mut found = BTreeMap::new();
        collect(came, renames, &mut found);
        let mut named = BTreeMap::new();
        for (value, Found { noun, count }) in found {
            if count > 1 {
                let is_free = |name: &String| {
                    renames.words().get(name).is_none()
                        && !named.values().any(|other| other == name)
                        && !["$<", "${", "capture:"]
                            .iter()
                            .any(|before| text.contains(&format!("{before}{name}")))
                };
                let numbered = (2..).map(|number| format!("{noun}{number}"));
                let mut names = std::iter::once(noun.clone()).chain(numbered);
                named.extend(names.find(is_free).map(|name| (value, name)));
            }
        }
        Self(named)
    }

    /// What a value is called, if it stands in several places.
    pub(super) fn name(&self, value: &str) -> Option<&str> {
        self.0.get(value).map(String::as_str)
    }
}

fn collect(element: &Element, renames: &Renames<'_>, found: &mut BTreeMap<String, Found>) {
    for ((_, name), value) in element.attrs() {
        let name = name.as_str();
        add(Holder::Attribute(name), name, value, renames, found);
    }
    let text = text_of(element);
    add(Holder::Text, element.name(), text.trim(), renames, found);
    for child in element.children() {
        collect(child, renames, found);
    }
}

fn add(
    holder: Holder<'_>,
    name: &str,
    value: &str,
    renames: &Renames<'_>,
    found: &mut BTreeMap<String, Found>,
) {
    let written = renames.undone(value);
    for made in made_up(holder, &written) {
        let noun = made.noun.unwrap_or(name);
        let noun = noun.replace(|character: char| !character.is_ascii_alphanumeric(), "-");
        let part = written[made.place].to_owned();
        let found = found.entry(part).or_insert(Found { noun, count: 0 });
        found.count += 1;
    }
}
