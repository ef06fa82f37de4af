//! A folder in which a run leaves a file for each script.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::atomic_file::{self, Readers};
use super::file::{Unreadable, unreadable};
use crate::case::CaseId;

/// A folder with a file for each script.
pub(super) struct Folder {
    path: PathBuf,
    /// What the names of the files end in.
    ending: &'static str,
}

impl Folder {
    /// Makes the folder, if it is not there.
    pub(super) fn create(path: &Path, ending: &'static str) -> Result<Self, Unreadable> {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.map_err(|error| unreadable(path, error))?;
        let path = path.to_owned();
        Ok(Self { path, ending })
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
        let name = file_name(number, attempt, case);
        let path = self.path.join(format!("{name}.{}", self.ending));
        atomic_file::write(&path, text.as_bytes(), Readers::Owner)
            .map_err(|error| unreadable(&path, error))
    }
}

/// `007-spec-login`: scripts of one name in several folders, or run several times, do not meet.
fn file_name(number: usize, attempt: usize, case: &CaseId) -> String {
    let name = case.to_string();
    let stem = name.strip_suffix(".scs").unwrap_or(&name);
    let plain = stem.replace(|char: char| !(char.is_alphanumeric() || char == '_'), "-");
    let attempt = match attempt {
        0 => String::new(),
        attempt => format!("-attempt-{}", attempt + 1),
    };
    format!("{:03}-{}{attempt}", number + 1, plain.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_named_after_its_script() {
        assert_eq!(file_name(6, 0, &"spec/login.scs".into()), "007-spec-login");
        assert_eq!(
            file_name(6, 1, &"spec/login.scs".into()),
            "007-spec-login-attempt-2"
        );
        assert_eq!(file_name(0, 0, &"../a b.scs".into()), "001-a-b");
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
}
