//! Plays that wait for their turn in a run. The first are kept as they were read, up to a bound; of the others is kept what
//! has to be known before: what each is called, what is wrong with it, whom it brings, and what its text was. When the turn
//! of a play comes, its text must be as it was, and what was not kept is read again.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};

use thiserror::Error;

use super::select::{SelectError, Selected, Selection, read_source};
use super::share::Guest;
use crate::case::CaseId;
use crate::claims::{self, Library};
use crate::launch::Demand;
use crate::paths::shown;
use crate::plan::{self, PlanOptions};
#[cfg(test)]
use crate::script::Reading;
use crate::script::ast::Script;
use crate::script::{Headline, Lenders, ScriptError, read_unchecked, stage_one};
use crate::source::SourceFile;

/// How long the texts of all plays together may be that are kept as they were read, in bytes. A play takes up to
/// forty times as much memory as its text.
const ROOM: usize = 512 * 1024;

/// Takes in the plays of a run.
pub(super) struct Queue<'o> {
    /// How plays are planned, if it has to be known before what they want.
    options: Option<&'o PlanOptions>,
    /// How long the texts may be of those that are still to be kept as they were read.
    room: usize,
}

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
    own: Print,
    /// The files that it takes something from.
    lent: Box<[Print]>,
    problems: Vec<ScriptError>,
    /// What was read when the run began, if that is kept and was not opened yet.
    kept: RefCell<Option<Rc<Content>>>,
    /// What was read last, as long as somebody has it open.
    open: RefCell<Weak<Content>>,
}

/// What the text of a file was.
struct Print {
    path: PathBuf,
    hash: u64,
}

/// What was read of a file.
enum Content {
    /// Its plays, when the run began.
    Plays(Vec<Rc<Selected>>),
    /// What is written in it, of which each play is made when its turn comes.
    Written(Box<Script>),
}

/// What a job has open for its next play, which may be one of the same file.
#[derive(Default)]
pub(super) struct OpenFile(Option<Rc<Content>>);

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

impl<'o> Queue<'o> {
    /// A queue whose plays are planned in this way, if it has to be known before what they want.
    pub(super) fn new(options: Option<&'o PlanOptions>) -> Self {
        let room = ROOM;
        Self { options, room }
    }

    /// Takes in the plays of a file.
    pub(super) fn take_in(&mut self, path: &Path, plays: Vec<Selected>) -> Vec<Queued> {
        let plays: Vec<Rc<Selected>> = plays.into_iter().map(Rc::new).collect();
        let Some(first) = plays.first() else {
            return Vec::new();
        };
        let file = Rc::new(File::of(path, first));
        if self.has_room(&first.script.source, plays.len()) || !file.can_be_read_again() {
            file.keep(plays.clone());
        }
        let queued = plays.iter().map(|play| Queued {
            headline: Headline::of(&play.script),
            demand: self.options.and_then(|options| demand(play, options)),
            guests: Guest::all(&play.script),
            file: Rc::clone(&file),
            number: play.number,
            is_told: play.is_told,
        });
        queued.collect()
    }

    /// Whether some plays of a text can be kept; if so, their room is taken.
    fn has_room(&mut self, source: &SourceFile, plays: usize) -> bool {
        let files = std::iter::once(source).chain(source.files_behind());
        let length: usize = files.map(|file| file.text().len()).sum();
        let left = self.room.checked_sub(length.saturating_mul(plays));
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }
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
        Queue::new(None).take_in(&path, vec![play]).remove(0)
    }

    /// The play, now that its turn has come.
    pub(super) fn call(
        &self,
        library: &Library,
        lenders: &Lenders,
        open: &mut OpenFile,
    ) -> Result<Rc<Selected>, NotAsBefore> {
        let content = self.file.open(lenders)?;
        let play = match &*content {
            Content::Plays(plays) => plays
                .iter()
                .find(|play| play.number == self.number)
                .cloned(),
            Content::Written(script) => self.made_of(script, library).map(Rc::new),
        };
        open.0 = Some(content);
        play.ok_or_else(|| NotAsBefore::Changed(self.headline.case.path().to_owned()))
    }

    /// The play, made of the script as it is written.
    fn made_of(&self, written: &Script, library: &Library) -> Option<Selected> {
        let script = match self.number {
            Some(number) => stage_one(written, number)?,
            None => written.clone(),
        };
        let script = Script {
            case: self.headline.case.clone(),
            ..script
        };
        let claims = self.number.map(|_| claims::judged(&script, library).0);
        let mut play = Selected::bare(script);
        play.claims = claims;
        play.problems.clone_from(&self.file.problems);
        play.is_told = self.is_told;
        Some(play)
    }
}

impl File {
    /// The file of a play, of which nothing is kept that was read.
    fn of(path: &Path, play: &Selected) -> Self {
        let source = &play.script.source;
        let lent = source.files_behind();
        let lent = lent.map(|file| Print::of(Path::new(file.name()), file));
        Self {
            own: Print::of(path, source),
            lent: lent.collect(),
            problems: play.problems.clone(),
            kept: RefCell::default(),
            open: RefCell::default(),
        }
    }

    /// Whether what was read is not gone by that, as it is in a pipe.
    fn can_be_read_again(&self) -> bool {
        let mut all = std::iter::once(&self.own).chain(&self.lent);
        all.all(|file| file.path.is_file())
    }

    /// Keeps its plays until somebody opens it; for good if it cannot be read again.
    fn keep(&self, plays: Vec<Rc<Selected>>) {
        let plays = Rc::new(Content::Plays(plays));
        if !self.can_be_read_again() {
            // What is open is neither looked at nor read.
            *self.open.borrow_mut() = Rc::downgrade(&plays);
        }
        *self.kept.borrow_mut() = Some(plays);
    }

    /// What is in it. Where nobody has it open, it is looked at, and read again unless that is kept.
    fn open(&self, lenders: &Lenders) -> Result<Rc<Content>, NotAsBefore> {
        if let Some(open) = self.open.borrow().upgrade() {
            return Ok(open);
        }
        let (own, lent) = self.texts()?;
        let written = || Content::Written(Box::new(read_unchecked(own, &lent, lenders)));
        let content = self.kept.take().unwrap_or_else(|| Rc::new(written()));
        *self.open.borrow_mut() = Rc::downgrade(&content);
        Ok(content)
    }

    /// Its text and those of the files that it takes something from, all of which must be as they were.
    fn texts(&self) -> Result<(SourceFile, Vec<SourceFile>), NotAsBefore> {
        let own = self.own.text()?;
        let lent = self.lent.iter().map(|file| {
            let text = file.text();
            text.map_err(|_| NotAsBefore::Changed(shown(&file.path)))
        });
        Ok((own, lent.collect::<Result<_, _>>()?))
    }
}

impl Print {
    fn of(path: &Path, file: &SourceFile) -> Self {
        Self {
            path: path.to_owned(),
            hash: hash(file.text()),
        }
    }

    /// The text, which must be as it was.
    fn text(&self) -> Result<SourceFile, NotAsBefore> {
        let file = read_source(&self.path)?;
        match hash(file.text()) == self.hash {
            true => Ok(file),
            false => Err(NotAsBefore::Changed(shown(&self.path))),
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
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
    use std::{fs, thread};

    use tempfile::TempDir;

    use super::*;
    use crate::bounded::testing::pipe;

    const LENDER: &str = "[Client] A\n\tjid: a@b\n\tpassword: c\n---\nA connects\n";
    const SCRIPT: &str = "# ${a}\n[Cases]\n\t| a |\n\t| open-sesame |\n\t| 2 |\n[Client] A\n\tjid: a@b\n\tpassword: open-sesame\n\
        ---\nPrologue: lender.scs\nStory\n# § rfc 6120 8.2.3 [ffff] x\nA sends:\n\t<a b='${a}'/>\n";
    /// The room that a queue has if it keeps nothing that was read, and if it keeps it.
    const ROOMS: [usize; 2] = [0, ROOM];

    impl Queue<'_> {
        /// A queue without room.
        fn full() -> Self {
            Self {
                options: None,
                room: 0,
            }
        }
    }

    /// A folder with a script that takes its prologue from another one, and its plays.
    fn queued(room: usize) -> (TempDir, Vec<Selected>, Vec<Queued>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lender.scs"), LENDER).unwrap();
        let path = folder.path().join("play.scs");
        fs::write(&path, SCRIPT).unwrap();
        let options = None;
        let waiting = Queue { options, room }.take_in(&path, read(&path));
        (folder, read(&path), waiting)
    }

    fn read(path: &Path) -> Vec<Selected> {
        Selected::read(read_source(path).unwrap(), &Library::default())
    }

    fn call(queued: &Queued, open: &mut OpenFile) -> Result<Rc<Selected>, NotAsBefore> {
        queued.call(&Library::default(), &Lenders::default(), open)
    }

    fn called(queued: &Queued) -> Result<Rc<Selected>, String> {
        let called = call(queued, &mut OpenFile::default());
        called.map_err(|error| error.to_string())
    }

    #[test]
    fn a_play_is_as_it_was_when_its_turn_comes() {
        for room in ROOMS {
            let (_folder, read, waiting) = queued(room);
            assert_eq!(waiting.len(), 2);
            for (before, waiting) in read.iter().zip(&waiting) {
                let now = called(waiting).unwrap();
                assert_eq!(format!("{:?}", now.script), format!("{:?}", before.script));
                assert_eq!(now.problems, before.problems);
                assert_eq!(now.claims, before.claims);
                assert_eq!(now.is_told, before.is_told);
            }
            let case = &waiting[0].headline.case;
            assert!(case.to_string().ends_with(" [\"[redacted]\"]"), "{case}");
        }
    }

    #[test]
    fn rows_of_one_table_are_read_once_while_one_is_played() {
        for room in ROOMS {
            let (folder, _, waiting) = queued(room);
            let (mut one, mut other) = (OpenFile::default(), OpenFile::default());
            call(&waiting[0], &mut one).unwrap();
            fs::remove_file(folder.path().join("play.scs")).unwrap();
            call(&waiting[1], &mut other).unwrap();
            drop(one);
            call(&waiting[0], &mut other).unwrap();
            drop(other);
            assert!(called(&waiting[1]).is_err());
        }
    }

    #[test]
    fn what_has_changed_is_not_played() {
        let told = |room: usize, change: &dyn Fn(&Path)| {
            let (folder, _, waiting) = queued(room);
            change(folder.path());
            let error = called(&waiting[1]).err().unwrap();
            error.replace(&folder.path().display().to_string(), "FOLDER")
        };
        let write = |name: &'static str, text: &'static str| {
            move |folder: &Path| fs::write(folder.join(name), text).unwrap()
        };
        let remove =
            |name: &'static str| move |folder: &Path| fs::remove_file(folder.join(name)).unwrap();
        let [kept_not, kept] = ROOMS.map(|room| {
            [
                told(room, &write("play.scs", LENDER)),
                told(room, &write("play.scs", "")),
                told(room, &write("lender.scs", SCRIPT)),
                told(room, &remove("play.scs")),
                told(room, &remove("lender.scs")),
            ]
        });
        assert_eq!(kept_not, kept);
        insta::assert_snapshot!(kept.join("\n"));
    }

    #[test]
    fn plays_are_kept_until_they_are_opened_as_long_as_there_is_room() {
        let (folder, _, _) = queued(ROOM);
        let options = None;
        // For the two plays of one script, with what they take from the other one.
        let room = 2 * (SCRIPT.len() + LENDER.len());
        let mut queue = Queue { options, room };
        let (play, lender) = (
            folder.path().join("play.scs"),
            folder.path().join("lender.scs"),
        );
        let first = queue.take_in(&play, read(&play));
        let second = queue.take_in(&lender, read(&lender));
        let is_kept = |queued: &Queued| queued.file.kept.borrow().is_some();
        assert!(is_kept(&first[1]));
        assert!(!is_kept(&second[0]));
        called(&first[0]).unwrap();
        assert!(!is_kept(&first[1]));
        called(&first[1]).unwrap();
    }

    #[test]
    fn a_script_that_cannot_be_read_twice_is_kept() {
        let (_folder, path) = pipe();
        let play = SourceFile::new(path.display().to_string(), LENDER);
        let plays = Selected::read(play, &Library::default());
        let waiting = Queue::full().take_in(&path, plays);
        for _ in 0..2 {
            assert_eq!(called(&waiting[0]).unwrap().script.cast.len(), 1);
        }
    }

    #[test]
    fn a_prologue_that_cannot_be_read_twice_is_kept() {
        let (folder, lender) = pipe();
        let path = folder.path().join("play.scs");
        fs::write(&path, SCRIPT.replace("lender.scs", "pipe")).unwrap();
        let writer = thread::spawn(move || fs::write(lender, LENDER).unwrap());
        let waiting = Queue::full().take_in(&path, read(&path));
        writer.join().unwrap();
        for waiting in &waiting {
            assert_eq!(called(waiting).unwrap().script.story.len(), 2);
        }
    }
}
