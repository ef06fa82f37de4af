//! The report as one HTML page, which needs nothing but itself: no network, and for most of it no script.
//!
//! All that a server or a script has said stands in it as text. What the page's script draws comes as JSON in which
//! nothing can end the block, and goes in as text.

mod story;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use maud::{Markup, PreEscaped, html};

use crate::report::links::spec_link;
use crate::report::model::{
    Actor, Baseline, Clause, ComparedLine, Report, Script, Standing, Tag, Verdict, WhichSide,
};
use crate::report::web_page::{STYLE, WebPage};
use crate::visible::harmless;
use story::Story;

const SCRIPT: &str = include_str!("html/script.js");

/// Writes a report.
pub(super) fn write(report: &Report) -> String {
    let title = title(report);
    let page = WebPage {
        title: &title,
        styles: &[STYLE],
        script: Some(SCRIPT),
        body: html! {
            body {
                (head(report, &title))
                (filters(report))
                main #scripts aria-label="Scripts" { (scripts(report)) }
                script { (PreEscaped(SCRIPT)) }
            }
        },
    };
    page.write()
}

// ---- The run ------------------------------------------------------------------------------------------------

fn title(report: &Report) -> String {
    let summary = report.summary();
    let (all, red) = (summary.total(), summary.red());
    match (all, red) {
        (0, _) => "No scripts were run".to_owned(),
        (1, 0) => "The script needs no attention".to_owned(),
        (_, 0) => format!("None of {all} scripts needs attention"),
        (_, 1) => format!("1 of {} needs attention", scripts_in_words(all)),
        _ => format!("{red} of {} need attention", scripts_in_words(all)),
    }
}

fn scripts_in_words(count: usize) -> String {
    match count {
        1 => "1 script".to_owned(),
        _ => format!("{count} scripts"),
    }
}

fn head(report: &Report, title: &str) -> Markup {
    let run = &report.run;
    html! {
        header.top {
            h1 { (title) }
            button #theme type="button" hidden aria-pressed="false" { "Dark" }
            @if report.end.interrupted { p.interrupted { "The run was interrupted before all scripts were run." } }
            dl.facts {
                @if let Some(server) = &run.server { (fact("Server", server)) }
                (fact("Started", run.started_in_words()))
                (fact("Took", duration(report.end.duration)))
                @if let Some(shuffle) = &run.shuffle { (fact("Shuffled by", shuffle)) }
                @if let Some(partition) = &run.partition { (fact("Part", partition)) }
                (fact("By", format!("scansion {}", run.scansion)))
            }
        }
    }
}

fn fact(name: &str, value: impl Display) -> Markup {
    html! { div { dt { (name) } dd { (harmless(&value.to_string())) } } }
}

fn duration(seconds: f64) -> String {
    match seconds {
        short if short < 60.0 => format!("{short:.2} s"),
        long => format!(
            "{} min {:.0} s",
            (long / 60.0).trunc(),
            (long % 60.0).trunc()
        ),
    }
}

// ---- What to look at ----------------------------------------------------------------------------------------

fn filters(report: &Report) -> Markup {
    let mut counts = BTreeMap::new();
    for script in &report.scripts {
        *counts.entry(script.verdict).or_insert(0) += 1;
    }
    html! {
        form #filters role="search" aria-label="Which scripts are shown" {
            div.verdicts role="group" aria-label="Verdict" {
                @for (verdict, count) in &counts {
                    button type="button" aria-pressed="false" data-verdict=(verdict.word()) {
                        (mark(*verdict)) " " (verdict) " " span.count { (count) }
                    }
                }
            }
            label { span { "Tag" } select #tag {
                option value="" { "any" }
                @for tag in choices(report) { option value=(tag) { (tag) } }
            } }
            label.text { span { "Text" } input #text type="search" autocomplete="off" spellcheck="false"
                placeholder="title, path, message, tag" aria-keyshortcuts="/"; }
            p #shown role="status" { (scripts_in_words(report.scripts.len())) }
            p.keys {
                kbd { "/" } " filter  " kbd { "j" } " " kbd { "k" } " next, previous script  "
                kbd { "Enter" } " open"
            }
        }
        noscript { p { "Without JavaScript there is no filter, and what happened is shown as text." } }
    }
}

/// The tags that can be chosen: all, and standards without their sections.
fn choices(report: &Report) -> BTreeSet<String> {
    let tags = report.scripts.iter().flat_map(|script| &script.tags);
    let tags: Vec<String> = tags.map(Tag::to_string).collect();
    let tags = tags.iter();
    tags.flat_map(|tag| [tag.as_str(), tag.split(" §").next().unwrap_or(tag)])
        .map(harmless)
        .collect()
}

/// Its sign, each of another shape.
fn mark(verdict: Verdict) -> Markup {
    let sign = match verdict {
        Verdict::Passed => "✓",
        Verdict::Failed => "✕",
        Verdict::Deviated => "≠",
        Verdict::Errored => "!",
        Verdict::NotSupported => "–",
        Verdict::NotTested => "⊘",
        Verdict::NotRun => "○",
    };
    html! { span class={ "mark " (verdict.word()) } aria-hidden="true" { (sign) } }
}

// ---- Scripts ------------------------------------------------------------------------------------------------

/// Those that need attention come first, and the first of them is open.
fn scripts(report: &Report) -> Markup {
    let mut scripts: Vec<(usize, &Script)> = report.scripts.iter().enumerate().collect();
    scripts.sort_by_key(|(_, script)| !script.is_red());
    html! {
        @for (place, (number, script)) in scripts.into_iter().enumerate() {
            (one(number + 1, script, place == 0 && script.is_red()))
        }
    }
}

fn one(number: usize, script: &Script, open: bool) -> Markup {
    let tags: Vec<String> = script.tags.iter().map(Tag::to_string).collect();
    let tags = harmless(&tags.join("\n"));
    html! {
        details.script id={ "script-" (number) } open[open]
            data-verdict=(script.verdict.word()) data-tags=(tags) {
            summary { (row(script)) }
            div.body {
                (about(script))
                (failure(script))
                (diagram(script))
                (unexpected(script))
                (log(script))
            }
        }
    }
}

fn row(script: &Script) -> Markup {
    html! {
        span class={ "verdict " (script.verdict.word()) } { (mark(script.verdict)) " " (script.verdict) }
        h2.title { (harmless(&script.title)) }
        span.marks {
            @if script.flaky { span.badge { "flaky" } }
            @if let Some(baseline) = &script.baseline { span.badge { (standing(baseline.standing)) } }
        }
        span.took { @if script.attempts > 0 { (duration(script.duration)) } }
        span.path { (harmless(&script.case.to_string())) @if let Some(place) = &script.place { ":" (place.line) } }
        @if let Some(message) = &script.message { span.message { (harmless(message)) } }
    }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Known => "known",
        Standing::PassesAgain => "passes again",
        Standing::Expired => "baseline expired",
    }
}

fn about(script: &Script) -> Markup {
    html! {
        @if !script.description.is_empty() { p.description { (harmless(&script.description)) } }
        @if !script.tags.is_empty() {
            ul.tags aria-label="Tags" { @for tag in &script.tags { li { (linked(tag)) } } }
        }
        @if !script.clauses.is_empty() {
            ul.tags aria-label="Clauses" { @for clause in &script.clauses { li { (linked_clause(clause)) } } }
        }
        @for known in &script.departures { p.departure { (harmless(&known.sentence)) } }
        @for choice in &script.choices { p { "Chose " (harmless(&choice.to_string())) "." } }
        @if let Some(baseline) = &script.baseline { p { (known(baseline)) } }
        @if script.attempts > 1 { p { "Run " (script.attempts) " times; this is the last one." } }
    }
}

fn linked_clause(clause: &Clause) -> Markup {
    html! { a href=(clause.link) rel="noreferrer" { (harmless(&clause.to_string())) } }
}

fn linked(tag: &Tag) -> Markup {
    let text = harmless(&tag.to_string());
    html! {
        @match spec_link(&tag.key, tag.value.as_deref()) {
            Some(address) => a href=(address) rel="noreferrer" { (text) },
            None => (text),
        }
    }
}

fn known(baseline: &Baseline) -> String {
    let until = baseline.expires.as_ref();
    let until = until.map_or(String::new(), |day| format!(", until {day}"));
    harmless(&format!("In the baseline{until}: {}", baseline.reason))
}

/// Why it did not pass. The page's script moves it to the step that it is about.
fn failure(script: &Script) -> Markup {
    html! {
        @if is_told(script) {
            section.failure {
                @if let Some(message) = &script.message { p.problem { (harmless(message)) } }
                @for clause in &script.breaks {
                    p.breaks { "Breaks " (linked_clause(clause)) }
                    @if let Some(sentence) = &clause.sentence { blockquote { (harmless(sentence)) } }
                }
                @if has_sides(script) {
                    div.sides { (sides(script)) }
                } @else if !untold(script).is_empty() {
                    (side("Explanation", &untold(script)))
                }
                @if !script.differences.is_empty() {
                    ul.differences aria-label="Differences" {
                        @for one in &script.differences { li { "Line " (one.line) @if let Some(file) = &one.file { " of " (harmless(file)) } ": " (harmless(&one.text)) } }
                    }
                }
                @if let Some(help) = &script.help { p.help { "To try: " (harmless(help)) } }
                @for note in &script.notes { p.note { "Note: " (harmless(note)) } }
                @if let Some(again) = &script.again { p.again { "Run it alone: " code { (harmless(again)) } } }
            }
        } @else if !script.explanation.is_empty() {
            section.failure { (side("Explanation", &untold(script))) }
        }
    }
}

/// Whether one stanza was expected or came in the place of what was expected.
fn has_sides(script: &Script) -> bool {
    script.expected.is_some() || script.received.is_some()
}

/// Whether there is more in a report of why a script did not pass than a text for the screen.
fn is_told(script: &Script) -> bool {
    let advice = script.help.as_ref().or(script.again.as_ref());
    has_sides(script) || advice.is_some() || !script.notes.is_empty()
}

/// The explanation without its first line, if that is the message, which stands above it.
fn untold(script: &Script) -> String {
    let explanation = script.explanation.trim_end();
    let message = script.message.as_deref().unwrap_or_default();
    match explanation.split_once('\n') {
        Some((first, rest)) if first.trim_start_matches("error: ") == message => rest.to_owned(),
        Some(_) | None => explanation.to_owned(),
    }
}

/// What was expected and what came, with what differs brought out.
fn sides(script: &Script) -> Markup {
    let compared = |title: &str, own| {
        let lines = script.comparison.iter();
        let lines = lines.filter(move |line| line.side == WhichSide::Both || line.side == own);
        html! { figure { figcaption { (title) } pre.compared tabindex="0" { @for line in lines { (compared_line(line)) } } } }
    };
    html! {
        @if script.comparison.is_empty() {
            @if let Some(expected) = &script.expected { (side("Expected", expected)) }
            @if let Some(received) = &script.received { (side("Received", received)) }
        } @else {
            (compared("Expected", WhichSide::Expected))
            (compared("Received", WhichSide::Received))
        }
    }
}

/// A line of one side; what differs in it is marked, where only a part of it does.
fn compared_line(line: &ComparedLine) -> Markup {
    let class = match line.side {
        WhichSide::Both => "both",
        WhichSide::Expected => "missing",
        WhichSide::Received => "other",
    };
    html! {
        span class=(class) {
            @for part in &line.parts {
                @if part.differs { mark { (harmless(&part.text)) } } @else { (harmless(&part.text)) }
            }
            "\n"
        }
    }
}

fn side(title: &str, text: &str) -> Markup {
    html! { figure { figcaption { (title) } (text_block(text)) } }
}

/// It can be reached by Tab, as what is in it may have to be scrolled.
fn text_block(text: &str) -> Markup {
    html! { pre tabindex="0" { (harmless(text)) } }
}

/// What happened, as text, and as the data of which the page's script draws it.
fn diagram(script: &Script) -> Markup {
    let story = Story::of(script);
    html! {
        @if !story.is_empty() {
            div.diagram {
                pre.story { (story.text()) }
                script type="application/json" { (PreEscaped(embedded(&story))) }
            }
        }
    }
}

/// JSON within HTML: nothing in it can be taken for markup, or end a line of JavaScript.
fn embedded(story: &Story) -> String {
    let json = serde_json::to_string(story).expect("all keys of a story are texts");
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => safe.push(other),
        }
    }
    safe
}

fn unexpected(script: &Script) -> Markup {
    let name = |actor: usize| {
        script
            .cast
            .get(actor)
            .map_or("?", |Actor { name, .. }| name)
    };
    let stanzas = script.unexpected.iter();
    let stanzas = stanzas.map(|one| format!("{}:\n{}", name(one.actor), wire::laid_out(&one.xml)));
    let stanzas: Vec<String> = stanzas.collect();
    folded(
        &format!("Unexpected stanzas ({})", stanzas.len()),
        &stanzas.join("\n\n"),
    )
}

fn log(script: &Script) -> Markup {
    folded("Server log", script.server_log.trim_end())
}

fn folded(title: &str, text: &str) -> Markup {
    html! {
        @if !text.is_empty() { details.more { summary { (title) } (text_block(text)) } }
    }
}
