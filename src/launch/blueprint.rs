//! Which server is to be started: its recipe, where it is installed, and what the user wants of it.

use std::path::PathBuf;
use std::time::Duration;

use super::installation::Place;
use super::recipe::Recipe;
use super::settings::Setting;

/// How long a server may take until it answers, where the user does not say it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which server to start, and how.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// What kind of server it is.
    pub recipe: Recipe,
    /// Where it is to be found.
    pub place: Place,
    /// A configuration to fill in, instead of the recipe's: its file name and its text.
    pub config: Option<(String, String)>,
    /// Settings that are to be others than in the configuration.
    pub settings: Vec<Setting>,
    /// Whether clients have to encrypt.
    pub encryption: Encryption,
    /// How long a server may take until it answers.
    pub patience: Duration,
    /// The `scansion` whose process guards a server: this program, if it is a `scansion` itself.
    pub guard: PathBuf,
}

impl Blueprint {
    /// A server that is installed, as its recipe has it, guarded by this `scansion`.
    pub fn new(recipe: Recipe, guard: impl Into<PathBuf>) -> Self {
        Self {
            recipe,
            place: Place::Installed,
            config: None,
            settings: Vec::new(),
            encryption: Encryption::Offered,
            patience: PATIENCE,
            guard: guard.into(),
        }
    }

    /// Whether nothing of its configuration is the user's.
    pub(super) fn is_as_recipe_has_it(&self) -> bool {
        self.config.is_none() && self.settings.is_empty()
    }
}

/// Whether a launched server lets clients in that do not encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// STARTTLS is offered.
    Offered,
    /// STARTTLS is required (RFC 6120 §5.3.1).
    Required,
}
