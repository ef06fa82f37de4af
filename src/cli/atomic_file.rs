//! Files that are written whole or not at all: to another name in the same folder, and then put in the place of what
//! was there. So a disk that is full, or a program that is killed, costs no user what was there.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::descriptors::Descriptor;
use crate::bounded;
use crate::critical_section::critical_section;

/// How long another process may change a file.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before looking again whether it is done.
const PAUSE: Duration = Duration::from_millis(5);

/// Which users may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner alone.
    Owner,
    /// Those that could before; of a new file, those that the umask lets.
    AsBefore,
}

/// Writes a file in the place of what was there. A link to the file stays a link.
///
/// # Errors
///
/// When that is not possible; then what was there before still is.
pub(super) fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    critical_section(|| replace(&place(path), bytes, readers))
}

/// Writes a file that no user has named in the place of what was there, be it a link: another user may have put one
/// where the name is known beforehand.
///
/// # Errors
///
/// When that is not possible; then what was there before still is.
pub(super) fn write_own(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    critical_section(|| replace(path, bytes, readers))
}

fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let before = fs::metadata(path).ok();
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::AsBefore => 0o666,
    };
    let mut file = tempfile::Builder::new()
        .prefix(".scansion-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder(path))?;
    file.write_all(bytes)?;
    if let Some(before) = before {
        if readers == Readers::AsBefore {
            file.as_file().set_permissions(before.permissions())?;
        }
        // What is replaced is gone for good, also when the power fails next.
        file.as_file().sync_all()?;
    }
    match file.persist(path) {
        Ok(_) => Ok(()),
        // It is a mount of its own, as files can be in containers.
        Err(error) if error.error.kind() == ErrorKind::ResourceBusy => fs::write(path, bytes),
        Err(error) => Err(error.error),
    }
}

/// A lock on a file: until it is dropped or the process ends, no other process that asks for the
/// lock changes the file.
pub(super) struct Alone {
    _folder: Option<File>,
}

/// Waits until no other process is [`Alone`] with a file. It is the folder that is locked: the file becomes another one
/// when it is written, and one beside it would stay behind.
///
/// # Errors
///
/// When that takes longer than a process needs that only reads and writes it.
pub(super) fn alone(path: &Path) -> io::Result<Alone> {
    let Ok(file) = File::open(folder(&place(path))) else {
        // If the folder cannot be opened, the user is told when the file is written.
        return Ok(Alone { _folder: None });
    };
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => {
                return Ok(Alone {
                    _folder: Some(file),
                });
            }
            Err(TryLockError::WouldBlock) if began.elapsed() >= PATIENCE => {
                return Err(io::Error::other(
                    "another run is writing in its folder, and does not end",
                ));
            }
            Err(TryLockError::WouldBlock) => sleep(PAUSE),
            // Some file systems know of no locks.
            Err(TryLockError::Error(_)) => return Ok(Alone { _folder: None }),
        }
    }
}

/// A file that will be written when it is known what to write.
#[derive(Debug)]
pub(super) enum Intended {
    /// In the place of what is there.
    Whole(PathBuf),
    /// Into what is there already, as no other can take its place: a pipe, a device, or a file in a folder in which the
    /// user may not make files.
    Into(File),
    /// Behind what is in a file that is open in this process already.
    Behind(File),
}

impl Intended {
    /// Sees that it can be written, without changing anything.
    ///
    /// # Errors
    ///
    /// When it could not.
    pub(super) fn see(path: &Path) -> io::Result<Self> {
        let path = place(path);
        if let Some(open) = Descriptor::of(&path)
            && path.is_file()
        {
            return open.open().map(Self::Behind);
        }
        let there = match bounded::open_to_write(&path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        // It is a file without a name, so nothing is left of it whatever happens.
        let beside = tempfile::tempfile_in(folder(&path));
        match (there, beside) {
            (Some(file), _) if !file.metadata()?.is_file() => Ok(Self::Into(file)),
            (Some(file), Err(error)) if error.kind() == ErrorKind::PermissionDenied => {
                Ok(Self::Into(file))
            }
            (_, beside) => beside.map(|_| Self::Whole(path)),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// When that is not possible.
    pub(super) fn write(self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Whole(path) => write(&path, bytes, Readers::AsBefore),
            Self::Into(file) => {
                if file.metadata()?.is_file() {
                    file.set_len(0)?;
                }
                bounded::write_all(&file, bytes)
            }
            Self::Behind(file) => bounded::write_all(&file, bytes),
        }
    }
}

/// How many links are followed at most, as the system does.
const LINKS: usize = 40;

/// A file, however it is named; it need not be there, also where a link leads to it. A descriptor is called by its number.
pub(super) fn place(path: &Path) -> PathBuf {
    let mut place = in_its_folder(path);
    for _ in 0..LINKS {
        match fs::read_link(&place) {
            Ok(target) if Descriptor::named(&place).is_none() => {
                place = in_its_folder(&folder(&place).join(target));
            }
            _ => break,
        }
    }
    place
}

/// A path without links but in its last part.
fn in_its_folder(path: &Path) -> PathBuf {
    let found = match path.file_name() {
        Some(name) => folder(path).canonicalize().map(|folder| folder.join(name)),
        None => path.canonicalize(),
    };
    found.unwrap_or_else(|_| path.to_owned())
}

/// The folder that a file is in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::bounded::testing::pipe;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// What is in a folder.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_there_is_replaced_and_keeps_its_readers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (readers, expected) in [(Readers::AsBefore, 0o604), (Readers::Owner, 0o600)] {
            fs::write(&path, "a longer text").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
            write(&path, b"text", readers).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"text");
            assert_eq!(mode(&path), expected);
        }
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn one_alone_changes_a_file_however_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "0").unwrap();
        symlink(&path, &link).unwrap();
        let add = |path: &Path| {
            let _alone = alone(path).unwrap();
            let number: usize = fs::read_to_string(path).unwrap().parse().unwrap();
            let text = (number + 1).to_string();
            write(path, text.as_bytes(), Readers::AsBefore).unwrap();
        };
        std::thread::scope(|scope| {
            for path in [&path, &link, &path, &link] {
                scope.spawn(|| (0..5).for_each(|_| add(path)));
            }
        });
        assert_eq!(fs::read_to_string(&path).unwrap(), "20");
        assert_eq!(names(folder.path()), ["file", "link"]);
    }

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        symlink(&path, &link).unwrap();
        write(&link, b"new", Readers::AsBefore).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_link_to_what_is_not_there_stays_one_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("below")).unwrap();
        symlink("below/second", path("first")).unwrap();
        symlink("../file", path("below/second")).unwrap();
        assert_eq!(place(&path("first")), place(&path("file")));
        write(&path("first"), b"text", Readers::AsBefore).unwrap();
        assert_eq!(fs::read(path("file")).unwrap(), b"text");
        assert_eq!(names(folder.path()), ["below", "file", "first"]);
        symlink("round", path("round")).unwrap();
        assert!(Intended::see(&path("round")).is_err());
    }

    #[test]
    fn seeing_that_a_file_can_be_written_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::write(&old, "old").unwrap();
        let intended = [&old, &new].map(|path| Intended::see(path).unwrap());
        assert_eq!(fs::read(&old).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["old"]);
        for file in intended {
            file.write(b"text").unwrap();
        }
        assert_eq!(names(folder.path()), ["new", "old"]);
        assert_eq!(fs::read(&old).unwrap(), b"text");
    }

    #[test]
    fn what_cannot_be_written_is_seen_before() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Intended::see(&folder.path().join("not/there"));
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
        let is_folder = Intended::see(folder.path());
        assert_eq!(is_folder.unwrap_err().kind(), ErrorKind::IsADirectory);
    }

    #[test]
    fn a_pipe_is_written_into() {
        let (folder, path) = pipe();
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        Intended::see(&path).unwrap().write(b"text").unwrap();
        assert_eq!(reader.join().unwrap(), b"text");
        assert_eq!(names(folder.path()), ["pipe"]);
    }
}
