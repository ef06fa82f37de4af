//! One expectation that was not met, and what came instead.

use minidom::Element as Received;

use super::Refusal;
use super::change::Change;
use super::edit::{self, Edit};
use super::kind::other_kind;
use super::layout::Layout;
use super::rewrite::Rewriter;
use super::scope::{Demand, demands, left_alone, lost};
use super::values::Values;
use super::written::Writer;
use crate::diagnostic::Severity;
use crate::matcher::{self, Bindings, Pattern};
use crate::plan::{self, PlanOptions, Renames};
use crate::runner::Member;
use crate::script::ast::{Action, Script, Stanza};
use crate::script::{Expectation, NOTHING, Scene, reread};
use crate::source::{SourceFile, Span};

/// An expectation that was not met.
#[derive(Debug, Clone, Copy)]
pub struct UnmetExpectation<'a> {
    /// The script.
    pub script: &'a Script,
    /// What its plan was made with.
    pub options: &'a PlanOptions,
    /// The cast, under the names that it had in the run.
    pub cast: &'a [Member],
    /// The step: an index into the story.
    pub step: usize,
    /// What was expected; none for `receives: nothing`.
    pub pattern: Option<&'a Pattern>,
    /// The values that variables and wildcards had.
    pub bindings: &'a Bindings,
    /// What came.
    pub element: &'a Received,
}

impl UnmetExpectation<'_> {
    /// Lets the script expect what came.
    ///
    /// # Errors
    ///
    /// When there is no way to write that down.
    pub fn change(&self) -> Result<Change, Refusal> {
        let Some(pattern) = self.pattern else {
            self.see_scope()?;
            return self.changed(0, vec![self.something()?]);
        };
        let (number, stanza) = self.stanza(pattern)?;
        self.see_scope()?;
        if let Pattern::Element(expected) = pattern
            && let Some(refusal) = other_kind(expected, self.element, self.bindings)
        {
            return Err(refusal);
        }
        let demands = demands(self.script, stanza);
        let change = self.changed(number, self.changes(stanza, pattern)?);
        let lost = match &change {
            Ok(change) => self.lost(demands, &change.text, number),
            Err(Refusal::Unfit) => demands.into_iter().next(),
            Err(_) => None,
        };
        lost.map_or(change, |lost| Err(lost.refusal(self.script)))
    }

    /// What is demanded of an expectation and not of the changed one.
    fn lost<'a>(&self, before: Vec<Demand<'a>>, text: &str, item: usize) -> Option<Demand<'a>> {
        let changed = self.reread(text);
        let action = changed.story.get(self.step)?;
        let stanzas = action.verb.stanzas();
        let after = stanzas.get(item).map(|after| demands(&changed, after));
        lost(before, &after.unwrap_or_default())
    }

    fn reread(&self, text: &str) -> Script {
        reread(self.source(), text).play().clone()
    }

    /// Lets the script expect what came before what it expects.
    ///
    /// # Errors
    ///
    /// When there is no way to write that down.
    pub fn insertion(&self) -> Result<Change, Refusal> {
        let pattern = self.pattern.ok_or(Refusal::NoExpectation)?;
        let (number, stanza) = self.stanza(pattern)?;
        self.see_scope()?;
        self.changed(number, vec![self.before(stanza)?])
    }

    /// Sees that the step is not one that only its author can put right.
    fn see_scope(&self) -> Result<(), Refusal> {
        left_alone(self.script, self.action()?).map_or(Ok(()), Err)
    }

    /// The script with these changes, if they do what they should.
    fn changed(&self, item: usize, edits: Vec<Edit>) -> Result<Change, Refusal> {
        let text = edit::apply(self.source().text(), &edits);
        self.check(&text, item)?;
        Ok(Change { edits, text, item })
    }

    fn source(&self) -> &SourceFile {
        &self.script.source
    }

    fn action(&self) -> Result<&Action, Refusal> {
        self.script
            .story
            .get(self.step)
            .ok_or(Refusal::NoExpectation)
    }

    /// The default namespace of the actor's stream.
    fn namespace(&self) -> Result<&'static str, Refusal> {
        let actor = self.script.actor(&self.action()?.actor.value);
        actor
            .map(|actor| actor.role.value.namespace())
            .ok_or(Refusal::NoExpectation)
    }

    fn values(&self) -> Values<'_> {
        Values::new(
            self.script,
            Renames::of(self.script, &self.options.renaming),
            self.cast,
            self.element,
        )
    }

    /// Which stanza of the block it is.
    fn stanza(&self, pattern: &Pattern) -> Result<(usize, &Stanza), Refusal> {
        let mut stanzas = self.action()?.verb.stanzas().into_iter().enumerate();
        let found = stanzas.find(|(_, stanza)| stanza.element.extent == pattern.extent());
        found.ok_or(Refusal::NoExpectation)
    }

    fn changes(&self, stanza: &Stanza, pattern: &Pattern) -> Result<Vec<Edit>, Refusal> {
        let values = self.values();
        let stream = self.namespace()?;
        let mut rewriter = Rewriter {
            values: &values,
            layout: &Layout::of(self.source(), &stanza.element),
            omitted: &stanza.omitted,
            stream,
            bindings: self.bindings.clone(),
        };
        Ok(rewriter.element(&stanza.element, pattern, self.element, stream))
    }

    /// The stanza that came in front of another one: in a line of its own, if that is in one.
    fn before(&self, stanza: &Stanza) -> Result<Edit, Refusal> {
        let start = stanza.element.extent.start;
        let layout = Layout::of(self.source(), &stanza.element);
        let indent = self.source().indentation(start);
        let written = self.written(&layout, indent)?;
        let gap = indent.map_or_else(|| " ".to_owned(), |indent| format!("\n{indent}"));
        Ok(Edit::insert(start, format!("{written}{gap}")))
    }

    fn written(&self, layout: &Layout, indent: Option<&str>) -> Result<String, Refusal> {
        let values = self.values();
        let writer = Writer {
            values: &values,
            layout,
            bindings: self.bindings,
        };
        Ok(writer.element(self.element, self.namespace()?, indent))
    }

    /// The stanza that came where nothing was expected.
    fn something(&self) -> Result<Edit, Refusal> {
        let action = self.action()?;
        let place = self.place_of_nothing(action)?;
        let layout = self.usual_layout();
        let written = self.written(&layout, Some(&layout.unit))?;
        Ok(match action.span.end >= place.end {
            true => {
                let text = format!(" receives:\n{}{written}", layout.unit);
                Edit::replace(Span::new(action.actor.span.end, action.span.end), text)
            }
            false => Edit::replace(place, written),
        })
    }

    /// Where the word `nothing` is: in the line of the action, or alone in its block.
    fn place_of_nothing(&self, action: &Action) -> Result<Span, Refusal> {
        let verb = Span::new(action.actor.span.end, action.span.end);
        if let Some(at) = self.source().slice(verb).find(NOTHING) {
            let start = verb.start + at;
            return Ok(Span::new(start, start + NOTHING.len()));
        }
        let mut start = action.span.end;
        for line in self.source().text()[action.span.end..].split_inclusive('\n') {
            if line.trim() == NOTHING {
                let start = start + line.find(NOTHING).unwrap_or_default();
                return Ok(Span::new(start, start + NOTHING.len()));
            }
            start += line.len();
        }
        Err(Refusal::NoExpectation)
    }

    /// The layout of the script's first block that begins in a line of its own, as blocks do. The blocks of alternatives
    /// are indented deeper.
    fn usual_layout(&self) -> Layout {
        let mut scenes = self.script.scenes();
        let first = scenes.find_map(|scene| {
            let Scene::Step(step) = scene else {
                return None;
            };
            let action = &self.script.story[step];
            let is_own = self.source().other_file(action.span.start).is_none();
            let stanza = action
                .verb
                .stanzas()
                .into_iter()
                .next()
                .filter(|_| is_own)?;
            let indent = self.source().indentation(stanza.element.extent.start)?;
            Some((stanza, indent))
        });
        match first {
            Some((stanza, indent)) => Layout {
                unit: indent.to_owned(),
                ..Layout::of(self.source(), &stanza.element)
            },
            None => Layout {
                unit: "\t".to_owned(),
                quote: '"',
            },
        }
    }

    /// Reads the changed script and compares it with what came.
    fn check(&self, text: &str, stanza: usize) -> Result<(), Refusal> {
        let reading = reread(self.source(), text);
        let mut problems = reading.problems.iter();
        if let Some(error) = problems.find(|problem| problem.severity() == Severity::Error) {
            return Err(Refusal::Unsound(error.kind.to_string()));
        }
        let plan = plan::resolve(reading.play(), self.options);
        let plan = plan.map_err(|_| Refusal::Unfit)?;
        let step = plan.steps.get(self.step);
        let expectation = step.and_then(|step| step.verb.expectation());
        let mut taken = expectation.into_iter().flat_map(Expectation::taken);
        let pattern = taken.nth(stanza).ok_or(Refusal::Unfit)?;
        match matcher::accepts(pattern, self.element, self.bindings) {
            Ok(Some(_)) => Ok(()),
            Ok(None) | Err(_) => Err(Refusal::Unfit),
        }
    }
}
