//! Which job runs which script: those whose actors would meet on a server are run one after the other, by one job.
//! Nothing is known here of how a script is run.

use std::collections::BTreeMap;

use super::queue::Queued;
use crate::script::Profile;
use crate::script::ast::Script;

/// The scripts that one job runs, in their order, with their numbers.
pub(super) type Share<'s> = Vec<(usize, &'s Queued)>;

/// An actor who could meet one of another script.
pub(super) struct Guest {
    /// The bare JID under which they would meet.
    jid: String,
    plays_domain: bool,
}

impl Guest {
    /// The cast of a script. Who cannot be read is left out, as the script is not run.
    pub(super) fn all(script: &Script) -> Box<[Self]> {
        let guests = script.cast.iter().filter_map(|actor| {
            Some(Self {
                jid: Profile::read(actor).ok()?.jid.to_bare().to_string(),
                plays_domain: actor.role.value.plays_domain(),
            })
        });
        guests.collect()
    }
}

/// Who would meet if two scripts were run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    /// None, as each job has a server of its own.
    Nobody,
    /// Components that have one domain, of which a server knows one at a time; users have names of their own.
    Components,
    /// Users of one name as well.
    All,
}

/// Gives each of some jobs its scripts, about as many as the others, whoever is faster.
pub(super) fn share_out<'s>(
    scripts: &[&'s Queued],
    jobs: usize,
    meeting: Meeting,
) -> Vec<Share<'s>> {
    let mut shares = vec![Share::new(); jobs];
    for company in companies(scripts, meeting) {
        let smallest = shares.iter_mut().min_by_key(|share| share.len());
        smallest.expect("there is a job").extend(company);
    }
    for share in &mut shares {
        share.sort_by_key(|(number, _)| *number);
    }
    shares
}

/// The scripts that must not be run at the same time, together, in the order of the first of each.
fn companies<'s>(scripts: &[&'s Queued], meeting: Meeting) -> Vec<Share<'s>> {
    let mut companies: Vec<Share> = Vec::new();
    let mut with: BTreeMap<String, usize> = BTreeMap::new();
    for (number, queued) in scripts.iter().copied().enumerate() {
        let jids = jids(queued, meeting);
        let mut known: Vec<usize> = jids
            .iter()
            .filter_map(|jid| with.get(jid).copied())
            .collect();
        known.sort_unstable();
        known.dedup();
        let own = known.first().copied().unwrap_or_else(|| {
            companies.push(Share::new());
            companies.len() - 1
        });
        for other in known.into_iter().skip(1) {
            let moved = std::mem::take(&mut companies[other]);
            companies[own].extend(moved);
            with.values_mut()
                .filter(|company| **company == other)
                .for_each(|company| *company = own);
        }
        companies[own].push((number, queued));
        with.extend(jids.into_iter().map(|jid| (jid, own)));
    }
    companies.retain(|company| !company.is_empty());
    companies
}

/// The bare JIDs under which the actors of a script would meet those of others.
fn jids(queued: &Queued, meeting: Meeting) -> Vec<String> {
    let guests = queued.guests.iter().filter(|guest| match meeting {
        Meeting::Nobody => false,
        Meeting::Components => guest.plays_domain,
        Meeting::All => true,
    });
    guests.map(|guest| guest.jid.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::read;
    use crate::source::SourceFile;

    const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@a.org\n\tpassword: p\n";
    const JULIET: &str = "[Client] Juliet\n\tjid: juliet@a.org/x\n\tpassword: p\n";
    const SHOP: &str = "[Component] Shop\n\tjid: shop.a.org\n\tsecret: s\n";

    fn numbers(casts: &[&[&str]], jobs: usize, meeting: Meeting) -> Vec<Vec<usize>> {
        let scripts = casts.iter().map(|cast| {
            let text = format!("# Title\n{}---\n", cast.join("\n"));
            Queued::first_of(read(SourceFile::new("x.scs", &text)))
        });
        let scripts: Vec<Queued> = scripts.collect();
        let scripts: Vec<&Queued> = scripts.iter().collect();
        let shares = share_out(&scripts, jobs, meeting).into_iter();
        let numbers = |share: Share| share.into_iter().map(|(number, _)| number).collect();
        shares.map(numbers).collect()
    }

    #[test]
    fn scripts_go_to_jobs_in_turn_where_nobody_meets() {
        let casts: [&[&str]; 4] = [&[ROMEO], &[ROMEO], &[SHOP], &[SHOP]];
        let shares = numbers(&casts, 3, Meeting::Nobody);
        assert_eq!(shares, [vec![0, 3], vec![1], vec![2]]);
    }

    #[test]
    fn components_of_one_domain_do_not_meet() {
        let casts: [&[&str]; 4] = [&[ROMEO], &[ROMEO, SHOP], &[ROMEO], &[SHOP]];
        let shares = numbers(&casts, 2, Meeting::Components);
        assert_eq!(shares, [vec![0, 2], vec![1, 3]]);
    }

    #[test]
    fn users_of_one_name_do_not_meet() {
        let casts: [&[&str]; 3] = [&[ROMEO], &[JULIET], &[ROMEO]];
        let shares = numbers(&casts, 2, Meeting::All);
        assert_eq!(shares, [vec![0, 2], vec![1]]);
    }

    #[test]
    fn who_knows_two_companies_makes_them_one() {
        let casts: [&[&str]; 4] = [&[ROMEO], &[JULIET], &[SHOP], &[JULIET, ROMEO]];
        let shares = numbers(&casts, 2, Meeting::All);
        assert_eq!(shares, [vec![0, 1, 3], vec![2]]);
    }
}
