//! Whether a file of settings that was found, and not named, may have been put there by another user.
//!
//! What is in it can start programs. So it is read if it and its folder belong to the user who runs the program, or to
//! the system's administrator, who could do anything anyway; and if no other user can write either of them.

use std::env;
use std::fmt;
use std::fs::{Metadata, metadata, symlink_metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::getxattr;
use rustix::process::geteuid;
use thiserror::Error;

use super::atomic_file::folder;

/// The number of the system's administrator, and that of its group.
const ROOT: u32 = 0;
/// What of a mode lets the group, or all users, write.
const GROUP: u32 = 0o020;
const EVERYBODY: u32 = 0o002;
/// What of a folder's mode lets users remove and rename only what is theirs.
const STICKY: u32 = 0o1000;
/// Where a file keeps which users may do what beside its owner (`setfacl`).
const ACCESS_LIST: &str = "system.posix_acl_access";

/// A file that another user may have put where it was found.
#[derive(Debug, Error)]
#[error(
    "{path} is not read: {why}, and what is in it can start programs; if you trust it, as in a container that has \
     somebody's folder, give `--config {path}`; `--no-config` does without it",
    path = .path.display()
)]
pub(super) struct Untrusted {
    path: PathBuf,
    why: Why,
}

/// Why another user may have put a file there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Why {
    is_folder: bool,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It belongs to the user with this number.
    Owner(u32),
    /// Others can write it, by this mode.
    Mode(u32),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_folder { "its folder" } else { "it" };
        match self.fault {
            Fault::Owner(uid) => write!(f, "{what} belongs to another user (uid {uid})"),
            Fault::Mode(mode) => write!(
                f,
                "others than its owner can write {what} (mode {mode:04o})"
            ),
        }
    }
}

/// Sees that no other user has put a file at a path where it was found, and read.
///
/// # Errors
///
/// When another user may have; or why that cannot be seen.
pub(super) fn see(path: &Path, file: &Metadata) -> io::Result<Result<(), Untrusted>> {
    let user = User::ours();
    let (link, above) = (symlink_metadata(path)?, folder(path));
    let file_fault = user.fault(file, has_access_list(path));
    // A link could lead to a file of ours that is meant for another place.
    let link_fault = || user.fault_of_owner(&link);
    let folder_fault = user.fault(&metadata(above)?, has_access_list(above));
    let of = |is_folder| move |fault| Why { is_folder, fault };
    let why = file_fault.or_else(link_fault).map(of(false));
    Ok(match why.or(folder_fault.map(of(true))) {
        None => Ok(()),
        Some(why) => Err(Untrusted {
            path: path.to_owned(),
            why,
        }),
    })
}

fn has_access_list(path: &Path) -> bool {
    let mut list = [0; 1024];
    // Where there is none, that is an error, and so it is where the file system knows of none.
    getxattr(path, ACCESS_LIST, &mut list).is_ok()
}

/// The user who runs the program.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    /// The user who has become the administrator to run the program.
    before: Option<u32>,
}

impl User {
    fn ours() -> Self {
        let uid = geteuid().as_raw();
        let before = env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok());
        Self {
            uid,
            before: before.filter(|_| uid == ROOT),
        }
    }

    /// What lets others write this.
    fn fault(self, there: &Metadata, has_access_list: bool) -> Option<Fault> {
        let mode = there.mode();
        // The group of its own that many systems give to each user has the number of the user.
        let is_own_group = there.gid() == there.uid() && there.gid() != ROOT && !has_access_list;
        let others = if is_own_group {
            EVERYBODY
        } else {
            GROUP | EVERYBODY
        };
        let keeps_owners = there.is_dir() && mode & STICKY != 0;
        let is_open = mode & others != 0 && !keeps_owners;
        let by_mode = is_open.then_some(Fault::Mode(mode & 0o7777));
        self.fault_of_owner(there).or(by_mode)
    }

    fn fault_of_owner(self, there: &Metadata) -> Option<Fault> {
        let owner = there.uid();
        let is_trusted = owner == ROOT || owner == self.uid || Some(owner) == self.before;
        (!is_trusted).then_some(Fault::Owner(owner))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    use super::*;

    /// A file that was found in a folder, with these modes.
    fn found(folder: &Path, folder_mode: u32, mode: u32) -> PathBuf {
        let path = folder.join("scansion.toml");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        fs::set_permissions(folder, Permissions::from_mode(folder_mode)).unwrap();
        path
    }

    fn told(path: &Path) -> String {
        let seen = see(path, &metadata(path).unwrap()).unwrap();
        seen.map_or_else(|untrusted| untrusted.why.to_string(), |()| String::new())
    }

    #[test]
    fn what_nobody_else_can_write_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for (folder_mode, mode) in [(0o755, 0o644), (0o700, 0o600), (0o1777, 0o444)] {
            assert_eq!(told(&found(folder.path(), folder_mode, mode)), "");
        }
    }

    #[test]
    fn what_everybody_can_write_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        for (folder_mode, mode, words) in [
            (
                0o755,
                0o666,
                "others than its owner can write it (mode 0666)",
            ),
            (
                0o755,
                0o602,
                "others than its owner can write it (mode 0602)",
            ),
            (
                0o1777,
                0o666,
                "others than its owner can write it (mode 0666)",
            ),
            (
                0o777,
                0o644,
                "others than its owner can write its folder (mode 0777)",
            ),
        ] {
            assert_eq!(told(&found(folder.path(), folder_mode, mode)), words);
        }
    }

    #[test]
    fn the_group_may_write_if_it_is_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let there = metadata(found(folder.path(), 0o755, 0o664)).unwrap();
        let user = User {
            uid: there.uid(),
            before: None,
        };
        let is_own = there.uid() == there.gid() && there.uid() != ROOT;
        assert_eq!(user.fault(&there, false).is_none(), is_own);
        assert_eq!(user.fault(&there, true), Some(Fault::Mode(0o664)));
    }

    #[test]
    fn whose_it_is_counts_even_for_the_administrator() {
        let folder = tempfile::tempdir().unwrap();
        let path = found(folder.path(), 0o755, 0o644);
        let other = 65_534;
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("scansion.toml");
        symlink(&path, &link).unwrap();
        assert_eq!(told(&link), "");
        // Only the administrator can give something away.
        if !geteuid().is_root() {
            return;
        }
        lchown(&link, Some(other), None).unwrap();
        assert_eq!(told(&link), "it belongs to another user (uid 65534)");
        chown(&path, Some(other), None).unwrap();
        assert_eq!(told(&path), "it belongs to another user (uid 65534)");
        let (there, user) = (metadata(&path).unwrap(), User::ours());
        let before = Some(other);
        assert_eq!(User { before, ..user }.fault_of_owner(&there), None);
        chown(&path, Some(ROOT), None).unwrap();
        chown(folder.path(), Some(other), None).unwrap();
        assert_eq!(
            told(&path),
            "its folder belongs to another user (uid 65534)"
        );
    }
}
