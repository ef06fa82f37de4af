//! What a failure means by the clauses that are claimed: a deviation, a failure, and which clauses it breaks.

use std::sync::Arc;
use std::time::Duration;

use super::super::ScriptOutcome;
use super::stage::{Performed, Play, play};
use crate::claims::Claims;
use crate::clauses::Level;
use crate::diagnostic::Color;
use crate::plan::{Enforced, PlanOptions};
use crate::report::model::{Script, Verdict as Reported};
use crate::report::{Ending, Manner, Verbosity};
use crate::verdict::Verdict;

const HEAD: &str = "## xep: 0045\n";

const STEP: &str = "Romeo connects
# § 1 [aaaa] it answers
Romeo receives:
	<message id='h'/>
# § 2 [bbbb]
Romeo receives: nothing
";

/// The play, with these levels for the clauses that begin with a letter.
fn with_levels(play: Play, enforced: Enforced, levels: &[(char, Level)]) -> Play {
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

#[tokio::test(start_paused = true)]
async fn what_is_left_at_the_end_is_of_no_step() {
    let story = "Romeo connects
# § 1 [aaaa]
Romeo sends:
	<message id='h'/>
";
    let left = |head: &'static str, levels: &'static [(char, Level)]| async move {
        let play = play(story)
            .tagged(head)
            .on("<message", "romeo", "<message id='h'/>");
        let played = with_levels(play, Enforced::Must, levels).perform().await;
        let clauses = report(&played.outcome);
        let clauses = clauses.claimed().map(|clause| clause.verdict);
        (told(&played), clauses.collect::<Vec<_>>())
    };
    let should = &[('a', Level::Should), ('c', Level::Should)];
    let (own, clauses) = left("## xep: 0045\n## complete\n", should).await;
    assert_eq!(own, (Verdict::Failed, Vec::new()));
    assert_eq!(clauses, [Reported::Passed]);
    let head = "## xep: 0045\n## complete\n## § 3 [cccc]\n";
    let (whole, clauses) = left(head, should).await;
    assert_eq!(whole, (Verdict::Deviated, prints(["cccc"])));
    assert_eq!(clauses, [Reported::Deviated, Reported::Passed]);
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
