//! What comes of a run with a fault that is put in.

use std::fs;

use crate::program::{assert_ends, scansion};

const SCRIPT: &str = "# A request
[Client] Romeo
	jid: romeo@localhost
	password: x
---
Romeo connects
Romeo sends:
	<iq type='get' id='a'><query xmlns='jabber:iq:roster'/></iq>
Romeo receives:
	<iq type='result' id='a'/>
Romeo receives: nothing
";

#[test]
fn a_fault_is_noticed_or_not_or_cannot_be_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("play.scs");
    let ends = |script: &str, fault: &str, code: i32, words: &[&str]| {
        fs::write(&path, script).unwrap();
        let path = path.to_str().unwrap();
        let arguments = ["run", path, "--launch", "prosody", "--fault", fault];
        assert_ends(&scansion(&arguments).output().unwrap(), code, words);
    };
    ends(
        SCRIPT,
        "Romeo line 9: missing",
        1,
        &["is put in", "1 failed"],
    );
    ends(SCRIPT, "Romeo line 9: sender", 0, &["nothing notices it"]);
    let red = SCRIPT.replace("'result'", "'error'");
    let red = format!("{red}Romeo sends:\n\t<presence/>\nRomeo receives:\n\t<presence/>\n");
    let why = ["was not put in, as the script does not pass without it"];
    ends(&red, "Romeo line 14: missing", 2, &why);
}
