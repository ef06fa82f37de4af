//! Reads a script and prints what the library made of it.
//!
//! ```text
//! cargo run --example print_script examples/first_play.scs
//! ```

use std::error::Error;
use std::fs;
use std::io::{self, Write};

use scansion::diagnostic::{Color, Diagnostic};
use scansion::script::ast::Script;
use scansion::script::{ScriptError, read};
use scansion::source::SourceFile;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which script?")?;
    let text = fs::read_to_string(&path)?;
    print(&path, &text, &mut io::stdout())?;
    Ok(())
}

/// Reading always gives a script: what could not be understood is told of beside it.
pub fn print(path: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let reading = read(SourceFile::new(path, text));
    print_overview(&reading.script, out)?;
    print_problems(&reading.script, &reading.problems, out)?;
    // The text that a script is printed as reads as the same script again.
    writeln!(out, "\n{}", reading.script)
}

fn print_overview(script: &Script, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "title: {}", script.title())?;
    for tag in &script.head.tags {
        writeln!(out, "tag:   {tag}")?;
    }
    for actor in &script.cast {
        let class = actor.role.value.keyword;
        writeln!(out, "actor: {} ({class})", actor.name.value)?;
    }
    for action in script.story.iter() {
        // Everything in the tree knows its place in the text.
        let place = script.source.position(action.span.start);
        for actor in action.actors() {
            writeln!(out, "{place}: {} {}", actor.value, action.verb.phrase())?;
        }
    }
    Ok(())
}

fn print_problems(
    script: &Script,
    problems: &[ScriptError],
    out: &mut dyn Write,
) -> io::Result<()> {
    for problem in problems {
        let drawn = Diagnostic::from(problem).render(&script.source, Color::Plain);
        writeln!(out, "\n{drawn}")?;
    }
    Ok(())
}
