//! A ledger in which there is one of everything, for tests of its forms.

use std::collections::BTreeMap;

use crate::case::CaseId;
use crate::clauses::Index;
use crate::ledger::{Clause, Document, Ledger, Place, Shown, Use, Weakness};
use crate::script::DocumentId;
use crate::verdict::Verdict;

const MUC: &str = "7c3f\t10.5\tMUST\tserver\toutside\tthe last owner stays\n\
    91ab\t10.5\tSHOULD\tboth\toutside\t<greets> & *bows*\n\
    00aa\t10.6\tMAY\tserver\tnever: by hand\n\
    00bb\t10.6\tMUST\tclient\tnever: the client's part\n";

const CORE: &str = "aaaa\t8.2.3\tMUST\tserver\toutside\tan answer comes\n";

/// The ledger.
pub(super) fn ledger() -> Ledger {
    let mut muc = document(DocumentId::Xep(45), MUC);
    muc.clauses[0].uses = vec![
        used("spec/a|b.scs [1]", Place::Line(12), Shown::ByDoubt),
        used(
            "spec/a|b.scs [2]",
            Place::Line(12),
            not(Weakness::NotRecorded),
        ),
        used(
            "spec/c.scs",
            Place::Script,
            Shown::ByServer("<Prosody> 13".to_owned()),
        ),
    ];
    muc.clauses[0].verdicts = vec![Some(Verdict::Failed), Some(Verdict::Passed)];
    muc.clauses[0].sentence = Some("The sentence <itself>.".to_owned());
    muc.clauses[1].uses = vec![
        used("spec/d.scs", Place::Line(7), not(survivors())),
        used("spec/e.scs", Place::Line(9), not(Weakness::Unnoticed)),
        used(
            "spec/f.scs",
            Place::Line(3),
            not(Weakness::NotDoubted("it fails".to_owned())),
        ),
    ];
    muc.clauses[1].verdicts = vec![Some(Verdict::Deviated), Some(Verdict::NotRun)];
    let mut core = document(DocumentId::Rfc(6120), CORE);
    core.clauses[0].uses = vec![used(
        "spec/g.scs",
        Place::Line(5),
        not(Weakness::NotRecorded),
    )];
    core.clauses[0].verdicts = vec![Some(Verdict::NotSupported), None];
    Ledger {
        servers: vec!["<Prosody> 13".to_owned(), "ejabberd".to_owned()],
        documents: vec![core, muc],
        unindexed: BTreeMap::new(),
    }
}

fn document(id: DocumentId, text: &str) -> Document {
    let entries = Index::read(id, text).unwrap().entries.into_iter();
    let clauses = entries.map(|entry| Clause {
        words: entry.words.clone(),
        entry,
        sentence: None,
        uses: Vec::new(),
        verdicts: vec![None, None],
    });
    Document {
        id,
        clauses: clauses.collect(),
    }
}

fn used(case: &str, place: Place, shown: Shown) -> Use {
    Use {
        case: CaseId::from(case),
        place,
        shown,
    }
}

fn not(weakness: Weakness) -> Shown {
    Shown::Not(weakness)
}

fn survivors() -> Weakness {
    Weakness::Survivors(vec![
        "Juliet line 7: twice".to_owned(),
        "Juliet line 7: sender".to_owned(),
    ])
}
