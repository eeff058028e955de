//! Which positions a run has seen, in bounded memory, so that no list is walked in circles.

use std::collections::{HashSet, VecDeque};

/// How many positions are remembered one by one: a circle of so many pages is noticed before any of
/// its pages is given twice. 64 bits each.
const RECENT: usize = 10_000;

/// The hashes of the last [`RECENT`] positions, and one mark for circles that are longer.
///
/// The mark is Brent's: it moves to the current position after 1, 2, 4, 8, ... steps, so that it
/// comes to lie in any circle and is met again there after a while.
#[derive(Debug)]
pub(super) struct Seen {
    recent: VecDeque<u64>,
    known: HashSet<u64>,
    mark: Option<u64>,
    steps: u64,
    moves_at: u64,
    limit: usize,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self::with_limit(RECENT)
    }

    fn with_limit(limit: usize) -> Self {
        Self {
            recent: VecDeque::new(),
            known: HashSet::new(),
            mark: None,
            steps: 0,
            moves_at: 1,
            limit,
        }
    }

    pub(super) fn contains(&self, position: u64) -> bool {
        self.known.contains(&position) || self.mark == Some(position)
    }

    /// Asking for the same page again, after an error, adds nothing.
    pub(super) fn insert(&mut self, position: u64) {
        if !self.known.insert(position) {
            return;
        }
        self.recent.push_back(position);
        if self.recent.len() > self.limit
            && let Some(oldest) = self.recent.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.steps += 1;
        if self.steps == self.moves_at {
            self.mark = Some(position);
            self.moves_at = self.moves_at.saturating_mul(2);
            self.steps = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_circle_is_noticed_and_short_ones_at_once() {
        for (tail, circle) in [
            (0_u64, 1_u64),
            (5, 3),
            (0, 10),
            (40, 11),
            (1000, 777),
            (3, 5000),
        ] {
            let mut seen = Seen::with_limit(10);
            let at = |step: u64| step.min(tail + (step.saturating_sub(tail)) % circle);
            let noticed = (0..100_000).find(|step| {
                seen.insert(at(*step));
                seen.contains(at(step + 1))
            });
            let noticed = noticed.expect("noticed");
            if circle <= 10 {
                assert_eq!(noticed + 1, tail + circle, "tail {tail}, circle {circle}");
            }
            assert!(seen.known.len() <= 10 && seen.recent.len() <= 10);
        }
    }

    #[test]
    fn a_straight_line_is_no_circle() {
        let mut seen = Seen::with_limit(10);
        for step in 0..10_000 {
            seen.insert(step);
            assert!(!seen.contains(step + 1));
        }
    }
}
