//! What a failure means by the clauses that are claimed: a deviation, a failure, and which clauses it breaks.

use std::sync::Arc;
use std::time::Duration;

use super::super::ScriptOutcome;
use super::fake_server::{FOOTER, HANG_UP, NO_UTF8};
use super::stage::{Performed, Play, play};
use crate::claims::Claims;
use crate::clauses::Level;
use crate::diagnostic::Color;
use crate::plan::{Enforced, PlanOptions};
use crate::report::model::{Script, Verdict as Reported};
use crate::report::{Ending, Manner, Verbosity};
use crate::verdict::Verdict;

pub(super) const HEAD: &str = "## xep: 0045\n";

const STEP: &str = "Romeo connects
# § 1 [aaaa] it answers
Romeo receives:
	<message id='h'/>
# § 2 [bbbb]
Romeo receives: nothing
";

/// The play, with these levels for the clauses that begin with a letter.
pub(super) fn with_levels(play: Play, enforced: Enforced, levels: &[(char, Level)]) -> Play {
    let mut claims = Claims::of(&play.script());
    let steps = claims.steps.iter_mut().chain([&mut claims.script]);
    for claim in steps.flat_map(Arc::make_mut) {
        let mut levels = levels.iter();
        let own = levels.find(|(letter, _)| claim.fingerprint.starts_with(*letter));
        claim.level = own.map(|(_, level)| *level);
    }
    play.options(PlanOptions {
        claims: Some(claims),
        enforced,
        ..PlanOptions::default()
    })
}

/// What a story comes to, and which clauses are broken.
async fn came(head: &'static str, story: &str, levels: &[(char, Level)]) -> (Verdict, Vec<String>) {
    let play = with_levels(play(story).tagged(head), Enforced::Must, levels);
    told(&play.perform().await)
}

fn told(played: &Performed) -> (Verdict, Vec<String>) {
    let outcome = &played.outcome;
    let broken = outcome.ended_at().map(|step| step.broken());
    let broken = broken.unwrap_or_default().into_iter();
    let prints = broken.map(|claim| claim.fingerprint.clone());
    (outcome.verdict(), prints.collect())
}

fn prints<const N: usize>(prints: [&str; N]) -> Vec<String> {
    prints.map(str::to_owned).to_vec()
}

#[tokio::test(start_paused = true)]
async fn the_level_of_the_step_decides() {
    let should = [('a', Level::Should)];
    let broken = prints(["aaaa"]);
    assert_eq!(
        came(HEAD, STEP, &should).await,
        (Verdict::Deviated, broken.clone())
    );
    assert_eq!(
        came(HEAD, STEP, &[('a', Level::Must)]).await,
        (Verdict::Failed, broken.clone())
    );
    assert_eq!(
        came(HEAD, STEP, &[]).await,
        (Verdict::Failed, broken.clone())
    );
    let strict = with_levels(play(STEP).tagged(HEAD), Enforced::Should, &should);
    assert_eq!(told(&strict.perform().await), (Verdict::Failed, broken));
}

#[tokio::test(start_paused = true)]
async fn the_story_ends_with_a_deviation() {
    let play = with_levels(
        play(STEP).tagged(HEAD),
        Enforced::Must,
        &[('a', Level::Should)],
    );
    let played = play.perform().await;
    assert_eq!(played.statuses(), ["passed", "failed", "not run"]);
    let report = report(&played.outcome);
    let clauses = report.claimed();
    let verdicts: Vec<_> = clauses
        .map(|clause| (clause.section.as_str(), clause.verdict))
        .collect();
    assert_eq!(
        verdicts,
        [("1", Reported::Deviated), ("2", Reported::NotRun)]
    );
    assert_eq!(report.breaks.len(), 1);
    assert_eq!(
        report.breaks[0].to_string(),
        "XEP-0045 §1 (SHOULD): it answers"
    );
}

#[tokio::test(start_paused = true)]
async fn those_of_the_script_count_where_a_step_has_none() {
    let head = "## xep: 0045\n## § 3 [cccc] all of it\n";
    let story = "Romeo connects\nRomeo receives:\n\t<message id='h'/>\n";
    let should = [('c', Level::Should)];
    assert_eq!(
        came(head, story, &should).await,
        (Verdict::Deviated, prints(["cccc"]))
    );
    let must = [('a', Level::Must), ('c', Level::Should)];
    assert_eq!(
        came(head, STEP, &must).await,
        (Verdict::Failed, prints(["aaaa"]))
    );
}

#[tokio::test(start_paused = true)]
async fn an_either_breaks_the_clauses_of_all_alternatives() {
    let story = "Romeo connects
Either
	# § 1 [aaaa] it answers
	Romeo receives:
		<message id='h'/>
or
	# § 2 [bbbb]
	Romeo receives:
		<message id='i'/>
or
	# § 3 [cccc]
	Romeo receives:
		<message id='j'/>
";
    let may = [
        ('a', Level::Should),
        ('b', Level::Should),
        ('c', Level::May),
    ];
    let both = prints(["aaaa", "bbbb"]);
    assert_eq!(
        came(HEAD, story, &may).await,
        (Verdict::Deviated, both.clone())
    );
    let must = [('a', Level::Should), ('b', Level::Must), ('c', Level::May)];
    assert_eq!(came(HEAD, story, &must).await, (Verdict::Failed, both));
}

/// What a play comes to, which clauses are broken, and what came of each that it claims.
async fn with_all(play: Play, levels: &[(char, Level)]) -> (Verdict, Vec<String>, Vec<Reported>) {
    let played = with_levels(play, Enforced::Must, levels).perform().await;
    let report = report(&played.outcome);
    let clauses = report.claimed().map(|clause| clause.verdict).collect();
    let (verdict, broken) = told(&played);
    (verdict, broken, clauses)
}

const COMPLETE: &str = "## xep: 0045\n## complete\n";

/// Romeo says something, which comes back, and is told something else; what else comes, and for whom, is given.
fn answered(head: &'static str, to: &'static str, more: &str) -> Play {
    let story = "Romeo and Juliet connect
# § 1 [aaaa]
Romeo sends:
	<presence/>
# § 2 [bbbb] once, and nobody else
Romeo receives:
	<message id='$<id>' to='${Romeo's JID}'/>
# § 4 [dddd]
Romeo receives:
	<iq id='${id}' type='result'/>
";
    let own = "<message id='1' to='romeo@localhost'/><iq id='1' type='result'/>";
    let play = play(story).tagged(head);
    play.on("<presence", "romeo", own).on("<presence", to, more)
}

const SHOULD: &[(char, Level)] = &[('b', Level::Should), ('c', Level::Should)];

#[tokio::test(start_paused = true)]
async fn what_comes_once_more_breaks_the_clause_of_its_like() {
    let unknown = Reported::NotRun;
    let broken = [unknown, Reported::Failed, unknown];
    for (to, more) in [
        ("romeo", "<message id='1' to='romeo@localhost'/>"),
        ("romeo", "<message id='2' to='romeo@localhost/other'/>"),
        ("juliet", "<message id='2' to='juliet@localhost'/>"),
    ] {
        let play = || answered(COMPLETE, to, more);
        let (verdict, prints_of, clauses) = with_all(play(), &[]).await;
        assert_eq!((verdict, prints_of), (Verdict::Failed, prints(["bbbb"])));
        assert_eq!(clauses, broken);
        let (verdict, _, clauses) = with_all(play(), SHOULD).await;
        assert_eq!(verdict, Verdict::Deviated);
        assert_eq!(clauses[1], Reported::Deviated);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_is_put_in_breaks_the_clause_as_well() {
    let play = || answered(COMPLETE, "juliet", "");
    let nothing_wrong = with_all(play(), &[]).await;
    assert_eq!(nothing_wrong.0, Verdict::Passed);
    for fault in ["twice", "elsewhere"] {
        let broken = with_all(play().fault("Romeo", 6, fault), &[]).await;
        assert_eq!((broken.0, broken.1), (Verdict::Failed, prints(["bbbb"])));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_like_nothing_that_is_expected_is_no_deviation() {
    let unknown = [Reported::NotRun; 3];
    let other = "<message id='1' to='romeo@localhost'><error/></message><presence/>";
    for (to, more) in [("juliet", "<presence/>"), ("romeo", "<presence/>")] {
        let (verdict, broken, clauses) = with_all(answered(COMPLETE, to, more), SHOULD).await;
        assert_eq!((verdict, broken), (Verdict::Failed, Vec::new()));
        assert_eq!(clauses, unknown);
    }
    // Of several that are left, each counts.
    let (verdict, broken, _) = with_all(answered(COMPLETE, "romeo", other), SHOULD).await;
    assert_eq!((verdict, broken), (Verdict::Failed, prints(["bbbb"])));
}

#[tokio::test(start_paused = true)]
async fn what_is_left_breaks_what_the_whole_script_demands() {
    let whole = "## xep: 0045\n## complete\n## § 3 [cccc]\n";
    let play = || answered(whole, "juliet", "<presence/>");
    let must = with_all(play(), &[]).await;
    assert_eq!((must.0, must.1), (Verdict::Failed, prints(["cccc"])));
    let (verdict, broken, clauses) = with_all(play(), SHOULD).await;
    assert_eq!((verdict, broken), (Verdict::Failed, Vec::new()));
    assert_eq!(clauses, [Reported::NotRun; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_complete_play_whose_stream_ends_keeps_no_clause() {
    let ended = with_all(answered(COMPLETE, "juliet", FOOTER), SHOULD).await;
    assert_eq!((ended.0, ended.1), (Verdict::Failed, Vec::new()));
    assert_eq!(ended.2, [Reported::NotRun; 3]);
}

/// All ways in which a server gives a stream up.
pub(super) const CRASHES: [&str; 5] = [
    HANG_UP,
    FOOTER,
    NO_UTF8,
    "<a b<a b>",
    "<stream:error><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
];

#[tokio::test(start_paused = true)]
async fn a_crash_is_nothing_that_a_recommendation_allows() {
    let begin = "Romeo connects\nRomeo sends:\n\t<presence/>\n";
    let steps = [
        "# § 2 [bbbb]\nRomeo receives:\n\t<message id='h'/>\n",
        "# § 2 [bbbb]\nRomeo does not receive:\n\t<message id='h'/>\n",
        "Romeo receives:\n\t<message id='h'/>\n",
        "Either\n\t# § 2 [bbbb]\n\tRomeo receives:\n\t\t<message id='h'/>\nor\n\t# § 3 [cccc]\n\tRomeo receives:\n\t\t<iq/>\n",
    ];
    for (step, crash) in steps
        .iter()
        .flat_map(|step| CRASHES.map(|crash| (step, crash)))
    {
        let head = "## xep: 0045\n## § 3 [cccc] all of it\n";
        let play = || {
            let story = format!("{begin}{step}");
            play(&story).tagged(head).on("<presence", "romeo", crash)
        };
        let (verdict, broken, clauses) = with_all(play(), SHOULD).await;
        let failed = (Verdict::Failed, Vec::new());
        assert_eq!((verdict, broken), failed, "{step}{crash}");
        assert!(
            clauses.iter().all(|own| *own == Reported::NotRun),
            "{step}{crash}"
        );
        let (verdict, broken, _) = with_all(play(), &[]).await;
        assert_eq!(verdict, Verdict::Failed);
        assert!(!broken.is_empty(), "{step}{crash}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_by_what_was_sent_is_no_deviation() {
    let story = "Romeo connects\n# § 2 [bbbb]\nRomeo sends:\n\t<presence/>\n";
    for crash in [HANG_UP, NO_UTF8] {
        let play = play(story).tagged("## xep: 0045\n## § 3 [cccc]\n");
        let crashed = with_all(play.on("<presence", "romeo", crash), SHOULD).await;
        assert_eq!((crashed.0, crashed.1), (Verdict::Failed, Vec::new()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_claimed_can_deviate() {
    let step = "# § 2 [bbbb]\nRomeo is disconnected:\n\t</stream:stream>\n";
    let either = "Either\n\t# § 2 [bbbb]\n\tRomeo receives:\n\t\t<message/>\nor\n\t# § 3 [cccc]\n\tRomeo is disconnected:\n\t\t</stream:stream>\n";
    let begin = "Romeo connects\nRomeo sends:\n\t<presence/>\n";
    for step in [step, either] {
        let came = |end| async move {
            let story = format!("{begin}{step}");
            let play = play(&story).tagged(HEAD).on("<presence", "romeo", end);
            with_all(play, SHOULD).await.0
        };
        assert_eq!(came(HANG_UP).await, Verdict::Deviated, "{step}");
        assert_eq!(came("<a b<a b>").await, Verdict::Failed, "{step}");
        assert_eq!(came(FOOTER).await, Verdict::Passed, "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alternative_without_clauses_is_demanded() {
    let story = "Romeo connects
Either
	# § 2 [bbbb]
	Romeo receives:
		<message id='h'/>
or
	Romeo receives:
		<message id='i'/>
";
    let none = with_all(play(story).tagged(HEAD), SHOULD).await;
    assert_eq!((none.0, none.1), (Verdict::Failed, prints(["bbbb"])));
    assert_eq!(none.2, [Reported::Deviated]);
    let head = "## xep: 0045\n## § 3 [cccc]\n";
    let recommended = with_all(play(story).tagged(head), SHOULD).await;
    assert_eq!(recommended.0, Verdict::Deviated);
}

#[tokio::test(start_paused = true)]
async fn a_refused_prologue_is_no_deviation() {
    let story = "Prologue
Romeo connects
# § 1 [aaaa]
Romeo sends:
	<iq type='set' id='h'><x xmlns='urn:x'/></iq>
# § 1 [aaaa]
Romeo receives:
	<iq type='result' id='h'/>
Story
Romeo receives: nothing
";
    let error = "<iq type='error' id='h'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
    let play = play(story)
        .tagged(HEAD)
        .on("<iq type='set'", "romeo", error);
    let played = with_levels(play, Enforced::Must, &[('a', Level::Should)])
        .perform()
        .await;
    assert_eq!(told(&played), (Verdict::NotTested, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn the_screen_tells_which_clause_is_broken() {
    let play = |level| with_levels(play(STEP).tagged(HEAD), Enforced::Must, &[('a', level)]);
    let failed = play(Level::Must).screen(Verbosity::Normal).await;
    let broken =
        "  breaks XEP-0045 §1 (MUST): it answers\n    https://xmpp.org/extensions/xep-0045.html\n";
    assert!(failed.contains(broken), "{failed}");
    let deviates = play(Level::Should).screen(Verbosity::Normal).await;
    assert!(deviates.contains("\ndevi. play"), "{deviates}");
    assert!(
        deviates.contains("      breaks XEP-0045 §1 (SHOULD): it answers\n"),
        "{deviates}"
    );
    let verbose = play(Level::Should).screen(Verbosity::Verbose).await;
    assert!(verbose.contains("       deviates "), "{verbose}");
}

fn report(outcome: &ScriptOutcome) -> Script {
    let manner = Manner {
        color: Color::Plain,
        columns: None,
        again: None,
    };
    Ending::of_outcome(outcome, Duration::ZERO, manner).report
}
