//! Maximum bipartite matching: as many pairs as possible, where each node is in at most one pair.
//!
//! Knows nothing of elements. The algorithm is that of Hopcroft and Karp (1973), which needs
//! O(edges · √vertices); without recursion, as there can be many thousands of children.

use std::collections::VecDeque;

/// A matching under construction between `left` and `right`, both numbered from 0.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    /// For each node on the left, its partner.
    pub(super) left: Vec<Option<usize>>,
    /// For each node on the right, its partner.
    pub(super) right: Vec<Option<usize>>,
}

impl Matching {
    /// A matching without any pair.
    pub(super) fn new(left: usize, right: usize) -> Self {
        Self {
            left: vec![None; left],
            right: vec![None; right],
        }
    }

    /// Makes two partners.
    pub(super) fn pair(&mut self, left: usize, right: usize) {
        self.left[left] = Some(right);
        self.right[right] = Some(left);
    }

    /// The nodes on the right without partner.
    pub(super) fn free_on_right(&self) -> Vec<usize> {
        let nodes = self.right.iter().enumerate();
        nodes
            .filter(|(_, partner)| partner.is_none())
            .map(|(node, _)| node)
            .collect()
    }

    /// Whether every node on the left has a partner.
    pub(super) fn covers_left(&self) -> bool {
        self.left.iter().all(Option::is_some)
    }

    /// Finds partners for as many nodes as possible. A node that has a partner keeps one, perhaps another.
    ///
    /// `edges` has the possible partners of each node on the left.
    pub(super) fn maximise(&mut self, edges: &[impl AsRef<[usize]>]) {
        loop {
            let levels = self.levels(edges);
            let mut next = vec![0; edges.len()];
            let mut grown = false;
            for start in 0..edges.len() {
                if self.left[start].is_none() {
                    grown |= self.augment(start, edges, &levels, &mut next);
                }
            }
            if !grown {
                return;
            }
        }
    }

    /// Finds partners for those nodes on the right that need one, taken from nodes that need none. All nodes on the left
    /// that have a partner keep one, perhaps another.
    pub(super) fn cover(&mut self, needed: &[bool], edges: &[impl AsRef<[usize]>]) {
        let mut fitting = vec![Vec::new(); self.right.len()];
        for (left, partners) in edges.iter().enumerate() {
            for right in partners.as_ref() {
                fitting[*right].push(left);
            }
        }
        for (right, is_needed) in needed.iter().enumerate() {
            if *is_needed && self.right[right].is_none() {
                self.free_for(right, needed, &fitting);
            }
        }
    }

    /// Gives a node on the right a partner, if there is a way in which all others that need one keep one.
    fn free_for(&mut self, start: usize, needed: &[bool], fitting: &[Vec<usize>]) {
        let mut came_from = vec![None; self.left.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(right) = queue.pop_front() {
            for left in &fitting[right] {
                if came_from[*left].is_some() {
                    continue;
                }
                came_from[*left] = Some(right);
                match self.left[*left] {
                    Some(other) if needed[other] => queue.push_back(other),
                    other => {
                        if let Some(other) = other {
                            self.right[other] = None;
                        }
                        return self.pass_on(*left, &came_from);
                    }
                }
            }
        }
    }

    /// Makes pairs along the path by which a node on the left was found that can be had.
    fn pass_on(&mut self, end: usize, came_from: &[Option<usize>]) {
        let mut next = Some(end);
        while let Some(left) = next
            && let Some(right) = came_from[left]
        {
            next = self.right[right];
            self.pair(left, right);
        }
    }

    /// Whether every node on the right has a partner.
    pub(super) fn covers_right(&self) -> bool {
        self.right.iter().all(Option::is_some)
    }

    /// Takes in one more node on the left, whose edges are the last ones, and finds a partner for it if there is a way.
    pub(super) fn admit_next(&mut self, edges: &[Vec<usize>]) -> bool {
        self.left.push(None);
        self.admit(self.left.len() - 1, edges)
    }

    /// Finds a partner for a node on the left, if there is a way in which all others that have one keep one.
    fn admit(&mut self, start: usize, edges: &[Vec<usize>]) -> bool {
        let mut own = edges[start].iter();
        if let Some(free) = own.find(|right| self.right[**right].is_none()) {
            self.pair(start, *free);
            return true;
        }
        let mut came_from = vec![None; self.right.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(left) = queue.pop_front() {
            for right in &edges[left] {
                if came_from[*right].is_some() {
                    continue;
                }
                came_from[*right] = Some(left);
                match self.right[*right] {
                    None => {
                        self.take_path(*right, &came_from);
                        return true;
                    }
                    Some(other) => queue.push_back(other),
                }
            }
        }
        false
    }

    /// Makes pairs along the path by which a free node on the right was found.
    fn take_path(&mut self, end: usize, came_from: &[Option<usize>]) {
        let mut next = Some(end);
        while let Some(right) = next
            && let Some(left) = came_from[right]
        {
            next = self.left[left];
            self.pair(left, right);
        }
    }

    /// How many alternating steps each node on the left is away from one without a partner.
    fn levels(&self, edges: &[impl AsRef<[usize]>]) -> Vec<usize> {
        let mut levels = vec![usize::MAX; edges.len()];
        let mut queue = VecDeque::new();
        for (left, partner) in self.left.iter().enumerate() {
            if partner.is_none() {
                levels[left] = 0;
                queue.push_back(left);
            }
        }
        while let Some(left) = queue.pop_front() {
            for right in edges[left].as_ref() {
                if let Some(other) = self.right[*right]
                    && levels[other] == usize::MAX
                {
                    levels[other] = levels[left] + 1;
                    queue.push_back(other);
                }
            }
        }
        levels
    }

    /// Walks an augmenting path from `start` along the levels, and takes it if there is one.
    fn augment(
        &mut self,
        start: usize,
        edges: &[impl AsRef<[usize]>],
        levels: &[usize],
        next: &mut [usize],
    ) -> bool {
        let mut path: Vec<(usize, usize)> = Vec::new();
        let mut left = start;
        loop {
            let Some(right) = edges[left].as_ref().get(next[left]).copied() else {
                match path.pop() {
                    None => return false,
                    Some((previous, _)) => left = previous,
                }
                continue;
            };
            next[left] += 1;
            match self.right[right] {
                None => {
                    path.push((left, right));
                    for (left, right) in path {
                        self.pair(left, right);
                    }
                    return true;
                }
                Some(other) if levels[other] == levels[left] + 1 => {
                    path.push((left, right));
                    left = other;
                }
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(edges: &[Vec<usize>], right: usize) -> usize {
        let mut matching = Matching::new(edges.len(), right);
        matching.maximise(edges);
        for (left, partner) in matching.left.iter().enumerate() {
            if let Some(partner) = partner {
                assert!(edges[left].contains(partner));
                assert_eq!(matching.right[*partner], Some(left));
            }
        }
        matching.left.iter().flatten().count()
    }

    /// Tries everything.
    fn brute_force(edges: &[Vec<usize>], taken: &mut Vec<bool>) -> usize {
        let Some((first, rest)) = edges.split_first() else {
            return 0;
        };
        let mut best = brute_force(rest, taken);
        for right in first {
            if !taken[*right] {
                taken[*right] = true;
                best = best.max(1 + brute_force(rest, taken));
                taken[*right] = false;
            }
        }
        best
    }

    #[test]
    fn greedy_choice_is_undone() {
        assert_eq!(size(&[vec![0, 1], vec![0]], 2), 2);
        assert_eq!(size(&[vec![0, 1], vec![1, 2], vec![0], vec![1]], 3), 3);
    }

    #[test]
    fn long_chain_is_no_trouble() {
        // Each node wants a place and the one before it; the last wants only the first place.
        let count = 20_000;
        let mut edges: Vec<Vec<usize>> = (0..count).map(|n| vec![n, n + 1]).collect();
        edges.push(vec![0]);
        assert_eq!(size(&edges, count + 1), count + 1);
    }

    /// Whether all nodes on the left can have partners, and those on the right that need one.
    fn can_cover(edges: &[Vec<usize>], needed: &mut Vec<bool>) -> bool {
        let Some((first, rest)) = edges.split_first() else {
            return !needed.contains(&true);
        };
        first.iter().any(|right| {
            let was_needed = std::mem::replace(&mut needed[*right], false);
            let rest: Vec<Vec<usize>> = rest
                .iter()
                .map(|row| row.iter().copied().filter(|other| other != right).collect())
                .collect();
            let can = can_cover(&rest, needed);
            needed[*right] = was_needed;
            can
        })
    }

    proptest! {
        #[test]
        fn those_that_need_a_partner_get_one(
            (edges, needed) in (1usize..6).prop_flat_map(|right| {
                let row = proptest::collection::btree_set(0..right, 0..=right);
                let needed = proptest::collection::vec(any::<bool>(), right);
                (proptest::collection::vec(row, 0..6), needed)
            })
        ) {
            let edges: Vec<Vec<usize>> =
                edges.into_iter().map(|row| row.into_iter().collect()).collect();
            let mut matching = Matching::new(edges.len(), needed.len());
            matching.maximise(&edges);
            matching.cover(&needed, &edges);
            let is_covered = matching.covers_left()
                && needed.iter().zip(&matching.right).all(|(needed, left)| !needed || left.is_some());
            prop_assert_eq!(is_covered, can_cover(&edges, &mut needed.clone()));
            for (left, right) in matching.left.iter().enumerate() {
                if let Some(right) = right {
                    prop_assert_eq!(matching.right[*right], Some(left));
                }
            }
        }

        #[test]
        fn agrees_with_brute_force(
            (right, edges) in (1usize..7).prop_flat_map(|right| {
                let row = proptest::collection::btree_set(0..right, 0..=right);
                (Just(right), proptest::collection::vec(row, 0..7))
            })
        ) {
            let edges: Vec<Vec<usize>> =
                edges.into_iter().map(|row| row.into_iter().collect()).collect();
            let best = brute_force(&edges, &mut vec![false; right]);
            prop_assert_eq!(size(&edges, right), best);
            let mut matching = Matching::new(0, right);
            let admitted = (0..edges.len()).filter(|left| matching.admit_next(&edges[..=*left])).count();
            prop_assert_eq!(admitted, best);
            prop_assert_eq!(matching.left.iter().flatten().count(), best);
        }
    }
}
