//! Scripts: whatever the text, something is said of it; what is right stays so when it is printed or put in
//! order, and has a plan.

use scansion::diagnostic::{Color, Diagnostic};
use scansion::plan::{self, PlanOptions};
use scansion::script::{self, Reading};
use scansion::source::SourceFile;

/// Reads a script.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let reading = read(&text);
    draw(&reading);
    if !reading.is_sound() {
        return;
    }
    let printed = reading.script.to_string();
    let again = read(&printed);
    assert!(again.is_sound(), "{:?} in\n{printed}", again.problems);
    assert_eq!(again.script.to_string(), printed);
    let tidied = tidy(&text);
    assert_eq!(tidy(&tidied), tidied);
    for play in &reading.plays {
        let plan = plan::resolve(play, &PlanOptions::default());
        assert!(plan.is_ok(), "{:?}", plan.err());
    }
}

fn read(text: &str) -> Reading {
    script::read(SourceFile::new("play.scs", text))
}

/// Puts a sound script in order.
fn tidy(text: &str) -> String {
    script::tidy(SourceFile::new("play.scs", text)).expect("it has no mistakes")
}

fn draw(reading: &Reading) {
    for problem in &reading.problems {
        let drawn = Diagnostic::from(problem).render(&reading.script.source, Color::Plain);
        assert!(!drawn.is_empty());
    }
}
