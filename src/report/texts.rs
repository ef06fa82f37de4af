//! All texts of a report that servers and authors have written, for code that changes each of them in the same way.

use std::collections::BTreeSet;

use super::model::{Report, Script, Tag};
use super::stanza_error::StanzaError;
use crate::case::CaseId;
use crate::visible::{harmless, harmless_line};

/// How much of a text there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Line,
    Lines,
}

impl Report {
    /// The same report, in which nothing is obeyed by a terminal or another program that shows it, and no name is
    /// longer than a line.
    pub(super) fn made_visible(&self) -> Self {
        let mut report = self.clone();
        report.each_text(&mut |text, extent| {
            *text = match extent {
                Extent::Line => harmless_line(text),
                Extent::Lines => harmless(text),
            };
        });
        report
    }

    /// Changes all texts.
    pub fn change_texts(&mut self, change: impl Fn(&str) -> String) {
        self.each_text(&mut |text, _| *text = change(text));
    }

    fn each_text(&mut self, change: &mut impl FnMut(&mut String, Extent)) {
        let Self {
            run,
            scripts,
            end: _,
        } = self;
        if let Some(name) = &mut run.server {
            change(name, Extent::Line);
        }
        let selected = run.selected.iter_mut().flat_map(CaseId::texts_mut);
        selected.for_each(|text| change(text, Extent::Line));
        scripts
            .iter_mut()
            .for_each(|script| script.each_text(change));
    }
}

impl Script {
    /// The paths of its own file and of those that it borrows from.
    pub fn paths(&self) -> BTreeSet<&str> {
        let files = self.differences.iter().map(|one| &one.file);
        let files = files.chain(self.steps.iter().map(|step| &step.file));
        let files = files.chain(self.choices.iter().map(|choice| &choice.file));
        let files = files.flatten().map(String::as_str);
        files.chain([self.case.path()]).collect()
    }

    /// Changes all texts.
    pub fn change_texts(&mut self, change: impl Fn(&str) -> String) {
        self.each_text(&mut |text, _| *text = change(text));
    }

    fn each_text(&mut self, change: &mut impl FnMut(&mut String, Extent)) {
        for text in self.case.texts_mut() {
            change(text, Extent::Line);
        }
        for tag in &mut self.tags {
            change_tag(tag, change);
        }
        self.each_line(&mut |text| change(text, Extent::Line));
        self.each_paragraph(&mut |text| change(text, Extent::Lines));
    }

    /// Those that are a line, or a part of one.
    fn each_line(&mut self, change: &mut impl FnMut(&mut String)) {
        change(&mut self.title);
        let cast = self.cast.iter_mut();
        cast.flat_map(|actor| [&mut actor.name, &mut actor.class, &mut actor.jid])
            .for_each(&mut *change);
        for known in &mut self.departures {
            [&mut known.server, &mut known.what, &mut known.sentence]
                .into_iter()
                .chain(&mut known.versions)
                .for_each(&mut *change);
        }
        let files = self.differences.iter_mut().map(|one| &mut one.file);
        let files = files.chain(self.steps.iter_mut().map(|step| &mut step.file));
        let files = files.chain(self.choices.iter_mut().map(|choice| &mut choice.file));
        files.flatten().for_each(&mut *change);
        let error = self.received_error.iter_mut();
        error
            .flat_map(StanzaError::texts_mut)
            .for_each(&mut *change);
        let compared = self.comparison.iter_mut();
        let compared = compared.flat_map(|line| &mut line.parts);
        compared.for_each(|part| change(&mut part.text));
    }

    /// Those that can have several lines.
    fn each_paragraph(&mut self, change: &mut impl FnMut(&mut String)) {
        let optional = [
            &mut self.message,
            &mut self.help,
            &mut self.again,
            &mut self.expected,
            &mut self.received,
        ];
        optional.into_iter().flatten().for_each(&mut *change);
        let own = [
            &mut self.description,
            &mut self.explanation,
            &mut self.server_log,
        ];
        own.into_iter().for_each(&mut *change);
        self.notes.iter_mut().for_each(&mut *change);
        let baseline = self.baseline.iter_mut();
        baseline.for_each(|baseline| change(&mut baseline.reason));
        let differences = self.differences.iter_mut();
        differences.for_each(|one| change(&mut one.text));
        let steps = self.steps.iter_mut();
        steps
            .flat_map(|step| {
                let lines = step.alternative.iter_mut().chain([&mut step.action]);
                step.comments.iter_mut().chain(lines)
            })
            .for_each(&mut *change);
        let choices = self.choices.iter_mut();
        choices.for_each(|choice| change(&mut choice.chose));
        let moments = self.moments.iter_mut();
        moments.for_each(|moment| change(&mut moment.text));
        let unexpected = self.unexpected.iter_mut();
        unexpected.for_each(|stray| change(&mut stray.xml));
    }
}

/// Changes a tag as the line that it is.
fn change_tag(tag: &mut Tag, change: &mut impl FnMut(&mut String, Extent)) {
    let mut text = tag.to_string();
    change(&mut text, Extent::Line);
    *tag = text.into();
}
