//! Known departures of servers from a script, shown where the script failed.

use super::model::{Bearing, Departure};
use crate::runner::{ScriptOutcome, StepOutcome};
use crate::script::{self, Versions};
use crate::software::Software;

/// The departures that a script tells of, if it failed at this step; those of the server that was tested come first. They
/// are about what failed first, and not about a refused set-up, a stream that is lost or a server that answers no more.
pub(super) fn departures(outcome: &ScriptOutcome, step: &StepOutcome) -> Vec<Departure> {
    if !step.can_be_departure() || outcome.failed_first().is_some() {
        return Vec::new();
    }
    let known = outcome.info.headline.departures();
    let server = outcome.server.description.as_deref();
    let mut known: Vec<Departure> = known.map(|known| departure(&known, server)).collect();
    known.sort_by_key(|known| known.bearing != Bearing::Known);
    known
}

fn departure(known: &script::Departure, server: Option<&str>) -> Departure {
    let bearing = server.map(|server| known.bearing(&Software::of(server)));
    let bearing = bearing.unwrap_or(Bearing::Unknown);
    let told = match bearing {
        Bearing::Known => Some("of that it is known"),
        Bearing::OtherVersion => Some("that is another version"),
        Bearing::OtherServer => Some("that is another server"),
        Bearing::Unknown => None,
    };
    let told = server.zip(told);
    let told = told.map(|(server, told)| format!("; this server is {server}: {told}"));
    Departure {
        server: known.server.clone(),
        versions: (known.versions != Versions::All).then(|| known.versions.to_string()),
        what: known.what.clone(),
        bearing,
        sentence: format!("known departure of {known}{}", told.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(known: &str, server: Option<&str>) -> (String, Bearing) {
        let departure = departure(&known.parse().unwrap(), server);
        (departure.sentence, departure.bearing)
    }

    #[test]
    fn it_is_said_whether_this_server_is_meant() {
        let known = "ejabberd 23.01: a result, where an error is due";
        let told = "known departure of ejabberd 23.01: a result, where an error is due";
        for (server, more, bearing) in [
            (
                Some("ejabberd 23.01-1"),
                "; this server is ejabberd 23.01-1: of that it is known",
                Bearing::Known,
            ),
            (
                Some("ejabberd 24.12"),
                "; this server is ejabberd 24.12: that is another version",
                Bearing::OtherVersion,
            ),
            (
                Some("Prosody 13.0.1"),
                "; this server is Prosody 13.0.1: that is another server",
                Bearing::OtherServer,
            ),
            (Some("ejabberd"), "", Bearing::Unknown),
            (Some("prosody"), "", Bearing::Unknown),
            (None, "", Bearing::Unknown),
        ] {
            assert_eq!(said(known, server), (format!("{told}{more}"), bearing));
        }
    }
}
