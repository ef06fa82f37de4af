//! What the pages say is so: scripts in them are sound, links lead somewhere, and programs say what is shown.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use scansion::diagnostic::{Color, Diagnostic, Severity};
use scansion::script::{Reading, read_with};
use scansion::source::SourceFile;

use crate::program::root;
use crate::scripts::{reading, scripts_below};

/// The pages, by their paths.
fn pages() -> Vec<PathBuf> {
    let docs = root().join("docs").read_dir().unwrap();
    let mut pages: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.is_file());
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    pages
}

/// The fenced blocks of a language, each with the number of its first line.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(found) = line.strip_prefix("```").filter(|found| !found.is_empty()) else {
            continue;
        };
        let block: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .collect();
        if found == language {
            blocks.push((number + 2, block.join("\n") + "\n"));
        }
    }
    blocks
}

fn has_curtain(script: &str) -> bool {
    script.lines().any(|line| line.starts_with("---"))
}

#[track_caller]
fn assert_sound(reading: &Reading) {
    let problems = reading.problems.iter();
    let drawn = problems
        .filter(|problem| problem.severity() > Severity::Hint)
        .map(|problem| Diagnostic::from(problem).render(&reading.script.source, Color::Plain));
    assert_eq!(drawn.collect::<Vec<_>>().join("\n"), "");
}

/// Reads a script of a page. Other scripts that pages name are those of the same name among these.
fn reading_of_page(name: String, text: &str, others: &[PathBuf]) -> Reading {
    read_with(SourceFile::new(name, text), &|path| {
        let mut others = others.iter();
        let script = others.find(|script| script.file_name() == path.file_name());
        let script = script.ok_or("it is not there")?;
        let text = fs::read_to_string(script).map_err(|error| error.to_string())?;
        Ok(SourceFile::new(script.display().to_string(), &text))
    })
}

/// A block without a curtain goes on with the first script of its page.
#[test]
fn scripts_in_pages_are_sound() {
    let mut count = 0;
    let others = scripts_below(&root().join("spec"));
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let scripts = blocks(&page, "scs");
        for (line, script) in &scripts {
            let text = match has_curtain(script) {
                true => script.clone(),
                false => format!("{}\n{script}", scripts[0].1),
            };
            let name = format!("{} (line {line})", path.display());
            assert_sound(&reading_of_page(name, &text, &others));
            count += 1;
        }
    }
    assert!(count >= 8, "only {count} scripts were found");
}

#[test]
fn scripts_of_the_project_are_sound() {
    for folder in ["spec", "examples"] {
        for path in scripts_below(&root().join(folder)) {
            assert_sound(&reading(&path));
        }
    }
}

/// The anchor that a heading is given where the pages are read.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_anchor(path: &Path, wanted: &str) -> bool {
    let page = fs::read_to_string(path).unwrap();
    page.lines()
        .filter_map(|line| line.strip_prefix('#'))
        .any(|heading| anchor(heading.trim_start_matches('#').trim()) == wanted)
}

#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let targets = link
            .captures_iter(&page)
            .map(|link| link.get(1).unwrap().as_str());
        for target in targets.filter(|target| !target.starts_with("http")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            assert!(file.exists(), "{}: {target}", path.display());
            let leads = heading.is_empty() || has_anchor(&file, heading);
            assert!(leads, "{}: {target}", path.display());
        }
    }
}
