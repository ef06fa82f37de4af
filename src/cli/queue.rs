//! Plays that wait for their turn in a run. Of each is kept what has to be known before: what it is called, what is wrong
//! with it, whom it brings, and what its text was. When its turn comes, it is read again, and must be as it was.

use std::cell::RefCell;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};

use thiserror::Error;

use super::select::{SelectError, Selected, Selection, read_source, read_unchecked};
use super::share::Guest;
use crate::case::CaseId;
use crate::claims::{self, Library};
use crate::launch::Demand;
use crate::plan::{self, PlanOptions};
#[cfg(test)]
use crate::script::Reading;
use crate::script::ast::Script;
use crate::script::{Headline, ScriptError, stage_one};
use crate::source::SourceFile;
use crate::visible::harmless_line;

/// A play that waits.
pub(super) struct Queued {
    /// What it is called, and what is said of it if it is not run.
    pub(super) headline: Headline,
    /// What it wants of a server, if that has to be known before; none if it cannot be planned.
    pub(super) demand: Option<Demand>,
    /// Who could meet the actors of other scripts.
    pub(super) guests: Box<[Guest]>,
    file: Rc<File>,
    /// Which of the file's plays it is; none if it is not to be played.
    number: Option<usize>,
    is_told: bool,
}

/// The file of some plays that wait.
struct File {
    path: PathBuf,
    /// What was written in it, and in those that it takes something from.
    prints: Box<[(String, u64)]>,
    problems: Vec<ScriptError>,
    /// What is written in it, as long as somebody has it open.
    open: RefCell<Weak<Script>>,
    /// What was read, if that can be done only once, as from a pipe.
    once: Option<SourceFile>,
}

/// The script of a play as it is written, which a job has open for the next play of the same file.
#[derive(Default)]
pub(super) struct OpenFile(Option<Rc<Script>>);

/// Why a play cannot be run that was there when the run began.
#[derive(Debug, Error)]
pub(super) enum NotAsBefore {
    #[error("{0}; it was there when the run began: put it back, and run it again")]
    Gone(#[from] SelectError),
    #[error(
        "{0} was changed or taken away while the run was going on, and what is there now has not been checked: run it again"
    )]
    Changed(String),
}

/// What is kept of the plays of a file. They are planned in this way if it has to be known before what they want.
pub(super) fn queue(
    path: &Path,
    plays: Vec<Selected>,
    options: Option<&PlanOptions>,
) -> Vec<Queued> {
    let file = plays.first().map(|first| Rc::new(File::of(path, first)));
    let plays = plays.iter().zip(file.iter().cycle());
    let queued = plays.map(|(play, file)| Queued {
        headline: Headline::of(&play.script),
        demand: options.and_then(|options| demand(play, options)),
        guests: Guest::all(&play.script),
        file: Rc::clone(file),
        number: play.number,
        is_told: play.is_told,
    });
    queued.collect()
}

/// What a play wants of a server.
pub(super) fn demand(play: &Selected, options: &PlanOptions) -> Option<Demand> {
    let plan = plan::resolve(&play.script, options).ok()?;
    Some(Demand::of(&plan))
}

impl Queued {
    /// The first play of a script.
    #[cfg(test)]
    pub(super) fn first_of(reading: Reading) -> Self {
        let play = Selected::first_of(reading);
        let path = PathBuf::from(play.script.case.path());
        queue(&path, vec![play], None).remove(0)
    }

    /// The play, now that its turn has come.
    pub(super) fn call(
        &self,
        library: &Library,
        open: &mut OpenFile,
    ) -> Result<Selected, NotAsBefore> {
        let written = self.file.open()?;
        let script = match self.number {
            Some(number) => stage_one(&written, number),
            None => Some(Script::clone(&written)),
        };
        let script = script.ok_or_else(|| NotAsBefore::Changed(written.source.shown_name()))?;
        open.0 = Some(written);
        let script = Script {
            case: self.headline.case.clone(),
            ..script
        };
        let claims = self.number.map(|_| claims::judged(&script, library).0);
        let mut play = Selected::bare(script);
        play.claims = claims;
        play.problems.clone_from(&self.file.problems);
        play.is_told = self.is_told;
        Ok(play)
    }
}

impl File {
    fn of(path: &Path, play: &Selected) -> Self {
        let source = &play.script.source;
        let is_regular = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        Self {
            path: path.to_owned(),
            prints: prints(source).collect(),
            problems: play.problems.clone(),
            open: RefCell::default(),
            once: (!is_regular).then(|| SourceFile::new(source.name(), source.text())),
        }
    }

    /// The script as it is written, which is only read if nobody has it open.
    fn open(&self) -> Result<Rc<Script>, NotAsBefore> {
        if let Some(open) = self.open.borrow().upgrade() {
            return Ok(open);
        }
        let source = match &self.once {
            Some(source) => source.clone(),
            None => read_source(&self.path)?,
        };
        let script = Rc::new(read_unchecked(source));
        self.see_unchanged(&script.source)?;
        *self.open.borrow_mut() = Rc::downgrade(&script);
        Ok(script)
    }

    fn see_unchanged(&self, now: &SourceFile) -> Result<(), NotAsBefore> {
        let now: Vec<_> = prints(now).collect();
        let mut before = self.prints.iter();
        match before.find(|before| !now.contains(before)) {
            Some((name, _)) => Err(NotAsBefore::Changed(harmless_line(name))),
            None => Ok(()),
        }
    }
}

/// The names of a file and of those behind it, each with what its text comes to.
fn prints(source: &SourceFile) -> impl Iterator<Item = (String, u64)> {
    let files = std::iter::once(source).chain(source.files_behind());
    files.map(|file| {
        let mut hasher = DefaultHasher::new();
        file.text().hash(&mut hasher);
        (file.name().to_owned(), hasher.finish())
    })
}

impl Selection<Queued> {
    /// What all scripts are called, those that cannot be read included.
    pub(super) fn cases(&self) -> Vec<CaseId> {
        let readable = self.scripts.iter();
        let readable = readable.map(|queued| queued.headline.case.clone());
        let unreadable = self.unreadable.iter().map(SelectError::case);
        readable.chain(unreadable).collect()
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::bounded::testing::pipe;
    use crate::source::SourceFile;
    use tempfile::TempDir;

    const LENDER: &str = "[Client] A\n\tjid: a@b\n\tpassword: c\n---\nA connects\n";
    const SCRIPT: &str = "# ${a}\n[Cases]\n\t| a |\n\t| open-sesame |\n\t| 2 |\n[Client] A\n\tjid: a@b\n\tpassword: open-sesame\n\
        ---\nPrologue: lender.scs\nStory\n# § rfc 6120 8.2.3 [ffff] x\nA sends:\n\t<a b='${a}'/>\n";

    /// A folder with a script that takes its prologue from another one, and its plays.
    fn queued() -> (TempDir, Vec<Selected>, Vec<Queued>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lender.scs"), LENDER).unwrap();
        let path = folder.path().join("play.scs");
        fs::write(&path, SCRIPT).unwrap();
        let read = || Selected::read(read_source(&path).unwrap(), &Library::default());
        let waiting = queue(&path, read(), None);
        (folder, read(), waiting)
    }

    fn called(queued: &Queued) -> Result<Selected, String> {
        let called = queued.call(&Library::default(), &mut OpenFile::default());
        called.map_err(|error| error.to_string())
    }

    #[test]
    fn a_play_is_as_it_was_when_its_turn_comes() {
        let (_folder, read, waiting) = queued();
        assert_eq!(waiting.len(), 2);
        for (before, waiting) in read.iter().zip(&waiting) {
            let now = called(waiting).unwrap();
            assert_eq!(format!("{:?}", now.script), format!("{:?}", before.script));
            assert_eq!(now.problems, before.problems);
            assert_eq!(now.claims, before.claims);
        }
        let case = &waiting[0].headline.case;
        assert!(case.to_string().ends_with(" [\"[redacted]\"]"), "{case}");
    }

    #[test]
    fn rows_of_one_table_are_read_once_while_one_is_played() {
        let (folder, _, waiting) = queued();
        let (mut one, mut other) = (OpenFile::default(), OpenFile::default());
        waiting[0].call(&Library::default(), &mut one).unwrap();
        fs::remove_file(folder.path().join("play.scs")).unwrap();
        waiting[1].call(&Library::default(), &mut other).unwrap();
        drop(one);
        waiting[0].call(&Library::default(), &mut other).unwrap();
        drop(other);
        assert!(called(&waiting[1]).is_err());
    }

    #[test]
    fn what_has_changed_is_not_played() {
        let told = |change: &dyn Fn(&Path)| {
            let (folder, _, waiting) = queued();
            change(folder.path());
            let error = called(&waiting[1]).err().unwrap();
            error.replace(&folder.path().display().to_string(), "FOLDER")
        };
        let write = |name: &'static str, text: &'static str| {
            move |folder: &Path| fs::write(folder.join(name), text).unwrap()
        };
        let remove =
            |name: &'static str| move |folder: &Path| fs::remove_file(folder.join(name)).unwrap();
        let all = [
            told(&write("play.scs", LENDER)),
            told(&write("play.scs", "")),
            told(&write("lender.scs", SCRIPT)),
            told(&remove("play.scs")),
            told(&remove("lender.scs")),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_script_that_cannot_be_read_twice_is_kept() {
        let (_folder, path) = pipe();
        let play = SourceFile::new(path.display().to_string(), LENDER);
        let plays = Selected::read(play, &Library::default());
        let waiting = queue(&path, plays, None);
        assert_eq!(called(&waiting[0]).unwrap().script.cast.len(), 1);
    }
}
