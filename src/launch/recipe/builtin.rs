//! The recipes that come with us.

/// A recipe that comes with us.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// The recipe.
    pub text: &'static str,
}

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        &[$(Builtin { name: $name, text: include_str!(concat!("../recipes/", $name, ".toml")) }),*]
    };
}

/// All of them, sorted by name.
pub const BUILTIN: &[Builtin] = builtin![
    "ejabberd",
    "jabberd2",
    "metronome",
    "mongooseim",
    "openfire",
    "prosody",
    "prosody-suite",
    "pyjabber",
    "tigase",
];

/// Their names, in a sentence.
pub(super) fn names() -> String {
    let names = BUILTIN.iter().map(|builtin| format!("`{}`", builtin.name));
    names.collect::<Vec<_>>().join(", ")
}
