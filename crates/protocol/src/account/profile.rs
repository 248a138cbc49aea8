//! What people may write into their own profile: standard claims (OpenID Connect Core section 5.1) that prove nothing.
use crate::user::Profile;
use url::Url;

/// Longest value of a field, in characters.
const LONGEST: usize = 200;
/// Longest address of a site, in characters.
const LONGEST_URL: usize = 2000;

/// A claim that people may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    GivenName,
    FamilyName,
    Nickname,
    Website,
    Birthdate,
    Locale,
    Zoneinfo,
}

/// Why a value is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldFault {
    TooLong,
    /// It holds control characters.
    Unreadable,
    /// It is not of the field's form.
    Malformed,
}

impl Field {
    /// Every field, in the order people meet them.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Nickname,
        Self::Website,
        Self::Birthdate,
        Self::Locale,
        Self::Zoneinfo,
    ];

    /// The claim as the specification spells it; the field of the form is called alike.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Nickname => "nickname",
            Self::Website => "website",
            Self::Birthdate => "birthdate",
            Self::Locale => "locale",
            Self::Zoneinfo => "zoneinfo",
        }
    }

    /// What a profile says there.
    pub fn of(self, profile: &Profile) -> Option<&str> {
        match self {
            Self::Name => &profile.name,
            Self::GivenName => &profile.given_name,
            Self::FamilyName => &profile.family_name,
            Self::Nickname => &profile.nickname,
            Self::Website => &profile.website,
            Self::Birthdate => &profile.birthdate,
            Self::Locale => &profile.locale,
            Self::Zoneinfo => &profile.zoneinfo,
        }
        .as_deref()
    }

    fn place(self, profile: &mut Profile) -> &mut Option<String> {
        match self {
            Self::Name => &mut profile.name,
            Self::GivenName => &mut profile.given_name,
            Self::FamilyName => &mut profile.family_name,
            Self::Nickname => &mut profile.nickname,
            Self::Website => &mut profile.website,
            Self::Birthdate => &mut profile.birthdate,
            Self::Locale => &mut profile.locale,
            Self::Zoneinfo => &mut profile.zoneinfo,
        }
    }

    /// Judges a value that is not empty.
    pub fn check(self, value: &str) -> Result<(), FieldFault> {
        let longest = if self == Self::Website { LONGEST_URL } else { LONGEST };
        if value.chars().count() > longest {
            return Err(FieldFault::TooLong);
        }
        if value.chars().any(char::is_control) {
            return Err(FieldFault::Unreadable);
        }
        let is_formed = match self {
            Self::Name | Self::GivenName | Self::FamilyName | Self::Nickname => true,
            Self::Website => is_web(value),
            Self::Birthdate => is_date(value),
            Self::Locale => is_locale(value),
            Self::Zoneinfo => is_zone(value),
        };
        if is_formed { Ok(()) } else { Err(FieldFault::Malformed) }
    }
}

/// What somebody wants their profile to say; fields that are not named stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileEdit(Vec<(Field, Option<String>)>);

impl ProfileEdit {
    /// Reads fields as they were typed: blanks around a value are nobody's wish, an empty one takes the claim away.
    pub fn parse<'a>(typed: impl Iterator<Item = (Field, &'a str)>) -> Result<Self, Vec<(Field, FieldFault)>> {
        let (mut edit, mut faults) = (Self::default(), Vec::new());
        for (field, value) in typed {
            let value = value.trim();
            if value.is_empty() {
                edit.0.push((field, None));
            } else if let Err(fault) = field.check(value) {
                faults.push((field, fault));
            } else {
                edit.0.push((field, Some(value.to_owned())));
            }
        }
        if faults.is_empty() { Ok(edit) } else { Err(faults) }
    }

    /// One field set; for whoever has checked it.
    pub fn of_name(name: Option<String>) -> Self {
        Self(name.map(|n| (Field::Name, Some(n))).into_iter().collect())
    }

    /// The profile as it is to become.
    pub fn applied_to(&self, before: &Profile) -> Profile {
        let mut after = before.clone();
        for (field, value) in &self.0 {
            field.place(&mut after).clone_from(value);
        }
        after
    }
}

/// An `http` or `https` URL with a host and without credentials: it may be shown as a link.
fn is_web(text: &str) -> bool {
    let is_plain = !text.chars().any(|c| c.is_whitespace() || c == '\\');
    let Ok(url) = Url::parse(text) else { return false };
    let is_open = url.username().is_empty() && url.password().is_none();
    is_plain && is_open && matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// `YYYY-MM-DD`, or `YYYY` for the year alone; year `0000` leaves it out.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, length: usize| -> Option<u32> {
        let is_digits = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| is_digits)
    };
    match parts.as_slice() {
        [year] => number(year, 4).is_some_and(|y| y > 0),
        [year, month, day] => {
            let Some((year, month, day)) = number(year, 4)
                .zip(number(month, 2))
                .zip(number(day, 2))
                .map(|((y, m), d)| (y, m, d))
            else {
                return false;
            };
            let leap = year == 0 || year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let days = match month {
                4 | 6 | 9 | 11 => 30,
                2 if leap => 29,
                2 => 28,
                1..=12 => 31,
                _ => return false,
            };
            (1..=days).contains(&day)
        }
        _ => false,
    }
}

/// The shape of a language tag (RFC 5646 section 2.1).
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    text.len() <= 35
        && (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(is_part)
}

/// The shape of a name in the time zone database: `Europe/Paris`, `Etc/GMT+1`, `UTC`.
fn is_zone(text: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+');
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .split('/')
            .all(|part| !part.is_empty() && part.bytes().all(is_letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_of_its_field_s_form() {
        let long = "x".repeat(LONGEST + 1);
        for (field, value, expected) in [
            (Field::Name, "Ada \u{202E}Lovelace <script>", Ok(())),
            (Field::Name, "Ada\u{0}", Err(FieldFault::Unreadable)),
            (Field::Nickname, "a\r\nBcc: x", Err(FieldFault::Unreadable)),
            (Field::FamilyName, long.as_str(), Err(FieldFault::TooLong)),
            (Field::Website, "https://ada.example/~x", Ok(())),
            (Field::Website, "javascript:alert(1)", Err(FieldFault::Malformed)),
            (Field::Website, "https://a@evil.test", Err(FieldFault::Malformed)),
            (Field::Website, "ada.example", Err(FieldFault::Malformed)),
            (Field::Website, "https:\\\\evil.test", Err(FieldFault::Malformed)),
            (Field::Birthdate, "1815-12-10", Ok(())),
            (Field::Birthdate, "0000-02-29", Ok(())),
            (Field::Birthdate, "1815", Ok(())),
            (Field::Birthdate, "1815-02-29", Err(FieldFault::Malformed)),
            (Field::Birthdate, "1815-13-01", Err(FieldFault::Malformed)),
            (Field::Birthdate, "10.12.1815", Err(FieldFault::Malformed)),
            (Field::Birthdate, "+815-12-10", Err(FieldFault::Malformed)),
            (Field::Locale, "en-GB", Ok(())),
            (Field::Locale, "zh-Hant-TW", Ok(())),
            (Field::Locale, "e", Err(FieldFault::Malformed)),
            (Field::Locale, "en_GB", Err(FieldFault::Malformed)),
            (Field::Zoneinfo, "America/Argentina/Buenos_Aires", Ok(())),
            (Field::Zoneinfo, "UTC", Ok(())),
            (Field::Zoneinfo, "../etc/passwd", Err(FieldFault::Malformed)),
        ] {
            assert_eq!(field.check(value), expected, "{field:?} {value:?}");
        }
    }

    #[test]
    fn what_is_not_named_stays_and_what_is_emptied_goes() {
        let before = Profile {
            name: Some("Ada".into()),
            nickname: Some("A".into()),
            phone_number: Some("+44".into()),
            ..Profile::default()
        };
        let typed = [(Field::Name, " Ada L. "), (Field::Nickname, " "), (Field::Locale, "en")];
        let after = ProfileEdit::parse(typed.into_iter()).unwrap().applied_to(&before);
        let expected = Profile {
            name: Some("Ada L.".into()),
            phone_number: Some("+44".into()),
            locale: Some("en".into()),
            ..Profile::default()
        };
        assert_eq!(after, expected);
        let faults = ProfileEdit::parse([(Field::Locale, "?"), (Field::Birthdate, "x")].into_iter()).unwrap_err();
        assert_eq!(faults.len(), 2);
        for field in Field::ALL {
            assert_eq!(field.of(&Profile::default()), None, "{}", field.as_str());
        }
    }
}
