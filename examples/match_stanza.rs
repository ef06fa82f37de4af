//! Compares stanzas with an expectation, without a server.
//!
//! ```text
//! cargo run --example match_stanza
//! ```

use std::error::Error;
use std::io::{self, Write};

use scansion::matcher::{self, Bindings, Pattern};
use scansion::plan::{self, PlanOptions};
use scansion::script;
use scansion::source::SourceFile;

/// Expectations belong to scripts, so this is one, though it is never acted out.
const SCRIPT: &str = r#"
[Client] Romeo
	jid: romeo@example.org

---

Romeo connects

Romeo receives:
	<message from="$<friend>" type="chat">
		<body>Good morrow</body>
	</message>
"#;

/// More than what is expected may come, but for the body this is the same.
const FITTING: &str = "<message xmlns='jabber:client' from='benvolio@example.org' type='chat' id='1'>\
    <body>Good morrow</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>";

/// This is not what is expected.
const OTHER: &str = "<message xmlns='jabber:client' from='tybalt@example.org' type='chat'>\
    <body>Good den</body></message>";

fn main() -> Result<(), Box<dyn Error>> {
    compare_both(&mut io::stdout())
}

/// Compares both stanzas with the expectation of the script.
pub fn compare_both(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let pattern = expectation()?;
    for stanza in [FITTING, OTHER] {
        compare(&pattern, stanza, out)?;
    }
    Ok(())
}

/// Takes the expectation out of the script: text, tree, plan, pattern.
fn expectation() -> Result<Pattern, Box<dyn Error>> {
    let reading = script::read(SourceFile::new("example.scs", SCRIPT));
    let plan = plan::resolve(&reading.script, &PlanOptions::default())
        .map_err(|errors| errors[0].clone())?;
    let expectations = plan.steps.iter().filter_map(|step| step.verb.expectation());
    let first = expectations
        .flat_map(|expectation| &expectation.items)
        .next();
    let first = first.cloned();
    first.ok_or_else(|| "the script expects nothing".into())
}

/// Matching is a pure function: bindings go in, and bindings or a mismatch come out.
fn compare(pattern: &Pattern, stanza: &str, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let element = stanza.parse()?;
    match matcher::compare(pattern, &element, &Bindings::new()) {
        Ok(bindings) => {
            let friend = bindings.get("friend").unwrap_or("nobody");
            writeln!(out, "it matches, and the friend is {friend}")?;
        }
        Err(mismatch) => writeln!(out, "{}", mismatch.focus())?,
    }
    Ok(())
}
