//! What the indexes say of the clauses that a play claims, and which of them there are not.

use std::path::Path;
use std::sync::Arc;

use super::claim::{Claim, Claims};
use super::library::Library;
use crate::clauses::{Entry, Found, Index, Indexes, Level, Subject};
use crate::script::ast::{Head, Script};
use crate::script::{Clause, Reading, ScriptError, ScriptErrorKind};
use crate::source::{SourceFile, Spanned};

/// How many clauses of a section are told to an author who has named another one.
const TOLD: usize = 10;

/// Adds what is wrong with the clauses of a script to its problems, and gives what each of its plays claims.
pub fn check(reading: &mut Reading, library: &Library) -> Vec<Claims> {
    let (claims, problems): (Vec<_>, Vec<_>) = reading
        .plays
        .iter()
        .map(|play| judged(play, library))
        .unzip();
    reading.add(problems);
    claims
}

/// What a play claims, with the levels that the indexes have, and what is wrong with that.
pub fn judged(play: &Script, library: &Library) -> (Claims, Vec<ScriptError>) {
    let mut judge = Judge {
        play,
        library,
        problems: Vec::new(),
    };
    let whole = |judge: &mut Judge<'_>, head: &Head| -> Arc<[Claim]> {
        let claims = head.clauses();
        claims
            .filter_map(|clause| judge.claim(clause, head, Standing::Required))
            .collect()
    };
    let script = whole(&mut judge, &play.head);
    let lent = match &play.lender {
        Some(lender) => whole(&mut judge, &lender.head),
        None => Arc::default(),
    };
    let steps = play.story.iter().enumerate().map(|(step, action)| {
        let standing = match play.is_alternative(step) {
            true => Standing::Alternative,
            false => Standing::Required,
        };
        let clauses = action.clauses();
        let claims = clauses.filter_map(|clause| {
            let head = play.head_at(clause.span.start);
            judge.claim(clause, head, standing)
        });
        claims.collect()
    });
    let steps = steps.collect();
    let claims = Claims {
        steps,
        script,
        lent,
    };
    (claims, judge.problems)
}

/// Whether what claims a clause has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It has.
    Required,
    /// Something else may hold instead.
    Alternative,
}

struct Judge<'p> {
    play: &'p Script,
    library: &'p Library,
    problems: Vec<ScriptError>,
}

impl Judge<'_> {
    /// The claim of a clause, with what the index of its document says.
    fn claim(&mut self, clause: Spanned<Clause>, head: &Head, standing: Standing) -> Option<Claim> {
        let place = clause.span;
        let mut claim = Claim::of(clause.value, head)?;
        let file = self.play.source.file(place.start);
        match self.look_up(&mut claim, file, standing) {
            Ok(None) => {}
            Ok(Some(kind)) | Err(kind) => self.problems.push(kind.at(place)),
        }
        Some(claim)
    }

    /// Gives a claim its level and words; an error where there is no such clause, and a warning where it is suspicious.
    fn look_up(
        &self,
        claim: &mut Claim,
        file: &SourceFile,
        standing: Standing,
    ) -> Result<Option<ScriptErrorKind>, ScriptErrorKind> {
        let unreadable = |error: crate::clauses::IndexError| ScriptErrorKind::UnreadableIndex {
            reason: error.to_string(),
        };
        let indexes = self.library.indexes_for(Path::new(file.name()));
        let indexes = indexes.map_err(unreadable)?;
        let Some(index) = Indexes::index(&indexes, claim.document).map_err(unreadable)? else {
            self.library.misses(claim.document);
            return Ok(None);
        };
        let entry = entry(claim, index)?;
        claim.level = Some(entry.level);
        claim.sentence = self.library.sentence(claim.document, entry);
        if claim.words.is_empty() {
            claim.words.clone_from(&entry.words);
        }
        match (entry.level, standing, entry.subject) {
            (Level::May, Standing::Required, _) => Err(ScriptErrorKind::MayMustNot),
            (Level::May | Level::Should | Level::Must, _, Subject::Client) => {
                Ok(Some(ScriptErrorKind::ClauseOfClient))
            }
            (Level::May | Level::Should | Level::Must, _, Subject::Server | Subject::Both) => {
                Ok(None)
            }
        }
    }
}

/// What an index says of a clause.
fn entry<'i>(claim: &Claim, index: &'i Index) -> Result<&'i Entry, ScriptErrorKind> {
    let (document, fingerprint) = (claim.document.title(), claim.fingerprint.clone());
    match index.find(&claim.section, &claim.fingerprint) {
        Found::Entry(entry) => Ok(entry),
        Found::Unknown => Err(ScriptErrorKind::UnknownClause {
            document,
            fingerprint,
            known: of_section(claim, index),
        }),
        Found::WrongSection(entry) => Err(ScriptErrorKind::ClauseOfOtherSection {
            fingerprint,
            place: format!("§{} of {document}", entry.section),
            known: of_section(claim, index),
        }),
        Found::Ambiguous(_) => Err(ScriptErrorKind::AmbiguousClause {
            document,
            known: told(index.alike(&claim.fingerprint)),
            fingerprint,
        }),
    }
}

/// The clauses of the section that is claimed.
fn of_section(claim: &Claim, index: &Index) -> String {
    let (section, known) = (&claim.section, told(index.in_section(&claim.section)));
    match known.is_empty() {
        true => format!("§{section} has none; `scansion clauses list` shows all"),
        false => format!("§{section} has: {}", known.join("; ")),
    }
}

/// Some clauses, a line each, as they are written in a script and with their levels.
fn told<'e>(entries: impl Iterator<Item = &'e Entry>) -> Vec<String> {
    let mut lines: Vec<String> = entries.map(line).collect();
    let all = lines.len();
    if all > TOLD {
        lines.truncate(TOLD);
        lines.push(format!("and {} more", all - TOLD));
    }
    lines
}

fn line(entry: &Entry) -> String {
    let (section, print, level) = (&entry.section, &entry.fingerprint, entry.level);
    format!("§ {section} [{print}] {level} {}", entry.words)
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::script::read_with;

    const INDEX: &str = "7c3f\t10.5\tMUST\tserver\toutside\tthe last owner stays\n\
        91ab\t10.5\tSHOULD\tserver\toutside\n\
        00aa\t8.2\tMAY\tboth\toutside\n\
        00bb\t8.2\tMUST\tclient\tnever: the client's part\n\
        00cc1\t8.2\tMUST\tserver\toutside\n\
        00cc2\t8.2\tMUST\tserver\toutside\n";

    /// What is said of a story in a script about XEP-0045, and what the first play claims.
    fn judged_in(index: &str, head: &str, story: &str) -> (Vec<String>, Claims) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("clauses")).unwrap();
        fs::write(folder.path().join("clauses/xep0045.tsv"), index).unwrap();
        let text = format!(
            "# T\n## xep: 0045\n{head}[Client] A\n\tjid: a@b\n\tpassword: c\n---\n{story}\n"
        );
        let path = folder.path().join("spec/a.scs");
        let source = SourceFile::new(path.display().to_string(), &text);
        let mut reading = read_with(source, &|_| Err(String::new()));
        let mut claims = check(&mut reading, &Library::default());
        let source = &reading.script.source;
        let problems = reading.problems.iter();
        let told =
            problems.map(|problem| format!("{}: {}", source.slice(problem.span), problem.kind));
        (told.collect(), claims.remove(0))
    }

    fn said(story: &str) -> Vec<String> {
        judged_in(
            INDEX,
            "",
            &format!("{story}\nA connects\nA receives: nothing"),
        )
        .0
    }

    #[test]
    fn levels_and_words_are_those_of_the_index() {
        let story = "# § 10.5 [7C3F] ours\n# § 10.5. [91ab]\n# § rfc 6120 8.2.3 [ffff] x\nA connects\nA receives: nothing";
        let (told, claims) = judged_in(INDEX, "## § 10.5 [7c3f]\n", story);
        assert_eq!(told, [""; 0]);
        let levels = claims.steps[0].iter().map(|claim| claim.level);
        let levels: Vec<_> = levels.collect();
        assert_eq!(levels, [Some(Level::Must), Some(Level::Should), None]);
        assert_eq!(claims.steps[0][0].words, "ours");
        assert_eq!(claims.script[0].words, "the last owner stays");
        assert!(claims.steps[1].is_empty());
    }

    #[test]
    fn clauses_that_are_not_there_are_errors() {
        let (unknown, other) = ("# § 10.5 [ffff] x", "# § 8.2 [7c3f] x");
        assert_eq!(
            said(unknown),
            [format!("{unknown}: XEP-0045 has no clause `ffff`")]
        );
        assert_eq!(
            said(other),
            [format!("{other}: `7c3f` is a clause of §10.5 of XEP-0045")]
        );
        let ambiguous = "# § 8.2 [00cc] x";
        assert_eq!(
            said(ambiguous),
            [format!(
                "{ambiguous}: several clauses of XEP-0045 begin with `00cc`"
            )]
        );
    }

    #[test]
    fn the_clauses_of_the_section_are_told() {
        let index = Index::read(crate::script::DocumentId::Xep(45), INDEX).unwrap();
        assert_eq!(
            told(index.in_section("10.5")),
            [
                "§ 10.5 [7c3f] MUST the last owner stays",
                "§ 10.5 [91ab] SHOULD"
            ]
        );
        let many = (0..12).map(|number| format!("{number:04}\t1\tMUST\tserver\toutside\n"));
        let many = Index::read(
            crate::script::DocumentId::Xep(45),
            &many.collect::<String>(),
        );
        let lines = told(many.unwrap().in_section("1"));
        assert_eq!(lines.len(), TOLD + 1);
        assert_eq!(lines[TOLD], "and 2 more");
    }

    #[test]
    fn what_is_only_allowed_stands_in_alternatives() {
        let may = "# § 8.2 [00aa] x";
        assert_eq!(
            said(may),
            [format!(
                "{may}: a clause that only allows something cannot be demanded"
            )]
        );
        let either = "A connects\nEither\n\t# § 8.2 [00aa] x\n\tA receives: nothing\nor\n\tA receives:\n\t\t<a/>";
        assert_eq!(judged_in(INDEX, "", either).0, [""; 0]);
    }

    #[test]
    fn a_clause_that_is_about_clients_is_suspicious() {
        let client = "# § 8.2 [00bb] x";
        assert_eq!(
            said(client),
            [format!("{client}: this clause is about clients only")]
        );
    }

    #[test]
    fn each_row_has_its_own() {
        let table = "[Cases]\n\t| print |\n\t| 7c3f |\n\t| ffff |\n";
        let story = "# § 10.5 [${print}]\nA connects\nA receives: nothing";
        let (told, claims) = judged_in(INDEX, table, story);
        assert_eq!(told, ["# § 10.5 [${print}]: XEP-0045 has no clause `ffff`"]);
        assert_eq!(claims.steps[0][0].fingerprint, "7c3f");
    }

    #[test]
    fn an_index_that_cannot_be_read_is_told_at_the_clause() {
        let (told, claims) = judged_in("x", "", "# § 10.5 [7c3f]\nA connects\nA receives: nothing");
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("the index of this document cannot be read: "));
        assert_eq!(claims.steps[0][0].level, None);
        assert_eq!(
            judged_in("x", "", "A connects\nA receives: nothing").0,
            [""; 0]
        );
    }
}
