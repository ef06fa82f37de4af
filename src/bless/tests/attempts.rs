//! Whole plays that fail, what they become, and what another play says of that. Each play is a recording: what came
//! after the last act.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::bless::{Blessing, Terms, Undone, bless};
use crate::runner::{
    self, Happening, Keep, Moment, Recorded, RunOptions, ScriptOutcome, TakenStep,
};

use crate::xmpp::ConnectOptions;

const HEAD: &str = "# Title\n## strict\n[Client] Romeo\n\tjid: romeo@localhost/orchard\n\tpassword: x\n\n---\n\n\
    Romeo connects\n\n";
const LONG: Duration = Duration::from_secs(60);

fn script(story: &str) -> Script {
    let reading = read(SourceFile::new("test.scs", &format!("{HEAD}{story}")));
    assert!(reading.is_sound(), "{:?}\n{story}", reading.problems);
    reading.script
}

fn options() -> RunOptions {
    RunOptions {
        timeout: Duration::from_secs(1),
        quiet_time: Duration::from_millis(1),
        connect: ConnectOptions::default(),
        keep: Keep::All,
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

/// How a script comes out if this comes after its actor has connected.
fn played(script: &Script, came: &[&str]) -> ScriptOutcome {
    let plan = plan::resolve(script, &PlanOptions::default()).unwrap();
    let connected = Happening::Connected("romeo@localhost/orchard".to_owned());
    let came = came
        .iter()
        .map(|xml| Happening::Received(Arc::new(element(xml))));
    let moments = std::iter::once(connected).chain(came);
    let moments: Vec<Moment> = moments
        .map(|happening| Moment {
            at: Duration::ZERO,
            actor: 0,
            step: 0,
            is_late: false,
            happening,
        })
        .collect();
    let steps = plan.steps.iter().map(|step| TakenStep {
        line: 0,
        action: plan.info.source.slice(step.span).to_owned(),
        time: None,
    });
    let recorded = Recorded {
        moments: &moments,
        steps: &steps.collect::<Vec<_>>(),
        ended: LONG,
        is_cut_off: false,
    };
    block_on(runner::replay(&plan, recorded, &options(), &mut ()))
}

fn attempted(story: &str, came: &[&str]) -> Result<Blessing, Refusal> {
    attempted_on(&script(story), came)
}

fn attempted_on(script: &Script, came: &[&str]) -> Result<Blessing, Refusal> {
    let outcome = played(script, came);
    let terms = Terms {
        plan: &PlanOptions::default(),
        run: &options(),
    };
    block_on(bless(script, &outcome, terms)).expect("it fails")
}

#[track_caller]
fn assert_becomes(story: &str, came: &[&str], after: &str) {
    let blessing = attempted(story, came).unwrap();
    assert_eq!(blessing.text.strip_prefix(HEAD).unwrap(), after);
    assert_eq!(blessing.in_file(&format!("{HEAD}{story}")), blessing.text);
}

/// What another play says of a blessing, if this comes in it.
fn judged(blessing: &Blessing, came: &[&str]) -> Result<(), Undone> {
    let script = read(SourceFile::new("test.scs", &blessing.text)).script;
    let outcome = played(&script, came);
    blessing.judge(&script, &outcome, &PlanOptions::default())
}

const STORY: &str =
    "Romeo receives:\n\t<message n=\"1\"/>\n\nRomeo receives:\n\t<message n=\"2\"/>\n";
const PRESENCE: &str = "<presence n='3'/>";
const ONE: &str = "<message n='1'/>";
const TWO: &str = "<message n='2'/>";
const THREE: &str = "<message n='3'/>";

#[test]
fn stanzas_more_are_one_change() {
    assert_becomes(
        STORY,
        &[PRESENCE, THREE, ONE, TWO],
        "Romeo receives:\n\t<presence n=\"3\"/>\n\t<message n=\"3\"/>\n\t<message n=\"1\"/>\n\n\
         Romeo receives:\n\t<message n=\"2\"/>\n",
    );
}

#[test]
fn a_stanza_more_among_those_of_any_order_is_one_change() {
    assert_becomes(
        "Romeo receives in any order:\n\t<message n=\"1\"/>\n\t<message n=\"2\"/>\n",
        &[TWO, PRESENCE, ONE],
        "Romeo receives in any order:\n\t<presence n=\"3\"/>\n\t<message n=\"1\"/>\n\t<message n=\"2\"/>\n",
    );
}

#[test]
fn another_stanza_is_expected_behind_what_nobody_expects() {
    assert_becomes(
        STORY,
        &[PRESENCE, THREE, TWO],
        "Romeo receives:\n\t<presence n=\"3\"/>\n\t<message n=\"3\"/>\n\n\
         Romeo receives:\n\t<message n=\"2\"/>\n",
    );
}

#[test]
fn what_nobody_expects_is_no_change_alone() {
    let refused = attempted(STORY, &[PRESENCE]).unwrap_err();
    insta::assert_snapshot!(refused, @"<presence> came where <message> is expected, and `--bless` writes no other kind of stanza in its place");
}

#[test]
fn another_order_is_no_stanza_more() {
    let refused = attempted(STORY, &[TWO, ONE]).unwrap_err();
    insta::assert_snapshot!(refused, @"what came is what the step in line 14 waits for, and it would miss it");
}

#[test]
fn a_change_holds_if_another_play_gets_beyond_it() {
    let blessing = attempted(STORY, &[PRESENCE, ONE, TWO]).unwrap();
    assert_eq!(judged(&blessing, &[PRESENCE, ONE, TWO]), Ok(()));
    // What fails behind it is another matter.
    assert_eq!(judged(&blessing, &[PRESENCE, ONE, THREE]), Ok(()));
    let undone = judged(&blessing, &[ONE, TWO]).unwrap_err();
    insta::assert_snapshot!(undone, @"played once more with it, the script failed in what is its line 12 then");
    let undone = judged(&blessing, &[PRESENCE, THREE, TWO]).unwrap_err();
    insta::assert_snapshot!(undone, @"played once more with it, the script failed in what is its line 13 then");
}

#[test]
fn a_change_does_not_hold_if_it_takes_what_is_for_a_later_step() {
    let story = STORY.replace("n=\"1\"", "m=\"1\"");
    let blessing = attempted(&story, &["<message n='2' m='2'/>"]);
    insta::assert_snapshot!(blessing.unwrap_err(), @"what came is what the step in line 14 waits for, and it would miss it");
}

#[test]
fn modes_that_say_more_than_what_comes_are_left_alone() {
    for (story, came) in [
        ("receives in this order:\n\t<message n=\"1\"/>\n", THREE),
        ("does not receive:\n\t<message n=\"1\"/>\n", ONE),
    ] {
        let refused = attempted(&format!("Romeo {story}"), &[came]).unwrap_err();
        let phrase = story.split(':').next().unwrap();
        let told =
            format!("the expectation in line 11 has `{phrase}`, which `--bless` leaves alone");
        assert_eq!(refused.to_string(), told);
    }
}

#[test]
fn the_prologue_is_left_alone() {
    let receives = "Romeo receives:\n\t<message type='chat' id='1'/>\n";
    let text = format!("{HEAD}{receives}Story\n{receives}");
    let text = text.replace("Romeo connects", "Prologue\nRomeo connects");
    let script = read(SourceFile::new("test.scs", &text)).script;
    let refused = "<message type='error' id='1'><error/></message>";
    for came in ["<message id='2'/>", refused] {
        let left = attempted_on(&script, &[came]).unwrap_err();
        assert_eq!(left, Refusal::Prologue);
    }
}
