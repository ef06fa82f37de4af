//! Paths in one form, however they are given. No file is looked at.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::visible::harmless_line;

/// A path with `/` between its parts, and none that leads nowhere: `./spec//a.scs` and `spec/x/../a.scs` are
/// `spec/a.scs`.
pub(crate) fn normal(path: &Path) -> String {
    let parts: Vec<_> = clean(path)
        .components()
        .filter(|part| *part != Component::RootDir)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let root = if path.has_root() { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// A path as it is shown.
pub(crate) fn shown(path: &Path) -> String {
    harmless_line(&path.display().to_string())
}

/// The way from a folder to a file, both of them absolute paths.
pub(crate) fn relative(path: &Path, folder: &Path) -> String {
    let (path, folder) = (clean(path), clean(folder));
    let shared = path.components().zip(folder.components());
    let shared = shared.take_while(|(one, other)| one == other).count();
    let up = folder
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(path.components().skip(shared)).collect();
    normal(&way)
}

fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if clean.file_name().is_some_and(|last| last != "..") => {
                clean.pop();
            }
            Component::ParentDir if clean.has_root() => {}
            part => clean.push(part),
        }
    }
    clean
}

/// Things by the paths of files, which are found although the same files are seen from elsewhere: one of two paths is the
/// tail of the other one.
#[derive(Debug)]
pub(crate) struct ByTail<T>(HashMap<OsString, Vec<(PathBuf, T)>>);

impl<T> Default for ByTail<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> ByTail<T> {
    /// Adds a thing; several can be of one path.
    pub(crate) fn insert(&mut self, path: &str, thing: T) {
        let path = PathBuf::from(normal(Path::new(path)));
        let name = path.file_name().unwrap_or_default().to_owned();
        self.0.entry(name).or_default().push((path, thing));
    }

    /// The things of a path, in the order in which they were added.
    pub(crate) fn find(&self, path: &str) -> impl DoubleEndedIterator<Item = &T> {
        let path = PathBuf::from(normal(Path::new(path)));
        let alike = self.0.get(path.file_name().unwrap_or_default());
        let alike = alike.into_iter().flatten();
        let same = alike.filter(move |(own, _)| own.ends_with(&path) || path.ends_with(own));
        same.map(|(_, thing)| thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_path_is_written_does_not_matter() {
        for (written, expected) in [
            ("./spec//a.scs", "spec/a.scs"),
            ("spec/b/../a.scs", "spec/a.scs"),
            ("../spec/a.scs", "../spec/a.scs"),
            ("../../a.scs", "../../a.scs"),
            ("/spec/./a.scs", "/spec/a.scs"),
            ("/../a.scs", "/a.scs"),
        ] {
            assert_eq!(normal(Path::new(written)), expected);
        }
    }

    #[test]
    fn a_file_is_found_from_a_folder() {
        for (path, folder, expected) in [
            ("/p/spec/a.scs", "/p", "spec/a.scs"),
            ("/p/spec/a.scs", "/p/ci", "../spec/a.scs"),
            ("/p/x/../a.scs", "/p/./", "a.scs"),
            ("/q/a.scs", "/p/ci", "../../q/a.scs"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(folder)), expected);
        }
    }

    #[test]
    fn a_file_is_found_from_elsewhere() {
        let mut things = ByTail::default();
        for (number, path) in ["spec/a.scs", "./spec/a.scs", "/x/spec/b.scs", "aspec/a.scs"]
            .into_iter()
            .enumerate()
        {
            things.insert(path, number);
        }
        for (path, expected) in [
            ("/home/spec/a.scs", &[0, 1][..]),
            ("a.scs", &[0, 1, 3]),
            ("spec/b.scs", &[2]),
            ("other/a.scs", &[]),
            ("c.scs", &[]),
        ] {
            assert_eq!(
                things.find(path).copied().collect::<Vec<_>>(),
                expected,
                "{path}"
            );
        }
    }
}
