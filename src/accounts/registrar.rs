//! Seeing to it that accounts are there, and that what was made goes away again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::Mutex;

use super::account::{NeededAccount, Origin, needed_accounts};
use super::error::{AccountError, AccountErrorKind, Doing};
use super::network::Network;
use super::provisioner::{Method, Provisioner};
use crate::plan::Plan;
use crate::xmpp::Notice;

/// Makes the accounts of plans, each once, and removes those that it has made.
#[derive(Debug)]
pub struct Registrar {
    method: Arc<Method>,
    ledger: Mutex<Ledger>,
}

/// The accounts that have been asked for, by their JIDs.
type Ledger = BTreeMap<String, Page>;

/// What is known of an account; nothing as long as it is not there. Who makes it holds it, and others that need the
/// same account wait until it is there.
type Page = Arc<Mutex<Option<(NeededAccount, Origin)>>>;

impl Registrar {
    /// A registrar that knows of no account yet.
    pub fn new(method: Arc<Method>) -> Self {
        Self {
            method,
            ledger: Mutex::default(),
        }
    }

    /// Whether it makes accounts, and does not only take them as they are.
    pub fn makes_accounts(&self) -> bool {
        self.method.makes_accounts()
    }

    /// Another registrar, which makes accounts in the same way and knows of no account yet.
    pub fn afresh(&self) -> Self {
        Self::new(Arc::clone(&self.method))
    }

    /// Sees to it that the accounts of a plan are there. Gives what the user should know of the connections that it
    /// took. An account that was there before, with whatever password, is taken as it is. When this is cancelled, an
    /// account may stay on the server.
    ///
    /// # Errors
    ///
    /// When one cannot be made, or has been made with another password.
    pub async fn ensure(
        &self,
        plan: &Plan,
        network: Network<'_>,
    ) -> Result<Vec<Notice>, AccountError> {
        self.ensure_all(needed_accounts(plan), network).await
    }

    /// Sees to it that accounts are there, as [`Self::ensure`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn ensure_all(
        &self,
        needed_accounts: Vec<NeededAccount>,
        network: Network<'_>,
    ) -> Result<Vec<Notice>, AccountError> {
        let mut notices = Vec::new();
        let Some(mut provisioner) = Provisioner::open(&self.method, network) else {
            return Ok(notices);
        };
        let mut done = Ok(());
        for needed in needed_accounts {
            let page = self.page(&needed).await;
            done = enter(&page, &mut provisioner, needed, &mut notices).await;
            if done.is_err() {
                break;
            }
        }
        provisioner.close().await;
        done.map(|()| notices)
    }

    async fn page(&self, needed: &NeededAccount) -> Page {
        let mut ledger = self.ledger.lock().await;
        Arc::clone(ledger.entry(needed.account.jid()).or_default())
    }

    /// Removes all accounts that were made, so many at a time; gives those that stay. Afterwards nothing is known of any
    /// account.
    pub async fn remove_all(&self, network: Network<'_>, at_once: usize) -> Vec<AccountError> {
        let mut made = Vec::new();
        for page in std::mem::take(&mut *self.ledger.lock().await).into_values() {
            made.extend(page.lock().await.take());
        }
        made.retain(|(_, origin)| *origin == Origin::Made);
        let removal = Removal {
            left: RefCell::new(made.into_iter().map(|(needed, _)| needed).rev().collect()),
            unreachable: RefCell::default(),
        };
        let workers = (0..at_once).map(|_| removal.work(&self.method, network));
        let mut errors: Vec<AccountError> = join_all(workers).await.into_iter().flatten().collect();
        errors.sort_by(|one, other| one.account.cmp(&other.account));
        errors
    }
}

/// Accounts that are removed, by several workers.
struct Removal {
    /// Those that nobody has taken yet, the next one last.
    left: RefCell<Vec<NeededAccount>>,
    /// Where no server was there any more.
    unreachable: RefCell<BTreeSet<String>>,
}

impl Removal {
    /// Removes one after the other, as long as there are any; gives those that stay.
    async fn work(&self, method: &Method, network: Network<'_>) -> Vec<AccountError> {
        let mut errors = Vec::new();
        let Some(mut provisioner) = Provisioner::open(method, network) else {
            return errors;
        };
        while let Some(needed) = self.next() {
            let removed = self.remove(&needed, &mut provisioner).await;
            errors.extend(
                removed
                    .map_err(|kind| error(&needed, Doing::Remove, kind))
                    .err(),
            );
        }
        provisioner.close().await;
        errors
    }

    fn next(&self) -> Option<NeededAccount> {
        self.left.borrow_mut().pop()
    }

    /// Removes an account. A server that is gone is not waited for once more for each of them.
    async fn remove(
        &self,
        needed: &NeededAccount,
        provisioner: &mut Provisioner<'_>,
    ) -> Result<(), AccountErrorKind> {
        let place = needed.endpoint.to_string();
        if self.unreachable.borrow().contains(&place) {
            return Err(AccountErrorKind::Gone);
        }
        let removed = provisioner.remove(needed).await;
        if let Err(kind) = &removed
            && kind.is_unreachable()
        {
            self.unreachable.borrow_mut().insert(place);
        }
        removed
    }
}

/// Makes an account, unless its page tells of one; afterwards it does.
async fn enter(
    page: &Page,
    provisioner: &mut Provisioner<'_>,
    needed: NeededAccount,
    notices: &mut Vec<Notice>,
) -> Result<(), AccountError> {
    let mut page = page.lock().await;
    let outcome = match &*page {
        Some((known, _)) if known.account.password == needed.account.password => return Ok(()),
        Some(_) => Err(AccountErrorKind::OtherPassword),
        // To make one takes much room, and most are known.
        None => Box::pin(provisioner.make(&needed, notices)).await,
    };
    match outcome {
        Ok(origin) => {
            *page = Some((needed, origin));
            Ok(())
        }
        Err(kind) => Err(error(&needed, Doing::Make, kind)),
    }
}

fn error(needed: &NeededAccount, doing: Doing, kind: AccountErrorKind) -> AccountError {
    AccountError {
        account: needed.account.jid(),
        doing,
        kind: Box::new(kind),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::command::AccountCommand;
    use super::*;
    use crate::blanks::Blanks;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;
    use crate::xmpp::testing::FakeDialer;
    use crate::xmpp::{ConnectOptions, Dial};

    /// A plan with these actors, each with a password.
    fn plan(people: &[(&str, &str)]) -> Plan {
        let cast: String = people
            .iter()
            .map(|(name, password)| {
                format!("[Client] {name}\n\tjid: {name}@localhost\n\tpassword: {password}\n\n")
            })
            .collect();
        let script = read(SourceFile::new("test.scs", &format!("{cast}---\n"))).script;
        resolve(&script, &PlanOptions::default()).unwrap()
    }

    /// A registrar whose commands write down what they do.
    fn clerk(diary: &str) -> Registrar {
        let line = |word: &str| {
            format!("sh -c 'echo \"$1 $2\" >> \"$3\"; test $2 != tybalt' - {word} {{user}} {diary}")
        };
        let command = AccountCommand::new(&line("make"), Some(&line("remove"))).unwrap();
        Registrar::new(Arc::new(Method::Command(command)))
    }

    async fn ensure(registrar: &Registrar, dialer: &dyn Dial, plan: &Plan) -> Result<(), String> {
        let options = ConnectOptions::default();
        let network = Network {
            dialer,
            options: &options,
            server: &Blanks::default(),
        };
        let done = registrar.ensure(plan, network).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn accounts_are_made_once_and_removed_once() {
        let folder = tempfile::tempdir().unwrap();
        let diary = folder.path().join("diary");
        let registrar = clerk(&diary.display().to_string());
        let (dialer, _servers) = FakeDialer::local();
        let (both, one) = (plan(&[("a", "1"), ("b", "2")]), plan(&[("b", "2")]));
        let bad = plan(&[("c", "3"), ("tybalt", "4")]);
        let all = tokio::join!(
            ensure(&registrar, &dialer, &both),
            ensure(&registrar, &dialer, &one),
            ensure(&registrar, &dialer, &bad),
        );
        let error = all.2.unwrap_err();
        assert_eq!((all.0, all.1), (Ok(()), Ok(())));
        assert!(
            error.starts_with("cannot make the account tybalt@localhost: `sh` ended"),
            "{error}"
        );
        let options = ConnectOptions::default();
        for _ in 0..2 {
            let network = Network {
                dialer: &dialer,
                options: &options,
                server: &Blanks::default(),
            };
            assert!(registrar.remove_all(network, 1).await.is_empty());
        }
        let diary = fs::read_to_string(diary).unwrap();
        let mut lines: Vec<_> = diary.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "make a",
                "make b",
                "make c",
                "make tybalt",
                "remove a",
                "remove b",
                "remove c"
            ]
        );
    }

    /// A registrar whose commands each wait until another one of their kind has begun.
    fn sociable(folder: &str) -> Registrar {
        let line = |word: &str| {
            format!(
                "sh -c 'touch \"$3/$1-$2\"; for i in $(seq 500); do \
                 test $(ls $3 | grep -c $1) = 2 && exit; sleep 0.01; done; exit 1' - {word} {{user}} {folder}"
            )
        };
        let command = AccountCommand::new(&line("make"), Some(&line("remove"))).unwrap();
        Registrar::new(Arc::new(Method::Command(command)))
    }

    #[tokio::test]
    async fn nobody_waits_for_the_accounts_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let registrar = sociable(&folder.path().display().to_string());
        let (dialer, _servers) = FakeDialer::local();
        let (one, other) = (plan(&[("a", "1")]), plan(&[("b", "2")]));
        let made = tokio::join!(
            ensure(&registrar, &dialer, &one),
            ensure(&registrar, &dialer, &other),
        );
        assert_eq!(made, (Ok(()), Ok(())));
        let network = Network {
            dialer: &dialer,
            options: &ConnectOptions::default(),
            server: &Blanks::default(),
        };
        assert!(registrar.remove_all(network, 2).await.is_empty());
    }

    #[tokio::test]
    async fn an_account_has_one_password() {
        let command = AccountCommand::new("true", None).unwrap();
        let registrar = Registrar::new(Arc::new(Method::Command(command)));
        let (dialer, _servers) = FakeDialer::local();
        ensure(&registrar, &dialer, &plan(&[("a", "1")]))
            .await
            .unwrap();
        let error = ensure(&registrar, &dialer, &plan(&[("a", "2")])).await;
        assert_eq!(
            error.unwrap_err(),
            "cannot make the account a@localhost: it has got another password in this run before"
        );
        let afresh = registrar.afresh();
        assert!(ensure(&afresh, &dialer, &plan(&[("a", "2")])).await.is_ok());
    }

    #[tokio::test]
    async fn a_server_that_is_gone_is_asked_once() {
        let registrar = Registrar::new(Arc::new(Method::Register));
        for needed in needed_accounts(&plan(&[("a", "1"), ("b", "2")])) {
            let page = registrar.page(&needed).await;
            *page.lock().await = Some((needed, Origin::Made));
        }
        let (dialer, servers) = FakeDialer::local();
        // Without a server, dials fail.
        drop(servers);
        let options = ConnectOptions::default();
        let network = Network {
            dialer: &dialer,
            options: &options,
            server: &Blanks::default(),
        };
        let errors = registrar.remove_all(network, 1).await;
        let kinds: Vec<_> = errors.iter().map(|error| error.kind.as_ref()).collect();
        assert!(
            matches!(
                kinds[..],
                [AccountErrorKind::Connect(_), AccountErrorKind::Gone]
            ),
            "{kinds:?}"
        );
    }

    #[tokio::test]
    async fn existing_accounts_are_nobodys_business() {
        let registrar = Registrar::new(Arc::new(Method::Existing));
        let (dialer, mut servers) = FakeDialer::local();
        let plan = plan(&[("a", "1")]);
        assert_eq!(ensure(&registrar, &dialer, &plan).await, Ok(()));
        assert!(servers.try_recv().is_err());
    }
}
