//! `covers!`: how a test says which rows of the kept lists it proves.

/// Says which rows the surrounding test proves: `covers!("A-07", "O-063");`, written inside the test function.
///
/// It costs nothing at run time. An id of the wrong shape does not compile; an id that no list holds, or a row that
/// has changed its status by this test, is found by `rows::tests::every_row_has_its_test_or_waits`.
/// Where this crate cannot be named (unit tests of the crates, scripts) the comment `// covers: A-07 O-063` does the same.
#[macro_export]
macro_rules! covers {
    ($($id:literal),+ $(,)?) => {
        const _: () = { $(assert!($crate::is_row_id($id), concat!("not the id of a row: ", $id));)+ };
    };
}

/// Whether `id` has the shape of a row's id: one capital letter, `-`, two or three digits.
pub const fn is_row_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    if bytes.len() < 4 || bytes.len() > 5 || !bytes[0].is_ascii_uppercase() || bytes[1] != b'-' {
        return false;
    }
    let mut at = 2;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_row_id;

    #[test]
    fn only_a_letter_a_hyphen_and_digits_make_an_id() {
        let check = |id: &str, expected: bool| assert_eq!(is_row_id(id), expected, "{id}");
        check("A-07", true);
        check("O-063", true);
        check("A-7", false);
        check("a-07", false);
        check("A07", false);
        check("O-0630", false);
        check("O-06a", false);
        check("", false);
    }

    #[test]
    fn the_macro_takes_one_or_many_ids() {
        crate::covers!("A-07");
        crate::covers!("A-07", "O-063",);
    }
}
