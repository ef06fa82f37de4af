//! Reading and writing the files that users name. A name need not be that of a regular file: a device may have no end,
//! and a pipe may have no program at its other end. So there is a limit to the size of what is read and to the time
//! that a program at the other end may take. What the bytes mean is not known here.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::Errno;
use thiserror::Error;

/// How long it may take until another program opens the other end of a pipe.
const PARTNER: Duration = Duration::from_secs(2);
/// How long the program at the other end of a pipe may neither write nor read anything.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(5);
const MIB: usize = 1024 * 1024;

/// How much is read of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Most {
    /// What users write: scripts, settings, certificates.
    ByHand,
    /// What this program writes: transcripts and reports.
    ByProgram,
}

impl Most {
    fn bytes(self) -> usize {
        match self {
            Self::ByHand => 16 * MIB,
            Self::ByProgram => 512 * MIB,
        }
    }
}

/// Why something is given up that would go on and on.
#[derive(Debug, Error)]
enum Endless {
    #[error("it is larger than {} MiB, and no more than that is read", .0 / MIB)]
    Large(usize),
    #[error("no program writes into this pipe")]
    NoWriter,
    #[error("no program reads from this pipe")]
    NoReader,
    #[error("nothing has come from it for {} s, and it has not ended", PATIENCE.as_secs())]
    Silent,
    #[error("no program has taken anything out of it for {} s", PATIENCE.as_secs())]
    Stuck,
}

impl From<Endless> for io::Error {
    fn from(endless: Endless) -> Self {
        Self::other(endless)
    }
}

/// Reads all that is in a file.
///
/// # Errors
///
/// When that is not possible, or it is more than that, or the program that writes it does not come to an end.
pub(crate) fn read(path: &Path, most: Most) -> io::Result<Vec<u8>> {
    look_into(path, most).map(|(_, bytes)| bytes)
}

/// The same, with what is to be said of the file that was read.
///
/// # Errors
///
/// As above.
pub(crate) fn look_into(path: &Path, most: Most) -> io::Result<(Metadata, Vec<u8>)> {
    let file = options().read(true).open(path)?;
    let (metadata, most) = (file.metadata()?, most.bytes());
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if size > most {
        return Err(Endless::Large(most).into());
    }
    let bytes = Vec::with_capacity(size);
    let bytes = read_to_end(&file, metadata.file_type().is_fifo(), bytes, most)?;
    Ok((metadata, bytes))
}

fn read_to_end(file: &File, is_pipe: bool, mut bytes: Vec<u8>, most: usize) -> io::Result<Vec<u8>> {
    let (began, mut heard, mut length) = (Instant::now(), Instant::now(), 0);
    loop {
        let room = (most + 1).saturating_sub(bytes.len());
        let read = file.take(room as u64).read_to_end(&mut bytes);
        if bytes.len() > most {
            return Err(Endless::Large(most).into());
        }
        if bytes.len() > length {
            (heard, length) = (Instant::now(), bytes.len());
        }
        match read {
            // A pipe that no program writes to yet looks like one that has ended.
            Ok(_) if is_pipe && bytes.is_empty() && began.elapsed() < PARTNER => {}
            Ok(_) if is_pipe && bytes.is_empty() => return Err(Endless::NoWriter.into()),
            Ok(_) => return Ok(bytes),
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Err(_) if heard.elapsed() >= PATIENCE => return Err(Endless::Silent.into()),
            Err(_) => {}
        }
        sleep(PAUSE);
    }
}

/// Opens a file that is there already, to write into it.
///
/// # Errors
///
/// When that is not possible, or it is a pipe that no program reads.
pub(crate) fn open_to_write(path: &Path) -> io::Result<File> {
    let began = Instant::now();
    loop {
        match options().write(true).open(path) {
            // The system gives the same error for sockets, and for devices that are not there.
            Err(error) if is_without_reader(&error) && is_pipe(path) => {}
            opened => return opened,
        }
        if began.elapsed() >= PARTNER {
            return Err(Endless::NoReader.into());
        }
        sleep(PAUSE);
    }
}

/// Writes all of it into what [`open_to_write`] has opened.
///
/// # Errors
///
/// When that is not possible, or the program at the other end of the pipe does not read it.
pub(crate) fn write_all(mut file: &File, mut bytes: &[u8]) -> io::Result<()> {
    let mut taken = Instant::now();
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => (bytes, taken) = (&bytes[count..], Instant::now()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Err(_) if taken.elapsed() >= PATIENCE => return Err(Endless::Stuck.into()),
            Err(_) => sleep(PAUSE),
        }
    }
    Ok(())
}

/// Opening a pipe does not wait for its other end, and a terminal that is opened does not become that of this process.
fn options() -> OpenOptions {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let mut options = OpenOptions::new();
    options.custom_flags(flags.cast_signed());
    options
}

fn is_without_reader(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NXIO.raw_os_error())
}

fn is_pipe(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Files that are no files.
#[cfg(test)]
pub(crate) mod testing {
    use std::path::PathBuf;
    use std::process::Command;

    use tempfile::TempDir;

    /// A folder in which there is a pipe, and its path.
    pub(crate) fn pipe() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        (folder, path)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::testing::pipe;
    use super::*;

    fn told<T>(result: io::Result<T>) -> String {
        result.map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "text").unwrap();
        assert_eq!(read(&path, Most::ByHand).unwrap(), b"text");
        let most = Most::ByHand.bytes() as u64;
        let file = File::create(&path).unwrap();
        file.set_len(most).unwrap();
        assert_eq!(read(&path, Most::ByHand).unwrap().len() as u64, most);
        file.set_len(most + 1).unwrap();
        let large = "it is larger than 16 MiB, and no more than that is read";
        assert_eq!(told(read(&path, Most::ByHand)), large);
        assert!(read(&path, Most::ByProgram).is_ok());
        // No file as large as that takes a byte of the disk, or of the memory.
        file.set_len(1 << 40).unwrap();
        assert!(told(read(&path, Most::ByProgram)).starts_with("it is larger than 512 MiB"));
    }

    #[test]
    fn a_device_without_end_is_read_up_to_the_bound() {
        let large = "it is larger than 16 MiB, and no more than that is read";
        assert_eq!(told(read(Path::new("/dev/zero"), Most::ByHand)), large);
        assert!(
            read(Path::new("/dev/null"), Most::ByHand)
                .unwrap()
                .is_empty()
        );
        assert!(read(Path::new("/"), Most::ByHand).is_err());
    }

    #[test]
    fn a_pipe_at_which_nobody_is_ends_by_itself() {
        let (_folder, path) = pipe();
        assert_eq!(
            told(read(&path, Most::ByHand)),
            "no program writes into this pipe"
        );
        assert_eq!(
            told(open_to_write(&path)),
            "no program reads from this pipe"
        );
    }

    #[test]
    fn a_pipe_is_read_and_written_to_its_end_whoever_comes_first() {
        let text = "0123456789".repeat(50_000);
        let (_folder, path) = pipe();
        let writer = thread::spawn({
            let (path, text) = (path.clone(), text.clone());
            move || {
                let file = open_to_write(&path).unwrap();
                write_all(&file, text.as_bytes()).unwrap();
            }
        });
        assert!(read(&path, Most::ByHand).unwrap() == text.as_bytes());
        writer.join().unwrap();
    }

    #[test]
    fn what_is_full_says_so() {
        let full = open_to_write(Path::new("/dev/full")).unwrap();
        assert!(told(write_all(&full, b"text")).starts_with("No space left"));
        let gone = open_to_write(Path::new("/not/there")).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
    }
}
