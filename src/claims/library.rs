//! The indexes that scripts are checked against: those in the nearest folder above each, or in one that the user names.
//! Each folder is looked into once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::clauses::{IndexError, Indexes, folder_above};

/// Where indexes come from.
#[derive(Debug, Default)]
pub struct Library {
    /// The folder for all scripts, if the user names one.
    folder: Option<PathBuf>,
    known: RefCell<BTreeMap<PathBuf, Rc<Indexes>>>,
}

impl Library {
    /// With the indexes of this folder for all scripts, if there is one.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            known: RefCell::default(),
        }
    }

    /// The indexes for a script.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn indexes_for(&self, script: &Path) -> Result<Rc<Indexes>, IndexError> {
        let folder = self.folder.clone().or_else(|| folder_above(script));
        let Some(folder) = folder else {
            return Ok(Rc::default());
        };
        if let Some(known) = self.known.borrow().get(&folder) {
            return Ok(Rc::clone(known));
        }
        let indexes = Rc::new(Indexes::in_folder(&folder)?);
        self.known.borrow_mut().insert(folder, Rc::clone(&indexes));
        Ok(indexes)
    }
}
