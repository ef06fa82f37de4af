//! A server that the user knows how to start.

use super::error::LaunchError;
use super::guard::{Ending, Program};
use super::launcher::{Recipe, Site};

/// The shell starts it. What is filled in is in its environment, too.
pub(super) fn recipe(site: &Site<'_>, line: &str) -> Result<Recipe, LaunchError> {
    let mut blanks = site.blanks();
    if site.blueprint.config.is_some() {
        let config = site.write_config(("", ""), &blanks)?;
        blanks.set("config", config);
    }
    Ok(Recipe {
        program: Program {
            words: vec!["sh".to_owned(), "-c".to_owned(), blanks.fill(line)],
            environment: Vec::new(),
        },
        ending: Ending::InPeace,
        log: site.path("server.out"),
    })
}
