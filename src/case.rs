//! What a script is called wherever it is told of: on the screen, in reports, baselines, transcripts and commands.
//!
//! A script with a table is several cases, one for each row, and each is called by the script's path and the row:
//! `spec/headline.scs [3 0 -1]`. Every other script is one case, called by its path. Files, and what is in a script,
//! are not known here.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::paths::normal;

/// What the files of scripts end in.
const ENDING: &str = ".scs";

/// The name of a case. As text it can be read again, and gives the same text, whatever it is.
///
/// Only the text of a script whose path ends in `.scs` can have a row. A file that is itself called `a.scs [1]` is no
/// row as long as its path is known to be one, and is written the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CaseId {
    path: String,
    row: Option<Cells>,
}

/// The cells of a row of a script's table; those that are empty are without a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Cells(Vec<Option<String>>);

impl CaseId {
    /// The only case of a script, by the path of its file.
    pub fn of_script(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            row: None,
        }
    }

    /// The case of a row of the script's table, by its cells, of which the empty ones have no value.
    pub fn with_row(&self, cells: Vec<Option<String>>) -> Self {
        Self {
            path: self.path.clone(),
            row: Some(Cells(cells)),
        }
    }

    /// The path of the script.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The script of a row; none for what is no row.
    pub fn script(&self) -> Option<Self> {
        self.row.is_some().then(|| Self::of_script(&self.path))
    }

    /// The row as it is written, if it is one.
    pub fn row(&self) -> Option<String> {
        self.row.as_ref().map(Cells::to_string)
    }

    /// The same row of the script in another place.
    pub fn at(&self, path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            row: self.row.clone(),
        }
    }

    /// The path and the cells, to be changed one by one: a path that looks like a row stays a path.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let cells = self.row.iter_mut().flat_map(|row| row.0.iter_mut());
        std::iter::once(&mut self.path).chain(cells.flatten())
    }

    /// The same case, with other texts in the cells of its row.
    pub(crate) fn map_cells(mut self, change: impl Fn(&str) -> String) -> Self {
        let cells = self.row.iter_mut().flat_map(|row| row.0.iter_mut());
        cells.flatten().for_each(|cell| *cell = change(cell));
        self
    }

    /// The same row with a number behind the text of its first cell that is another one than in the other case.
    pub(crate) fn numbered(mut self, other: &Self, number: usize) -> Self {
        let others = other.row.iter().flat_map(|row| row.0.iter());
        let cells = self.row.iter_mut().flat_map(|row| row.0.iter_mut());
        let mut pairs = cells.zip(others);
        if let Some((Some(cell), _)) = pairs.find(|(own, other)| own != other) {
            cell.push_str(&format!(" {number}"));
        }
        self
    }

    /// The form by which cases are compared: it does not matter how the path is written, nor whether a row is known as
    /// one.
    pub fn normal(&self) -> Self {
        let path = normal(Path::new(&self.path));
        self.at(path).to_string().into()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.row.iter().try_for_each(|row| write!(f, " {row}"))
    }
}

impl From<&str> for CaseId {
    fn from(text: &str) -> Self {
        let mut brackets = text.match_indices(" [");
        let case = brackets.find_map(|(at, _)| {
            let path = &text[..at];
            let row = path
                .ends_with(ENDING)
                .then(|| Cells::read(&text[at + 1..]))?;
            Some(Self {
                path: path.to_owned(),
                row: Some(row?),
            })
        });
        case.unwrap_or_else(|| Self::of_script(text))
    }
}

impl From<String> for CaseId {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<CaseId> for String {
    fn from(case: CaseId) -> Self {
        case.to_string()
    }
}

impl Cells {
    /// Reads `[3 _ "a b"]`. What would be written in another way is no row.
    fn read(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('[')?.strip_suffix(']')?;
        let mut cells = Vec::new();
        loop {
            let (cell, after) = read_cell(rest)?;
            cells.push(cell);
            match after.strip_prefix(' ') {
                Some(next) => rest = next,
                None if after.is_empty() => break,
                None => return None,
            }
        }
        let row = Self(cells);
        (row.to_string() == text).then_some(row)
    }
}

/// The cell that a text begins with, and what follows it.
fn read_cell(text: &str) -> Option<(Option<String>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, after) = text.split_at(text.find(' ').unwrap_or(text.len()));
        return Some(((word != "_").then(|| word.to_owned()), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((Some(value), &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

impl fmt::Display for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<String> = self.0.iter().map(|cell| written(cell.as_deref())).collect();
        write!(f, "[{}]", cells.join(" "))
    }
}

/// A cell: `_` if it is empty, and in quotes what could be taken for something else.
fn written(cell: Option<&str>) -> String {
    let Some(value) = cell else {
        return "_".to_owned();
    };
    let parts = |c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '[' | ']');
    match value.is_empty() || value == "_" || value.contains(parts) {
        true => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        false => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn case(path: &str, cells: &[Option<&str>]) -> CaseId {
        let cells = cells.iter().map(|cell| cell.map(str::to_owned));
        CaseId {
            path: path.to_owned(),
            row: Some(Cells(cells.collect())),
        }
    }

    #[test]
    fn a_row_is_written_behind_the_path() {
        for (cells, text) in [
            (
                [Some("3"), Some("0"), Some("-1")].as_slice(),
                "a.scs [3 0 -1]",
            ),
            (&[Some("3"), None, None], "a.scs [3 _ _]"),
            (
                &[Some("a b"), Some("_"), Some("")],
                "a.scs [\"a b\" \"_\" \"\"]",
            ),
            (&[Some("\"\\")], "a.scs [\"\\\"\\\\\"]"),
            (
                &[Some("not_allowed"), Some("]")],
                "a.scs [not_allowed \"]\"]",
            ),
        ] {
            let case = case("a.scs", cells);
            assert_eq!(case.to_string(), text);
            assert_eq!(CaseId::from(text), case);
            assert_eq!(case.path(), "a.scs");
        }
    }

    #[test]
    fn other_texts_are_paths() {
        for text in [
            "spec/a.scs",
            "a.scs []",
            "a.scs [1  2]",
            "a.scs [ 1]",
            "a.scs [1]b",
            "a.scs [\"1\"]",
            "a.scs [\"1]",
            "a.scs[1]",
            "a [1]",
            "a.scs [1]/b.scs [2",
            "",
        ] {
            assert_eq!(CaseId::from(text), CaseId::of_script(text));
        }
        assert_eq!(
            CaseId::from("a.scs [1]/b.scs [2]").path(),
            "a.scs [1]/b.scs"
        );
    }

    #[test]
    fn cases_are_compared_however_their_paths_are_written() {
        let written = case("./spec//a.scs", &[Some("1")]);
        assert_eq!(written.normal(), case("spec/a.scs", &[Some("1")]));
        assert_eq!(written.at("b.scs"), case("b.scs", &[Some("1")]));
        let file = CaseId::of_script("spec/a.scs [1]");
        assert_eq!(file.normal(), written.normal());
    }

    #[test]
    fn a_path_that_looks_like_a_row_stays_a_path() {
        let mut file = CaseId::of_script("a.scs [1]");
        file.texts_mut().for_each(|text| text.push('!'));
        assert_eq!(file.path(), "a.scs [1]!");
        let mut row = case("a.scs", &[Some("1"), None]);
        row.texts_mut().for_each(|text| text.push('!'));
        assert_eq!(row, case("a.scs!", &[Some("1!"), None]));
    }

    #[test]
    fn a_script_comes_before_its_rows() {
        let mut cases = ["b.scs", "a.scs [2]", "a.scs [1 _]", "a.scs"].map(CaseId::from);
        cases.sort();
        let texts = cases.map(String::from);
        assert_eq!(texts, ["a.scs", "a.scs [1 _]", "a.scs [2]", "b.scs"]);
    }

    proptest! {
        #[test]
        fn any_text_stays_what_it_is(text in r#"(a|\.scs| |\[|\]|"|\\|_|\PC)*"#) {
            prop_assert_eq!(CaseId::from(text.as_str()).to_string(), text);
        }

        #[test]
        fn any_row_is_read_again(cells in prop::collection::vec(any::<Option<String>>(), 1..4)) {
            let cells: Vec<Option<&str>> = cells.iter().map(Option::as_deref).collect();
            let case = case("spec/a.scs", &cells);
            prop_assert_eq!(CaseId::from(case.to_string()), case);
        }
    }
}
