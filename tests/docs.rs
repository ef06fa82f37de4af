//! What the pages say is so: scripts in them are sound, links lead somewhere, and programs say what is shown.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use scansion::diagnostic::{Color, Diagnostic};
use scansion::script::read;
use scansion::source::SourceFile;

#[expect(dead_code, reason = "other tests need more of it")]
mod support;

use support::root;

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
fn assert_sound(name: String, text: &str) {
    let reading = read(SourceFile::new(name, text));
    let drawn = reading
        .problems
        .iter()
        .map(|problem| Diagnostic::from(problem).render(&reading.script.source, Color::Plain));
    assert_eq!(drawn.collect::<Vec<_>>().join("\n"), "");
}

/// A block without a curtain goes on with the first script of its page.
#[test]
fn scripts_in_pages_are_sound() {
    let mut count = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let scripts = blocks(&page, "scs");
        for (line, script) in &scripts {
            let text = match has_curtain(script) {
                true => script.clone(),
                false => format!("{}\n{script}", scripts[0].1),
            };
            assert_sound(format!("{} (line {line})", path.display()), &text);
            count += 1;
        }
    }
    assert!(count >= 8, "only {count} scripts were found");
}

#[test]
fn scripts_of_the_project_are_sound() {
    for folder in ["spec", "examples"] {
        for entry in root().join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "scs") {
                assert_sound(
                    path.display().to_string(),
                    &fs::read_to_string(&path).unwrap(),
                );
            }
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

/// What changes from run to run: times, ports, and the resources that the server chooses.
fn without_chance(text: &str) -> String {
    let time = Regex::new(r"\d+\.\d{2,3} s").unwrap();
    let resource = Regex::new(r"/[\w-]{12}\x22").unwrap();
    let text = time.replace_all(text, "N.NN s");
    let port = Regex::new(r"localhost:\d{4,5}").unwrap();
    let text = resource.replace_all(&text, "/RESOURCE\"");
    port.replace_all(&text, "localhost:PORT").into_owned()
}

/// Does what a transcript begins with, from the project's folder.
fn shell(command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_scansion"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(root())
        .env("PATH", path)
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn transcripts_are_true() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let transcripts = blocks(&readme, "console");
    assert_eq!(transcripts.len(), 2);
    for (_, transcript) in transcripts {
        let (command, shown) = transcript.split_once('\n').unwrap();
        let said = shell(command.strip_prefix("$ ").unwrap());
        assert_eq!(
            without_chance(shown).trim_end(),
            without_chance(&said).trim_end()
        );
    }
}
