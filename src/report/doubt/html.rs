//! What was found of plays as one HTML page, which does not need other files and does not contain scripts: how many
//! faults of each kind there were, and for each script what it does not notice.
//!
//! All that a server or a script has said stands in it as text.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::counts::Counts;
use crate::doubt::{Doubted, Finding, Tried};
use crate::report::console::plural;
use crate::report::web_page::{STYLE, WebPage};
use crate::visible::harmless;

const TABLE: &str = include_str!("../matrix/table.css");

/// Writes it.
pub(super) fn write(plays: &[Doubted]) -> String {
    let title = title(plays);
    let page = WebPage {
        title: &title,
        styles: &[STYLE, TABLE],
        script: None,
        body: html! {
            body.matrix {
                header.top { h1 { (title) } }
                main {
                    (counts("Faults of each kind", "Kind", &by_kind(plays), &Counts::of(plays)))
                    (counts("Faults in each script", "Script", &by_script(plays), &Counts::of(plays)))
                    (scripts(plays))
                }
            }
        },
    };
    page.write()
}

fn title(plays: &[Doubted]) -> String {
    let survived = Counts::of(plays).survived;
    let plays = plural(plays.len(), "play");
    match survived {
        0 => format!("{plays} notice all faults that can be told"),
        1 => format!("1 fault goes unnoticed in {plays}"),
        _ => format!("{survived} faults go unnoticed in {plays}"),
    }
}

// ---- Counts -------------------------------------------------------------------------------------------------

/// Counts, each with what it is of.
type Rows = Vec<(String, Counts)>;

fn by_kind(plays: &[Doubted]) -> Rows {
    let kinds = Counts::by_kind(plays).into_iter();
    kinds
        .map(|(kind, counts)| (format!("{kind}: {}", kind.effect()), counts))
        .collect()
}

fn by_script(plays: &[Doubted]) -> Rows {
    let mut scripts: BTreeMap<&str, Vec<&Doubted>> = BTreeMap::new();
    for play in plays {
        scripts.entry(play.case.path()).or_default().push(play);
    }
    let scripts = scripts.into_iter();
    scripts
        .map(|(path, plays)| (path.to_owned(), Counts::of(plays)))
        .collect()
}

fn counts(what: &str, first: &str, rows: &Rows, sum: &Counts) -> Markup {
    html! {
        div.scrolled role="region" tabindex="0" aria-label=(what) {
            table {
                thead { tr {
                    th scope="col" { (first) }
                    @for word in ["noticed", "survived", "excused", "open"] { th scope="col" { (word) } }
                } }
                tbody { @for (name, counts) in rows { (row(name, counts)) } }
                tfoot { (row("All", sum)) }
            }
        }
    }
}

fn row(name: &str, counts: &Counts) -> Markup {
    html! {
        tr {
            th scope="row" { (harmless(name)) }
            td { (counts.noticed) }
            td.failed[counts.survived > 0] { (counts.survived) }
            td { (counts.excused) }
            td { (counts.open) }
        }
    }
}

// ---- Scripts ------------------------------------------------------------------------------------------------

/// Those that pass with faults come first, and the first of them is open.
fn scripts(plays: &[Doubted]) -> Markup {
    let mut plays: Vec<&Doubted> = plays.iter().collect();
    plays.sort_by_key(|play| std::cmp::Reverse(Counts::of([*play]).survived));
    html! {
        section #scripts aria-label="Scripts" {
            @for (place, play) in plays.into_iter().enumerate() {
                (script(play, place == 0 && play.survivors().next().is_some()))
            }
        }
    }
}

fn script(play: &Doubted, open: bool) -> Markup {
    let survived = Counts::of([play]).survived;
    let (class, verdict) = match survived {
        0 => ("verdict passed", "noticed".to_owned()),
        _ => ("verdict failed", format!("{survived} survived")),
    };
    html! {
        details.script open[open] {
            summary {
                span class=(class) { (verdict) }
                h2.title { (harmless(&play.title)) }
                span.marks {}
                span.took {}
                span.path { (harmless(&play.case.to_string())) }
            }
            div.body { (findings(play)) }
        }
    }
}

fn findings(play: &Doubted) -> Markup {
    let told: Vec<(&Tried, &str, &str)> = play.faults.iter().filter_map(told).collect();
    html! {
        @if told.is_empty() { p { "Each fault is noticed." } }
        @else {
            table {
                thead { tr { th scope="col" { "Fault" } th scope="col" { "" } th scope="col" { "Why" } } }
                tbody { @for (tried, word, why) in told {
                    tr {
                        th scope="row" { (harmless(&tried.fault.to_string())) }
                        td.failed[word == "survived"] { (word) }
                        td { (harmless(why)) }
                    }
                } }
            }
        }
    }
}

/// What is told of a fault that is not noticed.
fn told(tried: &Tried) -> Option<(&Tried, &'static str, &str)> {
    match &tried.finding {
        Finding::Noticed => None,
        Finding::Survived { unread } => Some((tried, "survived", unread)),
        Finding::Excused { reason } => Some((tried, "excused", reason)),
        Finding::Open { why } => Some((tried, "open", why)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::plays;
    use super::write;

    #[test]
    fn a_page_shows_what_is_not_noticed() {
        let page = write(&plays());
        for part in [
            "2 faults go unnoticed in 2 plays",
            "Juliet line 31: twice",
            "no line reads &lt;from&gt;",
            "twice: it comes twice",
            "an error comes back",
            "Each fault is noticed.",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("<script"));
        assert!(
            !page.contains("line 35: missing"),
            "what is noticed needs no line"
        );
    }

    #[test]
    fn nothing_to_tell_is_told() {
        let page = write(&plays()[1..]);
        assert!(page.contains("1 play notice all faults"), "{page}");
    }
}
