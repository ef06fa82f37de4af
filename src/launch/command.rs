//! A server that the user knows how to start.

use super::error::LaunchError;
use super::launcher::{Recipe, Site};
use crate::guard::{Ending, Input};

/// The shell starts it.
pub(super) fn recipe(site: &Site<'_>, line: &str) -> Result<Recipe, LaunchError> {
    let mut blanks = site.blanks();
    if site.blueprint.config.is_some() {
        let config = site.write_config(("", ""), &blanks)?;
        blanks.set("config", config);
    }
    Ok(Recipe {
        words: vec!["sh".to_owned(), "-c".to_owned(), blanks.fill(line)],
        environment: Vec::new(),
        input: Input::Empty,
        ending: Ending::InPeace,
        log: site.path("server.out"),
    })
}

/// The program that a command begins with, which says most of what is started.
pub(super) fn program(line: &str) -> Option<String> {
    let words = shlex::split(line)?.into_iter();
    let mut words = words.filter(|word| word != "exec" && !word.contains('='));
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_the_first_word_that_names_one() {
        for (line, expected) in [
            ("exec './my server' --port {port}", Some("./my server")),
            ("HOME={dir} exec server", Some("server")),
            ("'", None),
            ("", None),
        ] {
            assert_eq!(program(line).as_deref(), expected, "{line}");
        }
    }
}
