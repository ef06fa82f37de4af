//! Everything that can be said of a script without running it.

use std::path::Path;
use std::sync::Arc;

use super::ast::Script;
use super::check::check;
use super::error::{ScriptError, ScriptErrorKind};
use super::lenders::Lenders;
use super::parse::{Parsed, parse};
use super::staging::{Staged, stage};
use crate::diagnostic::Severity;
use crate::paths::normal;
use crate::source::SourceFile;

/// A script, what is played of it, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The script as it is written, as far as it could be understood.
    pub script: Script,
    /// What is played of it, in order; there may be none if it has errors.
    pub plays: Vec<Script>,
    /// What is wrong, in the order of the text, warnings among them; what is wrong in several plays stands there once.
    pub problems: Vec<ScriptError>,
}

impl Reading {
    /// Whether the script can be run.
    pub fn is_sound(&self) -> bool {
        is_sound(&self.problems)
    }

    /// Adds what else is wrong with its plays, in their order.
    pub(crate) fn add(&mut self, problems: Vec<Vec<ScriptError>>) {
        self.problems.extend(each_once(&self.plays, problems));
        let source = &self.script.source;
        self.problems.retain(|problem| is_told(problem, source));
        self.problems.sort_by_key(|problem| problem.span);
    }

    /// The first of the plays, or the script as it is written if there is none.
    pub fn play(&self) -> &Script {
        self.plays.first().unwrap_or(&self.script)
    }
}

fn is_sound(problems: &[ScriptError]) -> bool {
    let mut problems = problems.iter();
    problems.all(|problem| problem.severity() < Severity::Error)
}

/// Where the texts of other files come from that scripts name; an error is told in words.
pub type Loader<'l> = dyn Fn(&Path) -> Result<SourceFile, String> + 'l;

/// Reads a script that names no other file, and checks what it means.
pub fn read(source: SourceFile) -> Reading {
    read_with(source, &|path| {
        Err(format!("{}: there are no files here", path.display()))
    })
}

/// Reads another text of a script, with the files that were read with the old one.
pub(crate) fn reread(old: &SourceFile, text: &str) -> Reading {
    let source = SourceFile::new(old.name(), text);
    read_with(source, &|path| one_of(old.files_behind(), path))
}

/// The file of this path among files that were read.
fn one_of<'f>(
    mut files: impl Iterator<Item = &'f SourceFile>,
    path: &Path,
) -> Result<SourceFile, String> {
    let file = files.find(|file| normal(Path::new(file.name())) == normal(path));
    let file = file.map(|file| SourceFile::new(file.name(), file.text()));
    file.ok_or_else(|| format!("{}: it was not read before", path.display()))
}

/// Reads a script and the other files that it names, and checks what it means.
pub fn read_with(source: SourceFile, load: &Loader<'_>) -> Reading {
    read_of_many(source, load, &Lenders::default())
}

/// The same with one of many scripts, which may take their prologues from these.
pub(crate) fn read_of_many(source: SourceFile, load: &Loader<'_>, lenders: &Lenders) -> Reading {
    let (parsed, borrowed) = written(source, load, lenders);
    let Staged { plays, problems } = stage(&parsed.script);
    let mut all = parsed.errors;
    all.extend(borrowed);
    let understood = is_sound(&all) && is_sound(&problems);
    // Without its prologue, what a story means is anybody's guess.
    let is_whole = parsed.script.parts.borrowing().is_none() || parsed.script.lender.is_some();
    let known = if is_whole { plays.as_slice() } else { &[] };
    let meant = problems.into_iter().chain(meant(known));
    // What a script lacks can be said only if all of it was understood.
    all.extend(meant.filter(|problem| understood || problem.severity() == Severity::Error));
    let source = &parsed.script.source;
    all.retain(|problem| is_told(problem, source));
    all.sort_by_key(|problem| problem.span);
    Reading {
        script: parsed.script,
        plays,
        problems: all,
    }
}

/// Reads a script that takes something from these files, without looking what is wrong with it.
pub(crate) fn read_unchecked(
    source: SourceFile,
    files: &[SourceFile],
    lenders: &Lenders,
) -> Script {
    let load = |path: &Path| one_of(files.iter(), path);
    written(source, &load, lenders).0.script
}

/// A script as it is written, with those that it names, and what keeps these from being understood.
fn written(source: SourceFile, load: &Loader<'_>, lenders: &Lenders) -> (Parsed, Vec<ScriptError>) {
    let mut parsed = parse(source);
    let borrowed = borrow(&mut parsed.script, load, lenders);
    (parsed, borrowed)
}

/// What is only suspicious in another file is told when that is checked.
fn is_told(problem: &ScriptError, source: &SourceFile) -> bool {
    problem.severity() == Severity::Error || source.other_file(problem.span.start).is_none()
}

/// Reads the script that a prologue is taken from, and gives what keeps it from being understood.
fn borrow(script: &mut Script, load: &Loader<'_>, lenders: &Lenders) -> Vec<ScriptError> {
    let Some(path) = script.parts.borrowing().map(|file| file.path.clone()) else {
        return Vec::new();
    };
    let folder = Path::new(script.source.name()).parent();
    let place = folder.unwrap_or(Path::new("")).join(&path.value);
    let file = match load(&place) {
        Ok(file) => file.after(&script.source),
        Err(reason) => {
            let unreadable = ScriptErrorKind::UnreadablePrologue { reason };
            return vec![unreadable.at(path.span)];
        }
    };
    let lender = lenders.read(file);
    let source = Arc::clone(&lender.script.source);
    Arc::make_mut(&mut script.source).put_behind(source, path.span);
    script.lender = Some(lender.script);
    lender.errors.to_vec()
}

/// What is wrong with the meaning of plays, each once.
fn meant(plays: &[Script]) -> impl Iterator<Item = ScriptError> {
    each_once(plays, plays.iter().map(check).collect())
}

/// What is wrong with plays, each once, with its row if it is not wrong in all of them.
fn each_once(
    plays: &[Script],
    problems: Vec<Vec<ScriptError>>,
) -> impl Iterator<Item = ScriptError> + use<> {
    let mut found: Vec<(ScriptError, Vec<usize>)> = Vec::new();
    for (number, problems) in problems.into_iter().enumerate() {
        for problem in problems {
            match found.iter_mut().find(|(known, _)| *known == problem) {
                Some((_, numbers)) => numbers.push(number),
                None => found.push((problem, vec![number])),
            }
        }
    }
    let plays = plays.iter().map(|play| play.case.row()).collect::<Vec<_>>();
    found.into_iter().map(move |(problem, numbers)| {
        let is_everywhere = (0..plays.len()).all(|number| numbers.contains(&number));
        let row = numbers.first().and_then(|first| plays[*first].clone());
        ScriptError {
            row: row.filter(|_| !is_everywhere),
            ..problem
        }
    })
}
