//! What was found, in the shortest form it was found in.
use super::process::{Tally, play};
use super::steps::By::Owner;
use super::steps::Step::{self, *};
use grantor_tests::covers;

fn holds(steps: &[Step]) {
    play(steps, &mut Tally::default());
}

/// Alice signs in and an application is given a code.
const CODE: [Step; 2] = [
    SignIn { browser: 0, user: 0 },
    Authorize {
        browser: 0,
        client: 0,
        scope: "openid read",
        silent: true,
    },
];
const REDEEM: Step = Redeem {
    code: 0,
    by: Owner,
    verifier: true,
};

/// Uses the newest refresh token of the newest grant, or one that is so much older.
const fn refresh(age: usize) -> Step {
    Refresh {
        grant: 0,
        age,
        by: Owner,
        scope: "",
    }
}

#[test]
fn a_replay_is_known_after_a_restart() {
    covers!("O-126", "O-128");
    let first = [REDEEM, refresh(0), Restart, refresh(1), refresh(0), Restart];
    // The predecessor's predecessor, and the code.
    for replay in [refresh(2), Replay { code: 0, by: Owner }] {
        holds(&[&CODE[..], &first, &[replay, Restart, refresh(0)]].concat());
    }
}

#[test]
fn a_code_that_outlives_its_session_gives_nothing_that_hangs_on_it() {
    for end in [SignOut { browser: 0 }, SignIn { browser: 0, user: 1 }] {
        holds(&[&CODE[..], &[end, REDEEM, refresh(0)]].concat());
    }
}

#[test]
fn a_session_past_its_absolute_end_ends_nothing_whether_its_row_is_deleted_or_not() {
    let end = [REDEEM, Wait(604_800)];
    for clean_up in [&[][..], &[CleanUp]] {
        for user in [0, 1] {
            holds(&[&CODE[..], &end, clean_up, &[SignIn { browser: 0, user }]].concat());
        }
    }
}
