//! A folder in which a run leaves a file for each script.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::atomic_file::{self, Readers};
use super::file::{Unreadable, unreadable};
use crate::case::CaseId;
use crate::paths::shown;

/// A folder with a file for each script.
pub(super) struct Folder {
    path: PathBuf,
    /// What the names of the files end in.
    ending: &'static str,
    /// The names of files that were there before the run, and that it has not written anew.
    earlier: RefCell<BTreeSet<String>>,
}

/// The most bytes of a file's name that tell which script it is of; most file systems take 255 for all of it.
const LONGEST: usize = 200;

/// How many files of earlier runs are named.
const NAMED: usize = 3;

impl Folder {
    /// Makes the folder, if it is not there.
    pub(super) fn create(path: &Path, ending: &'static str) -> Result<Self, Unreadable> {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.map_err(|error| unreadable(path, error))?;
        let earlier = files(path, ending).map_err(|error| unreadable(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            ending,
            earlier: RefCell::new(earlier),
        })
    }

    /// Writes the file of an attempt of a script, the `number`th of the run. Only its owner can read it. Both are
    /// counted from 0.
    pub(super) fn write(
        &self,
        number: usize,
        attempt: usize,
        case: &CaseId,
        text: &str,
    ) -> Result<(), Unreadable> {
        let name = format!("{}.{}", file_name(number, attempt, case), self.ending);
        let path = self.path.join(&name);
        atomic_file::write_own(&path, text.as_bytes(), Readers::Owner)
            .map_err(|error| unreadable(&path, error))?;
        self.earlier.borrow_mut().remove(&name);
        Ok(())
    }

    /// What is to be known of files that are there and are not of this run.
    pub(super) fn told_of_earlier(&self) -> Option<String> {
        let earlier = self.earlier.borrow();
        let named: Vec<&str> = earlier.iter().take(NAMED).map(String::as_str).collect();
        let more = match earlier.len() {
            0 => return None,
            count if count <= NAMED => String::new(),
            count => format!(" and {} more", count - NAMED),
        };
        let (folder, named) = (shown(&self.path), named.join(", "));
        Some(format!(
            "not of this run, but of an earlier one, in {folder}: {named}{more}"
        ))
    }
}

/// The names of the files in a folder that could be of a run: they begin with a number and have this ending.
fn files(folder: &Path, ending: &str) -> io::Result<BTreeSet<String>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_string()));
    let names: Vec<_> = names.collect::<io::Result<_>>()?;
    let is_ours = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_digit())
            && name
                .strip_suffix(ending)
                .is_some_and(|stem| stem.ends_with('.'))
    };
    Ok(names
        .into_iter()
        .filter_map(Result::ok)
        .filter(is_ours)
        .collect())
}

/// `007-spec-login`: scripts of one name in several folders, or run several times, do not meet. Of what is longer than
/// names of files may be there is the end.
fn file_name(number: usize, attempt: usize, case: &CaseId) -> String {
    let name = case.to_string();
    let stem = name.strip_suffix(".scs").unwrap_or(&name);
    let plain = stem.replace(|char: char| !(char.is_alphanumeric() || char == '_'), "-");
    let attempt = match attempt {
        0 => String::new(),
        attempt => format!("-attempt-{}", attempt + 1),
    };
    let mut ends = plain.char_indices().map(|(start, _)| &plain[start..]);
    let end = ends.find(|end| end.len() <= LONGEST).unwrap_or_default();
    let plain = end.trim_matches('-');
    format!("{:03}-{plain}{attempt}", number + 1)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_is_named_after_its_script() {
        assert_eq!(file_name(6, 0, &"spec/login.scs".into()), "007-spec-login");
        assert_eq!(
            file_name(6, 1, &"spec/login.scs".into()),
            "007-spec-login-attempt-2"
        );
        assert_eq!(file_name(0, 0, &"../a b.scs".into()), "001-a-b");
        let long = format!("{}/{}/login.scs", "a".repeat(300), "ä".repeat(150));
        let name = file_name(0, 2, &long.as_str().into());
        assert!(name.starts_with("001-ä") && name.ends_with("ä-login-attempt-3"));
        assert!(name.len() < 230, "{name}");
    }

    /// Another user may have put it there.
    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let above = tempfile::tempdir().unwrap();
        let folder = Folder::create(&above.path().join("logs"), "log").unwrap();
        let other = above.path().join("other");
        fs::write(&other, "mine").unwrap();
        symlink(&other, above.path().join("logs/001-a.log")).unwrap();
        folder.write(0, 0, &"a.scs".into(), "text").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
        let written = fs::read_to_string(above.path().join("logs/001-a.log"));
        assert_eq!(written.unwrap(), "text");
    }

    #[test]
    fn only_the_owner_can_read_it_whoever_could_before() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("new/er");
        let folder = Folder::create(&path, "log").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        let file = path.join("001-a.log");
        fs::write(&file, "a longer text").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        folder.write(0, 0, &"a.scs".into(), "text").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
    }

    #[test]
    fn files_of_earlier_runs_are_told_apart() {
        let above = tempfile::tempdir().unwrap();
        let create = || Folder::create(above.path(), "log").unwrap();
        let write = |folder: &Folder, number, name: &str| {
            folder.write(number, 0, &name.into(), "text").unwrap();
        };
        let first = create();
        for (number, name) in ["a.scs", "b.scs", "c.scs", "d.scs", "e.scs"]
            .iter()
            .enumerate()
        {
            write(&first, number, name);
        }
        assert_eq!(first.told_of_earlier(), None);
        fs::write(above.path().join("notes.log"), "mine").unwrap();
        fs::write(above.path().join("1.transcript"), "").unwrap();
        let second = create();
        write(&second, 0, "a.scs");
        let told = second.told_of_earlier().unwrap();
        assert!(
            told.ends_with(": 002-b.log, 003-c.log, 004-d.log and 1 more"),
            "{told}"
        );
        write(&second, 1, "b.scs");
        let told = second.told_of_earlier().unwrap();
        assert!(
            told.ends_with(": 003-c.log, 004-d.log, 005-e.log"),
            "{told}"
        );
    }
}
