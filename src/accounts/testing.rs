//! Servers that are asked for accounts, for tests.

use minidom::Element;
use tokio::sync::mpsc::UnboundedReceiver;

use super::account::{Account, NeededAccount};
use super::network::Network;
use crate::blanks::Blanks;
use crate::xmpp::testing::{FakeDialer, FakeServer, endpoint};
use crate::xmpp::{ConnectOptions, LoginOptions};

/// The result of the first request, with nothing in it.
pub(super) const RESULT: &str = "<iq type='result' id='scansion-1'/>";

/// Romeo, who has the default password of a fake login.
pub(super) fn needed() -> NeededAccount {
    NeededAccount {
        account: account("romeo"),
        endpoint: endpoint(),
        login: LoginOptions::default(),
    }
}

/// An account with the default password of a fake login.
pub(super) fn account(localpart: &str) -> Account {
    Account {
        localpart: localpart.to_owned(),
        domain: "localhost".to_owned(),
        password: "password".into(),
    }
}

/// The result of some work in front of the first server that is dialled. What the server's part returns is kept until
/// the work is done.
pub(super) async fn at_server<T, U>(
    (dialer, mut servers): (FakeDialer, UnboundedReceiver<FakeServer>),
    work: impl AsyncFnOnce(Network<'_>) -> T,
    server: impl AsyncFnOnce(FakeServer) -> U,
) -> T {
    let options = ConnectOptions::default();
    let network = Network {
        dialer: &dialer,
        options: &options,
        server: &Blanks::default(),
    };
    let server = async { server(servers.recv().await.expect("a dial")).await };
    let (done, _alive) = tokio::join!(work(network), server);
    done
}

/// Answers a request, and gives it back.
pub(super) async fn answer(server: &mut FakeServer, kind: &str, payload: &str) -> Element {
    let iq = server.element().await;
    let id = iq.attr("id").expect("a request has an id");
    let answer = format!("<iq type='{kind}' id='{id}'>{payload}</iq>");
    server.write(&answer).await;
    iq
}
