//! A green run is worth as much as what would have made it red: stanzas that real servers sent are falsified, one thing
//! at a time, and the scripts are judged by the transcripts with that in them.
//!
//! What a rule of the language leaves open is told apart, and not counted: the order of stanzas that stand in no order,
//! nonzas that no step takes, what a standing rule takes, and what no expectation looks at. The last is not found out
//! here, but follows: if nothing may be left, a changed stanza that makes no script fail was taken as it is now. So of
//! changes within stanzas the table tells how many the scripts look at; all else has to be noticed.
//!
//! `cargo test --test live falsified -- --nocapture` shows the table.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fmt, fs};

use minidom::Element;
use scansion::matcher::{self, Bindings, ChildOrder};
use scansion::plan::{self, Plan, PlanOptions, Receiving, Step};
use scansion::runner::{
    self, Happening, Keep, Moment, Reason, Recorded, RunOptions, ScriptOutcome, StepStatus,
};
use scansion::script::ast::ActorName;
use scansion::script::{Deed, StandingRule, Verb};
use scansion::transcript::Transcript;
use scansion::verdict::Verdict;
use scansion::xmpp::ConnectOptions;
use tokio::runtime::{Builder, Runtime};

use crate::explain::scansion;
use crate::falsehood::{Falsehood, Falsified, falsified};
use crate::program::root;
use crate::scripts::{plain_scripts, reading};

/// What became of the falsehoods of a kind.
#[derive(Debug, Default, Clone)]
struct Tally {
    made: usize,
    /// By the scripts as they are.
    noticed: usize,
    /// If nothing may be left that no step takes.
    noticed_if_complete: usize,
    /// Not even then, as a rule leaves it open.
    left_open: usize,
    /// Not even then, though no rule leaves them open.
    blind: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "of {:4}: {:4} noticed, {:4} with `--complete`, {:4} left open, {:4} not noticed",
            self.made,
            self.noticed,
            self.noticed_if_complete,
            self.left_open,
            self.blind.len()
        )
    }
}

/// A script and what was recorded of it, made ready to be judged.
struct Judge {
    name: String,
    plan: Plan,
    /// The same, if nothing may be left that no step takes.
    complete: Plan,
    transcript: Transcript,
    options: RunOptions,
    runtime: Runtime,
}

impl Judge {
    fn of(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let transcript = Transcript::read(&path.display().to_string(), &text).unwrap();
        let name = transcript.case.path().to_owned();
        let reading = reading(Path::new(&name));
        let script = reading.play();
        let conditions = &transcript.conditions;
        let options = PlanOptions {
            renaming: conditions.renaming.clone(),
            given: conditions.given.clone(),
            receiving: conditions.strict.then_some(Receiving::Next),
            child_order: conditions.any_order.then_some(ChildOrder::Any),
            ..PlanOptions::default()
        };
        let plan = plan::resolve(script, &options).unwrap();
        let complete = Plan {
            complete: true,
            ..plan.clone()
        };
        let options = RunOptions {
            timeout: conditions.timeout,
            quiet_time: conditions.quiet_time,
            connect: ConnectOptions::default(),
            keep: Keep::Last,
        };
        let runtime = Builder::new_current_thread().build().unwrap();
        Self {
            name,
            plan,
            complete,
            transcript,
            options,
            runtime,
        }
    }

    /// The story of the transcript, up to its end, without the stanzas that the script does not take: they are not its
    /// subject.
    fn moments(&self) -> Vec<Moment> {
        let moments = self.transcript.moments_for(&self.plan).unwrap();
        let mut moments = self.transcript.recorded(&moments).moments.to_vec();
        while let Some(left) = left_over(&self.judge(&self.complete, &moments)) {
            let at = moments.iter().rposition(|moment| {
                let actor = &self.plan.actors[moment.actor].name;
                *actor == left.0 && is_received(moment, &left.1)
            });
            moments.remove(at.expect("it came"));
        }
        moments
    }

    fn judge(&self, plan: &Plan, moments: &[Moment]) -> ScriptOutcome {
        let recorded = Recorded {
            moments,
            steps: &self.transcript.steps,
            ended: self.transcript.story_end.at,
        };
        let mut nobody = ();
        let replay = runner::replay(plan, recorded, &self.options, &mut nobody);
        self.runtime.block_on(replay)
    }

    /// The moments of the story: it is over before the steps by which its actors only leave.
    fn is_of_story(&self, moment: &Moment) -> bool {
        let leaves = |step: &Step| matches!(step.verb, Verb::Does(Deed::Disconnect));
        let last = self.plan.steps.iter().rposition(|step| !leaves(step));
        last.is_some_and(|last| moment.step <= last)
    }

    /// Whether a rule of the language leaves a falsehood open that is not noticed, though nothing may be left.
    fn leaves_open(&self, falsified: &Falsified, bindings: &Bindings) -> bool {
        match falsified.kind {
            // The stanza was taken as it is now.
            Falsehood::ChildRemoved
            | Falsehood::ChildTwice
            | Falsehood::OtherTo
            | Falsehood::OtherType
            | Falsehood::OtherText => true,
            // What `receives` passes over may come in any order.
            Falsehood::Swapped => true,
            Falsehood::Dropped | Falsehood::Twice | Falsehood::Leaked => {
                !is_stanza(&falsified.stanza) || self.is_taken_by_rule(falsified, bindings)
            }
        }
    }

    /// Whether a standing rule takes the stanza, as often as it comes.
    fn is_taken_by_rule(&self, falsified: &Falsified, bindings: &Bindings) -> bool {
        let steps = self.plan.steps.iter();
        let own = steps.filter(|step| step.actor == falsified.actor);
        let rules = own.filter_map(|step| step.verb.rule());
        let mut patterns = rules.flat_map(StandingRule::taken);
        patterns.any(|pattern| {
            let bound = matcher::accepts(pattern, &falsified.stanza, bindings);
            matches!(bound, Ok(Some(_)))
        })
    }
}

/// Whether it is no nonza, which `complete` does not count.
fn is_stanza(element: &Element) -> bool {
    matches!(element.name(), "iq" | "message" | "presence")
}

/// The first stanza that was left, and whose it is.
fn left_over(outcome: &ScriptOutcome) -> Option<(ActorName, Element)> {
    let StepStatus::Failed(failure) = &outcome.ended_at()?.status else {
        return None;
    };
    let Reason::LeftOver { left } = &failure.reason else {
        return None;
    };
    let first = left.first()?;
    Some((first.actor.clone(), first.element.clone()))
}

fn is_received(moment: &Moment, element: &Element) -> bool {
    matches!(&moment.happening, Happening::Received(came) if **came == *element)
}

/// Falsifies all stanzas of a transcript that the script took.
fn tally(path: &Path, tallies: &mut BTreeMap<Falsehood, Tally>) {
    let judge = Judge::of(path);
    let moments = judge.moments();
    let true_one = judge.judge(&judge.complete, &moments);
    assert_eq!(true_one.verdict(), Verdict::Passed, "{}", judge.name);
    let story = moments.iter().enumerate();
    let story = story.filter(|(_, moment)| judge.is_of_story(moment));
    for (at, _) in story {
        for falsified in falsified(&moments, at, &judge.plan) {
            let is_noticed =
                |plan| judge.judge(plan, &falsified.moments).verdict() != Verdict::Passed;
            let tally = tallies.entry(falsified.kind).or_default();
            tally.made += 1;
            tally.noticed += usize::from(is_noticed(&judge.plan));
            if is_noticed(&judge.complete) {
                tally.noticed_if_complete += 1;
            } else if judge.leaves_open(&falsified, &true_one.bindings) {
                tally.left_open += 1;
            } else {
                let shown = String::from(&*falsified.stanza);
                let blind = format!("{}: {}: {shown}", judge.name, falsified.kind);
                tally.blind.push(blind);
            }
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what one runs this for")]
fn falsified_stanzas_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let transcripts = folder.path().join("new");
    let to = transcripts.to_str().unwrap();
    let options = ["--launch=prosody", "--jobs=4", "--transcript", to];
    let scripts = plain_scripts().into_iter().map(|path| {
        let path = path.strip_prefix(root()).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let scripts: Vec<String> = scripts.collect();
    let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
    scansion(&[&["run"], &options[..], &scripts].concat()).ended(0, &[]);
    let mut tallies = BTreeMap::new();
    for entry in fs::read_dir(&transcripts).unwrap() {
        tally(&entry.unwrap().path(), &mut tallies);
    }
    let mut blind = Vec::new();
    let mut noticed = 0;
    for (kind, tally) in tallies {
        println!("{kind:24} {tally}");
        noticed += tally.noticed_if_complete;
        blind.extend(tally.blind);
    }
    let all = noticed + blind.len();
    println!("{noticed} of {all} that no rule leaves open");
    blind.iter().for_each(|one| println!("not noticed: {one}"));
    assert!(noticed * 10 >= all * 9, "{blind:#?}");
}
