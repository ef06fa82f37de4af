//! What keeps many scripts from being run: a server that is not there, that does not have their domain, or that gives
//! nobody an account. The first script that meets it tells it, as a run of a thousand scripts would say it a thousand
//! times. Of the others that would meet it, the first two are tried all the same, and then fewer and fewer: it may have
//! been a trouble of a moment. Where somebody has got in, nothing is taken for closed any more.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::accounts::{self, AccountErrorKind};
use crate::case::CaseId;
use crate::plan::{ActorPlan, Plan, Step};
use crate::runner::{RunErrorKind, ScriptOutcome, StepStatus};
use crate::script::{Deed, Verb};
use crate::xmpp::{ConnectError, Milestone, TlsPolicy};

/// Where a server is asked for a domain, and how TLS begins there.
type Door = (String, String, TlsPolicy);

/// Where actors get in and where they do not, as far as that is known.
#[derive(Default)]
pub(super) struct Doors {
    open: RefCell<BTreeSet<Door>>,
    closed: RefCell<BTreeMap<Door, Closed>>,
}

/// Why nobody gets in.
struct Closed {
    whom: Whom,
    /// The script that tells it.
    teller: CaseId,
    /// In which words.
    why: String,
    /// How many others were to meet it.
    others: u32,
}

/// Who does not get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    /// Who connects.
    All,
    /// Who logs in.
    Users,
    /// Who needs an account first.
    Strangers,
}

impl Doors {
    /// Why a script need not be tried. Whether accounts are made depends on the run.
    pub(super) fn closed(&self, plan: &Plan, makes_accounts: bool) -> Option<String> {
        let mut closed = self.closed.borrow_mut();
        let kept_out = plan.actors.iter().enumerate().find_map(|(index, actor)| {
            let closed = closed.get(&door(actor))?;
            let is_kept_out = match closed.whom {
                Whom::Strangers => makes_accounts && has_account(actor),
                Whom::Users => makes_accounts && has_account(actor) || logs_in(plan, index),
                Whom::All => makes_accounts && has_account(actor) || connects(plan, index),
            };
            is_kept_out.then(|| door(actor))
        });
        let closed = closed.get_mut(&kept_out?)?;
        // Another attempt of the script that tells it is a fresh start.
        if closed.teller == plan.info.headline.case {
            return None;
        }
        closed.others += 1;
        let Closed { teller, why, .. } = closed;
        (!closed.others.is_power_of_two())
            .then(|| format!("not tried, for the same reason as {teller}: {why}"))
    }

    /// Takes in that actors have got in.
    fn open<'p>(&self, actors: impl Iterator<Item = &'p ActorPlan>) {
        let (mut open, mut closed) = (self.open.borrow_mut(), self.closed.borrow_mut());
        for door in actors.map(door) {
            closed.remove(&door);
            open.insert(door);
        }
    }

    /// Takes in that accounts have been made for a script.
    pub(super) fn let_in(&self, plan: &Plan) {
        self.open(plan.actors.iter().filter(|actor| has_account(actor)));
    }

    /// Takes in that an account could not be made; gives whether another script tells why.
    pub(super) fn refuses(&self, plan: &Plan, account: &str, kind: &AccountErrorKind) -> bool {
        let whom = match kind {
            AccountErrorKind::Connect(error) => whom(error),
            kind => kind.is_of_all().then_some(Whom::Strangers),
        };
        self.meet(plan, account, whom, kind.to_string())
    }

    /// Takes in that a client could not log in; gives whether another script tells why.
    pub(super) fn keeps_out(&self, plan: &Plan, error: &ConnectError) -> bool {
        self.meet(plan, &error.who, whom(error), error.to_string())
    }

    /// Takes in who got in and how a script ended; gives whether another one tells why.
    pub(super) fn after(&self, plan: &Plan, outcome: &ScriptOutcome) -> bool {
        let steps = plan.steps.iter().zip(&outcome.steps);
        let passed = steps.filter(|(_, taken)| matches!(taken.status, StepStatus::Passed));
        let users = passed.filter(|(step, _)| leads_in(plan, step));
        self.open(users.map(|(step, _)| &plan.actors[step.actor]));
        if let Some(step) = outcome.ended_at()
            && let StepStatus::Errored(error) = &step.status
            && let RunErrorKind::Connect(error) = error.kind.as_ref()
        {
            return self.keeps_out(plan, error);
        }
        false
    }

    fn meet(&self, plan: &Plan, who: &str, whom: Option<Whom>, why: String) -> bool {
        let mut actors = plan.actors.iter();
        let actor = actors.find(|actor| actor.jid.to_bare().to_string() == who);
        let (Some(whom), Some(door)) = (whom, actor.map(door)) else {
            return false;
        };
        let mut closed = self.closed.borrow_mut();
        if self.open.borrow().contains(&door) || closed.contains_key(&door) {
            let known = closed.get(&door);
            return known.is_some_and(|closed| closed.teller != plan.info.headline.case);
        }
        let closing = Closed {
            whom,
            teller: plan.info.headline.case.clone(),
            why,
            others: 0,
        };
        closed.insert(door, closing);
        false
    }
}

fn door(actor: &ActorPlan) -> Door {
    let domain = actor.identity.domain.clone();
    (actor.endpoint.to_string(), domain, actor.login.tls)
}

/// Whom it keeps out, if not only the one who has met it.
fn whom(error: &ConnectError) -> Option<Whom> {
    match (error.is_of_server(), error.is_of_domain()) {
        (true, _) => Some(Whom::All),
        (false, true) => Some(Whom::Users),
        (false, false) => None,
    }
}

fn has_account(actor: &ActorPlan) -> bool {
    accounts::of_actor(actor).is_some()
}

/// Whether an actor logs in, with TLS if the server wants it.
fn logs_in(plan: &Plan, actor: usize) -> bool {
    let mut steps = plan.steps.iter().filter(|step| step.actor == actor);
    steps.any(|step| leads_in(plan, step))
}

fn connects(plan: &Plan, actor: usize) -> bool {
    let mut steps = plan.steps.iter().filter(|step| step.actor == actor);
    steps.any(|step| reached(step).is_some())
}

/// Whether the actor of a step has logged in by it, with TLS if the server wants it.
fn leads_in(plan: &Plan, step: &Step) -> bool {
    let is_login = match reached(step) {
        Some(Milestone::Login | Milestone::Session) => true,
        Some(Milestone::Connection | Milestone::Stream) | None => false,
    };
    is_login && plan.actors[step.actor].login.tls != TlsPolicy::None
}

fn reached(step: &Step) -> Option<Milestone> {
    match &step.verb {
        Verb::Does(Deed::Reach(milestone)) => Some(*milestone),
        Verb::Does(_) | Verb::Expects(_) | Verb::Rules(_) => None,
    }
}
