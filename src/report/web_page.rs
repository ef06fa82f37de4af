//! An HTML page that needs nothing but itself: no network, and no script but its own.
//!
//! It lets only its own styles and script in, by their hashes. What the page is about is not known here.

use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

/// How pages look, by colours and fonts that others have as well.
pub(super) const STYLE: &str = include_str!("style.css");

/// A page.
pub(super) struct WebPage<'a> {
    pub(super) title: &'a str,
    pub(super) styles: &'a [&'a str],
    /// The script that is in the body, if there is one.
    pub(super) script: Option<&'a str>,
    /// The body, its tags included.
    pub(super) body: Markup,
}

impl WebPage<'_> {
    pub(super) fn write(self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(self.policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { (self.title) " – scansion" }
                    @for style in self.styles { style { (PreEscaped(style)) } }
                }
                (self.body)
            }
        };
        page.into_string()
    }

    /// What the browser may load (CSP level 3): these styles and this script, and nothing else.
    fn policy(&self) -> String {
        let styles: Vec<String> = self.styles.iter().map(|style| hash(style)).collect();
        let script = self
            .script
            .map(|script| format!("script-src {}; ", hash(script)));
        format!(
            "default-src 'none'; style-src {}; {}base-uri 'none'; form-action 'none'",
            styles.join(" "),
            script.unwrap_or_default()
        )
    }
}

/// A text by its hash, as a policy names what may be in a page.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}
