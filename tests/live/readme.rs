//! What the README shows of the program is what the program says.

use std::fs;

use regex::Regex;

use crate::launched::Launched;
use crate::program::{root, scansion};

/// What the README shows: a command, and what it says.
fn shown() -> Vec<(String, String)> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("\n```console\n$ ").skip(1);
    let blocks = blocks.map(|block| block.split_once("\n```\n").unwrap().0);
    let blocks = blocks.map(|block| block.split_once('\n').unwrap());
    blocks
        .map(|(command, said)| (command.to_owned(), said.to_owned()))
        .collect()
}

/// What changes from run to run: times, and what the server chooses.
fn without_chance(text: &str) -> String {
    let time = Regex::new(r"\d+\.\d{2,3} s").unwrap();
    let text = time.replace_all(text, "N.NN s");
    let resource = Regex::new(r"/[\w-]{12}\x22").unwrap();
    let text = resource.replace_all(&text, "/RESOURCE\"");
    let id = Regex::new(r" id=\x22[\w-]{20,}\x22").unwrap();
    id.replace_all(&text, " id=\"ID\"").trim_end().to_owned()
}

/// The server of the README is at the usual port, and that of the test is not.
#[test]
fn commands_say_what_is_shown() {
    let shown = shown();
    assert_eq!(shown.len(), 2);
    for (command, said) in shown {
        let words = command.strip_prefix("scansion ").unwrap();
        let script = words.split(' ').nth(1).unwrap();
        let server = Launched::for_scripts("prosody", &[root().join(script)]);
        let address = format!("localhost:{}", server.port());
        let words = words.replace("localhost", &address);
        let words: Vec<&str> = words.split(' ').collect();
        let output = scansion(&words).output().unwrap();
        // On a screen both come together, what the program has to note first.
        let both = [output.stderr, output.stdout].concat();
        let both = String::from_utf8(both)
            .unwrap()
            .replace(&address, "localhost");
        assert_eq!(without_chance(&said), without_chance(&both));
    }
}
