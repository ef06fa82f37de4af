//! Which scripts are known not to pass, and why: a file that is kept beside them.
//!
//! It is TOML with a line for each script, so that the changes of several users merge:
//!
//! ```toml
//! "spec/muc.scs" = { reason = "rooms forget their subject, #12", expires = "2027-01-31" }
//! "spec/s2s.scs" = { reason = "wants two machines", outcome = "error" }
//! "spec/headline.scs [3 _ _]" = { reason = "one row of its table" }
//! ```
//!
//! A script with a table has a line for each row, or one that is about all of them.
//!
//! What is here reads such a text, judges by it, and writes it anew. It knows neither files nor how scripts are run.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use toml_edit::{Datetime, Document, DocumentMut, InlineTable, Item, TableLike, Value};

use crate::case::CaseId;
use crate::report::model;
use crate::script::closest;
use crate::source::{SourceFile, Span};
use crate::verdict::{Standing, Verdict};
use crate::wrapping::shortened;

/// What a new file begins with.
const HEADER: &str = "\
# Scripts that are known not to pass, and why; `scansion run --baseline` reads it. A line each, sorted by path:
# \"PATH\" = { reason = \"…\", expires = \"YYYY-MM-DD\" }

";

/// What can be said of a script.
const KEYS: [&str; 3] = ["reason", "expires", "outcome"];

/// How many characters of a message become a reason.
const REASON: usize = 200;

/// A day, as YYYY-MM-DD.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

/// Why a text is no [`Day`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is not a day; give YYYY-MM-DD, for example 2027-01-31")]
pub struct NoDay;

impl FromStr for Day {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let read: Datetime = text.parse().map_err(|_| NoDay)?;
        let is_day = read.date.is_some() && read.time.is_none() && read.offset.is_none();
        is_day.then(|| Self(read.to_string())).ok_or(NoDay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The word for what a script is known to come to; none for what needs no excuse. A user who expects a failure does not
/// expect a missing server, nor the other way round.
fn outcome_word(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Failed => Some("failure"),
        Verdict::Errored => Some("error"),
        Verdict::Passed
        | Verdict::Deviated
        | Verdict::NotSupported
        | Verdict::NotTested
        | Verdict::NotRun => None,
    }
}

/// What is known of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The verdict that is expected, which is not that it passes.
    pub outcome: Verdict,
    /// Why it does not pass.
    pub reason: String,
    /// The first day on which that is no excuse any more.
    pub expires: Option<Day>,
    /// Where it stands.
    pub span: Span,
}

/// Something wrong in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to try.
    pub help: Option<String>,
}

/// The scripts that are known not to pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    text: String,
    entries: BTreeMap<CaseId, Entry>,
}

/// The results of a script in a run, in which it may have been run several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Whether it passed.
    pub passed: bool,
    /// Whether it could not be run.
    pub errored: bool,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

impl Seen {
    /// Takes in another result.
    pub fn add(&mut self, verdict: Verdict, message: Option<&str>) {
        match verdict {
            Verdict::Passed => self.passed = true,
            Verdict::Failed => self.failure = Some(message.unwrap_or_default().to_owned()),
            Verdict::Errored => self.errored = true,
            Verdict::Deviated | Verdict::NotSupported | Verdict::NotTested | Verdict::NotRun => {}
        }
    }

    fn only_passed(&self) -> bool {
        self.passed && !self.errored && self.failure.is_none()
    }
}

impl Entry {
    /// Whether it excuses this verdict of the script, whatever the day.
    pub fn excuses(&self, verdict: Verdict) -> bool {
        verdict == self.outcome
    }
}

/// What an update changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Scripts that are new, or that were known as ones that cannot be run and have failed now, with the reasons that
    /// they got.
    pub added: Vec<(CaseId, String)>,
    /// Those that pass.
    pub removed: Vec<CaseId>,
    /// Rows of a script that was known as a whole, and of which others pass, with the reason that was given for it: those
    /// that did not pass, be it that they were not run.
    pub kept: Vec<(CaseId, String)>,
}

impl Baseline {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, in order.
    pub fn parse(source: &SourceFile) -> Result<Self, Vec<Problem>> {
        let document = Document::parse(source.text()).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            vec![Problem {
                message: error.message().trim().replace('\n', ": "),
                span: Span::new(span.start, span.end),
                help: None,
            }]
        })?;
        let mut reading = Reading::default();
        for (key, item) in document.iter() {
            let span = key_span(document.as_table(), key).unwrap_or_default();
            reading.script(case(key), span, item, source);
        }
        match reading.problems.is_empty() {
            true => Ok(Self {
                text: source.text().to_owned(),
                entries: reading.entries,
            }),
            false => Err(reading.problems),
        }
    }

    /// What is known of each script.
    pub fn entries(&self) -> impl Iterator<Item = (&CaseId, &Entry)> {
        self.entries.iter()
    }

    /// What is known of a case: of this row, or of all rows of the script.
    pub fn entry(&self, case: &CaseId) -> Option<&Entry> {
        let own = self.entries.get(case);
        own.or_else(|| self.entries.get(&case.script()?))
    }

    /// What this says of a script with this verdict on this day. It says nothing of a script that is not known, or that
    /// neither passed nor ended as it is known to end.
    pub fn judge(&self, case: &CaseId, verdict: Verdict, today: &Day) -> Option<model::Baseline> {
        let entry = self.entry(case)?;
        let is_over = entry.expires.as_ref().is_some_and(|day| day <= today);
        let standing = match verdict {
            Verdict::Passed => Standing::PassesAgain,
            verdict if !entry.excuses(verdict) => return None,
            _ if is_over => Standing::Expired,
            _ => Standing::Known,
        };
        Some(model::Baseline {
            reason: entry.reason.clone(),
            expires: entry.expires.as_ref().map(Day::to_string),
            standing,
        })
    }

    /// The text as it has to be after a run, sorted, and what is new in it. Scripts that failed come in, scripts that
    /// passed go; all others, comments, reasons and days stay. A script that was known as one that cannot be run, and
    /// failed, is known for that from then on. A script that could not be run does not come in: whether it would fail
    /// is not known, and a server that is not there would else excuse everything.
    ///
    /// A row of a table that was not run has to be among what was seen, with nothing that was seen of it: else what is said
    /// of all rows of its script is lost for it when another one passes.
    pub fn update(&self, seen: &BTreeMap<CaseId, Seen>) -> (String, Changes) {
        let (header, mut document) = self.parts();
        let changes = self.changes(seen);
        let lines = lines(&document);
        for (case, reason) in &changes.added {
            add(&mut document, lines.get(case), case, reason);
        }
        for (row, _) in &changes.kept {
            let script = row.script().and_then(|script| lines.get(&script));
            keep(&mut document, script, row);
        }
        document.retain(|key, _| !changes.removed.contains(&case(key)));
        document.sort_values_by(|one, _, other, _| one.get().cmp(other.get()));
        (format!("{header}{document}"), changes)
    }

    /// The comment that it begins with, and the rest.
    fn parts(&self) -> (String, DocumentMut) {
        // Where several carriage returns end a line, each update would take one of them away.
        let text = self.text.replace('\r', "");
        match text.parse::<DocumentMut>() {
            Ok(mut document) if !text.trim().is_empty() => (take_header(&mut document), document),
            _ => (HEADER.to_owned(), DocumentMut::new()),
        }
    }

    fn changes(&self, seen: &BTreeMap<CaseId, Seen>) -> Changes {
        let mut changes = Changes::default();
        for (case, seen) in seen {
            let entry = self.entry(case);
            let is_known = entry.is_some_and(|entry| entry.outcome == Verdict::Failed);
            match &seen.failure {
                Some(message) if !is_known => changes.added.push((case.clone(), reason(message))),
                None if entry.is_some() && seen.only_passed() => {
                    let key = self.key(case);
                    if !changes.removed.contains(&key) {
                        changes.removed.push(key);
                    }
                }
                _ => {}
            }
        }
        for (case, seen) in seen {
            let is_split = changes.removed.contains(&self.key(case)) && !seen.only_passed();
            let is_added = || changes.added.iter().any(|(added, _)| added == case);
            if let Some(entry) = self.entry(case).filter(|_| is_split && !is_added()) {
                changes.kept.push((case.clone(), entry.reason.clone()));
            }
        }
        changes
    }

    /// What its line in the file is about: this case, or all rows of its script.
    fn key(&self, case: &CaseId) -> CaseId {
        let whole = case.script().filter(|_| !self.entries.contains_key(case));
        let whole = whole.filter(|script| self.entries.contains_key(script));
        whole.unwrap_or_else(|| case.clone())
    }
}

/// What a line of the file is about.
fn case(key: &str) -> CaseId {
    CaseId::from(key).normal()
}

/// A reason made from a message, in one line and not too long.
fn reason(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim();
    match line.is_empty() {
        true => "it fails".to_owned(),
        false => shortened(line, REASON),
    }
}

/// The keys of the lines of a file, by what these are about.
fn lines(document: &DocumentMut) -> BTreeMap<CaseId, String> {
    let keys = document.iter().map(|(key, _)| key);
    keys.map(|key| (case(key), key.to_owned())).collect()
}

/// Gives a row a line of its own, which says what that of its script says.
fn keep(document: &mut DocumentMut, script: Option<&String>, row: &CaseId) {
    let item = script.and_then(|key| document.get(key));
    if let Some(item) = item.cloned() {
        document.insert(&row.to_string(), item);
    }
}

/// Adds a failure. What else is said of the script in its line, if it has one, stays, but not that it cannot be run.
fn add(document: &mut DocumentMut, line: Option<&String>, added: &CaseId, reason: &str) {
    let known = line.and_then(|key| document.get_mut(key)?.as_table_like_mut());
    match known {
        Some(known) => {
            known.remove("outcome");
            known.insert("reason", toml_edit::value(reason));
        }
        None => {
            document.insert(&added.to_string(), entry(reason));
        }
    }
}

fn entry(reason: &str) -> Item {
    let mut entry = InlineTable::new();
    entry.insert("reason", reason.into());
    Item::Value(Value::InlineTable(entry))
}

/// Takes the comment out that a text begins with, if an empty line parts it from the first script; else it is that
/// script's, and moves with it.
fn take_header(document: &mut DocumentMut) -> String {
    if document.is_empty() {
        let header = document.trailing().as_str().unwrap_or_default().trim_end();
        // Without an empty line, the first script would be taken for a part of the comment, or the other way round.
        let header = match header {
            "" => String::new(),
            header => format!("{header}\n\n"),
        };
        document.set_trailing("");
        return header;
    }
    let first = document.iter().next().map(|(key, _)| key.to_owned());
    let Some(mut key) = first.and_then(|first| document.key_mut(&first)) else {
        return String::new();
    };
    let decor = key.leaf_decor_mut();
    let above = decor.prefix().and_then(|prefix| prefix.as_str());
    let above = above.unwrap_or_default().to_owned();
    let at = above.rfind("\n\n").map_or(0, |at| at + 2);
    decor.set_prefix(&above[at..]);
    above[..at].to_owned()
}

/// What has been understood of a text so far.
#[derive(Default)]
struct Reading {
    entries: BTreeMap<CaseId, Entry>,
    problems: Vec<Problem>,
}

impl Reading {
    fn script(&mut self, case: CaseId, span: Span, item: &Item, source: &SourceFile) {
        let path = case.to_string();
        let Some(table) = item.as_table_like() else {
            let help = format!("write {path:?} = {{ reason = \"…\" }}");
            return self.wrong(
                format!("of {path:?} a reason has to be given"),
                span,
                Some(help),
            );
        };
        for (key, _) in table.iter().filter(|(key, _)| !KEYS.contains(key)) {
            self.unknown(key, key_span(table, key).unwrap_or(span));
        }
        let (reason, expires) = (self.reason(table, span), self.expires(table, span));
        let outcome = self.outcome(table, span);
        let (Some(reason), Ok(expires), Some(outcome)) = (reason, expires, outcome) else {
            return;
        };
        if let Some(first) = self.entries.get(&case) {
            let line = source.position(first.span.start).line;
            return self.wrong(
                format!("{path:?} is here a second time; the first is in line {line}"),
                span,
                None,
            );
        }
        self.entries.insert(
            case,
            Entry {
                outcome,
                reason,
                expires,
                span,
            },
        );
    }

    fn reason(&mut self, table: &dyn TableLike, span: Span) -> Option<String> {
        let item = table.get("reason");
        let reason = item.and_then(Item::as_str).map(str::trim);
        match reason {
            Some(reason) if !reason.is_empty() => return Some(reason.to_owned()),
            _ => {}
        }
        let help = Some("reason = \"…\"".to_owned());
        let span = item.and_then(span_of).unwrap_or(span);
        self.wrong(
            "it has to say why the script does not pass".to_owned(),
            span,
            help,
        );
        None
    }

    /// The day; an `Err` if something else stands there, which has been reported.
    fn expires(&mut self, table: &dyn TableLike, span: Span) -> Result<Option<Day>, NoDay> {
        let Some(item) = table.get("expires") else {
            return Ok(None);
        };
        let text = match item.as_value() {
            Some(Value::String(text)) => text.value().clone(),
            Some(Value::Datetime(day)) => day.value().to_string(),
            _ => String::new(),
        };
        let day = text.parse();
        day.map(Some).inspect_err(|error: &NoDay| {
            self.wrong(error.to_string(), span_of(item).unwrap_or(span), None);
        })
    }

    /// What the script comes to; none if something else stands there, which has been reported.
    fn outcome(&mut self, table: &dyn TableLike, span: Span) -> Option<Verdict> {
        let Some(item) = table.get("outcome") else {
            return Some(Verdict::Failed);
        };
        let mut all = Verdict::ALL.into_iter();
        let known = item
            .as_str()
            .and_then(|word| all.find(|verdict| outcome_word(*verdict) == Some(word)));
        if known.is_none() {
            let help = "write \"error\" for a script that cannot be run; one that fails needs no `outcome`";
            self.wrong(
                "this is not what comes of a script that does not pass".to_owned(),
                span_of(item).unwrap_or(span),
                Some(help.to_owned()),
            );
        }
        known
    }

    fn unknown(&mut self, key: &str, span: Span) {
        let help = match closest(key, KEYS.into_iter()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "there are `reason`, `expires` and `outcome`".to_owned(),
        };
        self.wrong(format!("unknown key `{key}`"), span, Some(help));
    }

    fn wrong(&mut self, message: String, span: Span, help: Option<String>) {
        self.problems.push(Problem {
            message,
            span,
            help,
        });
    }
}

fn span_of(item: &Item) -> Option<Span> {
    item.span().map(|span| Span::new(span.start, span.end))
}

fn key_span(table: &dyn TableLike, key: &str) -> Option<Span> {
    let span = table.key(key)?.span()?;
    Some(Span::new(span.start, span.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# What our server does not do yet.
# Ask Juliet.

# Rooms are new.
\"spec/muc.scs\" = { reason = \"no rooms\", expires = \"2027-01-31\" } # soon
'spec/a b.scs' = { reason = 'odd \"name\"' }

[\"spec/mam.scs\"]
reason = \"no archive\"
expires = 2026-02-28
";

    fn source(text: &str) -> SourceFile {
        SourceFile::new("known.toml", text)
    }

    #[track_caller]
    fn baseline(text: &str) -> Baseline {
        Baseline::parse(&source(text)).unwrap()
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn seen(verdicts: &[(&str, Verdict)]) -> BTreeMap<CaseId, Seen> {
        let mut all: BTreeMap<CaseId, Seen> = BTreeMap::new();
        for (path, verdict) in verdicts {
            let seen = all.entry((*path).into()).or_default();
            seen.add(*verdict, Some("Romeo received nothing\nat all"));
        }
        all
    }

    #[test]
    fn all_forms_of_toml_are_read() {
        let baseline = baseline(TEXT);
        let told: Vec<String> = baseline
            .entries()
            .map(|(path, entry)| {
                let day = entry.expires.as_ref().map(Day::to_string);
                format!("{path}|{}|{}", entry.reason, day.unwrap_or_default())
            })
            .collect();
        assert_eq!(
            told,
            [
                "spec/a b.scs|odd \"name\"|",
                "spec/mam.scs|no archive|2026-02-28",
                "spec/muc.scs|no rooms|2027-01-31"
            ]
        );
    }

    #[test]
    fn an_excuse_ends_on_its_day() {
        let baseline = baseline(TEXT);
        let standing = |verdict, today: &str| {
            let judged = baseline.judge(&"spec/muc.scs".into(), verdict, &day(today));
            judged.map(|judged| judged.standing)
        };
        let failed = Verdict::Failed;
        assert_eq!(standing(failed, "2027-01-30"), Some(Standing::Known));
        assert_eq!(standing(failed, "2027-01-31"), Some(Standing::Expired));
        // A script that passes has to be taken out, also after its day.
        for today in ["2020-01-01", "2030-01-01"] {
            let passed = standing(Verdict::Passed, today);
            assert_eq!(passed, Some(Standing::PassesAgain));
        }
        assert_eq!(standing(Verdict::NotSupported, "2030-01-01"), None);
        assert_eq!(standing(Verdict::Deviated, "2030-01-01"), None);
        assert_eq!(standing(Verdict::NotTested, "2030-01-01"), None);
        assert_eq!(standing(Verdict::NotRun, "2030-01-01"), None);
        let other = baseline.judge(&"spec/new.scs".into(), Verdict::Failed, &day("2020-01-01"));
        assert_eq!(other, None);
    }

    #[test]
    fn an_entry_excuses_what_it_says_and_nothing_else() {
        let text = "'fails.scs' = { reason = 'x' }\n'too.scs' = { reason = 'x', outcome = 'failure' }\n\
                    'errs.scs' = { reason = 'x', outcome = 'error', expires = 2027-01-31 }\n";
        let baseline = baseline(text);
        let standing = |path: &str, verdict, today: &str| {
            let judged = baseline.judge(&path.into(), verdict, &day(today));
            judged.map(|judged| judged.standing)
        };
        let (before, after) = ("2027-01-30", "2027-01-31");
        for path in ["fails.scs", "too.scs"] {
            assert_eq!(
                standing(path, Verdict::Failed, after),
                Some(Standing::Known)
            );
            assert_eq!(standing(path, Verdict::Errored, after), None);
        }
        let errs = |verdict, today| standing("errs.scs", verdict, today);
        assert_eq!(errs(Verdict::Errored, before), Some(Standing::Known));
        assert_eq!(errs(Verdict::Errored, after), Some(Standing::Expired));
        assert_eq!(errs(Verdict::Failed, before), None);
        assert_eq!(errs(Verdict::Passed, before), Some(Standing::PassesAgain));
    }

    #[test]
    fn an_update_never_excuses_an_error_and_turns_one_that_fails_into_a_failure() {
        let text = "'./a.scs' = { reason = 'x', outcome = 'error', expires = '2027-01-31' } # ours\n\
                    'b.scs' = { reason = 'y' }\n\n['c.scs']\nreason = 'z'\noutcome = 'error'\n";
        for verdict in [
            Verdict::Errored,
            Verdict::NotRun,
            Verdict::Deviated,
            Verdict::NotSupported,
            Verdict::NotTested,
        ] {
            let ran = ["a.scs", "b.scs", "c.scs", "d.scs"].map(|path| (path, verdict));
            let (_, changes) = baseline(text).update(&seen(&ran));
            assert_eq!(changes, Changes::default(), "{verdict}");
        }
        let ran = [("a.scs", Verdict::Failed), ("c.scs", Verdict::Failed)];
        let (text, changes) = baseline(text).update(&seen(&ran));
        assert_eq!((changes.added.len(), changes.removed.len()), (2, 0));
        insta::assert_snapshot!(text, @r#"
        './a.scs' = { reason = "Romeo received nothing", expires = '2027-01-31' } # ours
        'b.scs' = { reason = 'y' }

        ['c.scs']
        reason = "Romeo received nothing"
        "#);
        assert_eq!(
            baseline(&text).entry(&"a.scs".into()).unwrap().outcome,
            Verdict::Failed
        );
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for text in ["2028-02-29", "2027-12-31"] {
            assert_eq!(day(text).to_string(), text);
        }
        for text in [
            "2027-02-29",
            "2027-13-01",
            "31.1.2027",
            "2027-1-31",
            "2027-01-31T00:00:00Z",
            "soon",
            "",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NoDay), "{text}");
        }
    }

    #[test]
    fn an_update_changes_what_was_run_and_keeps_the_rest() {
        let ran = seen(&[
            ("spec/a b.scs", Verdict::Passed),
            ("spec/muc.scs", Verdict::Failed),
            ("spec/login.scs", Verdict::Failed),
            ("spec/error.scs", Verdict::Errored),
            ("spec/pass.scs", Verdict::Passed),
        ]);
        let (text, changes) = baseline(TEXT).update(&ran);
        insta::assert_snapshot!(text);
        assert_eq!(changes.removed, ["spec/a b.scs".into()]);
        let reason = "Romeo received nothing".to_owned();
        assert_eq!(changes.added, [("spec/login.scs".into(), reason)]);
        // Once is enough.
        let (again, changes) = baseline(&text).update(&ran);
        assert_eq!((again, changes), (text, Changes::default()));
    }

    #[test]
    fn an_update_sorts_and_keeps_comments_with_their_scripts() {
        let text = "# for c\n'c.scs' = { reason = 'c' } # yes\n# for a\n'a.scs' = { reason = 'a' }\n# end\n";
        let (sorted, changes) = baseline(text).update(&BTreeMap::new());
        assert_eq!(changes, Changes::default());
        assert_eq!(
            sorted,
            "# for a\n'a.scs' = { reason = 'a' }\n# for c\n'c.scs' = { reason = 'c' } # yes\n# end\n"
        );
    }

    #[test]
    fn an_update_of_nothing_begins_a_file() {
        for text in ["", "\n", "# only a comment\n"] {
            let (text, _) = baseline(text).update(&seen(&[("a.scs", Verdict::Failed)]));
            assert!(text.starts_with("# "), "{text}");
            assert!(
                text.ends_with("\n\"a.scs\" = { reason = \"Romeo received nothing\" }\n"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_script_that_passes_only_at_times_stays() {
        let ran = [
            ("spec/muc.scs", Verdict::Passed),
            ("spec/muc.scs", Verdict::Failed),
        ];
        let (text, changes) = baseline(TEXT).update(&seen(&ran));
        assert_eq!(changes, Changes::default());
        assert!(text.contains("spec/muc.scs"), "{text}");
    }

    #[test]
    fn a_script_comes_below_a_comment_that_has_no_end_of_line() {
        let (text, _) = baseline("# Known").update(&seen(&[("a.scs", Verdict::Failed)]));
        assert!(text.starts_with("# Known\n\n\"a.scs\" = "), "{text}");
    }

    #[test]
    fn a_path_alone_means_all_its_rows() {
        let text =
            "'a.scs' = { reason = 'x', expires = '2027-01-31' }\n'b.scs [1]' = { reason = 'y' }\n";
        let baseline = baseline(text);
        let standing = |case: &str, verdict| {
            let judged = baseline.judge(&case.into(), verdict, &day("2027-01-30"));
            judged.map(|judged| judged.standing)
        };
        for row in ["a.scs [1 _]", "a.scs [2 3]", "b.scs [1]"] {
            assert_eq!(standing(row, Verdict::Failed), Some(Standing::Known));
            assert_eq!(standing(row, Verdict::Passed), Some(Standing::PassesAgain));
        }
        assert_eq!(standing("b.scs [2]", Verdict::Failed), None);
        assert_eq!(standing("b.scs", Verdict::Failed), None);
    }

    #[test]
    fn an_update_takes_out_a_row_of_a_script_that_was_known_as_a_whole() {
        let text = "'a.scs' = { reason = 'x', expires = '2027-01-31' } # ours\n";
        let (failed, passed) = (Verdict::Failed, Verdict::Passed);
        let (same, changes) = baseline(text).update(&seen(&[("a.scs [1]", failed)]));
        assert_eq!((same.as_str(), changes), (text, Changes::default()));
        let ran = [
            ("a.scs [1]", passed),
            ("a.scs [2]", failed),
            ("a.scs [3]", passed),
        ];
        let (split, changes) = baseline(text).update(&seen(&ran));
        insta::assert_snapshot!(
            split,
            @r#""a.scs [2]" = { reason = 'x', expires = '2027-01-31' } # ours"#
        );
        assert_eq!(changes.removed, ["a.scs".into()]);
        assert_eq!(changes.kept, [("a.scs [2]".into(), "x".to_owned())]);
        assert_eq!(baseline(&split).update(&seen(&ran)).0, split);
        let ran = [
            ("a.scs [1]", passed),
            ("a.scs [2]", Verdict::NotRun),
            ("a.scs [3]", Verdict::NotSupported),
            ("a.scs [4]", Verdict::NotTested),
        ];
        let (split, changes) = baseline(text).update(&seen(&ran));
        assert_eq!(changes.kept.len(), 3);
        insta::assert_snapshot!(split, @r#"
        "a.scs [2]" = { reason = 'x', expires = '2027-01-31' } # ours
        "a.scs [3]" = { reason = 'x', expires = '2027-01-31' } # ours
        "a.scs [4]" = { reason = 'x', expires = '2027-01-31' } # ours
        "#);
        let (none, _) = baseline(text).update(&seen(&[("a.scs [1]", passed)]));
        assert_eq!(none, "");
    }

    #[test]
    fn a_row_that_fails_is_not_excused_by_what_its_script_was_known_for() {
        let text =
            "'a.scs' = { reason = 'x', outcome = 'error' }\n'a.scs [2]' = { reason = 'y' }\n";
        let (failed, passed) = (Verdict::Failed, Verdict::Passed);
        let ran = [
            ("a.scs [1]", passed),
            ("a.scs [2]", passed),
            ("a.scs [3]", failed),
            ("a.scs [4]", passed),
        ];
        let (updated, changes) = baseline(text).update(&seen(&ran));
        assert_eq!(changes.removed, ["a.scs".into(), "a.scs [2]".into()]);
        assert!(changes.kept.is_empty());
        assert_eq!(changes.added.len(), 1);
        assert_eq!(baseline(&updated).update(&seen(&ran)).1, Changes::default());
    }

    #[test]
    fn a_second_update_has_nothing_to_add_whatever_ends_the_lines() {
        let ran = seen(&[("a.scs", Verdict::Failed)]);
        for text in ["\r\r\n# ", "# a\r\n\r\r\n'b.scs' = { reason = 'x' }\r\r\n"] {
            let (once, _) = baseline(text).update(&ran);
            assert_eq!(baseline(&once).update(&ran).0, once);
        }
    }

    #[test]
    fn long_reasons_are_cut() {
        let long = "ä".repeat(500);
        assert_eq!(reason(&long).chars().count(), REASON + 1);
        assert_eq!(reason(""), "it fails");
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let text = "\
'a.scs' = { reson = 'x' }
'b.scs' = { reason = ' ' }
'c.scs' = { reason = 'x', expires = '2027-02-30' }
'd.scs' = 'x'
'e.scs' = { reason = 'x' }
'./e.scs' = { reason = 'x' }
'f.scs' = { reason = 'x', expires = 12 }
'g.scs' = { reason = 'x', outcome = 'errors' }
'h.scs' = { reason = 'x', outcome = true, outcom = 'error' }
";
        let source = source(text);
        let problems = Baseline::parse(&source).unwrap_err();
        let told: Vec<String> = problems
            .iter()
            .map(|problem| {
                let help = problem.help.as_deref().unwrap_or_default();
                format!(
                    "{}: {} ({help})",
                    source.locate(problem.span),
                    problem.message
                )
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_place() {
        for (text, offset) in [("'a.scs' = {", 11), ("'a.scs' = 1\n'a.scs' = 2\n", 12)] {
            let problems = Baseline::parse(&source(text)).unwrap_err();
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].span.start, offset, "{problems:?}");
        }
    }
}
