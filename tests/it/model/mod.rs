//! Codes, grants, sessions and revocation against a reference model: whatever happens in whatever order, with the clock moving
//! and the process ending in between, the server answers as the model says and the invariants of `audit` hold.
//!
//! Every run of the tests plays the same thousand steps. `tests/long/model` plays more, others each time: `GRANTOR_MODEL_STEPS` says how
//! many, and `GRANTOR_MODEL_SEED` plays those of a seed again. What is found goes to `kept`.
mod audit;
mod families;
mod kept;
mod process;
mod records;
mod rules;
mod steps;
mod world;

use process::{Tally, play};
use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::sync::{Mutex, PoisonError};
use steps::step;

/// Steps when nobody asks for more.
const STEPS: u64 = 1_000;
/// Steps in one life of a database, at most; half of it on average.
const LONGEST: u64 = 80;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn whatever_happens_the_server_answers_as_the_model_says() {
    let asked = number("GRANTOR_MODEL_STEPS");
    // Nobody's change should fail for a sequence that it has nothing to do with: only who asks gets new ones.
    let seed = number("GRANTOR_MODEL_SEED").unwrap_or_else(|| asked.map_or(1, |_| rand_seed()));
    println!("GRANTOR_MODEL_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let cases = (asked.unwrap_or(STEPS) * 2).div_ceil(LONGEST + 1);
    let config = Config {
        cases: u32::try_from(cases).unwrap(),
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    };
    let tally = Mutex::new(Tally::default());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let result = runner.run(&vec(step(), 1..=usize::try_from(LONGEST).unwrap()), |steps| {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        play(&steps, &mut tally);
        if tally.steps / 5000 > (tally.steps - steps.len()) / 5000 {
            println!("{tally:?}");
        }
        Ok(())
    });
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{tally:?}");
    result.unwrap_or_else(|failure| panic!("{failure}"));
    // A model that forbids everything would hold, too.
    let Tally {
        steps,
        codes,
        grants,
        ended,
        tokens,
    } = tally;
    let enough = codes * 20 > steps && grants * 40 > steps && ended * 200 > steps && tokens > grants;
    assert!(enough, "too little came of the steps");
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
