//! Which new password is taken (NIST SP 800-63B-4 section 3.1.1.2): long enough, not one that everybody guesses first, no rules
//! of composition.
use crate::apply::MAX_PASSWORD;

/// Shortest new password, in characters.
pub const MIN_PASSWORD: usize = 10;

/// What is guessed first among passwords that are long enough, in lower case and without blanks.
const GUESSED_FIRST: [&str; 24] = [
    "1234567890",
    "12345678910",
    "0123456789",
    "0987654321",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "abcdefghij",
    "administrator",
    "changeme123",
    "iloveyou123",
    "letmein123",
    "motdepasse",
    "passw0rd123",
    "password12",
    "password123",
    "password1234",
    "passwordpassword",
    "q1w2e3r4t5",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "welcome123",
    "zaq12wsxcde3",
];

/// Why a new password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    Missing,
    TooShort,
    TooLong,
    /// It holds a name of the account, is one character over and over, or is among those that are guessed first.
    Obvious,
    /// It was not typed alike the second time.
    NotRepeated,
    /// It is the one there was before.
    Unchanged,
}

/// What an account is called, by which nobody's password may be guessed: user name, address and its local part, the person's name.
pub fn password_names(username: &str, email: Option<&str>, name: Option<&str>) -> Vec<String> {
    let local = email.and_then(|e| e.split('@').next());
    let all = [Some(username), email, local, name];
    all.into_iter().flatten().map(str::to_owned).collect()
}

/// Judges a new password, as it was typed twice, for an account with these names.
pub fn check_new_password(password: &str, repeated: &str, names: &[impl AsRef<str>]) -> Result<(), PasswordFault> {
    if password.is_empty() {
        return Err(PasswordFault::Missing);
    }
    if password.chars().count() < MIN_PASSWORD {
        return Err(PasswordFault::TooShort);
    }
    if password.len() > MAX_PASSWORD {
        return Err(PasswordFault::TooLong);
    }
    if is_obvious(password, names) {
        return Err(PasswordFault::Obvious);
    }
    if password != repeated {
        return Err(PasswordFault::NotRepeated);
    }
    Ok(())
}

fn is_obvious(password: &str, names: &[impl AsRef<str>]) -> bool {
    let lower: String = password.to_lowercase().split_whitespace().collect();
    let mut characters = lower.chars();
    let first = characters.next();
    let is_one_character = characters.all(|c| Some(c) == first);
    // What is left beside the name must be a password by itself.
    let is_mostly_a_name = names.iter().any(|name| {
        let name: String = name.as_ref().to_lowercase().split_whitespace().collect();
        name.chars().count() >= 3
            && lower.replace(&name, "").chars().count() < MIN_PASSWORD / 2
            && lower.contains(&name)
    });
    is_one_character || is_mostly_a_name || GUESSED_FIRST.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_obvious() {
        let longest = "ab".repeat(MAX_PASSWORD / 2);
        let too_long = format!("{longest}c");
        for (password, expected) in [
            ("", Err(PasswordFault::Missing)),
            ("nine char", Err(PasswordFault::TooShort)),
            ("ten chars!", Ok(())),
            ("èèàù éèàùx", Ok(())),
            (longest.as_str(), Ok(())),
            (too_long.as_str(), Err(PasswordFault::TooLong)),
            ("aaaaaaaaaaaaaaa", Err(PasswordFault::Obvious)),
            ("          ", Err(PasswordFault::Obvious)),
            ("Password 1234", Err(PasswordFault::Obvious)),
            ("QWERTYuiop", Err(PasswordFault::Obvious)),
            ("Lovelace-123", Err(PasswordFault::Obvious)),
            ("lovelace@x.test", Err(PasswordFault::Obvious)),
            ("lovelace rides a bicycle", Ok(())),
        ] {
            let names = password_names("", Some("lovelace@x.test"), Some("ab"));
            assert_eq!(check_new_password(password, password, &names), expected, "{password:?}");
        }
        let differs = check_new_password("correct horse", "correct hose", &[""]);
        assert_eq!(differs, Err(PasswordFault::NotRepeated));
    }
}
