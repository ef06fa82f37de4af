//! A play for tests: a script, the server that it runs against, and the outcome.

use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use regex::Regex;

use super::super::{
    Event, Failure, Happening, Interrupter, Keep, Reason, Reporter, RunError, RunOptions, Runner,
    ScriptOutcome, StepStatus, interrupt, replay,
};
use super::fake_server::{Cue, FakeServer, Farewell, Manners, Pong, Welcome};
use crate::diagnostic::Color;
use crate::diagnostic::Severity;
use crate::doubt::LiveFault;
use crate::plan::{self, Enforced, Plan, PlanOptions, Renaming};
use crate::report::{Console, Ending, Manner, OrderedOutput, Verbosity};
use crate::script::ast::Script;
use crate::script::{self, Part, ScriptError};
use crate::source::SourceFile;
use crate::transcript::{Conditions, Transcript};
use crate::xmpp::{ConnectOptions, Direction, Limits};

/// The cast of every play.
const CAST: &str = "
[Client] Romeo
	jid: romeo@localhost
	password: montague

[Client] Juliet
	jid: juliet@localhost
	password: capulet

[Client] Juliet's phone
	jid: juliet@localhost
	password: capulet
	resource: phone
";

/// How long the runner waits for what is expected.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How long it has to be quiet where nothing may come.
pub(super) const QUIET: Duration = Duration::from_millis(200);

/// A play that is about to be run.
pub(super) struct Play {
    story: String,
    tags: &'static str,
    cast: &'static str,
    manners: Manners,
    options: PlanOptions,
    keep: Keep,
    limits: Limits,
    interrupted_after: Option<Duration>,
    columns: Option<usize>,
    fault: Option<(&'static str, usize, &'static str)>,
}

/// A play of Romeo, Juliet and Juliet's phone; `story` is what follows the curtain.
pub(super) fn play(story: &str) -> Play {
    Play {
        story: story.to_owned(),
        tags: "",
        cast: CAST,
        manners: Manners::default(),
        options: PlanOptions::default(),
        keep: Keep::All,
        limits: Limits::default(),
        interrupted_after: None,
        columns: None,
        fault: None,
    }
}

impl Play {
    /// Adds lines to the head of the script.
    pub(super) fn tagged(mut self, tags: &'static str) -> Self {
        self.tags = tags;
        self
    }

    /// Has another cast.
    pub(super) fn cast(mut self, cast: &'static str) -> Self {
        self.cast = cast;
        self
    }

    /// Has other options.
    pub(super) fn options(mut self, options: PlanOptions) -> Self {
        self.options = options;
        self
    }

    /// Keeps something else of what happens than everything.
    pub(super) fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// Takes no more than this from the server.
    pub(super) fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// When the server hears something, it sends this to one of its connections.
    pub(super) fn on(self, heard: &'static str, to: &'static str, xml: impl Into<String>) -> Self {
        self.later(Duration::ZERO, heard, to, xml)
    }

    /// The same, after some time.
    pub(super) fn later(
        mut self,
        after: Duration,
        heard: &'static str,
        to: &'static str,
        xml: impl Into<String>,
    ) -> Self {
        let xml = xml.into();
        self.manners.cues.push(Cue {
            heard,
            after,
            to,
            xml,
        });
        self
    }

    /// A user is not let in.
    pub(super) fn welcome(mut self, user: &'static str, welcome: Welcome) -> Self {
        self.manners.welcomes.insert(user, welcome);
        self
    }

    /// An entity answers pings in its own way.
    pub(super) fn pong(mut self, entity: &'static str, pong: Pong) -> Self {
        self.manners.pongs.insert(entity, pong);
        self
    }

    /// The server closes its streams in its own way.
    pub(super) fn farewell(mut self, farewell: Farewell) -> Self {
        self.manners.farewell = Some(farewell);
        self
    }

    /// The screen has so many columns.
    pub(super) fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Little fits into a connection before the server reads it.
    pub(super) fn pipe(mut self, bytes: usize) -> Self {
        self.manners.pipe = Some(bytes);
        self
    }

    /// The user stops the run after a while.
    pub(super) fn interrupted_after(mut self, time: Duration) -> Self {
        self.interrupted_after = Some(time);
        self
    }

    /// A fault is put in: that of an actor in a line of the story, which is called so.
    pub(super) fn fault(mut self, actor: &'static str, line: usize, fault: &'static str) -> Self {
        self.fault = Some((actor, line, fault));
        self
    }

    /// Plays it. However it ends, every step has an outcome and every connection is over.
    pub(super) async fn perform(self) -> Performed {
        let mut events = Recorder::default();
        let (outcome, server) = self.perform_before(&mut events).await;
        Performed {
            outcome,
            events: events.0,
            server,
        }
    }

    /// Plays it, and judges another one by what happened. The events are those of the judging.
    pub(super) async fn judge(self, edited: Self) -> Performed {
        let performed = self.perform().await;
        let mut events = Recorder::default();
        let outcome = replayed(&edited.plan(), &performed.outcome, &mut events).await;
        assert_eq!(outcome.duration, Duration::ZERO);
        Performed {
            outcome,
            events: events.0,
            ..performed
        }
    }

    /// Plays it and gives what the user sees, times left out.
    pub(super) async fn screen(self, verbosity: Verbosity) -> String {
        let columns = self.columns;
        let screen = Screen::default();
        let page = OrderedOutput::new(Box::new(screen.clone())).part(0);
        let mut console = Console::new(page, verbosity, columns);
        let (outcome, _) = self.perform_before(&mut console).await;
        console.ended(&ending(&outcome, columns));
        screen.text()
    }

    /// The same of a play of which a recording does not say everything.
    pub(super) async fn screen_only(self, verbosity: Verbosity) -> String {
        let columns = self.columns;
        let screen = Screen::default();
        let page = OrderedOutput::new(Box::new(screen.clone())).part(0);
        let mut console = Console::new(page, verbosity, columns);
        let outcome = self.perform_once(&mut console).await;
        console.ended(&ending(&outcome, columns));
        screen.text()
    }

    async fn perform_before(self, reporter: &mut dyn Reporter) -> (ScriptOutcome, FakeServer) {
        let (plan, options) = (self.plan(), self.run_options());
        let fault = self.fault.map(|fault| live(fault, &plan));
        let server = FakeServer::new(self.manners);
        let (interrupter, interrupted) = interrupt();
        let runner = Runner::new(&server, options, interrupted);
        let runner = runner.with_fault(fault.as_ref().map(|fault| fault as _));
        let interrupting = async {
            if let Some(time) = self.interrupted_after {
                tokio::time::sleep(time).await;
                interrupter.interrupt();
            }
        };
        let ((), outcome) = tokio::join!(biased; interrupting, runner.run(&plan, reporter));
        // What the runner has left behind has time to go.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let (made, over) = server.connections();
        assert_eq!(made, over, "a connection is still open");
        assert_eq!(outcome.steps.len(), plan.steps.len());
        // What was put in is not on the wire.
        if fault.is_none() {
            let again = replayed(&plan, &outcome, &mut ()).await;
            assert_judged_alike(&outcome, &again);
        }
        (outcome, server)
    }

    /// Plays it only once and writes nothing down, for plays of which there would be too much.
    pub(super) async fn perform_only(self) -> ScriptOutcome {
        self.perform_once(&mut ()).await
    }

    async fn perform_once(self, reporter: &mut dyn Reporter) -> ScriptOutcome {
        let (plan, options) = (self.plan(), self.run_options());
        let server = FakeServer::new(self.manners);
        let (_interrupter, interrupted) = interrupt();
        let runner = Runner::new(&server, options, interrupted);
        runner.run(&plan, reporter).await
    }

    /// Plays it until an actor has received a message: then the user stops the run.
    pub(super) async fn perform_until_a_message_comes(self) -> ScriptOutcome {
        let (plan, options) = (self.plan(), self.run_options());
        let server = FakeServer::new(self.manners);
        let (interrupter, interrupted) = interrupt();
        let runner = Runner::new(&server, options, interrupted);
        runner.run(&plan, &mut Impatient(interrupter)).await
    }

    fn run_options(&self) -> RunOptions {
        let mut options = run_options(self.keep);
        options.connect.limits = self.limits;
        options
    }

    fn plan(&self) -> Plan {
        plan::resolve(&self.script(), &self.options).unwrap()
    }

    /// What is played.
    pub(super) fn script(&self) -> Script {
        let text = format!("{}\n{}\n---------\n{}", self.tags, self.cast, self.story);
        let parsed = script::parse(SourceFile::new("play.scs", &text));
        let is_sound = |error: &ScriptError| error.severity() < Severity::Error;
        assert!(parsed.errors.iter().all(is_sound), "{:?}", parsed.errors);
        script::stage(&parsed.script).plays.remove(0)
    }
}

/// How a play has ended, as a screen of so many columns shows it.
fn ending(outcome: &ScriptOutcome, columns: Option<usize>) -> Ending {
    let manner = Manner {
        color: Color::Plain,
        columns,
        again: None,
    };
    Ending::of_outcome(outcome, Duration::ZERO, manner)
}

/// A fault in a line of the story of a plan.
fn live((actor, line, fault): (&str, usize, &str), plan: &Plan) -> LiveFault {
    let source = &plan.info.source;
    let curtain = source.text().find("---------").unwrap();
    let line = source.position(curtain).line + line;
    let name = format!("{actor} line {line}: {fault}").parse().unwrap();
    LiveFault::of(&name, plan).unwrap()
}

/// Stops the run as soon as a message has come.
struct Impatient(Interrupter);

impl Reporter for Impatient {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Wire {
            direction: Direction::Received,
            xml,
            ..
        } = event
            && xml.to_string().starts_with("<message")
        {
            self.0.interrupt();
        }
    }
}

/// The outcome of a plan that is judged by a transcript of its own run, or of the run of one like it.
async fn replayed(
    plan: &Plan,
    outcome: &ScriptOutcome,
    reporter: &mut dyn Reporter,
) -> ScriptOutcome {
    let conditions = Conditions {
        renaming: Renaming::default(),
        given: outcome.given.clone(),
        strict: false,
        complete: false,
        any_order: false,
        open: false,
        enforced: Enforced::default(),
        timeout: PATIENCE,
        quiet_time: QUIET,
    };
    let text = Transcript::of(outcome, conditions, String::new(), None).to_string();
    let transcript = Transcript::read("play.transcript", &text).unwrap();
    assert_eq!(transcript.to_string(), text);
    let moments = transcript.moments_for(plan).unwrap();
    let recorded = transcript.recorded(&moments);
    replay(plan, recorded, &run_options(Keep::All), reporter).await
}

/// What happened, and when, but for the pings, which are not repeated.
fn told(outcome: &ScriptOutcome) -> impl Iterator<Item = String> + '_ {
    let moments = outcome.moments[..outcome.story_end.moments].iter();
    let moments = moments.filter(|moment| {
        !matches!(
            moment.happening,
            Happening::Pinged(_)
                | Happening::AskedStream
                | Happening::Silent(_)
                | Happening::Ponged
        )
    });
    moments.map(|moment| format!("{:?} {} {:?}", moment.at, moment.actor, moment.happening))
}

/// Every play is judged by its recording as it was in front of the server, without waiting.
#[track_caller]
fn assert_judged_alike(outcome: &ScriptOutcome, again: &ScriptOutcome) {
    assert_eq!(again.duration, Duration::ZERO);
    for (moment, again) in told(outcome).zip(told(again)) {
        assert_eq!(moment, again);
    }
    // The epilogue is played in front of a server only.
    let steps = outcome.steps.iter().zip(&again.steps);
    for (step, own) in steps.filter(|(step, _)| step.part != Part::Epilogue) {
        match (&step.status, &own.status) {
            // An error is not in the recording, as no actor received it.
            (StepStatus::Errored(_), _) => return,
            // The runner's own questions are not asked again, so a step may pass during which they were not answered.
            (StepStatus::Failed(failure), _)
                if matches!(failure.reason, Reason::NoAnswer { .. }) =>
            {
                let ended = again.ended_at();
                let ended = ended.map(|step| (step.step, &step.status));
                let Some((at, StepStatus::Failed(found))) = ended else {
                    panic!("{ended:?}");
                };
                assert_eq!((at, &found.reason), (step.step, &failure.reason));
                return;
            }
            (StepStatus::Failed(failure), StepStatus::Failed(own)) => {
                assert_eq!(failure.reason, own.reason);
                assert_eq!(failure.span, own.span);
                assert_eq!(candidates(failure), candidates(own));
            }
            (one, other) => assert_eq!(status(one), status(other), "{other:?}"),
        }
    }
    let chosen = outcome.chosen.iter();
    let chosen = chosen.filter(|chosen| {
        let mut steps = outcome.steps.iter();
        let first = steps.find(|step| step.alternative == Some(chosen.either));
        first.is_none_or(|first| first.part != Part::Epilogue)
    });
    assert!(chosen.eq(&again.chosen));
    let strays = |outcome: &ScriptOutcome| outcome.unexpected.len();
    assert_eq!(strays(outcome), strays(again));
}

fn run_options(keep: Keep) -> RunOptions {
    RunOptions {
        timeout: PATIENCE,
        quiet_time: QUIET,
        connect: ConnectOptions {
            step_timeout: PATIENCE,
            ..ConnectOptions::default()
        },
        keep,
    }
}

/// The outcome of a play.
pub(super) struct Performed {
    pub(super) outcome: ScriptOutcome,
    pub(super) events: Vec<String>,
    pub(super) server: FakeServer,
}

impl Performed {
    /// Sees that all steps have passed.
    #[track_caller]
    pub(super) fn passed(&self) -> &Self {
        let passed = |status: &StepStatus| matches!(status, StepStatus::Passed);
        for step in &self.outcome.steps {
            assert!(
                passed(&step.status),
                "step {}: {:?}",
                step.step,
                step.status
            );
        }
        self
    }

    /// Sees that all steps have passed but one, which was not run.
    #[track_caller]
    pub(super) fn passed_but(&self, step: usize) -> &Self {
        let statuses = self.statuses();
        let mut others = statuses.iter().enumerate();
        let wanted = |own| match own == step {
            true => "not run",
            false => "passed",
        };
        assert!(
            others.all(|(own, status)| *status == wanted(own)),
            "{statuses:?}"
        );
        self
    }

    /// The names of the alternatives that were chosen.
    pub(super) fn chosen(&self) -> Vec<&str> {
        let chosen = self.outcome.chosen.iter();
        chosen.map(|chosen| chosen.label.as_str()).collect()
    }

    /// The failure that ended it.
    #[track_caller]
    pub(super) fn failure(&self) -> &Failure {
        match &self.end().status {
            StepStatus::Failed(failure) => failure,
            other => panic!("no failure but {other:?}"),
        }
    }

    /// The run error that ended it.
    #[track_caller]
    pub(super) fn error(&self) -> &RunError {
        match &self.end().status {
            StepStatus::Errored(error) => error,
            other => panic!("no run error but {other:?}"),
        }
    }

    #[track_caller]
    fn end(&self) -> &super::super::StepOutcome {
        self.outcome.ended_at().expect("it must not have passed")
    }

    /// Sees why it failed, and that this was known at once.
    #[track_caller]
    pub(super) fn failed_at_once(&self, reason: &Reason) -> &Failure {
        assert_eq!(&self.failure().reason, reason);
        assert_took(self.end().duration, Duration::ZERO);
        self.failure()
    }

    /// How each step ended: `passed`, `failed`, `errored`, `not run`.
    pub(super) fn statuses(&self) -> Vec<&'static str> {
        let steps = self.outcome.steps.iter();
        steps.map(|step| status(&step.status)).collect()
    }

    /// The time that a step took.
    pub(super) fn duration(&self, step: usize) -> Duration {
        self.outcome.steps[step].duration
    }

    /// What came and no step expected: `Juliet: 1`, the number being the id.
    pub(super) fn unexpected(&self) -> Vec<String> {
        let strays = self.outcome.unexpected.iter();
        strays
            .map(|stray| {
                let id = stray.element.attr("id").unwrap_or("?");
                format!("{}: {id}", stray.actor)
            })
            .collect()
    }

    /// The events that begin with something.
    pub(super) fn events(&self, beginning: &str) -> Vec<&str> {
        let events = self.events.iter().map(String::as_str);
        events
            .filter(|event| event.starts_with(beginning))
            .collect()
    }
}

/// The ids of the candidates of a failure.
pub(super) fn candidates(failure: &Failure) -> Vec<&str> {
    let candidates = failure.candidates.iter();
    candidates
        .map(|candidate| candidate.element.attr("id").unwrap_or("?"))
        .collect()
}

/// Sees that something took as long as it should; timers may be some milliseconds late.
#[track_caller]
pub(super) fn assert_took(took: Duration, wanted: Duration) {
    let late = took.checked_sub(wanted);
    let is_right = late.is_some_and(|late| late < Duration::from_millis(20));
    assert!(is_right, "took {took:?} rather than {wanted:?}");
}

/// Sees that lines are what they should be.
#[track_caller]
pub(super) fn assert_lines<T: AsRef<str> + Debug>(lines: &[T], wanted: &[&str]) {
    let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
    assert_eq!(lines, wanted);
}

fn status(status: &StepStatus) -> &'static str {
    match status {
        StepStatus::Passed => "passed",
        StepStatus::Failed(_) => "failed",
        StepStatus::Errored(_) => "errored",
        StepStatus::NotRun => "not run",
    }
}

/// Keeps what is written to it.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    fn text(&self) -> String {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let time = Regex::new(r"\b[0-9]+\.[0-9]{2} s\b").unwrap();
        time.replace_all(&text, "0.00 s").into_owned()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes down what the runner tells.
#[derive(Default)]
struct Recorder(Vec<String>);

impl Reporter for Recorder {
    fn event(&mut self, event: &Event<'_>) {
        self.0.push(match event {
            Event::ScriptStarted(_) => "script".to_owned(),
            Event::StepStarted { step, .. } => format!("step {step}"),
            Event::Wire {
                actor,
                direction: Direction::Sent,
                xml,
            } => format!("wire {actor} > {xml}"),
            Event::Wire { actor, xml, .. } => format!("wire {actor} < {xml}"),
            Event::Ruled { step, earlier, .. } => match earlier {
                None => format!("ruled by {step}"),
                Some(xml) => format!("ruled by {step}: {xml}"),
            },
            Event::Flush { actor, entities } => format!("flush {actor}: {}", entities.join(", ")),
            Event::Notice { actor, text } => format!("notice {actor}: {text}"),
            Event::Warning { step, text, .. } => format!("warning {step}: {text}"),
            Event::PartStarted { heading, .. } => heading.part.to_string(),
            Event::ChoiceStarted { choice, .. } => format!("choice {:?}", choice.steps()),
            Event::Chose {
                choice,
                alternative,
                ..
            } => format!("chose {}", choice.label(*alternative)),
            Event::StepFinished { outcome, .. } => {
                format!("step {} {}", outcome.step, status(&outcome.status))
            }
            Event::ScriptFinished(_) => "script finished".to_owned(),
        });
    }
}
