//! Paths that mean what is open in this process already: `/dev/stdout`, `/dev/fd/3`, or the very file that the standard
//! output was sent to. Such a file is written into where it is open. Another one put in its place would take away what
//! stands in it, and what the process has still to write there.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fstat};
use rustix::io::Errno;

/// The folder whose names are the numbers of the descriptors.
const FOLDER: &str = "/dev/fd";

/// An open descriptor, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor(i32);

impl Descriptor {
    /// That of the standard output.
    pub(super) const OUTPUT: Self = Self(1);
    const ERROR: Self = Self(2);

    /// The one that a file is, which is called by its place.
    pub(super) fn of(place: &Path) -> Option<Self> {
        Self::named(place).or_else(|| Self::of_stream(place))
    }

    /// The one that a path names by its number, without links but in its last part.
    pub(super) fn named(path: &Path) -> Option<Self> {
        let number = path.file_name()?.to_str()?.parse().ok()?;
        let is_one = fs::canonicalize(FOLDER).is_ok_and(|folder| path.parent() == Some(&folder));
        is_one.then_some(Self(number))
    }

    /// The standard stream that goes to a file.
    fn of_stream(path: &Path) -> Option<Self> {
        let goes_there = |stream: BorrowedFd<'_>| is_open_in(stream, path);
        if goes_there(io::stdout().as_fd()) {
            return Some(Self::OUTPUT);
        }
        goes_there(io::stderr().as_fd()).then_some(Self::ERROR)
    }

    /// What is open there, once more: what is written into one stands behind what was written into the other.
    ///
    /// # Errors
    ///
    /// When nothing is open there, or not for writing.
    pub(super) fn open(self) -> io::Result<File> {
        let file = match self {
            Self::OUTPUT => File::from(io::stdout().as_fd().try_clone_to_owned()?),
            Self::ERROR => File::from(io::stderr().as_fd().try_clone_to_owned()?),
            Self(number) => again(number).or_else(|_| at_end(number))?,
        };
        match fcntl_getfl(&file)?.intersection(OFlags::ACCMODE) {
            OFlags::RDONLY => Err(Errno::BADF.into()),
            _ => Ok(file),
        }
    }
}

/// Whether a stream goes to the file of this path. Devices do not count: they keep nothing that could be lost.
fn is_open_in(stream: BorrowedFd<'_>, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (fstat(stream), fs::metadata(path)) else {
        return false;
    };
    there.is_file() && (open.st_dev, open.st_ino) == (there.dev(), there.ino())
}

/// A descriptor that is not known to Rust's library, by way of what the system lends to debuggers.
#[cfg(target_os = "linux")]
fn again(number: i32) -> io::Result<File> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    let ours = pidfd_open(getpid(), PidfdFlags::empty())?;
    Ok(pidfd_getfd(ours, number, PidfdGetfdFlags::empty())?.into())
}

/// Elsewhere, to open the name is to have the descriptor once more.
#[cfg(not(target_os = "linux"))]
fn again(number: i32) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .open(format!("{FOLDER}/{number}"))
}

/// The same file, where a container does not lend its descriptor.
fn at_end(number: i32) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .open(format!("{FOLDER}/{number}"))
}
