//! The two ways to judge a plan: in front of a server, and by what was recorded of one.

use super::backend::Backend;
use super::event::{Event, Reporter};
use super::interrupt::{Interrupt, interrupt};
use super::options::RunOptions;
use super::outcome::{ScriptOutcome, StepOutcome, Unmet};
use super::replay::{Recorded, Replay};
use super::script_run::ScriptRun;
use super::tamper::Tamper;
use crate::plan::{self, Plan, Terms};
use crate::xmpp::Dial;

/// Acts out plans.
pub struct Runner<'a> {
    dialer: &'a dyn Dial,
    options: RunOptions,
    interrupt: Interrupt,
    fault: Option<&'a dyn Tamper>,
}

impl<'a> Runner<'a> {
    /// A runner that reaches servers by `dialer`.
    pub fn new(dialer: &'a dyn Dial, options: RunOptions, interrupt: Interrupt) -> Self {
        Self {
            dialer,
            options,
            interrupt,
            fault: None,
        }
    }

    /// The same, which puts a fault in if there is one.
    pub fn with_fault(self, fault: Option<&'a dyn Tamper>) -> Self {
        Self { fault, ..self }
    }

    /// Acts out a plan. Whatever happens, all connections are closed at the end and the outcome has every step.
    pub async fn run(&self, plan: &Plan, reporter: &mut dyn Reporter) -> ScriptOutcome {
        reporter.event(&Event::ScriptStarted(plan));
        let backend = Backend::live(self.dialer);
        let script_run = ScriptRun::new(plan, backend, &self.options, reporter);
        let mut script_run = script_run.with_fault(self.fault);
        let steps = script_run.act(self.interrupt.clone()).await;
        script_run.hear_out(&steps, self.interrupt.clone()).await;
        let outcome = end(script_run, steps).await;
        reporter.event(&Event::ScriptFinished(&outcome));
        outcome
    }

    /// Does not act out a plan, as the server does not have what it requires.
    pub fn pass_over(
        &self,
        plan: &Plan,
        unmet: Unmet,
        reporter: &mut dyn Reporter,
    ) -> ScriptOutcome {
        reporter.event(&Event::ScriptStarted(plan));
        let backend = Backend::live(self.dialer);
        let script_run = ScriptRun::new(plan, backend, &self.options, reporter);
        let steps = script_run.none_taken();
        let mut outcome = script_run.outcome(steps);
        outcome.unmet = Some(unmet);
        reporter.event(&Event::ScriptFinished(&outcome));
        outcome
    }
}

/// Judges a plan by what was recorded of a script with the same cast, without any server and without waiting. It is
/// judged as a run would do it, up to where the recording cannot tell what comes.
pub async fn replay(
    plan: &Plan,
    recorded: Recorded<'_>,
    options: &RunOptions,
    reporter: &mut dyn Reporter,
) -> ScriptOutcome {
    let plan = InRecordedOrder::of(plan);
    plan.judge(recorded, options, reporter).await
}

/// A plan for which the order of the story is that of a recording. It can be judged by many.
#[derive(Debug)]
pub struct InRecordedOrder(Plan);

impl InRecordedOrder {
    /// A plan with that order.
    pub fn of(plan: &Plan) -> Self {
        let in_order = |terms| Terms {
            sync: plan::Sync::None,
            ..terms
        };
        Self(Plan {
            terms: in_order(plan.terms),
            lent: plan.lent.map(in_order),
            ..plan.clone()
        })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }

    /// Judges the plan as [`replay`] does.
    pub async fn judge(
        &self,
        recorded: Recorded<'_>,
        options: &RunOptions,
        reporter: &mut dyn Reporter,
    ) -> ScriptOutcome {
        let plan = &self.0;
        reporter.event(&Event::ScriptStarted(plan));
        let backend = Backend::Recorded(Replay::new(recorded, plan));
        let mut script_run = ScriptRun::new(plan, backend, options, reporter);
        let (_interrupter, interrupt) = interrupt();
        let steps = script_run.act(interrupt).await;
        let outcome = end(script_run, steps).await;
        reporter.event(&Event::ScriptFinished(&outcome));
        outcome
    }
}

/// Ends a run whose story is over: the steps after which a stream broke fail, the epilogue is played, and all
/// connections are closed.
async fn end(mut script_run: ScriptRun<'_>, mut steps: Vec<StepOutcome>) -> ScriptOutcome {
    script_run.backend.go_to_end();
    script_run.heed_broken_streams(&mut steps).await;
    script_run.recording.end_story();
    script_run.play_epilogue(&mut steps).await;
    script_run.close_all().await;
    script_run.outcome(steps)
}
