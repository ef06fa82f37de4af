//! `scansion report compare`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser, ValueParser};
use thiserror::Error;

use super::atomic_file::{folder, place};
use super::exit_code::ExitCode;
use super::file;
use super::merge::{NoReport, read};
use super::output::{complain, complain_of_all, say, warn};
use super::replaced::Replaced;
use super::reports::{Outlets, ReportTo, help};
use super::words::words;
use crate::open_files::in_words;
use crate::paths::shown;
use crate::report::listed;
use crate::report::matrix::{Form, Matrix, Source, is_page_of};

/// `scansion report compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Reports, written by `scansion run --report json=FILE`; a column is called as its report calls the server, or
    /// NAME. Failures lead to the page FILE.html beside FILE.json, if there is one
    #[arg(value_name = "[NAME=]FILE", required = true, value_parser = named())]
    files: Vec<Named>,
    #[arg(long = "report", value_name = "FORMAT[=FILE]", help = help("Write the table", &forms()), value_parser = words::<ReportTo<Form>>(Form::ALL.map(Form::name)), hide_possible_values = true)]
    reports: Vec<ReportTo<Form>>,
}

/// The forms of the table, and which one it has unless another is asked for.
fn forms() -> String {
    let forms = listed(Form::ALL.map(Form::name));
    format!("{forms} [default: {}]", Form::Markdown)
}

/// A report, and perhaps what its column is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    title: Option<String>,
    pub(super) path: PathBuf,
}

fn named() -> ValueParser {
    OsStringValueParser::new()
        .try_map(|text| Ok::<_, Infallible>(Named::of(text, Path::exists)))
        .into()
}

impl Named {
    /// If there is a file of this name as it stands, it is a path without a name before it, even with a `=` in it.
    pub(super) fn of(text: OsString, is_there: impl Fn(&Path) -> bool) -> Self {
        let parted = text.as_bytes().iter().position(|byte| *byte == b'=');
        match parted {
            Some(at) if at > 0 && !is_there(Path::new(&text)) => {
                let (title, path) = (&text.as_bytes()[..at], &text.as_bytes()[at + 1..]);
                Self {
                    title: Some(String::from_utf8_lossy(title).into_owned()),
                    path: OsStr::from_bytes(path).into(),
                }
            }
            Some(_) | None => Self {
                title: None,
                path: text.into(),
            },
        }
    }
}

/// The error that it is not known where the table will be.
#[derive(Debug, Error)]
#[error("{}: {}", shown(path), in_words(source))]
struct NoFolder {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Puts reports side by side.
pub(super) fn compare(arguments: &CompareArgs) -> ExitCode {
    let (sources, unreadable) = read_all(&arguments.files, with_page);
    // A table of some of the reports would look like one of all of them.
    if !unreadable.is_empty() {
        return complain_of_all(&unreadable);
    }
    let default = [ReportTo::to_screen(Form::Markdown)];
    let reports = match arguments.reports.is_empty() {
        true => default.as_slice(),
        false => &arguments.reports,
    };
    let outlets = match Outlets::open(reports) {
        Ok(outlets) => outlets,
        Err(error) => return complain(&error),
    };
    if let Some(page) = page_among(reports, &sources) {
        return complain(&Replaced::new(page, "the page of a report that is read"));
    }
    let matrix = Matrix::new(sources);
    let written = match folders(reports) {
        Ok(folders) => outlets.write_each(|at, form| matrix.write(form, &folders[at])),
        Err(error) => return complain(&error),
    };
    match written {
        Err(error) => complain(&error),
        Ok(()) if reports.iter().any(ReportTo::is_on_screen) => ExitCode::Passed,
        Ok(()) => say(&format!("{}\n", matrix.headline())),
    }
}

/// Where a table would take the place of a page to which it leads.
fn page_among<'a>(tables: &'a [ReportTo<Form>], sources: &[Source]) -> Option<&'a Path> {
    let pages: Vec<&PathBuf> = sources
        .iter()
        .filter_map(|source| source.page.as_ref())
        .collect();
    let mut paths = tables.iter().filter_map(ReportTo::path);
    paths.find(|path| pages.contains(&&place(path)))
}

/// Reads the files, each once for each name.
pub(super) fn read_all(
    files: &[Named],
    source: impl Fn(Option<String>, &Path) -> Result<Source, NoReport>,
) -> (Vec<Source>, Vec<NoReport>) {
    let (mut sources, mut unreadable, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for Named { title, path } in files {
        let place = path.canonicalize().unwrap_or_else(|_| path.clone());
        if !seen.insert((title, place)) {
            continue;
        }
        match source(title.clone(), path) {
            Ok(source) => sources.push(source),
            Err(error) => unreadable.push(error),
        }
    }
    (sources, unreadable)
}

/// A report without its page.
pub(super) fn without_page(title: Option<String>, path: &Path) -> Result<Source, NoReport> {
    let mut report = read(path)?;
    report.change_texts(super::output::without_hidden);
    Ok(Source {
        report,
        path: path.to_owned(),
        title,
        page: None,
    })
}

/// A report, and its page if that is beside it.
fn with_page(title: Option<String>, path: &Path) -> Result<Source, NoReport> {
    let source = without_page(title, path)?;
    let beside = path.with_extension("html");
    let page = match file::read_back(&beside) {
        Ok(text) if is_page_of(&String::from_utf8_lossy(&text), &source.report) => {
            beside.canonicalize().ok()
        }
        Ok(_) => {
            warn(&format!(
                "{} is not the page of {}, so nothing leads there",
                shown(&beside),
                shown(path)
            ));
            None
        }
        Err(_) => None,
    };
    Ok(Source { page, ..source })
}

/// The folders in which the tables will be read: those of their files, or this one.
fn folders(reports: &[ReportTo<Form>]) -> Result<Vec<PathBuf>, NoFolder> {
    let folders = reports.iter().map(|to| {
        let folder = to.path().map_or(Path::new("."), folder);
        folder.canonicalize().map_err(|source| NoFolder {
            path: folder.to_owned(),
            source,
        })
    });
    folders.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_stand_before_a_file() {
        let of = |text: &str, there: &str| {
            let named = Named::of(text.into(), |path| path == Path::new(there));
            (named.title, named.path.display().to_string())
        };
        let named = |title: &str, path: &str| (Some(title.to_owned()), path.to_owned());
        assert_eq!(of("a.json", ""), (None, "a.json".to_owned()));
        assert_eq!(of("old one=a.json", ""), named("old one", "a.json"));
        assert_eq!(of("a=b=c", ""), named("a", "b=c"));
        assert_eq!(of("a=b.json", "a=b.json"), (None, "a=b.json".to_owned()));
        assert_eq!(of("=b.json", ""), (None, "=b.json".to_owned()));
    }
}
