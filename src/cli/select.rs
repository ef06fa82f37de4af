//! Which scripts are meant: finding, reading and choosing them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;
use walkdir::{DirEntry, WalkDir};

use super::file::{self, Unreadable};
use super::hidden;
use super::output::{hide, note};
use crate::case::CaseId;
use crate::claims::{self, Claims, Library};
use crate::paths::{normal, shown};
use crate::script::ast::{Script, Tag};
use crate::script::{self, Lenders, Reading, ScriptError};
use crate::secrets::Secrets;
use crate::source::SourceFile;
use crate::visible::harmless_line;

/// Which scripts.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    /// Scripts, or directories that are searched for *.scs
    #[arg(value_name = "FILE_OR_DIR", required_unless_present = "directories")]
    pub(super) paths: Vec<PathBuf>,
    /// The same as naming the directory; accepted for those used to the Lua tool
    #[arg(short = 'd', value_name = "DIR")]
    pub(super) directories: Vec<PathBuf>,
    /// Only scripts that have one of these tags: `slow`, or with how its value begins `xep: 0313`
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(super) only_tags: Vec<String>,
    /// No scripts that have one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(super) skip_tags: Vec<String>,
    /// Only scripts with this in their title, path or row, in upper or lower case
    #[arg(long, value_name = "SUBSTRING")]
    pub(super) filter: Vec<String>,
}

/// A play of a script that was read, and what is wrong with the script.
pub(super) struct Selected {
    /// The play; of a script that cannot be played, what is written.
    pub(super) script: Script,
    pub(super) problems: Vec<ScriptError>,
    /// What it claims, with the levels of its clauses; none if no index was asked.
    pub(super) claims: Option<Claims>,
    /// Whether another play of the script tells the problems.
    pub(super) is_told: bool,
    /// Which of the script's plays it is; none if the script cannot be played.
    pub(super) number: Option<usize>,
    /// What the plays of the script are called that it has and that are not played.
    unplayed: Vec<CaseId>,
    /// What it is called with its passwords, which is shown nowhere.
    written: CaseId,
}

impl SelectArgs {
    /// All tags by which scripts are chosen.
    fn tags(&self) -> Vec<String> {
        let tags = self.only_tags.iter().chain(&self.skip_tags);
        tags.cloned().collect()
    }
}

impl Selected {
    fn tags(&self) -> &[Tag] {
        &self.script.head.tags
    }

    /// Reads a script. Its passwords are hidden from now on, also those in rows that are not meant, and no case is called
    /// by one of them.
    pub(super) fn read(source: SourceFile, library: &Library) -> Vec<Self> {
        Self::read_of_many(source, library, &Lenders::default())
    }

    /// The same with one of many scripts, which may take their prologues from these.
    fn read_of_many(source: SourceFile, library: &Library, lenders: &Lenders) -> Vec<Self> {
        let mut reading = script::read_of_many(source, &load, lenders);
        let claims = claims::check(&mut reading, library);
        let secrets = hidden::of_plays(&reading.script, &reading.plays);
        hide(&secrets);
        let cases = reading.plays.iter().map(|play| play.case.clone());
        let written: Vec<CaseId> = cases.collect();
        let shown = shown_cases(&written, &secrets);
        for (play, case) in reading.plays.iter_mut().zip(shown) {
            play.case = case;
        }
        let mut plays = Self::of(reading);
        for ((play, written), claims) in plays.iter_mut().zip(written).zip(claims) {
            play.written = written;
            play.claims = Some(claims);
        }
        plays
    }

    /// Whether it is what this case is of: the row, whose passwords may be hidden or not, or all that there is.
    pub(super) fn answers_to(&self, case: &CaseId) -> bool {
        let row = self.script.case.row();
        row.is_none() || row == case.row() || self.written.row() == case.row()
    }

    /// The first play of a script.
    pub(super) fn first_of(reading: Reading) -> Self {
        let mut plays = Self::of(reading);
        plays.swap_remove(0)
    }

    /// A script of which nothing is said.
    pub(super) fn bare(script: Script) -> Self {
        Self {
            written: script.case.clone(),
            script,
            problems: Vec::new(),
            claims: None,
            is_told: false,
            number: None,
            unplayed: Vec::new(),
        }
    }

    /// The plays of a script; if it has errors, it is one.
    fn of(reading: Reading) -> Vec<Self> {
        let is_played = reading.is_sound() && !reading.plays.is_empty();
        let problems = reading.problems;
        let selected = |script: Script| Self {
            problems: problems.clone(),
            ..Self::bare(script)
        };
        if is_played {
            let plays = reading.plays.into_iter().enumerate();
            let plays = plays.map(|(number, play)| Self {
                number: Some(number),
                ..selected(play)
            });
            return plays.collect();
        }
        let cases = reading.plays.into_iter().map(|play| play.case);
        vec![Self {
            unplayed: cases.collect(),
            ..selected(reading.script)
        }]
    }
}

/// What the rows of a table are called without its passwords. Those that differ in nothing else are numbered, in the
/// order of the table.
fn shown_cases(written: &[CaseId], secrets: &Secrets) -> Vec<CaseId> {
    let mut taken = HashSet::new();
    let shown = written.iter().map(|case| {
        let hidden = case
            .clone()
            .map_cells(|cell| secrets.redact(cell).into_owned());
        let numbers = (2..=written.len()).map(|number| hidden.clone().numbered(case, number));
        let mut names = std::iter::once(hidden.clone()).chain(numbers);
        let free = names.find(|name| taken.insert(name.clone()));
        free.unwrap_or(hidden)
    });
    shown.collect()
}

/// Why scripts cannot be read.
#[derive(Debug, Error)]
pub(super) enum SelectError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{}: {source}", shown(path))]
    Directory {
        path: PathBuf,
        #[source]
        source: walkdir::Error,
    },
    #[error("{}:{line}: this is not UTF-8 text", shown(path))]
    NotText { path: PathBuf, line: usize },
    #[error("{}: the table has no such row", shown(Path::new(&.0.to_string())))]
    NoRow(CaseId),
    #[error("no script is selected: there is no *.scs file in what was given")]
    NothingFound,
    #[error("no script is selected: none of {0} has the wanted tags, title or path")]
    NothingLeft(usize),
}

/// The scripts that the arguments mean.
pub(super) struct Selection<T = Selected> {
    /// What is kept of those that could be read, in order, none twice.
    pub(super) scripts: Vec<T>,
    /// What is wrong with the others.
    pub(super) unreadable: Vec<SelectError>,
    /// All rows of the tables of scripts, be they meant or not.
    pub(super) rows: Vec<CaseId>,
    /// The tags that no script has, though some are to be chosen by them.
    idle: Vec<String>,
}

impl SelectError {
    /// The name of the script or folder that it is about, if it is about one.
    pub(super) fn case(&self) -> CaseId {
        match self {
            Self::Unreadable(error) => CaseId::of_script(error.path.display().to_string()),
            Self::Directory { path, .. } | Self::NotText { path, .. } => {
                CaseId::of_script(path.display().to_string())
            }
            Self::NoRow(case) => case.clone(),
            Self::NothingFound | Self::NothingLeft(_) => CaseId::of_script(""),
        }
    }
}

impl<T> Selection<T> {
    /// Tells by which tags no script was chosen, as they may be slips.
    pub(super) fn tell_of_idle_tags(&self) {
        for tag in &self.idle {
            note(&harmless_line(&format!("no script has the tag `{tag}`")));
        }
    }
}

impl Selection {
    /// One play of each script.
    pub(super) fn files(&self) -> impl Iterator<Item = &Selected> {
        self.scripts.iter().filter(|selected| !selected.is_told)
    }
}

/// Reads the scripts that the arguments mean, one after the other. What is to be kept of the plays of one is up to `keep`.
pub(super) fn select<T>(
    arguments: &SelectArgs,
    library: &Library,
    mut keep: impl FnMut(&Path, Vec<Selected>) -> Vec<T>,
) -> Result<Selection<T>, SelectError> {
    let roots = arguments.paths.iter().chain(&arguments.directories);
    let (found, mut unreadable) = find(roots);
    if found.is_empty() && unreadable.is_empty() {
        return Err(SelectError::NothingFound);
    }
    let (mut count, mut rows) = (0, Vec::new());
    // One script does not have all the tags by which others are chosen.
    let mut idle = match found.len() {
        1 => Vec::new(),
        _ => arguments.tags(),
    };
    let mut scripts = Vec::new();
    let lenders = Lenders::default();
    let read = |source| Selected::read_of_many(source, library, &lenders);
    for found in found {
        match read_source(&found.path).map(read) {
            Err(error) => unreadable.push(error),
            Ok(mut plays) => {
                unreadable.extend(found.missing(&plays));
                count += plays.len();
                idle.retain(|tag| !plays.iter().any(|play| has_tag(play.tags(), tag)));
                let cases = plays.iter().map(|play| &play.script.case);
                rows.extend(cases.filter(|case| case.row().is_some()).cloned());
                plays.retain(|play| found.means(play) && is_wanted(play, arguments));
                told_once(&mut plays);
                scripts.extend(keep(&found.path, plays));
            }
        }
    }
    if scripts.is_empty() && unreadable.is_empty() {
        return Err(SelectError::NothingLeft(count));
    }
    Ok(Selection {
        scripts,
        unreadable,
        rows,
        idle,
    })
}

/// Lets one of a script's plays tell what is wrong with it.
fn told_once(plays: &mut [Selected]) {
    for other in plays.iter_mut().skip(1) {
        other.is_told = true;
    }
}

/// A file of a script.
struct Found {
    path: PathBuf,
    /// The rows of its table that are meant, if it is not all of them.
    rows: Option<Vec<CaseId>>,
}

impl Found {
    /// What an argument names: a file, or a row of the script in a file.
    fn of(argument: &Path) -> Self {
        let case = CaseId::from(argument.display().to_string());
        match case.row().is_some() && !argument.exists() {
            true => Self {
                path: PathBuf::from(case.path()),
                rows: Some(vec![case]),
            },
            false => Self {
                path: argument.to_owned(),
                rows: None,
            },
        }
    }

    fn also(&mut self, other: Self) {
        self.rows = self.rows.take().zip(other.rows).map(|(mut rows, others)| {
            rows.extend(others);
            rows
        });
    }

    /// Whether a play is meant; a script that cannot be played, or has no rows, is always.
    fn means(&self, play: &Selected) -> bool {
        let rows = self.rows.as_ref();
        rows.is_none_or(|rows| rows.iter().any(|row| play.answers_to(row)))
    }

    /// The rows that are meant and not there.
    fn missing(&self, plays: &[Selected]) -> Vec<SelectError> {
        let is_there = |row: &&CaseId| plays.iter().any(|play| play.answers_to(row));
        let rows = self.rows.iter().flatten().filter(|row| !is_there(row));
        rows.cloned().map(SelectError::NoRow).collect()
    }
}

/// The paths of the files that files and folders mean, in order, none twice, and what cannot be looked into.
pub(super) fn paths<'p>(
    roots: impl Iterator<Item = &'p PathBuf>,
) -> (Vec<PathBuf>, Vec<SelectError>) {
    let (found, unreadable) = find(roots);
    let paths = found.into_iter().map(|found| found.path);
    (paths.collect(), unreadable)
}

/// The files that the arguments mean, in order, none twice, and what cannot be looked into.
fn find<'p>(roots: impl Iterator<Item = &'p PathBuf>) -> (Vec<Found>, Vec<SelectError>) {
    let mut found: Vec<Found> = Vec::new();
    let mut unreadable = Vec::new();
    let mut places: HashMap<PathBuf, usize> = HashMap::new();
    for file in roots.flat_map(|root| find_below(root)) {
        match file {
            Ok(file) => {
                // A file can be named in more than one way.
                let path = file
                    .path
                    .canonicalize()
                    .unwrap_or_else(|_| file.path.clone());
                match places.entry(path) {
                    Entry::Occupied(place) => found[*place.get()].also(file),
                    Entry::Vacant(place) => {
                        place.insert(found.len());
                        found.push(file);
                    }
                }
            }
            Err(error) => unreadable.push(error),
        }
    }
    (found, unreadable)
}

fn find_below(root: &Path) -> Vec<Result<Found, SelectError>> {
    if !root.is_dir() {
        return vec![Ok(Found::of(root))];
    }
    let walk = WalkDir::new(root).follow_links(true).sort_by_file_name();
    walk.into_iter()
        .filter_map(|entry| match entry {
            Ok(entry) => is_script(&entry).then(|| {
                let (path, rows) = (entry.into_path(), None);
                Ok(Found { path, rows })
            }),
            Err(source) => Some(Err(SelectError::Directory {
                path: root.to_owned(),
                source,
            })),
        })
        .collect()
}

fn is_script(entry: &DirEntry) -> bool {
    let ending = entry.path().extension();
    entry.file_type().is_file() && ending.is_some_and(|ending| ending == "scs")
}

/// The file that an argument names, perhaps by a row of its table.
pub(super) fn file_of(argument: &Path) -> PathBuf {
    Found::of(argument).path
}

fn load(path: &Path) -> Result<SourceFile, String> {
    read_source(&shortest(path)).map_err(|error| error.to_string())
}

/// The path without detours, unless it leads elsewhere then, by way of a link.
fn shortest(path: &Path) -> PathBuf {
    let short = PathBuf::from(normal(path));
    if short.as_os_str() == path.as_os_str() {
        return short;
    }
    match (short.canonicalize(), path.canonicalize()) {
        (Ok(short_file), Ok(file)) if short_file == file => short,
        _ => path.to_owned(),
    }
}

/// Reads the text of a script.
pub(super) fn read_source(path: &Path) -> Result<SourceFile, SelectError> {
    source_of(path, file::read(path)?)
}

/// Reads a text that this program has written.
pub(super) fn read_back(path: &Path) -> Result<SourceFile, SelectError> {
    source_of(path, file::read_back(path)?)
}

/// The text that these bytes of a file are.
pub(super) fn source_of(path: &Path, bytes: Vec<u8>) -> Result<SourceFile, SelectError> {
    let text = String::from_utf8(bytes).map_err(|error| SelectError::NotText {
        path: path.to_owned(),
        line: line_of(error.as_bytes(), error.utf8_error().valid_up_to()),
    })?;
    Ok(SourceFile::new(path.display().to_string(), &text))
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count()
}

fn is_wanted(play: &Selected, arguments: &SelectArgs) -> bool {
    let (script, tags) = (&play.script, &play.script.head.tags);
    let has_one = |wanted: &[String]| wanted.iter().any(|wanted| has_tag(tags, wanted));
    // A script that is not played is wanted if one of its plays would be.
    let cases = play.unplayed.iter().chain([&script.case]);
    let cases: Vec<String> = cases.map(|case| case.to_string().to_lowercase()).collect();
    let has_text = |wanted: &String| {
        let wanted = wanted.to_lowercase();
        let is_titled = script.title().to_lowercase().contains(&wanted);
        is_titled || cases.iter().any(|case| case.contains(&wanted))
    };
    (arguments.only_tags.is_empty() || has_one(&arguments.only_tags))
        && !has_one(&arguments.skip_tags)
        && (arguments.filter.is_empty() || arguments.filter.iter().any(has_text))
}

/// Whether a script has a tag; one without value means the tag with any value, and one with a value all that begin with
/// these words: `xep: 0313` is `xep: 0313 §4`, too.
fn has_tag(tags: &[Tag], wanted: &str) -> bool {
    let (key, value) = match wanted.split_once(':') {
        Some((key, value)) => (key.trim(), Some(value.trim())),
        None => (wanted.trim(), None),
    };
    let begins = |tag: &Tag, value: &str| {
        let rest = tag.value.as_deref().unwrap_or_default().strip_prefix(value);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    tags.iter()
        .any(|tag| tag.key == key && value.is_none_or(|value| begins(tag, value)))
}
