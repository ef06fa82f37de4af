//! Several actors in one line: `A, B and C`.
//!
//! Names may hold commas and the word `and` themselves. Where a text can be read in several ways, the longest name wins,
//! from its beginning on.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use crate::source::{Span, Spanned};

/// The word before the last of several names.
const AND: &str = "and";

/// The blanks of a line.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// Where one name can end and the next one begin.
struct Cut {
    end: usize,
    start: usize,
}

impl Names<'_> {
    /// The names that a text consists of, be it one or several; none if it is not made of names of the cast.
    pub(super) fn company<'t>(&self, text: Spanned<&'t str>) -> Option<Vec<Spanned<&'t str>>> {
        let Spanned { value: text, span } = text;
        // Most lines are about one actor, and the longest name wins.
        if self.get(text).is_some() {
            return Some(vec![placed(text, span.start)]);
        }
        let cuts = cuts(text);
        let starts: BTreeSet<usize> = cuts.iter().map(|cut| cut.start).chain([0]).collect();
        // From each place the name that stands there, and where the next one begins, if the rest consists of names.
        let mut ways: BTreeMap<usize, (&str, Option<usize>)> = BTreeMap::new();
        for start in starts.into_iter().rev() {
            let way = self.all_at(&text[start..]).find_map(|name| {
                let end = start + name.len();
                let next = behind(&cuts, end).find(|next| ways.contains_key(next));
                (next.is_some() || end == text.len()).then_some((name, next))
            });
            ways.extend(way.map(|way| (start, way)));
        }
        let mut names = Vec::new();
        let mut at = Some(0);
        while let Some(start) = at {
            let (name, next) = ways.get(&start)?;
            names.push(placed(name, span.start + start));
            at = *next;
        }
        Some(names)
    }

    /// The names that a text seems to consist of, those that are not of the cast among them.
    pub(super) fn company_roughly<'t>(&self, text: Spanned<&'t str>) -> Vec<Spanned<&'t str>> {
        let Spanned { value: text, span } = text;
        let cuts = cuts(text);
        let mut names = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let rest = &text[start..];
            let known = self.all_at(rest).map(|name| start + name.len());
            let cut = cuts.iter().map(|cut| cut.end).filter(|end| *end > start);
            let mut ends = known.chain(cut.take(1)).filter_map(|end| {
                let next = behind(&cuts, end).last();
                Some((end, next.or((end == text.len()).then_some(end))?))
            });
            let (end, next) = ends.next().unwrap_or((text.len(), text.len()));
            names.push(placed(&text[start..end], span.start + start));
            start = next;
        }
        names
    }

    /// How long the names are that a text begins with, before something else, and how many; nothing if it begins with
    /// none.
    pub(super) fn leading(&self, text: &str) -> Option<(usize, usize)> {
        let cuts = cuts(text);
        let is_end = |end: usize| text[end..].is_empty() || text[end..].starts_with(BLANKS);
        let mut ended = None;
        let mut start = 0;
        for actors in 1.. {
            let ends = self.all_at(&text[start..]).map(|name| start + name.len());
            let ends: Vec<usize> = ends.collect();
            let end = ends.iter().copied().find(|end| is_end(*end));
            ended = end.map(|end| (end, actors)).or(ended);
            let next = ends.iter().find_map(|end| {
                behind(&cuts, *end).find(|next| self.all_at(&text[*next..]).next().is_some())
            });
            match next {
                Some(next) => start = next,
                None => break,
            }
        }
        ended
    }

    /// Names in one text, which is read as these names.
    pub(super) fn joined(&self, names: &[&str]) -> String {
        let Some((last, before)) = names.split_last().filter(|(_, before)| !before.is_empty())
        else {
            return names.concat();
        };
        let joined = format!("{} {AND} {last}", before.join(", "));
        let read = self.company(placed(&joined, 0)).unwrap_or_default();
        match read.iter().map(|name| &name.value).eq(names) || read.is_empty() {
            true => joined,
            false => names.join(", "),
        }
    }
}

fn placed(text: &str, start: usize) -> Spanned<&str> {
    Spanned::new(text, Span::new(start, start + text.len()))
}

/// All places where one name can end and another one begin, in order: at a comma, at the word `and`, at both.
fn cuts(text: &str) -> Vec<Cut> {
    let end = |at: usize| text[..at].trim_end_matches(BLANKS);
    let start = |at: usize| text.len() - text[at..].trim_start_matches(BLANKS).len();
    let commas = text.match_indices(',').map(|(at, comma)| Cut {
        end: end(at).len(),
        start: start(at + comma.len()),
    });
    let ands = text.match_indices(AND).filter_map(|(at, and)| {
        let behind = at + and.len();
        let is_word = text[..at].ends_with(BLANKS) && text[behind..].starts_with(BLANKS);
        let before = end(at);
        let before = before.strip_suffix(',').unwrap_or(before);
        is_word.then(|| Cut {
            end: before.trim_end_matches(BLANKS).len(),
            start: start(behind),
        })
    });
    let mut cuts: Vec<Cut> = commas.chain(ands).collect();
    cuts.sort_by_key(|cut| (cut.end, cut.start));
    cuts
}

/// Where names can begin behind one that ends here.
fn behind(cuts: &[Cut], end: usize) -> impl Iterator<Item = usize> {
    let first = cuts.partition_point(|cut| cut.end < end);
    let cuts = cuts[first..].iter();
    cuts.take_while(move |cut| cut.end == end)
        .map(|cut| cut.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::ast::{Actor, ActorName};
    use crate::source::{Span, Spanned};

    fn cast(names: &[&str]) -> Vec<Actor> {
        let spanned = |name: &str| Spanned::new(ActorName::new(name), Span::default());
        let actors = names.iter().map(|name| Actor {
            comments: Vec::new(),
            role: Spanned::new(Default::default(), Span::default()),
            name: spanned(name),
            properties: Vec::new(),
        });
        actors.collect()
    }

    /// The names in a text, which stand where they are said to.
    #[track_caller]
    fn company<'t>(names: &Names<'_>, text: &'t str) -> Option<Vec<&'t str>> {
        let company = names.company(placed(text, 0))?.into_iter();
        let company = company.map(|name| {
            assert_eq!(&text[name.span.start..name.span.end], name.value);
            name.value
        });
        Some(company.collect())
    }

    #[track_caller]
    fn assert_company(names: &[&str], text: &str, expected: &[&str]) {
        let cast = cast(names);
        let names = Names::new(&cast);
        assert_eq!(company(&names, text).as_deref(), Some(expected), "{text}");
        let written = names.joined(expected);
        let read = company(&names, &written);
        assert_eq!(read.as_deref(), Some(expected), "{written}");
    }

    #[test]
    fn names_stand_between_commas_and_the_word_and() {
        for text in [
            "A, B and C",
            "A and B and C",
            "A,B , \tC",
            "A, B, and  C",
            "A  and\tB,C",
        ] {
            assert_company(&["A", "B", "C"], text, &["A", "B", "C"]);
        }
        assert_company(&["A", "B"], "A", &["A"]);
        let cast = cast(&["A", "B"]);
        for text in [
            "",
            "A B",
            "A, ",
            "and B",
            "Aand B",
            "A, C",
            "A and",
            ", A",
            "A and and B",
        ] {
            assert_eq!(company(&Names::new(&cast), text), None, "{text}");
        }
    }

    #[test]
    fn the_longest_names_win() {
        let names = ["A", "B", "A and B", "C, D", "B and C", "D"];
        assert_company(&names, "A and B", &["A and B"]);
        assert_company(&names, "A and B and D", &["A and B", "D"]);
        assert_company(&names, "A, B and D", &["A", "B", "D"]);
        assert_company(&names, "A, B", &["A", "B"]);
        assert_company(&names, "A and B and C, D", &["A and B", "C, D"]);
        // What is left of the longest name has to be names as well.
        assert_company(&names, "A and B and C", &["A", "B and C"]);
    }

    #[test]
    fn what_is_no_name_is_told_apart_from_what_is_one() {
        let cast = cast(&["A", "A and B", "C"]);
        let roughly = |text| -> Vec<&str> {
            let names = Names::new(&cast).company_roughly(placed(text, 0));
            names.into_iter().map(|name| name.value).collect()
        };
        assert_eq!(roughly("A and B, X and C"), ["A and B", "X", "C"]);
        assert_eq!(roughly("X Y, and C"), ["X Y", "C"]);
        assert_eq!(roughly("X and A and B"), ["X", "A and B"]);
        assert_eq!(roughly("X"), ["X"]);
    }

    #[test]
    fn names_lead_a_line() {
        let cast = cast(&["A", "A and B", "C"]);
        let leading = |text: &'static str| {
            Names::new(&cast)
                .leading(text)
                .map(|(end, actors)| (&text[..end], actors))
        };
        assert_eq!(leading("A flies"), Some(("A", 1)));
        assert_eq!(leading("A and B flies"), Some(("A and B", 1)));
        assert_eq!(leading("A, C and A fly"), Some(("A, C and A", 3)));
        assert_eq!(leading("A and X fly"), Some(("A", 1)));
        assert_eq!(leading("A, X fly"), None);
        assert_eq!(leading("Alas"), None);
        assert_eq!(leading("X flies"), None);
    }

    #[test]
    fn long_lists_take_no_longer_than_they_are() {
        let names: Vec<String> = (0..10_000)
            .map(|number| format!("Actor {number}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let cast = cast(&names);
        let all = Names::new(&cast);
        let read = company(&all, &all.joined(&names)).map(|all| all.len());
        assert_eq!(read, Some(10_000));
    }
}
