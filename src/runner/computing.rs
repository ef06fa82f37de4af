//! What time it is for a step, and hiding what the story computes of passwords and what elements carry that lets somebody
//! in.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use minidom::Element;

use super::backend::Backend;
use super::script_run::ScriptRun;
use crate::matcher::Bindings;
use crate::secrets::Secrets;

impl ScriptRun<'_> {
    /// Sets the clock for some steps, of which one is taken, if the story tells the time. In front of a recording it is
    /// the time that was recorded.
    pub(super) fn set_clock(&mut self, steps: Range<usize>) {
        if self.plan.computing.formulas.tell_time() {
            let recorded = match &self.backend {
                Backend::Live { .. } => None,
                Backend::Recorded(replay) => replay.time_of(steps.clone()),
            };
            let now = recorded.unwrap_or_else(this_moment);
            self.bindings.set_time(now);
            self.times.extend(steps.map(|step| (step, now)));
        }
        self.hide_computed();
    }

    /// The values that there are at this moment, whichever step is being taken.
    pub(super) fn bindings_of_moment(&self) -> Bindings {
        let mut bindings = self.bindings.clone();
        if self.plan.computing.formulas.tell_time() {
            bindings.set_time(this_moment());
        }
        bindings
    }

    /// What came as it was on the wire: a recording has names in the place of what was computed of passwords.
    pub(super) fn with_computed(&self, element: Arc<Element>) -> Arc<Element> {
        match &self.backend {
            Backend::Recorded(_) if !self.plan.computing.hidden.is_empty() => {
                let mut own = Element::clone(&element);
                self.secrets.unseal(&mut own);
                Arc::new(own)
            }
            Backend::Live { .. } | Backend::Recorded(_) => element,
        }
    }

    /// Hides what is computed of passwords and of what has become known by now.
    pub(super) fn hide_computed(&mut self) {
        if !self.plan.computing.hidden.is_empty() {
            self.hide_computed_of(&self.bindings.clone());
        }
    }

    /// The same, where something else is known.
    pub(super) fn hide_computed_of(&mut self, bindings: &Bindings) {
        for name in &self.plan.computing.hidden {
            if let Some(value) = bindings.get(name).filter(|value| !self.secrets.has(value)) {
                let own = std::iter::once((name.clone(), value.to_owned()));
                self.secrets = std::mem::take(&mut self.secrets).and(&Secrets::owned(own));
            }
        }
    }

    /// Hides what elements carry that lets somebody in, wherever it is shown from here on.
    pub(super) fn hide_carried(&mut self, carried: &Secrets) {
        if !carried.are_among(&self.secrets) {
            self.secrets = std::mem::take(&mut self.secrets).and(carried);
        }
    }
}

/// The time, in whole milliseconds: so much is told of it, and recorded.
fn this_moment() -> SystemTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or_default();
    let rest = Duration::from_nanos(u64::from(since.subsec_nanos() % 1_000_000));
    SystemTime::UNIX_EPOCH + (since - rest)
}
