//! Expectations before and after blessing, for each kind of difference.

mod attempts;
mod attributes;
mod children;
mod refusals;
mod stanzas;
mod text;
mod values;
mod whatever_came;

use minidom::Element;

use super::{Change, Refusal, UnmetExpectation};
use crate::matcher::Bindings;
use crate::plan::{self, PlanOptions, Renaming};
use crate::runner::Member;
use crate::script::ast::Script;
use crate::script::read;
use crate::source::SourceFile;

const CAST: &str = "# Title\n[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: x\n\n\
    [Client] Juliet\n\tjid: juliet@localhost/balcony\n\tpassword: x\n\n\
    [Component] Shop\n\tjid: shop.localhost\n\tsecret: x\n\n---\n\n\
    Romeo connects\n\nJuliet connects\n\nShop connects\n\n\
    Juliet receives:\n\t<message id=\"$<id>\" ver=\"{scansion:capture:ver}\"/>\n\n";

/// A script whose last step has failed.
struct Scene {
    script: Script,
    options: PlanOptions,
    bindings: Bindings,
}

impl Scene {
    #[track_caller]
    fn new(text: &str) -> Self {
        let reading = read(SourceFile::new("test.scs", text));
        assert!(reading.is_sound(), "{:?}\n{text}", reading.problems);
        let bindings = [
            ("Romeo's JID", "romeo@localhost"),
            ("Romeo's full JID", "romeo@localhost/orchard"),
            ("Juliet's JID", "juliet@localhost"),
            ("Juliet's full JID", "juliet@localhost/balcony"),
            ("Shop's JID", "shop.localhost"),
            ("Shop's full JID", "shop.localhost"),
            ("id", "a1b2c3d4"),
            ("ver", "v9"),
        ];
        let bindings = bindings
            .iter()
            .fold(Bindings::new(), |all, (name, value)| all.with(name, value));
        Self {
            script: reading.play().clone(),
            options: PlanOptions::default(),
            bindings,
        }
    }

    /// What the last step's expectation with this number becomes.
    fn change(&self, number: usize, came: &Element) -> Result<Change, Refusal> {
        self.unmet(number, came, |unmet| unmet.change())
    }

    /// Does something with the last step's expectation with this number, which was not met.
    fn unmet<T>(
        &self,
        number: usize,
        came: &Element,
        take: impl FnOnce(&UnmetExpectation<'_>) -> T,
    ) -> T {
        let plan = plan::resolve(&self.script, &self.options).unwrap();
        let cast: Vec<Member> = plan
            .actors
            .iter()
            .map(|actor| Member {
                name: actor.name.clone(),
                role: actor.role,
                jid: actor.jid.to_string(),
            })
            .collect();
        let expectation = plan.steps.last().unwrap().verb.expectation();
        let pattern = expectation.unwrap().taken().get(number);
        let unmet = UnmetExpectation {
            script: &self.script,
            options: &self.options,
            cast: &cast,
            step: plan.steps.len() - 1,
            pattern,
            bindings: &self.bindings,
            element: came,
        };
        take(&unmet)
    }
}

fn element(xml: &str) -> Element {
    element_of("jabber:client", xml)
}

fn element_of(namespace: &str, xml: &str) -> Element {
    let root = format!("<root xmlns='{namespace}'>{xml}</root>");
    let root: Element = root.parse().unwrap();
    root.children().next().unwrap().clone()
}

/// The story from the last action on, once it expects what came.
#[track_caller]
fn blessed(action: &str, came: &str) -> String {
    let scene = Scene::new(&format!("{CAST}{action}\n"));
    let after = scene.change(0, &element(came)).unwrap().text;
    let rest = after.strip_prefix(CAST).expect("what stands before stays");
    rest.strip_suffix('\n')
        .expect("the last line ends")
        .to_owned()
}

#[track_caller]
fn assert_blessed(block: &str, came: &str, after: &str) {
    let action = |block: &str| format!("Juliet receives:\n\t{block}");
    assert_eq!(blessed(&action(block), came), action(after));
}

#[track_caller]
fn refusal(block: &str, came: &str) -> Refusal {
    let scene = Scene::new(&format!("{CAST}{block}\n"));
    scene.change(0, &element(came)).unwrap_err()
}
