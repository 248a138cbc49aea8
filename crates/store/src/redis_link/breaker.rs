//! Whether a server that does not answer is asked again: after a few failures in a row nobody is, for a while; then one caller tries.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Failures in a row after which nobody asks.
const FAILURES: u32 = 3;
/// How long nobody asks, at first.
const FIRST_REST: Duration = Duration::from_millis(500);
/// And at most: a server that is back is used again within two seconds.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// Counts failures. Times are those since some start, handed in.
#[derive(Default)]
pub(super) struct Breaker {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// The rest that goes on or has just ended, while there is one.
    rest: Option<Rest>,
}

#[derive(Clone, Copy)]
struct Rest {
    until: Duration,
    length: Duration,
    /// Somebody is trying whether it is over.
    tried: bool,
}

/// How somebody came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Ordinary,
    /// The one that finds out whether the server is back.
    Trial,
}

impl Breaker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether to ask. Whoever gets a pass says what became of it.
    pub(super) fn enter(&self, now: Duration) -> Option<Pass> {
        let mut state = self.state();
        let Some(rest) = &mut state.rest else {
            return Some(Pass::Ordinary);
        };
        let may_try = now >= rest.until && !rest.tried;
        may_try.then(|| {
            rest.tried = true;
            Pass::Trial
        })
    }

    /// An answer came. Says whether that ended a rest.
    pub(super) fn succeeded(&self) -> bool {
        std::mem::take(&mut *self.state()).rest.is_some()
    }

    /// No answer came. Says whether that began the first of several rests.
    pub(super) fn failed(&self, pass: Pass, now: Duration) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        let length = match (state.rest, pass) {
            (Some(rest), Pass::Trial) => (rest.length * 2).min(LONGEST_REST),
            // Asked before the rest began: it tells nothing new.
            (Some(_), Pass::Ordinary) => return false,
            (None, _) if state.failures < FAILURES => return false,
            (None, _) => FIRST_REST,
        };
        let is_first = state.rest.is_none();
        state.rest = Some(Rest {
            until: now + length,
            length,
            tried: false,
        });
        is_first
    }

    /// The caller went away before there was an answer: somebody else may try.
    pub(super) fn abandoned(&self, pass: Pass) {
        if let (Pass::Trial, Some(rest)) = (pass, &mut self.state().rest) {
            rest.tried = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Pass::{Ordinary, Trial};

    /// What happens at a millisecond.
    enum Step {
        Enter(u64, Option<Pass>),
        Fail(u64, Pass, bool),
        Succeed(bool),
        Abandon(Pass),
    }
    use Step::{Abandon, Enter, Fail, Succeed};

    fn run(steps: &[Step]) {
        let breaker = Breaker::default();
        for (index, step) in steps.iter().enumerate() {
            let ms = Duration::from_millis;
            match *step {
                Enter(at, expected) => assert_eq!(breaker.enter(ms(at)), expected, "{index}"),
                Fail(at, pass, expected) => assert_eq!(breaker.failed(pass, ms(at)), expected, "{index}"),
                Succeed(expected) => assert_eq!(breaker.succeeded(), expected, "{index}"),
                Abandon(pass) => breaker.abandoned(pass),
            }
        }
    }

    fn opened() -> Vec<Step> {
        let failures = [0, 1, 2].map(|at| Fail(at, Ordinary, at == 2));
        failures.into_iter().collect()
    }

    #[test]
    fn three_failures_in_a_row_begin_a_rest_and_an_answer_between_begins_anew() {
        run(&[
            Fail(0, Ordinary, false),
            Fail(1, Ordinary, false),
            Enter(2, Some(Ordinary)),
        ]);
        let mut steps = vec![Fail(0, Ordinary, false), Fail(1, Ordinary, false), Succeed(false)];
        steps.extend(opened());
        steps.push(Enter(3, None));
        run(&steps);
    }

    #[test]
    fn after_the_rest_one_tries_and_what_comes_of_it_decides_for_all() {
        let mut steps = opened();
        steps.extend([
            Enter(501, None),
            Enter(502, Some(Trial)),
            Enter(502, None),
            Enter(9_000, None),
        ]);
        steps.extend([Succeed(true), Enter(9_000, Some(Ordinary)), Succeed(false)]);
        run(&steps);
    }

    #[test]
    fn rests_grow_to_a_second() {
        let mut steps = opened();
        steps.extend([Enter(502, Some(Trial)), Fail(700, Trial, false)]);
        steps.extend([Enter(1_699, None), Enter(1_700, Some(Trial)), Fail(1_900, Trial, false)]);
        steps.extend([Enter(2_899, None), Enter(2_900, Some(Trial)), Succeed(true)]);
        // And begin short again.
        steps.extend([3_000, 3_001, 3_002].map(|at| Fail(at, Ordinary, at == 3_002)));
        steps.extend([Enter(3_501, None), Enter(3_502, Some(Trial))]);
        run(&steps);
    }

    #[test]
    fn who_was_on_the_way_when_the_rest_began_neither_lengthens_it_nor_takes_the_trial() {
        let mut steps = opened();
        steps.extend([Fail(400, Ordinary, false), Abandon(Ordinary), Enter(502, Some(Trial))]);
        steps.extend([Fail(503, Ordinary, false), Abandon(Ordinary), Enter(504, None)]);
        run(&steps);
    }

    #[test]
    fn a_trial_whose_caller_went_away_is_left_to_the_next() {
        let mut steps = opened();
        steps.extend([
            Enter(502, Some(Trial)),
            Abandon(Trial),
            Enter(503, Some(Trial)),
            Succeed(true),
        ]);
        run(&steps);
    }
}
