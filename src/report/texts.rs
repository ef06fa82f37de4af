//! All texts of a report that servers and authors have written, for code that changes each of them in the same way.

use super::model::{Report, Script, Tag};
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
    fn each_text(&mut self, change: &mut impl FnMut(&mut String, Extent)) {
        for text in self.case.texts_mut() {
            change(text, Extent::Line);
        }
        for tag in &mut self.tags {
            change_tag(tag, change);
        }
        let cast = self.cast.iter_mut();
        let cast = cast.flat_map(|actor| [&mut actor.name, &mut actor.class, &mut actor.jid]);
        let departures = self.departures.iter_mut().flat_map(|known| {
            let texts = [&mut known.server, &mut known.what, &mut known.sentence];
            texts.into_iter().chain(&mut known.versions)
        });
        for name in [&mut self.title].into_iter().chain(cast).chain(departures) {
            change(name, Extent::Line);
        }
        let reason = self
            .baseline
            .iter_mut()
            .map(|baseline| &mut baseline.reason);
        let optional = [&mut self.message, &mut self.expected, &mut self.received];
        let own = [
            &mut self.description,
            &mut self.explanation,
            &mut self.server_log,
        ];
        let steps = self.steps.iter_mut();
        let steps = steps.flat_map(|step| {
            let lines = step.alternative.iter_mut().chain([&mut step.action]);
            step.comments.iter_mut().chain(lines)
        });
        let choices = self.choices.iter_mut().map(|choice| &mut choice.chose);
        let moments = self.moments.iter_mut().map(|moment| &mut moment.text);
        let unexpected = self.unexpected.iter_mut().map(|stray| &mut stray.xml);
        let texts = own.into_iter().chain(optional.into_iter().flatten());
        for text in texts
            .chain(reason)
            .chain(steps)
            .chain(choices)
            .chain(moments)
            .chain(unexpected)
        {
            change(text, Extent::Lines);
        }
    }
}

/// Changes a tag as the line that it is.
fn change_tag(tag: &mut Tag, change: &mut impl FnMut(&mut String, Extent)) {
    let mut text = tag.to_string();
    change(&mut text, Extent::Line);
    *tag = text.into();
}
