//! Single settings of a server's configuration, changed without a copy of it.

use serde_norway::{Mapping, Value};
use thiserror::Error;

use super::recipe::{Config, Recipe, Settings};
use crate::blanks::Blanks;

/// A setting that the user wants to be another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value, as the configuration would have it.
    pub value: String,
}

/// Why a setting cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// The recipe does not know it.
    #[error(
        "{what} has no setting `{name}` that can be changed by itself; {known}; `--launch-config` takes a whole \
         configuration"
    )]
    Unknown {
        /// Which server.
        what: String,
        /// The setting.
        name: String,
        /// Which there are, in words.
        known: String,
    },
    /// There is no place for it.
    #[error(
        "`{name}` cannot be set: the configuration has no {{settings}}, where lines of settings would stand"
    )]
    NoPlace {
        /// The setting.
        name: String,
    },
    /// The configuration or the value is no YAML.
    #[error("`{name}` cannot be set: {reason}")]
    Yaml {
        /// The setting.
        name: String,
        /// Why.
        reason: String,
    },
}

/// The blank for lines of settings.
const SETTINGS: &str = "settings";

/// The blanks for settings: those that the recipe has, and the lines of all others.
pub(super) fn blanks(recipe: &Recipe, given: &[Setting]) -> Result<Blanks, SettingError> {
    let mut blanks = Blanks::default();
    for (name, value) in &recipe.settings {
        blanks.set(name.as_str(), value.as_str());
    }
    let (own, others): (Vec<_>, Vec<_>) = given
        .iter()
        .partition(|setting| recipe.settings.contains_key(&setting.name));
    for Setting { name, value } in own {
        blanks.set(name.as_str(), value.as_str());
    }
    let mut lines = String::new();
    for setting in others {
        match &recipe.config {
            Some(config) if config.settings == Settings::Lines => {
                lines.push_str(&line(config, setting));
            }
            Some(config) if config.settings == Settings::Yaml => {}
            _ => return Err(unknown(recipe, &setting.name)),
        }
    }
    blanks.set(SETTINGS, lines);
    Ok(blanks)
}

fn line(config: &Config, Setting { name, value }: &Setting) -> String {
    let mut blanks = Blanks::default();
    blanks.set("name", name.as_str());
    blanks.set("value", value.as_str());
    blanks.fill(&config.line) + "\n"
}

fn unknown(recipe: &Recipe, name: &str) -> SettingError {
    let known: Vec<&str> = recipe.settings.keys().map(String::as_str).collect();
    SettingError::Unknown {
        what: recipe.name.clone(),
        name: name.to_owned(),
        known: match known[..] {
            [] => "there is none".to_owned(),
            _ => format!("there are {}", known.join(", ")),
        },
    }
}

/// The settings that a recipe does not have a blank for.
fn without_blank<'a>(
    recipe: &'a Recipe,
    given: &'a [Setting],
) -> impl Iterator<Item = &'a Setting> {
    let given = given.iter();
    given.filter(|setting| !recipe.settings.contains_key(&setting.name))
}

/// Sees that a configuration with lines of settings has a place for them.
pub(super) fn has_place(
    recipe: &Recipe,
    template: &str,
    given: &[Setting],
) -> Result<(), SettingError> {
    let is_lines = |config: &Config| config.settings == Settings::Lines;
    let mut others = without_blank(recipe, given);
    match (recipe.config.as_ref().is_some_and(is_lines), others.next()) {
        (true, Some(Setting { name, .. })) if !template.contains(&format!("{{{SETTINGS}}}")) => {
            Err(SettingError::NoPlace { name: name.clone() })
        }
        _ => Ok(()),
    }
}

/// A configuration that has been filled in, with the settings that have a place in its YAML.
pub(super) fn applied(
    recipe: &Recipe,
    filled: String,
    given: &[Setting],
) -> Result<String, SettingError> {
    let is_yaml = |config: &Config| config.settings == Settings::Yaml;
    let others: Vec<&Setting> = without_blank(recipe, given).collect();
    if others.is_empty() || !recipe.config.as_ref().is_some_and(is_yaml) {
        return Ok(filled);
    }
    let mut text = filled;
    for setting in others {
        let set = set(&text, setting);
        text = set.map_err(|reason| SettingError::Yaml {
            name: setting.name.clone(),
            reason,
        })?;
    }
    Ok(text)
}

fn set(text: &str, Setting { name, value }: &Setting) -> Result<String, String> {
    let told = |error: serde_norway::Error| error.to_string();
    let mut root: Value = serde_norway::from_str(text)
        .map_err(|error| format!("the configuration is not YAML: {error}"))?;
    let value: Value = serde_norway::from_str(value).map_err(told)?;
    let mut place = &mut root;
    for key in name.split('.') {
        if place.is_null() {
            *place = Value::Mapping(Mapping::new());
        }
        let mapping = place
            .as_mapping_mut()
            .ok_or_else(|| format!("what stands before `{key}` has no keys"))?;
        place = mapping
            .entry(Value::String(key.to_owned()))
            .or_insert(Value::Null);
    }
    *place = value;
    serde_norway::to_string(&root).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, value: &str) -> Setting {
        Setting {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    fn recipe(settings: &str) -> Recipe {
        let text = format!(
            "name = \"x\"\n[[start]]\nwords = [\"x\"]\n[settings]\nown = \"1\"\n[config]\nfile = \"c\"\n\
             line = \"{{name}} = {{value}}\"\nsettings = \"{settings}\"\n"
        );
        Recipe::read(&text).unwrap()
    }

    #[test]
    fn a_setting_of_the_recipe_is_a_blank() {
        for kind in ["blanks", "lines", "yaml"] {
            let recipe = recipe(kind);
            let filled = |given: &[Setting]| {
                let blanks = blanks(&recipe, given).unwrap();
                blanks.fill("{own}{settings}")
            };
            assert_eq!(filled(&[]), "1");
            assert_eq!(filled(&[setting("own", "2")]), "2");
        }
    }

    #[test]
    fn others_are_lines_where_there_is_a_place_for_them() {
        let (recipe, given) = (recipe("lines"), [setting("a", "true"), setting("b", "2")]);
        let blanks = blanks(&recipe, &given).unwrap();
        assert_eq!(blanks.fill("{settings}"), "a = true\nb = 2\n");
        assert!(has_place(&recipe, "x{settings}", &given).is_ok());
        let error = has_place(&recipe, "x", &given).unwrap_err();
        assert_eq!(error, SettingError::NoPlace { name: "a".into() });
    }

    #[test]
    fn others_have_a_place_in_yaml() {
        let recipe = recipe("yaml");
        let set = |name, value| {
            let given = [setting(name, value)];
            applied(&recipe, "a: {b: 1, c: [x]}\nd: 2\n".to_owned(), &given)
        };
        assert_eq!(
            set("a.b", "{e: true}").unwrap(),
            "a:\n  b:\n    e: true\n  c:\n  - x\nd: 2\n"
        );
        assert_eq!(
            set("f.g", "never").unwrap(),
            "a:\n  b: 1\n  c:\n  - x\nd: 2\nf:\n  g: never\n"
        );
        let error = set("d.e", "1").unwrap_err().to_string();
        assert_eq!(
            error,
            "`d.e` cannot be set: what stands before `e` has no keys"
        );
        assert!(set("a", "[").is_err());
        let untouched = applied(&recipe, "a: 1 # x\n".to_owned(), &[]).unwrap();
        assert_eq!(untouched, "a: 1 # x\n");
    }

    #[test]
    fn what_has_no_place_is_refused() {
        let error = blanks(&recipe("blanks"), &[setting("x", "1")]).unwrap_err();
        insta::assert_snapshot!(error, @"x has no setting `x` that can be changed by itself; there are own; `--launch-config` takes a whole configuration");
    }
}
